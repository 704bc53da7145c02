"""Manned aircraft that a scenario sends through the city, as the world has them and as a receiver hears them.

Each flies straight at one speed and one climb: where it is follows from the time alone. No I/O. The day is a
standard one, so the pressure altitude an aircraft reports is its height above mean sea level.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec

from rtcc_core.domain.geo import LatLon, offset

FT_PER_M = 1.0 / 0.3048
KT_PER_M_S = 3600.0 / 1852.0
FORGOTTEN_AFTER_S = 300.0
"""Drill seconds of silence after which a receiver drops an aircraft, as dump1090 and readsb do."""

NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class TrafficTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[traffic]]`: one manned aircraft. Times are drill seconds, places metres from the city's centre."""

    icao: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Fa-f]{6}$")]
    """24-bit address as six hexadecimal digits."""
    callsign: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9]{0,8}$")] = ""
    """As it is transmitted; empty for an aircraft that sends none."""
    category: Annotated[str, msgspec.Meta(pattern=r"^[ABC][0-7]$")] = "A1"
    """ADS-B emitter category: A1 light, A7 rotorcraft."""
    squawk: Annotated[str, msgspec.Meta(pattern=r"^[0-7]{4}$")] = "1200"
    at_s: NotNegative = 0.0
    """When it is first heard, after the start of the timeline."""
    north_m: float
    east_m: float
    track_deg: Annotated[float, msgspec.Meta(ge=0, le=360)]
    ground_speed_m_s: NotNegative
    altitude_amsl_m: Annotated[float, msgspec.Meta(ge=-500, le=15_000)]
    climb_m_s: Annotated[float, msgspec.Meta(ge=-50, le=50)] = 0.0
    lasts_s: Positive = 600.0
    """After so long it is gone."""
    stops_reporting_after_s: Positive | None = None
    """After so long its transponder fails; it flies on unheard."""


class Contact(NamedTuple):
    """An aircraft as last heard: `silent_s` drill seconds ago, `messages` counted so far."""

    icao: str
    callsign: str
    category: str
    squawk: str
    position: LatLon
    altitude_amsl_m: float
    is_on_ground: bool
    track_deg: float
    ground_speed_m_s: float
    climb_m_s: float
    silent_s: float
    messages: int

    @property
    def altitude_ft(self) -> int:
        """In steps of 25 ft, as a transponder reports it."""
        return round(self.altitude_amsl_m * FT_PER_M / 25.0) * 25

    @property
    def ground_speed_kt(self) -> float:
        return self.ground_speed_m_s * KT_PER_M_S

    @property
    def climb_ft_min(self) -> int:
        """In steps of 64 ft/min, as a transponder reports it."""
        return round(self.climb_m_s * FT_PER_M * 60.0 / 64.0) * 64


class AirTraffic:
    """The aircraft of a scenario. Nothing is in the air until `begin`; `now` is the drill's clock."""

    def __init__(
        self,
        tables: Iterable[TrafficTable],
        *,
        centre: LatLon,
        ground_amsl_m: float,
        now: Callable[[], datetime],
    ) -> None:
        self._tables = tuple(tables)
        self._centre = centre
        self._ground_amsl_m = ground_amsl_m
        self.now = now
        """The drill's clock."""
        self._began_at: datetime | None = None

    def __len__(self) -> int:
        """How many aircraft the scenario knows, in the air or not."""
        return len(self._tables)

    def begin(self) -> None:
        """Start the timeline."""
        self._began_at = self.now()

    def heard(self) -> list[Contact]:
        """Every aircraft that a receiver still knows, as it was last heard."""
        elapsed_s = self._elapsed_s
        found = (self._contact(table, elapsed_s) for table in self._tables)
        return [contact for contact in found if contact is not None]

    def truth(self, icao: str) -> tuple[LatLon, float] | None:
        """Where an aircraft is and how high AMSL, heard or not; None for one that is not in the air."""
        elapsed_s = self._elapsed_s
        for table in self._tables:
            age_s = elapsed_s - table.at_s
            if table.icao.lower() == icao.lower() and 0.0 <= age_s <= table.lasts_s:
                return self._place(table, age_s), self._altitude_amsl_m(table, age_s)
        return None

    @property
    def _elapsed_s(self) -> float:
        return -math.inf if self._began_at is None else (self.now() - self._began_at).total_seconds()

    def _contact(self, table: TrafficTable, elapsed_s: float) -> Contact | None:
        age_s = elapsed_s - table.at_s
        last_s = min(table.lasts_s, table.stops_reporting_after_s or math.inf)
        heard_s = min(age_s, last_s)
        if age_s < 0.0 or age_s - heard_s > FORGOTTEN_AFTER_S:
            return None
        altitude_amsl_m = self._altitude_amsl_m(table, heard_s)
        is_on_ground = altitude_amsl_m <= self._ground_amsl_m
        return Contact(
            icao=table.icao.lower(),
            callsign=table.callsign,
            category=table.category,
            squawk=table.squawk,
            position=self._place(table, heard_s),
            altitude_amsl_m=altitude_amsl_m,
            is_on_ground=is_on_ground,
            track_deg=table.track_deg % 360.0,
            ground_speed_m_s=table.ground_speed_m_s,
            climb_m_s=0.0 if is_on_ground else table.climb_m_s,
            silent_s=age_s - heard_s,
            messages=1 + int(4.0 * heard_s),
        )

    def _altitude_amsl_m(self, table: TrafficTable, age_s: float) -> float:
        return max(self._ground_amsl_m, table.altitude_amsl_m + table.climb_m_s * age_s)

    def _place(self, table: TrafficTable, age_s: float) -> LatLon:
        track, away_m = math.radians(table.track_deg), table.ground_speed_m_s * age_s
        north_m = table.north_m + away_m * math.cos(track)
        east_m = table.east_m + away_m * math.sin(track)
        bearing = math.degrees(math.atan2(east_m, north_m)) % 360.0
        return offset(self._centre, bearing, math.hypot(north_m, east_m))


def traffic_faults(tables: Iterable[TrafficTable], *, farthest_m: float) -> list[str]:
    """What is wrong with the traffic of a scenario, in words."""
    faults: list[str] = []
    seen: set[str] = set()
    for index, table in enumerate(tables):
        icao = table.icao.lower()
        if icao in seen:
            faults.append(f"traffic[{index}].icao: {icao} is used twice; give each its own")
        seen.add(icao)
        if not math.hypot(table.north_m, table.east_m) < farthest_m:
            faults.append(
                f"traffic[{index}]: further than {farthest_m / 1000:.0f} km from the centre; move it nearer"
            )
    return faults
