"""Whose manners a simulated aircraft has: one entry per autopilot, and nothing else asks which one it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from pymavlink.dialects.v20 import common as mavlink

from rtcc_sitl import commands
from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.avionics import Avionics, Makings, Manners
from rtcc_sitl.params import Params
from rtcc_sitl.streams import DEFAULT_RATES_HZ
from rtcc_sitl.telemetry import Telemetry

AutopilotName = Literal["px4", "ardupilot"]

PX4_MANNERS = Manners(
    rates_hz=DEFAULT_RATES_HZ,
    announces=frozenset(
        {
            mavlink.MAVLINK_MSG_ID_HEARTBEAT,
            mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE,
            mavlink.MAVLINK_MSG_ID_SYS_STATUS,
            mavlink.MAVLINK_MSG_ID_HOME_POSITION,
        }
    ),
    streams={},
)


def px4(makings: Makings) -> Avionics:
    """PX4 multicopter."""
    limits = makings.body.limits
    params = Params(
        MAV_SYS_ID=makings.sysid,
        MPC_XY_CRUISE=limits.airspeed_m_s,
        MPC_Z_VEL_MAX_UP=limits.climb_m_s,
        MPC_Z_VEL_MAX_DN=limits.descent_m_s,
    )
    autopilot = Autopilot(makings.body, makings.battery, params, makings.frame, makings.pad_amsl_m)
    telemetry = Telemetry(makings.sysid, autopilot, makings.air, makings.clock, makings.sensors)
    return Avionics(autopilot, telemetry, commands.bound(autopilot), PX4_MANNERS)


PERSONALITIES: Mapping[AutopilotName, Callable[[Makings], Avionics]] = {"px4": px4}
