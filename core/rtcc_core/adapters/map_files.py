"""Files that a city's map is made of, and the one file that consoles are given.

`read_lines` reads what agencies can get (OpenStreetMap extracts, GeoJSON); `MapFiles` gives consoles the
imported map, or, where none was imported, the lines of the street files.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from rtcc_core.adapters.street_files import StreetFile
from rtcc_core.adapters.watched_files import Stamp, opened, stamp_of, whole, why_unusable
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.street_map import (
    PACKED_MAX_BYTES,
    Road,
    StreetMap,
    pack,
    street_map,
    unpack,
)
from rtcc_core.wire.map_geojson import RoadsRead, read_roads
from rtcc_core.wire.road_classes import of_osm

log = logging.getLogger(__name__)

FILE_MAX_BYTES = 512 * 1024 * 1024
OSM_CREDIT = "© OpenStreetMap contributors, ODbL 1.0"
_OSM_ENDINGS = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2", ".o5m")


class MapFileUnusable(ValueError):
    """A file cannot be read; the message says which, why, and what to do."""


def is_osm(path: Path) -> bool:
    """True for what is OpenStreetMap data by its name."""
    return path.name.casefold().endswith(_OSM_ENDINGS)


def read_lines(path: Path) -> RoadsRead:
    """The roads of an OpenStreetMap extract or a GeoJSON file; takes seconds for a city.

    Raises MapFileUnusable.
    """
    try:
        if is_osm(path):
            opened(path, FILE_MAX_BYTES).close()  # osmium's own words for a missing file name no remedy
            return _read_osm(path)
        return read_roads(whole(path, FILE_MAX_BYTES))
    except OSError as error:
        raise MapFileUnusable(f"{path} cannot be read: {why_unusable(error)}") from error
    except MapFileUnusable:
        raise
    except ValueError as error:
        raise MapFileUnusable(f"{path.name} cannot be used: {error}") from error


def _read_osm(path: Path) -> RoadsRead:
    try:
        import osmium
    except ImportError as error:
        raise MapFileUnusable(
            f"{path.name} is OpenStreetMap data, and the library for that is not installed: "
            "pip install 'rtcc[map]', or give a GeoJSON file"
        ) from error
    wanted = osmium.filter.KeyFilter("highway", "railway", "waterway", "natural")
    kinds = osmium.osm.NODE | osmium.osm.WAY
    found = osmium.FileProcessor(str(path), kinds).with_locations().with_filter(wanted)
    roads: list[Road] = []
    passed_over = 0
    try:
        for way in found:
            if not isinstance(way, osmium.osm.Way):
                continue
            road_class = of_osm({tag.k: tag.v for tag in way.tags})
            line = tuple(LatLon(node.lat, node.lon) for node in way.nodes if node.location.valid())
            if road_class is None or len(line) < 2:
                passed_over += 1
            else:
                roads.append(Road(road_class, way.tags.get("name") or way.tags.get("ref") or "", line))
    except (RuntimeError, ValueError) as error:
        raise MapFileUnusable(f"{path.name} is not OpenStreetMap data, or is damaged: {error}") from error
    if not roads:
        raise MapFileUnusable(f"{path.name} holds no street")
    return RoadsRead(roads=tuple(roads), passed_over=passed_over)


def within(roads: Iterable[Road], near: LatLon, reach_m: float) -> Iterator[Road]:
    """Those with a point within `reach_m` of `near`, by a square around it."""
    from rtcc_core.domain.plane import Plane

    plane = Plane(near)
    for road in roads:
        if any(max(abs(metres) for metres in plane.to_xy(point)) <= reach_m for point in road.line):
            yield road


def read_map(path: Path) -> StreetMap:
    """An imported map. Raises MapFileUnusable."""
    try:
        return unpack(whole(path, PACKED_MAX_BYTES))
    except OSError as error:
        raise MapFileUnusable(f"{path} cannot be read: {why_unusable(error)}") from error
    except ValueError as error:
        raise MapFileUnusable(
            f"{path.name} cannot be used: {error}; make it again: rtcc map import"
        ) from error


class _Sheet(msgspec.Struct, frozen=True):
    stamps: tuple[Stamp | None, ...]
    packed: bytes
    trouble: str


class MapFiles:
    """The map that consoles are given: an imported one, else the lines of the street files."""

    def __init__(self, imported: Path | None, streets: Sequence[StreetFile] = ()) -> None:
        self._imported = imported
        self._streets = tuple(each for each in streets if each.file.suffix.casefold() != ".csv")
        self._sheet: _Sheet | None = None
        self._reading = asyncio.Lock()

    async def sheet(self) -> tuple[bytes, str]:
        """The packed map, and why there is none; read beside the loop, and again when a file has changed."""
        async with self._reading:
            files = [self._imported] if self._imported else [each.file for each in self._streets]
            stamps = tuple(stamp_of(file) for file in files)
            if self._sheet is None or self._sheet.stamps != stamps:
                packed, trouble = await asyncio.to_thread(self._read)
                if trouble:
                    log.warning("the map for the consoles: %s", trouble)
                self._sheet = _Sheet(stamps, packed, trouble)
            return self._sheet.packed, self._sheet.trouble

    def _read(self) -> tuple[bytes, str]:
        try:
            if self._imported is not None:
                return pack(read_map(self._imported)), ""
            roads = [
                road
                for each in self._streets
                for road in read_roads(whole(each.file, FILE_MAX_BYTES), each.keys).roads
            ]
            return (pack(street_map(roads)), "") if roads else (b"", "")
        except (OSError, ValueError) as error:
            return b"", str(error)
