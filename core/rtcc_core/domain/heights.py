"""Heights whose type says what they are measured from.

Ceilings come above ground (FAA facility maps, 14 CFR 107.51) or above mean sea level (charts, NOTAMs), and
the difference is the ground itself. The two types have no order between them, and none within: a height is
compared only after both sides were brought to the same datum, which takes a ground height.
"""

from __future__ import annotations

import math

import msgspec

METRES_PER_FOOT = 0.3048
"""International foot."""


class Agl(msgspec.Struct, frozen=True, tag="agl"):
    """Above the ground under it. Raises ValueError for what is not a finite number."""

    metres: float

    def __post_init__(self) -> None:
        _check(self.metres)

    def over(self, ground_amsl_m: float) -> Amsl:
        """The same height above mean sea level, where the ground lies `ground_amsl_m` above it."""
        return Amsl(self.metres + ground_amsl_m)

    def __str__(self) -> str:
        return f"{self.metres:.0f} m above ground"


class Amsl(msgspec.Struct, frozen=True, tag="amsl"):
    """Above mean sea level. Raises ValueError for what is not a finite number."""

    metres: float

    def __post_init__(self) -> None:
        _check(self.metres)

    def over_ground(self, ground_amsl_m: float) -> Agl:
        """The same height above ground that lies `ground_amsl_m` above mean sea level."""
        return Agl(self.metres - ground_amsl_m)

    def __str__(self) -> str:
        return f"{self.metres:.0f} m above sea level"


Height = Agl | Amsl


def _check(metres: float) -> None:
    if not math.isfinite(metres):
        raise ValueError("a height must be a finite number of metres")
