"""The line mode as a process: lines in from a keyboard, a pipe or a file, lines out, and an exit code."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from rtcc_tui.connection import Connection, CoreLine
from rtcc_tui.model import ANSWER_WITHIN_S
from rtcc_tui.plain import PlainConsole
from rtcc_tui.plain_writer import LineWriter

DONE, FAILED, NO_CORE, INTERRUPTED = 0, 1, 2, 130

CORE_WITHIN_S = 10.0
"""A script's line waits this long for a core before the script ends: there is none."""

DRAIN_WITHIN_S = 30.0
"""What was said last is written as long as this to a reader that is slow."""

LINE_MAX_BYTES = 64 * 1024
"""A longer line is no line: what stands behind this is read as the next one."""

LOOK_EVERY_S = 0.25
ROOM_WITHIN_S = 1.0

Lines = asyncio.Queue[tuple[str, float] | None]
"""Each line with the time at which it was read (monotonic seconds); None behind the last one."""


class UnreachableError(Exception):
    """A script has no core to go on with."""


async def run_lines(
    console: PlainConsole, connection: CoreLine, source: int, writer: LineWriter | None = None
) -> int:
    """Feed lines from a file descriptor to the console until they end or it is done.

    0: everything was done; 1: something was refused, UNKNOWN or not understood; 2: there was no core.
    """
    lines: Lines = asyncio.Queue()
    _read_in_background(source, lines, asyncio.get_running_loop(), console.now)
    tasks = [
        asyncio.create_task(connection.run(console)),
        asyncio.create_task(_tick(console)),
        asyncio.create_task(_obey(console, lines, writer)),
        asyncio.create_task(_until_done(console)),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except UnreachableError:
        return NO_CORE
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return FAILED if console.has_failed else DONE


async def _until_done(console: PlainConsole) -> None:
    await console.is_done.wait()


async def _tick(console: PlainConsole) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        console.tick()


# --- obeying ---------------------------------------------------------------------------------------


async def _obey(console: PlainConsole, lines: Lines, writer: LineWriter | None) -> None:
    number = 0
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(console.is_ready.wait(), CORE_WITHIN_S)
    while (read := await lines.get()) is not None:
        line, read_at = read
        number += 1
        if console.is_script:
            await _with_a_core(console, number)
            while writer is not None and not await asyncio.to_thread(writer.wait_for_room, ROOM_WITHIN_S):
                pass  # a script does not run ahead of whoever reads what it does
        if console.is_script or not console.is_urgent(line):
            await _settled(console)
        console.heard(line, number, read_at)
        await _until_free(console, lines)
    await _settled(console)
    console.ended()


async def _with_a_core(console: PlainConsole, number: int) -> None:
    """Raises UnreachableError, and says so, where no core comes in time."""
    give_up_at = asyncio.get_running_loop().time() + CORE_WITHIN_S
    while not (console.is_ready.is_set() and console.session.live.is_connected):
        if asyncio.get_running_loop().time() >= give_up_at:
            console.gave_up(number)
            raise UnreachableError
        await asyncio.sleep(LOOK_EVERY_S)


async def _settled(console: PlainConsole) -> None:
    """A line sees what the one before it led to: its answer, or that it is UNKNOWN."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(console.is_answered.wait(), ANSWER_WITHIN_S + 1.0)


async def _until_free(console: PlainConsole, lines: Lines) -> None:
    """A `wait` ends by itself; for a person at a keyboard also with the next line that is typed."""
    while not console.is_free.is_set():
        if not console.is_script and not lines.empty():
            console.interrupt()
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(console.is_free.wait(), LOOK_EVERY_S)


# --- reading ---------------------------------------------------------------------------------------


def _read_in_background(
    source: int, lines: Lines, loop: asyncio.AbstractEventLoop, now: Callable[[], float]
) -> None:
    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants more
            for line in _lines_of(source):
                loop.call_soon_threadsafe(lines.put_nowait, (line, now()))
            loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="plain-input", daemon=True).start()


def _lines_of(source: int) -> Iterator[str]:
    """Read from the descriptor itself: a thread that waits in a buffered reader would hold up the exit."""
    rest = b""
    with contextlib.suppress(OSError):  # the stream is closed, the terminal hung up
        while data := os.read(source, LINE_MAX_BYTES):
            *whole, rest = (rest + data).split(b"\n")
            if len(rest) > LINE_MAX_BYTES:
                whole, rest = [*whole, rest], b""
            for line in whole:
                yield line.decode("utf-8", "replace").rstrip("\r")
    if rest:
        yield rest.decode("utf-8", "replace")


class _Echo:
    """Whether the terminal shows what is typed."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._is_hidden = False

    def hide(self, is_wanted: bool) -> None:
        """Show nothing while a PIN is typed; a terminal that cannot be asked is left as it is."""
        if is_wanted == self._is_hidden:
            return
        with contextlib.suppress(termios.error, OSError):
            modes = termios.tcgetattr(self._fd)
            modes[3] = modes[3] & ~termios.ECHO if is_wanted else modes[3] | termios.ECHO
            # What was typed before the question is no PIN.
            termios.tcsetattr(self._fd, termios.TCSAFLUSH if is_wanted else termios.TCSADRAIN, modes)
            self._is_hidden = is_wanted


@contextlib.contextmanager
def _ended_by_signals(console: PlainConsole) -> Iterator[list[int]]:
    """SIGTERM and SIGHUP leave in order; the list holds the one that came."""
    loop, came = asyncio.get_running_loop(), list[int]()

    def leave(number: int) -> None:
        came.append(number)
        console.is_done.set()

    wanted = (signal.SIGTERM, signal.SIGHUP)
    for number in wanted:
        loop.add_signal_handler(number, leave, number)
    try:
        yield came
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)


async def _run(socket_path: Path, *, assume_yes: bool, leaving_note: str) -> int:
    loop, source = asyncio.get_running_loop(), sys.stdin.fileno()
    connection = Connection(socket_path, client="rtcc console --plain")

    def broken() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(console.is_done.set)

    writer = LineWriter(sys.stdout.fileno(), broken)
    console = PlainConsole(
        connection,
        voice=writer,
        assume_yes=assume_yes,
        is_script=not os.isatty(source),
        leaving_note=leaving_note,
    )
    echo = _Echo(source)
    if os.isatty(source):
        console.wants_pin = echo.hide
    try:
        with _ended_by_signals(console) as came:
            code = await run_lines(console, connection, source, writer)
    finally:
        echo.hide(False)
        await asyncio.to_thread(writer.close, 0.0 if writer.is_broken else DRAIN_WITHIN_S)
    if came:
        return 128 + came[0]
    # Lines that nobody read were perhaps not obeyed either: no script may take that for done.
    return FAILED if writer.is_broken and code == DONE else code


def run_plain(socket_path: Path, *, assume_yes: bool = False, leaving_note: str = "") -> int:
    """Run the line mode on standard input and output until end of file or `quit`."""
    try:
        return asyncio.run(_run(socket_path, assume_yes=assume_yes, leaving_note=leaving_note))
    except KeyboardInterrupt:
        return INTERRUPTED
