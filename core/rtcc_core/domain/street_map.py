"""The lines that a map of a city is drawn from, and the bytes they travel in.

A city has some 100,000 pieces of road. They are kept as four byte strings instead of as many objects: those
travel, compare and hash cheaply, and a drawing program reads them without a loop.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum

import msgspec

from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean

UNIT_PER_DEG = 10_000_000
"""Coordinates are whole 1e-7 degrees, as in OpenStreetMap: 11 mm, and ±180° fits 32 bits."""

POINTS_MAX = 3_000_000
LINES_MAX = 1_000_000
NAME_MAX = 60
PACKED_MAX_BYTES = 24 << 20
_UNPACKED_MAX_BYTES = 64 << 20
_MAGIC = b"RTCCMAP"
_VERSION = 1
_WORD = 0xFFFF_FFFF


class MapUnusable(ValueError):
    """Bytes, or lines, that no map can be made of; the text says why in words."""


class RoadClass(IntEnum):
    """What a line is, in the order in which it is worth showing: the lowest first."""

    MOTORWAY = 0
    ARTERIAL = 1
    """Trunk, primary and secondary roads."""
    COLLECTOR = 2
    """Tertiary roads: what joins the quarters of a city."""
    LOCAL = 3
    """Residential and unclassified streets."""
    SERVICE = 4
    """Alleys, drives, car parks."""
    PATH = 5
    """Footways, cycleways, tracks, steps."""
    RAIL = 6
    WATER = 7
    """Rivers, canals and shore lines."""


class Bounds(msgspec.Struct, frozen=True):
    """The smallest rectangle around all lines, degrees; a map over the antimeridian spans the world."""

    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float

    @property
    def centre(self) -> LatLon:
        return LatLon((self.south_deg + self.north_deg) / 2, (self.west_deg + self.east_deg) / 2)


class Road(msgspec.Struct, frozen=True):
    """One line of a map."""

    road_class: RoadClass
    name: str
    """Empty where it has none."""
    line: tuple[LatLon, ...]
    """At least two points."""


class StreetMap(msgspec.Struct, frozen=True, kw_only=True):
    """All lines of a map. Made by `street_map`; the byte strings are little-endian 32-bit words."""

    name: str = ""
    credit: str = ""
    """Who must be named wherever the map is shown: `© OpenStreetMap contributors, ODbL 1.0`."""
    bounds: Bounds | None = None
    """None for a map without a line."""
    names: tuple[str, ...] = ("",)
    """Each name once; the first is the empty one."""
    classes: bytes = b""
    """For each line its `RoadClass`."""
    name_indices: bytes = b""
    """For each line the place of its name in `names`, unsigned."""
    starts: bytes = b"\0\0\0\0"
    """For each line its first point, and behind the last line the number of points, unsigned."""
    latitudes: bytes = b""
    """For each point, 1e-7 degrees, signed."""
    longitudes: bytes = b""

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self.classes)

    @property
    def points(self) -> int:
        return len(self.latitudes) // 4

    def roads(self) -> Iterator[Road]:
        """Every line as values; for tests and small maps, not for drawing."""
        latitudes, longitudes = _words(self.latitudes, "i"), _words(self.longitudes, "i")
        starts, name_indices = _words(self.starts, "I"), _words(self.name_indices, "I")
        for line, road_class in enumerate(self.classes):
            at = range(starts[line], starts[line + 1])
            points = (LatLon(latitudes[i] / UNIT_PER_DEG, longitudes[i] / UNIT_PER_DEG) for i in at)
            yield Road(RoadClass(road_class), self.names[name_indices[line]], tuple(points))


def street_map(roads: Iterable[Road], *, name: str = "", credit: str = "") -> StreetMap:
    """A map of these lines, names cleaned. Lines of fewer than two points are left out.

    Raises MapUnusable for more lines or points than a console can hold.
    """
    names: dict[str, int] = {"": 0}
    classes = bytearray()
    name_indices, lengths, latitudes, longitudes = array("I"), array("I"), array("i"), array("i")
    for road in roads:
        if len(road.line) < 2:
            continue
        if len(classes) >= LINES_MAX or len(latitudes) + len(road.line) > POINTS_MAX:
            raise MapUnusable(
                f"the map has more than {LINES_MAX:,} lines or {POINTS_MAX:,} points;"
                " cut out the city and try again"
            )
        classes.append(road.road_class)
        name_indices.append(names.setdefault(clean(road.name, limit=NAME_MAX), len(names)))
        lengths.append(len(road.line))
        latitudes.extend(round(point.latitude_deg * UNIT_PER_DEG) for point in road.line)
        longitudes.extend(round(point.longitude_deg * UNIT_PER_DEG) for point in road.line)
    return StreetMap(
        name=clean(name, limit=NAME_MAX),
        credit=clean(credit),
        bounds=_bounds(latitudes, longitudes),
        names=tuple(names),
        classes=bytes(classes),
        name_indices=_bytes(name_indices, "I"),
        starts=_starts(lengths),
        latitudes=_bytes(latitudes, "i"),
        longitudes=_bytes(longitudes, "i"),
    )


class _Body(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What is deflated: coordinates as the steps from one point to the next, which are small."""

    name: str
    credit: str
    names: tuple[str, ...]
    classes: bytes
    name_indices: bytes
    lengths: bytes
    latitude_steps: bytes
    longitude_steps: bytes


def pack(streets: StreetMap) -> bytes:
    """The map as one short byte string. Raises MapUnusable where it is longer than a console takes."""
    starts = _words(streets.starts, "I")
    body = _Body(
        name=streets.name,
        credit=streets.credit,
        names=streets.names,
        classes=streets.classes,
        name_indices=_planes(streets.name_indices),
        lengths=_planes(_bytes([b - a for a, b in itertools.pairwise(starts)], "I")),
        latitude_steps=_steps(streets.latitudes),
        longitude_steps=_steps(streets.longitudes),
    )
    packed = _MAGIC + bytes((_VERSION,)) + zlib.compress(msgspec.msgpack.encode(body), 9)
    if len(packed) > PACKED_MAX_BYTES:
        raise MapUnusable(
            f"the map packs to {len(packed) >> 20} MiB, more than {PACKED_MAX_BYTES >> 20} MiB;"
            " cut out the city and try again"
        )
    return packed


def unpack(packed: bytes) -> StreetMap:
    """The map again. Raises MapUnusable for anything that `pack` did not make; never takes over 64 MiB."""
    body = _body(packed)
    lengths = _words(_joined(body.lengths), "I")
    name_indices = _words(_joined(body.name_indices), "I")
    latitudes, longitudes = _summed(body.latitude_steps), _summed(body.longitude_steps)
    _check(body, lengths, name_indices, latitudes, longitudes)
    return StreetMap(
        name=clean(body.name, limit=NAME_MAX),
        credit=clean(body.credit),
        bounds=_bounds(latitudes, longitudes),
        names=tuple(clean(name, limit=NAME_MAX) for name in body.names),
        classes=body.classes,
        name_indices=_bytes(name_indices, "I"),
        starts=_starts(lengths),
        latitudes=_bytes(latitudes, "i"),
        longitudes=_bytes(longitudes, "i"),
    )


def _body(packed: bytes) -> _Body:
    head = len(_MAGIC) + 1
    if len(packed) > PACKED_MAX_BYTES:
        raise MapUnusable(f"the map is larger than {PACKED_MAX_BYTES >> 20} MiB")
    if len(packed) < head or not packed.startswith(_MAGIC):
        raise MapUnusable("this is not a map made by `rtcc map import`")
    if packed[head - 1] != _VERSION:
        raise MapUnusable(
            f"the map is of version {packed[head - 1]}, this program reads {_VERSION}; import the map again"
        )
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(packed[head:], _UNPACKED_MAX_BYTES)
    except zlib.error:
        raise MapUnusable("the map is damaged; import it again") from None
    if not inflater.eof or inflater.unused_data:
        raise MapUnusable("the map is cut short or too large; import it again")
    try:
        return msgspec.msgpack.decode(raw, type=_Body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise MapUnusable("the map is damaged; import it again") from None


def _check(
    body: _Body, lengths: array[int], name_indices: array[int], latitudes: array[int], longitudes: array[int]
) -> None:
    lines = len(body.classes)
    is_whole = (
        lines <= LINES_MAX
        and len(latitudes) == len(longitudes) <= POINTS_MAX
        and len(lengths) == len(name_indices) == lines
        and sum(lengths) == len(latitudes)
        and min(lengths, default=2) >= 2
        and max(body.classes, default=0) <= max(RoadClass)
        and max(name_indices, default=0) < len(body.names) <= lines + 1
        and body.names[0] == ""
    )
    if not is_whole:
        raise MapUnusable("the map's parts do not fit together; import it again")
    is_on_earth = all(
        -half_turn_deg * UNIT_PER_DEG <= min(degrees, default=0)
        and max(degrees, default=0) <= half_turn_deg * UNIT_PER_DEG
        for degrees, half_turn_deg in ((latitudes, 90), (longitudes, 180))
    )
    if not is_on_earth:
        raise MapUnusable("the map has a point that is not on the earth; import it again")


def _bounds(latitudes: Sequence[int], longitudes: Sequence[int]) -> Bounds | None:
    if not latitudes:
        return None
    south, north = min(latitudes) / UNIT_PER_DEG, max(latitudes) / UNIT_PER_DEG
    return Bounds(south, min(longitudes) / UNIT_PER_DEG, north, max(longitudes) / UNIT_PER_DEG)


def _starts(lengths: Iterable[int]) -> bytes:
    return _bytes(list(itertools.accumulate(lengths, initial=0)), "I")


def _bytes(words: Sequence[int], code: str) -> bytes:
    return struct.pack(f"<{len(words)}{code}", *words)


def _words(raw: bytes, code: str) -> array[int]:
    if len(raw) % 4:
        raise MapUnusable("the map's parts do not fit together; import it again")
    return array(code, struct.unpack(f"<{len(raw) // 4}{code}", raw))


def _steps(raw: bytes) -> bytes:
    words = _words(raw, "I")
    return _planes(_bytes([(b - a) & _WORD for a, b in zip((0, *words), words, strict=False)], "I"))


def _summed(planes: bytes) -> array[int]:
    steps = _words(_joined(planes), "I")
    sums = [total & _WORD for total in itertools.accumulate(steps)]
    return _words(_bytes(sums, "I"), "i")


def _planes(raw: bytes) -> bytes:
    """All lowest bytes first, then all second ones …: the high bytes of small steps deflate to nothing."""
    return b"".join(raw[plane::4] for plane in range(4))


def _joined(planes: bytes) -> bytes:
    if len(planes) % 4:
        raise MapUnusable("the map's parts do not fit together; import it again")
    quarter = len(planes) // 4
    raw = bytearray(len(planes))
    for plane in range(4):
        raw[plane::4] = planes[plane * quarter : (plane + 1) * quarter]
    return bytes(raw)
