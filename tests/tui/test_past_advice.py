"""What a replay says for and against each aircraft, and what its lines refer to."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.tui.fakecore import FakeCore
from tests.tui.past import an_hour_ago, on_scene_at
from tests.tui.test_replay import Desk, back_at

from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.domain.flight import Verdict
from rtcc_tui.looking import View
from rtcc_tui.past_advice import past_advice


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(an_hour_ago(), tmp_path)


def pane(desk: Desk, title: str) -> list[str]:
    """The lines of the screen from the one that begins so."""
    lines = desk.screen((80, 48))
    return lines[next(index for index, line in enumerate(lines) if line.startswith(title)) :]


def test_the_gates_are_those_of_that_moment_and_what_nobody_wrote_down_is_no_record(desk: Desk) -> None:
    back_at(desk, on_scene_at(desk.core))
    sending = pane(desk, " SEND TO 1041")
    assert "D1 ON THIS CALL" in sending[0]
    rows = "\n".join(sending)
    assert "free: on the ground, no flight" not in rows
    with desk.session.looking_back(desk.now):
        advice = desk.session.advice("1041", desk.now)
    assert advice is not None
    by_drone = {each.drone: each for each in advice.candidates}
    assert "already flying" in next(gate.reason for gate in by_drone["D1"].gates if gate.gate == "free")
    assert by_drone["D2"].why.startswith("no record; at 12:0")
    verdicts = {gate.gate: (gate.verdict, gate.reason) for gate in by_drone["D2"].gates}
    for gate in ("link", "position", "ready", "battery", "free"):
        assert verdicts[gate] == (Verdict.UNKNOWN, "no record")
    assert verdicts["wind"][0] is Verdict.PASS  # the journal has it
    assert advice.recommended is None


def test_before_the_launch_the_replay_says_whom_the_core_advised(tmp_path: Path) -> None:
    core = FakeCore()
    core.calm()
    core.call()
    core.at += timedelta(seconds=10)
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    desk = Desk(core, tmp_path)
    core.at += timedelta(minutes=5)
    desk.press("k")
    back_at(desk, core.at - timedelta(minutes=5, seconds=5))
    told = desk.core.state.advice["1041"]
    assert told.recommended is not None
    heading = pane(desk, " SEND TO 1041")[0]
    assert heading.endswith(f"core advised {told.recommended.drone} at {told.at:%H:%M:%S}Z")
    assert "NONE" not in heading


def test_traffic_leaves_no_track_and_is_no_record_where_it_was_listened_to(desk: Desk) -> None:
    state, call = desk.core.state, desk.core.state.calls["1041"]
    made = past_advice(state, call, desk.core.sky, desk.core.at, hears_traffic=True)
    for each in made.candidates:
        assert (Verdict.UNKNOWN, "no record") in {
            (gate.verdict, gate.reason) for gate in each.gates if gate.gate == "traffic"
        }
        assert not each.may_launch


def test_the_replays_top_line_keeps_drill_and_the_persons_name(desk: Desk) -> None:
    back_at(desk, on_scene_at(desk.core))
    for size in ((80, 24), (120, 40), (160, 48)):
        line = desk.screen(size)[0]
        assert line.startswith(" REPLAY ")
        assert "DRILL" in line
        assert desk.core.person.name in line
        assert "Esc ends" in line


def test_typed_looks_in_a_replay_pick_from_the_past(desk: Desk) -> None:
    back_at(desk, on_scene_at(desk.core))
    desk.type("near 1055")  # it had not come yet
    assert "1055" in desk.session.preview + desk.session.echo.text
    views = [desk.session.view]
    desk.press("escape")
    desk.type("flight D1")
    views.append(desk.session.view)
    assert views == [View.ALL, View.FLIGHT]
    assert desk.session.selected == "1041"
    assert any("on scene" in line for line in desk.screen())
