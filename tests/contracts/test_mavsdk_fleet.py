"""The fleet adapter over real MAVLink against the simulated PX4 aircraft."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import socket
import threading

import pytest
from tests.fleet_bench import Bench, free_port, listening_at, order, simulated, until

from rtcc_core.adapters.mavsdk_fleet import discover
from rtcc_core.domain.drone import Landed, Mode, Telemetry
from rtcc_core.domain.flight import Outcome, Verb
from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_core.domain.programme import Programme
from rtcc_sitl.hangar import Hangar
from rtcc_sitl.px4 import Command
from rtcc_sitl.vehicle import SimVehicle, VehicleSpec

PAD = LatLon(52.0, 5.0)
PAD_AMSL_M = 12.0
SPEED = 20.0
PROGRAMME = Programme(agency="Test")


def spec(sysid: int, *, east_m: float | None = None, battery: float = 1.0) -> VehicleSpec:
    home = offset(PAD, 90.0, 60.0 * sysid if east_m is None else east_m)
    return VehicleSpec(
        sysid=sysid, callsign=f"D{sysid}", home=home, home_amsl_m=PAD_AMSL_M, battery_fraction=battery
    )


def flying(
    *specs: VehicleSpec, speed: float = SPEED
) -> contextlib.AbstractAsyncContextManager[tuple[Bench, Hangar]]:
    return simulated(*specs, speed=speed, programme=PROGRAMME)


async def test_three_aircraft_on_one_port_are_known_by_sysid_and_a_fourth_is_a_stranger() -> None:
    async with flying(spec(1), spec(2), spec(3), spec(9)) as (world, hangar):
        await world.ready("D1", "D2", "D3")
        await until(lambda: bool(world.sink.strangers()))
        for callsign in ("D1", "D2", "D3"):
            seen = world.see(callsign)
            assert seen.position is not None
            assert distance_m(seen.position, hangar[callsign].spec.home) < 5.0
            assert (seen.autopilot, seen.armed, seen.landed) == ("PX4", False, Landed.ON_GROUND)
            assert seen.mode is Mode.HOLD
            assert seen.home_amsl_m == pytest.approx(PAD_AMSL_M, abs=1.0)
            assert seen.battery_fraction == pytest.approx(1.0, abs=0.02)
            assert (seen.health, seen.trouble) == ("", "")
        await asyncio.sleep(1.2)  # another look for aircraft has passed
        assert world.sink.strangers() == [9]


async def test_a_whole_flight_is_believed_from_the_aircraft() -> None:
    scene = offset(PAD, 20.0, 250.0)
    async with flying(spec(1)) as (world, hangar):
        await world.ready("D1")
        await world.airborne()
        await world.obeys(Verb.TRANSIT, scene, 40.0)
        await until(lambda: distance_m(hangar["D1"].state.position, scene) < 5.0)
        assert hangar["D1"].state.amsl_m == pytest.approx(PAD_AMSL_M + 40.0, abs=3.0)
        await world.obeys(Verb.ORBIT, scene, 40.0)
        await until(lambda: world.see().mode is Mode.ORBIT)
        radius_m = PROGRAMME.orbit_radius_m
        await until(lambda: abs(distance_m(hangar["D1"].state.position, scene) - radius_m) < 3.0)
        for verb, mode in ((Verb.HOLD, Mode.HOLD), (Verb.RETURN, Mode.RETURN), (Verb.LAND, Mode.LAND)):
            await world.turns_to(mode, verb)
        await world.landed()


async def test_on_sent_comes_once_and_before_the_first_command() -> None:
    async with flying(spec(1)) as (world, hangar):
        await world.ready("D1")
        commands_before: list[int] = []

        def on_sent() -> None:
            commands_before.append(_flight_commands(hangar["D1"]))

        await world.fleet.carry(order(Verb.LAUNCH), on_sent=on_sent)
        assert commands_before == [0]
        assert _flight_commands(hangar["D1"]) >= 2, "arm and take off, each repeated where the answer is late"


def _flight_commands(vehicle: SimVehicle) -> int:
    return sum(
        each.command in (Command.COMPONENT_ARM_DISARM, Command.NAV_TAKEOFF) for each in vehicle.commands
    )


async def test_a_refused_launch_says_why_in_the_aircrafts_words() -> None:
    async with flying(spec(1, battery=0.04)) as (world, hangar):
        await until(lambda: world.see().is_armable is False)
        receipt = await world.carry(order(Verb.LAUNCH))
        assert receipt.outcome is Outcome.REFUSED
        assert "low battery" in receipt.reason
        assert not hangar["D1"].state.is_armed
        await until(lambda: any("low battery" in text for text in world.sink.texts()))
        await until(lambda: "low battery" in world.see().health)


async def test_a_silent_aircraft_is_unknown_and_holds_up_nobody() -> None:
    async with flying(spec(1), spec(2), spec(3)) as (world, hangar):
        await world.ready("D1", "D2", "D3")
        hangar["D2"].set_link(is_up=False)
        hangar["D3"].set_link(is_up=False)
        sent: list[str] = []
        silent = [
            asyncio.create_task(
                world.fleet.carry(order(Verb.LAUNCH, drone), on_sent=functools.partial(sent.append, drone))
            )
            for drone in ("D2", "D3")
        ]
        await until(lambda: len(sent) == 2)
        hold = asyncio.create_task(world.obeys(Verb.HOLD))
        first, _ = await asyncio.wait([hold, *silent], return_when=asyncio.FIRST_COMPLETED)
        assert hold in first
        await hold
        for receipt in await asyncio.gather(*silent):
            assert receipt.outcome is Outcome.UNKNOWN
            assert "did not acknowledge" in receipt.reason


async def test_an_aircraft_never_heard_is_unknown_and_nothing_is_sent() -> None:
    async with flying(spec(1)) as (world, _):
        sent: list[int] = []
        receipt = await world.fleet.carry(order(Verb.HOLD, "D3"), on_sent=lambda: sent.append(1))
        assert (receipt.outcome, sent) == (Outcome.UNKNOWN, [])
        assert "never heard" in receipt.reason
        assert world.see("D3") == Telemetry(drone="D3")


async def test_link_age_grows_in_silence_and_the_link_comes_back() -> None:
    async with flying(spec(1)) as (world, hangar):
        await world.ready("D1")
        hangar["D1"].set_link(is_up=False)
        await until(lambda: not world.see().is_connected)
        seen = world.see()
        assert seen.link_age_s is not None
        assert seen.link_age_s > 2.0
        assert seen.position_age_s is not None
        assert seen.position_age_s > 2.0
        hangar["D1"].set_link(is_up=True)
        await until(lambda: world.see().is_connected and (world.see().link_age_s or 9.0) < 1.0)


async def test_two_aircraft_with_one_sysid_fly_nowhere_until_one_is_gone() -> None:
    port = free_port()
    world = Bench(listening_at(port), PROGRAMME)
    pair = [SimVehicle(spec(1, east_m=east_m), gcs_address=("127.0.0.1", port)) for east_m in (0.0, 400.0)]
    async with contextlib.AsyncExitStack() as stack:
        for vehicle in pair:
            await vehicle.start()
            stack.push_async_callback(vehicle.stop)
        await world.fleet.start()
        stack.push_async_callback(world.fleet.stop)
        await until(lambda: world.see().trouble == "two aircraft answer as sysid 1")
        refused = await world.carry(order(Verb.LAUNCH))
        assert refused.outcome is Outcome.REFUSED
        assert "two aircraft answer as sysid 1" in refused.reason
        sent: list[int] = []
        await world.fleet.carry(order(Verb.HOLD), on_sent=lambda: sent.append(1))
        assert sent == [1]
        await pair[1].stop()
        await until(lambda: world.see().trouble == "" and world.see().is_connected)


async def test_a_new_core_finds_the_aircraft_in_flight() -> None:
    async with flying(spec(1)) as (world, _):
        await world.ready("D1")
        await world.airborne()
        await world.fleet.stop()
        world.fleet = world.new_fleet()
        await world.fleet.start()
        await until(lambda: world.see().is_airborne is True and world.see().armed is True)
        assert world.see().home is not None
        await world.turns_to(Mode.RETURN, Verb.RETURN)


async def test_the_newest_recall_wins_over_repetitions_of_an_older_one() -> None:
    async with flying(spec(1), speed=1.0) as (world, hangar):
        await world.ready("D1")
        vehicle = hangar["D1"]
        await world.obeys(Verb.LAUNCH, height_m=5.0)
        await until(lambda: world.see().is_airborne is True)
        newest = Outcome.UNKNOWN
        for _ in range(3):  # where the machine stands still for as long as MAVSDK repeats, once more
            if newest is Outcome.UNKNOWN:
                newest = await _recalled_unheard(world, vehicle)
        assert newest is Outcome.ACCEPTED
        await until(lambda: _last_mode_command(vehicle) == Command.NAV_RETURN_TO_LAUNCH)
        await until(lambda: world.see().mode is Mode.RETURN)


async def _recalled_unheard(world: Bench, vehicle: SimVehicle) -> Outcome:
    """A hold and then a return, unheard at first: MAVSDK repeats the hold after the return has been heard."""
    vehicle.set_link(is_up=False)
    older = asyncio.create_task(world.carry(order(Verb.HOLD)))
    await asyncio.sleep(0.2)
    newest = asyncio.create_task(world.carry(order(Verb.RETURN)))
    await asyncio.sleep(0.6)
    vehicle.set_link(is_up=True)
    await older
    return (await newest).outcome


def _last_mode_command(vehicle: SimVehicle) -> int:
    modes = (Command.DO_SET_MODE, Command.NAV_RETURN_TO_LAUNCH, Command.NAV_LAND)
    return next((each.command for each in reversed(vehicle.commands) if each.command in modes), 0)


async def test_a_land_is_sent_while_a_hold_is_unanswered() -> None:
    async with flying(spec(1)) as (world, hangar):
        await world.ready("D1")
        await world.airborne()
        hangar["D1"].ignore_next_command()
        hold = asyncio.create_task(world.carry(order(Verb.HOLD)))
        await until(lambda: _last_mode_command(hangar["D1"]) == Command.DO_SET_MODE)
        land = asyncio.create_task(world.carry(order(Verb.LAND)))
        first, _ = await asyncio.wait([hold, land], return_when=asyncio.FIRST_COMPLETED)
        assert land in first
        assert (await land).outcome is Outcome.ACCEPTED
        assert (await hold).outcome is Outcome.UNKNOWN


async def test_a_launch_is_overtaken_by_a_recall_before_it_takes_off() -> None:
    async with flying(spec(1)) as (world, hangar):
        await world.ready("D1")
        hangar["D1"].ignore_next_command(but_obey=True)
        launch = asyncio.create_task(world.carry(order(Verb.LAUNCH)))
        await until(lambda: _flight_commands(hangar["D1"]) > 0)
        await world.carry(order(Verb.LAND))
        assert (await launch).outcome is not Outcome.ACCEPTED
        assert Command.NAV_TAKEOFF not in [each.command for each in hangar["D1"].commands]


async def test_cancelling_the_wait_does_not_recall_the_order() -> None:
    async with flying(spec(1)) as (world, _):
        await world.ready("D1")
        waiting = asyncio.create_task(world.carry(order(Verb.LAUNCH)))
        await asyncio.sleep(0)
        waiting.cancel()
        await until(lambda: world.see().is_airborne is True)
        assert waiting.cancelled()


async def test_a_taken_port_is_an_error_in_words() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        world = Bench(listening_at(taken.getsockname()[1]), PROGRAMME)
        with pytest.raises(OSError, match="stop the other ground station"):
            await world.fleet.start()


async def test_a_stop_that_comes_together_with_news_ends_all_the_same() -> None:
    for turns in range(6):
        fleet = Bench(listening_at(free_port()), PROGRAMME).fleet
        await fleet.start()
        await asyncio.sleep(0.01)
        fleet._news.set()  # as MAVSDK's thread does when an aircraft is heard for the first time
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(30):
            await fleet.stop()


async def test_stopping_leaves_no_thread_and_no_socket() -> None:
    async with Hangar([spec(1)], gcs_address=("127.0.0.1", port := free_port()), speed=SPEED):
        world = Bench(listening_at(port), PROGRAMME)
        await asyncio.to_thread(lambda: None)  # the loop's own pool is there before and after
        foreign_threads, files = _foreign_threads(), len(os.listdir("/proc/self/fd"))
        for _ in range(2):
            await world.fleet.start()
            await world.ready("D1")
            waiting = asyncio.create_task(world.carry(order(Verb.HOLD)))
            await asyncio.sleep(0)
            await world.fleet.stop()
            await waiting
        await until(lambda: _foreign_threads() == foreign_threads, "its threads gone")
        await until(lambda: len(os.listdir("/proc/self/fd")) == files, "its sockets closed")


def _foreign_threads() -> int:
    return len(os.listdir("/proc/self/task")) - threading.active_count()


async def test_discover_waits_for_positions_and_leaves_the_port_free() -> None:
    port = free_port()
    url = listening_at(port)
    async with Hangar([spec(1), spec(2)], gcs_address=("127.0.0.1", port), speed=SPEED) as hangar:
        found = await discover(url, count=2, timeout_s=45.0)
        assert [(each.sysid, each.autopilot) for each in found] == [(1, "PX4"), (2, "PX4")]
        assert distance_m(found[0].position, hangar["D1"].spec.home) < 5.0
        assert found[0].home_amsl_m == pytest.approx(PAD_AMSL_M, abs=1.0)
        with pytest.raises(TimeoutError, match="3 aircraft with a position are needed"):
            await discover(url, count=3, timeout_s=1.5)


async def test_discover_says_when_nobody_is_there() -> None:
    with pytest.raises(TimeoutError, match="no aircraft was heard"):
        await discover(listening_at(free_port()), count=1, timeout_s=0.3)
