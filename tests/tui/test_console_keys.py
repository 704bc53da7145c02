"""Which request leaves the console for which keys: the whole road, from the key to the socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from tests.tui.fakecore import NOON, PEOPLE, SOUTH, FakeCore, on_ground
from textual.events import Key, Paste

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.call import Place
from rtcc_core.domain.flight import Outcome
from rtcc_core.wire.console import Health
from rtcc_tui.app import ConsoleApp
from rtcc_tui.driver import EscapeParser
from rtcc_tui.keys import PASTED, TOO_FAST
from rtcc_tui.model import ANSWER_WITHIN_S
from rtcc_tui.session import Mode

Console = Callable[..., AbstractAsyncContextManager[Any]]


def without_ids(asked: list[cmd.AnyCommand]) -> list[tuple[str, str]]:
    """Requests as (kind, aircraft or call)."""
    return [(type(c).__name__, str(getattr(c, "drone", None) or getattr(c, "call_id", ""))) for c in asked]


async def test_l_then_enter_launches_the_recommended_aircraft(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        await hand.press("l")
        assert "LAUNCH D1 → 1041 ROBBERY IN PROGRESS, overhead in 1:" in hand.screen()
        assert core.asked == []
        await hand.decide()
        (asked,) = await core.commands(1)
        assert asked == cmd.LaunchDrone(
            command_id=asked.command_id, seen_seq=asked.seen_seq, drone="D1", call_id="1041"
        )
        assert len(asked.command_id) == 32
        assert 0 < asked.seen_seq <= core.state.seq
        await hand.until(lambda app: "ASKED: launch D1" in app.session.echo.text)
        assert "launch ASKED" in hand.screen()


async def test_escape_keeps_it_on_the_ground(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        await hand.press("l", "escape", "enter", "enter")
        assert hand.app.session.mode is Mode.LOOK
        assert core.asked == []


async def test_a_number_key_picks_another_aircraft(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        await hand.press("l", "2")
        assert "LAUNCH D2 → 1041" in hand.screen()
        await hand.decide()
        assert without_ids(await core.commands(1)) == [("LaunchDrone", "D2")]


async def test_an_enter_right_behind_the_l_sends_nothing_and_closes(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        for key in (Key("l", "l"), Key("enter", "\r")):  # made, and so timed, together
            hand.app.post_message(key)
        await hand.until(lambda app: app.session.echo.text == TOO_FAST)
        await asyncio.sleep(0.2)
        await hand.press("enter")
        assert core.asked == []


async def test_the_aircraft_on_the_line_stays_when_the_advice_changes(
    core: FakeCore, console: Console
) -> None:
    async with console(core) as hand:
        await hand.press("l")
        assert "LAUNCH D1" in hand.screen()
        await core.change(lambda c: c.sees(on_ground("D1", battery_fraction=0.15)))
        await hand.until(lambda app: app.session.model.sky["D1"].battery_fraction == 0.15)
        assert "LAUNCH D1" in hand.screen()
        await hand.decide()
        assert core.asked == []
        assert "nothing was sent: D1 may not go: battery" in hand.screen()


async def test_unknown_gates_ask_for_a_reason_and_send_it(core: FakeCore, console: Console) -> None:
    fresh = FakeCore(PEOPLE[1])
    fresh.sees(on_ground("D1"))
    fresh.call()
    async with console(fresh) as hand:
        await hand.press("l")
        assert hand.app.session.mode is Mode.PROMPT
        assert hand.app.session.prompt.text == "launch D1 1041 override "
        await hand.write("shots fired")
        await hand.decide()
        (asked,) = await fresh.commands(1)
        assert isinstance(asked, cmd.LaunchDrone)
        assert asked.override_reason == "shots fired"


async def test_a_dispatcher_is_told_who_may_override(console: Console) -> None:
    fresh = FakeCore()
    fresh.sees(on_ground("D1"))
    fresh.call()
    async with console(fresh) as hand:
        await hand.press("l")
        assert hand.app.session.mode is Mode.LOOK
        assert "only with an override" in hand.screen()


async def test_when_none_may_go_every_reason_is_said(core: FakeCore, console: Console) -> None:
    core.sees(on_ground("D1", battery_fraction=0.1))
    core.sees(on_ground("D2", SOUTH, has_fix=False))
    async with console(core, size=(160, 48)) as hand:
        await hand.press("l")
        text = hand.app.session.echo.text
        assert "no aircraft may go to 1041" in text
        assert "D1: battery" in text
        assert "D2: " in text
        await hand.press("enter")
        assert core.asked == []


async def test_hold_and_return_act_on_the_aircraft_of_the_selected_call(
    core: FakeCore, console: Console
) -> None:
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    async with console(core) as hand:
        await hand.press("h")
        assert "HOLD D1" in hand.screen()
        await hand.decide()
        await core.commands(1)
        await hand.press("r")
        assert "RETURN D1" in hand.screen()
        await hand.decide()
        assert without_ids(await core.commands(2)) == [("HoldDrone", "D1"), ("ReturnDrone", "D1")]


async def test_rtl_can_be_typed_in_either_order(core: FakeCore, console: Console) -> None:
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    async with console(core) as hand:
        await hand.write(":d1 rtl")
        assert "RETURN D1" in hand.screen()
        await hand.decide()
        assert without_ids(await core.commands(1)) == [("ReturnDrone", "D1")]
        await hand.press("colon", "up")
        assert hand.app.session.prompt.text == "d1 rtl"


async def test_notes_and_claims_go_at_once(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        await hand.press("n")
        await hand.write("two people running north")
        await hand.press("enter", "t")
        note, take = await core.commands(2)
        assert isinstance(note, cmd.AddNote)
        assert (note.call_id, note.text) == ("1041", "two people running north")
        assert isinstance(take, cmd.TakeCall)
        await hand.until(lambda app: app.session.model.state.calls["1041"].taken_by == "reyes")
        assert "wrote: two people running north" in hand.screen()


@pytest.mark.parametrize("pasted", ["take 1041", "alarms", "ajt"])
async def test_the_first_letter_of_an_unmarked_paste_asks_nothing(
    core: FakeCore, console: Console, pasted: str
) -> None:
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1", Outcome.UNKNOWN, "no acknowledgement within 5 s")
    async with console(core) as hand:
        await hand.until(lambda app: app.session.shown_alarm is not None)
        await asyncio.sleep(0.17)
        for event in EscapeParser().feed(pasted):
            hand.app.post_message(event)
        await hand.until(lambda app: PASTED in app.session.echo.text)
        await hand.press("escape", "t")
        (asked,) = await core.commands(1)
        assert isinstance(asked, cmd.TakeCall), "the t that was pressed alone, and nothing before it"


async def test_a_acknowledges_the_alarm_that_is_shown(core: FakeCore, console: Console) -> None:
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1", Outcome.UNKNOWN, "no acknowledgement within 5 s")
    async with console(core) as hand:
        await hand.until(lambda app: app.session.shown_alarm is not None)
        shown = hand.app.session.shown_alarm
        await hand.acknowledge()
        (asked,) = await core.commands(1)
        assert isinstance(asked, cmd.AcknowledgeAlarm)
        assert asked.alarm_id == shown


async def test_an_unanswered_request_is_unknown_and_never_sent_again(
    core: FakeCore, console: Console
) -> None:
    core.answers = False
    async with console(core) as hand:
        await hand.press("l")
        await hand.decide()
        (asked,) = await core.commands(1)
        await hand.until(
            lambda app: app.session.echo.text.startswith("UNKNOWN: launch D1"), ANSWER_WITHIN_S + 2
        )
        await asyncio.sleep(0.1)
        assert core.asked == [asked]


async def test_a_lost_core_is_said_and_the_new_welcome_is_taken(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        core.is_away = True
        await core.drop()
        await hand.until(lambda app: not app.session.model.is_connected)
        assert "NO CORE" in hand.screen()
        await hand.press("t")
        await hand.until(lambda app: "NO CORE: NOT sent: take 1041" in app.session.echo.text)
        core.call("1042", priority=2)
        core.is_away = False
        await hand.until(lambda app: "1042" in app.session.model.state.calls)
        assert "NO CORE for" not in hand.screen()
        assert core.asked == []


async def test_a_missing_fact_leads_to_a_new_snapshot(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        core.call("1050")
        since = core.state.seq
        core.call("1051")
        await core.publish(since)  # the events of 1050 are never sent
        await hand.until(lambda app: {"1050", "1051"} <= app.session.model.state.calls.keys())
        assert hand.app.session.model.state.seq == core.state.seq


async def test_quitting_asks_once_while_an_aircraft_is_out(core: FakeCore, console: Console) -> None:
    core.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    async with console(core) as hand:
        await hand.press("q")
        assert hand.app.is_running
        assert "LEAVE this console? D1 out" in hand.screen()
        await hand.press("escape")
        assert hand.app.session.mode is Mode.LOOK
        await hand.press("ctrl+q")
        await hand.decide()
        await hand.until(lambda app: app.session.wants_to_leave)


async def test_quitting_leaves_at_once_when_all_are_home(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        await hand.press("q")
        assert hand.app.session.wants_to_leave


async def test_a_bracketed_paste_flies_nothing(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        hand.app.screen.post_message(Paste("l\n\nlaunch D1 1041\n"))
        await hand.pilot.pause()
        assert "ignored here" in hand.app.session.echo.text
        await hand.press("colon")
        hand.app.screen.post_message(Paste("launch D1 1041\nlaunch D2 1041\n"))
        await hand.pilot.pause()
        assert hand.app.session.prompt.text.strip() == "launch D1 1041 launch D2 1041"
        assert core.asked == []


async def test_the_selection_stays_when_a_more_urgent_call_comes_in(core: FakeCore, console: Console) -> None:
    core.call("1040", priority=3, type_text="SUSPICIOUS VEHICLE")
    async with console(core) as hand:
        await hand.press("down")
        assert hand.app.session.selected == "1040"
        await core.change(lambda c: c.call("1043", priority=1, place=Place(address="nowhere")))
        await hand.until(lambda app: "1043" in app.session.model.state.calls)
        assert hand.app.session.selected == "1040"
        assert "▸ 3  1040" in hand.screen()


async def test_journal_trouble_is_loud(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        core.health = Health(journal_error="disk full", journal_failed_at=NOON)
        await core.publish(core.state.seq)
        await hand.until(lambda app: app.session.model.health.journal_error)
        assert "JOURNAL CANNOT WRITE since 12:00:00Z" in hand.screen()


async def test_help_opens_on_the_keys_of_a_shift_and_goes_away(core: FakeCore, console: Console) -> None:
    async with console(core, size=(80, 24)) as hand:
        await hand.press("question_mark")
        screen = hand.screen()
        assert "? or Esc goes back" in screen
        assert screen.splitlines()[2].startswith(" ! moves an aircraft")
        assert "!l         launch: the best aircraft to the selected call" in screen
        await hand.press("escape")
        assert "? or Esc goes back" not in hand.screen()


async def test_a_small_window_says_so_and_recovers(core: FakeCore, console: Console) -> None:
    async with console(core, size=(80, 24)) as hand:
        await hand.pilot.resize_terminal(60, 20)
        await hand.until(lambda app: app.size.width == 60)
        assert "too small: 60 x 20" in hand.screen()
        await hand.pilot.resize_terminal(120, 40)
        await hand.until(lambda app: app.size.width == 120)
        assert "SEND TO 1041" in hand.screen()


@pytest.mark.parametrize("key", ["l", "h", "r", "t", "n", "a"])
async def test_an_observer_sends_nothing(key: str, console: Console) -> None:
    core = FakeCore(PEOPLE[2])
    core.calm()
    core.call()
    async with console(core) as hand:
        await hand.press(key)
        if key == "n":
            await hand.write("hello")
            await hand.press("enter")
        if key in "lrtn":
            await hand.until(
                lambda app: "not allowed" in app.session.echo.text or "no aircraft" in app.session.echo.text
            )
        assert core.asked == []


async def test_the_flight_is_shown_in_the_stored_words(core: FakeCore, console: Console) -> None:
    async with console(core) as hand:
        await core.change(
            lambda c: c.tell(cmd.LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
        )
        await hand.until(lambda app: "launch ASKED" in hand.screen())
        await core.change(lambda c: c.settle("D1"))
        await hand.until(lambda app: "ACCEPTED" in hand.screen())
        await core.change(lambda c: c.fly("D1"))
        await hand.until(lambda app: "D1 on scene" in hand.screen())


async def test_a_key_that_meets_a_frame_on_its_way_does_not_wait_for_the_pump(
    core: FakeCore, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    core.call("1040")
    looks = 0

    def backlog(_driver: object) -> int:
        nonlocal looks
        looks = max(0, looks - 1)
        return looks

    monkeypatch.setattr(ConsoleApp, "_pump", lambda _app: None)
    monkeypatch.setattr("rtcc_tui.app.backlog_of", backlog)
    async with console(core) as hand:
        session, first = hand.app.session, hand.app.session.selected
        painted: list[str | None] = []
        monkeypatch.setattr(hand.app, "_paint", lambda *_args, **_more: painted.append(session.selected))
        looks = 4
        await hand.pilot.press("j")
        await hand.until(lambda _app: painted)
        assert painted[-1] not in (None, first)
