"""GeoJSON to volumes: the agency's own file, FAA facility maps, TFRs, and everything wrong with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.airspace import SourceKind, Volume, VolumeKind
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.heights import Agl, Amsl
from rtcc_core.wire.airspace_geojson import PROBLEMS_MAX, AirspaceRead, FileUnusable, read_volumes

CENTRE = LatLon(45.52, -122.68)
SQUARE = [[-122.70, 45.50], [-122.66, 45.50], [-122.66, 45.54], [-122.70, 45.54], [-122.70, 45.50]]
BOWTIE = [[-122.70, 45.50], [-122.66, 45.54], [-122.66, 45.50], [-122.70, 45.54], [-122.70, 45.50]]

Json = dict[str, Any]


def feature(ring: object = None, geometry: Json | None = None, **properties: Any) -> Json:
    shape = geometry or {"type": "Polygon", "coordinates": [SQUARE if ring is None else ring]}
    return {"type": "Feature", "properties": properties, "geometry": shape}


def own(ring: object = None, **properties: Any) -> Json:
    known: Json = {"kind": "keep-out", "name": "School", **properties}
    return feature(ring, **known)


def read(*features: Json, kind: SourceKind = SourceKind.OWN, **members: object) -> AirspaceRead:
    raw = json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()
    return read_volumes(raw, kind, source="own.geojson", near=[CENTRE])


def one(*features: Json, kind: SourceKind = SourceKind.OWN) -> Volume:
    found = read(*features, kind=kind)
    assert found.problems == ()
    [volume] = found.volumes
    return volume


def problem(*features: Json, kind: SourceKind = SourceKind.OWN) -> str:
    found = read(*features, kind=kind)
    assert found.volumes == ()
    [told] = found.problems
    return told


# --- the agency's own ---------------------------------------------------------------------------


def test_an_own_volume_is_read_whole() -> None:
    volume = one(
        own(
            floor_m_amsl=100,
            ceiling_ft_agl=400,
            starts_at="2026-07-04T18:00:00-07:00",
            ends_at="2026-07-05T06:00:00Z",
            citation="order 12",
        )
    )
    assert volume.name == "School"
    assert volume.kind is VolumeKind.KEEP_OUT
    assert volume.outline[0] == LatLon(45.50, -122.70)
    assert len(volume.outline) == 4
    assert volume.floor == Amsl(100.0)
    assert volume.ceiling == Agl(400 * 0.3048)
    assert volume.starts_at == datetime(2026, 7, 5, 1, tzinfo=UTC)
    assert volume.ends_at == datetime(2026, 7, 5, 6, tzinfo=UTC)
    assert (volume.source, volume.citation) == ("own.geojson", "order 12")


@pytest.mark.parametrize(
    ("key", "height"),
    [
        ("ceiling_ft_agl", Agl(30.48)),
        ("ceiling_m_agl", Agl(100.0)),
        ("ceiling_ft_amsl", Amsl(30.48)),
        ("ceiling_m_amsl", Amsl(100.0)),
    ],
)
def test_a_height_says_its_unit_and_its_datum(key: str, height: Agl | Amsl) -> None:
    assert one(own(**{key: 100})).ceiling == height


@pytest.mark.parametrize(
    "key",
    ["ceiling", "ceiling_ft", "ceiling_agl", "ceiling_m", "max_height", "upper_ft", "Altitude", "floor"],
)
def test_a_height_without_unit_or_datum_is_an_error_that_names_the_feature(key: str) -> None:
    told = problem(own(**{key: 120}))
    assert told.startswith("feature 1 (School): ")
    assert f'"{key}"' in told
    assert "_ft_agl" in told


def test_two_ceilings_are_one_too_many() -> None:
    assert "ceiling_ft_agl and ceiling_m_agl" in problem(own(ceiling_ft_agl=400, ceiling_m_agl=120))


@pytest.mark.parametrize("value", ["high", True, [100], 1e300, {}])
def test_a_height_that_is_no_number_is_an_error(value: object) -> None:
    assert "not a number" in problem(own(ceiling_m_agl=value))


def test_a_height_left_empty_is_none() -> None:
    assert one(own(ceiling_m_agl=None, height=None)).ceiling is None


def test_a_floor_above_its_ceiling_is_an_error() -> None:
    assert "not below its ceiling" in problem(own(floor_m_agl=100, ceiling_m_agl=100))


def test_a_ceiling_must_have_a_height() -> None:
    assert "ceiling without a height" in problem(own(kind="ceiling"))


@pytest.mark.parametrize("kind", ["", "zone", None])
def test_an_unknown_kind_is_an_error_that_names_the_kinds(kind: object) -> None:
    assert "keep-out" in problem(own(kind=kind))


def test_a_time_without_its_zone_is_an_error() -> None:
    assert "write date, time and zone" in problem(own(ends_at="2026-07-04T18:00:00"))
    assert "ends before it starts" in problem(
        own(starts_at="2026-07-04T18:00:00Z", ends_at="2026-07-04T18:00:00Z")
    )


def test_an_expired_volume_is_kept_with_its_end() -> None:
    volume = one(own(ends_at="2020-01-01T00:00:00Z"))
    assert volume.is_expired(datetime(2026, 3, 1, tzinfo=UTC))


def test_a_multipolygon_becomes_a_volume_for_each_part_and_holes_stay() -> None:
    hole = [[-122.69, 45.51], [-122.69, 45.52], [-122.68, 45.52], [-122.69, 45.51]]
    other = [[x + 0.1, y] for x, y in SQUARE]
    shape = {"type": "MultiPolygon", "coordinates": [[SQUARE, hole], [other]]}
    found = read(feature(geometry=shape, kind="fence", name="City")).volumes
    assert [volume.name for volume in found] == ["City 1/2", "City 2/2"]
    assert [len(volume.holes) for volume in found] == [1, 0]
    assert not found[0].covers(LatLon(45.515, -122.686))
    assert found[0].covers(LatLon(45.53, -122.686))


# --- geometry -----------------------------------------------------------------------------------


def test_a_fence_that_crosses_itself_is_told_with_the_point() -> None:
    told = problem(own(BOWTIE, kind="fence", name="City limits"))
    assert told == "feature 1 (City limits): crosses itself at 45.52000 -122.68000: redraw its outline"


def test_swapped_coordinates_are_noticed() -> None:
    assert "are the two swapped?" in problem(own([[y, x] for x, y in SQUARE]))


def test_swapped_coordinates_that_are_still_on_the_earth_are_noticed() -> None:
    # 40.7 N 74 W read the other way round is a place in Antarctica.
    new_york = [[-74.02, 40.70], [-73.98, 40.70], [-73.98, 40.74], [-74.02, 40.70]]
    raw = json.dumps({"type": "FeatureCollection", "features": [own([[y, x] for x, y in new_york])]})
    found = read_volumes(raw.encode(), SourceKind.OWN, source="f", near=[LatLon(40.72, -74.0)])
    assert "latitude and longitude are swapped" in found.problems[0]


def test_a_polygon_1000_km_away_is_an_error_and_one_60_km_away_is_not_used() -> None:
    assert "km away" in problem(own([[x + 30, y] for x, y in SQUARE]))
    assert "more than 25 km away" in problem(own([[x + 0.8, y] for x, y in SQUARE]))


@pytest.mark.parametrize(
    ("ring", "word"),
    [
        (SQUARE[:-1], "not closed"),
        ([[-122.7, 45.5], [-122.6, 45.5], [-122.7, 45.5]], "fewer than four"),
        ([[-122.7, 45.5]] * 4, "not sound"),
        ([[-122.7], *SQUARE[1:]], "not [longitude, latitude]"),
        ([["-122.7", 45.5], *SQUARE[1:]], "not a number"),
        ([[-122.7, 95.0], *SQUARE[1:]], "outside the world"),
        ("ring", "fewer than four"),
        ([[-122.7 + i * 1e-6, 45.5] for i in range(6000)], "simplify"),
    ],
)
def test_a_bad_ring_loses_its_feature_and_no_other(ring: object, word: str) -> None:
    found = read(own(ring, name="Bad"), own(name="Good"))
    assert [volume.name for volume in found.volumes] == ["Good"]
    assert len(found.problems) == 1
    assert found.problems[0].startswith("feature 1 (Bad): ")
    assert word in found.problems[0]


@pytest.mark.parametrize(
    "geometry",
    [None, {}, {"type": "Point", "coordinates": [1, 2]}, {"type": "MultiPolygon", "coordinates": []}],
)
def test_what_is_no_polygon_is_told(geometry: Json | None) -> None:
    bad = {"type": "Feature", "properties": {"kind": "fence", "name": "F"}, "geometry": geometry}
    assert problem(bad).startswith("feature 1 (F): ")


# --- the file -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"[]", b'{"type":"Feature"}', b'{"type":"FeatureCollection"}', b"[" * 100_000]
)
def test_a_file_that_is_no_feature_collection_is_refused(raw: bytes) -> None:
    with pytest.raises(FileUnusable):
        read_volumes(raw, SourceKind.OWN, source="f", near=[CENTRE])


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::3857", "EPSG:2913", ""])
def test_a_system_other_than_wgs_84_is_refused(name: str) -> None:
    with pytest.raises(FileUnusable, match="EPSG:4326"):
        read(own(), crs={"type": "name", "properties": {"name": name}})


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_wgs_84_by_its_names_is_read(name: str) -> None:
    assert len(read(own(), crs={"type": "name", "properties": {"name": name}}).volumes) == 1


def test_the_file_may_say_until_when_it_is_good() -> None:
    assert read(own(), valid_until="2026-06-01T00:00:00Z").valid_until == datetime(2026, 6, 1, tzinfo=UTC)
    with pytest.raises(FileUnusable):
        read(own(), valid_until="June")


def test_many_problems_are_cut() -> None:
    found = read(*[own(BOWTIE)] * (PROBLEMS_MAX + 5))
    assert len(found.problems) == PROBLEMS_MAX + 1
    assert found.problems[-1] == "and 5 more features"


def test_what_a_file_says_is_shown_as_text() -> None:
    told = problem(own(BOWTIE, name="\x1b[31mred\u202e"))
    assert "\x1b" not in told
    assert "\u202e" not in told


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
KEYS = [
    "name",
    "kind",
    "ceiling_ft_agl",
    "floor_m_amsl",
    "CEILING",
    "UPPER_VAL",
    "TITLE",
    "ends_at",
    "height",
]


@given(
    properties=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5),
    coordinates=JSON,
    kind=st.sampled_from([SourceKind.OWN, SourceKind.FACILITY_MAP, SourceKind.RESTRICTIONS]),
    shape=st.sampled_from(["Polygon", "MultiPolygon", 3]),
)
def test_no_feature_can_spoil_the_others(
    properties: Json, coordinates: object, kind: SourceKind, shape: object
) -> None:
    good: Json = {"name": "Good", "kind": "fence"}
    if kind is SourceKind.FACILITY_MAP:
        good["CEILING"] = 100
    bad = feature(geometry={"type": shape, "coordinates": coordinates}, **properties)
    found = read(bad, feature(**good), kind=kind)
    assert len(found.volumes) >= 1
    assert len(found.volumes) + len(found.problems) + found.far_away >= 2


# --- FAA UAS facility map -----------------------------------------------------------------------


def cell(**properties: Any) -> Json:
    known: Json = {
        "OBJECTID": 7,
        "CEILING": 200,
        "UNIT": "Feet",
        "APT1_FAAID": "PDX",
        "MAP_EFF": 1768435200000,
    }
    return feature(**{**known, **properties})


def test_a_facility_map_cell_is_a_ceiling_above_ground() -> None:
    volume = one(cell(), kind=SourceKind.FACILITY_MAP)
    assert (volume.name, volume.kind) == ("UASFM PDX 200 ft", VolumeKind.CEILING)
    assert volume.ceiling == Agl(200 * 0.3048)
    assert "effective 2026-01-15" in volume.citation


def test_a_ceiling_of_0_is_0_and_a_missing_one_is_an_error() -> None:
    assert one(cell(CEILING=0), kind=SourceKind.FACILITY_MAP).ceiling == Agl(0.0)
    assert "not 0 and not 400" in problem(cell(CEILING=None), kind=SourceKind.FACILITY_MAP)
    assert "UNIT" in problem(cell(UNIT="Metres"), kind=SourceKind.FACILITY_MAP)
    assert "outside 0" in problem(cell(CEILING=-50), kind=SourceKind.FACILITY_MAP)


def test_cells_of_the_rest_of_the_country_are_left_out_without_a_word() -> None:
    far = feature([[x + 40, y] for x, y in SQUARE], CEILING=400)
    found = read(cell(), far, kind=SourceKind.FACILITY_MAP)
    assert (len(found.volumes), found.far_away, found.problems) == (1, 1, ())
    assert "is it the right part of the country?" in read(far, kind=SourceKind.FACILITY_MAP).problems[0]


# --- restrictions -------------------------------------------------------------------------------

TITLE = "Portland, OR, Saturday, October 10, 2026 through Monday, October 12, 2026 "


def tfr(**properties: Any) -> Volume:
    known: Json = {"NOTAM_KEY": "6/7153-1-FDC-F", **properties}
    return one(feature(**known), kind=SourceKind.RESTRICTIONS)


def test_a_graphic_tfr_holds_at_every_height_on_the_days_that_its_title_says() -> None:
    volume = tfr(TITLE=TITLE + "UTC", LEGAL="UAS PUBLIC GATHERING", STATE="OR")
    assert (volume.name, volume.kind) == ("TFR 6/7153", VolumeKind.RESTRICTION)
    assert (volume.floor, volume.ceiling) == (None, None)
    assert volume.starts_at == datetime(2026, 10, 10, tzinfo=UTC)
    assert volume.ends_at == datetime(2026, 10, 13, tzinfo=UTC)
    assert volume.citation.startswith("UAS PUBLIC GATHERING; Portland")


def test_days_of_local_time_are_read_widely() -> None:
    volume = tfr(TITLE=TITLE + "Local New")
    assert volume.starts_at == datetime(2026, 10, 9, 10, tzinfo=UTC)
    assert volume.ends_at == datetime(2026, 10, 13, 14, tzinfo=UTC)


def test_a_tfr_without_readable_times_holds_always() -> None:
    for title in ("DISNEYLAND, CA", "Portland, February 31, 2026 through March 3, 2026 UTC"):
        volume = tfr(TITLE=title)
        assert (volume.starts_at, volume.ends_at) == (None, None)


def test_heights_by_unit_and_code() -> None:
    volume = tfr(
        LOWER_VAL=500, LOWER_UOM="FT", LOWER_CODE="AGL", UPPER_VAL=3000, UPPER_UOM="FT", UPPER_CODE="MSL"
    )
    assert (volume.floor, volume.ceiling) == (Agl(152.4), Amsl(914.4))
    volume = tfr(distVerUpperValue="3000", distVerUpperUnit="FT", distVerUpperCode="HEI")
    assert volume.ceiling == Agl(914.4)
    assert tfr(UPPER_VAL=-9998, UPPER_UOM=None, UPPER_CODE=None).ceiling is None
    assert tfr(LOWER_VAL=0, LOWER_UOM="FT", LOWER_CODE="SFC").floor is None


def test_a_flight_level_is_widened_by_what_pressure_does() -> None:
    volume = tfr(UPPER_VAL=180, UPPER_UOM="FL", UPPER_CODE="STD")
    assert volume.ceiling == Amsl(5486.4 + 300.0)


def test_a_restriction_height_without_unit_or_datum_is_an_error() -> None:
    told = problem(feature(name="T", UPPER_VAL=3000, UPPER_UOM="FT"), kind=SourceKind.RESTRICTIONS)
    assert "without datum" in told
    told = problem(feature(name="T", UPPER_VAL=3000, UPPER_CODE="MSL"), kind=SourceKind.RESTRICTIONS)
    assert "without unit" in told


def test_times_as_milliseconds_and_as_text() -> None:
    volume = tfr(dateEffective="2026-10-10T15:00:00Z", dateExpire=1_791_900_000_000)
    assert volume.starts_at == datetime(2026, 10, 10, 15, tzinfo=UTC)
    assert volume.ends_at is not None
    assert volume.ends_at.tzinfo is UTC
