"""What a camera has in its picture."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.footprint import REACH_M, camera_footprint
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m

HERE = LatLon(38.42, -121.42)


def test_straight_down_the_picture_is_a_rectangle_under_the_aircraft() -> None:
    corners = camera_footprint(HERE, height_m=60.0, pitch_deg=-90.0, yaw_deg=0.0, fov_deg=90.0)
    width_m = distance_m(corners[0], corners[1])
    depth_m = distance_m(corners[1], corners[2])
    assert width_m == pytest.approx(120.0, rel=0.01)
    assert depth_m == pytest.approx(120.0 * 9 / 16, rel=0.01)
    assert len({round(distance_m(HERE, corner)) for corner in corners}) == 1


def test_aslant_it_lies_ahead_and_is_wider_far_away() -> None:
    corners = camera_footprint(HERE, height_m=60.0, pitch_deg=-45.0, yaw_deg=90.0, fov_deg=60.0)
    far_left, far_right, near_right, near_left = corners
    assert distance_m(far_left, far_right) > distance_m(near_left, near_right)
    assert bearing_deg(HERE, far_left) < 90.0 < bearing_deg(HERE, far_right)
    assert all(35.0 < bearing_deg(HERE, corner) < 145.0 for corner in corners)
    # The middle of the far side: 45° less half of the vertical field of view below the horizon.
    half_up = math.degrees(math.atan(math.tan(math.radians(30.0)) * 9 / 16))
    middle = LatLon(
        (far_left.latitude_deg + far_right.latitude_deg) / 2,
        (far_left.longitude_deg + far_right.longitude_deg) / 2,
    )
    assert distance_m(HERE, middle) == pytest.approx(60.0 / math.tan(math.radians(45.0 - half_up)), rel=0.02)


def test_level_it_ends_at_the_reach() -> None:
    corners = camera_footprint(HERE, height_m=60.0, pitch_deg=-5.0, yaw_deg=0.0, fov_deg=60.0)
    assert distance_m(HERE, corners[0]) == pytest.approx(REACH_M, rel=0.01)
    assert distance_m(HERE, corners[3]) < 400.0


@pytest.mark.parametrize(
    "changed",
    [{"height_m": 0.0}, {"height_m": -3.0}, {"pitch_deg": 40.0}, {"pitch_deg": -91.0}, {"fov_deg": 0.0}]
    + [{name: math.nan} for name in ("height_m", "pitch_deg", "yaw_deg", "fov_deg")],
)
def test_figures_that_are_none_show_nothing(changed: dict[str, float]) -> None:
    figures = {"height_m": 60.0, "pitch_deg": -45.0, "yaw_deg": 0.0, "fov_deg": 60.0} | changed
    assert camera_footprint(HERE, **figures) == ()


@given(
    height_m=st.floats(0.1, 500.0),
    pitch_deg=st.floats(-90.0, 0.0),
    yaw_deg=st.floats(-720.0, 720.0),
    fov_deg=st.floats(1.0, 170.0),
)
def test_every_corner_is_within_reach(
    height_m: float, pitch_deg: float, yaw_deg: float, fov_deg: float
) -> None:
    corners = camera_footprint(HERE, height_m=height_m, pitch_deg=pitch_deg, yaw_deg=yaw_deg, fov_deg=fov_deg)
    assert len(corners) in (0, 4)
    assert all(distance_m(HERE, corner) <= REACH_M * 1.01 for corner in corners)
