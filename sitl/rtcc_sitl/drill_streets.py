"""The streets of a drill's city as the file an agency would import: a grid with names and house numbers.

Streets that the scenario's calls name run through where those calls are, so that every address of the
scenario is found; the others have names of their own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from rtcc_core.domain.plane import XY, Plane
from rtcc_sitl.layout import Layout

SPACING_M = 200.0
"""From street to street."""

M_PER_NUMBER = 2.0
"""A hundred house numbers to a block of 200 m."""

MARGIN_M = 800.0
"""The city goes on so far beyond the outermost call or site."""

EXTENT_MIN_M, EXTENT_MAX_M = 2_000.0, 8_000.0
FIRST_NUMBER_EAST, FIRST_NUMBER_NORTH = 8_000, 4_000

_TREES = "ALDER ASPEN BIRCH CEDAR CHESTNUT CYPRESS DOGWOOD ELDER FIR HAZEL JUNIPER LARCH MAPLE POPLAR SPRUCE"
_BIRDS = "HERON KESTREL LARK MERLIN OSPREY PLOVER QUAIL RAVEN SPARROW SWALLOW TANAGER THRUSH WREN"
_ACROSS = tuple(
    f"{name} {kind}" for kind in ("ST", "DR", "WAY", "CT") for name in f"{_TREES} {_BIRDS}".split()
)
"""Names of streets from west to east; those from south to north are numbered avenues."""

_BIG = frozenset({"BLVD", "PKWY", "RD", "HWY", "EXPY"})

_CROSSING = re.compile(r"\s*(?:/|&)\s*")
_HOUSE = re.compile(r"(\d{1,5})\s+(.+?)(?:,|\s+(?:APT|UNIT|STE|#)\b.*|$)", re.IGNORECASE)


class _Line(msgspec.Struct, kw_only=True):
    """A street of the grid, straight across the city."""

    name: str
    is_across: bool
    """True: from west to east, at `at_m` north of the centre; else from south to north, east of it."""
    at_m: float
    number: int | None = None
    """A house number that it must have."""


def streets_geojson(layout: Layout) -> bytes:
    """A FeatureCollection as `wire.streets` of the core reads it."""
    plane = Plane(layout.centre)
    named = list(_named(layout, plane))
    extent_m = _extent_m(layout, plane)
    lines = [*named, *_others(named, extent_m, is_across=True), *_others(named, extent_m, is_across=False)]
    features = [
        _feature(plane, line, ends, extent_m) for line in lines for ends in _blocks(line, lines, extent_m)
    ]
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


def _named(layout: Layout, plane: Plane) -> Iterator[_Line]:
    """The streets that calls name: a crossing's two through the call, a house's own past it.

    A call without a position names a street that is on no file: found there, it would have one.
    """
    seen: set[str] = set()
    for call in layout.scenario.call:
        place = layout.place(call)
        streets = [name.strip().upper() for name in _CROSSING.split(call.address)]
        house = _HOUSE.match(call.address)
        if place is None:
            continue
        east_m, north_m = plane.to_xy(place)
        if len(streets) == 2:
            for name, is_across in ((streets[0], True), (streets[1], False)):
                if name not in seen:
                    yield _Line(name=name, is_across=is_across, at_m=north_m if is_across else east_m)
                seen.add(name)
        elif house is not None and house[2].upper() not in seen:
            yield _Line(name=house[2].upper(), is_across=True, at_m=north_m, number=int(house[1]))
            seen.add(house[2].upper())


def _extent_m(layout: Layout, plane: Plane) -> float:
    places = [layout.place(call) for call in layout.scenario.call] + [site.position for site in layout.sites]
    reach_m = max((abs(metres) for place in places if place for metres in plane.to_xy(place)), default=0.0)
    wanted_m = min(EXTENT_MAX_M, max(EXTENT_MIN_M, reach_m + MARGIN_M))
    return math.ceil(wanted_m / SPACING_M) * SPACING_M


def _others(named: Sequence[_Line], extent_m: float, *, is_across: bool) -> Iterator[_Line]:
    """The rest of the grid, where no named street runs already."""
    taken_m = [line.at_m for line in named if line.is_across is is_across]
    count = round(2 * extent_m / SPACING_M) + 1
    names = _ACROSS if is_across else tuple(f"{_ordinal(number)} AVE" for number in range(1, count + 1))
    free = [name for name in names if name not in {line.name for line in named}]
    places_m = [-extent_m + number * SPACING_M for number in range(count)]
    clear_m = [at_m for at_m in places_m if all(abs(at_m - other) >= SPACING_M / 2 for other in taken_m)]
    for name, at_m in zip(free, clear_m, strict=False):
        yield _Line(name=name, is_across=is_across, at_m=at_m)


def _blocks(line: _Line, lines: Sequence[_Line], extent_m: float) -> Iterator[tuple[float, float]]:
    """From crossing to crossing, metres along the street."""
    crossed_m = {other.at_m for other in lines if other.is_across is not line.is_across}
    yield from pairwise(sorted({-extent_m, *crossed_m, extent_m}))


def _feature(plane: Plane, line: _Line, ends: tuple[float, float], extent_m: float) -> dict[str, object]:
    points: list[XY] = [(along, line.at_m) if line.is_across else (line.at_m, along) for along in ends]
    first, last = (_even_number(line, along + extent_m, extent_m) for along in ends)
    properties: dict[str, object] = {"name": line.name}
    if last > first:  # odd on the left, even on the right, as seen with rising numbers
        properties |= {"left_from": first + 1, "left_to": last - 1, "right_from": first, "right_to": last - 2}
    return {
        "type": "Feature",
        "properties": properties | {"highway": _road(line)},
        "geometry": {"type": "LineString", "coordinates": [_position(plane, point) for point in points]},
    }


def _road(line: _Line) -> str:
    """What kind of road it is on the map, by its name; else a middling one each 400 m."""
    if line.name.rpartition(" ")[2] in _BIG:
        return "secondary"
    return "tertiary" if round(line.at_m) % 400 == 0 else "residential"


def _even_number(line: _Line, along_m: float, extent_m: float) -> int:
    """The even house number at so many metres from the street's beginning."""
    first = FIRST_NUMBER_EAST if line.is_across else FIRST_NUMBER_NORTH
    span = round(2 * extent_m / M_PER_NUMBER)
    if line.number is not None and not first < line.number < first + span - 2:
        first = max(0, (line.number - span // 2) // 100 * 100)
    return first + int(along_m / M_PER_NUMBER) // 2 * 2


def _position(plane: Plane, point: XY) -> list[float]:
    place = plane.to_latlon(point)
    return [round(place.longitude_deg, 7), round(place.latitude_deg, 7)]


def _ordinal(number: int) -> str:
    ending = "TH" if number % 100 in (11, 12, 13) else {1: "ST", 2: "ND", 3: "RD"}.get(number % 10, "TH")
    return f"{number}{ending}"
