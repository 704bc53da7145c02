"""The drill a newcomer starts: on a terminal, with the console in the foreground."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest

from rtcc_core.adapters.journal_verify import Finding, verify_file

pytestmark = [pytest.mark.drill, pytest.mark.timeout(240)]

FIRST_PAINT_WITHIN_S = 60.0
THINKING_S = 0.8
LEAVES_ALTERNATE_SCREEN = b"\x1b[?1049l"


class Terminal:
    """A pty with `rtcc drill` in it, 80×24, and a model of what it shows."""

    def __init__(self, state_dir: Path, *options: str) -> None:
        self.state_dir = state_dir
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.modes = termios.tcgetattr(self._slave)
        argv = [sys.executable, "-m", "rtcc_core.cli", "drill", "--state-dir", str(state_dir), *options]
        self.process = subprocess.Popen(
            argv,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
        )

    def type(self, data: bytes) -> None:
        os.write(self.master, data)

    def until(self, holds: Callable[[], object], within_s: float = 60.0) -> None:
        """Read what comes until the condition holds."""
        deadline = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline, "\n".join(self.screen.display)
            self.read()

    def read(self, wait_s: float = 0.02) -> None:
        if self.master < 0 or not select.select([self.master], [], [], wait_s)[0]:
            time.sleep(wait_s if self.master < 0 else 0.0)
            return
        data = os.read(self.master, 65_536)
        self.raw += data
        # pyte does not know these private modes and prints their tails.
        for unknown in (b"\x1b[>25u", b"\x1b[<u", b"\x1b[?2026$p", b"\x1b[?2048$p"):
            data = data.replace(unknown, b"")
        self._stream.feed(data)

    def think(self) -> None:
        """Take as long as a person: an Enter that comes at once is a paste to the console, and not obeyed."""
        until_s = time.monotonic() + THINKING_S
        self.until(lambda: time.monotonic() > until_s)

    def shows(self, word: str) -> bool:
        return any(word in line for line in self.screen.display)

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def present_modes(self) -> list[object]:
        return list(termios.tcgetattr(self._slave))

    def hang_up(self) -> None:
        """Close the terminal, as a dropped SSH session does."""
        os.close(self._slave)
        os.close(self.master)
        self.master = self._slave = -1

    def left_nothing(self) -> bool:
        """No process whose command line names this drill's directory, and no socket in it."""
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if str(self.state_dir).encode() in (entry / "cmdline").read_bytes():
                    return False
            except OSError:
                continue
        return not any(path.is_socket() for path in self.state_dir.rglob("*"))

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.master >= 0:
            self.hang_up()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    started: list[Terminal] = []

    def start(*options: str) -> Terminal:
        started.append(Terminal(tmp_path / "state", *options))
        return started[-1]

    yield start
    for each in started:
        each.end()


def test_a_call_comes_soon_is_launched_with_two_keys_and_leaving_ends_everything(
    terminal: Callable[..., Terminal],
) -> None:
    drill = terminal("--speed", "10")
    drill.until(lambda: drill.shows("1041"), FIRST_PAINT_WITHIN_S)
    drill.until(lambda: drill.shows("all gates pass"))
    drill.type(b"l")
    drill.until(lambda: drill.shows("LAUNCH D1"))
    drill.think()
    drill.type(b"\r")
    # On a machine that stands still for a second the climb at ten times life may never be painted.
    drill.until(lambda: any(drill.shows(f"D1 {phase}") for phase in ("climbing", "transit", "on scene")))
    drill.type(b"q")
    drill.until(lambda: drill.shows("LEAVE"))
    drill.think()
    drill.type(b"\r")
    drill.until(drill.has_ended)
    assert drill.process.returncode == 0
    assert drill.left_nothing()
    assert verify_file(drill.state_dir / "journal.db").finding is Finding.INTACT


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_gives_the_terminal_back_as_it_was(
    terminal: Callable[..., Terminal], number: signal.Signals
) -> None:
    drill = terminal("--speed", "10")
    drill.until(lambda: drill.shows("ELK MEADOW") or drill.shows("D1"), FIRST_PAINT_WITHIN_S)
    drill.process.send_signal(number)
    drill.until(drill.has_ended)
    drill.read()
    assert drill.process.returncode == 128 + number
    assert LEAVES_ALTERNATE_SCREEN in drill.raw
    assert drill.present_modes == drill.modes
    assert drill.left_nothing()


def test_a_hang_up_leaves_nothing_behind(terminal: Callable[..., Terminal]) -> None:
    drill = terminal("--speed", "10")
    drill.until(lambda: drill.shows("1041"), FIRST_PAINT_WITHIN_S)
    drill.hang_up()
    drill.until(drill.has_ended)
    assert drill.process.returncode == 128 + signal.SIGHUP
    assert drill.left_nothing()


def test_without_a_terminal_it_says_what_works_instead(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "rtcc_core.cli", "drill", "--state-dir", str(tmp_path / "state")]
    ended = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert b"--plain" in ended.stderr
