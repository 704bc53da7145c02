"""How numbers and times are said: a length of time never looks like a time of day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.programme import Units
from rtcc_core.domain.state import Weather
from rtcc_tui import words
from rtcc_tui.map.viewport import length_words, ruler
from rtcc_tui.requests import said
from rtcc_tui.words import aloud, clock, minutes_seconds

AT = datetime(2026, 3, 1, 16, 51, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0:00"), (245.9, "4:05"), (599, "9:59"), (600, "10 min"), (1_199, "19 min"), (3_840, "1h04")],
)
def test_a_length_of_time(seconds: float, told: str) -> None:
    assert minutes_seconds(seconds) == told


@given(st.floats(-10.0, 100_000.0))
def test_a_length_of_time_is_no_time_of_day(seconds: float) -> None:
    assert not re.search(r"\d\d:\d\d", minutes_seconds(seconds))


def test_a_moment_ends_with_its_z() -> None:
    assert clock(AT) == "16:51:07Z"
    with aloud():
        assert clock(AT) == "16:51 UTC"
        assert minutes_seconds(1_050) == "17 minutes 30 seconds"


# --- units -----------------------------------------------------------------------------------------


@pytest.fixture
def metric() -> Iterator[None]:
    words.use_units(Units.METRIC)
    yield
    words.use_units(Units.US)


WIND = Weather(wind_speed_m_s=5.0, gust_m_s=9.0, wind_from_deg=240.0, observed_at=AT, source="KSAC")


def test_us_units() -> None:
    assert words.height_words(60.0) == "197 ft"
    assert words.speed_words(5.0) == "10 kt"
    assert words.climb_words(2.0) == "390 ft/min"
    assert [words.far_words(m) for m in (3.0, 241.0, 1_000.0, 16_093.0)] == [
        "10 ft",
        "790 ft",
        "0.6 mi",
        "10.0 mi",
    ]
    assert words.wind(WIND) == "wind 10 gust 17 kt 240"
    assert [ruler(m)[1] for m in (430.0, 1_700.0)] == ["2000 ft", "2 mi"]
    assert ruler(1_700.0)[0] == pytest.approx(3_218.7, abs=0.1)


@pytest.mark.usefixtures("metric")
def test_metric_units() -> None:
    assert words.height_words(60.0) == "60 m"
    assert words.speed_words(5.0) == "5 m/s"
    assert words.climb_words(2.0) == "2 m/s"
    assert [words.far_words(m) for m in (3.0, 241.0, 1_000.0)] == ["3 m", "241 m", "1.0 km"]
    assert words.wind(WIND) == "wind 5 gust 9 m/s 240"
    assert ruler(430.0) == (500.0, "500 m")
    assert length_words(1_500.0) == "1.5 km"


@given(st.floats(0.5, 200_000.0), st.integers(1, 4))
def test_a_ruler_is_no_shorter_and_its_rings_say_how_long_they_are(wanted_m: float, times: int) -> None:
    length_m, told = ruler(wanted_m)
    assert wanted_m * 0.99 <= length_m <= max(wanted_m * 5.1, 1.0)
    assert length_words(length_m) == told
    number, unit = length_words(times * length_m).split(" ")
    per = {"ft": 1.0 / words.FEET_PER_METRE, "mi": words.METRES_PER_MILE}[unit]
    assert float(number) * per == pytest.approx(times * length_m)


@pytest.mark.parametrize("units", list(Units))
def test_what_is_asked_of_an_aircraft_is_said_in_both(units: Units) -> None:
    words.use_units(units)
    try:
        wind = cmd.ReportWind(command_id="", wind_speed_m_s=5.0, wind_from_deg=240.0)
        assert said(wind, "->") == "wind 5 m/s (10 kt) from 240"
        height = cmd.SetHeight(command_id="", drone="D1", height_m=80.0)
        assert said(height, "->") == "height D1 80 m (262 ft)"
        move = cmd.MoveDrone(command_id="", drone="D1", length_m=30.0, bearing_deg=90.0)
        assert "30 m (98 ft)" in said(move, "->")
    finally:
        words.use_units(Units.US)
