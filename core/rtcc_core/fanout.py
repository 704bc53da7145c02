"""One stream in, many bounded subscribers out: facts queue, telemetry is the newest only (law 5).

Nothing here waits: publishing costs the same whether a subscriber reads or sleeps. A subscriber that
falls too far behind loses its queue and is told to take a new snapshot.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from rtcc_core.domain.events import Stored
from rtcc_core.wire.console import Frame

FACTS_MAX = 10_000
"""Events kept for one subscriber before it must take a new snapshot."""


class Subscription:
    """One subscriber's own, bounded view of the stream."""

    def __init__(self, facts_max: int = FACTS_MAX) -> None:
        self._facts: deque[Stored] = deque()
        self._facts_max = facts_max
        self._frame: Frame | None = None
        self._stirred = asyncio.Event()
        self.is_lagged = False
        """Facts were dropped: take a snapshot and a new subscription."""

    def push(self, events: Iterable[Stored]) -> None:
        """Queue stored events; never waits."""
        if self.is_lagged:
            return
        self._facts.extend(events)
        if len(self._facts) > self._facts_max:
            self._facts.clear()
            self.is_lagged = True
        self._stirred.set()

    def show(self, frame: Frame) -> None:
        """Replace the frame that waits, if one does."""
        self._frame = frame
        self._stirred.set()

    def stir(self) -> None:
        """Wake the subscriber for a reason of its own."""
        self._stirred.set()

    async def wait(self) -> None:
        """Return when there is something to take."""
        await self._stirred.wait()
        self._stirred.clear()

    def forget_until(self, seq: int) -> None:
        """Drop what a snapshot at `seq` already tells."""
        while self._facts and self._facts[0].seq <= seq:
            self._facts.popleft()

    def take_facts(self, at_most: int) -> tuple[Stored, ...]:
        """The oldest events that wait, in order."""
        return tuple(self._facts.popleft() for _ in range(min(at_most, len(self._facts))))

    def take_frame(self) -> Frame | None:
        """The newest frame, once."""
        frame, self._frame = self._frame, None
        return frame


class Fanout:
    """Tells every subscriber what was stored and what is seen."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def subscribe(self, facts_max: int = FACTS_MAX) -> Subscription:
        """Everything published from this moment on."""
        subscription = Subscription(facts_max)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop; a second time does nothing."""
        self._subscriptions.discard(subscription)

    def publish(self, events: Iterable[Stored]) -> None:
        """Tell of events that are on disk."""
        told = tuple(events)
        for subscription in self._subscriptions:
            subscription.push(told)

    def show(self, frame: Frame) -> None:
        """Tell of the newest telemetry."""
        for subscription in self._subscriptions:
            subscription.show(frame)
