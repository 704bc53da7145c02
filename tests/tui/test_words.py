"""How numbers and times are said: a length of time never looks like a time of day."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
