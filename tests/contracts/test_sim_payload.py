"""What MAVSDK 4.1 sees of a simulated gimbal, camera and ADS-B receiver, under both autopilots."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mavsdk
import pytest
from mavsdk.asyncio import ComponentType, Configuration, Mavsdk
from mavsdk.asyncio.plugins.camera import CameraAsync, CameraError, Mode
from mavsdk.asyncio.plugins.gimbal import ControlMode, GimbalAsync, GimbalMode, SendMode

from rtcc_core.domain.geo import LatLon, offset
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.gimbal import HIGHEST_DEG
from rtcc_sitl.hangar import Hangar, SimVehicle, VehicleSpec

pytestmark = pytest.mark.drill

HOME = LatLon(47.4, 8.54)
PAD_AMSL_M = 400.0
SPEED = 15.0
DEADLINE_S = 40.0
CAMERA = 100


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def connected(autopilot: AutopilotName) -> AsyncIterator[tuple[SimVehicle, Any]]:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(16))
    mavsdk.log_subscribe(lambda *_: True)
    port = free_port()
    spec = VehicleSpec(23, "D1", HOME, home_amsl_m=PAD_AMSL_M, autopilot=autopilot)
    async with (
        Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION)) as mav,
        Hangar([spec], gcs_address=("127.0.0.1", port), speed=SPEED, seed=1) as hangar,
    ):
        await mav.add_any_connection(f"udpin://127.0.0.1:{port}")
        system = await mav.first_autopilot(DEADLINE_S)
        assert system is not None
        yield hangar["D1"], system


class Latest:
    """The newest value of a stream of MAVSDK's."""

    def __init__(self, stream: Any) -> None:
        self.value: Any = None
        self._task = asyncio.create_task(self._follow(stream))

    async def _follow(self, stream: Any) -> None:
        async for value in stream:
            self.value = value

    async def until(self, what: str, holds: Callable[[Any], bool]) -> Any:
        """Wait for a value that is as it should be."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    if self.value is not None and holds(self.value):
                        return self.value
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(f"{what}: not seen in {DEADLINE_S} s; last was {self.value}")

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@pytest.mark.parametrize("autopilot", ["px4", "ardupilot"])
async def test_the_gimbal_plugin_finds_takes_and_turns_the_gimbal(autopilot: AutopilotName) -> None:
    async with connected(autopilot) as (vehicle, system):
        gimbal = GimbalAsync(system)
        gimbals = Latest(gimbal.subscribe_gimbal_list())
        attitude = Latest(gimbal.subscribe_attitude())
        control = Latest(gimbal.subscribe_control_status())
        try:
            (item,) = (await gimbals.until("a gimbal", lambda found: len(found.gimbals) == 1)).gimbals
            assert (item.vendor_name, item.gimbal_device_id) == ("RTCC", 154)
            number = item.gimbal_id
            await gimbal.take_control(number, ControlMode.PRIMARY)
            us = await control.until("us", lambda now: now.sysid_primary_control == 245)
            assert us.compid_primary_control == 190

            await gimbal.set_angles(number, 0.0, -40.0, 30.0, GimbalMode.YAW_FOLLOW, SendMode.ONCE)
            seen = await attitude.until("-40", lambda now: abs(now.euler_angle_forward.pitch_deg + 40) < 0.5)
            await attitude.until("30", lambda now: abs(now.euler_angle_forward.yaw_deg - 30) < 0.5)
            assert seen.euler_angle_forward.roll_deg == pytest.approx(0.0, abs=0.1)

            vehicle.autopilot.body.yaw_deg = 90.0
            await gimbal.set_angles(number, 0.0, 0.0, 30.0, GimbalMode.YAW_LOCK, SendMode.ONCE)
            # From the nose MAVSDK tells it only where it hears ATTITUDE; ArduPilot was not asked for that.
            truth = vehicle.payload.gimbal
            assert truth is not None
            await attitude.until("turned", lambda _: abs(truth.settle().pan_deg + 60.0) < 0.5)
            await attitude.until("locked", lambda now: abs(now.euler_angle_north.yaw_deg - 30) < 0.5)

            east = offset(HOME, 90.0, 100.0)
            await gimbal.set_roi_location(number, east.latitude_deg, east.longitude_deg, PAD_AMSL_M - 100.0)
            await attitude.until("the spot", lambda now: abs(now.euler_angle_north.yaw_deg - 90) < 0.5)
            # MAVSDK says AMSL and names the frame "above home": PX4 ignores the frame, ArduPilot obeys it and
            # looks 400 m too high, up to the stop of the gimbal.
            pitch_deg = -45.0 if autopilot == "px4" else HIGHEST_DEG
            await attitude.until("pitch", lambda now: abs(now.euler_angle_north.pitch_deg - pitch_deg) < 0.5)
            await gimbal.release_control(number)
            await control.until("nobody", lambda now: now.sysid_primary_control == 0)
        finally:
            for stream in (gimbals, attitude, control):
                await stream.close()


@pytest.mark.parametrize("autopilot", ["px4", "ardupilot"])
async def test_the_camera_plugin_finds_and_works_the_camera(autopilot: AutopilotName) -> None:
    async with connected(autopilot) as (vehicle, system):
        camera = CameraAsync(system)
        cameras = Latest(camera.subscribe_camera_list())
        storage = Latest(camera.subscribe_storage())
        captures = Latest(camera.subscribe_capture_info())
        try:
            (found,) = (await cameras.until("a camera", lambda now: len(now.cameras) == 1)).cameras
            assert (found.component_id, found.vendor_name, found.model_name) == (CAMERA, "RTCC", "SIM CAMERA")
            await camera.set_mode(CAMERA, Mode.PHOTO)
            assert vehicle.payload.camera is not None
            assert vehicle.payload.camera.mode == 0
            await camera.take_photo(CAMERA)
            shot = await captures.until("a photo", lambda info: info.is_success)
            assert shot.position.absolute_altitude_m == pytest.approx(PAD_AMSL_M, abs=1.0)
            await camera.start_video(CAMERA)
            await storage.until("recording", lambda now: now.storage.video_on)
            with pytest.raises(CameraError):
                await camera.start_video(CAMERA)
            await camera.stop_video(CAMERA)
            await camera.zoom_range(CAMERA, 50.0)
            assert vehicle.payload.camera.zoom == 50.0
            await camera.stop_video_streaming(CAMERA, 1)
            assert not vehicle.payload.camera.is_streaming
            with pytest.raises(CameraError):
                await camera.focus_range(CAMERA, 10.0)
        finally:
            for stream in (cameras, storage, captures):
                await stream.close()


async def test_the_camera_plugin_finds_the_video_stream() -> None:
    """Under one autopilot: it is the camera that says so, and MAVSDK takes 15 s to ask it."""
    async with connected("px4") as (_, system):
        streams = Latest(CameraAsync(system).subscribe_video_stream_info())
        try:
            found = await streams.until("it", lambda now: bool(now.video_stream_info.settings.uri))
            assert found.video_stream_info.settings.uri.startswith("rtsp")
        finally:
            await streams.close()
