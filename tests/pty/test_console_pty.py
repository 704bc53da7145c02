"""The console in a real terminal: first paint, slow hands, stalled screens, hang-up."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.tui.fakecore import FakeCore

from rtcc_core.domain import commands as cmd

OpenPty = Callable[..., Any]


@pytest.fixture
async def core() -> FakeCore:
    fake = FakeCore()
    fake.calm()
    fake.call()
    fake.call("1040", priority=3, type_text="SUSPICIOUS VEHICLE")
    return fake


@pytest.fixture
async def socket(core: FakeCore, tmp_path: Path) -> AsyncIterator[Path]:
    async with core.serve(tmp_path / "core.sock") as path:
        yield path


async def test_a_call_is_launched_on_and_the_way_out_leaves_nothing(
    core: FakeCore, socket: Path, open_pty: OpenPty
) -> None:
    console = open_pty(socket)
    await console.until(lambda c: "SEND TO 1041" in c.text and "ELK MEADOW  DRILL" in c.text)
    assert len(console.raw) < 50_000
    console.type(b"l")
    await console.until(lambda c: "LAUNCH D1 → 1041 ROBBERY IN PROGRESS" in c.text)
    await asyncio.sleep(0.4)
    console.type(b"\r")
    (asked,) = await core.commands(1)
    assert isinstance(asked, cmd.LaunchDrone)
    assert asked.drone == "D1"
    await console.until(lambda c: "launch ASKED" in c.text)
    console.type(b"q")
    await console.until(lambda c: "LEAVE this console? D1 out" in c.text)
    await asyncio.sleep(0.4)
    console.type(b"\r")
    assert await console.exit_code() == 0


async def test_an_arrow_that_arrives_in_pieces_stays_an_arrow(socket: Path, open_pty: OpenPty) -> None:
    console = open_pty(socket)
    await console.until(lambda c: "▸ 1! 1041" in c.text)
    console.type(b"\x1b")
    await asyncio.sleep(0.2)
    console.type(b"[B")
    await console.until(lambda c: "▸ 3  1040" in c.text)


async def test_escape_and_enter_in_quick_succession_fly_nothing(
    core: FakeCore, socket: Path, open_pty: OpenPty
) -> None:
    console = open_pty(socket)
    await console.until(lambda c: "SEND TO 1041" in c.text)
    console.type(b"l")
    await console.until(lambda c: "LAUNCH D1" in c.text)
    await asyncio.sleep(0.3)
    console.type(b"\x1b")
    await asyncio.sleep(0.05)
    console.type(b"\r")
    await console.until(lambda c: "nothing is waiting for an Enter" in c.text)
    assert core.asked == []


async def test_an_unmarked_paste_flies_nothing(core: FakeCore, socket: Path, open_pty: OpenPty) -> None:
    console = open_pty(socket)
    await console.until(lambda c: "SEND TO 1041" in c.text)
    for pasted in (b"l\r", b"l\n", b"launch d1 1041\r", b":launch d1 1041\rrtl d1\r"):
        console.type(pasted)
        await asyncio.sleep(0.3)
        console.type(b"\x1b")
        await asyncio.sleep(0.7)
    assert [asked for asked in core.asked if not isinstance(asked, cmd.TakeCall)] == []


@pytest.mark.parametrize("way", ["hang-up", "terminate"])
async def test_a_lost_terminal_leaves_no_process(
    core: FakeCore, socket: Path, open_pty: OpenPty, way: str
) -> None:
    console = open_pty(socket)
    await console.until(lambda c: "SEND TO 1041" in c.text)
    if way == "hang-up":
        console.hang_up()
    else:
        console.process.send_signal(signal.SIGTERM)
    assert await console.exit_code() == 0


async def test_stop_signals_do_not_stop_it(socket: Path, open_pty: OpenPty) -> None:
    console = open_pty(socket)
    await console.until(lambda c: "SEND TO 1041" in c.text)
    console.type(b"\x1a\x13")
    console.process.send_signal(signal.SIGTSTP)
    console.type(b"j")
    await console.until(lambda c: "▸ 3  1040" in c.text)


async def test_a_screen_that_stopped_reading_is_current_again_at_once(
    core: FakeCore, socket: Path, open_pty: OpenPty
) -> None:
    console = open_pty(socket, size=(160, 48))
    await console.until(lambda c: "SEND TO 1041" in c.text)
    console.stall()
    for number in range(1100, 1180):
        since = core.state.seq
        core.call(str(number), priority=2)
        await core.publish(since)
        await asyncio.sleep(0.01)
    console.read()
    await console.until(lambda c: "82 open" in c.text)


async def test_sixty_new_sizes_of_a_screen_that_stopped_reading_stop_nothing(
    core: FakeCore, socket: Path, open_pty: OpenPty
) -> None:
    console = open_pty(socket, size=(160, 48))
    await console.until(lambda c: "SEND TO 1041" in c.text)
    console.stall()
    for number in range(60):
        console.resize((160, 48 - number % 2))
        await asyncio.sleep(0.03)
    console.type(b"t")
    (asked,) = await core.commands(1, within_s=30.0)
    assert isinstance(asked, cmd.TakeCall)
    console.resize((120, 40))
    console.read()
    await console.until(
        lambda c: (
            c.screen.display[0].startswith(" ELK MEADOW")
            and "taken A. REYES" in c.text
            and "SEND TO 1041" in c.text
            and c.screen.display[-1].startswith(" l launch")
        )
    )


async def test_the_size_is_the_terminals_not_the_shells(socket: Path, open_pty: OpenPty) -> None:
    console = open_pty(socket, size=(160, 48), COLUMNS="80", LINES="24")
    await console.until(lambda c: "CALLS 2 open" in c.text)
    await console.until(lambda c: c.screen.display[-1].strip().startswith("l launch"))


async def test_a_dumb_terminal_gets_a_word(socket: Path, open_pty: OpenPty) -> None:
    console = open_pty(socket, TERM="dumb")
    assert await console.exit_code() == 2
    await console.until(lambda c: b"--plain" in c.raw)
    assert b"\x1b" not in console.raw


async def test_ascii_terminals_get_ascii(socket: Path, open_pty: OpenPty) -> None:
    console = open_pty(socket, LANG="C", LC_ALL="C", TERM="xterm")
    await console.until(lambda c: "SEND TO 1041" in c.text)
    await console.until(lambda c: "not UTF-8: drawn in ASCII" in c.text)
    asked, _, drawn = bytes(console.raw).partition(b"\x1b[c")
    assert "\u28ff".encode() in asked  # whether it reads UTF-8 is asked in UTF-8, and not answered
    assert drawn.isascii()
    assert b"38;2;" not in drawn
    assert b"38;5;" not in drawn


async def test_a_terminal_that_answers_is_believed_and_measured(socket: Path, open_pty: OpenPty) -> None:
    console = open_pty(socket, answers=True, LANG="C", LC_ALL="C")
    await console.until(lambda c: "▸ 1! 1041" in c.text)  # the locale says ASCII, the terminal UTF-8
    console.is_answering = False
    await console.until(lambda c: "SCREEN" in c.screen.display[0])
    console.is_answering = True
    await console.until(lambda c: "SCREEN" not in c.screen.display[0])


async def test_answers_that_come_late_and_torn_are_no_keys(
    core: FakeCore, socket: Path, open_pty: OpenPty
) -> None:
    console = open_pty(socket)
    await console.until(lambda c: "▸ 1! 1041" in c.text)
    for piece in (b"\x1b[1;2R\x1bP1$r48:2::1", b":2:3m\x1b\\\x1b[?62", b";22c", b"j"):
        console.type(piece)
        await asyncio.sleep(0.1)
    await console.until(lambda c: "▸ 3  1040" in c.text)
    assert "> new" not in console.text
    assert "SEND TO 1040" in console.text


def drawn(console: Any) -> list[list[tuple[str, str, str, bool, bool]]]:
    """Every cell with its colours; figures that tick are all alike."""
    screen = console.screen
    return [
        [
            ("0" if cell.data.isdecimal() else cell.data, cell.fg, cell.bg, cell.bold, cell.reverse)
            for cell in (screen.buffer[y][x] for x in range(screen.columns))
        ]
        for y in range(screen.lines)
    ]


async def test_every_size_and_back_leaves_no_stale_cell(socket: Path, open_pty: OpenPty) -> None:
    console = open_pty(socket, size=(80, 24))
    fresh = open_pty(socket, size=(120, 40))
    await console.until(lambda c: "SEND TO 1041" in c.text)
    for size in ((200, 60), (100, 30), (160, 48)):
        console.resize(size)
        await console.until(
            lambda c: "SEND TO 1041" in c.text and c.screen.display[-1].startswith(" l launch")
        )
    console.resize((60, 15))
    await console.until(lambda c: "too small: 60 x 15" in c.text)
    console.resize((120, 40))
    await fresh.until(lambda f: "SEND TO 1041" in f.text)
    await console.until(lambda c: drawn(c) == drawn(fresh))
