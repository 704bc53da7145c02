"""A terminal made of a real pty and a screen model, with the console running in it as its own process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

# Test modules are imported by path; what they share is imported by name from the root.
sys.path.insert(0, str(Path(__file__).parents[2]))

import pyte
import pytest

from rtcc_sitl.bench.pty_child import PtyChild

START = (
    "import sys; from pathlib import Path; from rtcc_tui.commands import run_console;"
    "sys.exit(run_console(Path(sys.argv[1]), plain='--plain' in sys.argv, has_bell=False))"
)

_UNKNOWN_TO_PYTE = (b"\x1b[>25u", b"\x1b[<u", b"\x1b[?2026$p", b"\x1b[?2048$p", b"\x1bP$qm\x1b\\")


class TellingScreen(pyte.Screen):
    """A screen that keeps what it has to say of itself until it is let."""

    def __init__(self, columns: int, lines: int) -> None:
        self.told: list[str] = []
        super().__init__(columns, lines)

    def write_process_input(self, data: str) -> None:
        self.told.append(data)


class PtyTerminal(PtyChild):
    """A program on a terminal, as a person sees it."""

    def __init__(self, argv: Sequence[str], size: tuple[int, int], **environ: str) -> None:
        columns, rows = size
        self.screen = TellingScreen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.is_answering = False
        """Without, it is silent: it answers no question about itself."""
        around = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **environ}
        super().__init__(argv, size=size, on_bytes=self._came, environ=around)

    def _came(self, data: bytes, _at_s: float) -> None:
        self.raw += data
        # pyte does not know these private modes and prints their tails.
        for unknown in _UNKNOWN_TO_PYTE:
            data = data.replace(unknown, b"")
        self._stream.feed(data)
        while self.is_answering and self.screen.told:
            self.type(self.screen.told.pop(0).encode())

    def resize(self, size: tuple[int, int]) -> None:
        """Columns and rows, as a person pulls a window."""
        columns, rows = size
        self.screen.resize(rows, columns)
        super().resize(size)

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


class PtyConsole(PtyTerminal):
    """The console."""

    def __init__(self, socket: Path, size: tuple[int, int], *flags: str, **environ: str) -> None:
        super().__init__([sys.executable, "-c", START, str(socket), *flags], size, **environ)


OpenPty = Callable[..., PtyConsole]


@pytest.fixture
async def open_pty() -> AsyncIterator[OpenPty]:
    """Start consoles in ptys; all of them have ended afterwards."""
    consoles: list[PtyConsole] = []

    def start(
        socket: Path, *flags: str, size: tuple[int, int] = (80, 24), answers: bool = False, **environ: str
    ) -> PtyConsole:
        consoles.append(PtyConsole(socket, size, *flags, **environ))
        consoles[-1].is_answering = answers
        return consoles[-1]

    yield start
    for console in consoles:
        console.end()
