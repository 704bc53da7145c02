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
from functools import lru_cache
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml import ElementTree

from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.text import clean
from rtcc_core.wire import pidf_shapes
from rtcc_core.wire.pidf_civic import Civic, read_civic, write_civic
from rtcc_core.wire.pidf_shapes import SHAPES, ShapeUnusable

MAX_CHARS: Final = 256 * 1024
"""Characters of a document that are read at all; a full one with a 100-corner polygon has 8,000."""

REMEMBERED: Final = 2_000
REMEMBERED_CHARS: Final = 4_096
"""So many of the newest documents, up to this length, are not parsed a second time."""

SERVICE_AREA_M: Final = 200_000.0
"""How far from the middle of the service area a position may be before a swap is looked for, metres."""

_MAX_LOCATIONS: Final = 20


class PidfLoError(ValueError):
    """The document says no place that can be used; the message says why, in words."""


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """What one document says: a position, an address, or both."""

    position: LatLon | None = None
    uncertainty_m: float | None = None
    """Radius in metres around `position` that holds it with 95 %; None when the sender gave none."""
    shape: str = ""
    """`point`, `circle`, `ellipse`, `arc band`, `polygon`, `sphere`, `ellipsoid`, `prism`; empty: none."""
    altitude_hae_m: float | None = None
    """Height above the WGS 84 ellipsoid, metres (EPSG:4979), not above the ground or the sea."""
    speed_m_s: float | None = None
    heading_deg: float | None = None
    """Speed over the ground and its direction from true north (RFC 5962), where the device told them."""
    method: str = ""
    """How the position was found, as sent: `GPS`, `Cell`, `DBH_HELO` (RFC 4119 method tokens)."""
    civic: Civic | None = None
    warnings: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """One cleaned line, empty when the document holds no civic address."""
        return self.civic.line if self.civic else ""


def read_pidf_lo(xml: str, *, near: LatLon | None = None) -> Location:
    """Read the first usable geodetic and the first usable civic location of the document.

    `near` is the middle of the service area, used only to recognise swapped coordinates. Raises
    PidfLoError, and nothing else, when no location of the document can be used.
    """
    # A CAD sends the whole incident with every change of it, so most documents were read a moment ago.
    return _read_again(xml, near) if len(xml) <= REMEMBERED_CHARS else _read(xml, near)


@lru_cache(maxsize=REMEMBERED)
def _read_again(xml: str, near: LatLon | None) -> Location:
    return _read(xml, near)


def _read(xml: str, near: LatLon | None) -> Location:
    root = _parse(xml)
    if _local(root) == "error" and root.get("code"):  # HELD (RFC 5985) has its own way to say no
        raise PidfLoError(f"the location server says {clean(root.get('code', ''), limit=60)}")
    warnings: list[str] = []
    best: Location | None = None
    civic: Civic | None = None
    for element, crs, around in _locations(root):
        if _local(element) == "civicAddress":
            civic = civic or _civic(element)
            continue
        try:
            found = _read_shape(element, crs, around, near)
        except ShapeUnusable as exc:
            warnings.append(str(exc))
            continue
        if best is None:
            best = found
            warnings.extend(found.warnings)
        elif _is_elsewhere(found, best):
            warnings.append(f"a second position ({found.position}) was not used")
    if best is None and civic is None:
        raise PidfLoError("; ".join(warnings) or "the location document holds no place")
    said = tuple(clean(warning) for warning in warnings)
    return msgspec.structs.replace(best or Location(), civic=civic, warnings=said)


def _is_elsewhere(one: Location, other: Location) -> bool:
    if one.position is None or other.position is None:
        return False
    return distance_m(one.position, other.position) > max(100.0, other.uncertainty_m or 0.0)


def _civic(element: Element) -> Civic | None:
    civic = read_civic(element)
    return civic if civic.line else None


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


def _locations(root: Element) -> Iterator[tuple[Element, str, Element]]:
    """Each shape and civic address in document order, never inside a shape.

    With it the CRS name in force and the tuple, device or person that it stands in.
    """
    stack: list[tuple[Element, str, Element]] = [(root, "", root)]
    found = 0
    while stack and found < _MAX_LOCATIONS:
        element, crs, around = stack.pop()
        crs = element.get("srsName") or crs
        name = _local(element)
        if name in SHAPES or name == "civicAddress":
            found += 1
            yield element, crs, around
        else:
            if name in ("tuple", "device", "person"):
                around = element
            stack.extend((child, crs, around) for child in reversed(element))


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


def _read_shape(element: Element, crs: str, around: Element, near: LatLon | None) -> Location:
    warnings: list[str] = []
    inner = next((e.get("srsName") for e in element.iter() if e.get("srsName")), None)
    longitude_first = _longitude_first(crs or inner or "", warnings)
    shape = pidf_shapes.read(element, longitude_first=longitude_first, warnings=warnings)
    position = _unswapped(shape.first_deg, shape.second_deg, near, warnings)
    if position.is_null_island:
        raise ShapeUnusable("the position is 0 0, which is what a failed search for an address gives")
    beside = {_local(child): child for child in around.iter() if _local(child) in _BESIDE}
    method = beside.get("method")
    return Location(
        position=position,
        uncertainty_m=pidf_shapes.at_95(shape.uncertainty_m, beside.get("confidence"), warnings),
        shape=shape.name,
        altitude_hae_m=shape.altitude_m,
        speed_m_s=pidf_shapes.value(beside.get("speed"), 0.0, 500.0),
        heading_deg=pidf_shapes.value(beside.get("heading"), 0.0, 360.0),
        method=clean(method.text or "", limit=40) if method is not None else "",
        warnings=tuple(warnings),
    )


_BESIDE: Final = frozenset({"confidence", "speed", "heading", "method"})
"""What stands beside a shape, in its location-info, its Dynamic element or its geopriv element."""


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
        parts.append(write_civic(address))
    parts.append(_TAIL)
    return "".join(parts)
