"""Which drone, how soon, how long overhead, and why not the others.

The core gives advice when a call comes in and stores it; a console runs the same function on the same facts
for the call that is selected, so what is on the screen is always today's answer.

An aircraft in the air is weighed as a divert where the call is more urgent than its own; it is never the
recommended one, because taking it is a person's decision. One that the fleet needs more for another call is
shown with that call; a call that has an aircraft takes part in that no more, whatever its priority.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.air import NOBODY_LISTENS, Air
from rtcc_core.domain.assignment import (
    Fleet,
    Ground,
    Resource,
    free_resources,
    ground,
    held_call,
    is_leaving,
    may_be_diverted,
    overhead_s,
    priority_of,
    priority_word,
    solve_fleet,
    waiting_calls,
)
from rtcc_core.domain.call import Call
from rtcc_core.domain.drone import Drone, Sky, Telemetry
from rtcc_core.domain.flight import Flight, GateResult, Verdict
from rtcc_core.domain.gates import question, run_gates
from rtcc_core.domain.state import State

ALL_PASS = "all gates pass"


def advise(
    state: State,
    call: Call,
    sky: Sky,
    at: datetime,
    air: Air = NOBODY_LISTENS,
    *,
    drones: Sequence[Drone] | None = None,
    enough: int | None = None,
) -> Advice:
    """Weigh aircraft for one call, best first: the whole fleet, or these `drones` in this order.

    Aircraft that may go come first, by time overhead; then those that another call needs more, those that
    are on this call, those that could be taken from a less urgent one, those that need an override, and the
    blocked. With `enough` no more are weighed than that; twice as many where none of them may go.
    """
    flights = {flight.drone: flight for flight in state.flights.values() if flight.is_open}
    asked = list(state.drones.values()) if drones is None else drones
    weighed: list[Candidate] = []
    for drone in asked:
        most = enough if enough is None or any(each.may_launch for each in weighed) else 2 * enough
        if most is not None and len(weighed) >= most:
            break
        weighed.append(weigh(state, drone, call, sky, at, air, flights.get(drone.callsign)))
    left_out = len(asked) - len(weighed)
    weighed = _kept(state, call, weighed, sky, at)
    crew = {flight.drone for flight in flights.values() if flight.call_id == call.call_id}
    on_it = frozenset(callsign for callsign in crew if not is_leaving(flights[callsign]))
    weighed.sort(key=lambda each: _rank(each, on_it))
    return Advice(call_id=call.call_id, at=at, candidates=_compared(weighed), left_out=left_out)


def unheard(callsign: str) -> Telemetry:
    """What is known of an aircraft that was never heard: nothing."""
    return Telemetry(drone=callsign)


def weigh(
    state: State,
    drone: Drone,
    call: Call,
    sky: Sky,
    at: datetime,
    air: Air = NOBODY_LISTENS,
    flight: Flight | None = None,
) -> Candidate:
    """One aircraft for one call; as a divert where its open `flight` may be taken for it."""
    seen = sky.get(drone.callsign, unheard(drone.callsign))
    held = held_call(state, flight) if flight else None
    is_divert = flight is not None and may_take(flight, held, call)
    asked = question(state, drone, call.place, seen, at, None, air=air, is_divert=is_divert)
    gates = run_gates(asked)
    trip = asked.plan()
    return Candidate(
        drone=drone.callsign,
        site=drone.site,
        gates=gates,
        overhead_s=trip.overhead_s if trip else None,
        on_scene_s=trip.on_scene_s if trip else None,
        land_with_fraction=trip.land_with_fraction if trip else None,
        why=why_of(gates),
        is_divert=is_divert,
        takes_from=held.call_id if is_divert and held else None,
    )


def may_take(flight: Flight, held: Call | None, call: Call) -> bool:
    """True where this flight could be diverted to the call: nobody loses it, or somebody less urgent."""
    if flight.call_id == call.call_id or not may_be_diverted(flight):
        return False
    return held is None or priority_of(call) < priority_of(held)


def why_of(gates: tuple[GateResult, ...]) -> str:
    """The worst verdict in one phrase."""
    for verdict in (Verdict.BLOCK, Verdict.UNKNOWN, Verdict.WARN):
        found = [gate for gate in gates if gate.verdict is verdict]
        if found:
            first = f"{found[0].gate} {verdict.value}: {found[0].reason}"
            return first if len(found) == 1 else f"{first} (+{len(found) - 1} more)"
    return ALL_PASS


def clock(seconds: float) -> str:
    """`2:10`, minutes and seconds; from ten minutes on `12 min`, which nobody takes for a time of day."""
    whole = max(0, round(seconds))
    return f"{whole // 60} min" if whole >= 600 else f"{whole // 60}:{whole % 60:02d}"


# --- the fleet ----------------------------------------------------------------------------------


def _kept(state: State, call: Call, weighed: list[Candidate], sky: Sky, at: datetime) -> list[Candidate]:
    """Say what the fleet needs elsewhere, and what a divert would leave uncovered."""
    position = call.place.position
    launchable = {candidate.drone for candidate in weighed if candidate.may_launch}
    is_served = any(not is_leaving(flight) for flight in state.flights_to(call.call_id))
    calls = waiting_calls(state, at, None if is_served else call)
    in_air = [candidate for candidate in weighed if candidate.is_divert]
    if position is None or (len(calls) < (1 if is_served else 2) and not in_air):
        return weighed
    on = ground(state, position, at)
    free = [one for one in free_resources(state, sky, on) if one.drone.callsign in launchable]
    fleet = solve_fleet(calls, free, on)
    made: list[Candidate] = []
    for each in weighed:
        if each.is_divert:
            made.append(replace(each, why=_divert_words(state, each, free, on)))
        elif is_served:
            made.append(_needed(each, calls, free, on, fleet))
        else:
            made.append(_kept_back(state, call, each, fleet))
    return made


def _needed(
    candidate: Candidate, calls: list[Call], free: list[Resource], on: Ground, fleet: Fleet
) -> Candidate:
    """For a call that has an aircraft: what a second one is meant for, and who had nobody without it."""
    meant_for = fleet.call_of(candidate.drone)
    other = next((each for each in calls if each.call_id == meant_for), None)
    if other is None:
        return candidate
    rest = solve_fleet(calls, [one for one in free if one.drone.callsign != candidate.drone], on)
    bare = [each for each in calls if each.call_id in fleet.by_call and each.call_id not in rest.by_call]
    if not bare:
        return replace(candidate, kept_for=other.call_id, why=f"kept for {priority_word(other)}")
    why = f"the only one left for {priority_word(bare[0])}"
    return replace(candidate, kept_for=bare[0].call_id, why=why)


def _kept_back(state: State, call: Call, candidate: Candidate, fleet: Fleet) -> Candidate:
    """A more urgent call keeps an aircraft back; an equal one only where this call has another."""
    meant_for = fleet.call_of(candidate.drone)
    other = state.calls.get(meant_for) if meant_for and meant_for != call.call_id else None
    if other is None or not candidate.may_launch:
        return candidate
    is_more_urgent = priority_of(other) < priority_of(call)
    if not is_more_urgent and call.call_id not in fleet.by_call:
        return candidate
    return replace(candidate, kept_for=other.call_id, why=f"kept for {priority_word(other)}")


def _divert_words(state: State, candidate: Candidate, free: list[Resource], on: Ground) -> str:
    """`in the air for 1041 P3, overhead 0:40; 1041 uncovered until D3 2:10`"""
    held = state.calls.get(candidate.takes_from) if candidate.takes_from else None
    words = f"in the air for {priority_word(held)}" if held else "in the air, free to be sent"
    if candidate.overhead_s is not None:
        words += f", overhead {clock(candidate.overhead_s)}"
    if held is not None:
        words += f"; {held.call_id} uncovered{_until(held, free, on)}"
    return words if candidate.why == ALL_PASS else f"{words}; {candidate.why}"


def _until(held: Call, free: list[Resource], on: Ground) -> str:
    """Who could cover the call that loses its aircraft, and when."""
    if held.place.position is None:
        return ""
    target = on.plane.to_xy(held.place.position)
    times = [(s, one.drone.callsign) for one in free if (s := overhead_s(one, target, on)) is not None]
    if not times:
        return ", nobody is free to cover it"
    soonest_s, callsign = min(times)
    return f" until {callsign} {clock(soonest_s)}"


# --- order and words ----------------------------------------------------------------------------


def _rank(candidate: Candidate, on_it: frozenset[str]) -> tuple[int, float, str]:
    soon = candidate.overhead_s if candidate.overhead_s is not None else float("inf")
    # Whoever serves the call stands above a divert: nothing is offered from elsewhere to who has somebody.
    return (2 if candidate.drone in on_it else _standing(candidate), soon, candidate.drone)


def _standing(candidate: Candidate) -> int:
    if candidate.may_launch:
        return 0 if candidate.kept_for is None else 1
    if candidate.may_divert:
        return 3
    return 4 if candidate.needs_override else 5


def _compared(weighed: list[Candidate]) -> tuple[Candidate, ...]:
    """Say of every aircraft that could go by how much it loses to the best, or beats it and is kept."""
    if not weighed or _standing(weighed[0]) != 0 or weighed[0].overhead_s is None:
        return tuple(weighed)
    best = weighed[0]
    compared = [best]
    for candidate in weighed[1:]:
        note = _against(candidate, best) if candidate.may_launch or candidate.may_divert else ""
        why = candidate.why if not note else note if candidate.why == ALL_PASS else f"{note}; {candidate.why}"
        compared.append(replace(candidate, why=why) if note else candidate)
    return tuple(compared)


def _against(candidate: Candidate, best: Candidate) -> str:
    if candidate.overhead_s is None or best.overhead_s is None:
        return ""
    later_s = candidate.overhead_s - best.overhead_s
    if later_s < 0:
        return f"{-later_s:.0f} s sooner than {best.drone}"
    return f"{later_s:.0f} s later than {best.drone}"
