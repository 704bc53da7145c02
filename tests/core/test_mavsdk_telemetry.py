"""What is believed of an aircraft, from the messages of PX4 and of ArduCopter."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.adapters.mavsdk_messages import LAYOUTS, Message
from rtcc_core.adapters.mavsdk_telemetry import Heard
from rtcc_core.adapters.mavsdk_texts import Said
from rtcc_core.adapters.mavsdk_words import mode_of
from rtcc_core.domain.drone import Landed, Mode, Telemetry

SENSORS = 0x2F
PREARM = 0x1000_0000


KINDS: dict[str, type[Message]] = {layout.name: layout.kind for layout in LAYOUTS.values()}


class Aircraft:
    """Messages of one aircraft, as the port's reader hands them over."""

    def __init__(self) -> None:
        self.warnings: list[Said] = []
        self.heard = Heard(self.warnings.append)

    def say(self, name: str, component: int = 1, **fields: object) -> None:
        message = KINDS[name](**fields)
        self.heard.take(message, component, time.monotonic())

    def beat(self, custom_mode: int, *, autopilot: int = 12, armed: bool = False, component: int = 1) -> None:
        base_mode = 1 | (128 if armed else 0)
        self.say(
            "HEARTBEAT",
            component,
            type=2,
            autopilot=autopilot,
            base_mode=base_mode,
            custom_mode=custom_mode,
        )

    def stand(self, lat: int = 520_000_000, lon: int = 50_000_000, component: int = 1) -> None:
        self.say(
            "GLOBAL_POSITION_INT",
            component,
            time_boot_ms=1,
            lat=lat,
            lon=lon,
            alt=72_000,
            relative_alt=60_000,
            vx=300,
            vy=-400,
            vz=-150,
            hdg=27_000,
        )

    def report(self, health: int, battery: int = 80) -> None:
        present = SENSORS | PREARM
        self.say(
            "SYS_STATUS",
            onboard_control_sensors_present=present,
            onboard_control_sensors_enabled=present,
            onboard_control_sensors_health=health,
            battery_remaining=battery,
        )

    def see(self, *, is_circling: bool = False) -> Telemetry:
        return self.heard.telemetry("D1", 1, is_circling=is_circling)


@pytest.fixture
def aircraft() -> Aircraft:
    return Aircraft()


def test_nothing_heard_is_nothing_known(aircraft: Aircraft) -> None:
    assert aircraft.see() == Telemetry(drone="D1")


def test_units_become_ours(aircraft: Aircraft) -> None:
    aircraft.stand()
    seen = aircraft.see()
    assert (seen.altitude_amsl_m, seen.height_m, seen.heading_deg) == (72.0, 60.0, 270.0)
    assert (seen.ground_speed_m_s, seen.climb_m_s) == (5.0, 1.5)
    assert seen.home_amsl_m == 12.0


def test_the_landing_of_a_second_aircraft_is_not_believed_before_it_is_known_to_be_one(
    aircraft: Aircraft,
) -> None:
    aircraft.beat(4 << 16 | 3 << 24, armed=True)
    aircraft.say("EXTENDED_SYS_STATE", landed_state=2)
    aircraft.stand()
    assert (aircraft.see().armed, aircraft.see().landed) == (True, Landed.IN_AIR)
    aircraft.stand(lat=520_100_000)
    aircraft.say("EXTENDED_SYS_STATE", landed_state=1)
    aircraft.beat(4 << 16 | 3 << 24)
    seen = aircraft.see()
    assert (seen.armed, seen.landed, seen.trouble) == (True, Landed.IN_AIR, "")
    for _ in range(2):
        aircraft.stand()
        aircraft.stand(lat=520_100_000)
    assert aircraft.see().trouble == "two aircraft answer as sysid 1"


@pytest.mark.parametrize(
    ("main", "sub", "mode"),
    [
        (4, 3, Mode.HOLD),
        (4, 2, Mode.TAKEOFF),
        (4, 5, Mode.RETURN),
        (4, 6, Mode.LAND),
        (3, 1, Mode.ORBIT),
        (3, 0, Mode.MANUAL),
        (6, 0, Mode.OFFBOARD),
        (99, 0, Mode.UNKNOWN),
    ],
)
def test_px4_modes(main: int, sub: int, mode: Mode) -> None:
    assert mode_of("PX4", 2, main << 16 | sub << 24) is mode


@pytest.mark.parametrize(
    ("number", "mode"),
    [(4, Mode.TRANSIT), (17, Mode.HOLD), (6, Mode.RETURN), (9, Mode.LAND), (0, Mode.MANUAL)],
)
def test_arducopter_modes(number: int, mode: Mode) -> None:
    assert mode_of("ArduPilot", 2, number) is mode


def test_the_same_number_on_an_aeroplane_is_unknown() -> None:
    assert mode_of("ArduPilot", 1, 4) is Mode.UNKNOWN


def test_guided_is_a_climb_a_transit_or_our_circle(aircraft: Aircraft) -> None:
    aircraft.beat(4, autopilot=3, armed=True)
    aircraft.say("EXTENDED_SYS_STATE", landed_state=3)
    assert (aircraft.see().mode, aircraft.see().landed) == (Mode.TAKEOFF, Landed.TAKING_OFF)
    aircraft.say("EXTENDED_SYS_STATE", landed_state=2)
    assert aircraft.see().mode is Mode.TRANSIT
    assert aircraft.see(is_circling=True).mode is Mode.ORBIT
    aircraft.beat(17, autopilot=3, armed=True)
    assert aircraft.see(is_circling=True).mode is Mode.HOLD


def test_a_camera_or_gimbal_on_the_same_system_is_not_the_aircraft(aircraft: Aircraft) -> None:
    aircraft.beat(0x3040000, armed=True)
    aircraft.beat(0, autopilot=8, component=100)
    aircraft.stand(component=154)
    assert aircraft.see().armed is True
    assert aircraft.see().position is None


def test_zeros_are_no_position(aircraft: Aircraft) -> None:
    aircraft.stand(lat=0, lon=0)
    assert aircraft.see().position is None
    assert aircraft.see().link_age_s is not None


def test_a_fix_needs_gps_a_position_home_and_an_estimator_that_agrees(aircraft: Aircraft) -> None:
    aircraft.say("GPS_RAW_INT", fix_type=1, satellites_visible=255)
    assert (aircraft.see().has_fix, aircraft.see().satellites) == (False, None)
    aircraft.say("GPS_RAW_INT", fix_type=3, satellites_visible=9)
    aircraft.stand()
    assert aircraft.see().has_fix is None, "it has not told where its home is"
    aircraft.say("HOME_POSITION", latitude=520_000_000, longitude=50_000_000, altitude=12_000)
    assert aircraft.see().has_fix is True
    aircraft.say("EKF_STATUS_REPORT", flags=128)
    assert aircraft.see().has_fix is False
    aircraft.say("EKF_STATUS_REPORT", flags=831)
    assert aircraft.see().has_fix is True


def test_an_old_position_is_no_fix(aircraft: Aircraft) -> None:
    aircraft.stand()
    aircraft.say("HOME_POSITION", latitude=520_000_000, longitude=50_000_000, altitude=12_000)
    now = time.monotonic()
    assert aircraft.heard.has_fix(now) is True
    assert aircraft.heard.has_fix(now + 6.0) is False


def test_health_names_what_keeps_it_on_the_ground(aircraft: Aircraft) -> None:
    aircraft.report(SENSORS | PREARM)
    assert (aircraft.see().is_armable, aircraft.see().health) == (True, "")
    aircraft.report(SENSORS & ~0x20)
    aircraft.say("STATUSTEXT", severity=2, text=b"PreArm: GPS 1: Bad fix", id=0, chunk_seq=0)
    assert aircraft.see().is_armable is False
    assert aircraft.see().health == "not well: GPS; PreArm: GPS 1: Bad fix"


def test_battery_status_counts_before_system_status_and_only_of_the_first_battery(aircraft: Aircraft) -> None:
    aircraft.report(SENSORS, battery=-1)
    assert aircraft.see().battery_fraction is None
    aircraft.report(SENSORS, battery=80)
    assert aircraft.see().battery_fraction == 0.8
    aircraft.say("BATTERY_STATUS", id=0, battery_remaining=64, time_remaining=0)
    aircraft.say("BATTERY_STATUS", id=1, battery_remaining=10, time_remaining=0)
    aircraft.report(SENSORS, battery=80)
    assert aircraft.see().battery_fraction == 0.64


def test_only_warnings_and_worse_are_reported(aircraft: Aircraft) -> None:
    for severity in range(8):
        aircraft.say("STATUSTEXT", severity=severity, text=f"level {severity}".encode(), id=0, chunk_seq=0)
    assert [said.severity for said in aircraft.warnings] == [0, 1, 2, 3, 4]


@given(
    number=st.sampled_from(sorted(LAYOUTS)), payload=st.binary(max_size=255), component=st.integers(0, 255)
)
def test_no_payload_stops_it(number: int, payload: bytes, component: int) -> None:
    aircraft = Aircraft()
    aircraft.heard.take(LAYOUTS[number].decode(payload), component, time.monotonic())
    assert aircraft.see().drone == "D1"


@given(
    lat=st.integers(-(2**31), 2**31 - 1),
    lon=st.integers(-(2**31), 2**31 - 1),
    fix=st.integers(0, 255),
    flags=st.integers(0, 65535),
    custom_mode=st.integers(0, 2**32 - 1),
)
def test_no_numbers_stop_it(lat: int, lon: int, fix: int, flags: int, custom_mode: int) -> None:
    aircraft = Aircraft()
    aircraft.beat(custom_mode, autopilot=3)
    aircraft.stand(lat, lon)
    aircraft.say("GPS_RAW_INT", fix_type=fix, satellites_visible=9)
    aircraft.say("EKF_STATUS_REPORT", flags=flags)
    aircraft.say("HOME_POSITION", latitude=lat, longitude=lon, altitude=-1)
    assert aircraft.see().drone == "D1"
