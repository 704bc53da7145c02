"""The words of ArduCopter that the second personality speaks: modes, parameters, streams.

Numbers are ArduCopter's `Mode::Number`; parameter names those of its 4.x releases; streams ArduPilot's.
"""

from __future__ import annotations

from enum import IntEnum

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rtcc_sitl.battery import CAPACITY_MAH
from rtcc_sitl.params import ParamDialect


class CopterMode(IntEnum):
    """HEARTBEAT.custom_mode of ArduCopter, as far as it is flown here."""

    STABILIZE = 0
    ALT_HOLD = 2
    AUTO = 3
    GUIDED = 4
    LOITER = 5
    RTL = 6
    LAND = 9
    BRAKE = 17


ARMABLE = frozenset({CopterMode.STABILIZE, CopterMode.ALT_HOLD, CopterMode.GUIDED, CopterMode.LOITER})
"""Modes in which the motors may be started."""

STICK_MODES = frozenset({CopterMode.STABILIZE, CopterMode.ALT_HOLD, CopterMode.LOITER})
"""Modes flown by a stick. Without a radio its throttle is low: in the air it sinks to the ground."""

NEEDS_POSITION = frozenset(
    {CopterMode.AUTO, CopterMode.GUIDED, CopterMode.LOITER, CopterMode.RTL, CopterMode.BRAKE}
)

CM_PER_M = 100.0

COPTER_DEFAULTS: dict[str, float | int] = {
    "ANGLE_MAX": 3000,
    "ARMING_CHECK": 1,
    "BATT_CAPACITY": CAPACITY_MAH,
    "BATT_CRT_MAH": round(0.07 * CAPACITY_MAH),
    "BATT_FS_CRT_ACT": 1,
    "BATT_FS_LOW_ACT": 2,
    "BATT_LOW_MAH": round(0.15 * CAPACITY_MAH),
    "DISARM_DELAY": 10,
    "FENCE_ACTION": 1,
    "FENCE_ENABLE": 0,
    "FS_EKF_ACTION": 1,
    "FS_GCS_ENABLE": 1,
    "FS_GCS_TIMEOUT": 5.0,
    "GUID_TIMEOUT": 3.0,
    "RTL_ALT": 6000,
    "SYSID_MYGCS": 245,
    "SYSID_THISMAV": 1,
    "WPNAV_SPEED": 1500.0,
    "WPNAV_SPEED_DN": 300.0,
    "WPNAV_SPEED_UP": 500.0,
    "WP_YAW_BEHAVIOR": 2,
}
"""Speeds in cm/s, RTL_ALT in cm. Values differ from ArduCopter's own (no action, 15 m) where a programme that
flies out of sight sets them: BATT_FS_LOW_ACT 2 (return) and BATT_FS_CRT_ACT 1 (land), FS_GCS_ENABLE 1 (return
on ground-station loss), RTL_ALT 60 m, and SYSID_MYGCS 245, the system id that MAVSDK speaks with."""

COPTER_PARAMS = ParamDialect(COPTER_DEFAULTS, is_bytewise=False, answers_problems=False)
"""Every value travels as a number; an unknown name is left unanswered, as ArduPilot leaves it."""

RATES_HZ: dict[int, float] = {mavlink.MAVLINK_MSG_ID_TIMESYNC: 0.1}
"""Messages a second of wall time that are sent unasked, beside HEARTBEAT, whose rate is the clock's."""

STREAMS: dict[int, tuple[int, ...]] = {
    mavlink.MAV_DATA_STREAM_EXTENDED_STATUS: (
        mavlink.MAVLINK_MSG_ID_SYS_STATUS,
        mavlink.MAVLINK_MSG_ID_MISSION_CURRENT,
        mavlink.MAVLINK_MSG_ID_GPS_RAW_INT,
        mavlink.MAVLINK_MSG_ID_FENCE_STATUS,
    ),
    mavlink.MAV_DATA_STREAM_POSITION: (
        mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT,
        mavlink.MAVLINK_MSG_ID_LOCAL_POSITION_NED,
    ),
    mavlink.MAV_DATA_STREAM_EXTRA1: (mavlink.MAVLINK_MSG_ID_ATTITUDE,),
    mavlink.MAV_DATA_STREAM_EXTRA2: (mavlink.MAVLINK_MSG_ID_VFR_HUD,),
    mavlink.MAV_DATA_STREAM_EXTRA3: (
        mavlink.MAVLINK_MSG_ID_SYSTEM_TIME,
        mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT,
        mavlink.MAVLINK_MSG_ID_BATTERY_STATUS,
    ),
}
"""REQUEST_DATA_STREAM groups, of each what is simulated."""

STREAMS[mavlink.MAV_DATA_STREAM_ALL] = tuple(kind for group in tuple(STREAMS.values()) for kind in group)
