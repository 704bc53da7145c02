"""What a simulated aircraft says of itself: one builder per MAVLink message, PX4's selection of them.

The sensors' noise is small, seeded, and drawn apart from the physics: asking for more telemetry never
changes a flight.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

from pymavlink.dialects.v20 import common as mavlink

from rtcc_sitl.airframe import quaternion
from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.battery import CELLS
from rtcc_sitl.clock import SimClock
from rtcc_sitl.px4 import Mode
from rtcc_sitl.wind import AirMass

Message = Any
"""A pymavlink message object; the library has no types."""

POSITION_NOISE_M = 0.15
NOISE_KEPT = 0.95
"""Share of the position error kept from one telemetry tick to the next."""

NO_CELL = 65535
UNKNOWN_DOWNWARD = float("nan")

SENSORS = (
    mavlink.MAV_SYS_STATUS_SENSOR_3D_GYRO
    | mavlink.MAV_SYS_STATUS_SENSOR_3D_ACCEL
    | mavlink.MAV_SYS_STATUS_SENSOR_3D_MAG
    | mavlink.MAV_SYS_STATUS_SENSOR_ABSOLUTE_PRESSURE
    | mavlink.MAV_SYS_STATUS_SENSOR_BATTERY
)

CAPABILITIES = (
    mavlink.MAV_PROTOCOL_CAPABILITY_MISSION_INT
    | mavlink.MAV_PROTOCOL_CAPABILITY_COMMAND_INT
    | mavlink.MAV_PROTOCOL_CAPABILITY_PARAM_ENCODE_BYTEWISE
    | mavlink.MAV_PROTOCOL_CAPABILITY_SET_POSITION_TARGET_LOCAL_NED
    | mavlink.MAV_PROTOCOL_CAPABILITY_SET_POSITION_TARGET_GLOBAL_INT
    | mavlink.MAV_PROTOCOL_CAPABILITY_FLIGHT_TERMINATION
    | mavlink.MAV_PROTOCOL_CAPABILITY_MAVLINK2
    | mavlink.MAV_PROTOCOL_CAPABILITY_MISSION_FENCE
    | mavlink.MAV_PROTOCOL_CAPABILITY_MISSION_RALLY
)

FLIGHT_SW_VERSION = 0x010F04FF
"""PX4 1.15.4 release: the version whose manners are followed."""


class Telemetry:
    """Builds messages from the present state of one aircraft."""

    def __init__(
        self, sysid: int, autopilot: Autopilot, air: AirMass, clock: SimClock, rng: random.Random
    ) -> None:
        self.sysid = sysid
        """The system id it says it has."""
        self._autopilot = autopilot
        self._air = air
        self._clock = clock
        self._rng = rng
        self._error = [0.0, 0.0, 0.0]
        self._booted_at_s = 0.0
        self._fast_s = 0.0
        self._builders = self._speaks()

    def _speaks(self) -> dict[int, Callable[[], Message | None]]:
        """The messages that this autopilot can send, by id."""
        return {
            mavlink.MAVLINK_MSG_ID_HEARTBEAT: self.heartbeat,
            mavlink.MAVLINK_MSG_ID_SYS_STATUS: self.sys_status,
            mavlink.MAVLINK_MSG_ID_SYSTEM_TIME: self.system_time,
            mavlink.MAVLINK_MSG_ID_GPS_RAW_INT: self.gps_raw,
            mavlink.MAVLINK_MSG_ID_ATTITUDE: self.attitude,
            mavlink.MAVLINK_MSG_ID_ATTITUDE_QUATERNION: self.attitude_quaternion,
            mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: self.global_position,
            mavlink.MAVLINK_MSG_ID_LOCAL_POSITION_NED: self.local_position,
            mavlink.MAVLINK_MSG_ID_MISSION_CURRENT: self.mission_current,
            mavlink.MAVLINK_MSG_ID_GPS_GLOBAL_ORIGIN: self.global_origin,
            mavlink.MAVLINK_MSG_ID_VFR_HUD: self.vfr_hud,
            mavlink.MAVLINK_MSG_ID_ALTITUDE: self.altitude,
            mavlink.MAVLINK_MSG_ID_BATTERY_STATUS: self.battery_status,
            mavlink.MAVLINK_MSG_ID_AUTOPILOT_VERSION: self.autopilot_version,
            mavlink.MAVLINK_MSG_ID_WIND_COV: self.wind,
            mavlink.MAVLINK_MSG_ID_HOME_POSITION: self.home_position,
            mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE: self.extended_sys_state,
            mavlink.MAVLINK_MSG_ID_FLIGHT_INFORMATION: self.flight_information,
            mavlink.MAVLINK_MSG_ID_ORBIT_EXECUTION_STATUS: self.orbit_status,
        }

    def also_says(self, builders: Mapping[int, Callable[[], Message | None]]) -> None:
        """Let this autopilot send further messages: those of what it carries."""
        self._builders |= builders

    def knows(self, kind: int) -> bool:
        """True when a message of this id can be sent at all."""
        return kind in self._builders

    def build(self, kind: int) -> Message | None:
        """The message of this id, or None where there is nothing to say now."""
        builder = self._builders.get(kind)
        return None if builder is None else builder()

    def tick(self) -> None:
        """Let the sensors' error wander; call once per tick of the link."""
        fresh = POSITION_NOISE_M * math.sqrt(1.0 - NOISE_KEPT**2)
        for axis in range(3):
            self._error[axis] = NOISE_KEPT * self._error[axis] + fresh * self._rng.gauss(0.0, 1.0)

    # --- time and identity ------------------------------------------------------------------------------

    @property
    def boot_ms(self) -> int:
        """Milliseconds since the autopilot booted, by its own clock; as the wire has it, modulo 2**32."""
        return self.boot_us // 1000 % 2**32

    @property
    def boot_us(self) -> int:
        """Microseconds since the autopilot booted, by its own clock."""
        return round((self._clock.elapsed_s - self._booted_at_s) * 1e6)

    @property
    def unix_us(self) -> int:
        return round((self._clock.now.timestamp() + self._fast_s) * 1e6)

    def restart_clock(self) -> None:
        """Its boot clock begins again at 0."""
        self._booted_at_s = self._clock.elapsed_s

    def jump_clock(self, seconds: float) -> None:
        """Its clocks jump forwards, or backwards where negative: the one since boot at most to 0."""
        self._booted_at_s = min(self._clock.elapsed_s, self._booted_at_s - seconds)
        self._fast_s += seconds

    def heartbeat(self) -> Message:
        autopilot = self._autopilot
        base_mode = mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED
        if autopilot.mode not in (Mode.POSITION, Mode.ORBIT):
            base_mode |= mavlink.MAV_MODE_FLAG_AUTO_ENABLED | mavlink.MAV_MODE_FLAG_GUIDED_ENABLED
        if autopilot.is_armed:
            base_mode |= mavlink.MAV_MODE_FLAG_SAFETY_ARMED
        status = mavlink.MAV_STATE_ACTIVE if autopilot.is_armed else mavlink.MAV_STATE_STANDBY
        if autopilot.is_terminated:
            status = mavlink.MAV_STATE_FLIGHT_TERMINATION
        return mavlink.MAVLink_heartbeat_message(
            mavlink.MAV_TYPE_QUADROTOR,
            mavlink.MAV_AUTOPILOT_PX4,
            base_mode,
            autopilot.mode.custom_mode,
            status,
            3,
        )

    def autopilot_version(self) -> Message:
        uid = [0] * 17 + [self.sysid]
        return mavlink.MAVLink_autopilot_version_message(
            CAPABILITIES, FLIGHT_SW_VERSION, 0, 0, 0, [0] * 8, [0] * 8, [0] * 8, 0, 0, self.sysid, uid
        )

    def system_time(self) -> Message:
        return mavlink.MAVLink_system_time_message(self.unix_us, self.boot_ms)

    def flight_information(self) -> Message:
        armed_at_s = self._autopilot.armed_at_s
        armed_us = 0 if armed_at_s is None else round(armed_at_s * 1e6)
        return mavlink.MAVLink_flight_information_message(self.boot_ms, armed_us, armed_us, 0)

    # --- where it is ------------------------------------------------------------------------------------

    def global_position(self) -> Message | None:
        if not self._autopilot.has_position:
            return None
        body = self._autopilot.body
        latitude, longitude, amsl_m = self._measured()
        return mavlink.MAVLink_global_position_int_message(
            self.boot_ms,
            latitude,
            longitude,
            round(amsl_m * 1000.0),
            round((amsl_m - self._home_amsl_m) * 1000.0),
            *(_cm(speed) for speed in (body.north_m_s, body.east_m_s, -body.up_m_s)),
            round(body.yaw_deg * 100.0) % 36000,
        )

    def local_position(self) -> Message | None:
        if not self._autopilot.has_position:
            return None
        body = self._autopilot.body
        return mavlink.MAVLink_local_position_ned_message(
            self.boot_ms,
            body.north_m + self._error[1],
            body.east_m + self._error[0],
            -body.up_m - self._error[2],
            body.north_m_s,
            body.east_m_s,
            -body.up_m_s,
        )

    def gps_raw(self) -> Message:
        if self._autopilot.has_position:
            return self._gps_fix()
        nothing = (0, 0, 0, 0, 9999, 9999, 65535, 65535, 0)
        return mavlink.MAVLink_gps_raw_int_message(self.boot_us, *nothing)

    def _gps_fix(self) -> Message:
        body = self._autopilot.body
        latitude, longitude, amsl_m = self._measured()
        course = round(math.degrees(math.atan2(body.east_m_s, body.north_m_s)) % 360.0 * 100.0) % 36000
        return mavlink.MAVLink_gps_raw_int_message(
            self.boot_us,
            3,
            latitude,
            longitude,
            round(amsl_m * 1000.0),
            70,
            90,
            _cm(body.ground_speed_m_s),
            course,
            14,
        )

    def global_origin(self) -> Message:
        origin = self._autopilot.frame.origin
        return mavlink.MAVLink_gps_global_origin_message(
            _e7(origin.latitude_deg), _e7(origin.longitude_deg), round(self._autopilot.pad_amsl_m * 1000.0)
        )

    def home_position(self) -> Message:
        home = self._autopilot.home
        place = self._autopilot.frame.to_global(home.east_m, home.north_m)
        return mavlink.MAVLink_home_position_message(
            _e7(place.latitude_deg),
            _e7(place.longitude_deg),
            round(self._home_amsl_m * 1000.0),
            home.north_m,
            home.east_m,
            -home.up_m,
            [1.0, 0.0, 0.0, 0.0],
            0.0,
            0.0,
            0.0,
        )

    def altitude(self) -> Message:
        relative_m = self._autopilot.body.up_m + self._error[2]
        amsl_m = relative_m + self._autopilot.pad_amsl_m
        above_home_m = amsl_m - self._home_amsl_m
        return mavlink.MAVLink_altitude_message(
            self.boot_us, amsl_m, amsl_m, relative_m, above_home_m, UNKNOWN_DOWNWARD, UNKNOWN_DOWNWARD
        )

    def vfr_hud(self) -> Message:
        body, battery = self._autopilot.body, self._autopilot.battery
        return mavlink.MAVLink_vfr_hud_message(
            body.airspeed_m_s(self._air.east_m_s, self._air.north_m_s),
            body.ground_speed_m_s,
            round(body.yaw_deg) % 360,
            min(100, round(battery.current_a)) if self._autopilot.is_armed else 0,
            body.up_m + self._autopilot.pad_amsl_m,
            body.up_m_s,
        )

    def attitude(self) -> Message:
        roll, pitch, yaw, yaw_rate = self._attitude()
        return mavlink.MAVLink_attitude_message(self.boot_ms, roll, pitch, yaw, 0.0, 0.0, yaw_rate)

    def attitude_quaternion(self) -> Message:
        roll, pitch, yaw, yaw_rate = self._attitude()
        q = quaternion(roll, pitch, yaw)
        return mavlink.MAVLink_attitude_quaternion_message(self.boot_ms, *q, 0.0, 0.0, yaw_rate)

    def wind(self) -> Message:
        return mavlink.MAVLink_wind_cov_message(
            self.boot_us,
            self._air.north_m_s,
            self._air.east_m_s,
            0.0,
            0.5,
            0.5,
            self._autopilot.body.up_m + self._autopilot.pad_amsl_m,
            0.5,
            0.5,
        )

    # --- how it is --------------------------------------------------------------------------------------

    def sys_status(self) -> Message:
        autopilot, battery = self._autopilot, self._autopilot.battery
        gps, prearm = mavlink.MAV_SYS_STATUS_SENSOR_GPS, mavlink.MAV_SYS_STATUS_PREARM_CHECK
        present = SENSORS | gps | prearm
        health = SENSORS | (gps if autopilot.has_position else 0)
        if autopilot.is_armed or not autopilot.prearm_failures():
            health |= prearm
        if autopilot.enforces_fence and autopilot.fence.has_fence:
            present |= mavlink.MAV_SYS_STATUS_GEOFENCE
            health |= 0 if autopilot.fence.is_breached else mavlink.MAV_SYS_STATUS_GEOFENCE
        return mavlink.MAVLink_sys_status_message(
            present,
            present,
            health,
            250,
            min(65534, battery.cell_mv * CELLS),
            _centi(battery.current_a),
            math.ceil(battery.fraction * 100.0),
            *[0] * 6,
        )

    def battery_status(self) -> Message:
        battery = self._autopilot.battery
        voltages = [battery.cell_mv] * CELLS + [NO_CELL] * (10 - CELLS)
        return mavlink.MAVLink_battery_status_message(
            0,
            mavlink.MAV_BATTERY_FUNCTION_ALL,
            mavlink.MAV_BATTERY_TYPE_LIPO,
            2500,
            voltages,
            _centi(battery.current_a),
            battery.used_mah,
            -1,
            math.ceil(battery.fraction * 100.0),
            round(battery.remaining_s) if self._autopilot.is_airborne else 0,
            charge_state=self._charge_state(),
            fault_bitmask=mavlink.MAV_BATTERY_FAULT_CELL_FAIL if battery.is_failing else 0,
        )

    def _charge_state(self) -> int:
        """MAV_BATTERY_CHARGE_STATE."""
        battery, params = self._autopilot.battery, self._autopilot.params
        if battery.is_failing:
            return int(mavlink.MAV_BATTERY_CHARGE_STATE_UNHEALTHY)
        levels = {
            "BAT_EMERGEN_THR": mavlink.MAV_BATTERY_CHARGE_STATE_EMERGENCY,
            "BAT_CRIT_THR": mavlink.MAV_BATTERY_CHARGE_STATE_CRITICAL,
            "BAT_LOW_THR": mavlink.MAV_BATTERY_CHARGE_STATE_LOW,
        }
        reached = [state for name, state in levels.items() if battery.fraction <= params[name]]
        return int(reached[0] if reached else mavlink.MAV_BATTERY_CHARGE_STATE_OK)

    def extended_sys_state(self) -> Message:
        return mavlink.MAVLink_extended_sys_state_message(0, self._autopilot.landed)

    def mission_current(self) -> Message:
        plans = self._autopilot.plans
        return mavlink.MAVLink_mission_current_message(plans.current, len(plans[0]))

    def orbit_status(self) -> Message | None:
        orbit = self._autopilot.orbit
        if orbit is None:
            return None
        centre = self._autopilot.frame.to_global(orbit.centre.east_m, orbit.centre.north_m)
        return mavlink.MAVLink_orbit_execution_status_message(
            self.boot_us,
            orbit.signed_radius_m,
            mavlink.MAV_FRAME_GLOBAL,
            _e7(centre.latitude_deg),
            _e7(centre.longitude_deg),
            orbit.centre.up_m + self._autopilot.pad_amsl_m,
        )

    # --- shared -----------------------------------------------------------------------------------------

    @property
    def _home_amsl_m(self) -> float:
        return self._autopilot.pad_amsl_m + self._autopilot.home.up_m

    def _measured(self) -> tuple[int, int, float]:
        """Latitude and longitude in 1e-7 degrees and altitude AMSL in metres, as the sensors see them."""
        body = self._autopilot.body
        place = self._autopilot.frame.to_global(body.east_m + self._error[0], body.north_m + self._error[1])
        amsl_m = body.up_m + self._error[2] + self._autopilot.pad_amsl_m
        return _e7(place.latitude_deg), _e7(place.longitude_deg), amsl_m

    def _attitude(self) -> tuple[float, float, float, float]:
        body = self._autopilot.body
        roll, pitch = body.tilt_rad
        yaw = math.radians((body.yaw_deg + 180.0) % 360.0 - 180.0)
        return roll, pitch, yaw, math.radians(body.yaw_rate_deg_s)


def _cm(speed_m_s: float) -> int:
    return max(-32767, min(32767, round(speed_m_s * 100.0)))


def _centi(value: float) -> int:
    return min(32767, round(value * 100.0))


def _e7(degrees: float) -> int:
    return round(degrees * 1e7)
