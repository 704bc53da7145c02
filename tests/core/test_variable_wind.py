"""A wind from all sides (METAR VRB): nothing is planned with less than the worst of its directions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.flights import HOME, House, fleet

from rtcc_core.domain.assignment import (
    free_resources,
    ground,
    reach,
)
from rtcc_core.domain.energy import Wind, leg_s, plan
from rtcc_core.domain.geo import LatLon, bearing_deg, offset


@given(st.floats(0, 20, allow_nan=False), st.floats(0, 360), st.floats(50, 4000), st.floats(0, 360))
def test_a_variable_wind_is_planned_as_the_worst_of_all_directions(
    speed: float, from_deg: float, away_m: float, bearing: float
) -> None:
    target = offset(HOME, bearing, away_m)
    steady = leg_s(HOME, target, 15, Wind(speed, from_deg))
    variable = leg_s(HOME, target, 15, Wind(speed, from_deg, is_variable=True))
    assert variable is None or (steady is not None and variable >= steady - 1e-6)
    assert variable is None or variable >= leg_s_against(target, speed) - 1e-6


def leg_s_against(target: LatLon, speed: float) -> float:
    """Seconds to it straight into the wind."""
    return leg_s(HOME, target, 15, Wind(speed, bearing_deg(HOME, target))) or 0.0


@pytest.mark.parametrize("bearing", [0.0, 90.0, 205.0])
def test_a_variable_wind_blows_against_every_leg(bearing: float) -> None:
    house = House(drones=fleet(1))
    weather = house.state.weather
    assert weather is not None
    variable = replace(weather, wind_speed_m_s=7.0, wind_from_deg=0.0, is_variable=True)
    house.state = replace(house.state, weather=variable)
    target = offset(HOME, bearing, 1_500.0)
    on = ground(house.state, HOME, house.at)
    (one,) = free_resources(house.state, house.sky, on)
    quick = reach(one, on.plane.to_xy(target), on)
    exact = plan(
        house.state.drones["D1"],
        HOME,
        HOME,
        target,
        height_m=60.0,
        start_height_m=0.0,
        battery_fraction=0.95,
        reserve=0.2,
        wind=Wind(7.0, bearing, is_variable=True),
    )
    assert quick is not None
    assert exact is not None
    assert abs(quick.overhead_s - exact.overhead_s) < 0.02 * exact.overhead_s
    assert abs(quick.on_scene_s - exact.on_scene_s) < 0.05 * exact.overhead_s + 1.0
