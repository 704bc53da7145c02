"""The battery of a simulated aircraft: drains by what the flight asks of it."""

from __future__ import annotations

CELLS = 6
FULL_CELL_MV = 4180
EMPTY_CELL_MV = 3480
SAG_MV = 90
"""Drop per cell under flight load, millivolts."""

CAPACITY_MAH = 22_000

SPEED_SHARE = 0.35
"""Extra power at cruise airspeed over hover, as a share of hover power; grows with airspeed squared."""

CLIMB_SHARE_PER_M_S = 0.08
DESCENT_SHARE_PER_M_S = 0.03
IDLE_SHARE = 0.08
"""Armed with propellers at idle on the ground."""

STANDBY_SHARE = 0.0005

CELL_FAILS_IN_S = 30.0
"""Simulated seconds from the first sag of a failing cell until it collapses and takes the charge with it."""

FAILED_SAG_MV = 350
"""Further drop per cell, averaged over the pack, that a failing cell reaches before it collapses."""

COLLAPSE_PER_S = 0.02
"""Charge that a pack with a collapsed cell loses each second, on top of what the flight takes."""


class Battery:
    """A charge from 1 (full) to 0, and what each second of flight takes from it.

    `endurance_min` is the hover time of a full battery in calm air, minutes.
    """

    def __init__(self, fraction: float, endurance_min: float, cruise_m_s: float) -> None:
        if endurance_min <= 0.0 or cruise_m_s <= 0.0:
            raise ValueError("a battery needs an endurance and a cruise speed above 0")
        self._hover_per_s = 1.0 / (endurance_min * 60.0)
        self._cruise_m_s = cruise_m_s
        self.fraction = fraction
        self.drain_factor = 1.0
        """How many times faster than by its figures it drains."""
        self._load = STANDBY_SHARE
        self._failing_s: float | None = None

    @property
    def fraction(self) -> float:
        """Charge left, 0 … 1."""
        return self._fraction

    @fraction.setter
    def fraction(self, fraction: float) -> None:
        if not 0.0 <= fraction <= 1.0:
            raise ValueError(f"battery fraction {fraction} is outside 0 … 1")
        self._fraction = fraction

    @property
    def cell_mv(self) -> int:
        """Voltage of one cell under the present load, millivolts."""
        rest_mv = EMPTY_CELL_MV + (FULL_CELL_MV - EMPTY_CELL_MV) * self._fraction
        failed = min(1.0, (self._failing_s or 0.0) / CELL_FAILS_IN_S)
        return round(rest_mv - SAG_MV * min(2.0, self._load) - FAILED_SAG_MV * failed)

    @property
    def is_failing(self) -> bool:
        """True from the moment a cell fails."""
        return self._failing_s is not None

    def fail(self) -> None:
        """Let a cell fail: the voltage sags for half a minute, then the charge goes within seconds."""
        self._failing_s = 0.0

    @property
    def current_a(self) -> float:
        """Current drawn, amperes."""
        return self._load * self.drain_factor * self._hover_per_s * CAPACITY_MAH * 3.6

    @property
    def used_mah(self) -> int:
        return round((1.0 - self._fraction) * CAPACITY_MAH)

    @property
    def remaining_s(self) -> float:
        """Seconds left at the present load."""
        return self._fraction / (self._load * self.drain_factor * self._hover_per_s)

    def drain_flying(self, dt_s: float, airspeed_m_s: float, climb_m_s: float) -> None:
        """Take what `dt_s` seconds of flight at this airspeed and climb rate cost."""
        effort = 1.0 + SPEED_SHARE * (airspeed_m_s / self._cruise_m_s) ** 2
        share_per_m_s = CLIMB_SHARE_PER_M_S if climb_m_s > 0.0 else DESCENT_SHARE_PER_M_S
        self._drain(dt_s, max(0.5, effort + share_per_m_s * climb_m_s))

    def drain_grounded(self, dt_s: float, *, is_armed: bool) -> None:
        """Take what `dt_s` seconds on the ground cost."""
        self._drain(dt_s, IDLE_SHARE if is_armed else STANDBY_SHARE)

    def _drain(self, dt_s: float, load: float) -> None:
        self._load = load
        taken = load * self.drain_factor * self._hover_per_s * dt_s
        if self._failing_s is not None:
            self._failing_s += dt_s
            taken += COLLAPSE_PER_S * dt_s if self._failing_s > CELL_FAILS_IN_S else 0.0
        self._fraction = max(0.0, self._fraction - taken)
