"""`rtcc cad status` asks a core over its socket and says how every source stands."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support import House, call, running

from rtcc_core.adapters.console_server import ConsoleServer
from rtcc_core.cli import main
from rtcc_core.domain.evolve.hearing import KINDS_KEPT, warning_kind
from rtcc_core.domain.facts import CallReported, FeedConnected, FeedLost, MessageUnusable
from rtcc_core.watch import Watch


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    async with running(house.desk):
        await house.open(uid=os.getuid())
        await house.desk.store([FeedConnected(feed="COUNTY", detail="subscribed")], source="feed:COUNTY")
        yield house


@pytest.fixture
async def socket(house: House, tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "core.sock"
    server = ConsoleServer(desk=house.desk, fanout=house.fanout, clock=house.clock, socket_path=path)
    watch = Watch(
        desk=house.desk, link=house.link, journal=house.journal, clock=house.clock, fanout=house.fanout
    )
    await server.start()
    task = asyncio.create_task(watch.run())
    yield path
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await server.stop("the test is over")


def odd(number: str, *warnings: str) -> CallReported:
    fact = call(number)
    return replace(fact, report=replace(fact.report, warnings=warnings))


async def status(socket: Path, *more: str) -> int:
    return await asyncio.to_thread(main, ["cad", "status", "--socket", str(socket), *more])


async def test_a_feed_that_is_up(house: House, socket: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = [
        odd("1", "the priority 42 is not one of 0 … 10", "the priority is written as text"),
        odd("2", "the priority 77 is not one of 0 … 10"),
        MessageUnusable(feed="COUNTY", reason="no $id", original="{}"),
    ]
    await house.desk.store(facts, source="feed:COUNTY")
    house.clock.move(90.0)
    assert await status(socket) == 0
    said = capsys.readouterr().out
    assert "up   COUNTY (feed) since 2026-03-01 12:00:00, last news 90 s ago, 2 tolerated, 1 in" in said
    assert "2 x the priority … is not one of …" in said
    assert "1 x the priority is written as text" in said
    assert "up   mast (weather), last news 90 s ago" in said


async def test_a_feed_that_is_down_is_the_exit_code(
    house: House, socket: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await house.desk.store([FeedLost(feed="COUNTY", reason="nothing listens")], source="feed:COUNTY")
    assert await status(socket, "--json") == 1
    county = next(json.loads(line) for line in capsys.readouterr().out.splitlines() if '"COUNTY"' in line)
    assert (county["is_up"], county["detail"], county["kind"]) == (False, "nothing listens", "feed")


async def test_without_a_core_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await status(tmp_path / "none.sock") == 2
    assert "no core is running" in capsys.readouterr().err


async def test_kinds_of_warnings_are_bounded(house: House) -> None:
    names = [f"the member {'x' * number} is odd" for number in range(1, 3 * KINDS_KEPT)]
    await house.desk.store([odd(f"N{n}", name) for n, name in enumerate(names)], source="feed:COUNTY")
    feed = house.desk.state.feeds["COUNTY"]
    assert len(feed.tolerated_kinds) == KINDS_KEPT + 1
    assert sum(feed.tolerated_kinds.values()) == feed.tolerated == len(names)


def test_what_is_of_one_message_alone_is_no_kind() -> None:
    assert warning_kind("locationReference refers to urn:x:7, which is not in the message") == (
        "locationReference refers to …, which is not in the message"
    )
    assert warning_kind("the incident's $id is a number") == "the incident's $id is a number"
