"""A core, and consoles on it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

# Read by Textual when it is imported; the console's own start does the same.
os.environ["ESCDELAY"] = "500"
os.environ["TEXTUAL_ANIMATIONS"] = "none"
# Test modules are imported by path; what they share is imported by name from the root.
sys.path.insert(0, str(Path(__file__).parents[2]))

import pytest
from textual.pilot import Pilot

from rtcc_tui.app import ConsoleApp
from rtcc_tui.connection import Connection
from rtcc_tui.glyphs import UNICODE, Glyphs
from rtcc_tui.terminal import Terminal

if TYPE_CHECKING:
    from tests.tui.fakecore import FakeCore


@pytest.fixture
def core() -> FakeCore:
    """A calm core with one call and two aircraft."""
    from tests.tui.fakecore import FakeCore

    fake = FakeCore()
    fake.calm()
    fake.call()
    return fake


class Hand:
    """A person at the console: waits to see, then presses."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def until(self, seen: Callable[[ConsoleApp], object], within_s: float = 5.0) -> None:
        """Wait for something on the console."""
        async with asyncio.timeout(within_s):
            while not seen(self.app):  # noqa: ASYNC110  # a screen has no event to wait for
                await asyncio.sleep(0.01)

    async def press(self, *keys: str) -> None:
        """Keys at a person's pace."""
        for key in keys:
            await asyncio.sleep(0.02)
            await self.pilot.press(key)

    async def write(self, text: str) -> None:
        """Type text at a person's pace."""
        names = {" ": "space", ":": "colon", "?": "question_mark", ".": "full_stop"}
        await self.press(*(names.get(char, char) for char in text))

    async def decide(self) -> None:
        """Read the confirmation that is on the screen, take the time a person takes, press Enter."""
        await self.until(lambda app: app.session.proposal and app.session.proposal.painted_at is not None)
        await asyncio.sleep(0.17)
        await self.pilot.press("enter")

    async def acknowledge(self) -> None:
        """Read the alarm line, take the time a person takes, press a."""
        await asyncio.sleep(0.17)
        await self.pilot.press("a")

    def screen(self) -> str:
        """What the panes show."""
        from rtcc_tui.screenful import draw

        width, height = self.app.size
        return "\n".join(draw(self.app.session, self.app.clock(), width, height))


OpenConsole = Callable[..., AbstractAsyncContextManager[Hand]]


@pytest.fixture
def console(tmp_path: Path) -> OpenConsole:
    """Open a console on a core; left again at the end of the block."""

    @asynccontextmanager
    async def opened(
        core: FakeCore, size: tuple[int, int] = (120, 40), glyphs: Glyphs = UNICODE, has_bell: bool = False
    ) -> AsyncIterator[Hand]:
        async with core.serve(tmp_path / "core.sock") as path:
            connection = Connection(path, client="test")
            app = ConsoleApp(connection, terminal=Terminal(glyphs, True), has_bell=has_bell)
            async with app.run_test(size=size) as pilot:
                hand = Hand(app, pilot)
                await hand.until(lambda app: app.session.model.is_connected and app.session.model.sky)
                yield hand

    return opened
