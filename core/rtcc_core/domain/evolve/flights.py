"""Flights, their orders, their ways and what was noted of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from msgspec.structs import replace

from rtcc_core.domain import events as ev
from rtcc_core.domain.events import Stored
from rtcc_core.domain.evolve.calls import decided
from rtcc_core.domain.evolve.people import touched
from rtcc_core.domain.evolve.step import Steps
from rtcc_core.domain.flight import (
    AGAIN_MAX,
    AIRBORNE,
    ENDED,
    GOING_HOME,
    PAYLOAD,
    BatteryMark,
    CameraLook,
    Flight,
    Order,
    Outcome,
    Overwatch,
    Phase,
    Verb,
    may_move,
)
from rtcc_core.domain.state import Relief, State

T = TypeVar("T")

ORDERS_KEPT = 20
PAYLOAD_ORDERS_KEPT = 8
ENDED_FLIGHTS_KEPT = 200
WAYS_KEPT = 8
MARKS_KEPT = 60


def _flight_opened(state: State, event: ev.FlightOpened, stored: Stored) -> State:
    if event.flight_id in state.flights:
        return state
    flight = Flight(
        flight_id=event.flight_id,
        drone=event.drone,
        call_id=event.call_id,
        operator=stored.operator,
        target=event.target,
        opened_at=stored.at,
        times={Phase.ASKED: stored.at},
        gates=event.gates,
        override_reason=event.override_reason,
        phase_since=stored.at,
        transit_height_m=event.transit_height_m,
        overwatch_height_m=event.overwatch_height_m,
        relieves=event.relieves,
        predicted_overhead_at=(
            None if event.overhead_s is None else stored.at + timedelta(seconds=event.overhead_s)
        ),
    )
    flights = {**state.flights, event.flight_id: flight}
    if len(flights) > ENDED_FLIGHTS_KEPT:
        ended = [key for key, old in flights.items() if not old.is_open][: len(flights) - ENDED_FLIGHTS_KEPT]
        flights = {key: old for key, old in flights.items() if key not in ended}
    if event.relieves in flights:
        flights[event.relieves] = replace(flights[event.relieves], relieved_by=event.flight_id)
    if stored.operator in state.people:
        what = f"sent {event.drone} to {event.call_id}"
        state = touched(state, event.call_id, stored.operator, what, stored.seq)
    state = decided(state, event.call_id, stored.at)
    return replace(state, flights=flights, flight_count=state.flight_count + 1)


def _order_asked(state: State, event: ev.OrderAsked, stored: Stored) -> State:
    order = event.order
    if order.operator in state.people:
        what = f"ordered {order.verb.value} of {order.drone}"
        state = touched(state, order.drone, order.operator, what, stored.seq)
    kept = _kept((*state.orders.get(order.drone, ()), order))
    if order.verb is Verb.ORBIT and order.flight_id is not None and order.target is not None:
        state = _with_flight(state, order.flight_id, lambda flight: _watching(flight, order))
    return replace(state, orders={**state.orders, order.drone: kept}, order_count=state.order_count + 1)


def _kept(orders: tuple[Order, ...]) -> tuple[Order, ...]:
    """The newest orders; those to gimbal and camera are counted apart, so neither drives out the other."""
    flown = [order.order_id for order in orders if order.is_of_flight][-ORDERS_KEPT:]
    carried = [order.order_id for order in orders if not order.is_of_flight][-PAYLOAD_ORDERS_KEPT:]
    kept = {*flown, *carried}
    return tuple(order for order in orders if order.order_id in kept)


def _order_sent(state: State, event: ev.OrderSent, stored: Stored) -> State:
    state = _with_order(
        state,
        event.drone,
        event.order_id,
        lambda order: (
            replace(order, outcome=Outcome.SENT, sent_at=stored.at)
            if order.outcome is Outcome.ASKED
            else order
        ),
    )
    flight = state.flight_of(event.drone)
    if flight is not None and flight.phase in (Phase.ASKED, Phase.GATED):
        return _with_phase(state, flight, Phase.SENT, stored)
    return state


def _order_settled(
    state: State, event: ev.OrderAccepted | ev.OrderRefused | ev.OrderUnknown, stored: Stored
) -> State:
    outcome = _OUTCOMES[type(event)]
    reason = "" if isinstance(event, ev.OrderAccepted) else event.reason
    return _with_order(
        state,
        event.drone,
        event.order_id,
        lambda order: replace(order, outcome=outcome, settled_at=stored.at, reason=reason),
    )


def _order_observed(state: State, event: ev.OrderObserved, stored: Stored) -> State:
    orders = state.orders.get(event.drone, ())
    if any(order.order_id == event.order_id and order.verb not in PAYLOAD for order in orders):
        state = replace(state, acting=_without(state.acting, event.drone))
    return _with_order(
        state, event.drone, event.order_id, lambda order: replace(order, observed_at=stored.at)
    )


def _with_order(state: State, drone: str, order_id: str, update: Callable[[Order], Order]) -> State:
    orders = state.orders.get(drone, ())
    if not any(order.order_id == order_id for order in orders):
        return state
    changed = tuple(update(order) if order.order_id == order_id else order for order in orders)
    return replace(state, orders={**state.orders, drone: changed})


def _phase_observed(state: State, event: ev.PhaseObserved, stored: Stored) -> State:
    return _moved(state, event.flight_id, event.phase, stored)


def _moved(state: State, flight_id: str, phase: Phase, stored: Stored) -> State:
    flight = state.flights.get(flight_id)
    if flight is None or not may_move(flight.phase, phase):
        return state
    return _with_phase(state, flight, phase, stored)


def _with_phase(state: State, flight: Flight, phase: Phase, stored: Stored) -> State:
    is_again = phase in flight.times
    moved = replace(
        flight,
        phase=phase,
        phase_since=stored.at,
        times=flight.times if is_again else {**flight.times, phase: stored.at},
        again=(*flight.again, (phase, stored.at))[-AGAIN_MAX:] if is_again else flight.again,
        ended_at=stored.at if phase in ENDED else None,
        overdue_phase=None,
    )
    state = replace(state, flights={**state.flights, flight.flight_id: moved})
    if phase in GOING_HOME:
        state = _unplanned(state, flight.flight_id)
    return state if moved.is_open else _flown(state, moved, stored)


def _flown(state: State, flight: Flight, stored: Stored) -> State:
    """The flight is over: its hours are counted, its relief plan and its aircraft's control end with it."""
    took_off_at = min((at for phase, at in flight.times.items() if phase in AIRBORNE), default=stored.at)
    flown_s = state.airtime_s.get(flight.drone, 0.0) + (stored.at - took_off_at).total_seconds()
    return replace(
        state,
        airtime_s={**state.airtime_s, flight.drone: flown_s},
        reliefs=_unplanned(state, flight.flight_id).reliefs,
        control=_without(state.control, flight.drone),
        acting=_without(state.acting, flight.drone),
    )


def _without(named: dict[str, T], drone: str) -> dict[str, T]:
    return {key: value for key, value in named.items() if key != drone}


def _with_flight(state: State, flight_id: str, update: Callable[[Flight], Flight]) -> State:
    flight = state.flights.get(flight_id)
    if flight is None:
        return state
    return replace(state, flights={**state.flights, flight_id: update(flight)})


def _unplanned(state: State, flight_id: str) -> State:
    """Nobody relieves an aircraft that leaves."""
    if flight_id not in state.reliefs:
        return state
    return replace(state, reliefs={key: plan for key, plan in state.reliefs.items() if key != flight_id})


def _scene_cleared(state: State, event: ev.SceneCleared, stored: Stored) -> State:
    state = _unplanned(state, event.flight_id)
    return _with_flight(
        state, event.flight_id, lambda flight: replace(flight, cleared_at=flight.cleared_at or stored.at)
    )


def _bingo_reached(state: State, event: ev.BingoReached, stored: Stored) -> State:
    return _with_flight(state, event.flight_id, lambda flight: replace(flight, bingo_at=stored.at))


def _phase_overdue(state: State, event: ev.PhaseOverdue, stored: Stored) -> State:
    return _with_flight(state, event.flight_id, lambda flight: replace(flight, overdue_phase=event.phase))


def _watching(flight: Flight, order: Order) -> Flight:
    assert order.target is not None
    overwatch = Overwatch(
        centre=order.target,
        height_m=order.height_m or 0.0,
        radius_m=order.radius_m or 0.0,
        speed_m_s=order.speed_m_s or 0.0,
        is_clockwise=order.is_clockwise,
    )
    return replace(flight, overwatch=overwatch)


def _way_chosen(state: State, event: ev.WayChosen, stored: Stored) -> State:
    return _with_flight(
        state, event.flight_id, lambda flight: replace(flight, ways=(*flight.ways, event.way)[-WAYS_KEPT:])
    )


def _line_given(state: State, event: ev.LineGiven, stored: Stored) -> State:
    return _with_flight(state, event.flight_id, lambda flight: replace(flight, line=event.points))


def _flight_diverted(state: State, event: ev.FlightDiverted, stored: Stored) -> State:
    def divert(flight: Flight) -> Flight:
        times = {phase: at for phase, at in flight.times.items() if phase is not Phase.ON_SCENE}
        return replace(
            flight,
            call_id=event.to_call,
            target=event.target,
            overwatch=None,
            line=(),
            cleared_at=None,
            relieves=None,
            relieved_by=None,
            times=times,
            left={**flight.left, event.from_call: stored.at},
        )

    state = _unplanned(state, event.flight_id)
    state = decided(_with_flight(state, event.flight_id, divert), event.to_call, stored.at)
    return _moved(state, event.flight_id, Phase.DIVERTED, stored)


def _target_moved(state: State, event: ev.TargetMoved, stored: Stored) -> State:
    return _with_flight(
        state, event.flight_id, lambda flight: replace(flight, target=event.target, overwatch=None)
    )


def _battery_noted(state: State, event: ev.BatteryNoted, stored: Stored) -> State:
    mark = BatteryMark(stored.at, event.fraction)
    return _with_flight(
        state,
        event.flight_id,
        lambda flight: replace(flight, battery_marks=(*flight.battery_marks, mark)[-MARKS_KEPT:]),
    )


def _relief_planned(state: State, event: ev.ReliefPlanned, stored: Stored) -> State:
    relief = Relief(by=event.by, launch_at=event.launch_at, must_leave_at=event.must_leave_at, why=event.why)
    return replace(state, reliefs={**state.reliefs, event.flight_id: relief})


def _handed_over(state: State, event: ev.OverwatchHandedOver, stored: Stored) -> State:
    state = _unplanned(state, event.from_flight)
    state = _with_flight(
        state, event.from_flight, lambda flight: replace(flight, relieved_by=event.to_flight)
    )
    return _moved(state, event.from_flight, Phase.RELIEVED, stored)


def _downed(state: State, event: ev.AircraftDowned, stored: Stored) -> State:
    return _with_flight(state, event.flight_id, lambda flight: replace(flight, downed_at=stored.at))


def _gimbal_observed(state: State, event: ev.GimbalObserved, stored: Stored) -> State:
    look = CameraLook(looks_down=event.looks_down, is_allowed=event.is_allowed, since=stored.at)
    return _with_flight(state, event.flight_id, lambda flight: replace(flight, camera=look))


def _recording_observed(state: State, event: ev.RecordingObserved, stored: Stored) -> State:
    return _with_flight(
        state, event.flight_id, lambda flight: replace(flight, is_recording=event.is_recording)
    )


_OUTCOMES: dict[type[ev.Event], Outcome] = {
    ev.OrderAccepted: Outcome.ACCEPTED,
    ev.OrderRefused: Outcome.REFUSED,
    ev.OrderUnknown: Outcome.UNKNOWN,
}

STEPS: Steps = {
    ev.FlightOpened: _flight_opened,
    ev.OrderAsked: _order_asked,
    ev.OrderSent: _order_sent,
    ev.OrderAccepted: _order_settled,
    ev.OrderRefused: _order_settled,
    ev.OrderUnknown: _order_settled,
    ev.OrderObserved: _order_observed,
    ev.PhaseObserved: _phase_observed,
    ev.SceneCleared: _scene_cleared,
    ev.BingoReached: _bingo_reached,
    ev.PhaseOverdue: _phase_overdue,
    ev.WayChosen: _way_chosen,
    ev.LineGiven: _line_given,
    ev.FlightDiverted: _flight_diverted,
    ev.TargetMoved: _target_moved,
    ev.BatteryNoted: _battery_noted,
    ev.ReliefPlanned: _relief_planned,
    ev.OverwatchHandedOver: _handed_over,
    ev.AircraftDowned: _downed,
    ev.GimbalObserved: _gimbal_observed,
    ev.RecordingObserved: _recording_observed,
}
