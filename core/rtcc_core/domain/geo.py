"""Positions on the earth and the distances between them.

A city is small: every formula here is a local one, good to better than 0.5 % within 50 km of the
points it is given. Latitudes and longitudes are WGS 84 degrees, bearings degrees clockwise from true
north in [0, 360).
"""

from __future__ import annotations

import math

import msgspec

EARTH_RADIUS_M = 6_371_008.8
"""Mean earth radius (IUGG), metres."""


class LatLon(msgspec.Struct, frozen=True):
    """A point on the ground. Raises ValueError for anything that is not one."""

    latitude_deg: float
    longitude_deg: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.latitude_deg) and math.isfinite(self.longitude_deg)):
            raise ValueError("a position must be two finite numbers")
        if not -90.0 <= self.latitude_deg <= 90.0:
            raise ValueError(f"latitude {self.latitude_deg} is outside -90 … 90")
        if not -180.0 <= self.longitude_deg <= 180.0:
            raise ValueError(f"longitude {self.longitude_deg} is outside -180 … 180")

    @property
    def is_null_island(self) -> bool:
        """True for (0, 0) and its neighbourhood: what a failed geocode looks like, not a place to fly to."""
        return abs(self.latitude_deg) < 0.01 and abs(self.longitude_deg) < 0.01

    def __str__(self) -> str:
        return f"{self.latitude_deg:.5f} {self.longitude_deg:.5f}"


def distance_m(a: LatLon, b: LatLon) -> float:
    """Great-circle distance in metres (haversine)."""
    phi_a, phi_b = math.radians(a.latitude_deg), math.radians(b.latitude_deg)
    half_dphi = (phi_b - phi_a) / 2
    half_dlambda = math.radians(b.longitude_deg - a.longitude_deg) / 2
    chord = math.sin(half_dphi) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(half_dlambda) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def bearing_deg(a: LatLon, b: LatLon) -> float:
    """Initial true bearing from a to b, degrees in [0, 360); 0 where the points coincide."""
    phi_a, phi_b = math.radians(a.latitude_deg), math.radians(b.latitude_deg)
    dlambda = math.radians(b.longitude_deg - a.longitude_deg)
    east = math.sin(dlambda) * math.cos(phi_b)
    north = math.cos(phi_a) * math.sin(phi_b) - math.sin(phi_a) * math.cos(phi_b) * math.cos(dlambda)
    return math.degrees(math.atan2(east, north)) % 360.0


def offset(origin: LatLon, bearing: float, length_m: float) -> LatLon:
    """The point `length_m` metres from `origin` along the true bearing `bearing` (degrees)."""
    angular = length_m / EARTH_RADIUS_M
    phi, theta = math.radians(origin.latitude_deg), math.radians(bearing)
    sin_phi = math.sin(phi) * math.cos(angular) + math.cos(phi) * math.sin(angular) * math.cos(theta)
    phi_to = math.asin(max(-1.0, min(1.0, sin_phi)))
    dlambda = math.atan2(
        math.sin(theta) * math.sin(angular) * math.cos(phi),
        math.cos(angular) - math.sin(phi) * math.sin(phi_to),
    )
    longitude = origin.longitude_deg + math.degrees(dlambda)
    return LatLon(math.degrees(phi_to), (longitude + 180.0) % 360.0 - 180.0)


def along_track_wind_m_s(track_deg: float, wind_from_deg: float, wind_speed_m_s: float) -> float:
    """The part of the wind that helps along `track_deg`, m/s; negative for a headwind.

    Wind is named by where it comes from, as METAR and pilots do.
    """
    return -wind_speed_m_s * math.cos(math.radians(wind_from_deg - track_deg))
