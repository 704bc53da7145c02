"""Orders as MAVLink commands, in the dialect of the autopilot that gets them. Pure.

Every command here was measured against PX4 or ArduCopter, or is what QGroundControl sends them. Return uses
MAV_CMD 20 and not a mode change: hold is the only order of flight with command id 176, so nothing queues
behind a hold that MAVSDK is still repeating.

There is no forced arming here and there must never be: its bytes are those of a motor stop in flight.
"""

from __future__ import annotations

import math

from rtcc_core.adapters.mavsdk_binding import GROUND_COMPONENT, GROUND_SYSID, Command, Number
from rtcc_core.adapters.mavsdk_words import ARDUPILOT, BRAKE, GUIDED, PX4_AUTO, PX4_LOITER
from rtcc_core.domain.geo import LatLon

RETURN_TO_LAUNCH, LAND, TAKEOFF, ORBIT = 20, 21, 22, 34
SET_MODE, CHANGE_SPEED, REPOSITION, SET_ROI, CLEAR_ROI = 176, 178, 192, 195, 197
CONDITION_YAW, ARM_DISARM, SET_MESSAGE_INTERVAL = 115, 400, 511
GIMBAL_PITCHYAW, GIMBAL_CONFIGURE = 1000, 1001
VIDEO_START, VIDEO_STOP = 2500, 2501
ROLL_LOCK, PITCH_LOCK = 4, 8
"""GIMBAL_MANAGER_FLAGS: hold roll and pitch against the horizon, not against the airframe."""

RETURN_HEIGHTS = frozenset({"RTL_ALT", "RTL_ALT_M", "RTL_RETURN_ALT"})
"""The parameters that set how high an autopilot returns by itself; see `return_heights`."""

PARAM_REAL32 = 9
"""MAV_PARAM_TYPE_REAL32."""

CAMERA_COMPONENT = 100
"""MAV_COMP_ID_CAMERA."""

CUSTOM_MODE_FLAG, ARMED_FLAG = 1, 128
CHANGE_MODE = 1
"""DO_REPOSITION parameter 2: leave the present mode for it."""

NOSE_TO_CENTRE = 0.0


def _blank(autopilot: str) -> Number:
    """What "not given" is: PX4 wants NaN, ArduPilot refuses it."""
    return 0.0 if autopilot == ARDUPILOT else None


def _set_mode(main: int, sub: int, *, is_armed: bool) -> Command:
    flags = CUSTOM_MODE_FLAG | (ARMED_FLAG if is_armed else 0)
    return Command(number=SET_MODE, params=(float(flags), float(main), float(sub)))


def arm() -> Command:
    """Arm, with all the checks of the autopilot."""
    return Command(number=ARM_DISARM, params=(1.0,))


def disarm() -> Command:
    """Disarm; an autopilot refuses it in the air."""
    return Command(number=ARM_DISARM, params=(0.0,))


def guided(*, is_armed: bool) -> Command:
    """ArduPilot: the mode in which it arms for and obeys a ground station."""
    return _set_mode(GUIDED, 0, is_armed=is_armed)


def take_off(autopilot: str, *, height_m: float, ground_amsl_m: float) -> Command:
    """Climb from where it stands. PX4 reads the height AMSL, ArduPilot above home."""
    blank = _blank(autopilot)
    altitude_m = height_m if autopilot == ARDUPILOT else ground_amsl_m + height_m
    return Command(number=TAKEOFF, params=(0.0, 0.0, 0.0, blank, blank, blank, altitude_m))


def hold(autopilot: str, *, is_armed: bool) -> Command:
    """Stop and stay: PX4's Hold; ArduPilot's BRAKE, for its LOITER sinks without a stick."""
    if autopilot == ARDUPILOT:
        return _set_mode(BRAKE, 0, is_armed=is_armed)
    return _set_mode(PX4_AUTO, PX4_LOITER, is_armed=is_armed)


def return_home() -> Command:
    """Fly home and land there."""
    return Command(number=RETURN_TO_LAUNCH)


def land(autopilot: str) -> Command:
    """Land here, heading unchanged."""
    blank = _blank(autopilot)
    return Command(number=LAND, params=(0.0, 0.0, 0.0, blank, blank, blank, 0.0))


def go_to(
    autopilot: str, target: LatLon, *, amsl_m: float, yaw_deg: float | None, speed_m_s: float | None
) -> Command:
    """Fly to a point, from whatever mode, and stay there. Without a speed: the autopilot's own."""
    yaw = _blank(autopilot) if yaw_deg is None else math.radians(yaw_deg)
    return Command(
        number=REPOSITION,
        params=(speed_m_s if speed_m_s else -1.0, float(CHANGE_MODE), 0.0, yaw),
        place=(target.latitude_deg, target.longitude_deg, amsl_m),
    )


def orbit(
    autopilot: str,
    centre: LatLon,
    *,
    amsl_m: float,
    radius_m: float,
    speed_m_s: float,
    is_clockwise: bool = True,
) -> Command:
    """Circle, nose to the centre, until told otherwise."""
    return Command(
        number=ORBIT,
        params=(radius_m if is_clockwise else -radius_m, speed_m_s, NOSE_TO_CENTRE, _blank(autopilot)),
        place=(centre.latitude_deg, centre.longitude_deg, amsl_m),
    )


def look_at(centre: LatLon, *, amsl_m: float) -> Command:
    """Point camera (and nose, where ArduPilot is left to choose it) at a place on the ground."""
    return Command(number=SET_ROI, place=(centre.latitude_deg, centre.longitude_deg, amsl_m))


def look_ahead() -> Command:
    """End `look_at`."""
    return Command(number=CLEAR_ROI)


def turn_to(heading_deg: float) -> Command:
    """ArduPilot: turn the nose to a true heading, by the shorter side."""
    return Command(number=CONDITION_YAW, params=(heading_deg % 360.0, 0.0, 0.0, 0.0))


def take_gimbal() -> Command:
    """Say that the gimbal obeys us (primary control); what is there already is left."""
    ours = (float(GROUND_SYSID), float(GROUND_COMPONENT))
    return Command(number=GIMBAL_CONFIGURE, params=(*ours, -1.0, -1.0, 0.0, 0.0, 0.0))


def aim(pitch_deg: float) -> Command:
    """Tilt the gimbal, level with the horizon; its yaw follows the nose."""
    return Command(
        number=GIMBAL_PITCHYAW,
        params=(pitch_deg, 0.0, None, None, float(ROLL_LOCK | PITCH_LOCK), 0.0, 0.0),
    )


def record(*, is_on: bool) -> Command:
    """Start or stop the camera's recording."""
    if is_on:
        return Command(number=VIDEO_START, params=(0.0, 0.0), component=CAMERA_COMPONENT)
    return Command(number=VIDEO_STOP, params=(0.0,), component=CAMERA_COMPONENT)


def return_heights(autopilot: str, height_m: float) -> tuple[tuple[str, float], ...]:
    """The parameters, name and value, that set the height of the autopilot's own return above home.

    ArduCopter 4.7 renames RTL_ALT (centimetres) to RTL_ALT_M; one of the two is there.
    """
    if autopilot == ARDUPILOT:
        return (("RTL_ALT", round(height_m * 100.0)), ("RTL_ALT_M", height_m))
    return (("RTL_RETURN_ALT", height_m),)


def param_fields(sysid: int, name: str, value: float) -> dict[str, float | int | str]:
    """Fields of PARAM_SET for a parameter that is a float (PX4) or of any type (ArduPilot converts)."""
    return {
        "target_system": sysid,
        "target_component": 1,
        "param_id": name,
        "param_value": value,
        "param_type": PARAM_REAL32,
    }


def param_question(sysid: int, name: str) -> dict[str, float | int | str]:
    """Fields of PARAM_REQUEST_READ for a parameter by its name."""
    return {"target_system": sysid, "target_component": 1, "param_id": name, "param_index": -1}


def message_rate(message_id: int, rate_hz: float) -> Command:
    """Ask for a message so often per second."""
    return Command(number=SET_MESSAGE_INTERVAL, params=(float(message_id), round(1e6 / rate_hz)))
