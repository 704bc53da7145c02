"""Gimbal, camera, Remote ID, wind, fence and motors: what their messages mean in our units."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.adapters import mavsdk_senses as senses
from rtcc_core.adapters.mavsdk_messages import (
    AdsbVehicle,
    BatteryStatus,
    CameraCapture,
    GimbalAttitude,
    GlobalPosition,
    Heartbeat,
    Message,
    RemoteIdArm,
    SysStatus,
    Wind,
    WindCov,
)
from rtcc_core.adapters.mavsdk_telemetry import Heard
from rtcc_core.domain.drone import Telemetry

IN_VEHICLE_FRAME, IN_EARTH_FRAME, LOCKED = 32, 64, 16
CAMERA, GIMBAL = 100, 154
NOT_AN_AUTOPILOT = 8


def attitude(pitch_deg: float, yaw_deg: float, *, flags: int, failures: int = 0) -> GimbalAttitude:
    half_pitch, half_yaw = math.radians(pitch_deg) / 2.0, math.radians(yaw_deg) / 2.0
    q = (
        math.cos(half_pitch) * math.cos(half_yaw),
        -math.sin(half_pitch) * math.sin(half_yaw),
        math.sin(half_pitch) * math.cos(half_yaw),
        math.cos(half_pitch) * math.sin(half_yaw),
    )
    return GimbalAttitude(1, *q, failures, flags, 0.0)


@given(pitch=st.floats(-89.0, 45.0), yaw=st.floats(-179.0, 179.0), heading=st.floats(0.0, 359.9))
def test_a_gimbal_points_where_its_frame_says(pitch: float, yaw: float, heading: float) -> None:
    for flags, azimuth in (
        (IN_VEHICLE_FRAME, yaw + heading),
        (IN_EARTH_FRAME | LOCKED, yaw),
        (LOCKED, yaw),
        (0, yaw + heading),
    ):
        seen = senses.gimbal_seen(attitude(pitch, yaw, flags=flags), 0.5, heading)
        assert seen is not None
        assert seen.pitch_deg == pytest.approx(pitch, abs=1e-3)
        assert math.cos(math.radians((seen.yaw_deg or 0.0) - azimuth)) == pytest.approx(1.0, abs=1e-6)
        assert (seen.age_s, seen.trouble) == (0.5, "")


def test_a_gimbal_that_follows_the_nose_has_no_azimuth_without_one() -> None:
    seen = senses.gimbal_seen(attitude(-30.0, 10.0, flags=IN_VEHICLE_FRAME), 0.0, None)
    assert seen is not None
    assert seen.yaw_deg is None
    assert seen.looks_down


def test_a_gimbal_says_what_failed_and_a_limit_is_no_failure() -> None:
    seen = senses.gimbal_seen(attitude(0.0, 0.0, flags=0, failures=2 | 32 | 128), 0.0, 0.0)
    assert seen is not None
    assert seen.trouble == "motor error, no communication"


@given(*[st.floats(width=32)] * 4)
def test_no_quaternion_stops_it(w: float, x: float, y: float, z: float) -> None:
    seen = senses.gimbal_seen(GimbalAttitude(1, w, x, y, z, 0, 0, 0.0), 0.0, 0.0)
    assert seen is None or math.isfinite(seen.pitch_deg)


@pytest.mark.parametrize(
    ("message", "wind"),
    [
        (Wind(270.0, 5.0), (5.0, 270.0)),
        (WindCov(0.0, 5.0), (5.0, 270.0)),
        (WindCov(-3.0, 0.0), (3.0, 0.0)),
        (Wind(-90.0, 2.0), (2.0, 270.0)),
        (Wind(math.nan, 5.0), (None, None)),
        (WindCov(math.inf, 0.0), (None, None)),
        (None, (None, None)),
    ],
)
def test_wind_comes_from_somewhere(
    message: Wind | WindCov | None, wind: tuple[float | None, float | None]
) -> None:
    found = senses.wind_of(message)
    assert found == (pytest.approx(wind) if wind[0] is not None else wind)


def test_fence_and_motors_are_told_only_by_who_watches_them() -> None:
    watched = senses.GEOFENCE | senses.PROPULSION
    assert senses.has_breached_fence(None) is None
    assert senses.is_motor_well(SysStatus(0, 0, 0, 50)) is None
    assert senses.is_motor_well(SysStatus(watched, 0, 0, 50)) is None
    well = SysStatus(watched, watched, watched, 50)
    ill = SysStatus(watched, watched, 0, 50)
    assert (senses.has_breached_fence(well), senses.is_motor_well(well)) == (False, True)
    assert (senses.has_breached_fence(ill), senses.is_motor_well(ill)) == (True, False)


class Aircraft:
    """What one aircraft and its components say, at times of our choice."""

    def __init__(self) -> None:
        self.heard = Heard(lambda _: None)
        self.now = time.monotonic()

    def say(self, message: Message, component: int = 1, *, ago_s: float = 0.0) -> None:
        self.heard.take(message, component, self.now - ago_s)

    def see(self) -> Telemetry:
        return self.heard.telemetry("D1", 1, is_circling=False)


def test_what_is_not_there_is_none() -> None:
    seen = Aircraft().see()
    assert (seen.gimbal, seen.camera, seen.remote_id, seen.wind_speed_m_s) == (None, None, None, None)


def test_components_are_heard_beside_the_autopilot_and_do_not_stand_in_for_it() -> None:
    aircraft = Aircraft()
    aircraft.say(attitude(-90.0, 0.0, flags=IN_EARTH_FRAME), GIMBAL, ago_s=1.0)
    aircraft.say(Heartbeat(0, 30, NOT_AN_AUTOPILOT, 0), CAMERA)
    aircraft.say(RemoteIdArm(1, b"no operator id\x1b[0m"), 236)
    seen = aircraft.see()
    assert seen.gimbal is not None
    assert seen.gimbal.looks_down
    assert seen.gimbal.age_s >= 1.0
    assert seen.camera is not None
    assert seen.camera.is_recording is None
    assert seen.remote_id is not None
    assert (seen.remote_id.is_good, seen.remote_id.trouble) == (False, "no operator id[0m")
    assert (seen.is_connected, seen.link_age_s) == (False, None)
    assert aircraft.heard.cameras == [CAMERA]


def test_a_camera_says_whether_it_records() -> None:
    aircraft = Aircraft()
    for status, is_recording in ((1, True), (0, False)):
        aircraft.say(CameraCapture(0, status), CAMERA)
        camera = aircraft.see().camera
        assert camera is not None
        assert camera.is_recording is is_recording


def test_the_newest_of_two_gimbals_counts_unless_one_is_named() -> None:
    aircraft = Aircraft()
    aircraft.say(attitude(-10.0, 0.0, flags=IN_EARTH_FRAME), GIMBAL, ago_s=2.0)
    aircraft.say(attitude(-20.0, 0.0, flags=IN_EARTH_FRAME), 171, ago_s=1.0)
    gimbal = aircraft.see().gimbal
    assert gimbal is not None
    assert gimbal.pitch_deg == pytest.approx(-20.0)
    named = aircraft.heard.newest(GimbalAttitude, GIMBAL)
    assert named is not None
    assert named.at < aircraft.now - 1.5


def test_estimates_are_forgotten_when_they_are_old() -> None:
    aircraft = Aircraft()
    aircraft.say(WindCov(0.0, 5.0), ago_s=60.0)
    aircraft.say(BatteryStatus(0, 80, 600), ago_s=60.0)
    assert (aircraft.see().wind_speed_m_s, aircraft.see().battery_left_s) == (None, None)
    aircraft.say(WindCov(0.0, 5.0))
    aircraft.say(BatteryStatus(0, 80, 600), ago_s=10.0)
    assert aircraft.see().wind_from_deg == pytest.approx(270.0)
    assert aircraft.see().battery_left_s == pytest.approx(590.0, abs=5.0)
    aircraft.say(BatteryStatus(0, 80, 0))
    assert aircraft.see().battery_left_s == pytest.approx(590.0, abs=5.0)


def test_its_own_clock_is_told_also_without_a_position() -> None:
    aircraft = Aircraft()
    aircraft.say(GlobalPosition(12_500, 0, 0, 0, 0, 0, 0, 0, 0))
    assert (aircraft.see().position, aircraft.see().booted_at_s) == (None, 12.5)


def test_every_word_of_a_receiver_is_handed_on() -> None:
    aircraft = Aircraft()
    told: list[Message] = []
    aircraft.heard.listen(AdsbVehicle, lambda message, component, at: told.append(message))
    for address in (1, 2, 3):
        aircraft.say(AdsbVehicle(address, 0, 0, 0, 0, 0, 0, 0, 0, 0, b"N1", 0, 0), 156)
    assert len(told) == 3
