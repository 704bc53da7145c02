"""A core of another version, one that comes back with other state, and a clock that is wrong here."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.tui.fakecore import PEOPLE, FakeCore
from tests.tui.test_console_snapshots import two_out
from websockets.asyncio.server import ServerConnection, unix_serve

import rtcc_tui
from rtcc_core.domain.commands import LaunchDrone
from rtcc_core.wire.console import PROTOCOL, FromCore, Goodbye, encode
from rtcc_tui import connection
from rtcc_tui.connection import Connection
from rtcc_tui.keys import Keys
from rtcc_tui.looking import View
from rtcc_tui.screenful import draw
from rtcc_tui.session import Session
from rtcc_tui.spans import plain
from rtcc_tui.views.topline import trouble_lines, troubles

NOW = 100.0


def seen(core: FakeCore, sent: list[Any] | None = None) -> Session:
    session = Session(send=(sent if sent is not None else []).append, new_id=lambda: "id")
    session.received(core.welcome(), NOW)
    session.received(core.frame(), NOW)
    return session


# --- another version ------------------------------------------------------------------------------


class Told(Exception):  # ends the endless trying of a connection
    """The first word about a core that is not to be had."""


class Ear:
    def __init__(self) -> None:
        self.reason = ""

    def received(self, message: FromCore) -> None:
        raise AssertionError(message)

    def lost(self, reason: str) -> None:
        self.reason = reason
        raise Told


async def test_which_versions_and_what_to_do_stand_on_the_screen_and_in_the_line_mode(
    core: FakeCore, tmp_path: Path
) -> None:
    async def serve(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(encode(Goodbye(reason="other", protocol=PROTOCOL + 1, core_version="9.1")))
        await socket.wait_closed()

    ear = Ear()
    async with unix_serve(serve, str(tmp_path / "core.sock")) as server:
        with pytest.raises(Told):
            await Connection(tmp_path / "core.sock", client="test").run(ear)
        server.close(close_connections=True)
    session = seen(core)
    session.lost(ear.reason, NOW)
    for width in (80, 160):
        words = " ".join(plain(line).strip() for line in trouble_lines(session, NOW, width))
        assert "NO CORE" in words
        assert f"rtcc 9.1 (protocol {PROTOCOL + 1})" in words
        assert "install the same rtcc on both, then open the console again" in words
        assert f"Trying again every {connection.OTHER_VERSION_S:.0f} s" in words
        assert words in " ".join(troubles(session.model, NOW))  # what the line mode says, too


# --- other state ----------------------------------------------------------------------------------


def test_a_core_that_lost_a_call_gets_no_order_about_it(core: FakeCore) -> None:
    sent: list[Any] = []
    session = seen(core, sent)
    keys = Keys(session)
    keys.press("l", "l", NOW)
    session.painted(NOW, proposal=session.proposal)
    session.lost("the core went away", NOW + 1.0)
    other = FakeCore()
    other.calm()
    other.call("2000", type_text="WELFARE CHECK")
    session.received(other.welcome(), NOW + 2.0)
    session.received(other.frame(), NOW + 2.0)
    keys.press("enter", None, NOW + 5.0)
    assert sent == []
    assert "nothing was sent" in session.echo.text
    assert session.selected == "2000"
    screen = "\n".join(draw(session, NOW + 5.0, 120, 40))
    assert "WELFARE CHECK" in screen
    assert "ROBBERY" not in screen


def test_a_younger_core_is_not_taken_for_one_that_is_behind(core: FakeCore) -> None:
    core.tell(LaunchDrone(command_id="x", drone="D1", call_id="1041"), by="reyes")
    session = seen(core)
    other = FakeCore()
    other.calm()
    assert other.state.seq < core.state.seq
    session.lost("the core went away", NOW)
    session.received(other.welcome(), NOW + 1.0)
    assert session.model.state == other.state
    assert session.model.queue() == []
    assert session.proposal is None


# --- the clock of the machine that the console runs on -----------------------------------------------


def test_ages_are_the_cores_whatever_clock_is_here(core: FakeCore) -> None:
    """The console has no clock but a monotonic one: an hour wrong here cannot be seen anywhere."""
    wall = {"now", "utcnow", "today", "localtime", "gmtime", "ctime"}
    found = [
        f"{path.name}:{node.lineno}"
        for path in sorted(Path(rtcc_tui.__file__).parent.rglob("*.py"))
        if "bench" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in wall or ast.unparse(node.func) == "time.time")
    ]
    assert found == []
    before = draw(seen(core), NOW, 120, 40)
    shifted = FakeCore()
    shifted.at += timedelta(hours=1)
    shifted.calm()
    shifted.call()
    after = draw(seen(shifted), NOW, 120, 40)
    assert [line.replace("13:00:00", "12:00:00") for line in after] == before


async def test_a_console_that_has_to_log_in_again_is_told_before_the_line_is_lost(
    core: FakeCore, tmp_path: Path
) -> None:
    async def serve(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(encode(core.welcome()))
        await socket.send(encode(Goodbye(reason="5 wrong PINs: log in again", is_final=True)))
        await socket.wait_closed()

    class Listening(Ear):
        def received(self, message: FromCore) -> None:
            heard.append(message)

    heard: list[FromCore] = []
    async with unix_serve(serve, str(tmp_path / "core.sock")) as server:
        with pytest.raises(Told):
            await Connection(tmp_path / "core.sock", client="test").run(Listening())
        server.close(close_connections=True)
    assert [type(message).__name__ for message in heard] == ["Welcome", "Goodbye"]


@pytest.mark.parametrize("view", list(View))
def test_on_every_screen_another_state_is_shown_and_what_is_gone_is_let_go(view: View) -> None:
    """Calls, aircraft, people and this person's own role are others; a prompt is open over it."""
    sent: list[Any] = []
    session = seen(two_out(), sent)
    keys = Keys(session)
    session.view, session.screens.flight.named, session.map.follows = view, ("D1", "D2"), "D2"
    keys.press("j", "j", NOW)
    draw(session, NOW, 160, 48)
    for key in ("colon", *"hold D2"):
        keys.press("space" if key == " " else key, key, NOW + 1.0)
    session.lost("the core went away", NOW + 2.0)
    assert "NO CORE" in "\n".join(draw(session, NOW + 2.0, 80, 24))
    other = FakeCore(person=PEOPLE[2])
    state = msgspec.structs.replace(other.state, drones={"X7": other.state.drones["D1"]}, people={})
    other.state = msgspec.structs.replace(
        state, drones={"X7": msgspec.structs.replace(state.drones["X7"], callsign="X7")}
    )
    session.received(other.welcome(), NOW + 3.0)
    session.received(other.frame(), NOW + 3.0)
    for size in ((80, 24), (120, 40), (160, 48)):
        screen = draw(session, NOW + 3.0, *size)
        assert len(screen) == size[1]
        assert not any("ROBBERY" in line or "NO CORE" in line for line in screen[: size[1] - 8])
    assert session.selected is None
    for second in (4.0, 5.0):
        keys.press("enter", None, NOW + second)
        draw(session, NOW + second, 80, 24)
    assert sent == []


# --- values that cannot be ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "absurd",
    [
        {"battery_fraction": 1e300},
        {"battery_fraction": -1e300},
        {"battery_fraction": 0.5, "battery_left_s": 1e300},
        {"battery_fraction": 0.5, "battery_left_s": 1e-300},
        {"link_age_s": 1e300, "battery_age_s": 1e300, "position_age_s": 1e300},
    ],
    ids=str,
)
def test_an_absurd_battery_or_age_is_drawn_and_breaks_nothing(absurd: dict[str, float]) -> None:
    core = two_out()
    core.sky = {name: msgspec.structs.replace(each, **absurd) for name, each in core.sky.items()}
    draw_every_view(seen(core))


@pytest.mark.parametrize("year", [1, 2, 9998, 9999])
@pytest.mark.parametrize("is_last", [False, True])
def test_a_core_whose_clock_is_at_the_end_of_time_is_drawn(year: int, is_last: bool) -> None:
    core = two_out()
    core.at = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC) if is_last else datetime(year, 1, 1, tzinfo=UTC)
    draw_every_view(seen(core), NOW)
    draw_every_view(seen(core), NOW + 3600.0)


def draw_every_view(session: Session, now: float = NOW) -> None:
    session.ticked(now)
    for view in View:
        session.view = view
        for width, height in ((80, 24), (160, 48)):
            assert len(draw(session, now, width, height)) == height
