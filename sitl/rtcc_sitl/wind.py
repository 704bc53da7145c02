"""Wind as METAR names it, and the gusts around it."""

from __future__ import annotations

import math
import random

import msgspec

GUST_MEMORY_S = 8.0
"""Correlation time of gusts, seconds."""


class Wind(msgspec.Struct, frozen=True):
    """A steady wind of `speed_m_s` from the true direction `from_deg`; `gust_m_s` is the peak of gusts."""

    speed_m_s: float
    from_deg: float
    gust_m_s: float | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.speed_m_s) and math.isfinite(self.from_deg)) or self.speed_m_s < 0:
            raise ValueError("a wind needs a finite direction and a speed of 0 m/s or more")
        if self.gust_m_s is not None and not self.speed_m_s <= self.gust_m_s < math.inf:
            raise ValueError(f"gusts of {self.gust_m_s} m/s are below the wind of {self.speed_m_s} m/s")


CALM = Wind(0.0, 0.0)


class AirMass:
    """The moving air around one aircraft: the steady wind and a gust that comes and goes.

    The gust factor is a first-order Gauss-Markov process whose two-sigma swing reaches `gust_m_s`.
    """

    def __init__(self, wind: Wind, rng: random.Random) -> None:
        self._rng = rng
        self._swing = 0.0
        self.east_m_s = 0.0
        self.north_m_s = 0.0
        self.wind = wind

    @property
    def wind(self) -> Wind:
        return self._wind

    @wind.setter
    def wind(self, wind: Wind) -> None:
        self._wind = wind
        towards = math.radians(wind.from_deg + 180.0)
        self._unit_east, self._unit_north = math.sin(towards), math.cos(towards)
        self._apply()

    def step(self, dt_s: float) -> None:
        """Let the gusts move on by `dt_s` simulated seconds."""
        kept = math.exp(-dt_s / GUST_MEMORY_S)
        self._swing = kept * self._swing + math.sqrt(1.0 - kept * kept) * self._rng.gauss(0.0, 1.0)
        if self._wind.gust_m_s is not None:
            self._apply()

    def _apply(self) -> None:
        speed_m_s = self._wind.speed_m_s
        if self._wind.gust_m_s is not None:
            reach_m_s = self._wind.gust_m_s - speed_m_s
            speed_m_s = max(0.0, speed_m_s + reach_m_s * max(-1.0, min(1.0, self._swing / 2.0)))
        self.east_m_s = speed_m_s * self._unit_east
        self.north_m_s = speed_m_s * self._unit_north
