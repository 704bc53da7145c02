"""The core's clock follows the machine's, and never jumps with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import House, running

from rtcc_core.clocks import SLEW, SystemClock
from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.watch import Watch

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Machine:
    """A machine whose clock can be set."""

    def __init__(self) -> None:
        self.wall = START
        self.ticks = 100.0
        self.clock = SystemClock(wall=lambda: self.wall, ticks=lambda: self.ticks)

    def passes(self, seconds: float) -> datetime:
        self.wall += timedelta(seconds=seconds)
        self.ticks += seconds
        return self.clock.now()


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(-90_000, 90_000)), max_size=20))
def test_however_the_machine_is_set_time_passes_as_it_does(told: list[tuple[float, float]]) -> None:
    machine = Machine()
    for passed_s, set_by_s in told:
        before = machine.clock.now()
        machine.wall += timedelta(seconds=set_by_s)
        gone_s = (machine.passes(passed_s) - before).total_seconds()
        assert abs(gone_s - passed_s) <= SLEW * passed_s + 1e-5


def test_it_gets_there_in_the_end() -> None:
    machine = Machine()
    machine.wall += timedelta(seconds=30)
    for _ in range(700):
        machine.passes(1.0)
    assert abs(machine.clock.behind_s) < 1e-3


@pytest.mark.parametrize("by_s", [3_600.0, -3_600.0])
async def test_set_in_flight_it_is_said_once_and_followed_when_nothing_flies(by_s: float) -> None:
    house, machine = House(), Machine()
    watch = Watch(
        desk=house.desk,
        link=house.link,
        journal=house.journal,
        clock=house.clock,
        fanout=house.fanout,
        steady=machine.clock,
    )
    async with running(house.desk):
        await house.open()
        await house.desk.submit_command(LaunchDrone(command_id="c", drone="D1", call_id="1041"), "reyes")
        machine.wall += timedelta(seconds=by_s)
        for _ in range(3):
            await watch.mind_the_clock(is_flying=True)
        assert house.journal.kinds().count("ClockStepped") == 1
        assert "clock was set by" in house.desk.state.alarms["clock:core"].text
        assert abs(machine.clock.behind_s - by_s) < 1.0
        await watch.mind_the_clock(is_flying=False)
        assert machine.clock.behind_s == 0.0
        await watch.mind_the_clock(is_flying=False)
        assert house.journal.kinds().count("ClockStepped") == 1
