"""Gimbal, camera and wind of simulated aircraft as the fleet adapter sees them, under both autopilots."""

from __future__ import annotations

import msgspec
import pytest
from tests.fleet_bench import Bench, free_port, listening_at, order

from rtcc_core.domain.flight import Order, Outcome, Verb
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.programme import Programme
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.hangar import Hangar
from rtcc_sitl.vehicle import VehicleSpec

HOME = LatLon(52.0, 5.0)
SPEED = 15.0


@pytest.mark.parametrize("autopilot", ["px4", "ardupilot"])
async def test_a_gimbal_and_a_camera_are_seen_doing_what_they_were_told(autopilot: AutopilotName) -> None:
    port = free_port()
    spec = VehicleSpec(1, "D1", HOME, home_amsl_m=12.0, autopilot=autopilot)
    async with Hangar([spec], gcs_address=("127.0.0.1", port), speed=SPEED):
        bench = Bench(listening_at(port), Programme(agency="Test"))
        await bench.fleet.start()
        try:
            await bench.until(lambda: bench.see().gimbal is not None, "a gimbal")
            await bench.until(lambda: bench.see().camera is not None, "a camera")
            assert _pitch_deg(bench) == pytest.approx(0.0, abs=2.0)
            await bench.ready()
            receipt = await bench.carry(_aim(-60.0))
            assert receipt.outcome is Outcome.ACCEPTED, receipt.reason
            await bench.until(lambda: abs(_pitch_deg(bench) + 60.0) < 2.0, "looking down")
            await bench.until(lambda: _is_recording(bench) is False, "not recording")
        finally:
            await bench.fleet.stop()


async def test_a_gimbal_is_taken_again_after_its_aircraft_restarted() -> None:
    port = free_port()
    spec = VehicleSpec(1, "D1", HOME, home_amsl_m=12.0)
    async with Hangar([spec], gcs_address=("127.0.0.1", port), speed=SPEED) as hangar:
        bench = Bench(listening_at(port), Programme(agency="Test"))
        await bench.fleet.start()
        try:
            await bench.until(lambda: bench.see().gimbal is not None, "a gimbal")
            await bench.ready()
            assert (await bench.carry(_aim(-60.0))).outcome is Outcome.ACCEPTED
            hangar["D1"].jump_clock(86_400.0)
            await bench.until(lambda: (bench.see().booted_at_s or 0.0) > 86_400.0, "a clock that ran long")
            hangar["D1"].reboot()
            await bench.until(lambda: (bench.see().booted_at_s or 0.0) < 86_400.0, "a restart")
            await bench.ready()
            receipt = await bench.carry(_aim(-30.0))
            assert receipt.outcome is Outcome.ACCEPTED, receipt.reason
            await bench.until(lambda: abs(_pitch_deg(bench) + 30.0) < 2.0, "looking down again")
        finally:
            await bench.fleet.stop()


async def test_an_aircraft_without_them_says_nothing_of_them() -> None:
    port = free_port()
    spec = VehicleSpec(1, "D1", HOME, home_amsl_m=12.0, gimbal=False, camera=False)
    async with Hangar([spec], gcs_address=("127.0.0.1", port), speed=SPEED):
        bench = Bench(listening_at(port), Programme(agency="Test"))
        await bench.fleet.start()
        try:
            await bench.ready()
            assert (bench.see().gimbal, bench.see().camera) == (None, None)
            assert bench.see().booted_at_s is not None
        finally:
            await bench.fleet.stop()


def _aim(pitch_deg: float) -> Order:
    return msgspec.structs.replace(order(Verb.AIM), pitch_deg=pitch_deg)


def _pitch_deg(bench: Bench) -> float:
    gimbal = bench.see().gimbal
    return 999.0 if gimbal is None else gimbal.pitch_deg


def _is_recording(bench: Bench) -> bool | None:
    camera = bench.see().camera
    return None if camera is None else camera.is_recording
