"""The body of a multicopter: where it is, how it moves through moving air, when it touches the ground.

Coordinates are metres east, north and up of the home pad; the ground is the plane `up_m == 0`.
No clock, no random, no I/O: `Airframe.step` is the whole physics.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset

GRAVITY_M_S2 = 9.80665
TERMINAL_FALL_M_S = 25.0
HARD_LANDING_M_S = 4.0
"""Touching the ground faster than this breaks the aircraft."""

DRAG_PER_M = 0.012
"""Drag deceleration over airspeed squared, 1/m: leans the aircraft into the wind it flies against."""


class Demand(NamedTuple):
    """What the autopilot wants of the body: a velocity, m/s, and a heading (None = keep the present one).

    `is_through_air` means that the horizontal velocity is meant relative to the air: an aircraft that does
    not know its position drifts with the wind.
    """

    east_m_s: float
    north_m_s: float
    up_m_s: float
    yaw_deg: float | None = None
    is_through_air: bool = False


class Limits(msgspec.Struct, frozen=True):
    """What a body can do. Speeds m/s, accelerations m/s², yaw rate degrees/s."""

    airspeed_m_s: float = 15.0
    climb_m_s: float = 5.0
    descent_m_s: float = 3.0
    acceleration_m_s2: float = 4.0
    vertical_acceleration_m_s2: float = 3.0
    yaw_rate_deg_s: float = 60.0


class LocalFrame:
    """Metres east and north of an origin, to and from WGS 84 (azimuthal equidistant; exact at city scale)."""

    def __init__(self, origin: LatLon) -> None:
        self.origin = origin

    def to_local(self, point: LatLon) -> tuple[float, float]:
        """East and north of the origin, metres."""
        length_m = distance_m(self.origin, point)
        theta = math.radians(bearing_deg(self.origin, point))
        return length_m * math.sin(theta), length_m * math.cos(theta)

    def to_global(self, east_m: float, north_m: float) -> LatLon:
        """The point `east_m`, `north_m` of the origin."""
        return offset(self.origin, math.degrees(math.atan2(east_m, north_m)), math.hypot(east_m, north_m))


class Airframe:
    """Position, velocity over ground and heading of one multicopter."""

    __slots__ = (
        "_thrust_east",
        "_thrust_north",
        "east_m",
        "east_m_s",
        "has_crashed",
        "is_on_ground",
        "limits",
        "north_m",
        "north_m_s",
        "up_m",
        "up_m_s",
        "yaw_deg",
        "yaw_rate_deg_s",
    )

    def __init__(self, limits: Limits, *, yaw_deg: float = 0.0) -> None:
        self.limits = limits
        self.east_m = self.north_m = self.up_m = 0.0
        self.east_m_s = self.north_m_s = self.up_m_s = 0.0
        self.yaw_deg, self.yaw_rate_deg_s = yaw_deg % 360.0, 0.0
        self.is_on_ground = True
        self.has_crashed = False
        self._thrust_east = self._thrust_north = 0.0

    @property
    def ground_speed_m_s(self) -> float:
        return math.hypot(self.east_m_s, self.north_m_s)

    @property
    def tilt_rad(self) -> tuple[float, float]:
        """Roll and pitch, radians, that give the present horizontal thrust (right and nose-up positive)."""
        yaw = math.radians(self.yaw_deg)
        ahead = self._thrust_east * math.sin(yaw) + self._thrust_north * math.cos(yaw)
        right = self._thrust_east * math.cos(yaw) - self._thrust_north * math.sin(yaw)
        return math.atan2(right, GRAVITY_M_S2), -math.atan2(ahead, GRAVITY_M_S2)

    def airspeed_m_s(self, wind_east_m_s: float, wind_north_m_s: float) -> float:
        """Speed through the air, m/s; 0 on the ground, where the wind does not count as flight."""
        if self.is_on_ground:
            return 0.0
        return math.hypot(self.east_m_s - wind_east_m_s, self.north_m_s - wind_north_m_s)

    def step(self, demand: Demand | None, wind_east_m_s: float, wind_north_m_s: float, dt_s: float) -> None:
        """Move on by `dt_s`. Without a demand the motors are off: the body falls, or rests on the ground."""
        if self.is_on_ground and (demand is None or demand.up_m_s <= 0.0):
            self._rest()
            return
        if demand is None:
            self.up_m_s = max(-TERMINAL_FALL_M_S, self.up_m_s - GRAVITY_M_S2 * dt_s)
            self._thrust_east = self._thrust_north = 0.0
        else:
            self._fly(demand, wind_east_m_s, wind_north_m_s, dt_s)
        self.is_on_ground = False
        self.east_m += self.east_m_s * dt_s
        self.north_m += self.north_m_s * dt_s
        self.up_m += self.up_m_s * dt_s
        if self.up_m <= 0.0 and self.up_m_s <= 0.0:
            self.has_crashed = self.has_crashed or self.up_m_s < -HARD_LANDING_M_S
            self._rest()

    def _rest(self) -> None:
        self.up_m = 0.0
        self.east_m_s = self.north_m_s = self.up_m_s = self.yaw_rate_deg_s = 0.0
        self._thrust_east = self._thrust_north = 0.0
        self.is_on_ground = True

    def _fly(self, demand: Demand, wind_east_m_s: float, wind_north_m_s: float, dt_s: float) -> None:
        limits = self.limits
        want_east, want_north = reachable_velocity(demand, wind_east_m_s, wind_north_m_s, limits.airspeed_m_s)
        change_east, change_north = want_east - self.east_m_s, want_north - self.north_m_s
        change = math.hypot(change_east, change_north)
        most = limits.acceleration_m_s2 * dt_s
        if change > most:
            change_east, change_north = change_east * most / change, change_north * most / change
        self.east_m_s += change_east
        self.north_m_s += change_north
        air_east, air_north = self.east_m_s - wind_east_m_s, self.north_m_s - wind_north_m_s
        drag = DRAG_PER_M * math.hypot(air_east, air_north)
        self._thrust_east = change_east / dt_s + drag * air_east
        self._thrust_north = change_north / dt_s + drag * air_north
        want_up = max(-limits.descent_m_s, min(limits.climb_m_s, demand.up_m_s))
        most = limits.vertical_acceleration_m_s2 * dt_s
        self.up_m_s += max(-most, min(most, want_up - self.up_m_s))
        self._turn(demand.yaw_deg, dt_s)

    def _turn(self, yaw_deg: float | None, dt_s: float) -> None:
        if yaw_deg is None:
            self.yaw_rate_deg_s = 0.0
            return
        most = self.limits.yaw_rate_deg_s * dt_s
        turn = max(-most, min(most, turn_deg(self.yaw_deg, yaw_deg)))
        self.yaw_deg = (self.yaw_deg + turn) % 360.0
        self.yaw_rate_deg_s = turn / dt_s


def turn_deg(from_deg: float, to_deg: float) -> float:
    """The shorter turn between two headings, degrees in [-180, 180); positive is clockwise."""
    return (to_deg - from_deg + 180.0) % 360.0 - 180.0


def quaternion(roll_rad: float, pitch_rad: float, yaw_rad: float) -> tuple[float, float, float, float]:
    """The attitude w, x, y, z that these angles, radians, stand for."""
    cr, sr = math.cos(roll_rad / 2), math.sin(roll_rad / 2)
    cp, sp = math.cos(pitch_rad / 2), math.sin(pitch_rad / 2)
    cy, sy = math.cos(yaw_rad / 2), math.sin(yaw_rad / 2)
    return (
        cr * cp * cy + sr * sp * sy,
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
    )


def reachable_velocity(
    demand: Demand, wind_east_m_s: float, wind_north_m_s: float, airspeed_m_s: float
) -> tuple[float, float]:
    """The velocity over ground, m/s, nearest to the demand that an airspeed of `airspeed_m_s` can give.

    The track is kept by crabbing into the wind and giving up speed; where the wind is stronger than the
    aircraft the track is lost and it is carried along.
    """
    east, north = demand.east_m_s, demand.north_m_s
    if demand.is_through_air:
        east, north = east + wind_east_m_s, north + wind_north_m_s
    air_east, air_north = east - wind_east_m_s, north - wind_north_m_s
    airspeed = math.hypot(air_east, air_north)
    if airspeed <= airspeed_m_s:
        return east, north
    speed = math.hypot(east, north)
    if speed > 1e-9:
        tail = (east * wind_east_m_s + north * wind_north_m_s) / speed
        room = tail * tail - wind_east_m_s**2 - wind_north_m_s**2 + airspeed_m_s**2
        root = math.sqrt(room) if room >= 0.0 else -1.0
        if root >= 0.0 and tail + root >= 0.0 and tail - root <= speed:
            scale = min(speed, tail + root) / speed
            return east * scale, north * scale
    scale = airspeed_m_s / airspeed
    return wind_east_m_s + air_east * scale, wind_north_m_s + air_north * scale
