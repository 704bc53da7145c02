"""The command line by hand: what it offers, what it runs, and that a paste in pieces runs nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tui.fakecore import HQ, PEOPLE, SCENE, FakeCore, on_ground
from textual.events import Key

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_core.wire.console import Answer, AnswerStatus
from rtcc_tui.actions import ACTIONS, REGISTRY, Danger
from rtcc_tui.completion import complete, offers
from rtcc_tui.driver import EscapeParser
from rtcc_tui.grammar import FLIGHT_ABBREVIATED_MIN, parse
from rtcc_tui.grammar_values import Around, Mistake, Understood
from rtcc_tui.key_table import key_table
from rtcc_tui.keys import Keys
from rtcc_tui.palette import entries
from rtcc_tui.screenful import draw
from rtcc_tui.session import Mode, Session

Console = Callable[..., AbstractAsyncContextManager[Any]]

AROUND = Around(
    drones=("D1", "D2"),
    calls=("1041", "1040"),
    selected_call="1041",
    crews={"1041": ("D1",)},
    places={"1041": SCENE, "HQ": HQ},
    sites=("HQ",),
    best=lambda _: "D2",
    reliever=lambda _: "D2",
)


class Desk:
    """A session under fingers whose times are exact."""

    def __init__(self, core: FakeCore) -> None:
        self.sent: list[cmd.AnyCommand] = []
        self.session = Session(send=self.sent.append, new_id=lambda: f"id{len(self.sent)}")
        self.keys = Keys(self.session)
        self.now = 10.0
        self.session.received(core.welcome(), self.now)
        self.session.received(core.frame(), self.now)

    def type(self, text: str, each_s: float = 0.1) -> None:
        """Characters and a newline, each so long after the one before."""
        for char in text:
            self.now += each_s
            if char == "\n":
                self.keys.press("enter", None, self.now)
            else:
                self.keys.press({":": "colon", " ": "space"}.get(char, char), char, self.now)
            self.painted()

    def painted(self) -> None:
        if self.session.proposal is not None and self.session.proposal.painted_at is None:
            self.session.proposal.painted_at = self.now

    @property
    def kinds(self) -> list[str]:
        return [type(sent).__name__ for sent in self.sent]


@pytest.fixture
def desk(core: FakeCore) -> Desk:
    return Desk(core)


def test_what_enter_asks_again_stands_there_once(desk: Desk) -> None:
    desk.type(":wind\n")
    screen = "\n".join(draw(desk.session, desk.now, 80, 24))
    assert screen.count("wind how strong") == 1


# --- abbreviations ---------------------------------------------------------------------------------


def test_a_verb_may_be_cut_short_while_it_can_be_no_other() -> None:
    launch = Understood(cmd.LaunchDrone(command_id="", drone="D2", call_id="1041"))
    assert parse("lau d2", AROUND) == parse("d2 laun 1041", AROUND) == launch
    assert parse("orb d1", AROUND) == Understood(cmd.OrbitScene(command_id="", drone="D1"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("la d2", "la can be launch, land"),
        ("re d1", "re can be"),
        ("ho", "ho can be hold, home"),
        ("di d1", "di can be"),
        ("d1 os", "what D1 does is seen, not typed"),
    ],
)
def test_what_can_be_several_says_which(line: str, said: str) -> None:
    parsed = parse(line, AROUND)
    assert isinstance(parsed, Mistake)
    assert said in parsed.text


@given(st.sampled_from(sorted({verb for action in ACTIONS for verb in action.verbs})), st.integers(1, 16))
def test_an_abbreviation_means_one_action_or_none(verb: str, letters: int) -> None:
    short = verb[:letters]
    fits = REGISTRY.meant(short)
    assert REGISTRY.for_verb(verb) in fits or REGISTRY.for_verb(short) is not None
    parsed = parse(f"{short} d1", AROUND)
    if isinstance(parsed, Understood) and short not in REGISTRY.named(fits[0].name).verbs:
        assert len(fits) == 1
        assert fits[0].danger is not Danger.FLIES or len(short) >= FLIGHT_ABBREVIATED_MIN


# --- completion ------------------------------------------------------------------------------------


def test_launch_offers_who_may_go_best_first_and_says_why_not_the_others(core: FakeCore, desk: Desk) -> None:
    desk.type(":launch ")
    offered = desk.session.prompt.offers
    assert [(each.name, each.is_possible) for each in offered] == [("D1", True), ("D2", True)]
    assert offered[0].words.startswith("overhead 1:")
    core.sees(on_ground("D1", battery_fraction=0.1))
    desk.session.received(core.frame(), desk.now)
    around = desk.session.around(desk.now)
    assert complete("launch ", around)[0] == "launch D2 "
    assert "launch D1 " not in complete("launch ", around)
    assert complete("launch d1", around) == ["launch D1 "]
    last = offers("launch ", around)[-1]
    assert last.name == "D1"
    assert last.words.startswith("battery 10%, needs ")


@given(
    st.lists(
        st.sampled_from(
            [*sorted({verb for action in ACTIONS for verb in action.verbs}), "d1", "d2", "1041", "1040",
             "hq", "la", "lau", "with", "to", "override", "270", "50m", "x", "@1", ""]
        ),
        max_size=4,
    ),
    st.booleans(),
)  # fmt: skip
def test_completion_never_raises_and_goes_on_from_what_was_typed(words: list[str], is_open: bool) -> None:
    line = " ".join(words) + (" " if is_open else "")
    offers(line, AROUND)
    for whole in complete(line, AROUND):
        assert whole.casefold().startswith(" ".join(line.split()[:-1]).casefold())
        parsed = parse(whole, AROUND)
        assert not (isinstance(parsed, Mistake) and "is not a verb" in parsed.text and not words)


# --- pastes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pause_s", [0.0, 0.03, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("line", ["launch d1 1041\n\n", "take\n\n", "ack\n\n", "note shots fired\n\n"])
def test_a_paste_whose_newlines_come_later_runs_nothing(core: FakeCore, line: str, pause_s: float) -> None:
    desk = Desk(core)
    desk.type(":")
    desk.now += 1.0
    for char in line:
        desk.type(char, pause_s if char == "\n" else 0.001)
    assert desk.sent == []
    desk.type("\n", 1.5)
    assert len(desk.sent) <= 1  # a person's own Enter, who read it


def test_a_typed_line_runs_at_a_typists_pace(desk: Desk) -> None:
    desk.type(":take\n", 0.06)
    assert desk.kinds == ["TakeCall"]


def test_esc_and_a_colon_soon_after_it_open_the_prompt(desk: Desk) -> None:
    parser = EscapeParser()
    assert list(parser.feed("\x1b")) == []
    for event in parser.feed(":"):
        assert isinstance(event, Key)
        desk.keys.press(event.key, event.character, event.time)
    assert desk.session.mode is Mode.PROMPT
    desk.type("x")
    assert desk.session.prompt.text == "x"


# --- the palette -----------------------------------------------------------------------------------


async def test_the_palette_types_the_verb_and_never_acts(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        await hand.press("ctrl+p")
        assert "possible now" in hand.screen()
        await hand.write("lnch")
        assert "!launch" in hand.screen()
        await hand.press("enter")
        assert hand.app.session.prompt.text == "launch "
        assert core.asked == []
        assert "LAUNCH D1" in hand.screen()
        assert "D2     overhead" in hand.screen()
        await hand.press("escape", "space", "escape")
        assert hand.app.session.mode is Mode.LOOK
        assert core.asked == []


@pytest.mark.parametrize("each_s", [0.001, 0.03, 0.2, 0.5, 0.9])
def test_an_enter_that_is_held_down_in_the_palette_flies_nothing(desk: Desk, each_s: float) -> None:
    desk.keys.press("ctrl+p", None, desk.now)
    desk.type("launch", 0.1)
    desk.type("\n" * 6, each_s)
    assert desk.sent == []


def test_a_paste_in_pieces_into_the_palette_flies_nothing(desk: Desk) -> None:
    desk.keys.press("ctrl+p", None, desk.now)
    desk.keys.paste("launch d1 1041", desk.now + 0.5)
    assert desk.session.proposal is None
    desk.now += 0.6
    desk.type("launch", 0.001)
    desk.type("\n\n\n", 0.4)
    assert desk.sent == []


def test_the_palette_lists_what_is_possible_now(core: FakeCore, desk: Desk) -> None:
    names = [action.name for action in entries(desk.session, "")]
    assert "launch" in names
    assert not {"orbit", "land", "ack", "accept", "dismiss", "inservice"} & set(names)
    assert entries(desk.session, "wind")[0].name == "wind"
    assert entries(Desk(FakeCore(PEOPLE[2])).session, "launch") == []


# --- answers ---------------------------------------------------------------------------------------


async def test_two_people_in_the_same_second_make_one_flight(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        await hand.press("l")
        await hand.until(lambda app: app.session.proposal.painted_at is not None)
        core.tell(cmd.LaunchDrone(command_id="other", drone="D1", call_id="1041"), by="oyama")  # not told yet
        await hand.decide()
        await core.commands(1)
        await hand.until(lambda app: "REFUSED" in app.session.echo.text)
        assert "0:00 ago K. OYAMA sent D1 to 1041" in hand.app.session.echo.text
        assert len(core.state.flights) == 1


async def test_a_line_that_would_send_what_somebody_sent_says_who(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        await hand.press("l")
        await core.change(
            lambda c: c.tell(cmd.LaunchDrone(command_id="other", drone="D1", call_id="1041"), by="oyama")
        )
        await hand.until(lambda app: app.session.model.state.flights)
        await hand.decide()
        assert "ago K. OYAMA sent D1 to 1041" in " ".join(hand.screen().split())
        assert core.asked == []


def test_a_refusal_leaves_after_a_minute(core: FakeCore, desk: Desk) -> None:
    desk.type(":take\n")
    desk.session.received(Answer(command_id="id0", status=AnswerStatus.REFUSED, reasons=("no",)), desk.now)
    assert desk.session.echo.text == "REFUSED: take 1041: no"
    desk.session.ticked(desk.now)
    desk.session.ticked(desk.now + 59.0)
    assert desk.session.echo.text
    desk.session.ticked(desk.now + 60.5)
    assert not desk.session.echo.text


async def test_an_accepted_merge_is_done_and_not_asked_of_an_aircraft(
    core: FakeCore, console: Console
) -> None:
    core.tell(cmd.OpenCall(command_id="n", position=SCENE, label="Elk / First", text="fight"), by="reyes")
    (ours,) = (call.call_id for call in core.state.calls.values() if call.is_provisional)
    merge = cmd.MergeCalls(command_id="", call_id=ours, into="1041")
    core.suggests(merge, "the same?", SuggestionKind.SAME_CALL, call_id=ours, suggestion_id="same")
    async with console(core) as hand:
        await hand.until(lambda app: app.session.shown_suggestion)
        await hand.press("y")
        await hand.decide()
        await hand.until(lambda app: app.session.echo.text.startswith(f"done: accept: merge {ours}"))


@pytest.mark.parametrize(
    "line", ["move D1 north 100", "move D1 100 north", "move D1 100m 0", "move D1 n 100m", "move D1 0 100"]
)
def test_the_way_and_the_distance_in_either_order(line: str) -> None:
    assert parse(line, AROUND) == Understood(
        cmd.MoveDrone(command_id="", drone="D1", bearing_deg=0.0, length_m=100.0)
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("move D1 400 50", "400 is not a direction (0 to 360 degrees"),
        ("move D1 n -5", "-5 is not a distance"),
        ("move D1 n 0", "0 is not a distance"),
    ],
)
def test_what_is_out_of_range_is_said_with_its_limits(line: str, said: str) -> None:
    parsed = parse(line, AROUND)
    assert isinstance(parsed, Mistake)
    assert said in parsed.text


# --- the page of keys ------------------------------------------------------------------------------


def test_the_page_of_keys_is_what_the_registry_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "keys.md"
    assert page.read_text("utf-8") == key_table(), "stale: rtcc console --keys > docs/keys.md"


def test_the_page_of_keys_names_every_action() -> None:
    page = key_table()
    for action in ACTIONS:
        assert f"| {action.name} |" in page
