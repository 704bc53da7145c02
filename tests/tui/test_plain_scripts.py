"""Scripts of the line mode: waiting, line numbers, exit codes; and the lock, which stops the telling."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.tui.fakecore import HQ, SCENE, FakeCore, in_air
from tests.tui.talk import Talk

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.drone import Landed, Mode
from rtcc_core.domain.flight import Outcome
from rtcc_tui.actions import REGISTRY
from rtcc_tui.lock_state import LockState
from rtcc_tui.model import ANSWER_WITHIN_S
from rtcc_tui.plain_lock import lock_words
from rtcc_tui.plain_words import Own, Remark, Verbose, Wait, Wrong, own_word, phase_names

FIRST_FLIGHT = """\
# first-flight, flown by a script
wait for 1041 within 60
wait D1 ready within 60

launch D1 1041
wait D1 on scene within 180
note 1041 the script sees the scene
rtl D1
wait D1 landed within 300
"""


async def test_a_script_flies_first_flight(tmp_path: Path) -> None:
    core = FakeCore()
    core.calm()
    async with core.serve(tmp_path / "s") as path:
        talk = Talk(core, path, assume_yes=True, is_script=True)
        talk.type(*FIRST_FLIGHT.splitlines())
        await talk.hears("DRILL.")
        assert core.asked == []
        await core.change(lambda c: c.call())
        await core.commands(1)
        await core.change(lambda c: c.settle("D1"))
        await core.change(lambda c: c.fly("D1"))
        await core.commands(3)
        await core.change(lambda c: c.settle("D1"))
        await core.change(
            lambda c: c.sees(in_air("D1", SCENE, 60.0, mode=Mode.RETURN, ground_speed_m_s=10.0), 5)
        )
        await core.change(lambda c: c.sees(in_air("D1", HQ, 20.0, mode=Mode.LAND), 60))
        down = in_air("D1", HQ, 0.0, mode=Mode.LAND, landed=Landed.ON_GROUND, armed=False)
        await core.change(lambda c: c.sees(down, 20))
        assert await talk.end() == 0, talk.said
    assert [type(asked) for asked in core.asked] == [cmd.LaunchDrone, cmd.AddNote, cmd.ReturnDrone]
    for phase in ("armed", "climbing", "transit", "on scene", "returning", "landed"):
        assert any(line.startswith(f"D1 {phase}") for line in talk.said), phase


async def test_what_fails_is_said_with_its_line_and_the_rest_goes_on(core: FakeCore, tmp_path: Path) -> None:
    async with core.serve(tmp_path / "s") as path:
        talk = Talk(core, path, is_script=True)
        talk.type(
            "# a remark", "", "bogus", "note 1041 goes on", "wait D1 on scene within 0", "launch D1 1041"
        )
        await talk.hears("go sends it")
        assert await talk.end() == 1
    assert any(line.startswith("line 3: bogus is not a verb") for line in talk.said)
    assert any(line.startswith("line 5: D1 on scene: NOT within 0 seconds") for line in talk.said)
    assert "line 6: dropped at the end of the input: nothing was sent" in talk.said
    assert talk.said[-1] == "not everything was done: see line 3, 5, 6"
    assert [type(asked) for asked in core.asked] == [cmd.AddNote]


async def test_without_a_core_nothing_of_a_script_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rtcc_tui.plain_run.CORE_WITHIN_S", 0.1)
    talk = Talk(FakeCore(), tmp_path / "nobody", is_script=True)
    talk.type("note 1041 nobody hears this")
    assert await talk.end() == 2
    assert talk.said[-1].startswith("line 1: no core to ask: no core is running at ")
    assert talk.said[-1].endswith("This line and what follows was NOT done")


async def test_a_flight_that_never_leaves_ends_the_wait(core: FakeCore, tmp_path: Path) -> None:
    async with core.serve(tmp_path / "s") as path:
        talk = Talk(core, path, assume_yes=True, is_script=True)
        talk.type("launch D1 1041", "wait D1 on scene")
        await core.commands(1)
        await core.change(lambda c: c.settle("D1", Outcome.REFUSED, "not armable"))
        assert await talk.end() == 1
    assert "line 2: D1 aborted: it was not on scene" in talk.said


async def test_at_a_keyboard_the_next_line_ends_a_wait_and_a_recall_waits_for_no_answer(
    core: FakeCore, tmp_path: Path
) -> None:
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    async with core.serve(tmp_path / "s") as path:
        talk = Talk(core, path)
        await talk.hears("CALL 1041")
        talk.type("wait D1 on scene")
        talk.type("hold D1")
        await talk.hears("wait D1 on scene is given up")
        await talk.hears("go sends it")
        core.answers = False
        talk.type("note 1041 nobody answers")
        await core.commands(1)
        talk.said.clear()
        talk.type("rtl D1")
        await talk.hears("go sends it")
        talk.type("go")
        await core.commands(2)
        assert isinstance(core.asked[0], cmd.AddNote)
        assert isinstance(core.asked[1], cmd.ReturnDrone)
        assert not any("UNKNOWN" in line for line in talk.said), "it waited for the answer to the note"
        talk.now += 2 * ANSWER_WITHIN_S
        await talk.hears("UNKNOWN: note on 1041")
        assert await talk.end() == 1


async def test_many_of_one_cause_are_one_line(core: FakeCore, tmp_path: Path) -> None:
    def restart(fake: FakeCore) -> None:
        for number in range(1, 21):
            fake.happens(ev.LinkFound(drone=f"D{number}"))
            fake.happens(ev.AircraftRestarted(drone=f"D{number}", in_flight=False))

    async with core.serve(tmp_path / "s") as path:
        talk = Talk(core, path)
        await talk.hears("CALL 1041")
        talk.said.clear()
        await core.change(restart)
        await talk.hears("D1 to D20 link up (20 times)")
        await talk.hears("D1 to D20 RESTARTED (20 times)")
        talk.type("verbose on")
        await talk.hears("everything is said")
        await core.change(lambda c: c.happens(ev.LinkFound(drone="D2")))
        await talk.hears("D2 link up, 12:00 UTC")
        assert await talk.end() == 0
    assert len(talk.said) <= 6


async def test_a_locked_console_tells_nothing_of_calls_and_sends_nothing(
    core: FakeCore, tmp_path: Path
) -> None:
    core.pin = "4711-x"
    async with core.serve(tmp_path / "s") as path:
        talk = Talk(core, path)
        await talk.hears("CALL 1041")
        talk.type("lock")
        await talk.hears("LOCKED (asked for)")
        talk.said.clear()
        await core.change(lambda c: c.call("1042", type_text="SECRET"))
        await core.change(
            lambda c: c.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="oyama")
        )
        await core.change(lambda c: c.settle("D1", Outcome.UNKNOWN, "SECRET"))
        assert await talk.hears("ALARM") == "ALARM CRITICAL D1"
        talk.type("calls", "hold D1", "1041")
        await talk.hears("locked: nothing is told")
        talk.type("unlock", "0000")
        await talk.hears("LOCKED: that is not your PIN")
        assert not any("SECRET" in line or "1041" in line for line in talk.said)
        talk.type("unlock", core.pin)
        await talk.hears("unlocked")
        await talk.hears("CALL 1042 priority 1 SECRET")
        assert core.asked == []
        assert core.pin not in " ".join(talk.said)
        assert await talk.end() == 1


def test_without_a_pin_a_drill_is_unlocked_by_an_empty_line_and_a_shift_by_a_new_login() -> None:
    lock = LockState(is_locked=True, has_pin=False)
    assert "an empty line, opens it" in lock_words(lock, is_drill=True)
    assert "quit, and log in again" in lock_words(lock, is_drill=False)


async def test_it_locks_by_itself_where_the_agency_says_so_and_never_in_a_drill(
    core: FakeCore, tmp_path: Path
) -> None:
    async with core.serve(tmp_path / "s") as path:
        talk = Talk(core, path)
        await talk.hears("DRILL.")
        talk.now += 3600.0
        talk.type("alarms")
        await talk.hears("no alarms")
        assert not talk.console.lock.is_locked
        assert await talk.end() == 0
    programme = core.state.programme
    assert programme is not None
    core.state = msgspec.structs.replace(
        core.state, programme=msgspec.structs.replace(programme, is_drill=False)
    )
    async with core.serve(tmp_path / "t") as path:
        talk = Talk(core, path)
        await talk.hears("CALL 1041")
        talk.type("alarms")
        await talk.hears("no alarms")
        talk.now += programme.lock_after_min * 60.0
        await talk.hears("LOCKED (idle for 15 minutes)")
        assert await talk.end() == 0


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("# wait", Remark()),
        ("wait 5", Wait(seconds=5.0, words="5")),
        ("wait for 1041", Wait(call="1041", words="for 1041")),
        (
            "wait d1 on scene within 30 s",
            Wait(drone="D1", phase="on scene", seconds=30.0, words="d1 on scene within 30 s"),
        ),
        ("wait D1 on_scene", Wait(drone="D1", phase="on scene", words="D1 on_scene")),
        ("verbose on", Verbose(True)),
        ("launch D1", None),
    ],
)
def test_the_lines_own_words(line: str, own: Own | None) -> None:
    assert own_word(line, REGISTRY, ("D1",), phase_names(str)) == own


@pytest.mark.parametrize(
    "line",
    [
        "wait",
        "wait -1",
        "wait inf",
        "wait D9 on scene",
        "wait D1 dancing",
        "wait D1",
        "verbose",
        "unlock 4711",
    ],
)
def test_what_the_line_mode_does_not_understand(line: str) -> None:
    assert isinstance(own_word(line, REGISTRY, ("D1",), phase_names(str)), Wrong)
