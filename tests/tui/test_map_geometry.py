"""The map's projection, clipping and rasterising: what is in sight is drawn where it is, and nothing else."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_tui.map.drawing import BLOCK, BRAILLE, DRAWINGS, STROKES, Drawing
from rtcc_tui.map.ink import Ink
from rtcc_tui.map.overlay import Pencil
from rtcc_tui.map.raster import NOTHING, Cells, Lines, clip, raster
from rtcc_tui.map.viewport import COARSEST, FINEST, Viewport, metres_of, round_length_m, step_for

SCREEN = (40, 12)
latitudes = st.floats(-80.0, 80.0)
longitudes = st.floats(-180.0, 180.0)
anywhere = st.builds(LatLon, st.floats(-90.0, 90.0), longitudes)
viewports = st.builds(
    Viewport,
    st.builds(LatLon, latitudes, longitudes),
    st.integers(FINEST, 24),
    st.integers(1, 160),
    st.integers(1, 60),
)
drawings = st.sampled_from(DRAWINGS)
ends = st.lists(st.tuples(*[st.floats(-60.0, 100.0)] * 4), min_size=1, max_size=20)


def near(a: float, b: float) -> bool:
    return math.isclose(a, b, abs_tol=1e-3, rel_tol=1e-6)


@given(viewports, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_cell_is_a_point_and_back(viewport: Viewport, right: float, down: float) -> None:
    column, row = right * viewport.columns, down * viewport.rows
    back = viewport.place(viewport.point(column, row))
    assert near(back[0], column)
    assert near(back[1], row)


@given(viewports, st.integers(-3, 3), st.integers(-3, 3))
def test_panning_there_and_back_is_no_change(viewport: Viewport, east: int, south: int) -> None:
    moved = viewport.moved(east * viewport.columns / 2, south * viewport.rows / 2)
    back = moved.moved(-east * viewport.columns / 2, -south * viewport.rows / 2)
    assert distance_m(back.centre, viewport.centre) < max(1.0, viewport.ground_m)


@given(viewports, st.integers(-4, 4))
def test_zooming_keeps_the_middle_and_can_be_taken_back(viewport: Viewport, steps: int) -> None:
    scaled = viewport.scaled(steps)
    assert scaled.centre == viewport.centre
    assert FINEST <= scaled.step <= COARSEST
    if FINEST < scaled.step < COARSEST:
        assert scaled.scaled(-steps) == viewport


@given(anywhere, viewports)
def test_every_point_of_the_earth_has_a_place_and_only_those_in_sight_a_cell(
    point: LatLon, viewport: Viewport
) -> None:
    column, row = viewport.place(point)
    assert math.isfinite(column)
    assert math.isfinite(row)
    cell = viewport.cell(point)
    if cell is not None:
        assert 0 <= cell[0] < viewport.columns
        assert 0 <= cell[1] < viewport.rows


def test_what_lies_just_over_the_antimeridian_is_near() -> None:
    viewport = Viewport(LatLon(-17.0, 179.999), 8, 80, 20)
    assert viewport.cell(offset(viewport.centre, 90.0, 400.0)) is not None
    assert viewport.point(79.0, 10.0).longitude_deg < 0.0


@given(st.floats(min_value=1e-3, max_value=1e9))
def test_scales_and_lengths_are_rounded_up_to_the_next_step(metres: float) -> None:
    step = step_for(metres)
    assert step == COARSEST or metres_of(step) >= metres * (1 - 1e-6)
    assert step in (FINEST, COARSEST) or metres_of(step - 1) < metres
    assert metres * 0.99 <= round_length_m(metres) <= max(1.0, metres * 2.6)


@given(ends)
def test_clipped_pieces_lie_inside_and_on_their_own_line(pieces: list[tuple[float, ...]]) -> None:
    whole = np.array(pieces, dtype=np.float64).T.copy()
    cut = whole.copy()
    kept = clip(cut, *SCREEN)
    for number in np.flatnonzero(kept):
        x0, y0, x1, y1 = cut[:, number]
        for x, y in ((x0, y0), (x1, y1)):
            assert -1e-6 <= x <= SCREEN[0] + 1e-6
            assert -1e-6 <= y <= SCREEN[1] + 1e-6
            a, b = whole[:2, number], whole[2:, number]
            across = (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])
            assert abs(across) <= 1e-6 * max(1.0, float(np.hypot(*(b - a))))


@given(ends)
def test_a_piece_with_an_end_inside_is_never_dropped(pieces: list[tuple[float, ...]]) -> None:
    cut = np.array(pieces, dtype=np.float64).T.copy()
    kept = clip(cut, *SCREEN)
    for number, (x0, y0, x1, y1) in enumerate(pieces):
        inside = any(0 <= x <= SCREEN[0] and 0 <= y <= SCREEN[1] for x, y in ((x0, y0), (x1, y1)))
        assert not inside or kept[number]


def drawn(points: list[tuple[float, float]], drawing: Drawing, ink: Ink = Ink.STREET) -> Cells:
    """A line through columns and rows of a small screen."""
    viewport = Viewport(LatLon(38.0, -121.0), 8, *SCREEN)
    pencil = Pencil(viewport)
    pencil.draw([viewport.point(*point) for point in points], ink)
    return raster(pencil.lines, viewport, drawing)


def dots_of(cells: Cells, drawing: Drawing) -> set[tuple[int, int]]:
    rows, columns = cells.bits.shape
    return {
        (column * drawing.dots_x + x, row * drawing.dots_y + y)
        for row in range(rows)
        for column in range(columns)
        for y in range(drawing.dots_y)
        for x in range(drawing.dots_x)
        if int(cells.bits[row, column]) & drawing.bits[y][x]
    }


inside = st.tuples(st.floats(0.3, 39.7), st.floats(0.3, 11.7))


@given(inside, inside, st.sampled_from((BRAILLE, BLOCK)))
def test_a_line_is_connected_from_end_to_end(a: Any, b: Any, drawing: Drawing) -> None:
    found = dots_of(drawn([a, b], drawing), drawing)
    first = (int(a[0] * drawing.dots_x), int(a[1] * drawing.dots_y))
    reached, edge = set(), [min(found, key=lambda dot: math.dist(dot, first))]
    assert math.dist(edge[0], first) <= 2.0  # the projection's rounding at a dot's edge
    while edge:
        x, y = edge.pop()
        if (x, y) not in reached:
            reached.add((x, y))
            edge += [(x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (x + i, y + j) in found]
    assert reached == found


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=2, max_size=8), drawings)
def test_whatever_is_drawn_stays_on_its_screen(points: list[tuple[float, float]], drawing: Drawing) -> None:
    cells = drawn(points, drawing)
    assert cells.bits.shape == cells.inks.shape == SCREEN[::-1]
    assert ((cells.bits != 0) == (cells.inks != NOTHING)).all()


def test_the_more_important_line_wins_the_cell() -> None:
    viewport = Viewport(LatLon(38.0, -121.0), 8, *SCREEN)
    pencil = Pencil(viewport)
    for ink in (Ink.STREET, Ink.KEEP_OUT, Ink.MOTORWAY):
        pencil.draw([viewport.point(0, 6.1), viewport.point(40, 6.1)], ink)
    assert set(raster(pencil.lines, viewport, BRAILLE).inks[6].tolist()) == {Ink.KEEP_OUT}


def test_strokes_show_the_direction_of_a_line() -> None:
    for points, expected in (
        ([(5.5, 6.5), (35.5, 6.5)], "-"),
        ([(20.5, 1.5), (20.5, 10.5)], "|"),
        ([(15.5, 9.5), (21.5, 3.5)], "/"),
        ([(15.5, 3.5), (21.5, 9.5)], "\\"),
    ):
        cells = drawn(points, STROKES)
        assert {STROKES.characters[bits] for bits in cells.bits[cells.bits != 0].tolist()} == {expected}


def test_gaps_stand_still_while_a_line_grows() -> None:
    short = drawn([(2.0, 6.1), (20.0, 6.1)], BRAILLE, Ink.ROUTE)
    long = drawn([(2.0, 6.1), (38.0, 6.1)], BRAILLE, Ink.ROUTE)
    assert (short.bits[:, :19] == long.bits[:, :19]).all()
    assert 0 < len(dots_of(long, BRAILLE)) < 60


def test_no_lines_draw_nothing() -> None:
    viewport = Viewport(LatLon(0.0, 0.0), 8, *SCREEN)
    empty = Lines(np.zeros((4, 0)), np.zeros(0, dtype=np.uint8))
    assert not raster(empty, viewport, BRAILLE).bits.any()
    assert len(Pencil(viewport).lines) == 0
