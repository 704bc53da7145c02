"""GeoJSON geometry to checked outlines: on the earth, near the agency, closed, not crossing itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

import shapely

from rtcc_core.domain.airspace import Area, Ring
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.text import clean
from rtcc_core.wire.airspace_assembly import polygon_of

CORNERS_MAX = 5_000
"""Of one feature."""

AREAS_MAX = 200
"""Of one MultiPolygon."""

ASTRAY_M = 1_000_000.0
"""An agency's own polygon that is further away than this is an error, not a place."""


class FeatureUnusable(ValueError):
    """This one feature is left out; the message says why and what to do."""


def polygons(geometry: Mapping[str, object] | None, *, centre: LatLon, is_local: bool) -> list[Area]:
    """The areas of a Polygon or MultiPolygon.

    `is_local`: everything must lie within 1,000 km of the centre (a national file may not). Raises
    FeatureUnusable for anything that is not a sound polygon on the earth.
    """
    if geometry is None:
        raise FeatureUnusable("has no geometry: draw its outline")
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon":
        parts = [coordinates]
    elif kind == "MultiPolygon" and isinstance(coordinates, list):
        parts = coordinates
    else:
        raise FeatureUnusable(f"is a {clean(str(kind), limit=30)}, not a Polygon or MultiPolygon")
    if not 0 < len(parts) <= AREAS_MAX:
        raise FeatureUnusable(f"has {len(parts)} polygons; between 1 and {AREAS_MAX} can be used")
    return [_area(part, centre=centre, is_local=is_local) for part in parts]


def _area(rings: object, *, centre: LatLon, is_local: bool) -> Area:
    if not isinstance(rings, list) or not rings:
        raise FeatureUnusable("has a polygon without an outline")
    corners = sum(len(ring) for ring in rings if isinstance(ring, list))
    if corners > CORNERS_MAX:
        raise FeatureUnusable(f"has {corners} corners, {CORNERS_MAX} at most: simplify it")
    outline, *holes = [_ring(ring) for ring in rings]
    if is_local:
        _check_near(outline, centre)
    polygon = polygon_of(outline, holes)
    if not shapely.is_valid(polygon):
        raise FeatureUnusable(_why_invalid(str(shapely.is_valid_reason(polygon))))
    return Area(outline, tuple(holes))


def _ring(ring: object) -> Ring:
    if not isinstance(ring, list) or len(ring) < 4:
        raise FeatureUnusable("has a ring of fewer than four positions (first and last are the same)")
    points = [_position(position) for position in ring]
    if points[0] != points[-1]:
        raise FeatureUnusable(f"has a ring that is not closed: it ends at {points[-1]}, not at {points[0]}")
    return tuple(points[:-1])


def _position(position: object) -> LatLon:
    if not isinstance(position, list) or not 2 <= len(position) <= 4:
        raise FeatureUnusable("has a position that is not [longitude, latitude]")
    longitude, latitude = (_number(value) for value in position[:2])
    if abs(latitude) > 90.0 or abs(longitude) > 180.0:
        swapped = abs(latitude) <= 180.0 and abs(longitude) <= 90.0
        raise FeatureUnusable(
            f"has a position outside the world: longitude {longitude:g}, latitude {latitude:g}"
            + ("; are the two swapped? GeoJSON has longitude first" if swapped else "")
        )
    return LatLon(latitude, longitude)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        raise FeatureUnusable(f"has a coordinate that is not a number: {clean(str(value), limit=30)}")
    return float(value)


def _check_near(outline: Ring, centre: LatLon) -> None:
    for corner in outline:
        away_m = distance_m(corner, centre)
        if away_m <= ASTRAY_M:
            continue
        reason = f"has a corner at {corner}, {away_m / 1000:,.0f} km away"
        if abs(corner.longitude_deg) <= 90.0:
            swapped = LatLon(corner.longitude_deg, corner.latitude_deg)
            if distance_m(swapped, centre) <= ASTRAY_M:
                reason += "; latitude and longitude are swapped: GeoJSON has longitude first"
        raise FeatureUnusable(reason)


def _why_invalid(reason: str) -> str:
    """GEOS's word, as a person would say it, with the place in the house's order."""
    found = re.search(r"^(.*?)\[(\S+) (\S+)\]", reason)
    if found is None:
        return f"is not a sound polygon: {clean(reason, limit=80)}"
    what = "crosses itself" if "intersection" in found[1].lower() else f"is not sound ({found[1].lower()})"
    return f"{what} at {float(found[3]):.5f} {float(found[2]):.5f}: redraw its outline"
