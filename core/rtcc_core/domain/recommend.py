"""Advice for the record: what was recommended when a call came in.

With a large fleet only the aircraft that matter are weighed for it; a console weighs them all for the call
that a person looks at. While calls pour in (a feed's first list, a storm) they are only taken, and the look
that follows weighs those that wait, the most urgent first.
"""

from __future__ import annotations

import math
from itertools import islice

from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import advise
from rtcc_core.domain.assignment import WAITS_S, ground, priority_of
from rtcc_core.domain.call import Call
from rtcc_core.domain.context import Context, Events
from rtcc_core.domain.drone import Drone

WEIGHED = 4
"""So many of the nearest are weighed; twice as many where none of them may go."""

FLOOD_CALLS = 32
FLOOD_S = 1.0
"""So many new calls within so many seconds are a flood."""

PER_LOOK = 4
"""So many in one look: it must not keep the aircraft waiting."""


def recommend(context: Context, call: Call) -> Events:
    """The advice to be stored with a call; nothing in a flood, because the look gives it."""
    if is_flooded(context):
        return ()
    return (_advice(context, call),)


def catch_up(context: Context) -> list[ev.AnyEvent]:
    """A look: advice for the most urgent of the calls that came in a flood, as long as it is of use."""
    state = context.state
    waiting = [
        call
        for call in state.calls.values()
        if call.recommended_at is None
        and call.is_open
        and (context.at - (call.started_at or call.received_at)).total_seconds() <= WAITS_S
    ]
    waiting.sort(key=lambda call: (priority_of(call), call.received_at, call.call_id))
    return [_advice(context, call) for call in waiting[:PER_LOOK]]


def is_flooded(context: Context) -> bool:
    """True while calls come in faster than they can be weighed."""
    earlier = next(islice(reversed(context.state.calls.values()), FLOOD_CALLS - 1, None), None)
    return earlier is not None and (context.at - earlier.received_at).total_seconds() < FLOOD_S


def _advice(context: Context, call: Call) -> ev.AdviceGiven:
    advice = advise(
        context.state,
        call,
        context.sky,
        context.at,
        context.air,
        drones=_nearest_first(context, call),
        enough=WEIGHED,
    )
    return ev.AdviceGiven(advice=advice)


def _nearest_first(context: Context, call: Call) -> list[Drone]:
    """Those that are free and heard before the others, each by its time in still air."""
    state, target = context.state, call.place.position
    drones = list(state.drones.values())
    if target is None or len(drones) <= WEIGHED:
        return drones
    busy = {flight.drone for flight in state.flights.values() if flight.is_open}
    plane = ground(state, target, context.at).plane
    there = plane.to_xy(target)

    def rank(drone: Drone) -> tuple[bool, float, str]:
        seen, site = context.sky.get(drone.callsign), state.sites.get(drone.site)
        position = (seen.position if seen else None) or (site.position if site else None)
        away_s = math.dist(plane.to_xy(position), there) / drone.cruise_speed_m_s if position else math.inf
        is_out = drone.callsign in busy or drone.callsign in state.grounded
        return is_out or seen is None or not seen.is_connected, away_s, drone.callsign

    return sorted(drones, key=rank)
