"""What tests of the fleet adapter share: aircraft on a port of their own, a fleet that knows them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime

from rtcc_core.adapters.mavsdk_fleet import MavsdkFleet
from rtcc_core.domain.drone import Drone, Landed, Mode, Telemetry
from rtcc_core.domain.facts import AircraftStatusText, Fact, StrangerSeen
from rtcc_core.domain.flight import Order, Outcome, Verb
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.programme import Programme
from rtcc_core.ports import Receipt
from rtcc_sitl.clock import SimClock
from rtcc_sitl.hangar import Hangar
from rtcc_sitl.vehicle import VehicleSpec

DEADLINE_S = 45.0

_numbers = itertools.count(1)


def free_port() -> int:
    """A UDP port of this machine that nobody uses right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening_at(port: int) -> str:
    """The address of a fleet that listens there, as MAVSDK writes it."""
    return f"udpin://127.0.0.1:{port}"


async def until(
    condition: Callable[[], bool], what: str = "the condition", within_s: float = DEADLINE_S
) -> None:
    """Wait for something to hold; an AssertionError that names it when it does not come."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"it never came to: {what}"
        await asyncio.sleep(0.02)


def order(verb: Verb, drone: str = "D1", target: LatLon | None = None, height_m: float = 30.0) -> Order:
    """An order that nobody gave before."""
    return Order(
        order_id=f"O{next(_numbers)}",
        drone=drone,
        verb=verb,
        operator="tester",
        asked_at=datetime.now(UTC),
        target=target,
        height_m=height_m,
    )


class Sink:
    """A desk that only remembers."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        self.facts.extend(facts)

    def texts(self) -> list[str]:
        """What the aircraft said."""
        return [fact.text for fact in self.facts if isinstance(fact, AircraftStatusText)]

    def strangers(self) -> list[int]:
        return [fact.sysid for fact in self.facts if isinstance(fact, StrangerSeen)]


class Bench:
    """A fleet on one address, and the words to fly it with: `fleet` may be stopped and replaced.

    `clock` is the simulated aircraft's, where it is theirs: see `slowly`.
    """

    def __init__(
        self,
        url: str,
        programme: Programme,
        sysids: Sequence[int] = (1, 2, 3),
        *,
        deadline_s: float = DEADLINE_S,
        clock: SimClock | None = None,
    ) -> None:
        self.url = url
        self.programme = programme
        self.deadline_s = deadline_s
        self.clock = clock
        self.sink = Sink()
        self._roster = [
            Drone(callsign=f"D{i}", sysid=sysid, site="yard") for i, sysid in enumerate(sysids, 1)
        ]
        self.fleet = self.new_fleet()

    def new_fleet(self) -> MavsdkFleet:
        return MavsdkFleet(self.url, self._roster, self.programme, self.sink)

    def see(self, callsign: str = "D1") -> Telemetry:
        return self.fleet.sky()[callsign]

    def height_m(self, callsign: str = "D1") -> float:
        """Above its launch point; 0 where it is not known."""
        return self.see(callsign).height_m or 0.0

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something to hold, as long as these aircraft may take."""
        await until(condition, what, self.deadline_s)

    async def shows(self, mode: Mode, callsign: str = "D1") -> None:
        await self.until(lambda: self.see(callsign).mode is mode, f"mode {mode}")

    @contextlib.contextmanager
    def slowly(self, speed: float = 1.0) -> Iterator[None]:
        """Let the aircraft live at the speed of life: what lasts seconds is not over before it was seen."""
        if self.clock is None:
            yield
            return
        usual, self.clock.speed = self.clock.speed, speed
        try:
            yield
        finally:
            self.clock.speed = usual

    async def turns_to(self, mode: Mode, verb: Verb, *, drone: str = "D1") -> None:
        """Give an order, which has to be accepted, and see the mode that it brings."""
        with self.slowly():
            await self.obeys(verb, drone=drone)
            await self.shows(mode, drone)

    async def ready(self, *callsigns: str) -> None:
        """Wait until these, or D1, may be launched and have told everything else that they tell unasked."""

        def is_ready(seen: Telemetry) -> bool:
            told = (seen.position, seen.home_amsl_m, seen.battery_fraction, seen.satellites)
            may_fly = seen.is_connected and seen.is_armable and seen.has_fix
            return bool(may_fly and seen.landed is not Landed.UNKNOWN and None not in told)

        wanted = callsigns or ("D1",)
        await self.until(lambda: all(is_ready(self.see(each)) for each in wanted), f"{wanted} ready")

    async def carry(self, what: Order) -> Receipt:
        return await self.fleet.carry(what, on_sent=lambda: None)

    async def obeys(
        self, verb: Verb, target: LatLon | None = None, height_m: float = 30.0, *, drone: str = "D1"
    ) -> None:
        """Give an order that has to be accepted; once more where nobody answered, as people do.

        On a machine that stands still for two seconds MAVSDK gives up before the aircraft has heard it.
        """
        receipt = await self.carry(order(verb, drone, target, height_m))
        if receipt.outcome is Outcome.UNKNOWN:
            receipt = await self.carry(order(verb, drone, target, height_m))
        assert receipt.outcome is Outcome.ACCEPTED, receipt.reason

    async def airborne(self, callsign: str = "D1", height_m: float = 30.0) -> None:
        """Launch one and wait until it is up there."""
        await self.ready(callsign)
        await self.obeys(Verb.LAUNCH, height_m=height_m, drone=callsign)
        await self.until(lambda: self.height_m(callsign) > height_m - 2.0, f"{height_m} m")
        await self.until(lambda: self.see(callsign).is_airborne is True, "in the air")

    async def landed(self, callsign: str = "D1") -> None:
        """Wait until one stands on the ground with its motors stopped."""
        await self.until(
            lambda: self.see(callsign).armed is False and self.see(callsign).is_airborne is False,
            "on the ground, disarmed",
        )


@contextlib.asynccontextmanager
async def simulated(
    *specs: VehicleSpec, speed: float, programme: Programme
) -> AsyncIterator[tuple[Bench, Hangar]]:
    """Simulated aircraft and a started fleet on a port of their own."""
    port = free_port()
    bench = Bench(listening_at(port), programme)
    async with Hangar(specs, gcs_address=("127.0.0.1", port), speed=speed) as hangar:
        bench.clock = hangar.clock
        await bench.fleet.start()
        try:
            yield bench, hangar
        finally:
            await bench.fleet.stop()
