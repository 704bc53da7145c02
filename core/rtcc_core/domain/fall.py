"""An aircraft on the ground that nothing landed: a fall of a few seconds between two words of it."""

from __future__ import annotations

from rtcc_core.domain.drone import Mode, Telemetry
from rtcc_core.domain.flight import AIRBORNE, GOING_HOME, Flight, Order, Outcome, Verb
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.phases import is_up
from rtcc_core.domain.state import State

PAD_M = 50.0
"""What stands so near to home, or to another site, was landed there."""

MAY_LAND = frozenset({Mode.LAND, Mode.RETURN, Mode.MANUAL, Mode.MISSION, Mode.OFFBOARD})
"""Modes in which the autopilot, a pilot or somebody's plan may have landed it."""


def how_it_fell(state: State, flight: Flight, seen: Telemetry) -> str:
    """Why what lies disarmed on the ground was not landed but fell; empty where a landing explains it.

    A fall takes seconds, less than it takes to hear of it. Every landing is ordered, seen under way, or ends
    at a place of ours.
    """
    is_known = flight.phase not in AIRBORNE or flight.downed_at is not None
    if is_known or is_up(seen) or seen.armed is not False or seen.position is None:
        return ""
    away_m = _away_m(state, seen, seen.position)
    is_landing = flight.phase in GOING_HOME
    words = f"it was {flight.phase.value}, and lies disarmed on the ground {away_m:.0f} m from home"
    failed = state.unwell.get(flight.drone, {}).get("motors")
    if failed and (away_m > PAD_M or not is_landing):
        return f"{words} after this: it {failed}"
    if is_landing or away_m <= PAD_M or _was_landed(state, flight, seen):
        return ""
    return f"{words}; nothing was seen to land it"


def _away_m(state: State, seen: Telemetry, position: LatLon) -> float:
    """From the nearest place where it may land."""
    places = [site.position for site in state.sites.values()]
    if seen.home is not None:
        places.append(seen.home)
    return min((distance_m(position, place) for place in places), default=0.0)


def _was_landed(state: State, flight: Flight, seen: Telemetry) -> bool:
    """True where an order, or the autopilot's own doing, explains that it stands on the ground."""
    if {seen.mode, state.acting.get(flight.drone)} & MAY_LAND:
        return True
    return any(_may_land(order, flight) for order in state.orders.get(flight.drone, ()))


def _may_land(order: Order, flight: Flight) -> bool:
    is_landing = order.verb in (Verb.RETURN, Verb.LAND) or order.is_homeward
    return order.flight_id == flight.flight_id and is_landing and order.outcome is not Outcome.REFUSED
