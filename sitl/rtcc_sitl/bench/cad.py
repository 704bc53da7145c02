"""`rtcc bench cad`: calls from a CAD's socket into a console's hands, beside the bare parts it stands on.

A sender (this process), the real core with its journal on disk, and its consoles, each a process of its
own; then the same frames into `websockets` and `json` alone, and rows of the same bytes into SQLite alone. An
event counts from the moment it was due to the moment its acknowledgement is back, which is sent when the
journal has it (synchronous=FULL), and to the moment a console has folded it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec

from rtcc_core.domain.geo import LatLon
from rtcc_sitl.bench.cad_load import as_json, incident, reports
from rtcc_sitl.bench.cad_rig import Helper, helper, open_core
from rtcc_sitl.bench.cad_sender import PacedCad
from rtcc_sitl.bench.cad_table import Measured, figures, table
from rtcc_sitl.bench.first_flight import Result, machine
from rtcc_sitl.bench.rig import RigFailedError

ACKED_WITHIN_S = 60.0
SEEN_WITHIN_S = 10.0
CONSOLES = 3
"""Consoles that wait for the first list."""
COMMITS = 500
TOGETHER = 32
"""Rows in a commit of several, as the desk makes them under load."""
SETTLE_S = 1.0


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured: events a second, seconds of each rate, incidents of the first list."""

    rates: tuple[int, ...] = (10, 100, 1_000)
    seconds: float = 10.0
    incidents: int = 5_000
    aircraft: int = 10
    json_path: Path | None = None


def run(options: Options) -> int:
    """Measure and print a table; 0 also where an aim is missed, 1 where nothing could be measured."""
    try:
        measured = asyncio.run(_bench(options))
    except (RigFailedError, OSError) as error:
        sys.stderr.write(f"rtcc bench: {error}\n")
        return 1
    result = Result(bench="cad", machine=machine(), figures=figures(measured))
    sys.stdout.write(table(result, options.rates) + "\n")
    if options.json_path is not None:
        text = msgspec.json.format(msgspec.json.encode(result), indent=2)
        options.json_path.write_bytes(text + b"\n")
    return 0


async def _bench(options: Options) -> Measured:
    measured = Measured(incidents=options.incidents, aircraft=options.aircraft)
    await _snapshot(options, measured)
    await _events(options, measured)
    await _bare(options, measured)
    return measured


# --- the first list -------------------------------------------------------------------------------


async def _snapshot(options: Options, measured: Measured) -> None:
    """From the CAD's yes to our subscription until every console has folded every call."""
    _tell(f"a first list of {options.incidents:,} incidents")
    async with contextlib.AsyncExitStack() as stack:
        cad = await stack.enter_async_context(PacedCad())
        cad.may_subscribe.clear()
        core = await stack.enter_async_context(open_core(cad.url, aircraft=options.aircraft))
        centre, at = core.layout.centre, datetime.now(UTC)
        cad.listed = [as_json(incident(number, centre, at)) for number in range(1, options.incidents + 1)]
        consoles = [
            await stack.enter_async_context(core.console(say_at=options.incidents)) for _ in range(CONSOLES)
        ]
        cad.may_subscribe.set()
        told = [await console.next() for console in consoles]
        assert cad.listed_at_s is not None
        measured.snapshot_s = [float(each["at_s"]) - cad.listed_at_s for each in told]
        late = await stack.enter_async_context(core.console())
        measured.late_console_s = late.welcomed_s


# --- events ---------------------------------------------------------------------------------------


async def _events(options: Options, measured: Measured) -> None:
    async with (
        PacedCad() as cad,
        open_core(cad.url, aircraft=options.aircraft) as core,
        core.console() as console,
    ):
        await _subscribed(cad)
        first = 1
        eidos = _eidos(core.layout.centre, options)
        measured.event_bytes = sum(map(len, eidos)) // len(eidos)
        for rate, name, count, rate_hz in _turns(options):
            _tell(f"core: {name} of {rate}")
            cpu_s, waited_s = core.cpu_s(), core.waited_s()
            numbers = await _turn(cad, first, eidos[first - 1 : first - 1 + count], rate_hz)
            took_s = max(cad.acked_s[number] for number in numbers) - cad.sent_s[first]
            measured.acks_ms[("core", name, rate)] = _waits_ms(cad, numbers, cad.acked_s)
            measured.per_s[("core", name, rate)] = count / took_s
            measured.cpu[("core", name, rate)] = 100.0 * (core.cpu_s() - cpu_s) / took_s
            measured.waited[("core", name, rate)] = 100.0 * (core.waited_s() - waited_s) / took_s
            seen = await _seen(console, numbers)
            measured.consoles_ms[(name, rate)] = _waits_ms(cad, numbers, seen)
            first += count
            await asyncio.sleep(SETTLE_S)


async def _seen(console: Helper, numbers: range) -> dict[int, float]:
    seen: dict[int, float] = {}
    give_up_at = time.monotonic() + SEEN_WITHIN_S
    while any(number not in seen for number in numbers) and time.monotonic() < give_up_at:
        seen |= await console.seen()
        await asyncio.sleep(0.1)
    return seen


def _turns(options: Options) -> Iterator[tuple[int, str, int, float]]:
    """Each rate evenly for so many seconds; then as many at once as come in a second."""
    for rate in options.rates:
        yield rate, "sustained", max(1, round(rate * options.seconds)), float(rate)
        yield rate, "burst", rate, 0.0


def _eidos(centre: LatLon, options: Options) -> list[str]:
    count = sum(count for _, _, count, _ in _turns(options))
    return [as_json(report) for report in islice(reports(centre), count)]


async def _turn(cad: PacedCad, first: int, eidos: Sequence[str], rate_hz: float) -> range:
    """Send them and wait until all are acknowledged; their numbers. Raises RigFailedError."""
    sending = asyncio.create_task(cad.send_paced(first, eidos, rate_hz=rate_hz))
    await asyncio.wait_for(sending, ACKED_WITHIN_S + (len(eidos) / rate_hz if rate_hz else 0.0))
    numbers = range(first, first + len(eidos))
    acked = await cad.wait_acked(numbers, within_s=ACKED_WITHIN_S)
    if acked != len(eidos):
        raise RigFailedError(f"{len(eidos) - acked} of {len(eidos)} events were not acknowledged in time")
    return numbers


def _waits_ms(cad: PacedCad, numbers: range, ended_s: dict[int, float]) -> list[float]:
    return [1e3 * (ended_s[number] - cad.sent_s[number]) for number in numbers if number in ended_s]


# --- what it is compared with ---------------------------------------------------------------------


async def _bare(options: Options, measured: Measured) -> None:
    with tempfile.TemporaryDirectory(prefix="rtcc-bench-") as folder:
        home = Path(folder)
        await _bare_socket(options, measured, home)
        for together in (1, TOGETHER):
            _tell(f"SQLite alone, {together} in a commit")
            argv = ["-m", "rtcc_sitl.bench.cad_bare", "commit", str(home / f"{together}.db")]
            argv += [str(COMMITS * together), str(measured.event_bytes), str(together)]
            async with helper("sqlite", argv, home) as bare:
                measured.commits_ms[together] = await bare.numbers()


async def _bare_socket(options: Options, measured: Measured, home: Path) -> None:
    async with PacedCad() as cad:
        argv = ["-m", "rtcc_sitl.bench.cad_bare", "echo", cad.url]
        async with helper("echo", argv, home):
            await _subscribed(cad)
            eidos = _eidos(LatLon(38.4088, -121.3716), options)
            first = 1
            for rate, name, count, rate_hz in _turns(options):
                _tell(f"websockets and json alone: {name} of {rate}")
                numbers = await _turn(cad, first, eidos[first - 1 : first - 1 + count], rate_hz)
                took_s = max(cad.acked_s[number] for number in numbers) - cad.sent_s[first]
                measured.acks_ms[("bare", name, rate)] = _waits_ms(cad, numbers, cad.acked_s)
                measured.per_s[("bare", name, rate)] = count / took_s
                first += count


async def _subscribed(cad: PacedCad) -> None:
    try:
        async with asyncio.timeout(ACKED_WITHIN_S):
            await cad.is_subscribed.wait()
    except TimeoutError:
        raise RigFailedError("nobody subscribed to the CAD") from None
    await asyncio.sleep(SETTLE_S)


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()
