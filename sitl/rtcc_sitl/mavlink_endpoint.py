"""The radio of one simulated aircraft: a UDP socket that speaks MAVLink 2 as its autopilot does.

Everything that comes in is hostile until parsed: frames that do not decode are dropped, frames for other
systems are not ours, and no frame can raise out of here.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, NamedTuple

from pymavlink.dialects.v20 import common as mavlink

from rtcc_core.domain.geo import LatLon
from rtcc_sitl.airframe import Demand
from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.avionics import Avionics
from rtcc_sitl.commands import Order
from rtcc_sitl.manoeuvres import Point
from rtcc_sitl.protocols import MissionLink, param_answers
from rtcc_sitl.px4 import Command, Result, command_name
from rtcc_sitl.streams import Streams
from rtcc_sitl.telemetry import Message, Telemetry

Address = tuple[str, int]

AUTOPILOT_COMPONENT = 1
PEER_SILENCE_S = 10.0
"""Wall seconds after which a further ground station that says nothing gets no more telemetry."""

BOOT_S = 2.0
"""Wall seconds of silence after a reboot: short enough for a ground station not to call it lost."""

MAX_PEERS = 8
REPEAT_S = 3.0
"""Wall seconds within which the same order again is a ground station's repetition, not a new order."""

MAX_COMMANDS_KEPT = 20_000
INT32_MAX = 2**31 - 1

IGNORE_POSITION = 0b0000_0000_0111
IGNORE_VELOCITY = 0b0000_0011_1000
IGNORE_YAW = 0b0100_0000_0000


class Power(Enum):
    """What PREFLIGHT_REBOOT_SHUTDOWN asks of the aircraft."""

    REBOOT = 1
    OFF = 2


class Received(NamedTuple):
    """A command that came in over the radio; `result` is None where it was not acknowledged."""

    at_monotonic_s: float
    name: str
    command: int
    params: tuple[float, ...]
    result: Result | None


class CommandFault(NamedTuple):
    """What goes wrong with the next order of flight: refused, or not acknowledged though perhaps obeyed."""

    result: Result | None
    is_obeyed: bool = False


class MavlinkEndpoint(asyncio.DatagramProtocol):
    """Sends telemetry to `gcs_address` and to whoever spoke lately; answers where frames came from."""

    def __init__(
        self,
        sysid: int,
        gcs_address: Address,
        avionics: Avionics,
        on_power: Callable[[Power], None],
    ) -> None:
        self.is_on = True
        self.commands: list[Received] = []
        self.faults: list[CommandFault] = []
        self._sysid = sysid
        self._gcs_address = gcs_address
        self._autopilot: Autopilot = avionics.autopilot
        self._telemetry: Telemetry = avionics.telemetry
        self._orders, self._manners = avionics.orders, avionics.manners
        self._on_power = on_power
        self._streams = Streams(self._manners.rates_hz, offset_s=(sysid % 10) * 0.01)
        self._missions = MissionLink(self._autopilot.plans)
        self._codec = mavlink.MAVLink(None, srcSystem=sysid, srcComponent=AUTOPILOT_COMPONENT)
        self._codec.robust_parsing = True
        self._transport: asyncio.DatagramTransport | None = None
        self._peers: dict[Address, float] = {}
        self._shown: tuple[object, ...] = ()
        self._booting_s = 0.0
        self._mishandled: tuple[tuple[float, ...], float] | None = None
        self._handlers: dict[str, Callable[[Message, Address], None]] = {
            "HEARTBEAT": self._on_heartbeat,
            "PING": self._on_ping,
            "TIMESYNC": self._on_timesync,
            "COMMAND_LONG": self._on_command_long,
            "COMMAND_INT": self._on_command_int,
            "PARAM_REQUEST_LIST": self._on_param,
            "PARAM_REQUEST_READ": self._on_param,
            "PARAM_SET": self._on_param,
            "LOG_REQUEST_LIST": self._on_log_request,
            "REQUEST_DATA_STREAM": self._on_stream_request,
            "SET_POSITION_TARGET_LOCAL_NED": self._on_local_setpoint,
            "SET_POSITION_TARGET_GLOBAL_INT": self._on_global_setpoint,
        }

    # --- the socket -------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Bind an ephemeral port, on loopback when that is where the ground station is."""
        host = "127.0.0.1" if self._gcs_address[0].startswith("127.") else "0.0.0.0"
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))

    @property
    def _is_heard(self) -> bool:
        return self.is_on and self._booting_s <= 0.0

    def restart(self) -> None:
        """Say nothing for as long as an autopilot takes to boot, then begin as new."""
        self._booting_s = BOOT_S
        self._streams = Streams(self._manners.rates_hz)
        self._shown = ()

    def close(self) -> None:
        """Close the socket; closing twice is harmless."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    @property
    def local_port(self) -> int:
        """The bound port; 0 before `open` and after `close`."""
        return 0 if self._transport is None else int(self._transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, address: tuple[str | Any, int]) -> None:
        if not self._is_heard:
            return
        for message in self._parse(data):
            handler = self._handler(message.get_type())
            if handler is None or not self._is_for_us(message):
                continue
            self._note_peer(address)
            handler(message, address)

    def _parse(self, data: bytes) -> list[Message]:
        """The messages of one datagram. Frames never span datagrams, so a cut one cannot eat the next."""
        self._codec.buf, self._codec.buf_index = bytearray(), 0
        self._codec.expected_length = mavlink.HEADER_LEN_V1 + 2
        try:
            return self._codec.parse_buffer(data) or []
        except Exception:  # pymavlink raises struct.error, MAVError and others on malformed frames
            return []

    def _is_for_us(self, message: Message) -> bool:
        """True for broadcasts and for frames to this autopilot; a camera or a gimbal is somebody else."""
        system = getattr(message, "target_system", 0)
        component = getattr(message, "target_component", 0)
        return system in (0, self._sysid) and component in (0, AUTOPILOT_COMPONENT)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there (ICMP): a radio does not care."""

    def _send(self, messages: Iterable[Message], to: Iterable[Address]) -> None:
        if self._transport is None or not self._is_heard:
            return
        for message in messages:
            frame = message.pack(self._codec)
            self._codec.seq = (self._codec.seq + 1) % 256
            for address in to:
                self._transport.sendto(frame, address)

    def _note_peer(self, address: Address) -> None:
        if address != self._gcs_address and (address in self._peers or len(self._peers) < MAX_PEERS):
            self._peers[address] = time.monotonic()

    def _listeners(self) -> list[Address]:
        if self._peers:
            horizon = time.monotonic() - PEER_SILENCE_S
            self._peers = {peer: at for peer, at in self._peers.items() if at > horizon}
        return [self._gcs_address, *self._peers]

    # --- telemetry --------------------------------------------------------------------------------------

    def tick(self, wall_elapsed_s: float) -> None:
        """Send what is due, and at once what has changed: mode, arming, landing, health, status texts."""
        self._booting_s = max(0.0, self._booting_s - wall_elapsed_s)
        self._telemetry.tick()
        kinds = self._streams.due(wall_elapsed_s)
        kinds += [kind for kind in self._changed() if kind not in kinds]
        messages = [message for kind in kinds if (message := self._telemetry.build(kind)) is not None]
        autopilot = self._autopilot
        while autopilot.notices:
            notice = autopilot.notices.popleft()
            messages.append(mavlink.MAVLink_statustext_message(notice.severity, notice.text.encode()))
        while autopilot.reached:
            messages.append(mavlink.MAVLink_mission_item_reached_message(autopilot.reached.popleft()))
        messages.extend(self._missions.tick(wall_elapsed_s))
        self._send(messages, self._listeners())

    def _changed(self) -> list[int]:
        autopilot = self._autopilot
        now: tuple[object, ...] = (
            (autopilot.mode, autopilot.is_armed),
            autopilot.landed,
            (autopilot.has_position, autopilot.is_armed),
            autopilot.home,
        )
        kinds = (
            mavlink.MAVLINK_MSG_ID_HEARTBEAT,
            mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE,
            mavlink.MAVLINK_MSG_ID_SYS_STATUS,
            mavlink.MAVLINK_MSG_ID_HOME_POSITION,
        )
        before, self._shown = self._shown, now
        if not before:
            return [kind for kind in kinds if kind in self._manners.announces]
        changed = [kind for kind, old, new in zip(kinds, before, now, strict=True) if old != new]
        return [kind for kind in changed if kind in self._manners.announces]

    # --- what comes in ----------------------------------------------------------------------------------

    def _handler(self, kind: str) -> Callable[[Message, Address], None] | None:
        return self._on_mission if kind.startswith("MISSION_") else self._handlers.get(kind)

    def _on_heartbeat(self, message: Message, peer: Address) -> None:
        if message.type == mavlink.MAV_TYPE_GCS:
            self._autopilot.hear_ground_station()

    def _on_ping(self, message: Message, peer: Address) -> None:
        if message.target_system == 0:
            sender = (message.get_srcSystem(), message.get_srcComponent())
            self._send([mavlink.MAVLink_ping_message(message.time_usec, message.seq, *sender)], [peer])

    def _on_timesync(self, message: Message, peer: Address) -> None:
        if message.tc1 == 0:
            self._send([mavlink.MAVLink_timesync_message(time.monotonic_ns(), message.ts1)], [peer])

    def _on_param(self, message: Message, peer: Address) -> None:
        self._send(param_answers(self._autopilot.params, message), [peer])
        self._autopilot.apply_params()

    def _on_mission(self, message: Message, peer: Address) -> None:
        self._send(self._missions.answers(message), [peer])

    def _on_log_request(self, message: Message, peer: Address) -> None:
        self._send([mavlink.MAVLink_log_entry_message(0, 0, 0, 0, 0)], [peer])

    def _on_stream_request(self, message: Message, peer: Address) -> None:
        rate_hz = message.req_message_rate if message.start_stop else 0
        for kind in self._manners.streams.get(message.req_stream_id, ()):
            self._streams.set_interval(kind, 1e6 / rate_hz if rate_hz > 0 else -1.0)

    # --- commands ---------------------------------------------------------------------------------------

    def _on_command_long(self, message: Message, peer: Address) -> None:
        params = (message.param1, message.param2, message.param3, message.param4)
        self._on_order(
            message, Order(message.command, *params, message.param5, message.param6, message.param7), peer
        )

    def _on_command_int(self, message: Message, peer: Address) -> None:
        params = (message.param1, message.param2, message.param3, message.param4)
        latitude, longitude = (math.nan if e7 == INT32_MAX else e7 * 1e-7 for e7 in (message.x, message.y))
        self._on_order(
            message, Order(message.command, *params, latitude, longitude, message.z, message.frame), peer
        )

    def _on_order(self, message: Message, order: Order, peer: Address) -> None:
        extra: list[Message] = []
        result = self._judge(order, extra)
        if len(self.commands) >= MAX_COMMANDS_KEPT:
            del self.commands[: MAX_COMMANDS_KEPT // 2]
        self.commands.append(
            Received(time.monotonic(), command_name(order.command), order.command, order[1:8], result)
        )
        if result is not None:
            sender = (message.get_srcSystem(), message.get_srcComponent())
            ack = mavlink.MAVLink_command_ack_message(order.command, result, 0, 0, *sender)
            self._send([ack, *extra], [peer])
        self._send_changes()

    def _send_changes(self) -> None:
        """Show a new mode or arming state at once rather than with the next tick."""
        changed = [
            message for kind in self._changed() if (message := self._telemetry.build(kind)) is not None
        ]
        self._send(changed, self._listeners())

    def _judge(self, order: Order, extra: list[Message]) -> Result | None:
        """Carry out an order: its result, or None where no acknowledgement is to be sent."""
        obey = self._orders.get(order.command)
        if obey is None:
            return self._serve(order, extra)
        identity = (float(order.command), order.p1, order.p2, order.p3)
        if self._mishandled is not None and repr(self._mishandled[0]) == repr(identity):
            if time.monotonic() - self._mishandled[1] < REPEAT_S:
                return None
            self._mishandled = None
        if not self.faults:
            return obey(order)
        fault = self.faults.pop(0)
        if fault.is_obeyed:
            obey(order)
        if fault.result is None:
            self._mishandled = (identity, time.monotonic())
        return fault.result

    def _serve(self, order: Order, extra: list[Message]) -> Result:
        """Commands about the link rather than the flight."""
        match order.command:
            case Command.SET_MESSAGE_INTERVAL:
                return self._set_interval(order)
            case Command.GET_MESSAGE_INTERVAL if math.isfinite(order.p1):
                interval_us = self._streams.interval_us(int(order.p1))
                extra.append(mavlink.MAVLink_message_interval_message(int(order.p1), interval_us))
                return Result.ACCEPTED
            case Command.REQUEST_MESSAGE if math.isfinite(order.p1):
                return self._request(int(order.p1), extra)
            case Command.REQUEST_AUTOPILOT_CAPABILITIES:
                return self._request(mavlink.MAVLINK_MSG_ID_AUTOPILOT_VERSION, extra)
            case Command.GET_HOME_POSITION:
                return self._request(mavlink.MAVLINK_MSG_ID_HOME_POSITION, extra)
            case Command.PREFLIGHT_REBOOT_SHUTDOWN:
                return self._reboot(order)
            case _:
                return Result.UNSUPPORTED

    def _set_interval(self, order: Order) -> Result:
        if not (math.isfinite(order.p1) and math.isfinite(order.p2)):
            return Result.DENIED
        kind = int(order.p1)
        if not self._telemetry.knows(kind):
            return Result.UNSUPPORTED
        self._streams.set_interval(kind, order.p2)
        return Result.ACCEPTED

    def _request(self, kind: int, extra: list[Message]) -> Result:
        message = self._telemetry.build(kind)
        if message is None:
            return Result.UNSUPPORTED
        extra.append(message)
        return Result.ACCEPTED

    def _reboot(self, order: Order) -> Result:
        if self._autopilot.is_armed:
            return Result.TEMPORARILY_REJECTED
        power = {1.0: Power.REBOOT, 2.0: Power.OFF}.get(order.p1)
        if power is None:
            return Result.ACCEPTED if order.p1 == 0.0 else Result.UNSUPPORTED
        asyncio.get_running_loop().call_soon(self._on_power, power)
        return Result.ACCEPTED

    # --- offboard setpoints -----------------------------------------------------------------------------

    def _on_local_setpoint(self, message: Message, peer: Address) -> None:
        point = Point(message.y, message.x, -message.z)
        self._take_setpoint(message, point)

    def _on_global_setpoint(self, message: Message, peer: Address) -> None:
        try:
            place = LatLon(message.lat_int * 1e-7, message.lon_int * 1e-7)
        except ValueError:
            return
        autopilot = self._autopilot
        is_relative = message.coordinate_frame in (3, 6, 11)
        up_m = autopilot.up_of(message.alt, is_relative=is_relative)
        self._take_setpoint(message, Point(*autopilot.frame.to_local(place), up_m))

    def _take_setpoint(self, message: Message, point: Point) -> None:
        mask = message.type_mask
        has_yaw = not mask & IGNORE_YAW and math.isfinite(message.yaw)
        yaw_deg = math.degrees(message.yaw) % 360.0 if has_yaw else None
        velocity = Demand(message.vy, message.vx, -message.vz, yaw_deg)
        has_point = not mask & IGNORE_POSITION and all(map(math.isfinite, point))
        has_velocity = not mask & IGNORE_VELOCITY and all(map(math.isfinite, velocity[:3]))
        if not (has_point or has_velocity):
            return
        self._autopilot.take_setpoint(
            point if has_point else None, velocity if has_velocity else None, yaw_deg
        )
