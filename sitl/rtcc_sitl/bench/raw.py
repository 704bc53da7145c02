"""The bare minimum each path stands on: the same bytes over a websocket, or a UDP socket, in one process."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from pymavlink.dialects.v20 import common as mavlink
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

ANSWER_WITHIN_S = 5.0


class RawWebsocket:
    """A websocket server and client that do nothing."""

    def __init__(self, sender: ServerConnection, arrived: asyncio.Queue[float]) -> None:
        self._sender = sender
        self._arrived = arrived

    async def time_ms(self, text: str) -> float:
        """Milliseconds from sending a text frame to having it."""
        began_s = time.monotonic()
        await self._sender.send(text)
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return 1e3 * (await self._arrived.get() - began_s)


@contextlib.asynccontextmanager
async def open_websocket() -> AsyncIterator[RawWebsocket]:
    """A connected pair on 127.0.0.1."""
    arrived: asyncio.Queue[float] = asyncio.Queue()
    accepted: asyncio.Future[ServerConnection] = asyncio.get_running_loop().create_future()

    async def hold(connection: ServerConnection) -> None:
        accepted.set_result(connection)
        await connection.wait_closed()

    async def receive(url: str) -> None:
        async with connect(url, compression=None) as client:
            async for _ in client:
                arrived.put_nowait(time.monotonic())

    async with serve(hold, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        task = asyncio.create_task(receive(f"ws://127.0.0.1:{port}"), name="raw-websocket")
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                connection = await accepted
            yield RawWebsocket(connection, arrived)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class RawUdp(asyncio.DatagramProtocol):
    """A UDP socket that notes when a datagram came."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[float] = asyncio.Queue()
        self._sender: asyncio.DatagramTransport | None = None
        self._frame = _arm_command()

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self.arrived.put_nowait(time.monotonic())

    def send_through(self, sender: asyncio.DatagramTransport) -> None:
        self._sender = sender

    async def time_ms(self) -> float:
        """Milliseconds from sending a COMMAND_LONG to having its bytes."""
        if self._sender is None:
            raise RuntimeError("no sender: use open_udp()")
        began_s = time.monotonic()
        self._sender.sendto(self._frame)
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return 1e3 * (await self.arrived.get() - began_s)


@contextlib.asynccontextmanager
async def open_udp() -> AsyncIterator[RawUdp]:
    """A sender and a receiver on 127.0.0.1."""
    loop = asyncio.get_running_loop()
    receiver, raw = await loop.create_datagram_endpoint(RawUdp, local_addr=("127.0.0.1", 0))
    sender, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=receiver.get_extra_info("sockname")
    )
    raw.send_through(sender)
    try:
        yield raw
    finally:
        sender.close()
        receiver.close()


def _arm_command() -> bytes:
    codec = mavlink.MAVLink(None, srcSystem=245, srcComponent=190)
    arm = mavlink.MAVLink_command_long_message(
        1, 1, mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    )
    return bytes(arm.pack(codec))
