"""What the console sends to a terminal, counted: at first, when nothing happens, and where it reads badly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.tui.fakecore import FakeCore

from rtcc_sitl.bench.glass import Glass

OpenPty = Callable[..., Any]

SIZE = (120, 40)
FIRST_PAINT_BYTES = 50_000
IDLE_S = 3.0
IDLE_BYTES_PER_S = 8_000
"""CONSOLE.md's budgets."""


@pytest.fixture
async def core() -> FakeCore:
    fake = FakeCore()
    fake.calm()
    for number in range(1001, 1201):
        fake.call(str(number), priority=3)
    return fake


@pytest.fixture
async def socket(core: FakeCore, tmp_path: Path) -> AsyncIterator[Path]:
    async with core.serve(tmp_path / "core.sock") as path:
        yield path


async def open_calls(core: FakeCore, numbers: range) -> None:
    """Calls that come in one after the other."""
    for number in numbers:
        since = core.state.seq
        core.call(str(number), priority=2)
        await core.publish(since)
        await asyncio.sleep(0.01)


async def test_the_first_screen_and_an_idle_one_cost_little(socket: Path, open_pty: OpenPty) -> None:
    console = open_pty(socket, size=SIZE)
    await console.until(lambda c: "CALLS 200 open" in c.text)
    assert console.bytes_read < FIRST_PAINT_BYTES
    before = console.bytes_read
    await asyncio.sleep(IDLE_S)  # ages tick meanwhile; a machine that stalls sends less, not more
    assert console.bytes_read - before < IDLE_S * IDLE_BYTES_PER_S
    assert console.bytes_read > before


async def test_a_terminal_that_reads_slowly_is_sent_what_is_new_not_what_was(
    core: FakeCore, socket: Path, open_pty: OpenPty
) -> None:
    console = open_pty(socket, size=SIZE)
    await console.until(lambda c: "CALLS 200 open" in c.text)
    before = console.bytes_read
    console.read_slowly(10_000)
    await open_calls(core, range(2000, 2100))
    console.type(b"j")
    await console.until(lambda c: "CALLS 300 open" in c.text and "▸ 3  1002" in c.text)
    assert console.bytes_read - before < FIRST_PAINT_BYTES


async def test_a_terminal_that_stopped_is_owed_one_screen(
    core: FakeCore, socket: Path, open_pty: OpenPty
) -> None:
    console = open_pty(socket, size=SIZE)
    await console.until(lambda c: "CALLS 200 open" in c.text)
    before = console.bytes_read
    console.stall()
    await open_calls(core, range(2000, 2100))
    assert console.bytes_read == before
    console.read()
    await console.until(lambda c: "CALLS 300 open" in c.text)
    assert console.bytes_read - before < FIRST_PAINT_BYTES


async def test_the_benchs_glass_shows_what_a_terminal_shows(socket: Path, open_pty: OpenPty) -> None:
    console = open_pty(socket, size=SIZE)
    await console.until(lambda c: "CALLS 200 open" in c.text)
    console.type(b"j")
    await console.until(lambda c: "▸ 3  1002" in c.text)
    console.stall()
    glass, raw = Glass(*SIZE), bytes(console.raw)
    for at in range(0, len(raw), 37):  # however the bytes arrive, also with an escape code in pieces
        glass.feed(raw[at : at + 37])
    assert glass.lines == [line.rstrip() for line in console.screen.display]
