"""The physics of a simulated aircraft: what it can reach, what the wind does, what it costs."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_sitl.airframe import Airframe, Demand, Limits, LocalFrame, reachable_velocity, turn_deg
from rtcc_sitl.battery import Battery
from rtcc_sitl.clock import STEP_S
from rtcc_sitl.wind import AirMass, Wind

HOME = LatLon(47.4, 8.54)
speeds = st.floats(-40.0, 40.0)


@given(speeds, speeds, speeds, speeds)
def test_no_demand_exceeds_the_airspeed_limit(
    east: float, north: float, wind_east: float, wind_north: float
) -> None:
    got_east, got_north = reachable_velocity(Demand(east, north, 0.0), wind_east, wind_north, 15.0)
    assert math.hypot(got_east - wind_east, got_north - wind_north) <= 15.0 + 1e-6


@pytest.mark.parametrize(("wind_north", "ground_speed"), [(0.0, 15.0), (-6.0, 9.0), (6.0, 21.0)])
def test_ground_speed_is_airspeed_and_wind(wind_north: float, ground_speed: float) -> None:
    assert reachable_velocity(Demand(0.0, 99.0, 0.0), 0.0, wind_north, 15.0) == pytest.approx(
        (0.0, ground_speed)
    )


def test_a_crosswind_costs_speed_and_not_the_track() -> None:
    east, north = reachable_velocity(Demand(0.0, 99.0, 0.0), 9.0, 0.0, 15.0)
    assert east == pytest.approx(0.0)
    assert north == pytest.approx(12.0)


def test_a_wind_stronger_than_the_aircraft_carries_it_along() -> None:
    east, _ = reachable_velocity(Demand(0.0, 0.0, 0.0), 20.0, 0.0, 15.0)
    assert east == pytest.approx(5.0)


@given(st.lists(st.tuples(speeds, speeds, st.floats(-10.0, 10.0), st.floats(0.0, 360.0)), max_size=60))
def test_acceleration_climb_and_turn_stay_within_the_limits(
    demands: list[tuple[float, float, float, float]],
) -> None:
    limits = Limits()
    body = Airframe(limits)
    body.step(Demand(0.0, 0.0, 5.0), 0.0, 0.0, STEP_S)
    for east, north, up, yaw in demands:
        before = (body.east_m_s, body.north_m_s, body.yaw_deg)
        was_flying = not body.is_on_ground
        body.step(Demand(east, north, up, yaw), 3.0, -2.0, STEP_S)
        assert body.up_m >= 0.0
        assert -limits.descent_m_s <= body.up_m_s <= limits.climb_m_s
        assert abs(turn_deg(before[2], body.yaw_deg)) <= limits.yaw_rate_deg_s * STEP_S + 1e-6
        if was_flying and not body.is_on_ground:
            change = math.hypot(body.east_m_s - before[0], body.north_m_s - before[1])
            assert change <= limits.acceleration_m_s2 * STEP_S + 1e-9


def test_without_motors_it_falls_and_breaks() -> None:
    body = Airframe(Limits())
    body.up_m, body.is_on_ground = 30.0, False
    for _ in range(200):
        body.step(None, 0.0, 0.0, STEP_S)
    assert body.is_on_ground
    assert body.has_crashed


@given(st.floats(0.0, 359.9), st.floats(0.0, 20_000.0))
def test_local_metres_come_back_as_the_same_place(bearing: float, length_m: float) -> None:
    frame = LocalFrame(HOME)
    place = offset(HOME, bearing, length_m)
    assert distance_m(frame.to_global(*frame.to_local(place)), place) < 0.01


def drained(airspeed_m_s: float, climb_m_s: float = 0.0) -> float:
    battery = Battery(1.0, 30.0, 15.0)
    battery.drain_flying(60.0, airspeed_m_s, climb_m_s)
    return 1.0 - battery.fraction


def test_a_full_battery_hovers_for_its_endurance() -> None:
    assert drained(0.0) == pytest.approx(1.0 / 30.0)


def test_speed_and_climb_cost_more_than_hovering() -> None:
    assert drained(0.0) < drained(8.0) < drained(15.0) < drained(15.0, 4.0)
    assert drained(8.0, -2.0) < drained(8.0)


def test_charge_never_goes_below_nothing() -> None:
    battery = Battery(0.01, 1.0, 15.0)
    battery.drain_flying(600.0, 15.0, 5.0)
    assert battery.fraction == 0.0
    with pytest.raises(ValueError, match="outside"):
        battery.fraction = 1.2


@pytest.mark.parametrize("bad", [(-1.0, 0.0, None), (5.0, math.nan, None), (5.0, 0.0, 3.0)])
def test_an_impossible_wind_is_refused(bad: tuple[float, float, float | None]) -> None:
    with pytest.raises(ValueError, match="wind"):
        Wind(*bad)


def test_gusts_swing_around_the_wind_and_never_beyond_their_peak() -> None:
    air = AirMass(Wind(6.0, 270.0, gust_m_s=10.0), random.Random(1))
    seen = []
    for _ in range(20_000):
        air.step(STEP_S)
        seen.append(math.hypot(air.east_m_s, air.north_m_s))
    assert max(seen) <= 10.0 + 1e-9
    assert sum(seen) / len(seen) == pytest.approx(6.0, abs=0.7)
    assert air.east_m_s > 0.0
    assert abs(air.north_m_s) < 1e-9
