"""What tests of the core share: a journal in memory, a link that does as told, a small agency."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from rtcc_core.deciding import AnswerBook
from rtcc_core.desk import Desk
from rtcc_core.domain.air import NOBODY_LISTENS
from rtcc_core.domain.call import CallReport, Place, PlaceKind
from rtcc_core.domain.drone import Drone, Landed, Mode, Site, Sky, Telemetry
from rtcc_core.domain.events import Draft, Stored
from rtcc_core.domain.facts import CallReported, CoreCameUp, WeatherReported
from rtcc_core.domain.flight import Order, Outcome
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.people import Person, Role
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State
from rtcc_core.fanout import Fanout
from rtcc_core.ports import JournalUnavailable, Receipt, Track

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOME = LatLon(45.5231, -122.6765)


class StillClock:
    """Stands still unless a test moves it."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class MemoryJournal:
    """`ports.Journal` without a disk; `trouble` makes it unwritable, `gate` keeps an append waiting."""

    def __init__(self) -> None:
        self.stored: list[Stored] = []
        self.appends: list[int] = []
        self.tracks: list[Track] = []
        self.trouble = ""
        self.gate = asyncio.Event()
        self.gate.set()

    async def append(self, drafts: Sequence[Draft]) -> list[Stored]:
        await self.gate.wait()
        self._check()
        numbers = itertools.count(len(self.stored) + 1)
        new = [
            Stored(seq=seq, at=draft.at, operator=draft.operator, cause=draft.cause, event=draft.event)
            for seq, draft in zip(numbers, drafts, strict=False)
        ]
        self.stored += new
        self.appends.append(len(new))
        return new

    async def read(self, after: int = 0) -> AsyncIterator[Stored]:
        for stored in self.stored[after:]:
            yield stored

    async def append_track(self, samples: Sequence[Track]) -> None:
        self._check()
        self.tracks += samples

    async def seal_track(self, flight_id: str) -> tuple[int, str]:
        self._check()
        return sum(track.flight_id == flight_id for track in self.tracks), "0" * 64

    def kinds(self) -> list[str]:
        """Names of the stored events, in order."""
        return [type(stored.event).__name__ for stored in self.stored]

    def _check(self) -> None:
        if self.trouble:
            raise JournalUnavailable(self.trouble)


class FakeLink:
    """`ports.DroneLink` whose aircraft answer as `answer` says."""

    def __init__(self, sky: Sky | None = None) -> None:
        self.telemetry: Sky = dict(sky or {})
        self.carried: list[Order] = []
        self.answer: Callable[[Order], Receipt | asyncio.Future[Receipt]] = lambda order: Receipt(
            Outcome.ACCEPTED
        )

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    def sky(self) -> Sky:
        return dict(self.telemetry)

    async def carry(self, order: Order, *, on_sent: Callable[[], None]) -> Receipt:
        self.carried.append(order)
        on_sent()
        answer = self.answer(order)
        return answer if isinstance(answer, Receipt) else await answer


def ready(callsign: str = "D1", position: LatLon = HOME, **changed: Any) -> Telemetry:
    """An aircraft that stands at its home and passes every gate."""
    seen = Telemetry(
        drone=callsign,
        is_connected=True,
        link_age_s=0.1,
        position=position,
        position_age_s=0.1,
        height_m=0.0,
        ground_speed_m_s=0.0,
        battery_fraction=1.0,
        battery_age_s=0.1,
        armed=False,
        mode=Mode.HOLD,
        landed=Landed.ON_GROUND,
        has_fix=True,
        satellites=14,
        is_armable=True,
        home=position,
        autopilot="PX4",
    )
    return replace(seen, **changed)


def came_up(*, drones: Sequence[str] = ("D1",), uid: int = 1_000) -> CoreCameUp:
    """An agency of one site, where `reyes` (a dispatcher, `uid`) and `ives` (an observer) work."""
    return CoreCameUp(
        version="0",
        programme=Programme(agency="RIVERTON PD"),
        sites=(Site(name="CENTRAL", position=HOME),),
        drones=tuple(
            Drone(callsign=callsign, sysid=number, site="CENTRAL")
            for number, callsign in enumerate(drones, 1)
        ),
        people=(
            Person(account="reyes", name="A. REYES", role=Role.DISPATCHER, uid=uid),
            Person(account="ives", name="B. IVES", role=Role.OBSERVER, uid=uid + 1),
        ),
    )


def call(number: str = "1041", *, note: str = "") -> CallReported:
    """A call one kilometre east of home."""
    place = Place(position=offset(HOME, 90.0, 1_000.0), kind=PlaceKind.CURRENT_INCIDENT)
    report = CallReport(
        feed="COUNTY",
        incident_uid=f"uid-{number}",
        number=number,
        type_text=f"ROBBERY {note}".strip(),
        priority=1,
        place=place,
        updated_at=NOON,
    )
    return CallReported(report=report, original=f'{{"number": "{number}"}}')


CALM = WeatherReported(wind_speed_m_s=2.0, wind_from_deg=240.0, observed_at=NOON, source="mast")


class House:
    """A desk with everything round it in memory."""

    def __init__(self, *, drones: Sequence[str] = ("D1",)) -> None:
        self.clock = StillClock()
        self.journal = MemoryJournal()
        self.fanout = Fanout()
        self.link = FakeLink({callsign: ready(callsign) for callsign in drones})
        self.air = NOBODY_LISTENS
        self.orders: list[Order] = []
        self.desk = self.new_desk(State(), AnswerBook())
        self._drones = drones

    def new_desk(self, state: State, answers: AnswerBook, **options: float) -> Desk:
        desk = Desk(
            journal=self.journal,
            clock=self.clock,
            fanout=self.fanout,
            sky=self.link.sky,
            state=state,
            answers=answers,
            air=lambda: self.air,
            **options,
        )
        desk.carry_with(self.orders.append)
        return desk

    async def open(self, *, uid: int = 1_000) -> None:
        """Roster, calm wind and call 1041."""
        await self.desk.open(came_up(drones=self._drones, uid=uid))
        await self.desk.store([CALM], source="feed:weather")
        await self.desk.store([call()], source="feed:COUNTY")

    def flying(self, callsign: str) -> None:
        """The sky shows this aircraft hovering at 60 m."""
        self.link.telemetry[callsign] = replace(
            ready(callsign), armed=True, height_m=60.0, landed=Landed.IN_AIR, mode=Mode.HOLD
        )


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[None]:
    """The desk's one task, for the length of a test."""
    task = asyncio.create_task(desk.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(is_so: Callable[[], bool], *, within_s: float = 30.0) -> None:
    """Wait for a condition; TimeoutError when it does not come."""
    async with asyncio.timeout(within_s):
        while True:
            if is_so():
                return
            await asyncio.sleep(0.005)
