"""Which request leaves the console for calls opened here and for alerts, and what is selected then."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest
from tests.tui.fakecore import SCENE, SOUTH, FakeCore
from tests.tui.incoming import knows, lists_assets, senses
from textual.events import Paste

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import facts
from rtcc_core.domain.call import Place, PlaceKind
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.streets import Match, Quality
from rtcc_core.wire.console import Answer, AnswerStatus, Facts, Locate, Located, Query
from rtcc_tui.keys import Keys
from rtcc_tui.looking import View
from rtcc_tui.session import Mode, Session
from rtcc_tui.views.about import place_words
from rtcc_tui.views.queue import where

Console = Callable[..., AbstractAsyncContextManager[Any]]

FOUND = offset(SCENE, 90.0, 100.0)


def bare(command: cmd.AnyCommand) -> cmd.AnyCommand:
    """Without what the console adds when it sends."""
    return msgspec.structs.replace(command, command_id="", seen_seq=0)


async def enter(hand: Any, line: str) -> None:
    """Open the prompt, put the line there, press Enter."""
    await hand.press("colon")
    hand.app.screen.post_message(Paste(line))
    await hand.until(lambda app: app.session.prompt.text == line)
    await hand.press("enter")


# --- opening a call --------------------------------------------------------------------------------


async def test_a_typed_address_is_a_call_at_once_selected_and_launched_on(
    core: FakeCore, console: Console
) -> None:
    knows(core, "9260 elk park dr", "9260 Elk Park Dr")
    async with console(core) as hand:
        await hand.press("c")
        hand.app.screen.post_message(Paste("9260 elk park dr, p1 man with a gun"))
        await hand.until(lambda app: app.session.prompt.text.endswith("gun"))
        assert "Enter looks in the street files" in hand.screen()
        await hand.press("enter")
        (asked,) = await core.commands(1)
        assert bare(asked) == cmd.OpenCall(
            command_id="",
            call_type="man with a gun",
            position=FOUND,
            label="9260 Elk Park Dr",
            found_by="INTERPOLATED",
            uncertainty_m=25.0,
            priority=1,
        )
        await hand.until(lambda app: app.session.selected == "C2")
        assert "C2 is open and selected: l or launch sends to it" in hand.screen()
        assert "man with a gun NOT IN CAD YET" in hand.screen()
        assert "9260 Elk Park Dr  +-82 ft  INTERPOLATED by A. REYES" in hand.screen()
        await hand.press("l")
        assert " C2 man with a gun, overhead in" in hand.screen()
        await hand.decide()
        assert isinstance((await core.commands(2))[1], cmd.LaunchDrone)


async def test_an_ambiguous_place_opens_nothing_until_one_digit_chooses(
    core: FakeCore, console: Console
) -> None:
    knows(core, "elk / first", "Elk St / 1st St", "Elk Ave / 1st Ave", quality=Quality.CROSSING)
    async with console(core, size=(160, 48)) as hand:
        await enter(hand, "new elk / first, fight")
        await hand.until(lambda app: "which one?" in app.session.echo.text)
        assert "@2 CROSSING" in hand.screen()
        assert core.asked == []
        await hand.press("2")
        assert hand.app.session.prompt.text == "new @2, fight"
        await hand.press("enter")
        (asked,) = await core.commands(1)
        assert bare(asked) == cmd.OpenCall(
            command_id="",
            call_type="fight",
            position=offset(SCENE, 90.0, 200.0),
            label="Elk Ave / 1st Ave",
            found_by="CROSSING",
            uncertainty_m=25.0,
        )


async def test_what_the_files_do_not_have_becomes_a_call_without_a_position_by_a_second_enter(
    core: FakeCore, console: Console
) -> None:
    async with console(core) as hand:
        await enter(hand, "new behind the old barn, fight")
        await hand.until(lambda app: "WITHOUT A POSITION" in app.session.echo.text)
        assert core.asked == []
        await hand.pilot.pause(0.2)
        await hand.press("enter")
        (asked,) = await core.commands(1)
        assert bare(asked) == cmd.OpenCall(command_id="", call_type="fight", label="behind the old barn")
        await hand.until(lambda app: app.session.selected == "C2")
        assert "NO POSITION: type :place C2 ADDRESS, CROSSING or LAT,LON" in hand.screen()


class Desk:
    """A session and its keys, without a terminal; places are asked for and answered by hand."""

    def __init__(self, core: FakeCore) -> None:
        self.sent: list[cmd.AnyCommand] = []
        self.asked: list[str] = []
        self.session = Session(
            send=self.sent.append,
            new_id=lambda: "id",
            query=self._asked_for,
        )
        self.keys = Keys(self.session)
        self.session.received(core.welcome(), 1.0)
        self.session.received(core.frame(), 1.0)

    def _asked_for(self, question: Query) -> None:
        if isinstance(question, Locate):
            self.asked.append(question.text)

    def answer(self, at: float, *labels: str) -> None:
        found = (
            Match(label=label, position=FOUND, quality=Quality.EXACT, uncertainty_m=5.0) for label in labels
        )
        self.session.received(Located(query_id="id", matches=tuple(found), trouble="it is nowhere"), at)

    def type(self, line: str, at: float) -> None:
        self.keys.press("colon", ":", at)
        self.keys.paste(line, at + 0.1)
        self.keys.press("enter", None, at + 1.0)


@pytest.mark.parametrize("keys", [["escape"], ["x"], ["escape", "l"]])
def test_an_answer_to_a_line_that_was_changed_or_left_opens_nothing(core: FakeCore, keys: list[str]) -> None:
    desk = Desk(core)
    desk.type("new 1 oak st, fight", 10.0)
    assert desk.asked == ["1 oak st"]
    for count, key in enumerate(keys):
        desk.keys.press(key, key if len(key) == 1 else None, 12.0 + count)
    desk.answer(20.0, "1 Oak St")
    assert desk.sent == []
    assert desk.session.mode is not Mode.PROMPT or desk.session.prompt.text == "new 1 oak st, fightx"


def test_an_enter_that_bounces_opens_no_call_without_a_position(core: FakeCore) -> None:
    desk = Desk(core)
    desk.type("new 1 oak st, fight", 10.0)
    desk.answer(11.05)
    desk.keys.press("enter", None, 11.1)
    assert desk.sent == []
    desk.keys.press("enter", None, 11.4)
    assert [type(sent) for sent in desk.sent] == [cmd.OpenCall]


def test_what_flies_is_never_done_by_the_answer_to_a_place(core: FakeCore) -> None:
    desk = Desk(core)
    desk.type("goto D1 1 oak st", 10.0)
    desk.answer(11.5, "1 Oak St")
    assert desk.sent == []
    assert desk.session.proposal is not None


def test_a_call_that_comes_while_a_person_types_does_not_take_the_selection(core: FakeCore) -> None:
    desk = Desk(core)
    desk.type("new 38.42,-121.41, fight", 10.0)
    (asked,) = desk.sent
    desk.keys.press("colon", ":", 12.0)
    before = core.state.seq
    core.tell(asked, by="reyes")
    events = tuple(stored for stored in core.log if stored.seq > before)
    desk.session.received(Facts(events=events), 12.5)
    assert desk.session.selected == "1041"
    assert desk.session.echo.text == "C2 is open"
    desk.session.received(Answer(command_id="id", status=AnswerStatus.DONE), 12.6)
    assert desk.session.echo.text == "C2 is open"


def test_until_the_new_call_is_here_nothing_is_meant_for_the_selected_one(core: FakeCore) -> None:
    desk = Desk(core)
    desk.type("new 38.42,-121.41, fight", 10.0)
    desk.session.received(Answer(command_id="id", status=AnswerStatus.DONE), 11.5)
    desk.keys.press("l", "l", 12.0)
    assert desk.session.proposal is None
    assert desk.session.echo.text == "the new call is not here yet"
    assert desk.session.around(12.0).selected_call is None
    desk.type("new 38.42,-121.41, fight", 13.0)
    refused = Answer(command_id="id", status=AnswerStatus.REFUSED, reasons=("no",))
    desk.session.received(refused, 14.5)
    desk.keys.press("l", "l", 15.0)
    assert desk.session.echo.text != "the new call is not here yet"
    assert desk.session.around(15.0).selected_call == "1041"


async def test_a_pasted_block_opens_no_call(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        hand.app.screen.post_message(Paste("new 38.42,-121.42\n:new 38.42,-121.42\n"))
        await hand.pilot.pause()
        assert hand.app.session.mode is Mode.LOOK
        await hand.press("colon")
        hand.app.screen.post_message(Paste("new 38.42,-121.42\nfight\n"))
        await hand.until(lambda app: app.session.prompt.text.startswith("new"))
        assert core.asked == []


# --- placing, merging, closing ---------------------------------------------------------------------

LINES: list[tuple[str, cmd.AnyCommand]] = [
    (
        "place 1043 at 38.41,-121.41",
        cmd.PlaceCall(command_id="", call_id="1043", position=LatLon(38.41, -121.41)),
    ),
    ("place 1043 South", cmd.PlaceCall(command_id="", call_id="1043", position=SOUTH, label="South")),
    ("place 1043 cad", cmd.PlaceCall(command_id="", call_id="1043", position=None)),
    ("confirm 1043", cmd.ConfirmPlace(command_id="", call_id="1043")),
    ("attach A1 1041", cmd.AttachAlert(command_id="", alert_id="A1", call_id="1041")),
    ("dismiss A2 test plate", cmd.DismissAlert(command_id="", alert_id="A2", reason="test plate")),
    ("merge 1041 c4", cmd.MergeCalls(command_id="", call_id="C4", into="1041")),
    ("split C4", cmd.SplitCalls(command_id="", call_id="C4")),
    ("close c4 nothing there", cmd.CloseCall(command_id="", call_id="C4", reason="nothing there")),
    ("close all COUNTY restart", cmd.CloseCalls(command_id="", feed="COUNTY", reason="restart")),
]


async def test_what_moves_no_aircraft_goes_at_once(core: FakeCore, console: Console) -> None:
    core.call("1043", place=Place(position=SOUTH, kind=PlaceKind.ROUTING, address="Sheldon Rd"))
    core.call("1044")
    senses(core)
    senses(core, "2")
    core.tell(cmd.OpenCall(command_id="o", call_type="ROBBERY", position=SCENE), by="reyes")
    assert core.state.calls["C4"].is_provisional
    async with console(core) as hand:
        for number, (line, command) in enumerate(LINES, 1):
            await enter(hand, line)
            assert bare((await core.commands(number))[-1]) == command, line


async def test_place_looks_an_address_up_and_places_at_once(core: FakeCore, console: Console) -> None:
    knows(core, "9260 elk park dr", "9260 Elk Park Dr", quality=Quality.BLOCK)
    async with console(core) as hand:
        await enter(hand, "place 1041 9260 elk park dr")
        (asked,) = await core.commands(1)
        assert bare(asked) == cmd.PlaceCall(
            command_id="",
            call_id="1041",
            position=FOUND,
            label="9260 Elk Park Dr",
            found_by="BLOCK",
            uncertainty_m=25.0,
        )
        await hand.until(lambda app: app.session.call("1041").placed)
        assert "BLOCK ONLY, confirm 1041?" in hand.screen()
        assert " CONFIRM?.. " in hand.screen()
        await enter(hand, "confirm")
        await core.commands(2)
        await hand.until(lambda app: not app.session.call("1041").place.needs_confirmation)
        assert "BLOCK confirmed by A. REYES" in hand.screen()


@pytest.mark.parametrize(("told_at", "is_near"), [(None, True), (offset(FOUND, 90.0, 100.0), False)])
def test_a_call_that_is_only_placed_near_claims_no_accuracy(
    core: FakeCore, told_at: LatLon | None, is_near: bool
) -> None:
    core.call("1042", place=Place(position=told_at, address="9260 Elk Park Dr"))
    asked = cmd.PlaceCall(
        command_id="p",
        call_id="1042",
        position=FOUND,
        label="Franklin Rd / Sheldon Rd",
        found_by="CROSSING",
        uncertainty_m=10.0,
    )
    core.tell(asked, by="reyes")
    session = Session(send=lambda _: None, new_id=lambda: "id")
    session.received(core.welcome(), 1.0)
    session.received(core.frame(), 1.0)
    call = core.state.calls["1042"]
    words = place_words(session, call)
    assert ("PLACED BY HAND at crossing A. REYES" in words) == is_near
    assert ("+-33 ft  CROSSING by A. REYES" in words) == (not is_near)
    assert where(call).startswith("~9260 Elk Park Dr") == is_near


async def test_an_accepted_merge_takes_the_selection_and_the_flights_along(
    core: FakeCore, console: Console
) -> None:
    core = FakeCore()
    core.calm()
    core.tell(cmd.OpenCall(command_id="o", call_type="ROBBERY", position=SCENE, label="Laguna"), by="reyes")
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="C1"), by="reyes")
    async with console(core) as hand:
        await core.change(lambda c: c.call())
        await core.change(lambda c: c.tell(facts.TimePassed()))
        await hand.until(lambda app: app.session.shown_suggestion == "same:C1:1041")
        assert hand.app.session.selected == "C1"
        await hand.press("y")
        shown = " ".join(hand.screen().split())
        assert "ACCEPT: merge C1 into 1041; no aircraft is ordered anything" in shown
        await hand.decide()
        (asked,) = await core.commands(1)
        assert bare(asked) == cmd.AcceptSuggestion(command_id="", suggestion_id="same:C1:1041")
        await hand.until(lambda app: app.session.selected == "1041")
        assert core.state.flights_to("1041")
        assert "~ C1 is the same call" in hand.screen()
        hand.app.session.selected = "C1"
        hand.app.refresh_screen()
        assert "MERGED INTO 1041: that one goes on" in hand.screen()


# --- alerts, assets, feeds -------------------------------------------------------------------------


async def test_an_alert_stands_under_the_queue_and_becomes_a_call(core: FakeCore, console: Console) -> None:
    async with console(core, size=(160, 48)) as hand:
        row = next(y for y, line in enumerate(hand.screen().splitlines()) if "▸ 1! 1041" in line)
        await core.change(senses)
        await hand.until(lambda app: app.session.model.state.alerts)
        screen = hand.screen()
        assert "▸ 1! 1041" in screen.splitlines()[row]
        assert "ALERTS 1 wait · g shows all" in screen
        assert "A1   PLATE P2 STOLEN VEHICLE 8ABC123" in screen
        assert "0:00 ago · FLOCK LPR 14 · 93% sure · valid until 12:30:00Z · Laguna Blvd" in screen
        await enter(hand, "call a1")
        (asked,) = await core.commands(1)
        assert bare(asked) == cmd.MakeCall(command_id="", alert_id="A1")
        await hand.until(lambda app: app.session.selected == "C2")
        assert "alert A1 PLATE P2 STOLEN VEHICLE 8ABC123" in hand.screen()
        assert "ALERTS" not in hand.screen()


async def test_a_small_screen_counts_alerts_on_one_line(core: FakeCore, console: Console) -> None:
    senses(core)
    senses(core, "2", retracted="wrong plate")
    async with console(core, size=(80, 24)) as hand:
        line = next(line for line in hand.screen().splitlines() if line.startswith(" ALERTS"))
        assert line.startswith(" ALERTS 2 wait (1 RETRACTED): A1 PLATE P2")
        assert line.endswith("· g alerts")
        await hand.press("g")
        shown = " ".join(hand.screen().split())
        assert "call A1, attach A1 CALL, or dismiss A1 REASON" in shown
        assert "A2 RETRACTED PLATE P2" in shown
        assert "taken back: wrong plate" in shown
        await hand.press("g")
        assert hand.app.session.view is View.ALL


async def test_s_shows_what_is_near_the_call_and_connects_to_nothing(
    core: FakeCore, console: Console
) -> None:
    lists_assets(core)
    async with console(core) as hand:
        await hand.press("s")
        shown = " ".join(hand.screen().split())
        assert "NEAR 1041 Laguna Blvd x Bruceville Rd, within 0.2 mi" in shown
        assert "CAMERA LAGUNA NE: 390 ft NE, health ok, consent given, City, rtsp://cams.example/1" in shown
        assert "AIRPORT" not in shown
        await core.change(lambda c: c.call("1050", place=Place(position=offset(SCENE, 180, 2_000))))
        await enter(hand, "near 1050")
        await hand.until(lambda app: app.session.near_call == "1050")
        shown = " ".join(hand.screen().split())
        assert "nothing within that; the nearest: READER AIRPORT: 0.6 mi S" in shown
        assert "CONSENT NOT TOLD" in shown
        assert core.asked == []


async def test_feeds_show_what_was_tolerated_and_what_is_kept(core: FakeCore, console: Console) -> None:
    core.tell(facts.MessageUnusable(feed="COUNTY", reason="not JSON", original="{"))
    core.call("1050", warnings=("no priority",))
    core.tell(facts.FeedSnapshotTaken(feed="COUNTY", incident_uids=()))
    async with console(core) as hand:
        await enter(hand, "feeds")
        await hand.until(lambda app: app.session.view is View.FEEDS)
        shown = " ".join(hand.screen().split())
        assert "COUNTY up since 12:00:00Z (0:00); 2 calls open, 2 NO LONGER LISTED" in shown
        assert "1 tolerated, 1 quarantined" in shown
        assert "rtcc cad quarantine" in shown
