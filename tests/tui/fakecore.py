"""A core for console tests: the real domain behind a real websocket on a real Unix socket.

No journal, no aircraft: what it is asked it decides and folds as the desk does, and tells its consoles.
Its clock stands still unless a test moves it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from tests.support import ready
from websockets.asyncio.server import ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed

from rtcc_core.adapters.console_queries import ConsoleQueries
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.air import NOBODY_LISTENS, Air
from rtcc_core.domain.call import CallReport, Place, PlaceKind
from rtcc_core.domain.commands import AnyCommand, Command, Proposable
from rtcc_core.domain.decide import Refused, decide
from rtcc_core.domain.drill_note import DrillNote
from rtcc_core.domain.drone import Drone, Landed, Mode, Site, Sky, Telemetry
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import Outcome, Phase
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.people import Person, Role
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State
from rtcc_core.domain.streets import Lookup
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_core.wire.console import (
    Answer,
    AnswerStatus,
    AskDrill,
    DrillTold,
    Facts,
    Frame,
    GetMap,
    Health,
    Hello,
    Locate,
    Located,
    Lock,
    LockTold,
    LookBack,
    MapSheet,
    Message,
    ReadOn,
    SearchJournal,
    Unlock,
    Welcome,
    decode_from_console,
    encode,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HQ = LatLon(38.42, -121.42)
SOUTH = offset(HQ, 180.0, 1_500.0)
SCENE = offset(HQ, 45.0, 1_000.0)
PEOPLE = (
    Person(account="reyes", name="A. REYES", role=Role.DISPATCHER, uid=1000),
    Person(account="oyama", name="K. OYAMA", role=Role.PILOT, uid=1001),
    Person(account="guest", name="GUEST", role=Role.OBSERVER, uid=1002),
)
ROSTER = facts.CoreCameUp(
    version="test",
    programme=Programme(agency="ELK MEADOW", centre=HQ, is_drill=True),
    sites=(Site(name="HQ", position=HQ), Site(name="South", position=SOUTH)),
    drones=(Drone(callsign="D1", sysid=1, site="HQ"), Drone(callsign="D2", sysid=2, site="South")),
    people=PEOPLE,
)


def on_ground(callsign: str, position: LatLon = HQ, **changed: Any) -> Telemetry:
    """An aircraft that is ready on its site."""
    usual = {"battery_fraction": 0.95, "battery_age_s": 0.5, "satellites": None}
    return ready(callsign, position, **{**usual, **changed})


def in_air(callsign: str, position: LatLon, height_m: float, **changed: Any) -> Telemetry:
    """An aircraft that flies."""
    up = on_ground(callsign, position, armed=True, landed=Landed.IN_AIR, height_m=height_m, home=HQ)
    return msgspec.structs.replace(up, **changed)


def call_report(number: str = "1041", **changed: Any) -> CallReport:
    """A call as CAD reports it."""
    base = CallReport(
        feed="COUNTY",
        incident_uid=f"urn:emergency:uid:incidentid:{number}",
        number=number,
        type_text="ROBBERY IN PROGRESS",
        priority=1,
        place=Place(
            position=SCENE,
            uncertainty_m=15.0,
            kind=PlaceKind.CURRENT_INCIDENT,
            address="Laguna Blvd x Bruceville Rd",
        ),
        beat="4",
        updated_at=NOON,
    )
    return msgspec.structs.replace(base, **changed)


class FakeCore:
    """The domain, driven by a test, seen through the console protocol."""

    def __init__(self, person: Person = PEOPLE[0]) -> None:
        self.state = State()
        self.at = NOON
        self.sky: Sky = {}
        self.air: Air = NOBODY_LISTENS
        self.person = person
        self.asked: list[AnyCommand] = []
        self.health = Health()
        self.answers = True
        self.streets: dict[str, Lookup] = {}
        """What the street files know, by the text that is asked."""
        self.drill: DrillNote | None = None
        """What whoever runs the drill wrote down."""
        self.queries = ConsoleQueries()
        """Answers what is asked of the past."""
        self.sheet = b""
        """The city's map as it is sent; empty: there is none."""
        self.pin: str | None = None
        """What unlocks a console; None: no PIN is set."""
        self.locks: list[Lock | Unlock] = []
        """What was asked about the lock."""
        self.is_stubborn = False
        """While set, everything that is asked is refused and nothing changes."""
        self.is_away = False
        """While set, nobody is let in."""
        self.log: list[ev.Stored] = []
        self._consoles: set[ServerConnection] = set()
        self._changed = asyncio.Condition()
        self.tell(ROSTER)

    # --- what happens in the world -----------------------------------------------------------------

    def tell(self, asked: Command | facts.Fact, by: str = "core") -> Refused | int:
        """Decide and fold; consoles hear of it with the next `publish`."""
        decided = decide(self.state, asked, by, self.at, self.sky, self.air)
        if isinstance(decided, Refused):
            return decided
        cause = asked.command_id if isinstance(asked, Command) else ""
        for event in decided:
            self.happens(event, by, cause)
        return self.state.seq

    def happens(self, event: ev.AnyEvent, by: str = "core", cause: str = "") -> None:
        """Store one event, whatever led to it."""
        stored = ev.Stored(seq=self.state.seq + 1, at=self.at, operator=by, cause=cause, event=event)
        self.log.append(stored)
        self.state = evolve(self.state, stored)

    def suggests(self, command: Proposable, text: str, kind: SuggestionKind, **changed: Any) -> str:
        """The house proposes something; returns the suggestion's id."""
        drone: str | None = getattr(command, "drone", None)
        suggestion = Suggestion(
            suggestion_id=f"{kind.value}:{drone}",
            kind=kind,
            text=text,
            command=command,
            raised_at=self.at,
            drone=drone,
        )
        suggestion = msgspec.structs.replace(suggestion, **changed)
        self.happens(ev.SuggestionMade(suggestion=suggestion))
        return suggestion.suggestion_id

    def calm(self) -> None:
        """Two aircraft ready, a wind report, the feed up."""
        self.tell(
            facts.WeatherReported(wind_speed_m_s=3, wind_from_deg=240, observed_at=self.at, source="mast")
        )
        self.tell(facts.FeedConnected(feed="COUNTY"))
        self.sees(on_ground("D1"))
        self.sees(on_ground("D2", SOUTH))

    def call(self, number: str = "1041", **changed: Any) -> None:
        self.tell(facts.CallReported(report=call_report(number, **changed)), by="feed:COUNTY")

    def sees(self, telemetry: Telemetry, after_s: float = 0.0) -> None:
        self.sky = {**self.sky, telemetry.drone: telemetry}
        self.at += timedelta(seconds=after_s)
        self.tell(facts.TimePassed())

    def settle(self, drone: str, outcome: Outcome = Outcome.ACCEPTED, reason: str = "") -> None:
        """The newest order of an aircraft is sent and ends."""
        order = self.state.newest_order(drone)
        assert order is not None
        self.tell(facts.OrderSentOut(drone=drone, order_id=order.order_id))
        self.tell(facts.OrderSettled(drone=drone, order_id=order.order_id, outcome=outcome, reason=reason))

    def fly(self, drone: str) -> None:
        """The aircraft, whose launch was accepted, is seen all the way until it orbits the scene."""
        self.sees(in_air(drone, HQ, 5.0), after_s=5)
        self.sees(in_air(drone, HQ, 60.0), after_s=15)
        self.settle(drone)
        self.sees(in_air(drone, offset(HQ, 45.0, 500.0), 60.0, ground_speed_m_s=15.0), after_s=20)
        self.sees(in_air(drone, SCENE, 60.0), after_s=20)
        self.settle(drone)
        self.sees(in_air(drone, SCENE, 60.0, mode=Mode.ORBIT, ground_speed_m_s=4.0), after_s=5)
        flight = self.state.flight_of(drone)
        assert flight is not None
        assert flight.phase is Phase.ON_SCENE

    # --- the socket ------------------------------------------------------------------------------

    @asynccontextmanager
    async def serve(self, path: Path) -> AsyncIterator[Path]:
        """Listen on `path` until left."""
        async with unix_serve(self._serve, str(path), compression=None) as server:
            try:
                yield path
            finally:
                server.close(close_connections=True)

    async def _serve(self, socket: ServerConnection) -> None:
        try:
            hello = decode_from_console(await socket.recv())
            assert isinstance(hello, Hello)
            if self.is_away:
                return
            await socket.send(encode(self.welcome()), text=True)
            await socket.send(encode(self.frame()), text=True)
            self._consoles.add(socket)
            async for raw in socket:
                await self._answer(socket, raw)
        except ConnectionClosed:
            pass
        finally:
            self._consoles.discard(socket)

    async def _answer(self, socket: ServerConnection, raw: str | bytes) -> None:
        message = decode_from_console(raw)
        if isinstance(message, Hello):
            return
        if isinstance(message, Locate):
            found = self.streets.get(message.text, Lookup(trouble=f"no street is like {message.text}"))
            located = Located(
                query_id=message.query_id, matches=found.matches, more=found.more, trouble=found.trouble
            )
            await socket.send(encode(located), text=True)
            return
        if isinstance(message, GetMap):
            await socket.send(encode(MapSheet(query_id=message.query_id, sheet=self.sheet)), text=True)
            return
        if isinstance(message, AskDrill):
            told = DrillTold(
                query_id=message.query_id, note=self.drill, trouble="" if self.drill else "no note"
            )
            await socket.send(encode(told), text=True)
            return
        if isinstance(message, SearchJournal | LookBack | ReadOn):
            await socket.send(encode(await self.queries.answer(message, self.person)), text=True)
            return
        if isinstance(message, Lock | Unlock):
            await self._lock(socket, message)
            return
        before = self.state.seq
        self.asked.append(message.command)
        async with self._changed:
            self._changed.notify_all()
        if not self.answers:
            return
        decided = self._decided(message.command)
        if isinstance(decided, Refused):
            answer = Answer(
                command_id=message.command.command_id, status=AnswerStatus.REFUSED, reasons=decided.reasons
            )
        else:
            answer = Answer(command_id=message.command.command_id, status=AnswerStatus.DONE, seq=decided)
        await socket.send(encode(answer), text=True)
        await self.publish(since=before)

    async def _lock(self, socket: ServerConnection, message: Lock | Unlock) -> None:
        self.locks.append(message)
        is_locked = isinstance(message, Lock) or message.pin != self.pin
        wrong = "that is not your PIN" if isinstance(message, Unlock) and is_locked else ""
        told = LockTold(
            query_id=message.query_id,
            is_locked=is_locked,
            trouble=wrong if self.pin is not None else "no PIN is set for you",
            has_pin=self.pin is not None,
        )
        await socket.send(encode(told), text=True)

    def _decided(self, command: AnyCommand) -> Refused | int:
        if self.is_stubborn:
            return Refused(("nothing is done here",))
        return self.tell(command, by=self.person.account)

    def welcome(self) -> Welcome:
        return Welcome(
            protocol=1,
            core_version="test",
            you=self.person,
            console_id="c1",
            state=self.state,
            at=self.at,
        )

    def frame(self) -> Frame:
        return Frame(at=self.at, sky=tuple(self.sky.values()), health=self.health, air=self.air)

    async def publish(self, since: int) -> None:
        """Send every event after `since` and the newest telemetry to all consoles."""
        events = tuple(stored for stored in self.log if stored.seq > since)
        messages: list[Message] = [Facts(events=events)] if events else []
        for socket in list(self._consoles):
            for message in (*messages, self.frame()):
                await socket.send(encode(message), text=True)

    async def change(self, do: Callable[[FakeCore], object]) -> None:
        """Let something happen and tell the consoles."""
        before = self.state.seq
        do(self)
        await self.publish(before)

    async def drop(self) -> None:
        """Cut every console off."""
        for socket in list(self._consoles):
            await socket.close()

    async def commands(self, count: int, within_s: float = 5.0) -> list[AnyCommand]:
        """Wait until that many requests have arrived."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: len(self.asked) >= count)
        return self.asked
