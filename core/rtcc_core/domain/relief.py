"""Who relieves whom, and when it must be launched so that the picture never drops.

While an overwatch runs, the planner looks for the aircraft that is eyes-on `relief_lead_s` before the first
must leave and can stay longest. A plan is kept while it holds: it is made anew when its aircraft can no
longer come, and told again when its moment moves. Nothing is launched by itself: in time the house suggests
it, and what nobody can or does relieve becomes an alarm that grows. Its words name moments and count no
time: who reads them later counts from the moments.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import weigh
from rtcc_core.domain.advice_values import Candidate
from rtcc_core.domain.assignment import (
    Reach,
    free_resources,
    ground,
    priority_of,
    reach,
    solve_fleet,
    waiting_calls,
)
from rtcc_core.domain.call import Call
from rtcc_core.domain.context import Context
from rtcc_core.domain.control import is_called_home
from rtcc_core.domain.energy import TOLD_TO
from rtcc_core.domain.flight import ENDED, Flight, Phase
from rtcc_core.domain.forecast import Forecast, forecast
from rtcc_core.domain.instants import later
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.relief_alarm import LATE_S, ORDER, alarm_id, severity, under_way
from rtcc_core.domain.state import Relief, Severity
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind

MOVED_S = 15.0
"""A plan whose moments move by less than this is the same plan."""

FAR_SHARE = 0.1
"""And by less than this share of the time that is left: what is far away is not known to the second."""

SUGGESTED_BEFORE_S = 20.0
"""So long before its launch a relief is suggested: the time a person needs to read and answer."""

STAYS_AT_LEAST_S = 60.0
"""An aircraft that could watch for less is no relief."""

ASKED_AT_MOST = 12
"""So many of the best aircraft are put through the gates for one plan."""

ON_THE_WAY = frozenset({Phase.CLIMBING, Phase.TRANSIT, Phase.DIVERTED})

NAMED_AT_MOST = 4

NOT_COMING = ENDED | {Phase.LOST, Phase.RELIEVED, Phase.RETURNING, Phase.LANDING}


class _Watch(msgspec.Struct, frozen=True, kw_only=True):
    """One overwatch that runs, or is about to."""

    flight: Flight
    call: Call
    told: Forecast
    must_leave_at: datetime


def plan_reliefs(context: Context) -> list[ev.AnyEvent]:
    """Look: the plan of every overwatch, what follows from it now, and what no longer does."""
    watches = sorted(_watches(context), key=lambda watch: (priority_of(watch.call), watch.must_leave_at))
    plans: dict[str, Relief] = {}
    found: list[ev.AnyEvent] = []
    for watch in watches:
        taken = {plan.by for plan in plans.values() if plan.by is not None}
        second = coming(context, watch.flight)
        plan = _second(context, watch, second) if second else _plan(context, watch, taken)
        plans[watch.flight.flight_id] = plan
        found += _told(context, watch, plan)
        if second is None:
            found += _suggested(context, watch, plan)
    return found + _withdrawn(context, plans, found)


def is_watching(context: Context, flight: Flight) -> bool:
    """Over its scene, not released, and its call still open."""
    call = context.state.calls.get(flight.call_id)
    return (
        flight.phase in (Phase.ON_SCENE, Phase.HOLDING)
        and Phase.ON_SCENE in flight.times
        and flight.cleared_at is None
        and call is not None
        and call.is_open
    )


def _will_watch(context: Context, flight: Flight) -> bool:
    """Watching, or on its way to: one that can stay only briefly needs its relief sent before it is there."""
    call = context.state.calls.get(flight.call_id)
    if call is None or not call.is_open or flight.cleared_at is not None:
        return False
    return flight.phase in ON_THE_WAY or is_watching(context, flight)


def coming(context: Context, first: Flight) -> Flight | None:
    """The flight that is on its way to take over from this one, or there; None where it no longer comes."""
    second = under_way(context.state, first.flight_id)
    if second is None or second.phase in NOT_COMING or second.call_id != first.call_id:
        return None
    return None if is_called_home(context.state, second) else second


def _watches(context: Context) -> Iterable[_Watch]:
    for flight in context.state.flights.values():
        seen = context.sky.get(flight.drone)
        if seen is None or not flight.is_open or not _will_watch(context, flight):
            continue
        told = forecast(context.state, flight, seen, context.at)
        if told is not None and told.bingo_in_s is not None:
            yield _Watch(
                flight=flight,
                call=context.state.calls[flight.call_id],
                told=told,
                must_leave_at=later(context.at, told.bingo_in_s),
            )


# --- planning -----------------------------------------------------------------------------------


def _plan(context: Context, watch: _Watch, taken: set[str]) -> Relief:
    """The plan that holds, where its aircraft still can; else the best there is now."""
    known = context.state.reliefs.get(watch.flight.flight_id)
    may_keep = known is not None and known.by is not None and known.by not in taken
    kept = _candidate(context, watch.call, known.by) if may_keep and known and known.by else None
    plan = _with(context, watch, kept) if kept else None
    if plan is not None and plan.launch_at is not None and plan.launch_at >= context.at:
        return plan
    chosen, why_not = best_relief(context, watch.flight, watch.must_leave_at, but=taken)
    if plan is not None and not _is_sooner(chosen, kept):
        return plan
    return (_with(context, watch, chosen) if chosen else None) or _nobody(context, watch, why_not)


def _is_sooner(chosen: Candidate | None, kept: Candidate | None) -> bool:
    """By enough to change a plan that is late."""
    if chosen is None or kept is None or chosen.overhead_s is None or kept.overhead_s is None:
        return False
    return chosen.overhead_s < kept.overhead_s - MOVED_S


def best_relief(
    context: Context, first: Flight, must_leave_at: datetime, *, but: Iterable[str] = ()
) -> tuple[Candidate | None, str]:
    """The aircraft to send, or why there is none, in words.

    Those that are in time first; of these the one that can stay longest, to the minute; then the soonest.
    Aircraft that a more urgent call waits for come last.
    """
    state, call = context.state, context.state.calls.get(first.call_id)
    position = call.place.position if call else None
    if call is None or position is None:
        return None, "its call has no position"
    on = ground(state, position, context.at)
    target = on.plane.to_xy(first.overwatch.centre if first.overwatch else position)
    latest_s = (must_leave_at - context.at).total_seconds() - _programme(context).relief_lead_s
    free = [one for one in free_resources(state, context.sky, on) if one.drone.callsign not in set(but)]
    needed = _needed_elsewhere(context, call, [one.drone.callsign for one in free])
    reaches = [(found, one.drone.callsign) for one in free if (found := reach(one, target, on)) is not None]
    ranked = sorted(reaches, key=lambda pair: (pair[1] in needed, *_rank(pair[0], latest_s), pair[1]))
    doubtful: Candidate | None = None
    why_not = "" if free else "nobody else is free"
    for _, callsign in ranked[:ASKED_AT_MOST]:
        candidate = _candidate(context, call, callsign)
        if candidate is not None and candidate.may_launch:
            return candidate, ""
        doubtful = doubtful or candidate
        why_not = why_not or _why_not(_weighed(context, call, callsign))
    return doubtful, why_not or _too_empty(context, [one.drone.callsign for one in free])


def _too_empty(context: Context, callsigns: list[str]) -> str:
    """`too little battery to go, stay and come home: D2 41%, D3 55%`"""
    fractions = [
        f"{callsign} {seen.battery_fraction:.0%}"
        for callsign in callsigns
        if (seen := context.sky.get(callsign)) is not None and seen.battery_fraction is not None
    ]
    named = ", ".join(fractions[:NAMED_AT_MOST]) + (" …" if len(fractions) > NAMED_AT_MOST else "")
    return f"too far, or too little battery to go, stay and come home: {named}"


def moment(at: datetime) -> str:
    """`12:18:00Z`"""
    return f"{at:%H:%M:%S}Z"


def _why_not(weighed: Candidate) -> str:
    if weighed.may_launch:
        return f"{weighed.drone} could hardly stay"
    return f"{weighed.drone} {weighed.why}"


def _rank(found: Reach, latest_s: float) -> tuple[bool, float, float]:
    in_time = found.overhead_s <= latest_s
    stays_min = found.on_scene_s // 60.0 if in_time else 0.0
    return not in_time, -stays_min, found.overhead_s


def _needed_elsewhere(context: Context, call: Call, callsigns: list[str]) -> set[str]:
    """Aircraft that the fleet needs more for a call that waits and is more urgent."""
    state = context.state
    urgent = [one for one in waiting_calls(state, context.at) if priority_of(one) < priority_of(call)]
    if not urgent or urgent[0].place.position is None:
        return set()
    on = ground(state, urgent[0].place.position, context.at)
    free = [one for one in free_resources(state, context.sky, on) if one.drone.callsign in callsigns]
    return set(solve_fleet(urgent, free, on).by_call.values())


def _candidate(context: Context, call: Call, callsign: str) -> Candidate | None:
    """The aircraft, where it may go, with or without an override, and stay long enough."""
    if callsign not in context.state.drones or context.state.flight_of(callsign) is not None:
        return None
    found = _weighed(context, call, callsign)
    can_go = (found.may_launch or found.needs_override) and found.overhead_s is not None
    return found if can_go and (found.on_scene_s or 0.0) >= STAYS_AT_LEAST_S else None


def _weighed(context: Context, call: Call, callsign: str) -> Candidate:
    drone = context.state.drones[callsign]
    return weigh(context.state, drone, call, context.sky, context.at, context.air)


def _with(context: Context, watch: _Watch, chosen: Candidate) -> Relief | None:
    if chosen.overhead_s is None:
        return None
    lead_s = _programme(context).relief_lead_s
    launch_at = watch.must_leave_at - timedelta(seconds=lead_s + chosen.overhead_s)
    why = f"{chosen.drone} can relieve {watch.flight.drone} over {watch.call.call_id}"
    if (context.at - launch_at).total_seconds() > LATE_S:
        why += f", and should have left at {moment(launch_at)}"
    if chosen.needs_override:
        why += f"; needs an override: {chosen.why}"
    return Relief(by=chosen.drone, launch_at=launch_at, must_leave_at=watch.must_leave_at, why=why)


def _nobody(context: Context, watch: _Watch, why_not: str) -> Relief:
    leaves = f"{watch.flight.drone} must leave {watch.call.call_id} at {moment(watch.must_leave_at)}"
    why = f"{leaves} and nobody can relieve it: {why_not}"
    return Relief(by=None, launch_at=None, must_leave_at=watch.must_leave_at, why=why)


def _second(context: Context, watch: _Watch, second: Flight) -> Relief:
    """The relief is on its way: in time, or by how much it is late (then without a launch moment)."""
    first, call_id = watch.flight, watch.call.call_id
    seen = context.sky.get(second.drone)
    told = forecast(context.state, second, seen, context.at) if seen else None
    arrival_s = 0.0 if second.phase is Phase.ON_SCENE else told.arrival_in_s if told else None
    left_s = (watch.must_leave_at - context.at).total_seconds()
    if arrival_s is None:
        why = f"when {second.drone} arrives to relieve {first.drone} over {call_id} cannot be told"
        return Relief(by=second.drone, launch_at=None, must_leave_at=watch.must_leave_at, why=why)
    known = context.state.reliefs.get(first.flight_id)
    was_late = known is not None and known.by == second.drone and known.launch_at is None
    if arrival_s > left_s + (-MOVED_S if was_late else LATE_S):
        why = (
            f"{second.drone} arrives at {moment(context.at + timedelta(seconds=arrival_s))}, after "
            f"{first.drone} must leave {call_id} at {moment(watch.must_leave_at)}"
        )
        return Relief(by=second.drone, launch_at=None, must_leave_at=watch.must_leave_at, why=why)
    why = f"{second.drone} is on its way to relieve {first.drone} over {call_id}"
    return Relief(by=second.drone, launch_at=second.opened_at, must_leave_at=watch.must_leave_at, why=why)


# --- telling ------------------------------------------------------------------------------------


def _told(context: Context, watch: _Watch, plan: Relief) -> list[ev.AnyEvent]:
    """The plan as an event, where it is another one or demands somebody louder."""
    planned = ev.ReliefPlanned(
        flight_id=watch.flight.flight_id,
        drone=watch.flight.drone,
        by=plan.by,
        launch_at=plan.launch_at,
        must_leave_at=plan.must_leave_at,
        why=plan.why,
    )
    known = context.state.reliefs.get(watch.flight.flight_id)
    if known is not None and not _is_other(known, plan, watch) and not _is_louder(context, planned):
        return []
    return [planned]


def _is_other(known: Relief, plan: Relief, watch: _Watch) -> bool:
    if known.by != plan.by or (known.launch_at is None) != (plan.launch_at is None):
        return True
    # A battery that tells whole percents moves the moment to and fro by what one percent lasts.
    percent_s = TOLD_TO * 60.0 / watch.told.drain_per_min if watch.told.drain_per_min else 0.0
    left_s = max(0.0, watch.told.bingo_in_s or 0.0)
    still_s = max(MOVED_S, 3.0 * percent_s, FAR_SHARE * left_s)
    moved_s = abs((plan.must_leave_at - known.must_leave_at).total_seconds())
    if known.launch_at is not None and plan.launch_at is not None:
        moved_s = max(moved_s, abs((plan.launch_at - known.launch_at).total_seconds()))
    return moved_s > still_s


def _is_louder(context: Context, planned: ev.ReliefPlanned) -> bool:
    """The alarm that this plan would raise is louder than the one that stands, or that one is over."""
    wanted = severity(context.state, planned, context.at)
    alarm = context.state.alarms.get(alarm_id(planned.drone))
    standing: Severity | None = None if alarm is None or alarm.is_over else alarm.severity
    if wanted is None:
        return standing is not None
    return standing is None or ORDER.index(wanted) > ORDER.index(standing)


def _suggested(context: Context, watch: _Watch, plan: Relief) -> list[ev.AnyEvent]:
    """In time: a moment before the launch is due, and as long as it is not made."""
    if plan.by is None or plan.launch_at is None:
        return []
    if context.at < plan.launch_at - timedelta(seconds=SUGGESTED_BEFORE_S):
        return []
    first, call_id = watch.flight, watch.call.call_id
    suggestion_id = _suggestion_id(first.flight_id)
    text = f"launch {plan.by} to relieve {first.drone} over {call_id}"
    standing = context.state.suggestions.get(suggestion_id)
    if standing is not None and standing.text == text:
        return []
    if context.state.declined.get(suggestion_id) == text:
        return []
    made = Suggestion(
        suggestion_id=suggestion_id,
        kind=SuggestionKind.RELIEF,
        text=text,
        command=cmd.RelieveDrone(command_id="", drone=first.drone, by=plan.by),
        raised_at=context.at,
        drone=first.drone,
        call_id=call_id,
    )
    return [ev.SuggestionMade(suggestion=made)]


def _withdrawn(context: Context, plans: dict[str, Relief], found: list[ev.AnyEvent]) -> list[ev.AnyEvent]:
    """Suggestions of an overwatch that is over or has its relief, or whose plan is another by now."""
    made = {event.suggestion.suggestion_id for event in found if isinstance(event, ev.SuggestionMade)}
    ended: list[ev.AnyEvent] = []
    for suggestion in context.state.suggestions.values():
        if suggestion.kind is not SuggestionKind.RELIEF or suggestion.suggestion_id in made:
            continue
        why = _no_longer(context, plans, suggestion)
        if why:
            said = ev.SuggestionEnded(suggestion_id=suggestion.suggestion_id, how="withdrawn", reason=why)
            ended.append(said)
    return ended


def _no_longer(context: Context, plans: dict[str, Relief], suggestion: Suggestion) -> str:
    first = next(
        (
            f
            for f in context.state.flights.values()
            if _suggestion_id(f.flight_id) == suggestion.suggestion_id
        ),
        None,
    )
    if first is None or not _will_watch(context, first):
        return "the overwatch is over"
    second = coming(context, first)
    if second is not None:
        return f"{second.drone} is on its way"
    plan, command = plans.get(first.flight_id), suggestion.command
    if plan is None or not isinstance(command, cmd.RelieveDrone) or plan.by == command.by:
        return ""
    return f"{plan.by or 'nobody'} is planned instead"


def _suggestion_id(flight_id: str) -> str:
    return f"relief:{flight_id}"


def _programme(context: Context) -> Programme:
    return context.state.programme or Programme(agency="")
