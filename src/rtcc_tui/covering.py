"""Which calls have somebody, and which would have nobody: said before an aircraft is sent or taken away."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rtcc_core.domain.assignment import is_leaving, priority_word
from rtcc_core.domain.call import Call
from rtcc_core.domain.flight import AIRBORNE, Flight, Phase

if TYPE_CHECKING:
    from rtcc_tui.session import Session

_AWAY = (Phase.RELIEVED, Phase.RETURNING, Phase.LANDING, Phase.LANDED)
"""Seen in one of these a flight has left its scene."""


def staying(session: Session, call_id: str) -> list[Flight]:
    """The flights that are over a call or on their way to it."""
    return [flight for flight in session.model.crews(call_id) if not is_leaving(flight)]


def crew_words(session: Session, call_id: str) -> str:
    """`D2 is on its way, D4 is over it`; empty where nobody is."""
    return ", ".join(
        f"{flight.drone} is {'over it' if Phase.ON_SCENE in flight.times else 'on its way'}"
        for flight in staying(session, call_id)
    )


def bare_words(session: Session, drone: str) -> str:
    """`1041 P1 will have nobody`, where this aircraft is the only one that an open call has; else empty."""
    flight = session.model.state.flight_of(drone)
    call = session.model.state.calls.get(flight.call_id) if flight else None
    if flight is None or call is None or not call.is_open:
        return ""
    others = [each for each in staying(session, call.call_id) if each.drone != drone]
    return "" if others or is_leaving(flight) else f"{priority_word(call)} will have nobody"


def left_words(session: Session, call: Call) -> str:
    """`D2 left 16:59Z`: who was there, or on the way, last, and is not any more; empty where nobody was."""
    if call.decided_at is None:
        return ""
    gone = [
        (at, flight.drone)
        for flight in session.model.state.flights.values()
        if (at := _left_at(flight, call.call_id)) is not None
    ]
    if not gone:
        return ""
    at, drone = max(gone)
    return f"{drone} left {at:%H:%M}Z"


def _left_at(flight: Flight, call_id: str) -> datetime | None:
    if flight.call_id != call_id:
        return flight.left.get(call_id)
    if AIRBORNE.isdisjoint(flight.times):
        return None
    known = [flight.cleared_at, *(flight.times.get(phase) for phase in _AWAY), flight.ended_at]
    return next((at for at in known if at is not None), None)
