"""Street files: names in common use and own ones; dirt is told, and fatal is only what is no such file."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.streets import HouseRange
from rtcc_core.wire.streets import (
    PROBLEMS_MAX,
    StreetKeys,
    StreetsRead,
    StreetsUnusable,
    read_csv,
    read_geojson,
)

LINE = {"type": "LineString", "coordinates": [[-121.372, 38.408], [-121.370, 38.408]]}
POINT = {"type": "Point", "coordinates": [-121.371, 38.409]}
NEAR = LatLon(38.4088, -121.3716)


def geojson(*features: tuple[dict[str, Any] | None, Any], **members: Any) -> bytes:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": p, "geometry": g} for p, g in features],
            **members,
        }
    ).encode()


@pytest.mark.parametrize(
    "properties",
    [
        {"name": "Laguna Blvd", "left_from": 1, "left_to": 99, "right_from": 2, "right_to": 98},
        {"FULLNAME": "Laguna Blvd", "LFROMADD": "1", "LTOADD": "99", "RFROMADD": "2", "RTOADD": "98"},
        {"St_Name": "Laguna", "St_PosTyp": "Blvd", "FromAddr_L": 1.0, "ToAddr_L": 99.0, "FromAddr_R": 2.0,
         "ToAddr_R": 98.0},
    ],
)  # fmt: skip
def test_lines_by_the_names_in_common_use(properties: dict[str, Any]) -> None:
    [segment] = read_geojson(geojson((properties, LINE))).segments
    assert segment.name == "Laguna Blvd"
    assert segment.line == (LatLon(38.408, -121.372), LatLon(38.408, -121.370))
    assert (segment.left, segment.right) == (HouseRange(1, 99), HouseRange(2, 98))


def test_a_name_that_nothing_in_the_file_has_is_said() -> None:
    keys = StreetKeys(name=(("PRE", "STNAM"),), left_first=(("LF",),), city=(("TOWN",),))
    raw = geojson(({"PRE": "N", "STNAME": "Main St", "LF": None}, LINE), ({}, POINT))
    assert read_geojson(raw, keys).problems == (
        "line_name names STNAM, which nothing in the file has: check its spelling",
        "city names TOWN, which nothing in the file has: check its spelling",
    )
    points = b"number,street,lat,lon\n1,Main St,38.4088,-121.3716\n"
    assert read_csv(points, StreetKeys(city=(("TOWN",),))).problems == (
        "city names TOWN, which nothing in the file has: check its spelling",
    )
    assert read_csv(points, StreetKeys(street=(("STREET",),))).problems == ()


def test_lines_by_an_agencys_own_names() -> None:
    keys = StreetKeys(name=(("PRE", "NM"),), left_first=(("LF",),), left_last=(("LT",),))
    raw = geojson(({"PRE": "N", "NM": "Main St", "LF": 1, "LT": 9, "name": "no"}, LINE))
    [segment] = read_geojson(raw, keys).segments
    assert (segment.name, segment.left) == ("N Main St", HouseRange(1, 9))


def test_openstreetmap_tags() -> None:
    box = [[-121.372, 38.408], [-121.370, 38.408], [-121.370, 38.410], [-121.372, 38.410], [-121.372, 38.408]]
    address = {"addr:housenumber": "12;14", "addr:street": "Elk Park Dr", "addr:city": "Elk Grove"}
    read = read_geojson(
        geojson(
            ({"highway": "residential", "name": "Elk Park Dr"}, LINE),
            ({"highway": "footway", "name": "Creek Trail"}, LINE),
            ({"highway": "service"}, LINE),
            (address, POINT),
            (
                {**address, "addr:housenumber": "20", "building": "yes"},
                {"type": "Polygon", "coordinates": [box]},
            ),
            ({"name": "Cafe"}, POINT),
        )
    )
    assert [segment.name for segment in read.segments] == ["Elk Park Dr"]
    assert [(point.number, point.city) for point in read.points] == [
        ("12", "Elk Grove"), ("14", "Elk Grove"), ("20", "Elk Grove"),
    ]  # fmt: skip
    assert distance_m(read.points[2].position, LatLon(38.409, -121.371)) < 0.1
    assert read.problems == ()


def test_a_line_in_several_parts_keeps_its_name_and_loses_its_numbers() -> None:
    parts = {
        "type": "MultiLineString",
        "coordinates": [LINE["coordinates"], [[-121.36, 38.4], [-121.35, 38.4]]],
    }
    read = read_geojson(geojson(({"name": "Oak", "left_from": 1, "left_to": 9}, parts)))
    assert [(segment.name, segment.left) for segment in read.segments] == [("Oak", None), ("Oak", None)]


@pytest.mark.parametrize(
    ("properties", "geometry", "says"),
    [
        ({"name": "Oak"}, {"type": "LineString", "coordinates": [[-121, 38]]}, "fewer than two points"),
        ({"name": "Oak"}, {"type": "LineString", "coordinates": [[38, -121], [38, -121.1]]}, "latitude -121"),
        ({"name": "Oak"}, {"type": "LineString", "coordinates": [["a", 1], [2, 3]]}, "not numbers"),
        ({"name": "Oak"}, {"type": "LineString", "coordinates": []}, "no coordinates"),
        ({"addr:housenumber": "Lot B", "addr:street": "Oak"}, POINT, "“Lot B” on Oak is no house number"),
    ],
)
def test_one_wrong_feature_is_left_out_alone_and_told(
    properties: dict[str, Any], geometry: Any, says: str
) -> None:
    read = read_geojson(geojson(({"name": "Good St"}, LINE), (properties, geometry)))
    assert [segment.name for segment in read.segments] == ["Good St"]
    [problem] = read.problems
    assert problem.startswith("feature 2: ")
    assert says in problem


def test_problems_do_not_flood() -> None:
    wrong = ({"name": "Oak"}, {"type": "LineString", "coordinates": []})
    problems = read_geojson(geojson(*[wrong] * (PROBLEMS_MAX + 5))).problems
    assert (len(problems), problems[-1]) == (PROBLEMS_MAX + 1, "and 5 more")


def test_names_from_outside_are_cleaned() -> None:
    [segment] = read_geojson(geojson(({"name": "Oak\x1b[31m \u202eSt"}, LINE))).segments
    assert segment.name == "Oak[31m St"


def test_another_city_is_left_out_and_a_swap_is_suspected() -> None:
    away = {"type": "LineString", "coordinates": [[-71.0, 42.0], [-71.1, 42.0]]}
    read = read_geojson(geojson(({"name": "Oak"}, away)), near=NEAR)
    assert (read.segments, read.far_away) == ((), 1)
    assert "longitude first" in read.problems[0]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"type": "Feature"}', b"\xff\xfe", b"[" * 100_000, b'{"features": []}']
)
def test_what_is_no_street_file_says_so(raw: bytes) -> None:
    with pytest.raises(StreetsUnusable, match="GeoJSON"):
        read_geojson(raw)


CSV = b"""\xef\xbb\xbfNumber,Street,City,Lat,Lon
9260,Elk Park Dr,Elk Grove,38.41,-121.37
,,,,
9262,,Elk Grove,38.41,-121.37
9264,"Elk Park Dr",,north,-121.37
9266,Elk Park Dr,,138.41,-121.37
9268,Elk Park Dr,,38.42
"""


def test_address_points_from_csv_with_its_dirt() -> None:
    read = read_csv(CSV)
    assert [(point.number, point.street, point.city) for point in read.points] == [
        ("9260", "Elk Park Dr", "Elk Grove")
    ]
    assert [problem.partition(":")[0] for problem in read.problems] == [
        "line 4",
        "line 5",
        "line 6",
        "line 7",
    ]


def test_csv_by_an_agencys_own_columns() -> None:
    keys = StreetKeys(number=(("NO",),), street=(("PRE", "ROAD"),))
    [point] = read_csv(b"no,pre,road,y,x\n7,N,Main St,38.4,-121.3\n", keys).points
    assert (point.number, point.street) == ("7", "N Main St")


@pytest.mark.parametrize("raw", [b"", b"a,b\n1,2\n", b"number,street\n1,Oak\n", b"\xff\xfe\x00"])
def test_csv_without_its_columns_says_which(raw: bytes) -> None:
    with pytest.raises(StreetsUnusable, match=r"has no column for .*latitude|not UTF-8"):
        read_csv(raw)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.integers(-200, 200),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
_shapes = st.sampled_from(["LineString", "MultiLineString", "Point", "Polygon", "Nothing"])
_properties = st.dictionaries(
    st.sampled_from(["name", "highway", "left_from", "left_to", "addr:housenumber", "addr:street"]), _json
)


@given(_properties, _shapes, _json)
def test_no_feature_breaks_the_reading(properties: dict[str, Any], shape: str, coordinates: Any) -> None:
    raw = geojson((properties, {"type": shape, "coordinates": coordinates}))
    assert isinstance(read_geojson(raw), StreetsRead)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(raw: bytes) -> None:
    for read in (read_geojson, read_csv):
        with contextlib.suppress(StreetsUnusable):
            assert isinstance(read(raw), StreetsRead)
    with contextlib.suppress(StreetsUnusable):
        read_csv(b"number,street,lat,lon\n" + raw)
