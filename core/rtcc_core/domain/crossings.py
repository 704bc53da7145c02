"""Where streets meet: found once, when the agency's files are read.

Two streets meet where their lines touch or cross, whether or not a vertex is shared: a caller names the
overpass too. Edges are compared only within the cells of a grid, so that a city takes a second or two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from rtcc_core.domain.plane import XY, point_to_segment_m

TOUCH_M = 2.0
"""Lines that end this near to each other meet: files are drawn to about that."""

JOINED_M = 60.0
"""Meeting points of two streets nearer than this are one crossing: the carriageways of a divided road."""

_CELL_M = 150.0
_EDGE_MAX_M = 2 * _CELL_M
_PARALLEL = TOUCH_M / _EDGE_MAX_M
"""Sine of the angle below which two edges run along each other; where such edges cross, an end of one lies
within the touch distance of the other."""

Edge = tuple[int, XY, XY]
"""Street, from, to."""


def meetings(lines: Iterable[tuple[int, Sequence[XY]]]) -> dict[tuple[int, int], list[XY]]:
    """Every meeting point of each two streets, as (lower, higher) number; `lines` are in metres."""
    found: dict[tuple[int, int], set[XY]] = {}
    for edges in _cells(lines).values():
        for at, (street, a, b) in enumerate(edges):
            for other, p, q in edges[at + 1 :]:
                if street == other:
                    continue
                pair = (street, other) if street < other else (other, street)
                for x, y in _meet(a, b, p, q):
                    found.setdefault(pair, set()).add((round(x, 1), round(y, 1)))
    return {pair: sorted(points) for pair, points in found.items()}


def clusters(points: Iterable[XY], joined_m: float = JOINED_M) -> list[tuple[XY, float]]:
    """Points that belong together as (middle, radius in metres), in the order of their coordinates."""
    groups: list[list[XY]] = []
    for point in sorted(points):
        near = next((group for group in groups if math.dist(group[0], point) <= joined_m), None)
        if near is None:
            groups.append([point])
        else:
            near.append(point)
    return [_middle(group) for group in groups]


def _middle(group: Sequence[XY]) -> tuple[XY, float]:
    middle = (sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group))
    return middle, max(math.dist(middle, point) for point in group)


def _cells(lines: Iterable[tuple[int, Sequence[XY]]]) -> dict[tuple[int, int], list[Edge]]:
    """Edges by every cell that their box, widened by the touch distance, lies in."""
    cells: dict[tuple[int, int], list[Edge]] = {}
    for street, line in lines:
        for a, b in _short_edges(line):
            edge = (street, a, b)
            for cell in _covered(a, b):
                cells.setdefault(cell, []).append(edge)
    return cells


def _short_edges(line: Sequence[XY]) -> Iterator[tuple[XY, XY]]:
    """The edges, long ones cut: the box of a long slanted edge would cover half the city."""
    for a, b in pairwise(line):
        parts = max(1, math.ceil(math.dist(a, b) / _EDGE_MAX_M))
        ends = [
            (a[0] + (b[0] - a[0]) * part / parts, a[1] + (b[1] - a[1]) * part / parts)
            for part in range(1, parts)
        ]
        yield from zip((a, *ends), (*ends, b), strict=True)


def _covered(a: XY, b: XY) -> Iterator[tuple[int, int]]:
    west, east = sorted((a[0], b[0]))
    south, north = sorted((a[1], b[1]))
    for column in range(math.floor((west - TOUCH_M) / _CELL_M), math.floor((east + TOUCH_M) / _CELL_M) + 1):
        for row in range(
            math.floor((south - TOUCH_M) / _CELL_M), math.floor((north + TOUCH_M) / _CELL_M) + 1
        ):
            yield column, row


def _meet(a: XY, b: XY, p: XY, q: XY) -> Iterator[XY]:
    """Where two edges cross, or where one's end touches the other."""
    if (
        max(a[0], b[0]) + TOUCH_M < min(p[0], q[0])
        or max(p[0], q[0]) + TOUCH_M < min(a[0], b[0])
        or max(a[1], b[1]) + TOUCH_M < min(p[1], q[1])
        or max(p[1], q[1]) + TOUCH_M < min(a[1], b[1])
    ):
        return
    ux, uy, vx, vy = b[0] - a[0], b[1] - a[1], q[0] - p[0], q[1] - p[1]
    turn = ux * vy - uy * vx
    if abs(turn) > _PARALLEL * math.hypot(ux, uy) * math.hypot(vx, vy):
        wx, wy = p[0] - a[0], p[1] - a[1]
        along, across = (wx * vy - wy * vx) / turn, (wx * uy - wy * ux) / turn
        if 0.0 <= along <= 1.0 and 0.0 <= across <= 1.0:
            yield a[0] + along * ux, a[1] + along * uy
            return
    for end in (a, b):
        if point_to_segment_m(end, p, q) <= TOUCH_M:
            yield end
    for end in (p, q):
        if point_to_segment_m(end, a, b) <= TOUCH_M:
            yield end
