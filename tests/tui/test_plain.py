"""Line mode: the same model and verbs, one line per event, nothing but ASCII, and an exit code."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.tui.fakecore import PEOPLE, SCENE, FakeCore, on_ground
from tests.tui.incoming import knows, senses
from tests.tui.past import an_hour_ago, on_scene_at, write
from tests.tui.talk import Talk

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.call import Place
from rtcc_core.domain.flight import Outcome
from rtcc_core.domain.state import Severity
from rtcc_core.domain.streets import Lookup, Match, Quality
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_tui.plain import GO_WITHIN_S
from rtcc_tui.plain_alarms import AGAIN_S
from rtcc_tui.speech import spoken


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "core.sock"


async def test_a_launch_wants_go(core: FakeCore, path: Path) -> None:
    async with core.serve(path):
        talk = Talk(core, path)
        await talk.hears("DRILL. ELK MEADOW. You are A. REYES, dispatcher.")
        await talk.hears("CALL 1041 priority 1 ROBBERY IN PROGRESS")
        talk.type("launch")
        await talk.hears("LAUNCH D1 to 1041 ROBBERY IN PROGRESS, overhead in 1 minute ")
        assert core.asked == []
        talk.type("go")
        (asked,) = await core.commands(1)
        assert isinstance(asked, cmd.LaunchDrone)
        await talk.hears("ASKED: launch D1 to 1041")
        assert await talk.end() == 0


async def test_anything_else_drops_it(core: FakeCore, path: Path) -> None:
    async with core.serve(path):
        talk = Talk(core, path)
        talk.type("launch d2 1041", "note 1041 wait", "go")
        await talk.hears("nothing is waiting for go")
        assert await talk.end() == 1
        assert [type(asked) for asked in core.asked] == [cmd.AddNote]


async def test_a_go_that_is_pasted_with_its_proposal_sends_nothing(core: FakeCore, path: Path) -> None:
    async with core.serve(path):
        talk = Talk(core, path)
        await talk.hears("CALL 1041")
        talk.type("launch d2 1041", "go")
        await talk.hears("that go came faster than a person reads")
        talk.type("go")
        await talk.hears("nothing is waiting for go")
        assert await talk.end() == 1
        assert core.asked == []


async def test_a_script_says_go_at_once(core: FakeCore, path: Path) -> None:
    async with core.serve(path):
        talk = Talk(core, path, is_script=True)
        talk.type("launch d2 1041", "go")
        assert await talk.end() == 0
        assert [type(asked) for asked in core.asked] == [cmd.LaunchDrone]


async def test_go_is_too_late_after_thirty_seconds(core: FakeCore, path: Path) -> None:
    async with core.serve(path):
        talk = Talk(core, path)
        talk.type("launch")
        await talk.hears("go sends it")
        talk.now += GO_WITHIN_S + 1
        talk.type("go")
        await talk.hears("too late")
        assert await talk.end() == 1
        assert core.asked == []


async def test_scripts_say_yes_and_get_an_exit_code(core: FakeCore, path: Path) -> None:
    async with core.serve(path):
        talk = Talk(core, path, assume_yes=True)
        talk.type("launch d1 1041", "launch d1 1041")
        await talk.hears("REFUSED: launch D1")
        assert await talk.end() == 1
        assert len(core.asked) == 2


async def test_a_script_of_good_lines_ends_with_zero(core: FakeCore, path: Path) -> None:
    async with core.serve(path):
        talk = Talk(core, path, assume_yes=True)
        talk.type("launch", "take 1041", "wind 5m/s 240", "quit")
        assert await talk.end() == 0
        assert len(core.asked) == 3


async def test_events_alarms_and_troubles_are_one_line_each(core: FakeCore, path: Path) -> None:
    async with core.serve(path):
        talk = Talk(core, path)
        await talk.hears("CALL 1041")
        await core.change(lambda c: c.call("1042", priority=2, type_text="FIRE"))
        line = await talk.hears("NEW CALL 1042 priority 2 FIRE at Laguna Blvd x Bruceville Rd")
        # D1 is nearer, and kept for 1041, which is more urgent and still waits.
        assert "; send D2, overhead in " in line
        assert line.endswith(": launch D2 1042, 12:00 UTC")
        await core.change(
            lambda c: c.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="oyama")
        )
        await core.change(lambda c: c.settle("D1", Outcome.UNKNOWN, "no acknowledgement"))
        await talk.hears("D1 launch UNKNOWN: no acknowledgement")
        await talk.hears("ALARM CRITICAL D1 launch UNKNOWN")
        talk.type("ack")
        await talk.hears("done: acknowledge D1 launch UNKNOWN")
        await core.drop()
        await talk.hears("NO CORE for 0 seconds: orders are not being sent.")
        await talk.hears("over: NO CORE")
        talk.type("quit")
        await talk.hears("D1 is out; leaving does not touch it. go leaves")
        talk.type("yes")
        assert await talk.end() == 0


async def test_what_may_not_go_is_said_with_every_reason(path: Path) -> None:
    core = FakeCore(PEOPLE[0])
    core.sees(on_ground("D1", battery_fraction=0.05))
    core.call()
    async with core.serve(path):
        talk = Talk(core, path)
        await talk.hears("CALL 1041")
        talk.type("launch")
        line = await talk.hears("no aircraft may go to 1041")
        assert "D1: battery" in line
        assert "D2: " in line
        assert await talk.end() == 1


def test_spoken_text_is_ascii_in_one_line() -> None:
    assert spoken("Café — “ok”\x1b[31m\n\u202eüber → 日本") == 'Cafe - "ok"[31m uber to ??'


async def test_as_a_process_it_loads_no_screen_and_writes_no_escape(core: FakeCore, path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from rtcc_tui.commands import run_console;"
        "code = run_console(Path(sys.argv[1]), plain=True);"
        "assert not any(name.split('.')[0] == 'textual' for name in sys.modules); sys.exit(code)"
    )
    async with core.serve(path):
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", script, str(path)],
            input=b"help\nlaunch\ngo\n",
            capture_output=True,
            timeout=30,
            env={**os.environ, "TERM": "dumb"},
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert b"\x1b" not in done.stdout
    assert b"ASKED: launch D1" in done.stdout
    assert [type(asked) for asked in core.asked] == [cmd.LaunchDrone]


async def test_what_stands_can_be_read_again(core: FakeCore, path: Path) -> None:
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    core.call("1042", place=Place(position=SCENE))
    async with core.serve(path):
        talk = Talk(core, path)
        await talk.hears("CALL 1042 priority 1 ROBBERY IN PROGRESS at 38.42636 -121.41188")
        talk.said.clear()
        talk.type("fleet", "calls", "alarms", "suggestions", "help relief")
        line = await talk.hears("D1 of HQ on scene for 1041")
        assert "bingo " in line
        assert "flown by you" in line
        await talk.hears(
            "CALL 1041 priority 1 ROBBERY IN PROGRESS at Laguna Blvd x Bruceville Rd: D1 on scene"
        )
        await talk.hears("no alarms")
        await talk.hears("nothing is suggested now")
        await talk.hears("relief [AIRCRAFT] [with AIRCRAFT] [override REASON]: send another aircraft")
        assert await talk.end() == 0
        assert core.asked == []


async def test_a_suggestion_is_told_and_accepted_with_go(core: FakeCore, path: Path) -> None:
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    async with core.serve(path):
        talk = Talk(core, path)
        await talk.hears("CALL 1041")
        hold = cmd.HoldDrone(command_id="", drone="D1")
        await core.change(lambda c: c.suggests(hold, "D1 wind 14 m/s: hold it?", SuggestionKind.HEALTH))
        await talk.hears("SUGGESTED health: D1 wind 14 metres per second: hold it? accept D1, or decline D1 ")
        talk.type("accept")
        await talk.hears("ACCEPT: hold D1; because D1 wind 14 metres per second: hold it?")
        assert core.asked == []
        talk.type("go")
        (asked,) = await core.commands(1)
        assert isinstance(asked, cmd.AcceptSuggestion)
        await talk.hears("ASKED: accept: hold D1")
        assert await talk.end() == 0


async def test_an_alarm_that_nobody_acknowledges_is_said_again(core: FakeCore, path: Path) -> None:
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="oyama")
    core.settle("D1", Outcome.UNKNOWN, "no acknowledgement")
    async with core.serve(path):
        talk = Talk(core, path)
        await talk.hears("ALARM CRITICAL D1 launch UNKNOWN")
        talk.said.clear()
        talk.now += AGAIN_S[Severity.CRITICAL]
        await talk.hears("STILL ALARM CRITICAL D1 launch UNKNOWN")
        talk.type("ack")
        await talk.hears("done: acknowledge D1 launch UNKNOWN")
        talk.said.clear()
        talk.now += 2 * AGAIN_S[Severity.CRITICAL]
        talk.type("alarms")
        await talk.hears("seen by A. REYES")
        assert not any(line.startswith("STILL") for line in talk.said)
        assert await talk.end() == 0


async def test_a_street_is_looked_up_before_the_line_is_proposed(core: FakeCore, path: Path) -> None:
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    found = Match(label="Elk St / 1st St", position=SCENE, quality=Quality.CROSSING, uncertainty_m=10.0)
    core.streets["elk / first"] = Lookup(matches=(found,))
    async with core.serve(path):
        talk = Talk(core, path)
        talk.type("goto D1 elk / first")
        await talk.hears("GO TO Elk St / 1st St (38.42636 -121.41188) with D1")
        talk.type("go")
        (asked,) = await core.commands(1)
        assert isinstance(asked, cmd.GoTo)
        talk.type("goto D1 nowhere")
        await talk.hears("no street is like nowhere")
        assert await talk.end() == 1


async def test_a_call_is_opened_by_voice_alone_and_launched_on(core: FakeCore, tmp_path: Path) -> None:
    senses(core)
    knows(core, "9260 elk park dr", "9260 Elk Park Dr")
    async with core.serve(tmp_path / "s") as path:
        talk = Talk(core, path)
        await talk.hears("A1 PLATE priority 2 STOLEN VEHICLE 8ABC123")
        talk.type("new 9260 elk park dr, p1 shots heard", "launch")
        await talk.hears("NEW CALL C2 (opened here) priority 1 shots heard at 9260 Elk Park Dr")
        await talk.hears("LAUNCH D2 to C2 shots heard")
        await talk.hears("go sends it")
        talk.type("go", "call A1", "near", "alerts", "feeds")
        await talk.hears("ALERT A1 belongs to C3, by A. REYES")
        await talk.hears("NEAR C3 Laguna Blvd")
        await talk.hears("no asset file is read")
        await talk.hears("BELONGS TO C3, by A. REYES")
        await talk.hears("COUNTY up since")
        assert await talk.end() == 0
    assert all(line.isascii() for line in talk.said)
    assert [type(asked) for asked in core.asked] == [cmd.OpenCall, cmd.LaunchDrone, cmd.MakeCall]


async def test_a_place_that_is_nowhere_is_said_and_the_same_line_opens_the_call_all_the_same(
    core: FakeCore, tmp_path: Path
) -> None:
    async with core.serve(tmp_path / "s") as path:
        talk = Talk(core, path)
        await talk.hears("CALL 1041")
        talk.type("new the old barn, fight")
        await talk.hears("The same line again opens the call WITHOUT A POSITION")
        assert core.asked == []
        talk.type("new the old barn, fight")
        await talk.hears("NEW CALL C2 (opened here) priority UNKNOWN fight at the old barn, NO POSITION")
        assert await talk.end() == 1


async def test_the_past_is_searched_and_read_out_and_a_broken_journal_fails_the_script(
    tmp_path: Path,
) -> None:
    core = an_hour_ago()
    await write(core, tmp_path / "journal.db")
    async with core.serve(tmp_path / "core.sock") as path:
        talk = Talk(core, path)
        talk.type("journal ran north", f"replay {on_scene_at(core):%H:%M:%S}", "replay 2020-01-01 03:12")
        await talk.hears("gnp2J ran north")
        await talk.hears("REPLAY 2026-03-01 12:01 UTC")
        await talk.hears("D1 on scene")
        await talk.hears("the journal begins at")
        assert await talk.end() == 1
    told = "\n".join(talk.said)
    assert told.isascii()
    assert "\x1b" not in told
    past = told[told.index("REPLAY") : told.index("end of the replay")]
    assert "CALL 1041" in past
    assert "1055" not in past
    assert core.asked == []
