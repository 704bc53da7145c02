"""Two of our own houses, each with its CAD, that subscribe to each other over mutual TLS on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace
from tests.certificates import Authority
from tests.support import CALM, HOME, NOON, House, came_up, running, until

from rtcc_core.adapters.cad_eido import EidoFeed, EidoFeedSettings
from rtcc_core.adapters.eido_notifier import EidoNotifier
from rtcc_core.domain.call import HOUSE_FEED, Call, CallReport, CallStatus, Place, PlaceKind
from rtcc_core.domain.commands import LaunchDrone, OpenCall
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.facts import OrderSettled
from rtcc_core.domain.flight import Outcome
from rtcc_core.domain.geo import offset
from rtcc_core.domain.state import State
from rtcc_core.settings_notifier import NotifierSettings
from rtcc_core.watch import Watch
from rtcc_core.wire.conveyance import NotifierRules
from rtcc_sitl.cad_server import SimCad

RULES = NotifierRules(takes_requests=True, shortest_min_rate_s=1)


class Relay:
    """A cable between two sockets that can be pulled out."""

    def __init__(self) -> None:
        self._target = 0
        self._writers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def to(self, port: int) -> AsyncIterator[int]:
        """Carries what comes to the port that it gives on to `port`."""
        self._target = port
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        while self._writers:
            self._writers.pop().transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers += [writer, far_writer]
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Station:
    """A house with a CAD of its own, a door for the other, and a subscription at the other's."""

    def __init__(
        self, name: str, authority: Authority, drones: tuple[str, ...], *, shares_all: bool = False
    ) -> None:
        self.name = name
        self.looks = 0
        self.certificate, self.key = authority.leaf(f"{name}.example")
        self.authority = authority
        self.house = House(drones=drones)
        self.cad = SimCad()
        self._drones = drones
        self.notifier = EidoNotifier(
            self.door(feeds=()) if shares_all else self.door(),
            self.look,
            self.house.desk,
            self.house.clock,
            agency_name=name.upper(),
            rules=RULES,
        )
        self.watch = Watch(
            desk=self.house.desk,
            link=self.house.link,
            journal=self.house.journal,
            clock=self.house.clock,
            fanout=self.house.fanout,
        )

    def door(self, **changes: Any) -> NotifierSettings:
        settings = NotifierSettings(
            listen="127.0.0.1:0",
            element=f"{self.name}.example",
            certificate_file=self.certificate,
            key_file=self.key,
            client_ca_file=self.authority.file,
            feeds=(f"cad-{self.name}",),
        )
        return replace(settings, **changes)

    def look(self) -> tuple[State, Sky]:
        self.looks += 1
        return self.house.desk.state, self.house.link.sky()

    async def looks_again(self, times: int) -> None:
        """Return when its door has looked so often at what there is to tell."""
        wanted = self.looks + times
        await until(lambda: self.looks >= wanted)

    def feed(self, name: str, url: str, **more: Any) -> EidoFeed:
        settings = EidoFeedSettings(name=name, url=url, min_rate_s=1)
        return EidoFeed(
            replace(settings, **more), self.house.desk, jitter=random.Random(3), clock=self.house.clock
        )

    def subscribed_to(self, other: Station, port: int) -> EidoFeed:
        return self.feed(
            other.name,
            f"wss://127.0.0.1:{port}/IncidentData/ent",
            ca_file=str(self.authority.file),
            cert_file=str(self.certificate),
            key_file=str(self.key),
        )

    def call(self, feed: str, uid: str) -> Call | None:
        calls = self.house.desk.state.calls.values()
        return next(
            (call for call in calls if call.report.feed == feed and call.report.incident_uid == uid), None
        )

    @property
    def calls(self) -> list[Call]:
        return list(self.house.desk.state.calls.values())

    def is_so(self, feed: str, uid: str, test: Callable[[Call], bool]) -> Callable[[], bool]:
        def holds() -> bool:
            call = self.call(feed, uid)
            return call is not None and test(call)

        return holds

    @property
    def port(self) -> int:
        """Of its door."""
        return urlsplit(self.notifier.url).port or 0

    def is_up(self, feed: str) -> bool:
        known = self.house.desk.state.feeds.get(feed)
        return known is not None and known.is_up

    def units(self, feed: str, uid: str) -> list[tuple[str, str]]:
        call = self.call(feed, uid)
        return [(unit.callsign, unit.status) for unit in call.report.units] if call else []

    async def open(self) -> None:
        up = came_up(drones=self._drones)
        named = replace(up.programme, element=f"{self.name}.example")
        await self.house.desk.open(replace(up, programme=named))
        await self.house.desk.store([CALM], source="feed:weather")


@asynccontextmanager
async def background(*tasks: asyncio.Task[None]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def two_houses(
    folder: Path, *, shares_all: bool = False, cable: Relay | None = None
) -> AsyncIterator[tuple[Station, Station]]:
    """Both up, and subscribed to their CAD and to each other; `cable` is between west and east's door."""
    authority, cable = Authority(folder), cable or Relay()
    east = Station("east", authority, ("D1",), shares_all=shares_all)
    west = Station("west", authority, ("D7",), shares_all=shares_all)
    async with running(east.house.desk), running(west.house.desk), east.cad, west.cad:
        started = []
        for station in (east, west):
            await station.open()
            started.append(asyncio.create_task(station.notifier.run()))
            started.append(asyncio.create_task(station.feed(f"cad-{station.name}", station.cad.url).run()))
        async with background(*started):
            for station in (east, west):
                await station.notifier.is_listening.wait()
            async with cable.to(east.port) as port:
                feeds = (east.subscribed_to(west, west.port), west.subscribed_to(east, port))
                tasks = [asyncio.create_task(feed.run()) for feed in feeds]
                async with background(*tasks):
                    await until(lambda: east.is_up("west") and west.is_up("east"))
                    await until(lambda: east.is_up("cad-east") and west.is_up("cad-west"))
                    yield east, west


def report(number: str, uid: str, **changes: Any) -> CallReport:
    place = Place(position=offset(HOME, 90.0, 900.0), kind=PlaceKind.CURRENT_INCIDENT)
    base = CallReport(
        feed="", incident_uid=uid, number=number, type_code="SHOOT", place=place, updated_at=NOON
    )
    return replace(base, **changes)


async def launch(station: Station, drone: str, call_id: str) -> None:
    """Off the ground, as far as its house can see."""
    house = station.house
    answer = await house.desk.submit_command(
        LaunchDrone(command_id=f"go-{drone}", drone=drone, call_id=call_id), "reyes"
    )
    assert answer.reasons == ()
    order = house.orders[-1]
    settled = OrderSettled(drone=drone, order_id=order.order_id, outcome=Outcome.ACCEPTED)
    await house.desk.store([settled], source="core")
    house.flying(drone)
    for _ in range(3):
        house.clock.move(0.5)
        await station.watch.look()


async def test_two_houses_share_calls_and_aircraft(tmp_path: Path) -> None:
    async with two_houses(tmp_path) as (east, west):
        await east.cad.publish(report("1041", "urn:call:east"))
        await west.cad.publish(report("2001", "urn:call:west"))
        await until(west.is_so("east", "urn:call:east", lambda call: call.is_open))
        await until(east.is_so("west", "urn:call:west", lambda call: call.is_open))
        shared = west.call("east", "urn:call:east")
        assert shared is not None
        assert (shared.report.type_text, shared.report.agency) == ("Shooting", "EAST")
        assert shared.place.position == offset(HOME, 90.0, 900.0)

        await launch(east, "D1", "1041")
        await launch(west, "D7", "2001")
        await until(lambda: west.units("east", "urn:call:east") == [("D1", "en route")])
        await until(lambda: east.units("west", "urn:call:west") == [("D7", "en route")])

        cancelled = report(
            "1041", "urn:call:east", status=CallStatus.CANCELLED, updated_at=NOON + timedelta(minutes=1)
        )
        await east.cad.publish(cancelled)
        await until(
            west.is_so("east", "urn:call:east", lambda call: call.report.status is CallStatus.CANCELLED)
        )


async def test_a_dropped_socket_is_made_again_and_what_ended_meanwhile_is_marked(tmp_path: Path) -> None:
    cable = Relay()
    async with two_houses(tmp_path, cable=cable) as (east, west):
        for number in ("1041", "1042"):
            await east.cad.publish(report(number, f"urn:call:{number}"))
            await until(west.is_so("east", f"urn:call:{number}", lambda call: call.is_open))
        cable.cut()
        await until(lambda: not west.is_up("east"))
        closed = report(
            "1041", "urn:call:1041", status=CallStatus.CLOSED, updated_at=NOON + timedelta(minutes=1)
        )
        await east.cad.publish(closed)
        await until(east.is_so("cad-east", "urn:call:1041", lambda call: not call.is_open))
        await until(lambda: west.is_up("east"))
        await until(west.is_so("east", "urn:call:1041", lambda call: call.missing_since is not None))
        kept = west.call("east", "urn:call:1042")
        assert kept is not None
        assert (kept.is_open, kept.missing_since) == (True, None)


async def test_two_houses_with_everything_shared_do_not_echo(tmp_path: Path) -> None:
    """One CAD feeds both, and each tells the other all that it knows: the call is one, and it gets quiet."""
    async with two_houses(tmp_path, shares_all=True) as (east, west):
        await east.cad.publish(report("1041", "urn:call:both"))
        await west.cad.publish(report("1041", "urn:call:both"))
        await until(lambda: all(len(one.house.desk.state.calls) == 1 for one in (east, west)))
        await launch(east, "D1", "1041")

        def knows_of_d1() -> bool:
            views = [view for call in west.house.desk.state.calls.values() for view in call.views]
            return any(unit.callsign == "D1" for view in views for unit in view.units)

        await until(knows_of_d1)
        await quiet(east, west)


@pytest.mark.parametrize("uid", ["urn:call:1", "4711"])
async def test_what_comes_back_is_not_opened_again_and_keeps_nothing_alive(tmp_path: Path, uid: str) -> None:
    """East's CAD alone has it; west only passes it on. When the CAD closes it, it is over in both."""
    async with two_houses(tmp_path, shares_all=True) as (east, west):
        await east.cad.publish(report("1041", uid))
        await until(lambda: any(len(call.views) == 2 for call in east.house.desk.state.calls.values()))
        await quiet(east, west)
        assert [len(each.house.desk.state.calls) for each in (east, west)] == [1, 1]
        closed = report("1041", uid, status=CallStatus.CLOSED, updated_at=NOON + timedelta(minutes=1))
        await east.cad.publish(closed)
        await until(lambda: not any(call.is_open for each in (east, west) for call in each.calls))
        await quiet(east, west)
        assert [len(each.calls) for each in (east, west)] == [1, 1]


async def test_a_call_opened_here_is_known_again_when_it_comes_back(tmp_path: Path) -> None:
    async with two_houses(tmp_path, shares_all=True) as (east, west):
        answer = await east.house.desk.submit_command(
            OpenCall(command_id="o1", text="man on the roof", position=offset(HOME, 90.0, 900.0)), "reyes"
        )
        assert answer.reasons == ()
        await until(lambda: any(len(call.views) == 2 for call in east.calls))
        (call,) = west.calls
        await launch(west, "D7", call.call_id)
        await until(
            lambda: any(
                unit.callsign == "D7" for call in east.calls for view in call.views for unit in view.units
            )
        )
        await quiet(east, west)
        assert [len(each.calls) for each in (east, west)] == [1, 1]
        assert east.calls[0].report.feed == HOUSE_FEED
        assert len(east.notifier.active()) == 1 + len(east.house.desk.state.drones)


async def quiet(*stations: Station) -> None:
    """Return when nothing more is stored, while each looks a dozen times at what there is to tell."""
    stored: list[int] = []
    async with asyncio.timeout(60):
        while stored != (now := [len(station.house.journal.stored) for station in stations]):
            stored = now
            for station in stations:
                await station.looks_again(12)
