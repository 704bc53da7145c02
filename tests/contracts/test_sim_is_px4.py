"""What MAVSDK 4.1 asks of PX4, asked of the simulated aircraft over real MAVLink and UDP."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mavsdk
import pytest
from mavsdk.asyncio import Autopilot, ComponentType, Configuration, Mavsdk, Vehicle
from mavsdk.asyncio.plugins.action import ActionAsync, ActionError, OrbitYawBehavior
from mavsdk.asyncio.plugins.info import InfoAsync
from mavsdk.asyncio.plugins.mission_raw import MissionItem, MissionRawAsync
from mavsdk.asyncio.plugins.offboard import OffboardAsync, VelocityNedYaw
from mavsdk.asyncio.plugins.param import ParamAsync, ParamError
from mavsdk.asyncio.plugins.telemetry import FlightMode, LandedState, TelemetryAsync

from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_sitl.hangar import Hangar, SimVehicle, VehicleSpec

pytestmark = pytest.mark.drill

HOME = LatLon(47.4, 8.54)
PAD_AMSL_M = 400.0
SPEED = 15.0
DEADLINE_S = 40.0
NAN = math.nan

STREAMS = (
    "position",
    "velocity_ned",
    "heading",
    "flight_mode",
    "armed",
    "landed_state",
    "battery",
    "raw_gps",
    "home",
    "wind",
    "altitude",
    "health",
    "health_all_ok",
    "unix_epoch_time",
)


class Seen:
    """The latest of each telemetry stream, as MAVSDK tells it, every status text, and what was ever seen.

    Each stream comes by itself: nothing of one may be asserted because another one has come. What lasts only
    seconds of a fast clock is looked for in what was ever seen.
    """

    def __init__(self, telemetry: Any) -> None:
        self.latest: dict[str, Any] = {}
        self.texts: list[str] = []
        self.ever: dict[str, list[Any]] = {"flight_mode": [], "landed_state": []}
        self.highest_m = 0.0
        self._tasks = [asyncio.create_task(self._follow(telemetry, name)) for name in STREAMS]
        self._tasks.append(asyncio.create_task(self._listen(telemetry)))

    async def _follow(self, telemetry: Any, name: str) -> None:
        async for value in getattr(telemetry, f"subscribe_{name}")():
            self.latest[name] = value
            if name in self.ever:
                self.ever[name].append(value)
            if name == "position":
                self.highest_m = max(self.highest_m, self.height_m)

    async def _listen(self, telemetry: Any) -> None:
        async for status in telemetry.subscribe_status_text():
            self.texts.append(status.text)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def place(self) -> LatLon:
        position = self.latest["position"]
        return LatLon(position.latitude_deg, position.longitude_deg)

    @property
    def height_m(self) -> float:
        return float(self.latest["position"].relative_altitude_m)

    async def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait for the aircraft to be seen doing something."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    if holds():
                        return
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(f"{what}: not seen in {DEADLINE_S} s; {self.latest}; said {self.texts}")

    async def mode(self, mode: Any) -> None:
        await self.until(f"mode {mode}", lambda: self.latest.get("flight_mode") == mode)

    async def said(self, words: str) -> None:
        await self.until(f"the words {words!r}", lambda: any(words in text for text in self.texts))

    async def stands(self, place: LatLon, *, within_m: float) -> None:
        """Wait until it is seen on the ground there with its motors stopped."""
        await self.until("auto-disarm", lambda: self.latest["armed"] is False)
        await self.until("the ground", lambda: self.latest["landed_state"] == LandedState.ON_GROUND)
        await self.until("its place", lambda: distance_m(self.place, place) < within_m)


class Bench:
    """One simulated aircraft, and MAVSDK connected to it."""

    def __init__(self, vehicle: SimVehicle, system: Any) -> None:
        self.vehicle = vehicle
        self.system = system
        self.action = ActionAsync(system)
        self.seen = Seen(TelemetryAsync(system))

    async def fly(self, height_m: float) -> None:
        await self.seen.until("ready", lambda: self.seen.latest.get("health_all_ok") is True)
        await self.action.set_takeoff_altitude(height_m)
        await self.action.arm()
        await self.action.takeoff()
        await self.seen.until("take-off", lambda: FlightMode.TAKEOFF in self.seen.ever["flight_mode"])
        await self.seen.mode(FlightMode.HOLD)
        await self.seen.until("its height", lambda: abs(self.seen.height_m - height_m) < 2.0)


@contextlib.asynccontextmanager
async def connected(*, battery: float = 1.0, speed: float = SPEED) -> AsyncIterator[Bench]:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(32))
    mavsdk.log_subscribe(lambda *_: True)
    port = free_port()
    spec = VehicleSpec(23, "D1", HOME, home_amsl_m=PAD_AMSL_M, battery_fraction=battery)
    configuration = Configuration.create_with_component_type(ComponentType.GROUND_STATION)
    async with (
        Mavsdk(configuration) as mav,
        Hangar([spec], gcs_address=("127.0.0.1", port), speed=speed, seed=1) as hangar,
    ):
        await mav.add_any_connection(f"udpin://127.0.0.1:{port}")
        system = await mav.first_autopilot(DEADLINE_S)
        assert system is not None
        bench = Bench(hangar["D1"], system)
        try:
            yield bench
        finally:
            await bench.seen.close()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def refused(command: Awaitable[Any]) -> str:
    """The name of the result that refuses a command."""
    with pytest.raises(ActionError) as caught:
        await command
    return str(caught.value)


async def test_it_is_discovered_identified_and_healthy() -> None:
    async with connected() as bench:
        assert await bench.system.get_system_id() == 23
        assert await bench.system.autopilot_type() == Autopilot.PX4
        assert await bench.system.vehicle_type() == Vehicle.MULTICOPTER
        version = await InfoAsync(bench.system).get_version()
        assert (version.flight_sw_major, version.flight_sw_minor) == (1, 15)
        identification = await InfoAsync(bench.system).get_identification()
        assert identification.legacy_uid == 23
        seen = bench.seen
        await seen.until("all ok", lambda: seen.latest.get("health_all_ok") is True)
        await seen.until("all streams", lambda: set(seen.latest) == set(STREAMS))
        await seen.until("armable", lambda: bool(seen.latest["health"].is_armable))
        assert distance_m(seen.place, HOME) < 2.0
        assert seen.latest["home"].absolute_altitude_m == pytest.approx(PAD_AMSL_M)
        assert seen.latest["battery"].remaining_percent == 100.0
        assert seen.latest["landed_state"] == LandedState.ON_GROUND


async def test_a_whole_flight() -> None:
    async with connected() as bench:
        seen, action = bench.seen, bench.action
        await bench.fly(30.0)
        await seen.until("in the air", lambda: seen.latest["landed_state"] == LandedState.IN_AIR)

        scene = offset(HOME, 45.0, 250.0)
        at = (scene.latitude_deg, scene.longitude_deg, PAD_AMSL_M + 50.0)
        await action.goto_location(*at, NAN)
        await seen.until("arrival", lambda: distance_m(seen.place, scene) < 2.0 and seen.height_m > 49.0)

        await action.do_orbit(20.0, 5.0, OrbitYawBehavior.HOLD_FRONT_TO_CIRCLE_CENTER, *at)
        await seen.mode(FlightMode.POSCTL)
        await circle_is_flown(bench, scene, 20.0)

        await action.hold()
        await seen.mode(FlightMode.HOLD)
        await seen.until("standstill", lambda: abs(seen.latest["velocity_ned"].north_m_s) < 0.1)

        await action.set_return_to_launch_altitude(55.0)
        await action.return_to_launch()
        await seen.until("return", lambda: FlightMode.RETURN_TO_LAUNCH in seen.ever["flight_mode"])
        await seen.until("climb", lambda: seen.highest_m > 53.0)
        await seen.until("landing", lambda: LandedState.LANDING in seen.ever["landed_state"])
        await seen.stands(HOME, within_m=2.0)
        await seen.until("a used battery", lambda: seen.latest["battery"].remaining_percent < 100.0)
        await seen.said("Disarmed by landing")


async def circle_is_flown(bench: Bench, scene: LatLon, radius_m: float) -> None:
    """Watch a circle from all four sides: its radius, and the nose towards the centre."""
    sides: set[int] = set()

    def off_m_and_deg() -> tuple[float, float]:
        truth = bench.vehicle.state
        inward = bearing_deg(truth.position, scene)
        turned = abs((truth.heading_deg - inward + 180.0) % 360.0 - 180.0)
        return abs(distance_m(truth.position, scene) - radius_m), turned

    def is_on_it() -> bool:
        off_m, off_deg = off_m_and_deg()
        return off_m < 1.5 and off_deg < 6.0

    def look() -> bool:
        assert is_on_it(), off_m_and_deg()
        sides.add(int(bearing_deg(bench.vehicle.state.position, scene) // 90.0))
        return len(sides) == 4

    await bench.seen.until("on the circle", is_on_it)
    await bench.seen.until("four sides", look)


async def test_goto_keeps_the_yaw_that_is_asked_for_and_land_lands_there() -> None:
    async with connected() as bench:
        seen = bench.seen
        await bench.fly(12.0)
        place = offset(HOME, 0.0, 60.0)
        await bench.action.goto_location(place.latitude_deg, place.longitude_deg, PAD_AMSL_M + 15.0, 90.0)
        await seen.until("arrival", lambda: distance_m(seen.place, place) < 1.5)
        await seen.until("the yaw", lambda: abs(seen.latest["heading"].heading_deg - 90.0) < 3.0)
        await bench.action.land()
        await seen.until("land", lambda: FlightMode.LAND in seen.ever["flight_mode"])
        await seen.stands(place, within_m=3.0)


async def test_what_it_refuses_and_the_words_it_finds() -> None:
    async with connected(battery=0.10) as bench:
        seen = bench.seen
        await seen.until("all streams", lambda: set(seen.latest) == set(STREAMS))
        assert not seen.latest["health"].is_armable
        assert "COMMAND_DENIED" in await refused(bench.action.arm())
        assert "COMMAND_DENIED" in await refused(bench.action.takeoff())
        await seen.said("low battery")
        assert not bench.vehicle.state.is_armed


async def test_disarming_in_flight_is_denied_and_kill_is_not() -> None:
    async with connected() as bench:
        await bench.fly(10.0)
        assert "COMMAND_DENIED" in await refused(bench.action.disarm())
        assert bench.vehicle.state.is_armed
        await bench.action.kill()
        await bench.seen.until("the fall", lambda: bench.vehicle.state.has_crashed)


async def test_an_unanswered_command_times_out_and_a_refused_one_does_not() -> None:
    async with connected() as bench:
        await bench.seen.until("ready", lambda: bench.seen.latest.get("health_all_ok") is True)
        bench.vehicle.refuse_next_command()
        assert "COMMAND_DENIED" in await refused(bench.action.arm())
        bench.vehicle.ignore_next_command(but_obey=True)
        assert "TIMEOUT" in await refused(bench.action.arm())
        await bench.seen.until("armed all the same", lambda: bench.seen.latest["armed"] is True)


async def test_parameters_of_both_types_and_one_that_is_not_there() -> None:
    async with connected() as bench:
        param = ParamAsync(bench.system)
        await param.set_param_int("COM_DL_LOSS_T", -7)
        assert await param.get_param_int("COM_DL_LOSS_T") == -7
        await param.set_param_float("RTL_RETURN_ALT", 42.5)
        assert await param.get_param_float("RTL_RETURN_ALT") == 42.5
        with pytest.raises(ParamError, match="DOES_NOT_EXIST"):
            await param.get_param_int("RTCC_NO_SUCH")
        every = await param.get_all_params()
        assert len(every.int_params) + len(every.float_params) == len(bench.vehicle.autopilot.params)


async def test_a_mission_goes_up_comes_down_and_is_flown() -> None:
    async with connected() as bench:
        mission = MissionRawAsync(bench.system)
        items = [waypoint(seq, offset(HOME, 90.0 * seq, 60.0), 20.0) for seq in range(3)]
        await mission.upload_mission(items)
        assert [item.x for item in await mission.download_mission()] == [item.x for item in items]
        await bench.seen.until("ready", lambda: bench.seen.latest.get("health_all_ok") is True)
        await bench.action.arm()
        await mission.start_mission()
        await bench.seen.until("mission", lambda: FlightMode.MISSION in bench.seen.ever["flight_mode"])
        await bench.seen.until("the last item", lambda: bench.vehicle.autopilot.plans.current == 3)
        last = offset(HOME, 180.0, 60.0)
        await bench.seen.until("its place", lambda: distance_m(bench.vehicle.state.position, last) < 3.0)
        await bench.seen.mode(FlightMode.HOLD)
        await mission.clear_mission()
        assert bench.vehicle.autopilot.plans[0] == ()


def waypoint(seq: int, place: LatLon, height_m: float) -> Any:
    at = (round(place.latitude_deg * 1e7), round(place.longitude_deg * 1e7), height_m)
    return MissionItem(seq, 6, 16, int(seq == 0), 1, 0.0, 1.0, 0.0, NAN, *at, 0)


async def test_offboard_velocity() -> None:
    async with connected(speed=4.0) as bench:
        await bench.fly(10.0)
        offboard = OffboardAsync(bench.system)
        await offboard.set_velocity_ned(VelocityNedYaw(4.0, 0.0, 0.0, 90.0))
        await offboard.start()
        await bench.seen.mode(FlightMode.OFFBOARD)
        await bench.seen.until("4 m/s north", lambda: bench.seen.latest["velocity_ned"].north_m_s > 3.9)
        await offboard.stop()
        await bench.seen.mode(FlightMode.HOLD)


async def test_silence_is_a_lost_connection_and_the_aircraft_comes_home_by_itself() -> None:
    async with connected() as bench:
        await bench.fly(10.0)
        await bench.action.goto_location(
            offset(HOME, 0.0, 100.0).latitude_deg, HOME.longitude_deg, PAD_AMSL_M + 30.0, NAN
        )
        bench.vehicle.autopilot.params.put("COM_DL_LOSS_T", 2)
        # MAVSDK notices silence after wall seconds; on its way home the aircraft must still be up by then.
        bench.vehicle.clock.speed = 1.0
        bench.vehicle.set_link(is_up=False)
        await connection(bench.system, is_up=False)
        await bench.seen.until("its own return", lambda: bench.vehicle.state.mode == "RTL")
        bench.vehicle.set_link(is_up=True)
        await bench.seen.mode(FlightMode.RETURN_TO_LAUNCH)
        await bench.seen.said("connection regained")
        await connection(bench.system, is_up=True)


async def connection(system: Any, *, is_up: bool) -> None:
    """Wait until MAVSDK says so of its connection."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            if await system.is_connected() is is_up:
                return
            await asyncio.sleep(0.05)
