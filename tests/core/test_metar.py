"""METAR: what it tells in our units, and that what it does not tell stays untold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.wire.metar import MetarError, read_metar

NOW = datetime(2026, 3, 1, 0, 20, tzinfo=UTC)


def test_wind_gust_visibility_and_ceiling_in_our_units() -> None:
    report = read_metar("METAR KSAC 282353Z 24010G18KT 3SM BKN012 OVC030 09/04 A3012 RMK AO2", NOW)
    assert report.station == "KSAC"
    assert report.observed_at == datetime(2026, 2, 28, 23, 53, tzinfo=UTC)
    assert report.wind_speed_m_s == pytest.approx(5.14, abs=0.01)
    assert (report.wind_from_deg, report.is_variable) == (240.0, False)
    assert report.gust_m_s == pytest.approx(9.26, abs=0.01)
    assert report.visibility_m == pytest.approx(4_828, abs=1)
    assert report.cloud_base_m == pytest.approx(365.8, abs=0.1)
    assert report.missing == ()


@pytest.mark.parametrize(
    ("group", "metres"),
    [("P6SM", 9_656), ("M1/4SM", 201), ("1/2SM", 805), ("1 1/2SM", 2_414), ("10SM", 16_093)],
)
def test_american_visibilities(group: str, metres: float) -> None:
    report = read_metar(f"KSAC 010015Z 24005KT {group} CLR 09/09 A3012", NOW)
    assert report.visibility_m == pytest.approx(metres, abs=1)


def test_metres_per_second_and_cavok() -> None:
    report = read_metar("EDDF 010015Z 09006MPS CAVOK 10/05 Q1020", NOW)
    assert (report.wind_speed_m_s, report.wind_from_deg, report.visibility_m) == (6.0, 90.0, 10_000.0)


@pytest.mark.parametrize(
    ("group", "hpa"),
    [
        ("Q1020", 1_020.0),
        ("Q0998", 998.0),
        ("A3012", 1_020.0),
        ("A2992", 1_013.2),
        ("QNH2992INS", 1_013.2),
        ("Q1015 RMK A2998", 1_015.0),
        ("A////", None),
        ("Q0///", None),
        ("A0012", None),
        ("Q9999", None),
        ("", None),
    ],
)
def test_the_pressure_in_hectopascals_whatever_it_was_told_in(group: str, hpa: float | None) -> None:
    report = read_metar(f"KSAC 010015Z 24005KT 9999 09/04 {group}", NOW)
    assert report.qnh_hpa == (None if hpa is None else pytest.approx(hpa, abs=0.1))


def test_a_variable_wind_has_a_speed_and_no_direction() -> None:
    report = read_metar("KSAC 010015Z AUTO VRB03KT 10SM CLR 09/04 A3012", NOW)
    assert (report.is_variable, report.wind_from_deg) == (True, None)
    assert report.wind_speed_m_s == pytest.approx(1.54, abs=0.01)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("KSAC 010015Z AUTO /////KT 10SM CLR 09/04 A3012", ("wind",)),
        ("KSAC 010015Z AUTO 24005KT //// CLR 09/04 A3012", ("visibility",)),
        ("KSAC 010015Z AUTO", ("wind", "visibility")),
    ],
)
def test_a_missing_group_is_missing(text: str, missing: tuple[str, ...]) -> None:
    assert read_metar(text, NOW).missing == missing


@pytest.mark.parametrize(
    "text", ["", "garbage", "{}", "KSAC 010015Z NIL", "KSAC 420015Z 24005KT", "\x1b[31m", "TAF KSAC"]
)
def test_what_is_no_report_says_so(text: str) -> None:
    with pytest.raises(MetarError):
        read_metar(text, NOW)


@given(st.text(alphabet="KSAC 0123456789Z/VRBGKTSMPOVCBN-+=\n", max_size=120))
def test_any_text_reads_or_is_refused(tail: str) -> None:
    try:
        report = read_metar(f"KSAC 010015Z {tail}", NOW)
    except MetarError:
        return
    for value in (report.wind_speed_m_s, report.gust_m_s, report.visibility_m, report.cloud_base_m):
        assert value is None or 0.0 <= value < 1e9
    assert report.qnh_hpa is None or 850.0 <= report.qnh_hpa <= 1_100.0
