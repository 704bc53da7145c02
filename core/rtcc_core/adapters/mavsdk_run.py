"""One order being carried: its commands one after the other, and how it ended, in words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from rtcc_core.adapters import mavsdk_words as words
from rtcc_core.adapters.mavsdk_binding import Command, Link
from rtcc_core.adapters.mavsdk_telemetry import Heard
from rtcc_core.domain.flight import Order, Outcome
from rtcc_core.ports import Receipt

ANSWER_DEADLINE_S = 4.0
"""Beyond the 2 s in which MAVSDK repeats: an autopilot may say "in progress" first."""

WORDS_WAIT_S = 0.4
"""An autopilot's reason for a refusal comes as a status text of its own, around the refusal."""

WORDS_BEFORE_S = 1.0

ACCEPTED = Receipt(Outcome.ACCEPTED)


class Overtaken(Exception):
    """A newer order took over between two steps of this one."""


def refused(reason: str) -> Receipt:
    """An order that will not be carried out, and why."""
    return Receipt(Outcome.REFUSED, reason)


async def within_deadline(answer: asyncio.Future[int | None]) -> int | None:
    """Wait for an answer, but not for ever; the command itself cannot be called back."""
    done, _ = await asyncio.wait((answer,), timeout=ANSWER_DEADLINE_S)
    return answer.result() if done else None


class Run:
    """One order under way. `is_newest` says whether no newer order took over."""

    def __init__(
        self,
        link: Link,
        heard: Heard,
        order: Order,
        *,
        on_sent: Callable[[], None],
        is_newest: Callable[[], bool],
    ) -> None:
        self.order = order
        self._link = link
        self._heard = heard
        self._on_sent: Callable[[], None] | None = on_sent
        self._is_newest = is_newest

    @property
    def is_newest(self) -> bool:
        return self._is_newest()

    async def answer(self, command: Command) -> int | None:
        """Send a command and wait for its MAV_RESULT; None when none came. Raises Overtaken."""
        if not self._is_newest():
            raise Overtaken
        if self._on_sent is not None:
            on_sent, self._on_sent = self._on_sent, None
            on_sent()
        return await within_deadline(self._link.command(command))

    async def step(self, command: Command, what: str) -> Receipt:
        """Send a command and put the answer in words. Raises Overtaken."""
        asked_at = time.monotonic()
        return await self.receipt(await self.answer(command), what, asked_at)

    async def receipt(self, answer: int | None, what: str, asked_at: float) -> Receipt:
        """What an answer to `what`, asked at a monotonic time, means."""
        drone = self.order.drone
        if answer == words.ACCEPTED:
            return ACCEPTED
        if answer is None:
            return Receipt(
                Outcome.UNKNOWN, f"{drone} did not acknowledge the order to {what}; watch what it does"
            )
        await asyncio.sleep(WORDS_WAIT_S)
        since = self._heard.texts.warnings_since(asked_at - WORDS_BEFORE_S)
        said = since or self._heard.health(time.monotonic())
        reason = f"{drone} refused to {what}: {words.result_words(answer)}"
        return refused(f"{reason}; it says: {said}" if said else reason)
