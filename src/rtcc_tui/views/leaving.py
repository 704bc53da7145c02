"""When an aircraft must leave its scene, counted now: what is proposed or planned counts nothing."""

from __future__ import annotations

from datetime import timedelta

from rtcc_core.domain.control import is_called_home
from rtcc_core.domain.flight import Flight
from rtcc_core.domain.instants import later
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_tui.session import Session
from rtcc_tui.views.craft import in_words
from rtcc_tui.words import clock, is_spoken


def must_leave_words(session: Session, flight: Flight, now: float) -> str:
    """`D1 must leave 17:09:30Z, in 17 min`: by its battery now, else as planned; empty where nobody knows."""
    at, told = session.model.core_now(now), session.forecast(flight.drone, now)
    plan = session.model.state.reliefs.get(flight.flight_id)
    if at is None or is_called_home(session.model.state, flight):
        return ""
    if told is not None and told.bingo_in_s is not None:
        left_s = told.bingo_in_s
    elif plan is not None:
        left_s = (plan.must_leave_at - at).total_seconds()
    else:
        return ""
    if left_s <= 0.0:
        return f"{flight.drone} must leave now"
    # The ten seconds of the countdown: a moment that moves with every look is no moment.
    leave_at = later(at, left_s)
    leave_at -= timedelta(seconds=leave_at.second % 10, microseconds=leave_at.microsecond)
    said = "at " if is_spoken() else ""
    return f"{flight.drone} must leave {said}{clock(leave_at)}, {in_words(left_s)}"


def relief_story(session: Session, flight: Flight, now: float) -> str:
    """`relief: D3 can relieve D1 over 1041; D1 must leave 17:09:30Z, in 17 min`; empty without a plan."""
    plan = session.model.state.reliefs.get(flight.flight_id)
    if plan is None or is_called_home(session.model.state, flight):
        return ""
    leaves = must_leave_words(session, flight, now)
    return f"relief: {plan.why}" + (f"; {leaves}" if leaves else "")


def relief_cause(session: Session, suggestion: Suggestion, now: float) -> str:
    """Why a relief is suggested: `D1 must leave 17:09:30Z, in 17 min`; empty of anything else."""
    flight = session.model.state.flight_of(suggestion.drone or "")
    if suggestion.kind is not SuggestionKind.RELIEF or flight is None:
        return ""
    return must_leave_words(session, flight, now)


def suggestion_words(session: Session, suggestion: Suggestion, now: float) -> str:
    """What is suggested; of a relief also when the first must leave."""
    leaves = relief_cause(session, suggestion, now)
    return f"{suggestion.text}: {leaves}" if leaves else suggestion.text
