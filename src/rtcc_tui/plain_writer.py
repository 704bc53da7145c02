"""Lines on their way to standard output: written by a thread, so that a terminal that stalls stops nothing.

While the reader is slow, what is only news is left out and counted; alarms and answers always come.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

NEWS_WAITING_MAX = 100
"""So many lines of news wait for a slow reader; what comes after them is left out and counted."""

_WRITE_BYTES = 4096


@dataclass(slots=True)
class _LeftOut:
    """Stands where lines would have stood."""

    count: int = 0

    @property
    def text(self) -> str:
        return f"{self.count} line{'' if self.count == 1 else 's'} left out: this terminal was too slow"


class LineWriter:
    """A bounded queue in front of one file descriptor."""

    def __init__(self, fd: int, on_broken: Callable[[], None] = lambda: None) -> None:
        self._fd = fd
        self._on_broken = on_broken
        self._waiting: deque[tuple[str, bool] | _LeftOut] = deque()
        self._news = 0
        self._changed = threading.Condition()
        self._is_closing = False
        self.is_broken = False
        """The reader has gone away: nothing is written any more."""
        self._thread = threading.Thread(target=self._run, name="plain-output", daemon=True)
        self._thread.start()

    def say(self, line: str) -> None:
        """An answer or an alarm: never left out."""
        self._put(line, is_news=False)

    def news(self, line: str) -> None:
        """Something that happened: left out while too many wait."""
        self._put(line, is_news=True)

    def wait_for_room(self, within_s: float) -> bool:
        """Wait until a script may say more; False where the reader is too slow."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self.is_broken or len(self._waiting) < NEWS_WAITING_MAX, within_s
            )

    def close(self, within_s: float) -> bool:
        """Write what waits; False where the reader did not take it in time."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _put(self, line: str, *, is_news: bool) -> None:
        with self._changed:
            if self.is_broken:
                return
            if is_news and self._news >= NEWS_WAITING_MAX:
                last = self._waiting[-1] if self._waiting else None
                if not isinstance(last, _LeftOut):
                    self._waiting.append(last := _LeftOut())
                last.count += 1
            else:
                self._waiting.append((line, is_news))
                self._news += is_news
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            while (line := self._next()) is not None:
                self._write(f"{line}\n".encode("ascii", "replace"))
        except OSError:  # a pipe without a reader, a terminal that was hung up
            with self._changed:
                self.is_broken = True
                self._waiting.clear()
                self._changed.notify_all()
            self._on_broken()

    def _next(self) -> str | None:
        with self._changed:
            while not self._waiting and not self._is_closing:
                self._changed.wait()
            if not self._waiting:
                return None
            entry = self._waiting.popleft()
            if isinstance(entry, _LeftOut):
                return entry.text
            line, is_news = entry
            self._news -= is_news
            self._changed.notify_all()
            return line

    def _write(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._fd, data[:_WRITE_BYTES]) :]
            except BlockingIOError:  # somebody else made this terminal non-blocking
                select.select([], [self._fd], [], 1.0)
