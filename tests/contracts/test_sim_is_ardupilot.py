"""The simulated aircraft with ArduCopter's manners, flown through the core's own fleet adapter."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
from tests.fleet_bench import DEADLINE_S, Bench, free_port, listening_at, order, until

from rtcc_core.adapters.mavsdk_fleet import discover
from rtcc_core.domain.drone import Landed, Mode
from rtcc_core.domain.flight import Outcome, Verb
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_core.domain.programme import Programme
from rtcc_sitl.copter import CopterMode
from rtcc_sitl.copter_autopilot import CopterAutopilot
from rtcc_sitl.hangar import Hangar, SimVehicle, VehicleSpec

pytestmark = pytest.mark.drill

HOME = LatLon(-35.3632, 149.1652)
HOME_AMSL_M = 584.0
SPEED = 10.0
RADIUS_M = 40.0
PROGRAMME = Programme(agency="Test", orbit_radius_m=RADIUS_M, orbit_speed_m_s=5.0)


class Cockpit(Bench):
    """One simulated copter on the air and a fleet that knows it."""

    def __init__(self, vehicle: SimVehicle, url: str) -> None:
        super().__init__(url, PROGRAMME, [1])
        self.vehicle = vehicle

    @property
    def copter(self) -> CopterAutopilot:
        assert isinstance(self.vehicle.autopilot, CopterAutopilot)
        return self.vehicle.autopilot

    def shown(self) -> CopterMode:
        return self.copter.shown


@contextlib.asynccontextmanager
async def on_the_air() -> AsyncIterator[tuple[SimVehicle, str]]:
    port = free_port()
    spec = VehicleSpec(1, "D1", HOME, HOME_AMSL_M, autopilot="ardupilot")
    async with Hangar([spec], gcs_address=("127.0.0.1", port), speed=SPEED) as hangar:
        yield hangar["D1"], listening_at(port)


@pytest.fixture
async def bench() -> AsyncIterator[Cockpit]:
    async with on_the_air() as (vehicle, url):
        here = Cockpit(vehicle, url)
        await here.fleet.start()
        try:
            yield here
        finally:
            await here.fleet.stop()


async def test_it_is_not_armable_before_its_estimator_knows_and_then_says_where_it_is(bench: Cockpit) -> None:
    await until(lambda: bench.see().is_armable is False, "its rates asked for")
    refused = await bench.carry(order(Verb.LAUNCH))
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


async def test_its_own_modes_are_guided_brake_and_rtl_and_the_nose_is_on_the_scene(bench: Cockpit) -> None:
    scene = offset(HOME, 70.0, 100.0)
    await bench.airborne()
    assert bench.shown() is CopterMode.GUIDED
    await bench.obeys(Verb.ORBIT, scene, 35.0)
    await bench.shows(Mode.ORBIT)
    await until(lambda: abs(distance_m(bench.vehicle.state.position, scene) - RADIUS_M) < 10.0, "the circle")
    await until(lambda: bench.vehicle.state.height_m == pytest.approx(35.0, abs=2.0), "35 m")

    def turned_away_deg() -> float:
        inward_deg = bearing_deg(bench.vehicle.state.position, scene)
        return abs((bench.vehicle.state.heading_deg - inward_deg + 180.0) % 360.0 - 180.0)

    await until(lambda: turned_away_deg() < 60.0, "the nose on the scene")
    await bench.obeys(Verb.HOLD)
    assert bench.shown() is CopterMode.BRAKE
    await bench.obeys(Verb.RETURN)
    assert bench.shown() is CopterMode.RTL


async def test_a_battery_that_runs_low_brings_it_home_and_it_says_why(bench: Cockpit) -> None:
    await bench.airborne()
    bench.vehicle.set_battery(0.14)
    await bench.shows(Mode.RETURN)
    await until(lambda: any("Battery 1 is low" in text for text in bench.sink.texts()), "its words")
    assert bench.see().mode is Mode.RETURN
