"""ESRI ASCII grids (.asc) to terrain: a header of key and value, then rows of heights, northernmost first.

    ncols 2400
    nrows 1800
    xllcorner -122.90          (or xllcenter, yllcenter)
    yllcorner 45.40
    cellsize 0.0000926         degrees of longitude and latitude, WGS 84 (or NAD 83: within 2 m)
    NODATA_value -9999
    12.4 12.6 …                metres above mean sea level

Cells are pooled to at least 60 m, keeping the lowest and the highest of each, so that a whole city fits into
one event. A second grid of the same form may hold the surface with its buildings and trees.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.plane import M_PER_DEGREE
from rtcc_core.domain.terrain import NOT_KNOWN, Terrain, pack, unpack
from rtcc_core.domain.text import clean

CELL_MIN_M = 60.0
CELLS_MAX = 250_000
"""Of the pooled grid: about 100 m for 50 km x 50 km."""

LINE_MAX = 4_000_000
"""Characters of one row: 200,000 columns are more than any grid that is of use here."""

LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""Heights outside are not heights of ground in metres."""

KNOWN_SHARE = 0.5
"""A pooled cell with less than this of its source cells known counts as not known."""

Heights = NDArray[np.float32]


class GridUnusable(ValueError):
    """The grid cannot be used; the message names the line, what is wrong, and the remedy."""


class Area(msgspec.Struct, frozen=True):
    """The part of a grid that is of use, degrees."""

    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float


class _Header(msgspec.Struct, frozen=True):
    columns: int
    rows: int
    west_deg: float
    south_deg: float
    cell_deg: float
    nodata: float
    lines: int
    """How many lines it takes."""


def area_around(points: Sequence[LatLon], reach_m: float) -> Area:
    """The box that holds everything within reach of the points."""
    high = max(abs(point.latitude_deg) for point in points)
    up = reach_m / M_PER_DEGREE
    across = up / max(0.05, math.cos(math.radians(min(85.0, high))))
    latitudes = [point.latitude_deg for point in points]
    longitudes = [point.longitude_deg for point in points]
    return Area(min(latitudes) - up, min(longitudes) - across, max(latitudes) + up, max(longitudes) + across)


def read_grid(lines: Iterable[bytes], area: Area, *, cells_max: int = CELLS_MAX) -> Terrain:
    """The grid within the area. Raises GridUnusable.

    Reads line by line: a file larger than memory is no trouble.
    """
    reading = iter(lines)
    header, first_row = _header(reading)
    window = _Window(header, area, cells_max)
    lowest, highest = window.pool(_rows(header, first_row, reading))
    return Terrain(
        south_deg=window.south_deg,
        west_deg=window.west_deg,
        row_deg=header.cell_deg * window.factor_rows,
        column_deg=header.cell_deg * window.factor_columns,
        rows=lowest.shape[0],
        columns=lowest.shape[1],
        lowest=pack(_whole(np.floor(lowest))),
        highest=pack(_whole(np.ceil(highest))),
    )


def with_surface(ground: Terrain, surface: Terrain) -> Terrain:
    """The ground, with the highest of a surface grid (roofs, trees) as its highest.

    Where the surface is not known the ground's own highest stays. Raises GridUnusable where the two grids
    have no cell in common.
    """
    highest = np.array(unpack(ground.highest), dtype=np.int16).reshape(ground.rows, ground.columns)
    above = np.array(unpack(surface.highest), dtype=np.int16).reshape(surface.rows, surface.columns)
    rows = _overlaps(ground.south_deg, ground.row_deg, ground.rows, surface.south_deg, surface.row_deg)
    columns = _overlaps(
        ground.west_deg, ground.column_deg, ground.columns, surface.west_deg, surface.column_deg
    )
    touched = False
    for row, (south, north) in enumerate(rows):
        band = above[max(0, south) : max(0, north + 1)]
        for column, (west, east) in enumerate(columns):
            block = band[:, max(0, west) : max(0, east + 1)]
            if block.size and (top := int(block.max())) != NOT_KNOWN:
                touched = True
                if highest[row, column] != NOT_KNOWN:
                    highest[row, column] = max(highest[row, column], top)
    if not touched:
        raise GridUnusable("the surface grid lies elsewhere than the ground grid: check its corner")
    return msgspec.structs.replace(ground, highest=pack(highest.ravel().tolist()), has_surface=True)


def _overlaps(start: float, step: float, count: int, other: float, width: float) -> list[tuple[int, int]]:
    """For each cell of one axis: first and last cell of the other grid's axis under it."""
    edge = 1e-9
    return [
        (
            math.floor((start + i * step - other) / width + edge),
            math.ceil((start + (i + 1) * step - other) / width - edge) - 1,
        )
        for i in range(count)
    ]


class _Window:
    """Which rows and columns of the source are used, and how many of them make a cell."""

    def __init__(self, header: _Header, area: Area, cells_max: int) -> None:
        cell = header.cell_deg
        self.first_column = max(0, math.floor((area.west_deg - header.west_deg) / cell))
        end_column = min(header.columns, math.ceil((area.east_deg - header.west_deg) / cell))
        north_deg = header.south_deg + header.rows * cell
        self.first_row = max(0, math.floor((north_deg - area.north_deg) / cell))  # counted from the north
        end_row = min(header.rows, math.ceil((north_deg - area.south_deg) / cell))
        self.width, self.height = end_column - self.first_column, end_row - self.first_row
        if self.width <= 0 or self.height <= 0:
            east_deg = header.west_deg + header.columns * cell
            raise GridUnusable(
                f"the grid ({header.south_deg:g} … {north_deg:g} N, {header.west_deg:g} … {east_deg:g} E)"
                " does not reach the agency: is it another place?"
            )
        self.south_deg = north_deg - end_row * cell
        self.west_deg = header.west_deg + self.first_column * cell
        cell_m = cell * M_PER_DEGREE
        middle = math.radians(self.south_deg + self.height * cell / 2)
        self.factor_rows = max(1, math.ceil(CELL_MIN_M / cell_m - 1e-9))
        self.factor_columns = max(1, math.ceil(CELL_MIN_M / (cell_m * max(0.05, math.cos(middle))) - 1e-9))
        while self._count() > cells_max:
            self.factor_rows += 1
            self.factor_columns = max(self.factor_columns, round(self.factor_rows / math.cos(middle)))

    def _count(self) -> int:
        return math.ceil(self.height / self.factor_rows) * math.ceil(self.width / self.factor_columns)

    def pool(self, rows: Iterator[Heights]) -> tuple[Heights, Heights]:
        """Lowest and highest of each pooled cell, south first; NaN where not known.

        Cells are counted from the south-western corner; the last of each axis may be cut short.
        """
        bands: list[tuple[Heights, Heights]] = []
        waiting: list[Heights] = []
        last = self.first_row + self.height
        for number, row in enumerate(rows):
            if not self.first_row <= number < last:
                continue
            waiting.append(row[self.first_column : self.first_column + self.width])
            if (last - 1 - number) % self.factor_rows == 0:
                bands.append(_pooled(np.stack(waiting), self.factor_columns))
                waiting = []
        bands.reverse()
        return np.stack([low for low, _ in bands]), np.stack([high for _, high in bands])


def _pooled(band: Heights, factor: int) -> tuple[Heights, Heights]:
    """Some rows to one row of cells: lowest and highest."""
    starts = np.arange(0, band.shape[1], factor)
    low = np.fmin.reduceat(np.fmin.reduce(band, axis=0), starts)
    high = np.fmax.reduceat(np.fmax.reduce(band, axis=0), starts)
    known = np.add.reduceat(np.isfinite(band).sum(axis=0), starts)
    whole = np.add.reduceat(np.full(band.shape[1], band.shape[0]), starts)
    is_unknown = known < KNOWN_SHARE * whole
    low[is_unknown] = high[is_unknown] = np.nan
    return low, high


def _whole(heights: Heights) -> list[int]:
    return [int(number) for number in np.nan_to_num(heights, nan=NOT_KNOWN).ravel()]


# --- the text -----------------------------------------------------------------------------------

_KEYS = ("ncols", "nrows", "xllcorner", "xllcenter", "yllcorner", "yllcenter", "cellsize", "nodata_value")


def _header(lines: Iterator[bytes]) -> tuple[_Header, bytes]:
    """The header, and the first line after it."""
    values: dict[str, float] = {}
    for number, line in enumerate(lines, start=1):
        words = line[:200].decode("ascii", "replace").split()
        if words and words[0].lower() in _KEYS and len(words) == 2:
            values[words[0].lower()] = _header_value(words, number)
        elif words and not words[0][0].isalpha():
            return _checked(values, number - 1), line
        elif words:
            raise GridUnusable(
                f"line {number}: {clean(' '.join(words), limit=40)!r} is no header of an ESRI ASCII grid;"
                " there are ncols, nrows, xllcorner, yllcorner, cellsize, NODATA_value"
            )
        if number > 20:
            break
    raise GridUnusable("it has no rows of heights: is it an ESRI ASCII grid (.asc)?")


def _header_value(words: Sequence[str], number: int) -> float:
    try:
        value = float(words[1])
    except ValueError:
        value = math.nan
    if not math.isfinite(value) and words[0].lower() != "nodata_value":
        raise GridUnusable(
            f"line {number}: {clean(words[0], limit=20)} is {clean(words[1], limit=20)}, not a number"
        )
    return value


def _checked(values: dict[str, float], lines: int) -> _Header:
    cell = values.get("cellsize", 0.0)
    half = {"x": cell / 2 if "xllcenter" in values else 0.0, "y": cell / 2 if "yllcenter" in values else 0.0}
    west = values.get("xllcorner", values.get("xllcenter"))
    south = values.get("yllcorner", values.get("yllcenter"))
    columns, rows = values.get("ncols", 0.0), values.get("nrows", 0.0)
    where = "line 1" if lines <= 1 else f"lines 1 … {lines}"
    if west is None or south is None or cell <= 0.0 or columns < 1 or rows < 1:
        raise GridUnusable(f"{where}: the header lacks ncols, nrows, xllcorner, yllcorner or cellsize")
    west, south = west - half["x"], south - half["y"]
    north, east = south + rows * cell, west + columns * cell
    is_on_earth = west >= -181.0 and east <= 181.0 and south >= -90.1 and north <= 90.1
    if not is_on_earth or cell > 1.0:
        raise GridUnusable(
            f"{where}: corner {west:g} {south:g} with cells of {cell:g} is not in degrees;"
            " export the grid again in WGS 84 longitude and latitude (EPSG:4326)"
        )
    nodata = values.get("nodata_value", -9999.0)
    return _Header(int(columns), int(rows), west, south, cell, nodata, lines)


def _rows(header: _Header, first: bytes, lines: Iterator[bytes]) -> Iterator[Heights]:
    """Each row of heights, NaN for NODATA."""
    line, number, count = first, header.lines + 1, 0
    while True:
        if line.strip():
            count += 1
            if count > header.rows:
                raise GridUnusable(f"line {number}: there are more rows than nrows says ({header.rows})")
            yield _row(header, line, number)
        following = next(lines, None)
        if following is None:
            break
        line, number = following, number + 1
    if count < header.rows:
        raise GridUnusable(f"line {number}: the file ends after {count} of {header.rows} rows")


def _row(header: _Header, line: bytes, number: int) -> Heights:
    words = line.split() if len(line) <= LINE_MAX else []
    if len(words) != header.columns:
        raise GridUnusable(f"line {number}: has {len(words)} heights, ncols says {header.columns}")
    try:
        heights = np.array(words, dtype=np.float32)
    except ValueError as error:
        raise GridUnusable(f"line {number}: holds something that is not a number") from error
    heights[heights == np.float32(header.nodata)] = np.nan
    with np.errstate(invalid="ignore"):
        is_wrong = (heights < LOWEST_M) | (heights > HIGHEST_M)
    if is_wrong.any():
        wrong = float(heights[is_wrong][0])
        raise GridUnusable(
            f"line {number}: a height of {wrong:g} m; heights are metres above sea level,"
            f" and what is not known is the header's NODATA_value ({header.nodata:g})"
        )
    return heights
