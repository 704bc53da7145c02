"""The chosen call: one order, what people said stays in sight, what a flight did is one line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.tui.fakecore import NOON, FakeCore

from rtcc_core.domain.call import Note
from rtcc_core.domain.commands import AddNote, LaunchDrone
from rtcc_core.domain.events import ReliefPlanned
from rtcc_tui.session import Session
from rtcc_tui.spans import plain
from rtcc_tui.views.chosen import chosen_lines

NOW = 100.0
CALLER = "TWO MEN, ONE WITH A HANDGUN, BLUE SEDAN"


def busy() -> FakeCore:
    """A flight with all its steps, units and changes after the caller's words."""
    core = FakeCore()
    core.calm()
    core.call(notes=(Note(text=CALLER, at=NOON, author="CT7"),))
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    for second in range(1, 6):
        core.call(
            notes=(Note(text=CALLER, at=NOON, author="CT7"),),
            priority=1 + second % 2,
            updated_at=core.at + timedelta(seconds=second),
        )
    core.tell(AddNote(command_id="y", call_id="1041", text="he runs north"), by="reyes")
    return core


def lines(core: FakeCore, width: int, height: int, scroll_back: int = 0) -> list[str]:
    session = Session(send=lambda _: None, new_id=lambda: "id")
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    session.scroll_back = scroll_back
    return [plain(line).rstrip() for line in chosen_lines(session, NOW, width, height)]


def test_what_people_said_stays_in_sight_in_six_rows() -> None:
    shown = lines(busy(), 80, 6)
    text = "\n".join(shown)
    assert CALLER in text
    assert "he runs north" in text
    assert "earlier lines" in text


@pytest.mark.parametrize("height", [6, 9, 30])
def test_the_story_is_in_one_order_and_leaves_no_row_idle(height: int) -> None:
    shown = lines(busy(), 80, height)
    times = [line[1:10] for line in shown if line[3:4] == ":" and line[9:10] == "Z"]
    assert len(times) > 1
    assert times == sorted(times)
    assert height == 30 or shown[-1].strip()


def test_that_nobody_can_relieve_it_stands_last() -> None:
    core = busy()
    flight = core.state.flight_of("D1")
    assert flight is not None
    why = "nobody can relieve it"
    core.happens(
        ReliefPlanned(
            flight_id=flight.flight_id, drone="D1", by=None, launch_at=None, must_leave_at=core.at, why=why
        )
    )
    for height in (6, 9, 30):
        assert why in [line for line in lines(core, 80, height) if line][-1]


def test_a_flight_is_one_line_with_its_newest_steps() -> None:
    steps = [line for line in lines(busy(), 80, 30) if "Z D1 " in line]
    assert len(steps) == 1
    assert "on scene" in steps[0]
    assert "asked" not in steps[0]


def test_earlier_lines_are_a_key_away() -> None:
    core = busy()
    assert "received from" not in "\n".join(lines(core, 80, 6))
    assert any("received from" in "\n".join(lines(core, 80, 6, back)) for back in range(1, 20))
