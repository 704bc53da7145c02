"""Files of streets become the map of the consoles."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.adapters.map_files import MapFiles, MapFileUnusable, read_lines, read_map
from rtcc_core.adapters.street_files import StreetFile
from rtcc_core.cli import main
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.street_map import RoadClass, pack, street_map, unpack
from rtcc_core.wire.map_geojson import GeoJsonUnusable, read_roads
from rtcc_core.wire.road_classes import of_feature, of_osm

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no street extracts on this machine")


def line(name: str = "Elm St", **properties: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"name": name, **properties},
        "geometry": {"type": "LineString", "coordinates": [[-121.42, 38.42], [-121.41, 38.42]]},
    }


def collection(*features: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@needs_data
@pytest.mark.parametrize(
    ("name", "a_street", "a_place"),
    [
        ("columbus", "North High Street", LatLon(39.97, -83.0)),
        ("portland", "Northeast Glisan Street", LatLon(45.526, -122.65)),
    ],
)
def test_a_real_extract_becomes_a_map(tmp_path: Path, name: str, a_street: str, a_place: LatLon) -> None:
    out = tmp_path / "city.rtccmap"
    assert main(["map", "import", str(DATA / f"{name}.osm.pbf"), "-o", str(out)]) == 0
    made = read_map(out)
    assert "OpenStreetMap" in made.credit
    counts = Counter(made.classes)
    assert all(counts[kind] > 200 for kind in (RoadClass.MOTORWAY, RoadClass.ARTERIAL, RoadClass.LOCAL))
    assert a_street in made.names
    assert made.bounds is not None
    assert distance_m(made.bounds.centre, a_place) < 20_000.0
    assert unpack(pack(made)) == made


@needs_data
def test_only_what_is_near_is_taken(tmp_path: Path) -> None:
    out, whole = tmp_path / "near.rtccmap", tmp_path / "whole.rtccmap"
    source = str(DATA / "portland.osm.pbf")
    assert main(["map", "import", source, "-o", str(whole)]) == 0
    assert main(["map", "import", source, "-o", str(out), "--around", "45.52,-122.65", "--km", "1"]) == 0
    assert 0 < len(read_map(out)) < len(read_map(whole)) / 2
    assert main(["map", "import", source, "-o", str(out), "--around", "38.4,-121.4"]) == 2
    assert len(read_map(out)) > 0, "a map that was good stays"


def test_geojson_of_several_makers(tmp_path: Path) -> None:
    source = tmp_path / "streets.geojson"
    features = [
        line("Main St", MTFCC="S1200"),
        line("I 5", highway="motorway"),
        line("Elm St", ROADCLASS="Local"),
        line("Oak Alley", class_="?"),
        line("a footpath", highway="elevator"),
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [0, 0]}},
        line() | {"geometry": {"type": "LineString", "coordinates": [[38.42, -121.42], [38.42, -121.41]]}},
    ]
    source.write_bytes(collection(*features))
    read = read_lines(source)
    assert [(road.name, road.road_class) for road in read.roads] == [
        ("Main St", RoadClass.ARTERIAL),
        ("I 5", RoadClass.MOTORWAY),
        ("Elm St", RoadClass.LOCAL),
        ("Oak Alley", RoadClass.LOCAL),
    ]
    assert read.passed_over == 2
    [problem] = read.problems
    assert "feature 7" in problem
    assert "longitude first" in problem


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.geojson", b"", "not GeoJSON"),
        ("a.geojson", b'{"type": "Topology"}', "FeatureCollection"),
        ("a.geojson", collection(), "none of its 0 features"),
        ("a.geojson", collection({"geometry": {"type": "LineString", "coordinates": 7}}), "not a list"),
        ("a.osm.pbf", b"junk that is no protobuf", "damaged"),
    ],
)
def test_a_file_that_is_no_map_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, word: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert main(["map", "import", str(tmp_path / name), "-o", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert name in told
    assert word in told
    assert not (tmp_path / "out").exists()


numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.recursive(numbers, lambda inner: st.lists(inner, max_size=3), max_leaves=8))
def test_hostile_coordinates_lose_nothing_else(coordinates: object) -> None:
    feature = line() | {"geometry": {"type": "LineString", "coordinates": coordinates}}
    read = read_roads(collection(feature, line("good")))
    assert [road for road in read.roads if road.name == "good"]
    street_map(read.roads)


def test_what_is_not_json_is_told_as_such() -> None:
    with pytest.raises(GeoJsonUnusable, match="not GeoJSON"):
        read_roads(b'{"type": "FeatureCollection", "features": [NaN]}')


@given(
    st.dictionaries(st.sampled_from(["highway", "railway", "waterway", "area", "mtfcc", "class"]), st.text())
)
def test_any_tags_have_a_class_or_none(tags: dict[str, str]) -> None:
    assert of_osm(tags) in {None, *RoadClass}
    assert of_feature(tags) in {None, *RoadClass}


async def test_consoles_get_the_imported_map_and_a_new_one_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "city.rtccmap"
    maps = MapFiles(file)
    packed, trouble = await maps.sheet()
    assert packed == b""
    assert "city.rtccmap" in trouble
    for count in (1, 2):
        made = street_map(read_roads(collection(*[line()] * count)).roads)
        file.write_bytes(pack(made))
        packed, trouble = await maps.sheet()
        assert trouble == ""
        assert len(unpack(packed)) == count
    file.write_bytes(b"junk")
    with pytest.raises(MapFileUnusable, match="rtcc map import"):
        read_map(file)
    assert (await maps.sheet())[0] == b""


async def test_without_an_imported_map_the_street_files_are_drawn(tmp_path: Path) -> None:
    (tmp_path / "s.geojson").write_bytes(collection(line("Elm St"), line("Oak St")))
    (tmp_path / "points.csv").write_text("number,street,lat,lon\n1,Elm,38,-121\n")
    files = [StreetFile(file=tmp_path / name) for name in ("s.geojson", "points.csv")]
    packed, trouble = await MapFiles(None, files).sheet()
    assert trouble == ""
    assert [road.name for road in unpack(packed).roads()] == ["Elm St", "Oak St"]
    assert await MapFiles(None).sheet() == (b"", "")
