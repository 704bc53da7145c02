"""What an offboard controller wishes, as SET_POSITION_TARGET messages say it. No I/O."""

from __future__ import annotations

import math
from typing import Any

from rtcc_core.domain.geo import LatLon
from rtcc_sitl.airframe import Demand
from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.manoeuvres import Point
from rtcc_sitl.mission import RELATIVE_FRAMES

TERRAIN_FRAME = 11
"""MAV_FRAME_GLOBAL_TERRAIN_ALT_INT; the ground here is the plane of the pad."""

IGNORE_POSITION = 0b0000_0000_0111
IGNORE_VELOCITY = 0b0000_0011_1000
IGNORE_YAW = 0b0100_0000_0000


def take(autopilot: Autopilot, message: Any) -> None:
    """Give the autopilot a setpoint; one that names no place and no velocity is nothing."""
    point = _point(autopilot, message)
    if point is None:
        return
    mask = message.type_mask
    has_yaw = not mask & IGNORE_YAW and math.isfinite(message.yaw)
    yaw_deg = math.degrees(message.yaw) % 360.0 if has_yaw else None
    velocity = Demand(message.vy, message.vx, -message.vz, yaw_deg)
    has_point = not mask & IGNORE_POSITION and all(map(math.isfinite, point))
    has_velocity = not mask & IGNORE_VELOCITY and all(map(math.isfinite, velocity[:3]))
    if has_point or has_velocity:
        autopilot.take_setpoint(point if has_point else None, velocity if has_velocity else None, yaw_deg)


def _point(autopilot: Autopilot, message: Any) -> Point | None:
    """The place a setpoint names, even where it is to be ignored; None for an impossible one."""
    if message.get_type() == "SET_POSITION_TARGET_LOCAL_NED":
        return Point(message.y, message.x, -message.z)
    try:
        place = LatLon(message.lat_int * 1e-7, message.lon_int * 1e-7)
    except ValueError:
        return None
    is_relative = message.coordinate_frame in (*RELATIVE_FRAMES, TERRAIN_FRAME)
    up_m = autopilot.up_of(message.alt, is_relative=is_relative)
    return Point(*autopilot.frame.to_local(place), up_m)
