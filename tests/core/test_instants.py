"""No clock and no length of time is too absurd to be reckoned with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.instants import EARLIEST, LATEST, later


@given(st.datetimes(timezones=st.just(UTC)), st.floats())
def test_whatever_is_added_it_stays_in_the_calendar(at: datetime, by_s: float) -> None:
    moment = later(at, by_s)
    assert EARLIEST <= moment <= LATEST
    assert moment + timedelta(days=300) > moment - timedelta(days=300)


def test_an_ordinary_sum_is_exact() -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert later(noon, -90.0) == noon - timedelta(seconds=90)
