"""The lowest and the highest ground (or roof) in each cell of a grid.

Both ends are kept, because caution points both ways: an aircraft must clear the highest thing under it, and
its height above ground is largest over the lowest. A cell holds whole metres, the lowest rounded down and
the highest rounded up.
"""

from __future__ import annotations

import array
import itertools
import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from rtcc_core.domain.geo import LatLon

NOT_KNOWN = -32768
"""In a packed grid: nothing is known about this cell."""

_SAME_POINT = 1e-9


class Ground(msgspec.Struct, frozen=True):
    """The ground under a point, a line or an area, metres above mean sea level."""

    lowest_m: float
    highest_m: float
    """With roofs and trees where the agency's file has them."""


class Terrain(msgspec.Struct, frozen=True, kw_only=True):
    """A grid of ground heights; rows run from south to north, columns from west to east."""

    south_deg: float
    west_deg: float
    row_deg: float
    """Height of a cell, degrees of latitude."""
    column_deg: float
    """Width of a cell, degrees of longitude."""
    rows: int
    columns: int
    lowest: bytes
    """`pack` of rows x columns heights."""
    highest: bytes
    has_surface: bool = False
    """True where `highest` includes buildings and trees (a surface model), not the bare ground alone."""

    def at(self, point: LatLon) -> Ground | None:
        """The ground in the point's cell; None outside the grid and where nothing is known."""
        row, column = self._place(point)
        return self._cell(math.floor(row), math.floor(column))

    def along(self, a: LatLon, b: LatLon) -> Ground | None:
        """The ground under every cell that the line touches; None where any of it is not known."""
        return _all_of(self._cell(row, column) for row, column in self._touched(a, b))

    def pieces(self, a: LatLon, b: LatLon) -> Iterator[tuple[LatLon, Ground | None]]:
        """For each cell that the line touches: its middle, and its ground."""
        for row, column in self._touched(a, b):
            latitude = min(90.0, max(-90.0, self.south_deg + (row + 0.5) * self.row_deg))
            longitude = min(180.0, max(-180.0, self.west_deg + (column + 0.5) * self.column_deg))
            yield LatLon(latitude, longitude), self._cell(row, column)

    def under(self, corners: Sequence[LatLon]) -> Ground | None:
        """The ground in the box around the corners; None where any of it is not known."""
        places = [self._place(corner) for corner in corners]
        rows = [math.floor(row) for row, _ in places]
        columns = [math.floor(column) for _, column in places]
        south, north, west, east = min(rows), max(rows), min(columns), max(columns)
        if south < 0 or west < 0 or north >= self.rows or east >= self.columns:
            return None
        lowest, highest = unpack(self.lowest), unpack(self.highest)
        spans = [
            slice(row * self.columns + west, row * self.columns + east + 1) for row in range(south, north + 1)
        ]
        low = min(min(lowest[span]) for span in spans)
        if low == NOT_KNOWN:
            return None
        return Ground(float(low), float(max(max(highest[span]) for span in spans)))

    def _place(self, point: LatLon) -> tuple[float, float]:
        east_deg = (point.longitude_deg - self.west_deg + 180.0) % 360.0 - 180.0
        return (point.latitude_deg - self.south_deg) / self.row_deg, east_deg / self.column_deg

    def _cell(self, row: int, column: int) -> Ground | None:
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            return None
        index = row * self.columns + column
        low, high = unpack(self.lowest)[index], unpack(self.highest)[index]
        return None if NOT_KNOWN in (low, high) else Ground(float(low), float(high))

    def _touched(self, a: LatLon, b: LatLon) -> Iterator[tuple[int, int]]:
        """Rows and columns from a to b, cell by neighbouring cell."""
        (y, x), (y_end, x_end) = self._place(a), self._place(b)
        row, column = math.floor(y), math.floor(x)
        last = math.floor(y_end), math.floor(x_end)
        up, right = (1 if y_end > y else -1), (1 if x_end > x else -1)
        dy, dx = abs(y_end - y), abs(x_end - x)
        next_row = math.inf if dy == 0 else ((row + (up > 0)) - y) * up / dy
        next_column = math.inf if dx == 0 else ((column + (right > 0)) - x) * right / dx
        yield row, column
        for _ in range(abs(last[0] - row) + abs(last[1] - column)):
            if abs(next_row - next_column) < _SAME_POINT:  # through a corner: the cell beside it counts too
                yield row, column + right
            if next_row <= next_column:
                row, next_row = row + up, next_row + 1.0 / dy
            else:
                column, next_column = column + right, next_column + 1.0 / dx
            yield row, column


def _all_of(cells: Iterator[Ground | None]) -> Ground | None:
    lowest, highest = math.inf, -math.inf
    for cell in cells:
        if cell is None:
            return None
        lowest, highest = min(lowest, cell.lowest_m), max(highest, cell.highest_m)
    return Ground(lowest, highest)


def pack(heights: Sequence[int]) -> bytes:
    """Whole metres, -32,768 … 32,767, as a short byte string: differences from one to the next, deflated."""
    steps = [(b - a) & 0xFFFF for a, b in zip((0, *heights), heights, strict=False)]
    return zlib.compress(struct.pack(f"<{len(steps)}H", *steps), 9)


@lru_cache(maxsize=8)
def unpack(packed: bytes) -> array.array[int]:
    """The heights again. Kept for the last few grids: they are read at every draw and every gate."""
    raw = zlib.decompress(packed)
    steps = struct.unpack(f"<{len(raw) // 2}H", raw)
    sums = itertools.accumulate(steps, lambda height, step: (height + step) & 0xFFFF)
    return array.array("h", (height - 0x10000 if height & 0x8000 else height for height in sums))
