"""Wind by height, place and time."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.geo import LatLon, offset
from rtcc_sitl.hangar import Hangar, VehicleSpec
from rtcc_sitl.wind import Wind
from rtcc_sitl.wind_field import WindField, Zone

CENTRE = LatLon(47.4, 8.54)
BASE = Wind(8.0, 240.0, 12.0)
NOWHERE = ("127.0.0.1", 9)
far = st.floats(-20_000.0, 20_000.0)


def test_a_plain_field_is_the_wind_itself() -> None:
    field = WindField(CENTRE, BASE)
    assert field.at(0.0, 0.0, 10.0, 0.0) == field.at(900.0, -400.0, 120.0, 5_000.0) == BASE


def test_it_grows_with_height_by_the_power_law() -> None:
    field = WindField(CENTRE, BASE, shear=0.2)
    assert field.at(0.0, 0.0, 10.0, 0.0).speed_m_s == pytest.approx(8.0)
    assert field.at(0.0, 0.0, 120.0, 0.0).speed_m_s == pytest.approx(8.0 * 12.0**0.2)
    assert field.at(0.0, 0.0, 0.0, 0.0) == field.at(0.0, 0.0, 2.0, 0.0)
    gust_m_s = field.at(0.0, 0.0, 120.0, 0.0).gust_m_s
    assert gust_m_s == pytest.approx(12.0 * 12.0**0.2)


def test_a_zone_has_its_own_wind_and_fades_out() -> None:
    own = Wind(20.0, 60.0)
    field = WindField(CENTRE, BASE, zones=[Zone(1_000.0, 0.0, 500.0, own)])
    inside = field.at(1_000.0, 300.0, 60.0, 0.0)
    assert inside.speed_m_s == pytest.approx(20.0)
    assert inside.from_deg == pytest.approx(60.0)
    assert field.at(1_000.0, 501.0, 60.0, 0.0) == BASE
    edge = [field.at(1_000.0, y, 60.0, 0.0).speed_m_s for y in range(400, 501, 5)]
    assert max(abs(a - b) for a, b in itertools.pairwise(edge)) < 3.0


@given(far, far, st.floats(-50.0, 5_000.0), st.floats(0.0, 86_400.0), st.integers(0, 1_000))
def test_it_is_the_same_for_the_same_seed_smooth_and_within_its_swing(
    east: float, north: float, up: float, at: float, seed: int
) -> None:
    field = WindField(CENTRE, BASE, shear=0.15, variation=0.4, seed=seed)
    again = WindField(CENTRE, BASE, shear=0.15, variation=0.4, seed=seed)
    here = field.at(east, north, up, at)
    assert here == again.at(east, north, up, at)
    law = (max(2.0, min(300.0, up)) / 10.0) ** 0.15
    assert 0.6 * 8.0 * law - 1e-6 <= here.speed_m_s <= 1.4 * 8.0 * law + 1e-6
    near, soon = field.at(east + 5.0, north, up, at), field.at(east, north, up, at + 1.0)
    for other in (near, soon):
        assert abs(other.speed_m_s - here.speed_m_s) < 0.5
        assert math.cos(math.radians(other.from_deg - here.from_deg)) > 0.99


def test_each_seed_has_another_wind_and_it_changes_by_place_and_time() -> None:
    one, other = (WindField(CENTRE, BASE, variation=0.4, seed=seed) for seed in (1, 2))
    assert one.at(0.0, 0.0, 10.0, 0.0) != other.at(0.0, 0.0, 10.0, 0.0)
    speeds = [one.at(x, 0.0, 10.0, 0.0).speed_m_s for x in range(0, 4_000, 200)]
    assert max(speeds) - min(speeds) > 0.5
    speeds = [one.at(0.0, 0.0, 10.0, t).speed_m_s for t in range(0, 1_800, 60)]
    assert max(speeds) - min(speeds) > 0.5


async def test_an_aircraft_feels_the_wind_of_its_place_until_it_is_given_its_own() -> None:
    away = offset(CENTRE, 90.0, 2_000.0)
    zone = Zone(2_000.0, 0.0, 300.0, Wind(14.0, 90.0))
    field = WindField(CENTRE, BASE, zones=[zone])
    specs = [VehicleSpec(1, "D1", CENTRE), VehicleSpec(2, "D2", away)]
    hangar = Hangar(specs, gcs_address=NOWHERE, field=field, wind=BASE)
    for vehicle in hangar:
        vehicle.advance()
    assert hangar["D1"].wind == BASE
    assert hangar["D2"].wind.speed_m_s == pytest.approx(14.0, abs=0.01)
    hangar["D2"].set_wind(Wind(3.0, 10.0))
    for _ in range(20):
        hangar["D2"].advance()
    assert hangar["D2"].wind == Wind(3.0, 10.0)
    hangar["D2"].set_wind(None)
    for _ in range(20):
        hangar["D2"].advance()
    assert hangar["D2"].wind.speed_m_s == pytest.approx(14.0, abs=0.01)
