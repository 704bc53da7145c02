"""People and what each role may do.

A person is who the operating system says is at the other end of the console socket; a console never
gets to claim a role.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """The jobs of a DFR programme (DOMAIN.md §3)."""

    DISPATCHER = "dispatcher"
    PILOT = "pilot"
    RTCC_OPERATOR = "rtcc-operator"
    SUPERVISOR = "supervisor"
    TRAINER = "trainer"
    OBSERVER = "observer"


class Right(StrEnum):
    """What a role may be allowed to do."""

    LAUNCH = "launch"
    OVERRIDE = "override"
    """Launch although a gate is UNKNOWN, with a reason that is recorded and published."""
    RECALL = "recall"
    """Hold, return and land: never kept from anyone who works a shift."""
    WORK_CALLS = "work calls"
    """Take calls, write notes, acknowledge alarms, report the weather."""


_EVERYDAY = frozenset({Right.LAUNCH, Right.RECALL, Right.WORK_CALLS})

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.DISPATCHER: _EVERYDAY,
    Role.PILOT: _EVERYDAY | {Right.OVERRIDE},
    Role.RTCC_OPERATOR: _EVERYDAY,
    Role.SUPERVISOR: _EVERYDAY | {Right.OVERRIDE},
    Role.TRAINER: _EVERYDAY | {Right.OVERRIDE},
    Role.OBSERVER: frozenset(),
}


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on shift."""

    account: str
    """Unix account, the identity that stands in the journal."""
    name: str
    """As shown: `A. REYES`."""
    role: Role
    uid: int
    """Unix user id; the console socket's peer credentials are matched against it."""

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]
