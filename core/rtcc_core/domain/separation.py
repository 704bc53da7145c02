"""Keeping our own aircraft apart: a height for each, and whether two ways come near each other at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.heights import Agl, Amsl
from rtcc_core.domain.plane import Plane, segment_to_segment_m

AnyHeight = TypeVar("AnyHeight", Agl, Amsl)


_ROUNDING_M = 1e-6


def separated_heights(
    taken: Iterable[AnyHeight], lowest: AnyHeight, highest: AnyHeight, step_m: float
) -> tuple[AnyHeight, ...]:
    """The heights that are free, lowest first, each `step_m` metres from the next and from those taken.

    All of one datum. Heights above ground may be compared between aircraft only where they climb from the
    same ground: otherwise give heights above sea level. Empty where nothing is free. Raises ValueError for
    a step below 1 m.
    """
    if not step_m >= 1.0:
        raise ValueError(f"aircraft are kept apart by 1 m or more, not by {step_m} m")
    datum = type(lowest)
    in_use = sorted(height.metres for height in taken)
    free: list[float] = []
    candidate = lowest.metres
    while candidate <= highest.metres:
        blocking = [each for each in in_use if abs(each - candidate) < step_m - _ROUNDING_M]
        if blocking:
            candidate = max(blocking) + step_m
        else:
            free.append(candidate)
            candidate += step_m
    return tuple(datum(metres) for metres in free)


def nearest_m(one: Sequence[LatLon], other: Sequence[LatLon]) -> float:
    """The least distance in metres, seen from above, between two ways of at least one point each."""
    to_xy = Plane(one[0]).to_xy
    a, b = [to_xy(point) for point in one], [to_xy(point) for point in other]
    return min(segment_to_segment_m(*leg, *against) for leg in _legs(a) for against in _legs(b))


def come_near(one: Sequence[LatLon], other: Sequence[LatLon], within_m: float) -> bool:
    """True where two ways come within that distance of each other, seen from above, at whatever times."""
    return nearest_m(one, other) <= within_m


def _legs(points: Sequence[tuple[float, float]]) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    return list(pairwise(points)) or [(points[0], points[0])]
