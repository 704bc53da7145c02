"""All aircraft of a scenario in one world: one clock, one wind, one task that keeps time for all."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from types import TracebackType

from rtcc_sitl.clock import SimClock
from rtcc_sitl.mavlink_endpoint import Address
from rtcc_sitl.vehicle import TICK_S, SimVehicle, VehicleSpec
from rtcc_sitl.wind import CALM, Wind

__all__ = ["CALM", "Hangar", "SimVehicle", "VehicleSpec", "Wind", "serve"]


class Hangar:
    """The aircraft of a scenario, by call sign. `async with` opens and closes all of them.

    Raises ValueError for two aircraft with one system id or one call sign.
    """

    def __init__(
        self,
        specs: Iterable[VehicleSpec],
        *,
        gcs_address: Address,
        speed: float = 1.0,
        seed: int = 0,
        wind: Wind = CALM,
        epoch: datetime | None = None,
    ) -> None:
        self.clock = SimClock(speed=speed, epoch=epoch)
        self._vehicles: dict[str, SimVehicle] = {}
        for spec in specs:
            taken = next((each.spec for each in self if each.spec.sysid == spec.sysid), None)
            if taken is not None or spec.callsign in self._vehicles:
                other = taken.callsign if taken is not None else spec.callsign
                raise ValueError(
                    f"{spec.callsign} (system id {spec.sysid}) clashes with {other}: give each its own"
                )
            self._vehicles[spec.callsign] = SimVehicle(
                spec, gcs_address=gcs_address, seed=seed, wind=wind, clock=self.clock
            )
        self._task: asyncio.Task[None] | None = None

    def __iter__(self) -> Iterator[SimVehicle]:
        return iter(self._vehicles.values())

    def __len__(self) -> int:
        return len(self._vehicles)

    def __getitem__(self, callsign: str) -> SimVehicle:
        return self._vehicles[callsign]

    async def __aenter__(self) -> Hangar:
        try:
            for vehicle in self:
                await vehicle.start()
        except BaseException:
            await self._close()
            raise
        self._task = asyncio.create_task(self._run(), name="hangar")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    def set_wind(self, wind: Wind) -> None:
        """Change the wind for every aircraft."""
        for vehicle in self:
            vehicle.set_wind(wind)

    async def wait(self) -> None:
        """Wait while time runs here: until cancelled, or until a fault of the simulator is raised."""
        if self._task is not None:
            await self._task

    async def _close(self) -> None:
        try:
            if self._task is not None:
                self._task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._task
        finally:
            self._task = None
            for vehicle in self:
                await vehicle.stop()

    async def _run(self) -> None:
        before = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            elapsed_s, before = now - before, now
            for _ in range(self.clock.due(elapsed_s)):
                for vehicle in self:
                    vehicle.advance()
                self.clock.count_step()
            for vehicle in self:
                vehicle.tick(elapsed_s)


async def serve(
    specs: Iterable[VehicleSpec],
    *,
    gcs_address: Address = ("127.0.0.1", 14550),
    speed: float = 1.0,
    seed: int = 0,
    wind: Wind = CALM,
) -> None:
    """Fly simulated aircraft until cancelled: what `rtcc sitl vehicles` runs."""
    async with Hangar(specs, gcs_address=gcs_address, speed=speed, seed=seed, wind=wind) as hangar:
        await hangar.wait()
