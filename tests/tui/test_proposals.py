"""No bare letter, no burst and no paste moves an aircraft: the rules, key by key, with exact times."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tui.fakecore import PEOPLE, FakeCore

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_tui.keys import TOO_FAST, Keys
from rtcc_tui.proposals import DECISION_S
from rtcc_tui.requests import is_confirmed
from rtcc_tui.session import Mode, Session
from rtcc_tui.views.suggesting import shown_suggestion

CORE = FakeCore(PEOPLE[1])
CORE.calm()
CORE.call()
CORE.suggests(
    cmd.HoldDrone(command_id="", drone="D1"), "D1 comes near traffic: hold it?", SuggestionKind.TRAFFIC
)


class Desk:
    """A session with a core's state, driven with exact times."""

    def __init__(self) -> None:
        self.sent: list[AnyCommand] = []
        self.session = Session(send=self.sent.append, new_id=lambda: "id")
        self.keys = Keys(self.session)
        self.now = 100.0
        self.session.received(CORE.welcome(), self.now)
        self.session.received(CORE.frame(), self.now)

    def press(self, *names: str, apart_s: float = 0.1, is_painted: bool = True) -> None:
        for name in names:
            self.now += apart_s
            character = {"space": " "}.get(name, name if len(name) == 1 else None)
            self.keys.press(name, character, self.now)
            if is_painted:
                self.painted()

    def painted(self) -> None:
        """The terminal has drawn what is there now."""
        self.session.painted(
            self.now,
            proposal=self.session.proposal,
            suggestion_id=shown_suggestion(self.session),
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_enter_counts_from_150_ms_on(desk: Desk) -> None:
    desk.press("l")
    desk.press("enter", apart_s=DECISION_S)
    assert [type(sent) for sent in desk.sent] == [cmd.LaunchDrone]


def test_an_enter_before_that_closes_the_line_for_good(desk: Desk) -> None:
    desk.press("l")
    desk.press("enter", apart_s=DECISION_S - 0.01)
    assert desk.session.echo.text == TOO_FAST
    desk.press("enter", "enter", apart_s=1.0)
    assert desk.sent == []


def test_an_enter_does_not_count_until_the_line_was_painted(desk: Desk) -> None:
    desk.press("l", is_painted=False)
    desk.press("enter", apart_s=5.0, is_painted=False)
    assert desk.sent == []


def test_a_paint_of_an_older_line_does_not_count_for_the_newer(desk: Desk) -> None:
    desk.press("l", is_painted=False)
    old = desk.session.proposal
    desk.press("2", is_painted=False)
    desk.session.painted(desk.now, proposal=old)
    desk.press("enter", apart_s=1.0, is_painted=False)
    assert desk.sent == []


@pytest.mark.parametrize("key", ["x", "j", "space", "tab", "left_square_bracket", "A", "question_mark"])
def test_any_other_key_keeps_it_on_the_ground(desk: Desk, key: str) -> None:
    desk.press("l", key)
    assert desk.session.mode is not Mode.CONFIRM
    desk.press("enter", apart_s=1.0)
    assert desk.sent == []


def test_a_number_that_is_not_there_changes_nothing(desk: Desk) -> None:
    desk.press("l", "9")
    assert desk.session.proposal is not None
    assert desk.session.proposal.remark == "there is no aircraft 9 here"
    assert isinstance(desk.session.proposal.command, cmd.LaunchDrone)
    assert desk.session.proposal.command.drone == "D1"


def test_a_typed_launch_is_read_before_it_is_sent(desk: Desk) -> None:
    desk.press("colon", *"launch", "space", *"d2")
    desk.press("enter", apart_s=0.05)
    assert desk.sent == []
    assert desk.session.mode is Mode.PROMPT
    desk.press("enter", apart_s=0.3)
    assert [getattr(sent, "drone", None) for sent in desk.sent] == ["D2"]


def test_a_pasted_novel_is_no_order(desk: Desk) -> None:
    novel = "launch d1 1041\nhill\n:launch d1 1041\n:rtl d1\nl\nl\n\n:quit\n"
    desk.press(
        *["enter" if char == "\n" else "colon" if char == ":" else char for char in novel], apart_s=0.0005
    )
    desk.press("escape", apart_s=1.0)
    assert [sent for sent in desk.sent if not isinstance(sent, cmd.TakeCall)] == []
    assert not desk.session.wants_to_leave


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="lhrtnaeycsg:12\n dqjk", max_size=60), st.floats(0.0, 0.009))
def test_no_burst_of_keys_ever_moves_an_aircraft(text: str, apart_s: float) -> None:
    desk = Desk()
    names = {"\n": "enter", ":": "colon", " ": "space"}
    desk.press(*[names.get(char, char) for char in text], apart_s=apart_s)
    assert not any(is_confirmed(sent) for sent in desk.sent)


def test_a_pasted_line_needs_its_own_enter(desk: Desk) -> None:
    desk.press("colon")
    desk.keys.paste("launch d2\n1041\n", desk.now + 0.05)
    assert desk.session.prompt.text.strip() == "launch d2 1041"
    assert desk.sent == []
    desk.now += 0.1
    desk.session.painted(desk.now, proposal=desk.session.proposal)
    desk.press("enter", apart_s=0.5)
    assert [getattr(sent, "drone", None) for sent in desk.sent] == ["D2"]


def test_hold_replaces_an_open_launch(desk: Desk) -> None:
    desk.press("l", "h")
    assert desk.session.mode is Mode.LOOK
    assert "no aircraft is on this call" in desk.session.echo.text


def test_y_alone_accepts_nothing(desk: Desk) -> None:
    desk.painted()
    desk.press("y", "y", "y", apart_s=1.0)
    assert desk.sent == []
    desk.press("escape", "y", apart_s=1.0)
    desk.press("enter", apart_s=DECISION_S - 0.01)
    assert desk.sent == []
    desk.press("y", "enter", apart_s=1.0)
    assert [type(sent) for sent in desk.sent] == [cmd.AcceptSuggestion]


def test_a_suggestion_that_was_never_drawn_is_not_meant(desk: Desk) -> None:
    desk.press("y", is_painted=False)
    assert desk.session.mode is Mode.LOOK
    assert desk.session.echo.text == "nothing is suggested now"


def test_what_was_read_is_sent_though_the_figures_moved(desk: Desk) -> None:
    desk.press("colon", *"raise", "space", *"d1", "space", *"10")
    proposal = desk.session.proposal
    assert proposal is not None
    read = proposal.command
    higher = msgspec.structs.replace(CORE.sky["D1"], height_m=4.0)
    frame = msgspec.structs.replace(CORE.frame(), sky=(higher, CORE.sky["D2"]))
    desk.session.received(frame, desk.now)
    desk.press("enter", apart_s=0.5)
    assert isinstance(read, cmd.SetHeight)
    assert [msgspec.structs.replace(sent, command_id="", seen_seq=0) for sent in desk.sent] == [read]
