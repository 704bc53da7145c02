"""The autopilot without a radio: orders in, flights out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_sitl.airframe import Airframe, Limits, LocalFrame
from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.battery import Battery
from rtcc_sitl.clock import STEP_S
from rtcc_sitl.commands import HANDLERS, Order, obey
from rtcc_sitl.mission import Item
from rtcc_sitl.params import Params
from rtcc_sitl.px4 import FORCE_MAGIC, Command, Landed, Mode, Result

HOME = LatLon(47.4, 8.54)
PAD_AMSL_M = 400.0
NAN = math.nan


def order_of(command: int, params: Sequence[float], frame: int = 0) -> Order:
    p1, p2, p3, p4, p5, p6, p7 = params
    return Order(command, p1, p2, p3, p4, p5, p6, p7, frame)


class Flight:
    """An autopilot in the air mass of a test, and the words it said."""

    def __init__(self, *, battery: float = 1.0, endurance_min: float = 30.0) -> None:
        self.body = Airframe(Limits())
        self.battery = Battery(battery, endurance_min, 15.0)
        self.pilot = Autopilot(self.body, self.battery, Params(), LocalFrame(HOME), PAD_AMSL_M)
        self.wind = (0.0, 0.0)
        self.texts: list[str] = []
        self.is_heard = True

    def order(self, command: Command, *params: float, frame: int = 0) -> Result:
        given_params = [*params, *[NAN] * (7 - len(params))]
        return obey(self.pilot, order_of(command, given_params, frame))

    def run(self, seconds: float, until: Callable[[], bool] | None = None) -> None:
        """Fly for simulated seconds, or until something holds, which must then happen in that time."""
        for _ in range(round(seconds / STEP_S)):
            if until is not None and until():
                return
            if self.is_heard:
                self.pilot.hear_ground_station()
            self.pilot.step(STEP_S, STEP_S, *self.wind)
            while self.pilot.notices:
                self.texts.append(self.pilot.notices.popleft().text)
        assert until is None or until(), f"not within {seconds} s; {self.pilot.mode}, said {self.texts}"

    def airborne(self, height_m: float = 30.0) -> Flight:
        self.pilot.params.put("MIS_TAKEOFF_ALT", height_m)
        assert self.order(Command.COMPONENT_ARM_DISARM, 1.0) is Result.ACCEPTED
        assert self.order(Command.NAV_TAKEOFF) is Result.ACCEPTED
        self.run(120.0, lambda: self.pilot.mode is Mode.HOLD)
        return self

    def away(self, bearing: float, length_m: float) -> Flight:
        assert self.reposition(offset(HOME, bearing, length_m), self.body.up_m) is Result.ACCEPTED
        self.run(300.0, lambda: distance_m(self.pilot.locate(), HOME) > length_m - 2.0)
        return self

    def reposition(self, place: LatLon, height_m: float, yaw_rad: float = NAN) -> Result:
        at = (place.latitude_deg, place.longitude_deg, PAD_AMSL_M + height_m)
        return self.order(Command.DO_REPOSITION, -1.0, 1.0, NAN, yaw_rad, *at)

    def set_mode(self, mode: Mode) -> Result:
        return self.order(Command.DO_SET_MODE, 1.0, *map(float, mode.value))

    def is_in(self, mode: Mode) -> bool:
        return self.pilot.mode is mode

    @property
    def from_home_m(self) -> float:
        return distance_m(self.pilot.locate(), HOME)

    def said(self, words: str) -> bool:
        return any(words in text for text in self.texts)


def test_take_off_climbs_to_the_parameter_and_then_holds() -> None:
    flight = Flight()
    flight.order(Command.COMPONENT_ARM_DISARM, 1.0)
    flight.order(Command.NAV_TAKEOFF)
    flight.run(2.0)
    assert (flight.pilot.mode, flight.pilot.landed) == (Mode.TAKEOFF, Landed.TAKEOFF)
    flight.run(60.0, lambda: flight.pilot.mode is Mode.HOLD)
    flight.run(5.0)
    assert flight.body.up_m == pytest.approx(10.0, abs=0.3)
    assert flight.said("Takeoff detected")


def test_take_off_is_denied_when_disarmed() -> None:
    flight = Flight()
    assert flight.order(Command.NAV_TAKEOFF) is Result.TEMPORARILY_REJECTED
    flight.run(1.0)
    assert flight.pilot.landed is Landed.ON_GROUND
    assert flight.said("Takeoff denied")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda flight: setattr(flight.battery, "fraction", 0.1), "low battery"),
        (lambda flight: setattr(flight.pilot, "has_gps", False), "no GPS"),
        (lambda flight: setattr(flight.body, "has_crashed", True), "crash"),
        (lambda flight: flight.pilot.lose_motors(), "motor"),
    ],
)
def test_arming_is_denied_with_the_reason(spoil: Callable[[Flight], None], words: str) -> None:
    flight = Flight()
    spoil(flight)
    assert flight.order(Command.COMPONENT_ARM_DISARM, 1.0) is Result.TEMPORARILY_REJECTED
    flight.run(STEP_S)
    assert not flight.pilot.is_armed
    assert flight.said(words)
    assert flight.said("Arming denied")


def test_disarming_in_the_air_is_denied_and_forcing_it_stops_the_motors() -> None:
    flight = Flight().airborne()
    assert flight.order(Command.COMPONENT_ARM_DISARM, 0.0) is Result.TEMPORARILY_REJECTED
    assert flight.pilot.is_armed
    assert flight.order(Command.COMPONENT_ARM_DISARM, 0.0, FORCE_MAGIC) is Result.ACCEPTED
    flight.run(30.0, lambda: flight.body.has_crashed)
    assert not flight.pilot.is_armed


def test_armed_and_left_alone_it_disarms() -> None:
    flight = Flight()
    flight.order(Command.COMPONENT_ARM_DISARM, 1.0)
    flight.run(12.0)
    assert not flight.pilot.is_armed


def test_reposition_flies_there_faces_there_and_stops() -> None:
    flight = Flight().airborne()
    target = offset(HOME, 60.0, 400.0)
    flight.reposition(target, 50.0)
    flight.run(10.0)
    assert flight.body.yaw_deg == pytest.approx(60.0, abs=2.0)
    assert flight.body.ground_speed_m_s == pytest.approx(15.0, abs=0.1)
    flight.run(60.0)
    assert distance_m(flight.pilot.locate(), target) < 1.0
    assert flight.body.up_m == pytest.approx(50.0, abs=0.3)
    assert flight.body.ground_speed_m_s < 0.2


def test_reposition_keeps_the_heading_that_is_asked_for() -> None:
    flight = Flight().airborne()
    flight.reposition(offset(HOME, 0.0, 200.0), 30.0, math.radians(90.0))
    flight.run(30.0)
    assert flight.body.yaw_deg == pytest.approx(90.0, abs=0.5)


def test_nothing_but_a_take_off_lifts_it_from_the_ground() -> None:
    flight = Flight()
    flight.order(Command.COMPONENT_ARM_DISARM, 1.0)
    assert flight.reposition(offset(HOME, 0.0, 50.0), 30.0) is Result.TEMPORARILY_REJECTED
    assert flight.order(Command.DO_ORBIT, 20.0, 5.0, 0.0, NAN, NAN, NAN, NAN) is Result.TEMPORARILY_REJECTED
    flight.set_mode(Mode.RTL)
    flight.run(5.0)
    assert flight.pilot.landed is Landed.ON_GROUND


@pytest.mark.parametrize("radius_m", [20.0, -20.0, 80.0])
@pytest.mark.parametrize("wind", [(0.0, 0.0), (6.0, -3.0)])
def test_an_orbit_keeps_its_radius_its_sense_and_faces_the_centre(
    radius_m: float, wind: tuple[float, float]
) -> None:
    flight = Flight().airborne()
    flight.wind = wind
    centre = offset(HOME, 0.0, 100.0)
    at = (centre.latitude_deg, centre.longitude_deg, PAD_AMSL_M + 40.0)
    # MAVSDK says frame 3 (relative altitude) and means AMSL.
    assert flight.order(Command.DO_ORBIT, radius_m, 5.0, 0.0, NAN, *at, frame=3) is Result.ACCEPTED
    flight.run(60.0)
    assert flight.is_in(Mode.ORBIT)
    around_deg = 0.0
    last = None
    for _ in range(600):
        flight.run(STEP_S)
        east = flight.body.east_m
        north = flight.body.north_m - 100.0
        assert math.hypot(east, north) == pytest.approx(abs(radius_m), abs=1.0)
        angle = math.degrees(math.atan2(east, north))
        if last is not None:
            around_deg += (angle - last + 180.0) % 360.0 - 180.0
        last = angle
        inward = (angle + 180.0) % 360.0
        assert abs((flight.body.yaw_deg - inward + 180.0) % 360.0 - 180.0) < 5.0
    assert math.copysign(1.0, around_deg) == math.copysign(1.0, radius_m)
    assert abs(around_deg) == pytest.approx(math.degrees(30.0 * 5.0 / abs(radius_m)), rel=0.05)
    assert flight.body.up_m == pytest.approx(40.0, abs=0.5)


def test_hold_brakes_and_stays() -> None:
    flight = Flight().airborne()
    flight.reposition(offset(HOME, 0.0, 2000.0), 30.0)
    flight.run(10.0)
    assert flight.set_mode(Mode.HOLD) is Result.ACCEPTED
    flight.run(8.0)
    there = flight.pilot.locate()
    flight.run(20.0)
    assert distance_m(flight.pilot.locate(), there) < 0.5


def test_return_climbs_first_then_flies_home_lands_and_disarms() -> None:
    flight = Flight().airborne().away(200.0, 300.0)
    flight.set_mode(Mode.RTL)
    flight.run(60.0, lambda: flight.body.up_m > 59.0)
    assert flight.from_home_m > 290.0
    flight.run(120.0, lambda: not flight.pilot.is_armed)
    assert flight.from_home_m < 1.5
    assert flight.is_in(Mode.HOLD)
    assert not flight.body.has_crashed
    assert flight.said("Disarmed by landing")


def test_land_comes_down_where_it_is() -> None:
    flight = Flight().airborne().away(90.0, 100.0)
    flight.order(Command.NAV_LAND)
    flight.run(3.0)
    assert flight.pilot.landed is Landed.LANDING
    flight.run(60.0, lambda: not flight.pilot.is_armed)
    assert flight.from_home_m == pytest.approx(100.0, abs=3.0)
    assert not flight.body.has_crashed


def test_a_headwind_makes_it_slower_and_the_battery_emptier() -> None:
    taken: list[tuple[float, float]] = []
    for wind_north in (0.0, -7.0):
        flight = Flight().airborne()
        flight.wind = (0.0, wind_north)
        flight.reposition(offset(HOME, 0.0, 1000.0), 30.0)
        before = flight.battery.fraction
        steps = 0
        while flight.from_home_m < 990.0:
            flight.run(STEP_S)
            steps += 1
        taken.append((steps * STEP_S, before - flight.battery.fraction))
    (calm_s, calm_used), (wind_s, wind_used) = taken
    assert wind_s > 1.7 * calm_s
    assert wind_used > 1.7 * calm_used


def test_a_change_of_speed_caps_the_way_there() -> None:
    flight = Flight().airborne()
    flight.order(Command.DO_CHANGE_SPEED, 1.0, 6.0)
    flight.reposition(offset(HOME, 0.0, 500.0), 30.0)
    flight.run(20.0)
    assert flight.body.ground_speed_m_s == pytest.approx(6.0, abs=0.1)


def test_a_critical_battery_brings_it_home_and_an_emergency_lands_it() -> None:
    flight = Flight().airborne().away(0.0, 200.0)
    flight.battery.fraction = 0.14
    flight.run(1.0)
    assert flight.is_in(Mode.HOLD)
    assert flight.said("Low battery")
    flight.battery.fraction = 0.07
    flight.run(1.0)
    assert flight.is_in(Mode.RTL)
    flight.battery.fraction = 0.05
    flight.run(1.0)
    assert flight.is_in(Mode.LAND)
    flight.run(120.0, lambda: not flight.pilot.is_armed)


def test_a_person_may_overrule_a_failsafe_once_it_has_fired() -> None:
    flight = Flight().airborne()
    flight.battery.fraction = 0.07
    flight.run(1.0)
    flight.set_mode(Mode.HOLD)
    flight.run(5.0)
    assert flight.is_in(Mode.HOLD)


def test_an_empty_battery_drops_it() -> None:
    flight = Flight().airborne()
    flight.battery.fraction = 0.0
    flight.run(30.0, lambda: flight.body.has_crashed)


def test_silence_of_the_ground_station_brings_it_home() -> None:
    flight = Flight().airborne().away(0.0, 200.0)
    flight.is_heard = False
    flight.run(9.0)
    assert flight.is_in(Mode.HOLD)
    flight.run(2.0)
    assert flight.is_in(Mode.RTL)
    assert flight.said("GCS connection lost")
    flight.is_heard = True
    flight.run(1.0)
    assert flight.said("GCS connection regained")
    assert flight.is_in(Mode.RTL)


def test_a_lost_position_is_held_then_landed_with_the_drift_of_the_wind() -> None:
    flight = Flight().airborne()
    flight.wind = (4.0, 0.0)
    flight.pilot.has_gps = False
    flight.run(5.0)
    assert flight.is_in(Mode.HOLD)
    assert flight.set_mode(Mode.RTL) is Result.TEMPORARILY_REJECTED
    flight.run(7.0)
    assert flight.is_in(Mode.LAND)
    flight.run(90.0, lambda: not flight.pilot.is_armed)
    assert flight.from_home_m > 20.0


def test_a_position_that_comes_back_is_held() -> None:
    flight = Flight().airborne()
    flight.wind = (4.0, 0.0)
    flight.pilot.has_gps = False
    flight.run(6.0)
    flight.pilot.has_gps = True
    flight.run(10.0)
    assert flight.said("Position regained")
    assert flight.body.ground_speed_m_s < 0.2


def test_termination_is_final() -> None:
    flight = Flight().airborne()
    flight.order(Command.DO_FLIGHTTERMINATION, 1.0)
    flight.run(30.0, lambda: flight.body.has_crashed)
    assert flight.order(Command.COMPONENT_ARM_DISARM, 1.0) is Result.TEMPORARILY_REJECTED


def waypoint(bearing: float, length_m: float, height_m: float, command: int = 16) -> Item:
    place = offset(HOME, bearing, length_m)
    at = (round(place.latitude_deg * 1e7), round(place.longitude_deg * 1e7))
    return Item(6, command, 1, (0.0, 0.0, 0.0, NAN), *at, height_m)


def test_a_mission_is_flown_paused_resumed_and_ended() -> None:
    flight = Flight()
    flight.pilot.plans.store(
        0, [waypoint(0.0, 100.0, 20.0), waypoint(90.0, 150.0, 30.0), waypoint(0.0, 0.0, 0.0, command=20)]
    )
    assert flight.order(Command.COMPONENT_ARM_DISARM, 1.0) is Result.ACCEPTED
    assert flight.set_mode(Mode.MISSION) is Result.ACCEPTED
    flight.run(60.0, lambda: flight.pilot.plans.current == 1)
    assert flight.from_home_m == pytest.approx(100.0, abs=3.0)
    flight.set_mode(Mode.HOLD)
    flight.run(20.0)
    assert flight.from_home_m == pytest.approx(100.0, abs=5.0)
    flight.set_mode(Mode.MISSION)
    flight.run(60.0, lambda: flight.pilot.mode is Mode.RTL)
    assert list(flight.pilot.reached) == [0, 1]
    flight.run(120.0, lambda: not flight.pilot.is_armed)


def test_a_mission_without_items_is_refused() -> None:
    assert Flight().airborne().set_mode(Mode.MISSION) is Result.TEMPORARILY_REJECTED


def test_the_same_inputs_fly_the_same_flight() -> None:
    ends = []
    for _ in range(2):
        flight = Flight().airborne().away(33.0, 250.0)
        flight.set_mode(Mode.RTL)
        flight.run(20.0)
        ends.append((flight.body.east_m, flight.body.north_m, flight.body.up_m, flight.battery.fraction))
    assert ends[0] == ends[1]


wild = st.one_of(st.floats(width=32), st.sampled_from([0.0, 1.0, -1.0, 3.0, 47.4, 8.54, NAN, 430.0]))


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(sorted(HANDLERS)), *[wild] * 7, st.integers(0, 12)), max_size=8))
def test_no_order_of_any_content_breaks_the_autopilot(orders: list[tuple[float, ...]]) -> None:
    flight = Flight().airborne(5.0)
    for command, *params, frame in orders:
        obey(flight.pilot, order_of(int(command), params, int(frame)))
        flight.run(0.5)
    assert all(math.isfinite(value) for value in (flight.body.east_m, flight.body.up_m, flight.body.yaw_deg))
    assert -180.0 <= flight.pilot.locate().longitude_deg <= 180.0
