"""Other people's aircraft as they were last heard, and who hears them. Latest value only, like the sky.

Crewed aircraft have the right of way (14 CFR 107.37). What was not heard is not clear: no list of aircraft,
however short, says that the sky is empty unless somebody is listening.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m

STALE_AFTER_S = 10.0
"""An older position is extrapolated, and said to be old."""

DROPPED_AFTER_S = 60.0
"""An older position says nothing about where the aircraft is now; dump1090 and readsb draw the same line."""

HIGH_ABOVE_M = 900.0
"""Traffic further above or below than this (3,000 ft) is no concern of a small drone and is not shown."""

ALWAYS_HIGH_AMSL_M = 5_500.0
"""Higher than any city's drone flies (FL180): left out even where our own altitude is not known."""

EIGHT_WINDS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")

CATEGORY_WORDS = {
    "A1": "light aircraft",
    "A2": "aircraft",
    "A3": "airliner",
    "A4": "airliner",
    "A5": "heavy airliner",
    "A6": "fast aircraft",
    "A7": "helicopter",
    "B1": "glider",
    "B2": "balloon",
    "B3": "parachutist",
    "B4": "ultralight",
    "B6": "drone",
    "B7": "spacecraft",
    "C1": "emergency vehicle",
    "C2": "airport vehicle",
    "C3": "obstacle",
}
"""ADS-B emitter categories (ICAO Annex 10 Vol. IV; DO-260B § 2.2.3.2.5.2) in words."""


class AltitudeBy(StrEnum):
    """Where an altitude comes from; the two differ by up to some hundred metres."""

    PRESSURE = "pressure"
    """Standard pressure (1013.25 hPa), not corrected for today's: what transponders send."""
    GEOMETRIC = "geometric"
    """From satellites; above the ellipsoid or above mean sea level, receivers do not say which."""


class Intruder(msgspec.Struct, frozen=True, kw_only=True):
    """An aircraft that is not ours, with the newest position that any source has of it."""

    id: str
    """ICAO address, six hexadecimal digits, lower case; with `~` in front where the source made one up."""
    callsign: str = ""
    position: LatLon
    position_age_s: float
    """Real seconds since the position was received, also in a drill that runs faster."""
    altitude_amsl_m: float | None = None
    altitude_by: AltitudeBy | None = None
    on_ground: bool = False
    """It says so itself; one that says nothing counts as flying."""
    track_deg: float | None = None
    """Direction over the ground, true."""
    ground_speed_m_s: float | None = None
    climb_m_s: float | None = None
    """Positive up."""
    category: str = ""
    """ADS-B emitter category, `A7` a helicopter; empty when not sent."""
    sources: tuple[str, ...] = ()
    """Names of the sources that hear it, the one with the newest position first."""

    @property
    def is_stale(self) -> bool:
        return not self.position_age_s <= STALE_AFTER_S

    @property
    def name(self) -> str:
        """What a person calls it: `helicopter N123AB`, `aircraft a1b2c3`."""
        return name_of(self.id, self.callsign, self.category)


Traffic = tuple[Intruder, ...]
"""Everybody else in the air; latest value only, never queued."""


class TrafficSource(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver of other aircraft, and whether it is listening now."""

    name: str
    is_up: bool
    age_s: float | None = None
    """Real seconds since it last said anything; None when it never did."""
    detail: str = ""
    """In words: how many aircraft, what was damaged, or why it is silent."""
    is_standing: bool = True
    """False for a drone's own receiver: it speaks only of what it hears, so its silence proves nothing."""


def name_of(intruder_id: str, callsign: str, category: str) -> str:
    """What a person calls an aircraft, from what it sends."""
    return f"{CATEGORY_WORDS.get(category, 'aircraft')} {callsign or intruder_id}"


def nearby(
    traffic: Traffic,
    position: LatLon,
    radius_m: float,
    *,
    altitude_amsl_m: float | None = None,
    high_above_m: float = HIGH_ABOVE_M,
) -> Traffic:
    """The flying aircraft within `radius_m` of a point and near its altitude, nearest first.

    One whose altitude is not known stays in: unknown is not clear. So does everybody below FL180 where our
    own altitude is not known.
    """
    found = [
        (away_m, intruder)
        for intruder in traffic
        if not intruder.on_ground
        and not is_high(intruder, altitude_amsl_m, high_above_m)
        and (away_m := distance_m(position, intruder.position)) <= radius_m
    ]
    return tuple(intruder for _, intruder in sorted(found, key=lambda pair: (pair[0], pair[1].id)))


def is_high(intruder: Intruder, altitude_amsl_m: float | None, high_above_m: float = HIGH_ABOVE_M) -> bool:
    """True where it is certainly too far above or below to matter: the traffic at 28,000 ft."""
    if intruder.altitude_amsl_m is None:
        return False
    if altitude_amsl_m is None:
        return intruder.altitude_amsl_m > ALWAYS_HIGH_AMSL_M
    return abs(intruder.altitude_amsl_m - altitude_amsl_m) > high_above_m


def is_heard(sources: tuple[TrafficSource, ...]) -> bool:
    """True while at least one receiver listens: only then does an empty list mean an empty sky."""
    return any(source.is_up for source in sources)


def silence_words(sources: tuple[TrafficSource, ...]) -> str:
    """Why nobody hears traffic, in words; empty while somebody does."""
    if is_heard(sources):
        return ""
    if not sources:
        return "no receiver of other aircraft is configured ([[traffic]] in agency.toml)"
    return "no receiver of other aircraft is heard: " + ", ".join(_silent(source) for source in sources)


def where_words(from_position: LatLon, intruder: Intruder) -> str:
    """`1.2 km NE, 12 s ago`; the age only where it is stale."""
    away = far_words(distance_m(from_position, intruder.position))
    wind = wind_of(bearing_deg(from_position, intruder.position))
    old = f", {intruder.position_age_s:.0f} s ago" if intruder.is_stale else ""
    return f"{away} {wind}{old}"


def wind_of(bearing: float) -> str:
    """One of the eight winds for a bearing in degrees."""
    return EIGHT_WINDS[round(bearing / 45.0) % 8]


def far_words(length_m: float) -> str:
    """`640 m`, `1.2 km`."""
    return f"{length_m:.0f} m" if length_m < 1_000.0 else f"{length_m / 1_000.0:.1f} km"


def _silent(source: TrafficSource) -> str:
    since = "never heard" if source.age_s is None else f"silent for {source.age_s:.0f} s"
    return f"{source.name} ({source.detail or since})"
