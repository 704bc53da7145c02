"""One measured side of the fleet bench, in a process of its own: it hears the fleet one way, is timed doing
it, and prints what it found as one JSON object."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, runtime_checkable

import msgspec

from rtcc_sitl.bench.fleet_aircraft import age_ms

READY_WITHIN_S = 30.0
SETTLE_S = 2.0
"""After the last aircraft was heard: rates were asked for, start-up is over."""
READ_EVERY_S = 0.1
HOLD_PAUSE_S = 0.02
HOLD_ALL_TURNS, HOLD_ALL_WITHIN_S = 20, 5.0
STALL_S = 5.0
LOOK_AFTER_STALL_S = 1.0
LOOK_EVERY_S = 0.02
STALE_MS = 1_000.0


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one run of one side measured; milliseconds, sample by sample."""

    cpu_percent: float | None = None
    """Of one core, all threads."""
    ages_ms: tuple[float, ...] = ()
    """True ages of the positions in hand, read ten times a second."""
    hold_ms: tuple[float, ...] = ()
    """Each from the call to its acknowledgement, one aircraft after the other."""
    hold_all_ms: tuple[float, ...] = ()
    """Each from the first call to the last acknowledgement, all at once."""
    stale: int | None = None
    """Values over a second old that were handed over as news after the stall."""


class Side(Protocol):
    """A way to hear the fleet."""

    on_news: Callable[[float], None]
    """Called with the heading of every position that is handed over."""

    async def open(self, url: str, sysids: range) -> None: ...

    def headings(self) -> Iterable[float | None]:
        """The newest heading of each aircraft; None for one not heard yet."""
        ...

    def look(self) -> None:
        """Take what is new, for a side that is asked rather than told."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class HoldingSide(Side, Protocol):
    """One that can stop aircraft, too."""

    async def hold(self, sysid: int) -> bool:
        """True when the aircraft acknowledged."""
        ...


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("side", choices=("adapter", "pymavlink", "mavsdk"))
    parser.add_argument("what", choices=("load", "hold", "stall"))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--aircraft", type=int, required=True)
    parser.add_argument("--silent", type=int, default=0)
    parser.add_argument("--seconds", type=float, required=True)
    arguments = parser.parse_args()
    asyncio.run(_measure(_side(arguments.side), arguments))


def _side(name: str) -> Side:
    """Imported here: what one side needs must not weigh on another."""
    if name == "adapter":
        from rtcc_sitl.bench.fleet_adapter import AdapterSide

        return AdapterSide()
    if name == "mavsdk":
        from rtcc_sitl.bench.fleet_mavsdk import MavsdkSide

        return MavsdkSide()
    from rtcc_sitl.bench.fleet_pymavlink import PymavlinkSide

    return PymavlinkSide()


async def _measure(side: Side, arguments: argparse.Namespace) -> None:
    healthy = range(1, arguments.aircraft + 1)
    silent = range(arguments.aircraft + 1, arguments.aircraft + arguments.silent + 1)
    await side.open(f"udpin://127.0.0.1:{arguments.port}", range(1, healthy.stop + len(silent)))
    give_up_at = time.monotonic() + READY_WITHIN_S
    while any(heading is None for heading in side.headings()):
        if time.monotonic() > give_up_at:
            sys.exit(f"not every aircraft was heard within {READY_WITHIN_S:.0f} s")
        await asyncio.sleep(READ_EVERY_S)
    await asyncio.sleep(SETTLE_S)
    match arguments.what:
        case "load":
            found = await _load(side, arguments.seconds)
        case "hold":
            if not isinstance(side, HoldingSide):
                sys.exit(f"{arguments.side} holds nobody: it only hears")
            found = await _hold(side, healthy, silent, arguments.control, arguments.seconds)
        case _:
            found = await _stall(side)
    # Told before closing: with a default thread pool full of unanswered holds, that takes a while.
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    sys.stdout.flush()
    await side.close()


async def _load(side: Side, seconds: float) -> Found:
    ages_ms: list[float] = []
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    for turn in itertools.count(1):
        await asyncio.sleep(max(0.0, began_s + turn * READ_EVERY_S - time.monotonic()))
        ages_ms += [age_ms(heading) for heading in side.headings() if heading is not None]
        if time.monotonic() - began_s >= seconds:
            break
    took_s = time.monotonic() - began_s
    cpu_percent = 100.0 * (time.process_time() - began_cpu_s) / took_s
    return Found(cpu_percent=cpu_percent, ages_ms=tuple(ages_ms))


async def _hold(side: HoldingSide, healthy: range, silent: range, control: int, seconds: float) -> Found:
    if silent:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as telling:
            telling.sendto(f"silence {silent.start} {silent.stop - 1}".encode(), ("127.0.0.1", control))
    pestering = [asyncio.create_task(_hold_for_ever(side, sysid)) for sysid in silent]
    await asyncio.sleep(0.2)
    hold_ms: list[float] = []
    give_up_at = time.monotonic() + seconds
    for sysid in itertools.cycle(healthy):
        if time.monotonic() > give_up_at:
            break
        hold_ms.append(await _timed_ms([side.hold(sysid)]))
        await asyncio.sleep(HOLD_PAUSE_S)
    hold_all_ms: list[float] = []
    for _ in range(HOLD_ALL_TURNS):
        if hold_all_ms and time.monotonic() > give_up_at + HOLD_ALL_WITHIN_S:
            break
        hold_all_ms.append(await _timed_ms([side.hold(sysid) for sysid in healthy]))
        await asyncio.sleep(READ_EVERY_S)
    for task in pestering:
        task.cancel()
    await asyncio.gather(*pestering, return_exceptions=True)
    return Found(hold_ms=tuple(hold_ms), hold_all_ms=tuple(hold_all_ms))


async def _hold_for_ever(side: HoldingSide, sysid: int) -> None:
    while True:
        await side.hold(sysid)


async def _timed_ms(calls: list[Awaitable[bool]]) -> float:
    began_s = time.monotonic()
    if not all(await asyncio.gather(*calls)):
        sys.exit("a healthy aircraft did not acknowledge a hold")
    return 1e3 * (time.monotonic() - began_s)


async def _stall(side: Side) -> Found:
    ages_ms: list[float] = []
    side.on_news = lambda heading: ages_ms.append(age_ms(heading))
    ages_ms.clear()
    time.sleep(STALL_S)  # noqa: ASYNC251 -- the stall that is measured
    until_s = time.monotonic() + LOOK_AFTER_STALL_S
    while time.monotonic() < until_s:
        side.look()
        await asyncio.sleep(LOOK_EVERY_S)
    return Found(stale=sum(age > STALE_MS for age in ages_ms), ages_ms=tuple(ages_ms))


if __name__ == "__main__":
    main()
