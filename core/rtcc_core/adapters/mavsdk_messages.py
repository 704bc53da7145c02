"""The MAVLink messages the fleet listens to, with the fields it uses, from their payload. Pure.

To hear one more: a class with the fields wanted, in the order they have on the wire, and one line in LAYOUTS.
The line holds the message's number and CRC_EXTRA and its payload in `struct` notation, in wire order (MAVLink
sorts fields by size), with `x` over what is not wanted; trailing fields may be left out. What is not in
LAYOUTS is never decoded and costs next to nothing. `of` says whose word counts: the autopilot's, or that of
any component of the aircraft (gimbal, camera, receiver), read with `Heard.newest` or `Heard.listen`.

Units are MAVLink's own: degrees × 1e7, millimetres, cm/s, centidegrees, milliseconds since boot. Texts are
bytes as sent, up to their first zero.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from struct import Struct

import msgspec


class Message(msgspec.Struct, frozen=True, gc=False):
    """Base of every message."""


class Heartbeat(Message, frozen=True):
    custom_mode: int
    type: int
    autopilot: int
    base_mode: int


class GlobalPosition(Message, frozen=True):
    time_boot_ms: int
    lat: int
    lon: int
    alt: int
    relative_alt: int
    vx: int
    vy: int
    vz: int
    hdg: int


class SysStatus(Message, frozen=True):
    onboard_control_sensors_present: int
    onboard_control_sensors_enabled: int
    onboard_control_sensors_health: int
    battery_remaining: int


class BatteryStatus(Message, frozen=True):
    id: int
    battery_remaining: int
    time_remaining: int
    """Seconds; 0 where it is not estimated."""


class ParamValue(Message, frozen=True):
    """`param_value`: of an integer that PX4 sends, its bits."""

    param_value: float
    param_id: bytes


class GpsRaw(Message, frozen=True):
    fix_type: int
    satellites_visible: int


class HomePosition(Message, frozen=True):
    latitude: int
    longitude: int
    altitude: int


class ExtendedSysState(Message, frozen=True):
    landed_state: int


class EkfStatus(Message, frozen=True):
    flags: int


class Wind(Message, frozen=True):
    direction: float
    speed: float


class WindCov(Message, frozen=True):
    wind_x: float
    wind_y: float


class StatusText(Message, frozen=True):
    severity: int
    text: bytes
    id: int = 0
    chunk_seq: int = 0


class GimbalAttitude(Message, frozen=True):
    """`q1` … `q4`: attitude as a quaternion, w first; its frame is told by `flags`."""

    time_boot_ms: int
    q1: float
    q2: float
    q3: float
    q4: float
    failure_flags: int
    flags: int
    delta_yaw: float
    """Radians from the gimbal's yaw frame to true north; NaN where it does not know."""


class CameraCapture(Message, frozen=True):
    image_status: int
    video_status: int


class RemoteIdArm(Message, frozen=True):
    status: int
    error: bytes


class AdsbVehicle(Message, frozen=True):
    ICAO_address: int
    lat: int
    lon: int
    altitude: int
    heading: int
    hor_velocity: int
    ver_velocity: int
    flags: int
    squawk: int
    altitude_type: int
    callsign: bytes
    emitter_type: int
    tslc: int


class Of(Enum):
    """Whose word counts."""

    AUTOPILOT = "autopilot"
    ANYBODY = "anybody"


class Layout:
    """How one message lies in its payload."""

    __slots__ = ("_texts", "_wire", "crc_extra", "kind", "name", "number", "of")

    def __init__(
        self, kind: type[Message], number: int, crc_extra: int, wire: str, name: str, of: Of = Of.AUTOPILOT
    ) -> None:
        self.kind = kind
        self.name = name
        self.number = number
        self.crc_extra = crc_extra
        self.of = of
        self._wire = Struct("<" + wire)
        fields = msgspec.structs.fields(kind)
        self._texts = tuple(index for index, field in enumerate(fields) if field.type is bytes)

    def decode(self, payload: bytes) -> Message:
        """The message; never fails, for a payload that is cut short means zeros."""
        wire = self._wire
        if len(payload) < wire.size:
            payload = payload.ljust(wire.size, b"\0")
        values = wire.unpack_from(payload)
        if self._texts:
            values = tuple(v.partition(b"\0")[0] if isinstance(v, bytes) else v for v in values)
        return self.kind(*values)


_HEARD: tuple[Layout, ...] = (
    Layout(Heartbeat, 0, 50, "IBBB", "HEARTBEAT", Of.ANYBODY),
    Layout(SysStatus, 1, 124, "III18xb", "SYS_STATUS"),
    Layout(ParamValue, 22, 220, "f4x16s", "PARAM_VALUE", Of.ANYBODY),
    Layout(GpsRaw, 24, 24, "28xBB", "GPS_RAW_INT"),
    Layout(GlobalPosition, 33, 104, "IiiiihhhH", "GLOBAL_POSITION_INT"),
    Layout(BatteryStatus, 147, 154, "32xB2xbi", "BATTERY_STATUS"),
    Layout(Wind, 168, 1, "ff", "WIND"),
    Layout(EkfStatus, 193, 71, "20xH", "EKF_STATUS_REPORT"),
    Layout(WindCov, 231, 105, "8xff", "WIND_COV"),
    Layout(HomePosition, 242, 104, "iii", "HOME_POSITION"),
    Layout(ExtendedSysState, 245, 130, "xB", "EXTENDED_SYS_STATE"),
    Layout(AdsbVehicle, 246, 184, "IiiiHHhHHB9sBB", "ADSB_VEHICLE", Of.ANYBODY),
    Layout(StatusText, 253, 83, "B50sHB", "STATUSTEXT"),
    Layout(CameraCapture, 262, 12, "16xBB", "CAMERA_CAPTURE_STATUS", Of.ANYBODY),
    Layout(GimbalAttitude, 285, 137, "I4f12xIH2xf", "GIMBAL_DEVICE_ATTITUDE_STATUS", Of.ANYBODY),
    Layout(RemoteIdArm, 12918, 139, "B50s", "OPEN_DRONE_ID_ARM_STATUS", Of.ANYBODY),
)

LAYOUTS: dict[int, Layout] = {layout.number: layout for layout in _HEARD}
"""By message number."""

LAYOUT_OF: dict[type[Message], Layout] = {layout.kind: layout for layout in _HEARD}

OnMessage = Callable[[Message, int, float], None]
"""Takes a message, the component it came from, and its time of arrival (monotonic seconds)."""
