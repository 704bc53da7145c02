"""Opening a flight: gates, a person's answer for what is unknown, heights and a way of its own, the launch.

The same for a launch to a call and for a relief, so that neither can skip what the other is asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from rtcc_core.domain import control
from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import unheard
from rtcc_core.domain.call import Call
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.drone import Drone
from rtcc_core.domain.flight import Flight, GateResult, Phase, Verb, Verdict
from rtcc_core.domain.gates import question, refusals, run_gates, unchecked
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.orders import make_order
from rtcc_core.domain.people import Person, Right
from rtcc_core.domain.text import NOTE_MAX, clean
from rtcc_core.domain.ways import NoWay, Slot, choose_slot, finder


def open_flight(
    context: Context,
    drone: Drone,
    call: Call,
    *,
    override_reason: str | None = None,
    relieves: Flight | None = None,
) -> Events | Refused:
    """The flight of one aircraft to one call, or every reason against it.

    A relief flies to the middle of what the other watches, which need not be the call's own position.
    """
    seen = context.sky.get(drone.callsign, unheard(drone.callsign))
    target = _target(call, relieves)
    if target is None:
        return Refused(("the call has no position",))
    place = replace(call.place, position=target)
    asked = question(context.state, drone, place, seen, context.at, context.person, air=context.air)
    gates = run_gates(asked)
    reason = clean(override_reason or "", limit=NOTE_MAX)
    refused = refused_by(gates, reason, context.person)
    if refused is not None:
        return refused
    find, start = finder(context, drone, seen), asked.start
    if find is None or start is None:
        return Refused((f"nobody knows where {drone.callsign} stands",))
    slot = choose_slot(context, find, start, target)
    if isinstance(slot, NoWay):
        return Refused((slot.reason,))
    trip = asked.plan()
    opened = ev.FlightOpened(
        flight_id=f"F{context.state.flight_count + 1}",
        drone=drone.callsign,
        call_id=call.call_id,
        target=target,
        gates=gates,
        override_reason=reason if refusals(gates) else None,
        unchecked=unchecked(gates),
        transit_height_m=slot.transit_height_m,
        overwatch_height_m=slot.overwatch_height_m,
        relieves=relieves.flight_id if relieves else None,
        overhead_s=trip.overhead_s if trip else None,
    )
    return _launched(context, opened, slot)


def _target(call: Call, relieves: Flight | None) -> LatLon | None:
    """Where to fly to; None where a call without a position is all there is."""
    if relieves is None:
        return call.place.position
    return relieves.overwatch.centre if relieves.overwatch else relieves.target


def _launched(context: Context, opened: ev.FlightOpened, slot: Slot) -> Events:
    """The flight, whose it is, its way, and the order to lift off."""
    flight_id, drone = opened.flight_id, opened.drone
    order = make_order(
        context.state,
        drone=drone,
        verb=Verb.LAUNCH,
        operator=context.by,
        at=context.at,
        flight_id=flight_id,
        target=opened.target,
        height_m=slot.transit_height_m,
    )
    evidence = in_words(opened.gates)
    gated = ev.PhaseObserved(flight_id=flight_id, drone=drone, phase=Phase.GATED, evidence=evidence)
    chosen = ev.WayChosen(flight_id=flight_id, drone=drone, way=slot.way)
    return (opened, gated, *control.at_launch(context, drone), chosen, ev.OrderAsked(order=order))


def in_words(gates: Sequence[GateResult]) -> str:
    """`16 gates: 15 passed, 1 with a warning`."""
    told = ((Verdict.PASS, "passed"), (Verdict.WARN, "with a warning"), (Verdict.UNKNOWN, "overridden"))
    counts = [(sum(gate.verdict is verdict for gate in gates), word) for verdict, word in told]
    return f"{len(gates)} gates: " + ", ".join(f"{count} {word}" for count, word in counts if count)


def refused_by(gates: tuple[GateResult, ...], reason: str, person: Person | None) -> Refused | None:
    """UNKNOWN may be overridden with a reason, by those who may; BLOCK never (law 6)."""
    against = refusals(gates)
    if not against:
        return None
    if any(gate.verdict is Verdict.BLOCK for gate in gates):
        return Refused(against)
    if not reason:
        return Refused((*against, "say why it may go all the same: override REASON"))
    if person is None or not person.may(Right.OVERRIDE):
        return Refused((*against, "your role may not override; ask a pilot or supervisor"))
    return None
