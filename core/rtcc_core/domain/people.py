"""People and what each role may do.

A person is who the operating system says is at the other end of the console socket; a console never
gets to claim a role.
"""

from __future__ import annotations

from datetime import date
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


class LockStep(StrEnum):
    """What happened to the lock of a console's screen."""

    LOCKED = "locked"
    UNLOCKED = "unlocked"
    REFUSED = "refused"


class Right(StrEnum):
    """What a role may be allowed to do."""

    LAUNCH = "launch"
    OVERRIDE = "override"
    """Launch although a gate is UNKNOWN, with a reason that is recorded and published."""
    RECALL = "recall"
    """Hold, return and land: never kept from anyone who works a shift."""
    FLY = "fly"
    """Have control of an aircraft: orbit, move, aim, divert, relieve."""
    TAKE_OVER = "take over"
    """Take control from somebody who did not give it."""
    MAINTAIN = "maintain"
    """Ground an aircraft or put it back in service; say who is on shift."""
    WORK_CALLS = "work calls"
    """Take calls, write notes, acknowledge alarms, report the weather."""


RIGHT_WORDS: dict[Right, str] = {
    Right.LAUNCH: "launch aircraft",
    Right.OVERRIDE: "launch where a gate is UNKNOWN",
    Right.RECALL: "hold, return or land aircraft",
    Right.FLY: "fly aircraft",
    Right.TAKE_OVER: "take over what somebody else flies",
    Right.MAINTAIN: "ground aircraft or put them back in service",
    Right.WORK_CALLS: "take calls, write notes or acknowledge alarms",
}
"""What stands after `may` or `may not` when a person is told."""

_EVERYDAY = frozenset({Right.LAUNCH, Right.FLY, Right.RECALL, Right.WORK_CALLS})
_IN_CHARGE = _EVERYDAY | {Right.OVERRIDE, Right.TAKE_OVER, Right.MAINTAIN}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.DISPATCHER: _EVERYDAY,
    Role.PILOT: _EVERYDAY | {Right.OVERRIDE, Right.TAKE_OVER},
    Role.RTCC_OPERATOR: _EVERYDAY,
    Role.SUPERVISOR: _IN_CHARGE,
    Role.TRAINER: _IN_CHARGE,
    Role.OBSERVER: frozenset(),
}


NO_UID = 2**32 - 1
"""Of a person whose account is still to be made: (uid_t)-1, which no account has."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on shift."""

    account: str
    """Unix account, the identity that stands in the journal."""
    name: str
    """As shown: `A. REYES`."""
    role: Role
    uid: int
    """Unix user id; the console socket's peer credentials are matched against it."""
    is_night_trained: bool = True
    """14 CFR 107.29(a)(1): training or test that covers night operation."""
    knowledge_until: date | None = None
    """Last day of the aeronautical knowledge recency (14 CFR 107.65, 24 calendar months); None: not given."""
    aircraft_max: int | None = None
    """How many aircraft this person may control at once; None: the programme's figure."""

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]
