"""What one receiver said of one aircraft in one message, whatever the format; and figures read with care.

Everything is in the house's units. None means that this message did not say it.
"""

from __future__ import annotations

import math
import re

import msgspec

from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean

FOOT_M = 0.3048
KNOT_M_S = 1852.0 / 3600.0
FEET_PER_MINUTE_M_S = FOOT_M / 60.0

CALLSIGN_MAX = 12
"""Eight characters on the air (ICAO Annex 10); a little more in FLARM-like sources."""

ADDRESS = re.compile(r"~?[0-9a-f]{6}")

ALTITUDE_FT = (-2_000.0, 150_000.0)
SPEED_KT = (0.0, 2_000.0)
CLIMB_FPM = (-40_000.0, 40_000.0)
"""Beyond these a figure is damage, not news."""


class AircraftReport(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft, as far as one message tells."""

    id: str
    """ICAO address, six hexadecimal digits, lower case; with `~` in front where it is made up."""
    age_s: float = 0.0
    """How long ago anything was heard of the aircraft when the message was written."""
    callsign: str | None = None
    position: LatLon | None = None
    position_age_s: float = 0.0
    """How old the position was when the message was written."""
    pressure_altitude_m: float | None = None
    geometric_altitude_m: float | None = None
    on_ground: bool | None = None
    track_deg: float | None = None
    ground_speed_m_s: float | None = None
    climb_m_s: float | None = None
    category: str | None = None


class Tally:
    """How many figures of a message, or of a stream so far, were damaged."""

    __slots__ = ("damaged",)

    def __init__(self) -> None:
        self.damaged = 0

    def figure(self, value: float | None, bounds: tuple[float, float]) -> float | None:
        """The value where it can be true; else nothing, counted."""
        if value is None:
            return None
        if math.isfinite(value) and bounds[0] <= value <= bounds[1]:
            return value
        self.damaged += 1
        return None

    def place(self, latitude_deg: float | None, longitude_deg: float | None) -> LatLon | None:
        """The position where both are given and can be true. 0, 0 is a receiver without one."""
        if latitude_deg is None and longitude_deg is None:
            return None
        if latitude_deg is None or longitude_deg is None:
            self.damaged += 1
            return None
        try:
            place = LatLon(latitude_deg, longitude_deg)
        except ValueError:
            self.damaged += 1
            return None
        if place.is_null_island:
            self.damaged += 1
            return None
        return place


def address_of(text: str) -> str | None:
    """The address in lower case, or None for what is not one."""
    lowered = text.strip().lower()
    return lowered if ADDRESS.fullmatch(lowered) else None


def callsign_of(text: str) -> str | None:
    """A callsign made safe to show; None where it is blank, or the filler of a receiver (`@@@@`)."""
    return clean(text[: 8 * CALLSIGN_MAX].replace("@", " "), limit=CALLSIGN_MAX) or None


def scaled(value: float | None, factor: float) -> float | None:
    """The value in other units."""
    return None if value is None else value * factor
