"""What the messages of an aircraft and its gimbal, camera and Remote ID say, in our words and units. Pure.

After MAVLink's common messages and its gimbal, camera and Open Drone ID services. Ages are seconds.
"""

from __future__ import annotations

import math

import msgspec

from rtcc_core.adapters.mavsdk_messages import (
    CameraCapture,
    GimbalAttitude,
    GlobalPosition,
    GpsRaw,
    RemoteIdArm,
    SysStatus,
    Wind,
    WindCov,
)
from rtcc_core.domain.drone import CameraSeen, GimbalSeen, RemoteIdSeen, Telemetry
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean

NO_SATELLITES, NO_HEADING = 255, 65535
"""What GPS_RAW_INT and GLOBAL_POSITION_INT have where they do not know."""

CAMERAS = range(100, 106)
"""MAV_COMP_ID_CAMERA … MAV_COMP_ID_CAMERA6."""

GEOFENCE, PROPULSION = 0x10_0000, 0x4000_0000
"""MAV_SYS_STATUS_GEOFENCE, MAV_SYS_STATUS_SENSOR_PROPULSION."""

YAW_LOCK, YAW_IN_VEHICLE_FRAME, YAW_IN_EARTH_FRAME = 16, 32, 64
"""GIMBAL_DEVICE_FLAGS; of a gimbal that names no frame, the lock tells it."""

RUNNING = 1
"""CAMERA_CAPTURE_STATUS.video_status."""

GOOD_TO_ARM = 0
"""MAV_ODID_ARM_STATUS."""

_GIMBAL_TROUBLES = {
    8: "encoder error",
    16: "no power",
    32: "motor error",
    64: "software error",
    128: "no communication",
    256: "calibrating",
    512: "no manager",
}
"""GIMBAL_DEVICE_ERROR_FLAGS; to stand at a limit is none."""


def with_position(telemetry: Telemetry, value: GlobalPosition, age_s: float) -> Telemetry:
    """Where it is and how it moves."""
    return msgspec.structs.replace(
        telemetry,
        position=latlon(value.lat, value.lon),
        position_age_s=max(0.0, age_s),
        altitude_amsl_m=value.alt / 1000.0,
        height_m=value.relative_alt / 1000.0,
        ground_speed_m_s=math.hypot(value.vx, value.vy) / 100.0,
        track_deg=_track(value.vx, value.vy),
        climb_m_s=-value.vz / 100.0,
        heading_deg=None if value.hdg == NO_HEADING else value.hdg / 100.0 % 360.0,
    )


def _track(north_cm_s: int, east_cm_s: int) -> float | None:
    """Where it moves to; below half a metre per second that is noise."""
    if math.hypot(north_cm_s, east_cm_s) < 50.0:
        return None
    return math.degrees(math.atan2(east_cm_s, north_cm_s)) % 360.0


def latlon(latitude_e7: int, longitude_e7: int) -> LatLon | None:
    """A place; None for one that is not on Earth."""
    try:
        return LatLon(latitude_e7 / 1e7, longitude_e7 / 1e7)
    except ValueError:
        return None


def satellites(gps: GpsRaw) -> int | None:
    """How many it uses; None where it does not say."""
    return None if gps.satellites_visible == NO_SATELLITES else gps.satellites_visible


def gimbal_seen(message: GimbalAttitude, age_s: float, heading_deg: float | None) -> GimbalSeen | None:
    """Where it points; None where its quaternion is none. `heading_deg`: of the aircraft, where known."""
    w, x, y, z = message.q1, message.q2, message.q3, message.q4
    norm = math.sqrt(w * w + x * x + y * y + z * z)
    if not (math.isfinite(norm) and norm > 0.5):
        return None
    w, x, y, z = w / norm, x / norm, y / norm, z / norm
    yaw_deg = math.degrees(math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z)))
    names_none = not message.flags & (YAW_IN_EARTH_FRAME | YAW_IN_VEHICLE_FRAME)
    is_azimuth = message.flags & YAW_IN_EARTH_FRAME or (names_none and message.flags & YAW_LOCK)
    if not is_azimuth and heading_deg is None:
        azimuth_deg = None
    else:
        azimuth_deg = (yaw_deg + (0.0 if is_azimuth else heading_deg or 0.0)) % 360.0
    troubles = [words for bit, words in _GIMBAL_TROUBLES.items() if message.failure_flags & bit]
    return GimbalSeen(
        pitch_deg=math.degrees(math.asin(max(-1.0, min(1.0, 2.0 * (w * y - z * x))))),
        yaw_deg=azimuth_deg,
        age_s=age_s,
        trouble=", ".join(troubles),
    )


def camera_seen(capture: CameraCapture | None, age_s: float) -> CameraSeen:
    """`capture` is None for a camera of which only heartbeats were heard."""
    return CameraSeen(is_recording=None if capture is None else capture.video_status == RUNNING, age_s=age_s)


def remote_id_seen(message: RemoteIdArm, age_s: float) -> RemoteIdSeen:
    """Whether the module lets the aircraft take off, and what it says against it."""
    is_good = message.status == GOOD_TO_ARM
    words = clean(message.error.decode("utf-8", "replace"))
    return RemoteIdSeen(is_good=is_good, trouble="" if is_good else words, age_s=age_s)


def has_breached_fence(status: SysStatus | None) -> bool | None:
    """Its own geofence, where one is switched on."""
    return _is_ill(status, GEOFENCE)


def is_motor_well(status: SysStatus | None) -> bool | None:
    """Propulsion, where it watches that."""
    ill = _is_ill(status, PROPULSION)
    return None if ill is None else not ill


def wind_of(message: Wind | WindCov | None) -> tuple[float | None, float | None]:
    """Speed over ground (m/s) and where it comes from (degrees); ArduPilot tells it so, PX4 as a vector."""
    if isinstance(message, WindCov):
        speed_m_s = math.hypot(message.wind_x, message.wind_y)
        from_deg = math.degrees(math.atan2(-message.wind_y, -message.wind_x))
    elif message is not None:
        speed_m_s, from_deg = message.speed, message.direction
    else:
        return None, None
    if not (math.isfinite(speed_m_s) and math.isfinite(from_deg) and 0.0 <= speed_m_s <= 120.0):
        return None, None
    return speed_m_s, from_deg % 360.0


def _is_ill(status: SysStatus | None, bit: int) -> bool | None:
    if status is None:
        return None
    watched = status.onboard_control_sensors_present & status.onboard_control_sensors_enabled & bit
    return None if not watched else not status.onboard_control_sensors_health & bit
