"""GeoJSON (RFC 7946) to volumes: the agency's own file, FAA facility maps, temporary restrictions.

The agency's own file is a FeatureCollection of Polygons and MultiPolygons with these properties:

    kind       fence | keep-out | ceiling | restriction
    name       what people call it
    floor_ft_agl  floor_m_agl  floor_ft_amsl  floor_m_amsl      at most one; none: from the ground
    ceiling_ft_agl  ceiling_m_agl  ceiling_ft_amsl  ceiling_m_amsl      at most one; none: without end
    starts_at  ends_at      ISO 8601 with its zone: 2026-07-04T18:00:00Z
    citation   the rule or order behind it

A height without its unit and datum in its name is an error. Other properties are ignored, unless they look
like a height. A member `valid_until` beside `features` says when the file as a whole is old.

Nothing is repaired: a feature that is wrong in any way is left out, alone, and told as a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from rtcc_core.domain.airspace import SourceKind, Volume
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.text import clean
from rtcc_core.wire.airspace_assembly import distance_from_m
from rtcc_core.wire.airspace_features import Shown, facility_cell, own_volume, restriction, timestamp
from rtcc_core.wire.airspace_rings import FeatureUnusable, polygons
from rtcc_core.wire.geojson import Collection, Feature

REACH_M = 25_000.0
"""Volumes further than this from the agency's centre and sites are left out."""

CELL_MAX_M = 10_000.0
"""A cell of a facility map is smaller than this (one minute of arc, or less)."""

PROBLEMS_MAX = 100
"""No more problems than this are told for one file."""

_READERS: Mapping[SourceKind, Callable[[Mapping[str, object]], Shown]] = {
    SourceKind.OWN: own_volume,
    SourceKind.FACILITY_MAP: facility_cell,
    SourceKind.RESTRICTIONS: restriction,
}

_WGS_84 = ("crs84", "epsg:4326", "epsg::4326")


class FileUnusable(ValueError):
    """Nothing in the file can be used; the message says why and what to do."""


class AirspaceRead(msgspec.Struct, frozen=True, kw_only=True):
    """What one file gave."""

    volumes: tuple[Volume, ...]
    problems: tuple[str, ...] = ()
    """Each names its feature, what is wrong, and the remedy."""
    far_away: int = 0
    """How many features lie beyond reach: normal for a national file."""
    valid_until: datetime | None = None


class _Feature(Feature):
    id: object = None


class _Collection(Collection):
    crs: object = None
    valid_until: object = None


def read_volumes(
    raw: bytes, kind: SourceKind, *, source: str, near: Sequence[LatLon], reach_m: float = REACH_M
) -> AirspaceRead:
    """Every volume of a file that comes within reach of any of the points `near` (the centre first).

    Raises FileUnusable where it is no FeatureCollection in WGS 84.
    """
    collection = _collection(raw)
    found: list[Volume] = []
    problems: list[str] = []
    far_away = 0
    for number, raw_feature in enumerate(collection.features or (), start=1):
        name = f"feature {number}"
        try:
            feature = _feature(raw_feature)
            if kind is SourceKind.FACILITY_MAP and _is_far_cell(feature.geometry, near, reach_m):
                far_away += 1
                continue
            name = _name(feature, number)
            volumes = _volumes(feature, kind, source=source, centre=near[0])
        except FeatureUnusable as wrong:
            problems.append(f"{name}: {wrong}")
            continue
        close = [volume for volume in volumes if distance_from_m(volume, near) <= reach_m]
        found += close
        if not close:
            far_away += 1
            if kind is SourceKind.OWN:
                problems.append(f"{name}: lies more than {reach_m / 1000:.0f} km away; not used")
    if kind is SourceKind.FACILITY_MAP and far_away and not found:
        problems.append(
            f"none of its {far_away} cells lies within {reach_m / 1000:.0f} km:"
            " is it the right part of the country? GeoJSON has longitude first"
        )
    return AirspaceRead(
        volumes=tuple(found),
        problems=_told(problems),
        far_away=far_away,
        valid_until=timestamp(collection.valid_until, "valid_until"),
    )


def _is_far_cell(geometry: Mapping[str, object] | None, near: Sequence[LatLon], reach_m: float) -> bool:
    """True for a cell of another region: the map of the whole country has 400,000 of them."""
    inner = (geometry or {}).get("coordinates")
    while isinstance(inner, list) and inner and isinstance(inner[0], list):
        inner = inner[0]
    match inner:
        case [float() as longitude, float() as latitude, *_] if abs(longitude) <= 180 and abs(latitude) <= 90:
            corner = LatLon(latitude, longitude)
            return all(distance_m(corner, point) > reach_m + CELL_MAX_M for point in near)
        case _:
            return False


def _collection(raw: bytes) -> _Collection:
    try:
        collection = msgspec.json.decode(raw, type=_Collection)
        timestamp(collection.valid_until, "valid_until")
    except FeatureUnusable as wrong:
        raise FileUnusable(str(wrong)) from wrong
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FileUnusable(f"it is not GeoJSON: {clean(str(error), limit=200)}") from error
    if collection.type != "FeatureCollection" or collection.features is None:
        raise FileUnusable('it is not a GeoJSON FeatureCollection: export it with "features"')
    _check_crs(collection.crs)
    return collection


def _check_crs(crs: object) -> None:
    """Old GeoJSON may name another system than WGS 84; RFC 7946 section 4 did away with that."""
    if crs is None:
        return
    name = ""
    if isinstance(crs, dict) and isinstance(crs.get("properties"), dict):
        name = str(crs["properties"].get("name", ""))
    if not name.lower().endswith(_WGS_84):
        raise FileUnusable(
            f"its coordinates are in {clean(name, limit=60) or 'an unnamed system'}, not WGS 84 degrees;"
            " export it again as EPSG:4326"
        )


def _feature(raw: msgspec.Raw) -> _Feature:
    try:
        return msgspec.json.decode(raw, type=_Feature)
    except (msgspec.DecodeError, RecursionError) as error:
        raise FeatureUnusable(f"is not a GeoJSON feature: {clean(str(error), limit=120)}") from error


def _name(feature: _Feature, number: int) -> str:
    """How a person finds the feature in the file: its name or id, and its place."""
    properties = feature.properties or {}
    for key in ("name", "NAME", "NOTAM_KEY", "notam", "APT1_FAAID", "id", "OBJECTID"):
        value = properties.get(key)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return f"feature {number} ({clean(str(value), limit=60)})"
    if isinstance(feature.id, str | int):
        return f"feature {number} ({clean(str(feature.id), limit=60)})"
    return f"feature {number}"


def _volumes(feature: _Feature, kind: SourceKind, *, source: str, centre: LatLon) -> list[Volume]:
    shown = _READERS[kind](feature.properties or {})
    areas = polygons(feature.geometry, centre=centre, is_local=kind is SourceKind.OWN)
    return [
        Volume(
            name=shown.name if len(areas) == 1 else f"{shown.name} {part}/{len(areas)}",
            kind=shown.kind,
            outline=area.outline,
            holes=area.holes,
            floor=shown.floor,
            ceiling=shown.ceiling,
            starts_at=shown.starts_at,
            ends_at=shown.ends_at,
            source=source,
            citation=shown.citation,
        )
        for part, area in enumerate(areas, start=1)
    ]


def _told(problems: Iterable[str]) -> tuple[str, ...]:
    all_of_them = tuple(problems)
    more = len(all_of_them) - PROBLEMS_MAX
    return all_of_them if more <= 0 else (*all_of_them[:PROBLEMS_MAX], f"and {more} more features")
