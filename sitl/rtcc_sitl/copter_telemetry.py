"""What ArduCopter says of itself, where it differs from PX4."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rtcc_sitl.clock import SimClock
from rtcc_sitl.copter_autopilot import CopterAutopilot
from rtcc_sitl.telemetry import Message, Telemetry
from rtcc_sitl.wind import AirMass

CAPABILITIES = (
    mavlink.MAV_PROTOCOL_CAPABILITY_MISSION_FLOAT
    | mavlink.MAV_PROTOCOL_CAPABILITY_PARAM_FLOAT
    | mavlink.MAV_PROTOCOL_CAPABILITY_MISSION_INT
    | mavlink.MAV_PROTOCOL_CAPABILITY_COMMAND_INT
    | mavlink.MAV_PROTOCOL_CAPABILITY_SET_POSITION_TARGET_LOCAL_NED
    | mavlink.MAV_PROTOCOL_CAPABILITY_SET_POSITION_TARGET_GLOBAL_INT
    | mavlink.MAV_PROTOCOL_CAPABILITY_FLIGHT_TERMINATION
    | mavlink.MAV_PROTOCOL_CAPABILITY_MAVLINK2
    | mavlink.MAV_PROTOCOL_CAPABILITY_MISSION_FENCE
    | mavlink.MAV_PROTOCOL_CAPABILITY_MISSION_RALLY
)

FLIGHT_SW_VERSION = 0x040603FF
"""ArduCopter 4.6.3 release: the version whose names are used."""

ESTIMATE_GOOD, ESTIMATE_NONE = 0b11_0011_1111, 0b1010_0101
"""EKF_STATUS_REPORT flags: attitude, velocities, positions; or attitude, height, a constant position."""

NOT_OURS = (
    mavlink.MAVLINK_MSG_ID_ORBIT_EXECUTION_STATUS,
    mavlink.MAVLINK_MSG_ID_ALTITUDE,
    mavlink.MAVLINK_MSG_ID_WIND_COV,
    mavlink.MAVLINK_MSG_ID_FLIGHT_INFORMATION,
)


class CopterTelemetry(Telemetry):
    """Builds messages from the present state of one aircraft that ArduCopter flies."""

    def __init__(
        self, sysid: int, copter: CopterAutopilot, air: AirMass, clock: SimClock, rng: random.Random
    ) -> None:
        self._copter = copter
        self._believed = (0, 0, 0, 0)
        super().__init__(sysid, copter, air, clock, rng)

    def _speaks(self) -> dict[int, Callable[[], Message | None]]:
        spoken = super()._speaks() | {
            mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT: self.estimator,
            mavlink.MAVLINK_MSG_ID_TIMESYNC: self.timesync,
            mavlink.MAVLINK_MSG_ID_FENCE_STATUS: self.fence_status,
            mavlink.MAVLINK_MSG_ID_WIND: self.wind_estimate,
        }
        return {kind: build for kind, build in spoken.items() if kind not in NOT_OURS}

    def heartbeat(self) -> Message:
        copter = self._copter
        base_mode = mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | mavlink.MAV_MODE_FLAG_STABILIZE_ENABLED
        if copter.is_armed:
            base_mode |= mavlink.MAV_MODE_FLAG_SAFETY_ARMED
        return mavlink.MAVLink_heartbeat_message(
            mavlink.MAV_TYPE_QUADROTOR,
            mavlink.MAV_AUTOPILOT_ARDUPILOTMEGA,
            base_mode,
            copter.shown,
            mavlink.MAV_STATE_ACTIVE if copter.is_armed else mavlink.MAV_STATE_STANDBY,
            3,
        )

    def autopilot_version(self) -> Message:
        uid = [0] * 17 + [self.sysid]
        return mavlink.MAVLink_autopilot_version_message(
            CAPABILITIES, FLIGHT_SW_VERSION, 0, 0, 0, [0] * 8, [0] * 8, [0] * 8, 0, 0, self.sysid, uid
        )

    def timesync(self) -> Message:
        """A question for the ground's time."""
        return mavlink.MAVLink_timesync_message(0, time.monotonic_ns())

    def estimator(self) -> Message:
        flags = ESTIMATE_GOOD if self._copter.has_position else ESTIMATE_NONE
        return mavlink.MAVLink_ekf_status_report_message(flags, 0.05, 0.05, 0.05, 0.05, 0.0)

    def fence_status(self) -> Message:
        fence = self._copter.fence
        breach = mavlink.FENCE_BREACH_BOUNDARY if fence.is_breached else mavlink.FENCE_BREACH_NONE
        at_ms = round(fence.breached_at_s * 1000.0)
        return mavlink.MAVLink_fence_status_message(
            int(fence.is_breached), fence.breaches % 65536, breach, at_ms
        )

    def wind_estimate(self) -> Message:
        """As a copter estimates it whose drag coefficients (EK3_DRAG_BCOEF_X and _Y) are set."""
        speed_m_s = math.hypot(self._air.north_m_s, self._air.east_m_s)
        from_deg = math.degrees(math.atan2(-self._air.east_m_s, -self._air.north_m_s))
        return mavlink.MAVLink_wind_message(from_deg, speed_m_s, 0.0)

    def _charge_state(self) -> int:
        """ArduPilot tells it only of batteries that say it themselves."""
        return int(mavlink.MAV_BATTERY_CHARGE_STATE_UNDEFINED)

    def global_position(self) -> Message:
        """Zeros until the estimator knows; later, without GPS, the last place it believed in."""
        known = super().global_position()
        if known is not None:
            self._believed = (known.lat, known.lon, known.alt, known.relative_alt)
            return known
        yaw_cdeg = round(self._copter.body.yaw_deg * 100.0) % 36000
        return mavlink.MAVLink_global_position_int_message(self.boot_ms, *self._believed, 0, 0, 0, yaw_cdeg)

    def gps_raw(self) -> Message:
        if self._copter.has_fix:
            return self._gps_fix()
        return mavlink.MAVLink_gps_raw_int_message(0, 1, 0, 0, 0, 9999, 9999, 0, 0, 0)

    def home_position(self) -> Message | None:
        return super().home_position() if self._copter.has_home else None
