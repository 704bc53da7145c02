"""The CAD bench's processes: a core on a fleet that is heard, its consoles, and what it is compared with."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from rtcc_sitl.bench.rig import RigFailedError, scenario_text
from rtcc_sitl.drill_streets import streets_geojson
from rtcc_sitl.layout import Layout, lay_out
from rtcc_sitl.processes import Child
from rtcc_sitl.scenario import parse
from rtcc_sitl.stage import Stage, agency_toml, free_udp_port, open_stage

ANSWER_WITHIN_S = 60.0
STOP_GRACE_S = 12.0
FORCED_END_S = 0.5
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Helper:
    """A child that answers in JSON lines."""

    def __init__(self, child: Child, lines: asyncio.Queue[str]) -> None:
        self.child = child
        self.welcomed_s = 0.0
        """A console: from connecting to having its snapshot."""
        self._lines = lines

    async def numbers(self) -> list[float]:
        """Its next line, a list of numbers. Raises RigFailedError."""
        return [float(each) for each in json.loads(await self._line(ANSWER_WITHIN_S))]

    async def next(self, *, within_s: float = ANSWER_WITHIN_S) -> dict[str, Any]:
        """Its next line, an object. Raises RigFailedError where none comes."""
        found: dict[str, Any] = json.loads(await self._line(within_s))
        return found

    async def _line(self, within_s: float) -> str:
        line = asyncio.create_task(self._lines.get())
        ended = asyncio.create_task(self.child.wait())
        await asyncio.wait((line, ended), timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not line.done():
            line.cancel()
            raise RigFailedError(f"{self.child.name} {self.child.ending}: {self.child.last_words()}")
        return line.result()

    async def seen(self) -> dict[int, float]:
        """What this console has seen since it was asked last: monotonic time by event."""
        self.child.tell("seen")
        return {int(number): float(at_s) for number, at_s in (await self.next())["seen"]}


class Core:
    """A running core with its journal on disk."""

    def __init__(self, child: Child, stage: Stage, layout: Layout) -> None:
        self.child = child
        self.stage = stage
        self.layout = layout

    def cpu_s(self) -> float:
        """User and system time of its process so far, all its threads."""
        fields = Path(f"/proc/{self.child.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def waited_s(self) -> float:
        """How long its first thread was ready and had no processor; 0 where the kernel does not say."""
        try:
            return int(Path(f"/proc/{self.child.pid}/schedstat").read_text("ascii").split()[1]) / 1e9
        except (OSError, IndexError, ValueError):
            return 0.0

    @contextlib.asynccontextmanager
    async def console(self, *, say_at: int = 0) -> AsyncIterator[Helper]:
        """A console of its own process, welcomed."""
        argv = ["-m", "rtcc_sitl.bench.cad_console", "--socket", str(self.stage.socket_path)]
        async with helper("console", [*argv, "--say-at", str(say_at)], self.stage.directory) as console:
            console.welcomed_s = float((await console.next())["ready"])
            yield console


@contextlib.asynccontextmanager
async def open_core(cad_url: str, *, aircraft: int) -> AsyncIterator[Core]:
    """A core that subscribes to this CAD, on a fleet of aircraft that stand on their pads and are heard."""
    layout = lay_out(parse(scenario_text(aircraft), source="bench"))
    async with contextlib.AsyncExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="rtcc-bench-"))
        stage = stack.enter_context(open_stage(Path(home) / "stage", label="bench"))
        port = free_udp_port()
        sender = ["-m", "rtcc_sitl.bench.fleet_sender", "--port", str(port)]
        sender += ["--aircraft", str(aircraft), "--hz", "2"]
        await stack.enter_async_context(helper("aircraft", sender, stage.directory))
        now = datetime.now(UTC)
        weather = {"wind_speed_m_s": 2.0, "wind_from_deg": 240.0, "gust_m_s": 3.0, "observed_at": now}
        stage.weather.write_bytes(msgspec.json.encode(weather))
        settings = agency_toml(
            layout, stage, fleet_url=f"udpin://127.0.0.1:{port}", cad_url=cad_url, speed=1.0, started_at=now
        )
        stage.streets.write_bytes(streets_geojson(layout))
        stage.settings.write_text(settings, encoding="utf-8")
        argv = [*(sys.executable, "-m", "rtcc_core.cli", "core", "--settings", str(stage.settings))]
        argv += ["--state-dir", str(stage.directory), "--exit-with-stdin"]
        child = await Child.start("core", argv, log=stage.log("core"))
        stack.push_async_callback(_stop_core, child)
        yield Core(child, stage, layout)


async def _stop_core(child: Child) -> None:
    await child.stop(grace_s=STOP_GRACE_S)


@contextlib.asynccontextmanager
async def helper(name: str, argv: list[str], home: Path) -> AsyncIterator[Helper]:
    """A Python process of this bench, ended with its stdin or, where it does not look, by a signal."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    child = await Child.start(
        name, [sys.executable, *argv], log=home / f"{name}.log", on_line=lines.put_nowait
    )
    try:
        yield Helper(child, lines)
    finally:
        await child.stop(grace_s=FORCED_END_S)
