"""A new or newly urgent call is said wherever the screen does not show it: every screen, mode and page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.tui.fakecore import SCENE, FakeCore

from rtcc_core.domain import facts
from rtcc_core.domain.call import CallStatus
from rtcc_core.domain.commands import LaunchDrone, OpenCall
from rtcc_core.wire.console import Facts
from rtcc_tui.glyphs import ASCII
from rtcc_tui.keys import Keys
from rtcc_tui.locking import lock
from rtcc_tui.looking import Mode, View
from rtcc_tui.screenful import boxes, draw
from rtcc_tui.session import Session
from rtcc_tui.spans import Tone

NOW = 100.0
NEW = "NEW P1 1050 ROBBERY IN PROGRESS"


class Desk:
    """A console on a core, drawn and painted by hand."""

    def __init__(self, view: View = View.ALL) -> None:
        self.core = FakeCore()
        self.core.calm()
        self.core.call("1041", priority=3, type_text="SUSPICIOUS VEHICLE")
        self.now = NOW
        self.session = Session(send=lambda _: None, new_id=lambda: "id")
        self.session.received(self.core.welcome(), NOW)
        self.session.received(self.core.frame(), NOW)
        self.session.view = view
        self.keys = Keys(self.session)
        self.paint()

    def hears(self, number: str = "1050", **report: object) -> None:
        """The feed reports a call, and the console is told."""
        before = self.core.state.seq
        self.core.call(number, **report)
        self.told(before)

    def told(self, before: int) -> None:
        events = tuple(stored for stored in self.core.log if stored.seq > before)
        self.session.received(Facts(events=events), self.now)

    def paint(self, size: tuple[int, int] = (80, 24)) -> str:
        """Draw, and say that the terminal has it."""
        text = self.draw(size)
        self.session.painted(self.now, proposal=None, calls=self.session.screens.arrivals.on_screen)
        return text

    def draw(self, size: tuple[int, int] = (80, 24)) -> str:
        return "\n".join(draw(self.session, self.now, *size))

    def rings(self, after_s: float = 1.0) -> bool:
        self.now += after_s
        return self.session.bell_due(self.now)


AWAY = sorted(set(View) - {View.ALL}, key=lambda view: view.name)


@pytest.mark.parametrize("view", AWAY)
@pytest.mark.parametrize("size", [(80, 24), (160, 48), (60, 20)])
def test_a_new_call_is_said_on_every_screen_and_page(view: View, size: tuple[int, int]) -> None:
    desk = Desk(view)
    desk.hears()
    text = " ".join(desk.paint(size).split())
    assert "NEW P1 1050" in text
    assert "0:00, no drone" in text
    assert "1 shows it" in desk.paint(size)


def test_a_notice_does_not_swallow_it() -> None:
    desk = Desk(View.HELP)
    before = desk.core.state.seq
    desk.core.tell(facts.MessageUnusable(feed="COUNTY", reason="not JSON", original="{"))
    desk.told(before)
    desk.hears()
    assert "NOTICE" in desk.draw()
    assert NEW in desk.draw()


def test_it_costs_no_row_while_there_is_nothing_and_on_the_screen_that_shows_it() -> None:
    desk = Desk()
    usual = boxes(desk.session, NOW, 80, 24)
    desk.hears()
    assert boxes(desk.session, NOW, 80, 24) == usual
    assert NEW not in desk.paint()
    desk.session.view = View.HELP
    assert NEW not in desk.paint()
    assert "news" not in boxes(desk.session, NOW, 80, 24)


def test_it_stands_until_it_was_painted() -> None:
    desk = Desk(View.JOURNAL)
    desk.hears()
    for _ in range(5):
        desk.now += 100.0
        assert NEW in desk.paint()
    desk.keys.press("1", "1", desk.now)
    assert NEW not in desk.paint()
    desk.keys.press("question_mark", "?", desk.now + 1.0)
    assert NEW not in desk.paint()


def test_the_bell_rings_once_for_a_p1_and_not_for_what_is_on_the_screen() -> None:
    away, there = Desk(View.HELP), Desk()
    for desk in (away, there):
        desk.hears()
        desk.paint()
    assert away.rings()
    assert not any(away.rings(20.0) for _ in range(5))
    assert not there.rings()


def test_less_urgent_ones_do_not_ring_and_do_not_stay() -> None:
    desk = Desk(View.FLIGHT)
    desk.hears(priority=4)
    assert "NEW P4 1050" in desk.paint()
    assert not desk.rings()
    desk.now += 61.0
    assert "NEW P4 1050" not in desk.paint()


def test_the_most_urgent_one_is_named_and_the_others_are_counted() -> None:
    desk = Desk(View.MAP)
    desk.hears("1048", priority=3)
    desk.hears("1049", priority=2)
    desk.hears("1050")
    assert NEW in desk.draw()
    assert "+2 more" in desk.draw()


def test_a_call_that_becomes_urgent_is_said_like_a_new_one() -> None:
    desk = Desk(View.HELP)
    desk.hears("1041", priority=1, updated_at=desk.core.at + timedelta(seconds=1))
    assert "NOW P1 1041" in desk.draw()
    assert desk.rings()


def test_what_a_filter_hides_is_said_and_how_to_see_it() -> None:
    desk = Desk()
    desk.session.screens.queue.only = "p4"
    desk.hears()
    assert NEW in desk.draw()
    assert "filter P4" in desk.draw()
    desk.keys.press("escape", None, desk.now + 1.0)
    assert NEW not in desk.paint()


def test_a_call_above_the_rows_that_are_shown_is_said() -> None:
    desk = Desk()
    for number in range(2_000, 2_012):
        desk.hears(str(number), priority=3)
    desk.session.selected, desk.session.anchor = "2011", 0
    desk.paint()
    desk.hears()
    assert NEW in desk.draw()


def test_a_confirmation_and_a_prompt_cover_it_not_and_no_digit_is_offered_there() -> None:
    desk = Desk()
    desk.session.view = View.HELP
    desk.hears()
    desk.keys.press("l", "l", desk.now + 1.0)
    assert desk.session.mode is Mode.CONFIRM
    assert NEW in desk.draw()
    assert "1 shows it" not in desk.draw().replace("Esc, then 1 shows it", "")
    desk.keys.press("escape", None, desk.now + 2.0)
    desk.keys.press("colon", ":", desk.now + 3.0)
    assert NEW in desk.draw()


def test_a_locked_screen_counts_it_and_names_nothing() -> None:
    desk = Desk()
    lock(desk.session)
    desk.hears()
    text = desk.paint()
    assert "1 NEW P1 CALL" in text
    assert "1050" not in text
    desk.session.mode = Mode.LOOK
    desk.session.view = View.HELP
    assert NEW in desk.draw()


def test_what_is_over_is_not_said_and_who_goes_is() -> None:
    desk = Desk(View.HELP)
    desk.hears()
    before = desk.core.state.seq
    desk.core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1050"), by="oyama")
    desk.told(before)
    assert f"{NEW} 0:00, D1 " in " ".join(desk.draw().split())
    desk.hears(status=CallStatus.CLOSED, updated_at=desk.core.at + timedelta(seconds=1))
    assert NEW not in desk.draw()


def test_what_i_opened_myself_is_no_news() -> None:
    desk = Desk(View.MAP)
    before = desk.core.state.seq
    asked = OpenCall(command_id="id", call_type="FIGHT", position=SCENE, label="Laguna Blvd")
    desk.session.ask(asked, desk.now)
    desk.core.tell(asked, by="reyes")
    desk.told(before)
    assert "NEW" not in desk.draw().splitlines()[2]


def test_calls_that_came_while_the_core_was_away_are_news_and_the_first_ones_are_not() -> None:
    desk = Desk(View.HELP)
    assert "NEW" not in desk.draw()
    desk.session.lost("gone", desk.now)
    desk.core.call("1050")
    desk.session.received(desk.core.welcome(), desk.now)
    assert NEW in desk.draw()


def test_it_has_a_tone_of_its_own() -> None:
    from rtcc_tui.screenful import pane_lines

    desk = Desk(View.HELP)
    desk.session.glyphs = ASCII
    desk.hears()
    box = boxes(desk.session, NOW, 80, 24)["news"]
    assert pane_lines("news", desk.session, NOW, box)[0][0][1] is Tone.NEWS
