"""What the sky says that the journal does not know yet: phases, links, outcomes, deadlines, next steps.

A pure function of the state, the newest telemetry and the time. It yields nothing where nothing changed, so
it may be asked as often as one likes.
"""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain import events as ev
from rtcc_core.domain.camera import camera_events
from rtcc_core.domain.drone import Drone, Mode, Telemetry
from rtcc_core.domain.fall import how_it_fell
from rtcc_core.domain.flight import (
    AIRBORNE,
    BEFORE_FLIGHT,
    GOING_HOME,
    PENDING,
    Flight,
    Order,
    Outcome,
    Phase,
    Verb,
    may_move,
)
from rtcc_core.domain.forecast import seconds_to_bingo
from rtcc_core.domain.geo import bearing_deg, distance_m
from rtcc_core.domain.lost import link_lost
from rtcc_core.domain.orders import make_order
from rtcc_core.domain.phases import RULE_OF, is_up, limit_s, seen_phase
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State
from rtcc_core.domain.steps import NOT_OURS, next_order

Events = list[ev.AnyEvent]

ORDER_SHOWN_BY = {
    Verb.HOLD: frozenset({Mode.HOLD}),
    Verb.RETURN: frozenset({Mode.RETURN, Mode.LAND}),
    Verb.LAND: frozenset({Mode.LAND}),
    Verb.ORBIT: frozenset({Mode.ORBIT}),
}

MOVING_M_S = 2.0
"""Over the ground: faster than this is on its way."""

THERE_M = 10.0
FACING_DEG = 20.0
"""Near enough to a point, or to a heading, to be doing what was asked."""


def observe(state: State, drone: Drone, seen: Telemetry, at: datetime) -> Events:
    """The events that one aircraft's telemetry calls for now."""
    programme = state.programme or Programme(agency="")
    found = _link(state, drone, seen, programme, at)
    is_silent = not seen.is_connected or seen.link_age_s is None
    # What two aircraft say under one number is true of neither.
    if is_silent or (seen.link_age_s or 0.0) > programme.stale_after_s or seen.trouble:
        flight = state.flight_of(drone.callsign)
        return found + _lost_flight(state, flight, found) + _overdue(state, flight, seen, at, is_heard=False)
    found += _order_observed(state, drone, seen)
    flight = state.flight_of(drone.callsign)
    if flight is None:
        return found
    phase = seen_phase(flight, state, seen, programme)
    if phase is Phase.LANDED and how_it_fell(state, flight, seen):
        return found  # it is given up as down first
    if phase is not None and phase is not flight.phase and may_move(flight.phase, phase):
        found += _entered(flight, seen, phase, at)
    else:
        found += _overdue(state, flight, seen, at, is_heard=True)
        phase = flight.phase
    if not _gives_order(found):
        found += next_order(state, flight, drone, seen, phase, programme, at)
    is_ordered = _gives_order(found)
    found += camera_events(state, flight, seen, phase, at, after=1 if is_ordered else 0)
    return found + _bingo(state, flight, drone, seen, programme, at)


def _gives_order(found: Events) -> bool:
    return any(isinstance(event, ev.OrderAsked) for event in found)


def _entered(flight: Flight, seen: Telemetry, phase: Phase, at: datetime) -> Events:
    """What flies is armed, even where it took off between two looks; what was lost is said to be back."""
    is_unseen = phase in AIRBORNE and flight.phase in BEFORE_FLIGHT and Phase.ARMED not in flight.times
    phases = (Phase.ARMED, phase) if is_unseen else (phase,)
    back = ""
    if flight.phase is Phase.LOST and flight.phase_since is not None:
        back = f"heard again after {(at - flight.phase_since).total_seconds():.0f} s: "
    return [
        ev.PhaseObserved(
            flight_id=flight.flight_id,
            drone=flight.drone,
            phase=entered,
            evidence=back + _evidence(flight, seen),
        )
        for entered in phases
    ]


def _evidence(flight: Flight, seen: Telemetry) -> str:
    height = "?" if seen.height_m is None else f"{seen.height_m:.0f} m"
    armed = "armed" if seen.armed else "disarmed"
    away = f", {distance_m(seen.position, flight.target):.0f} m from the call" if seen.position else ""
    return f"mode {seen.mode.value}, {armed}, {seen.landed.value}, height {height}{away}"


# --- links ------------------------------------------------------------------------------------


def _link(state: State, drone: Drone, seen: Telemetry, programme: Programme, at: datetime) -> Events:
    known = state.links.get(drone.callsign)
    found: Events = []
    silent = not seen.is_connected and (
        seen.link_age_s is None or seen.link_age_s > min(3.0, programme.lost_after_s)
    )
    if seen.is_connected and (known is None or not known.is_up):
        found.append(ev.LinkFound(drone=drone.callsign, detail=seen.autopilot))
    elif known is not None and known.is_up and silent and seen.link_age_s is not None:
        found.append(link_lost(state, drone, seen, at))
    if seen.trouble != (known.trouble if known else ""):
        found.append(ev.LinkTroubled(drone=drone.callsign, trouble=seen.trouble))
    return found


def _lost_flight(state: State, flight: Flight | None, found: Events) -> Events:
    is_lost = any(isinstance(event, ev.LinkLost) for event in found)
    if flight is None or not is_lost or not may_move(flight.phase, Phase.LOST):
        return []
    return [
        ev.PhaseObserved(flight_id=flight.flight_id, drone=flight.drone, phase=Phase.LOST, evidence="no link")
    ]


# --- orders -----------------------------------------------------------------------------------


def _order_observed(state: State, drone: Drone, seen: Telemetry) -> Events:
    order = state.newest_order(drone.callsign)
    if order is None or order.observed_at is not None or order.outcome is Outcome.REFUSED:
        return []
    shown = _shows(order, seen)
    return [ev.OrderObserved(drone=drone.callsign, order_id=order.order_id)] if shown else []


def _shows(order: Order, seen: Telemetry) -> bool:
    """True where telemetry shows the aircraft doing what it was ordered."""
    if order.verb is Verb.LAUNCH:
        return bool(seen.armed) and is_up(seen)
    if order.verb in ORDER_SHOWN_BY:
        return seen.mode in ORDER_SHOWN_BY[order.verb] and order.outcome not in PENDING
    if order.outcome is not Outcome.ACCEPTED or seen.mode in (Mode.RETURN, Mode.LAND):
        return False
    if order.verb is Verb.FACE:
        return _faces(order, seen)
    is_there = order.target is not None and seen.position is not None
    if is_there and order.target and seen.position and distance_m(seen.position, order.target) <= THERE_M:
        return order.verb is Verb.MOVE
    return (seen.ground_speed_m_s or 0.0) > MOVING_M_S


def _faces(order: Order, seen: Telemetry) -> bool:
    wanted_deg = order.heading_deg
    if wanted_deg is None and order.target is not None and seen.position is not None:
        wanted_deg = bearing_deg(seen.position, order.target)
    if wanted_deg is None or seen.heading_deg is None:
        return False
    return abs((seen.heading_deg - wanted_deg + 180.0) % 360.0 - 180.0) <= FACING_DEG


# --- deadlines and energy ---------------------------------------------------------------------


def _overdue(state: State, flight: Flight | None, seen: Telemetry, at: datetime, *, is_heard: bool) -> Events:
    """A phase that lasts too long: an alarm, once; an end on the ground; a hold for a climb that is stuck."""
    if flight is None or flight.phase_since is None:
        return []
    is_told = flight.overdue_phase is flight.phase
    if is_told and flight.phase not in BEFORE_FLIGHT:
        return []
    longest_s = limit_s(state, flight, seen, at)
    after_s = (at - flight.phase_since).total_seconds()
    if longest_s is None or after_s <= longest_s:
        return []
    never_left = _never_left(state, flight, seen) if is_heard else []
    if is_told:
        return never_left
    hold = _stop_climb(state, flight, seen, at) if is_heard else []
    overdue: Events = [
        ev.PhaseOverdue(
            flight_id=flight.flight_id,
            drone=flight.drone,
            phase=flight.phase,
            after_s=round(after_s),
            detail=("it is told to hold; " if hold else "") + RULE_OF[flight.phase].then,
        )
    ]
    return overdue + never_left + hold


def _never_left(state: State, flight: Flight, seen: Telemetry) -> Events:
    """The end of a flight that stands disarmed; not while its launch may still be carried to the aircraft,
    which would then lift off for no flight at all."""
    order = state.newest_order(flight.drone)
    is_coming = order is not None and order.flight_id == flight.flight_id and order.outcome in PENDING
    if flight.phase not in BEFORE_FLIGHT or seen.armed is not False or is_up(seen) or is_coming:
        return []
    evidence = f"never left the ground; {_evidence(flight, seen)}"
    aborted = ev.PhaseObserved(
        flight_id=flight.flight_id, drone=flight.drone, phase=Phase.ABORTED, evidence=evidence
    )
    return [aborted]


def _stop_climb(state: State, flight: Flight, seen: Telemetry, at: datetime) -> Events:
    order = state.newest_order(flight.drone)
    is_ours = order is not None and order.verb is Verb.LAUNCH and flight.drone not in state.acting
    if flight.phase is not Phase.CLIMBING or not is_ours or seen.mode in NOT_OURS or not is_up(seen):
        return []
    hold = make_order(
        state, drone=flight.drone, verb=Verb.HOLD, operator="core", at=at, flight_id=flight.flight_id
    )
    return [ev.OrderAsked(order=hold)]


def _bingo(
    state: State, flight: Flight, drone: Drone, seen: Telemetry, programme: Programme, at: datetime
) -> Events:
    if flight.bingo_at is not None or flight.phase not in AIRBORNE or flight.phase in GOING_HOME:
        return []
    left_s = seconds_to_bingo(state, drone, seen, programme, at)
    if left_s is None or left_s > 0:
        return []
    return [
        ev.BingoReached(
            flight_id=flight.flight_id,
            drone=flight.drone,
            battery_fraction=seen.battery_fraction or 0.0,
        )
    ]
