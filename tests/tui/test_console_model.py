"""What the console knows, and how old it is: any messages fold, silence ages everything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tui.fakecore import NOON, PEOPLE, FakeCore, on_ground
from tests.tui.incoming import senses

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.drone import Telemetry
from rtcc_core.domain.state import Alarm, Severity, State
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_core.wire.console import (
    Answer,
    AnswerStatus,
    Facts,
    Frame,
    FromCore,
    Goodbye,
    Welcome,
    decode_from_core,
    encode,
)
from rtcc_tui.alarm_watch import BELL_EVERY_S
from rtcc_tui.glyphs import UNICODE
from rtcc_tui.keys import Keys
from rtcc_tui.model import ANSWER_WITHIN_S, ConsoleModel
from rtcc_tui.screenful import draw
from rtcc_tui.session import Session


def story() -> FakeCore:
    core = FakeCore()
    core.calm()
    core.call()
    core.call("1040", priority=None)
    return core


def welcome(state: State | None = None) -> Welcome:
    return Welcome(
        protocol=1,
        core_version="1",
        you=PEOPLE[0],
        console_id="c",
        state=State() if state is None else state,
        at=NOON,
    )


def test_events_fold_to_the_cores_own_state() -> None:
    core = story()
    model = ConsoleModel().received(welcome(), 0.0).received(Facts(events=tuple(core.log)), 1.0)
    assert model.state == core.state
    assert not model.has_gap


def test_events_of_the_snapshot_are_not_folded_twice() -> None:
    core = story()
    model = ConsoleModel().received(welcome(core.state), 0.0)
    assert model.received(Facts(events=tuple(core.log)), 1.0).state == core.state


def test_a_gap_is_noticed_and_nothing_behind_it_is_believed() -> None:
    core = story()
    model = ConsoleModel().received(welcome(), 0.0).received(Facts(events=tuple(core.log[1:])), 1.0)
    assert model.has_gap
    assert model.state.seq == 0
    assert not model.received(welcome(core.state), 2.0).has_gap


def test_the_cores_clock_runs_on_at_the_speed_of_the_drill() -> None:
    core = story()
    assert core.state.programme is not None
    fast = msgspec.structs.replace(
        core.state, programme=msgspec.structs.replace(core.state.programme, drill_speed=10.0)
    )
    model = ConsoleModel().received(welcome(fast), 100.0)
    assert model.core_now(103.0) == NOON + timedelta(seconds=30)
    assert ConsoleModel().core_now(5.0) is None


def test_silence_ages_every_value() -> None:
    model = ConsoleModel().received(welcome(story().state), 0.0)
    model = model.received(Frame(at=NOON, sky=(on_ground("D1"),)), 10.0)
    seen = model.seen("D1", 15.0)
    assert seen.link_age_s is not None
    assert abs(seen.link_age_s - 5.1) < 1e-9
    assert model.seen("D2", 15.0) == Telemetry(drone="D2")


def test_a_lost_core_keeps_the_time_it_was_lost() -> None:
    model = ConsoleModel().received(welcome(), 0.0).lost("gone", 5.0).lost("still gone", 9.0)
    assert (model.down_since, model.down_reason, model.is_connected) == (5.0, "still gone", False)
    assert model.received(welcome(), 11.0).down_since is None


def test_the_worst_alarm_comes_first_and_then_the_newest() -> None:
    def alarm(name: str, severity: Severity, minute: int) -> Alarm:
        at = NOON + timedelta(minutes=minute)
        return Alarm(alarm_id=name, severity=severity, text=name, raised_at=at)

    alarms = [
        alarm("a", Severity.NOTICE, 9),
        alarm("b", Severity.CRITICAL, 1),
        alarm("c", Severity.CRITICAL, 2),
        alarm("d", Severity.WARNING, 5),
    ]
    state = State(alarms={each.alarm_id: each for each in alarms})
    model = ConsoleModel().received(welcome(state), 0.0)
    assert [each.alarm_id for each in model.open_alarms()] == ["c", "b", "d", "a"]


def test_the_bell_rings_once_and_again_every_ten_seconds_until_seen() -> None:
    alarm = Alarm(alarm_id="x", severity=Severity.CRITICAL, text="x", raised_at=NOON)
    session = Session(send=lambda _: None, new_id=lambda: "1")
    session.received(welcome(State(alarms={"x": alarm})), 0.0)
    rung = [at for at in range(25) if session.bell_due(float(at))]
    assert rung == [0, BELL_EVERY_S, 2 * BELL_EVERY_S]
    seen = msgspec.structs.replace(alarm, acknowledged_by="reyes")
    session.received(welcome(State(alarms={"x": seen})), 25.0)
    assert not session.bell_due(60.0)


def test_an_answer_that_comes_late_settles_the_doubt() -> None:
    sent: list[object] = []
    session = Session(send=sent.append, new_id=lambda: "id1")
    session.received(welcome(story().state), 0.0)
    keys = Keys(session)
    keys.press("t", "t", 1.0)
    session.ticked(1.0 + ANSWER_WITHIN_S)
    assert session.echo.text.startswith("UNKNOWN: take 1041")
    session.received(Answer(command_id="id1", status=AnswerStatus.DONE), 4.0)
    assert session.echo.text == "done: take 1041"
    assert len(sent) == 1


def test_each_answer_has_its_own_word() -> None:
    session = Session(send=lambda _: None, new_id=lambda: "id1")
    words = {}
    for status in AnswerStatus:
        session.received(welcome(story().state), 0.0)
        session.ask(cmd.HoldDrone(command_id="", drone="D1"), 1.0)
        session.received(Answer(command_id="id1", status=status, reasons=("because",)), 1.1)
        words[status] = session.echo.text
    assert words[AnswerStatus.DONE] == "ASKED: hold D1 (because)"
    assert words[AnswerStatus.REFUSED] == "REFUSED: hold D1: because"
    assert words[AnswerStatus.UNRECORDED] == "ASKED, NOT RECORDED: hold D1: because"


def test_what_was_in_doubt_is_settled_by_the_next_snapshot() -> None:
    session = Session(send=lambda _: None, new_id=lambda: "id1")
    session.received(welcome(story().state), 0.0)
    Keys(session).press("t", "t", 1.0)
    session.lost("gone", 1.5)
    assert "UNKNOWN: take 1041" in session.echo.text
    session.received(welcome(msgspec.structs.replace(story().state, done_commands={"id1": 9})), 3.0)
    assert session.echo.text == "was stored after all: take 1041"


_LOG = tuple(story().log)
messages: st.SearchStrategy[FromCore] = st.one_of(
    st.sampled_from([welcome(), welcome(story().state), Goodbye(reason="over")]),
    st.lists(st.sampled_from(_LOG), max_size=6).map(lambda events: Facts(events=tuple(events))),
    st.builds(Frame, at=st.just(NOON), sky=st.just((on_ground("D1"), on_ground("D9")))),
    st.builds(Answer, command_id=st.sampled_from(["id", "other"]), status=st.sampled_from(AnswerStatus)),
)
keys_pressed = st.sampled_from(
    [
        "l",
        "h",
        "r",
        "t",
        "n",
        "a",
        "j",
        "k",
        "enter",
        "escape",
        "colon",
        "tab",
        "1",
        "2",
        "q",
        "up",
        "pageup",
        "x",
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(messages, keys_pressed), max_size=25), st.integers(20, 200), st.integers(5, 60))
def test_any_messages_and_keys_fold_and_can_be_drawn(
    steps: list[FromCore | str], width: int, height: int
) -> None:
    session = Session(send=lambda _: None, new_id=lambda: "id", glyphs=UNICODE)
    keys = Keys(session)
    for now, step in enumerate(steps):
        if isinstance(step, str):
            keys.press(step, step if len(step) == 1 else None, float(now))
        else:
            assert decode_from_core(encode(step)) == step
            session.received(step, float(now))
        session.ticked(float(now))
        rows = draw(session, float(now), width, height)
        assert len(rows) == height
        session.painted(now + 0.1, proposal=session.proposal)


def test_every_kind_of_suggestion_has_its_urgency() -> None:
    core = FakeCore()
    for kind in SuggestionKind:
        core.suggests(cmd.HoldDrone(command_id="", drone="D1"), f"{kind.value}?", kind)
    model = ConsoleModel().received(core.welcome(), 0.0)
    assert model.suggestions()[0].kind is SuggestionKind.TRAFFIC
    assert len(model.suggestions()) == len(SuggestionKind)


def test_alerts_that_stand_come_before_those_that_are_over_and_the_urgent_first() -> None:
    core = FakeCore()
    reported: tuple[tuple[str, dict[str, Any]], ...] = (
        ("1", {"priority": 1, "retracted": "wrong plate"}),
        ("2", {"priority": 3}),
        ("3", {"priority": 1}),
        ("4", {"priority": None}),
        ("5", {"priority": 1}),
    )
    for uid, changed in reported:
        senses(core, uid, **changed)
        core.at += timedelta(seconds=1)
    core.tell(cmd.DismissAlert(command_id="x", alert_id="A5", reason="test"), by="reyes")
    model = ConsoleModel().received(core.welcome(), 0.0)
    assert [alert.alert_id for alert in model.waiting_alerts()] == ["A3", "A2", "A4", "A1"]
