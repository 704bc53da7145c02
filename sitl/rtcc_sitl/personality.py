"""Whose manners a simulated aircraft has: one entry per autopilot, and nothing else asks which one it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pymavlink.dialects.v20 import common as mavlink

from rtcc_sitl import commands, copter, copter_commands
from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.avionics import Avionics, GimbalHabits, Makings, Manners
from rtcc_sitl.copter_autopilot import CopterAutopilot
from rtcc_sitl.copter_telemetry import CopterTelemetry
from rtcc_sitl.params import Params
from rtcc_sitl.streams import DEFAULT_RATES_HZ, FASTEST_HZ
from rtcc_sitl.telemetry import Telemetry

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


def ardupilot(makings: Makings) -> Avionics:
    """ArduCopter. It announces no change: its next heartbeat, within a second of its own clock, shows it."""
    limits = makings.body.limits
    params = Params(
        copter.COPTER_PARAMS,
        SYSID_THISMAV=makings.sysid,
        WPNAV_SPEED=limits.airspeed_m_s * copter.CM_PER_M,
        WPNAV_SPEED_UP=limits.climb_m_s * copter.CM_PER_M,
        WPNAV_SPEED_DN=limits.descent_m_s * copter.CM_PER_M,
    )
    autopilot = CopterAutopilot(makings.body, makings.battery, params, makings.frame, makings.pad_amsl_m)
    telemetry = CopterTelemetry(makings.sysid, autopilot, makings.air, makings.clock, makings.sensors)
    heartbeat = {mavlink.MAVLINK_MSG_ID_HEARTBEAT: min(FASTEST_HZ, makings.clock.speed)}
    manners = Manners(
        rates_hz=heartbeat | copter.RATES_HZ,
        announces=frozenset(),
        streams=copter.STREAMS,
        gimbal=GimbalHabits(needs_control=False, heeds_frames=True, status_hz=0.0),
    )
    return Avionics(autopilot, telemetry, copter_commands.bound(autopilot), manners)


PERSONALITIES: Mapping[AutopilotName, Callable[[Makings], Avionics]] = {"px4": px4, "ardupilot": ardupilot}
