"""Lines of a GeoJSON file (RFC 7946) as the roads of a map, whatever else is in it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import msgspec

from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.street_map import Road
from rtcc_core.wire.geojson import Collection, Feature
from rtcc_core.wire.road_classes import of_feature
from rtcc_core.wire.streets import Row, StreetKeys

PROBLEMS_MAX = 20


class GeoJsonUnusable(ValueError):
    """Nothing in the file can be used; the message says why and what to do."""


class RoadsRead(msgspec.Struct, frozen=True, kw_only=True):
    """What one file gave."""

    roads: tuple[Road, ...]
    passed_over: int = 0
    """Features that are no lines, or lines that a dispatch map does not show."""
    problems: tuple[str, ...] = ()
    """Each names its feature and what is wrong with it; the first few."""


def read_roads(raw: bytes, keys: StreetKeys | None = None) -> RoadsRead:
    """The lines of a FeatureCollection. One that is wrong is left out, alone.

    Raises GeoJsonUnusable where the file as a whole is no FeatureCollection with a line in it.
    """
    keys = keys or StreetKeys()
    try:
        collection = msgspec.json.decode(raw, type=Collection)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise GeoJsonUnusable(f"it is not GeoJSON: {error}") from error
    if collection.type != "FeatureCollection" or collection.features is None:
        raise GeoJsonUnusable("it is no GeoJSON FeatureCollection; export the lines of the streets as one")
    roads: list[Road] = []
    problems: list[str] = []
    passed_over = 0
    for number, feature in enumerate(collection.features, start=1):
        try:
            found = _roads(feature, keys)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            problems.append(f"feature {number}: {error}")
            continue
        roads += found
        passed_over += not found
    if not roads:
        why = f" ({problems[0]})" if problems else ""
        raise GeoJsonUnusable(f"none of its {len(collection.features)} features is a street{why}")
    return RoadsRead(roads=tuple(roads), passed_over=passed_over, problems=tuple(problems[:PROBLEMS_MAX]))


def _roads(raw: msgspec.Raw, keys: StreetKeys) -> list[Road]:
    feature = msgspec.json.decode(raw, type=Feature)
    geometry, properties = feature.geometry or {}, feature.properties or {}
    match geometry.get("type"):
        case "LineString":
            lines: Sequence[object] = [geometry.get("coordinates")]
        case "MultiLineString":
            lines = _list(geometry.get("coordinates"))
        case _:
            return []
    tags = {key.strip().casefold(): str(value).strip() for key, value in properties.items() if value}
    road_class = of_feature(tags)
    if road_class is None:
        return []
    name = Row(properties).text(keys.name)
    return [Road(road_class, name, tuple(_points(line))) for line in lines]


def _points(line: object) -> Iterator[LatLon]:
    for point in _list(line):
        match point:
            case [int() | float() as longitude, int() | float() as latitude, *_]:
                if not (math.isfinite(latitude) and math.isfinite(longitude)):
                    raise ValueError("a coordinate is not a number")
                if abs(latitude) > 90.0 or abs(longitude) > 180.0:
                    raise ValueError(
                        f"{longitude:g}, {latitude:g} is not on earth: GeoJSON has degrees, longitude first"
                    )
                yield LatLon(float(latitude), float(longitude))
            case _:
                raise ValueError("a point is not [longitude, latitude]")


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("its coordinates are not a list")
    return value
