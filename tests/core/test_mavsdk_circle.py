"""The circle flown by us: whoever follows its setpoints ends on it, clockwise, nose to the centre."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtcc_core.adapters.mavsdk_circle import Circle, entry, is_on, setpoint
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset

CENTRE = LatLon(47.4, 8.54)
circles = st.builds(
    Circle,
    centre=st.just(CENTRE),
    radius_m=st.floats(15.0, 150.0),
    speed_m_s=st.floats(1.0, 8.0),
    height_m=st.floats(20.0, 120.0),
)
bearings = st.floats(0.0, 359.0)


@given(circles, bearings, st.floats(0.0, 500.0))
def test_the_entry_is_the_nearest_point_of_the_circle(circle: Circle, bearing: float, far_m: float) -> None:
    here = offset(CENTRE, bearing, far_m)
    there = entry(circle, here)
    assert distance_m(CENTRE, there) == pytest.approx(circle.radius_m, rel=0.01)
    assert distance_m(here, there) == pytest.approx(abs(circle.radius_m - far_m), abs=1.0)
    assert is_on(circle, there)


@settings(max_examples=30)
@given(circles, bearings, st.floats(-10.0, 10.0))
def test_following_the_velocity_stays_on_the_circle(circle: Circle, bearing: float, off_m: float) -> None:
    here, turned_deg = offset(CENTRE, bearing, circle.radius_m + off_m), 0.0
    for _ in range(200):
        point = setpoint(circle, here)
        before = bearing_deg(CENTRE, here)
        track = math.degrees(math.atan2(point.east_m_s, point.north_m_s))
        here = offset(here, track, math.hypot(point.north_m_s, point.east_m_s) * 0.2)
        turned_deg += (bearing_deg(CENTRE, here) - before + 180.0) % 360.0 - 180.0
    assert distance_m(CENTRE, here) == pytest.approx(circle.radius_m, rel=0.05)
    assert turned_deg == pytest.approx(math.degrees(circle.speed_m_s * 40.0 / circle.radius_m), rel=0.2)


@given(circles, bearings)
def test_the_nose_points_to_the_centre(circle: Circle, bearing: float) -> None:
    here = offset(CENTRE, bearing, circle.radius_m)
    assert math.cos(math.radians(setpoint(circle, here).yaw_deg - bearing_deg(here, CENTRE))) > 0.999


def test_the_message_says_position_velocity_and_yaw_above_home() -> None:
    circle = Circle(centre=CENTRE, radius_m=40.0, speed_m_s=5.0, height_m=60.0)
    fields = setpoint(circle, offset(CENTRE, 0.0, 40.0)).fields(3, 1200)
    assert (fields["target_system"], fields["coordinate_frame"], fields["alt"]) == (3, 6, 60.0)
    assert fields["type_mask"] == 0x9C0
    assert fields["yaw"] == pytest.approx(math.pi, abs=0.01)
