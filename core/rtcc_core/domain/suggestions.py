"""What the house proposes and a person decides: a relief to launch, a manoeuvre away from traffic, a new way.

A suggestion carries the command that accepting it gives. Nothing in here happens by itself.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from rtcc_core.domain.commands import Proposable


class SuggestionKind(StrEnum):
    """Why the house speaks up."""

    RELIEF = "relief"
    TRAFFIC = "traffic"
    CALL_MOVED = "call moved"
    CALL_OVER = "call over"
    DIVERT = "divert"
    CONTROL = "control"
    HEALTH = "health"
    ENERGY = "energy"
    """At bingo, or home is no place to land."""
    SAME_CALL = "same call"
    """A call opened here and one of CAD's are near each other in place and time."""
    CALL_UNLINKED = "call unlinked"
    """Its call was one with another, and is no longer."""
    ALERT_RETRACTED = "alert retracted"
    """It flies for an alert that its source took back."""


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """One proposal. `suggestion_id` is stable per cause and subject: `relief:F3`, `traffic:D1`."""

    suggestion_id: str
    kind: SuggestionKind
    text: str
    """A sentence with the aircraft, the call and the numbers in it."""
    command: Proposable
    """What accepting it asks; its `command_id` is replaced by that of the person who accepts."""
    raised_at: datetime
    drone: str | None = None
    call_id: str | None = None
    expires_at: datetime | None = None
    changed_seq: int = 0
    """Number of the event since which accepting it asks just this; under one id it can be made anew."""
