"""ESRI ASCII grids to terrain, and what terrain answers."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.terrain import Ground, Terrain, pack, unpack
from rtcc_core.wire.terrain_grid import Area, GridUnusable, area_around, read_grid, with_surface

CELL = 0.0001
"""About 11 m north-south: six or more of them make a cell."""
SOUTH, WEST = 45.0, -122.0
WORLD = Area(-90.0, -180.0, 90.0, 180.0)

Rows = Sequence[Sequence[float]]


def grid(
    rows: Rows,
    *,
    south: float = SOUTH,
    west: float = WEST,
    cell: float = CELL,
    nodata: float | None = -9999,
    corner: str = "corner",
) -> list[bytes]:
    lines = [
        f"ncols {len(rows[0])}",
        f"nrows {len(rows)}",
        f"xll{corner} {west}",
        f"yll{corner} {south}",
        f"cellsize {cell}",
    ]
    if nodata is not None:
        lines.append(f"NODATA_value {nodata}")
    lines += [" ".join(str(height) for height in row) for row in rows]
    return [line.encode() + b"\n" for line in lines]


def flat(height: float, rows: int = 60, columns: int = 60) -> list[list[float]]:
    return [[height] * columns for _ in range(rows)]


def place(rows_up: float, columns_right: float) -> LatLon:
    """By source cells from the south-western corner."""
    return LatLon(SOUTH + rows_up * CELL, WEST + columns_right * CELL)


def test_cells_are_pooled_to_sixty_metres_with_the_lowest_and_the_highest() -> None:
    heights = flat(100.0)
    heights[59][0] = 90.4  # the south-western corner: rows come northernmost first
    heights[58][1] = 120.2
    terrain = read_grid(grid(heights), WORLD)
    assert terrain.row_deg == pytest.approx(6 * CELL)
    assert terrain.column_deg == pytest.approx(8 * CELL)
    assert (terrain.rows, terrain.columns) == (10, 8)
    assert terrain.at(place(0.5, 0.5)) == Ground(90.0, 121.0)
    assert terrain.at(place(6.5, 0.5)) == Ground(100.0, 100.0)
    assert not terrain.has_surface


def test_north_is_up() -> None:
    heights = [[float(60 - row)] * 60 for row in range(60)]
    terrain = read_grid(grid(heights), WORLD)
    assert terrain.at(place(0.5, 0.5)) == Ground(1.0, 6.0)
    assert terrain.at(place(59.5, 0.5)) == Ground(55.0, 60.0)


def test_outside_the_grid_nothing_is_known() -> None:
    terrain = read_grid(grid(flat(100.0)), WORLD)
    for rows_up, columns_right in ((-1, 5), (61, 5), (5, -1), (5, 65)):
        assert terrain.at(place(rows_up, columns_right)) is None
    assert terrain.along(place(5, 5), place(5, 80)) is None
    assert terrain.under([place(5, 5), place(5, 80)]) is None


def test_what_is_mostly_nodata_is_not_known() -> None:
    heights = flat(100.0)
    for row in range(54, 60):
        heights[row][:6] = [-9999.0] * 6  # 36 of the 48 of a cell
        heights[row][8:10] = [-9999.0] * 2  # 12 of the next
    terrain = read_grid(grid(heights), WORLD)
    assert terrain.at(place(1, 1)) is None
    assert terrain.at(place(1, 9)) == Ground(100.0, 100.0)
    assert terrain.along(place(1, 1), place(1, 30)) is None
    assert terrain.under([place(1, 1), place(10, 30)]) is None


def test_centres_and_corners_are_both_understood() -> None:
    centred = read_grid(grid(flat(1.0), corner="center", south=SOUTH + CELL / 2, west=WEST + CELL / 2), WORLD)
    assert centred.south_deg == pytest.approx(SOUTH)
    assert centred.west_deg == pytest.approx(WEST)


def test_only_the_area_of_use_is_kept_and_never_more_cells_than_allowed() -> None:
    around = area_around([place(30, 30)], 150.0)
    part = read_grid(grid(flat(5.0)), around)
    assert part.at(place(30, 30)) == Ground(5.0, 5.0)
    assert part.at(place(1, 1)) is None
    small = read_grid(grid(flat(5.0)), WORLD, cells_max=9)
    assert small.rows * small.columns <= 9
    assert small.at(place(59, 59)) == Ground(5.0, 5.0)
    with pytest.raises(GridUnusable, match="does not reach the agency"):
        read_grid(grid(flat(5.0)), area_around([LatLon(40.0, -74.0)], 25_000.0))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((2, b"xllcorner 500000\n"), "EPSG:4326"),
        ((4, b"cellsize 10\n"), "EPSG:4326"),
        ((0, b"ncols many\n"), "line 1: ncols is many"),
        ((0, b"columns 60\n"), "line 1: 'columns 60' is no header"),
        ((4, b"\n"), "lacks"),
        ((8, b"1 2 3\n"), "line 9: has 3 heights, ncols says 60"),
        ((8, b"x " * 60), "line 9: holds something that is not a number"),
        ((8, b"99999 " * 60), "line 9: a height of 99999 m"),
        ((8, b""), "after 59 of 60 rows"),
        ((8, b"1 " * 60 + b"\n" + b"1 " * 60), None),
    ],
)
def test_a_wrong_grid_is_told_with_its_line(change: tuple[int, bytes], words: str | None) -> None:
    lines = grid(flat(100.0))
    lines[change[0]] = change[1]
    with pytest.raises(GridUnusable, match=words):
        read_grid(lines, WORLD)


def test_too_many_rows_are_told() -> None:
    with pytest.raises(GridUnusable, match="line 67: there are more rows than nrows says"):
        read_grid([*grid(flat(100.0)), b"1 " * 60], WORLD)


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"\x00" * 500, b"hello\n"])
def test_what_is_no_grid_is_refused(raw: bytes) -> None:
    with pytest.raises(GridUnusable):
        read_grid([raw], WORLD)


def test_roofs_raise_the_highest_alone() -> None:
    ground = read_grid(grid(flat(100.0)), WORLD)
    roofs = flat(101.0)
    roofs[59][0] = 160.0
    both = with_surface(ground, read_grid(grid(roofs), WORLD))
    assert both.at(place(1, 1)) == Ground(100.0, 160.0)
    assert both.at(place(1, 20)) == Ground(100.0, 101.0)
    assert both.has_surface
    with pytest.raises(GridUnusable, match="elsewhere"):
        with_surface(ground, read_grid(grid(roofs, south=46.0), WORLD))


def test_a_surface_on_another_grid_is_never_missed() -> None:
    rng = random.Random(7)
    ground = read_grid(grid(flat(0.0, 90, 90)), WORLD)
    for _ in range(30):
        roofs = flat(1.0, 40, 40)
        row, column = rng.randrange(40), rng.randrange(40)
        roofs[row][column] = 300.0
        shift, cell = rng.uniform(0, 0.001), rng.choice([0.00009, 0.00013, 0.0002])
        surface = read_grid(grid(roofs, south=SOUTH + shift, west=WEST + shift, cell=cell), WORLD)
        spot = LatLon(SOUTH + shift + (39 - row + 0.5) * cell, WEST + shift + (column + 0.5) * cell)
        under = with_surface(ground, surface).at(spot)
        assert under is not None
        assert under.highest_m == 300.0


@given(st.lists(st.integers(-32768, 32767), max_size=200))
def test_packed_heights_come_back(heights: list[int]) -> None:
    assert list(unpack(pack(heights))) == heights


PLACES = st.tuples(st.floats(1, 119), st.floats(1, 119))
HILLS = random.Random(3)
UNEVEN = [[HILLS.uniform(0, 300) for _ in range(120)] for _ in range(120)]
HILLY: Terrain = read_grid(grid(UNEVEN), WORLD)


@given(a=PLACES, b=PLACES)
def test_along_a_line_no_height_is_missed(a: tuple[float, float], b: tuple[float, float]) -> None:
    ground = HILLY.along(place(*a), place(*b))
    assert ground is not None
    for part in range(101):
        up, right = (one + (other - one) * part / 100 for one, other in zip(a, b, strict=True))
        if min(abs(up - round(up)), abs(right - round(right))) < 1e-6:
            continue  # on the line between two cells
        height = UNEVEN[119 - int(up)][int(right)]
        assert ground.lowest_m <= height <= ground.highest_m
    box = HILLY.under([place(*a), place(*b)])
    assert box is not None
    assert box.lowest_m <= ground.lowest_m
    assert box.highest_m >= ground.highest_m
    assert len(list(HILLY.pieces(place(*a), place(*b)))) <= 40
