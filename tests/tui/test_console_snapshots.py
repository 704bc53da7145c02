"""Screens as pictures: a change of look is a decision, not an accident.

After a wanted change: `pytest tests/tui/test_console_snapshots.py --snapshot-update`, and look at them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.tui.fakecore import SCENE, FakeCore, in_air, on_ground
from tests.tui.incoming import senses
from textual.pilot import Pilot

from rtcc_core.domain.alert import AlertKind
from rtcc_core.domain.call import Detail, Note, Place
from rtcc_core.domain.commands import AnyCommand, AttachAlert, LaunchDrone, OpenCall
from rtcc_core.domain.events import ControlTaken, FlightOpened
from rtcc_core.domain.geo import offset
from rtcc_core.wire.console import FromCore, Query
from rtcc_tui.app import ConsoleApp
from rtcc_tui.connection import Listener
from rtcc_tui.glyphs import UNICODE
from rtcc_tui.terminal import Terminal

Press = Callable[[Pilot[None]], Awaitable[None]]


class Recording:
    """A line to a core that was recorded: the same messages every time, requests go nowhere."""

    def __init__(self, *messages: FromCore) -> None:
        self._messages = messages

    async def run(self, listener: Listener) -> None:
        for message in self._messages:
            listener.received(message)
        await asyncio.Event().wait()

    def send(self, command: AnyCommand) -> None:
        return

    def query(self, question: Query) -> None:
        return

    def restart(self) -> None:
        return


def recorded(core: FakeCore) -> ConsoleApp:
    line = Recording(core.welcome(), core.frame())
    # Stands still, ahead of the real times that keys carry: nothing ages while the picture is taken.
    standing = time.monotonic() + 60.0
    terminal = Terminal(UNICODE, has_many_colours=True)
    return ConsoleApp(line, terminal=terminal, has_bell=False, clock=lambda: standing)


def shift() -> FakeCore:
    core = FakeCore()
    core.calm()
    core.call(notes=(Note(text="caller: two men, one with a handgun, blue sedan", at=core.at),))
    core.call("1040", priority=3, type_text="SUSPICIOUS VEHICLE", place=Place(address="Elk Park"))
    core.call("1039", priority=4, type_text="WELFARE CHECK")
    return core


def shows(*keys: str) -> Press:
    async def run(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        async with asyncio.timeout(5.0):
            while app.session.selected is None:  # noqa: ASYNC110  # a screen has no event to wait for
                await asyncio.sleep(0.01)
        await pilot.press(*keys)
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
