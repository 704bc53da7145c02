"""The bare minimum: pymavlink parsing every frame of an asyncio datagram socket, newest message kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from pymavlink.dialects.v20 import common as mavlink


class PymavlinkSide(asyncio.DatagramProtocol):
    """Parses all, understands nothing, holds nobody."""

    def __init__(self) -> None:
        self.on_news: Callable[[float], None] = lambda _: None
        self._codec = mavlink.MAVLink(None)
        self._codec.robust_parsing = True
        self._newest: dict[tuple[int, int], Any] = {}
        self._sysids = range(0)
        self._transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        for message in self._codec.parse_buffer(data) or []:
            number = message.get_msgId()
            self._newest[message.get_srcSystem(), number] = message
            if number == mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT:
                self.on_news(message.hdg / 100.0)

    async def open(self, url: str, sysids: range) -> None:
        self._sysids = sysids
        where = ("127.0.0.1", urlsplit(url).port or 0)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=where)

    def headings(self) -> Iterable[float | None]:
        wanted = mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT
        found = (self._newest.get((sysid, wanted)) for sysid in self._sysids)
        return [None if message is None else message.hdg / 100.0 for message in found]

    def look(self) -> None:
        """It is told."""

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
