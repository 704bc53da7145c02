"""What a CAD said and the journal does not have yet: stored in the order in which it came, many at once, and
acknowledged when it is on disk.

Reading goes on meanwhile, but not far ahead: what waits is bounded, and then TCP slows the CAD down.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from rtcc_core.adapters.cad_record import FeedRecord
from rtcc_core.domain.facts import Fact
from rtcc_core.ports import JournalUnavailable
from rtcc_core.wire.conveyance import EventArrived

AHEAD_MAX: Final = 256
"""Facts that may wait for the journal before nothing more is read."""

AHEAD_MAX_CHARS: Final = 4_000_000
"""And characters of their originals; one that is longer waits alone."""

STORE_AT_ONCE: Final = 64
"""Facts in one call to the desk: about 20 ms of deciding."""

Acknowledge = Callable[[str, int, str], Awaitable[None]]
"""Answers an event: transaction id, status, words."""


class Part(msgspec.Struct, frozen=True):
    """Facts of one event; the last part of an event says how it is to be answered."""

    record: FeedRecord
    facts: tuple[Fact, ...]
    answers: EventArrived | None
    bad: int = 0
    """How many of the event's items cannot be used."""

    @property
    def chars(self) -> int:
        return sum(len(getattr(fact, "original", "")) for fact in self.facts)


class Storing:
    """One connection's way to the journal. `run` is a task of its own; the others are the reader's."""

    def __init__(self, acknowledge: Acknowledge, give_up: Callable[[], Awaitable[None]]) -> None:
        """`give_up` closes the connection, so that a reader that waits for it learns of a failure."""
        self._acknowledge = acknowledge
        self._give_up = give_up
        self._waiting: deque[Part] = deque()
        self._facts = 0
        self._chars = 0
        self._failure: Exception | None = None
        self._stirred = asyncio.Event()
        self._moved = asyncio.Event()

    async def take(self, part: Part) -> None:
        """Queue it; waits while too much waits. Raises what storing or acknowledging failed of."""
        while self._facts and self._is_full(part) and self._failure is None:
            await self._next_move()
        self._raise()
        self._waiting.append(part)
        self._facts += len(part.facts) or 1
        self._chars += part.chars
        self._stirred.set()

    async def settled(self) -> None:
        """Return when everything that was taken is on disk and answered. Raises as `take`."""
        while self._facts and self._failure is None:
            await self._next_move()
        self._raise()

    async def run(self) -> None:
        """Store and acknowledge until cancelled, or until one of them fails."""
        try:
            while True:
                await self._stirred.wait()
                self._stirred.clear()
                while self._waiting:
                    await self._store(self._next_batch())
        except Exception as error:
            self._failure = error
            self._moved.set()
            if isinstance(error, JournalUnavailable):
                await self._refuse()
            await self._give_up()

    async def _store(self, batch: list[Part]) -> None:
        facts = [fact for part in batch for fact in part.facts]
        try:
            if facts:
                await batch[0].record.store_news(facts)
        except JournalUnavailable:
            self._waiting.extendleft(reversed(batch))
            raise
        for part in batch:
            self._facts -= len(part.facts) or 1
            self._chars -= part.chars
            if part.answers is None:
                continue
            if part.bad:
                words = f"{part.bad} of {len(part.answers.items)} unusable"
                await self._acknowledge(part.answers.transaction_id, 400, words)
            else:
                await self._acknowledge(part.answers.transaction_id, 200, "OK")
        self._moved.set()

    def _next_batch(self) -> list[Part]:
        """The oldest that wait, of one feed: as many facts as are stored together."""
        batch = [self._waiting.popleft()]
        count = len(batch[0].facts)
        while self._waiting and self._waiting[0].record is batch[0].record:
            count += len(self._waiting[0].facts)
            if count > STORE_AT_ONCE:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _refuse(self) -> None:
        """Nothing of what waits is stored: the CAD is told so, and sends it again."""
        with contextlib.suppress(Exception):
            for part in self._waiting:
                if part.answers is not None:
                    await self._acknowledge(part.answers.transaction_id, 503, "not stored")

    def _is_full(self, part: Part) -> bool:
        return self._facts + len(part.facts) > AHEAD_MAX or self._chars + part.chars > AHEAD_MAX_CHARS

    def _raise(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _next_move(self) -> None:
        self._moved.clear()
        await self._moved.wait()
