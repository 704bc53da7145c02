"""All aircraft of a scenario in one world: one clock, one wind, one task that keeps time for all."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from types import TracebackType

import msgspec

from rtcc_core.domain.geo import offset
from rtcc_sitl.air_traffic import AirTraffic
from rtcc_sitl.clock import SimClock
from rtcc_sitl.mavlink_endpoint import Address
from rtcc_sitl.vehicle import TICK_S, SimVehicle, VehicleSpec
from rtcc_sitl.wind import CALM, Wind
from rtcc_sitl.wind_field import WindField

__all__ = ["CALM", "Hangar", "SimVehicle", "VehicleSpec", "Wind"]

TWIN_AWAY_M, TWIN_BEARING_DEG = 400.0, 90.0
"""Where a second aircraft of the same system id stands from the first one's pad."""


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
        field: WindField | None = None,
        epoch: datetime | None = None,
        also_to: Sequence[Address] = (),
        traffic: AirTraffic | None = None,
    ) -> None:
        self.clock = SimClock(speed=speed, epoch=epoch)
        self._open = partial(
            SimVehicle,
            gcs_address=gcs_address,
            wind=wind,
            field=field,
            clock=self.clock,
            also_to=also_to,
            traffic=traffic,
        )
        self._seed = seed
        self._vehicles: dict[str, SimVehicle] = {}
        for spec in specs:
            taken = next((each.spec for each in self if each.spec.sysid == spec.sysid), None)
            if taken is not None or spec.callsign in self._vehicles:
                other = taken.callsign if taken is not None else spec.callsign
                raise ValueError(
                    f"{spec.callsign} (system id {spec.sysid}) clashes with {other}: give each its own"
                )
            self._vehicles[spec.callsign] = self._open(spec, seed=seed)
        self._twins: dict[str, SimVehicle] = {}
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

    def set_wind(self, wind: Wind | None) -> None:
        """Change the wind for every aircraft; None: as it was before anybody changed it."""
        for vehicle in self:
            vehicle.set_wind(wind)

    async def add_twin(self, callsign: str) -> SimVehicle:
        """Put a second aircraft with the system id of `callsign` on the ground some way off."""
        if callsign not in self._twins:
            spec = self[callsign].spec
            home = offset(spec.home, TWIN_BEARING_DEG, TWIN_AWAY_M)
            named = msgspec.structs.replace(spec, callsign=f"{callsign} twin", home=home)
            twin = self._open(named, seed=self._seed + 1)
            await twin.start()
            self._twins[callsign] = twin
        return self._twins[callsign]

    async def remove_twin(self, callsign: str) -> None:
        """Take it away again; harmless where there is none."""
        twin = self._twins.pop(callsign, None)
        if twin is not None:
            await twin.stop()

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
            for vehicle in [*self, *self._twins.values()]:
                await vehicle.stop()
            self._twins.clear()

    async def _run(self) -> None:
        before = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            elapsed_s, before = now - before, now
            flying = [*self, *self._twins.values()]
            for _ in range(self.clock.due(elapsed_s)):
                for vehicle in flying:
                    vehicle.advance()
                self.clock.count_step()
            for vehicle in flying:
                vehicle.tick(elapsed_s)
