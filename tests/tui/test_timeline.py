"""The timeline: every phase with its time and how long it lasted."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.tui.fakecore import NOON, SCENE, FakeCore

from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.domain.events import PhaseObserved
from rtcc_core.domain.flight import Flight, Phase
from rtcc_tui.glyphs import ASCII, UNICODE
from rtcc_tui.spans import plain
from rtcc_tui.views.timeline import call_steps, flight_steps, timeline_lines, timeline_row, without_drones


def flown() -> FakeCore:
    core = FakeCore()
    core.calm()
    core.call()
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    core.at += timedelta(seconds=70)
    return core


def test_a_flight_tells_each_phase_with_its_time_and_how_long_it_lasted() -> None:
    core = flown()
    flight = core.state.flight_of("D1")
    assert flight is not None
    told = [plain(line).split() for line in timeline_lines(flight_steps(flight, core.at), UNICODE, 80, 12)]
    assert ["12:00:05Z", "0:35", "D1", "climbing"] in told
    assert ["12:00:40Z", "0:20", "D1", "transit"] in told
    assert ["1:15+", "D1", "on", "scene"] in [words[1:] for words in told]


def test_a_call_tells_its_own_steps_and_those_of_its_flights() -> None:
    core = flown()
    steps = call_steps(core.state, core.state.calls["1041"], core.at)
    words = [step.words for step in steps]
    assert words.index("here") < words.index("climbing") < words.index("on scene")
    assert steps == sorted(steps, key=lambda step: step.at)


def test_a_phase_that_was_entered_again_is_told_again() -> None:
    times = {Phase.ON_SCENE: NOON, Phase.HOLDING: NOON + timedelta(seconds=60)}
    flight = Flight(
        flight_id="F1", drone="D1", call_id="1041", operator="reyes", target=SCENE, opened_at=NOON,
        phase=Phase.ON_SCENE, times=times, phase_since=NOON + timedelta(seconds=90),
    )  # fmt: skip
    steps = flight_steps(flight, NOON + timedelta(seconds=100))
    assert [(step.words, step.lasts_s) for step in steps] == [
        ("on scene", 60.0),
        ("holding", 30.0),
        ("on scene", 10.0),
    ]
    assert [step.is_running for step in steps] == [False, False, True]


def test_a_hold_and_the_way_back_stand_between_the_others() -> None:
    core = flown()
    flight = core.state.flight_of("D1")
    assert flight is not None
    for phase in (Phase.HOLDING, Phase.ON_SCENE, Phase.HOLDING, Phase.RETURNING):
        core.at += timedelta(seconds=10)
        seen = PhaseObserved(flight_id=flight.flight_id, drone="D1", phase=phase, evidence="seen")
        core.happens(seen)
    flight = core.state.flights[flight.flight_id]
    words = [step.words for step in flight_steps(flight, core.at)]
    assert words[-5:] == ["on scene", "holding", "on scene", "holding", "returning"]


@given(st.integers(1, 200), st.integers(0, 30), st.booleans())
def test_every_line_fills_its_width(width: int, height: int, is_ascii: bool) -> None:
    core = flown()
    glyphs = ASCII if is_ascii else UNICODE
    steps = call_steps(core.state, core.state.calls["1041"], core.at)
    lines = timeline_lines(steps, glyphs, width, height)
    assert len(lines) == height
    for line in (*lines, timeline_row(without_drones(steps), glyphs, width), timeline_row([], glyphs, width)):
        assert cell_len(plain(line)) == width
