"""MAVLink's gimbal protocol v2: the manager that the autopilot is, and the gimbal device beside it. Sans I/O.

https://mavlink.io/en/services/gimbal_v2.html. Who may turn the gimbal differs by autopilot: PX4 obeys only
who took control (DO_GIMBAL_MANAGER_CONFIGURE), ArduPilot notes who did and obeys everybody.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pymavlink.dialects.v20 import common as mavlink

from rtcc_core.domain.geo import LatLon
from rtcc_sitl.autopilot import MAX_HEIGHT_M, Autopilot
from rtcc_sitl.avionics import GimbalHabits
from rtcc_sitl.clock import SimClock
from rtcc_sitl.commands import Order
from rtcc_sitl.component import Component, Message
from rtcc_sitl.gimbal import HIGHEST_DEG, LEVEL, LOWEST_DEG, Aim, Gimbal, Turning, attitude_quaternion
from rtcc_sitl.manoeuvres import Point
from rtcc_sitl.mission import RELATIVE_FRAMES
from rtcc_sitl.px4 import Command, Result

DEVICE_COMPONENT = mavlink.MAV_COMP_ID_GIMBAL
ATTITUDE_HZ = 5.0
NOBODY = (0, 0)
ANY_DEVICE = (0, DEVICE_COMPONENT)
FIRMWARE, HARDWARE = 0x0100_0001, 1

CAPABILITIES = (
    mavlink.GIMBAL_DEVICE_CAP_FLAGS_HAS_NEUTRAL
    | mavlink.GIMBAL_DEVICE_CAP_FLAGS_HAS_ROLL_AXIS
    | mavlink.GIMBAL_DEVICE_CAP_FLAGS_HAS_ROLL_LOCK
    | mavlink.GIMBAL_DEVICE_CAP_FLAGS_HAS_PITCH_AXIS
    | mavlink.GIMBAL_DEVICE_CAP_FLAGS_HAS_PITCH_LOCK
    | mavlink.GIMBAL_DEVICE_CAP_FLAGS_HAS_YAW_AXIS
    | mavlink.GIMBAL_DEVICE_CAP_FLAGS_HAS_YAW_FOLLOW
    | mavlink.GIMBAL_DEVICE_CAP_FLAGS_HAS_YAW_LOCK
    | mavlink.GIMBAL_DEVICE_CAP_FLAGS_SUPPORTS_INFINITE_YAW
    | mavlink.GIMBAL_DEVICE_CAP_FLAGS_SUPPORTS_YAW_IN_EARTH_FRAME
)

LIMITS_RAD = (
    *(0.0, 0.0),
    *(math.radians(LOWEST_DEG), math.radians(HIGHEST_DEG)),
    *(-math.inf, math.inf),
)
"""Roll, pitch and yaw, each from and to, as both information messages have them."""

RESTING = mavlink.GIMBAL_DEVICE_FLAGS_RETRACT | mavlink.GIMBAL_DEVICE_FLAGS_NEUTRAL
LOCKED = mavlink.GIMBAL_DEVICE_FLAGS_YAW_LOCK
IN_EARTH_FRAME = mavlink.GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME
IN_VEHICLE_FRAME = mavlink.GIMBAL_DEVICE_FLAGS_YAW_IN_VEHICLE_FRAME
STABILISED = mavlink.GIMBAL_DEVICE_FLAGS_ROLL_LOCK | mavlink.GIMBAL_DEVICE_FLAGS_PITCH_LOCK


def gimbal_flags(gimbal: Gimbal) -> int:
    """What it does, as GIMBAL_DEVICE_FLAGS and, by the same numbers, GIMBAL_MANAGER_FLAGS."""
    flags: int = STABILISED | (LOCKED | IN_EARTH_FRAME if gimbal.is_locked else IN_VEHICLE_FRAME)
    if gimbal.target == LEVEL:
        flags |= mavlink.GIMBAL_DEVICE_FLAGS_NEUTRAL
    return flags


class GimbalDevice(Component):
    """The gimbal's own component on the link: what it is and where it looks."""

    def __init__(self, gimbal: Gimbal, clock: SimClock, *, sysid: int) -> None:
        super().__init__(DEVICE_COMPONENT, mavlink.MAV_TYPE_GIMBAL, clock)
        self._gimbal = gimbal
        self._sysid = sysid
        self.says |= {
            mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_INFORMATION: self._information,
            mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: self._attitude,
        }
        rates_hz = {mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: ATTITUDE_HZ}
        self._starts_with(rates_hz, offset_s=(sysid % 10) * 0.01)

    def _information(self) -> Message:
        names = (b"RTCC", b"SIM GIMBAL", b"")
        head = (self.boot_ms, *names, FIRMWARE, HARDWARE, self._sysid, CAPABILITIES, 0)
        return mavlink.MAVLink_gimbal_device_information_message(*head, *LIMITS_RAD)

    def _attitude(self) -> Message:
        gimbal, look = self._gimbal, self._gimbal.settle()
        yaw_deg = look.yaw_deg if gimbal.is_locked else look.pan_deg
        return mavlink.MAVLink_gimbal_device_attitude_status_message(
            0,
            0,
            self.boot_ms,
            gimbal_flags(gimbal),
            attitude_quaternion(look.pitch_deg, yaw_deg),
            0.0,
            math.radians(look.pitch_rate_deg_s),
            math.radians(look.pan_rate_deg_s),
            mavlink.GIMBAL_DEVICE_ERROR_FLAGS_MOTOR_ERROR if gimbal.is_stuck else 0,
            math.radians((look.yaw_deg - look.pan_deg + 180.0) % 360.0 - 180.0),
        )


class GimbalManager:
    """The manager of the gimbal, part of the autopilot's component."""

    def __init__(
        self, gimbal: Gimbal, autopilot: Autopilot, clock: SimClock, *, habits: GimbalHabits
    ) -> None:
        self._gimbal = gimbal
        self._autopilot = autopilot
        self._clock = clock
        self._habits = habits
        self._primary = self._secondary = NOBODY
        self.outbox: list[Message] = []
        self.says: dict[int, Callable[[], Message | None]] = {
            mavlink.MAVLINK_MSG_ID_GIMBAL_MANAGER_INFORMATION: self._information,
            mavlink.MAVLINK_MSG_ID_GIMBAL_MANAGER_STATUS: self.status,
        }
        self.obeys: dict[int, Callable[[Order], Result]] = {
            Command.DO_GIMBAL_MANAGER_PITCHYAW: self._turn,
            Command.DO_GIMBAL_MANAGER_CONFIGURE: self._configure,
        }

    def restart(self) -> None:
        """Boot again with nobody in control, the gimbal level."""
        self._primary = self._secondary = NOBODY
        self._gimbal.target = LEVEL

    @property
    def _boot_ms(self) -> int:
        return round(self._clock.elapsed_s * 1000.0)

    def _information(self) -> Message:
        capabilities = CAPABILITIES | mavlink.GIMBAL_MANAGER_CAP_FLAGS_CAN_POINT_LOCATION_GLOBAL
        return mavlink.MAVLink_gimbal_manager_information_message(
            self._boot_ms, capabilities, DEVICE_COMPONENT, *LIMITS_RAD
        )

    def status(self) -> Message:
        """GIMBAL_MANAGER_STATUS: who is in control."""
        return mavlink.MAVLink_gimbal_manager_status_message(
            self._boot_ms, gimbal_flags(self._gimbal), DEVICE_COMPONENT, *self._primary, *self._secondary
        )

    # --- control ----------------------------------------------------------------------------------------

    def _configure(self, order: Order) -> Result:
        wanted = order[1:5]
        if not all(map(math.isfinite, (*wanted, order.p7))):
            return Result.DENIED
        if int(order.p7) not in ANY_DEVICE:
            return Result.FAILED
        before = self._primary, self._secondary
        self._primary = _in_control(self._primary, (int(order.p1), int(order.p2)), order.sender)
        self._secondary = _in_control(self._secondary, (int(order.p3), int(order.p4)), order.sender)
        if before != (self._primary, self._secondary):
            self.outbox.append(self.status())
        return Result.ACCEPTED

    def _may_turn(self, sender: tuple[int, int]) -> bool:
        return not self._habits.needs_control or sender in (self._primary, self._secondary)

    # --- directions -------------------------------------------------------------------------------------

    def _turn(self, order: Order) -> Result:
        if not self._may_turn(order.sender):
            return Result.DENIED
        flags = int(order.p5) if math.isfinite(order.p5) else 0
        device = int(order.p7) if math.isfinite(order.p7) else 0
        if device not in ANY_DEVICE:
            return Result.FAILED
        return self._point(flags, order.p1, order.p2, order.p3, order.p4)

    def hear(self, message: Message) -> None:
        """GIMBAL_MANAGER_SET_PITCHYAW and GIMBAL_MANAGER_SET_ATTITUDE: wishes that nobody acknowledges."""
        sender = (message.get_srcSystem(), message.get_srcComponent())
        if not self._may_turn(sender) or message.gimbal_device_id not in ANY_DEVICE:
            return
        if message.get_type() == "GIMBAL_MANAGER_SET_PITCHYAW":
            angles = (message.pitch, message.yaw, message.pitch_rate, message.yaw_rate)
        else:
            rates = (message.angular_velocity_y, message.angular_velocity_z)
            angles = (*_pitch_and_yaw(*message.q), *rates)
        self._point(message.flags, *map(math.degrees, angles))

    def _point(
        self, flags: int, pitch_deg: float, yaw_deg: float, pitch_deg_s: float, yaw_deg_s: float
    ) -> Result:
        is_locked = bool(flags & LOCKED)
        if flags & RESTING:
            self._gimbal.target = LEVEL
        elif math.isfinite(pitch_deg) and math.isfinite(yaw_deg):
            self._gimbal.target = Aim(pitch_deg, self._in_frame(flags, yaw_deg), is_locked)
        elif math.isfinite(pitch_deg_s) and math.isfinite(yaw_deg_s):
            self._gimbal.target = Turning(pitch_deg_s, yaw_deg_s, is_locked)
        else:
            return Result.FAILED
        return Result.ACCEPTED

    def _in_frame(self, flags: int, yaw_deg: float) -> float:
        """The yaw in the frame that the lock asks for, whichever frame it was given in."""
        is_locked = bool(flags & LOCKED)
        is_from_north = is_locked
        if flags & (IN_EARTH_FRAME | IN_VEHICLE_FRAME):
            is_from_north = bool(flags & IN_EARTH_FRAME)
        nose_deg = self._autopilot.body.yaw_deg
        return yaw_deg + (int(is_locked) - int(is_from_north)) * nose_deg

    def look_at(self, order: Order) -> Result:
        """DO_SET_ROI_LOCATION: keep looking at a place while the aircraft moves."""
        if order.p5 == order.p6 == 0.0:
            return self.look_ahead(order)
        place = self._place(order)
        if place is None:
            return Result.DENIED
        self._gimbal.target = place
        return Result.ACCEPTED

    def look_ahead(self, order: Order) -> Result:
        """DO_SET_ROI_NONE: level and ahead again."""
        self._gimbal.target = LEVEL
        return Result.ACCEPTED

    def _place(self, order: Order) -> Point | None:
        autopilot = self._autopilot
        if not (math.isfinite(order.p5) and math.isfinite(order.p6)):
            return None
        up_m = 0.0
        if math.isfinite(order.p7):
            is_relative = self._habits.heeds_frames and order.frame in RELATIVE_FRAMES
            up_m = autopilot.up_of(order.p7, is_relative=is_relative)
        if not abs(up_m) <= MAX_HEIGHT_M:
            return None
        try:
            return Point(*autopilot.frame.to_local(LatLon(order.p5, order.p6)), up_m)
        except ValueError:
            return None


def _in_control(now: tuple[int, int], wanted: tuple[int, int], sender: tuple[int, int]) -> tuple[int, int]:
    """Who is in control after DO_GIMBAL_MANAGER_CONFIGURE: -1 leaves it, -2 takes it, -3 gives it back."""
    match wanted[0]:
        case -1:
            return now
        case -2:
            return sender
        case -3:
            return NOBODY if now == sender else now
        case system if 0 <= system <= 255 and 0 <= wanted[1] <= 255:
            return wanted
        case _:
            return now


def _pitch_and_yaw(w: float, x: float, y: float, z: float) -> tuple[float, float]:
    """Pitch and yaw, radians, of a quaternion; NaN where it has none."""
    sine = max(-1.0, min(1.0, 2.0 * (w * y - z * x))) if math.isfinite(w + x + y + z) else math.nan
    return math.asin(sine), math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
