"""Wind from a file: only what is new and right is reported."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support import House, came_up, running

from rtcc_core.adapters.weather_file import WeatherFile

GOOD = '{"wind_speed_m_s": 4.5, "wind_from_deg": 240, "gust_m_s": 7, "observed_at": "2026-03-01T12:00:00Z"}'


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "not json",
        "[]",
        GOOD.replace("4.5", "-1"),
        GOOD.replace("4.5", "NaN"),
        GOOD.replace("240", "999"),
        GOOD.replace("12:00:00Z", "12:00:00"),
        GOOD.replace("gust_m_s", "gusts_kt"),
        GOOD.replace("}", ', "qnh_hpa": 29.92}'),
        GOOD + " " * 100_000,
    ],
)
async def test_a_bad_file_is_said_once_and_the_next_good_one_is_used(
    tmp_path: Path, bad: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "wind.json"
    house = House()
    async with running(house.desk):
        await house.desk.open(came_up())
        weather = WeatherFile(path, house.desk, house.clock)
        write(path, bad)
        await weather.look()
        await weather.look()
        assert len(caplog.records) == 1
        assert "wind.json cannot be used" in caplog.records[0].getMessage()
        assert "WeatherObserved" not in house.journal.kinds()
        write(path, GOOD)
        await weather.look()
        await weather.look()
    seen = house.desk.state.weather
    assert seen is not None
    assert (seen.wind_speed_m_s, seen.wind_from_deg, seen.gust_m_s, seen.source) == (4.5, 240, 7, "wind.json")
    assert house.journal.kinds().count("WeatherObserved") == 1
    assert seen.qnh_hpa is None


async def test_a_mast_may_tell_the_pressure(tmp_path: Path) -> None:
    path, house = tmp_path / "wind.json", House()
    async with running(house.desk):
        await house.desk.open(came_up())
        write(path, GOOD.replace("}", ', "qnh_hpa": 1021.5}'))
        await WeatherFile(path, house.desk, house.clock).look()
    assert house.desk.state.weather is not None
    assert house.desk.state.weather.qnh_hpa == 1_021.5


async def test_an_observation_is_reported_again_when_the_journal_did_not_take_it(tmp_path: Path) -> None:
    path = tmp_path / "wind.json"
    write(path, GOOD)
    house = House()
    async with running(house.desk):
        await house.desk.open(came_up())
        weather = WeatherFile(path, house.desk, house.clock)
        house.journal.trouble = "the disk is full"
        await weather.look()
        house.journal.trouble = ""
        await weather.look()
    assert house.desk.state.weather is not None


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


async def test_a_file_with_a_metar_tells_visibility_and_cloud_too(tmp_path: Path) -> None:
    path, house = tmp_path / "KPDX.TXT", House()
    async with running(house.desk):
        await house.desk.open(came_up())
        write(path, "2026/03/01 11:53\nKPDX 011153Z 24008G15KT 2SM BR OVC008 09/08 A3001\n")
        await WeatherFile(path, house.desk, house.clock).look()
    seen = house.desk.state.weather
    assert seen is not None
    assert (round(seen.wind_speed_m_s, 1), seen.wind_from_deg, round(seen.gust_m_s or 0, 1)) == (
        4.1,
        240,
        7.7,
    )
    assert (round(seen.visibility_m or 0), round(seen.cloud_base_m or 0)) == (3219, 244)
    assert round(seen.qnh_hpa or 0) == 1016
    assert (seen.source, seen.observed_at.isoformat()) == ("KPDX", "2026-03-01T11:53:00+00:00")
