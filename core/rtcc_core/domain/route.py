"""A way from here to there at one height: inside the fences, around what that height must not enter.

A flight climbs at its start, crosses at a constant height above sea level, and descends at its goal; the
way in plan view is found here. What has no known ground under it is treated as reaching that height.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

import msgspec

from rtcc_core.domain.airspace import (
    CAPPED,
    Airspace,
    Allowed,
    Limit,
    Volume,
    VolumeKind,
    flat,
    is_above,
    lowest_of,
    may_reach,
    on_ground,
    top_of,
)
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.heights import Agl, Amsl, Height
from rtcc_core.domain.plane import XY, Plane, is_inside, segment_meets
from rtcc_core.domain.terrain import Ground, Terrain
from rtcc_core.domain.visibility import Field, Obstacle

CLEARANCE_M = 30.0
"""How far a route stays from the edge of what it goes around, where the agency says nothing else."""

_FIELDS_KEPT, _WAYS_KEPT = 32, 512


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The shortest way found."""

    points: tuple[LatLon, ...]
    """Start, bends, goal."""
    length_m: float
    passes: tuple[str, ...] = ()
    """Names of the volumes it goes around, in order."""
    tight: tuple[str, ...] = ()
    """Volumes whose edge is nearer to the start or the goal than the clearance: the route keeps that
    smaller distance from them."""
    ground: Ground | None = None
    """Under the whole route; None where the terrain does not reach."""
    is_ground_assumed: bool = False
    """True where limits above ground were read as if all ground lay as high as the start."""


class NoRoute(msgspec.Struct, frozen=True, kw_only=True):
    """There is no way, and why, in words."""

    reason: str
    volumes: tuple[str, ...] = ()
    """Names of what is in the way."""


def find_route(
    start: LatLon,
    goal: LatLon,
    *,
    airspace: Airspace,
    at: datetime,
    height: Height,
    until: datetime | None = None,
    clearance_m: float = CLEARANCE_M,
    start_ground_m: float | None = None,
) -> Route | NoRoute:
    """The shortest way from start to goal at this height.

    `height` as `Agl` is above the ground at the start, where the aircraft climbs; `start_ground_m` is that
    ground above sea level, where known (else the terrain's). What is in force at any moment from `at` to
    `until` counts. Asking again about the same airspace is cheap.
    """
    asked = _Asked(start, goal, airspace, at, until or at, height, max(0.0, clearance_m), start_ground_m)
    return asked.answer()


def highest_allowed_along(
    points: Sequence[LatLon],
    *,
    airspace: Airspace,
    at: datetime,
    until: datetime | None = None,
    ground_amsl_m: float | None = None,
) -> Allowed:
    """How high a way may be flown: the strictest limit of every volume that it touches.

    Limits above ground are put over the lowest ground under the way within that volume (terrain), else over
    `ground_amsl_m`, else left above ground.
    """
    prepared = _prepared(airspace)
    limits: list[Limit] = []
    for index, volume in enumerate(airspace.volumes):
        top = top_of(volume)
        if top is None or not volume.holds_between(at, until or at):
            continue
        for a, b in _legs(points):
            if not segment_meets(prepared.xy(a), prepared.xy(b), prepared.rings[index]):
                continue
            ground = _ground_within(volume, airspace.terrain, a, b) or flat(ground_amsl_m)
            limits.append(Limit(on_ground(top, ground.lowest_m) if ground else top, volume.name))
    return lowest_of(limits)


def ground_along(points: Sequence[LatLon], airspace: Airspace) -> Ground | None:
    """The lowest and the highest ground under a way; None where any of it is not known."""
    if airspace.terrain is None:
        return None
    grounds = [airspace.terrain.along(a, b) for a, b in _legs(points)]
    known = [ground for ground in grounds if ground is not None]
    if len(known) < len(grounds):
        return None
    return Ground(min(g.lowest_m for g in known), max(g.highest_m for g in known))


def _legs(points: Sequence[LatLon]) -> list[tuple[LatLon, LatLon]]:
    return list(pairwise(points)) if len(points) > 1 else [(points[0], points[0])]


def _ground_within(volume: Volume, terrain: Terrain | None, a: LatLon, b: LatLon) -> Ground | None:
    """The ground under the part of a leg that lies in the volume; None where it is not known."""
    if terrain is None:
        return None
    pieces = [ground for middle, ground in terrain.pieces(a, b) if volume.covers(middle)]
    if not pieces:  # it only clips an edge
        return terrain.along(a, b)
    known = [ground for ground in pieces if ground is not None]
    if len(known) < len(pieces):
        return None
    return Ground(min(g.lowest_m for g in known), max(g.highest_m for g in known))


class _Prepared:
    """An airspace in metres, with the fields that were asked for lately."""

    def __init__(self, airspace: Airspace) -> None:
        corners = (corner for volume in airspace.volumes for corner in volume.outline)
        self.plane = Plane(airspace.centre or next(corners, LatLon(0.0, 0.0)))
        self.xy = self.plane.to_xy
        self.rings = [
            [[self.xy(c) for c in ring] for ring in (volume.outline, *volume.holes)]
            for volume in airspace.volumes
        ]
        terrain = airspace.terrain
        self.grounds = [terrain.under(volume.outline) if terrain else None for volume in airspace.volumes]
        self.areas = [
            [[[self.xy(c) for c in ring] for ring in (area.outline, *area.holes)] for area in fenced.areas]
            for fenced in airspace.fenced
        ]
        self.fields: dict[object, Field] = {}
        self.ways: dict[object, Route | NoRoute] = {}


@lru_cache(maxsize=4)
def _prepared(airspace: Airspace) -> _Prepared:
    return _Prepared(airspace)


class _Asked(msgspec.Struct, frozen=True):
    """One question, answered in steps."""

    start: LatLon
    goal: LatLon
    airspace: Airspace
    at: datetime
    until: datetime
    height: Height
    clearance_m: float
    start_ground_m: float | None

    def answer(self) -> Route | NoRoute:
        fences = self._fences()
        if isinstance(fences, NoRoute):
            return fences
        in_the_way, to_look_at = self._sorted_out()
        while True:
            found = self._around(fences, tuple(in_the_way))
            if isinstance(found, NoRoute):
                return found
            broken = [index for index in to_look_at if self._is_broken(index, found.points)]
            if not broken:
                return found
            in_the_way = sorted({*in_the_way, *broken})
            to_look_at = [index for index in to_look_at if index not in broken]

    # --- height -------------------------------------------------------------------------------

    @property
    def _start_ground(self) -> float | None:
        if self.start_ground_m is not None:
            return self.start_ground_m
        ground = self.airspace.ground_at(self.start)
        return ground.highest_m if ground else None

    @property
    def _cruise(self) -> Height:
        """Above sea level wherever it can be told."""
        ground_m = self._start_ground
        if isinstance(self.height, Agl) and ground_m is not None:
            return on_ground(self.height, ground_m)
        return self.height

    def _sorted_out(self) -> tuple[list[int], list[int]]:
        """Indexes of the volumes in the way everywhere, and of those whose ground decides on the way."""
        cruise, terrain = self._cruise, self.airspace.terrain
        flat_ground, grounds = flat(self._start_ground), _prepared(self.airspace).grounds
        in_the_way, to_look_at = [], []
        for index, volume in enumerate(self.airspace.volumes):
            if not volume.holds_between(self.at, self.until):
                continue
            ground = grounds[index] if terrain else flat_ground
            if not may_reach(volume, cruise, ground):
                continue
            is_capped_by_ground = volume.kind in CAPPED and isinstance(volume.ceiling, Agl)
            if not (terrain and is_capped_by_ground and isinstance(cruise, Amsl)):
                in_the_way.append(index)
            elif ground and volume.ceiling and is_above(cruise, volume.ceiling, ground):
                in_the_way.append(index)  # too high over its highest ground already
            else:
                to_look_at.append(index)
        return in_the_way, to_look_at

    def _is_broken(self, index: int, points: Sequence[LatLon]) -> bool:
        """Does this way go too high over the ground that it crosses in the volume?"""
        volume, prepared = self.airspace.volumes[index], _prepared(self.airspace)
        return any(
            may_reach(volume, self._cruise, _ground_within(volume, self.airspace.terrain, a, b))
            for a, b in _legs(points)
            if segment_meets(prepared.xy(a), prepared.xy(b), prepared.rings[index])
        )

    # --- fences -------------------------------------------------------------------------------

    def _fences(self) -> list[tuple[int, int]] | NoRoute:
        """The fenced areas to stay in, as (index of the union, index of its area)."""
        prepared, found = _prepared(self.airspace), []
        fences = [volume for volume in self.airspace.volumes if volume.kind is VolumeKind.FENCE]
        unions = [
            (index, fenced)
            for index, fenced in enumerate(self.airspace.fenced)
            if fenced.holds_between(self.at, self.until)
        ]
        names = tuple(fence.name for fence in fences)
        if fences and not (unions and all(fenced.areas for _, fenced in unions)):
            return NoRoute(reason=f"no fence is in force then ({_listed(names)})", volumes=names)
        for index, _ in unions:
            start, goal = (_area_of(prepared.xy(p), prepared.areas[index]) for p in (self.start, self.goal))
            for place, area in (("start", start), ("goal", goal)):
                if area is None:
                    return NoRoute(reason=f"the {place} lies outside the fences", volumes=names)
            if start != goal or start is None:
                return NoRoute(reason="the fences around start and goal do not join", volumes=names)
            found.append((index, start))
        return found

    # --- the way ------------------------------------------------------------------------------

    def _around(self, fences: Sequence[tuple[int, int]], in_the_way: tuple[int, ...]) -> Route | NoRoute:
        """As `_found`; asked again for the same places and obstacles (a parked aircraft), from memory."""
        ways = _prepared(self.airspace).ways
        key = (self.start, self.goal, tuple(fences), in_the_way, self.clearance_m)
        if key not in ways:
            if len(ways) >= _WAYS_KEPT:
                ways.clear()
            ways[key] = self._found(fences, in_the_way)
        return ways[key]

    def _found(self, fences: Sequence[tuple[int, int]], in_the_way: tuple[int, ...]) -> Route | NoRoute:
        prepared = _prepared(self.airspace)
        start, goal = prepared.xy(self.start), prepared.xy(self.goal)
        field = self._field(fences, in_the_way)
        for place, point in (("start", start), ("goal", goal)):
            for obstacle, index in zip(field.obstacles, in_the_way, strict=False):
                if obstacle.holds(point):
                    volume = self.airspace.volumes[index]
                    return NoRoute(reason=f"the {place} lies in {_told(volume)}", volumes=(volume.name,))
        field, tight = self._eased(field, start, goal)
        if field.is_open(start, goal):
            return self._route((start, goal), (), tight)
        path, met = field.shortest(start, goal)
        names = tuple(dict.fromkeys(field.obstacles[index].name for index in met))
        if path is None:
            return NoRoute(reason=f"no way leads from start to goal past {_listed(names)}", volumes=names)
        return self._route(path, names, tight)

    def _field(self, fences: Sequence[tuple[int, int]], in_the_way: tuple[int, ...]) -> Field:
        prepared = _prepared(self.airspace)
        key = (tuple(fences), in_the_way, self.clearance_m)
        field = prepared.fields.get(key)
        if field is None:
            volumes = self.airspace.volumes
            obstacles = [Obstacle(volumes[i].name, prepared.rings[i], self.clearance_m) for i in in_the_way]
            obstacles += [
                Obstacle("the fence", prepared.areas[i][area], self.clearance_m, is_barrier=True)
                for i, area in fences
            ]
            if len(prepared.fields) >= _FIELDS_KEPT:
                prepared.fields.clear()
            field = prepared.fields[key] = Field(obstacles)
        return field

    def _eased(self, field: Field, start: XY, goal: XY) -> tuple[Field, tuple[str, ...]]:
        """Where start or goal is nearer to an edge than the clearance: that edge at that distance."""
        near: dict[int, float] = {}
        for index, obstacle in enumerate(field.obstacles):
            for x, y in (start, goal):
                west, south, east, north = obstacle.box
                if obstacle.is_barrier or (west < x < east and south < y < north):
                    away = obstacle.distance_m((x, y))
                    if away < self.clearance_m:
                        near[index] = min(near.get(index, math.inf), 0.99 * away)
        if not near:
            return field, ()
        eased = [
            obstacle.with_clearance(near.get(index, obstacle.clearance_m))
            for index, obstacle in enumerate(field.obstacles)
        ]
        return Field(eased), tuple(dict.fromkeys(field.obstacles[index].name for index in near))

    def _route(self, path: Sequence[XY], passes: tuple[str, ...], tight: tuple[str, ...]) -> Route:
        bends = [_prepared(self.airspace).plane.to_latlon(xy) for xy in path[1:-1]]
        points = (self.start, *bends, self.goal)
        return Route(
            points=points,
            length_m=sum(distance_m(a, b) for a, b in pairwise(points)),
            passes=passes,
            tight=tight,
            ground=ground_along(points, self.airspace),
            is_ground_assumed=self.airspace.terrain is None and bool(self.airspace.volumes),
        )


def _area_of(point: XY, areas: Sequence[Sequence[Sequence[XY]]]) -> int | None:
    return next((index for index, rings in enumerate(areas) if is_inside(point, rings)), None)


def _told(volume: Volume) -> str:
    """A volume with what it forbids, for a reason."""
    if volume.kind in CAPPED:
        limit = f"no higher than {volume.ceiling}" if volume.ceiling else f"no lower than {volume.floor}"
        return f"{volume.name}, which allows {limit}"
    reach = f" from {volume.floor}" if volume.floor else ""
    return f"{volume.name}, a {volume.kind.value}{reach}"


def _listed(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
