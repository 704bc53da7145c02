"""A console asks where a typed place is: over the real socket, from the core's gazetteer, storing nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support import House, running

from rtcc_core.adapters.console_client import CoreLink, CoreUnreachable, connect
from rtcc_core.adapters.console_queries import ConsoleQueries
from rtcc_core.adapters.console_server import ConsoleServer
from rtcc_core.domain.commands import TakeCall
from rtcc_core.domain.gazetteer import Gazetteer
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.streets import Quality, Segment
from rtcc_core.wire.console import Answer, Locate, Located

TOWN = Gazetteer(
    [
        Segment(name="Laguna Blvd", line=(LatLon(45.52, -122.68), LatLon(45.52, -122.66))),
        Segment(name="Bruceville Rd", line=(LatLon(45.51, -122.67), LatLon(45.53, -122.67))),
        Segment(name="Bruceville Ct", line=(LatLon(45.51, -122.665), LatLon(45.53, -122.665))),
    ]
)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House(drones=("D1",))
    async with running(house.desk):
        await house.open(uid=os.getuid())
        yield house


async def opened(house: House, path: Path, town: Gazetteer) -> tuple[ConsoleServer, CoreLink]:
    server = ConsoleServer(
        desk=house.desk,
        fanout=house.fanout,
        clock=house.clock,
        socket_path=path,
        queries=ConsoleQueries(locate=town.locate),
    )
    await server.start()
    return server, await connect(path, client="test")


async def answers(link: CoreLink, count: int) -> list[Located | Answer]:
    got: list[Located | Answer] = []
    async with asyncio.timeout(10):
        async for message in link.messages():
            if isinstance(message, Located | Answer):
                got.append(message)
                if len(got) == count:
                    return got
    raise AssertionError(f"the core left after {got}")


async def test_a_crossing_comes_back_with_its_query_and_nothing_is_stored(
    house: House, tmp_path: Path
) -> None:
    server, link = await opened(house, tmp_path / "core.sock", TOWN)
    seq = house.desk.state.seq
    await link.query(Locate(query_id="q1", text="laguna/bruceville rd"))
    [located] = await answers(link, 1)
    assert isinstance(located, Located)
    [match] = located.matches
    assert (located.query_id, located.trouble, located.more) == ("q1", "", 0)
    assert (match.label, match.quality) == ("Laguna Blvd / Bruceville Rd", Quality.CROSSING)
    assert distance_m(match.position, LatLon(45.52, -122.67)) < 1
    assert house.desk.state.seq == seq
    await link.close()
    await server.stop("the test is over")


async def test_what_is_ambiguous_comes_back_whole(house: House, tmp_path: Path) -> None:
    server, link = await opened(house, tmp_path / "core.sock", TOWN)
    await link.query(Locate(query_id="q1", text="laguna/bruceville"))
    [located] = await answers(link, 1)
    assert isinstance(located, Located)
    assert sorted(match.label for match in located.matches) == [
        "Laguna Blvd / Bruceville Ct",
        "Laguna Blvd / Bruceville Rd",
    ]
    await link.close()
    await server.stop("the test is over")


async def test_many_questions_are_answered_in_order_beside_commands(house: House, tmp_path: Path) -> None:
    server, link = await opened(house, tmp_path / "core.sock", TOWN)
    for number in range(200):
        await link.query(Locate(query_id=f"q{number}", text="laguna/bruceville"))
    await link.do(TakeCall(command_id="c1", call_id="1041"))
    *located, answer = await answers(link, 201)
    assert [each.query_id for each in located if isinstance(each, Located)] == [f"q{n}" for n in range(200)]
    assert isinstance(answer, Answer)
    await link.close()
    await server.stop("the test is over")


@pytest.mark.parametrize("text", ["", "\x1b[31m/\u202e", "x" * 100_000, "nowhere / at all"])
async def test_whatever_is_typed_gets_words(house: House, tmp_path: Path, text: str) -> None:
    server, link = await opened(house, tmp_path / "core.sock", TOWN)
    await link.query(Locate(query_id="q1", text=text))
    [located] = await answers(link, 1)
    assert isinstance(located, Located)
    assert located.matches == ()
    assert 0 < len(located.trouble) < 200
    assert located.trouble.isprintable()
    await link.close()
    await server.stop("the test is over")


async def test_a_core_without_street_files_says_so(house: House, tmp_path: Path) -> None:
    server, link = await opened(house, tmp_path / "core.sock", Gazetteer())
    await link.query(Locate(query_id="q1", text="laguna/bruceville"))
    [located] = await answers(link, 1)
    assert isinstance(located, Located)
    assert "no street file is loaded" in located.trouble
    await server.stop("the test is over")
    await link.close()
    with pytest.raises(CoreUnreachable, match="cannot be asked"):
        await link.query(Locate(query_id="q2", text="laguna/bruceville"))
