"""A circle flown by us, for autopilots without DO_ORBIT: points and setpoints that lead around it. Pure.

Each setpoint follows from where the aircraft is, not from a clock: a simulator that runs faster, a gust or a
stalled core bend nothing but the pace, and the aircraft is never sent across the circle to catch up.
"""

from __future__ import annotations

import math

import msgspec

from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset

PERIOD_S = 0.2
"""Between two setpoints, in the aircraft's time; ArduPilot stops when none came for 3 s (GUID_TIMEOUT)."""

SHORTEST_PERIOD_S = 0.04
"""Wall seconds: a simulated aircraft that flies faster than the world gets its setpoints no closer."""

POINT_PERIOD_S = 1.0
"""Between two points for an autopilot that takes points only (PX4 without DO_ORBIT)."""

POINT_LEAD_S = 4.0
"""How far ahead such a point lies: far enough for the aircraft not to slow down for it."""

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
    """Around `centre`, nose to it."""

    centre: LatLon
    radius_m: float
    speed_m_s: float
    height_m: float
    """Above home."""
    is_clockwise: bool = True
    """Seen from above."""

    @property
    def turn_deg_s(self) -> float:
        """Turn around the centre, degrees per second; positive is clockwise."""
        turn = math.degrees(self.speed_m_s / self.radius_m)
        return turn if self.is_clockwise else -turn


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


def wall_period_s(period_s: float, speed: float) -> float:
    """How long to wait, by the wall, between two that lie `period_s` apart in the aircraft's time."""
    return max(SHORTEST_PERIOD_S, period_s / max(1.0, speed))


def next_point(circle: Circle, position: LatLon) -> LatLon:
    """The point on the circle to send an aircraft to that flies from point to point."""
    ahead_deg = max(-90.0, min(90.0, circle.turn_deg_s * POINT_LEAD_S))
    return offset(circle.centre, bearing_deg(circle.centre, position) + ahead_deg, circle.radius_m)


def setpoint(circle: Circle, position: LatLon, *, period_s: float = PERIOD_S) -> Setpoint:
    """The next setpoint for an aircraft at `position`; the next comes `period_s` of its time later."""
    outward_deg = bearing_deg(circle.centre, position)
    lead_s = max(LEAD_S, 2.0 * period_s)
    target = offset(circle.centre, outward_deg + circle.turn_deg_s * lead_s, circle.radius_m)
    # The velocity holds for one period: the tangent half a period on neither cuts in nor drifts out.
    side_deg = 90.0 if circle.is_clockwise else -90.0
    track = math.radians(outward_deg + circle.turn_deg_s * period_s / 2.0 + side_deg)
    outward = math.radians(outward_deg)
    pull_per_s = min(INWARD_PER_S, 0.5 / period_s)
    correction_m_s = pull_per_s * (circle.radius_m - distance_m(circle.centre, position))
    return Setpoint(
        position=target,
        height_m=circle.height_m,
        north_m_s=circle.speed_m_s * math.cos(track) + correction_m_s * math.cos(outward),
        east_m_s=circle.speed_m_s * math.sin(track) + correction_m_s * math.sin(outward),
        yaw_deg=(outward_deg + 180.0) % 360.0,
    )
