"""SIGKILL of the core in flight: started again, it finds the aircraft, the flight and the call."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rtcc_core.adapters.console_client import CoreLink, connect
from rtcc_core.adapters.sqlite_journal import open_journal
from rtcc_core.domain.commands import AnyCommand, LaunchDrone, ReturnDrone
from rtcc_core.domain.events import Stored
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import Flight, Phase
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.state import State
from rtcc_core.replay import Replay
from rtcc_core.wire.console import Answer, AnswerStatus, Facts, Frame
from rtcc_sitl.hangar import Hangar, VehicleSpec

pytestmark = pytest.mark.drill

HOME = LatLon(45.5231, -122.6765)
SPEED = 8.0

SETTINGS = """
[agency]
name = "RIVERTON PD"
[fleet]
connection = "udpin://127.0.0.1:{port}"
[[site]]
name = "CENTRAL"
latitude = 45.5231
longitude = -122.6765
[[drone]]
callsign = "D1"
sysid = 1
site = "CENTRAL"
[[person]]
account = "reyes"
uid = {uid}
name = "A. REYES"
role = "dispatcher"
[drill]
speed = {speed}
started_at_wall = {now}
"""

_ids = itertools.count(1)


class Watcher:
    """A console that folds what it is told."""

    def __init__(self, link: CoreLink) -> None:
        self._link = link
        self._answers: dict[str, Answer] = {}
        self.state: State = link.welcome.state
        self.frame: Frame | None = None

    async def follow_until(self, is_so: Callable[[], bool], *, within_s: float = 90.0) -> None:
        if is_so():
            return
        async with asyncio.timeout(within_s):
            async for message in self._link.messages():
                if isinstance(message, Facts):
                    for stored in message.events:
                        self.state = evolve(self.state, stored)
                elif isinstance(message, Answer):
                    self._answers[message.command_id] = message
                elif isinstance(message, Frame):
                    self.frame = message
                if is_so():
                    return
        raise AssertionError(f"the core left; {self.state.flights}")

    async def do(self, command: AnyCommand) -> Answer:
        await self._link.do(command)
        await self.follow_until(lambda: command.command_id in self._answers)
        return self._answers[command.command_id]

    @property
    def flight(self) -> Flight:
        return next(reversed(self.state.flights.values()))

    def is_ready(self) -> bool:
        """The call is known and the aircraft may go."""
        seen = self.frame.sky[0] if self.frame else None
        return bool(
            seen and seen.is_connected and seen.is_armable and seen.has_fix and seen.home and self.state.calls
        )


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Path]:
    """Settings, and a simulated D1 on the air."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    text = SETTINGS.format(port=port, uid=os.getuid(), speed=SPEED, now=datetime.now(UTC).isoformat())
    await asyncio.to_thread((tmp_path / "agency.toml").write_text, text)
    spec = VehicleSpec(sysid=1, callsign="D1", home=HOME)
    async with Hangar([spec], gcs_address=("127.0.0.1", port), speed=SPEED):
        yield tmp_path


@asynccontextmanager
async def core(place: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, Watcher]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("core_process.py")),
        str(place / "agency.toml"),
        str(place / "state"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        async with asyncio.timeout(30):
            assert await process.stdout.readline() == b"ready\n"
        link = await connect(place / "state" / "core.sock", client="test")
        yield process, Watcher(link)
        await link.close()
    finally:
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(20):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def stored_events(place: Path) -> tuple[list[Stored], State]:
    """Every event, each checked against the chain, and their fold."""
    journal = await open_journal(place / "state" / "journal.db")
    try:
        replay = Replay()
        await replay.follow(journal)
        assert replay.trouble == ""
        return [stored async for stored in journal.read()], replay.state
    finally:
        await journal.close()


def _id() -> str:
    return f"test-{next(_ids)}"


@pytest.mark.timeout(240)
async def test_a_killed_core_finds_its_aircraft_flight_and_call(place: Path) -> None:
    async with core(place) as (process, watcher):
        await watcher.follow_until(watcher.is_ready)
        answer = await watcher.do(LaunchDrone(command_id=_id(), drone="D1", call_id="1041"))
        assert answer.status is AnswerStatus.DONE, answer.reasons
        await watcher.follow_until(lambda: watcher.flight.phase is Phase.TRANSIT)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with core(place) as (process, watcher):
        assert "1041" in watcher.state.calls
        assert watcher.flight.call_id == "1041"
        assert watcher.flight.is_open
        await watcher.follow_until(lambda: watcher.flight.phase is Phase.ON_SCENE)
        assert (await watcher.do(ReturnDrone(command_id=_id(), drone="D1"))).status is AnswerStatus.DONE
        await watcher.follow_until(lambda: watcher.flight.phase is Phase.LANDED)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert not (place / "state" / "core.sock").exists()
    events, state = await stored_events(place)
    kinds = [type(stored.event).__name__ for stored in events]
    assert kinds.count("CoreStarted") == 2
    assert kinds.count("FlightOpened") == 1
    assert kinds[-1] == "CoreStopped"
    flight = next(iter(state.flights.values()))
    assert list(flight.times)[-1] is Phase.LANDED
