"""Simulated aircraft by themselves, for a ground station or a core that somebody else runs."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rtcc_core.domain.geo import LatLon, offset
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.control_door import Asked, ControlDoor
from rtcc_sitl.fault_effects import strike
from rtcc_sitl.faults import parse
from rtcc_sitl.hangar import Hangar
from rtcc_sitl.layout import PAD_SPACING_M
from rtcc_sitl.mavlink_endpoint import Address
from rtcc_sitl.vehicle import VehicleSpec
from rtcc_sitl.wind import CALM, Wind


def in_a_row(
    count: int,
    home: LatLon,
    *,
    home_amsl_m: float = 0.0,
    first_sysid: int = 1,
    autopilot: AutopilotName = "px4",
    has_orbit: bool = True,
    has_payload: bool = True,
) -> list[VehicleSpec]:
    """D1, D2 … on pads east of `home`, with system ids from `first_sysid` on.

    Raises ValueError where the system ids run out.
    """
    return [
        VehicleSpec(
            sysid=first_sysid + index,
            callsign=f"D{index + 1}",
            home=offset(home, 90.0, index * PAD_SPACING_M),
            home_amsl_m=home_amsl_m,
            autopilot=autopilot,
            has_orbit=has_orbit,
            gimbal=has_payload,
            camera=has_payload,
        )
        for index in range(count)
    ]


async def serve(
    specs: Iterable[VehicleSpec],
    *,
    to: Sequence[Address] = (("127.0.0.1", 14550),),
    speed: float = 1.0,
    seed: int = 0,
    wind: Wind = CALM,
    control: Path | None = None,
) -> None:
    """Fly simulated aircraft until cancelled, speaking to every address of `to`.

    `control`: the socket where `rtcc sitl fault` is heard. Raises OSError, in words, where it cannot be.
    """
    first, *others = to
    hangar = Hangar(specs, gcs_address=first, also_to=others, speed=speed, seed=seed, wind=wind)

    async def let_happen(asked: Asked) -> str:
        drone = await strike(hangar, asked.drone, parse(asked.fault, asked.args))
        words = " ".join([drone, asked.fault, *asked.args])
        _say(f"FAULT {words}")
        return words

    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(hangar)
        if control is not None:
            await stack.enter_async_context(ControlDoor(control, let_happen))
        await hangar.wait()


def run(
    specs: Sequence[VehicleSpec],
    *,
    to: Sequence[Address],
    speed: float,
    seed: int,
    wind: Wind,
    control: Path | None,
) -> int:
    """What `rtcc sitl vehicles` does: fly until Ctrl-C or SIGTERM. Returns the exit code."""

    async def fly() -> None:
        serving = asyncio.current_task()
        if serving is not None:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
        await serve(specs, to=to, speed=speed, seed=seed, wind=wind, control=control)

    for spec in specs:
        _say(f"{spec.callsign}: system id {spec.sysid}, {spec.autopilot}, at {spec.home}")
    _say("speaking to " + ", ".join(f"udp {host}:{port}" for host, port in to) + "; Ctrl-C ends it")
    try:
        asyncio.run(fly())
    except asyncio.CancelledError:
        return 0
    except OSError as error:
        _say(f"rtcc sitl vehicles: {error}")
        return 2
    return 0


def _say(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
