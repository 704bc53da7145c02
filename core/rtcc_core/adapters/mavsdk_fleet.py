"""The fleet in the air through MAVSDK: `ports.DroneLink` over one UDP port and many system ids."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

import msgspec

from rtcc_core.adapters.mavsdk_aircraft import Aircraft, OnAdsb
from rtcc_core.adapters.mavsdk_binding import Port
from rtcc_core.adapters.mavsdk_facts import FactPump
from rtcc_core.adapters.mavsdk_texts import Said
from rtcc_core.adapters.mavsdk_words import SEVERITIES
from rtcc_core.domain.drone import Drone, Sky, Telemetry
from rtcc_core.domain.facts import AircraftStatusText, ReturnHeightUnset, StrangerSeen
from rtcc_core.domain.flight import Order, Outcome
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.programme import Programme
from rtcc_core.ports import FactSink, Receipt

TEND_S = 1.0
"""Between two looks for new aircraft and missing telemetry."""

DISCOVER_LOOK_S = 0.2


class MavsdkFleet:
    """The roster's aircraft on one port, found by system id whenever they speak.

    Telemetry is the newest that was heard, never queued. Orders to one aircraft wait for nothing of another.
    """

    def __init__(
        self,
        connection_url: str,
        roster: Sequence[Drone],
        programme: Programme,
        sink: FactSink,
        *,
        on_adsb: OnAdsb | None = None,
    ) -> None:
        """`on_adsb` is told, in the reading thread, of every ADSB_VEHICLE that one of our aircraft sends."""
        self._url = connection_url
        self._roster = {drone.sysid: drone for drone in roster}
        self._sysids = {drone.callsign: drone.sysid for drone in roster}
        self._programme = programme
        self._pump = FactPump(sink)
        self._on_adsb = on_adsb
        self._aircraft: dict[str, Aircraft] = {}
        self._strangers: set[int] = set()
        self._port: Port | None = None
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._carrying: set[asyncio.Task[Receipt]] = set()

    async def start(self) -> None:
        """Open the port. Raises OSError, in words, when it is taken; RuntimeError when already started."""
        if self._port is not None:
            raise RuntimeError("the fleet is started already")
        loop = asyncio.get_running_loop()
        self._port = await asyncio.to_thread(Port, self._url)
        self._port.on_new_system(lambda: loop.call_soon_threadsafe(self._news.set))
        self._tasks = [
            asyncio.create_task(self._tend(self._port), name="fleet-tend"),
            asyncio.create_task(self._pump.run(), name="fleet-facts"),
        ]

    async def stop(self) -> None:
        """Close the port; no thread and no socket is left. Stopping twice is harmless.

        Aircraft keep flying what they last accepted; orders still waiting for an answer end as unknown.
        """
        port, self._port = self._port, None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        for aircraft in self._aircraft.values():
            await aircraft.helm.stop()
        if port is not None:
            await port.close()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        self._aircraft = {}

    def sky(self) -> Sky:
        """The newest of every aircraft of the roster; one never heard has nothing but its name."""
        return {callsign: self._telemetry(callsign) for callsign in self._sysids}

    async def carry(self, order: Order, *, on_sent: Callable[[], None]) -> Receipt:
        """Carry one order; see `ports.DroneLink.carry`."""
        aircraft = self._aircraft.get(order.drone)
        if aircraft is None or self._port is None:
            return self._undeliverable(order)
        carrying = asyncio.create_task(aircraft.helm.carry(order, on_sent), name=f"carry-{order.order_id}")
        self._carrying.add(carrying)
        carrying.add_done_callback(self._carrying.discard)
        return await asyncio.shield(carrying)

    def _undeliverable(self, order: Order) -> Receipt:
        if order.drone not in self._sysids:
            return Receipt(Outcome.REFUSED, f"{order.drone} is not in the fleet")
        if self._port is None:
            return Receipt(Outcome.UNKNOWN, "the link to the fleet is closed; nothing was sent")
        sysid = self._sysids[order.drone]
        return Receipt(
            Outcome.UNKNOWN,
            f"{order.drone} (sysid {sysid}) was never heard on {self._url}; nothing was sent",
        )

    def _telemetry(self, callsign: str) -> Telemetry:
        aircraft = self._aircraft.get(callsign)
        return Telemetry(drone=callsign) if aircraft is None else aircraft.telemetry()

    async def _tend(self, port: Port) -> None:
        while True:
            # Not wait_for: before Python 3.12 it swallows a cancellation that comes with the news.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TEND_S):
                    await self._news.wait()
            self._news.clear()
            for sysid in port.sysids():
                self._welcome(port, sysid)
            now = time.monotonic()
            for aircraft in self._aircraft.values():
                aircraft.tend(now)

    def _welcome(self, port: Port, sysid: int) -> None:
        drone = self._roster.get(sysid)
        if drone is None:
            if sysid not in self._strangers:
                self._strangers.add(sysid)
                fact = StrangerSeen(sysid=sysid, detail=f"heard on {self._url}; not in the fleet's list")
                self._pump.put(fact, source="aircraft")
        elif drone.callsign not in self._aircraft:
            loop, callsign = asyncio.get_running_loop(), drone.callsign

            def on_warning(said: Said) -> None:
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    loop.call_soon_threadsafe(self._report, callsign, said)

            def on_unconfirmed(height_m: float, words: str) -> None:
                fact = ReturnHeightUnset(drone=callsign, height_m=height_m, detail=words)
                self._pump.put(fact, source="core")

            self._aircraft[callsign] = Aircraft(
                callsign, port.link(sysid), self._programme, on_warning, self._on_adsb, on_unconfirmed
            )

    def _report(self, callsign: str, said: Said) -> None:
        fact = AircraftStatusText(
            drone=callsign, severity=SEVERITIES[max(0, min(said.severity, 7))], text=said.text
        )
        self._pump.put(fact, source=f"aircraft:{callsign}")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An aircraft that somebody else started."""

    sysid: int
    autopilot: str
    """`PX4`, `ArduPilot`, or empty."""
    position: LatLon
    home_amsl_m: float


async def discover(connection_url: str, *, count: int, timeout_s: float) -> list[Found]:
    """Wait until `count` aircraft have a position good enough to fly on, then close the port again.

    ArduPilot needs about 45 s for it. Ordered by system id; more than `count` when more are ready. Raises
    TimeoutError that says what was heard instead, and OSError when the port cannot be opened.
    """
    port = await asyncio.to_thread(Port, connection_url)
    heard: dict[int, Aircraft] = {}
    programme = Programme(agency="")
    give_up_at = time.monotonic() + timeout_s
    tended_at = 0.0
    try:
        while True:
            now = time.monotonic()
            for sysid in port.sysids():
                if sysid not in heard:
                    heard[sysid] = Aircraft(f"sysid {sysid}", port.link(sysid), programme, lambda _: None)
            if now - tended_at >= TEND_S:
                tended_at = now
                for aircraft in heard.values():
                    aircraft.tend(now)
            found = [each for sysid in sorted(heard) if (each := _found(heard[sysid])) is not None]
            if len(found) >= count:
                return found
            if now >= give_up_at:
                raise TimeoutError(_missing_words(connection_url, count, timeout_s, heard))
            await asyncio.sleep(DISCOVER_LOOK_S)
    finally:
        await port.close()


def _found(aircraft: Aircraft) -> Found | None:
    telemetry = aircraft.telemetry()
    if (
        not telemetry.is_connected
        or not telemetry.has_fix
        or telemetry.position is None
        or telemetry.home_amsl_m is None
    ):
        return None
    return Found(
        sysid=aircraft.sysid,
        autopilot=telemetry.autopilot,
        position=telemetry.home or telemetry.position,
        home_amsl_m=telemetry.home_amsl_m,
    )


def _missing_words(url: str, count: int, timeout_s: float, heard: dict[int, Aircraft]) -> str:
    waited = f"after {timeout_s:.0f} s on {url}"
    if not heard:
        return f"no aircraft was heard {waited}: is one running, and does it send to this address?"
    states = ", ".join(
        f"sysid {sysid} ({'ready' if _found(each) else 'no position yet'})" for sysid, each in heard.items()
    )
    return f"{count} aircraft with a position are needed; {waited} there are: {states}"
