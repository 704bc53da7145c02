"""Which piece of the earth stands in which cells: Web Mercator, north up, whatever the terminal's glyphs.

A cell is taken to be twice as high as wide, as terminals' fonts are; so circles stay round. Columns and
rows are real numbers here: (0, 0) is the upper left corner of the upper left cell, (0.5, 0.5) its middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from rtcc_core.domain.geo import LatLon
from rtcc_tui.words import round_units

MERCATOR_RADIUS_M = 6_378_137.0
"""Of the sphere of Web Mercator (EPSG:3857), metres."""

WORLD_M = 2.0 * math.pi * MERCATOR_RADIUS_M
"""Once around the equator."""

NORTHMOST_DEG = 85.051_128
"""Where Web Mercator ends: its world is a square. What lies beyond is drawn on its edge."""

FINEST, COARSEST = 0, 38
"""Steps of the scale: one metre of Mercator in a column, and more than the world on a screen."""

POINTS_KEPT = 8_192
"""Calls and sites stand still: where they are on the plane is worked out once, not for every drawing."""

_NICE = (1.0, 2.0, 5.0)

LARGE_FROM = 0.999
"""Of a mile or a kilometre: shorter lengths are told in feet or metres."""


@lru_cache(maxsize=POINTS_KEPT)
def mercator(point: LatLon) -> tuple[float, float]:
    """Metres east of Greenwich and north of the equator on the Mercator plane."""
    latitude = max(-NORTHMOST_DEG, min(NORTHMOST_DEG, point.latitude_deg))
    y = math.asinh(math.tan(math.radians(latitude))) * MERCATOR_RADIUS_M
    return math.radians(point.longitude_deg) * MERCATOR_RADIUS_M, y


def unmercator(x: float, y: float) -> LatLon:
    """The point at these Mercator metres; once around the world is the same point."""
    latitude = math.degrees(math.atan(math.sinh(y / MERCATOR_RADIUS_M)))
    longitude = (math.degrees(x / MERCATOR_RADIUS_M) + 180.0) % 360.0 - 180.0
    return LatLon(max(-90.0, min(90.0, latitude)), longitude)


def around(x: float, centre_x: float) -> float:
    """`x` in the world that is nearest to `centre_x`: what lies just over the antimeridian is near."""
    return centre_x + (x - centre_x + WORLD_M / 2.0) % WORLD_M - WORLD_M / 2.0


@lru_cache(maxsize=COARSEST + 1)
def metres_of(step: int) -> float:
    """Mercator metres in one column at a step of the scale; two steps are a factor of two."""
    return math.exp2(max(FINEST, min(COARSEST, step)) / 2.0)


def step_for(metres: float) -> int:
    """The finest step at which a column holds at least so many Mercator metres."""
    if not metres > 1.0:
        return FINEST
    return min(COARSEST, math.ceil(2.0 * math.log2(metres) - 1e-9))


def round_length_m(length_m: float) -> float:
    """The nearest round length (1, 2, 5, 10 …) that is no shorter; at least one metre."""
    if not length_m > 1.0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(length_m))
    return next((power * nice for nice in _NICE if power * nice >= length_m * 0.999), power * 10.0)


def ruler(length_m: float) -> tuple[float, str]:
    """A length no shorter that is round in the agency's units, in metres and in words: `500 ft`, `2 km`."""
    (small_m, small), (large_m, large) = round_units()
    length = round_length_m(length_m / small_m)
    if length * small_m < LARGE_FROM * large_m:
        return length * small_m, f"{length:g} {small}"
    length = round_length_m(10.0 * length_m / large_m) / 10.0
    return length * large_m, f"{length:g} {large}"


def length_words(length_m: float) -> str:
    """A round length as `ruler` says it."""
    (small_m, small), (large_m, large) = round_units()
    tenths = 10.0 * length_m / large_m
    is_large = length_m >= LARGE_FROM * large_m and abs(tenths - round(tenths)) < 1e-6 * tenths
    return f"{length_m / large_m:.6g} {large}" if is_large else f"{length_m / small_m:.6g} {small}"


@dataclass(frozen=True, slots=True)
class Viewport:
    """What a map shows."""

    centre: LatLon
    step: int
    """Of the scale; see `metres_of`."""
    columns: int
    rows: int

    @property
    def column_m(self) -> float:
        """Mercator metres in a column; a row holds twice as many."""
        return metres_of(self.step)

    @property
    def ground_m(self) -> float:
        """Real metres on the ground in a column, at the centre."""
        latitude = max(-NORTHMOST_DEG, min(NORTHMOST_DEG, self.centre.latitude_deg))
        return self.column_m * math.cos(math.radians(latitude))

    def place(self, point: LatLon) -> tuple[float, float]:
        """Column and row of a point, inside the viewport or not."""
        x, y = mercator(point)
        centre_x, centre_y = mercator(self.centre)
        east = around(x, centre_x) - centre_x
        return (
            east / self.column_m + self.columns / 2.0,
            (centre_y - y) / (2.0 * self.column_m) + self.rows / 2.0,
        )

    def cell(self, point: LatLon) -> tuple[int, int] | None:
        """The cell a point lies in; None outside."""
        column, row = self.place(point)
        if not (0.0 <= column < self.columns and 0.0 <= row < self.rows):
            return None
        return int(column), int(row)

    def point(self, column: float, row: float) -> LatLon:
        """The point at a column and a row."""
        centre_x, centre_y = mercator(self.centre)
        east = (column - self.columns / 2.0) * self.column_m
        south = (row - self.rows / 2.0) * 2.0 * self.column_m
        return unmercator(centre_x + east, centre_y - south)

    def moved(self, columns: float, rows: float) -> Viewport:
        """The same, so many cells further east and south; it stops at the edges of the world."""
        return replace(self, centre=self.point(self.columns / 2.0 + columns, self.rows / 2.0 + rows))

    def scaled(self, steps: int) -> Viewport:
        """The same centre, so many steps coarser."""
        return replace(self, step=max(FINEST, min(COARSEST, self.step + steps)))

    def holds(self, point: LatLon, margin: float = 0.0) -> bool:
        """True where a point lies inside, at least this part of the width and height from every edge."""
        column, row = self.place(point)
        return (
            margin * self.columns <= column <= (1.0 - margin) * self.columns
            and margin * self.rows <= row <= (1.0 - margin) * self.rows
        )
