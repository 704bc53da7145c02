"""All aircraft of a scenario in one world."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec
import pytest

from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_sitl.clock import STEP_S
from rtcc_sitl.fault_timing import may_strike
from rtcc_sitl.hangar import Hangar, VehicleSpec, Wind
from rtcc_sitl.px4 import Mode
from rtcc_sitl.scenario_tables import FaultTable

HOME = LatLon(47.4, 8.54)
NOWHERE = ("127.0.0.1", 9)


def fleet(count: int) -> list[VehicleSpec]:
    return [VehicleSpec(number, f"D{number}", offset(HOME, number, 300.0)) for number in range(1, count + 1)]


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5.0):
        while True:
            if holds():
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "spec", [VehicleSpec(1, "D2", HOME), VehicleSpec(2, "D1", HOME)], ids=["same sysid", "same call sign"]
)
def test_two_aircraft_that_cannot_be_told_apart_are_refused(spec: VehicleSpec) -> None:
    with pytest.raises(ValueError, match="clashes with D1"):
        Hangar([VehicleSpec(1, "D1", HOME), spec], gcs_address=NOWHERE)


@pytest.mark.parametrize(
    "wrong", [{"sysid": 0}, {"sysid": 255}, {"battery_fraction": 1.5}, {"cruise_m_s": 0.0}]
)
def test_an_aircraft_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="D1"):
        msgspec.structs.replace(VehicleSpec(1, "D1", HOME), **wrong)


async def test_one_clock_flies_them_all_and_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    async with Hangar(
        fleet(5), gcs_address=NOWHERE, speed=20.0, wind=Wind(4.0, 200.0, 7.0), seed=5
    ) as hangar:
        for vehicle in hangar:
            vehicle.autopilot.arm()
            vehicle.autopilot.take_off(20.0)
        await eventually(lambda: all(vehicle.state.mode == Mode.HOLD.name for vehicle in hangar))
        assert all(19.0 < vehicle.state.height_m < 21.0 for vehicle in hangar)
        hangar["D3"].vanish()
        assert not hangar["D3"].state.is_link_up
    assert asyncio.all_tasks() == before
    assert all(vehicle.port == 0 for vehicle in hangar)


async def test_time_runs_as_fast_as_asked() -> None:
    async with Hangar(fleet(2), gcs_address=NOWHERE, speed=10.0) as hangar:
        start, begin = time.monotonic(), hangar.clock.elapsed_s
        await eventually(lambda: hangar.clock.elapsed_s >= begin + 10.0)
        assert time.monotonic() - start >= 0.8


async def test_a_twin_speaks_under_the_same_system_id_until_it_is_taken_away() -> None:
    before = asyncio.all_tasks()
    async with Hangar(fleet(2), gcs_address=NOWHERE) as hangar:
        twin = await hangar.add_twin("D2")
        assert await hangar.add_twin("D2") is twin
        assert (twin.spec.sysid, twin.port > 0, len(hangar)) == (2, True, 2)
        assert distance_m(twin.state.position, hangar["D2"].state.position) > 300.0
        await hangar.remove_twin("D2")
        await hangar.remove_twin("D2")
        assert twin.port == 0
        left = await hangar.add_twin("D1")
    assert left.port == 0
    assert asyncio.all_tasks() == before


def test_a_silence_of_so_many_wall_seconds_ends_by_itself() -> None:
    hangar = Hangar(fleet(1), gcs_address=NOWHERE, speed=10.0)

    def is_heard() -> bool:
        return hangar["D1"].state.is_link_up

    hangar["D1"].set_link(is_up=False, for_s=1.0)
    hangar["D1"].tick(0.9)
    assert not is_heard()
    hangar["D1"].tick(0.2)
    assert is_heard()
    hangar["D1"].set_link(is_up=False)
    hangar["D1"].tick(1_000.0)
    assert not is_heard()


def test_a_fault_of_flight_waits_for_the_flight_and_its_end_for_its_beginning() -> None:
    hangar = Hangar(fleet(1), gcs_address=NOWHERE)
    vehicle = hangar["D1"]
    strikes = FaultTable(at_s=0.0, drone="D1", fault="motor", flying_s=4.0)
    ends = FaultTable(at_s=0.0, drone="D1", fault="wind", args=("off",), after_s=10.0)

    def fly(seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            vehicle.advance()
            hangar.clock.count_step()

    assert not may_strike(strikes, hangar, before_s=0.0)
    vehicle.autopilot.arm()
    vehicle.autopilot.take_off(20.0)
    while not vehicle.state.flying_s:
        fly(STEP_S)
    fly(3.0)
    assert not may_strike(strikes, hangar, before_s=0.0)
    fly(1.0)
    assert may_strike(strikes, hangar, before_s=0.0)
    struck_s = hangar.clock.elapsed_s
    fly(9.0)
    assert not may_strike(ends, hangar, before_s=struck_s)
    fly(1.5)
    assert may_strike(ends, hangar, before_s=struck_s)
    vehicle.stop_motors()
    fly(30.0)
    assert vehicle.state.flying_s == 0.0
