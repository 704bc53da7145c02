"""`rtcc bench first-flight`: a CAD frame on the wire to the call in a console's hands, and a launch sent by a
console to the command on the MAVLink wire, under 10 drones at 10 Hz and 50 open calls.

Everything is real but the aircraft and the CAD: the core is a process of its own with its journal on disk,
every launch is the console protocol's own and is flown (up, down, and again) by an aircraft that MAVSDK
flies. Beside each sample the bare socket of the same kind is timed, so that a slow machine shows in both.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import platform
import secrets
import sys
import time
from collections.abc import Iterator
from functools import partial

import msgspec

from rtcc_core.domain.call import CallStatus
from rtcc_core.domain.commands import LandDrone, LaunchDrone
from rtcc_core.domain.drone import Landed
from rtcc_core.domain.flight import AIRBORNE, Phase
from rtcc_core.wire.eido import write_eido
from rtcc_sitl.bench.raw import RawUdp, RawWebsocket, open_udp, open_websocket
from rtcc_sitl.bench.rig import Rig, RigFailedError, open_rig, until
from rtcc_sitl.report import percentile

DRONES = 4
"""As many as one person may control at once."""
OPEN_CALLS = 50
CALL_AIM_P99_MS = 100.0
COMMAND_AIM_P99_MS = 50.0
PAUSE_S = 0.1
"""Between two samples of one path."""
SAMPLE_WITHIN_S = 10.0
TURN_WITHIN_S = 60.0


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value. `aim` and `met` are null for what is told only to compare."""

    name: str
    value: float | None
    unit: str
    aim: float | None = None
    met: bool | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What `rtcc bench` prints."""

    bench: str
    machine: dict[str, str | int | float]
    figures: tuple[Figure, ...]


class Samples(msgspec.Struct, kw_only=True):
    """Milliseconds, sample by sample."""

    calls: list[float]
    raw_websocket: list[float]
    commands: list[float]
    raw_udp: list[float]


def run(*, samples: int) -> int:
    """Measure and print one JSON object; 0 also where an aim is missed, 1 where nothing could be measured."""
    try:
        result = asyncio.run(_bench(samples))
    except (RigFailedError, OSError) as error:
        sys.stderr.write(f"rtcc bench: {error}\n")
        return 1
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n")
    return 0


async def _bench(wanted: int) -> Result:
    measured = Samples(calls=[], raw_websocket=[], commands=[], raw_udp=[])
    began_s = time.monotonic()
    async with open_rig(drones=DRONES) as rig, open_websocket() as websocket, open_udp() as udp:
        await _fill(rig)
        numbers = itertools.count(10_000)
        turn = asyncio.Lock()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_measure_calls(rig, websocket, measured, wanted, numbers))
            for index, callsign in enumerate(rig.callsigns):
                share = len(range(index, wanted, DRONES))
                tasks.create_task(_measure_launches(rig, udp, measured, callsign, share, turn))
    return Result(
        bench="first-flight", machine=machine(), figures=figures(measured, took_s=time.monotonic() - began_s)
    )


async def _fill(rig: Rig) -> None:
    """Open the calls that are there all the time."""
    for number in range(1, OPEN_CALLS + 1):
        await rig.cad.publish(rig.report(number))
    await until(lambda: len(rig.client.state.open_calls) == OPEN_CALLS, f"{OPEN_CALLS} open calls")


# --- CAD to console ---------------------------------------------------------------------------------


async def _measure_calls(
    rig: Rig, websocket: RawWebsocket, measured: Samples, wanted: int, numbers: Iterator[int]
) -> None:
    """Open a call, time it, close it again; the open ones stay about as many."""
    for number in itertools.islice(numbers, wanted):
        report = rig.report(number)
        began_s = time.monotonic()
        await rig.cad.publish(report)
        await until(
            partial(_is_seen, rig, number),
            f"call {number} at the console",
            within_s=SAMPLE_WITHIN_S,
        )
        measured.calls.append(1e3 * (rig.client.call_seen_s[str(number)] - began_s))
        text = msgspec.json.encode(write_eido(report)).decode()
        measured.raw_websocket.append(await websocket.time_ms(text))
        await rig.cad.publish(rig.report(number, status=CallStatus.CLOSED))
        _tell(measured)
        await asyncio.sleep(PAUSE_S)


# --- console to MAVLink -----------------------------------------------------------------------------


async def _measure_launches(
    rig: Rig, udp: RawUdp, measured: Samples, callsign: str, wanted: int, turn: asyncio.Lock
) -> None:
    """Launch one aircraft, time it, land it, and again. One launch at a time, as a person gives them; the
    other aircraft are in the air, landing, or wait for theirs."""
    calls = itertools.cycle(list(rig.client.state.calls)[int(callsign[1:]) :: DRONES])
    for call_id in itertools.islice(calls, wanted):
        await until(partial(_is_free, rig, callsign), f"{callsign} ready to launch", within_s=TURN_WITHIN_S)
        async with turn:
            await _measure_launch(rig, measured, callsign, call_id)
            measured.raw_udp.append(await udp.time_ms())
            await asyncio.sleep(PAUSE_S)
        await _bring_down(rig, callsign)


async def _measure_launch(rig: Rig, measured: Samples, callsign: str, call_id: str) -> None:
    launch = LaunchDrone(
        command_id=secrets.token_hex(8), seen_seq=rig.client.state.seq, drone=callsign, call_id=call_id
    )
    asked_s = await rig.ask(launch)
    await until(
        partial(_has_command, rig, callsign, asked_s),
        f"{callsign} launched on MAVLink",
        within_s=SAMPLE_WITHIN_S,
    )
    arrived_s = rig.witness.first_command_after(callsign, asked_s)
    if arrived_s is not None:
        measured.commands.append(1e3 * (arrived_s - asked_s))


def _has_command(rig: Rig, callsign: str, asked_s: float) -> bool:
    return rig.witness.first_command_after(callsign, asked_s) is not None


def _is_seen(rig: Rig, number: int) -> bool:
    return str(number) in rig.client.call_seen_s


async def _bring_down(rig: Rig, callsign: str) -> None:
    await until(lambda: _phase(rig, callsign) in AIRBORNE, f"{callsign} in the air", within_s=TURN_WITHIN_S)
    await rig.ask(LandDrone(command_id=secrets.token_hex(8), drone=callsign))
    await until(lambda: _phase(rig, callsign) is None, f"{callsign} landed", within_s=TURN_WITHIN_S)


def _phase(rig: Rig, callsign: str) -> Phase | None:
    flight = rig.client.state.flight_of(callsign)
    return flight.phase if flight is not None else None


def _is_free(rig: Rig, callsign: str) -> bool:
    seen = rig.client.sky.get(callsign)
    if seen is None or _phase(rig, callsign) is not None:
        return False
    return bool(seen.is_armable and seen.has_fix) and seen.armed is False and seen.landed is Landed.ON_GROUND


# --- figures ----------------------------------------------------------------------------------------


def figures(measured: Samples, *, took_s: float) -> tuple[Figure, ...]:
    """Every figure of the bench, in the order of the paths."""
    return (
        *_path("cad_to_console", measured.calls, "raw_websocket", measured.raw_websocket, CALL_AIM_P99_MS),
        *_path(
            "launch_command_to_mavlink", measured.commands, "raw_udp", measured.raw_udp, COMMAND_AIM_P99_MS
        ),
        Figure(name="drones", value=DRONES, unit="aircraft, position and attitude at 10 Hz each"),
        Figure(name="open_calls", value=OPEN_CALLS, unit="calls"),
        Figure(name="took", value=round(took_s, 1), unit="s"),
    )


def _path(
    name: str, values: list[float], raw_name: str, raw_values: list[float], aim_ms: float
) -> Iterator[Figure]:
    """p50 and p99 of a path and of the bare socket beside it, and the product over the bare socket."""
    yield Figure(name=f"{name}_samples", value=len(values), unit="samples")
    for label, fraction, aim in (("p50", 0.50, None), ("p99", 0.99, aim_ms)):
        value, raw = percentile(values, fraction), percentile(raw_values, fraction)
        met = None if aim is None else value is not None and value <= aim
        yield Figure(name=f"{name}_{label}", value=_rounded(value), unit="ms", aim=aim, met=met)
        yield Figure(name=f"{raw_name}_{label}", value=_rounded(raw), unit="ms")
        ratio = value / raw if value is not None and raw else None
        yield Figure(name=f"{name}_over_{raw_name}_{label}", value=_rounded(ratio), unit="ratio")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def machine() -> dict[str, str | int | float]:
    """What it ran on."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cpus": os.cpu_count() or 0,
        "load_1min": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _tell(measured: Samples) -> None:
    if len(measured.calls) % 20 == 0:
        sys.stderr.write(f"{len(measured.calls)} calls, {len(measured.commands)} launches measured\n")
        sys.stderr.flush()
