"""Street files to segments and address points: GeoJSON (RFC 7946) and CSV.

GeoJSON: a FeatureCollection of LineStrings (or MultiLineStrings) with a name and, where they are known, the
house numbers at the ends of each side; and of Points (or Polygons: the middle of their box) with a house
number and a street. CSV: address points, one a row, with a header.

Which property holds what is found by the names in common use: OpenStreetMap tags, TIGER/Line, NENA NG9-1-1
GIS (NENA-STA-006) and those that Esri address locators take; `StreetKeys` names others. Other features are
passed over; one that is meant but wrong is left out, alone, and told as a problem.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import msgspec

from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.streets import AddressPoint, HouseRange, Segment
from rtcc_core.domain.text import clean
from rtcc_core.wire.geojson import Collection, Feature

REACH_M = 100_000.0
"""Streets further than this from the agency's centre are left out."""

FEATURES_MAX = 2_000_000
PROBLEMS_MAX = 100
NAME_MAX = 80
NUMBER_MAX = 12

Keys = tuple[tuple[str, ...], ...]
"""Alternatives, each of one or more properties that are joined by spaces; the first that says something."""


class StreetKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Which properties or columns hold what; compared without regard to case."""

    name: Keys = (
        ("name",), ("fullname",), ("full_name",), ("streetname",), ("st_full",),
        ("st_premod", "st_predir", "st_pretyp", "st_name", "st_postyp", "st_posdir", "st_posmod"),
    )  # fmt: skip
    left_first: Keys = (("left_from",), ("lfromadd",), ("fromaddr_l",), ("l_f_add",), ("from_left",))
    left_last: Keys = (("left_to",), ("ltoadd",), ("toaddr_l",), ("l_t_add",), ("to_left",))
    right_first: Keys = (("right_from",), ("rfromadd",), ("fromaddr_r",), ("r_f_add",), ("from_right",))
    right_last: Keys = (("right_to",), ("rtoadd",), ("toaddr_r",), ("r_t_add",), ("to_right",))
    number: Keys = (("addr:housenumber",), ("number",), ("house_number",), ("housenumber",), ("addrnum",),
                    ("addnum_pre", "add_number", "addnum_suf"))  # fmt: skip
    street: Keys = (
        ("addr:street",), ("street",), ("street_name",), ("full_street_name",),
        ("st_premod", "st_predir", "st_pretyp", "st_name", "st_postyp", "st_posdir", "st_posmod"),
    )  # fmt: skip
    city: Keys = (("addr:city",), ("city",), ("postcomm",), ("inc_muni",), ("municipality",), ("locality",))
    latitude: Keys = (("latitude",), ("lat",), ("y",))
    longitude: Keys = (("longitude",), ("lon",), ("lng",), ("long",), ("x",))


_UNDRIVEN = "footway path cycleway bridleway steps corridor platform proposed construction raceway elevator"
NO_STREET = frozenset(_UNDRIVEN.split())
"""OpenStreetMap `highway` values that have names but no traffic: nobody gives them as a place."""


class StreetsUnusable(ValueError):
    """Nothing in the file can be used; the message says why and what to do."""


class _FeatureUnusable(ValueError):
    """One feature is wrong."""


class StreetsRead(msgspec.Struct, frozen=True, kw_only=True):
    """What one file gave."""

    segments: tuple[Segment, ...] = ()
    points: tuple[AddressPoint, ...] = ()
    problems: tuple[str, ...] = ()
    """Each names its feature or line and what is wrong with it."""
    far_away: int = 0
    """How many lie beyond reach."""


class Row:
    """One feature's properties by folded name."""

    __slots__ = ("_values",)

    def __init__(self, properties: Mapping[str, object]) -> None:
        self._values = {_folded(key): value for key, value in properties.items()}

    def text(self, keys: Keys, limit: int = NAME_MAX) -> str:
        """The first alternative that says something, cleaned; empty where none does."""
        for alternative in keys:
            found = " ".join(filter(None, (self._word(key) for key in alternative)))
            if found:
                return clean(found, limit=limit)
        return ""

    def _word(self, key: str) -> str:
        value = self._values.get(key.casefold())
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        is_word = isinstance(value, str | int | float) and not isinstance(value, bool)
        return str(value).strip() if is_word else ""


_ROLES = {
    "name": "line_name", "left_first": "left_from", "left_last": "left_to", "right_first": "right_from",
    "right_last": "right_to", "number": "house_number",
}  # fmt: skip
"""What agency.toml calls a role, where that is another name."""


def _folded(name: str) -> str:
    return name.strip().casefold()


def _named(keys: StreetKeys) -> dict[str, tuple[str, str]]:
    """The properties that an agency named itself: by folded name, the name as written and its key."""
    usual = StreetKeys()
    return {
        _folded(name): (name, _ROLES.get(role, role))
        for role in keys.__struct_fields__
        for alternative in getattr(keys, role)
        if getattr(keys, role) != getattr(usual, role)
        for name in alternative
    }


class _Gathered:
    """What a file gave so far."""

    def __init__(self, near: LatLon | None, reach_m: float, keys: StreetKeys) -> None:
        self._unseen = _named(keys)
        self.segments: list[Segment] = []
        self.points: list[AddressPoint] = []
        self.problems: list[str] = []
        self.far_away = 0
        self._near, self._reach_m = near, reach_m

    def see(self, names: Iterable[str]) -> None:
        """That a feature, or the header, has these properties."""
        if self._unseen:
            for name in [*map(_folded, names)]:
                self._unseen.pop(name, None)

    def add(self, found: Iterable[Segment | AddressPoint]) -> None:
        for each in found:
            place = each.position if isinstance(each, AddressPoint) else each.line[0]
            if self._near is not None and distance_m(place, self._near) > self._reach_m:
                self.far_away += 1
            elif isinstance(each, AddressPoint):
                self.points.append(each)
            else:
                self.segments.append(each)

    def read(self) -> StreetsRead:
        if self.far_away and not self.segments and not self.points:
            self.problems.insert(
                0,
                f"all {self.far_away} streets lie more than {self._reach_m / 1000:.0f} km from the agency's"
                " centre: is it the right city? GeoJSON has longitude first",
            )
        self.problems[:0] = [
            f"{role} names {clean(name, limit=40)}, which nothing in the file has: check its spelling"
            for name, role in self._unseen.values()
        ]
        more = len(self.problems) - PROBLEMS_MAX
        told = self.problems[:PROBLEMS_MAX] + ([f"and {more} more"] if more > 0 else [])
        return StreetsRead(
            segments=tuple(self.segments),
            points=tuple(self.points),
            problems=tuple(told),
            far_away=self.far_away,
        )


def read_geojson(
    raw: bytes,
    keys: StreetKeys | None = None,
    *,
    near: LatLon | None = None,
    reach_m: float = REACH_M,
) -> StreetsRead:
    """Every street and address point within `reach_m` of `near`. Raises StreetsUnusable."""
    keys = keys or StreetKeys()
    try:
        collection = msgspec.json.decode(raw, type=Collection)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StreetsUnusable(f"it is not GeoJSON: {clean(str(error), limit=200)}") from error
    if collection.type != "FeatureCollection" or collection.features is None:
        raise StreetsUnusable('it is not a GeoJSON FeatureCollection: export it with "features"')
    if len(collection.features) > FEATURES_MAX:
        raise StreetsUnusable(f"it has more than {FEATURES_MAX} features: cut out the agency's part")
    gathered = _Gathered(near, reach_m, keys)
    for number, raw_feature in enumerate(collection.features, start=1):
        try:
            feature = msgspec.json.decode(raw_feature, type=Feature)
            gathered.see(feature.properties or ())
            gathered.add(_of_feature(feature, keys))
        except (_FeatureUnusable, msgspec.DecodeError, RecursionError) as wrong:
            gathered.problems.append(f"feature {number}: {clean(str(wrong), limit=160)}")
    return gathered.read()


def read_csv(
    raw: bytes,
    keys: StreetKeys | None = None,
    *,
    near: LatLon | None = None,
    reach_m: float = REACH_M,
) -> StreetsRead:
    """Address points, one a row, within `reach_m` of `near`. Raises StreetsUnusable."""
    keys = keys or StreetKeys()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StreetsUnusable("it is not UTF-8 text: save it as “CSV UTF-8”") from error
    rows = csv.DictReader(io.StringIO(text, newline=""))
    header = Row({name: name for name in _header(rows) if name})
    missing = [
        words
        for words, role in (("number", keys.number), ("street", keys.street), ("latitude", keys.latitude),
                            ("longitude", keys.longitude))
        if not header.text(role)
    ]  # fmt: skip
    if missing:
        raise StreetsUnusable(f"its header has no column for {', '.join(missing)}: name them in [[streets]]")
    gathered = _Gathered(near, reach_m, keys)
    gathered.see(_header(rows))
    for row in _rows(rows, gathered):
        try:
            gathered.add(_of_row(Row(row), keys))
        except _FeatureUnusable as wrong:
            gathered.problems.append(f"line {rows.line_num}: {clean(str(wrong), limit=160)}")
    return gathered.read()


def _header(rows: csv.DictReader[str]) -> Sequence[str]:
    try:
        return rows.fieldnames or ()
    except csv.Error as error:
        raise StreetsUnusable(f"it is not CSV: {clean(str(error))}") from error


def _rows(rows: csv.DictReader[str], gathered: _Gathered) -> Iterator[dict[str, object]]:
    """Rows until the file ends or cannot be read further."""
    for number in range(FEATURES_MAX + 1):
        try:
            row = next(rows, None)
        except csv.Error as error:
            gathered.problems.append(
                f"line {rows.line_num}: cannot be read, nor what follows: {clean(str(error))}"
            )
            return
        if row is None:
            return
        if number == FEATURES_MAX:
            raise StreetsUnusable(f"it has more than {FEATURES_MAX} rows: cut out the agency's part")
        yield {key: value for key, value in row.items() if isinstance(key, str)}


def _of_row(row: Row, keys: StreetKeys) -> Iterator[AddressPoint]:
    number, street = row.text(keys.number, 40), row.text(keys.street)
    if not number and not street:
        return
    if not number or not street:
        raise _FeatureUnusable("has no house number" if street else "has no street")
    try:
        degrees = [float(row.text(role)) for role in (keys.latitude, keys.longitude)]
        position = LatLon(*degrees)
    except ValueError as error:
        raise _FeatureUnusable(f"its position cannot be used: {error}") from error
    yield from _houses(number, street, position, row.text(keys.city))


def _of_feature(feature: Feature, keys: StreetKeys) -> Iterator[Segment | AddressPoint]:
    row, geometry = Row(feature.properties or {}), feature.geometry or {}
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    match kind:
        case "LineString" | "MultiLineString":
            name = row.text(keys.name)
            if name and row.text((("highway",),)) not in NO_STREET:
                lines = [coordinates] if kind == "LineString" else _list(coordinates)
                yield from _segments(name, lines, row, keys)
        case "Point" | "Polygon":
            number, street = row.text(keys.number, 40), row.text(keys.street)
            if number and street:
                position = _position(coordinates) if kind == "Point" else _middle(coordinates)
                yield from _houses(number, street, position, row.text(keys.city))


def _segments(name: str, lines: Sequence[object], row: Row, keys: StreetKeys) -> Iterator[Segment]:
    left, right = _range(row, keys.left_first, keys.left_last), _range(row, keys.right_first, keys.right_last)
    for line in lines:
        points = tuple(point for point, _ in groupby(_position(each) for each in _list(line)))
        if len(points) < 2:
            raise _FeatureUnusable(f"{name} has a line of fewer than two points")
        # The numbers of a line in several parts cannot be told to any one of them.
        is_whole = len(lines) == 1
        yield Segment(
            name=name,
            line=points,
            left=left if is_whole else None,
            right=right if is_whole else None,
            city=row.text(keys.city),
        )


def _range(row: Row, first: Keys, last: Keys) -> HouseRange | None:
    """The numbers of a side; None where either end is missing or zero, as files write `none`."""
    ends = [row.text(role, NUMBER_MAX) for role in (first, last)]
    numbers = [int(end) if end.isascii() and end.isdecimal() else 0 for end in ends]
    return HouseRange(*numbers) if all(numbers) else None


def _houses(number: str, street: str, position: LatLon, city: str) -> Iterator[AddressPoint]:
    """One point for each of `12;14` (OpenStreetMap) at one door."""
    for one in number.replace(",", ";").split(";"):
        posted = one.strip()
        if not posted:
            continue
        if len(posted) > NUMBER_MAX or not posted[0].isdecimal() or not posted.isascii():
            raise _FeatureUnusable(f"“{clean(posted, limit=20)}” on {street} is no house number")
        yield AddressPoint(number=posted, street=street, position=position, city=city)


def _middle(coordinates: object) -> LatLon:
    """The middle of the box of an outline: a building's, good to its size."""
    corners = [_position(each) for each in _list(_list(coordinates)[0])]
    latitudes, longitudes = [c.latitude_deg for c in corners], [c.longitude_deg for c in corners]
    return LatLon((min(latitudes) + max(latitudes)) / 2.0, (min(longitudes) + max(longitudes)) / 2.0)


def _position(coordinates: object) -> LatLon:
    """A GeoJSON position: longitude first."""
    match coordinates:
        case [int() | float() as longitude, int() | float() as latitude, *_]:
            try:
                return LatLon(float(latitude), float(longitude))
            except (ValueError, OverflowError) as error:
                raise _FeatureUnusable(str(error)) from error
        case _:
            raise _FeatureUnusable("its coordinates are not numbers")


def _list(value: object) -> list[object]:
    if not isinstance(value, list) or not value:
        raise _FeatureUnusable("has no coordinates")
    return value
