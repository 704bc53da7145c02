"""One program on a terminal of its own, driven and watched from outside: the console, or stock `DataTable`.

Nothing in the program helps: keys go in and bytes come out at the pty, what they show is read off a model of
the glass, CPU and memory are the kernel's figures, and the lag of its loop is what the core waits for the
answer to a websocket ping, which that loop alone gives.
"""

from __future__ import annotations

import asyncio
import operator
import os
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from rtcc_sitl.bench.console_rig import NEW_CALL, ConsoleCore
from rtcc_sitl.bench.glass import Glass
from rtcc_sitl.bench.pty_child import PtyChild
from rtcc_sitl.bench.rig import RigFailedError

SIZE = (120, 40)
PAINT_WITHIN_S = 30.0
PAINTED_GAP_S = 0.06
"""A first paint is over when nothing more comes for so long."""
KEY_EVERY_S = 0.13
KEY_WITHIN_S = 3.0
DOWN, UP, BACKSPACE, ESC = b"\x1b[B", b"\x1b[A", b"\x7f", b"\x1b"
LETTERS = b"etaoins"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What is started, and how what it shows is read."""

    name: str
    argv: tuple[str, ...]
    client: str
    """As it calls itself to the core."""
    selected: re.Pattern[str]
    """Finds the number of the selected call on the glass."""
    has_prompt: bool = False


CONSOLE = Program(
    name="console",
    argv=("-m", "rtcc_core.cli", "console", "--no-bell"),
    client="rtcc console",
    selected=re.compile(r"^▸\s*\S+\s+(\S+)", re.MULTILINE),
    has_prompt=True,
)
STOCK = Program(
    name="datatable",
    argv=("-m", "rtcc_tui.bench.stock_table"),
    client="rtcc bench stock table",
    selected=re.compile(r"^SELECTED (\S+)", re.MULTILINE),
)


class Paint(msgspec.Struct, frozen=True, kw_only=True):
    """A first paint."""

    from_exec_s: float
    from_answer_s: float
    """After the core let it in."""
    size: int
    """Bytes."""


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """What a stretch of time cost."""

    bytes_per_s: float
    cpu_percent: float
    rss_mb: float


def environment() -> dict[str, str]:
    """A plain SSH login's: 256 colours (COLORTERM is not forwarded), UTF-8."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLORTERM", "NO_COLOR")}
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


class Side:
    """A running program."""

    def __init__(self, program: Program, core: ConsoleCore, *extra: str) -> None:
        self.program = program
        self._core = core
        self.glass = Glass(*SIZE)
        self.seen_s: dict[str, float] = {}
        """When each new call's number was first on the glass."""
        self._read_s = time.monotonic()
        self._news = asyncio.Event()
        argv = [sys.executable, *program.argv, "--socket", str(core.socket_path), *extra]
        self.child = PtyChild(argv, size=SIZE, environ=environment(), on_bytes=self._came)

    def _came(self, data: bytes, at_s: float) -> None:
        if answer := self.glass.feed(data):
            self.child.type(answer)
        self._read_s = at_s
        for number in NEW_CALL.findall(self.glass.text):
            self.seen_s.setdefault(number, at_s)
        self._news.set()

    async def until(self, is_so: Callable[[], bool], within_s: float) -> float | None:
        """When the bytes came that made it so, monotonic; None where that did not happen in time."""
        try:
            async with asyncio.timeout(within_s):
                while not is_so():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return None
        return self._read_s

    async def _comes_more(self, within_s: float) -> bool:
        self._news.clear()
        try:
            async with asyncio.timeout(within_s):
                return await self._news.wait()
        except TimeoutError:
            return False

    def usage_s(self) -> float:
        """User and system time of its process so far, all its threads."""
        fields = Path(f"/proc/{self.child.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def waited_s(self) -> float:
        """How long its first thread was ready and had no processor; 0 where the kernel does not say."""
        try:
            told = Path(f"/proc/{self.child.process.pid}/schedstat").read_text("ascii")
            return int(told.split()[1]) / 1e9
        except (OSError, IndexError, ValueError):
            return 0.0

    def rss_mb(self) -> float:
        """Memory that it holds now."""
        status = Path(f"/proc/{self.child.process.pid}/status").read_text("utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024.0

    # --- what is measured -------------------------------------------------------------------------

    async def paint(self, calls: int) -> Paint:
        """Wait for the first whole screen. Raises RigFailedError with what was there instead."""
        wanted = f"CALLS {calls} open"
        if await self.until(lambda: wanted in self.glass.text, PAINT_WITHIN_S) is None:
            raise RigFailedError(f"{self.program.name} never showed `{wanted}`:\n{self.glass.text}")
        while await self._comes_more(PAINTED_GAP_S):
            pass
        return Paint(
            from_exec_s=self._read_s - self.child.started_s,
            from_answer_s=self._read_s - self._core.welcomed_s[self.program.client],
            size=self.child.bytes_read,
        )

    async def spend(self, seconds: float) -> Spent:
        """Let it run."""
        began_s, cpu_s, size = time.monotonic(), self.usage_s(), self.child.bytes_read
        await asyncio.sleep(seconds)
        took_s = time.monotonic() - began_s
        return Spent(
            bytes_per_s=(self.child.bytes_read - size) / took_s,
            cpu_percent=100.0 * (self.usage_s() - cpu_s) / took_s,
            rss_mb=self.rss_mb(),
        )

    async def select(self, seconds: float) -> list[float]:
        """Milliseconds from arrow key to the other call's number on the glass, down and up in turn."""
        found: list[float] = []
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            key = UP if len(found) % 2 else DOWN
            found.append(await self._key(key, self._selected, partial(operator.ne, self._selected())))
        return found

    async def letters(self, seconds: float) -> list[float]:
        """Milliseconds from a letter, or a backspace, to the open command line that shows it."""
        found: list[float] = []
        if not self.program.has_prompt:
            return found
        self.child.type(b":")
        await self.until(lambda: self._prompt() is not None, KEY_WITHIN_S)
        end_s, there, goes_back = time.monotonic() + seconds, 0, False
        while time.monotonic() < end_s:
            goes_back = there > 0 if goes_back else there == len(LETTERS)
            key = BACKSPACE if goes_back else LETTERS[there : there + 1]
            there += -1 if goes_back else 1
            wanted = LETTERS[:there].decode()
            found.append(await self._key(key, self._prompt, partial(operator.eq, wanted)))
        self.child.type(ESC)
        await self.until(lambda: self._prompt() is None, KEY_WITHIN_S)
        return found

    async def _key(
        self, key: bytes, read: Callable[[], str | None], is_shown: Callable[[str | None], bool]
    ) -> float:
        pressed_s = time.monotonic()
        self.child.type(key)
        shown_s = await self.until(lambda: is_shown(read()), KEY_WITHIN_S)
        took_s = KEY_WITHIN_S if shown_s is None else shown_s - pressed_s
        await asyncio.sleep(max(0.0, KEY_EVERY_S - took_s))
        return 1e3 * took_s

    def _selected(self) -> str:
        found = self.program.selected.search(self.glass.text)
        return found[1] if found else ""

    def _prompt(self) -> str | None:
        found = re.search(r"^ >(?: (.*))?$", self.glass.text, re.MULTILINE)
        return (found[1] or "").rstrip() if found else None
