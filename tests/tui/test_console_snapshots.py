"""Screens as pictures: a change of look is a decision, not an accident.

After a wanted change: `pytest tests/tui/test_console_snapshots.py --snapshot-update`, and look at them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.tui.fakecore import SCENE, FakeCore, in_air, on_ground
from tests.tui.hostile import busy
from tests.tui.incoming import senses
from tests.tui.past import answered, write
from tests.tui.recorded import out
from textual.pilot import Pilot

from rtcc_core.domain.alert import AlertKind
from rtcc_core.domain.call import Detail, Note, Place
from rtcc_core.domain.commands import AnyCommand, AttachAlert, LaunchDrone, OpenCall
from rtcc_core.domain.events import ControlTaken, FlightOpened, LinkLost
from rtcc_core.domain.geo import offset
from rtcc_core.records.past import JournalPast
from rtcc_core.wire.console import FromCore, Health, MapSheet, Query
from rtcc_tui.app import ConsoleApp
from rtcc_tui.connection import Listener
from rtcc_tui.glyphs import UNICODE
from rtcc_tui.looking import View
from rtcc_tui.terminal import Terminal

Press = Callable[[Pilot[None]], Awaitable[None]]


class Recording:
    """A line to a core that was recorded: the same messages every time, requests go nowhere.

    What is asked of the journal is answered from one on disk.
    """

    def __init__(self, *messages: FromCore, past: JournalPast | None = None) -> None:
        self._messages = messages
        self._past = past
        self._listener: Listener | None = None

    async def run(self, listener: Listener) -> None:
        self._listener = listener
        for message in self._messages:
            listener.received(message)
        await asyncio.Event().wait()

    def send(self, command: AnyCommand) -> None:
        return

    def query(self, question: Query) -> None:
        reply = answered(self._past, question) if self._past else None
        if reply is not None and self._listener is not None:
            asyncio.get_running_loop().call_soon(self._listener.received, reply)

    def restart(self) -> None:
        return


def recorded(
    core: FakeCore, *more: FromCore, colours: bool = True, past: JournalPast | None = None
) -> ConsoleApp:
    sheet = MapSheet(query_id="map", sheet=core.sheet)
    line = Recording(core.welcome(), core.frame(), *([sheet] if core.sheet else []), *more, past=past)
    # Stands still, ahead of the real times that keys carry: nothing ages while the picture is taken.
    standing = time.monotonic() + 60.0
    terminal = Terminal(UNICODE, has_many_colours=colours)
    return ConsoleApp(line, terminal=terminal, has_bell=False, clock=lambda: standing)


def shift() -> FakeCore:
    core = FakeCore()
    core.calm()
    core.call(notes=(Note(text="caller: two men, one with a handgun, blue sedan", at=core.at),))
    core.call("1040", priority=3, type_text="SUSPICIOUS VEHICLE", place=Place(address="Elk Park"))
    core.call("1039", priority=4, type_text="WELFARE CHECK")
    return core


def shows(*keys: str, view: View | None = None) -> Press:
    async def run(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        async with asyncio.timeout(5.0):
            while app.session.selected is None:  # noqa: ASYNC110  # a screen has no event to wait for
                await asyncio.sleep(0.01)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        app.session.view = view or app.session.view
        app.refresh_screen()
        await pilot.pause()

    return run


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_calls_wait(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(recorded(shift()), terminal_size=size, run_before=shows())


def test_a_launch_is_proposed(snap_compare: Any) -> None:
    assert snap_compare(recorded(shift()), terminal_size=(80, 24), run_before=shows("l"))


def test_a_link_is_lost(snap_compare: Any) -> None:
    core = shift()
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    core.sees(in_air("D1", SCENE, 60.0, link_age_s=14.0, position_age_s=14.0, is_connected=False), 1.0)
    assert snap_compare(recorded(core), terminal_size=(120, 40), run_before=shows())


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])
def test_alerts_wait_beside_a_call_opened_here(snap_compare: Any, size: tuple[int, int]) -> None:
    core = shift()
    senses(core)
    senses(core, "2", kind=AlertKind.GUNSHOT, title="3 ROUNDS", source="SHOTS", priority=1, valid_until=None)
    senses(core, "3", retracted="plate misread")
    core.call(
        details=(Detail(kind="caution", text="WEAPON: handgun", severity=1),),
        updated_at=core.at + timedelta(seconds=1),
    )
    core.tell(AttachAlert(command_id="a", alert_id="A1", call_id="1041"), by="reyes")
    core.tell(OpenCall(command_id="o", call_type="FIGHT", position=SCENE, label="Laguna Blvd"), by="reyes")
    assert snap_compare(recorded(core), terminal_size=size, run_before=shows())


def two_out() -> FakeCore:
    """D1 over its call, D2 on the way to another, both of them this person's."""
    core = shift()
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    core.settle("D1")
    core.fly("D1")
    core.happens(FlightOpened(flight_id="F9", drone="D2", call_id="1039", target=SCENE, gates=()), by="reyes")
    core.happens(ControlTaken(drone="D2", account="reyes", how="launch"))
    core.sees(in_air("D2", offset(SCENE, 200.0, 700.0), 75.0, ground_speed_m_s=14.0, track_deg=20.0), 4.0)
    return core


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_two_aircraft_side_by_side(snap_compare: Any, size: tuple[int, int]) -> None:
    assert snap_compare(recorded(two_out()), terminal_size=size, run_before=shows("2"))


def test_aircraft_and_sites(snap_compare: Any) -> None:
    core = two_out()
    core.sees(on_ground("D2", is_armable=False, health="compass not calibrated"))
    assert snap_compare(recorded(core), terminal_size=(80, 24), run_before=shows("3"))


def test_sixteen_colours(snap_compare: Any) -> None:
    core = two_out()
    core.sees(in_air("D2", SCENE, 75.0, link_age_s=14.0, position_age_s=14.0, is_connected=False), 1.0)
    assert snap_compare(recorded(core, colours=False), terminal_size=(80, 24), run_before=shows())


@pytest.mark.parametrize("key", ["4", "5"], ids=["air", "people"])
def test_what_surrounds_the_flights(snap_compare: Any, key: str) -> None:
    core = busy()
    core.health = Health()
    assert snap_compare(recorded(core), terminal_size=(80, 24), run_before=shows(key))


def test_the_map_of_the_city(snap_compare: Any) -> None:
    assert snap_compare(recorded(out()), terminal_size=(120, 40), run_before=shows("m"))


@pytest.mark.parametrize("keys", [("6",), ("6", *["up"] * 12, "enter", "1")], ids=["journal", "replay"])
def test_the_journal_and_what_it_replays(snap_compare: Any, tmp_path: Path, keys: tuple[str, ...]) -> None:
    core = out()
    past = asyncio.run(write(core, tmp_path / "journal.db"))
    core.at += timedelta(minutes=5)
    assert snap_compare(recorded(core, past=past), terminal_size=(80, 24), run_before=shows(*keys))


def lose(core: FakeCore, drone: str) -> None:
    failsafe = "returns home by itself"
    core.happens(LinkLost(drone=drone, last_position=None, last_height_m=None, failsafe=failsafe))


def test_a_flood_of_alarms(snap_compare: Any) -> None:
    core = two_out()
    for number in range(3, 21):
        lose(core, f"D{number}")
    run = shows(view=View.ALARMS)
    assert snap_compare(recorded(core), terminal_size=(80, 24), run_before=run)


def test_a_locked_console(snap_compare: Any) -> None:
    core = two_out()
    lose(core, "D2")
    run = shows("colon", *"lock", "enter")
    assert snap_compare(recorded(core), terminal_size=(80, 24), run_before=run)


def test_a_terminal_that_is_too_small(snap_compare: Any) -> None:
    assert snap_compare(recorded(two_out()), terminal_size=(60, 20), run_before=shows())
