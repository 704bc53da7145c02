"""`rtcc bench console`: the console's budgets, measured on the real thing, beside stock Textual `DataTable`.

The core is a process of its own: the real desk, journal, watch and console socket, with so many calls and
aircraft. The console is `rtcc console` on a pty, watched from outside; then the same calls and aircraft are
drawn by an application of two `DataTable`s, on the same socket, with the same hands.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from pathlib import Path

import msgspec

from rtcc_sitl.bench.console_rig import ConsoleCore, open_core
from rtcc_sitl.bench.console_side import CONSOLE, STOCK, Paint, Program, Side
from rtcc_sitl.bench.console_table import Found, Noise, figures, table
from rtcc_sitl.bench.first_flight import Result, machine
from rtcc_sitl.bench.rig import RigFailedError

CALLS, AIRCRAFT = 200, 20
CALLS_MANY, AIRCRAFT_MANY = 1_000, 50
SLOW_B_S = 10_000.0
MEASURES = ("paint", "steady", "keys", "slow", "stall")
SIDES = ("console", "datatable", "large")
PAINTS = 4
SETTLE_S = 2.0
STALL_TOLD_S = 10.0
"""At least so long a stall is looked at from the other console."""
CURRENT_WITHIN_S = 20.0
STOCK_STALL_S = 20.0
"""The core lets a console go that answered nothing for 10 s, and asks every 5."""
SHOWN_WITHIN_S = 0.7
"""How long the last new call is waited for."""
SLOW_LEAST_S = 0.3
OUR_PACE_S = 0.3
"""The console draws moving figures so often; `DataTable` is also measured at this pace."""
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured, and for how long."""

    seconds: float = 20.0
    """Of the steady stretch; the others follow it."""
    stall_s: float = 60.0
    calls: int = CALLS
    aircraft: int = AIRCRAFT
    only: tuple[str, ...] = ()
    """Of `MEASURES` and `SIDES`; nothing named of either means all of it."""
    json_path: Path | None = None

    def wants(self, name: str) -> bool:
        """Whether a measure or a side is asked for."""
        kind = MEASURES if name in MEASURES else SIDES
        named = [each for each in self.only if each in kind]
        return not named or name in named


def run(options: Options) -> int:
    """Measure and print a table; 0 also where a budget is missed, 1 where nothing could be measured."""
    try:
        found, noise = asyncio.run(_bench(options))
    except (RigFailedError, OSError, TimeoutError) as error:
        sys.stderr.write(f"rtcc bench: {error or 'the core did not answer in time'}\n")
        return 1
    result = Result(bench="console", machine=machine(), figures=figures(found, noise))
    sys.stdout.write(table(result, found) + "\n")
    if options.json_path is not None:
        text = msgspec.json.format(msgspec.json.encode(result), indent=2)
        options.json_path.write_bytes(text + b"\n")
    return 0


async def _bench(options: Options) -> tuple[list[Found], Noise]:
    load_before, busy_s, own_s, began_s = os.getloadavg()[0], _busy_s(), _own_s(), time.monotonic()
    found = await _usual(options)
    if options.wants("large"):
        found += await _large(options)
    cpus = os.cpu_count() or 1
    others_s = max(0.0, _busy_s() - busy_s - (_own_s() - own_s))
    noise = Noise(
        load_before=load_before,
        load_after=os.getloadavg()[0],
        others_percent=100.0 * others_s / (cpus * (time.monotonic() - began_s)),
        took_s=time.monotonic() - began_s,
    )
    return found, noise


async def _usual(options: Options) -> list[Found]:
    """The budgets' own load: the console, and in its stall stock `DataTable`."""
    if not (options.wants("console") or options.wants("datatable")):
        return []
    found: list[Found] = []
    async with open_core(calls=options.calls, aircraft=options.aircraft) as core:
        _tell(f"{options.calls} calls and {options.aircraft} aircraft are up")
        await asyncio.sleep(min(10.0, options.seconds))
        ours: Side | None = None
        if options.wants("console"):
            ours = await _begin(CONSOLE, core, options, found)
            await _measure(ours, core, options, found[-1], options.seconds)
        began_s = time.monotonic()
        if ours is not None and options.wants("stall"):
            ours.child.stall()
        if options.wants("datatable"):
            await _stock(core, options, found)
        if ours is not None:
            if options.wants("stall"):
                await _stalled(ours, core, found[0], began_s, options.stall_s)
            ours.child.end()
    return found


async def _stock(core: ConsoleCore, options: Options, found: list[Found]) -> None:
    stock = await _begin(STOCK, core, options, found)
    seconds = 0.6 * options.seconds
    try:
        await _measure(stock, core, options, found[-1], seconds)
        if options.wants("stall"):
            await _let_go(stock, core, found[-1], min(STOCK_STALL_S, options.stall_s))
    finally:
        stock.child.end()
    if options.wants("steady"):
        _tell("datatable: at the console's own pace")
        paced = Side(STOCK, core, "--every", str(OUR_PACE_S))
        try:
            await paced.paint(options.calls)
            await asyncio.sleep(min(SETTLE_S, seconds))
            found[-1].paced = await paced.spend(0.5 * seconds)
        finally:
            paced.child.end()


async def _large(options: Options) -> list[Found]:
    """The console alone, with 1,000 calls and 50 aircraft."""
    found: list[Found] = []
    many = msgspec.structs.replace(options, calls=CALLS_MANY, aircraft=AIRCRAFT_MANY)
    async with open_core(calls=many.calls, aircraft=many.aircraft) as core:
        _tell(f"{many.calls} calls and {many.aircraft} aircraft are up")
        await asyncio.sleep(min(10.0, options.seconds))
        side = await _begin(CONSOLE, core, many, found)
        try:
            await _measure(side, core, many, found[-1], 0.6 * options.seconds)
        finally:
            side.child.end()
    return found


# --- one program ------------------------------------------------------------------------------------


async def _begin(program: Program, core: ConsoleCore, options: Options, found: list[Found]) -> Side:
    """Start it a few times over; the last one stays."""
    _tell(f"{program.name}: first paint")
    times = max(1, min(PAINTS, int(options.seconds / 4))) if options.wants("paint") else 1
    paints: list[Paint] = []
    while True:
        side = Side(program, core)
        try:
            paints.append(await side.paint(options.calls))
        except BaseException:
            side.child.end()
            raise
        if len(paints) == times:
            break
        side.child.end()
    found.append(Found(side=program.name, calls=options.calls, aircraft=options.aircraft, paints=paints))
    await asyncio.sleep(min(SETTLE_S, options.seconds))
    return side


async def _measure(side: Side, core: ConsoleCore, options: Options, found: Found, seconds: float) -> None:
    client = side.program.client
    if options.wants("steady"):
        _tell(f"{found.side}: steady for {seconds:.0f} s")
        found.steady = await side.spend(seconds)
    if options.wants("keys"):
        _tell(f"{found.side}: keys and new calls")
        await _hands(side, core, found, seconds)
    if options.wants("slow"):
        _tell(f"{found.side}: a reader of {SLOW_B_S / 1e3:.0f} kB/s")
        await core.pulse()
        side.child.read_slowly(SLOW_B_S)
        await asyncio.sleep(max(SLOW_LEAST_S, 0.5 * seconds))
        found.lag_ms = (await core.pulse()).get(client, [])
        side.child.read()
        await asyncio.sleep(min(SETTLE_S, seconds))


async def _hands(side: Side, core: ConsoleCore, found: Found, seconds: float) -> None:
    """Keys, while new calls come in."""
    began_s, waited_s = time.monotonic(), side.waited_s()
    core.open_calls(True)
    found.select_ms = await side.select(0.6 * seconds)
    found.letters_ms = await side.letters(0.4 * seconds)
    found.waited_percent = 100.0 * (side.waited_s() - waited_s) / (time.monotonic() - began_s)
    await core.a_call_since(began_s)
    core.open_calls(False)
    await asyncio.sleep(SHOWN_WITHIN_S)
    asked = {number: at_s for number, at_s in core.calls_s.items() if at_s >= began_s}
    found.glyphs_ms = [1e3 * (side.seen_s[n] - at_s) for n, at_s in asked.items() if n in side.seen_s]
    found.glyphs_missed = len(asked) - len(found.glyphs_ms)
    found.other_ms = core.other_ms(began_s)


# --- a terminal that does not read ------------------------------------------------------------------


async def _stalled(side: Side, core: ConsoleCore, found: Found, began_s: float, stall_s: float) -> None:
    """The rest of the stall, seen from the other console, and the way back."""
    left_s = max(min(STALL_TOLD_S, stall_s), stall_s - (time.monotonic() - began_s))
    _tell(f"{found.side}: does not read for {time.monotonic() - began_s + left_s:.0f} s")
    await core.pulse()
    alone_s = time.monotonic()
    core.open_calls(True)
    await asyncio.sleep(left_s)
    await core.a_call_since(alone_s)
    await asyncio.sleep(SHOWN_WITHIN_S)
    found.other_in_stall_ms = core.other_ms(alone_s)
    found.lag_in_stall_ms = (await core.pulse()).get(side.program.client, [])
    found.stalled_s = time.monotonic() - began_s
    found.current_after_s = await _current(side, core)
    core.open_calls(False)


async def _let_go(side: Side, core: ConsoleCore, found: Found, stall_s: float) -> None:
    """A short stall of a program that is not paced: does the core still hear from it?"""
    _tell(f"{found.side}: does not read for at most {stall_s:.0f} s")
    await core.pulse()
    began_s = time.monotonic()
    core.open_calls(True)
    side.child.stall()
    gone_s = await core.gone(side.program.client, stall_s)
    found.let_go_after_s = None if gone_s is None else gone_s - began_s
    found.lag_in_stall_ms = (await core.pulse()).get(side.program.client, [])
    found.stalled_s = time.monotonic() - began_s
    found.current_after_s = await _current(side, core)
    core.open_calls(False)


async def _current(side: Side, core: ConsoleCore) -> float | None:
    """Seconds from reading again until the newest call, or a newer one, is on the glass."""
    newest = max(core.calls_s, default="")
    began_s = time.monotonic()
    side.child.read()
    at_s = await side.until(lambda: max(side.seen_s, default="") >= newest, CURRENT_WITHIN_S)
    return None if at_s is None else max(0.0, at_s - began_s)


# --- the machine ------------------------------------------------------------------------------------


def _busy_s() -> float:
    """Seconds that all processors together worked so far."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _wait, interrupt, soft = map(int, file.readline().split()[1:8])
    return (user + nice + system + interrupt + soft) / CLOCK_TICKS


def _own_s() -> float:
    """Seconds that we and what we started, and has ended, worked so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()
