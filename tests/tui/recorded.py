"""One recorded session, from a quiet shift to two aircraft out: what pictures and documents show."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.tui.fakecore import HQ, SCENE, SOUTH, FakeCore, in_air
from tests.tui.past import answered, write

from rtcc_core.domain.call import Detail, Note, Place, Unit
from rtcc_core.domain.commands import AddNote, LaunchDrone
from rtcc_core.domain.drone import Mode
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.street_map import Road, RoadClass, pack, street_map
from rtcc_core.records.past import JournalPast
from rtcc_core.wire.console import MapSheet, Query
from rtcc_tui.glyphs import UNICODE, Glyphs
from rtcc_tui.keys import Keys
from rtcc_tui.screenful import draw
from rtcc_tui.session import Session

NOW = 100.0
PARK = offset(SCENE, 250.0, 1_400.0)

_ACROSS = (
    "Whitelock Pkwy",
    "Alder St",
    "Laguna Blvd",
    "Birch St",
    "Elk Grove Blvd",
    "Cedar St",
    "Sheldon Rd",
)
_ALONG = (
    "Franklin Rd",
    "Heron Way",
    "Bruceville Rd",
    "Lark Way",
    "Big Horn Blvd",
    "Osprey Way",
    "Elk Park Dr",
)
_BIG = ("Blvd", "Rd", "Pkwy")


def city() -> bytes:
    """A grid of named streets round the scene, and a creek, as the core sends it."""
    roads = []
    for number, name in enumerate(_ACROSS):
        roads.append(_street(name, 270.0, 90.0, offset(SCENE, 0.0, (number - 2) * 320.0)))
    for number, name in enumerate(_ALONG):
        roads.append(_street(name, 180.0, 0.0, offset(SCENE, 90.0, (number - 2) * 420.0)))
    creek = tuple(
        offset(offset(HQ, 300.0, 900.0), 80.0, 500.0 * step + 120.0 * (step % 2)) for step in range(7)
    )
    roads.append(Road(RoadClass.WATER, "Elk Creek", creek))
    return pack(street_map(roads, name="Elk Meadow", credit="drawn for the tests"))


def _street(name: str, back_deg: float, on_deg: float, through: LatLon) -> Road:
    kind = RoadClass.ARTERIAL if name.endswith(_BIG) else RoadClass.SERVICE
    return Road(kind, name, (offset(through, back_deg, 2_600.0), offset(through, on_deg, 2_600.0)))


def quiet() -> FakeCore:
    """Three calls wait, two aircraft are ready."""
    core = FakeCore()
    core.sheet = city()
    core.calm()
    core.call("1037", priority=4, type_text="WELFARE CHECK", place=Place(address="9260 Elk Park Dr"))
    core.at += timedelta(minutes=4)
    core.call(
        "1039", priority=3, type_text="SUSPICIOUS VEHICLE", place=Place(position=PARK, address="Sheldon Rd")
    )
    core.at += timedelta(minutes=3)
    core.call(
        notes=(Note(text="caller: two men, one with a handgun, blue sedan", at=core.at),),
        details=(Detail(kind="caution", text="WEAPON: handgun", severity=1),),
        units=(Unit(callsign="4A21", status="en route"),),
    )
    core.at += timedelta(seconds=12)
    return core


def out() -> FakeCore:
    """D1 over the robbery, D2 on its way to the other call."""
    core = quiet()
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    core.tell(
        AddNote(command_id="n", call_id="1041", text="two people running north, one in a red coat"),
        by="oyama",
    )
    core.tell(LaunchDrone(command_id="y", drone="D2", call_id="1039"), by="oyama")
    core.settle("D2")
    core.sees(in_air("D2", SOUTH, 5.0), 2.0)
    core.sees(in_air("D2", SOUTH, 75.0), 14.0)
    core.settle("D2")
    for step in range(1, 7):
        away = offset(SOUTH, 318.0, 80.0 * step)
        battery = {"battery_fraction": 0.93, "wind_speed_m_s": 4.0, "wind_from_deg": 235.0}
        core.sees(in_air("D2", away, 75.0, ground_speed_m_s=14.0, track_deg=318.0, **battery), 5.0)
    core.sees(
        in_air("D1", SCENE, 60.0, mode=Mode.ORBIT, ground_speed_m_s=4.0, battery_fraction=0.9, satellites=15)
    )
    return core


class Watched:
    """A console on that core, with its journal on disk; keys are a person's."""

    def __init__(self, core: FakeCore, folder: Path, glyphs: Glyphs = UNICODE) -> None:
        ids = itertools.count()
        self._asked: list[Query] = []
        self._past: JournalPast = asyncio.run(write(core, folder / "journal.db"))
        self._core = core
        self.now = NOW
        self.session = Session(
            send=lambda _: None, new_id=lambda: f"q{next(ids)}", query=self._asked.append, glyphs=glyphs
        )
        self.session.received(core.welcome(), self.now)
        self.session.received(core.frame(), self.now)
        self.session.received(MapSheet(query_id="map", sheet=core.sheet), self.now)
        self._keys = Keys(self.session)

    def press(self, *keys: str) -> None:
        for key in keys:
            character = " " if key == "space" else key if len(key) == 1 else None
            self.now += 0.15
            self.session.received(self._core.frame(), self.now)
            self._keys.press(key, character, self.now)
            while self._asked:
                reply = answered(self._past, self._asked.pop(0))
                if reply is not None:
                    self.session.received(reply, self.now)

    def screen(self, size: tuple[int, int]) -> list[str]:
        return draw(self.session, self.now, *size)


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment of the session, and the keys that lead to its screen."""

    name: str
    what: str
    core: Callable[[], FakeCore]
    keys: tuple[str, ...] = ()


def _typed(line: str) -> tuple[str, ...]:
    """A line of the prompt, as keys."""
    return ("colon", *("space" if char == " " else char for char in line), "enter")


SCENES = (
    Scene("dispatch", "the dispatch screen: three calls wait, two aircraft are ready", quiet),
    Scene("launch-proposed", "`l`: what Enter would do, before it is done", quiet, ("l",)),
    Scene("flight", "`flight D1 D2`: two aircraft side by side", out, _typed("flight D1 D2")),
    Scene("map", "`m`: the city, the calls, the aircraft", out, ("m",)),
    Scene("journal", "`6`: what happened, searched and followed", out, ("6",)),
)
