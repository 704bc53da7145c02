"""The real core on the bench's fleet, and a console that takes its frames: how old a position is in a
person's hands, and what the core's process costs.

One aircraft is launched, for then the core looks ten times a second, as it does whenever anything flies.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from rtcc_core.adapters.console_client import CoreLink, CoreUnreachable, connect
from rtcc_core.domain.call import CallReport, Place, PlaceKind
from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.geo import offset
from rtcc_core.wire.console import Answer, AnswerStatus, Facts, Frame
from rtcc_sitl.bench.fleet_aircraft import age_ms
from rtcc_sitl.bench.fleet_subject import SETTLE_S, Found
from rtcc_sitl.bench.rig import RigFailedError, scenario_text, until
from rtcc_sitl.cad_server import SimCad
from rtcc_sitl.layout import Layout, lay_out
from rtcc_sitl.processes import Child
from rtcc_sitl.scenario import parse
from rtcc_sitl.stage import Stage, agency_toml, open_stage
from rtcc_sitl.timeline import FEED

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
STOP_GRACE_S = 12.0


async def measure_core(*, aircraft: int, port: int, seconds: float) -> Found:
    """Start a core on the fleet's port, launch one aircraft, and measure. Raises RigFailedError."""
    layout = lay_out(parse(scenario_text(aircraft), source="bench"))
    with (
        tempfile.TemporaryDirectory(prefix="rtcc-bench-") as home,
        open_stage(Path(home) / "stage", label="bench") as stage,
    ):
        async with SimCad() as cad:
            _write_world(layout, stage, port, cad.url)
            async with _core(stage) as core, _console(stage) as console:
                await until(lambda: _all_ready(console.sky, aircraft), "every aircraft at the console")
                await cad.publish(_report(layout))
                await until(lambda: bool(console.state.open_calls), "the call at the console")
                await console.launch("D1")
                await until(lambda: bool(console.sky["D1"].is_airborne), "D1 in the air")
                await asyncio.sleep(SETTLE_S)
                console.ages_ms.clear()
                began_s, began_cpu_s = time.monotonic(), _cpu_s(core.pid)
                await asyncio.sleep(seconds)
                cpu_percent = 100.0 * (_cpu_s(core.pid) - began_cpu_s) / (time.monotonic() - began_s)
                return Found(cpu_percent=cpu_percent, ages_ms=tuple(console.ages_ms))


class _Console:
    """A console that notes the true age of every position as its frame arrives."""

    def __init__(self, link: CoreLink) -> None:
        self.sky: Sky = {}
        self.ages_ms: list[float] = []
        self.state = link.welcome.state
        self._link = link
        self._answers: dict[str, Answer] = {}

    async def run(self) -> None:
        async for message in self._link.messages():
            match message:
                case Frame(sky=sky):
                    self.ages_ms += [age_ms(seen.heading_deg) for seen in sky if seen.heading_deg is not None]
                    self.sky = {seen.drone: seen for seen in sky}
                case Answer(command_id=command_id):
                    self._answers[command_id] = message
                case Facts(events=events):
                    for stored in events:
                        self.state = evolve(self.state, stored)

    async def launch(self, drone: str) -> None:
        """Raises RigFailedError with the core's reasons where it will not."""
        launch = LaunchDrone(
            command_id=secrets.token_hex(8),
            drone=drone,
            call_id=next(iter(self.state.calls)),
            override_reason="bench",
        )
        await self._link.do(launch)
        await until(lambda: launch.command_id in self._answers, "an answer to the launch")
        answer = self._answers[launch.command_id]
        if answer.status is not AnswerStatus.DONE:
            raise RigFailedError(f"the core does not launch {drone}: {'; '.join(answer.reasons)}")


@contextlib.asynccontextmanager
async def _console(stage: Stage) -> AsyncIterator[_Console]:
    link: CoreLink | None = None
    give_up_at = time.monotonic() + 30.0
    while link is None:
        try:
            link = await connect(stage.socket_path, client="rtcc bench")
        except CoreUnreachable as error:
            if time.monotonic() > give_up_at:
                raise RigFailedError(str(error)) from error
            await asyncio.sleep(0.1)
    console = _Console(link)
    task = asyncio.create_task(console.run(), name="console")
    try:
        yield console
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await link.close()


@contextlib.asynccontextmanager
async def _core(stage: Stage) -> AsyncIterator[Child]:
    argv = [
        *(sys.executable, "-m", "rtcc_core.cli", "core", "--settings", str(stage.settings)),
        *("--state-dir", str(stage.directory), "--exit-with-stdin"),
    ]
    child = await Child.start("core", argv, log=stage.log("core"))
    try:
        yield child
    finally:
        await child.stop(grace_s=STOP_GRACE_S)


def _write_world(layout: Layout, stage: Stage, port: int, cad_url: str) -> None:
    now = datetime.now(UTC)
    weather = {"wind_speed_m_s": 2.0, "wind_from_deg": 240.0, "gust_m_s": 3.0, "observed_at": now}
    stage.weather.write_bytes(msgspec.json.encode(weather))
    url = f"udpin://127.0.0.1:{port}"
    settings = agency_toml(layout, stage, fleet_url=url, cad_url=cad_url, speed=1.0, started_at=now)
    stage.settings.write_text(settings, encoding="utf-8")


def _report(layout: Layout) -> CallReport:
    return CallReport(
        feed=FEED,
        incident_uid="urn:emergency:uid:incidentid:bench-1:cad.invalid",
        number="1",
        type_code="415",
        type_text="DISTURBANCE",
        priority=2,
        place=Place(
            position=offset(layout.centre, 0.0, 300.0),
            uncertainty_m=15.0,
            address="1 LAGUNA BLVD",
            kind=PlaceKind.CURRENT_INCIDENT,
        ),
        updated_at=datetime.now(UTC),
    )


def _all_ready(sky: Sky, aircraft: int) -> bool:
    return sum(bool(seen.is_armable and seen.has_fix) for seen in sky.values()) == aircraft


def _cpu_s(pid: int) -> float:
    """User and system time of a process so far, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS
