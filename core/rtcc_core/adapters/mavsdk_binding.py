"""The only room that touches `mavsdk`: one UDP port, the systems heard on it, and raw MAVLink both ways.

The callback half of the library is used, not `mavsdk.asyncio` on top of it. The asyncio wrapper parks a
thread of the loop's default pool for every command that waits (six of them on a small machine: seven silent
aircraft hold up a healthy one) and queues every telemetry update without bound. Callbacks cost no thread,
hold nothing, and are the same binding. Commands go through `mavlink_direct.send_command`, which repeats an
unanswered command at 0.5, 1.0 and 1.5 s and gives up after 2 s.

Telemetry does not go through the library at all (ADR 0007): the fleet's own socket is read by `mavsdk_radio`,
what we listen to is decoded from the frame, and only the frames that belong to a conversation MAVSDK leads
are handed to it over its `raw://` connection. What it sends comes back the same way and leaves through that
socket. A line that is not UDP (TCP, serial) is MAVSDK's own, and it repeats every frame to us.

Nothing of the library leaves this file: messages are ours, commands are ours, an answer is a number.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from mavsdk import Autopilot, ComponentType, Configuration, ForwardingOption, Mavsdk
from mavsdk.cmavsdk_loader import _cmavsdk_lib
from mavsdk.exceptions import MavsdkError
from mavsdk.logging import LogCallback
from mavsdk.plugins.mavlink_direct import MavlinkDirect, MavlinkDirectResult, MavlinkMessage

from rtcc_core.adapters.mavsdk_frames import UNCHECKED, Frame, split
from rtcc_core.adapters.mavsdk_messages import LAYOUTS, OnMessage
from rtcc_core.adapters.mavsdk_radio import SCHEMES, Address, Radio
from rtcc_core.adapters.mavsdk_words import ARDUPILOT, PX4

GROUND_SYSID = 245
"""The system id MAVSDK 4 speaks with; its own heartbeats carry it too."""

GROUND_COMPONENT = 190
AUTOPILOT_COMPONENT = 1

NO_ANSWER: None = None

Number = float | int | None
"""A field of a command; None is MAVLink's "not given", NaN on the wire."""

_be_silent = LogCallback(lambda *_: True)
"""Kept for the life of the process: the library calls it for every line it would otherwise print.

`mavsdk.log_subscribe` will not do: it decodes the line first, and a status text with bytes that are not
UTF-8, which any aircraft may send, makes it print to stdout, escape codes and all.
"""


_AUTOPILOTS = {Autopilot.PX4: PX4, Autopilot.ARDUPILOT: ARDUPILOT}


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A COMMAND_LONG, or where `place` is given a COMMAND_INT in the global frame (altitude AMSL)."""

    number: int
    """MAV_CMD."""
    params: tuple[Number, ...] = ()
    """Parameters 1 … 7 of a COMMAND_LONG, 1 … 4 of a COMMAND_INT; what is left out is 0."""
    place: tuple[float, float, float] | None = None
    """Latitude and longitude in degrees, altitude in metres AMSL."""
    component: int = AUTOPILOT_COMPONENT
    """MAV_COMP_ID it is addressed to; the camera is one of its own."""

    def message(self, sysid: int) -> tuple[str, dict[str, Number]]:
        """MAVLink message name and its fields, addressed to a component of `sysid`."""
        fields: dict[str, Number] = {
            "target_system": sysid,
            "target_component": self.component,
            "command": self.number,
        }
        count = 7 if self.place is None else 4
        padded = (*self.params, *(0.0,) * (count - len(self.params)))
        fields |= {f"param{index}": value for index, value in enumerate(padded, start=1)}
        if self.place is None:
            return "COMMAND_LONG", fields | {"confirmation": 0}
        latitude_deg, longitude_deg, amsl_m = self.place
        return "COMMAND_INT", fields | {
            "frame": 0,
            "current": 0,
            "autocontinue": 0,
            "x": round(latitude_deg * 1e7),
            "y": round(longitude_deg * 1e7),
            "z": amsl_m,
        }


class Link:
    """MAVLink to and from one system. Belongs to the event loop it was made in."""

    def __init__(self, sysid: int, system: Any, listen: Callable[[int, OnMessage], None]) -> None:
        self.sysid = sysid
        self._listen = listen
        self.autopilot = _AUTOPILOTS.get(system.autopilot_type(), "")
        """`PX4` or `ArduPilot` by the heartbeat MAVSDK found it with; empty for another."""
        self._loop = asyncio.get_running_loop()
        self._direct = MavlinkDirect(system)
        self._in_flight: set[asyncio.Future[int | None]] = set()
        self._is_closed = False

    @property
    def in_flight(self) -> frozenset[asyncio.Future[int | None]]:
        """Commands that MAVSDK is still repeating or waiting for: nothing can call them back."""
        return frozenset(self._in_flight)

    def listen(self, callback: OnMessage) -> None:
        """Call back for every message in LAYOUTS, in the thread that reads the port.

        The callback must be quick and must not wait: one thread serves all aircraft.
        """
        self._listen(self.sysid, callback)

    def send(self, message_name: str, fields: Mapping[str, Number | str]) -> None:
        """Send a message that nobody acknowledges; a link that is closed loses it."""
        if self._is_closed:
            return
        with contextlib.suppress(MavsdkError):
            self._direct.send_message(self._pack(message_name, fields))

    def hint(self, command: Command) -> None:
        """Send a command once and do not wait: for what is asked again anyway."""
        self.send(*command.message(self.sysid))

    def command(self, command: Command) -> asyncio.Future[int | None]:
        """Send a command; the future becomes its MAV_RESULT, or NO_ANSWER when none came in time.

        Cancelling the future does not stop the repetitions.
        """
        answer: asyncio.Future[int | None] = self._loop.create_future()
        if self._is_closed:
            answer.set_result(NO_ANSWER)
            return answer
        self._in_flight.add(answer)
        answer.add_done_callback(self._in_flight.discard)

        def on_ack(result: MavlinkDirectResult, ack: Any, _: object) -> None:
            value = _result_of(ack.fields_json) if result == MavlinkDirectResult.SUCCESS else NO_ANSWER
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(_settle, answer, value)

        self._direct.send_command_async(self._pack(*command.message(self.sysid)), on_ack)
        return answer

    def close(self) -> list[object]:
        """Let go of what waits: it gets NO_ANSWER.

        Returns what must outlive MAVSDK itself. The library frees a subscription's trampoline when its plugin
        goes, while calls through it may still stand in its queue: a segmentation fault under traffic.
        """
        self._is_closed = True
        for answer in tuple(self._in_flight):
            _settle(answer, NO_ANSWER)
        return [*self._direct._subscriptions.values(), *self._direct._callbacks]

    def _pack(self, message_name: str, fields: Mapping[str, Number | str]) -> Any:
        return MavlinkMessage(
            message_name=message_name,
            system_id=GROUND_SYSID,
            component_id=GROUND_COMPONENT,
            target_system_id=self.sysid,
            target_component_id=int(fields.get("target_component") or AUTOPILOT_COMPONENT),
            fields_json=json.dumps(fields),
        )


HEARTBEAT = 0
CONVERSATIONS = frozenset(
    {
        HEARTBEAT,
        *(4, 77, 148, 300),  # PING, COMMAND_ACK, AUTOPILOT_VERSION, PROTOCOL_VERSION
        *(22, 322, 324, 345),  # PARAM_VALUE, PARAM_EXT_VALUE, PARAM_EXT_ACK, PARAM_ERROR
        *(39, 40, 42, 43, 44, 45, 46, 47, 51, 73),  # MISSION_…
        *(110, 118, 120),  # FILE_TRANSFER_PROTOCOL, LOG_ENTRY, LOG_DATA
    }
)
"""Message numbers that MAVSDK needs to find systems and to lead its protocols. Another plugin of it may need
another number here."""

_WANTED = dict.fromkeys(CONVERSATIONS, UNCHECKED) | {
    number: layout.crc_extra for number, layout in LAYOUTS.items()
}


class Port:
    """One MAVSDK instance, and the one connection that it and we share."""

    def __init__(self, connection_url: str) -> None:
        """Open the connection. Raises OSError, in words, when it cannot be opened."""
        _cmavsdk_lib.mavsdk_log_subscribe(_be_silent, None)
        is_udp = urlsplit(connection_url).scheme in SCHEMES
        self._radio = Radio(connection_url) if is_udp else None
        self._mavsdk = Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION))
        self._links: dict[int, Link] = {}
        self._listeners: dict[int, OnMessage] = {}
        try:
            if self._radio is None:
                self._open_line(connection_url)
            else:
                self._mavsdk.add_any_connection_with_handle("raw://")
                self._mavsdk.subscribe_raw_bytes_to_be_sent(self._radio.send)
                self._radio.start(self._take)
        except MavsdkError as error:
            self._shut()
            raise OSError(
                f"cannot listen for aircraft on {connection_url}: {error}; "
                "check the address in [fleet] and that no other ground station uses it"
            ) from error

    def _open_line(self, connection_url: str) -> None:
        self._mavsdk.add_any_connection_with_handle_and_forwarding("raw://", ForwardingOption.ON)
        self._mavsdk.subscribe_raw_bytes_to_be_sent(self._overhear)
        self._mavsdk.add_any_connection_with_handle_and_forwarding(connection_url, ForwardingOption.ON)

    # --- the reading thread -------------------------------------------------------------------------------

    def _take(self, datagram: bytes, address: Address, at: float) -> None:
        for frame in split(datagram, _WANTED):
            if frame.sysid == GROUND_SYSID:
                continue
            number = frame.number
            if number == HEARTBEAT and self._radio is not None:
                self._radio.learn(frame.sysid, address, at)
            if number in CONVERSATIONS:
                self._mavsdk.pass_received_raw_bytes(frame.raw)
            self._hand_over(frame, at)

    def _overhear(self, frame: bytes) -> None:
        """MAVSDK repeats what it hears on its own line, and what it says there."""
        at = time.monotonic()
        for each in split(frame, _WANTED):
            if each.sysid != GROUND_SYSID:
                self._hand_over(each, at)

    def _hand_over(self, frame: Frame, at: float) -> None:
        listener, layout = self._listeners.get(frame.sysid), LAYOUTS.get(frame.number)
        if listener is not None and layout is not None:
            listener(layout.decode(frame.payload), frame.component, at)

    # --- the event loop -----------------------------------------------------------------------------------

    def on_new_system(self, callback: Callable[[], object]) -> None:
        """Call back, in MAVSDK's thread, whenever a system is heard for the first time."""

        def call(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                callback()

        self._mavsdk.subscribe_on_new_system(call)

    def sysids(self) -> list[int]:
        """System ids of everything with an autopilot that was ever heard here."""
        return [system.get_system_id() for system in self._mavsdk.get_systems() if system.has_autopilot()]

    def link(self, sysid: int) -> Link:
        """The link to a system that `sysids` named; one and the same for each. Raises KeyError."""
        if sysid not in self._links:
            found = {system.get_system_id(): system for system in self._mavsdk.get_systems()}
            self._links[sysid] = Link(sysid, found[sysid], self._listeners.__setitem__)
        return self._links[sysid]

    async def close(self) -> None:
        """Close everything: no thread and no socket is left. Closing twice is harmless."""
        trampolines = [link.close() for link in self._links.values()]
        await asyncio.to_thread(self._shut)
        del trampolines

    def _shut(self) -> None:
        """First our reading, so that nothing is handed to a library that is gone."""
        self._listeners.clear()
        if self._radio is not None:
            self._radio.close()
        self._mavsdk.destroy()


def _result_of(ack_json: str) -> int | None:
    try:
        return int(json.loads(ack_json)["result"])
    except (ValueError, KeyError, TypeError):
        return NO_ANSWER


def _settle(answer: asyncio.Future[int | None], value: int | None) -> None:
    if not answer.done():
        answer.set_result(value)
