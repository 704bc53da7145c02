"""The console server on a real Unix socket: who gets in, what they are told, and what a bad one cannot do."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support import House, call, came_up, running, until
from websockets.asyncio.client import ClientConnection, unix_connect

from rtcc_core.adapters.console_client import CoreLink, CoreUnreachable, connect
from rtcc_core.adapters.console_server import ConsoleServer
from rtcc_core.adapters.unix_socket import make_way
from rtcc_core.domain.commands import LaunchDrone, ReturnDrone, TakeCall
from rtcc_core.domain.events import CallReceived, ConsoleLeft, Stored
from rtcc_core.domain.evolve import evolve
from rtcc_core.wire.console import (
    PROTOCOL,
    Answer,
    AnswerStatus,
    Do,
    Facts,
    Frame,
    FromCore,
    Goodbye,
    Hello,
    Welcome,
    decode_from_core,
    encode,
)


class Served(House):
    """A house with its console socket open."""

    def __init__(self, socket_path: Path) -> None:
        super().__init__(drones=("D1", "D2"))
        self.socket_path = socket_path
        self.server = ConsoleServer(
            desk=self.desk, fanout=self.fanout, clock=self.clock, socket_path=socket_path
        )


@pytest.fixture
def socket_path(tmp_path: Path) -> Path:
    return tmp_path / "core.sock"


@pytest.fixture
async def house(socket_path: Path) -> AsyncIterator[Served]:
    house = Served(socket_path)
    async with running(house.desk):
        await house.open(uid=os.getuid())
        await house.server.start()
        yield house
        await house.server.stop("the test is over")


async def read_until(link: CoreLink, kind: type[FromCore]) -> list[FromCore]:
    """Messages up to and with the first of this kind."""
    got: list[FromCore] = []
    async with asyncio.timeout(10):
        async for message in link.messages():
            got.append(message)
            if isinstance(message, kind):
                return got
    raise AssertionError(f"the core left after {got}")


async def raw(house: Served, ping_interval: float | None = 20.0) -> ClientConnection:
    return await unix_connect(
        str(house.socket_path), uri="ws://core/console", compression=None, ping_interval=ping_interval
    )


async def goodbye(connection: ClientConnection) -> str:
    """The reason of the first Goodbye; the connection is closed after it."""
    async with asyncio.timeout(10):
        while True:
            message = decode_from_core(await connection.recv())
            if isinstance(message, Goodbye):
                break
        await connection.wait_closed()
    return message.reason


async def test_a_person_of_the_roster_is_welcomed_by_name_with_the_whole_state(house: Served) -> None:
    link = await connect(house.socket_path, client="test")
    assert link.welcome.you.account == "reyes"
    assert link.welcome.protocol == PROTOCOL
    assert link.welcome.state == house.desk.state
    assert link.welcome.console_id in house.desk.state.consoles
    await link.close()
    await until(lambda: not house.desk.state.consoles)


async def test_the_socket_is_for_its_group_only(house: Served) -> None:
    assert stat.S_IMODE(house.socket_path.stat().st_mode) == 0o660


async def test_a_command_is_answered_after_its_events(house: Served) -> None:
    link = await connect(house.socket_path, client="test")
    await link.do(LaunchDrone(command_id="c1", drone="D1", call_id="1041"))
    *facts, answer = await read_until(link, Answer)
    assert answer == Answer(command_id="c1", status=AnswerStatus.DONE, seq=house.desk.state.seq)
    kinds = [
        type(s.event).__name__ for message in facts if isinstance(message, Facts) for s in message.events
    ]
    assert (kinds[0], kinds[-1]) == ("FlightOpened", "OrderAsked")
    assert "ControlTaken" in kinds
    assert [order.operator for order in house.orders] == ["reyes"]
    await link.close()


async def test_a_pilot_whose_console_goes_away_is_missed_until_it_is_back(house: Served) -> None:
    link = await connect(house.socket_path, client="test")
    await link.do(LaunchDrone(command_id="c1", drone="D1", call_id="1041"))
    await read_until(link, Answer)
    await link.close()
    await until(lambda: "lease:D1" in house.desk.state.alarms)
    assert house.desk.state.control["D1"].lease_until is not None
    link = await connect(house.socket_path, client="test")
    await until(lambda: house.desk.state.control["D1"].lease_until is None)
    assert house.desk.state.alarms["lease:D1"].is_over
    await link.close()


@pytest.fixture
def quick_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtcc_core.adapters.console_server.PING_EVERY_S", 0.05)
    monkeypatch.setattr("rtcc_core.adapters.console_server.PONG_WITHIN_S", 0.4)


@pytest.mark.usefixtures("quick_pulse")
async def test_a_pilot_whose_console_is_frozen_is_missed(house: Served) -> None:
    frozen = await raw(house, ping_interval=None)
    await frozen.send(encode(Hello(client="frozen")), text=True)
    launch = LaunchDrone(command_id="c1", drone="D1", call_id="1041")
    await frozen.send(encode(Do(command=launch)), text=True)
    await until(lambda: house.desk.state.controller("D1") == "reyes")
    frozen.transport.pause_reading()  # as the kernel sees a process that was stopped
    await until(lambda: not house.desk.state.consoles)
    assert house.desk.state.control["D1"].lease_until is not None
    assert "lease:D1" in house.desk.state.alarms
    frozen.transport.abort()


@pytest.mark.usefixtures("quick_pulse")
async def test_a_frozen_console_is_left_although_it_takes_no_goodbye(house: Served) -> None:
    frozen = _stalled(house.socket_path)
    await until(lambda: len(house.desk.state.consoles) == 1)
    for number in range(200):
        await house.desk.store([call(f"8{number}", note="x" * 4_000)], source="feed:COUNTY")
    await until(lambda: not house.desk.state.consoles)
    left = [each.event for each in house.journal.stored if isinstance(each.event, ConsoleLeft)]
    assert ["has answered nothing" in each.reason for each in left] == [True]
    frozen.close()


@pytest.mark.usefixtures("quick_pulse")
async def test_a_console_that_answers_stays_however_long_the_desk_takes(house: Served) -> None:
    link = await connect(house.socket_path, client="awake")
    house.journal.gate.clear()
    for number in range(40):  # more than is read ahead of an answer
        await link.do(TakeCall(command_id=f"t{number}", call_id="1041"))
    await asyncio.sleep(0.8)  # time enough for a ping and its answer, which is not read
    house.journal.gate.set()
    for _ in range(40):
        await read_until(link, Answer)
    assert link.welcome.console_id in house.desk.state.consoles
    await link.close()


async def test_facts_follow_the_snapshot_without_gap_or_repeat(house: Served) -> None:
    async def busy() -> None:
        for number in range(200):
            await house.desk.store([call(f"7{number}")], source="feed:COUNTY")

    working = asyncio.create_task(busy())
    links = [await connect(house.socket_path, client=f"test {number}") for number in range(5)]
    await working
    for link in links:
        state = link.welcome.state
        async with asyncio.timeout(10):
            async for message in link.messages():
                for stored in message.events if isinstance(message, Facts) else ():
                    assert stored.seq == state.seq + 1
                    assert not isinstance(stored.event, CallReceived) or stored.event.original == ""
                    state = evolve(state, stored)
                if state.seq == house.desk.state.seq:
                    break
        assert state == house.desk.state
    for link in links:
        await link.close()


async def test_frames_are_the_newest_only_and_at_most_ten_a_second(house: Served) -> None:
    link = await connect(house.socket_path, client="test")
    sky = tuple(house.link.sky().values())
    for _ in range(500):
        house.clock.move(0.01)
        house.fanout.show(Frame(at=house.clock.now(), sky=sky))
    await link.do(TakeCall(command_id="t", call_id="1041"))
    got = await read_until(link, Answer)
    assert sum(isinstance(message, Frame) for message in got) <= 1
    await link.close()


async def test_a_stranger_is_told_whom_to_ask(socket_path: Path) -> None:
    house = Served(socket_path)
    async with running(house.desk):
        await house.desk.open(came_up(uid=os.getuid() + 7))
        await house.server.start()
        once = rf": uid {os.getuid()} is not in agency.toml \[\[person\]\]; [a-z ]+$"
        with pytest.raises(CoreUnreachable, match=once):
            await connect(socket_path, client="test")
        assert house.desk.state.consoles == {}
        await house.server.stop("over")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("not json", "not the console protocol"),
        (encode(Hello(protocol=PROTOCOL + 1)).decode(), "version"),
        (encode(Do(command=TakeCall(command_id="t", call_id="1041"))).decode(), "Hello"),
        (b"\xff\xfe", "not the console protocol"),
    ],
)
async def test_a_bad_greeting_is_told_what_is_wrong(house: Served, frame: str | bytes, words: str) -> None:
    async with await raw(house) as connection:
        await connection.send(frame)
        assert words in await goodbye(connection)
    assert house.desk.state.consoles == {}


async def test_silence_is_not_waited_for(house: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtcc_core.adapters.console_server.HELLO_WITHIN_S", 0.05)
    async with await raw(house) as connection:
        assert "no Hello" in await goodbye(connection)


@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        '{"type": "Do", "command": {"type": "LaunchDrone", "command_id": "c", "drone": 7, "call_id": "1"}}',
        '{"type": "Do", "command": {"type": "FormatDisk", "command_id": "c"}}',
        '{"type": "Hello", "protocol": 1, "client": "again"}',
        "[" * 100_000,
        b"\x00\xff",
    ],
)
async def test_nonsense_ends_that_console_and_no_other(house: Served, frame: str | bytes) -> None:
    other = await connect(house.socket_path, client="test")
    async with await raw(house) as connection:
        await connection.send(encode(Hello(client="bad")), text=True)
        assert isinstance(decode_from_core(await connection.recv()), Welcome)
        await connection.send(frame)
        assert await goodbye(connection)
    await other.do(TakeCall(command_id="t", call_id="1041"))
    answer = (await read_until(other, Answer))[-1]
    assert isinstance(answer, Answer)
    assert answer.status is AnswerStatus.DONE
    assert house.orders == []
    await other.close()


async def test_a_stalled_console_holds_up_nobody(house: Served) -> None:
    stalled = _stalled(house.socket_path)
    await until(lambda: len(house.desk.state.consoles) == 1)
    brisk = await connect(house.socket_path, client="test")
    note = "x" * 2_000
    for number in range(600):
        await house.desk.store([call(f"8{number}", note=note)], source="feed:COUNTY")
    await brisk.do(ReturnDrone(command_id="r", drone="D1"))
    answer = (await read_until(brisk, Answer))[-1]
    assert isinstance(answer, Answer)
    assert answer.status is AnswerStatus.DONE
    await brisk.close()
    stalled.close()


async def test_a_console_too_far_behind_gets_a_new_snapshot(
    house: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rtcc_core.fanout.Fanout.subscribe.__defaults__", (50,))
    connection = await unix_connect(
        str(house.socket_path), uri="ws://core/console", compression=None, max_queue=1, max_size=None
    )
    await connection.send(encode(Hello(client="slow")), text=True)
    await until(lambda: bool(house.desk.state.consoles))
    note = "x" * 8_000
    for number in range(400):
        await house.desk.store([call(f"9{number}", note=note)], source="feed:COUNTY")
    welcomes: list[int] = []
    seq = 0
    async with asyncio.timeout(20):
        while seq < house.desk.state.seq:
            message = decode_from_core(await connection.recv())
            if isinstance(message, Welcome):
                seq = message.state.seq
                welcomes.append(seq)
            elif isinstance(message, Facts):
                assert [stored.seq for stored in message.events] == _next(seq, message.events)
                seq = message.events[-1].seq
    assert len(welcomes) >= 2
    await connection.close()


async def test_going_down_is_said_and_leaves_no_socket(house: Served) -> None:
    link = await connect(house.socket_path, client="test")
    await house.server.stop("the core goes down: SIGTERM")
    (said,) = await read_until(link, Goodbye)
    assert isinstance(said, Goodbye)
    assert (said.reason, said.is_final) == ("the core goes down: SIGTERM", False)
    assert not house.socket_path.exists()
    await link.close()


async def test_the_socket_of_a_dead_core_is_replaced(socket_path: Path) -> None:
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(socket_path))
    dead.close()
    house = Served(socket_path)
    async with running(house.desk):
        await house.open(uid=os.getuid())
        await house.server.start()
        link = await connect(socket_path, client="test")
        assert link.welcome.you.account == "reyes"
        await link.close()
        await house.server.stop("over")


async def test_a_living_core_is_not_pushed_aside(house: Served) -> None:
    second = Served(house.socket_path)
    with pytest.raises(OSError, match="already running"):
        await second.server.start()
    await (await connect(house.socket_path, client="test")).close()


def test_a_file_in_the_way_is_left_alone(socket_path: Path) -> None:
    socket_path.write_text("precious")
    with pytest.raises(OSError, match="not a socket"):
        make_way(socket_path)
    assert socket_path.read_text() == "precious"


async def test_a_path_that_is_too_long_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="shorter"):
        await Served(tmp_path / ("x" * 120)).server.start()


async def test_without_a_journal_consoles_still_get_in_and_recall(house: Served) -> None:
    house.journal.trouble = "the disk is full"
    link = await connect(house.socket_path, client="test")
    await link.do(ReturnDrone(command_id="r", drone="D1"))
    answer = (await read_until(link, Answer))[-1]
    assert isinstance(answer, Answer)
    assert answer.status is AnswerStatus.UNRECORDED
    house.fanout.show(Frame(at=house.clock.now(), sky=(), health=house.desk.health))
    frame = (await read_until(link, Frame))[-1]
    assert isinstance(frame, Frame)
    assert "the disk is full" in frame.health.journal_error
    await link.close()


def _stalled(path: Path) -> socket.socket:
    """A console that says Hello and then never reads again."""
    stalled = socket.socket(socket.AF_UNIX)
    stalled.connect(str(path))
    stalled.sendall(
        b"GET /console HTTP/1.1\r\nHost: core\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    hello = encode(Hello(client="stalled"))
    stalled.sendall(bytes((0x81, 0x80 | len(hello), 0, 0, 0, 0)) + hello)
    return stalled


def _next(seq: int, events: tuple[Stored, ...]) -> list[int]:
    return list(range(seq + 1, seq + 1 + len(events)))
