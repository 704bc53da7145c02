"""PIDF-LO as devices and address servers fill it: confidence, height, motion, method, parts of addresses."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.wire.eido.opaque import document_line, item_line, person_line, vehicle_line
from rtcc_core.wire.pidf_civic import Civic, crossed
from rtcc_core.wire.pidf_lo import Location, PidfLoError, read_pidf_lo

NAMES = (
    'xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
    ' xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml"'
    ' xmlns:gs="http://www.opengis.net/pidflo/1.0" xmlns:con="urn:ietf:params:xml:ns:geopriv:conf"'
    ' xmlns:dyn="urn:ietf:params:xml:ns:pidf:geopriv10:dynamic"'
    ' xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"'
    ' xmlns:cae="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr:ext"'
)
POS = "<gml:pos>40.1148 -75.3432 61.5</gml:pos>"
HERE = LatLon(40.1148, -75.3432)


def placed(inner: str, holder: str = "dm:device", beside: str = "") -> str:
    return (
        f'<presence {NAMES} entity="pres:x@y"><{holder} id="d"><gp:geopriv><gp:location-info>{inner}'
        f"</gp:location-info>{beside}</gp:geopriv></{holder}></presence>"
    )


def circle(radius_m: float, beside: str = "") -> Location:
    radius = f'<gs:radius uom="urn:ogc:def:uom:EPSG::9001">{radius_m}</gs:radius>'
    body = (
        f'<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>40.1 -75.3</gml:pos>{radius}</gs:Circle>'
    )
    return read_pidf_lo(placed(body + beside))


def civic(**fields: str) -> Civic:
    body = "".join(f"<ca:{name}>{value}</ca:{name}>" for name, value in fields.items())
    found = read_pidf_lo(placed(f"<ca:civicAddress>{body}</ca:civicAddress>")).civic
    assert found is not None
    return found


@pytest.mark.parametrize("holder", ["dm:device", "dm:person", "tuple"])
def test_a_device_a_person_or_a_tuple_may_hold_the_place(holder: str) -> None:
    point = f'<gml:Point srsName="urn:ogc:def:crs:EPSG::4979">{POS}</gml:Point>'
    found = read_pidf_lo(placed(point, holder, "<gp:method>DBH_HELO</gp:method>"))
    assert (found.position, found.shape, found.altitude_hae_m) == (HERE, "point", 61.5)
    assert found.method == "DBH_HELO"


@pytest.mark.parametrize(
    ("confidence", "radius_m"),
    [
        ("", 100.0),
        ('<con:confidence pdf="unknown">95</con:confidence>', 100.0),
        ('<con:confidence pdf="normal">68</con:confidence>', 162.1),
        ('<con:confidence pdf="rectangular">67</con:confidence>', 119.1),
        ("<con:confidence>90</con:confidence>", 102.7),
        ("<con:confidence>unknown</con:confidence>", 100.0),
        ("<con:confidence>-5</con:confidence>", 100.0),
        ("<con:confidence>0</con:confidence>", None),
    ],
)
def test_a_radius_is_told_for_95_percent(confidence: str, radius_m: float | None) -> None:
    found = circle(100.0, confidence)
    expected = None if radius_m is None else pytest.approx(radius_m, abs=0.1)
    assert found.uncertainty_m == expected


def test_motion_is_kept_where_it_can_be_true() -> None:
    dynamic = "<dyn:Dynamic><dyn:heading>90.5</dyn:heading><dyn:speed>14</dyn:speed></dyn:Dynamic>"
    assert (circle(10, dynamic).speed_m_s, circle(10, dynamic).heading_deg) == (14.0, 90.5)
    wild = "<dyn:Dynamic><dyn:heading>north</dyn:heading><dyn:speed>NaN</dyn:speed></dyn:Dynamic>"
    assert (circle(10, wild).speed_m_s, circle(10, wild).heading_deg) == (None, None)


def test_what_one_device_says_is_not_told_of_another() -> None:
    def device(pos: str, method: str) -> str:
        point = f'<gml:Point srsName="EPSG:4326"><gml:pos>{pos}</gml:pos></gml:Point>'
        inner = f"<gp:geopriv><gp:location-info>{point}</gp:location-info><gp:method>{method}</gp:method>"
        return f"<dm:device>{inner}</gp:geopriv></dm:device>"

    xml = f"<presence {NAMES}>{device('0 0', 'GPS')}{device('40.1148 -75.3432', 'Cell')}</presence>"
    found = read_pidf_lo(xml)
    assert (found.position, found.method) == (HERE, "Cell")


def test_a_held_answer_is_read_and_a_held_refusal_said() -> None:
    answer = f'<r:locationResponse xmlns:r="urn:ietf:params:xml:ns:geopriv:held">{placed(circle_body())}'
    assert read_pidf_lo(f"{answer}</r:locationResponse>").position is not None
    refusal = '<error xmlns="urn:ietf:params:xml:ns:geopriv:held" code="locationUnknown"/>'
    with pytest.raises(PidfLoError, match="locationUnknown"):
        read_pidf_lo(refusal)


def circle_body() -> str:
    return '<gs:Circle srsName="EPSG:4326"><gml:pos>40.1 -75.3</gml:pos><gs:radius>10</gs:radius></gs:Circle>'


def test_the_parts_of_an_address() -> None:
    found = civic(
        A1="PA", A2="Montgomery", A3="Norristown", PRD="E", RD="Main", STS="St", HNO="1200", HNS="1/2",
        FLR="2", ROOM="7", NAM="Courthouse", PC="19401",
    )  # fmt: skip
    assert (found.number, found.street) == ("1200 1/2", "E Main St")
    assert (found.city, found.county, found.state, found.postcode) == (
        "Norristown",
        "Montgomery",
        "PA",
        "19401",
    )
    assert found.line == "Courthouse, 1200 1/2 E Main St, Floor 2, Room 7, Norristown"
    assert found.search_line == "1200 1/2 E Main St, Norristown"


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"A6": "Oak", "STS": "Ave", "HNO": "7", "PRD": "N"}, "7 N Oak Ave"),
        ({"RD": "Oak", "A6": "Old Town", "STS": "Ave"}, "Oak Ave"),
        ({"STP": "Avenue", "RD": "of the Arts", "POD": "South"}, "Avenue of the Arts South"),
        ({"RD": "I-95", "MP": "23.4", "A4": "Bristol"}, "I-95, mile 23.4, Bristol"),
        ({"LMK": "Elmwood Park Zoo", "A3": "Norristown"}, "Elmwood Park Zoo, Norristown"),
        ({"HNP": "B", "HNO": "12", "RD": "Oak"}, "B12 Oak"),
        ({"RD": "Main St", "INTERSECTION": "Oak Ave", "A3": "York"}, "Main St / Oak Ave, York"),
        ({"rd": "lower"}, "lower"),
    ],
)
def test_addresses_as_senders_fill_them(fields: dict[str, str], line: str) -> None:
    assert civic(**fields).line == line


def test_a_crossing_is_searched_without_the_house_number() -> None:
    found = crossed(civic(HNO="7", RD="Main", STS="St", A3="York"), ["Oak Ave", "main st", "Oak Ave", ""])
    assert found.line == "7 Main St / Oak Ave, York"
    assert found.search_line == "Main St / Oak Ave, York"


SHAPES = st.sampled_from(["Point", "Circle", "Ellipse", "ArcBand", "Sphere", "Ellipsoid", "Polygon", "Prism"])
NUMBERS = st.one_of(
    st.floats(-200, 200).map(repr), st.sampled_from(["NaN", "1e400", "", "x", "40.1", "-75.3"])
)
LENGTHS = st.sampled_from(
    ["radius", "semiMajorAxis", "innerRadius", "outerRadius", "startAngle", "confidence"]
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A document of any shape in any coordinate system with any numbers."""
    name = draw(SHAPES)
    crs = draw(st.sampled_from(["EPSG:4326", "EPSG:4979", "CRS84", "EPSG:3857", "", "\u202e"]))
    pairs = " ".join(draw(st.lists(NUMBERS, max_size=8)))
    names = draw(st.lists(LENGTHS, max_size=4))
    lengths = "".join(f"<gs:{length}>{draw(NUMBERS)}</gs:{length}>" for length in names)
    prefix = draw(st.sampled_from(["gs", "gml"]))
    element = draw(st.sampled_from(["pos", "posList", "coordinates"]))
    positions = f"<gml:{element}>{pairs}</gml:{element}>"
    return placed(f'<{prefix}:{name} srsName="{crs}">{positions}{lengths}</{prefix}:{name}>')


@given(documents())
def test_any_shape_is_a_place_on_earth_or_refused(xml: str) -> None:
    try:
        found = read_pidf_lo(xml, near=HERE)
    except PidfLoError:
        return
    assert found.position is not None
    assert not found.position.is_null_island
    assert found.uncertainty_m is None or 0 < found.uncertainty_m <= 20_100_000
    assert distance_m(found.position, HERE) >= 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["personFullName", "value", "#text", "itemDescriptionText", "a:b"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_opaque_object_is_a_printable_line(body: object) -> None:
    for line in (person_line(body), vehicle_line(body), item_line(body)):
        assert len(line) <= 200
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in line)


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["<a>", "</a>", "x", "&amp;", "<!--", "{", "["])).map("".join)
)
def test_any_opaque_document_is_a_printable_line(document: str) -> None:
    line = document_line(document)
    assert len(line) <= 200
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in line)
