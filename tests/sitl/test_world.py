"""The world in a process of its own: what goes wrong on the timeline and through its door."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support import until

from rtcc_sitl.control_door import Asked, find_door, knock
from rtcc_sitl.faults import FaultError
from rtcc_sitl.processes import Child
from rtcc_sitl.scenario import ScenarioError, parse
from rtcc_sitl.stage import open_stage
from rtcc_sitl.world import AnyLine, FaultBegan, Ready, TimelineOver, read_line

SCENARIO = """
name = "trouble"
title = "Trouble"
[city]
name = "TOWN"
latitude_deg = 38.4
longitude_deg = -121.4
wind_speed_m_s = 3
wind_from_deg = 240
wind_shear = 0.2
wind_variation = 0.1
[[wind_zone]]
north_m = 900
east_m = 0
radius_m = 300
wind_speed_m_s = 14
wind_from_deg = 90
[[site]]
name = "HQ"
north_m = 0
east_m = 0
[[drone]]
callsign = "D1"
site = "HQ"
[[drone]]
callsign = "D2"
site = "HQ"
[[person]]
name = "A. REYES"
role = "pilot"
[[fault]]
at_s = 4
drone = "D2"
fault = "battery"
args = ["drain", 2.5]
[[fault]]
at_s = 2
drone = "D1"
fault = "gps"
[[fault]]
at_s = 2
after_s = 6
drone = "D1"
fault = "gps"
args = ["on"]
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder whose paths are short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="rtcc-") as folder:
        yield Path(folder)


class Running:
    """A world process and the lines it said."""

    def __init__(self, home: Path) -> None:
        self.lines: list[AnyLine] = []
        self.door, self.weather = home / "world.sock", home / "wind.json"
        self._home = home
        self._child: Child | None = None

    async def __aenter__(self) -> Running:
        scenario = self._home / "trouble.toml"
        scenario.write_text(SCENARIO)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as station:
            station.bind(("127.0.0.1", 0))
            port = station.getsockname()[1]
        argv = [
            *(sys.executable, "-m", "rtcc_core.cli", "sitl", "world", "--scenario", str(scenario)),
            *("--speed", "20", "--fleet-port", str(port), "--control", str(self.door)),
            *("--weather-file", str(self.weather)),
        ]
        self._child = await Child.start("world", argv, log=self._home / "log", on_line=self._hear)
        await self.hears(lambda: any(isinstance(line, Ready) for line in self.lines))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._child is not None:
            await self._child.stop(grace_s=10.0)

    def _hear(self, text: str) -> None:
        line = read_line(text)
        if line is not None:
            self.lines.append(line)

    def start(self) -> None:
        assert self._child is not None
        self._child.tell("start")

    async def hears(self, holds: Callable[[], bool]) -> None:
        await until(holds, within_s=20.0)

    def faults(self) -> list[tuple[str, str, tuple[str, ...]]]:
        return [(line.drone, line.fault, line.args) for line in self.lines if isinstance(line, FaultBegan)]


async def test_faults_come_on_the_timeline_and_through_the_door_and_are_told(home: Path) -> None:
    async with Running(home) as world:
        assert json.loads(world.weather.read_bytes())["wind_speed_m_s"] == 3.0
        asked = Asked(drone="ALL", fault="wind", args=("11", "200", "gust", "15"))
        answer = await asyncio.to_thread(knock, world.door, asked)
        assert (answer.ok, answer.text) == (True, "all wind 11 200 gust 15")
        observed = json.loads(world.weather.read_bytes())
        assert (observed["wind_speed_m_s"], observed["gust_m_s"]) == (11.0, 15.0)
        refused = await asyncio.to_thread(knock, world.door, Asked(drone="D3", fault="gps"))
        assert (refused.ok, "aircraft: D1, D2" in refused.text) == (False, True)
        world.start()
        await world.hears(lambda: any(isinstance(line, TimelineOver) for line in world.lines))
        assert world.faults() == [
            ("all", "wind", ("11", "200", "gust", "15")),
            ("D1", "gps", ()),
            ("D2", "battery", ("drain", "2.5")),
            ("D1", "gps", ("on",)),
        ]
    assert not world.door.exists()


def test_a_door_whose_path_is_long_is_found_through_the_drills_folder(tmp_path: Path) -> None:
    with open_stage(tmp_path / ("n" * 120), label="x") as stage:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(str(stage.control_door))
        listening.listen()
        try:
            found = find_door(tmp_path)
        finally:
            listening.close()
        assert found.resolve() == stage.control_door.resolve()
    with pytest.raises(FaultError, match="no drill runs"):
        find_door(tmp_path)
    with pytest.raises(FaultError, match="no drill runs in"):
        find_door(tmp_path, state_dir=tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('fault = "gps"', 'fault = "fire"', r"fault\[1\]: there is no fault 'fire'"),
        ('drone = "D2"', 'drone = "D7"', r"fault\[0\]\.drone: no drone 'D7'; drones: D1, D2, or all"),
        (
            "after_s = 6\ndrone",
            'flying_s = 6\ndrone = "all" #',
            r"fault\[2\]\.flying_s: all do not fly as one",
        ),
        ("after_s = 6\ndrone", 'after_s = 6\ndrone = "D2" #', r"fault\[2\]\.after_s: no fault of D2"),
        ('"drain", 2.5', '"drain"', r"fault\[0\]: 'battery drain' cannot be used"),
        ("north_m = 900\neast_m = 0\n", "", r"wind_zone\[0\]: a zone needs a place"),
        ("radius_m = 300", "radius_m = 300\ngust_m_s = 2", r"wind_zone\[0\]\.gust_m_s: gusts are below"),
        ("wind_shear = 0.2", "wind_shear = 3", r"city\.wind_shear"),
    ],
)
def test_what_is_wrong_with_a_fault_or_a_zone_is_said(old: str, new: str, words: str) -> None:
    assert old in SCENARIO
    with pytest.raises(ScenarioError, match=words):
        parse(SCENARIO.replace(old, new, 1))
