"""MAVSDK the plain way, as its examples show it: `mavsdk.asyncio`, the loop's default thread pool, a task
with an async generator for each stream of each aircraft. The streams are those our own telemetry needs.

The one module of the simulator's side that may import `mavsdk`: it is what is compared, not what flies.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Any

import mavsdk
from mavsdk.asyncio import ComponentType, Configuration, Mavsdk
from mavsdk.asyncio.plugins.action import ActionAsync, ActionError
from mavsdk.asyncio.plugins.telemetry import TelemetryAsync

STREAMS = (
    *("position", "velocity_ned", "attitude_euler", "battery", "flight_mode", "armed", "landed_state"),
    *("gps_info", "health", "home", "status_text"),
)
DISCOVER_EVERY_S = 0.2


class MavsdkSide:
    """One task for each stream of each aircraft, the newest value kept."""

    def __init__(self) -> None:
        self.on_news: Callable[[float], None] = lambda _: None
        self._mavsdk: Any = None
        self._newest: dict[tuple[int, str], Any] = {}
        self._actions: dict[int, Any] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._sysids = range(0)

    async def open(self, url: str, sysids: range) -> None:
        mavsdk.log_subscribe(lambda *_: True)
        self._sysids = sysids
        self._mavsdk = Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION))
        await self._mavsdk.add_any_connection(url)
        while len(self._actions) < len(sysids):
            for system in await self._mavsdk.get_systems():
                sysid = await system.get_system_id()
                if sysid in sysids and sysid not in self._actions:
                    self._follow(system, sysid)
            await asyncio.sleep(DISCOVER_EVERY_S)

    def _follow(self, system: Any, sysid: int) -> None:
        self._actions[sysid] = ActionAsync(system)
        telemetry = TelemetryAsync(system)
        for name in STREAMS:
            self._tasks.append(asyncio.create_task(self._keep(telemetry, sysid, name)))
        self._tasks.append(asyncio.create_task(self._keep_heading(telemetry, sysid)))

    async def _keep(self, telemetry: Any, sysid: int, name: str) -> None:
        async for value in getattr(telemetry, f"subscribe_{name}")():
            self._newest[sysid, name] = value

    async def _keep_heading(self, telemetry: Any, sysid: int) -> None:
        async for value in telemetry.subscribe_heading():
            self._newest[sysid, "heading"] = value.heading_deg
            self.on_news(value.heading_deg)

    def headings(self) -> Iterable[float | None]:
        return [self._newest.get((sysid, "heading")) for sysid in self._sysids]

    def look(self) -> None:
        """It is told."""

    async def hold(self, sysid: int) -> bool:
        with contextlib.suppress(ActionError):
            await self._actions[sysid].hold()
            return True
        return False

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._mavsdk.destroy()
