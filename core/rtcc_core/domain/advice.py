"""Which drone, how soon, how long overhead, and why not the others.

The core gives advice when a call comes in and stores it; a console runs the same function on the same facts
for the call that is selected, so what is on the screen is always today's answer.
"""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.call import Call
from rtcc_core.domain.drone import Drone, Sky, Telemetry
from rtcc_core.domain.flight import GateResult, Verdict
from rtcc_core.domain.gates import question, run_gates
from rtcc_core.domain.state import State


def advise(state: State, call: Call, sky: Sky, at: datetime) -> Advice:
    """Weigh every aircraft of the fleet for one call, best first.

    Aircraft that may go come first, by time overhead; then those that need an override; then the blocked.
    """
    weighed = [_weigh(state, drone, call, sky, at) for drone in state.drones.values()]
    weighed.sort(key=_rank)
    return Advice(call_id=call.call_id, at=at, candidates=_compared(weighed))


def unheard(callsign: str) -> Telemetry:
    """What is known of an aircraft that was never heard: nothing."""
    return Telemetry(drone=callsign)


def _weigh(state: State, drone: Drone, call: Call, sky: Sky, at: datetime) -> Candidate:
    seen = sky.get(drone.callsign, unheard(drone.callsign))
    asked = question(state, drone, call.report.place, seen, at, None)
    gates = run_gates(asked)
    trip = asked.plan()
    return Candidate(
        drone=drone.callsign,
        site=drone.site,
        gates=gates,
        overhead_s=trip.overhead_s if trip else None,
        on_scene_s=trip.on_scene_s if trip else None,
        land_with_fraction=trip.land_with_fraction if trip else None,
        why=_why(gates),
    )


def _rank(candidate: Candidate) -> tuple[int, float, str]:
    standing = 0 if candidate.may_launch else 1 if candidate.needs_override else 2
    soon = candidate.overhead_s if candidate.overhead_s is not None else float("inf")
    return (standing, soon, candidate.drone)


def _why(gates: tuple[GateResult, ...]) -> str:
    for verdict in (Verdict.BLOCK, Verdict.UNKNOWN, Verdict.WARN):
        found = [gate for gate in gates if gate.verdict is verdict]
        if found:
            first = f"{found[0].gate} {verdict.value}: {found[0].reason}"
            return first if len(found) == 1 else f"{first} (+{len(found) - 1} more)"
    return "all gates pass"


def _compared(weighed: list[Candidate]) -> tuple[Candidate, ...]:
    """Say of every aircraft that could go by how much it loses to the best."""
    if not weighed or not weighed[0].may_launch or weighed[0].overhead_s is None:
        return tuple(weighed)
    best = weighed[0]
    compared = [best]
    for candidate in weighed[1:]:
        if candidate.may_launch and candidate.overhead_s is not None and best.overhead_s is not None:
            later_s = candidate.overhead_s - best.overhead_s
            note = f"{later_s:.0f} s later than {best.drone}"
            why = note if candidate.why == "all gates pass" else f"{note}; {candidate.why}"
            compared.append(_because(candidate, why))
        else:
            compared.append(candidate)
    return tuple(compared)


def _because(candidate: Candidate, why: str) -> Candidate:
    return Candidate(
        drone=candidate.drone,
        site=candidate.site,
        gates=candidate.gates,
        overhead_s=candidate.overhead_s,
        on_scene_s=candidate.on_scene_s,
        land_with_fraction=candidate.land_with_fraction,
        why=why,
    )
