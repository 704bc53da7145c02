"""Who did already what somebody else asks for now, and how long ago."""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.flight import Flight
from rtcc_core.domain.state import State


def sent_words(state: State, drone: str, at: datetime) -> str:
    """`0:02 ago A. REYES sent D1 to 1041`; empty where it is on no flight."""
    flight = state.flight_of(drone)
    return f"{who_words(state, flight, at)} sent {drone} to {flight.call_id}" if flight is not None else ""


def who_words(state: State, flight: Flight, at: datetime) -> str:
    """`0:02 ago A. REYES`: who opened a flight, and when."""
    person = state.people.get(flight.operator)
    return f"{_ago(at, flight.opened_at)} ago {person.name if person else flight.operator}"


def _ago(now: datetime, then: datetime) -> str:
    whole = max(0, round((now - then).total_seconds()))
    return f"{whole // 60}:{whole % 60:02d}"
