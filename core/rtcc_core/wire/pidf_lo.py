"""PIDF-LO (RFC 4119, 5139, 5491, 6848): where something is, as the emergency services write it.

XML text in, one `Location` out. The reader takes any namespace prefix and every shape of RFC 5491;
shapes that are not a point or a circle become their centre and a radius that covers them. Coordinates
are latitude first, as EPSG:4326 and EPSG:4979 order them (OGC CRS84 is longitude first).

Swapped coordinates: a latitude beyond 90° that makes a position when exchanged with its longitude is
exchanged, with a warning. A swapped pair that is in range (38.9, -77.0) can only be told from a real
one by somebody who knows where the city is: when `near` is given, a pair farther than
`SERVICE_AREA_M` from it whose exchange is within that distance is exchanged, with a warning.

Document type declarations and entities are refused, and so is a document of more than `MAX_CHARS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml import ElementTree

from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.text import clean
from rtcc_core.wire import pidf_shapes
from rtcc_core.wire.pidf_shapes import SHAPES, ShapeUnusable

MAX_CHARS: Final = 256 * 1024
"""Characters of a document that are read at all; a full one with a 100-corner polygon has 8,000."""

SERVICE_AREA_M: Final = 200_000.0
"""How far from the middle of the service area a position may be before a swap is looked for, metres."""

_MAX_LOCATIONS: Final = 20


class PidfLoError(ValueError):
    """The document says no place that can be used; the message says why, in words."""


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """What one document says: a position, an address, or both."""

    position: LatLon | None = None
    uncertainty_m: float | None = None
    """Radius in metres around `position`; 0 is never written, None when the sender gave none."""
    address: str = ""
    """One cleaned line, empty when the document holds no civic address."""
    warnings: tuple[str, ...] = ()


def read_pidf_lo(xml: str, *, near: LatLon | None = None) -> Location:
    """Read the first usable geodetic and the first usable civic location of the document.

    `near` is the middle of the service area, used only to recognise swapped coordinates. Raises
    PidfLoError, and nothing else, when no location of the document can be used.
    """
    root = _parse(xml)
    warnings: list[str] = []
    position: LatLon | None = None
    uncertainty_m: float | None = None
    address = ""
    for element, crs in _locations(root):
        if _local(element) == "civicAddress":
            address = address or _address_line(element)
            continue
        try:
            found = _read_shape(element, crs, near)
        except ShapeUnusable as exc:
            warnings.append(str(exc))
            continue
        if position is None:
            position, uncertainty_m = found.position, found.uncertainty_m
            warnings.extend(found.warnings)
        elif distance_m(position, found.position) > max(100.0, uncertainty_m or 0.0):
            warnings.append(f"a second position ({found.position}) was not used")
    if position is None and not address:
        raise PidfLoError("; ".join(warnings) or "the location document holds no place")
    return Location(
        position=position,
        uncertainty_m=uncertainty_m,
        address=address,
        warnings=tuple(clean(warning) for warning in warnings),
    )


def _parse(xml: str) -> Element:
    if len(xml) > MAX_CHARS:
        raise PidfLoError(f"the location document has {len(xml)} characters; at most {MAX_CHARS} are read")
    try:
        root: Element = ElementTree.fromstring(
            xml.strip(), forbid_dtd=True, forbid_entities=True, forbid_external=True
        )
    except ParseError as exc:
        raise PidfLoError(f"the location is not well-formed XML ({exc})") from None
    except (ValueError, LookupError, RecursionError) as exc:
        # defusedxml's own refusals are ValueErrors; unknown encodings are LookupErrors.
        raise PidfLoError(f"the location document was refused ({type(exc).__name__})") from None
    return root


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _locations(root: Element) -> Iterator[tuple[Element, str]]:
    """Each shape and civic address in document order, with the CRS name in force; never inside a shape."""
    stack: list[tuple[Element, str]] = [(root, "")]
    found = 0
    while stack and found < _MAX_LOCATIONS:
        element, crs = stack.pop()
        crs = element.get("srsName") or crs
        name = _local(element)
        if name in SHAPES or name == "civicAddress":
            found += 1
            yield element, crs
        else:
            stack.extend((child, crs) for child in reversed(element))


_CODE = re.compile(r"(\d+)\s*$")


def _longitude_first(crs: str, warnings: list[str]) -> bool:
    """Say the axis order of a CRS name; raises ShapeUnusable for one that is not WGS 84."""
    if not crs:
        warnings.append("no coordinate system named, read as WGS 84")
        return False
    if "crs84" in crs.lower():
        return True
    code = _CODE.search(crs)
    if code is None or "epsg" not in crs.lower() or code[1] not in ("4326", "4979"):
        raise ShapeUnusable(f"the coordinate system {clean(crs, limit=60)} is not WGS 84")
    return False


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    position: LatLon
    uncertainty_m: float | None
    warnings: tuple[str, ...]


def _read_shape(element: Element, crs: str, near: LatLon | None) -> _Found:
    warnings: list[str] = []
    inner = next((e.get("srsName") for e in element.iter() if e.get("srsName")), None)
    longitude_first = _longitude_first(crs or inner or "", warnings)
    shape = pidf_shapes.read(element, longitude_first=longitude_first, warnings=warnings)
    position = _unswapped(shape.first_deg, shape.second_deg, near, warnings)
    if position.is_null_island:
        raise ShapeUnusable("the position is 0 0, which is what a failed search for an address gives")
    return _Found(position=position, uncertainty_m=shape.uncertainty_m, warnings=tuple(warnings))


def _unswapped(latitude: float, longitude: float, near: LatLon | None, warnings: list[str]) -> LatLon:
    """The position of a pair, exchanged where that is the only, or the only near, reading of it."""
    given = _position(latitude, longitude)
    swapped = _position(longitude, latitude)
    if given is None and swapped is None:
        raise ShapeUnusable(f"the position {latitude:g} {longitude:g} is not on the earth")
    if given is not None and (swapped is None or not _is_only_near_when(swapped, given, near)):
        return given
    assert swapped is not None
    warnings.append("latitude and longitude came swapped and were exchanged")
    return swapped


def _is_only_near_when(swapped: LatLon, given: LatLon, near: LatLon | None) -> bool:
    return near is not None and distance_m(near, given) > SERVICE_AREA_M >= distance_m(near, swapped)


def _position(latitude: float, longitude: float) -> LatLon | None:
    try:
        return LatLon(latitude, longitude)
    except ValueError:
        return None


_STREET = ("PRM", "PRD", "STP", "RD", "A6", "STS", "POD", "POM")
_INSIDE = (("BLD", "Bldg "), ("FLR", "Floor "), ("UNIT", "Unit "), ("ROOM", "Room "), ("LOC", ""))


def _address_line(civic: Element) -> str:
    """A civic address as a dispatcher reads it: landmark, number and street, inside the building, city."""
    field: dict[str, str] = {}
    for child in civic:
        field.setdefault(_local(child).upper(), clean("".join(child.itertext())))
    number = field.get("HNP", "") + field.get("HNO", "") + field.get("HNS", "")
    street = " ".join(filter(None, (number, *(field.get(name, "") for name in _STREET))))
    inside = (prefix + field[name] for name, prefix in _INSIDE if field.get(name))
    landmark = field.get("NAM") or field.get("LMK") or ""
    city = field.get("A3") or field.get("A4") or field.get("PCN") or field.get("A2") or ""
    return clean(", ".join(filter(None, (landmark, street, *inside, city))))


_LINE = re.compile(r"(?P<hno>\d+)(?P<hns>[A-Za-z]?)\s+(?P<road>.+)", re.DOTALL)

_HEAD = (
    '<presence xmlns="urn:ietf:params:xml:ns:pidf"'
    ' xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10"'
    ' xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"'
    ' xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0"'
    ' entity="pres:incident@invalid"><tuple id="location"><status><gp:geopriv><gp:location-info>'
)
_TAIL = "</gp:location-info><gp:usage-rules/></gp:geopriv></status></tuple></presence>"
_CRS_2D = 'srsName="urn:ogc:def:crs:EPSG::4326"'


def write_pidf_lo(position: LatLon | None, *, uncertainty_m: float | None = None, address: str = "") -> str:
    """Write a point, or a circle where `uncertainty_m` is given, and the address as a civic location.

    The one address line becomes house number, road, and what follows its last comma the city; reading
    the document gives the same line back.
    """
    parts = [_HEAD]
    if position is not None:
        pos = f"<gml:pos>{position.latitude_deg!r} {position.longitude_deg!r}</gml:pos>"
        if uncertainty_m:
            radius = f'<gs:radius uom="urn:ogc:def:uom:EPSG::9001">{uncertainty_m!r}</gs:radius>'
            parts.append(f"<gs:Circle {_CRS_2D}>{pos}{radius}</gs:Circle>")
        else:
            parts.append(f"<gml:Point {_CRS_2D}>{pos}</gml:Point>")
    if address:
        parts.append(_write_civic(address))
    parts.append(_TAIL)
    return "".join(parts)


def _write_civic(address: str) -> str:
    street, _, city = address.rpartition(", ") if ", " in address else (address, "", "")
    street, _, inside = street.partition(", ")
    numbered = _LINE.fullmatch(street)
    fields = [("A3", city)]
    if numbered:
        fields += [("RD", numbered["road"]), ("HNO", numbered["hno"]), ("HNS", numbered["hns"])]
    else:
        fields.append(("RD", street))
    fields.append(("LOC", inside))
    body = "".join(f"<ca:{name}>{_escaped(value)}</ca:{name}>" for name, value in fields if value)
    return f"<ca:civicAddress>{body}</ca:civicAddress>"


def _escaped(text: str) -> str:
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
