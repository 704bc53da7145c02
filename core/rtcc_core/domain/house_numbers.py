"""Where a house number stands on its street, and how well that is known."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from rtcc_core.domain.crossings import clusters
from rtcc_core.domain.plane import XY
from rtcc_core.domain.street_index import House, Piece, Street
from rtcc_core.domain.streets import HouseRange, Quality

POINT_M = 15.0
"""From the point of an address (door, middle of the parcel) to any side of its house."""

SAME_PLACE_M = 60.0
"""Points of one number nearer than this are flats of one house."""

SETBACK_M = 15.0
"""From the middle of a street to the houses beside it."""

RANGE_SHARE = 0.25
"""How far numbers stray from even spacing, as a share of their segment's length."""

NEIGHBOUR_NUMBERS = 100
NEIGHBOUR_M = 250.0
"""Two known numbers of one side are neighbours within a hundred numbers and this distance."""

OVERRULED_M = 500.0
"""A known point overrules what the ranges say within this distance; further away it is another house."""

BLOCK_LEAST_M = 75.0
"""Half a usual block: where one house of it is known, the others are as far as this."""

BLOCK_M = 300.0
"""Parts of a hundred block further apart than this are two blocks of the same number."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A place in metres, before it is told."""

    label: str
    at: XY
    quality: Quality
    uncertainty_m: float
    city: str = ""
    is_guess: bool = False
    note: str = ""


def numbered(street: Street, number: str) -> list[Found]:
    """Every place of this number: known points first, then what the ranges and the neighbours say."""
    value = value_of(number)
    same_value = street.houses_from(value, value)
    houses = [house for house in same_value if house.number == number]
    found = list(_points(street, number, houses))
    if not found:
        found = [
            msgspec.structs.replace(
                each,
                quality=Quality.INTERPOLATED,
                uncertainty_m=each.uncertainty_m + POINT_M,
                note=f"{number} is not on file, {same_value[0].number} is",
            )
            for each in _points(street, number, same_value)
        ]
    if "-" not in number:
        between = [*_between_neighbours(street, number, value), *_on_ranges(street, number, value)]
        for each in sorted(between, key=lambda one: one.uncertainty_m):
            if not any(_overrules(kept, each) for kept in found):
                found.append(each)
    return found


def in_block(street: Street, number: str, *, is_asked: bool) -> list[Found]:
    """The middle of the hundred block of this number; with a note where the number itself was asked for."""
    low = value_of(number) // 100 * 100
    places = [house.at for house in street.houses_from(low, low + 99)]
    for piece in street.pieces:
        for side in (piece.left, piece.right):
            if side is not None:
                places += _part_in_block(piece, side, low)
    note = "" if is_asked else f"{number} is not on file; this is its block"
    return [
        Found(
            label=f"{low} block of {street.label}",
            at=middle,
            quality=Quality.BLOCK,
            uncertainty_m=max(BLOCK_LEAST_M, radius_m + SETBACK_M),
            city=city_at((street,), middle),
            note=note,
        )
        for middle, radius_m in clusters(places, BLOCK_M)
    ]


def somewhere(street: Street) -> Found:
    """The street as a whole: a point of it near its middle, and how far it reaches."""
    points = [point for piece in street.pieces for point in piece.line] or [h.at for h in street.houses]
    middle = (math.fsum(x for x, _ in points) / len(points), math.fsum(y for _, y in points) / len(points))
    at = min(points, key=lambda point: (math.dist(point, middle), point))
    return Found(
        label=street.label,
        at=at,
        quality=Quality.STREET_ONLY,
        uncertainty_m=max(math.dist(at, point) for point in points),
    )


def city_at(streets: Iterable[Street], at: XY) -> str:
    """The city that the nearest piece or house of these streets names; empty where none does."""
    named: list[tuple[float, str]] = []
    for street in streets:
        for piece in street.pieces:
            if piece.city:
                named += [(math.dist(at, point), piece.city) for point in piece.line]
        named += [(math.dist(at, house.at), house.city) for house in street.houses if house.city]
    return min(named)[1] if named else ""


def value_of(number: str) -> int:
    """The leading digits of a house number; 0 where there are none."""
    digits = number[: len(number) - len(number.lstrip("0123456789"))]
    return int(digits or "0")


def _points(street: Street, number: str, houses: Sequence[House]) -> Iterator[Found]:
    for middle, radius_m in clusters([house.at for house in houses], SAME_PLACE_M):
        nearest = min(houses, key=lambda house: (math.dist(house.at, middle), house.number))
        yield Found(
            label=f"{number} {street.label}",
            at=middle,
            quality=Quality.EXACT,
            uncertainty_m=POINT_M + radius_m,
            city=nearest.city,
        )


def _on_ranges(street: Street, number: str, value: int) -> Iterator[Found]:
    for piece in street.pieces:
        for side in (piece.left, piece.right):
            if side is not None and side.holds(value):
                yield Found(
                    label=f"{number} {street.label}",
                    at=piece.at(side.fraction(value)),
                    quality=Quality.INTERPOLATED,
                    uncertainty_m=SETBACK_M + RANGE_SHARE * piece.length_m,
                    city=piece.city,
                )
                break


def _between_neighbours(street: Street, number: str, value: int) -> Iterator[Found]:
    """Between the nearest known numbers below and above of the same side of the street, city by city."""
    around = [
        house
        for house in street.houses_from(value - NEIGHBOUR_NUMBERS, value + NEIGHBOUR_NUMBERS)
        if house.value != value and house.value % 2 == value % 2 and "-" not in house.number
    ]
    for city in sorted({house.city for house in around}):
        below = [house for house in around if house.city == city and house.value < value]
        above = [house for house in around if house.city == city and house.value > value]
        if not below or not above:
            continue
        low, high = below[-1], above[0]
        gap_m = math.dist(low.at, high.at)
        if gap_m > NEIGHBOUR_M or high.value - low.value > NEIGHBOUR_NUMBERS:
            continue
        along = (value - low.value) / (high.value - low.value)
        yield Found(
            label=f"{number} {street.label}",
            at=(
                low.at[0] + along * (high.at[0] - low.at[0]),
                low.at[1] + along * (high.at[1] - low.at[1]),
            ),
            quality=Quality.INTERPOLATED,
            uncertainty_m=POINT_M + gap_m / 2,
            city=city,
        )


def _overrules(kept: Found, other: Found) -> bool:
    """True where `other` is the same house as the better known `kept`."""
    near_m = OVERRULED_M if kept.quality is Quality.EXACT else kept.uncertainty_m + other.uncertainty_m
    return math.dist(kept.at, other.at) <= near_m


def _part_in_block(piece: Piece, side: HouseRange, low: int) -> Iterator[XY]:
    """The ends of that part of a segment whose numbers lie in the hundred block from `low`."""
    first, last = min(side.first, side.last), max(side.first, side.last)
    if last < low or first > low + 99:
        return
    for number in (max(first, low), min(last, low + 99)):
        yield piece.at(side.fraction(number))
