"""A terminal made of a real pty and a screen model, with the console running in it as its own process."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

# Test modules are imported by path; what they share is imported by name from the root.
sys.path.insert(0, str(Path(__file__).parents[2]))

import pyte
import pytest

START = (
    "import sys; from pathlib import Path; from rtcc_tui.commands import run_console;"
    "sys.exit(run_console(Path(sys.argv[1]), plain='--plain' in sys.argv, has_bell=False))"
)


class PtyTerminal:
    """A program on a terminal, as a person sees it."""

    def __init__(self, argv: Sequence[str], size: tuple[int, int], **environ: str) -> None:
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # hang-up reaches the owner only
            env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environ},
        )
        os.close(slave)
        self.is_reading = False
        self.read()

    def read(self) -> None:
        """Start (or go on) reading what the console writes."""
        asyncio.get_running_loop().add_reader(self.master, self._readable)
        self.is_reading = True

    def stall(self) -> None:
        """Stop reading, as PuTTY does while text is selected."""
        asyncio.get_running_loop().remove_reader(self.master)
        self.is_reading = False

    def _readable(self) -> None:
        try:
            data = os.read(self.master, 65_536)
        except OSError:
            data = b""
        if not data:
            self.stall()
            return
        self.raw += data
        # pyte does not know these private modes and prints their tails.
        for unknown in (b"\x1b[>25u", b"\x1b[<u", b"\x1b[?2026$p", b"\x1b[?2048$p"):
            data = data.replace(unknown, b"")
        self._stream.feed(data)

    def type(self, data: bytes) -> None:
        os.write(self.master, data)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    async def until(self, seen: Callable[[PtyTerminal], object], within_s: float = 60.0) -> None:
        """Wait for something on the screen."""
        try:
            async with asyncio.timeout(within_s):
                while not seen(self):  # noqa: ASYNC110  # a terminal has no event to wait for
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not seen within {within_s} s; the screen was:\n{self.text}") from None

    def hang_up(self) -> None:
        """Close the terminal, as a dropped SSH session does."""
        if self.master >= 0:
            if self.is_reading:
                self.stall()
            os.close(self.master)
            self.master = -1

    async def exit_code(self, within_s: float = 60.0) -> int:
        """Wait for the process to end."""
        async with asyncio.timeout(within_s):
            return await asyncio.to_thread(self.process.wait, within_s)

    def end(self) -> None:
        self.hang_up()
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            self.process.wait(5.0)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(5.0)


class PtyConsole(PtyTerminal):
    """The console."""

    def __init__(self, socket: Path, size: tuple[int, int], *flags: str, **environ: str) -> None:
        super().__init__([sys.executable, "-c", START, str(socket), *flags], size, **environ)


OpenPty = Callable[..., PtyConsole]


@pytest.fixture
async def open_pty() -> AsyncIterator[OpenPty]:
    """Start consoles in ptys; all of them have ended afterwards."""
    consoles: list[PtyConsole] = []

    def start(socket: Path, *flags: str, size: tuple[int, int] = (80, 24), **environ: str) -> PtyConsole:
        consoles.append(PtyConsole(socket, size, *flags, **environ))
        return consoles[-1]

    yield start
    for console in consoles:
        console.end()
