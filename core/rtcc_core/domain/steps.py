"""The step that follows from what was seen of a flight: climbed, so fly there; arrived, so orbit.

Each step is an order like any other, stored before it is sent, so a core that was killed in between finds
its flights where it left them.
"""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain import events as ev
from rtcc_core.domain.drone import Drone, Mode, Telemetry
from rtcc_core.domain.flight import PENDING, SAFE_TO_REPEAT, Flight, Order, Outcome, Phase, Verb
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_core.domain.orders import make_order
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State

HEIGHT_TOLERANCE_M = 3.0
"""How far below the transit height a climb counts as finished."""

CIRCLE_SHOWN_AFTER_S = 20.0
"""A circle that we fly ourselves is reached, and shown as orbit, well within this."""

REPEAT_AFTER_S = 3.0
"""How long an order of unknown outcome is left to show itself in telemetry before it is given again."""


def stand_off(start: LatLon, call: LatLon, radius_m: float) -> LatLon:
    """Where to arrive: on the circle round the call, on the side the aircraft comes from."""
    if distance_m(start, call) <= radius_m:
        return start
    return offset(call, bearing_deg(call, start), radius_m)


def next_order(
    state: State,
    flight: Flight,
    drone: Drone,
    seen: Telemetry,
    phase: Phase,
    programme: Programme,
    at: datetime,
) -> list[ev.AnyEvent]:
    """The step that follows from what was seen: climbed, so fly there; arrived, so orbit."""
    order = state.newest_order(flight.drone)
    if order is None or order.flight_id != flight.flight_id or order.outcome in PENDING:
        return []
    if should_repeat(order, at):
        is_fought = seen.mode in (Mode.RETURN, Mode.LAND) and not was_called_home(state, flight)
        return [] if is_fought else [_again(state, order, at)]
    verb = _next_verb(order, seen, phase, programme, at)
    if verb is None:
        return []
    is_orbit = verb is Verb.ORBIT
    arrival = stand_off(seen.position or flight.target, flight.target, programme.orbit_radius_m)
    return [
        ev.OrderAsked(
            order=make_order(
                state,
                drone=flight.drone,
                verb=verb,
                operator="core",
                at=at,
                flight_id=flight.flight_id,
                target=flight.target if is_orbit else arrival,
                height_m=programme.overwatch_height_m if is_orbit else programme.transit_height_m,
                radius_m=programme.orbit_radius_m if is_orbit else None,
                speed_m_s=programme.orbit_speed_m_s if is_orbit else drone.cruise_speed_m_s,
            )
        )
    ]


def was_called_home(state: State, flight: Flight) -> bool:
    """True where we asked for a return or a landing; else going home is the aircraft's own doing, and no
    order from before it is repeated against it: a person gives a new one."""
    return any(
        order.verb in (Verb.RETURN, Verb.LAND)
        for order in state.orders.get(flight.drone, ())
        if order.flight_id == flight.flight_id
    )


def should_repeat(order: Order, at: datetime) -> bool:
    """True for an order whose end nobody knows, that telemetry does not show, and that may be given again."""
    return (
        order.outcome is Outcome.UNKNOWN
        and order.verb in SAFE_TO_REPEAT
        and order.observed_at is None
        and order.settled_at is not None
        and (at - order.settled_at).total_seconds() >= REPEAT_AFTER_S
    )


def _again(state: State, order: Order, at: datetime) -> ev.OrderAsked:
    return ev.OrderAsked(
        order=make_order(
            state,
            drone=order.drone,
            verb=order.verb,
            operator=order.operator,
            at=at,
            flight_id=order.flight_id,
            target=order.target,
            height_m=order.height_m,
            radius_m=order.radius_m,
            speed_m_s=order.speed_m_s,
        )
    )


def _next_verb(
    order: Order, seen: Telemetry, phase: Phase, programme: Programme, at: datetime
) -> Verb | None:
    if order.outcome is Outcome.REFUSED:
        return None
    if order.verb is Verb.LAUNCH and phase is Phase.CLIMBING:
        high_enough = (seen.height_m or 0.0) >= programme.transit_height_m - HEIGHT_TOLERANCE_M
        return Verb.TRANSIT if high_enough else None
    if order.verb is Verb.TRANSIT and phase is Phase.ON_SCENE:
        return Verb.ORBIT
    if order.verb is Verb.ORBIT and _has_stopped_circling(order, seen, at):
        return Verb.ORBIT
    return None


def _has_stopped_circling(order: Order, seen: Telemetry, at: datetime) -> bool:
    """True where a circle that we fly ourselves, point by point, ended with the core that flew it.

    Only an aircraft that still waits for our next point (mode goto) is led round again: another mode is a
    pilot's or a failsafe's, and is not fought.
    """
    if order.settled_at is None or seen.mode is not Mode.TRANSIT:
        return False
    return (at - order.settled_at).total_seconds() >= CIRCLE_SHOWN_AFTER_S
