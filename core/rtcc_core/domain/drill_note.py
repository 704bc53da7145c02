"""How a drill stands, as whoever runs it writes it down; the core only passes it on.

The core does not know what a drill is to reach, and must not: it is the thing that is trained with. The note
crosses it unread, except that what is still to go wrong is for the trainer alone.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from rtcc_core.domain.people import Role


class DrillObjective(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to reach, and how it stands now."""

    name: str
    is_met: bool
    detail: str = ""
    """In words, what was seen of it."""


class DrillFault(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was made to go wrong, or will be."""

    at: datetime
    drone: str
    """Callsign, or `all`."""
    words: str


class DrillNote(msgspec.Struct, frozen=True, kw_only=True):
    """The whole drill as it stands."""

    scenario: str
    title: str = ""
    story: str = ""
    written_at: datetime
    """By the drill's clock, like every time here."""
    began_at: datetime | None = None
    """When its timeline began; None: it waits for the first console."""
    time_limit_s: float | None = None
    seed: int | None = None
    objectives: tuple[DrillObjective, ...] = ()
    injected: tuple[DrillFault, ...] = ()
    """What has gone wrong so far, by the trainer's hand or the scenario's, oldest first."""
    to_come: tuple[DrillFault, ...] = ()
    """What the scenario still has in store."""

    @property
    def met(self) -> int:
        """How many objectives are met now."""
        return sum(objective.is_met for objective in self.objectives)


def for_role(note: DrillNote, role: Role) -> DrillNote:
    """The note as this role may see it: faults are for the trainer; who trains finds them by flying."""
    if role is Role.TRAINER:
        return note
    return msgspec.structs.replace(note, injected=(), to_come=())
