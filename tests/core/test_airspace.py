"""Volumes, their heights and times, and how high one may fly over a point."""

from __future__ import annotations

import itertools
import operator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.airspace import (
    Airspace,
    AirspaceSource,
    Allowed,
    SourceKind,
    Volume,
    VolumeKind,
    highest_allowed,
    may_reach,
    volumes_at,
)
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.heights import Agl, Amsl, Height
from rtcc_core.domain.terrain import Ground, Terrain, pack
from rtcc_core.wire.airspace_assembly import assemble, distance_from_m

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HERE = LatLon(45.5, -122.6)
CITY = LatLon(45.52, -122.62)


def square(south: float = 45.49, west: float = -122.61, side: float = 0.02) -> tuple[LatLon, ...]:
    return (
        LatLon(south, west),
        LatLon(south, west + side),
        LatLon(south + side, west + side),
        LatLon(south + side, west),
    )


def volume(kind: VolumeKind = VolumeKind.KEEP_OUT, name: str = "V", **more: Any) -> Volume:
    return Volume(**{"name": name, "kind": kind, "outline": square(), **more})


def ceiling(height: Height, name: str = "C", **more: Any) -> Volume:
    return volume(VolumeKind.CEILING, name, ceiling=height, **more)


def airspace(*volumes: Volume, **more: Any) -> Airspace:
    return assemble(volumes, centre=CITY, **more)


# --- heights ------------------------------------------------------------------------------------


def test_heights_have_no_order_among_each_other() -> None:
    heights: list[Any] = [Agl(10.0), Amsl(10.0)]
    for one, other in itertools.product(heights, heights):
        with pytest.raises(TypeError):
            operator.lt(one, other)
    assert heights[0] != heights[1]


def test_a_height_takes_the_ground_to_change_its_datum() -> None:
    assert Agl(60.0).over(100.0) == Amsl(160.0)
    assert Amsl(160.0).over_ground(100.0) == Agl(60.0)


@pytest.mark.parametrize("metres", [float("nan"), float("inf")])
@pytest.mark.parametrize("datum", [Agl, Amsl])
def test_a_height_is_a_number(datum: type[Agl | Amsl], metres: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        datum(metres)


METRES = st.floats(-400, 4000)


@given(height=METRES, limit=METRES, low=METRES, rise=st.floats(0, 500), data=st.data())
def test_what_may_reach_a_volume_is_never_missed(
    height: float, limit: float, low: float, rise: float, data: st.DataObject
) -> None:
    """Over any ground within the span, a flight that really is against the volume is said to be."""
    ground = Ground(low, low + rise)
    real = data.draw(st.floats(low, low + rise))
    datums: tuple[type[Agl | Amsl], ...] = (Agl, Amsl)
    for flown, bound in itertools.product(datums, datums):
        true_height = height + (real if flown is Agl else 0.0)
        true_limit = limit + (real if bound is Agl else 0.0)
        if true_height > true_limit + 0.02:
            assert may_reach(ceiling(bound(limit)), flown(height), ground)
        if true_height <= true_limit:
            assert may_reach(volume(ceiling=bound(limit)), flown(height), ground)
        if true_height >= true_limit:
            assert may_reach(volume(floor=bound(limit)), flown(height), ground)
    for flown, bound in itertools.permutations(datums):
        assert may_reach(ceiling(bound(limit)), flown(height), None)
        assert may_reach(volume(floor=bound(limit)), flown(height), None)


# --- which volumes hold -------------------------------------------------------------------------


def test_a_volume_holds_from_its_start_until_just_before_its_end() -> None:
    timed = volume(starts_at=NOON, ends_at=NOON + HOUR)
    for offset, is_held in ((-1, False), (0, True), (3599, True), (3600, False)):
        assert timed.holds_at(NOON + timedelta(seconds=offset)) is is_held
    assert timed.is_expired(NOON + HOUR)
    assert timed.holds_between(NOON - HOUR, NOON)
    assert not timed.holds_between(NOON + HOUR, NOON + 2 * HOUR)
    assert airspace(timed, volume()).expired(NOON + HOUR) == (timed,)


def test_volumes_at_a_point_a_time_and_a_height() -> None:
    space = airspace(
        volume(name="low", ceiling=Agl(50.0)),
        volume(name="later", starts_at=NOON + HOUR),
        volume(name="elsewhere", outline=square(45.6)),
        volume(name="holed", outline=square(45.48, -122.62, 0.04), holes=(square(),)),
        ceiling(Amsl(100.0), "cell"),
    )

    def names(height: Height | None = None, ground_amsl_m: float | None = None) -> list[str]:
        return [v.name for v in volumes_at(space, HERE, NOON, height, ground_amsl_m)]

    assert names() == ["low", "cell"]
    assert names(Agl(40.0)) == ["low", "cell"]  # no ground: whether it is over the cell cannot be told
    assert names(Agl(40.0), 20.0) == ["low"]
    assert names(Agl(60.0), 20.0) == []
    assert names(Amsl(120.0), 20.0) == ["cell"]


def test_the_highest_allowed_names_the_strictest_of_each_datum() -> None:
    space = airspace(ceiling(Agl(120.0), "high"), ceiling(Agl(60.0), "low"), ceiling(Amsl(150.0), "sea"))
    allowed = highest_allowed(space, HERE, NOON)
    assert allowed.words() == "60 m above ground (low) and 150 m above sea level (sea)"
    assert allowed.permits(Agl(50.0)) is None
    assert allowed.permits(Agl(61.0)) is False
    assert allowed.permits(Agl(50.0), 100.0) is True
    assert allowed.permits(Agl(55.0), 100.0) is False
    over = highest_allowed(space, HERE, NOON, 80.0)
    assert over.words() == "140 m above sea level (low)"
    assert highest_allowed(space, CITY, NOON) == Allowed()
    assert Allowed().permits(Agl(9000.0)) is True


def test_under_a_keep_out_one_may_fly_up_to_its_floor() -> None:
    assert highest_allowed(airspace(volume(floor=Agl(30.0))), HERE, NOON).words() == "30 m above ground (V)"
    assert highest_allowed(airspace(volume()), HERE, NOON).permits(Agl(1.0)) is False


def test_terrain_under_the_point_is_the_ground() -> None:
    terrain = Terrain(
        south_deg=45.0, west_deg=-123.0, row_deg=1.0, column_deg=1.0, rows=1, columns=1,
        lowest=pack([80]), highest=pack([95]),
    )  # fmt: skip
    space = airspace(ceiling(Agl(60.0)), terrain=terrain)
    assert highest_allowed(space, HERE, NOON).words() == "140 m above sea level (C)"
    assert volumes_at(space, HERE, NOON, Amsl(140.0)) == ()
    assert len(volumes_at(space, HERE, NOON, Amsl(141.0))) == 1


# --- put together -------------------------------------------------------------------------------


def test_it_travels_as_json_whole() -> None:
    space = airspace(
        volume(VolumeKind.FENCE, ends_at=NOON),
        volume(floor=Agl(1.0), ceiling=Amsl(2.0), holes=(square(45.495, -122.605, 0.01),)),
        sources=(AirspaceSource(name="own.geojson", kind=SourceKind.OWN, read_at=NOON, problems=("bad",)),),
    )
    again = msgspec.json.decode(msgspec.json.encode(space), type=Airspace)
    assert again == space
    assert hash(again) == hash(space)
    assert again.problems == ("own.geojson: bad",)


def test_the_digest_is_of_the_content_and_not_of_the_reading() -> None:
    def source(**more: Any) -> AirspaceSource:
        return AirspaceSource(**{"name": "f", "kind": SourceKind.OWN, "read_at": NOON, **more})

    one = airspace(volume(), sources=(source(),))
    assert airspace(volume(), sources=(source(read_at=NOON + HOUR, written_at=NOON),)).digest == one.digest
    assert airspace(volume(), sources=(source(problems=("x",)),)).digest != one.digest
    assert airspace(volume(name="W"), sources=(source(),)).digest != one.digest


def test_alike_cells_side_by_side_become_one_without_terrain_only() -> None:
    cells = [
        ceiling(
            Agl(height), f"UASFM PDX {height:.0f}", outline=square(45.4 + 0.02 * row, -122.6 + 0.02 * column)
        )
        for row in range(4)
        for column in range(5)
        for height in [0.0 if column < 2 else 60.0]
    ]
    united = airspace(*cells)
    assert [len(v.outline) for v in united.volumes] == [4, 4]
    for row, column in itertools.product(range(4), range(5)):
        middle = LatLon(45.41 + 0.02 * row, -122.59 + 0.02 * column)
        assert highest_allowed(united, middle, NOON) == highest_allowed(
            Airspace(volumes=tuple(cells)), middle, NOON
        )
    flat = Terrain(
        south_deg=45.0, west_deg=-123.0, row_deg=1.0, column_deg=1.0, rows=1, columns=1,
        lowest=pack([0]), highest=pack([0]),
    )  # fmt: skip
    assert len(airspace(*cells, terrain=flat).volumes) == 20


def test_the_union_of_the_fences_follows_their_times() -> None:
    always = volume(VolumeKind.FENCE, "A")
    event = volume(VolumeKind.FENCE, "B", outline=square(45.51), starts_at=NOON, ends_at=NOON + HOUR)
    before, during, after = airspace(always, event).fenced
    assert [len(fenced.areas) for fenced in (before, during, after)] == [1, 1, 1]
    assert before.areas == after.areas != during.areas
    assert (during.starts_at, during.ends_at) == (NOON, NOON + HOUR)
    gone = airspace(volume(VolumeKind.FENCE, ends_at=NOON)).fenced
    assert [len(fenced.areas) for fenced in gone] == [1, 0]
    assert airspace(volume()).fenced == ()


def test_the_distance_to_a_volume_is_from_its_edge() -> None:
    assert distance_from_m(volume(), [HERE]) == 0.0
    assert distance_from_m(volume(), [LatLon(46.0, -122.6), LatLon(45.6, -122.6)]) == pytest.approx(
        10_007, abs=5
    )
