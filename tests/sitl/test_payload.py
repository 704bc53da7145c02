"""Gimbal and camera of a simulated aircraft, worked by a ground station made of pymavlink alone."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from msgspec.structs import replace
from pymavlink.dialects.v20 import common as mavlink
from tests.ground import BARE, HOME, SPEC, Station, eventually, on_air

from rtcc_core.domain.geo import offset
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.commands import order_from
from rtcc_sitl.copter_autopilot import CopterAutopilot
from rtcc_sitl.gimbal import PAN_SLEW_DEG_S, Aim, Gimbal, Look
from rtcc_sitl.px4 import Command, Mode, Result
from rtcc_sitl.vehicle import SimVehicle

NAN = math.nan
GIMBAL, CAMERA = 154, 100
YAW_LOCK, EARTH_FRAME, VEHICLE_FRAME = 16, 64, 32
TO_ME = (245.0, 190.0, -1.0, -1.0, 0.0, 0.0, 0.0)


def look(vehicle: SimVehicle) -> Look:
    assert vehicle.payload.gimbal is not None
    return vehicle.payload.gimbal.settle()


async def turn(station: Station, pitch_deg: float, yaw_deg: float, flags: int = 0) -> int:
    """DO_GIMBAL_MANAGER_PITCHYAW to both angles."""
    return await station.result_of(1000, pitch_deg, yaw_deg, NAN, NAN, flags, 0.0, 0.0)


async def looks(vehicle: SimVehicle, pitch_deg: float, pan_deg: float) -> None:
    """Wait for the gimbal to look there; degrees over the horizon and from the nose."""

    def is_there() -> bool:
        now = look(vehicle)
        return abs(now.pitch_deg - pitch_deg) < 0.6 and abs(now.pan_deg - pan_deg) < 0.6

    await eventually(is_there)


async def test_each_component_has_its_own_heartbeat() -> None:
    async with on_air() as (_, station):
        await eventually(lambda: {1, GIMBAL, CAMERA} <= kinds_by_component(station).keys())
        assert kinds_by_component(station)[GIMBAL] == mavlink.MAV_TYPE_GIMBAL
        assert kinds_by_component(station)[CAMERA] == mavlink.MAV_TYPE_CAMERA


def kinds_by_component(station: Station) -> dict[int, int]:
    beats = [message for message in station.heard if message.get_type() == "HEARTBEAT"]
    return {beat.get_srcComponent(): beat.type for beat in beats}


async def test_what_is_not_fitted_is_not_there() -> None:
    async with on_air(BARE) as (vehicle, station):
        for component in (GIMBAL, CAMERA):
            station.command(Command.REQUEST_MESSAGE, 283, component=component)
        assert await station.result_of(1000, 0, 0, NAN, NAN, 0, 0, 0) == Result.UNSUPPORTED
        assert await station.result_of(Command.DO_SET_ROI_LOCATION, 0, 0, 0, 0, 47.4, 8.5, 0.0) == (
            Result.ACCEPTED
        )
        assert kinds_by_component(station).keys() == {1}
        acks = [message for message in station.heard if message.get_type() == "COMMAND_ACK"]
        assert [ack.command for ack in acks] == [1000, Command.DO_SET_ROI_LOCATION]
        with pytest.raises(ValueError, match="no gimbal"):
            vehicle.set_gimbal(works=False)


async def test_the_manager_and_the_device_say_what_they_are() -> None:
    async with on_air() as (_, station):
        manager = await station.answer_to(280, "GIMBAL_MANAGER_INFORMATION", component=1)
        assert (manager.get_srcComponent(), manager.gimbal_device_id) == (1, GIMBAL)
        assert math.degrees(manager.pitch_min) == pytest.approx(-90.0)
        device = await station.answer_to(283, "GIMBAL_DEVICE_INFORMATION", component=GIMBAL)
        assert device.get_srcComponent() == GIMBAL
        assert device.pitch_max == pytest.approx(manager.pitch_max)
        everybody = await station.answer_to(283, "GIMBAL_DEVICE_INFORMATION", component=0)
        assert everybody.get_srcComponent() == GIMBAL


async def test_px4_turns_the_gimbal_only_for_who_took_control() -> None:
    async with on_air() as (vehicle, station):
        assert await turn(station, -30.0, 0.0) == Result.DENIED
        status = asyncio.create_task(station.until("GIMBAL_MANAGER_STATUS"))
        assert await station.result_of(1001, *TO_ME) == Result.ACCEPTED
        await eventually(status.done)
        now = await station.until("GIMBAL_MANAGER_STATUS", lambda seen: seen.primary_control_sysid == 245)
        assert now.primary_control_compid == 190
        assert await turn(station, -30.0, 20.0) == Result.ACCEPTED
        await looks(vehicle, -30.0, 20.0)
        assert await station.result_of(1001, -3.0, -3.0, -1.0, -1.0, 0, 0, 0) == Result.ACCEPTED
        assert await turn(station, 0.0, 0.0) == Result.DENIED


async def test_ardupilot_turns_it_for_everybody_and_is_silent_about_it_until_asked() -> None:
    async with on_air(replace(SPEC, autopilot="ardupilot")) as (vehicle, station):
        assert await turn(station, -30.0, 20.0) == Result.ACCEPTED
        await looks(vehicle, -30.0, 20.0)
        await station.until("GIMBAL_DEVICE_ATTITUDE_STATUS")
        assert "GIMBAL_MANAGER_STATUS" not in {message.get_type() for message in station.heard}
        assert await station.result_of(Command.SET_MESSAGE_INTERVAL, 281, 200_000) == Result.ACCEPTED
        await station.until("GIMBAL_MANAGER_STATUS")


async def test_follow_turns_with_the_nose_and_lock_does_not() -> None:
    async with on_air() as (vehicle, station):
        await station.result_of(1001, *TO_ME)
        body = vehicle.autopilot.body
        body.yaw_deg = 40.0
        await turn(station, -10.0, 30.0)
        await looks(vehicle, -10.0, 30.0)
        follow = await station.until("GIMBAL_DEVICE_ATTITUDE_STATUS")
        assert follow.flags & VEHICLE_FRAME
        assert not follow.flags & YAW_LOCK
        body.yaw_deg = 60.0
        await looks(vehicle, -10.0, 30.0)
        await turn(station, -10.0, 30.0, YAW_LOCK)
        await looks(vehicle, -10.0, -30.0)
        body.yaw_deg = 90.0
        await looks(vehicle, -10.0, -60.0)
        await turn(station, -10.0, 10.0, YAW_LOCK | VEHICLE_FRAME)
        await looks(vehicle, -10.0, 10.0)
        body.yaw_deg = 100.0
        await looks(vehicle, -10.0, 0.0)
        lock = await station.until(
            "GIMBAL_DEVICE_ATTITUDE_STATUS", lambda status: abs(yaw_of(status.q) - 100.0) < 1.0
        )
        assert lock.flags & YAW_LOCK
        assert lock.flags & EARTH_FRAME
        assert math.degrees(lock.delta_yaw) == pytest.approx(100.0, abs=0.1)


def yaw_of(q: Any) -> float:
    w, x, y, z = q
    return math.degrees(math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z)))


def pitch_of(q: Any) -> float:
    w, x, y, z = q
    return math.degrees(math.asin(2.0 * (w * y - z * x)))


async def test_it_keeps_looking_at_a_place_while_the_aircraft_flies_and_is_level_after() -> None:
    async with on_air() as (vehicle, station):
        spot = offset(HOME, 90.0, 100.0)
        at = (spot.latitude_deg, spot.longitude_deg, 400.0)
        assert await station.result_of(Command.DO_SET_ROI_LOCATION, 0, 0, 0, 0, *at) == Result.ACCEPTED
        await station.result_of(Command.COMPONENT_ARM_DISARM, 1.0)
        await station.result_of(Command.NAV_TAKEOFF, 0, 0, 0, NAN, NAN, NAN, 450.0)
        await eventually(lambda: vehicle.state.mode == Mode.HOLD.name)
        assert look(vehicle).pitch_deg == pytest.approx(-math.degrees(math.atan2(50.0, 100.0)), abs=1.0)
        north = offset(HOME, 0.0, 100.0)
        place = (north.latitude_deg, north.longitude_deg, 450.0)
        await station.result_of(Command.DO_REPOSITION, -1, 1, 0, NAN, *place)
        await eventually(lambda: abs(look(vehicle).yaw_deg - 135.0) < 1.0)
        told = await station.until(
            "GIMBAL_DEVICE_ATTITUDE_STATUS", lambda status: abs(yaw_of(status.q) - 135.0) < 2.0
        )
        assert pitch_of(told.q) == pytest.approx(-math.degrees(math.atan2(50.0, 141.4)), abs=1.0)
        assert await station.result_of(Command.DO_SET_ROI_NONE) == Result.ACCEPTED
        await looks(vehicle, 0.0, 0.0)


async def test_a_copter_turns_its_nose_as_well() -> None:
    async with on_air(replace(SPEC, autopilot="ardupilot")) as (vehicle, station):
        spot = offset(HOME, 180.0, 50.0)
        at = (spot.latitude_deg, spot.longitude_deg, 300.0)
        assert await station.result_of(Command.DO_SET_ROI_LOCATION, 0, 0, 0, 0, *at) == Result.ACCEPTED
        assert isinstance(vehicle.autopilot, CopterAutopilot)
        assert vehicle.autopilot.region_of_interest is not None
        await eventually(lambda: vehicle.autopilot.has_position and look(vehicle).pitch_deg < -60.0)


async def test_messages_turn_it_too_and_rates_keep_it_turning() -> None:
    async with on_air() as (vehicle, station):
        await station.result_of(1001, *TO_ME)
        wish = mavlink.MAVLink_gimbal_manager_set_pitchyaw_message
        station.send(wish(7, 1, 0, 0, math.radians(-20.0), math.radians(15.0), NAN, NAN))
        await looks(vehicle, -20.0, 15.0)
        half = math.radians(-50.0) / 2.0
        attitude = mavlink.MAVLink_gimbal_manager_set_attitude_message
        station.send(attitude(7, 1, 0, 0, [math.cos(half), 0.0, math.sin(half), 0.0], NAN, NAN, NAN))
        await looks(vehicle, -50.0, 0.0)
        assert await station.result_of(1000, NAN, NAN, 5.0, 0.0, 0, 0, 0) == Result.ACCEPTED
        await looks(vehicle, 30.0, 0.0)


async def test_a_stuck_gimbal_takes_orders_and_stays_and_says_so() -> None:
    async with on_air() as (vehicle, station):
        await station.result_of(1001, *TO_ME)
        await turn(station, -45.0, 0.0)
        await looks(vehicle, -45.0, 0.0)
        vehicle.set_gimbal(works=False)
        assert await turn(station, 0.0, 0.0, 2) == Result.ACCEPTED
        status = await station.until("GIMBAL_DEVICE_ATTITUDE_STATUS", lambda told: told.failure_flags)
        assert status.failure_flags == mavlink.GIMBAL_DEVICE_ERROR_FLAGS_MOTOR_ERROR
        assert pitch_of(status.q) == pytest.approx(-45.0, abs=1.0)
        vehicle.set_gimbal(works=True)
        await looks(vehicle, 0.0, 0.0)


def test_it_turns_no_faster_than_a_gimbal_can() -> None:
    vehicle = SimVehicle(SPEC, gcs_address=("127.0.0.1", 9))
    gimbal = Gimbal(vehicle.autopilot, vehicle.clock)
    gimbal.target = Aim(0.0, 170.0)
    for _ in range(20):
        vehicle.clock.count_step()
    assert gimbal.settle().pan_deg == pytest.approx(PAN_SLEW_DEG_S, abs=0.1)
    assert gimbal.settle().pan_rate_deg_s == pytest.approx(PAN_SLEW_DEG_S, abs=0.1)


@pytest.mark.parametrize("autopilot", ["px4", "ardupilot"])
async def test_the_camera_answers_every_question_of_the_protocol(autopilot: AutopilotName) -> None:
    async with on_air(replace(SPEC, autopilot=autopilot)) as (_, station):
        kinds = {
            259: "CAMERA_INFORMATION",
            260: "CAMERA_SETTINGS",
            261: "STORAGE_INFORMATION",
            262: "CAMERA_CAPTURE_STATUS",
            269: "VIDEO_STREAM_INFORMATION",
            270: "VIDEO_STREAM_STATUS",
        }
        for number, kind in kinds.items():
            answer = await station.answer_to(number, kind, component=CAMERA)
            assert answer.get_srcComponent() == CAMERA
        for command, params in (
            (Command.REQUEST_MESSAGE, (271.0,)),
            (532, ()),
            (526, ()),
            (2004, ()),
            (400, (1.0,)),
        ):
            assert await station.result_of(command, *params, component=CAMERA) == Result.UNSUPPORTED


async def test_a_photo_is_told_with_the_place_and_the_direction_it_was_taken_in() -> None:
    async with on_air() as (vehicle, station):
        await station.result_of(1001, *TO_ME)
        await turn(station, -60.0, 0.0)
        await looks(vehicle, -60.0, 0.0)
        shot = asyncio.create_task(station.until("CAMERA_IMAGE_CAPTURED"))
        photo = (Command.IMAGE_START_CAPTURE, 0, 0, 1, 1)
        assert await station.result_of(*photo, component=CAMERA) == Result.ACCEPTED
        taken = await shot
        assert (taken.lat, taken.image_index, taken.capture_result) == (474000000, 0, 1)
        assert pitch_of(taken.q) == pytest.approx(-60.0, abs=1.0)
        status = await station.answer_to(262, "CAMERA_CAPTURE_STATUS", component=CAMERA)
        assert (status.image_status, status.image_count) == (0, 1)


async def test_a_series_of_photos_runs_until_it_is_stopped() -> None:
    async with on_air() as (_, station):
        series = (Command.IMAGE_START_CAPTURE, 0, 1.0, 0, 0)
        assert await station.result_of(*series, component=CAMERA) == Result.ACCEPTED
        await station.until("CAMERA_IMAGE_CAPTURED", lambda taken: taken.image_index == 3)
        assert await station.result_of(*series, component=CAMERA) == Result.TEMPORARILY_REJECTED
        assert await station.result_of(Command.IMAGE_STOP_CAPTURE, component=CAMERA) == Result.ACCEPTED
        status = await station.answer_to(262, "CAMERA_CAPTURE_STATUS", component=CAMERA)
        assert status.image_status == 0


async def test_video_mode_and_zoom_show_in_what_the_camera_says() -> None:
    async with on_air() as (_, station):
        told = asyncio.create_task(station.until("CAMERA_CAPTURE_STATUS", lambda status: status.video_status))
        video = (Command.VIDEO_START_CAPTURE, 0, 0)
        assert await station.result_of(*video, component=CAMERA) == Result.ACCEPTED
        await told
        assert await station.result_of(*video, component=CAMERA) == Result.TEMPORARILY_REJECTED
        begun = await station.answer_to(262, "CAMERA_CAPTURE_STATUS", component=CAMERA)
        await station.until("HEARTBEAT")
        later = await station.answer_to(262, "CAMERA_CAPTURE_STATUS", component=CAMERA)
        assert later.recording_time_ms > begun.recording_time_ms
        assert later.available_capacity < begun.available_capacity
        assert await station.result_of(Command.VIDEO_STOP_CAPTURE, component=CAMERA) == Result.ACCEPTED
        ended = await station.answer_to(262, "CAMERA_CAPTURE_STATUS", component=CAMERA)
        assert (ended.video_status, ended.recording_time_ms) == (0, 0)

        assert await station.result_of(Command.SET_CAMERA_MODE, 0, 0, component=CAMERA) == Result.ACCEPTED
        assert await station.result_of(Command.SET_CAMERA_MODE, 0, 9, component=CAMERA) == Result.DENIED
        assert await station.result_of(Command.SET_CAMERA_ZOOM, 2, 40, component=CAMERA) == Result.ACCEPTED
        assert await station.result_of(Command.SET_CAMERA_ZOOM, 0, 1, component=CAMERA) == Result.ACCEPTED
        settings = await station.answer_to(260, "CAMERA_SETTINGS", component=CAMERA)
        assert (settings.mode_id, settings.zoomLevel) == (0, 45.0)
        assert await station.result_of(Command.SET_CAMERA_ZOOM, 1, 1, component=CAMERA) == Result.ACCEPTED
        await station.until("HEARTBEAT")
        wider = await station.answer_to(260, "CAMERA_SETTINGS", component=CAMERA)
        assert wider.zoomLevel > 45.0


async def test_a_stream_that_is_stopped_does_not_run() -> None:
    async with on_air() as (_, station):
        stream = await station.answer_to(269, "VIDEO_STREAM_INFORMATION", component=CAMERA)
        assert (stream.stream_id, stream.count, stream.flags) == (1, 1, 1)
        assert stream.uri.startswith("rtsp://127.0.0.1")
        assert await station.result_of(Command.VIDEO_STOP_STREAMING, 1, component=CAMERA) == Result.ACCEPTED
        assert (await station.answer_to(270, "VIDEO_STREAM_STATUS", component=CAMERA)).flags == 0
        assert await station.result_of(Command.VIDEO_START_STREAMING, 7, component=CAMERA) == Result.DENIED
        assert await station.result_of(Command.VIDEO_START_STREAMING, 0, component=CAMERA) == Result.ACCEPTED
        assert (await station.answer_to(270, "VIDEO_STREAM_STATUS", component=CAMERA)).flags == 1


async def test_orders_to_the_payload_are_no_orders_of_flight() -> None:
    async with on_air() as (vehicle, station):
        vehicle.refuse_next_command()
        assert await station.result_of(1001, *TO_ME) == Result.ACCEPTED
        photo = (Command.IMAGE_START_CAPTURE, 0, 0, 1, 1)
        assert await station.result_of(*photo, component=CAMERA) == Result.ACCEPTED
        assert await station.result_of(Command.DO_SET_MODE, 1, 4, 3) == Result.TEMPORARILY_REJECTED
        assert [received.name for received in vehicle.payload_commands] == ["IMAGE_START_CAPTURE"]
        assert "IMAGE_START_CAPTURE" not in [received.name for received in vehicle.commands]


async def test_a_silent_link_silences_what_it_carries() -> None:
    async with on_air() as (vehicle, station):
        await station.until("GIMBAL_DEVICE_ATTITUDE_STATUS")
        vehicle.set_link(is_up=False)
        begin = len(station.heard)
        elapsed_s = vehicle.clock.elapsed_s
        await eventually(lambda: vehicle.clock.elapsed_s > elapsed_s + 10.0)
        assert station.heard[begin:] == []


async def test_no_parameters_of_any_kind_stop_it(caplog: pytest.LogCaptureFixture) -> None:
    worst = (NAN, math.inf, -math.inf, 1e30, -1e30, 0.0)
    async with on_air() as (_, station):
        await station.result_of(1001, *TO_ME)
        for component, commands in (
            (1, (195, 197, 201, 1000, 1001)),
            (GIMBAL, (510, 511, 512, 1000)),
            (CAMERA, (510, 511, 512, 530, 531, 2000, 2001, 2500, 2501, 2502, 2503)),
        ):
            for command in commands:
                for value in worst:
                    station.command(command, *[value] * 7, component=component)
                    await asyncio.sleep(0)
        station.send(mavlink.MAVLink_gimbal_manager_set_pitchyaw_message(7, 1, 0, 0, *[1e30] * 4))
        station.send(
            mavlink.MAVLink_gimbal_manager_set_attitude_message(7, 1, 0, 0, [0.0] * 4, *[math.inf] * 3)
        )
        assert await station.result_of(Command.GET_HOME_POSITION) == Result.ACCEPTED
        await station.until("GIMBAL_DEVICE_ATTITUDE_STATUS")
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_command_int_carries_flags_as_they_are() -> None:
    order = order_from(
        mavlink.MAVLink_command_int_message(7, 1, 0, 1000, 0, 0, -10.0, 0.0, NAN, NAN, YAW_LOCK, 0, 154.0)
    )
    assert (order.p5, order.p7) == (YAW_LOCK, 154.0)
