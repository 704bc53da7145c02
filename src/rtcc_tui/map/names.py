"""Names of streets: along those that run level, across those that do not, and only where there is room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from rich.cells import cell_len

from rtcc_core.domain.street_map import RoadClass
from rtcc_tui.map.drawing import Drawing
from rtcc_tui.map.labels import Board, Word, printable
from rtcc_tui.map.raster import Ints, dots
from rtcc_tui.map.streets import Streets
from rtcc_tui.map.viewport import Viewport
from rtcc_tui.spans import Tone

LONGEST = 22
"""Cells of the longest name that is written; a longer one is cut."""

CELLS_TO_A_NAME = 110
"""At most one name for so many cells of the map: it is for streets, not for reading."""

_NAMED_TO_M: dict[RoadClass, float] = {
    RoadClass.MOTORWAY: 400.0,
    RoadClass.ARTERIAL: 90.0,
    RoadClass.COLLECTOR: 35.0,
    RoadClass.LOCAL: 14.0,
    RoadClass.WATER: 90.0,
    RoadClass.RAIL: 0.0,
    RoadClass.SERVICE: 0.0,
    RoadClass.PATH: 0.0,
}
"""Up to how many metres of ground in a column names of each class are written."""

LONG_ENOUGH = 0.6
"""A road is named that crosses so many cells for each character of its name."""

_PARTS = (0.5, 0.2, 0.8)
"""Where along a road its name is tried."""

_SHORT = {
    "Avenue": "Ave", "Boulevard": "Blvd", "Circle": "Cir", "Court": "Ct", "Drive": "Dr", "Expressway": "Expy",
    "Freeway": "Fwy", "Highway": "Hwy", "Lane": "Ln", "Parkway": "Pkwy", "Place": "Pl", "Road": "Rd",
    "Square": "Sq", "Street": "St", "Terrace": "Ter", "North": "N", "South": "S", "East": "E", "West": "W",
    "Northeast": "NE", "Northwest": "NW", "Southeast": "SE", "Southwest": "SW",
}  # fmt: skip
"""As addresses shorten them (USPS Publication 28, sections 23 and 24, appendix C)."""

_LONG = re.compile(r"\b(" + "|".join(_SHORT) + r")\b")


def street_names(
    streets: Streets, viewport: Viewport, drawing: Drawing, obstacles: Board
) -> list[tuple[Word, ...]]:
    """Where each name would stand, the most important road first; behind it other places along its road.

    The first places do not overlap each other.
    """
    most = viewport.columns * viewport.rows // CELLS_TO_A_NAME
    found: list[tuple[Word, ...]] = []
    for name, stretches in _stretches(streets, viewport, drawing):
        if len(found) >= most:
            break
        text = printable(_shortened(streets.source.names[name]), limit=LONGEST, is_ascii=drawing.is_directed)
        width = cell_len(text)
        # A free cell on either side and a free row above and below: two names are never read as one.
        clear = [
            Word(column, stretch.row, text, Tone.QUIET)
            for stretch in stretches
            for column in stretch.columns(width, viewport.columns)
            if text and _is_clear_around(obstacles, column, stretch.row, width)
        ]
        if clear and obstacles.write(clear[0].column, clear[0].row, text, Tone.QUIET):
            found.append(tuple(clear))
    return found


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The part of a road that lies in one row."""

    row: int
    first: int
    last: int

    def columns(self, width: int, columns: int) -> list[int]:
        """Where a name of this width begins: in the middle; along a long stretch elsewhere, too."""
        room = self.last + 1 - self.first - width
        parts = _PARTS if room >= width else _PARTS[:1]
        return [min(max(1, self.first + round(room * part)), columns - width - 1) for part in parts]


def _is_clear_around(board: Board, column: int, row: int, width: int) -> bool:
    near = all(_is_clear(board, column - 1, row + down, width + 2) for down in (-1, 1))
    return column >= 0 and near and _is_clear(board, column - 2, row, width + 4)


def _is_clear(board: Board, column: int, row: int, width: int) -> bool:
    """True where no cell on the board is taken; what lies beyond the edge is clear."""
    if not 0 <= row < board.rows:
        return True
    start, end = max(0, column), min(board.columns, column + width)
    return start >= end or board.is_free(start, row, end - start)


def _stretches(
    streets: Streets, viewport: Viewport, drawing: Drawing
) -> Iterator[tuple[int, list[_Stretch]]]:
    """Each name in sight that is worth writing, and the rows its road is longest in; main roads first."""
    lines = streets.shown(viewport, drawing)
    crossed = dots(lines, viewport)
    names, classes = streets.names[crossed.pieces], streets.classes[crossed.pieces]
    named_to = np.array([_NAMED_TO_M[road_class] for road_class in RoadClass])
    is_named = (names > 0) & (named_to[classes] >= viewport.ground_m)
    if not is_named.any():
        return
    names, classes = names[is_named], classes[is_named].astype(np.int64)
    rows_of = names * viewport.rows + crossed.rows[is_named]
    cells = np.unique(rows_of * viewport.columns + crossed.columns[is_named])
    rows_of, starts, counts = np.unique(cells // viewport.columns, return_index=True, return_counts=True)
    owner, row = rows_of // viewport.rows, rows_of % viewport.rows
    best_class = np.full(int(names.max()) + 1, 255, dtype=np.int64)
    np.minimum.at(best_class, names, classes)
    total = np.bincount(owner, weights=counts, minlength=len(best_class))
    # The longest row of each name first; of equal ones (a road straight up) the one in the middle.
    order = np.lexsort((np.abs(row - viewport.rows // 2), -counts, owner))
    present, first, sizes = np.unique(owner[order], return_index=True, return_counts=True)
    for at in np.lexsort((-total[present], best_class[present])).tolist():
        name, begin, size = int(present[at]), int(first[at]), int(sizes[at])
        if total[name] >= min(LONGEST, len(streets.source.names[name])) * LONG_ENOUGH:
            tried = dict.fromkeys((0, size // 2, size * 3 // 4))
            yield name, [_stretch(cells, viewport, starts, counts, int(order[begin + n])) for n in tried]


def _stretch(cells: Ints, viewport: Viewport, starts: Ints, counts: Ints, number: int) -> _Stretch:
    inside = cells[starts[number] : starts[number] + counts[number]]
    row = int(inside[0] // viewport.columns % viewport.rows)
    return _Stretch(row, int(inside[0] % viewport.columns), int(inside[-1] % viewport.columns))


def _shortened(name: str) -> str:
    """The first of several names (OpenStreetMap divides them by semicolons), its words as on letters."""
    return _LONG.sub(lambda word: _SHORT[word.group()], name.partition(";")[0].strip())
