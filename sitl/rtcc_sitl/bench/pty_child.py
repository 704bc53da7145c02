"""A program on a pseudo-terminal whose other end reads at once, slowly, or not at all.

The bench and the console's tests share it: bytes are counted where a terminal would take them, and each
piece is handed on with the moment it was read.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

READ_MOST = 65_536
SLOW_STEP_S = 0.05
"""A slow reader takes its share so often."""
END_WITHIN_S = 5.0

OnBytes = Callable[[bytes, float], None]
"""What was read, and when by the monotonic clock."""


class PtyChild:
    """A process with a terminal of its own; it needs a running loop."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        size: tuple[int, int],
        on_bytes: OnBytes,
        environ: Mapping[str, str],
    ) -> None:
        """Start `argv` on a terminal of `size` (columns, rows); it is read at once."""
        self._on_bytes = on_bytes
        self.bytes_read = 0
        self.is_reading = False
        self._quota = 0.0
        self._rate_b_s = 0.0
        self._slow: asyncio.TimerHandle | None = None
        self.master, slave = pty.openpty()
        os.set_blocking(self.master, False)
        set_size(self.master, size)
        self.started_s = time.monotonic()
        self.process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # hang-up reaches the owner only
            env=dict(environ),
        )
        os.close(slave)
        self.read()

    # --- how it is read ---------------------------------------------------------------------------

    def read(self) -> None:
        """Start, or go on, taking everything as it comes."""
        self._stop_slow()
        asyncio.get_running_loop().add_reader(self.master, self._readable)
        self.is_reading = True

    def stall(self) -> None:
        """Take nothing any more, as PuTTY does while text is selected."""
        self._stop_slow()
        asyncio.get_running_loop().remove_reader(self.master)
        self.is_reading = False

    def read_slowly(self, bytes_per_s: float) -> None:
        """Take so much a second and no more, as a bad line does."""
        self.stall()
        self.is_reading = True
        self._rate_b_s, self._quota = bytes_per_s, 0.0
        self._slow = asyncio.get_running_loop().call_later(SLOW_STEP_S, self._sip)

    def _sip(self) -> None:
        self._quota = min(self._quota + self._rate_b_s * SLOW_STEP_S, self._rate_b_s)
        self._quota -= self._take(int(self._quota)) if self._quota >= 1.0 else 0
        if self.is_reading:
            self._slow = asyncio.get_running_loop().call_later(SLOW_STEP_S, self._sip)

    def _stop_slow(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def _readable(self) -> None:
        self._take(READ_MOST)

    def _take(self, at_most: int) -> int:
        try:
            data = os.read(self.master, at_most)
        except BlockingIOError:
            return 0
        except OSError:  # EIO: nobody has the other end open any more
            data = b""
        if not data:
            self.stall()
            return 0
        self.bytes_read += len(data)
        self._on_bytes(data, time.monotonic())
        return len(data)

    # --- the hands and the plug -------------------------------------------------------------------

    def type(self, data: bytes) -> None:
        """Press keys."""
        os.write(self.master, data)

    def resize(self, size: tuple[int, int]) -> None:
        """Columns and rows; the program is told by SIGWINCH."""
        set_size(self.master, size)

    def hang_up(self) -> None:
        """Close the terminal, as a dropped SSH session does."""
        if self.master >= 0:
            if self.is_reading:
                self.stall()
            os.close(self.master)
            self.master = -1

    async def exit_code(self, within_s: float = 60.0) -> int:
        """Wait for the process to end. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            return await asyncio.to_thread(self.process.wait, within_s)

    def end(self) -> None:
        """Hang up and wait; whoever does not go is killed."""
        self.hang_up()
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            self.process.wait(END_WITHIN_S)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(END_WITHIN_S)


def set_size(terminal: int, size: tuple[int, int]) -> None:
    """Columns and rows of a terminal."""
    columns, rows = size
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
