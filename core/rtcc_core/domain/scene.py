"""What a person orders over the scene: circle, move, go there, higher, lower, face, follow, look, record.

Every order names its aircraft, keeps within the limits, and is refused with the limit in words. The flight
stays on its call: it is on the scene while it has it in view.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.aloft import (
    Aloft,
    aloft,
    energy_trouble,
    height_trouble,
    others_trouble,
    range_trouble,
)
from rtcc_core.domain.camera import may_look_down
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.flight import Leg, Overwatch, Phase, Verb, Way
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_core.domain.phases import IN_VIEW_M
from rtcc_core.domain.ways import NoWay, free_heights, taken_heights

RADIUS_M = (5.0, 1_000.0)
SLOWEST_M_S = 0.5

TURN_M_S2 = 3.0
"""A circle asks for no more than this towards its middle (speed² / radius): a steady camera."""

NEAREST_MOVE_M = 1.0
POINTS_MAX = 60
"""Points of a line."""

PITCH_DEG = (-90.0, 30.0)

NO_DIRECTION_M = 5.0
"""Nearer than this there is no direction to face."""

SAME_PLACE_M = 5.0

ON_ITS_WAY = frozenset({Phase.CLIMBING, Phase.TRANSIT, Phase.DIVERTED})


def orbit(context: Context, asked: cmd.OrbitScene) -> Events | Refused:
    """Circle the call or another place; what is left out stays as it is."""
    up = aloft(context, asked.drone)
    if isinstance(up, Refused):
        return up
    circle = _wanted_circle(up, asked)
    trouble = _circle_trouble(up, circle)
    if trouble:
        return Refused((trouble,))
    entry = offset(circle.centre, bearing_deg(circle.centre, up.position), circle.radius_m)
    way = up.find.way(Leg.SCENE, up.position, entry, circle.height_m)
    if isinstance(way, NoWay):
        return Refused((f"no way there: {way.reason}",))
    trouble = others_trouble(up, (up.position, *way.points), circle.height_m)
    if trouble:
        return Refused((trouble,))
    if len(way.points) == 1:
        return (*up.end_line(), _orbit_order(up, circle))
    return (*up.end_line(), *_along(up, replace(way, orbit=circle)))


def _wanted_circle(up: Aloft, asked: cmd.OrbitScene) -> Overwatch:
    programme, now = up.programme, up.flight.overwatch
    known = now or Overwatch(
        centre=up.flight.target,
        height_m=up.height_m,
        radius_m=programme.orbit_radius_m,
        speed_m_s=programme.orbit_speed_m_s,
    )
    order = up.order
    is_circling = order is not None and order.verb is Verb.ORBIT
    return Overwatch(
        centre=known.centre if asked.centre is None else asked.centre,
        height_m=known.height_m if is_circling else up.height_m,
        radius_m=known.radius_m if asked.radius_m is None else asked.radius_m,
        speed_m_s=known.speed_m_s if asked.speed_m_s is None else asked.speed_m_s,
        is_clockwise=known.is_clockwise if asked.is_clockwise is None else asked.is_clockwise,
    )


def _circle_trouble(up: Aloft, circle: Overwatch) -> str:
    smallest_m, largest_m = RADIUS_M
    if not smallest_m <= circle.radius_m <= largest_m:
        return f"radius {circle.radius_m:.0f} m: a circle has {smallest_m:.0f} to {largest_m:.0f} m"
    fastest_m_s = min(up.drone.cruise_speed_m_s, math.sqrt(TURN_M_S2 * circle.radius_m))
    if not SLOWEST_M_S <= circle.speed_m_s <= fastest_m_s:
        return (
            f"speed {circle.speed_m_s:g} m/s: a circle of {circle.radius_m:.0f} m is flown at {SLOWEST_M_S} "
            f"to {fastest_m_s:.1f} m/s"
        )
    return (
        range_trouble(up, circle.centre)
        or height_trouble(up, circle.height_m)
        or up.find.circle_trouble(circle)
        or (energy_trouble(up, circle.centre) if _is_elsewhere(up, circle) else "")
        or others_trouble(up, (circle.centre,), circle.height_m, circle.radius_m)
    )


def _is_elsewhere(up: Aloft, circle: Overwatch) -> bool:
    """What it circles already it may circle higher or lower, however little battery is left."""
    return distance_m(up.position, circle.centre) > circle.radius_m + IN_VIEW_M


def _orbit_order(up: Aloft, circle: Overwatch) -> ev.OrderAsked:
    return up.give(
        Verb.ORBIT,
        target=circle.centre,
        height_m=circle.height_m,
        radius_m=circle.radius_m,
        speed_m_s=circle.speed_m_s,
        is_clockwise=circle.is_clockwise,
    )


# --- moving -----------------------------------------------------------------------------------


def move(context: Context, asked: cmd.MoveDrone) -> Events | Refused:
    """So far in that direction from where it is now."""
    up = aloft(context, asked.drone)
    if isinstance(up, Refused):
        return up
    if not (math.isfinite(asked.bearing_deg) and 0.0 <= asked.bearing_deg <= 360.0):
        return Refused(("a bearing is 0 to 360 degrees from true north",))
    if not NEAREST_MOVE_M <= asked.length_m <= up.drone.max_range_m:
        limit_m = up.drone.max_range_m
        return Refused((f"{asked.length_m:.0f} m: a move is {NEAREST_MOVE_M:.0f} to {limit_m:.0f} m long",))
    return _go(up, offset(up.position, asked.bearing_deg, asked.length_m), up.height_m)


def go_to(context: Context, asked: cmd.GoTo) -> Events | Refused:
    """To a point, and hover there."""
    up = aloft(context, asked.drone)
    return up if isinstance(up, Refused) else _go(up, asked.target, up.height_m)


def set_height(context: Context, asked: cmd.SetHeight) -> Events | Refused:
    """Higher or lower: on the circle it flies, on its way, or where it hovers."""
    up = aloft(context, asked.drone)
    if isinstance(up, Refused):
        return up
    height_m, order, circle = asked.height_m, up.order, up.flight.overwatch
    left = _left_of_way(up)
    trouble = (
        height_trouble(up, height_m)
        or up.find.ceiling_trouble(up.position, height_m)
        or others_trouble(up, (up.position, *left), height_m)
    )
    if trouble:
        return Refused((trouble,))
    if order is not None and order.verb is Verb.ORBIT and circle is not None:
        higher = replace(circle, height_m=height_m)
        trouble = _circle_trouble(up, higher)
        return Refused((trouble,)) if trouble else (_orbit_order(up, higher),)
    if order is not None and order.verb is Verb.TRANSIT:
        return _out(up, up.flight.target, height_m)
    now = up.flight.way_of(Leg.SCENE)
    if order is not None and now is not None and left:
        if not all(up.find.is_straight(a, b, height_m) for a, b in pairwise((up.position, *left))):
            return Refused((f"what is left of its way may not be flown at {height_m:.0f} m",))
        return _along(up, replace(now, points=left, height_m=height_m), speed_m_s=order.speed_m_s)
    here = Way(leg=Leg.SCENE, points=(up.position,), height_m=height_m)
    return (*up.end_line(), *_along(up, here))


def _left_of_way(up: Aloft) -> tuple[LatLon, ...]:
    """What is left of a way on scene that it is on; empty where it is on none."""
    order, way = up.order, up.flight.way_of(Leg.SCENE)
    if order is None or way is None or order.verb is not Verb.MOVE or order.target not in way.points:
        return ()
    return way.points[way.points.index(order.target) :]


def follow_line(context: Context, asked: cmd.FollowLine) -> Events | Refused:
    """Along the line, point to point, and hover at its end."""
    up = aloft(context, asked.drone)
    if isinstance(up, Refused):
        return up
    if not 1 <= len(asked.points) <= POINTS_MAX:
        return Refused((f"{len(asked.points)} points: a line has 1 to {POINTS_MAX}",))
    points, height_m = _told_apart(asked.points), up.height_m
    for number, point in enumerate(points, 1):
        trouble = range_trouble(up, point)
        if trouble:
            return Refused((f"point {number}: {trouble}",))
    for number, (a, b) in enumerate(pairwise(points), 1):
        if not up.find.is_straight(a, b, height_m):
            return Refused((f"the line may not be flown from point {number} to {number + 1} at this height",))
    first = up.find.way(Leg.SCENE, up.position, points[0], height_m)
    if isinstance(first, NoWay):
        return Refused((f"no way to the line: {first.reason}",))
    way = replace(first, points=(*first.points, *points[1:]))
    trouble = energy_trouble(up, points[-1]) or others_trouble(up, (up.position, *way.points), height_m)
    if trouble:
        return Refused((trouble,))
    line = ev.LineGiven(flight_id=up.flight.flight_id, drone=up.drone.callsign, points=points)
    return (line, *_along(up, way, speed_m_s=up.programme.orbit_speed_m_s))


def _told_apart(points: tuple[LatLon, ...]) -> tuple[LatLon, ...]:
    """A line may come back to a point: the second time it is half a metre further on, so that where the
    aircraft is on the line can be told from the point it flies to."""
    told: list[LatLon] = []
    for point in points:
        while point in told:
            point = offset(point, 0.0, 0.5)
        told.append(point)
    return tuple(told)


def _go(up: Aloft, target: LatLon, height_m: float) -> Events | Refused:
    trouble = range_trouble(up, target) or height_trouble(up, height_m) or energy_trouble(up, target)
    if trouble:
        return Refused((trouble,))
    way = up.find.way(Leg.SCENE, up.position, target, height_m)
    if isinstance(way, NoWay):
        return Refused((f"no way there: {way.reason}",))
    trouble = others_trouble(up, (up.position, *way.points), height_m)
    return Refused((trouble,)) if trouble else (*up.end_line(), *_along(up, way))


def _along(up: Aloft, way: Way, *, speed_m_s: float | None = None) -> Events:
    """The first leg of a way on scene; the steps fly the others."""
    call, end = up.flight.target, way.points[-1]
    away_m = distance_m(end, call)
    faces = len(way.points) == 1 and NO_DIRECTION_M < away_m <= IN_VIEW_M
    first = up.give(
        Verb.MOVE,
        target=way.points[0],
        height_m=way.height_m,
        speed_m_s=up.drone.cruise_speed_m_s if speed_m_s is None else speed_m_s,
        heading_deg=bearing_deg(end, call) if faces else None,
    )
    return (up.choose(way), first)


# --- following the call -----------------------------------------------------------------------


def follow_call(context: Context, asked: cmd.FollowCall) -> Events | Refused:
    """To where the call is now: by a new way out, whatever it does at the moment."""
    up = aloft(context, asked.drone, may_climb=True)
    if isinstance(up, Refused):
        return up
    call = context.state.calls.get(up.flight.call_id)
    position = call.place.position if call else None
    if call is None or position is None:
        return Refused((f"call {up.flight.call_id} has no position",))
    if not call.is_open:
        return Refused((f"call {call.call_id} is {call.report.status.value}",))
    trouble = range_trouble(up, position) or energy_trouble(up, position)
    if trouble:
        return Refused((trouble,))
    out = _out(up, position, _free_height_m(up))
    if isinstance(out, Refused) or distance_m(position, up.flight.target) <= SAME_PLACE_M:
        return out
    moved = ev.TargetMoved(flight_id=up.flight.flight_id, drone=up.drone.callsign, target=position)
    return (moved, *out)


def _free_height_m(up: Aloft) -> float:
    """Its own height on the way; another where a person has put somebody else there since."""
    taken = taken_heights(up.context, up.drone.callsign)
    return next(iter(free_heights(up.find, taken, up.transit_height_m)), up.transit_height_m)


def _out(up: Aloft, call: LatLon, height_m: float) -> Events | Refused:
    """A way out from where it is; while it climbs, for when it has climbed."""
    way = up.find.way_out(up.position, call, height_m)
    if isinstance(way, NoWay):
        return Refused((f"no way there: {way.reason}",))
    if up.flight.phase is Phase.CLIMBING:
        return (up.choose(way),)
    leg = up.give(
        Verb.TRANSIT,
        Leg.OUT,
        target=way.points[0],
        height_m=way.height_m,
        speed_m_s=up.drone.cruise_speed_m_s,
    )
    return (*up.end_line(), up.choose(way), leg)


# --- facing, looking, recording ---------------------------------------------------------------


def face(context: Context, asked: cmd.FaceDrone) -> Events | Refused:
    """Turn the nose; an aircraft that circles hovers where it is for that."""
    up = aloft(context, asked.drone)
    if isinstance(up, Refused):
        return up
    if up.flight.phase in ON_ITS_WAY:
        return Refused((f"{asked.drone} is on its way: hold {asked.drone} first",))
    if asked.target is None:
        if asked.heading_deg is None or not 0.0 <= asked.heading_deg <= 360.0:
            return Refused(("a heading is 0 to 360 degrees from true north, or say a place to face",))
        return (*up.end_line(), up.give(Verb.FACE, heading_deg=asked.heading_deg % 360.0))
    if distance_m(up.position, asked.target) < NO_DIRECTION_M:
        return Refused((f"{asked.drone} is right over that place: there is no direction to face",))
    return (*up.end_line(), up.give(Verb.FACE, target=asked.target))


def aim(context: Context, asked: cmd.AimCamera) -> Events | Refused:
    """At the scene, at a point, or to a pitch: where the programme lets the camera look down."""
    up = aloft(context, asked.drone)
    if isinstance(up, Refused):
        return up
    if up.seen.gimbal is None:
        return Refused((f"{asked.drone} has no gimbal that we ever heard",))
    if not may_look_down(up.flight, up.seen, up.flight.phase):
        return Refused((f"{asked.drone} is not at its scene: its camera stays level on the way (privacy)",))
    if asked.pitch_deg is not None:
        lowest_deg, highest_deg = PITCH_DEG
        if not lowest_deg <= asked.pitch_deg <= highest_deg:
            return Refused((f"a pitch is {lowest_deg:.0f} (straight down) to {highest_deg:.0f} degrees",))
        return (up.give(Verb.AIM, None, pitch_deg=asked.pitch_deg),)
    target = up.flight.target if asked.target is None else asked.target
    trouble = range_trouble(up, target)
    return Refused((trouble,)) if trouble else (up.give(Verb.AIM, None, target=target),)


def record(context: Context, asked: cmd.RecordVideo) -> Events | Refused:
    """Start where the scene is in view; stop anywhere."""
    up = aloft(context, asked.drone, may_go_home=not asked.is_on)
    if isinstance(up, Refused):
        return up
    if up.seen.camera is None:
        return Refused((f"{asked.drone} has no camera that we ever heard",))
    if asked.is_on and not may_look_down(up.flight, up.seen, up.flight.phase):
        return Refused((f"{asked.drone} is not at its scene: nothing is recorded on the way (privacy)",))
    return (up.give(Verb.RECORD, None, is_on=asked.is_on),)


DECISIONS: dict[type[cmd.Command], Callable[[Context, Any], Events | Refused]] = {
    cmd.OrbitScene: orbit,
    cmd.MoveDrone: move,
    cmd.GoTo: go_to,
    cmd.SetHeight: set_height,
    cmd.FollowLine: follow_line,
    cmd.FollowCall: follow_call,
    cmd.FaceDrone: face,
    cmd.AimCamera: aim,
    cmd.RecordVideo: record,
}
