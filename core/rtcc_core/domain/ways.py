"""The way of one flight: its own heights, out to the scene, along it, and home.

Every flight has a height of its own on the way and over the scene, apart from those of all others in the
air. Ways are found in the airspace that the journal holds; where the agency gave none they are straight.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from rtcc_core.domain.airspace import Airspace, highest_allowed
from rtcc_core.domain.context import Context
from rtcc_core.domain.drone import Drone, Telemetry
from rtcc_core.domain.flight import Flight, Leg, Overwatch, Way
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_core.domain.heights import Agl, Amsl, Height
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.route import Route, find_route
from rtcc_core.domain.separation import separated_heights
from rtcc_core.domain.state import State

LOWEST_WAY_M = 30.0
"""Nobody is sent across a city lower than this to keep apart from others, metres above the launch point."""

CHORD_OFF_M = 5.0
"""A circle is looked at as chords that leave it by no more than this, metres."""

EARTHS_END_M = 100_000.0
"""Nothing is looked for further away than this; the distance itself is refused elsewhere."""


class NoWay(msgspec.Struct, frozen=True):
    """There is no way, and why, in words."""

    reason: str


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """What a new flight gets: its heights above the launch point, metres, and its way out."""

    transit_height_m: float
    overwatch_height_m: float
    way: Way


class Launchpad(msgspec.Struct, frozen=True):
    """Where an aircraft took off, or will: what its heights are measured from."""

    point: LatLon
    ground_amsl_m: float | None
    """None where nobody said how high it lies."""

    def height(self, above_m: float) -> Height:
        """A height above the launch point, above sea level where that can be told."""
        return Agl(above_m) if self.ground_amsl_m is None else Amsl(self.ground_amsl_m + above_m)


def launchpad(state: State, drone: Drone, seen: Telemetry) -> Launchpad | None:
    """Where this aircraft's heights are measured from; None where neither it nor its site says."""
    site = state.sites.get(drone.site)
    point = seen.home or (site.position if site else None)
    if point is None:
        return None
    ground = state.airspace.ground_at(point) if state.airspace else None
    if seen.home_amsl_m is not None:
        return Launchpad(point, seen.home_amsl_m)
    if site is not None and site.ground_amsl_m is not None:
        return Launchpad(point, site.ground_amsl_m)
    return Launchpad(point, ground.highest_m if ground else None)


def stand_off(start: LatLon, call: LatLon, radius_m: float) -> LatLon:
    """Where to arrive: on the circle round the call, on the side the aircraft comes from."""
    if distance_m(start, call) <= radius_m:
        return start
    return offset(call, bearing_deg(call, start), radius_m)


# --- finding ----------------------------------------------------------------------------------


class Finder(msgspec.Struct, frozen=True, kw_only=True):
    """Finds ways for one aircraft, now."""

    state: State
    drone: Drone
    pad: Launchpad
    at: datetime

    @property
    def programme(self) -> Programme:
        return self.state.programme or Programme(agency="")

    @property
    def airspace(self) -> Airspace:
        return self.state.airspace or Airspace()

    def way(
        self, leg: Leg, start: LatLon, goal: LatLon, height_m: float, *, site: str | None = None
    ) -> Way | NoWay:
        """The way from here to there at this height above the launch point, without its start."""
        away_m = distance_m(start, goal)
        if away_m > EARTHS_END_M:
            return NoWay(f"{goal} is {away_m / 1000:.0f} km away")
        if not math.isfinite(height_m):
            return NoWay("the height is not a number")
        route = self._route(start, goal, height_m)
        if not isinstance(route, Route):
            return NoWay(route.reason)
        return Way(leg=leg, points=route.points[1:], height_m=height_m, goes_around=route.passes, site=site)

    def way_out(self, start: LatLon, call: LatLon, height_m: float) -> Way | NoWay:
        """To the stand-off: on the circle round the call, on the side that the last leg comes from."""
        found = self.way(Leg.OUT, start, call, height_m)
        if isinstance(found, NoWay):
            return found
        before = found.points[-2] if len(found.points) > 1 else start
        end = stand_off(before, call, self.programme.orbit_radius_m)
        return replace(found, points=(*found.points[:-1], end))

    def is_straight(self, start: LatLon, goal: LatLon, height_m: float) -> bool:
        """True where the straight line may be flown at this height."""
        found = self.way(Leg.SCENE, start, goal, height_m)
        return isinstance(found, Way) and len(found.points) == 1

    def circle_trouble(self, circle: Overwatch) -> str:
        """Why this circle may not be flown; empty where it may."""
        if not self.airspace.volumes:
            return ""
        corners = list(_chords(circle))
        for start, goal in zip(corners, [*corners[1:], corners[0]], strict=True):
            found = self.way(Leg.SCENE, start, goal, circle.height_m)
            if isinstance(found, NoWay):
                return found.reason
            if found.goes_around:
                return f"the circle meets {', '.join(found.goes_around)}"
        return ""

    def ceiling_trouble(self, point: LatLon, height_m: float) -> str:
        """Why one may not fly so high over this point; empty where one may."""
        allowed = highest_allowed(self.airspace, point, self.at, self.pad.ground_amsl_m)
        if allowed.permits(self.pad.height(height_m), self.pad.ground_amsl_m) is not False:
            return ""
        return f"{height_m:.0f} m above the launch point is too high there: {allowed.words()}"

    def _route(self, start: LatLon, goal: LatLon, height_m: float) -> Route | NoWay:
        slowest_m_s = max(1.0, self.drone.cruise_speed_m_s / 2.0)
        found = find_route(
            start,
            goal,
            airspace=self.airspace,
            at=self.at,
            until=self.at + timedelta(seconds=60.0 + distance_m(start, goal) / slowest_m_s),
            height=self.pad.height(height_m),
            clearance_m=self.programme.clearance_m,
            start_ground_m=self.pad.ground_amsl_m,
        )
        return found if isinstance(found, Route) else NoWay(found.reason)


def finder(context: Context, drone: Drone, seen: Telemetry) -> Finder | None:
    """None where nobody knows where the aircraft's heights are measured from."""
    return finder_for(context.state, drone, seen, context.at)


def finder_for(state: State, drone: Drone, seen: Telemetry, at: datetime) -> Finder | None:
    """The same from a state and a time."""
    pad = launchpad(state, drone, seen)
    return Finder(state=state, drone=drone, pad=pad, at=at) if pad else None


def _chords(circle: Overwatch) -> Iterator[LatLon]:
    """Corners of a polygon outside which the circle bulges by less than `CHORD_OFF_M`."""
    inward = max(-1.0, 1.0 - CHORD_OFF_M / max(circle.radius_m, CHORD_OFF_M))
    count = max(8, math.ceil(math.pi / math.acos(inward)))
    for number in range(count):
        yield offset(circle.centre, 360.0 * number / count, circle.radius_m)


# --- heights apart ----------------------------------------------------------------------------


class Taken(msgspec.Struct, frozen=True):
    """A height that another flight uses."""

    drone: str
    above_m: float
    """Above its own launch point."""
    ground_amsl_m: float | None
    """Of that launch point."""

    def above(self, pad: Launchpad) -> float:
        """Above another launch point; where a ground is not known, all of it counts as equally high."""
        if self.ground_amsl_m is None or pad.ground_amsl_m is None:
            return self.above_m
        return self.above_m + self.ground_amsl_m - pad.ground_amsl_m


def choose_slot(context: Context, find: Finder, start: LatLon, call: LatLon) -> Slot | NoWay:
    """A height on the way and one over the scene that nobody else has, and the way out at that height.

    The programme's own heights first, then higher ones, then lower ones.
    """
    taken = taken_heights(context, find.drone.callsign)
    why = ""
    for height_m in free_heights(find, taken, find.programme.transit_height_m):
        way = find.way_out(start, call, height_m)
        if isinstance(way, NoWay):
            why = why or way.reason
            continue
        over_m, trouble = _overwatch_height(find, taken, call)
        if over_m is None:
            return NoWay(trouble)
        return Slot(transit_height_m=height_m, overwatch_height_m=over_m, way=way)
    return NoWay(f"no way there: {why}" if why else _none_free(taken, find))


def taken_heights(context: Context, but: str) -> tuple[Taken, ...]:
    """The heights of all open flights but one aircraft's."""
    state, taken = context.state, []
    for flight in state.flights.values():
        drone = state.drones.get(flight.drone)
        if not flight.is_open or drone is None or flight.drone == but:
            continue
        pad = launchpad(state, drone, context.sky.get(flight.drone) or Telemetry(drone=flight.drone))
        ground_m = pad.ground_amsl_m if pad else None
        taken += [Taken(flight.drone, above_m, ground_m) for above_m in heights_of(state, flight)]
    return tuple(taken)


def heights_of(state: State, flight: Flight) -> tuple[float, ...]:
    """The heights above its launch point, metres, that a flight uses or may use next."""
    programme = state.programme or Programme(agency="")
    order = state.newest_order(flight.drone)
    ordered_m = order.height_m if order and order.flight_id == flight.flight_id else None
    own = (
        programme.transit_height_m if flight.transit_height_m is None else flight.transit_height_m,
        programme.overwatch_height_m if flight.overwatch_height_m is None else flight.overwatch_height_m,
        flight.overwatch.height_m if flight.overwatch else None,
        ordered_m,
    )
    return tuple(sorted({height_m for height_m in own if height_m is not None}))


def free_heights(find: Finder, taken: Sequence[Taken], usual_m: float) -> tuple[float, ...]:
    """Heights above the launch point, apart from all taken ones: the usual, higher ones, then lower ones."""
    used = [Agl(each.above(find.pad)) for each in taken]
    step_m = max(1.0, find.programme.separation_m)
    top_m = min(find.drone.max_height_m, find.programme.max_height_agl_m)
    bottom_m = min(LOWEST_WAY_M, usual_m)
    higher = separated_heights(used, Agl(usual_m), Agl(top_m), step_m)
    lower = separated_heights(used, Agl(bottom_m), Agl(usual_m - step_m), step_m)
    return tuple(height.metres for height in (*higher, *reversed(lower)))


def _overwatch_height(find: Finder, taken: Sequence[Taken], call: LatLon) -> tuple[float | None, str]:
    trouble = ""
    for height_m in free_heights(find, taken, find.programme.overwatch_height_m):
        found = find.ceiling_trouble(call, height_m)
        if not found:
            return height_m, ""
        trouble = trouble or found
    return None, trouble or _none_free(taken, find)


def _none_free(taken: Sequence[Taken], find: Finder) -> str:
    programme, drone = find.programme, find.drone
    others = ", ".join(f"{each.drone} at {each.above_m:.0f} m" for each in taken)
    return (
        f"no height is free up to {drone.max_height_m:.0f} m, {programme.separation_m:.0f} m apart from "
        f"{others or 'the ground'}: wait until one of them is down"
    )
