"""Wind that is not the same everywhere: stronger with height, different by place and time. Pure, seeded.

The base wind is what a mast at 10 m sees. Above and below it follows the power law that building codes use
for heights (speed grows with height to the power of `shear`). Place and time change speed and direction
slowly: a handful of smooth waves whose lengths, courses and phases come from the seed. A zone has a wind of
its own, at every height, which fades out over its outer fifth.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import NamedTuple

from rtcc_core.domain.geo import LatLon
from rtcc_sitl.airframe import LocalFrame
from rtcc_sitl.wind import Wind

MAST_HEIGHT_M = 10.0
LOWEST_M, HIGHEST_M = 2.0, 300.0
"""The power law holds between these heights; beyond them the wind stays as it is there."""

WAVES = 4
SHORTEST_WAVE_M, LONGEST_WAVE_M = 700.0, 3_000.0
SHORTEST_PERIOD_S, LONGEST_PERIOD_S = 240.0, 1_200.0
WIDEST_TURN_DEG = 60.0
"""How far a variation of 1 turns the wind to either side."""

FADES_FROM = 0.8
"""Share of a zone's radius up to which it has its own wind alone."""


class Zone(NamedTuple):
    """A circle with a wind of its own, metres east and north of the field's centre."""

    east_m: float
    north_m: float
    radius_m: float
    wind: Wind

    def share(self, east_m: float, north_m: float) -> float:
        """How much of the wind at a place is the zone's, 0 … 1."""
        reach = math.hypot(east_m - self.east_m, north_m - self.north_m) / self.radius_m
        fade = max(0.0, min(1.0, (1.0 - reach) / (1.0 - FADES_FROM)))
        return fade * fade * (3.0 - 2.0 * fade)


class _Wave(NamedTuple):
    east_per_m: float
    north_per_m: float
    per_s: float
    phase: float

    def at(self, east_m: float, north_m: float, at_s: float) -> float:
        angle = self.east_per_m * east_m + self.north_per_m * north_m + self.per_s * at_s
        return math.sin(angle + self.phase)


class WindField:
    """The wind at every place and time around `centre`.

    `shear` 0: the same at every height (0.15 over open land, 0.3 over a town). `variation` 0 … 1: by what
    share the speed swings.
    """

    def __init__(
        self,
        centre: LatLon,
        base: Wind,
        *,
        shear: float = 0.0,
        variation: float = 0.0,
        zones: Sequence[Zone] = (),
        seed: int = 0,
    ) -> None:
        self.frame = LocalFrame(centre)
        self._base, self._shear, self._variation, self._zones = base, shear, variation, tuple(zones)
        rng = random.Random(f"{seed}/wind")
        self._speed_waves = [_wave(rng) for _ in range(WAVES)]
        self._turn_waves = [_wave(rng) for _ in range(WAVES)]

    def at(self, east_m: float, north_m: float, height_m: float, at_s: float) -> Wind:
        """The wind at a place, metres from the centre and above the ground, `at_s` simulated seconds on."""
        height = max(LOWEST_M, min(HIGHEST_M, height_m)) / MAST_HEIGHT_M
        factor: float = height**self._shear
        from_deg = self._base.from_deg
        if self._variation:
            swing = sum(wave.at(east_m, north_m, at_s) for wave in self._speed_waves) / WAVES
            turn = sum(wave.at(east_m, north_m, at_s) for wave in self._turn_waves) / WAVES
            factor *= 1.0 + self._variation * swing
            from_deg = (from_deg + WIDEST_TURN_DEG * self._variation * turn) % 360.0
        gust_m_s = self._base.gust_m_s
        wind = Wind(self._base.speed_m_s * factor, from_deg, None if gust_m_s is None else gust_m_s * factor)
        for zone in self._zones:
            share = zone.share(east_m, north_m)
            if share > 0.0:
                wind = _mixed(wind, zone.wind, share)
        return wind


def _wave(rng: random.Random) -> _Wave:
    course = rng.uniform(0.0, math.tau)
    per_m = math.tau / rng.uniform(SHORTEST_WAVE_M, LONGEST_WAVE_M)
    per_s = math.tau / rng.uniform(SHORTEST_PERIOD_S, LONGEST_PERIOD_S)
    return _Wave(per_m * math.sin(course), per_m * math.cos(course), per_s, rng.uniform(0.0, math.tau))


def _mixed(outer: Wind, inner: Wind, share: float) -> Wind:
    """Both winds as vectors; what gusts add to them is mixed beside."""
    east = north = extra = 0.0
    for wind, weight in ((outer, 1.0 - share), (inner, share)):
        angle = math.radians(wind.from_deg)
        east += weight * wind.speed_m_s * math.sin(angle)
        north += weight * wind.speed_m_s * math.cos(angle)
        extra += weight * ((wind.gust_m_s or wind.speed_m_s) - wind.speed_m_s)
    speed_m_s = math.hypot(east, north)
    has_gusts = outer.gust_m_s is not None or inner.gust_m_s is not None
    gust_m_s = speed_m_s + extra if has_gusts else None
    return Wind(speed_m_s, math.degrees(math.atan2(east, north)) % 360.0, gust_m_s)
