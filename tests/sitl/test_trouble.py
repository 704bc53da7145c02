"""What goes wrong with a simulated aircraft, and what it then does: both autopilots, no socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.clock import STEP_S, SimClock
from rtcc_sitl.copter import CopterMode
from rtcc_sitl.copter_autopilot import CopterAutopilot
from rtcc_sitl.fences import CIRCLE_OUT, POLYGON_IN
from rtcc_sitl.manoeuvres import Point
from rtcc_sitl.mission import Item
from rtcc_sitl.px4 import Mode, Result
from rtcc_sitl.vehicle import SimVehicle, VehicleSpec
from rtcc_sitl.wind import Wind

HOME = LatLon(47.4, 8.54)
NOWHERE = ("127.0.0.1", 9)
BOTH: tuple[AutopilotName, ...] = ("px4", "ardupilot")


class Flight:
    """One aircraft in the air at 40 m, driven step by step; what it said."""

    def __init__(self, autopilot: AutopilotName, *, wind: Wind | None = None) -> None:
        self.clock = SimClock(speed=10.0)
        spec = VehicleSpec(1, "D1", HOME, autopilot=autopilot)
        self.vehicle = SimVehicle(spec, gcs_address=NOWHERE, clock=self.clock)
        self.texts: list[str] = []
        self.pilot = self.vehicle.autopilot
        self.run(25.0)
        if isinstance(self.pilot, CopterAutopilot):
            self.pilot.switch(CopterMode.GUIDED)
        assert self.pilot.arm() is Result.ACCEPTED
        assert self.pilot.take_off(40.0) is Result.ACCEPTED
        self.run(60.0, lambda: self.pilot.body.up_m > 39.5)
        self.run(3.0)
        self.vehicle.set_wind(wind)

    def run(self, seconds: float, until: Callable[[], bool] | None = None) -> None:
        """Fly on for simulated seconds, or until something holds, which must then happen in that time."""
        for _ in range(round(seconds / STEP_S)):
            if until is not None and until():
                return
            self.pilot.hear_ground_station()
            self.vehicle.advance()
            self.clock.count_step()
            self.texts += [self.pilot.notices.popleft().text for _ in range(len(self.pilot.notices))]
        assert until is None or until(), f"not within {seconds} s; {self.pilot.mode}, said {self.texts}"

    def said(self, words: str) -> bool:
        return any(words in text for text in self.texts)

    def message(self, kind: int) -> mavlink.MAVLink_message:
        return self.vehicle.telemetry.build(kind)

    @property
    def fence_is_healthy(self) -> bool:
        status = self.message(mavlink.MAVLINK_MSG_ID_SYS_STATUS)
        assert status.onboard_control_sensors_present & mavlink.MAV_SYS_STATUS_GEOFENCE
        return bool(status.onboard_control_sensors_health & mavlink.MAV_SYS_STATUS_GEOFENCE)


def item(command: int, place: LatLon, value: float) -> Item:
    x, y = round(place.latitude_deg * 1e7), round(place.longitude_deg * 1e7)
    return Item(0, command, 1, (value, 0.0, 0.0, 0.0), x, y, 0.0)


def square(half_m: float) -> list[Item]:
    corners = [offset(HOME, bearing, half_m * 2**0.5) for bearing in (45.0, 135.0, 225.0, 315.0)]
    return [item(POLYGON_IN, corner, 4.0) for corner in corners]


# --- fences -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("autopilot", "mode", "words"),
    [("px4", Mode.HOLD, "Geofence violation, hold"), ("ardupilot", Mode.RTL, "fence breached")],
)
def test_leaving_the_uploaded_fence_is_said_shown_and_acted_on(
    autopilot: AutopilotName, mode: Mode, words: str
) -> None:
    flight = Flight(autopilot)
    flight.pilot.plans.store(1, square(100.0))
    if autopilot == "ardupilot":
        flight.pilot.params.put("FENCE_ENABLE", 1)
    flight.run(1.0)
    assert flight.fence_is_healthy
    flight.pilot.reposition(Point(300.0, 0.0, 40.0), yaw_deg=None, speed_m_s=None)
    flight.run(60.0, lambda: not flight.fence_is_healthy)
    assert 100.0 < flight.pilot.body.east_m < 108.0
    assert flight.said(words)
    assert flight.pilot.mode is mode
    flight.run(5.0)
    assert flight.pilot.body.east_m < 140.0


def test_a_copter_counts_its_breaches_and_ignores_a_fence_that_is_not_enabled() -> None:
    flight = Flight("ardupilot")
    flight.pilot.plans.store(1, [item(CIRCLE_OUT, HOME, 50.0)])
    flight.run(2.0)
    assert flight.message(mavlink.MAVLINK_MSG_ID_FENCE_STATUS).breach_status == 0
    flight.pilot.params.put("FENCE_ENABLE", 1)
    flight.run(1.0)
    status = flight.message(mavlink.MAVLINK_MSG_ID_FENCE_STATUS)
    assert (status.breach_status, status.breach_count) == (1, 1)
    assert status.breach_type == mavlink.FENCE_BREACH_BOUNDARY


def test_half_a_polygon_and_a_place_that_is_none_are_no_fence() -> None:
    flight = Flight("px4")
    flight.pilot.plans.store(1, [*square(100.0)[:3], Item(0, POLYGON_IN, 1, (4.0, 0, 0, 0), 0, 0, 0.0)])
    flight.run(1.0)
    assert not flight.pilot.fence.has_fence
    assert not flight.said("Geofence")


# --- battery ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("autopilot", BOTH)
def test_a_failing_cell_sags_first_and_then_takes_the_charge(autopilot: AutopilotName) -> None:
    flight = Flight(autopilot)
    before = flight.message(mavlink.MAVLINK_MSG_ID_BATTERY_STATUS)
    flight.vehicle.fail_battery()
    flight.run(25.0)
    sagging = flight.message(mavlink.MAVLINK_MSG_ID_BATTERY_STATUS)
    assert sagging.voltages[0] < before.voltages[0] - 200
    assert sagging.fault_bitmask & mavlink.MAV_BATTERY_FAULT_CELL_FAIL
    assert sagging.battery_remaining >= before.battery_remaining - 3
    flight.run(60.0, lambda: flight.pilot.battery.fraction < 0.05)
    assert flight.pilot.mode in (Mode.RTL, Mode.LAND)


def test_the_drain_follows_the_effort() -> None:
    calm, windy, leaking = Flight("px4"), Flight("px4", wind=Wind(12.0, 0.0)), Flight("px4")
    leaking.vehicle.set_drain(3.0)
    spent = []
    for flight in (calm, windy, leaking):
        before = flight.pilot.battery.fraction
        flight.run(60.0)
        spent.append(before - flight.pilot.battery.fraction)
    assert spent[1] > 1.15 * spent[0]
    assert spent[2] == pytest.approx(3.0 * spent[0], rel=0.02)


# --- wind and position ------------------------------------------------------------------------------


@pytest.mark.parametrize("autopilot", BOTH)
def test_wind_beyond_its_airspeed_carries_it_away(autopilot: AutopilotName) -> None:
    flight = Flight(autopilot, wind=Wind(20.0, 270.0))
    flight.run(30.0)
    assert flight.pilot.body.east_m > 80.0
    assert flight.said("High wind speed") is (autopilot == "px4")


def test_without_gps_px4_holds_level_then_lands_and_a_copter_says_so_and_lands() -> None:
    flight = Flight("px4", wind=Wind(5.0, 270.0))
    flight.vehicle.set_gps(works=False)
    flight.run(5.0)
    assert (flight.pilot.mode, flight.said("position lost (GPS), hold")) == (Mode.HOLD, True)
    flight.run(2.0)
    assert (flight.pilot.mode, flight.said("landing blind")) == (Mode.LAND, True)
    flight = Flight("ardupilot")
    flight.vehicle.set_gps(works=False)
    flight.run(5.0)
    assert flight.said("GPS Glitch")
    assert flight.pilot.mode is Mode.HOLD
    flight.run(6.0)
    assert (flight.pilot.mode, flight.said("EKF Failsafe")) == (Mode.LAND, True)


# --- acting alone, restarting -----------------------------------------------------------------------


@pytest.mark.parametrize("autopilot", BOTH)
@pytest.mark.parametrize("mode", [Mode.RTL, Mode.LAND])
def test_it_returns_or_lands_by_itself(autopilot: AutopilotName, mode: Mode) -> None:
    flight = Flight(autopilot)
    flight.vehicle.act_alone(mode)
    flight.run(STEP_S)
    assert flight.pilot.mode is mode
    assert flight.said("Failsafe activated") is (autopilot == "px4")
    flight.run(120.0, lambda: not flight.pilot.is_armed)
    assert distance_m(flight.pilot.locate(), HOME) < 3.0


@pytest.mark.parametrize("autopilot", BOTH)
def test_a_restart_in_the_air_sets_its_clock_back_and_it_flies_on(autopilot: AutopilotName) -> None:
    flight = Flight(autopilot)
    before_ms = flight.message(mavlink.MAVLINK_MSG_ID_ATTITUDE).time_boot_ms
    flight.vehicle.reboot(sysid=9)
    flight.run(10.0)
    assert flight.message(mavlink.MAVLINK_MSG_ID_ATTITUDE).time_boot_ms < before_ms - 10_000
    assert flight.pilot.is_armed
    assert flight.pilot.body.up_m == pytest.approx(40.0, abs=1.0)
    assert not flight.said("Takeoff detected") or flight.texts.count("Takeoff detected") == 1
    name = "MAV_SYS_ID" if autopilot == "px4" else "SYSID_THISMAV"
    assert flight.pilot.params[name] == 9
    assert flight.pilot.set_mode(Mode.RTL) is Result.ACCEPTED
    flight.run(120.0, lambda: not flight.pilot.is_armed)
    assert not flight.pilot.body.has_crashed


def test_a_restart_that_stops_the_motors_is_a_crash() -> None:
    flight = Flight("px4")
    flight.vehicle.reboot(keeps_flying=False)
    flight.run(20.0, lambda: flight.pilot.body.has_crashed)
    assert flight.said("Crash detected")


@pytest.mark.parametrize("is_heard", [True, False])
def test_a_wreck_is_heard_or_not(is_heard: bool) -> None:
    flight = Flight("px4")
    flight.vehicle.stop_motors(wreck_has_radio=is_heard)
    assert flight.vehicle.state.is_link_up
    flight.run(20.0, lambda: flight.pilot.body.has_crashed)
    assert flight.vehicle.state.is_link_up is is_heard


def test_a_clock_jumps_both_ways_and_never_below_its_start() -> None:
    flight = Flight("px4")
    start_ms = flight.message(mavlink.MAVLINK_MSG_ID_ATTITUDE).time_boot_ms
    flight.vehicle.jump_clock(600.0)
    assert flight.message(mavlink.MAVLINK_MSG_ID_ATTITUDE).time_boot_ms == start_ms + 600_000
    flight.vehicle.jump_clock(-1e6)
    assert flight.message(mavlink.MAVLINK_MSG_ID_ATTITUDE).time_boot_ms == 0
    for _ in range(5):
        flight.vehicle.jump_clock(1e6)
        assert flight.message(mavlink.MAVLINK_MSG_ID_ATTITUDE).pack(mavlink.MAVLink(None))
