"""Where aircraft may be: fences, keep-out volumes, facility map ceilings, temporary restrictions.

Everything comes from files that the agency names, is read by `wire.airspace_geojson`, put together by
`wire.airspace_assembly`, and stands whole in the journal, so that a gate's answer can be proved later.
A limit above ground is compared with a height above sea level only through a ground height; where none is
known the answer is "cannot be told", and the volume is treated as in the way.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import msgspec

from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.heights import Agl, Amsl, Height
from rtcc_core.domain.plane import XY, Box, box_of, is_inside
from rtcc_core.domain.terrain import Ground, Terrain

Ring = tuple[LatLon, ...]
"""Corners in order; the first is not repeated."""


class VolumeKind(enum.StrEnum):
    """What a volume means to a flight."""

    FENCE = "fence"
    """Aircraft stay inside the union of the fences. A fence's own heights hold everywhere within it."""
    KEEP_OUT = "keep-out"
    """No aircraft within, between its floor and its ceiling."""
    CEILING = "ceiling"
    """No higher than its ceiling: a cell of a facility map."""
    RESTRICTION = "restriction"
    """A keep-out of the aviation authority, for a time (TFR)."""


KEPT_OUT = frozenset({VolumeKind.KEEP_OUT, VolumeKind.RESTRICTION})
CAPPED = frozenset({VolumeKind.CEILING, VolumeKind.FENCE})


class Volume(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One polygon with its heights and its time."""

    name: str
    kind: VolumeKind
    outline: Ring
    holes: tuple[Ring, ...] = ()
    floor: Height | None = None
    """None: from the ground."""
    ceiling: Height | None = None
    """None: without end."""
    starts_at: datetime | None = None
    """None: since ever."""
    ends_at: datetime | None = None
    """The first moment at which it no longer holds; None: until further notice."""
    source: str = ""
    """Name of the file it stands in."""
    citation: str = ""
    """The rule or notice behind it, in words."""

    def holds_at(self, at: datetime) -> bool:
        """True while it is in force."""
        return self.holds_between(at, at)

    def holds_between(self, start: datetime, end: datetime) -> bool:
        """True where it is in force at any moment from start to end."""
        return (self.starts_at is None or self.starts_at <= end) and not self.is_expired(start)

    def is_expired(self, at: datetime) -> bool:
        """True once its end has passed."""
        return self.ends_at is not None and self.ends_at <= at

    def covers(self, point: LatLon) -> bool:
        """True where the point lies within its outline, seen from above."""
        return is_inside((point.longitude_deg, point.latitude_deg), _in_degrees(self))


class SourceKind(enum.StrEnum):
    """What a file holds."""

    OWN = "own"
    """The agency's fences and keep-out volumes."""
    FACILITY_MAP = "facility-map"
    """FAA UAS facility map cells."""
    RESTRICTIONS = "restrictions"
    """Temporary flight restrictions."""
    TERRAIN = "terrain"
    SURFACE = "surface"
    """Terrain with its buildings and trees."""


class AirspaceSource(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it was read."""

    name: str
    kind: SourceKind
    read_at: datetime
    written_at: datetime | None = None
    """When the file was last changed; None where it is missing."""
    valid_until: datetime | None = None
    """What it says is old after this; None where nobody said."""
    sha256: str = ""
    """Of the file's bytes; empty where it could not be read."""
    volumes: int = 0
    """How many volumes near the agency it gave."""
    problems: tuple[str, ...] = ()
    """What could not be used and why: those objects are missing from the airspace."""

    def is_expired(self, at: datetime) -> bool:
        """True once its content counts as old."""
        return self.valid_until is not None and self.valid_until <= at


class Area(msgspec.Struct, frozen=True, omit_defaults=True):
    """A piece of ground with its holes."""

    outline: Ring
    holes: tuple[Ring, ...] = ()


class Fenced(msgspec.Struct, frozen=True, kw_only=True):
    """The union of the fences that are in force together, for as long as they are."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    areas: tuple[Area, ...] = ()
    """Empty where no fence is in force."""

    def holds_between(self, start: datetime, end: datetime) -> bool:
        """True where it is the union at any moment from start to end."""
        return (self.starts_at is None or self.starts_at <= end) and (
            self.ends_at is None or start < self.ends_at
        )


class Airspace(msgspec.Struct, frozen=True, kw_only=True):
    """Every volume near the agency, and where it came from. Built by `wire.airspace_assembly.assemble`."""

    volumes: tuple[Volume, ...] = ()
    fenced: tuple[Fenced, ...] = ()
    """Together they cover all time, where there is any fence; empty where there is none."""
    sources: tuple[AirspaceSource, ...] = ()
    terrain: Terrain | None = None
    centre: LatLon | None = None
    """Origin of the plane that routes are found in."""
    digest: str = ""
    """SHA-256 of what it holds, whenever it was read: equal digests, equal airspace."""

    def __hash__(self) -> int:
        return int.from_bytes(self.digest[:8].encode(), "big")

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be used, each with its file."""
        return tuple(f"{source.name}: {problem}" for source in self.sources for problem in source.problems)

    def ground_at(self, point: LatLon) -> Ground | None:
        """The ground at a point; None without terrain there."""
        return self.terrain.at(point) if self.terrain else None

    def expired(self, at: datetime) -> tuple[Volume, ...]:
        """The volumes whose end has passed."""
        return tuple(volume for volume in self.volumes if volume.is_expired(at))


STANDING = frozenset({SourceKind.OWN, SourceKind.FACILITY_MAP})
"""Files that do not become empty of themselves, as a list of temporary restrictions does."""


def emptied(before: Airspace | None, now: Airspace) -> tuple[AirspaceSource, ...]:
    """The files as they were that had volumes and, read well, have none any more: what they kept out, or kept
    low, is kept so no longer."""
    empty = {
        (source.name, source.kind)
        for source in now.sources
        if source.kind in STANDING and source.sha256 and source.volumes == 0
    }
    known = before.sources if before is not None else ()
    return tuple(source for source in known if source.volumes > 0 and (source.name, source.kind) in empty)


class Limit(msgspec.Struct, frozen=True):
    """A height that must not be exceeded, and the volume that says so."""

    height: Height
    because: str


class Allowed(msgspec.Struct, frozen=True):
    """The highest that a point, or a route, may be flown at.

    No limit: no volume says anything. Two: one above ground and one above sea level, which only a ground
    height could compare.
    """

    limits: tuple[Limit, ...] = ()

    def permits(self, height: Height, ground_amsl_m: float | None = None) -> bool | None:
        """May one fly this high? None: it cannot be told without the ground height."""
        answers = [_is_within(height, limit.height, ground_amsl_m) for limit in self.limits]
        if False in answers:
            return False
        return None if None in answers else True

    def words(self) -> str:
        """For the gate's reason: each limit with its volume."""
        return " and ".join(f"{limit.height} ({limit.because})" for limit in self.limits) or "no limit here"


def volumes_over(airspace: Airspace, point: LatLon) -> tuple[Volume, ...]:
    """The volumes whose outline holds the point, in force or not. Asked again and again, it is quick."""
    x, y = point.longitude_deg, point.latitude_deg
    return tuple(
        volume
        for volume, ((west, south, east, north), rings) in zip(
            airspace.volumes, _shapes(airspace), strict=True
        )
        if west <= x <= east and south <= y <= north and is_inside((x, y), rings)
    )


@lru_cache(maxsize=4)
def _shapes(airspace: Airspace) -> tuple[tuple[Box, list[list[XY]]], ...]:
    rings = [_in_degrees(volume) for volume in airspace.volumes]
    return tuple((box_of(outlines[0]), outlines) for outlines in rings)


def _in_degrees(volume: Volume) -> list[list[XY]]:
    """Outline and holes as longitude and latitude."""
    return [[(c.longitude_deg, c.latitude_deg) for c in ring] for ring in (volume.outline, *volume.holes)]


def volumes_at(
    airspace: Airspace,
    point: LatLon,
    at: datetime,
    height: Height | None = None,
    ground_amsl_m: float | None = None,
) -> tuple[Volume, ...]:
    """The volumes in force over a point; with a height, only those that may reach it.

    The ground is the terrain's, else `ground_amsl_m`. A volume whose reach cannot be told is included.
    """
    found = (volume for volume in volumes_over(airspace, point) if volume.holds_at(at))
    if height is None:
        return tuple(found)
    ground = airspace.ground_at(point) or flat(ground_amsl_m)
    return tuple(volume for volume in found if may_reach(volume, height, ground))


def highest_allowed(
    airspace: Airspace, point: LatLon, at: datetime, ground_amsl_m: float | None = None
) -> Allowed:
    """How high one may fly over a point: below every ceiling, and below the floor of every keep-out (also of
    one that could be flown over: `volumes_at` tells).

    Where the ground is known (terrain, else `ground_amsl_m`) the answer is one height above sea level,
    reckoned from the lowest ground. 14 CFR 107.51(b) (400 ft above ground) is not in it: that is a rule of
    the operation, not of the place.
    """
    ground = airspace.ground_at(point) or flat(ground_amsl_m)
    return lowest_of(
        Limit(on_ground(top, ground.lowest_m) if ground else top, volume.name)
        for volume in volumes_over(airspace, point)
        if (top := top_of(volume)) is not None and volume.holds_at(at)
    )


def top_of(volume: Volume) -> Height | None:
    """The height that a flight through the volume's outline must not exceed; None where it sets none."""
    if volume.kind in CAPPED:
        return volume.ceiling
    return volume.floor or Agl(0.0)


def on_ground(height: Height, ground_amsl_m: float) -> Amsl:
    """The height above sea level, over that ground."""
    return height.over(ground_amsl_m) if isinstance(height, Agl) else height


def flat(ground_amsl_m: float | None) -> Ground | None:
    """Ground of one height everywhere; None where it is not known."""
    return None if ground_amsl_m is None else Ground(ground_amsl_m, ground_amsl_m)


def lowest_of(limits: Iterable[Limit]) -> Allowed:
    """The strictest limit of each datum."""
    strictest: dict[type, Limit] = {}
    for limit in limits:
        known = strictest.get(type(limit.height))
        if known is None or limit.height.metres < known.height.metres:
            strictest[type(limit.height)] = limit
    return Allowed(tuple(strictest[datum] for datum in (Agl, Amsl) if datum in strictest))


def may_reach(volume: Volume, height: Height, ground: Ground | None) -> bool:
    """Could an aircraft at this height be against the volume, anywhere over this ground?

    For fences and ceilings: above their ceiling (or below a fence's floor). For keep-outs: between floor and
    ceiling. True where it cannot be told.
    """
    if volume.kind in CAPPED:
        is_under = volume.ceiling is None or is_below(height, volume.ceiling, ground, or_equal=True)
        is_over = volume.floor is None or is_above(height, volume.floor, ground, or_equal=True)
        return not (is_under and is_over)
    if volume.floor is not None and is_below(height, volume.floor, ground):
        return False
    return volume.ceiling is None or not is_above(height, volume.ceiling, ground)


def is_below(height: Height, limit: Height, ground: Ground | None, *, or_equal: bool = False) -> bool:
    """Surely below, wherever on this ground."""
    span = _difference_m(height, limit, ground)
    return span is not None and span[1] <= (_ROUNDING_M if or_equal else -_ROUNDING_M)


def is_above(height: Height, limit: Height, ground: Ground | None, *, or_equal: bool = False) -> bool:
    """Surely above, wherever on this ground."""
    span = _difference_m(height, limit, ground)
    return span is not None and span[0] >= (-_ROUNDING_M if or_equal else _ROUNDING_M)


_ROUNDING_M = 0.01
"""400 ft written in metres, and back, is still 400 ft; and what touches a keep-out is in it."""


def _difference_m(height: Height, limit: Height, ground: Ground | None) -> tuple[float, float] | None:
    """The least and the greatest of `height` minus `limit` over this ground; None: it cannot be told."""
    gap = height.metres - limit.metres
    if type(height) is type(limit):
        return gap, gap
    if ground is None:
        return None
    if isinstance(height, Amsl):
        return gap - ground.highest_m, gap - ground.lowest_m
    return gap + ground.lowest_m, gap + ground.highest_m


def _is_within(height: Height, limit: Height, ground_amsl_m: float | None) -> bool | None:
    if type(height) is type(limit):
        return height.metres <= limit.metres + _ROUNDING_M
    if ground_amsl_m is None:
        return None
    above_m = on_ground(height, ground_amsl_m).metres - on_ground(limit, ground_amsl_m).metres
    return math.isfinite(above_m) and above_m <= _ROUNDING_M
