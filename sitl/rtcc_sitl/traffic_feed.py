"""The ADS-B decoder of a drill: it keeps aircraft.json written and serves SBS-1 on a loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from types import TracebackType

from rtcc_sitl.air_picture import Dialect, aircraft_json, sbs_lines
from rtcc_sitl.air_traffic import AirTraffic

HOST = "127.0.0.1"
WRITE_EVERY_S = 1.0
"""Wall seconds between two states of the file, as decoders write it."""

FASTEST_ROUND_S = 0.2
"""Wall seconds between two rounds of SBS lines, at least; else one comes every drill second."""

HEARTBEAT_S = 60.0
"""Wall seconds without traffic after which an empty line says that the feed is alive, as dump1090 does it."""

MOST_UNREAD_BYTES = 262_144
"""A client that lets more than this pile up is disconnected, as dump1090 does it."""


class TrafficFeed:
    """`async with` opens the port, writes the file for the first time and keeps both going.

    `aircraft_file` is where aircraft.json is written in `dialect`, None for nowhere. Raises OSError where
    that cannot be written at the start; later a failed write leaves an old file, as a dying disk would.
    """

    def __init__(
        self,
        traffic: AirTraffic,
        *,
        speed: float = 1.0,
        aircraft_file: Path | None = None,
        dialect: Dialect = "readsb",
    ) -> None:
        self._traffic = traffic
        self._round_s = max(FASTEST_ROUND_S, 1.0 / speed)
        self._aircraft_file = aircraft_file
        self._dialect: Dialect = dialect
        self._clients: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def sbs_port(self) -> int:
        """The TCP port that serves SBS-1; 0 while it is not open."""
        return 0 if self._server is None else int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> TrafficFeed:
        self._write()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self._clients), HOST, 0)
        self._tasks = [
            asyncio.create_task(self._keep_writing(), name="aircraft.json"),
            asyncio.create_task(self._keep_serving(), name="sbs"),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            for client in list(self._clients):
                client.abort()
            await self._server.wait_closed()
            self._server = None

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            with contextlib.suppress(OSError):
                self._write()

    def _write(self) -> None:
        if self._aircraft_file is None:
            return
        content = aircraft_json(self._traffic.heard(), self._traffic.now(), self._dialect)
        aside = self._aircraft_file.with_name(self._aircraft_file.name + ".new")
        aside.write_bytes(content)
        os.replace(aside, self._aircraft_file)

    async def _keep_serving(self) -> None:
        number, quiet_s = 0, 0.0
        while True:
            await asyncio.sleep(self._round_s)
            lines = b"".join(sbs_lines(self._traffic.heard(), self._traffic.now(), number))
            number, quiet_s = number + 1, 0.0 if lines else quiet_s + self._round_s
            if quiet_s >= HEARTBEAT_S:
                lines, quiet_s = b"\r\n", 0.0
            if lines:
                self._send(lines)

    def _send(self, lines: bytes) -> None:
        for client in list(self._clients):
            if client.get_write_buffer_size() > MOST_UNREAD_BYTES:
                client.abort()
            else:
                client.write(lines)


class _Client(asyncio.Protocol):
    """Somebody who listens; what he says is nobody's business."""

    def __init__(self, clients: set[asyncio.Transport]) -> None:
        self._clients = clients
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            self._clients.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._clients.discard(self._transport)
