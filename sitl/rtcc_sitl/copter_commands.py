"""What each MAV_CMD makes ArduCopter do: one function per command, no I/O."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from rtcc_core.domain.geo import LatLon
from rtcc_sitl import commands
from rtcc_sitl.autopilot import MAX_HEIGHT_M
from rtcc_sitl.commands import Order
from rtcc_sitl.copter import CopterMode
from rtcc_sitl.copter_autopilot import CopterAutopilot
from rtcc_sitl.manoeuvres import Point
from rtcc_sitl.mission import RELATIVE_FRAMES
from rtcc_sitl.px4 import Command, Result

CHANGE_MODE = 1
"""DO_REPOSITION parameter 2: leave the present mode for it."""

Handler = Callable[[CopterAutopilot, Order], Result]


def bound(copter: CopterAutopilot) -> dict[int, Callable[[Order], Result]]:
    """What each MAV_CMD makes this copter do."""
    shared = {command: partial(commands.HANDLERS[command], copter) for command in SHARED}
    own = {command: partial(handler, copter) for command, handler in HANDLERS.items()}
    return {command: partial(_numbers_only, handler) for command, handler in (shared | own).items()}


def _numbers_only(handler: Callable[[Order], Result], order: Order) -> Result:
    """ArduPilot knows no "not given": a field that is no number refuses the command."""
    return handler(order) if all(map(math.isfinite, order[1:8])) else Result.DENIED


def _set_mode(copter: CopterAutopilot, order: Order) -> Result:
    if not int(order.p1) & 1:
        return Result.FAILED
    try:
        wanted = CopterMode(int(order.p2))
    except ValueError:
        return Result.FAILED
    return copter.switch(wanted)


def _take_off(copter: CopterAutopilot, order: Order) -> Result:
    if not 0.0 < order.p7 <= MAX_HEIGHT_M:
        return Result.FAILED
    return copter.take_off(copter.home.up_m + order.p7)


def _return(copter: CopterAutopilot, order: Order) -> Result:
    return copter.switch(CopterMode.RTL)


def _land(copter: CopterAutopilot, order: Order) -> Result:
    return copter.switch(CopterMode.LAND)


def _start_mission(copter: CopterAutopilot, order: Order) -> Result:
    return copter.switch(CopterMode.AUTO)


def _reposition(copter: CopterAutopilot, order: Order) -> Result:
    if copter.shown is not CopterMode.GUIDED and not int(order.p2) & CHANGE_MODE:
        return Result.DENIED
    target = _place(copter, order)
    return Result.DENIED if target is None else copter.reposition(target, yaw_deg=None, speed_m_s=None)


def _look_at(copter: CopterAutopilot, order: Order) -> Result:
    if order.p5 == order.p6 == 0.0:
        return copter.look_at(None)
    target = _place(copter, order)
    return Result.DENIED if target is None else copter.look_at(target)


def _look_ahead(copter: CopterAutopilot, order: Order) -> Result:
    return copter.look_at(None)


def _turn(copter: CopterAutopilot, order: Order) -> Result:
    """Parameter 4: 0 absolute; 1 relative, to the side that the sign of parameter 3 says."""
    if order.p4 == 0.0:
        return copter.turn_to(order.p1)
    return copter.turn_to(copter.body.yaw_deg + math.copysign(order.p1, order.p3 or 1.0))


def _place(copter: CopterAutopilot, order: Order) -> Point | None:
    """The place an order names; None for an impossible one."""
    up_m = copter.up_of(order.p7, is_relative=order.frame in RELATIVE_FRAMES)
    if not abs(up_m) <= MAX_HEIGHT_M:
        return None
    try:
        east, north = copter.frame.to_local(LatLon(order.p5, order.p6))
    except ValueError:
        return None
    return Point(east, north, up_m)


SHARED = (
    Command.COMPONENT_ARM_DISARM,
    Command.DO_CHANGE_SPEED,
    Command.DO_SET_HOME,
    Command.DO_FLIGHTTERMINATION,
    Command.DO_SET_MISSION_CURRENT,
)
"""Orders that mean the same to both autopilots. There is no DO_ORBIT."""

HANDLERS: dict[int, Handler] = {
    Command.DO_SET_MODE: _set_mode,
    Command.NAV_TAKEOFF: _take_off,
    Command.NAV_RETURN_TO_LAUNCH: _return,
    Command.NAV_LAND: _land,
    Command.MISSION_START: _start_mission,
    Command.DO_REPOSITION: _reposition,
    Command.DO_SET_ROI_LOCATION: _look_at,
    Command.DO_SET_ROI: _look_at,
    Command.DO_SET_ROI_NONE: _look_ahead,
    Command.CONDITION_YAW: _turn,
}
