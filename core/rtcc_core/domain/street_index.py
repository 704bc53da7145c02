"""Street files made searchable: streets by name, numbers by street, crossings by two streets. Built once."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from rtcc_core.domain.crossings import clusters, meetings
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.plane import XY, Plane
from rtcc_core.domain.street_names import Grade, StreetName, grade, name_of, without_state, words_of
from rtcc_core.domain.streets import AddressPoint, HouseRange, Segment

FUZZY_MAX = 6
"""Streets that are suggested for one misspelt name."""

COMPARED_MAX = 40
"""Names that are compared letter by letter with a misspelt one: those that share most with it."""


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

    __slots__ = ("_by_base", "_by_trigram", "_crossings", "_sorted_bases", "cities", "plane", "streets")

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
        self._by_trigram: Mapping[str, tuple[int, ...]] = _grouped(
            (part, number)
            for number, base in enumerate(self._sorted_bases)
            for part in sorted(_trigrams(base))
        )
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
        bases = sorted((distance, self._sorted_bases[number]) for distance, number in self._near(asked.base))
        found: list[tuple[int, Grade, int]] = []
        for distance, base in bases:
            found += [(distance, grade(asked, self.streets[n].name), n) for n in self._by_base[base]]
        return [number for _, _, number in sorted(found)[:FUZZY_MAX]]

    def _near(self, base: str) -> Iterator[tuple[int, int]]:
        """Distance and number of bases that resemble `base`, itself excluded."""
        most = 1 if len(base) < 6 else 2
        counts: dict[int, int] = {}
        parts = _trigrams(base)
        for part in parts:
            for number in self._by_trigram.get(part, ()):
                if abs(len(self._sorted_bases[number]) - len(base)) <= most:
                    counts[number] = counts.get(number, 0) + 1
        # Each slip of the pen touches three trigrams: what shares fewer is further away than `most`.
        needed = max(1, len(parts) - 3 * most)
        likely = sorted((-shared, number) for number, shared in counts.items() if shared >= needed)
        seen = set()
        for _, number in likely[:COMPARED_MAX]:
            other = self._sorted_bases[number]
            distance = slips(base, other, most) if _figures(other) == _figures(base) else 0
            if 0 < distance <= most:
                seen.add(number)
                yield distance, number
        if len(base) >= 3:
            start = bisect_left(self._sorted_bases, base)
            for number in range(start, min(start + 2 * FUZZY_MAX, len(self._sorted_bases))):
                other = self._sorted_bases[number]
                if other.startswith(base) and other != base and number not in seen:
                    yield most + 1, number


def slips(one: str, other: str, most: int) -> int:
    """Letters to insert, drop, change or swap with a neighbour to get from one to the other; at most
    `most` + 1."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, row = [], list(range(len(other) + 1))
    for i, char in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, letter in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != letter))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == letter:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def _figures(base: str) -> str:
    """The digits: a number is never a misspelling of another."""
    return "".join(char for char in base if char.isdecimal())


def _trigrams(base: str) -> frozenset[str]:
    padded = f"  {base} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def _grouped(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for key, number in pairs:
        found.setdefault(key, []).append(number)
    return {key: tuple(numbers) for key, numbers in found.items()}


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
