"""A circle flown by us, for autopilots without DO_ORBIT (ArduPilot): setpoints that lead around it. Pure.

Each setpoint follows from where the aircraft is, not from a clock: a simulator that runs faster, a gust or a
stalled core bend nothing but the pace, and the aircraft is never sent across the circle to catch up.
"""

from __future__ import annotations

import math

import msgspec

from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset

PERIOD_S = 0.2
"""Between two setpoints; ArduPilot stops by itself when none came for 3 s (GUID_TIMEOUT)."""

LEAD_S = 0.4
"""How far ahead of the aircraft, in seconds at orbit speed, the setpoint lies."""

CAPTURE_M = 12.0
"""Off the circle by less than this, setpoints lead; further out the aircraft flies to the circle first."""

INWARD_PER_S = 0.3
"""Share of the distance from the circle that is flown off each second."""

FRAME_RELATIVE_ALTITUDE_INT = 6
USE_POSITION_VELOCITY_YAW = 0b1001_1100_0000
"""SET_POSITION_TARGET_GLOBAL_INT.type_mask: ignore acceleration and yaw rate."""


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """Clockwise around `centre`, seen from above, nose to it."""

    centre: LatLon
    radius_m: float
    speed_m_s: float
    height_m: float
    """Above home."""


class Setpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where to be, how fast over ground (m/s), which way to look (degrees)."""

    position: LatLon
    height_m: float
    north_m_s: float
    east_m_s: float
    yaw_deg: float

    def fields(self, sysid: int, boot_ms: int) -> dict[str, float | int | None]:
        """Fields of SET_POSITION_TARGET_GLOBAL_INT."""
        return {
            "time_boot_ms": boot_ms,
            "target_system": sysid,
            "target_component": 1,
            "coordinate_frame": FRAME_RELATIVE_ALTITUDE_INT,
            "type_mask": USE_POSITION_VELOCITY_YAW,
            "lat_int": round(self.position.latitude_deg * 1e7),
            "lon_int": round(self.position.longitude_deg * 1e7),
            "alt": self.height_m,
            "vx": self.north_m_s,
            "vy": self.east_m_s,
            "vz": 0.0,
            "afx": 0.0,
            "afy": 0.0,
            "afz": 0.0,
            "yaw": math.radians(self.yaw_deg),
            "yaw_rate": 0.0,
        }


def entry(circle: Circle, position: LatLon) -> LatLon:
    """The nearest point of the circle."""
    return offset(circle.centre, bearing_deg(circle.centre, position), circle.radius_m)


def is_on(circle: Circle, position: LatLon) -> bool:
    """True when near enough to the circle to be led around it."""
    return abs(distance_m(circle.centre, position) - circle.radius_m) < CAPTURE_M


def setpoint(circle: Circle, position: LatLon) -> Setpoint:
    """The next setpoint for an aircraft at `position`."""
    outward_deg = bearing_deg(circle.centre, position)
    turn_deg_s = math.degrees(circle.speed_m_s / circle.radius_m)
    target = offset(circle.centre, outward_deg + turn_deg_s * LEAD_S, circle.radius_m)
    # The velocity holds for one period: the tangent half a period on neither cuts in nor drifts out.
    track = math.radians(outward_deg + turn_deg_s * PERIOD_S / 2.0 + 90.0)
    outward = math.radians(outward_deg)
    correction_m_s = INWARD_PER_S * (circle.radius_m - distance_m(circle.centre, position))
    return Setpoint(
        position=target,
        height_m=circle.height_m,
        north_m_s=circle.speed_m_s * math.cos(track) + correction_m_s * math.cos(outward),
        east_m_s=circle.speed_m_s * math.sin(track) + correction_m_s * math.sin(outward),
        yaw_deg=(outward_deg + 180.0) % 360.0,
    )
