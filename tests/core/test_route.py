"""Finding a way: inside the fences, clear of what is forbidden there, no longer than it must be."""

from __future__ import annotations

import heapq
import itertools
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rtcc_core.domain.airspace import Airspace, Ring, Volume, VolumeKind
from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_core.domain.heights import Agl, Amsl, Height
from rtcc_core.domain.plane import Plane
from rtcc_core.domain.route import NoRoute, Route, find_route, ground_along, highest_allowed_along
from rtcc_core.domain.separation import come_near, nearest_m
from rtcc_core.domain.terrain import Terrain, pack
from rtcc_core.wire.airspace_assembly import assemble

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CENTRE = LatLon(45.52, -122.68)
PLANE = Plane(CENTRE)
CLEARANCE_M = 30.0
LEVEL = Agl(60.0)


def at(east_m: float, north_m: float) -> LatLon:
    return PLANE.to_latlon((east_m, north_m))


def box(west: float, south: float, east: float, north: float) -> Ring:
    return at(west, south), at(east, south), at(east, north), at(west, north)


def volume(
    outline: Ring, name: str = "School", kind: VolumeKind = VolumeKind.KEEP_OUT, **more: Any
) -> Volume:
    return Volume(name=name, kind=kind, outline=outline, **more)


def fence(outline: Ring, name: str = "City", **more: Any) -> Volume:
    return volume(outline, name, VolumeKind.FENCE, **more)


def airspace(*volumes: Volume, terrain: Terrain | None = None) -> Airspace:
    return assemble(volumes, centre=CENTRE, terrain=terrain)


def route(
    start: LatLon, goal: LatLon, space: Airspace, height: Height = LEVEL, **more: Any
) -> Route | NoRoute:
    known: dict[str, Any] = {"at": NOON, "clearance_m": CLEARANCE_M, **more}
    return find_route(start, goal, airspace=space, height=height, **known)


def found(start: LatLon, goal: LatLon, space: Airspace, height: Height = LEVEL, **more: Any) -> Route:
    answer = route(start, goal, space, height, **more)
    assert isinstance(answer, Route), answer
    return answer


def refused(start: LatLon, goal: LatLon, space: Airspace, height: Height = LEVEL, **more: Any) -> NoRoute:
    answer = route(start, goal, space, height, **more)
    assert isinstance(answer, NoRoute), answer
    return answer


WEST, EAST = at(-1000, 0), at(1000, 0)
BLOCK = box(-200, -300, 200, 500)


# --- plan view ----------------------------------------------------------------------------------


def test_with_nothing_in_the_way_it_is_the_straight_line() -> None:
    way = found(WEST, EAST, Airspace())
    assert way.points == (WEST, EAST)
    assert way.length_m == distance_m(WEST, EAST)
    assert not way.is_ground_assumed


def test_it_goes_around_the_shorter_side_and_names_what_it_passes() -> None:
    way = found(WEST, EAST, airspace(volume(BLOCK)))
    assert way.passes == ("School",)
    assert len(way.points) == 4
    assert all(PLANE.to_xy(point)[1] < -329.9 for point in way.points[1:-1])
    assert way.is_ground_assumed


def test_start_or_goal_inside_is_no_route_and_names_the_volume() -> None:
    for start, goal, word in ((at(0, 0), EAST, "start"), (WEST, at(0, 0), "goal")):
        answer = refused(start, goal, airspace(volume(BLOCK)))
        assert answer.reason == f"the {word} lies in School, a keep-out"
        assert answer.volumes == ("School",)


def test_a_hole_is_free_but_has_no_way_out() -> None:
    ring = volume(box(-500, -500, 500, 500), holes=(box(-300, -300, 300, 300),))
    assert found(at(-100, 0), at(100, 0), airspace(ring)).points == (at(-100, 0), at(100, 0))
    assert refused(at(0, 0), EAST, airspace(ring)).reason == "no way leads from start to goal past School"


def test_a_gap_narrower_than_the_clearance_on_both_sides_is_no_gap() -> None:
    for gap_m, bends in ((50.0, 2), (70.0, 0)):
        halves = (box(-100, gap_m / 2, 100, 900), box(-100, -900, 100, -gap_m / 2))
        way = found(WEST, EAST, airspace(*(volume(half, f"H{i}") for i, half in enumerate(halves))))
        assert len(way.points) == 2 + bends


def test_a_start_near_an_edge_keeps_what_distance_it_has() -> None:
    way = found(at(-1000, 510), at(1000, 510), airspace(volume(box(-1010, -300, 200, 500))))
    assert way.tight == ("School",)
    assert way.length_m < 2000.5


def test_a_fence_is_never_left() -> None:
    east, west = (1500, -1500), (-1500, 1500)
    corners = ((-1500, -1500), east, (1500, 1500), (100, 1500), (100, -400), (-100, -400), (-100, 1500), west)
    notched = tuple(at(*corner) for corner in corners)
    way = found(WEST, EAST, airspace(fence(notched)))
    assert [round(PLANE.to_xy(point)[1]) for point in way.points] == [0, -430, -430, 0]
    assert way.passes == ("the fence",)


def test_fences_that_touch_are_one() -> None:
    space = airspace(
        fence(box(-1500, -500, 0, 500), "West", ceiling=Agl(120.0)),
        fence(box(0, -500, 1500, 500), "East", ceiling=Agl(100.0)),
    )
    assert found(WEST, EAST, space).points == (WEST, EAST)
    answer = refused(WEST, EAST, space, Agl(110.0))
    assert answer.reason == "the goal lies in East, which allows no higher than 100 m above ground"


def test_outside_the_fences_and_between_them_is_said() -> None:
    space = airspace(fence(box(-1500, -500, -500, 500), "West"), fence(box(500, -500, 1500, 500), "East"))
    assert refused(at(0, 0), EAST, space).reason == "the start lies outside the fences"
    assert refused(WEST, at(0, 0), space).reason == "the goal lies outside the fences"
    assert refused(WEST, EAST, space).reason == "the fences around start and goal do not join"


# --- time ---------------------------------------------------------------------------------------


def test_only_what_is_in_force_during_the_flight_is_in_the_way() -> None:
    hour = timedelta(hours=1)
    for starts_at, ends_at, is_met in (
        (None, NOON, False),
        (None, NOON + hour, True),
        (NOON + hour, None, False),
        (NOON + hour / 4, None, True),
    ):
        tfr = volume(BLOCK, "TFR", VolumeKind.RESTRICTION, starts_at=starts_at, ends_at=ends_at)
        way = found(WEST, EAST, airspace(tfr), until=NOON + hour / 2)
        assert bool(way.passes) is is_met


def test_a_fence_that_ended_leaves_no_place_to_fly() -> None:
    space = airspace(fence(box(-1500, -500, 1500, 500), ends_at=NOON + timedelta(minutes=10)))
    assert isinstance(route(WEST, EAST, space), Route)
    answer = refused(WEST, EAST, space, until=NOON + timedelta(minutes=20))
    assert answer.reason == "no fence is in force then (City)"


# --- height -------------------------------------------------------------------------------------


def test_a_ceiling_is_passed_under_and_gone_around_above_it() -> None:
    cell = volume(BLOCK, "UASFM PDX 200 ft", VolumeKind.CEILING, ceiling=Agl(60.96))
    assert found(WEST, EAST, airspace(cell), Agl(60.96)).passes == ()
    assert found(WEST, EAST, airspace(cell), Agl(61.0)).passes == ("UASFM PDX 200 ft",)
    assert "allows no higher than 61 m" in refused(at(0, 0), EAST, airspace(cell), Agl(80.0)).reason


def test_a_keep_out_is_passed_below_its_floor_and_above_its_top() -> None:
    space = airspace(volume(BLOCK, floor=Agl(50.0), ceiling=Agl(100.0)))
    for metres, is_met in ((49.0, False), (50.0, True), (100.0, True), (101.0, False)):
        assert bool(found(WEST, EAST, space, Agl(metres)).passes) is is_met


def test_heights_of_two_datums_are_compared_only_over_known_ground() -> None:
    space = airspace(volume(BLOCK, "C", VolumeKind.CEILING, ceiling=Amsl(200.0)))
    assert found(WEST, EAST, space, Agl(60.0)).passes == ("C",)  # cannot be told: in the way
    assert found(WEST, EAST, space, Agl(60.0), start_ground_m=100.0).passes == ()
    assert found(WEST, EAST, space, Agl(60.0), start_ground_m=150.0).passes == ("C",)
    assert found(WEST, EAST, space, Amsl(190.0)).passes == ()


def valley(low_m: int, high_m: int) -> Terrain:
    """6 km x 6 km in cells of about 100 m: `high_m` everywhere, `low_m` south of -200 m."""
    side, half = 60, 3000.0
    south_west, north_east = at(-half, -half), at(half, half)
    rows = [low_m if -half + (row + 0.5) * 100.0 < -200.0 else high_m for row in range(side)]
    heights = [row for row in rows for _ in range(side)]
    return Terrain(
        south_deg=south_west.latitude_deg,
        west_deg=south_west.longitude_deg,
        row_deg=(north_east.latitude_deg - south_west.latitude_deg) / side,
        column_deg=(north_east.longitude_deg - south_west.longitude_deg) / side,
        rows=side,
        columns=side,
        lowest=pack(heights),
        highest=pack([height + 20 for height in heights]),
    )


def test_a_ceiling_above_ground_follows_the_ground_on_the_way() -> None:
    # One big cell of 120 m above ground: over the plateau 80 m is fine, over the valley the same is 180 m.
    city = fence(box(-2900, -2900, 2900, 2900), ceiling=Agl(120.0))
    space = airspace(city, terrain=valley(0, 100))
    way = found(at(-1000, 500), at(1000, 500), space, Amsl(180.0))
    assert way.ground is not None
    assert (way.ground.lowest_m, way.ground.highest_m) == (100.0, 120.0)
    assert not way.is_ground_assumed
    assert (
        "allows no higher than 120 m" in refused(at(-1000, 500), at(1000, -1000), space, Amsl(180.0)).reason
    )
    assert isinstance(route(at(-1000, 500), at(1000, -1000), space, Amsl(110.0)), Route)


def test_a_height_above_the_start_is_put_on_the_ground_there() -> None:
    space = airspace(volume(BLOCK, "C", VolumeKind.CEILING, ceiling=Amsl(185.0)), terrain=valley(0, 100))
    assert found(at(-1000, 400), at(1000, 400), space, Agl(60.0)).passes == ()
    assert found(at(-1000, 400), at(1000, 400), space, Agl(70.0)).passes == ("C",)


def test_the_highest_that_a_way_may_be_flown_at() -> None:
    low = volume(box(-200, -300, 200, 300), "Low", VolumeKind.CEILING, ceiling=Agl(30.0))
    city = fence(box(-2900, -2900, 2900, 2900), ceiling=Amsl(220.0))
    way = [at(-1000, 0), at(1000, 0)]
    flat = highest_allowed_along(way, airspace=airspace(low, city), at=NOON)
    assert [limit.because for limit in flat.limits] == ["Low", "City"]
    assert flat.permits(Agl(20.0)) is None
    assert flat.permits(Agl(31.0)) is False
    assert flat.permits(Agl(20.0), 150.0) is True
    over = highest_allowed_along(way, airspace=airspace(low, city, terrain=valley(0, 100)), at=NOON)
    assert over.words() == "130 m above sea level (Low)"
    assert highest_allowed_along(way, airspace=airspace(), at=NOON).words() == "no limit here"


def test_the_ground_under_a_way_is_told_only_where_all_of_it_is_known() -> None:
    space = airspace(terrain=valley(0, 100))
    ground = ground_along([at(0, 500), at(0, -500)], space)
    assert ground is not None
    assert (ground.lowest_m, ground.highest_m) == (0.0, 120.0)
    assert ground_along([at(0, 500), at(0, 5000)], space) is None
    assert ground_along([at(0, 500), at(0, 600)], airspace()) is None


# --- for any obstacles --------------------------------------------------------------------------


@st.composite
def stars(draw: st.DrawFn, convex: bool = False) -> Ring:
    """A polygon around a point within 1.5 km, of 3 to 12 corners at 40 to 400 m."""
    middle = at(draw(st.integers(-1500, 1500)), draw(st.integers(-1500, 1500)))
    count = draw(st.integers(3, 12))
    radii = [draw(st.integers(40, 400)) for _ in range(1 if convex else count)]
    turn = draw(st.integers(0, 359))
    return tuple(
        offset(middle, (turn - 360.0 * i / count) % 360.0, radii[i % len(radii)]) for i in range(count)
    )


PLACES = st.builds(at, st.integers(-2000, 2000), st.integers(-2000, 2000))


def metric(ring: Ring) -> Any:
    return shapely.Polygon([PLANE.to_xy(corner) for corner in ring])


@settings(deadline=None, max_examples=150)
@given(rings=st.lists(stars(), min_size=1, max_size=6), start=PLACES, goal=PLACES)
def test_every_way_stays_clear_inside_and_is_the_same_length_backwards(
    rings: list[Ring], start: LatLon, goal: LatLon
) -> None:
    space = airspace(
        fence(box(-2200, -2200, 2200, 2200)), *(volume(ring, f"K{i}") for i, ring in enumerate(rings))
    )
    answer, back = route(start, goal, space), route(goal, start, space)
    assert type(answer) is type(back)
    areas = [metric(ring) for ring in rings]
    ends = [shapely.Point(PLANE.to_xy(place)) for place in (start, goal)]
    if isinstance(answer, NoRoute) or isinstance(back, NoRoute):
        return
    assert answer.length_m >= distance_m(start, goal) - 1e-6
    assert abs(answer.length_m - back.length_m) <= 0.05
    line = [PLANE.to_xy(point) for point in answer.points]
    samples = [
        shapely.Point(ax + (bx - ax) * part / 40, ay + (by - ay) * part / 40)
        for (ax, ay), (bx, by) in itertools.pairwise(line)
        for part in range(41)
    ]
    for area in areas:
        keep_m = min(CLEARANCE_M, *(0.99 * area.distance(end) for end in ends))
        assert min(area.distance(sample) for sample in samples) >= keep_m - 0.01
    assert all(max(abs(sample.x), abs(sample.y)) <= 2200.0 for sample in samples)


def brute_force_m(start: LatLon, goal: LatLon, rings: list[Ring]) -> float:
    """The shortest way over all corners, every pair of them tried with shapely."""
    areas = shapely.union_all([metric(ring) for ring in rings]).buffer(-0.005)
    nodes = [PLANE.to_xy(start), PLANE.to_xy(goal)]
    nodes += [(x, y) for ring in rings for x, y in metric(ring).exterior.coords[:-1]]
    shapely.prepare(areas)
    best, waiting = {0: 0.0}, [(0.0, 0)]
    while waiting:
        gone, here = heapq.heappop(waiting)
        if here == 1:
            return gone
        for there, node in enumerate(nodes):
            far = gone + math.dist(nodes[here], node)
            if far < best.get(there, math.inf) and not shapely.LineString([nodes[here], node]).intersects(
                areas
            ):
                best[there] = far
                heapq.heappush(waiting, (far, there))
    return math.inf


@settings(deadline=None, max_examples=60)
@given(rings=st.lists(stars(convex=True), min_size=1, max_size=5), start=PLACES, goal=PLACES)
def test_no_way_is_shorter_than_the_one_found(rings: list[Ring], start: LatLon, goal: LatLon) -> None:
    union = shapely.union_all([metric(ring) for ring in rings])
    ends = [shapely.Point(PLANE.to_xy(place)) for place in (start, goal)]
    assume(all(union.distance(end) > 1.0 for end in ends))
    # areas that nearly touch: whether there is a way between them is a matter of the last millimetre
    assume(union.buffer(0.05).buffer(-0.05).symmetric_difference(union).area < 1.0)
    shortest = brute_force_m(start, goal, rings)
    answer = route(start, goal, airspace(*(volume(ring) for ring in rings)), clearance_m=0.0)
    if isinstance(answer, NoRoute):
        assert shortest == math.inf
        return
    line = [PLANE.to_xy(point) for point in answer.points]
    length = sum(math.dist(a, b) for a, b in itertools.pairwise(line))
    # circles drawn with many corners are rounded outwards by at most 15 degrees
    assert shortest - 0.2 <= length <= shortest * 1.01 + 1.0


def test_a_field_of_cells_is_crossed_where_it_is_open() -> None:
    """300 facility map cells, one row of them high enough."""
    cells = [
        volume(
            box(-2000 + 200 * i, -1500 + 200 * j, -1800 + 200 * i, -1300 + 200 * j),
            f"C{i}.{j}",
            VolumeKind.CEILING,
            ceiling=Agl(120.0 if j == 3 else 0.0),
        )
        for i in range(20)
        for j in range(15)
    ]
    united, apart = airspace(*cells), Airspace(volumes=tuple(cells), centre=CENTRE, digest="apart")
    assert len(united.volumes) == len(cells)  # their names differ
    start, goal = at(-2500, 0), at(2500, 0)
    one, other = found(start, goal, united), found(start, goal, apart)
    assert abs(one.length_m - other.length_m) < 0.05
    middle = [PLANE.to_xy(point) for point in other.points[1:-1]]
    assert all(-900.0 <= y <= -700.0 for _, y in middle)


# --- our own aircraft ---------------------------------------------------------------------------


def test_ways_that_cross_come_near_and_ways_side_by_side_are_their_distance_apart() -> None:
    assert come_near([WEST, EAST], [at(0, -500), at(0, 500)], 0.0)
    assert abs(nearest_m([WEST, EAST], [at(-500, 120), at(500, 120)]) - 120.0) < 0.5
    assert not come_near([WEST, EAST], [at(-500, 120), at(500, 120)], 100.0)
    assert abs(nearest_m([WEST], [EAST]) - 2000.0) < 1.0
