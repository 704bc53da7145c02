"""A person or a script at the line mode, on a core of the tests."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.tui.fakecore import FakeCore

from rtcc_tui.connection import Connection
from rtcc_tui.plain import PlainConsole
from rtcc_tui.plain_run import run_lines

READ_S = 1.0


class Talk:
    """A plain console on a core, with a pipe for its input; it hears itself."""

    def __init__(
        self, core: FakeCore, path: Path, *, assume_yes: bool = False, is_script: bool = False
    ) -> None:
        self.core = core
        self.said: list[str] = []
        self.now = 0.0
        connection = Connection(path, client="test")
        self.console = PlainConsole(
            connection, voice=self, assume_yes=assume_yes, is_script=is_script, clock=lambda: self.now
        )
        # The reading end stays open: the thread that reads it ends only when it has seen the end.
        source, self._keyboard = os.pipe()
        self._run = asyncio.create_task(run_lines(self.console, connection, source))

    def say(self, line: str) -> None:
        self.said.append(line)

    def news(self, line: str) -> None:
        self.said.append(line)

    def type(self, *lines: str) -> None:
        """A person's lines, who reads before they say go; several at once are a paste."""
        self.now += READ_S if lines[0] in ("go", "yes") else 0.0
        os.write(self._keyboard, "".join(f"{line}\n" for line in lines).encode())

    async def hears(self, words: str, within_s: float = 10.0) -> str:
        async with asyncio.timeout(within_s):
            while True:
                for line in self.said:
                    if words in line:
                        return line
                await asyncio.sleep(0.01)

    async def end(self, within_s: float = 15.0) -> int:
        os.close(self._keyboard)
        async with asyncio.timeout(within_s):
            return await self._run
