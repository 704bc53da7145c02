"""What the sky says that the journal does not know yet: phases, links, outcomes, deadlines, next steps.

A pure function of the state, the newest telemetry and the time. It yields nothing where nothing changed, so
it may be asked as often as one likes.
"""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain import events as ev
from rtcc_core.domain.drone import Drone, Landed, Mode, Telemetry
from rtcc_core.domain.flight import (
    AIRBORNE,
    BEFORE_FLIGHT,
    PENDING,
    Flight,
    Order,
    Outcome,
    Phase,
    Verb,
    may_move,
)
from rtcc_core.domain.forecast import seconds_to_bingo
from rtcc_core.domain.geo import distance_m
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State
from rtcc_core.domain.steps import next_order, was_called_home

Events = list[ev.AnyEvent]

LIFTED_OFF_M = 1.5
"""Height above the launch point that counts as airborne where the aircraft does not say so itself."""

ARRIVED_M = 20.0
"""An aircraft this close to its stand-off point, or to the circle it should fly, has arrived."""

PHASE_LIMIT_S = {
    Phase.ASKED: 10.0,
    Phase.SENT: 20.0,
    Phase.ARMED: 20.0,
    Phase.CLIMBING: 90.0,
    Phase.TRANSIT: 600.0,
    Phase.RETURNING: 900.0,
    Phase.LANDING: 180.0,
}
"""How long a phase may last, in seconds of the core's clock, before a person is told.

Transit and return: twice the time that 5 km take at 17 m/s, and the descent."""

ORDER_SHOWN_BY = {
    Verb.HOLD: frozenset({Mode.HOLD}),
    Verb.RETURN: frozenset({Mode.RETURN, Mode.LAND}),
    Verb.LAND: frozenset({Mode.LAND}),
    Verb.ORBIT: frozenset({Mode.ORBIT}),
}


def observe(state: State, drone: Drone, seen: Telemetry, at: datetime) -> Events:
    """The events that one aircraft's telemetry calls for now."""
    programme = state.programme or Programme(agency="")
    found = _link(state, drone, seen, programme)
    if not seen.is_connected or seen.link_age_s is None or seen.link_age_s > programme.stale_after_s:
        flight = state.flight_of(drone.callsign)
        return found + _lost_flight(state, flight, found) + _overdue(flight, seen, programme, at)
    found += _order_observed(state, drone, seen)
    flight = state.flight_of(drone.callsign)
    if flight is None:
        return found
    phase = seen_phase(flight, state, seen, programme)
    if phase is not None and phase is not flight.phase and may_move(flight.phase, phase):
        if phase in AIRBORNE and flight.phase in BEFORE_FLIGHT and Phase.ARMED not in flight.times:
            # What flies is armed, even where it took off between two looks.
            found.append(
                ev.PhaseObserved(
                    flight_id=flight.flight_id,
                    drone=drone.callsign,
                    phase=Phase.ARMED,
                    evidence=_evidence(seen),
                )
            )
        found.append(
            ev.PhaseObserved(
                flight_id=flight.flight_id, drone=drone.callsign, phase=phase, evidence=_evidence(seen)
            )
        )
        found += _by_itself(state, flight, seen, phase)
    else:
        found += _overdue(flight, seen, programme, at)
        phase = flight.phase
    found += next_order(state, flight, drone, seen, phase, programme, at)
    return found + _bingo(state, flight, drone, seen, programme, at)


def seen_phase(flight: Flight, state: State, seen: Telemetry, programme: Programme) -> Phase | None:
    """The phase this telemetry shows; None where it shows nothing that can be named."""
    # Before a flight, what is not armed does not fly, whatever an older message of the same second says.
    airborne = _is_up(seen) and not (flight.phase in BEFORE_FLIGHT and seen.armed is False)
    if not airborne:
        return _phase_on_ground(flight, seen)
    if seen.mode is Mode.LAND or seen.landed is Landed.LANDING:
        return Phase.LANDING
    if seen.mode is Mode.RETURN:
        return Phase.RETURNING
    return _phase_in_air(flight, state, seen, programme)


def _phase_on_ground(flight: Flight, seen: Telemetry) -> Phase | None:
    if flight.phase in BEFORE_FLIGHT:
        if seen.armed:
            return Phase.ARMED
        return Phase.ABORTED if flight.phase is Phase.ARMED else None
    # On the ground and disarmed is landed; on the ground and armed it may still be spinning down.
    return Phase.LANDED if seen.armed is False else None


def _phase_in_air(flight: Flight, state: State, seen: Telemetry, programme: Programme) -> Phase | None:
    order = _flying_order(state, flight)
    verb = order.verb if order else Verb.LAUNCH
    if verb is Verb.LAUNCH:
        return Phase.CLIMBING
    if verb is Verb.HOLD:
        return Phase.HOLDING if seen.mode in (Mode.HOLD, Mode.ORBIT) else None
    if verb in (Verb.TRANSIT, Verb.ORBIT) and seen.position is not None:
        away_m = distance_m(seen.position, flight.target)
        if away_m <= programme.orbit_radius_m + ARRIVED_M:
            return Phase.ON_SCENE
        drifted = away_m > programme.orbit_radius_m + 3 * ARRIVED_M
        return Phase.TRANSIT if flight.phase is not Phase.ON_SCENE or drifted else None
    return None


def _flying_order(state: State, flight: Flight) -> Order | None:
    """The newest order that the aircraft took up, or may have."""
    taken = [
        order
        for order in state.orders.get(flight.drone, ())
        if order.flight_id == flight.flight_id and order.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN)
    ]
    return taken[-1] if taken else None


def _is_up(seen: Telemetry) -> bool:
    if seen.is_airborne is not None:
        return seen.is_airborne
    return bool(seen.armed) and (seen.height_m or 0.0) > LIFTED_OFF_M


def _evidence(seen: Telemetry) -> str:
    height = "?" if seen.height_m is None else f"{seen.height_m:.0f} m"
    armed = "armed" if seen.armed else "disarmed"
    return f"mode {seen.mode.value}, {armed}, {seen.landed.value}, height {height}"


# --- links ------------------------------------------------------------------------------------


def _link(state: State, drone: Drone, seen: Telemetry, programme: Programme) -> Events:
    known = state.links.get(drone.callsign)
    found: Events = []
    silent = not seen.is_connected and (
        seen.link_age_s is None or seen.link_age_s > min(3.0, programme.lost_after_s)
    )
    if seen.is_connected and (known is None or not known.is_up):
        found.append(ev.LinkFound(drone=drone.callsign, detail=seen.autopilot))
    elif known is not None and known.is_up and silent and seen.link_age_s is not None:
        failsafe = (
            f"its own failsafe: {programme.link_loss_failsafe}" if _is_up(seen) else "it stood on the ground"
        )
        found.append(
            ev.LinkLost(
                drone=drone.callsign,
                last_position=seen.position,
                last_height_m=seen.height_m,
                failsafe=failsafe,
            )
        )
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
    if order.verb is Verb.LAUNCH:
        shown = bool(seen.armed) and _is_up(seen)
    elif order.verb is Verb.TRANSIT:
        shown = (seen.ground_speed_m_s or 0.0) > 2.0 and order.outcome is Outcome.ACCEPTED
    else:
        shown = seen.mode in ORDER_SHOWN_BY[order.verb] and order.outcome not in PENDING
    return [ev.OrderObserved(drone=drone.callsign, order_id=order.order_id)] if shown else []


def _by_itself(state: State, flight: Flight, seen: Telemetry, phase: Phase) -> Events:
    """Going home without an order of ours is the autopilot's own doing: named, not fought."""
    if phase not in (Phase.RETURNING, Phase.LANDING) or flight.phase in (Phase.RETURNING, Phase.LANDING):
        return []
    if was_called_home(state, flight):
        return []
    if phase is Phase.RETURNING:
        word = "it returns home"
    else:
        word = "it comes down at home" if seen.mode is Mode.RETURN else "it lands where it is"
    return [ev.AutopilotActed(drone=flight.drone, mode=seen.mode, detail=f"{word}, not ordered by us")]


# --- deadlines and energy ---------------------------------------------------------------------


def _overdue(flight: Flight | None, seen: Telemetry, programme: Programme, at: datetime) -> Events:
    if flight is None or flight.phase_since is None or flight.overdue_phase is flight.phase:
        return []
    limit_s = PHASE_LIMIT_S.get(flight.phase)
    after_s = (at - flight.phase_since).total_seconds()
    if limit_s is None or after_s <= limit_s:
        return []
    overdue: Events = [
        ev.PhaseOverdue(
            flight_id=flight.flight_id, drone=flight.drone, phase=flight.phase, after_s=round(after_s)
        )
    ]
    on_ground = seen.is_connected and seen.armed is False and not _is_up(seen)
    if flight.phase in BEFORE_FLIGHT and on_ground:
        overdue.append(
            ev.PhaseObserved(
                flight_id=flight.flight_id,
                drone=flight.drone,
                phase=Phase.ABORTED,
                evidence=f"never left the ground; {_evidence(seen)}",
            )
        )
    return overdue


def _bingo(
    state: State, flight: Flight, drone: Drone, seen: Telemetry, programme: Programme, at: datetime
) -> Events:
    going_home = (Phase.RETURNING, Phase.LANDING)
    if flight.bingo_at is not None or flight.phase not in AIRBORNE or flight.phase in going_home:
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
