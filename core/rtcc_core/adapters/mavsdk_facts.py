"""What aircraft say, on its way to the desk: bounded, so that a slow journal never holds up telemetry."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from rtcc_core.domain.facts import Fact
from rtcc_core.ports import FactSink, JournalUnavailable

KEPT = 200
"""Facts that wait; the oldest gives way when more come."""

REPEAT_AFTER_S = 10.0
"""The same words again within this are the same fact."""

RETRY_S = 1.0


class FactPump:
    """Stores facts one after the other in a task of its own."""

    def __init__(self, sink: FactSink) -> None:
        self._sink = sink
        self._waiting: deque[tuple[Fact, str]] = deque(maxlen=KEPT)
        self._put_at: dict[Fact, float] = {}
        self._news = asyncio.Event()

    def put(self, fact: Fact, *, source: str) -> None:
        """Take a fact; never blocks. Call from the event loop."""
        now = time.monotonic()
        self._put_at = {each: at for each, at in self._put_at.items() if now - at < REPEAT_AFTER_S}
        if fact in self._put_at:
            return
        if len(self._put_at) < KEPT:
            self._put_at[fact] = now
        self._waiting.append((fact, source))
        self._news.set()

    async def run(self) -> None:
        """Store what comes until cancelled; while the journal cannot write, wait and try again."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                fact, source = self._waiting.popleft()
                try:
                    await self._sink.store([fact], source=source)
                except JournalUnavailable:
                    if len(self._waiting) < KEPT:
                        self._waiting.appendleft((fact, source))
                    await asyncio.sleep(RETRY_S)
