"""The radio of one simulated aircraft: a UDP socket that speaks MAVLink 2 as its autopilot does, and as what
it carries does: each component by its own id, with its own sequence numbers.

Everything that comes in is hostile until parsed: frames that do not decode are dropped, frames for other
systems are not ours, and no frame can raise out of here.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from pymavlink.dialects.v20 import common as mavlink

from rtcc_sitl import setpoints
from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.avionics import Avionics
from rtcc_sitl.commands import Order, order_from
from rtcc_sitl.component import Component
from rtcc_sitl.payload import WISHES, Payload
from rtcc_sitl.protocols import MissionLink, param_answers
from rtcc_sitl.px4 import Command, Result
from rtcc_sitl.received import CommandFault, Received, next_for, note
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

COMMANDS = frozenset({"COMMAND_LONG", "COMMAND_INT"})

NOTHING_CARRIED = Payload()


class Power(Enum):
    """What PREFLIGHT_REBOOT_SHUTDOWN asks of the aircraft."""

    REBOOT = 1
    OFF = 2


class MavlinkEndpoint(asyncio.DatagramProtocol):
    """Sends telemetry to `gcs_address` and to whoever spoke lately; answers where frames came from.

    `commands` are those to the autopilot, `payload_commands` those to what the aircraft carries.
    """

    def __init__(
        self,
        sysid: int,
        gcs_address: Address,
        avionics: Avionics,
        on_power: Callable[[Power], None],
        payload: Payload = NOTHING_CARRIED,
    ) -> None:
        self.is_on = True
        self.also_to: tuple[Address, ...] = ()
        """Further ground stations that get everything, whether or not they speak."""
        self.commands: list[Received] = []
        self.payload_commands: list[Received] = []
        self.faults: list[CommandFault] = []
        self._sysid = sysid
        self._gcs_address = gcs_address
        self._autopilot: Autopilot = avionics.autopilot
        self._telemetry: Telemetry = avionics.telemetry
        self._orders, self._manners = avionics.orders, avionics.manners
        self._on_power = on_power
        self._payload = payload
        self._streams = Streams(self._manners.rates_hz, offset_s=(sysid % 10) * 0.01)
        self._missions = MissionLink(self._autopilot.plans)
        self._codecs = {
            number: mavlink.MAVLink(None, srcSystem=sysid, srcComponent=number)
            for number in (AUTOPILOT_COMPONENT, *payload.components)
        }
        self._parser = mavlink.MAVLink(None)
        self._parser.robust_parsing = True
        self._transport: asyncio.DatagramTransport | None = None
        self._peers: dict[Address, float] = {}
        self._shown: tuple[object, ...] = ()
        self._booting_s = 0.0
        self._mishandled: tuple[tuple[float, ...], float] | None = None
        self._handlers = self._hears()

    def _hears(self) -> dict[str, Callable[[Message, Address], None]]:
        """What is done with each message; MISSION_* has a handler of its own."""
        return {
            "HEARTBEAT": self._on_heartbeat,
            "PING": self._on_ping,
            "TIMESYNC": self._on_timesync,
            "COMMAND_LONG": self._on_command,
            "COMMAND_INT": self._on_command,
            "PARAM_REQUEST_LIST": self._on_param,
            "PARAM_REQUEST_READ": self._on_param,
            "PARAM_SET": self._on_param,
            "LOG_REQUEST_LIST": self._on_log_request,
            "REQUEST_DATA_STREAM": self._on_stream_request,
            "SET_POSITION_TARGET_LOCAL_NED": self._on_setpoint,
            "SET_POSITION_TARGET_GLOBAL_INT": self._on_setpoint,
            **dict.fromkeys(WISHES, self._on_wish),
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

    def restart(self, *, sysid: int | None = None) -> None:
        """Say nothing for as long as an autopilot takes to boot, then begin as new, perhaps as another."""
        self._booting_s = BOOT_S
        self._shown = ()
        self.forget_rates()
        if sysid is not None:
            self._sysid = self._telemetry.sysid = sysid
            for codec in self._codecs.values():
                codec.srcSystem = sysid

    def forget_rates(self) -> None:
        """Send what is sent unasked, as after a start."""
        self._streams = Streams(self._manners.rates_hz)

    def flood(self) -> None:
        """Send far more than anybody asked for."""
        self._streams.flood()

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
        self._parser.buf, self._parser.buf_index = bytearray(), 0
        self._parser.expected_length = mavlink.HEADER_LEN_V1 + 2
        try:
            return self._parser.parse_buffer(data) or []
        except Exception:  # pymavlink raises struct.error, MAVError and others on malformed frames
            return []

    def _is_for_us(self, message: Message) -> bool:
        """True for broadcasts, frames to this autopilot, and commands to what the aircraft carries."""
        if getattr(message, "target_system", 0) not in (0, self._sysid):
            return False
        component = getattr(message, "target_component", 0)
        if component in (0, AUTOPILOT_COMPONENT):
            return True
        return component in self._payload.components and message.get_type() in COMMANDS

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there (ICMP): a radio does not care."""

    def _send(
        self, messages: Iterable[Message], to: Iterable[Address], component: int = AUTOPILOT_COMPONENT
    ) -> None:
        if self._transport is None or not self._is_heard:
            return
        codec = self._codecs[component]
        for message in messages:
            frame = message.pack(codec)
            codec.seq = (codec.seq + 1) % 256
            for address in to:
                self._transport.sendto(frame, address)

    def _note_peer(self, address: Address) -> None:
        if address in (self._gcs_address, *self.also_to):
            return
        if address in self._peers or len(self._peers) < MAX_PEERS:
            self._peers[address] = time.monotonic()

    def _listeners(self) -> list[Address]:
        if self._peers:
            horizon = time.monotonic() - PEER_SILENCE_S
            self._peers = {peer: at for peer, at in self._peers.items() if at > horizon}
        return [self._gcs_address, *self.also_to, *self._peers]

    # --- telemetry --------------------------------------------------------------------------------------

    def tick(self, wall_elapsed_s: float) -> None:
        """Send what is due, and at once what has changed: mode, arming, landing, health, status texts."""
        self._booting_s = max(0.0, self._booting_s - wall_elapsed_s)
        self._telemetry.tick()
        kinds = self._streams.due(wall_elapsed_s)
        kinds += [kind for kind in self._changed() if kind not in kinds]
        messages = [message for kind in kinds if (message := self._telemetry.build(kind)) is not None]
        messages += self._words()
        reached = self._autopilot.reached
        while reached:
            messages.append(mavlink.MAVLink_mission_item_reached_message(reached.popleft()))
        messages.extend(self._missions.tick(wall_elapsed_s))
        messages.extend(self._payload.said_by_manager())
        listeners = self._listeners()
        self._send(messages, listeners)
        for number, component in self._payload.components.items():
            self._send(component.tick(wall_elapsed_s), listeners, number)

    def _words(self) -> list[Message]:
        """What the autopilot has said and nobody was sent yet."""
        notices, said = self._autopilot.notices, []
        while notices:
            notice = notices.popleft()
            said.append(mavlink.MAVLink_statustext_message(notice.severity, notice.text.encode()))
        return said

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

    def _on_wish(self, message: Message, peer: Address) -> None:
        self._payload.hear(message)

    def _on_setpoint(self, message: Message, peer: Address) -> None:
        setpoints.take(self._autopilot, message)

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

    def _on_command(self, message: Message, peer: Address) -> None:
        order = order_from(message)
        component = self._component_for(message, order)
        if component is not None:
            self._obey_beside(component, order, peer)
        else:
            self._on_order(order, peer)

    def _component_for(self, message: Message, order: Order) -> Component | None:
        """The component beside the autopilot that a command is for; None where it is the autopilot's."""
        if message.target_component == 0:
            return self._payload.serving(order)
        return self._payload.components.get(message.target_component)

    def _obey_beside(self, component: Component, order: Order, peer: Address) -> None:
        result, extra = component.judge(order)
        note(self.payload_commands, order, result)
        ack = mavlink.MAVLink_command_ack_message(order.command, result, 0, 0, *order.sender)
        self._send([ack, *extra], [peer], component.number)

    def _on_order(self, order: Order, peer: Address) -> None:
        extra: list[Message] = []
        result = self._judge(order, extra)
        note(self.commands, order, result)
        if result is not None:
            ack = mavlink.MAVLink_command_ack_message(order.command, result, 0, 0, *order.sender)
            self._send([ack, *extra], [peer])
        self._send_changes()

    def _send_changes(self) -> None:
        """Show a new mode or arming state, and say why, at once rather than with the next tick."""
        changed = [self._telemetry.build(kind) for kind in self._changed()]
        self._send([each for each in changed if each is not None] + self._words(), self._listeners())

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
        fault = next_for(self.faults, order)
        if fault is None:
            return obey(order)
        if fault.is_obeyed:
            obey(order)
        if fault.result is None:
            self._mishandled = (identity, time.monotonic())
        return fault.result

    def _serve(self, order: Order, extra: list[Message]) -> Result:
        """Commands about the link or the payload rather than the flight."""
        carry_out = self._payload.orders.get(order.command)
        if carry_out is not None:
            return carry_out(order)
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
