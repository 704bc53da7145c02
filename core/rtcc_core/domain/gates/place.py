"""Is there a place to go to, near enough, and a lawful way there?"""

from __future__ import annotations

import math

from rtcc_core.domain.airspace import Airspace, highest_allowed
from rtcc_core.domain.gates.answer import NOT_SET_UP, Answer, blocked, passed, unknown, warned
from rtcc_core.domain.gates.question import Question
from rtcc_core.domain.geo import distance_m
from rtcc_core.domain.route import NoRoute, ground_along

WIDE_M = 100.0
"""A position known no better than this is said to be wide: the picture may miss the scene."""


def target_gate(asked: Question) -> Answer:
    """A place to fly to: no position is ever invented."""
    if asked.target is None:
        return blocked("the call has no position")
    if asked.target.is_null_island:
        return blocked("the call's position is 0, 0: a failed address look-up")
    if asked.place.needs_confirmation:
        return unknown("this is where the call was routed from, not where it happens")
    radius_m = asked.place.uncertainty_m
    if radius_m is not None and radius_m > WIDE_M:
        return warned(f"{asked.target}, only known to {radius_m:.0f} m")
    return passed(str(asked.target))


def range_gate(asked: Question) -> Answer:
    """Within the distance this aircraft may go from its site."""
    start = asked.start
    if start is None or asked.target is None:
        return unknown("the distance cannot be told")
    away_m = distance_m(start, asked.target)
    if not math.isfinite(away_m) or away_m > asked.drone.max_range_m:
        return blocked(f"{away_m / 1000:.1f} km away, limit {asked.drone.max_range_m / 1000:.1f} km")
    return passed(f"{away_m / 1000:.1f} km away")


def height_gate(asked: Question) -> Answer:
    """Within the agency's own limit for the aircraft, and 400 ft above the ground."""
    height_m = max(asked.programme.transit_height_m, asked.programme.overwatch_height_m)
    if not height_m <= asked.drone.max_height_m:
        return blocked(
            f"{height_m:.0f} m, {asked.drone.callsign} may fly up to {asked.drone.max_height_m:.0f} m"
        )
    limit_m = asked.programme.max_height_agl_m
    if (
        asked.airspace is None
        or asked.airspace.terrain is None
        or asked.start is None
        or asked.target is None
    ):
        answer = blocked if height_m > limit_m else passed
        return answer(f"{height_m:.0f} m of {limit_m:.0f} m, if the ground is flat")
    ground = ground_along((asked.start, asked.target), asked.airspace)
    here = asked.airspace.ground_at(asked.start)
    if ground is None or here is None:
        return unknown("the terrain file does not reach that far")
    above_low_m = here.highest_m + height_m - ground.lowest_m
    above_high_m = here.lowest_m + height_m - ground.highest_m
    if above_high_m < asked.programme.clearance_m:
        return blocked(
            f"{height_m:.0f} m above the site is only {above_high_m:.0f} m above the ground on the way"
        )
    if above_low_m > limit_m:
        return blocked(f"{above_low_m:.0f} m above the lowest ground on the way, limit {limit_m:.0f} m")
    return passed(f"{above_high_m:.0f}-{above_low_m:.0f} m above the ground, limit {limit_m:.0f} m")


def airspace_gate(asked: Question) -> Answer | None:
    """A way inside the fences, under the ceilings and around what must not be entered."""
    airspace, start, target = asked.airspace, asked.start, asked.target
    if airspace is None:
        is_wanted = asked.programme.requires_airspace
        return unknown("the airspace files have not been read yet") if is_wanted else NOT_SET_UP
    if start is None or target is None:
        return unknown("the way cannot be told")
    if airspace.centre is not None and distance_m(start, target) > 100_000.0:
        return blocked("further away than any airspace we know")
    trouble = _trouble(asked, airspace)
    if trouble:
        return unknown(trouble)
    route = asked.route_out()
    if route is None or isinstance(route, NoRoute):
        return blocked(route.reason if route else "the way cannot be told")
    over = highest_allowed(airspace, target, asked.at)
    ground = airspace.ground_at(target)
    ground_m = ground.lowest_m if ground else asked.home_amsl_m
    allowed = over.permits(asked.flown_height(asked.programme.overwatch_height_m), ground_m)
    if allowed is False:
        return blocked(f"overwatch at {asked.programme.overwatch_height_m:.0f} m: {over.words()}")
    if allowed is None:
        return unknown(f"{over.words()}, and how high the ground lies there is not known")
    around = f", around {', '.join(route.passes)}" if route.passes else ""
    words = f"{route.length_m / 1_000.0:.1f} km{around}"
    return warned(f"{words}; close to {', '.join(route.tight)}") if route.tight else passed(words)


def _trouble(asked: Question, airspace: Airspace) -> str:
    """Why these files are not to be relied on; empty when they are."""
    for source in airspace.sources:
        if source.is_expired(asked.at):
            return f"{source.name} is out of date since {source.valid_until:%Y-%m-%d %H:%M}Z"
        if source.problems:
            return f"{source.name}: {source.problems[0]}"
    return ""
