"""The drill a newcomer starts: on a terminal, with the console in the foreground."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import shlex
import shutil
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


def left_nothing(state_dir: Path) -> bool:
    """No process whose command line names this drill's directory, and no socket in it."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(state_dir).encode() in (entry / "cmdline").read_bytes():
                return False
        except OSError:
            continue
    return not any(path.is_socket() for path in state_dir.rglob("*"))


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
        return left_nothing(self.state_dir)

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


class Tmux:
    """The same in tmux, as a newcomer over SSH has it; what is on the screen is what tmux says is there."""

    def __init__(self, state_dir: Path, *options: str) -> None:
        self.state_dir = state_dir
        self._socket = state_dir.with_name("tmux")
        # The directory stands on no command line but the drill's: that is how its processes are told.
        drill = f"{shlex.quote(sys.executable)} -m rtcc_core.cli drill --state-dir $DRILL_STATE"
        line = f"{drill} {shlex.join(options)}; echo ended with $?; exec cat"
        self._run("-f", os.devnull, "new-session", "-d", "-x", "80", "-y", "24", "sh", "-c", line)
        self._run("set-option", "-g", "status", "off")

    def _run(self, *words: str) -> str:
        argv = ["tmux", "-u", "-S", str(self._socket), *words]
        environ = {**os.environ, "DRILL_STATE": str(self.state_dir), "LANG": "C.UTF-8"}
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True, env=environ)
        return done.stdout

    @property
    def text(self) -> str:
        return self._run("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        """Keys by tmux's names, at a person's pace: what comes at once is a paste to the console."""
        for key in keys:
            self._run("send-keys", key)
            time.sleep(0.06)

    def sees(self, *words: str, within_s: float = 60.0) -> str:
        """Wait until one of these is on the screen; returns the screen."""
        deadline = time.monotonic() + within_s
        while not any(word in (text := self.text) for word in words):
            assert time.monotonic() < deadline, f"none of {words} in:\n{text}"
            time.sleep(0.05)
        return text

    def decide(self, words: str) -> None:
        """Read what would happen, take a person's time, press Enter."""
        self.sees(words)
        time.sleep(THINKING_S)
        self.press("Enter")

    def end(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("kill-server")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., Tmux]]:
    started: list[Tmux] = []

    def start(*options: str) -> Tmux:
        started.append(Tmux(tmp_path / "state", *options))
        return started[-1]

    yield start
    for each in started:
        each.end()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_the_first_ten_minutes_are_seen_as_they_are_written(tmux: Callable[..., Tmux]) -> None:
    """docs/first-ten-minutes.md, step by step, at ten times life."""
    drill = tmux("--speed", "10")
    drill.sees("1041", within_s=FIRST_PAINT_WITHIN_S)
    drill.sees("all gates pass")
    assert "DRILL" in drill.text.splitlines()[0]
    drill.press("l")
    drill.decide("LAUNCH D1")
    drill.sees("D1 on scene")
    screens = {"?": "Esc goes back", "2": "HEIGHT", "m": "MAP", "6": "JOURNAL", "Escape": "SEND TO"}
    for key, words in screens.items():
        drill.press(key)
        drill.sees(words)
    drill.press(":", *"rtl", "Space", *"D1")
    drill.decide("RETURN D1")
    drill.sees("D1    ready", "D1    landed")
    drill.press("q")
    report = drill.sees("ended with 0", "LEAVE")
    if "LEAVE" in report:
        drill.decide("LEAVE")
        report = drill.sees("ended with 0")
    assert "UNMET" not in report
    assert report.count(" met: ") == 3
    assert left_nothing(drill.state_dir)
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
