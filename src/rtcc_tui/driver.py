"""The one file that touches Textual's insides: pacing by what the terminal has drained, and the way out.

Textual hands frames to a writer thread through a bounded queue; when the terminal stops reading, that queue
fills and then stops the event loop. So the console asks `backlog` first and draws only what there is room
for. Hang-up is not handled by Textual at all: `leave_on_signals` does. A test pins every name used here.
"""

from __future__ import annotations

import asyncio
import os
import queue
import re
import signal
import sys
import time
from collections.abc import Callable, Iterable
from typing import IO

from rich.console import Console
from rich.control import Control
from textual import _compositor, constants, events
from textual._compositor import ChopsUpdate
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

ESC = "\x1b"
PASTE_BEGINS, PASTE_ENDS = f"{ESC}[200~", f"{ESC}[201~"

_REPORT = re.compile(rf"{ESC}\[(?:(?P<row>\d+);\d+R|[?>][\d;]*c)|{ESC}P[01]\$r[^{ESC}]{{0,64}}{ESC}\\")
"""Where the cursor is, what terminal it is, how a colour is set: answers, never keys."""

_REPORT_BEGUN = re.compile(
    rf"{ESC}(?:\[(?:\d+;?\d*|[?>][\d;]*)?|P(?:[01](?:\$(?:r[^{ESC}]{{0,64}}{ESC}?)?)?)?)\Z"
)

_ONLY_REPORTS = (f"{ESC}[?", f"{ESC}[>", f"{ESC}P0", f"{ESC}P1")
"""What begins so is never a key."""

_INTRODUCERS = frozenset("[OP]X^_\\")
"""What follows an ESC that begins (or ends) a control sequence: CSI, SS3, DCS, OSC, SOS, PM, APC, ST."""

LEAVE_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)

PASTE_CHARS = 64
"""More characters than this in one read were not typed: no hand and no key repeat is that fast."""

DRAIN_ON_EXIT_S = 0.5
"""How long leaving waits for a terminal that does not read any more."""


class CroppedUpdate(ChopsUpdate):
    """Textual's partial repaint, begun at the first changed cell instead of the widget's left edge.

    A sign that moves in the middle of a map is then some thirty bytes, not the row before it.
    """

    def render_segments(self, console: Console) -> str:
        written: list[str] = []
        for y, first, behind in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                start, stop = max(x, first), min(end, behind)
                if strip is not None and start < stop:
                    written.append(Control.move_to(start, y).segment.text)
                    written.append(strip.crop(start - x, stop - x).render(console))
        return "".join(written)


# The compositor looks the class up by its name when it draws.
vars(_compositor)["ChopsUpdate"] = CroppedUpdate


class CountingWriter(WriterThread):
    """Textual's writer thread that knows what it has not got rid of, and never dies of a dead terminal."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__(file)
        self.is_broken = False
        self.is_leaving = False
        self.dropped = 0
        """Writes that there was no room for: what is on the screen now is not what was drawn."""

    @property
    def backlog(self) -> int:
        """Writes that the terminal has not taken yet, the one in progress included."""
        return 0 if self.is_broken else self._queue.unfinished_tasks

    def write(self, text: str) -> None:
        """Queue it; where the queue is full it is dropped and counted, and never waited for.

        Textual draws by itself, too: thirty new sizes of a window would stop the loop of a stalled terminal.
        """
        if self.is_broken:
            return
        try:
            if self.is_leaving:
                self._queue.put(text, timeout=DRAIN_ON_EXIT_S)
            else:
                self._queue.put_nowait(text)
        except queue.Full:
            self.dropped += 1
            self.is_broken = self.is_leaving

    def run(self) -> None:
        while (text := self._queue.get()) is not None:
            if self.is_broken:
                return
            self._put_out(text)
            self._queue.task_done()
        self._queue.task_done()

    def _put_out(self, text: str) -> None:
        try:
            self._file.write(text)
            self._file.flush()
        except (OSError, ValueError):
            # The terminal is gone (EIO) or closed: swallow the rest so that leaving does not block.
            self.is_broken = True

    def stop(self) -> None:
        """Finish, but do not wait for ever for a terminal that has stopped reading."""
        if self.is_broken:
            return
        try:
            self._queue.put(None, timeout=DRAIN_ON_EXIT_S)
        except queue.Full:
            self.is_broken = True
            return
        self.join(DRAIN_ON_EXIT_S)


class UnmarkedPaste(events.Paste):
    """Text that its terminal did not mark as pasted: where it ends nobody knows, so an Enter may follow."""


class CursorTold(Message):
    """The terminal says where its cursor is: it has drawn everything that was sent before the question."""

    def __init__(self, row: int) -> None:
        super().__init__()
        self.row = row


class ReportFilter:
    """Takes what a terminal answers out of what a person types.

    The stock parser makes keys of an answer that it does not know, or that comes in pieces: one that is late
    would open a screen, or answer a confirmation.
    """

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._held = ""
        self._held_at = 0.0

    def feed(self, data: str) -> str:
        """What is left for the parser of keys; the beginning of an answer is kept for its end."""
        data, self._held = self._held + data, ""
        self._rows += [int(found["row"]) for found in _REPORT.finditer(data) if found["row"]]
        data = _REPORT.sub("", data)
        if (begun := _REPORT_BEGUN.search(data)) is not None:
            self._held, self._held_at = begun[0], time.monotonic()
            data = data[: begun.start()]
        return data

    def take_rows(self) -> list[int]:
        """The rows the cursor was told to be in, since they were last taken."""
        rows, self._rows = self._rows, []
        return rows

    def late(self) -> str:
        """What was kept and is no answer after all: it is keys. Half an answer is dropped."""
        if not self._held or time.monotonic() - self._held_at < constants.ESCAPE_DELAY:
            return ""
        held, self._held = self._held, ""
        return "" if held.startswith(_ONLY_REPORTS) else held


class EscapeParser(XTermParser):
    """Textual's key parser with an Esc that is never lost, and without the terminal's answers.

    Within the time a split sequence is waited for, the stock parser makes `Esc` `Enter` an `Enter`: the very
    pair of keys a person presses who changes their mind. Here an Esc that begins no sequence is an Esc.
    """

    _held_at: float | None = None
    _is_in_paste = False

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._reports = ReportFilter()

    def feed(self, data: str) -> Iterable[Message]:
        if not data:
            yield from super().feed(data)
            return
        held_at, self._held_at = self._held_at, None
        data = self._reports.feed(ESC + data if held_at is not None else data)
        yield from map(CursorTold, self._reports.take_rows())
        if held_at is None and len(data) > PASTE_CHARS and not self._is_in_paste and ESC not in data:
            # A paste that its terminal did not mark: key by key it would hold up every key behind it.
            yield UnmarkedPaste(data)
            return
        if PASTE_BEGINS in data or PASTE_ENDS in data:
            self._is_in_paste = data.rfind(PASTE_BEGINS) > data.rfind(PASTE_ENDS)
        yield from self._typed(data, held_at)

    def _typed(self, data: str, held_at: float | None) -> Iterable[Message]:
        while data:
            plain, escape, rest = data.partition(ESC)
            if plain:
                yield from super().feed(plain)
            if not escape:
                return
            if not rest:
                self._held_at = time.monotonic() if held_at is None else held_at
                return
            if rest[0] in _INTRODUCERS:
                sequence, escape, after = rest.partition(ESC)
                yield from super().feed(ESC + sequence)
                data = escape + after
            else:
                yield _escape(held_at)
                data, held_at = rest, None

    def tick(self) -> Iterable[Message]:
        if self._held_at is not None and time.monotonic() - self._held_at >= constants.ESCAPE_DELAY:
            held_at, self._held_at = self._held_at, None
            yield _escape(held_at)
        yield from self._typed(self._reports.late(), None)
        yield from super().tick()


def _escape(read_at: float | None) -> events.Key:
    """An Esc with the time it was read at: what came after the wait for its sequence did not come with it."""
    key = events.Key("escape", ESC)
    if read_at is not None:
        key.time = read_at
    return key


class TerminalParser(EscapeParser):
    """The parser of a real terminal: it notices when that is gone."""

    def tick(self) -> Iterable[Message]:
        stdin = sys.__stdin__
        if stdin is not None and not os.isatty(stdin.fileno()):
            # A hung-up terminal reads as empty for ever; the stock loop would spin on it.
            raise OSError("the terminal hung up")
        yield from super().tick()


class PacedDriver(LinuxDriver):
    """Textual's terminal driver with a `backlog`."""

    @property
    def backlog(self) -> int:
        """Writes on their way to the terminal; 0 when it shows everything it was given."""
        writer = self._writer_thread
        return writer.backlog if isinstance(writer, CountingWriter) else 0

    @property
    def dropped(self) -> int:
        """Writes that the terminal never gets."""
        writer = self._writer_thread
        return writer.dropped if isinstance(writer, CountingWriter) else 0

    def ask_cursor(self, row: int) -> None:
        """Have the terminal say that it is in this row, once it has drawn what was sent before."""
        self.write(f"{ESC}[{row};1H{ESC}[6n")

    def start_application_mode(self) -> None:
        module, start = vars(linux_driver), _untyped(super().start_application_mode)
        stock = module["WriterThread"]
        # There is no public seam for the writer; the name is back before anybody else can look.
        module["WriterThread"] = CountingWriter
        try:
            start()
        finally:
            module["WriterThread"] = stock
        # Nothing of ours suspends: a stopped console must not keep the terminal in its own mode.
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)

    def stop_application_mode(self) -> None:
        if isinstance(self._writer_thread, CountingWriter):
            self._writer_thread.is_leaving = True
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        module = vars(linux_driver)
        module["XTermParser"] = TerminalParser
        try:
            super().run_input_thread()
        except OSError:
            # The terminal went away under the reader; that is a hang-up, not a fault to show a traceback of.
            self._app.call_later(self._app.exit)
        finally:
            module["XTermParser"] = XTermParser


def _untyped(method: Callable[[], None]) -> Callable[[], None]:
    return method


def backlog_of(driver: object) -> int:
    """What the terminal has still to draw; 0 for drivers without a terminal."""
    return driver.backlog if isinstance(driver, PacedDriver) else 0


def dropped_by(driver: object) -> int:
    """Writes that the terminal never gets; a whole frame must follow each."""
    return driver.dropped if isinstance(driver, PacedDriver) else 0


def ask_cursor(driver: object, row: int) -> None:
    """Ask the terminal behind the driver, where there is one."""
    if isinstance(driver, PacedDriver):
        driver.ask_cursor(row)


def leave_on_signals(leave: Callable[[], object]) -> Callable[[], None]:
    """Call `leave` in the running loop on hang-up, terminate and interrupt; returns the undo."""
    loop = asyncio.get_running_loop()
    for number in LEAVE_SIGNALS:
        loop.add_signal_handler(number, leave)

    def undo() -> None:
        for number in LEAVE_SIGNALS:
            loop.remove_signal_handler(number)

    return undo
