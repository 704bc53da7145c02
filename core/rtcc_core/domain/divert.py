"""Taking an aircraft in the air from its call for a more urgent one.

Always a person's decision: the house says what it would take from whom, and how much sooner than a launch
it is. The gates are those of a launch, asked of an aircraft that flies already; it keeps its own height.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import clock, may_take, unheard, weigh
from rtcc_core.domain.assignment import (
    CALLS_MAX,
    SWITCH_S,
    Ground,
    Resource,
    free_resources,
    ground,
    held_call,
    may_be_diverted,
    overhead_s,
    priority_of,
    priority_word,
    resource,
    solve_fleet,
    waiting_calls,
)
from rtcc_core.domain.call import Call
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.drone import Drone
from rtcc_core.domain.flight import Flight, Leg, Phase, Verb, Way
from rtcc_core.domain.gates import question, run_gates
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.instead import and_instead
from rtcc_core.domain.launching import refused_by
from rtcc_core.domain.orders import make_order
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_core.domain.text import NOTE_MAX, clean
from rtcc_core.domain.ways import NoWay, finder

TAKEN_S = 600.0
"""An aircraft that a person took from a call is not offered back to it before this; whoever asks gets it."""

MORE_URGENT_MAX = 3
"""So many more urgent calls are asked whether an aircraft could serve them before it is offered elsewhere."""


def divert(context: Context, asked: cmd.DivertDrone) -> Events | Refused:
    """Give an aircraft in the air another call."""
    state = context.state
    drone, call = state.drones.get(asked.drone), state.calls.get(asked.call_id)
    flight = state.flight_of(asked.drone)
    if drone is None:
        return Refused((f"there is no aircraft {clean(asked.drone)} in the fleet",))
    if call is None:
        return Refused((f"there is no call {clean(asked.call_id)}",))
    why_not = _why_not(flight, call)
    if flight is None:
        return Refused(
            (why_not or f"{drone.callsign} is not in the air: launch {drone.callsign} {call.call_id}",)
        )
    if why_not:
        order = state.newest_order(drone.callsign)
        by = state.people.get(order.operator) if order is not None else None
        return Refused((f"{why_not} (its last order came from {by.name})" if by else why_not,))
    place = call.place
    seen = context.sky.get(drone.callsign, unheard(drone.callsign))
    gates = run_gates(
        question(state, drone, place, seen, context.at, context.person, air=context.air, is_divert=True)
    )
    refused = refused_by(gates, clean(asked.override_reason or "", limit=NOTE_MAX), context.person)
    if refused is not None:
        return and_instead(context, refused, drone.callsign, call)
    if place.position is None or seen.position is None:
        return Refused(("the call has no position, or nobody knows where the aircraft is",))
    way = _way(context, drone, flight, seen.position, place.position)
    if isinstance(way, NoWay):
        return Refused((f"no way to {call.call_id}: {way.reason}",))
    return _diverted(context, drone, flight, call, place.position, way)


def _why_not(flight: Flight | None, call: Call) -> str:
    """Before any gate is asked; empty where it may be asked."""
    if not call.is_open:
        return f"call {call.call_id} is {call.report.status.value}"
    if flight is None:
        return ""
    if flight.call_id == call.call_id and flight.cleared_at is None:
        return f"{flight.drone} flies to {call.call_id} already"
    if flight.phase is Phase.CLIMBING:
        return f"{flight.drone} is still climbing: ask again when it is at its height"
    if not may_be_diverted(flight):
        return f"{flight.drone} is {flight.phase.value}: it cannot be diverted; launch another aircraft"
    return ""


def _way(context: Context, drone: Drone, flight: Flight, start: LatLon, target: LatLon) -> Way | NoWay:
    """At the height it has; over the scene at the height it has for that."""
    programme = context.state.programme or Programme(agency="")
    find = finder(context, drone, context.sky.get(drone.callsign, unheard(drone.callsign)))
    if find is None:
        return NoWay("nobody knows where its heights are measured from")
    own_m, over_m = flight.transit_height_m, flight.overwatch_height_m
    trouble = find.ceiling_trouble(target, programme.overwatch_height_m if over_m is None else over_m)
    if trouble:
        return NoWay(trouble)
    return find.way_out(start, target, programme.transit_height_m if own_m is None else own_m)


def _diverted(context: Context, drone: Drone, flight: Flight, call: Call, target: LatLon, way: Way) -> Events:
    state = context.state
    held = held_call(state, flight)
    order = make_order(
        state,
        drone=flight.drone,
        verb=Verb.TRANSIT,
        operator=context.by,
        at=context.at,
        flight_id=flight.flight_id,
        target=way.points[0],
        height_m=way.height_m,
        speed_m_s=drone.cruise_speed_m_s,
        leg=Leg.OUT,
    )
    cleared: Events = ()
    if Phase.ON_SCENE in flight.times and flight.cleared_at is None:
        reason = f"diverted to {call.call_id}"
        cleared = (ev.SceneCleared(flight_id=flight.flight_id, drone=flight.drone, reason=reason),)
    return (
        *cleared,
        ev.FlightDiverted(
            flight_id=flight.flight_id,
            drone=flight.drone,
            from_call=flight.call_id,
            to_call=call.call_id,
            target=target,
            reason=_compared(context, drone, call, target, held),
        ),
        ev.WayChosen(flight_id=flight.flight_id, drone=flight.drone, way=way),
        ev.OrderAsked(order=order),
    )


def _compared(context: Context, drone: Drone, call: Call, target: LatLon, held: Call | None) -> str:
    """`overhead 0:40; a launch of D3 would take 2:10; 1041 P3 loses it`"""
    on = ground(context.state, target, context.at)
    seen = context.sky.get(drone.callsign, unheard(drone.callsign))
    own = resource(context.state, drone, seen, on)
    own_s = overhead_s(own, on.plane.to_xy(target), on) if own else None
    launch = _soonest(free_resources(context.state, context.sky, on), target, on)
    words = [f"overhead {clock(own_s)}"] if own_s is not None else []
    words.append(_launch_words(launch))
    words.append(f"{priority_word(held)} loses it" if held else "no call loses it")
    return "; ".join(words)


def _launch_words(launch: tuple[float, str] | None) -> str:
    return f"a launch of {launch[1]} would take {clock(launch[0])}" if launch else "nobody else is free"


def _soonest(free: list[Resource], target: LatLon, on: Ground) -> tuple[float, str] | None:
    xy = on.plane.to_xy(target)
    times = [(s, one.drone.callsign) for one in free if (s := overhead_s(one, xy, on)) is not None]
    return min(times, default=None)


# --- proposing it -------------------------------------------------------------------------------


def suggest_diverts(context: Context) -> list[ev.AnyEvent]:
    """Look: diverts that the whole fleet is better off with, and that save half a minute or more."""
    waiting = waiting_calls(context.state, context.at)
    ended = _withdrawn(context, waiting)
    unasked = [call for call in waiting if _suggestion_id(call) not in context.state.suggestions]
    in_air = _divertible(context, unasked)
    if not unasked or not in_air or unasked[0].place.position is None:
        return ended
    on = ground(context.state, unasked[0].place.position, context.at)
    free = free_resources(context.state, context.sky, on)
    taken = [one for flight in in_air if (one := _as_resource(context, flight, on)) is not None]
    held = {call.call_id: call for flight in in_air if (call := held_call(context.state, flight)) is not None}
    fleet = solve_fleet([*waiting, *held.values()], [*free, *taken], on)
    flights = {flight.drone: flight for flight in in_air}
    made: list[ev.AnyEvent] = []
    for call in unasked:
        flight = flights.get(fleet.by_call.get(call.call_id, ""))
        if flight is None or flight.call_id == call.call_id or was_taken_from(flight, call, context.at):
            continue
        if _more_urgent(context, flight, call, waiting) is None:
            made += _proposed(context, flight, call, free, on)
    return ended + made


def was_taken_from(flight: Flight, call: Call, at: datetime) -> bool:
    """A person took it from this call a moment ago: that was meant."""
    left_at = flight.left.get(call.call_id)
    return left_at is not None and at - left_at < timedelta(seconds=TAKEN_S)


def _more_urgent(context: Context, flight: Flight, call: Call, waiting: list[Call]) -> Call | None:
    """A call that is as bare, more urgent, and that this aircraft could serve: it comes before `call`.

    Its own, where it is on its way home from it, and one that it was taken from, too: who has nobody for
    the worse one shall not be asked about the lesser.
    """
    drone = context.state.drones[flight.drone]
    worse = [each for each in waiting if priority_of(each) < priority_of(call)]
    for each in worse[:MORE_URGENT_MAX]:
        other = flight if flight.call_id != each.call_id else replace(flight, call_id="")
        found = weigh(context.state, drone, each, context.sky, context.at, context.air, other)
        if found.may_divert:
            return each
    return None


def _divertible(context: Context, calls: list[Call]) -> list[Flight]:
    """Flights that at least one of these calls may take, those of the least urgent calls first."""
    found = [
        (held, flight)
        for flight in context.state.flights.values()
        if flight.is_open and may_be_diverted(flight)
        for held in (held_call(context.state, flight),)
        if any(may_take(flight, held, call) for call in calls)
    ]
    found.sort(key=lambda pair: -(priority_of(pair[0]) if pair[0] else 9))
    return [flight for _, flight in found[:CALLS_MAX]]


def _as_resource(context: Context, flight: Flight, on: Ground) -> Resource | None:
    drone, seen = context.state.drones.get(flight.drone), context.sky.get(flight.drone)
    if drone is None or seen is None or not seen.is_connected or flight.bingo_at is not None:
        return None
    held = held_call(context.state, flight)
    return resource(context.state, drone, seen, on, takes_from=held.call_id if held else None)


def _proposed(
    context: Context, flight: Flight, call: Call, free: list[Resource], on: Ground
) -> list[ev.AnyEvent]:
    drone = context.state.drones[flight.drone]
    candidate = weigh(context.state, drone, call, context.sky, context.at, context.air, flight)
    target = call.place.position
    if target is None or candidate.overhead_s is None or not candidate.may_divert:
        return []
    launch = _soonest(free, target, on)
    if launch is not None and launch[0] - candidate.overhead_s < SWITCH_S:
        return []
    held = held_call(context.state, flight)
    head = f"divert {flight.drone} to {priority_word(call)}: "
    if context.state.declined.get(_suggestion_id(call), "").startswith(head):
        return []
    words = [f"overhead {clock(candidate.overhead_s)}"]
    words.append(_launch_words(launch))
    words.append(_loses(held, free, on) if held else "no call loses it")
    made = Suggestion(
        suggestion_id=_suggestion_id(call),
        kind=SuggestionKind.DIVERT,
        text=head + "; ".join(words),
        command=cmd.DivertDrone(command_id="", drone=flight.drone, call_id=call.call_id),
        raised_at=context.at,
        drone=flight.drone,
        call_id=call.call_id,
    )
    return [ev.SuggestionMade(suggestion=made)]


def _loses(held: Call, free: list[Resource], on: Ground) -> str:
    position = held.place.position
    cover = _soonest(free, position, on) if position else None
    until = f" until {cover[1]} {clock(cover[0])}" if cover else ", nobody is free to cover it"
    return f"{priority_word(held)} uncovered{until}"


def _withdrawn(context: Context, waiting: list[Call]) -> list[ev.AnyEvent]:
    ended: list[ev.AnyEvent] = []
    bare = {call.call_id for call in waiting}
    for suggestion in context.state.suggestions.values():
        if suggestion.kind is not SuggestionKind.DIVERT:
            continue
        flight = context.state.flight_of(suggestion.drone or "")
        call = context.state.calls.get(suggestion.call_id or "")
        why = ""
        if call is None or call.call_id not in bare:
            why = f"{suggestion.call_id} has an aircraft, or is over"
        elif flight is None or flight.bingo_at is not None or not _is_takeable(context, flight, call):
            why = f"{suggestion.drone} can no longer be diverted"
        elif (worse := _more_urgent(context, flight, call, waiting)) is not None:
            why = f"{priority_word(worse)} has nobody either, and is more urgent"
        if why:
            said = ev.SuggestionEnded(suggestion_id=suggestion.suggestion_id, how="withdrawn", reason=why)
            ended.append(said)
    return ended


def _is_takeable(context: Context, flight: Flight, call: Call) -> bool:
    return may_take(flight, held_call(context.state, flight), call)


def _suggestion_id(call: Call) -> str:
    return f"divert:{call.call_id}"
