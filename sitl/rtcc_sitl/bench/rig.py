"""The rig of the first-flight bench: aircraft in a world of their own process, the real core in another, and
in this one a CAD and a console, so that one clock times both ends of each path."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

from rtcc_core.domain.call import CallReport, CallStatus, Place, PlaceKind
from rtcc_core.domain.commands import LandDrone, LaunchDrone
from rtcc_core.domain.geo import offset
from rtcc_sitl.cad_server import SimCad
from rtcc_sitl.headless import Headless
from rtcc_sitl.keeper import CoreKeeper
from rtcc_sitl.layout import Layout, lay_out
from rtcc_sitl.operator import Habits, Operator
from rtcc_sitl.processes import Child
from rtcc_sitl.progress import Narrator
from rtcc_sitl.scenario import parse
from rtcc_sitl.stage import Stage, agency_toml, free_udp_port, open_stage
from rtcc_sitl.timeline import FEED
from rtcc_sitl.witness import Witness

SPEED = 20.0
"""The aircraft's clock; what is measured is real time."""
LOOK_EVERY_S = 0.005
READY_WITHIN_S = 60.0


class RigFailedError(Exception):
    """The rig did not come up or stopped answering; the message says what was waited for."""


class Rig:
    """What is measured, while it runs."""

    def __init__(self, layout: Layout, cad: SimCad, client: Headless, witness: Witness) -> None:
        self.layout = layout
        self.cad = cad
        self.client = client
        self.witness = witness

    @property
    def callsigns(self) -> list[str]:
        return [pad.drone.callsign for pad in self.layout.pads]

    def report(self, number: int, *, status: CallStatus = CallStatus.ACTIVE) -> CallReport:
        """A call as CAD would send it, some way off the launch site."""
        place = offset(self.layout.centre, number * 37.0 % 360.0, 60.0)
        return CallReport(
            feed=FEED,
            incident_uid=f"urn:emergency:uid:incidentid:bench-{number}:cad.invalid",
            number=str(number),
            type_code="415",
            type_text="DISTURBANCE",
            priority=2,
            status=status,
            place=Place(
                position=place,
                uncertainty_m=15.0,
                address=f"{number} LAGUNA BLVD",
                kind=PlaceKind.CURRENT_INCIDENT,
            ),
            updated_at=datetime.now(UTC),
        )

    async def ask(self, command: LaunchDrone | LandDrone) -> float:
        """Send a command over the console connection; the monotonic time just before."""
        if self.client.link is None:
            raise RigFailedError("the console lost its core")
        at_s = time.monotonic()
        await self.client.link.do(command)
        return at_s


async def until(holds: Callable[[], bool], what: str, *, within_s: float = READY_WITHIN_S) -> None:
    """Wait for a condition. Raises RigFailedError."""
    give_up_at = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > give_up_at:
            raise RigFailedError(f"{what}: not within {within_s:.0f} s")
        await asyncio.sleep(LOOK_EVERY_S)


@contextlib.asynccontextmanager
async def open_rig(*, drones: int) -> AsyncIterator[Rig]:
    """Start everything, wait until every aircraft is ready, and stop everything in order."""
    layout = lay_out(parse(scenario_text(drones), source="bench"))
    async with contextlib.AsyncExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="rtcc-bench-"))
        stage = stack.enter_context(open_stage(Path(home) / "stage", label="bench"))
        narrator = Narrator(is_silent=True)
        witness = Witness(narrator)
        port, started_at = free_udp_port(), datetime.now(UTC)
        scenario = stage.directory / "bench.toml"
        scenario.write_text(scenario_text(drones), encoding="utf-8")
        world = await _start_world(stage, scenario, port, started_at, witness)
        stack.push_async_callback(world.stop, grace_s=3.0)
        cad = await stack.enter_async_context(SimCad())
        await until(witness.cad_url.done, "the simulated aircraft")
        stage.settings.write_text(
            agency_toml(
                layout,
                stage,
                fleet_url=f"udpin://127.0.0.1:{port}",
                cad_url=cad.url,
                speed=SPEED,
                started_at=started_at,
            ),
            encoding="utf-8",
        )
        keeper = CoreKeeper(stage, narrator)
        stack.push_async_callback(keeper.stop)
        await keeper.start()
        crew = Operator(Habits(stay_on_scene_s=1e9), new_id=lambda: "bench")
        client = Headless(stage.socket_path, crew, narrator)
        task = asyncio.create_task(client.run(), name="console")
        stack.push_async_callback(_end, task)
        await until(lambda: _is_ready(client, cad, drones), "core, CAD and every aircraft")
        yield Rig(layout, cad, client, witness)


async def _start_world(
    stage: Stage, scenario: Path, port: int, started_at: datetime, witness: Witness
) -> Child:
    argv = [
        *(sys.executable, "-m", "rtcc_core.cli", "sitl", "world", "--scenario", str(scenario)),
        *("--speed", repr(SPEED), "--fleet-port", str(port), "--epoch", started_at.isoformat()),
        *("--weather-file", str(stage.weather)),
    ]
    return await Child.start("world", argv, log=stage.log("world"), on_line=witness.hear)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _is_ready(client: Headless, cad: SimCad, drones: int) -> bool:
    ready = [seen for seen in client.sky.values() if seen.is_armable and seen.has_fix]
    return cad.is_subscribed and len(ready) == drones and client.state.weather is not None


def scenario_text(drones: int) -> str:
    """So many aircraft on one site, with batteries that outlast the bench."""
    head = """
name = "bench"
title = "Bench"
[city]
name = "BENCH"
latitude_deg = 38.4088
longitude_deg = -121.3716
wind_speed_m_s = 2
wind_from_deg = 240
[flying]
transit_height_m = 10
overwatch_height_m = 10
aircraft_per_person = 4
[[site]]
name = "HQ"
north_m = 0
east_m = 0
[[person]]
name = "BENCH"
role = "pilot"
"""
    pads = "".join(
        f'[[drone]]\ncallsign = "D{number}"\nsite = "HQ"\nendurance_min = 600\n'
        for number in range(1, drones + 1)
    )
    return head + pads
