"""The field is told: a real socket, a server that listens, hangs up, or does not read."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.certificates import Authority
from tests.support import NOON, House, running, until

from rtcc_core.adapters import tak
from rtcc_core.adapters.tak import TakFeed
from rtcc_core.domain.drone import GimbalSeen
from rtcc_core.settings_tak import TakServer
from rtcc_core.wire.cot import Event, Received, Stream


class Server:
    """A TAK server's ear."""

    def __init__(self) -> None:
        self.heard: list[Received] = []
        self.connections = 0
        self.writers: list[asyncio.StreamWriter] = []
        self.reads = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        stream = Stream()
        while self.reads and (data := await reader.read(65_536)):
            self.heard += list(stream.feed(data))
        if not self.reads:
            await asyncio.Event().wait()

    def types_of(self, part: str) -> list[str]:
        return [each.type for each in self.heard if part in each.uid]


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Server, TakServer]]:
    monkeypatch.setattr(tak, "EVERY_S", 0.02)
    monkeypatch.setattr(tak, "BACK_OFF_S", (0.02, 0.1))
    ear = Server()
    listening = await asyncio.start_server(ear.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    yield ear, TakServer(url=f"tcp://127.0.0.1:{port}")
    listening.close()
    for writer in ear.writers:
        writer.transport.abort()


@contextlib.asynccontextmanager
async def telling(house: House, where: TakServer) -> AsyncIterator[TakFeed]:
    feed = TakFeed(where, lambda: (house.desk.state, house.link.sky()), jitter=random.Random(1))
    task = asyncio.create_task(feed.run())
    try:
        yield feed
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_aircraft_cameras_and_calls_are_told_and_taken_back(server: tuple[Server, TakServer]) -> None:
    ear, where = server
    house = House()
    async with running(house.desk):
        await house.open()
        house.flying("D1")
        house.link.telemetry["D1"] = replace(
            house.link.telemetry["D1"], gimbal=GimbalSeen(pitch_deg=-50.0, yaw_deg=90.0, age_s=0.1)
        )
        async with telling(house, where):
            await until(lambda: len(ear.types_of("-D1")) > 3)
            assert set(ear.types_of("-D1")) == {"a-f-A-M-H-Q", "b-m-p-s-p-i"}
            assert ear.types_of("CALL-1041") == ["b-m-p-s-m"], "once, for it has not changed"
            house.link.telemetry["D1"] = replace(
                house.link.telemetry["D1"], position_age_s=99.0
            )  # nobody is shown where it was
            await until(lambda: "t-x-d-d" in ear.types_of("-D1"))
            assert any(each.type == "t-x-c-t" for each in ear.heard)


async def test_a_server_that_hangs_up_is_told_everything_again(server: tuple[Server, TakServer]) -> None:
    ear, where = server
    house = House()
    async with running(house.desk):
        await house.open()
        async with telling(house, where):
            await until(lambda: ear.types_of("CALL-1041") == ["b-m-p-s-m"])
            ear.writers[-1].transport.abort()
            await until(lambda: ear.connections > 1 and len(ear.types_of("CALL-1041")) > 1)


async def test_over_tls_both_sides_show_who_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Real certificates: ours is asked for, theirs is checked, and nothing is said to a stranger."""
    monkeypatch.setattr(tak, "EVERY_S", 0.02)
    monkeypatch.setattr(tak, "BACK_OFF_S", (0.02, 0.1))
    caplog.set_level(logging.WARNING, logger=tak.__name__)
    field, others = Authority(tmp_path, "field"), Authority(tmp_path, "others")
    ours, strange = field.leaf("rtcc.example"), others.leaf("stranger.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*field.leaf("tak.example"))
    context.load_verify_locations(field.file)
    context.verify_mode = ssl.CERT_REQUIRED
    ear, house = Server(), House()
    listening = await asyncio.start_server(ear.serve, "127.0.0.1", 0, ssl=context)
    where = TakServer(url=f"tls://127.0.0.1:{listening.sockets[0].getsockname()[1]}", ca_file=field.file)
    good = replace(where, certificate_file=ours[0], key_file=ours[1])
    refused = (
        where,
        replace(where, certificate_file=strange[0], key_file=strange[1]),
        replace(good, ca_file=others.file),
        replace(good, url=where.url.replace("127.0.0.1", "localhost")),
    )
    async with running(house.desk):
        await house.open()
        for bad in refused:
            caplog.clear()
            async with telling(house, bad):
                await until(lambda: bool(caplog.records))
        assert ear.heard == []
        async with telling(house, good):
            await until(lambda: ear.types_of("CALL-1041") == ["b-m-p-s-m"])
    listening.close()
    for writer in ear.writers:
        writer.transport.abort()


async def test_a_server_that_does_not_read_is_left(
    server: tuple[Server, TakServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    ear, where = server
    monkeypatch.setattr(tak, "WRITE_WITHIN_S", 0.05)
    monkeypatch.setattr(Event, "encode", lambda self: b"x" * 20_000_000)
    ear.reads = False
    house = House()
    async with running(house.desk):
        await house.open()
        async with telling(house, where):
            await until(lambda: ear.connections > 1)


async def test_no_more_than_the_limit_at_once_and_aircraft_first() -> None:
    house = House()
    async with running(house.desk):
        await house.open()
        call = house.desk.state.calls["1041"]
        many = {f"C{number}": replace(call, call_id=f"C{number}") for number in range(500)}
        house.flying("D1")
        state = replace(house.desk.state, calls=many)
        feed = TakFeed(TakServer(url="tcp://127.0.0.1:1"), lambda: (state, house.link.sky()))
        first = feed.due(state, house.link.sky(), NOON, 0.0)
        assert first[0].uid.endswith("-D1")
        told = [event.uid for event in first]
        for look in range(1, 5):
            told += [event.uid for event in feed.due(state, house.link.sky(), datetime.now(UTC), look)]
        assert len(first) <= tak.EVENTS_MAX + 1
        assert len({uid for uid in told if "CALL" in uid}) == 500
        assert sum("CALL" in uid for uid in told) == 500, "each once"
