"""MAVLink numbers into our words: modes, results, severities, sensors. Pure.

Numbers are those of MAVLink's common dialect, PX4's `px4_custom_mode.h` and ArduCopter's `Mode::Number`.
"""

from __future__ import annotations

from rtcc_core.domain.drone import Landed, Mode

PX4 = "PX4"
ARDUPILOT = "ArduPilot"

AUTOPILOTS = {12: PX4, 3: ARDUPILOT}
"""MAV_AUTOPILOT."""

NOT_AN_AUTOPILOT = 8
"""MAV_AUTOPILOT_INVALID: a camera, a gimbal, a ground station."""

COPTER_TYPES = frozenset({2, 3, 4, 13, 14, 15, 29, 35})
"""MAV_TYPE of everything ArduCopter flies: only of these the mode numbers below hold."""

GUIDED, BRAKE = 4, 17
"""ArduCopter modes that are asked for."""

PX4_AUTO, PX4_LOITER = 4, 3
"""PX4 main mode and sub mode of Hold."""

_PX4_MAIN = {
    1: Mode.MANUAL,
    2: Mode.MANUAL,
    3: Mode.MANUAL,
    5: Mode.MANUAL,
    6: Mode.OFFBOARD,
    7: Mode.MANUAL,
    8: Mode.MANUAL,
}
_PX4_ORBIT = (3, 1)
_PX4_AUTO_SUB = {
    1: Mode.READY,
    2: Mode.TAKEOFF,
    3: Mode.HOLD,
    4: Mode.MISSION,
    5: Mode.RETURN,
    6: Mode.LAND,
    8: Mode.TRANSIT,
    9: Mode.LAND,
    10: Mode.TAKEOFF,
}
_COPTER = {
    0: Mode.MANUAL,
    1: Mode.MANUAL,
    2: Mode.MANUAL,
    3: Mode.MISSION,
    4: Mode.TRANSIT,
    5: Mode.HOLD,
    6: Mode.RETURN,
    7: Mode.ORBIT,
    9: Mode.LAND,
    11: Mode.MANUAL,
    13: Mode.MANUAL,
    14: Mode.MANUAL,
    15: Mode.MANUAL,
    16: Mode.HOLD,
    17: Mode.HOLD,
    20: Mode.OFFBOARD,
    21: Mode.RETURN,
    27: Mode.MISSION,
}


def mode_of(autopilot: str, vehicle_type: int, custom_mode: int) -> Mode:
    """What HEARTBEAT.custom_mode says the aircraft does; UNKNOWN for what we have no word for."""
    if autopilot == PX4:
        main, sub = custom_mode >> 16 & 0xFF, custom_mode >> 24 & 0xFF
        if (main, sub) == _PX4_ORBIT:
            return Mode.ORBIT
        return _PX4_AUTO_SUB.get(sub, Mode.UNKNOWN) if main == PX4_AUTO else _PX4_MAIN.get(main, Mode.UNKNOWN)
    if autopilot == ARDUPILOT and vehicle_type in COPTER_TYPES:
        return _COPTER.get(custom_mode, Mode.UNKNOWN)
    return Mode.UNKNOWN


LANDED = {1: Landed.ON_GROUND, 2: Landed.IN_AIR, 3: Landed.TAKING_OFF, 4: Landed.LANDING}
"""MAV_LANDED_STATE."""

ACCEPTED, UNSUPPORTED = 0, 3

_RESULTS = {
    1: "temporarily rejected",
    2: "denied",
    3: "not supported by this autopilot",
    4: "failed",
    6: "cancelled",
    7: "only accepted as a COMMAND_LONG",
    8: "only accepted as a COMMAND_INT",
    9: "not supported in that frame",
    10: "not its commander",
}


def result_words(result: int) -> str:
    """MAV_RESULT of a refusal in words."""
    return _RESULTS.get(result, f"result {result}")


SEVERITIES = ("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG")
"""MAV_SEVERITY, worst first."""

WARNING = 4

PREARM_CHECK = 0x1000_0000
"""MAV_SYS_STATUS_PREARM_CHECK."""

_SENSORS = {
    0x01: "gyro",
    0x02: "accelerometer",
    0x04: "compass",
    0x08: "barometer",
    0x20: "GPS",
    0x8000: "motor outputs",
    0x10_0000: "geofence",
    0x20_0000: "attitude estimate",
    0x40_0000: "terrain data",
    0x100_0000: "logging",
    0x200_0000: "battery",
    0x400_0000: "proximity sensor",
    0x2000_0000: "obstacle avoidance",
    0x4000_0000: "propulsion",
}


def failing_sensors(enabled: int, healthy: int) -> list[str]:
    """Names of what is switched on and not well, from SYS_STATUS."""
    return [name for bit, name in _SENSORS.items() if enabled & bit and not healthy & bit]
