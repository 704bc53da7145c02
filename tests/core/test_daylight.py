"""Day, twilight and night: what is now, and when it is next something else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rtcc_core.domain.daylight import Light, daylight, light_at
from rtcc_core.domain.geo import LatLon

SACRAMENTO = LatLon(38.5816, -121.4944)


def test_an_evening_ends_in_twilight_and_night() -> None:
    found = daylight(SACRAMENTO, datetime(2026, 3, 1, 20, tzinfo=UTC))
    assert found.now is Light.DAY
    (dusk, first), (night, second) = found.changes
    assert (first, second) == (Light.TWILIGHT, Light.NIGHT)
    # By the sun's geometric height: an almanac's sunset, which counts refraction, is some minutes later.
    assert abs((dusk - datetime(2026, 3, 2, 1, 57, tzinfo=UTC)).total_seconds()) < 300
    assert abs((night - datetime(2026, 3, 2, 2, 26, tzinfo=UTC)).total_seconds()) < 300


def test_where_the_sun_does_not_rise_nothing_changes() -> None:
    found = daylight(LatLon(82.0, 0.0), datetime(2026, 12, 21, 12, tzinfo=UTC))
    assert found.now is Light.NIGHT
    assert found.changes == ()


NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@settings(max_examples=10, deadline=None)
@given(
    st.floats(-60.0, 60.0),
    st.floats(-180.0, 180.0),
    st.integers(0, 365 * 1_440).map(lambda minutes: NEW_YEAR + timedelta(minutes=minutes)),
)
def test_every_change_is_one(latitude: float, longitude: float, at: datetime) -> None:
    place = LatLon(latitude, longitude)
    found = daylight(place, at)
    before = found.now
    assert before is light_at(place, at)
    for when, light in found.changes:
        assert light is not before
        assert light_at(place, when) is light
        before = light
