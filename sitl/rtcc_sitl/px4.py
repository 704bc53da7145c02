"""The words of PX4 and MAVLink that the simulated autopilot speaks: modes, commands, results, severities.

Numbers are those of the MAVLink common dialect and of PX4's custom flight modes.
"""

from __future__ import annotations

from enum import Enum, IntEnum


class Mode(Enum):
    """A flight mode as PX4 packs it into HEARTBEAT.custom_mode: (main mode, sub mode)."""

    POSITION = (3, 0)
    ORBIT = (3, 1)
    READY = (4, 1)
    TAKEOFF = (4, 2)
    HOLD = (4, 3)
    MISSION = (4, 4)
    RTL = (4, 5)
    LAND = (4, 6)
    OFFBOARD = (6, 0)

    @property
    def custom_mode(self) -> int:
        """HEARTBEAT.custom_mode."""
        main, sub = self.value
        return main << 16 | sub << 24


class Command(IntEnum):
    """MAV_CMD values that are understood, named without their common prefix."""

    NAV_WAYPOINT = 16
    NAV_LOITER_UNLIM = 17
    NAV_LOITER_TIME = 19
    NAV_RETURN_TO_LAUNCH = 20
    NAV_LAND = 21
    NAV_TAKEOFF = 22
    DO_ORBIT = 34
    NAV_DELAY = 93
    CONDITION_YAW = 115
    DO_SET_MODE = 176
    DO_CHANGE_SPEED = 178
    DO_SET_HOME = 179
    DO_FLIGHTTERMINATION = 185
    DO_REPOSITION = 192
    DO_SET_ROI_LOCATION = 195
    DO_SET_ROI_NONE = 197
    DO_SET_ROI = 201
    DO_SET_MISSION_CURRENT = 224
    PREFLIGHT_REBOOT_SHUTDOWN = 246
    MISSION_START = 300
    COMPONENT_ARM_DISARM = 400
    GET_HOME_POSITION = 410
    GET_MESSAGE_INTERVAL = 510
    SET_MESSAGE_INTERVAL = 511
    REQUEST_MESSAGE = 512
    REQUEST_AUTOPILOT_CAPABILITIES = 520
    SET_CAMERA_MODE = 530
    SET_CAMERA_ZOOM = 531
    DO_GIMBAL_MANAGER_PITCHYAW = 1000
    DO_GIMBAL_MANAGER_CONFIGURE = 1001
    IMAGE_START_CAPTURE = 2000
    IMAGE_STOP_CAPTURE = 2001
    VIDEO_START_CAPTURE = 2500
    VIDEO_STOP_CAPTURE = 2501
    VIDEO_START_STREAMING = 2502
    VIDEO_STOP_STREAMING = 2503


class Result(IntEnum):
    """MAV_RESULT: how a command was answered."""

    ACCEPTED = 0
    TEMPORARILY_REJECTED = 1
    DENIED = 2
    UNSUPPORTED = 3
    FAILED = 4


class Severity(IntEnum):
    """MAV_SEVERITY of a status text."""

    EMERGENCY = 0
    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFO = 6


class Landed(IntEnum):
    """MAV_LANDED_STATE."""

    ON_GROUND = 1
    IN_AIR = 2
    TAKEOFF = 3
    LANDING = 4


FORCE_MAGIC = 21196.0
"""Parameter 2 of COMPONENT_ARM_DISARM that turns a disarm into an immediate motor stop."""


def command_name(command: int) -> str:
    """The MAV_CMD name of a number, or the number itself where it is none of ours."""
    try:
        return Command(command).name
    except ValueError:
        return str(command)
