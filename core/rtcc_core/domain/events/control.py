"""Who has which aircraft, and what the house suggests to people."""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.events.base import Event
from rtcc_core.domain.suggestions import Suggestion


class ControlTaken(Event, frozen=True, kw_only=True):
    """An aircraft is now this person's."""

    drone: str
    account: str
    how: str
    """`launch`, `hand over`, `take over`, `request granted`, `free`."""
    from_account: str | None = None
    reason: str = ""


class ControlRequested(Event, frozen=True, kw_only=True):
    """Somebody asks the person in control for an aircraft."""

    drone: str
    account: str


class ControlReleased(Event, frozen=True, kw_only=True):
    """Nobody has this aircraft any more."""

    drone: str
    account: str
    reason: str


class LeaseBegan(Event, frozen=True, kw_only=True):
    """The last console of the person in control went away while the aircraft flies."""

    drone: str
    account: str
    until: datetime


class LeaseEnded(Event, frozen=True, kw_only=True):
    """The person is back (`is_back`), or the lease ran out and the programme's rule was carried out."""

    drone: str
    account: str
    is_back: bool
    action: str = ""
    """`hold`, `return`; empty where the person is back."""


class SuggestionMade(Event, frozen=True, kw_only=True):
    """The house proposes something; a person decides."""

    suggestion: Suggestion


class SuggestionEnded(Event, frozen=True, kw_only=True):
    """Accepted, declined, or no longer of use."""

    suggestion_id: str
    how: str
    """`accepted`, `declined`, `withdrawn`."""
    reason: str = ""


class AircraftGrounded(Event, frozen=True, kw_only=True):
    """An aircraft must not be launched until somebody puts it back in service."""

    drone: str
    account: str
    reason: str


class AircraftReturnedToService(Event, frozen=True, kw_only=True):
    drone: str
    account: str
    reason: str


class ShiftBegan(Event, frozen=True, kw_only=True):
    """A person is on shift until then."""

    account: str
    until: datetime


class ShiftEnded(Event, frozen=True, kw_only=True):
    account: str
