"""Names of streets: along those that run level, across those that do not, and only where there is room."""

from __future__ import annotations

import re

import numpy as np
from rich.cells import cell_len

from rtcc_core.domain.street_map import RoadClass
from rtcc_tui.map.drawing import Drawing
from rtcc_tui.map.labels import Board, Word, printable
from rtcc_tui.map.raster import dots
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

_SHORT = {
    "Avenue": "Ave", "Boulevard": "Blvd", "Circle": "Cir", "Court": "Ct", "Drive": "Dr", "Expressway": "Expy",
    "Freeway": "Fwy", "Highway": "Hwy", "Lane": "Ln", "Parkway": "Pkwy", "Place": "Pl", "Road": "Rd",
    "Square": "Sq", "Street": "St", "Terrace": "Ter", "North": "N", "South": "S", "East": "E", "West": "W",
    "Northeast": "NE", "Northwest": "NW", "Southeast": "SE", "Southwest": "SW",
}  # fmt: skip
"""As addresses shorten them (USPS Publication 28, sections 23 and 24, appendix C)."""

_LONG = re.compile(r"\b(" + "|".join(_SHORT) + r")\b")


def street_names(streets: Streets, viewport: Viewport, drawing: Drawing, obstacles: Board) -> list[Word]:
    """Where names would stand, the most important road first; they do not overlap each other."""
    most = viewport.columns * viewport.rows // CELLS_TO_A_NAME
    found: list[Word] = []
    for name, row, first, last in _stretches(streets, viewport, drawing):
        if len(found) >= most:
            break
        text = printable(_shortened(streets.source.names[name]), limit=LONGEST, is_ascii=drawing.is_directed)
        width = cell_len(text)
        column = min(max(1, (first + last + 1 - width) // 2), viewport.columns - width - 1)
        # A free cell on either side and a free row above and below: two names are never read as one.
        margins = [
            (column - 2, row, width + 4),
            (column - 1, row - 1, width + 2),
            (column - 1, row + 1, width + 2),
        ]
        if not text or not all(_is_clear(obstacles, *margin) for margin in margins):
            continue
        if obstacles.write(column, row, text, Tone.QUIET):
            found.append(Word(column, row, text, Tone.QUIET))
    return found


def _is_clear(board: Board, column: int, row: int, width: int) -> bool:
    """True where no cell on the board is taken; what lies beyond the edge is clear."""
    if not 0 <= row < board.rows:
        return True
    start, end = max(0, column), min(board.columns, column + width)
    return start >= end or board.is_free(start, row, end - start)


def _stretches(streets: Streets, viewport: Viewport, drawing: Drawing) -> list[tuple[int, int, int, int]]:
    """Name, row and the first and last column of the row in which each named road is longest in sight."""
    lines = streets.shown(viewport, drawing)
    crossed = dots(lines, viewport)
    names, classes = streets.names[crossed.pieces], streets.classes[crossed.pieces]
    named_to = np.array([_NAMED_TO_M[road_class] for road_class in RoadClass])
    is_named = (names > 0) & (named_to[classes] >= viewport.ground_m)
    if not is_named.any():
        return []
    names, classes = names[is_named], classes[is_named]
    cells = np.unique(
        (names * viewport.rows + crossed.rows[is_named]) * viewport.columns + crossed.columns[is_named]
    )
    lines_of, starts, counts = np.unique(cells // viewport.columns, return_index=True, return_counts=True)
    owner = lines_of // viewport.rows
    best_class = np.full(int(names.max()) + 1, 255, dtype=np.int64)
    np.minimum.at(best_class, names, classes.astype(np.int64))
    total = np.bincount(owner, weights=counts, minlength=len(best_class))
    # The longest row of each name; of equal ones (a road straight up) the one in the middle.
    order = np.lexsort((np.abs(lines_of % viewport.rows - viewport.rows // 2), -counts, owner))
    _, first = np.unique(owner[order], return_index=True)
    chosen = order[first]
    ranked = chosen[np.lexsort((-total[owner[chosen]], best_class[owner[chosen]]))]
    found = []
    for at in ranked:
        name, row = int(owner[at]), int(lines_of[at] % viewport.rows)
        columns = cells[starts[at] : starts[at] + counts[at]] % viewport.columns
        if total[name] >= min(LONGEST, len(streets.source.names[name])) * 0.6:
            found.append((name, row, int(columns[0]), int(columns[-1])))
    return found


def _shortened(name: str) -> str:
    return _LONG.sub(lambda word: _SHORT[word.group()], name)
