"""The selected call stays selected: every screen, page and replay hands it back."""

from __future__ import annotations

import msgspec
import pytest
from tests.tui.conftest import OpenConsole
from tests.tui.fakecore import SCENE, FakeCore, in_air
from tests.tui.past import an_hour_ago, on_scene_at

from rtcc_core.domain import events as ev
from rtcc_core.domain.commands import HoldDrone, LaunchDrone
from rtcc_core.wire.console import LookedBack
from rtcc_tui.flying import tiles
from rtcc_tui.keys import Keys
from rtcc_tui.looking import View
from rtcc_tui.session import Session

NOW = 100.0

SCREENS = {
    "2": View.FLIGHT,
    "3": View.SITES,
    "4": View.AIR,
    "5": View.PEOPLE,
    "6": View.JOURNAL,
    "7": View.DRILL,
    "m": View.MAP,
    "question_mark": View.HELP,
    "g": View.ALERTS,
    "tab": View.CALL,
}


def two_calls() -> FakeCore:
    """D1 over 1041, D2 over 1043; nobody goes to 1042."""
    core = FakeCore()
    core.calm()
    for number, drone in (("1041", "D1"), ("1042", ""), ("1043", "D2")):
        core.call(number, priority=int(number[-1]))
        if drone:
            core.happens(
                ev.FlightOpened(flight_id=drone, drone=drone, call_id=number, target=SCENE, gates=()),
                by="reyes",
            )
            core.happens(ev.ControlTaken(drone=drone, account="reyes", how="launch"))
            core.sees(in_air(drone, SCENE, 60.0))
    return core


async def test_every_screen_hands_back_the_same_call(console: OpenConsole) -> None:
    async with console(two_calls(), size=(80, 24)) as hand:
        await hand.until(lambda app: app.session.selected == "1041")
        await hand.press("down")
        assert hand.app.session.selected == "1042"
        for key, view in SCREENS.items():
            await hand.press(key)
            assert hand.app.session.view is view, key
            await hand.press("right", "down", "left", "up", "pagedown", "escape")
            assert hand.app.session.view is View.ALL, key
            assert hand.app.session.selected == "1042", key
            await hand.press("escape")


def session_on(core: FakeCore) -> Session:
    session = Session(send=lambda _: None, new_id=lambda: "id")
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    return session


def press(session: Session, *keys: str) -> None:
    hand = Keys(session)
    for index, key in enumerate(keys):
        hand.press(key, key if len(key) == 1 else None, NOW + index * 0.3)


def test_on_the_flight_screen_hold_means_the_marked_aircraft_and_launch_the_selected_call() -> None:
    session = session_on(two_calls())
    press(session, "down", "2", "right", "h")
    assert session.proposal is not None
    assert session.proposal.command == HoldDrone(command_id="", drone="D2")
    assert session.selected == "1042"


def test_a_screen_that_is_opened_marks_the_aircraft_of_the_selected_call() -> None:
    session = session_on(two_calls())
    press(session, "down", "down", "2")
    assert "D2" in tiles(session, NOW)
    assert session.screens.flight.focus == "D2"


@pytest.mark.parametrize("chosen", ["1041", "1055"])
def test_a_replay_hands_back_the_call_that_was_selected_before_it(chosen: str) -> None:
    core = an_hour_ago()
    session = session_on(core)
    session.selected, session.anchor = chosen, 1
    calls = {key: call for key, call in core.state.calls.items() if key != "1055"}
    state = msgspec.structs.replace(core.state, calls=calls)
    press(session, "6")
    session.replay.go(5, core.at, lambda make: make("q").query_id)
    session.received(LookedBack(query_id="q", at=on_scene_at(core), state=state), NOW)
    assert (session.replay.is_on, session.selected) == (True, "1041")
    press(session, "escape", "escape")
    assert not session.replay.is_on
    assert session.selected == chosen


def test_a_call_that_was_opened_for_a_launch_is_the_one_that_is_launched_to() -> None:
    core = FakeCore()
    core.calm()
    core.call("1041", priority=1)
    core.call("1042", priority=2)
    session = session_on(core)
    press(session, "down", "2", "escape", "l")
    assert session.proposal is not None, session.echo.text
    assert isinstance(session.proposal.command, LaunchDrone)
    assert session.proposal.command.call_id == "1042"
