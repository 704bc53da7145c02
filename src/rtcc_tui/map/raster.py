"""Lines to cells: clipped (Liang and Barsky 1984), stepped from dot to dot, a kind of line for each cell.

Everything is done for all lines at once; a city's 77,000 pieces of road take a few milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rtcc_tui.map.drawing import EAST_WEST, FALLING, NORTH_SOUTH, RISING, Drawing
from rtcc_tui.map.ink import LOOKS, Ink
from rtcc_tui.map.viewport import Viewport, mercator

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

NOTHING = 255
"""The kind of a cell that no line crosses."""

_CHUNK = 200_000
"""Lines that are stepped at once: bounds the memory for a map of a whole state."""

_DASH = np.array([LOOKS[ink].dash for ink in Ink], dtype=np.uint8)
_BIT_OF_DIRECTION = np.array([EAST_WEST, NORTH_SOUTH, RISING, FALLING], dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Pieces of line between two points each, Mercator metres, in any order."""

    ends: Floats
    """Rows x0, y0, x1, y1; one column for each piece."""
    inks: Bytes

    def __len__(self) -> int:
        return len(self.inks)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What lines make of the cells of a viewport, rows x columns."""

    bits: Bytes
    inks: Bytes
    """The kind of line that wins the cell; NOTHING where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Dots:
    """Every dot that is set: its column and row in cells, and the piece of line it belongs to."""

    columns: Ints
    rows: Ints
    pieces: Ints


def raster(lines: Lines, viewport: Viewport, drawing: Drawing) -> Cells:
    """The cells of these lines."""
    shape = (viewport.rows, viewport.columns)
    bits = np.zeros(shape, dtype=np.uint8)
    inks = np.full(shape, NOTHING, dtype=np.uint8)
    if len(lines) and bits.size:
        ends, pieces = visible(lines, viewport)
        for start in range(0, len(pieces), _CHUNK):
            part = slice(start, start + _CHUNK)
            _draw(ends[:, part], lines.inks[pieces[part]], drawing, bits, inks)
    return Cells(bits, inks)


def dots(lines: Lines, viewport: Viewport) -> Dots:
    """The cells that each piece crosses, one dot to a cell: what names are placed by."""
    ends, pieces = visible(lines, viewport)
    ends, pieces = ends[:, :_CHUNK], pieces[:_CHUNK]
    x, y, owner = _step(ends, np.ones(2))
    is_in = (x >= 0) & (y >= 0) & (x < viewport.columns) & (y < viewport.rows)
    return Dots(x[is_in], y[is_in], pieces[owner[is_in]])


def visible(lines: Lines, viewport: Viewport) -> tuple[Floats, Ints]:
    """The pieces in sight, cut off at the edges, in cells; and which pieces they are."""
    centre_x, centre_y = mercator(viewport.centre)
    across, down = viewport.column_m, 2.0 * viewport.column_m
    half_x, half_y = (viewport.columns / 2.0 + 1.0) * across, (viewport.rows / 2.0 + 1.0) * down
    x0, y0, x1, y1 = lines.ends
    in_box = (np.maximum(x0, x1) >= centre_x - half_x) & (np.minimum(x0, x1) <= centre_x + half_x)
    in_box &= (np.maximum(y0, y1) >= centre_y - half_y) & (np.minimum(y0, y1) <= centre_y + half_y)
    pieces = np.flatnonzero(in_box)
    ends = lines.ends[:, pieces]
    ends[0::2] = (ends[0::2] - centre_x) / across + viewport.columns / 2.0
    ends[1::2] = (centre_y - ends[1::2]) / down + viewport.rows / 2.0
    kept = clip(ends, viewport.columns, viewport.rows)
    return ends[:, kept], pieces[kept]


def clip(ends: Floats, width: float, height: float) -> NDArray[np.bool_]:
    """Cut pieces off at the edges of 0 … width, 0 … height, in place; True for those that are still there."""
    x0, y0, x1, y1 = ends
    dx, dy = x1 - x0, y1 - y0
    enter, leave = np.zeros(len(x0)), np.ones(len(x0))
    is_there = np.ones(len(x0), dtype=np.bool_)
    for run, room in ((-dx, x0), (dx, width - x0), (-dy, y0), (dy, height - y0)):
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            at = room / run
        enter = np.where(run < 0.0, np.maximum(enter, at), enter)
        leave = np.where(run > 0.0, np.minimum(leave, at), leave)
        is_there &= (run != 0.0) | (room >= 0.0)
    is_there &= enter <= leave
    ends[2], ends[3] = x0 + leave * dx, y0 + leave * dy
    ends[0], ends[1] = x0 + enter * dx, y0 + enter * dy
    return is_there


def _step(ends: Floats, dots_in_cell: Floats) -> tuple[Ints, Ints, Ints]:
    """From dot to dot along each piece: columns and rows of the dots, and whose they are."""
    x0, y0 = ends[0] * dots_in_cell[0], ends[1] * dots_in_cell[1]
    dx, dy = ends[2] * dots_in_cell[0] - x0, ends[3] * dots_in_cell[1] - y0
    steps = np.ceil(np.maximum(np.abs(dx), np.abs(dy))).astype(np.int64)
    counts = steps + 1
    owner = np.repeat(np.arange(len(steps)), counts)
    first = np.cumsum(counts) - counts
    part = (np.arange(len(owner)) - first[owner]) / np.maximum(steps, 1)[owner]
    x = np.floor(x0[owner] + dx[owner] * part).astype(np.int64)
    y = np.floor(y0[owner] + dy[owner] * part).astype(np.int64)
    return x, y, owner


def _draw(ends: Floats, inks: Bytes, drawing: Drawing, bits: Bytes, kinds: Bytes) -> None:
    rows, columns = bits.shape
    x, y, owner = _step(ends, np.array([drawing.dots_x, drawing.dots_y], dtype=np.float64))
    column, row = x // drawing.dots_x, y // drawing.dots_y
    shown = (x >= 0) & (y >= 0) & (column < columns) & (row < rows)
    dash = _DASH[inks][owner]
    # By place, not by length: the gaps stand still while the line grows at its other end.
    shown &= (dash == 0) | ((x + 2 * y) % 5 < dash)
    x, y, owner = x[shown], y[shown], owner[shown]
    cell = row[shown] * columns + column[shown]
    if drawing.is_directed:
        values = _BIT_OF_DIRECTION[_directions(ends)][owner]
    else:
        values = np.array(drawing.bits, dtype=np.uint8)[y % drawing.dots_y, x % drawing.dots_x]
    np.bitwise_or.at(bits.reshape(-1), cell, values)
    np.minimum.at(kinds.reshape(-1), cell, inks[owner])


def _directions(ends: Floats) -> Ints:
    """0 east-west, 1 north-south, 2 rising to the right, 3 falling; as they look in cells."""
    dx, dy = ends[2] - ends[0], ends[3] - ends[1]
    is_rising = (dx > 0.0) != (dy > 0.0)
    slanted = np.where(is_rising, 2, 3)
    flat = np.where(np.abs(dy) * 2.0 <= np.abs(dx), 0, slanted)
    return np.where(np.abs(dx) * 2.0 < np.abs(dy), 1, flat)
