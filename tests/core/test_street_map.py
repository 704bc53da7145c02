"""The map's lines in bytes and out again; hostile bytes."""

from __future__ import annotations

import zlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.street_map import MapUnusable, Road, RoadClass, StreetMap, pack, street_map, unpack

points = st.builds(
    lambda lat, lon: LatLon(lat / 1e7, lon / 1e7),
    st.integers(-900_000_000, 900_000_000),
    st.integers(-1_800_000_000, 1_800_000_000),
)
roads = st.builds(
    Road,
    st.sampled_from(RoadClass),
    st.text(max_size=80),
    st.lists(points, min_size=2, max_size=5).map(tuple),
)
maps = st.lists(roads, max_size=8).map(lambda some: street_map(some, name="Elk Meadow", credit="own"))
A_MAP = street_map(
    [
        Road(RoadClass.LOCAL, "Elk Park Dr", (LatLon(38.42, -121.41), LatLon(38.43, -121.42))),
        Road(RoadClass.MOTORWAY, "", (LatLon(38.0, -121.0), LatLon(38.5, -121.5), LatLon(39.0, -121.5))),
    ],
    name="Elk Meadow",
    credit="made by hand",
)


@given(maps)
def test_a_map_comes_back_as_it_was_packed(streets: StreetMap) -> None:
    assert unpack(pack(streets)) == streets


@given(st.lists(roads, max_size=8))
def test_every_line_is_there_again(some: list[Road]) -> None:
    back = list(street_map(some).roads())
    assert [(road.road_class, road.line) for road in back] == [(road.road_class, road.line) for road in some]


def test_a_map_knows_its_bounds_and_its_names_once() -> None:
    assert A_MAP.bounds is not None
    assert A_MAP.bounds.centre == LatLon(38.5, -121.25)
    assert A_MAP.names == ("", "Elk Park Dr")
    assert (len(A_MAP), A_MAP.points) == (2, 5)
    assert street_map([]).bounds is None


def test_names_are_cleaned_on_both_ways() -> None:
    line = (LatLon(1.0, 1.0), LatLon(2.0, 2.0))
    streets = street_map([Road(RoadClass.LOCAL, "Main\x1b[2J \u202eSt", line)])
    assert streets.names[1] == "Main[2J St"
    hostile = msgspec.structs.replace(streets, names=("", "\x1b]52;c;x\x07"), credit="\x9b31m")
    assert unpack(pack(hostile)).names[1] == "]52;c;x"
    assert unpack(pack(hostile)).credit == "31m"


@given(st.binary(max_size=200))
def test_no_bytes_at_all_break_the_reader(noise: bytes) -> None:
    for packed in (noise, b"RTCCMAP\x01" + noise, b"RTCCMAP\x01" + zlib.compress(noise)):
        with pytest.raises(MapUnusable):
            unpack(packed)


@given(st.integers(0, 7), st.binary(max_size=40) | st.integers() | st.text(max_size=4) | st.none())
def test_no_part_of_a_map_can_be_swapped_for_another(part: int, other: object) -> None:
    parts = msgspec.msgpack.decode(zlib.decompress(pack(A_MAP)[8:]))
    parts[part] = other
    try:
        packed = msgspec.msgpack.encode(parts)
    except OverflowError:
        return
    try:
        streets = unpack(b"RTCCMAP\x01" + zlib.compress(packed))
    except MapUnusable:
        return
    assert len(list(streets.roads())) == len(A_MAP)


def test_a_cut_or_newer_map_says_what_to_do() -> None:
    packed = pack(A_MAP)
    with pytest.raises(MapUnusable, match="cut short"):
        unpack(packed[:-6])
    with pytest.raises(MapUnusable, match="version 9"):
        unpack(packed[:7] + b"\x09" + packed[8:])
    with pytest.raises(MapUnusable, match="rtcc map import"):
        unpack(b"PK\x03\x04")


def test_a_bomb_is_not_inflated() -> None:
    bomb = b"RTCCMAP\x01" + zlib.compress(bytes(80 << 20), 1)
    with pytest.raises(MapUnusable, match="too large"):
        unpack(bomb)
