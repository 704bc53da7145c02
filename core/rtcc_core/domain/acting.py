"""The autopilot acting by itself, or flown by somebody else's hand: named, and not fought.

What an aircraft does is held against the newest order that it took up, whatever was ordered before. A mode
that does not follow from that order is its own doing: a failsafe, a safety pilot, another ground station.
"""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import unheard
from rtcc_core.domain.context import Context
from rtcc_core.domain.drone import Landed, Mode, Telemetry
from rtcc_core.domain.flight import AIRBORNE, PENDING, Flight, Order, Outcome, Verb
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State

SETTLES_S = 4.0
"""An order that was taken up shows in the mode within this, wall seconds: heartbeats come once a second."""

FOLLOWS: dict[Verb, frozenset[Mode]] = {
    Verb.LAUNCH: frozenset({Mode.TAKEOFF, Mode.HOLD, Mode.TRANSIT}),
    # PX4 flies to a point in its hold mode; ArduPilot in guided, which is also how we fly its circles.
    Verb.TRANSIT: frozenset({Mode.TRANSIT, Mode.HOLD}),
    Verb.MOVE: frozenset({Mode.TRANSIT, Mode.HOLD}),
    Verb.FACE: frozenset({Mode.TRANSIT, Mode.HOLD, Mode.ORBIT}),
    Verb.ORBIT: frozenset({Mode.ORBIT, Mode.TRANSIT}),
    Verb.HOLD: frozenset({Mode.HOLD}),
    Verb.RETURN: frozenset({Mode.RETURN, Mode.LAND}),
    Verb.LAND: frozenset({Mode.LAND}),
}
"""The modes that follow from each order of flight."""

SAYS_NOTHING = frozenset({Mode.UNKNOWN, Mode.READY, Mode.TAKEOFF})
"""Modes from which nothing can be told."""

WORDS = {
    Mode.HOLD: "it holds where it is",
    Mode.TRANSIT: "it flies to a point",
    Mode.ORBIT: "it flies a circle",
    Mode.RETURN: "it returns home",
    Mode.LAND: "it lands where it is",
    Mode.MISSION: "it flies a mission",
    Mode.OFFBOARD: "something else steers it",
    Mode.MANUAL: "somebody flies it by hand",
}


def watch_modes(context: Context) -> list[ev.AnyEvent]:
    """A look: every aircraft in flight whose mode does not follow from its newest order, said once."""
    state = context.state
    programme = state.programme or Programme(agency="")
    found: list[ev.AnyEvent] = []
    for callsign in state.drones:
        flight = state.flight_of(callsign)
        seen = context.sky.get(callsign, unheard(callsign))
        if flight is None or flight.phase not in AIRBORNE or not _is_fresh(seen, programme):
            continue
        if seen.armed is False and seen.is_airborne is False:  # it lies or stands there and does nothing
            continue
        if _is_own(state, flight, seen.mode, programme, context.at) and not _was_told(state, callsign, seen):
            detail = f"{_words(seen)}, not ordered by us"
            found.append(ev.AutopilotActed(drone=callsign, mode=seen.mode, detail=detail))
    return found


def _is_fresh(seen: Telemetry, programme: Programme) -> bool:
    if not seen.is_connected or seen.link_age_s is None or seen.trouble:
        return False
    return seen.link_age_s <= programme.stale_after_s


def _was_told(state: State, drone: str, seen: Telemetry) -> bool:
    """A return that ends in a landing is one doing."""
    told = state.acting.get(drone)
    return told is seen.mode or (told is Mode.RETURN and seen.mode is Mode.LAND)


def _is_own(state: State, flight: Flight, mode: Mode, programme: Programme, at: datetime) -> bool:
    if mode in SAYS_NOTHING:
        return False
    newest = state.newest_order(flight.drone)
    if newest is not None and newest.outcome in PENDING:
        return False
    taken = _taken(state, flight)
    if not taken:
        return mode not in FOLLOWS[Verb.LAUNCH]
    order = taken[-1]
    if order.observed_at is None and _is_settling(order, programme, at):
        return False
    expected = FOLLOWS[order.verb]
    if order.outcome is Outcome.UNKNOWN and len(taken) > 1:
        expected |= FOLLOWS[taken[-2].verb]
    # Before a circle was seen, an aircraft may still stand in the mode that it came with.
    if order.verb is Verb.ORBIT and order.observed_at is None:
        expected |= {Mode.HOLD}
    return mode not in expected


def _taken(state: State, flight: Flight) -> list[Order]:
    """Orders of this flight that its aircraft took up, or may have; the newest last."""
    return [
        order
        for order in state.orders.get(flight.drone, ())
        if order.flight_id == flight.flight_id
        and order.verb in FOLLOWS
        and order.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN)
    ]


def _is_settling(order: Order, programme: Programme, at: datetime) -> bool:
    if order.settled_at is None:
        return True
    since_s = (at - order.settled_at).total_seconds()
    return since_s < SETTLES_S * max(1.0, programme.drill_speed)


def _words(seen: Telemetry) -> str:
    if seen.mode is Mode.RETURN and seen.landed is Landed.LANDING:
        return "it comes down at home"
    return WORDS.get(seen.mode, f"it is in mode {seen.mode.value}")
