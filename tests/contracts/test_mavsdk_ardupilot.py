"""The fleet adapter against a hand-made aircraft with ArduCopter's manners.

It says nothing but heartbeats until its rates are asked for, takes off only in GUIDED, knows no DO_ORBIT,
refuses parameters that are not numbers, and speaks of heights above home where PX4 speaks of sea level.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from tests.fleet_bench import Bench, free_port, listening_at, order, until

from rtcc_core.adapters import mavsdk_circler
from rtcc_core.adapters.mavsdk_fleet import discover
from rtcc_core.domain.drone import Landed, Mode
from rtcc_core.domain.flight import Outcome, Verb
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_core.domain.programme import Programme

HOME = LatLon(-35.3632, 149.1652)
HOME_AMSL_M = 584.0
STABILIZE, GUIDED, RTL, LAND, BRAKE = 0, 4, 6, 9, 17
TICK_S = 0.02
FAST = 8.0
"""World seconds per wall second."""

LIMIT_M_S = 15.0
PROGRAMME = Programme(agency="Test", orbit_radius_m=40.0, orbit_speed_m_s=5.0)


class Copter(asyncio.DatagramProtocol):
    """An aircraft that moves where it is told, at once at full speed."""

    def __init__(self, gcs_address: tuple[str, int]) -> None:
        self.commands: list[int] = []
        self.setpoints: list[Any] = []
        self.refuses_take_off = False
        self.mode, self.is_armed = STABILIZE, False
        self.position, self.height_m, self.yaw_deg = HOME, 0.0, 0.0
        self._target, self._target_height_m = HOME, 0.0
        self._velocity = (0.0, 0.0)
        self._rates: dict[int, float] = {}
        self._due: dict[int, float] = {}
        self._gcs_address = gcs_address
        self._codec = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
        self._codec.robust_parsing = True
        self._started = time.monotonic()
        self._transport: asyncio.DatagramTransport | None = None
        self._handlers: dict[int, Callable[[Any], int]] = {
            mavlink.MAV_CMD_SET_MESSAGE_INTERVAL: self._set_rate,
            mavlink.MAV_CMD_DO_SET_MODE: self._set_mode,
            mavlink.MAV_CMD_COMPONENT_ARM_DISARM: self._arm,
            mavlink.MAV_CMD_NAV_TAKEOFF: self._take_off,
            mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH: lambda _: self._enter(RTL, HOME, self.height_m),
            mavlink.MAV_CMD_NAV_LAND: lambda _: self._enter(LAND, self.position, 0.0),
            mavlink.MAV_CMD_DO_REPOSITION: self._reposition,
            mavlink.MAV_CMD_DO_SET_ROI_LOCATION: lambda _: mavlink.MAV_RESULT_ACCEPTED,
            mavlink.MAV_CMD_DO_SET_ROI_NONE: lambda _: mavlink.MAV_RESULT_ACCEPTED,
        }

    # --- the radio --------------------------------------------------------------------------------------

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        try:
            beat_at = 0.0
            while True:
                self._move(TICK_S * FAST)
                now = time.monotonic()
                if now - beat_at >= 1.0 / FAST:  # once a second of its own clock
                    beat_at = now
                    self.beat()
                for kind, at in list(self._due.items()):
                    if now >= at:
                        self._due[kind] = now + 1.0 / self._rates[kind]
                        self._send(self._build(kind))
                await asyncio.sleep(TICK_S)
        finally:
            self._transport.close()

    def datagram_received(self, data: bytes, address: Any) -> None:
        for message in self._codec.parse_buffer(data) or []:
            kind = message.get_type()
            if kind in ("COMMAND_LONG", "COMMAND_INT"):
                self.commands.append(message.command)
                result = self._obey(message)
                self._send(mavlink.MAVLink_command_ack_message(message.command, result))
            elif kind == "SET_POSITION_TARGET_GLOBAL_INT":
                self._lead(message)

    def say(self, severity: int, text: bytes, number: int = 0, chunk: int = 0) -> None:
        self._send(mavlink.MAVLink_statustext_message(severity, text, number, chunk))

    def beat(self) -> None:
        armed = mavlink.MAV_MODE_FLAG_SAFETY_ARMED if self.is_armed else 0
        self._send(
            mavlink.MAVLink_heartbeat_message(
                mavlink.MAV_TYPE_QUADROTOR, mavlink.MAV_AUTOPILOT_ARDUPILOTMEGA, 1 | armed, self.mode, 4, 3
            )
        )

    def _send(self, message: Any) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(message.pack(self._codec), self._gcs_address)
            self._codec.seq = (self._codec.seq + 1) % 256

    def _build(self, kind: int) -> Any:
        boot_ms = int((time.monotonic() - self._started) * 1000 * FAST)
        lat, lon = (round(each * 1e7) for each in (self.position.latitude_deg, self.position.longitude_deg))
        amsl_mm, north, east = round((HOME_AMSL_M + self.height_m) * 1000), *self._velocity
        bits = 0x1000_0000 | 0x20 | 0x0F
        match kind:
            case mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT:
                height_mm, hdg = round(self.height_m * 1000), round(self.yaw_deg * 100)
                return mavlink.MAVLink_global_position_int_message(
                    boot_ms, lat, lon, amsl_mm, height_mm, round(north * 100), round(east * 100), 0, hdg
                )
            case mavlink.MAVLINK_MSG_ID_SYS_STATUS:
                return mavlink.MAVLink_sys_status_message(bits, bits, bits, 0, 12000, -1, 77, *[0] * 6)
            case mavlink.MAVLINK_MSG_ID_GPS_RAW_INT:
                return mavlink.MAVLink_gps_raw_int_message(0, 6, lat, lon, amsl_mm, 90, 90, 0, 0, 10)
            case mavlink.MAVLINK_MSG_ID_HOME_POSITION:
                home = (round(HOME.latitude_deg * 1e7), round(HOME.longitude_deg * 1e7))
                altitude_mm, nan = round(HOME_AMSL_M * 1000), math.nan
                return mavlink.MAVLink_home_position_message(
                    *home, altitude_mm, 0, 0, 0, [nan] * 4, nan, nan, nan
                )
            case mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE:
                return mavlink.MAVLink_extended_sys_state_message(0, 2 if self.height_m > 0.5 else 1)
            case mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT:
                return mavlink.MAVLink_ekf_status_report_message(831, 0.1, 0.1, 0.1, 0.1, 0.0)
            case _:
                return mavlink.MAVLink_battery_status_message(0, 0, 0, 32767, [65535] * 10, -1, -1, -1, 76)

    # --- the autopilot ----------------------------------------------------------------------------------

    def _obey(self, message: Any) -> int:
        handler = self._handlers.get(message.command)
        if handler is None:
            return int(mavlink.MAV_RESULT_UNSUPPORTED)
        names = [f"param{index}" for index in range(1, 8) if hasattr(message, f"param{index}")]
        if any(math.isnan(getattr(message, name)) for name in names):
            return int(mavlink.MAV_RESULT_DENIED)
        return handler(message)

    def _enter(self, mode: int, target: LatLon, height_m: float) -> int:
        self.mode, self._target, self._target_height_m = mode, target, height_m
        self._velocity = (0.0, 0.0)
        return int(mavlink.MAV_RESULT_ACCEPTED)

    def _set_rate(self, message: Any) -> int:
        self._rates[int(message.param1)] = 1e6 / message.param2
        self._due[int(message.param1)] = 0.0
        return int(mavlink.MAV_RESULT_ACCEPTED)

    def _set_mode(self, message: Any) -> int:
        return self._enter(int(message.param2), self.position, self.height_m)

    def _arm(self, message: Any) -> int:
        assert message.param2 == 0.0, "never by force"
        if message.param1 == 0.0 and self.height_m > 0.5:
            return int(mavlink.MAV_RESULT_FAILED)
        self.is_armed = message.param1 == 1.0
        return int(mavlink.MAV_RESULT_ACCEPTED)

    def _take_off(self, message: Any) -> int:
        if self.mode != GUIDED or not self.is_armed or self.refuses_take_off:
            self.say(mavlink.MAV_SEVERITY_CRITICAL, b"Takeoff: no thrust")
            return int(mavlink.MAV_RESULT_FAILED)
        return self._enter(GUIDED, self.position, message.param7)

    def _reposition(self, message: Any) -> int:
        if self.mode != GUIDED and int(message.param2) != 1:
            return int(mavlink.MAV_RESULT_DENIED)
        return self._enter(GUIDED, LatLon(message.x * 1e-7, message.y * 1e-7), message.z - HOME_AMSL_M)

    def _lead(self, message: Any) -> None:
        if self.mode != GUIDED:
            return
        self.setpoints.append(message)
        self._target = LatLon(message.lat_int * 1e-7, message.lon_int * 1e-7)
        self._target_height_m = message.alt
        self._velocity = (message.vx, message.vy)
        self.yaw_deg = math.degrees(message.yaw) % 360.0

    def _move(self, dt_s: float) -> None:
        north, east = self._velocity
        pace_m_s = math.hypot(north, east)
        if pace_m_s > 0.0:  # position and velocity: the target itself moves on
            track = math.degrees(math.atan2(east, north))
            self._target = offset(self._target, track, pace_m_s * dt_s)
        gap_m = distance_m(self.position, self._target)
        step_m = min(gap_m, max(LIMIT_M_S, pace_m_s) * dt_s)
        self.position = offset(self.position, bearing_deg(self.position, self._target), step_m)
        if self.mode == RTL and distance_m(self.position, HOME) < 1.0:
            self._target_height_m = 0.0
        rise_m = self._target_height_m - self.height_m
        self.height_m += math.copysign(min(abs(rise_m), 4.0 * dt_s), rise_m)
        if self.mode in (RTL, LAND) and self.height_m <= 0.0:
            self.is_armed = False


class World(Bench):
    """One copter and a fleet that knows it."""

    def __init__(self, copter: Copter, url: str) -> None:
        super().__init__(url, PROGRAMME, [1])
        self.copter = copter


@contextlib.asynccontextmanager
async def on_the_air() -> AsyncIterator[tuple[Copter, str]]:
    port = free_port()
    copter = Copter(("127.0.0.1", port))
    running = asyncio.create_task(copter.run())
    try:
        yield copter, listening_at(port)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with on_the_air() as (copter, url):
        here = World(copter, url)
        await here.fleet.start()
        try:
            yield here
        finally:
            await here.fleet.stop()


async def test_its_rates_are_asked_for_before_anything_is_known(world: World) -> None:
    await world.ready()
    seen = world.see()
    assert seen.autopilot == "ArduPilot"
    assert seen.home_amsl_m == pytest.approx(HOME_AMSL_M)
    assert seen.landed is Landed.ON_GROUND
    await until(lambda: world.see().battery_fraction == pytest.approx(0.76))
    assert seen.satellites == 10


async def test_discover_asks_for_rates_too() -> None:
    async with on_the_air() as (_, url):
        found = await discover(url, count=1, timeout_s=45.0)
        assert (found[0].sysid, found[0].autopilot) == (1, "ArduPilot")
        assert found[0].home_amsl_m == pytest.approx(HOME_AMSL_M)


async def test_it_is_brought_into_guided_before_it_is_armed(world: World) -> None:
    await world.airborne()
    flight = [each for each in world.copter.commands if each in (176, 400, 22)]
    assert [each for each, _ in itertools.groupby(flight)] == [176, 400, 22], "each repeated, if at all"
    assert world.copter.mode == GUIDED
    await until(lambda: abs(world.copter.height_m - 30.0) < 0.1, "30 m")
    await asyncio.sleep(0.2)
    assert world.copter.height_m == pytest.approx(30.0, abs=1.0)


async def test_an_orbit_it_does_not_know_is_flown_by_us_until_the_next_order(world: World) -> None:
    scene = offset(HOME, 70.0, 150.0)
    await world.airborne()
    assert (await world.carry(order(Verb.TRANSIT, target=scene, height_m=30.0))).outcome is Outcome.ACCEPTED
    await until(lambda: distance_m(world.copter.position, scene) < 3.0)
    assert (await world.carry(order(Verb.ORBIT, target=scene, height_m=35.0))).outcome is Outcome.ACCEPTED
    await until(lambda: world.see().mode is Mode.ORBIT)
    begun_deg = bearing_deg(scene, world.copter.position)
    await until(lambda: 80.0 < (bearing_deg(scene, world.copter.position) - begun_deg) % 360.0 < 280.0)
    await until(lambda: abs(distance_m(world.copter.position, scene) - 40.0) < 8.0, "the circle")

    def turned_away_deg() -> float:
        inward_deg = bearing_deg(world.copter.position, scene)
        return abs((world.copter.yaw_deg - inward_deg + 180.0) % 360.0 - 180.0)

    await until(lambda: turned_away_deg() < 25.0, "the nose on the scene")
    await until(lambda: world.copter.height_m == pytest.approx(35.0, abs=1.0))
    assert (await world.carry(order(Verb.HOLD))).outcome is Outcome.ACCEPTED
    assert world.copter.mode == BRAKE
    await until(lambda: world.see().mode is Mode.HOLD)
    assert world.fleet.sky()["D1"].mode is not Mode.ORBIT
    led = len(world.copter.setpoints)
    await asyncio.sleep(0.6)  # three setpoints' time
    assert len(world.copter.setpoints) == led


async def test_hold_return_and_land_are_seen_in_its_heartbeat(world: World) -> None:
    await world.airborne()
    for verb, mode in ((Verb.HOLD, Mode.HOLD), (Verb.RETURN, Mode.RETURN), (Verb.LAND, Mode.LAND)):
        assert (await world.carry(order(verb))).outcome is Outcome.ACCEPTED
        await world.shows(mode)
    await until(lambda: world.see().armed is False)


async def test_a_refused_take_off_ends_disarmed_and_says_so(world: World) -> None:
    await world.ready()
    world.copter.refuses_take_off = True
    receipt = await world.carry(order(Verb.LAUNCH))
    assert receipt.outcome is Outcome.REFUSED
    assert "Takeoff: no thrust" in receipt.reason
    assert "it was disarmed again" in receipt.reason
    assert not world.copter.is_armed


async def test_a_circle_ends_when_somebody_else_takes_the_aircraft(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mavsdk_circler, "TAKEN_AWAY_S", 0.6)
    scene = offset(HOME, 0.0, 45.0)
    await world.airborne()
    await world.carry(order(Verb.ORBIT, target=scene))
    await until(lambda: len(world.copter.setpoints) > 3)
    world.copter.mode = STABILIZE
    await until(lambda: world.see().mode is Mode.MANUAL)
    await asyncio.sleep(1.0)  # TAKEN_AWAY_S and two setpoints' time
    world.copter.mode = GUIDED
    led = len(world.copter.setpoints)
    await asyncio.sleep(0.6)
    assert len(world.copter.setpoints) == led


async def test_hostile_status_texts_are_text_and_nothing_is_printed(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    await world.ready()
    world.copter.say(mavlink.MAV_SEVERITY_WARNING, b"\xff\xfe\x1b[31mred [bold]")
    world.copter.say(
        mavlink.MAV_SEVERITY_CRITICAL, b"PreArm: a text that is longer than what fits into one c", 7, 0
    )
    world.copter.say(mavlink.MAV_SEVERITY_CRITICAL, b"hunk", 7, 1)
    world.copter.say(mavlink.MAV_SEVERITY_INFO, b"nothing to worry about")
    world.copter.say(mavlink.MAV_SEVERITY_ERROR, b"the last")
    await until(lambda: "the last" in world.sink.texts())
    assert world.sink.texts() == [
        "\ufffd\ufffd\x1b[31mred [bold]",
        "PreArm: a text that is longer than what fits into hunk",
        "the last",
    ]
    assert capfd.readouterr() == ("", "")
