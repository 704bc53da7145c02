"""What to do about a conflict: descend, hold or return, proposed to a person with the reason in words.

Nothing here flies. Crewed traffic is above us nearly always, so going down is the way out; never below the
least height, never down onto somebody, never home on a course that leads towards the intruder.
"""

from __future__ import annotations

import math
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from rtcc_core.domain.drone import Mode, Telemetry
from rtcc_core.domain.geo import bearing_deg, distance_m
from rtcc_core.domain.traffic import Intruder
from rtcc_core.domain.traffic_alerts import conflict_words
from rtcc_core.domain.well_clear import WELL_CLEAR, Conflict, closest_approach

LEAST_HEIGHT_M = 30.0
"""Above the launch point: over trees and lower roofs. The agency's own figure comes with the call."""

WORTH_M = 5.0
"""A descent of less than this is not worth a person's attention."""

AT_HOME_M = 50.0
"""So near its launch point an aircraft comes down rather than across."""

UNDER_M = 100.0
"""Nearer than this at the closest, the bearing of the intruder then says nothing."""


class Way(StrEnum):
    """The ways out that may be proposed."""

    DESCEND = "descend"
    HOLD = "hold"
    RETURN = "return"


class Manoeuvre(msgspec.Struct, frozen=True, kw_only=True):
    """One proposal; a person accepts it or does not."""

    drone: str
    intruder_id: str
    way: Way
    height_m: float | None = None
    """DESCEND: to this height above the launch point."""
    is_enough: bool
    """It restores well clear by what is known now; False: it only makes the best of it."""
    reason: str
    """Why this one, in words."""


def propose(
    conflict: Conflict,
    own: Telemetry,
    intruder: Intruder | None,
    *,
    least_height_m: float = LEAST_HEIGHT_M,
    descent_speed_m_s: float = 2.0,
    pace: float = 1.0,
    qnh_hpa: float | None = None,
) -> Manoeuvre:
    """The best way out for our aircraft of this conflict: the first of `ways_out`."""
    return ways_out(
        conflict,
        own,
        intruder,
        least_height_m=least_height_m,
        descent_speed_m_s=descent_speed_m_s,
        pace=pace,
        qnh_hpa=qnh_hpa,
    )[0]


def ways_out(
    conflict: Conflict,
    own: Telemetry,
    intruder: Intruder | None,
    *,
    least_height_m: float = LEAST_HEIGHT_M,
    descent_speed_m_s: float = 2.0,
    pace: float = 1.0,
    qnh_hpa: float | None = None,
) -> tuple[Manoeuvre, ...]:
    """Every way out, best first; never none, the last is to hold.

    `intruder` is its newest report, where there still is one. Heights in metres above the launch point.
    """
    is_below = conflict.vertical_m is not None and conflict.vertical_m < 0.0
    down = None if is_below else _descend(conflict, own, least_height_m, descent_speed_m_s)
    found = [
        down if down is not None and down.is_enough else None,
        _stop(conflict, own, intruder, pace, qnh_hpa),
        down if down is not None and not down.is_enough else None,
        _home(conflict, own),
        _hold(conflict),
    ]
    return tuple(way for way in found if way is not None)


def manoeuvre_words(manoeuvre: Manoeuvre, conflict: Conflict) -> str:
    """The whole proposal in one line: what, because of whom, why this."""
    to = "" if manoeuvre.height_m is None else f" to {manoeuvre.height_m:.0f} m"
    return f"{manoeuvre.way.value} {manoeuvre.drone}{to}: {manoeuvre.reason} ({conflict_words(conflict)})"


def _descend(
    conflict: Conflict, own: Telemetry, least_height_m: float, descent_speed_m_s: float
) -> Manoeuvre | None:
    """Down to where the heights are well clear, or as low as may be; None where there is nothing to gain."""
    height_m = own.height_m
    if height_m is None or not math.isfinite(height_m):
        return None
    above_m = conflict.vertical_m
    needed_m = math.inf if above_m is None else max(0.0, WELL_CLEAR.vertical_m - above_m)
    to_m = math.ceil(max(least_height_m, height_m - max(needed_m, WORTH_M)))
    gained_m = height_m - to_m
    if gained_m < WORTH_M:
        return None
    in_time = gained_m <= descent_speed_m_s * max(conflict.closest_in_s, 0.0)
    is_enough = above_m is not None and above_m + gained_m >= WELL_CLEAR.vertical_m - 1.0 and in_time
    if above_m is None:
        reason = "its height is not known, and crewed aircraft seldom fly so low"
    elif is_enough:
        reason = f"it passes above; {above_m + gained_m:.0f} m between the two then"
    elif not in_time:
        reason = "it passes above; every metre helps, there is no time for all of them"
    else:
        reason = f"it passes above; {above_m + gained_m:.0f} m between the two, lower is not safe"
    return _manoeuvre(conflict, Way.DESCEND, is_enough, reason, float(to_m))


def _stop(
    conflict: Conflict, own: Telemetry, intruder: Intruder | None, pace: float, qnh_hpa: float | None
) -> Manoeuvre | None:
    """Hold, where only our own way leads into it: across to it, or up to it."""
    if intruder is None or not (own.ground_speed_m_s or own.climb_m_s):
        return None
    still = replace(own, ground_speed_m_s=0.0, climb_m_s=0.0, mode=Mode.HOLD)
    left = closest_approach(still, intruder, pace=pace, qnh_hpa=qnh_hpa)
    if left is None:
        return _manoeuvre(conflict, Way.HOLD, True, "it passes clear of where the aircraft is now")
    if left.vertical_m is None or left.vertical_m < WELL_CLEAR.vertical_m:
        return None
    reason = f"it passes {left.vertical_m:.0f} m above where the aircraft is now; go on when it has passed"
    return _manoeuvre(conflict, Way.HOLD, True, reason)


def _home(conflict: Conflict, own: Telemetry) -> Manoeuvre | None:
    """Home, where that leads away from the intruder both now and at the closest; else None.

    An autopilot may climb to its return height first: not under somebody, nor under an unknown height.
    """
    if own.home is None or own.position is None or own.mode in (Mode.RETURN, Mode.LAND):
        return None
    if conflict.vertical_m is None or conflict.vertical_m >= 0.0:
        return None
    if distance_m(own.position, own.home) < AT_HOME_M:
        return None
    course = bearing_deg(own.position, own.home)
    if not _is_away(course, conflict.bearing_deg):
        return None
    # One that passes right under us has no side then.
    if conflict.horizontal_m > UNDER_M and not _is_away(course, conflict.closest_bearing_deg):
        return None
    return _manoeuvre(conflict, Way.RETURN, False, "it is below, and the way home leads away from it")


def _hold(conflict: Conflict) -> Manoeuvre:
    where = "below" if conflict.vertical_m is not None and conflict.vertical_m < 0.0 else "too close"
    reason = f"it is {where} and no way out is certain; stay where it can see you, and look for it"
    return _manoeuvre(conflict, Way.HOLD, False, reason)


def _is_away(course: float, bearing: float) -> bool:
    """True where flying `course` makes the distance to what lies at `bearing` grow."""
    return math.cos(math.radians(course - bearing)) < 0.0


def _manoeuvre(
    conflict: Conflict, way: Way, is_enough: bool, reason: str, height_m: float | None = None
) -> Manoeuvre:
    return Manoeuvre(
        drone=conflict.drone,
        intruder_id=conflict.intruder_id,
        way=way,
        height_m=height_m,
        is_enough=is_enough,
        reason=reason,
    )
