"""The processes of a drill: each in a session of its own, so that a terminal's Ctrl-C and hang-up reach the
drill alone, which then ends them in order; each ends by itself when its stdin closes, so that none survives
a drill that was killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

LONGEST_LINE_BYTES = 1_000_000
LOG_TAIL_BYTES = 2_000


class Child:
    """A running process. Make it with `start`; end it with `stop`."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self._process = process
        self._log = log
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, name: str, argv: Sequence[str], *, log: Path, on_line: Callable[[str], None] | None = None
    ) -> Child:
        """Start `argv`; its stderr is appended to `log`, its stdout too unless `on_line` takes the lines."""
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE if on_line else file,
                stderr=file,
                start_new_session=True,
                limit=LONGEST_LINE_BYTES,
            )
        child = cls(name, process, log)
        if on_line is not None:
            child._reader = asyncio.create_task(child._read(on_line), name=f"read-{name}")
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative for the signal that ended it."""
        return self._process.returncode

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        code = self._process.returncode
        if code is None:
            return "still runs"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def tell(self, line: str) -> None:
        """Write one line to its stdin; a process that is gone hears nothing."""
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(line.encode() + b"\n")

    async def wait(self) -> int:
        """Return code, when it has ended."""
        return await self._process.wait()

    async def stop(self, *, grace_s: float) -> None:
        """Close its stdin; terminate it after `grace_s`, kill it and all it started after as long again."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        for stronger in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_s):
                    await self._process.wait()
            if self._process.returncode is not None:
                break
            self._signal_all(stronger)
        await self._process.wait()
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

    def last_words(self) -> str:
        """The end of its log, for an error message."""
        with contextlib.suppress(OSError), self._log.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_TAIL_BYTES))
            return file.read().decode("utf-8", "replace").strip()
        return ""

    def _signal_all(self, what: signal.Signals) -> None:
        """Signal its whole process group, which is its own."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, what)

    async def _read(self, on_line: Callable[[str], None]) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(ValueError):
            async for line in self._process.stdout:
                on_line(line.decode("utf-8", "replace").rstrip("\n"))
