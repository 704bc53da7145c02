"""The step that follows from what was seen of a flight: climbed, so fly there; at a bend, so on to the next.

Each step is an order like any other, stored before it is sent. A step follows from the state and the newest
telemetry alone, so a core that was killed in between finds its flights where it left them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from rtcc_core.domain import events as ev
from rtcc_core.domain.drone import Drone, Mode, Telemetry
from rtcc_core.domain.flight import (
    AIRBORNE,
    ENDED,
    PENDING,
    SAFE_TO_REPEAT,
    Flight,
    Leg,
    Order,
    Outcome,
    Overwatch,
    Phase,
    Verb,
    Way,
)
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m
from rtcc_core.domain.orders import again, make_order
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State
from rtcc_core.domain.ways import finder_for, stand_off

HEIGHT_TOLERANCE_M = 3.0
"""How far below the transit height a climb counts as finished."""

CIRCLE_SHOWN_AFTER_S = 20.0
"""A circle that we fly ourselves is reached, and shown as orbit, well within this."""

REPEAT_AFTER_S = 3.0
"""How long an order of unknown outcome is left to show itself in telemetry before it is given again."""

REPEAT_UNTIL_S = 120.0
"""Real seconds after which no order but a recall is given again: what was meant then may be wrong by now. Its
alarm stands until a person has looked."""

REACH_M = 25.0
"""A bend this near is reached: the next leg is ordered before the aircraft slows down for it."""

REACH_S = 1.5
"""And a fast aircraft reaches it so much earlier."""

CUT_M = 10.0
"""Ordering the next leg early cuts the corner by no more than this: well within every clearance."""

OVER_THE_PAD_M = 5.0
"""So near to the centre of a pad, and so slow, it is sent down on it."""
OVER_THE_PAD_M_S = 2.0

NOT_OURS = frozenset({Mode.RETURN, Mode.LAND, Mode.MANUAL})
"""Modes in which a failsafe, a return or a pilot flies: no step of ours goes against them."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a step follows from."""

    state: State
    flight: Flight
    drone: Drone
    seen: Telemetry
    phase: Phase
    programme: Programme
    at: datetime
    order: Order
    """The newest order of flight; it ended."""

    @property
    def has_fresh_position(self) -> bool:
        age_s = self.seen.position_age_s
        return self.seen.position is not None and age_s is not None and age_s <= self.programme.stale_after_s

    def give(self, verb: Verb, leg: Leg | None, **fields: Any) -> list[ev.AnyEvent]:
        """One order of the core's."""
        order = make_order(
            self.state,
            drone=self.flight.drone,
            verb=verb,
            operator="core",
            at=self.at,
            flight_id=self.flight.flight_id,
            leg=leg,
            **fields,
        )
        return [ev.OrderAsked(order=order)]

    def fly_to(self, leg: Leg, target: LatLon, height_m: float) -> list[ev.AnyEvent]:
        return self.give(
            Verb.TRANSIT, leg, target=target, height_m=height_m, speed_m_s=self.drone.cruise_speed_m_s
        )


def next_order(
    state: State,
    flight: Flight,
    drone: Drone,
    seen: Telemetry,
    phase: Phase,
    programme: Programme,
    at: datetime,
) -> list[ev.AnyEvent]:
    """The step that follows from what was seen; nothing while an order is on its way."""
    order = state.newest_order(flight.drone)
    if order is None or order.flight_id != flight.flight_id or order.outcome in PENDING or phase in ENDED:
        return []
    if should_repeat(order, at, programme.drill_speed):
        return (
            [] if _is_against(state, flight, order, seen) else [ev.OrderAsked(order=again(state, order, at))]
        )
    if seen.mode in NOT_OURS or phase not in AIRBORNE or flight.drone in state.acting:
        return []
    follow = _AFTER.get(order.verb)
    if follow is None:
        return []
    return follow(
        Step(
            state=state,
            flight=flight,
            drone=drone,
            seen=seen,
            phase=phase,
            programme=programme,
            at=at,
            order=order,
        )
    )


def was_called_home(state: State, flight: Flight) -> bool:
    """True where the newest order that led anywhere led home; else going home is the aircraft's own doing.

    A hold after it does not count: the return may still be under way.
    """
    for order in reversed(state.orders.get(flight.drone, ())):
        is_telling = (
            order.is_of_flight and order.verb is not Verb.HOLD and order.outcome is not Outcome.REFUSED
        )
        if order.flight_id == flight.flight_id and is_telling:
            return order.is_homeward
    return False


def should_repeat(order: Order, at: datetime, pace: float = 1.0) -> bool:
    """True for an order whose end nobody knows, that telemetry does not show, and that may be given again.

    `pace` is how much faster than people's time the core's clock runs.
    """
    age_s = (at - (order.first_asked_at or order.asked_at)).total_seconds()
    return (
        order.outcome is Outcome.UNKNOWN
        and (order.is_recall or age_s <= REPEAT_UNTIL_S * max(1.0, pace))
        and order.verb in SAFE_TO_REPEAT
        and order.observed_at is None
        and order.settled_at is not None
        and (at - order.settled_at).total_seconds() >= REPEAT_AFTER_S
    )


def _is_against(state: State, flight: Flight, order: Order, seen: Telemetry) -> bool:
    """True where repeating an order from before would fight what the aircraft, or a pilot, does since."""
    if flight.drone in state.acting or (seen.mode is Mode.MANUAL and not order.is_recall):
        return True
    if seen.mode not in (Mode.RETURN, Mode.LAND):
        return False
    return not was_called_home(state, flight) or not (order.is_recall and order.verb is not Verb.TRANSIT)


# --- what follows which order -----------------------------------------------------------------


def _is_for_nobody(step: Step) -> bool:
    """Its call is over: nothing flies on towards it. It hovers, and a person is asked (`proposals`)."""
    call = step.state.calls.get(step.flight.call_id)
    return call is not None and not call.is_open


def _after_launch(step: Step) -> list[ev.AnyEvent]:
    if step.order.outcome is Outcome.REFUSED or step.phase is not Phase.CLIMBING or _is_for_nobody(step):
        return []
    height_m = _transit_height_m(step)
    if (step.seen.height_m or 0.0) < height_m - HEIGHT_TOLERANCE_M:
        return []
    way = step.flight.way_of(Leg.OUT)
    if way is not None:
        return step.fly_to(Leg.OUT, way.points[0], way.height_m)
    # A journal from before flights had ways of their own.
    here, call = step.seen.position or step.flight.target, step.flight.target
    return step.fly_to(Leg.OUT, stand_off(here, call, step.programme.orbit_radius_m), height_m)


def _after_transit(step: Step) -> list[ev.AnyEvent]:
    if step.order.leg is Leg.HOME:
        return _homeward(step)
    if step.order.outcome is Outcome.REFUSED or _is_for_nobody(step):
        return []
    if step.phase is Phase.ON_SCENE:
        return _watch(step)
    way = step.flight.way_of(Leg.OUT)
    following = _next_point(step, way)
    return step.fly_to(Leg.OUT, following, way.height_m) if way and following else []


def _homeward(step: Step) -> list[ev.AnyEvent]:
    way = step.flight.way_of(Leg.HOME)
    if step.order.outcome is Outcome.REFUSED or way is None:
        # Nothing keeps an aircraft from coming home: its own return needs no leg of ours.
        return step.give(Verb.RETURN, Leg.HOME)
    following = _next_point(step, way)
    if following is not None:
        is_last = following == way.points[-1]
        if is_last and way.site is None:
            return step.give(Verb.RETURN, Leg.HOME)
        return step.fly_to(Leg.HOME, following, way.height_m)
    is_over_pad = step.order.target == way.points[-1] and _away_m(step, way.points[-1]) <= OVER_THE_PAD_M
    if way.site is not None and is_over_pad and (step.seen.ground_speed_m_s or 0.0) <= OVER_THE_PAD_M_S:
        return step.give(Verb.LAND, Leg.HOME)
    return []


def _after_move(step: Step) -> list[ev.AnyEvent]:
    """Along a way on scene; at its end a circle, or hovering there. A line that was flown is over."""
    way = step.flight.way_of(Leg.SCENE)
    is_on_way = way is not None and step.order.target in way.points
    if step.order.outcome is Outcome.REFUSED or way is None or not is_on_way:
        return _end_of_line(step)
    following = _next_point(step, way)
    if following is not None:
        return step.give(
            Verb.MOVE, Leg.SCENE, target=following, height_m=way.height_m, speed_m_s=step.order.speed_m_s
        )
    if step.order.target != way.points[-1] or _away_m(step, way.points[-1]) > REACH_M:
        return []
    return _circle(step, way.orbit) if way.orbit is not None else _end_of_line(step)


def _after_orbit(step: Step) -> list[ev.AnyEvent]:
    if step.order.outcome is Outcome.REFUSED or not _has_stopped_circling(step):
        return _end_of_line(step)
    return [ev.OrderAsked(order=again(step.state, step.order, step.at))]


def _end_of_line(step: Step) -> list[ev.AnyEvent]:
    if not step.flight.line:
        return []
    return [ev.LineGiven(flight_id=step.flight.flight_id, drone=step.flight.drone, points=())]


_AFTER: dict[Verb, Callable[[Step], list[ev.AnyEvent]]] = {
    Verb.LAUNCH: _after_launch,
    Verb.TRANSIT: _after_transit,
    Verb.MOVE: _after_move,
    Verb.ORBIT: _after_orbit,
    Verb.HOLD: _end_of_line,
    Verb.FACE: _end_of_line,
}


# --- over the scene ---------------------------------------------------------------------------


def _watch(step: Step) -> list[ev.AnyEvent]:
    """Circle the call at its own height, a relief as the other did; where that is not free, hover there."""
    own_m, other = step.flight.overwatch_height_m, step.state.flights.get(step.flight.relieves or "")
    before = other.overwatch if other else None
    circle = Overwatch(
        centre=step.flight.target,
        height_m=step.programme.overwatch_height_m if own_m is None else own_m,
        radius_m=before.radius_m if before else step.programme.orbit_radius_m,
        speed_m_s=before.speed_m_s if before else step.programme.orbit_speed_m_s,
        is_clockwise=before.is_clockwise if before else True,
    )
    find = finder_for(step.state, step.drone, step.seen, step.at)
    if find is None or not find.circle_trouble(circle):
        return _circle(step, circle)
    here = step.order.target or step.seen.position or circle.centre
    return step.give(
        Verb.MOVE,
        Leg.SCENE,
        target=here,
        height_m=circle.height_m,
        heading_deg=bearing_deg(here, circle.centre),
    )


def _circle(step: Step, circle: Overwatch) -> list[ev.AnyEvent]:
    return step.give(
        Verb.ORBIT,
        Leg.SCENE,
        target=circle.centre,
        height_m=circle.height_m,
        radius_m=circle.radius_m,
        speed_m_s=circle.speed_m_s,
        is_clockwise=circle.is_clockwise,
    )


def _has_stopped_circling(step: Step) -> bool:
    """True where a circle that we fly ourselves, point by point, ended with the core that flew it.

    Only an aircraft that still waits for our next point (mode goto) is led round again: another mode is a
    pilot's or a failsafe's, and is not fought.
    """
    settled_at = step.order.settled_at
    if settled_at is None or step.seen.mode is not Mode.TRANSIT:
        return False
    return (step.at - settled_at).total_seconds() >= CIRCLE_SHOWN_AFTER_S


# --- along a way ------------------------------------------------------------------------------


def _transit_height_m(step: Step) -> float:
    own_m = step.flight.transit_height_m
    return step.programme.transit_height_m if own_m is None else own_m


def _next_point(step: Step, way: Way | None) -> LatLon | None:
    """The point to fly to next, once the one it flies to is reached; None until then, and at the end."""
    target, position = step.order.target, step.seen.position
    following = way.after(target) if way is not None and target is not None else None
    if following is None or target is None or position is None or not step.has_fresh_position:
        return None
    return following if distance_m(position, target) <= _reach_m(step, target, following) else None


def _reach_m(step: Step, bend: LatLon, following: LatLon) -> float:
    """How near is near enough: soon enough not to stop, late enough not to cut the corner."""
    position = step.seen.position or bend
    usual_m = max(REACH_M, REACH_S * (step.seen.ground_speed_m_s or 0.0))
    if distance_m(position, bend) < 1.0:
        return usual_m
    turn = math.radians(bearing_deg(bend, following) - bearing_deg(position, bend))
    sharpness = abs(math.sin(turn)) if math.cos(turn) > 0.0 else 1.0
    return min(usual_m, CUT_M / max(sharpness, 0.01))


def _away_m(step: Step, point: LatLon) -> float:
    if step.seen.position is None or not step.has_fresh_position:
        return math.inf
    return distance_m(step.seen.position, point)
