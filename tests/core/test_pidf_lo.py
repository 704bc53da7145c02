"""PIDF-LO: every shape, every coordinate system, and the documents that mean harm."""

from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.wire.pidf_lo import MAX_CHARS, PidfLoError, read_pidf_lo, write_pidf_lo

NORRISTOWN = LatLon(40.1148, -75.3432)
GML, GS = "http://www.opengis.net/gml", "http://www.opengis.net/pidflo/1.0"
METRES = 'uom="urn:ogc:def:uom:EPSG::9001"'


def document(body: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><p:presence xmlns:p="urn:ietf:params:xml:ns:pidf"'
        f' xmlns:gml="{GML}" xmlns:gs="{GS}" xmlns:c="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr">'
        f"<p:tuple id='t'><p:status>{body}</p:status></p:tuple></p:presence>"
    )


def point(pos: str, crs: str = "urn:ogc:def:crs:EPSG::4326") -> str:
    return document(f'<gml:Point srsName="{crs}"><gml:pos>{pos}</gml:pos></gml:Point>')


def shape(name: str, inner: str, crs: str = "urn:ogc:def:crs:EPSG::4326") -> str:
    return document(f'<gs:{name} srsName="{crs}"><gml:pos>40.1 -75.3</gml:pos>{inner}</gs:{name}>')


def test_a_point_is_latitude_first() -> None:
    found = read_pidf_lo(point("40.1148 -75.3432"))
    assert (found.position, found.uncertainty_m, found.warnings) == (NORRISTOWN, None, ())


def test_a_point_with_height_keeps_its_ground_position() -> None:
    assert read_pidf_lo(point("40.1148 -75.3432 61.2", "urn:ogc:def:crs:EPSG::4979")).position == NORRISTOWN


def test_a_circle_carries_its_radius() -> None:
    found = read_pidf_lo(shape("Circle", f"<gs:radius {METRES}>412.5</gs:radius>"))
    assert found.uncertainty_m == 412.5


def test_a_circle_in_feet_is_told_in_metres() -> None:
    found = read_pidf_lo(shape("Circle", '<gs:radius uom="urn:ogc:def:uom:EPSG::9002">1000</gs:radius>'))
    assert found.uncertainty_m == pytest.approx(304.8)


@pytest.mark.parametrize(
    "radius", ["<gs:radius>nan</gs:radius>", "", f"<gs:radius {METRES}>-5</gs:radius>", "<gs:radius/>"]
)
def test_an_unreadable_radius_is_no_radius(radius: str) -> None:
    found = read_pidf_lo(shape("Circle", radius))
    assert found.position is not None
    assert found.uncertainty_m is None
    assert found.warnings


def test_an_ellipse_is_covered_by_its_longer_axis() -> None:
    inner = (
        f"<gs:semiMajorAxis {METRES}>80</gs:semiMajorAxis><gs:semiMinorAxis {METRES}>20</gs:semiMinorAxis>"
    )
    assert read_pidf_lo(shape("Ellipse", inner)).uncertainty_m == 80
    assert read_pidf_lo(shape("Ellipsoid", inner, "urn:ogc:def:crs:EPSG::4979")).uncertainty_m == 80


def test_a_sphere_is_a_circle_on_the_ground() -> None:
    assert read_pidf_lo(shape("Sphere", f"<gs:radius {METRES}>30</gs:radius>")).uncertainty_m == 30


def test_an_arc_band_is_placed_inside_the_band() -> None:
    inner = (
        f"<gs:innerRadius {METRES}>1000</gs:innerRadius><gs:outerRadius {METRES}>2000</gs:outerRadius>"
        "<gs:startAngle>45</gs:startAngle><gs:openingAngle>90</gs:openingAngle>"
    )
    found = read_pidf_lo(shape("ArcBand", inner))
    assert found.position is not None
    tower = LatLon(40.1, -75.3)
    assert distance_m(tower, found.position) == pytest.approx(1500, rel=0.01)
    assert found.position.longitude_deg > tower.longitude_deg
    assert found.uncertainty_m == pytest.approx(math.sqrt(2000**2 + 1500**2 - 2 * 2000 * 1500 * 0.5**0.5))


@pytest.mark.parametrize(
    "ring",
    [
        "<gml:posList>40.0 -75.0 40.0 -75.1 40.1 -75.1 40.1 -75.0 40.0 -75.0</gml:posList>",
        "".join(
            f"<gml:pos>{p}</gml:pos>" for p in ("40 -75", "40 -75.1", "40.1 -75.1", "40.1 -75", "40 -75")
        ),
        '<gml:posList srsDimension="3">40 -75 1 40 -75.1 1 40.1 -75.1 1 40.1 -75 1 40 -75 1</gml:posList>',
    ],
)
def test_a_polygon_becomes_its_middle_and_a_radius_that_covers_it(ring: str) -> None:
    xml = document(
        f'<gml:Polygon srsName="urn:ogc:def:crs:EPSG::4326"><gml:exterior><gml:LinearRing>{ring}'
        "</gml:LinearRing></gml:exterior></gml:Polygon>"
    )
    found = read_pidf_lo(xml)
    assert found.position is not None
    assert found.position.latitude_deg == pytest.approx(40.05)
    assert found.position.longitude_deg == pytest.approx(-75.05)
    assert found.uncertainty_m == pytest.approx(7002, rel=0.01)


def test_a_prism_is_its_base() -> None:
    xml = document(
        '<gs:Prism srsName="urn:ogc:def:crs:EPSG::4979"><gs:base><gml:Polygon><gml:exterior><gml:LinearRing>'
        "<gml:posList>40 -75 9 40 -75.1 9 40.1 -75.1 9 40.1 -75 9 40 -75 9 40 -75 9</gml:posList>"
        "</gml:LinearRing></gml:exterior></gml:Polygon></gs:base>"
        f"<gs:height {METRES}>4</gs:height></gs:Prism>"
    )
    position = read_pidf_lo(xml).position
    assert position is not None
    assert 40.0 < position.latitude_deg < 40.1


def test_a_civic_address_is_one_line() -> None:
    xml = document(
        "<c:civicAddress><c:country>US</c:country><c:A1>PA</c:A1><c:A3>Norristown</c:A3><c:PRD>E</c:PRD>"
        "<c:RD>Main</c:RD><c:STS>St</c:STS><c:HNO>1200</c:HNO><c:HNS>B</c:HNS><c:UNIT>4</c:UNIT>"
        "<c:LMK>Courthouse</c:LMK></c:civicAddress>"
    )
    found = read_pidf_lo(xml)
    assert found.address == "Courthouse, 1200B E Main St, Unit 4, Norristown"
    assert found.position is None


def test_several_locations_give_the_first_position_and_the_first_address() -> None:
    xml = document(
        '<gml:Point srsName="EPSG:4326"><gml:pos>40.1148 -75.3432</gml:pos></gml:Point>'
        '<gml:Point srsName="EPSG:4326"><gml:pos>41 -76</gml:pos></gml:Point>'
        "<c:civicAddress><c:RD>Main St</c:RD></c:civicAddress>"
        "<c:civicAddress><c:RD>Oak St</c:RD></c:civicAddress>"
    )
    found = read_pidf_lo(xml)
    assert (found.position, found.address) == (NORRISTOWN, "Main St")
    assert found.warnings == ("a second position (41.00000 -76.00000) was not used",)


@pytest.mark.parametrize(
    "crs",
    [
        "EPSG:4326",
        "urn:ogc:def:crs:EPSG:6.6:4326",
        "http://www.opengis.net/gml/srs/epsg.xml#4326",
        "http://www.opengis.net/def/crs/EPSG/0/4979",
    ],
)
def test_wgs_84_by_any_of_its_names(crs: str) -> None:
    assert read_pidf_lo(point("40.1148 -75.3432", crs)).position == NORRISTOWN


def test_crs84_is_longitude_first() -> None:
    assert read_pidf_lo(point("-75.3432 40.1148", "urn:ogc:def:crs:OGC:1.3:CRS84")).position == NORRISTOWN


@pytest.mark.parametrize("crs", ["urn:ogc:def:crs:EPSG::26918", "urn:ogc:def:crs:EPSG::14326", "nonsense"])
def test_another_coordinate_system_gives_no_position(crs: str) -> None:
    with pytest.raises(PidfLoError, match="not WGS 84"):
        read_pidf_lo(point("40.1148 -75.3432", crs))


def test_no_coordinate_system_is_read_as_wgs_84_and_said() -> None:
    xml = document("<gml:Point><gml:pos>40.1148 -75.3432</gml:pos></gml:Point>")
    assert read_pidf_lo(xml).warnings == ("no coordinate system named, read as WGS 84",)


def test_a_swapped_pair_out_of_range_is_exchanged_and_said() -> None:
    found = read_pidf_lo(point("-123.296392 44.55"))
    assert found.position == LatLon(44.55, -123.296392)
    assert found.warnings == ("latitude and longitude came swapped and were exchanged",)


def test_a_swapped_pair_in_range_needs_to_know_the_city() -> None:
    assert read_pidf_lo(point("-75.3432 40.1148")).position == LatLon(-75.3432, 40.1148)
    assert read_pidf_lo(point("-75.3432 40.1148"), near=LatLon(40.0, -75.0)).position == NORRISTOWN


def test_a_position_of_the_next_county_is_not_taken_for_a_swap() -> None:
    assert read_pidf_lo(point("40.1148 -75.3432"), near=LatLon(42.4, -71.0)).position == NORRISTOWN


@pytest.mark.parametrize(
    ("pos", "said"),
    [
        ("NaN -75", "not a number"),
        ("40 INF", "not a number"),
        ("1e999 2", "not a number"),
        ("4_0 -75", "not a number"),
        ("0 0", "0 0"),
        ("0.0000 -0.0", "0 0"),
        ("999 0", "not on the earth"),
        ("40.1", "1 coordinates"),
        ("1 2 3 4", "4 coordinates"),
        ("", "no coordinates"),
    ],
)
def test_a_position_that_is_none_is_refused_in_words(pos: str, said: str) -> None:
    with pytest.raises(PidfLoError, match=said):
        read_pidf_lo(point(pos))


def test_an_unusable_position_beside_an_address_leaves_the_address() -> None:
    xml = document(
        '<gml:Point srsName="EPSG:4326"><gml:pos>0 0</gml:pos></gml:Point>'
        "<c:civicAddress><c:RD>Main St</c:RD></c:civicAddress>"
    )
    found = read_pidf_lo(xml)
    assert (found.position, found.address) == (None, "Main St")
    assert found.warnings


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    f'<gml:Point xmlns:gml="{GML}"><gml:pos>&b;</gml:pos></gml:Point>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    "xml",
    [
        LAUGHS,
        OUTSIDE,
        "<!DOCTYPE presence><presence/>",
        "",
        "not xml",
        "<a>" * 20_000,
        "<a>" * 20_000 + "</a>" * 20_000,
        '<?xml version="1.0" encoding="no-such"?><a/>',
        "\ud800",
        "<a>\x00</a>",
        point("40 -75") + " " * MAX_CHARS + "x",
    ],
)
def test_hostile_documents_are_refused(xml: str) -> None:
    with pytest.raises(PidfLoError):
        read_pidf_lo(xml)


def test_an_area_at_the_end_of_the_number_line_is_refused() -> None:
    ring = "<gml:posList>1e308 1e308 1e308 -1e308 1e307 1e307</gml:posList>"
    with pytest.raises(PidfLoError, match="not on the earth"):
        read_pidf_lo(document(f'<gml:Polygon srsName="EPSG:4326">{ring}</gml:Polygon>'))


def test_an_address_cannot_carry_an_escape() -> None:
    xml = document("<c:civicAddress><c:RD>Main\u202eSt &#x9b;31m</c:RD></c:civicAddress>")
    assert read_pidf_lo(xml).address == "MainSt 31m"


@given(
    st.builds(LatLon, st.floats(1, 89), st.floats(-179, 179)),
    st.none() | st.floats(0.1, 100_000),
    st.sampled_from(
        ["", "1200 Market St, Philadelphia", "12B Oak Ave, Unit 3, York", "I-95 & Exit 4 <N>", "7"]
    ),
)
def test_what_is_written_is_read_back(position: LatLon, radius_m: float | None, address: str) -> None:
    found = read_pidf_lo(write_pidf_lo(position, uncertainty_m=radius_m, address=address))
    assert (found.position, found.uncertainty_m, found.address) == (position, radius_m, address)
    assert found.warnings == ()


FRAGMENTS = [
    "<gml:Point>",
    "</gml:Point>",
    "<gml:pos>40 -75</gml:pos>",
    "<gs:Circle>",
    "<gs:radius>",
    "1e400",
    "<gs:Prism>",
    "<gml:Polygon>",
    "<gml:posList>1 2 3 4</gml:posList>",
    "</gml:Polygon>",
    "</gs:Circle>",
    "</gs:radius>",
    "&#0;",
    "<c:civicAddress>",
    "<c:RD>\u202ex</c:RD>",
    "</c:civicAddress>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
]
FRAGMENT = st.sampled_from(FRAGMENTS)


@given(st.lists(FRAGMENT | st.text(max_size=8), max_size=20).map("".join), st.booleans())
def test_nothing_but_its_own_error_leaves_the_reader(body: str, in_document: bool) -> None:
    try:
        found = read_pidf_lo(document(body) if in_document else body)
    except PidfLoError:
        return
    assert found.position is not None or found.address
    for text in (found.address, *found.warnings):
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in text)
