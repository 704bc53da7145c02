"""The console of a drill: in the foreground on this terminal, a process of its own like any other console."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator

from rtcc_sitl import proof
from rtcc_sitl.stage import Stage

LEAVE_WITHIN_S = 5.0
LOOK_EVERY_S = 0.2

LEAVING_NOTE = "the drill ends and its aircraft with it"

_GIVE_BACK = b"\x1b[?1000;1002;1003;1006;1015;1004;2004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m\r\n"
"""Mouse, focus, paste and keyboard modes off, the main screen back, the cursor seen, no colour."""


async def run_console(stage: Stage, *, is_plain: bool, on_joined: Callable[[], None]) -> int:
    """Run `rtcc console` until the person leaves; cancelling tells it to go. Returns its exit code.

    `on_joined` is called once, when the core has let it in.
    """
    argv = [*(sys.executable, "-m", "rtcc_core.cli", "console"), "--socket", str(stage.socket_path)]
    argv += ["--leaving-note", LEAVING_NOTE]
    if is_plain:
        argv.append("--plain")
    with _terminal_given_back() as give_back:
        process = await asyncio.create_subprocess_exec(*argv)
        watch = asyncio.create_task(_until_joined(stage, on_joined), name="joined")
        try:
            code = await process.wait()
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            await _send_away(process)
            if process.returncode is not None and process.returncode < 0:
                give_back()
    return code


async def _until_joined(stage: Stage, on_joined: Callable[[], None]) -> None:
    while True:
        if proof.has_console(stage.journal):
            on_joined()
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _send_away(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN_S):
                await process.wait()


@contextlib.contextmanager
def _terminal_given_back() -> Iterator[Callable[[], None]]:
    """Remember how the terminal was; the returned call sets it back after a console that could not."""
    descriptor = sys.stdin.fileno()
    try:
        before = termios.tcgetattr(descriptor)
    except termios.error:
        yield lambda: None
        return

    def give_back() -> None:
        with contextlib.suppress(termios.error, OSError):
            # A background process that sets the terminal is stopped for it; this one only tidies up.
            previous = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            try:
                os.write(sys.stderr.fileno(), _GIVE_BACK)
                termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
            finally:
                signal.signal(signal.SIGTTOU, previous)

    yield give_back
