"""How loudly a relief plan demands a person: nobody can come, nobody was sent in time, the second is late."""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain import events as ev
from rtcc_core.domain.flight import Flight
from rtcc_core.domain.state import Severity, State

NOTICE_S = 600.0
WARNING_S = 300.0
CRITICAL_S = 120.0
"""Before the first aircraft must leave, from when on it is said that nobody takes over."""

LATE_S = 10.0
"""A launch that waits longer than this after its time is late."""

ORDER = (Severity.NOTICE, Severity.WARNING, Severity.CRITICAL)
"""From quiet to loud."""


def alarm_id(drone: str) -> str:
    return f"relief:{drone}"


def severity(state: State, planned: ev.ReliefPlanned, at: datetime) -> Severity | None:
    """None where all is in hand."""
    left_s = (planned.must_leave_at - at).total_seconds()
    if planned.by is None:
        return _by_time(left_s)
    second = under_way(state, planned.flight_id)
    if second is not None and second.drone == planned.by:
        is_late = planned.launch_at is None
    else:
        is_late = planned.launch_at is None or (at - planned.launch_at).total_seconds() > LATE_S
    if not is_late:
        return None
    return Severity.CRITICAL if left_s <= CRITICAL_S else Severity.WARNING


def under_way(state: State, flight_id: str) -> Flight | None:
    """The open flight that was sent to take over from this one."""
    first = state.flights.get(flight_id)
    second = state.flights.get(first.relieved_by) if first and first.relieved_by else None
    return second if second is not None and second.is_open and second.relieves == flight_id else None


def _by_time(left_s: float) -> Severity | None:
    if left_s > NOTICE_S:
        return None
    if left_s > WARNING_S:
        return Severity.NOTICE
    return Severity.WARNING if left_s > CRITICAL_S else Severity.CRITICAL
