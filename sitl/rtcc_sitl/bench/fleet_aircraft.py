"""What the fleet bench's aircraft say: frames packed beforehand, and in each position the moment it was sent.

The moment stands in the heading, which nothing flies by: hundredths of a degree are milliseconds of this
machine's monotonic clock, modulo 36 s. It passes through MAVSDK, the core and a console unharmed, so
whoever holds a position knows its true age, whatever it was told.
"""

from __future__ import annotations

import time
from typing import Any

from pymavlink.dialects.v20 import common as mavlink

from rtcc_core.domain.geo import LatLon, offset

CENTRE = LatLon(38.4088, -121.3716)
GROUND_AMSL_M = 10.0
FLYING_HEIGHT_M = 60.0
SPACING_M = 5.0
TURN_MS = 36_000
"""Milliseconds until a stamp comes again."""

PX4_HOLD = 4 << 16 | 3 << 24
SENSORS = 0x1000_002F
"""Gyro, accelerometer, compass, barometer, GPS and the pre-arm check: present, enabled, healthy."""

Message = Any


def stamp_ms() -> int:
    """Now, as an aircraft stamps it."""
    return time.monotonic_ns() // 1_000_000 % TURN_MS


def age_ms(heading_deg: float) -> float:
    """Milliseconds since the position with this heading was sent; right up to half a turn (18 s)."""
    age = (stamp_ms() - heading_deg * 100.0) % TURN_MS
    return age if age < TURN_MS / 2 else age - TURN_MS


class FakeAircraft:
    """One PX4-like aircraft that stands where it stands, says it flies when told to, and agrees to all."""

    def __init__(self, sysid: int) -> None:
        self.sysid = sysid
        self.is_silent = False
        self._is_armed = False
        self._is_up = False
        self._codec = mavlink.MAVLink(None, srcSystem=sysid, srcComponent=1)
        self._reader = mavlink.MAVLink(None)
        self._reader.robust_parsing = True
        place = offset(CENTRE, 90.0, (sysid - 1) * SPACING_M)
        self._lat_e7, self._lon_e7 = round(place.latitude_deg * 1e7), round(place.longitude_deg * 1e7)
        self._amsl_mm = round(GROUND_AMSL_M * 1000)
        self._fast, self._slow = self._pack_all()

    def frames(self, tick: int) -> list[bytes]:
        """Every frame due at the so many-eth tenth of a second: three each time, five more in turn."""
        due = [self._position(), *self._fast]
        slot = tick % 10
        if slot in (0, 5):
            due += self._slow[1:4]
        if slot == 2:
            due += [self._slow[0]]
        if tick % 20 == 7:
            due += [self._slow[4]]
        return due

    def answer(self, datagram: bytes) -> bytes | None:
        """The acknowledgement of a command; None for anything else."""
        for message in self._reader.parse_buffer(datagram) or []:
            if message.get_type() in ("COMMAND_LONG", "COMMAND_INT") and message.target_system == self.sysid:
                ack = mavlink.MAVLink_command_ack_message(
                    message.command, self._obey(message), 0, 0, message.get_srcSystem(), 190
                )
                return self._pack(ack)
        return None

    def _obey(self, message: Message) -> int:
        match message.command:
            case mavlink.MAV_CMD_REQUEST_MESSAGE:
                return int(mavlink.MAV_RESULT_UNSUPPORTED)
            case mavlink.MAV_CMD_COMPONENT_ARM_DISARM:
                self._is_armed = message.param1 == 1.0
            case mavlink.MAV_CMD_NAV_TAKEOFF:
                self._is_up = True
            case _:
                return int(mavlink.MAV_RESULT_ACCEPTED)
        self._fast, self._slow = self._pack_all()
        return int(mavlink.MAV_RESULT_ACCEPTED)

    def _pack(self, message: Message) -> bytes:
        frame = bytes(message.pack(self._codec))
        self._codec.seq = (self._codec.seq + 1) % 256
        return frame

    def _position(self) -> bytes:
        height_mm = round(FLYING_HEIGHT_M * 1000) if self._is_up else 0
        now_ms = time.monotonic_ns() // 1_000_000
        where = (self._lat_e7, self._lon_e7, self._amsl_mm + height_mm, height_mm)
        message = mavlink.MAVLink_global_position_int_message(
            now_ms % 2**32, *where, 0, 0, 0, now_ms % TURN_MS
        )
        return self._pack(message)

    def _pack_all(self) -> tuple[list[bytes], list[bytes]]:
        """Frames sent ten times a second beside the position, and the slower ones."""
        flags = mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | (128 if self._is_armed else 0)
        landed = mavlink.MAV_LANDED_STATE_IN_AIR if self._is_up else mavlink.MAV_LANDED_STATE_ON_GROUND
        here = (self._lat_e7, self._lon_e7, self._amsl_mm)
        cells = [4_100] * 4 + [65_535] * 6
        fast = [
            mavlink.MAVLink_attitude_message(1_000, 0.01, 0.02, 0.5, 0.0, 0.0, 0.0),
            mavlink.MAVLink_battery_status_message(0, 0, 1, 2_500, cells, 1_200, 300, -1, 92),
        ]
        slow = [
            mavlink.MAVLink_heartbeat_message(2, 12, flags, PX4_HOLD, 4, 3),
            mavlink.MAVLink_sys_status_message(
                SENSORS, SENSORS, SENSORS, 100, 16_400, 1_200, 92, 0, 0, 0, 0, 0, 0
            ),
            mavlink.MAVLink_extended_sys_state_message(0, landed),
            mavlink.MAVLink_gps_raw_int_message(1, 3, *here, 80, 120, 0, 0, 14),
            mavlink.MAVLink_home_position_message(*here, 0.0, 0.0, 0.0, [1.0, 0.0, 0.0, 0.0], 0.0, 0.0, 0.0),
        ]
        return [self._pack(each) for each in fast], [self._pack(each) for each in slow]
