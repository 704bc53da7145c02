"""What each MAV_CMD makes the autopilot do: one function per command, no I/O."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from rtcc_core.domain.geo import LatLon
from rtcc_sitl.autopilot import MAX_HEIGHT_M, Autopilot
from rtcc_sitl.manoeuvres import Orbit, Point
from rtcc_sitl.mission import RELATIVE_FRAMES
from rtcc_sitl.px4 import FORCE_MAGIC, Command, Mode, Result

DEFAULT_ORBIT_RADIUS_M = 30.0
DEFAULT_ORBIT_SPEED_M_S = 5.0

SPEED_TYPES = (0, 1)
"""DO_CHANGE_SPEED kinds that mean horizontal speed: airspeed and ground speed."""


class Order(NamedTuple):
    """A COMMAND_LONG or COMMAND_INT in one shape: positions in degrees, nothing given is NaN.

    `sender` is the system and component id it came from.
    """

    command: int
    p1: float
    p2: float
    p3: float
    p4: float
    p5: float
    p6: float
    p7: float
    frame: int = 0
    sender: tuple[int, int] = (0, 0)


PLACELESS = frozenset({Command.DO_GIMBAL_MANAGER_PITCHYAW, Command.DO_GIMBAL_MANAGER_CONFIGURE})
"""Commands whose fifth and sixth parameters are numbers, not degrees, in a COMMAND_INT too."""

INT32_MAX = 2**31 - 1


def order_from(message: Any) -> Order:
    """A COMMAND_LONG or COMMAND_INT as an order."""
    sender = (message.get_srcSystem(), message.get_srcComponent())
    params = (message.param1, message.param2, message.param3, message.param4)
    if message.get_type() == "COMMAND_LONG":
        return Order(message.command, *params, message.param5, message.param6, message.param7, 0, sender)
    scale = 1.0 if message.command in PLACELESS else 1e-7
    x, y = (math.nan if value == INT32_MAX else value * scale for value in (message.x, message.y))
    return Order(message.command, *params, x, y, message.z, message.frame, sender)


Handler = Callable[[Autopilot, Order], Result]


def bound(autopilot: Autopilot) -> dict[int, Callable[[Order], Result]]:
    """What each MAV_CMD makes this autopilot do."""
    return {command: partial(handler, autopilot) for command, handler in HANDLERS.items()}


def obey(autopilot: Autopilot, order: Order) -> Result:
    """Carry out an order of flight, or say why not."""
    handler = HANDLERS.get(order.command)
    return Result.UNSUPPORTED if handler is None else handler(autopilot, order)


def _arm_or_disarm(autopilot: Autopilot, order: Order) -> Result:
    if order.p1 == 1.0:
        # A forced arm (parameter 2) gets the checks all the same: nothing in this product may ask for one.
        return autopilot.arm()
    if order.p1 == 0.0:
        return autopilot.disarm(by_force=order.p2 == FORCE_MAGIC)
    return Result.UNSUPPORTED


def _take_off(autopilot: Autopilot, order: Order) -> Result:
    if math.isfinite(order.p7) and order.p7 != 0.0:
        up_m = autopilot.up_of(order.p7)
        return autopilot.take_off(up_m) if abs(up_m) <= MAX_HEIGHT_M else Result.DENIED
    return autopilot.set_mode(Mode.TAKEOFF)


def _land(autopilot: Autopilot, order: Order) -> Result:
    return autopilot.set_mode(Mode.LAND)


def _return(autopilot: Autopilot, order: Order) -> Result:
    return autopilot.set_mode(Mode.RTL)


def _set_mode(autopilot: Autopilot, order: Order) -> Result:
    if not int(_or(order.p1, 0.0)) & 1:
        return Result.DENIED
    wanted = (int(_or(order.p2, 0.0)), int(_or(order.p3, 0.0)))
    modes = {mode.value: mode for mode in Mode if mode not in (Mode.READY, Mode.ORBIT)}
    mode = modes.get(wanted)
    return Result.DENIED if mode is None else autopilot.set_mode(mode)


def _reposition(autopilot: Autopilot, order: Order) -> Result:
    target = _target(autopilot, order, is_relative=order.frame in RELATIVE_FRAMES)
    if target is None:
        return Result.DENIED
    yaw_deg = math.degrees(order.p4) % 360.0 if math.isfinite(order.p4) else None
    speed_m_s = order.p1 if math.isfinite(order.p1) and order.p1 > 0.0 else None
    return autopilot.reposition(target, yaw_deg=yaw_deg, speed_m_s=speed_m_s)


def _orbit(autopilot: Autopilot, order: Order) -> Result:
    # The altitude is AMSL whatever the frame says: so MAVSDK sends it and so PX4 reads it.
    centre = _target(autopilot, order, is_relative=False)
    if centre is None:
        return Result.DENIED
    radius_m = _or(order.p1, DEFAULT_ORBIT_RADIUS_M)
    speed_m_s = _or(order.p2, DEFAULT_ORBIT_SPEED_M_S)
    behaviour = int(_or(order.p3, 0.0))
    return autopilot.circle(Orbit(autopilot.body, centre, radius_m, speed_m_s, behaviour))


def _change_speed(autopilot: Autopilot, order: Order) -> Result:
    if order.p1 not in SPEED_TYPES:
        return Result.ACCEPTED
    return autopilot.change_speed(_or(order.p2, -1.0))


def _set_home(autopilot: Autopilot, order: Order) -> Result:
    if order.p1 == 1.0:
        autopilot.home = Point(autopilot.body.east_m, autopilot.body.north_m, 0.0)
        return Result.ACCEPTED
    target = _target(autopilot, order, is_relative=False)
    if target is None or not math.isfinite(order.p5):
        return Result.DENIED
    autopilot.home = target
    return Result.ACCEPTED


def _terminate(autopilot: Autopilot, order: Order) -> Result:
    return autopilot.terminate() if order.p1 > 0.5 else Result.ACCEPTED


def _set_mission_current(autopilot: Autopilot, order: Order) -> Result:
    seq = int(_or(order.p1, -1.0))
    if not 0 <= seq < len(autopilot.plans[0]):
        return Result.DENIED
    autopilot.plans.current = seq
    return Result.ACCEPTED


def _start_mission(autopilot: Autopilot, order: Order) -> Result:
    return autopilot.set_mode(Mode.MISSION)


HANDLERS: dict[int, Handler] = {
    Command.COMPONENT_ARM_DISARM: _arm_or_disarm,
    Command.NAV_TAKEOFF: _take_off,
    Command.NAV_LAND: _land,
    Command.NAV_RETURN_TO_LAUNCH: _return,
    Command.DO_SET_MODE: _set_mode,
    Command.DO_REPOSITION: _reposition,
    Command.DO_ORBIT: _orbit,
    Command.DO_CHANGE_SPEED: _change_speed,
    Command.DO_SET_HOME: _set_home,
    Command.DO_FLIGHTTERMINATION: _terminate,
    Command.DO_SET_MISSION_CURRENT: _set_mission_current,
    Command.MISSION_START: _start_mission,
}
"""Orders of flight. What concerns the link (message rates, requests, reboot) is the endpoint's."""


def _target(autopilot: Autopilot, order: Order, *, is_relative: bool) -> Point | None:
    """The place an order names, the present one where it names none; None for an impossible one."""
    up_m = autopilot.up_of(order.p7, is_relative=is_relative)
    if not abs(up_m) <= MAX_HEIGHT_M:
        return None
    if math.isnan(order.p5) or math.isnan(order.p6):
        return Point(autopilot.body.east_m, autopilot.body.north_m, up_m)
    try:
        east, north = autopilot.frame.to_local(LatLon(order.p5, order.p6))
    except ValueError:
        return None
    return Point(east, north, up_m)


def _or(value: float, default: float) -> float:
    return value if math.isfinite(value) else default
