"""ArduCopter's manners, decided without a socket."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from rtcc_core.domain.geo import LatLon, offset
from rtcc_sitl.airframe import Airframe, Demand, Limits, LocalFrame
from rtcc_sitl.avionics import Makings
from rtcc_sitl.battery import Battery
from rtcc_sitl.clock import STEP_S, SimClock
from rtcc_sitl.commands import Order
from rtcc_sitl.copter import CopterMode
from rtcc_sitl.copter_autopilot import ESTIMATE_READY_S, CopterAutopilot
from rtcc_sitl.manoeuvres import Point
from rtcc_sitl.params import ParamType
from rtcc_sitl.personality import ardupilot
from rtcc_sitl.protocols import param_answers
from rtcc_sitl.px4 import Command, Landed, Result
from rtcc_sitl.wind import CALM, AirMass, Wind

HOME = LatLon(-35.3632, 149.1652)
PAD_AMSL_M = 584.0
NAN = math.nan


class Flight:
    """A copter, what it said, and a ground station that is heard unless told otherwise."""

    def __init__(self, wind: Wind = CALM) -> None:
        rng = random.Random(1)
        frame, clock = LocalFrame(HOME), SimClock(speed=1.0)
        battery = Battery(1.0, 30.0, 15.0)
        makings = Makings(1, Airframe(Limits()), battery, frame, PAD_AMSL_M, AirMass(wind, rng), clock, rng)
        self.avionics = ardupilot(makings)
        assert isinstance(self.avionics.autopilot, CopterAutopilot)
        self.copter = self.avionics.autopilot
        self.texts: list[str] = []
        self.is_heard = True

    def order(self, command: Command, *params: float, frame: int = 0) -> Result:
        p1, p2, p3, p4, p5, p6, p7 = (*params, *[0.0] * (7 - len(params)))
        return self.avionics.orders[command](Order(command, p1, p2, p3, p4, p5, p6, p7, frame))

    def mode(self, mode: CopterMode) -> Result:
        return self.order(Command.DO_SET_MODE, 1.0, float(mode))

    def shown(self) -> CopterMode:
        return self.copter.shown

    def run(self, seconds: float, until: Callable[[], bool] | None = None) -> None:
        for _ in range(round(seconds / STEP_S)):
            if until is not None and until():
                return
            if self.is_heard:
                self.copter.hear_ground_station()
            self.copter.step(STEP_S, STEP_S, 0.0, 0.0)
            while self.copter.notices:
                self.texts.append(self.copter.notices.popleft().text)
        assert until is None or until(), f"not within {seconds} s; {self.copter.shown}, said {self.texts}"

    def settled(self) -> Flight:
        self.run(ESTIMATE_READY_S + 1.0)
        return self

    def airborne(self, height_m: float = 30.0) -> Flight:
        self.settled()
        assert self.mode(CopterMode.GUIDED) is Result.ACCEPTED
        assert self.order(Command.COMPONENT_ARM_DISARM, 1.0) is Result.ACCEPTED
        assert self.order(Command.NAV_TAKEOFF, 0, 0, 0, 0, 0, 0, height_m) is Result.ACCEPTED
        assert self.shown() is CopterMode.GUIDED
        self.run(60.0, lambda: self.copter.body.up_m > height_m - 0.7)
        self.run(2.0)
        return self


def test_it_waits_for_its_estimator_and_says_why() -> None:
    flight = Flight()
    flight.run(2.0)
    assert "PreArm: GPS 1: Bad fix" in flight.texts
    assert flight.avionics.telemetry.build(mavlink.MAVLINK_MSG_ID_HOME_POSITION) is None
    place = flight.avionics.telemetry.build(mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT)
    assert place is not None
    assert (place.lat, place.lon) == (0, 0)
    assert flight.order(Command.COMPONENT_ARM_DISARM, 1.0) is Result.FAILED
    flight.run(8.0)
    assert flight.copter.prearm_failures() == ["Need Position Estimate"]
    flight.settled()
    assert flight.copter.prearm_failures() == []
    assert flight.avionics.telemetry.build(mavlink.MAVLINK_MSG_ID_HOME_POSITION) is not None


@pytest.mark.parametrize("mode", [CopterMode.BRAKE, CopterMode.RTL, CopterMode.LAND, CopterMode.AUTO])
def test_it_does_not_arm_in_a_mode_that_does_not_take_off(mode: CopterMode) -> None:
    flight = Flight().settled()
    assert flight.mode(mode) is Result.ACCEPTED
    assert flight.order(Command.COMPONENT_ARM_DISARM, 1.0) is Result.FAILED
    flight.run(0.1)
    assert f"Arm: {mode.name} mode not armable" in flight.texts


def test_it_takes_off_only_armed_and_in_guided_and_only_once() -> None:
    flight = Flight().settled()
    rise = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 20.0)
    assert flight.order(Command.NAV_TAKEOFF, *rise) is Result.FAILED
    assert flight.order(Command.COMPONENT_ARM_DISARM, 1.0) is Result.ACCEPTED  # STABILIZE arms
    assert flight.order(Command.NAV_TAKEOFF, *rise) is Result.FAILED
    flight.mode(CopterMode.GUIDED)
    assert flight.order(Command.NAV_TAKEOFF, *rise) is Result.ACCEPTED
    flight.run(2.0, lambda: flight.copter.is_airborne)
    assert flight.order(Command.NAV_TAKEOFF, *rise) is Result.FAILED
    flight.run(30.0, lambda: flight.copter.landed is Landed.IN_AIR)
    flight.run(3.0)
    assert flight.copter.body.up_m == pytest.approx(20.0, abs=1.0)


def test_armed_and_idle_it_disarms_itself() -> None:
    flight = Flight().settled()
    flight.order(Command.COMPONENT_ARM_DISARM, 1.0)
    flight.run(12.0, lambda: not flight.copter.is_armed)


def test_a_blank_that_px4_would_take_is_refused() -> None:
    assert Flight().settled().order(Command.NAV_TAKEOFF, 0, 0, 0, NAN, NAN, NAN, 20.0) is Result.DENIED


def test_there_is_no_orbit() -> None:
    assert Command.DO_ORBIT not in Flight().avionics.orders


def test_reposition_needs_guided_or_leave_to_change_to_it_and_ignores_yaw() -> None:
    flight = Flight().airborne()
    there = offset(HOME, 0.0, 80.0)
    go = (there.latitude_deg, there.longitude_deg, PAD_AMSL_M + 40.0)
    flight.mode(CopterMode.BRAKE)
    assert flight.order(Command.DO_REPOSITION, -1.0, 0.0, 0.0, 0.0, *go) is Result.DENIED
    assert flight.order(Command.DO_REPOSITION, -1.0, 1.0, 0.0, math.pi, *go) is Result.ACCEPTED
    assert flight.shown() is CopterMode.GUIDED
    flight.run(40.0)
    assert flight.copter.body.north_m == pytest.approx(80.0, abs=2.0)
    assert flight.copter.body.up_m == pytest.approx(40.0, abs=1.0)
    assert abs((flight.copter.body.yaw_deg + 180.0) % 360.0 - 180.0) < 10.0


def test_it_looks_at_a_place_until_its_mode_changes() -> None:
    flight = Flight().airborne()
    east = offset(HOME, 90.0, 100.0)
    place = (east.latitude_deg, east.longitude_deg, PAD_AMSL_M)
    assert flight.order(Command.DO_SET_ROI_LOCATION, 0, 0, 0, 0, *place) is Result.ACCEPTED
    flight.run(10.0)
    assert flight.copter.body.yaw_deg == pytest.approx(90.0, abs=5.0)
    flight.mode(CopterMode.BRAKE)
    assert flight.copter.region_of_interest is None
    assert flight.order(Command.CONDITION_YAW, 180.0) is Result.FAILED
    flight.mode(CopterMode.GUIDED)
    assert flight.order(Command.CONDITION_YAW, 180.0) is Result.ACCEPTED
    flight.run(10.0)
    assert flight.copter.body.yaw_deg == pytest.approx(180.0, abs=5.0)


def test_setpoints_lead_it_in_guided_and_it_stops_when_none_come() -> None:
    flight = Flight().airborne()
    flight.copter.take_setpoint(Point(0.0, 0.0, 30.0), Demand(0.0, 4.0, 0.0), 90.0)
    flight.run(2.5)
    assert flight.copter.body.north_m_s == pytest.approx(4.0, abs=1.5)
    flight.run(8.0)
    assert flight.copter.body.ground_speed_m_s < 0.3
    flight.mode(CopterMode.BRAKE)
    flight.copter.take_setpoint(None, Demand(0.0, 4.0, 0.0), None)
    flight.run(2.0)
    assert flight.copter.body.ground_speed_m_s < 0.3


def test_loiter_without_a_stick_sinks_to_the_ground() -> None:
    flight = Flight().airborne(10.0)
    assert flight.mode(CopterMode.LOITER) is Result.ACCEPTED
    flight.run(60.0, lambda: flight.copter.body.is_on_ground)
    assert flight.shown() is CopterMode.LOITER


def test_returned_it_disarms_and_stays_in_its_mode() -> None:
    flight = Flight().airborne()
    assert flight.order(Command.NAV_RETURN_TO_LAUNCH) is Result.ACCEPTED
    flight.run(120.0, lambda: not flight.copter.is_armed)
    assert flight.shown() is CopterMode.RTL
    assert not flight.copter.body.has_crashed


@pytest.mark.parametrize(
    ("cause", "shown", "words"),
    [
        (lambda flight: setattr(flight.copter.battery, "fraction", 0.14), CopterMode.RTL, "Battery 1 is low"),
        (lambda flight: setattr(flight.copter.battery, "fraction", 0.06), CopterMode.LAND, "critical"),
        (lambda flight: setattr(flight, "is_heard", False), CopterMode.RTL, "GCS Failsafe"),
        (lambda flight: setattr(flight.copter, "has_gps", False), CopterMode.LAND, "EKF Failsafe"),
    ],
    ids=["battery low", "battery critical", "ground station", "gps"],
)
def test_its_failsafes(cause: Callable[[Flight], None], shown: CopterMode, words: str) -> None:
    flight = Flight().airborne()
    cause(flight)
    flight.run(20.0, lambda: flight.shown() is shown)
    assert any(words in text for text in flight.texts)


def test_parameters_travel_as_numbers_and_an_unknown_one_is_not_answered() -> None:
    params = Flight().copter.params
    codec = mavlink.MAVLink(None, srcSystem=245, srcComponent=190)
    name = b"RTL_ALT"
    asked = mavlink.MAVLink_param_set_message(1, 1, name, 4500.0, ParamType.REAL32)
    (answer,) = param_answers(params, codec.decode(bytearray(asked.pack(codec))))
    assert (answer.param_value, params["RTL_ALT"]) == (4500.0, 4500.0)
    asked = mavlink.MAVLink_param_request_read_message(1, 1, b"RTL_RETURN_ALT", -1)
    assert list(param_answers(params, codec.decode(bytearray(asked.pack(codec))))) == []


WILD = st.floats(allow_nan=True, allow_infinity=True, width=32)
COMMANDS = sorted(Flight().avionics.orders)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(COMMANDS), *[WILD] * 7, st.integers(0, 12)), max_size=8))
def test_no_order_breaks_it(orders: list[tuple[float, ...]]) -> None:
    flight = Flight().settled()
    flight.mode(CopterMode.GUIDED)
    for command, p1, p2, p3, p4, p5, p6, p7, frame in orders:
        answer = flight.avionics.orders[int(command)](
            Order(int(command), p1, p2, p3, p4, p5, p6, p7, int(frame))
        )
        assert isinstance(answer, Result)
        flight.run(0.2)
        assert math.isfinite(flight.copter.body.up_m)


def test_it_estimates_the_wind_as_where_it_comes_from() -> None:
    flight = Flight(Wind(8.0, 270.0))
    wind = flight.avionics.telemetry.build(mavlink.MAVLINK_MSG_ID_WIND)
    assert isinstance(wind, mavlink.MAVLink_wind_message)
    assert (wind.speed, wind.direction % 360.0) == pytest.approx((8.0, 270.0), abs=0.1)
