"""Street files made searchable: streets by name, numbers by street, crossings by two streets. Built once."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

import msgspec

from rtcc_core.domain.crossings import clusters, meetings
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.plane import XY, Plane
from rtcc_core.domain.spelling import Spelling
from rtcc_core.domain.street_names import Grade, StreetName, grade, name_of, without_state, words_of
from rtcc_core.domain.streets import AddressPoint, HouseRange, Segment

_T = TypeVar("_T")

FUZZY_MAX = 6
"""Streets that are suggested for one misspelt name."""

RESPELT_MAX = 60
"""Respelt names that are looked up for one misspelt name."""

PREFIX_MIN = 3
UNFINISHED = 9
"""An unfinished name is less likely than a misspelt one."""


class Piece(msgspec.Struct, frozen=True):
    """A segment in metres."""

    line: tuple[XY, ...]
    left: HouseRange | None
    right: HouseRange | None
    city: str

    @property
    def length_m(self) -> float:
        return math.fsum(math.dist(a, b) for a, b in pairwise(self.line))

    def at(self, fraction: float) -> XY:
        """The point of the line at this fraction of its length."""
        left_m = min(1.0, max(0.0, fraction)) * self.length_m
        for a, b in pairwise(self.line):
            edge_m = math.dist(a, b)
            if left_m <= edge_m and edge_m > 0.0:
                return a[0] + (b[0] - a[0]) * left_m / edge_m, a[1] + (b[1] - a[1]) * left_m / edge_m
            left_m -= edge_m
        return self.line[-1]


class House(msgspec.Struct, frozen=True):
    """An address point in metres."""

    number: str
    value: int
    """Its leading digits."""
    at: XY
    city: str


class Street(msgspec.Struct, frozen=True):
    """Everything of one name."""

    name: StreetName
    label: str
    pieces: tuple[Piece, ...]
    houses: tuple[House, ...]
    """In the order of their numbers."""

    def houses_from(self, low: int, high: int) -> Sequence[House]:
        """Houses with numbers from low to high, both included."""
        start = bisect_left(self.houses, low, key=lambda house: house.value)
        end = bisect_left(self.houses, high + 1, key=lambda house: house.value)
        return self.houses[start:end]


class Crossing(msgspec.Struct, frozen=True):
    """One place where two streets meet."""

    at: XY
    radius_m: float


class _Draft:
    """A street while its parts are gathered."""

    __slots__ = ("houses", "label", "pieces")

    def __init__(self, label: str) -> None:
        self.label = label
        self.pieces: list[Piece] = []
        self.houses: list[House] = []


class StreetIndex:
    """An immutable index; the same files in the same order give the same index."""

    __slots__ = (
        "_by_base",
        "_by_letters",
        "_crossings",
        "_sorted_bases",
        "_spelling",
        "cities",
        "plane",
        "streets",
    )

    def __init__(self, segments: Iterable[Segment], points: Iterable[AddressPoint] = ()) -> None:
        segments, points = tuple(segments), tuple(points)
        self.plane = Plane(_origin(segments, points))
        self.streets: tuple[Street, ...] = _streets(segments, points, self.plane)
        cities = {segment.city for segment in segments} | {point.city for point in points}
        self.cities: frozenset[tuple[str, ...]] = frozenset(
            without_state(words_of(city)) for city in cities if city
        )
        """Every city that the files name, in canonical words."""
        self._by_base: Mapping[str, tuple[int, ...]] = _grouped(
            (street.name.base, number) for number, street in enumerate(self.streets)
        )
        self._sorted_bases = tuple(sorted(self._by_base))
        self._by_letters = _grouped((base.replace(" ", ""), base) for base in self._sorted_bases)
        self._spelling = Spelling(word for base in self._sorted_bases for word in base.split())
        lines = ((n, piece.line) for n, street in enumerate(self.streets) for piece in street.pieces)
        self._crossings = {
            pair: tuple(Crossing(at, radius_m) for at, radius_m in clusters(found))
            for pair, found in meetings(lines).items()
        }

    def crossing_pairs(self) -> Iterable[tuple[int, int]]:
        """Numbers of each two streets that meet."""
        return self._crossings.keys()

    def crossings(self, one: int, other: int) -> tuple[Crossing, ...]:
        """Where two streets, given by their numbers, meet; empty where they do not."""
        return self._crossings.get((one, other) if one < other else (other, one), ())

    def named(self, words: tuple[str, ...]) -> list[tuple[Grade, int]]:
        """Streets of the same base, the best fitting first."""
        asked = name_of(words)
        found = [(grade(asked, self.streets[n].name), n) for n in self._by_base.get(asked.base, ())]
        return sorted(found)

    def resembling(self, words: tuple[str, ...]) -> list[int]:
        """Streets that may have been meant by a misspelt or unfinished name, the likeliest first."""
        asked = name_of(words)
        found: list[tuple[int, Grade, int]] = []
        for away, base in self._near(asked.base):
            found += [(away, grade(asked, self.streets[n].name), n) for n in self._by_base[base]]
        return [number for _, _, number in sorted(found)[:FUZZY_MAX]]

    def _near(self, base: str) -> list[tuple[int, str]]:
        """Bases that resemble `base`, itself excluded: (how little, base)."""
        found = dict.fromkeys(self._by_letters.get(base.replace(" ", ""), ()), 1)
        for away, other in self._respelt(base.split()):
            if other in self._by_base:
                found[other] = min(away, found.get(other, away))
        start = bisect_left(self._sorted_bases, base)
        for other in self._sorted_bases[start : start + FUZZY_MAX + 1] if len(base) >= PREFIX_MIN else ():
            if other.startswith(base):
                found.setdefault(other, UNFINISHED)
        found.pop(base, None)
        return [(away, other) for other, away in found.items()]

    def _respelt(self, words: Sequence[str]) -> list[tuple[int, str]]:
        """The words with each replaced by those that it may have been meant to be."""
        phrases = [(0, "")]
        for word in words:
            near = self._spelling.near(word)[:FUZZY_MAX]
            phrases = sorted(
                (away + more, f"{phrase} {other}" if phrase else other)
                for away, phrase in phrases
                for more, other in near
            )[:RESPELT_MAX]
        return phrases


def _grouped(pairs: Iterable[tuple[str, _T]]) -> dict[str, tuple[_T, ...]]:
    found: dict[str, list[_T]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


def _origin(segments: Sequence[Segment], points: Sequence[AddressPoint]) -> LatLon:
    """The middle of everything, so that the plane fits where the streets are."""
    places = [segment.line[0] for segment in segments] + [point.position for point in points]
    if not places:
        return LatLon(0.0, 0.0)
    places.sort(key=lambda place: place.latitude_deg)
    latitude_deg = places[len(places) // 2].latitude_deg
    places.sort(key=lambda place: place.longitude_deg)
    return LatLon(latitude_deg, places[len(places) // 2].longitude_deg)


def _streets(segments: Sequence[Segment], points: Sequence[AddressPoint], plane: Plane) -> tuple[Street, ...]:
    drafts: dict[StreetName, _Draft] = {}
    names: dict[str, StreetName | None] = {}

    def draft(text: str) -> _Draft | None:
        if text not in names:
            words = words_of(text)
            names[text] = name_of(words) if words else None
        name = names[text]
        return None if name is None else drafts.setdefault(name, _Draft(text))

    for segment in segments:
        street = draft(segment.name)
        line = tuple(plane.to_xy(point) for point in segment.line)
        if street is not None and len(line) > 1:
            street.pieces.append(Piece(line, segment.left, segment.right, segment.city))
    for point in points:
        street = draft(point.street)
        number = point.number.upper().replace(" ", "")
        digits = number[: len(number) - len(number.lstrip("0123456789"))]
        if street is not None and digits:
            street.houses.append(House(number, int(digits), plane.to_xy(point.position), point.city))
    return tuple(
        Street(
            name,
            each.label,
            tuple(each.pieces),
            tuple(sorted(each.houses, key=lambda house: (house.value, house.number, house.at))),
        )
        for name, each in drafts.items()
    )
