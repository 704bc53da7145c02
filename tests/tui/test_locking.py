"""A locked screen: no call is on it, nothing typed there acts, alarms ring on, and only the core opens it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest
from tests.tui.fakecore import SCENE, FakeCore, in_air
from textual.events import Paste

from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.wire.console import FromCore, Goodbye, Lock, LockTold, Query, Unlock
from rtcc_tui.keys import Keys
from rtcc_tui.locking import NOBODY_TO_ASK, NOT_PASTED
from rtcc_tui.looking import Mode
from rtcc_tui.screenful import draw
from rtcc_tui.session import Session

Console = Callable[..., AbstractAsyncContextManager[Any]]

NOW = 100.0
PIN = "4711-x"
SECRETS = ("1041", "ROBBERY", "Laguna", "Bruceville", "COUNTY", "D1", "D2")
"""What stands on the open screen and must not on the locked one."""


class Desk:
    """A session, its keys and what they led to."""

    def __init__(self, core: FakeCore) -> None:
        self.core = core
        self.sent: list[Any] = []
        self.asked: list[Query] = []
        self.at = NOW
        self._ids = iter(range(1000))
        self.session = Session(
            send=self.sent.append, query=self.asked.append, new_id=lambda: f"q{next(self._ids)}"
        )
        self.keys = Keys(self.session)
        self.hears(core.welcome(), core.frame())

    def hears(self, *messages: FromCore) -> None:
        for message in messages:
            self.session.received(message, self.at)

    def press(self, *keys: str, gap_s: float = 0.2) -> None:
        for key in keys:
            self.at += gap_s
            self.keys.press(key, key if len(key) == 1 else None, self.at)

    def type(self, line: str) -> None:
        self.press("colon", *line, "enter")

    def mode(self) -> Mode:
        return self.session.mode

    @property
    def locks(self) -> list[Query]:
        return [each for each in self.asked if isinstance(each, Lock | Unlock)]

    def screen(self, size: tuple[int, int] = (80, 24)) -> str:
        return "\n".join(draw(self.session, self.at, *size))


@pytest.fixture
def desk(core: FakeCore) -> Desk:
    return Desk(core)


def opened(desk: Desk) -> None:
    """The core says that the PIN was right."""
    assert isinstance(desk.locks[-1], Unlock)
    desk.hears(LockTold(query_id=desk.locks[-1].query_id, is_locked=False))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (30, 8)])
def test_nothing_of_a_call_is_left_on_the_screen(desk: Desk, size: tuple[int, int]) -> None:
    assert any(secret in desk.screen() for secret in SECRETS)
    desk.type("lock")
    assert desk.locks == [Lock(query_id=desk.locks[0].query_id, reason="asked for")]
    screen = desk.screen(size)
    assert not [secret for secret in SECRETS if secret in screen]
    assert "LOCKED" in screen
    assert "PIN" in screen


def test_alarms_are_counted_by_severity_and_ring_on(desk: Desk) -> None:
    desk.type("lock")
    assert "no alarm waits" in desk.screen()
    desk.core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    desk.core.settle("D1")
    desk.core.fly("D1")
    lost = in_air("D1", SCENE, 60.0, link_age_s=14.0, position_age_s=14.0, is_connected=False)
    desk.core.sees(lost, 1.0)
    desk.hears(desk.core.welcome(), desk.core.frame())
    assert desk.session.bell_due(desk.at)
    screen = desk.screen()
    assert "1 CRITICAL not acknowledged: D1 LINK LOST" in screen
    assert not [secret for secret in SECRETS if secret in screen and secret != "D1"]
    desk.press("a")
    assert desk.sent == []


def test_nothing_typed_there_acts(desk: Desk) -> None:
    desk.type("lock")
    desk.press("l", "enter", "h", "r", "t", "a", "y", "colon", "question_mark", "1", "tab", "escape", "f1")
    desk.press("space", "ctrl+p", "up", "enter")
    assert desk.sent == []
    assert desk.mode() is Mode.LOCKED
    assert not desk.session.wants_to_leave
    # `l` and Enter: a PIN, for the core alone.
    assert [type(each).__name__ for each in desk.locks] == ["Lock", "Unlock"]


def test_the_pin_opens_and_is_kept_nowhere(desk: Desk) -> None:
    desk.type("lock")
    desk.press(*PIN)
    screen = desk.screen()
    assert "*" * len(PIN) in screen
    assert PIN not in screen
    assert PIN not in repr(desk.session.screens)
    desk.press("enter")
    assert desk.locks[-1] == Unlock(query_id=desk.locks[-1].query_id, pin=PIN)
    assert desk.session.screens.lock.pin == ""
    desk.press("l", "enter")  # not before the core has answered
    assert desk.mode() is Mode.LOCKED
    opened(desk)
    assert desk.mode() is Mode.LOOK
    assert "1041" in desk.screen()
    assert desk.sent == []


def test_a_wrong_pin_is_said_in_the_cores_words(desk: Desk) -> None:
    desk.type("lock")
    desk.press("1", "2", "enter")
    desk.hears(LockTold(query_id=desk.locks[-1].query_id, is_locked=True, trouble="not your PIN; 4 more"))
    assert desk.mode() is Mode.LOCKED
    assert "not your PIN; 4 more" in desk.screen()


def test_only_the_answer_to_the_pin_opens(desk: Desk) -> None:
    desk.type("lock")
    desk.hears(LockTold(query_id=desk.locks[-1].query_id, is_locked=False))
    desk.hears(LockTold(query_id="another", is_locked=False))
    assert desk.mode() is Mode.LOCKED


@pytest.mark.parametrize("is_marked", [True, False])
def test_a_paste_is_no_pin(desk: Desk, is_marked: bool) -> None:
    desk.type("lock")
    desk.press("1")
    desk.keys.paste(f"{PIN}\r", desk.at, is_marked=is_marked)
    assert NOT_PASTED in desk.screen()
    desk.press("enter")
    desk.press(*PIN, "enter", gap_s=0.001)  # its terminal did not even say that it was one
    assert [type(each).__name__ for each in desk.locks] == ["Lock"]
    assert NOT_PASTED in desk.screen()


def test_idle_time_locks_and_a_key_puts_it_off(desk: Desk) -> None:
    programme = desk.core.state.programme
    assert programme is not None
    programme = msgspec.structs.replace(programme, is_drill=False, lock_after_min=15.0)
    desk.core.state = msgspec.structs.replace(desk.core.state, programme=programme)
    desk.hears(desk.core.welcome())
    desk.press("j")
    desk.session.ticked(desk.at + 899.0)
    assert desk.mode() is Mode.LOOK
    desk.at += 890.0
    desk.press("j")
    desk.session.ticked(desk.at + 20.0)
    assert desk.mode() is Mode.LOOK
    desk.session.ticked(desk.at + 900.0)
    assert desk.mode() is Mode.LOCKED
    assert desk.locks == [Lock(query_id=desk.locks[0].query_id, reason="idle for 15 min")]


def test_who_has_an_aircraft_out_is_not_locked_out_of_a_hold(desk: Desk) -> None:
    programme = desk.core.state.programme
    assert programme is not None
    programme = msgspec.structs.replace(programme, is_drill=False, lock_after_min=15.0)
    desk.core.state = msgspec.structs.replace(desk.core.state, programme=programme)
    desk.core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    desk.core.settle("D1")
    desk.core.fly("D1")
    desk.hears(desk.core.welcome(), desk.core.frame())
    desk.session.ticked(desk.at)
    desk.session.ticked(desk.at + 3_600.0)
    assert desk.mode() is Mode.LOOK
    desk.type("lock")
    assert desk.mode() is Mode.LOCKED, "who asks for it gets it"


@pytest.mark.parametrize(("is_drill", "minutes"), [(True, 15.0), (False, 0.0)])
def test_a_drill_and_a_floor_that_is_never_empty_do_not_lock(
    desk: Desk, is_drill: bool, minutes: float
) -> None:
    programme = desk.core.state.programme
    assert programme is not None
    programme = msgspec.structs.replace(programme, is_drill=is_drill, lock_after_min=minutes)
    desk.core.state = msgspec.structs.replace(desk.core.state, programme=programme)
    desk.hears(desk.core.welcome())
    desk.session.ticked(desk.at)
    desk.session.ticked(desk.at + 99_999.0)
    assert desk.mode() is Mode.LOOK


@pytest.mark.parametrize("key", ["l", "colon"])
def test_what_was_open_is_dropped(desk: Desk, key: str) -> None:
    desk.press(key)
    programme = desk.core.state.programme
    assert programme is not None
    programme = msgspec.structs.replace(programme, is_drill=False, lock_after_min=1.0)
    desk.core.state = msgspec.structs.replace(desk.core.state, programme=programme)
    desk.hears(desk.core.welcome())
    desk.session.ticked(desk.at + 61.0)
    desk.session.painted(desk.at + 62.0, proposal=None)
    desk.at += 62.0
    desk.press("enter")
    desk.press(*PIN, "enter")
    opened(desk)
    desk.press("enter")
    assert desk.session.proposal is None
    assert desk.session.prompt.text == ""
    assert desk.sent == []


def test_after_a_new_connection_the_core_is_told_again(desk: Desk) -> None:
    desk.type("lock")
    desk.session.lost("the core went away", desk.at)
    assert "NO CORE" in desk.screen()
    desk.press("1", "enter")
    assert NOBODY_TO_ASK in desk.screen()
    desk.core.call("1042", type_text="FIGHT")
    desk.hears(desk.core.welcome(), desk.core.frame())
    assert [type(each).__name__ for each in desk.locks] == ["Lock", "Lock"]
    assert desk.mode() is Mode.LOCKED
    assert "FIGHT" not in desk.screen()


def test_without_a_pin_enter_leaves(desk: Desk) -> None:
    programme = desk.core.state.programme
    assert programme is not None
    programme = msgspec.structs.replace(programme, is_drill=False)
    desk.core.state = msgspec.structs.replace(desk.core.state, programme=programme)
    desk.hears(desk.core.welcome())
    desk.type("lock")
    desk.hears(LockTold(query_id=desk.locks[-1].query_id, is_locked=True, trouble="no PIN", has_pin=False))
    assert "Enter leaves this console" in desk.screen()
    desk.press("enter")
    assert desk.session.wants_to_leave


def test_without_a_pin_enter_unlocks_in_a_drill(desk: Desk) -> None:
    desk.type("lock")
    desk.hears(LockTold(query_id=desk.locks[-1].query_id, is_locked=True, trouble="no PIN", has_pin=False))
    assert "in a drill Enter unlocks" in desk.screen()
    desk.press("x", "enter")
    assert desk.locks[-1] == Unlock(query_id=desk.locks[-1].query_id, pin="")
    assert not desk.session.wants_to_leave
    opened(desk)
    assert desk.mode() is Mode.LOOK


def test_leaving_with_aircraft_out_is_asked_once_more(desk: Desk) -> None:
    desk.core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    desk.hears(desk.core.welcome())
    desk.type("lock")
    desk.press("ctrl+q")
    assert "Ctrl+Q again leaves" in desk.screen()
    desk.press("x", "ctrl+q")
    assert not desk.session.wants_to_leave
    desk.press("ctrl+q")
    assert desk.session.wants_to_leave


def test_a_final_goodbye_ends_the_console(desk: Desk) -> None:
    desk.type("lock")
    desk.hears(Goodbye(reason="5 wrong PINs: log in again", is_final=True))
    assert desk.session.wants_to_leave
    assert desk.session.screens.lock.farewell == "5 wrong PINs: log in again"


async def test_on_the_screen_only_the_pin_leaves_the_console(core: FakeCore, console: Console) -> None:
    core.pin = PIN
    async with console(core) as hand:
        await hand.press("colon", *"lock", "enter")
        await hand.until(lambda app: core.locks)
        shown = [pane.id for pane in hand.app.panes.values() if pane.display]
        assert shown == ["lock"]
        await hand.press("l", "enter")
        await hand.until(lambda app: app.session.screens.lock.state.trouble)
        hand.app.screen.post_message(Paste(PIN))
        await hand.until(lambda app: app.session.screens.lock.note == NOT_PASTED)
        await hand.press(*("minus" if char == "-" else char for char in PIN), "enter")
        await hand.until(lambda app: app.session.mode is Mode.LOOK)
        assert [type(each).__name__ for each in core.locks] == ["Lock", "Unlock", "Unlock"]
        assert core.locks[-1] == Unlock(query_id=core.locks[-1].query_id, pin=PIN)
        assert core.asked == []
