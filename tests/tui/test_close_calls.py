"""Ways to lose control of an aircraft, or the truth about one, that no key and no message may open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import msgspec
import pytest
from tests.tui.conftest import OpenConsole
from tests.tui.fakecore import FakeCore

from rtcc_core.domain.commands import (
    AcceptSuggestion,
    AcknowledgeAlarm,
    AddNote,
    AnyCommand,
    LaunchDrone,
    ReturnDrone,
    SetHeight,
)
from rtcc_core.domain.context import Refused
from rtcc_core.domain.events import BingoReached, LinkLost
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_core.wire.console import Facts, FromCore, LookBack, LookedBack, Query, ReadBack
from rtcc_tui.keys import TOO_FAST, Keys
from rtcc_tui.plain import PlainConsole
from rtcc_tui.proposals import CHANGED
from rtcc_tui.replaying import Replay, Tape
from rtcc_tui.screenful import draw
from rtcc_tui.session import Mode, Session


class Recorder:
    """A line to a core, and a voice, that keep what goes out."""

    def __init__(self) -> None:
        self.sent: list[AnyCommand] = []
        self.asked: list[Query] = []
        self.said: list[str] = []

    async def run(self, listener: object) -> None:
        self.said.append(f"listens for {listener}")

    def send(self, command: AnyCommand) -> None:
        self.sent.append(command)

    def query(self, question: Query) -> None:
        self.asked.append(question)

    def restart(self) -> None:
        self.said.append("begins again")

    def say(self, line: str) -> None:
        self.said.append(line)

    def news(self, line: str) -> None:
        self.said.append(line)


class Seat:
    """A session and its keys; what it shows counts as painted when a test says so."""

    def __init__(self, core: FakeCore) -> None:
        self.core = core
        self.line = Recorder()
        self.at = 100.0
        self._heard = core.state.seq
        ids = count()
        self.session = Session(send=self.line.send, query=self.line.query, new_id=lambda: f"q{next(ids)}")
        self.keys = Keys(self.session)
        self.hear(core.welcome(), core.frame())

    def hear(self, *messages: FromCore) -> None:
        for message in messages:
            self.session.received(message, self.at)

    def catch_up(self) -> None:
        """The console hears what has happened since it was last told."""
        new = tuple(stored for stored in self.core.log if stored.seq > self._heard)
        self._heard = self.core.state.seq
        self.hear(Facts(events=new), self.core.frame())

    def paint(self, after_s: float = 0.01) -> None:
        self.at += after_s
        session = self.session
        alarms = session.alarms.to_paint(session.model, self.at)
        suggestion = next(iter(session.model.suggestions()), None)
        session.painted(
            self.at,
            proposal=session.proposal,
            alarms=alarms,
            suggestion_id=suggestion.suggestion_id if suggestion and session.mode is Mode.LOOK else None,
        )

    def press(self, *keys: str, after_s: float = 0.3) -> None:
        for key in keys:
            self.at += after_s
            self.keys.press(key, key if len(key) == 1 else None, self.at)

    def write(self, line: str) -> None:
        self.press("colon")
        for char in line:
            self.at += 0.05
            self.keys.press("space" if char == " " else char, char, self.at)

    def screen(self, width: int = 120, height: int = 40) -> str:
        return "\n".join(draw(self.session, self.at, width, height))


@pytest.fixture
def flying(core: FakeCore) -> FakeCore:
    """D1 is on scene."""
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    return core


def lost_link(callsign: str) -> LinkLost:
    return LinkLost(drone=callsign, last_position=None, last_height_m=None, failsafe="returns home")


def in_earnest(core: FakeCore, lock_after_min: float = 1.0) -> None:
    """No drill: consoles lock after a while."""
    assert core.state.programme is not None
    programme = msgspec.structs.replace(core.state.programme, is_drill=False, lock_after_min=lock_after_min)
    core.state = msgspec.structs.replace(core.state, programme=programme)


@pytest.mark.parametrize("is_script", [False, True], ids=["keyboard", "script"])
def test_a_line_mode_that_is_used_is_never_locked_behind_its_back(core: FakeCore, is_script: bool) -> None:
    in_earnest(core)
    line, now = Recorder(), 0.0
    plain = PlainConsole(line, voice=line, is_script=is_script, clock=lambda: now)
    plain.received(core.welcome())
    plain.received(core.frame())
    for second in range(1, 100):
        now = float(second)
        plain.received(core.frame())
        plain.heard("fleet")
        plain.tick()
    assert line.asked == []


# --- what is sent is what was read ------------------------------------------------------------------


def descend(core: FakeCore, height_m: float, text: str) -> str:
    lower = SetHeight(command_id="", drone="D1", height_m=height_m)
    return core.suggests(lower, text, SuggestionKind.TRAFFIC)


@pytest.mark.parametrize("is_typed", [False, True], ids=["key", "typed"])
def test_a_suggestion_made_anew_under_the_confirmation_is_not_accepted(
    flying: FakeCore, is_typed: bool
) -> None:
    flying.person = flying.state.people["oyama"]
    key = descend(flying, 30.0, "descend to 30 m?")
    seat = Seat(flying)
    seat.paint()
    if is_typed:
        seat.write("accept")
    else:
        seat.press("y")
    seat.paint()
    assert "30 m" in seat.screen()
    home = ReturnDrone(command_id="", drone="D1")
    flying.suggests(home, "return?", SuggestionKind.TRAFFIC, suggestion_id=key)
    seat.catch_up()
    seat.press("enter")
    assert seat.line.sent == []
    assert CHANGED in seat.screen()
    seat.paint()
    seat.press("enter")
    assert [type(sent) for sent in seat.line.sent] == [AcceptSuggestion]


@pytest.mark.parametrize("size", [(80, 24), (45, 12)])
def test_a_long_title_pushes_no_order_off_the_line_that_is_answered(
    flying: FakeCore, size: tuple[int, int]
) -> None:
    home = ReturnDrone(command_id="", drone="D1")
    flying.suggests(home, "\u65e5\u672c" * 100 + ": bring it home?", SuggestionKind.CALL_OVER)
    seat = Seat(flying)
    seat.paint()
    seat.press("y")
    assert "return D1" in seat.screen(*size)


def test_the_core_refuses_a_suggestion_that_asks_something_else_than_was_seen(flying: FakeCore) -> None:
    key = descend(flying, 30.0, "descend to 30 m?")
    seen = flying.state.seq
    descend(flying, 30.0, "descend to 30 m, 400 m away?")
    assert flying.state.suggestions[key].changed_seq == seen
    descend(flying, 45.0, "descend to 45 m?")
    late = AcceptSuggestion(command_id="y", suggestion_id=key, seen_seq=seen)
    refused = flying.tell(late, by="reyes")
    assert isinstance(refused, Refused)
    assert "something else since you looked" in refused.reasons[0]


def test_a_line_mode_go_accepts_nothing_that_was_made_anew(flying: FakeCore) -> None:
    descend(flying, 30.0, "descend to 30 m?")
    line = Recorder()
    plain = PlainConsole(line, voice=line, clock=lambda: 100.0)
    plain.received(flying.welcome())
    plain.received(flying.frame())
    plain.heard("accept D1")
    before = flying.state.seq
    descend(flying, 45.0, "descend to 45 m?")
    plain.received(Facts(events=tuple(stored for stored in flying.log if stored.seq > before)))
    plain.heard("go", read_at=101.0)
    assert line.sent == []
    assert any(CHANGED in said for said in line.said)


def test_an_enter_that_comes_with_the_paint_has_read_nothing(core: FakeCore) -> None:
    """A slow terminal: the line was opened long ago and drawn just now."""
    seat = Seat(core)
    seat.press("l")
    seat.paint(after_s=3.0)
    seat.press("enter", after_s=0.05)
    assert seat.line.sent == []
    assert seat.session.echo.text == TOO_FAST


@pytest.mark.parametrize("is_marked", [True, False], ids=["marked", "unmarked"])
def test_the_enter_at_the_end_of_a_paste_in_pieces_answers_no_confirmation(
    core: FakeCore, is_marked: bool
) -> None:
    seat = Seat(core)
    seat.press("l")
    seat.paint()
    seat.at += 1.0
    seat.keys.paste("units respond to the north side of the park " * 3, seat.at, is_marked=is_marked)
    seat.press("enter", after_s=0.05)
    assert seat.line.sent == []
    assert seat.session.mode is Mode.LOOK


# --- what is shown is so ------------------------------------------------------------------------------


def test_telemetry_from_before_a_gap_is_as_old_as_it_is_until_the_next_frame(flying: FakeCore) -> None:
    seat = Seat(flying)
    seat.at += 600.0
    seat.hear(flying.welcome())
    age_s = seat.session.model.seen("D1", seat.at).link_age_s
    assert age_s is not None
    assert age_s >= 600.0
    seat.hear(flying.frame())
    assert seat.session.model.seen("D1", seat.at).link_age_s == flying.sky["D1"].link_age_s


def test_a_small_screen_in_a_replay_shows_the_alarms_of_now_and_says_that_it_is_one(core: FakeCore) -> None:
    before = core.state
    core.happens(lost_link("D1"))
    seat = Seat(core)
    replay = seat.session.replay
    replay.go(core.at, core.at, seat.session.question)
    seat.hear(LookedBack(query_id=seat.line.asked[-1].query_id, at=core.at, state=before, progress=1.0))
    assert replay.is_on
    seat.session.lost("gone", seat.at)
    small = seat.screen(60, 20)
    assert "D1 LINK LOST" in small
    assert "NO CORE" in small
    assert "REPLAY" in small


def test_a_step_key_that_is_held_down_asks_for_one_moment_after_the_other(core: FakeCore) -> None:
    """Each jump may cost the core a second, and it closes a console with 256 questions waiting."""
    replay, asked, ids = Replay(), list[LookBack](), count()

    def ask(make: Callable[[str], Query]) -> str:
        question = make(f"q{next(ids)}")
        assert isinstance(question, LookBack)
        asked.append(question)
        return question.query_id

    def answer() -> None:
        told = LookedBack(query_id=asked[-1].query_id, at=asked[-1].at, state=core.state, progress=1.0)
        replay.looked_back(told, ask)

    replay.go(core.at, core.at, ask)
    answer()
    for _ in range(300):
        replay.step(timedelta(minutes=-1), core.at, ask)
    assert len(asked) == 2
    answer()
    assert replay.at == core.at - timedelta(minutes=1)
    answer()
    assert replay.at == core.at - timedelta(minutes=300)
    assert not replay.is_waiting
    assert len(asked) == 3


def test_a_long_replay_keeps_only_the_newest_minutes(core: FakeCore) -> None:
    began, state = core.at, core.state
    tape = Tape(since=began, until=began, times=[began], states=[state])
    for minute in range(60):
        core.at += timedelta(minutes=1)
        before = core.state.seq
        core.tell(AddNote(command_id=f"n{minute}", call_id="1041", text=f"{minute}"), by="reyes")
        events = tuple(stored for stored in core.log if stored.seq > before)
        tape.went_on(ReadBack(query_id="", events=events, until=core.at))
        tape.forget(core.at - timedelta(minutes=10))
    assert len(tape.states) == len(tape.times) == 11
    assert tape.since == core.at - timedelta(minutes=10)
    assert tape.state_at(tape.since).calls["1041"].house_notes[-1].text == "49"
    assert tape.state_at(core.at) == core.state


# --- the bell -------------------------------------------------------------------------------------------


async def test_a_terminal_that_stopped_reading_is_rung_once_it_reads_again(
    core: FakeCore, console: OpenConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its queue has room for thirty writes; the next one would stop the loop, and the core close it."""
    backlog, rung = 0, list[str]()
    monkeypatch.setattr("rtcc_tui.app.backlog_of", lambda _driver: backlog)
    async with console(core, has_bell=True) as hand:
        monkeypatch.setattr(hand.app, "bell", lambda: rung.append("rung"))
        backlog = 1
        await core.change(lambda c: c.happens(lost_link("D1")))
        await hand.until(lambda app: app.is_bell_due)
        assert rung == []
        backlog = 0
        await hand.until(lambda _app: rung)


def test_another_aircrafts_link_rings_at_once_where_the_first_was_acknowledged(core: FakeCore) -> None:
    seat = Seat(core)
    core.happens(lost_link("D1"))
    seat.catch_up()
    assert seat.session.bell_due(seat.at)
    core.tell(AcknowledgeAlarm(command_id="a", alarm_id="link:D1"), by="reyes")
    seat.catch_up()
    seat.at += 1.0
    assert not seat.session.bell_due(seat.at)
    core.happens(lost_link("D2"))
    seat.catch_up()
    assert seat.session.bell_due(seat.at + 1.0)


# --- what is acknowledged was read --------------------------------------------------------------------


def test_an_alarm_that_comes_under_the_finger_is_not_acknowledged_unread(core: FakeCore) -> None:
    core.happens(lost_link("D2"))
    seat = Seat(core)
    seat.paint()
    core.happens(BingoReached(flight_id="F1", drone="D1", battery_fraction=0.2))
    seat.catch_up()
    seat.paint(after_s=1.0)
    seat.press("a", after_s=0.05)
    assert seat.line.sent == []
    assert "just changed" in seat.screen()
    seat.press("a")
    assert [getattr(sent, "alarm_id", "") for sent in seat.line.sent] == ["bingo:D1"]


def test_a_typed_line_that_means_something_else_by_now_is_read_again(core: FakeCore) -> None:
    core.happens(lost_link("D2"))
    seat = Seat(core)
    seat.paint()
    seat.write("ack")
    assert "D2 LINK LOST" in seat.session.preview
    core.happens(BingoReached(flight_id="F1", drone="D1", battery_fraction=0.2))
    seat.catch_up()
    seat.paint()
    seat.press("enter")
    assert seat.line.sent == []
    assert "D1 BINGO" in seat.session.preview
    seat.press("enter")
    assert [getattr(sent, "alarm_id", "") for sent in seat.line.sent] == ["bingo:D1"]
