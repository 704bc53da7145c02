"""Two people, two consoles, one core, the same second: one thing happens, and both know whose it was."""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from tests.support import CALM, House, call, came_up, running, until

from rtcc_core.adapters.console_server import ConsoleServer
from rtcc_core.domain.facts import FeedConnected, FeedLost
from rtcc_core.domain.people import Person, Role
from rtcc_core.wire.console import Frame, FromCore
from rtcc_tui.connection import Connection
from rtcc_tui.keys import Keys
from rtcc_tui.looking import View
from rtcc_tui.screenful import draw
from rtcc_tui.session import Session

REYES = Person(account="reyes", name="A. REYES", role=Role.DISPATCHER, uid=0)
DIAZ = Person(account="diaz", name="M. DIAZ", role=Role.DISPATCHER, uid=4_711)
NAMES = {person.account: person.name for person in (REYES, DIAZ)}

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can be two people on one socket")


class Console:
    """A session on the real core; its time moves when the test moves it."""

    now = 100.0

    def __init__(self, socket: Path) -> None:
        ids = itertools.count()
        self._connection = Connection(socket, client="test")
        self.session = Session(
            send=self._connection.send,
            query=self._connection.query,
            new_id=lambda: f"{id(self)}-{next(ids)}",
        )
        self._keys = Keys(self.session)
        self.task = asyncio.create_task(self._connection.run(self))

    def received(self, message: FromCore) -> None:
        self.session.received(message, self.now)

    def lost(self, reason: str) -> None:
        self.session.lost(reason, self.now)

    def press(self, key: str) -> None:
        """A key, a moment after the one before, of a person who sees the screen."""
        self._paint()
        self.now += 0.3
        self._keys.press(key, key if len(key) == 1 else None, self.now)
        self._paint()

    def _paint(self) -> None:
        session = self.session
        alarms = session.alarms.to_paint(session.model, self.now)
        session.painted(self.now, proposal=session.proposal, alarms=alarms)

    @property
    def screen(self) -> str:
        return "\n".join(draw(self.session, self.now, 160, 48))

    @property
    def is_ready(self) -> bool:
        model = self.session.model
        return model.is_connected and bool(model.sky) and "1041" in model.state.calls

    @property
    def is_answered(self) -> bool:
        return not self.session.model.pending


class Room:
    """A core with two aircraft and a call, and both consoles on it."""

    def __init__(self, house: House, reyes: Console, diaz: Console) -> None:
        self.house, self.reyes, self.diaz = house, reyes, diaz

    def both_press(self, *keys: str) -> None:
        """Nobody has heard of the other's keys before the last one."""
        for key in keys:
            for console in (self.reyes, self.diaz):
                console.press(key)

    async def settled(self) -> None:
        """Both were answered and have heard everything."""
        await until(
            lambda: all(
                console.is_answered and console.session.model.state.seq == self.house.desk.state.seq
                for console in (self.reyes, self.diaz)
            )
        )


async def seated(socket: Path, uid: int) -> Console:
    """A console of the person with this uid, as the socket itself tells the core."""
    os.seteuid(uid)
    try:
        console = Console(socket)
        await until(lambda: console.session.model.is_connected)
    finally:
        os.seteuid(0)
    return console


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where another person may go too, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
async def room(folder: Path) -> AsyncIterator[Room]:
    house, socket = House(drones=("D1", "D2")), folder / "core.sock"
    server = ConsoleServer(desk=house.desk, fanout=house.fanout, clock=house.clock, socket_path=socket)
    async with running(house.desk):
        came = msgspec.structs.replace(came_up(drones=("D1", "D2")), people=(REYES, DIAZ))
        await house.desk.open(came)
        await house.desk.store([CALM], source="feed:weather")
        await house.desk.store([call()], source="feed:COUNTY")
        await server.start()
        consoles = [await seated(socket, person.uid) for person in (REYES, DIAZ)]
        house.fanout.show(Frame(at=house.clock.now(), sky=tuple(house.link.sky().values())))
        await until(lambda: all(console.is_ready for console in consoles))
        yield Room(house, *consoles)
        for console in consoles:
            console.task.cancel()
        await server.stop("the test is over")


async def test_both_launch_on_one_call_and_one_flies(room: Room) -> None:
    room.both_press("l", "enter")
    await room.settled()
    state = room.house.desk.state
    (flight,) = state.flights.values()
    assert [order.operator for order in room.house.orders] == [flight.operator]
    won, lost = (room.reyes, room.diaz) if flight.operator == "reyes" else (room.diaz, room.reyes)
    assert "ASKED: launch D1 → 1041" in won.screen
    assert f"REFUSED: launch D1 → 1041: 0:00 ago {NAMES[flight.operator]} sent D1 to 1041" in lost.screen
    assert list(state.control) == ["D1"]
    for console in (won, lost):
        assert "D1 ON THIS CALL" in console.screen


async def test_both_take_one_call_and_one_has_it(room: Room) -> None:
    room.both_press("t")
    await room.settled()
    taken_by = room.house.desk.state.calls["1041"].taken_by
    assert taken_by is not None
    won, lost = (room.reyes, room.diaz) if taken_by == "reyes" else (room.diaz, room.reyes)
    assert "done: take 1041" in won.screen
    assert f"REFUSED: take 1041: {NAMES[taken_by]} has call 1041" in lost.screen
    for console in (won, lost):
        assert f"taken by {NAMES[taken_by]}" in console.screen


async def test_both_acknowledge_one_alarm_and_it_is_acknowledged_once(room: Room) -> None:
    await room.house.desk.store([FeedConnected(feed="COUNTY")], source="feed:COUNTY")
    await room.house.desk.store([FeedLost(feed="COUNTY", reason="closed")], source="feed:COUNTY")
    await room.settled()
    room.both_press("a")
    await room.settled()
    (alarm,) = room.house.desk.state.alarms.values()
    assert room.house.journal.kinds().count("AlarmAcknowledged") == 1
    assert alarm.acknowledged_by is not None
    for console in (room.reyes, room.diaz):
        assert "done: acknowledge CAD COUNTY is down" in console.screen
        console.session.view = View.ALARMS
        assert NAMES[alarm.acknowledged_by] in console.screen.partition("ALARMS")[2]
