"""What every decision may read, and what it may answer."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rtcc_core.domain import events as ev
from rtcc_core.domain.air import NOBODY_LISTENS, Air
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.people import Person
from rtcc_core.domain.state import State

Events = tuple[ev.AnyEvent, ...]


class Refused(msgspec.Struct, frozen=True):
    """Not done, and every reason in words."""

    reasons: tuple[str, ...]


class Context(msgspec.Struct, frozen=True):
    """What every decision may read besides what was asked."""

    state: State
    by: str
    """Account of the person, or `core`, or `feed:NAME`."""
    at: datetime
    sky: Sky
    air: Air = NOBODY_LISTENS

    @property
    def person(self) -> Person | None:
        return self.state.people.get(self.by)
