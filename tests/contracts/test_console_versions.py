"""A core of another version: the console says which, and what to do; it guesses at nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support import House, running
from websockets.asyncio.client import unix_connect
from websockets.asyncio.server import ServerConnection, unix_serve

from rtcc_core import __version__
from rtcc_core.adapters.console_client import CoreUnreachable, OtherVersion, connect
from rtcc_core.adapters.console_server import ConsoleServer
from rtcc_core.wire.console import PROTOCOL, Goodbye, Hello, decode_from_core, encode


@asynccontextmanager
async def core_that_says(path: Path, *frames: str) -> AsyncIterator[Path]:
    async def serve(socket: ServerConnection) -> None:
        await socket.recv()
        for frame in frames:
            await socket.send(frame)
        await socket.wait_closed()

    async with unix_serve(serve, str(path)) as server:
        try:
            yield path
        finally:
            server.close(close_connections=True)


@pytest.mark.parametrize(
    ("frame", "core"),
    [
        (
            encode(Goodbye(reason="other", protocol=PROTOCOL + 1, core_version="9.1")).decode(),
            "9.1 (protocol 2)",
        ),
        (
            '{"type":"Greetings","protocol":9,"core_version":"9.1","state":{"unheard":"of"}}',
            "9.1 (protocol 9)",
        ),
        ('{"type":"Welcome","protocol":0,"core_version":"0.1"}', "0.1 (protocol 0)"),
    ],
    ids=["refused", "not-understood", "older"],
)
async def test_which_versions_and_what_to_do(tmp_path: Path, frame: str, core: str) -> None:
    async with core_that_says(tmp_path / "s", frame) as path:
        with pytest.raises(OtherVersion) as told:
            await connect(path, client="test")
    words = str(told.value)
    assert f"The core is rtcc {core}, " in words
    assert f"this console is rtcc {__version__} (protocol {PROTOCOL})" in words
    assert "install the same rtcc on both" in words


async def test_nonsense_is_no_version(tmp_path: Path) -> None:
    async with core_that_says(tmp_path / "s", "good morning") as path:
        with pytest.raises(CoreUnreachable) as told:
            await connect(path, client="test")
    assert not isinstance(told.value, OtherVersion)


async def test_the_core_tells_a_console_of_another_version_which_it_is(tmp_path: Path) -> None:
    house, path = House(), tmp_path / "core.sock"
    server = ConsoleServer(desk=house.desk, fanout=house.fanout, clock=house.clock, socket_path=path)
    async with running(house.desk):
        await house.open(uid=os.getuid())
        await server.start()
        async with asyncio.timeout(30), unix_connect(str(path), uri="ws://core/console") as socket:
            await socket.send(encode(Hello(protocol=PROTOCOL + 1)), text=True)
            told = decode_from_core(await socket.recv())
        await server.stop("the test is over")
    assert isinstance(told, Goodbye)
    assert (told.protocol, told.core_version) == (PROTOCOL, __version__)
    assert "install the same rtcc on both" in told.reason
