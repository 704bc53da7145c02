"""A simulated aircraft on a real socket, asked by a ground station made of pymavlink alone."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import time
from functools import partial
from typing import Any

import pytest
from pymavlink.dialects.v20 import common as mavlink
from tests.ground import BARE, HOME, Station, eventually, on_air

from rtcc_core.domain.geo import distance_m, offset
from rtcc_sitl.px4 import Command, Mode, Result
from rtcc_sitl.wind import Wind

NAN = math.nan

KINDS = (
    "GLOBAL_POSITION_INT",
    "ATTITUDE",
    "ATTITUDE_QUATERNION",
    "HEARTBEAT",
    "SYS_STATUS",
    "BATTERY_STATUS",
    "GPS_RAW_INT",
    "EXTENDED_SYS_STATE",
    "HOME_POSITION",
    "SYSTEM_TIME",
    "VFR_HUD",
    "ALTITUDE",
    "WIND_COV",
    "MISSION_CURRENT",
)


async def test_it_says_all_that_px4_says() -> None:
    async with on_air() as (_, station):
        await eventually(lambda: {message.get_type() for message in station.heard} >= set(KINDS))
    assert {message.get_srcSystem() for message in station.heard} == {7}


async def test_a_message_interval_is_obeyed_and_an_unknown_one_refused() -> None:
    async with on_air() as (_, station):
        kind = mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT
        assert await station.result_of(Command.SET_MESSAGE_INTERVAL, kind, -1) == Result.ACCEPTED
        begin = len(station.heard)
        await station.until("HEARTBEAT")
        assert "GLOBAL_POSITION_INT" not in {message.get_type() for message in station.heard[begin:]}
        assert await station.result_of(Command.SET_MESSAGE_INTERVAL, kind, 0) == Result.ACCEPTED
        await station.until("GLOBAL_POSITION_INT")
        assert await station.result_of(Command.SET_MESSAGE_INTERVAL, 9999, 0) == Result.UNSUPPORTED


@pytest.mark.parametrize(
    "kind", ["AUTOPILOT_VERSION", "HOME_POSITION", "GPS_GLOBAL_ORIGIN", "FLIGHT_INFORMATION"]
)
async def test_a_message_that_is_asked_for_comes(kind: str) -> None:
    async with on_air() as (_, station):
        wanted = asyncio.create_task(station.until(kind))
        number = getattr(mavlink, f"MAVLINK_MSG_ID_{kind}")
        assert await station.result_of(Command.REQUEST_MESSAGE, number) == Result.ACCEPTED
        await wanted


@pytest.mark.parametrize("number", [259, 280, 397, 435])
async def test_a_message_it_has_not_is_refused_and_never_ignored(number: int) -> None:
    async with on_air(BARE) as (_, station):
        assert await station.result_of(Command.REQUEST_MESSAGE, number) == Result.UNSUPPORTED
        assert await station.result_of(2000) == Result.UNSUPPORTED


async def test_frames_for_other_systems_and_components_are_not_ours() -> None:
    async with on_air() as (vehicle, station):
        station.command(Command.COMPONENT_ARM_DISARM, 1.0, component=100)
        station.send(mavlink.MAVLink_command_long_message(8, 1, 400, 0, 1.0, 0, 0, 0, 0, 0, 0))
        assert await station.result_of(Command.GET_HOME_POSITION) == Result.ACCEPTED
        assert [received.name for received in vehicle.commands] == ["GET_HOME_POSITION"]
        assert not vehicle.state.is_armed


async def test_arming_shows_in_a_heartbeat_right_after_the_acknowledgement() -> None:
    async with on_air() as (_, station):
        assert await station.result_of(Command.COMPONENT_ARM_DISARM, 1.0) == Result.ACCEPTED
        await station.until("GLOBAL_POSITION_INT")
        kinds = [message.get_type() for message in station.heard]
        heartbeat = station.heard[kinds.index("COMMAND_ACK") + 1]
        assert heartbeat.get_type() == "HEARTBEAT"
        assert heartbeat.base_mode & mavlink.MAV_MODE_FLAG_SAFETY_ARMED


async def test_ping_and_timesync_are_answered() -> None:
    async with on_air() as (_, station):
        pong = asyncio.create_task(station.until("PING", lambda ping: ping.seq == 5))
        sync = asyncio.create_task(station.until("TIMESYNC", lambda answer: answer.ts1 == 1234))
        await asyncio.sleep(0)
        station.send(mavlink.MAVLink_ping_message(1, 5, 0, 0))
        station.send(mavlink.MAVLink_timesync_message(0, 1234))
        assert (await pong).target_system == 245
        assert (await sync).tc1 > 0


async def test_a_reposition_flies_as_command_int_and_as_command_long() -> None:
    async with on_air() as (vehicle, station):
        await station.result_of(Command.COMPONENT_ARM_DISARM, 1.0)
        await station.result_of(Command.NAV_TAKEOFF, 0, 0, 0, NAN, NAN, NAN, NAN)
        await eventually(lambda: vehicle.state.mode == Mode.HOLD.name)
        north, east = offset(HOME, 0.0, 60.0), offset(HOME, 90.0, 60.0)
        at = (round(north.latitude_deg * 1e7), round(north.longitude_deg * 1e7))
        station.send(mavlink.MAVLink_command_int_message(7, 1, 0, 192, 0, 0, -1, 1, 0, NAN, *at, 420.0))
        await eventually(lambda: distance_m(vehicle.state.position, north) < 2.0)
        place = (east.latitude_deg, east.longitude_deg, 430.0)
        assert await station.result_of(Command.DO_REPOSITION, -1, 1, 0, NAN, *place) == Result.ACCEPTED
        await eventually(lambda: distance_m(vehicle.state.position, east) < 2.0)


async def test_a_plan_comes_back_as_it_was_sent() -> None:
    async with on_air() as (_, station):
        for kind in (0, 1):
            await upload(station, kind, count=3)
            counted = asyncio.create_task(station.until("MISSION_COUNT"))
            await asyncio.sleep(0)
            station.send(mavlink.MAVLink_mission_request_list_message(7, 1, kind))
            assert (await counted).count == 3
            item = asyncio.create_task(station.until("MISSION_ITEM_INT"))
            await asyncio.sleep(0)
            station.send(mavlink.MAVLink_mission_request_int_message(7, 1, 2, kind))
            assert (await item).x == 474000002
        cleared = asyncio.create_task(station.until("MISSION_ACK"))
        await asyncio.sleep(0)
        station.send(mavlink.MAVLink_mission_clear_all_message(7, 1, 255))
        assert (await cleared).type == mavlink.MAV_MISSION_ACCEPTED


def is_for_item(seq: int, asked: Any) -> bool:
    return bool(asked.seq == seq)


async def upload(station: Station, kind: int, count: int) -> None:
    """Upload a plan, losing the first request of one item: the vehicle has to ask again."""
    acknowledged = asyncio.create_task(station.until("MISSION_ACK"))
    station.send(mavlink.MAVLink_mission_count_message(7, 1, count, kind))
    for seq in range(count):
        for _ in range(2 if seq == 1 else 1):
            await station.until("MISSION_REQUEST_INT", partial(is_for_item, seq))
        head = (7, 1, seq, 6, 16, 0, 1, 0.0, 0.0, 0.0, NAN)
        station.send(mavlink.MAVLink_mission_item_int_message(*head, 474000000 + seq, 85400000, 30.0, kind))
    assert (await acknowledged).type == mavlink.MAV_MISSION_ACCEPTED


async def test_offboard_needs_setpoints_follows_them_and_holds_when_they_stop() -> None:
    async with on_air(speed=8.0) as (vehicle, station):
        await station.result_of(Command.COMPONENT_ARM_DISARM, 1.0)
        await station.result_of(Command.NAV_TAKEOFF, 0, 0, 0, NAN, NAN, NAN, NAN)
        await eventually(lambda: vehicle.state.mode == Mode.HOLD.name)
        assert await station.result_of(Command.DO_SET_MODE, 1, 6, 0) == Result.TEMPORARILY_REJECTED
        mask = 0b0000_1001_1100_0111
        north = mavlink.MAVLink_set_position_target_local_ned_message(
            0, 7, 1, 1, mask, 0, 0, 0, 5.0, 0, 0, 0, 0, 0, NAN, 0
        )
        station.send(north)
        assert await station.result_of(Command.DO_SET_MODE, 1, 6, 0) == Result.ACCEPTED
        while vehicle.state.ground_speed_m_s < 4.9:
            station.send(north)
            await asyncio.sleep(0.05)
        await eventually(lambda: vehicle.state.mode == Mode.HOLD.name)


async def test_a_refused_an_ignored_and_an_unconfirmed_command() -> None:
    async with on_air() as (vehicle, station):
        vehicle.refuse_next_command(only=Command.NAV_RETURN_TO_LAUNCH)  # nobody asks for that here
        vehicle.refuse_next_command()
        arm = (Command.COMPONENT_ARM_DISARM, 1.0)
        assert await station.result_of(Command.GET_HOME_POSITION) == Result.ACCEPTED
        assert await station.result_of(*arm) == Result.TEMPORARILY_REJECTED
        assert not vehicle.state.is_armed
        vehicle.ignore_next_command(but_obey=True)
        station.command(*arm)
        station.command(*arm)
        await eventually(lambda: vehicle.state.is_armed)
        assert await station.result_of(Command.DO_SET_MODE, 1, 4, 3) == Result.ACCEPTED
        arms = [received for received in vehicle.commands if received.command == arm[0]]
        assert [received.result for received in arms] == [Result.TEMPORARILY_REJECTED, None, None]


async def test_a_silent_radio_neither_speaks_nor_hears() -> None:
    async with on_air() as (vehicle, station):
        vehicle.set_link(is_up=False)
        begin = len(station.heard)
        station.command(Command.COMPONENT_ARM_DISARM, 1.0)
        station.command(Command.GET_HOME_POSITION)
        elapsed_s = vehicle.clock.elapsed_s
        await eventually(lambda: vehicle.clock.elapsed_s > elapsed_s + 5.0)
        assert station.heard[begin:] == []
        assert not vehicle.state.is_armed
        vehicle.set_link(is_up=True)
        await station.until("HEARTBEAT")


async def test_health_follows_gps_and_battery() -> None:
    async with on_air() as (vehicle, station):
        gps, prearm = mavlink.MAV_SYS_STATUS_SENSOR_GPS, mavlink.MAV_SYS_STATUS_PREARM_CHECK
        await station.until("SYS_STATUS", lambda status: status.onboard_control_sensors_health & gps)
        vehicle.set_gps(works=False)
        await station.until("SYS_STATUS", lambda status: not status.onboard_control_sensors_health & gps)
        await station.until("GPS_RAW_INT", lambda gps_raw: gps_raw.fix_type == 0)
        vehicle.set_gps(works=True)
        vehicle.set_battery(0.05)
        await station.until("SYS_STATUS", lambda status: not status.onboard_control_sensors_health & prearm)
        await station.until("BATTERY_STATUS", lambda battery: battery.battery_remaining == 5)


async def test_wind_is_told_as_where_it_blows_to() -> None:
    async with on_air() as (vehicle, station):
        vehicle.set_wind(Wind(8.0, 270.0))
        wind = await station.until("WIND_COV", lambda wind: wind.wind_y > 7.9)
        assert abs(wind.wind_x) < 0.01


async def test_a_reboot_is_a_short_silence_and_a_shutdown_a_long_one() -> None:
    async with on_air() as (vehicle, station):
        assert await station.result_of(Command.PREFLIGHT_REBOOT_SHUTDOWN, 1.0) == Result.ACCEPTED
        begin = time.monotonic()
        await station.until("HEARTBEAT")
        assert time.monotonic() - begin > 1.0
        assert await station.result_of(Command.PREFLIGHT_REBOOT_SHUTDOWN, 2.0) == Result.ACCEPTED
        await eventually(lambda: not vehicle.state.is_link_up)


async def test_a_second_ground_station_is_served_too() -> None:
    async with on_air() as (vehicle, _):
        loop = asyncio.get_running_loop()
        transport, other = await loop.create_datagram_endpoint(Station, local_addr=("127.0.0.1", 0))
        other.transport, other.peer = transport, ("127.0.0.1", vehicle.port)
        other.send(mavlink.MAVLink_heartbeat_message(6, 8, 0, 0, 0, 3))
        await other.until("GLOBAL_POSITION_INT")
        transport.close()


async def test_no_bytes_of_any_kind_stop_it(caplog: pytest.LogCaptureFixture) -> None:
    rng = random.Random(11)
    async with on_air() as (vehicle, station):
        for kind in mavlink.mavlink_map.values():
            values = kind.unpacker.unpack(rng.randbytes(kind.unpacker.size))
            if max(kind.lengths) <= 1:  # arrays need no values of their own to make a frame hostile
                with contextlib.suppress(Exception):  # pymavlink cannot send every value it can read
                    station.send(kind(*(values[index] for index in kind.orders)))
            station.send_bytes(rng.randbytes(rng.randrange(1, 280)))
            station.send_bytes(bytes([0xFD, rng.randrange(256)]) + rng.randbytes(20))
            await asyncio.sleep(0)
        for command in range(600):
            params = [rng.choice([NAN, math.inf, -1.0, 1e30, 0.0, 1.0]) for _ in range(7)]
            if command != Command.PREFLIGHT_REBOOT_SHUTDOWN:
                station.command(command, *params)
                await asyncio.sleep(0)
        assert await station.result_of(Command.GET_HOME_POSITION) == Result.ACCEPTED
        assert len(vehicle.commands) >= 500
        await station.until("GLOBAL_POSITION_INT")
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
