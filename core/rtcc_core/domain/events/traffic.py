"""Other people's aircraft that come too close, and the receivers that hear them."""

from __future__ import annotations

from rtcc_core.domain.events.base import Event
from rtcc_core.domain.well_clear import Conflict


class TrafficAlerted(Event, frozen=True, kw_only=True):
    """Somebody will lose well clear with an aircraft of ours, or has."""

    drone: str
    conflict: Conflict
    text: str
    """Who, where, when, how near, as it was told to people."""


class TrafficCleared(Event, frozen=True, kw_only=True):
    """An alert is over: clear, on the ground, or no longer heard; the reason says which."""

    drone: str
    intruder_id: str
    reason: str


class ReceiverHeard(Event, frozen=True, kw_only=True):
    """A receiver of other aircraft listens (again)."""

    name: str
    detail: str = ""


class ReceiverSilent(Event, frozen=True, kw_only=True):
    """A receiver that listened does not any more: what it alone would hear is not seen."""

    name: str
    detail: str = ""
