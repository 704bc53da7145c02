"""The shapes of RFC 5491 as a centre and a radius that covers them.

Angles are degrees clockwise from north, lengths metres. A shape's own numbers are read strictly: an
infinite, missing or misspelt number makes the shape unusable rather than a position elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final
from xml.etree.ElementTree import Element

import msgspec

from rtcc_core.domain.geo import EARTH_RADIUS_M
from rtcc_core.domain.text import clean

MAX_CORNERS: Final = 2_000

_WIDEST_M: Final = math.pi * EARTH_RADIUS_M
"""Half the way round the earth: no radius is larger."""

_UNITS_M: Final[Mapping[str, float]] = {
    "9001": 1.0,
    "9002": 0.3048,
    "9003": 1200 / 3937,
    "9030": 1852.0,
    "9036": 1000.0,
    "9093": 1609.344,
    "m": 1.0,
    "metre": 1.0,
    "meter": 1.0,
    "km": 1000.0,
}
"""EPSG unit codes, and the names seen in their place, in metres."""


class ShapeUnusable(ValueError):
    """The shape gives no position; the message says why, in words."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A centre in the sender's axis order made latitude first, not yet checked to be on the earth."""

    first_deg: float
    """Latitude, degrees."""
    second_deg: float
    """Longitude, degrees."""
    uncertainty_m: float | None = None
    altitude_m: float | None = None
    """Above the WGS 84 ellipsoid; None in two dimensions."""
    name: str = ""


def read(element: Element, *, longitude_first: bool, warnings: list[str]) -> Shape:
    """Read one shape element (its local name is in SHAPES). Raises ShapeUnusable; appends to `warnings`."""
    shape = SHAPES[_name(element)](element, warnings)
    radius_m = shape.uncertainty_m
    if radius_m is not None and not 0.0 < radius_m <= _WIDEST_M:
        if radius_m != 0.0:
            warnings.append("the uncertainty of the position could not be read")
        shape = msgspec.structs.replace(shape, uncertainty_m=None)
    words = "arc band" if _name(element) == "ArcBand" else _name(element).lower()
    first, second = shape.first_deg, shape.second_deg
    if longitude_first:
        first, second = second, first
    return msgspec.structs.replace(shape, first_deg=first, second_deg=second, name=words)


def value(element: Element | None, low: float, high: float) -> float | None:
    """The one number of an element; None where it is missing, misspelt or outside `low` … `high`."""
    if element is None:
        return None
    try:
        number = _numbers(element.text, [])[0]
    except ShapeUnusable:
        return None
    return number if low <= number <= high else None


def at_95(radius_m: float | None, confidence: Element | None, warnings: list[str]) -> float | None:
    """The radius that holds the position with 95 %, which is what RFC 5491 means where nothing is said.

    RFC 7459 §5: a normal distribution scales in the plane as the root of -ln(1 - confidence), any other
    as the root of the area.
    """
    percent = value(confidence, 0.0, 100.0)
    if radius_m is None or confidence is None or percent is None or percent >= 95.0:
        return radius_m
    if percent < 1.0:
        warnings.append("the position is claimed with no confidence; its uncertainty is unknown")
        return None
    share = percent / 100.0
    if (confidence.get("pdf") or "").strip().lower() == "normal":
        factor = math.sqrt(math.log(1 - 0.95) / math.log(1 - share))
    else:
        factor = math.sqrt(0.95 / share)
    warnings.append(f"the uncertainty was given for {percent:g} % and is shown for 95 %")
    return min(radius_m * factor, _WIDEST_M)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _find(element: Element, name: str) -> Element | None:
    wanted = name.lower()
    return next((child for child in element.iter() if _name(child).lower() == wanted), None)


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")


def _numbers(text: str | None, warnings: list[str]) -> list[float]:
    if text and "," in text:
        warnings.append("coordinates came separated by commas")
        text = text.replace(",", " ")
    words = (text or "").split(maxsplit=3 * MAX_CORNERS)
    if not words:
        raise ShapeUnusable("the position holds no coordinates")
    values = []
    for word in words:
        if len(word) > 40 or not _NUMBER.fullmatch(word) or not math.isfinite(float(word)):
            raise ShapeUnusable(f"the coordinate {clean(word, limit=20)!r} is not a number")
        values.append(float(word))
    return values


def _centre(element: Element, warnings: list[str]) -> Shape:
    pos = _find(element, "pos")
    if pos is None:
        pos = _find(element, "coordinates")
    values = _numbers(pos.text if pos is not None else None, warnings)
    if len(values) not in (2, 3):
        raise ShapeUnusable(f"the position has {len(values)} coordinates, not two or three")
    return Shape(
        first_deg=values[0], second_deg=values[1], altitude_m=values[2] if len(values) == 3 else None
    )


def _length_m(element: Element, name: str, warnings: list[str]) -> float | None:
    """A length in metres; None, with a warning, where it is missing or cannot be read."""
    child = _find(element, name)
    if child is None:
        warnings.append(f"the position has no {name}")
        return None
    try:
        value = _numbers(child.text, warnings)[0]
    except ShapeUnusable:
        warnings.append(f"the {name} of the position is not a number")
        return None
    unit = (child.get("uom") or "").strip()
    if not unit:
        warnings.append(f"the {name} names no unit, read as metres")
        return value
    factor = _UNITS_M.get(re.split(r"[:/#]", unit.lower())[-1])
    if factor is None:
        warnings.append(f"the {name} is in an unknown unit ({clean(unit, limit=40)})")
        return None
    return value * factor


def _angle_deg(element: Element, name: str) -> float | None:
    child = _find(element, name)
    try:
        return _numbers(child.text, [])[0] if child is not None else None
    except ShapeUnusable:
        return None


def _covered_by(length_name: str) -> Callable[[Element, list[str]], Shape]:
    """A reader for the shapes that one length around their centre covers."""

    def reader(element: Element, warnings: list[str]) -> Shape:
        radius_m = _length_m(element, length_name, warnings)
        return msgspec.structs.replace(_centre(element, warnings), uncertainty_m=radius_m)

    return reader


def _arc_band(element: Element, warnings: list[str]) -> Shape:
    """The middle of the band; where the band goes half-way round or more, the point it goes round."""
    centre = _centre(element, warnings)
    first, second = centre.first_deg, centre.second_deg
    inner_m = _length_m(element, "innerRadius", warnings)
    outer_m = _length_m(element, "outerRadius", warnings)
    start, opening = _angle_deg(element, "startAngle"), _angle_deg(element, "openingAngle")
    whole = Shape(first_deg=first, second_deg=second, uncertainty_m=outer_m)
    if inner_m is None or outer_m is None or start is None or opening is None:
        return whole
    if not (0.0 <= inner_m <= outer_m <= 100_000.0 and 0.0 <= opening < 180.0 and abs(first) < 89.0):
        return whole
    middle_m, half = (inner_m + outer_m) / 2, math.radians(opening / 2)
    reach_m = max(
        math.sqrt(max(0.0, r * r + middle_m * middle_m - 2 * r * middle_m * math.cos(half)))
        for r in (inner_m, outer_m)
    )
    bearing = math.radians(start + opening / 2)
    north_deg = math.degrees(middle_m * math.cos(bearing) / EARTH_RADIUS_M)
    east_deg = math.degrees(middle_m * math.sin(bearing) / EARTH_RADIUS_M) / math.cos(math.radians(first))
    return Shape(first_deg=first + north_deg, second_deg=second + east_deg, uncertainty_m=reach_m)


def _polygon(element: Element, warnings: list[str]) -> Shape:
    """The mean of the corners, and the distance to the farthest of them."""
    corners = _corners(element, warnings)
    if any(abs(degrees) > 180.0 for corner in corners for degrees in corner):
        raise ShapeUnusable("the area has a corner that is not on the earth")
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners = corners[:-1]
    first = sum(corner[0] for corner in corners) / len(corners)
    second = sum(corner[1] for corner in corners) / len(corners)
    warnings.append("an area was given; its middle is used")
    return Shape(
        first_deg=first,
        second_deg=second,
        uncertainty_m=max(_flat_distance_m(first, second, *corner) for corner in corners),
    )


def _corners(element: Element, warnings: list[str]) -> list[tuple[float, float]]:
    pos_list = _find(element, "posList")
    if pos_list is None:
        found = [e for e in element.iter() if _name(e) == "pos"][:MAX_CORNERS]
        pairs = [_numbers(pos.text, warnings) for pos in found]
        if not pairs or any(len(pair) not in (2, 3) for pair in pairs):
            raise ShapeUnusable("the corners of the area are not pairs of coordinates")
        return [(pair[0], pair[1]) for pair in pairs]
    values = _numbers(pos_list.text, warnings)
    size = _dimension(pos_list, element, len(values))
    if len(values) < 2 or len(values) % size:
        raise ShapeUnusable("the corners of the area are not pairs of coordinates")
    return [(values[i], values[i + 1]) for i in range(0, len(values), size)]


def _dimension(pos_list: Element, element: Element, count: int) -> int:
    declared = pos_list.get("srsDimension") or element.get("srsDimension")
    if declared in ("2", "3"):
        return int(declared)
    is_3d = "4979" in (element.get("srsName") or "") or _name(element) == "Prism" or count % 2 == 1
    return 3 if is_3d and count % 3 == 0 else 2


def _flat_distance_m(first_a: float, second_a: float, first_b: float, second_b: float) -> float:
    """Distance on a flat city, metres; the pairs may still be swapped."""
    narrowing = abs(math.cos(math.radians(first_a)))
    north, east = math.radians(first_b - first_a), math.radians(second_b - second_a) * narrowing
    return EARTH_RADIUS_M * math.hypot(north, east)


SHAPES: Final[Mapping[str, Callable[[Element, list[str]], Shape]]] = {
    "Point": _centre,
    "Circle": _covered_by("radius"),
    "Sphere": _covered_by("radius"),
    "Ellipse": _covered_by("semiMajorAxis"),
    "Ellipsoid": _covered_by("semiMajorAxis"),
    "ArcBand": _arc_band,
    "Polygon": _polygon,
    "Prism": _polygon,
}
"""Local element name → its reader."""
