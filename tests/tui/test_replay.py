"""The replay: the screens as they were, and nothing that leads from there to an aircraft."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.tui.conftest import OpenConsole
from tests.tui.fakecore import FakeCore
from tests.tui.past import an_hour_ago, answered, on_scene_at, write

from rtcc_core.domain.commands import AcknowledgeAlarm, HoldDrone, LaunchDrone, TakeCall
from rtcc_core.domain.events import BingoReached
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.state import State
from rtcc_core.wire.console import Facts, LookedBack, Query
from rtcc_tui.keys import Keys
from rtcc_tui.looking import View
from rtcc_tui.moments import is_moment, moment
from rtcc_tui.past_keys import NOT_IN_REPLAY, OTHER_JOURNAL
from rtcc_tui.screenful import boxes, draw, pane_lines
from rtcc_tui.session import Session

NOW = 100.0


class Desk:
    """A session on a real journal; what it asks is answered at once, what it orders is kept."""

    def __init__(self, core: FakeCore, folder: Path) -> None:
        self.core = core
        self.folder = folder
        self.past = asyncio.run(write(core, folder / "journal.db"))
        self.sent: list[object] = []
        self.asked: list[Query] = []
        ids = itertools.count()
        self.session = Session(send=self.sent.append, new_id=lambda: f"q{next(ids)}", query=self.asked.append)
        self.session.received(core.welcome(), NOW)
        self.session.received(core.frame(), NOW)
        self.keys = Keys(self.session)
        self.now = NOW

    def answer(self) -> None:
        """Everything that was asked, and what follows from the answers."""
        while self.asked:
            reply = answered(self.past, self.asked.pop(0))
            if reply is not None:
                self.session.received(reply, self.now)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.now += 0.5
            self.session.received(self.core.frame(), self.now)
            self.keys.press(key, key if len(key) == 1 else None, self.now)
            self.answer()

    def type(self, line: str) -> None:
        self.press("colon")
        for char in line:
            self.now += 0.1
            self.keys.press("space" if char == " " else char, char, self.now)
        self.press("enter")

    def screen(self, size: tuple[int, int] = (160, 48)) -> list[str]:
        return draw(self.session, self.now, *size)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(an_hour_ago(), tmp_path)


def back_at(desk: Desk, at: datetime) -> None:
    desk.type(f"replay {at:%Y-%m-%d %H:%M:%S}")


def test_every_screen_shows_the_past_under_a_line_that_says_so(desk: Desk) -> None:
    at = on_scene_at(desk.core)
    back_at(desk, at)
    screen = desk.screen()
    assert screen[0].startswith(f" REPLAY {at:%H:%M:%S}Z  DRILL  paused  (now 13:01:")
    assert "1055" not in "\n".join(screen)
    assert "l launch" not in screen[-1]
    assert "Esc ends" in desk.screen((80, 24))[0]
    assert any("1041" in line and "D1 on scene" in line for line in screen)
    assert any(line.startswith(" D1") and "on scene" in line for line in screen)
    desk.type("replay end")
    screen = desk.screen()
    assert "REPLAY" not in screen[0]
    assert "1055" in "\n".join(screen)


def test_esc_ends_the_replay_first_and_leaves_the_screen_as_it_is(desk: Desk) -> None:
    back_at(desk, on_scene_at(desk.core))
    desk.press("2")
    views = [desk.session.view]
    for _ in range(2):
        desk.press("escape")
        views.append(desk.session.view)
    assert views == [View.FLIGHT, View.FLIGHT, View.ALL]
    assert not desk.session.replay.is_on


def test_steps_go_back_and_on_and_never_beyond_now(desk: Desk) -> None:
    at = on_scene_at(desk.core)
    back_at(desk, at)
    replay = desk.session.replay
    desk.press("comma")
    assert replay.at == at - timedelta(seconds=10)
    desk.press("full_stop", "less_than_sign")
    assert replay.at == at - timedelta(minutes=1)
    desk.press("greater_than_sign")
    assert replay.at == at
    for _ in range(70):
        desk.press("greater_than_sign")
    live = desk.session.live.core_now(desk.now)
    assert live is not None
    assert replay.at is not None
    assert live - timedelta(seconds=5) < replay.at < live


def test_a_step_shows_what_the_core_would_fold_for_that_moment(desk: Desk) -> None:
    at = on_scene_at(desk.core)
    back_at(desk, at - timedelta(seconds=60))
    for _ in range(8):
        desk.press("full_stop")
        shown = desk.session.replay.model(desk.session.live, desk.now)
        assert shown is not None
        state = State()
        for stored in desk.core.log:
            if desk.session.replay.at is not None and stored.at <= desk.session.replay.at:
                state = evolve(state, stored)
        assert shown.state == state


def test_aircraft_stand_where_their_track_had_them(desk: Desk) -> None:
    at = on_scene_at(desk.core)
    back_at(desk, at - timedelta(seconds=30))
    desk.press("full_stop")
    shown = desk.session.replay.model(desk.session.live, desk.now)
    flight = desk.core.state.flight_of("D1")
    assert shown is not None
    assert flight is not None
    flown_s = (at - timedelta(seconds=20) - flight.opened_at).total_seconds()
    assert shown.seen("D1", desk.now).height_m == pytest.approx(flown_s, abs=1.0)


def test_it_plays_as_fast_as_it_happened_then_ten_times(desk: Desk) -> None:
    at = on_scene_at(desk.core)
    back_at(desk, at)
    replay = desk.session.replay
    desk.press("space")
    desk.session.ticked(200.0)
    desk.session.ticked(200.5)  # reads on
    desk.answer()
    desk.session.ticked(203.0)
    assert replay.at == at + timedelta(seconds=3)
    desk.press("p")
    desk.session.ticked(300.0)
    desk.session.ticked(301.0)
    assert replay.at == at + timedelta(seconds=13)
    desk.press("space")
    desk.session.ticked(400.0)
    desk.session.ticked(500.0)
    assert replay.at == at + timedelta(seconds=13)


def test_a_moment_before_the_journal_is_refused_in_words_and_nothing_changes(desk: Desk) -> None:
    desk.type("replay 2020-01-01 03:12")
    assert not desk.session.replay.is_on
    assert "the journal begins at 2026-03-01" in desk.session.echo.text
    desk.type("replay 2030-01-01 03:12")
    assert "no moment that has been" in desk.session.echo.text


def test_a_core_that_goes_away_leaves_what_is_known_and_says_so(desk: Desk) -> None:
    at = on_scene_at(desk.core)
    back_at(desk, at)
    desk.session.lost("the core went away", desk.now)
    screen = desk.screen()
    assert "REPLAY" in screen[0]
    assert any("NO CORE" in line for line in screen)
    desk.press("less_than_sign")
    assert desk.session.replay.at == at


def test_an_answer_to_an_older_question_changes_nothing(desk: Desk) -> None:
    desk.session.received(LookedBack(query_id="old", at=desk.core.at, state=State()), desk.now)
    assert not desk.session.replay.is_on


# --- nothing leads from the past to an aircraft ------------------------------------------------------


@pytest.mark.parametrize("key", ["l", "e", "t", "n", "c", "y"])
def test_no_key_that_asks_something_works_in_a_replay(desk: Desk, key: str) -> None:
    back_at(desk, on_scene_at(desk.core))
    desk.press(key, "enter")
    assert desk.sent == []
    assert desk.session.proposal is None


@pytest.mark.parametrize(
    "line", ["launch D2 1041", "take 1041", "relief D1 D2", "height D1 60", "wind 5m/s 240"]
)
def test_no_typed_order_leaves_a_replay(desk: Desk, line: str) -> None:
    back_at(desk, on_scene_at(desk.core))
    desk.type(line)
    if desk.session.proposal is not None:
        desk.session.painted(desk.now, proposal=desk.session.proposal)
    desk.press("enter", "enter")
    assert desk.sent == []
    assert desk.session.refuses(LaunchDrone(command_id="", drone="D2", call_id="1041")) == NOT_IN_REPLAY


def test_the_session_itself_refuses_whatever_road_an_order_takes(desk: Desk) -> None:
    back_at(desk, on_scene_at(desk.core))
    assert not desk.session.ask(LaunchDrone(command_id="", drone="D2", call_id="1041"), desk.now)
    assert not desk.session.ask(TakeCall(command_id="", call_id="1041"), desk.now)
    assert desk.session.ask(HoldDrone(command_id="", drone="D1"), desk.now)
    assert [type(each) for each in desk.sent] == [HoldDrone]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 48)])
@pytest.mark.parametrize("view", list(View))
def test_every_screen_fills_its_size_in_a_replay(desk: Desk, view: View, size: tuple[int, int]) -> None:
    back_at(desk, on_scene_at(desk.core))
    desk.session.view = view
    for name, box in boxes(desk.session, desk.now, *size).items():
        for line in pane_lines(name, desk.session, desk.now, box):
            assert sum(cell_len(part) for part, _ in line) == box.width, name
    assert "REPLAY" in desk.screen(size)[0]


# --- on a console ------------------------------------------------------------------------------------


async def test_hold_in_a_replay_reaches_the_live_aircraft_and_a_launch_does_not(
    console: OpenConsole, tmp_path: Path
) -> None:
    core = an_hour_ago()
    await write(core, tmp_path / "journal.db")
    async with console(core) as hand:
        await hand.press("colon")
        await hand.write(f"replay {on_scene_at(core):%H:%M:%S}")
        await hand.press("enter")
        await hand.until(lambda app: app.session.replay.is_on)
        await hand.press("l")
        await hand.until(lambda app: NOT_IN_REPLAY in app.session.echo.text)
        await hand.press("h")
        await hand.until(lambda app: app.session.proposal is not None)
        assert "LIVE: HOLD D1" in hand.screen()
        await hand.decide()
        [asked] = await core.commands(1)
        assert isinstance(asked, HoldDrone)
        assert asked.drone == "D1"
        assert hand.app.session.replay.is_on


async def test_live_alarms_ring_and_are_acknowledged_in_a_replay(
    console: OpenConsole, tmp_path: Path
) -> None:
    core = an_hour_ago()
    await write(core, tmp_path / "journal.db")
    flight = core.state.flight_of("D1")
    assert flight is not None
    bingo = BingoReached(flight_id=flight.flight_id, drone="D1", battery_fraction=0.3)
    async with console(core) as hand:
        await hand.press("6")
        await hand.until(lambda app: app.session.journal.lines)
        await hand.press("up", "enter")
        await hand.until(lambda app: app.session.replay.is_on)
        await core.change(lambda core: core.happens(bingo))
        await hand.until(lambda app: app.session.shown_alarm)
        assert "BINGO" in hand.screen().splitlines()[1].upper()
        await hand.acknowledge()
        [asked] = await core.commands(1)
        assert isinstance(asked, AcknowledgeAlarm)


def test_the_bell_rings_for_what_happens_now(desk: Desk) -> None:
    back_at(desk, on_scene_at(desk.core))
    assert not desk.session.bell_due(desk.now)
    flight = desk.core.state.flight_of("D1")
    assert flight is not None
    desk.core.happens(BingoReached(flight_id=flight.flight_id, drone="D1", battery_fraction=0.3))
    desk.session.received(Facts(events=(desk.core.log[-1],)), desk.now)
    assert desk.session.bell_due(desk.now)


# --- which moment ------------------------------------------------------------------------------------

AT = datetime(2026, 11, 23, 4, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("03:12", datetime(2026, 11, 23, 3, 12, tzinfo=UTC)),
        ("0312", datetime(2026, 11, 23, 3, 12, tzinfo=UTC)),
        ("03:12:40Z", datetime(2026, 11, 23, 3, 12, 40, tzinfo=UTC)),
        ("23:50", datetime(2026, 11, 22, 23, 50, tzinfo=UTC)),
        ("yesterday 03:12", datetime(2026, 11, 22, 3, 12, tzinfo=UTC)),
        ("2026-11-20T03:12Z", datetime(2026, 11, 20, 3, 12, tzinfo=UTC)),
        ("-10m", datetime(2026, 11, 23, 3, 51, 7, tzinfo=UTC)),
        ("-90s", datetime(2026, 11, 23, 3, 59, 37, tzinfo=UTC)),
        ("-2h", datetime(2026, 11, 23, 2, 1, 7, tzinfo=UTC)),
        ("today 05:00", None),
        ("2027-01-01 03:12", None),
        ("25:00", None),
        ("soon", None),
    ],
)
def test_a_moment_is_read_as_people_type_it(text: str, meant: datetime | None) -> None:
    assert moment(text, AT) == meant


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_past_moment_or_none(text: str) -> None:
    found = moment(text, AT)
    assert found is None or (found <= AT and is_moment(text))


def another_journal(*, is_longer: bool) -> FakeCore:
    """As a new drill begins: the same house, other events; shorter than the one before, or longer."""
    core = FakeCore()
    core.at += timedelta(days=1)
    core.calm()
    core.call()
    for number in range(60 if is_longer else 0):
        core.call(str(number + 3_000))
    return core


@pytest.mark.parametrize("is_longer", [False, True])
def test_a_replay_ends_where_the_core_comes_back_with_another_journal(desk: Desk, is_longer: bool) -> None:
    desk.press("6", "escape")
    back_at(desk, on_scene_at(desk.core))
    assert desk.screen()[0].startswith(" REPLAY")
    desk.session.lost("the core went away", desk.now)
    seq, desk.core = desk.core.state.seq, another_journal(is_longer=is_longer)
    assert (desk.core.state.seq > seq) is is_longer
    desk.session.received(desk.core.welcome(), desk.now + 1.0)
    assert not desk.session.replay.is_on
    assert desk.session.echo.text == OTHER_JOURNAL
    assert "REPLAY" not in desk.screen()[0]
    assert desk.session.journal.lines == []


def test_a_replay_goes_on_where_the_same_core_comes_back(desk: Desk) -> None:
    back_at(desk, on_scene_at(desk.core))
    desk.session.lost("the core went away", desk.now)
    desk.core.call("1060")
    desk.session.received(desk.core.welcome(), desk.now + 1.0)
    assert desk.session.replay.is_on
