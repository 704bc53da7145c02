"""Which aircraft stand on the flight screen, in which places, and which of them the keys mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rtcc_core.domain.flight import Flight
from rtcc_core.domain.state import Severity
from rtcc_tui.looking import View

if TYPE_CHECKING:
    from rtcc_tui.session import Session

MOST = 4
"""Nobody has more aircraft at once (DOMAIN.md §7), and no eye follows more."""


def candidates(session: Session, now: float) -> list[str]:
    """Callsigns that the screen may show: those that were named; else mine; else those that are out."""
    state, you = session.model.state, session.model.you
    if named := [drone for drone in session.screens.flight.named if drone in state.drones]:
        return named
    mine = [drone for drone in state.controlled_by(you.account) if drone in state.drones] if you else []
    found = mine or [drone for drone in session.model.out() if drone in state.drones]
    return sorted(found, key=lambda drone: (urgency(session, drone, now), drone))


def tiles(session: Session, now: float) -> tuple[str, ...]:
    """At most four of them: the most urgent are there, and who is there keeps their place.

    A tile never changes places with another one under somebody's eyes; a fifth that becomes more urgent takes
    the place of the one that left.
    """
    look = session.screens.flight
    wanted = candidates(session, now)[:MOST]
    if look.named or not set(look.shown) & set(wanted):
        look.shown = tuple(wanted)
    else:
        new = iter([drone for drone in wanted if drone not in look.shown])
        kept = [drone if drone in wanted else next(new, "") for drone in look.shown]
        look.shown = tuple(drone for drone in (*kept, *new) if drone)
    if look.focus not in look.shown:
        look.focus = _first_focus(session, look.shown)
    return look.shown


def _first_focus(session: Session, shown: tuple[str, ...]) -> str:
    """The aircraft of the selected call where it is there; else the first."""
    crew = {flight.drone for flight in session.model.crews(session.selected or "")}
    return next((drone for drone in shown if drone in crew), shown[0] if shown else "")


def urgency(session: Session, drone: str, now: float) -> int:
    """0 wants a person at once, 1 soon, 2 flies as planned, 3 stands."""
    state = session.model.state
    flight, seen = state.flight_of(drone), session.model.seen(drone, now)
    told = session.forecast(drone, now)
    alarms = [alarm for alarm in state.alarms.values() if alarm.drone == drone and not alarm.is_over]
    is_critical = any(alarm.severity is Severity.CRITICAL for alarm in alarms)
    must_leave = told is not None and told.bingo_in_s is not None and told.bingo_in_s <= 0.0
    if is_critical or must_leave or _is_lost(session, flight, seen.link_age_s):
        return 0
    if alarms or drone in state.acting or state.unwell.get(drone):
        return 1
    return 2 if flight is not None or seen.is_airborne else 3


def _is_lost(session: Session, flight: Flight | None, link_age_s: float | None) -> bool:
    is_silent = link_age_s is None or link_age_s > session.model.programme.lost_after_s
    return flight is not None and (flight.downed_at is not None or is_silent)


def step_focus(session: Session, now: float, step: int) -> None:
    """Mark the next tile or the one before: hold, return and relief mean it. The selected call stays."""
    look, shown = session.screens.flight, tiles(session, now)
    if shown:
        look.focus = shown[(shown.index(look.focus) + step) % len(shown)]


def crew_at_hand(session: Session, now: float) -> tuple[str, ...]:
    """Whom hold, return and relief mean: the focused aircraft first, else those on the selected call."""
    if session.view is View.FLIGHT:
        shown = tiles(session, now)
        focus = session.screens.flight.focus
        if shown:
            return (focus, *(drone for drone in shown if drone != focus))
    return tuple(flight.drone for flight in session.model.crews(session.selected or ""))
