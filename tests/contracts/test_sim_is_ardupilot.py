"""The simulated aircraft with ArduCopter's manners, flown through the core's own fleet adapter."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

import pytest

from rtcc_core.adapters.mavsdk_fleet import MavsdkFleet, discover
from rtcc_core.domain.drone import Drone, Landed, Mode, Telemetry
from rtcc_core.domain.facts import AircraftStatusText, Fact
from rtcc_core.domain.flight import Order, Outcome, Verb
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_core.domain.programme import Programme
from rtcc_core.ports import Receipt
from rtcc_sitl.copter import CopterMode
from rtcc_sitl.copter_autopilot import CopterAutopilot
from rtcc_sitl.hangar import Hangar, SimVehicle, VehicleSpec

pytestmark = pytest.mark.drill

HOME = LatLon(-35.3632, 149.1652)
HOME_AMSL_M = 584.0
SPEED = 10.0
DEADLINE_S = 25.0
RADIUS_M = 40.0
PROGRAMME = Programme(agency="Test", orbit_radius_m=RADIUS_M, orbit_speed_m_s=5.0)
_numbers = itertools.count(1)


class Sink:
    def __init__(self) -> None:
        self.facts: list[Fact] = []

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        self.facts.extend(facts)

    def texts(self) -> list[str]:
        return [fact.text for fact in self.facts if isinstance(fact, AircraftStatusText)]


class Bench:
    """One simulated copter on the air and a fleet that knows it."""

    def __init__(self, vehicle: SimVehicle, url: str) -> None:
        self.vehicle = vehicle
        self.sink = Sink()
        self.fleet = MavsdkFleet(url, [Drone(callsign="D1", sysid=1, site="yard")], PROGRAMME, self.sink)

    def shown(self) -> CopterMode:
        return self.copter.shown

    @property
    def copter(self) -> CopterAutopilot:
        assert isinstance(self.vehicle.autopilot, CopterAutopilot)
        return self.vehicle.autopilot

    def see(self) -> Telemetry:
        return self.fleet.sky()["D1"]

    async def shows(self, mode: Mode) -> None:
        await until(lambda: self.see().mode is mode, f"mode {mode}")

    async def ready(self) -> None:
        await until(lambda: bool(self.see().has_fix and self.see().is_armable), "ready")

    async def carry(self, verb: Verb, target: LatLon | None = None, height_m: float = 30.0) -> Receipt:
        order = Order(
            order_id=f"O{next(_numbers)}",
            drone="D1",
            verb=verb,
            operator="tester",
            asked_at=datetime.now(UTC),
            target=target,
            height_m=height_m,
        )
        return await self.fleet.carry(order, on_sent=lambda: None)

    async def obeys(self, verb: Verb, target: LatLon | None = None, height_m: float = 30.0) -> None:
        receipt = await self.carry(verb, target, height_m)
        assert receipt.outcome is Outcome.ACCEPTED, receipt.reason

    async def airborne(self) -> None:
        await self.ready()
        await self.obeys(Verb.LAUNCH)
        await until(lambda: (self.see().height_m or 0.0) > 29.0, "30 m")


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"it never came to: {what}"
        await asyncio.sleep(0.02)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def on_the_air() -> AsyncIterator[tuple[SimVehicle, str]]:
    port = free_port()
    spec = VehicleSpec(1, "D1", HOME, HOME_AMSL_M, autopilot="ardupilot")
    async with Hangar([spec], gcs_address=("127.0.0.1", port), speed=SPEED) as hangar:
        yield hangar["D1"], f"udpin://127.0.0.1:{port}"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with on_the_air() as (vehicle, url):
        here = Bench(vehicle, url)
        await here.fleet.start()
        try:
            yield here
        finally:
            await here.fleet.stop()


async def test_it_is_not_armable_before_its_estimator_knows_and_then_says_where_it_is(bench: Bench) -> None:
    await until(lambda: bench.see().is_armable is False, "its rates asked for")
    refused = await bench.carry(Verb.LAUNCH)
    assert refused.outcome is Outcome.REFUSED
    await bench.ready()
    seen = bench.see()
    assert seen.autopilot == "ArduPilot"
    assert seen.home_amsl_m == pytest.approx(HOME_AMSL_M, abs=1.0)
    assert seen.landed is Landed.ON_GROUND
    assert seen.satellites


async def test_discover_waits_for_its_position() -> None:
    async with on_the_air() as (_, url):
        (found,) = await discover(url, count=1, timeout_s=DEADLINE_S)
        assert (found.sysid, found.autopilot) == (1, "ArduPilot")
        assert distance_m(found.position, HOME) < 3.0


async def test_a_whole_flight_launch_transit_orbit_hold_return_land(bench: Bench) -> None:
    scene = offset(HOME, 70.0, 200.0)
    await bench.airborne()
    assert bench.shown() is CopterMode.GUIDED
    await bench.obeys(Verb.TRANSIT, scene)
    await until(lambda: distance_m(bench.vehicle.state.position, scene) < 5.0, "the scene")
    await bench.obeys(Verb.ORBIT, scene, 35.0)
    await bench.shows(Mode.ORBIT)
    seen_deg: set[int] = set()

    def is_round() -> bool:
        seen_deg.add(int(bearing_deg(scene, bench.vehicle.state.position) // 45.0))
        # Between two setpoints it flies straight on: 2 s of flight at this speed, more on a busy machine.
        assert distance_m(bench.vehicle.state.position, scene) < RADIUS_M + 30.0
        return len(seen_deg) == 8

    await until(is_round, "once around")
    assert bench.vehicle.state.height_m == pytest.approx(35.0, abs=2.0)
    inward_deg = bearing_deg(bench.vehicle.state.position, scene)
    assert abs((bench.vehicle.state.heading_deg - inward_deg + 180.0) % 360.0 - 180.0) < 60.0
    await bench.obeys(Verb.HOLD)
    assert bench.shown() is CopterMode.BRAKE
    await bench.shows(Mode.HOLD)
    await bench.obeys(Verb.RETURN)
    await bench.shows(Mode.RETURN)
    await until(lambda: bench.see().armed is False, "landed and disarmed")
    assert distance_m(bench.vehicle.state.position, HOME) < 3.0
    assert not bench.vehicle.state.has_crashed


async def test_it_lands_where_it_is_told_and_flies_again(bench: Bench) -> None:
    await bench.airborne()
    await bench.obeys(Verb.LAND)
    await bench.shows(Mode.LAND)
    await until(lambda: bench.see().armed is False, "landed and disarmed")
    assert bench.shown() is CopterMode.LAND
    await until(lambda: bench.see().landed is Landed.ON_GROUND, "its word for it, up to half a second later")
    await bench.airborne()


async def test_a_battery_that_runs_low_brings_it_home_and_it_says_why(bench: Bench) -> None:
    await bench.airborne()
    bench.vehicle.set_battery(0.14)
    await bench.shows(Mode.RETURN)
    await until(lambda: any("Battery 1 is low" in text for text in bench.sink.texts()), "its words")


async def test_without_gps_it_lands_by_itself(bench: Bench) -> None:
    await bench.airborne()
    bench.vehicle.set_gps(works=False)
    await until(lambda: bench.see().has_fix is False, "no fix")
    await bench.shows(Mode.LAND)
    await until(lambda: any("EKF Failsafe" in text for text in bench.sink.texts()), "its words")


async def test_ground_station_silence_brings_it_home(bench: Bench) -> None:
    await bench.airborne()
    bench.copter.params.put("FS_GCS_TIMEOUT", 2.0)
    bench.vehicle.set_link(is_up=False)
    await until(lambda: bench.shown() is CopterMode.RTL, "its own return")
    bench.vehicle.set_link(is_up=True)
    await bench.shows(Mode.RETURN)
