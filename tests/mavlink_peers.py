"""Hand-made aircraft for tests of the fleet's port: each says just what a test wants, from its own socket."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mavlink

TICK_S = 0.02
HOME_E7 = (520_000_000, 50_000_000)
PX4_HOLD = 4 << 16 | 3 << 24
INTERVAL = mavlink.MAV_CMD_SET_MESSAGE_INTERVAL
Message = Any


class Peer(asyncio.DatagramProtocol):
    """One aircraft that stands still. `is_ardupilot`: silent but for heartbeats until its rates are asked."""

    def __init__(self, sysid: int, to: tuple[str, int], *, is_ardupilot: bool = False) -> None:
        self.sysid = sysid
        self.is_ardupilot = is_ardupilot
        self.is_silent = False
        self.position_hz = 10.0
        self.booted_at = time.monotonic()
        self.asked: list[tuple[int, int]] = []
        """Message numbers whose rate was asked, with the interval in microseconds."""
        self.commands: list[int] = []
        self.spoke_at = 0.0
        """When its last word had left it, by the monotonic clock."""
        self._to = to
        self._due: dict[int, float] = {}
        self._codec = mavlink.MAVLink(None, srcSystem=sysid, srcComponent=1)
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def restart(self, sysid: int | None = None) -> None:
        """Begin as new, from another port, perhaps under another system id."""
        self.close()
        self.sysid = self.sysid if sysid is None else sysid
        self._codec = mavlink.MAVLink(None, srcSystem=self.sysid, srcComponent=1)
        self.booted_at = time.monotonic()
        self.asked.clear()
        self._due.clear()
        await self.open()

    async def run(self) -> None:
        while True:
            self._speak(time.monotonic())
            await asyncio.sleep(TICK_S)

    def datagram_received(self, data: bytes, address: Any) -> None:
        for message in mavlink.MAVLink(None).parse_buffer(data) or []:
            if message.get_type() in ("COMMAND_LONG", "COMMAND_INT"):
                self.commands.append(message.command)
                if message.command == INTERVAL:
                    self.asked.append((int(message.param1), int(message.param2)))
                if not self.is_silent:
                    self.send(mavlink.MAVLink_command_ack_message(message.command, 0))

    def pack(self, message: Message) -> bytes:
        self._codec.seq = (self._codec.seq + 1) % 256
        return bytes(message.pack(self._codec))

    def send(self, message: Message) -> None:
        self.send_bytes(self.pack(message))

    def send_bytes(self, datagram: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(datagram, self._to)

    def position(self, **changes: int) -> Message:
        """Where it stands, by its boot clock."""
        fields = {
            "time_boot_ms": int((time.monotonic() - self.booted_at) * 1000),
            "lat": HOME_E7[0],
            "lon": HOME_E7[1] + self.sysid * 10_000,
            "alt": 12_000,
            "relative_alt": 0,
            "vx": 0,
            "vy": 0,
            "vz": 0,
            "hdg": 9_000,
        }
        return mavlink.MAVLink_global_position_int_message(**(fields | changes))

    def heartbeat(self) -> Message:
        autopilot, mode = (3, 4) if self.is_ardupilot else (12, PX4_HOLD)
        return mavlink.MAVLink_heartbeat_message(2, autopilot, 1, mode, 4, 3)

    def _speak(self, now: float) -> None:
        if self.is_silent:
            return
        if now >= self._due.get(0, 0.0):
            self._due[0] = now + 1.0
            self.send(self.heartbeat())
            self.spoke_at = time.monotonic()
        knows = not self.is_ardupilot or any(number == 33 for number, _ in self.asked)
        if knows and now >= self._due.get(33, 0.0):
            for _ in range(max(1, round(self.position_hz * TICK_S))):
                self.send(self.position())
            self._due[33] = now + 1.0 / self.position_hz
            self.spoke_at = time.monotonic()


@contextlib.asynccontextmanager
async def peers(*wanted: Peer) -> AsyncIterator[None]:
    """Open their sockets and let them speak."""
    for peer in wanted:
        await peer.open()
    tasks = [asyncio.create_task(peer.run()) for peer in wanted]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for peer in wanted:
            peer.close()
