"""The clock of the simulated world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_sitl.clock import LONGEST_CATCH_UP_S, STEP_S, SimClock

EPOCH = datetime(2026, 5, 1, 12, tzinfo=UTC)


@given(st.lists(st.floats(0.001, 0.9), max_size=50), st.floats(1.0, 20.0))
def test_steps_add_up_to_the_wall_time_times_the_speed(ticks: list[float], speed: float) -> None:
    clock = SimClock(speed=speed, epoch=EPOCH)
    steps = sum(clock.due(tick) for tick in ticks)
    assert steps * STEP_S == pytest.approx(sum(ticks) * speed, abs=STEP_S + 1e-6)


def test_a_stall_is_not_made_up_for() -> None:
    assert SimClock(speed=2.0).due(3600.0) == round(LONGEST_CATCH_UP_S * 2.0 / STEP_S)


def test_time_going_backwards_runs_no_step() -> None:
    assert SimClock().due(-5.0) == 0


def test_simulated_utc_follows_the_steps() -> None:
    clock = SimClock(epoch=EPOCH)
    for _ in range(40):
        clock.count_step()
    assert clock.now == EPOCH + timedelta(seconds=2)


@pytest.mark.parametrize("speed", [0.0, 0.5, 21.0, float("nan")])
def test_a_speed_out_of_range_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match=r"1 … 20"):
        SimClock(speed=speed)
