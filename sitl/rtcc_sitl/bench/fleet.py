"""`rtcc bench fleet`: what hearing and holding a fleet costs, beside the plain ways to do it, in one run.

The aircraft are a process of their own that packs frames and acknowledges commands at once. Each side that is
measured is a process of its own too, one after the other, and the rounds are interleaved, so that a machine
that is busy for a while is so for all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from rtcc_sitl.bench.first_flight import Figure, Result, machine
from rtcc_sitl.bench.fleet_core import measure_core
from rtcc_sitl.bench.fleet_subject import Found
from rtcc_sitl.bench.fleet_table import table
from rtcc_sitl.bench.rig import RigFailedError
from rtcc_sitl.processes import Child
from rtcc_sitl.report import percentile
from rtcc_sitl.stage import free_udp_port

HZ = 10.0
AIMED_AT = 20
"""Aircraft that the aims are about; the holds among silent ones and the stall are measured with as many."""
SILENT = 20
SIDES = ("adapter", "core", "pymavlink", "mavsdk")
HOLDING = ("adapter", "mavsdk")
STALLING = ("adapter", "pymavlink", "mavsdk")
RATIO_AIM, HOLD_AIM_P99_MS, STALE_AIM = 2.0, 50.0, 0.0
RUN_WITHIN_S = 120.0
FORCED_END_S = 0.5


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured: sizes of the fleet, seconds of each run, rounds of each comparison."""

    aircraft: tuple[int, ...] = (1, 5, 20, 50)
    seconds: float = 5.0
    rounds: int = 3
    only: str | None = None
    """`load`, `hold` or `stall`: nothing else is measured."""
    json_path: Path | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one side."""

    side: str
    what: str
    aircraft: int
    silent: int
    found: Found


def run(options: Options) -> int:
    """Measure and print a table; 0 also where an aim is missed, 1 where nothing could be measured."""
    try:
        runs = asyncio.run(_bench(options))
    except (RigFailedError, OSError) as error:
        sys.stderr.write(f"rtcc bench: {error}\n")
        return 1
    result = Result(bench="fleet", machine=machine(), figures=figures(runs))
    sys.stdout.write(table(result, options.aircraft) + "\n")
    if options.json_path is not None:
        text = msgspec.json.format(msgspec.json.encode(result), indent=2)
        options.json_path.write_bytes(text + b"\n")
    return 0


async def _bench(options: Options) -> list[Run]:
    plan = [
        (side, "load", count, 0)
        for count in options.aircraft
        for _ in range(options.rounds)
        for side in SIDES
    ]
    for _ in range(options.rounds):
        for count in options.aircraft:
            plan += [(side, "hold", count, 0) for side in HOLDING]
        plan += [(side, "hold", AIMED_AT, SILENT) for side in HOLDING]
        plan += [(side, "stall", AIMED_AT, 0) for side in STALLING]
    plan = [step for step in plan if options.only in (None, step[1])]
    runs: list[Run] = []
    for number, (side, what, count, silent) in enumerate(plan, start=1):
        also = f", {silent} silent" if silent else ""
        sys.stderr.write(f"{number}/{len(plan)}: {side} {what}, {count} aircraft{also}\n")
        found = await _measure(side, what, count, silent, options.seconds)
        runs.append(Run(side=side, what=what, aircraft=count, silent=silent, found=found))
    return runs


async def _measure(side: str, what: str, count: int, silent: int, seconds: float) -> Found:
    port = free_udp_port()
    with tempfile.TemporaryDirectory(prefix="rtcc-bench-") as home:
        async with _aircraft(Path(home), port, count + silent) as control:
            if side == "core":
                return await measure_core(aircraft=count, port=port, seconds=seconds)
            argv = [
                *(sys.executable, "-m", "rtcc_sitl.bench.fleet_subject", side, what),
                *("--port", str(port), "--control", control, "--seconds", repr(seconds)),
                *("--aircraft", str(count), "--silent", str(silent)),
            ]
            text = await _first_line(f"{side} {what}", argv, Path(home) / "subject.log")
            return msgspec.json.decode(text, type=Found)


@contextlib.asynccontextmanager
async def _aircraft(home: Path, port: int, count: int) -> AsyncIterator[str]:
    """The senders' process; its control port."""
    argv = [
        *(sys.executable, "-m", "rtcc_sitl.bench.fleet_sender"),
        *("--port", str(port), "--aircraft", str(count), "--hz", repr(HZ)),
    ]
    said: asyncio.Queue[str] = asyncio.Queue()
    child = await Child.start("aircraft", argv, log=home / "aircraft.log", on_line=said.put_nowait)
    try:
        yield await _line(said, child, "the aircraft")
    finally:
        await child.stop(grace_s=2.0)


async def _first_line(name: str, argv: Sequence[str], log: Path) -> str:
    said: asyncio.Queue[str] = asyncio.Queue()
    child = await Child.start(name, argv, log=log, on_line=said.put_nowait)
    try:
        return await _line(said, child, name)
    finally:
        await child.stop(grace_s=FORCED_END_S)


async def _line(said: asyncio.Queue[str], child: Child, name: str) -> str:
    """Its first line. Raises RigFailedError where it ends or takes too long without one."""
    line, ended = asyncio.create_task(said.get()), asyncio.create_task(child.wait())
    await asyncio.wait((line, ended), timeout=RUN_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait((line,), timeout=FORCED_END_S)
    ended.cancel()
    if line.done():
        return line.result()
    line.cancel()
    raise RigFailedError(f"{name} {child.ending} without a result: {child.last_words()}")


# --- figures ----------------------------------------------------------------------------------------


def figures(runs: Sequence[Run]) -> tuple[Figure, ...]:
    """Medians over the rounds of what one run tells as one number; percentiles over all samples."""
    made: list[Figure] = []
    for count in dict.fromkeys(run.aircraft for run in runs if run.what == "load"):
        made += _load_figures(runs, count)
    for side, count, silent in dict.fromkeys(
        (run.side, run.aircraft, run.silent) for run in runs if run.what == "hold"
    ):
        made += _hold_figures(runs, side, count, silent)
    for side in dict.fromkeys(run.side for run in runs if run.what == "stall"):
        stale = [float(run.found.stale or 0) for run in runs if (run.side, run.what) == (side, "stall")]
        aim = STALE_AIM if side == "adapter" else None
        made.append(_figure(f"{side}_stale_after_5s_stall", max(stale), "values", aim))
    return tuple(made)


def _load_figures(runs: Sequence[Run], count: int) -> list[Figure]:
    made: list[Figure] = []
    chosen = [run for run in runs if (run.what, run.aircraft) == ("load", count)]
    cpu = {
        side: statistics.median(run.found.cpu_percent or 0.0 for run in chosen if run.side == side)
        for side in dict.fromkeys(run.side for run in chosen)
    }
    for side, percent in cpu.items():
        name = f"{side}_{count}"
        made.append(_figure(f"{name}_cpu_per_aircraft", percent / count, "% of a core"))
        aim = RATIO_AIM if (side, count) == ("adapter", AIMED_AT) else None
        if side != "pymavlink":
            made.append(_figure(f"{name}_cpu_over_pymavlink", percent / cpu["pymavlink"], "ratio", aim))
        ages = [age for run in chosen if run.side == side for age in run.found.ages_ms]
        for label, fraction in (("p50", 0.5), ("p99", 0.99)):
            made.append(_figure(f"{name}_age_{label}", percentile(ages, fraction), "ms"))
    return made


def _hold_figures(runs: Sequence[Run], side: str, count: int, silent: int) -> list[Figure]:
    chosen = [
        run.found
        for run in runs
        if (run.what, run.side, run.aircraft, run.silent) == ("hold", side, count, silent)
    ]
    made: list[Figure] = []
    name = f"{side}_{count}" + (f"_with_{silent}_silent" if silent else "")
    one = [sample for found in chosen for sample in found.hold_ms]
    everybody = [sample for found in chosen for sample in found.hold_all_ms]
    for label, fraction in (("p50", 0.5), ("p99", 0.99)):
        is_aim = (side, silent, label) == ("adapter", SILENT, "p99")
        aim = HOLD_AIM_P99_MS if is_aim else None
        made.append(_figure(f"{name}_hold_one_{label}", percentile(one, fraction), "ms", aim))
        made.append(_figure(f"{name}_hold_all_{label}", percentile(everybody, fraction), "ms"))
    made.append(Figure(name=f"{name}_hold_one_samples", value=len(one), unit="samples"))
    return made


def _figure(name: str, value: float | None, unit: str, aim: float | None = None) -> Figure:
    met = None if aim is None else value is not None and value <= aim
    return Figure(name=name, value=None if value is None else round(value, 3), unit=unit, aim=aim, met=met)
