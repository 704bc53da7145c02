"""The MAVLink messages the fleet listens to, with the fields it uses, from MAVSDK's JSON. Pure.

Units are MAVLink's own: degrees × 1e7, millimetres, cm/s, centidegrees, milliseconds since boot.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Message(msgspec.Struct, frozen=True):
    """Base of every message."""


class Heartbeat(Message, frozen=True):
    type: int
    autopilot: int
    base_mode: int
    custom_mode: int


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


class StatusText(Message, frozen=True):
    severity: int
    text: str
    id: int = 0
    chunk_seq: int = 0


_KINDS: dict[str, type[Message]] = {
    "HEARTBEAT": Heartbeat,
    "GLOBAL_POSITION_INT": GlobalPosition,
    "SYS_STATUS": SysStatus,
    "BATTERY_STATUS": BatteryStatus,
    "GPS_RAW_INT": GpsRaw,
    "HOME_POSITION": HomePosition,
    "EXTENDED_SYS_STATE": ExtendedSysState,
    "EKF_STATUS_REPORT": EkfStatus,
    "STATUSTEXT": StatusText,
}

DECODERS: dict[str, Callable[[str], Message]] = {
    name: msgspec.json.Decoder(kind).decode for name, kind in _KINDS.items()
}
"""By MAVLink message name; each raises msgspec.MsgspecError for text that is not that message."""

MESSAGE_IDS = {
    "GLOBAL_POSITION_INT": 33,
    "SYS_STATUS": 1,
    "BATTERY_STATUS": 147,
    "GPS_RAW_INT": 24,
    "HOME_POSITION": 242,
    "EXTENDED_SYS_STATE": 245,
    "EKF_STATUS_REPORT": 193,
}
"""What can be asked for with SET_MESSAGE_INTERVAL."""
