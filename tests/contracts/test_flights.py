"""The same flights through the core's fleet adapter, whoever flies: one contract, several autopilots.

Always flown by the simulated PX4 (with and without DO_ORBIT) and the simulated ArduCopter. With
`RTCC_SITL_URL` set, also by the real autopilot that speaks there: the first one heard, from wherever it
stands; `RTCC_SITL_SPEED` says how much faster than life it runs. sitl/README.md tells how to start one.
What only a simulated aircraft lets happen is skipped for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from tests.fleet_bench import Bench, free_port, listening_at, order

from rtcc_core.adapters.mavsdk_fleet import discover
from rtcc_core.domain.drone import Mode
from rtcc_core.domain.flight import Outcome, Verb
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_core.domain.programme import Programme
from rtcc_sitl.hangar import Hangar
from rtcc_sitl.mavlink_endpoint import BOOT_S
from rtcc_sitl.px4 import Landed
from rtcc_sitl.px4 import Mode as Flown
from rtcc_sitl.vehicle import SimVehicle, VehicleSpec

OUTSIDE_URL = os.environ.get("RTCC_SITL_URL", "")
OUTSIDE_SPEED = float(os.environ.get("RTCC_SITL_SPEED", "1"))

pytestmark = [pytest.mark.drill, pytest.mark.timeout(900 if OUTSIDE_URL else 120)]

PAD = LatLon(52.0, 5.0)
PAD_AMSL_M = 12.0
SPEED, FAST = 10.0, 20.0
"""A circle that is led needs its setpoints often enough: not faster than this; the rest may be."""

RADIUS_M = 40.0
HEIGHT_M = 30.0
PROGRAMME = Programme(agency="Test", orbit_radius_m=RADIUS_M, orbit_speed_m_s=5.0)
SLOW_DEADLINE_S = 240.0
"""Wall seconds at the speed of life: an ArduCopter needs most of a minute until it knows where it is."""


class Airfield(NamedTuple):
    """Who flies here; `vehicle` is None where it is somebody else's aircraft."""

    bench: Bench
    home: LatLon
    vehicle: SimVehicle | None
    hangar: Hangar | None


@contextlib.asynccontextmanager
async def _simulated(spec: VehicleSpec, *, speed: float = SPEED) -> AsyncIterator[Airfield]:
    port = free_port()
    bench = Bench(listening_at(port), PROGRAMME)
    async with Hangar([spec], gcs_address=("127.0.0.1", port), speed=speed) as hangar:
        bench.clock = hangar.clock
        await bench.fleet.start()
        try:
            yield Airfield(bench, PAD, hangar["D1"], hangar)
        finally:
            await bench.fleet.stop()


@contextlib.asynccontextmanager
async def _outside() -> AsyncIterator[Airfield]:
    deadline_s = SLOW_DEADLINE_S / OUTSIDE_SPEED
    (found, *_) = await discover(OUTSIDE_URL, count=1, timeout_s=deadline_s)
    bench = Bench(OUTSIDE_URL, PROGRAMME, [found.sysid], deadline_s=deadline_s)
    await bench.fleet.start()
    try:
        await bench.until(lambda: bench.see().home is not None, "its home")
        yield Airfield(bench, bench.see().home or found.position, None, None)
    finally:
        if bench.see().armed is not False:
            await bench.carry(order(Verb.LAND))
            await bench.landed()
        await bench.fleet.stop()


SPECS = {
    "px4": VehicleSpec(1, "D1", PAD, PAD_AMSL_M),
    "px4-without-orbit": VehicleSpec(1, "D1", PAD, PAD_AMSL_M, has_orbit=False),
    "ardupilot": VehicleSpec(1, "D1", PAD, PAD_AMSL_M, autopilot="ardupilot"),
}
OUTSIDE = "outside"


@pytest.fixture(params=[*SPECS, *([OUTSIDE] if OUTSIDE_URL else [])])
async def field(request: pytest.FixtureRequest) -> AsyncIterator[Airfield]:
    async with _outside() if request.param == OUTSIDE else _simulated(SPECS[request.param]) as here:
        yield here


@pytest.fixture(params=["px4", "ardupilot"])
async def sim(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Bench, SimVehicle, Hangar]]:
    """Only aircraft that something may happen to."""
    async with _simulated(SPECS[request.param], speed=FAST) as here:
        assert here.vehicle is not None
        assert here.hangar is not None
        yield here.bench, here.vehicle, here.hangar


def gap_m(bench: Bench, place: LatLon) -> float:
    seen = bench.see().position
    return float("inf") if seen is None else distance_m(seen, place)


# --- flights that every autopilot flies ---------------------------------------------------------------


async def test_launch_transit_orbit_hold_return_land(field: Airfield) -> None:
    bench, scene = field.bench, offset(field.home, 70.0, 150.0)
    await bench.airborne(height_m=HEIGHT_M)
    await bench.obeys(Verb.TRANSIT, scene, HEIGHT_M)
    await bench.until(lambda: gap_m(bench, scene) < 5.0, "the scene")
    await bench.until(lambda: abs(bench.height_m() - HEIGHT_M) < 4.0, "its height")
    await bench.obeys(Verb.ORBIT, scene, HEIGHT_M)
    await bench.shows(Mode.ORBIT)
    await bench.until(lambda: abs(gap_m(bench, scene) - RADIUS_M) < 10.0, "the circle")
    octants: set[int] = set()

    def is_round() -> bool:
        seen = bench.see().position
        if seen is not None:
            octants.add(int(bearing_deg(scene, seen) // 45.0))
        return len(octants) == 8

    await bench.until(is_round, "once around")
    # Between two setpoints a circle that is led goes straight on: seconds of flight where time runs fast.
    await bench.until(lambda: abs(gap_m(bench, scene) - RADIUS_M) < 25.0, "still the circle")
    await bench.turns_to(Mode.HOLD, Verb.HOLD)
    await bench.turns_to(Mode.RETURN, Verb.RETURN)
    await bench.landed()
    await bench.until(lambda: gap_m(bench, field.home) < 5.0, "home")
    if field.vehicle is not None:
        assert not field.vehicle.state.has_crashed


async def test_it_lands_where_it_is_told_and_flies_again(field: Airfield) -> None:
    bench = field.bench
    await bench.airborne(height_m=15.0)
    await bench.turns_to(Mode.LAND, Verb.LAND)
    await bench.landed()
    await bench.airborne(height_m=15.0)
    assert bench.see().is_airborne is True


async def test_of_recalls_at_once_the_last_asked_is_what_it_does(field: Airfield) -> None:
    bench = field.bench
    await bench.airborne(height_m=15.0)
    with bench.slowly():
        answers = await asyncio.gather(
            *(bench.carry(order(verb)) for verb in (Verb.HOLD, Verb.RETURN, Verb.LAND))
        )
        assert answers[-1].outcome is Outcome.ACCEPTED, answers[-1].reason
        await bench.shows(Mode.LAND)
    await bench.landed()


async def test_a_new_core_finds_it_in_flight_and_brings_it_home(field: Airfield) -> None:
    bench = field.bench
    await bench.airborne(height_m=15.0)
    await bench.fleet.stop()
    bench.fleet = bench.new_fleet()
    await bench.fleet.start()
    await bench.until(lambda: bench.see().is_airborne is True and bench.see().armed is True, "it flies")
    await bench.turns_to(Mode.RETURN, Verb.RETURN)
    await bench.landed()
    assert bench.see().trouble == ""


# --- what only a simulated aircraft lets happen -------------------------------------------------------

Sim = tuple[Bench, SimVehicle, Hangar]


async def test_a_refused_order_is_refused_and_changes_nothing(sim: Sim) -> None:
    bench, vehicle, _ = sim
    await bench.airborne()
    vehicle.refuse_next_command()
    receipt = await bench.carry(order(Verb.RETURN))
    assert receipt.outcome is Outcome.REFUSED
    assert vehicle.state.mode != Flown.RTL.name
    await bench.turns_to(Mode.RETURN, Verb.RETURN)


async def test_an_order_that_nobody_acknowledges_is_unknown(sim: Sim) -> None:
    bench, vehicle, _ = sim
    await bench.ready()
    vehicle.set_link(is_up=False)
    receipt = await bench.carry(order(Verb.LAUNCH))
    assert receipt.outcome is Outcome.UNKNOWN


async def test_silence_is_seen_its_own_return_observed_and_the_flight_joined_again(sim: Sim) -> None:
    bench, vehicle, _ = sim
    await bench.airborne()
    far = offset(PAD, 0.0, 1_000.0)
    await bench.obeys(Verb.TRANSIT, far, HEIGHT_M)
    await bench.until(lambda: gap_m(bench, far) < 50.0, "far away")
    name = "COM_DL_LOSS_T" if vehicle.spec.autopilot == "px4" else "FS_GCS_TIMEOUT"
    vehicle.autopilot.params.put(name, 2)
    vehicle.set_link(is_up=False)
    with bench.slowly():
        await bench.until(lambda: not bench.see().is_connected, "the link lost")
        await bench.until(lambda: vehicle.state.mode == Flown.RTL.name, "its own return")
        vehicle.set_link(is_up=True)
        await bench.until(lambda: bench.see().is_connected is True, "the link again")
        await bench.shows(Mode.RETURN)
    assert vehicle.state.is_airborne


async def test_it_acts_by_itself_and_is_seen_to(sim: Sim) -> None:
    bench, vehicle, _ = sim
    await bench.airborne()
    with bench.slowly():
        vehicle.act_alone(Flown.LAND)
        await bench.shows(Mode.LAND)
    await bench.landed()
    assert vehicle.state.landed is Landed.ON_GROUND


async def test_without_gps_it_comes_down_by_itself(sim: Sim) -> None:
    bench, vehicle, _ = sim
    await bench.airborne()
    with bench.slowly(4.0):
        vehicle.set_gps(works=False)
        await bench.until(lambda: bench.see().has_fix is False, "no fix")
        await bench.shows(Mode.LAND)
    await bench.landed()
    assert not vehicle.state.has_crashed


async def test_a_restart_in_the_air_is_survived_and_it_still_comes_home(sim: Sim) -> None:
    bench, vehicle, _ = sim
    await bench.airborne()
    vehicle.reboot()
    silent_until = time.monotonic() + BOOT_S / 2.0  # what is heard later comes from after the restart
    await bench.until(
        lambda: (bench.see().link_age_s or 0.0) < time.monotonic() - silent_until, "its voice again"
    )
    await bench.until(lambda: bench.see().trouble == "", "nobody taken for two")
    await bench.turns_to(Mode.RETURN, Verb.RETURN)
    await bench.landed()
    assert not vehicle.state.has_crashed


async def test_under_another_system_id_it_is_lost_and_a_stranger_is_heard(sim: Sim) -> None:
    bench, vehicle, _ = sim
    await bench.ready()
    vehicle.reboot(sysid=77)
    await bench.until(lambda: not bench.see().is_connected, "D1 lost")
    await bench.until(lambda: 77 in bench.sink.strangers(), "a stranger")
    assert not bench.see().is_connected


async def test_a_twin_is_noticed_and_forgiven_when_it_is_gone(sim: Sim) -> None:
    bench, vehicle, hangar = sim
    await bench.ready()
    await hangar.add_twin("D1")
    await bench.until(lambda: "two aircraft answer" in bench.see().trouble, "the twin")
    assert (await bench.carry(order(Verb.LAUNCH))).outcome is Outcome.REFUSED
    await hangar.remove_twin("D1")
    await bench.until(lambda: bench.see().trouble == "", "one again")
    assert not vehicle.state.is_armed


async def test_through_a_flood_of_telemetry_a_hold_is_answered(sim: Sim) -> None:
    bench, vehicle, _ = sim
    await bench.airborne()
    vehicle.flood()
    await bench.turns_to(Mode.HOLD, Verb.HOLD)
    await bench.until(lambda: (bench.see().position_age_s or 9.0) < 1.0, "its position, fresh")
    assert bench.see().trouble == ""


async def test_rates_that_it_forgot_are_asked_for_again(sim: Sim) -> None:
    bench, vehicle, _ = sim
    await bench.airborne()
    vehicle.forget_rates()
    forgot_at = time.monotonic()
    # On the way when it forgot, or sent unasked, is at most the first second of it.
    await bench.until(
        lambda: (bench.see().position_age_s or 9.0) < time.monotonic() - forgot_at - 1.0, "its position"
    )
    await bench.until(lambda: (bench.see().position_age_s or 9.0) < 0.5, "its position, fresh")
    assert bench.see().is_connected
