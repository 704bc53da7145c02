"""Carries stored orders to aircraft and reports how each ended.

One lane per aircraft: an aircraft that does not answer delays nobody else's, and its gimbal and camera have
a lane of their own, so they never delay its flight. Hold, return, land and the way home never wait; whatever
waits behind them is superseded. An unknown outcome is tried again only where repeating is
harmless and nothing newer was asked; a launch never is (law 2).
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from typing import Any

from rtcc_core.domain.facts import Fact, OrderSentOut, OrderSettled
from rtcc_core.domain.flight import PENDING, SAFE_TO_REPEAT, Order, Outcome
from rtcc_core.domain.state import State
from rtcc_core.ports import DroneLink, FactSink, JournalUnavailable, Receipt

log = logging.getLogger(__name__)

REPEATS_MAX = 3
RESTARTED = "the core restarted before the outcome was known"


class Outbox:
    """One lane per aircraft; `take` never waits."""

    def __init__(self, link: DroneLink, sink: FactSink, *, retry_s: float = 2.0) -> None:
        self._link = link
        self._sink = sink
        self._retry_s = retry_s
        self._lanes: dict[tuple[str, bool], _Lane] = {}

    def take(self, order: Order) -> None:
        """Carry this order as soon as its aircraft's lane allows."""
        self._lane(order).take(order)

    def recover(self, state: State) -> None:
        """After a start: what was on its way when the last core went away ended nobody knows how."""
        for orders in state.orders.values():
            for order in orders:
                if order.outcome in PENDING:
                    log.warning("%s %s is UNKNOWN: %s", order.verb.value, order.drone, RESTARTED)
                    self._lane(order).settle(order, Receipt(Outcome.UNKNOWN, RESTARTED))

    async def drain(self, timeout_s: float) -> None:
        """Wait a short while for what is on its way, then let go of it; what still waits is not sent."""
        await self._wait(timeout_s)
        for lane in self._lanes.values():
            lane.let_go()
        # What was let go of says so to the desk, if the desk still listens.
        await self._wait(1.0)
        for task in self._tasks():
            task.cancel()
        await asyncio.gather(*self._tasks(), return_exceptions=True)

    async def _wait(self, timeout_s: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while (tasks := self._tasks()) and (left_s := deadline - loop.time()) > 0:
            await asyncio.wait(tasks, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)

    def _tasks(self) -> set[asyncio.Task[None]]:
        return {task for lane in self._lanes.values() for task in lane.tasks}

    def _lane(self, order: Order) -> _Lane:
        key = (order.drone, order.is_of_flight)
        if key not in self._lanes:
            self._lanes[key] = _Lane(self._link, self._sink, self._retry_s)
        return self._lanes[key]


class _Lane:
    """The orders of one aircraft."""

    def __init__(self, link: DroneLink, sink: FactSink, retry_s: float) -> None:
        self._link = link
        self._sink = sink
        self._retry_s = retry_s
        self._waiting: deque[Order] = deque()
        self._carrying = 0
        self._carriers: set[asyncio.Task[None]] = set()
        self._newest: Order | None = None
        self._untold: deque[Fact] = deque()
        self._is_telling = False
        self.tasks: set[asyncio.Task[None]] = set()

    def take(self, order: Order) -> None:
        self._newest = order
        if order.is_recall:
            self._refuse_waiting(f"superseded by {order.verb.value}; not sent")
            self._start(order)
        else:
            self._waiting.append(order)
            self._advance()

    def settle(self, order: Order, receipt: Receipt) -> None:
        self._tell(
            OrderSettled(
                drone=order.drone, order_id=order.order_id, outcome=receipt.outcome, reason=receipt.reason
            )
        )

    def let_go(self) -> None:
        """Send nothing of what waits, for nobody would see what became of it; wait for no answer."""
        self._refuse_waiting("the core goes down; not sent")
        for task in self._carriers:
            task.cancel()

    def _refuse_waiting(self, why: str) -> None:
        while self._waiting:
            self.settle(self._waiting.popleft(), Receipt(Outcome.REFUSED, why))

    def _advance(self) -> None:
        if self._waiting and self._carrying == 0:
            self._start(self._waiting.popleft())

    def _start(self, order: Order) -> None:
        self._carrying += 1
        task = self._spawn(self._carry(order), f"carry {order.order_id} to {order.drone}")
        self._carriers.add(task)
        task.add_done_callback(self._carriers.discard)

    async def _carry(self, order: Order) -> None:
        receipt = Receipt(Outcome.UNKNOWN, "the core went down while it was on its way")
        try:
            receipt = await self._try(order)
            repeats = 0
            while receipt.outcome is Outcome.UNKNOWN and repeats < REPEATS_MAX and self._may_repeat(order):
                repeats += 1
                log.warning(
                    "%s %s: no certain answer, asking again (%d)", order.verb.value, order.drone, repeats
                )
                receipt = await self._try(order, is_repeat=True)
        finally:
            self._carrying -= 1
            self.settle(order, receipt)
            self._advance()

    def _may_repeat(self, order: Order) -> bool:
        return order.verb in SAFE_TO_REPEAT and self._newest is order

    async def _try(self, order: Order, *, is_repeat: bool = False) -> Receipt:
        said = is_repeat

        def on_sent() -> None:
            nonlocal said
            if not said:
                said = True
                self._tell(OrderSentOut(drone=order.drone, order_id=order.order_id))

        try:
            return await self._link.carry(order, on_sent=on_sent)
        except Exception as error:
            log.exception("carrying %s to %s failed", order.verb.value, order.drone)
            return Receipt(Outcome.UNKNOWN, f"the aircraft link failed: {error or type(error).__name__}")

    # --- telling the desk, in order, without the wire waiting for it ----------------------------

    def _tell(self, fact: Fact) -> None:
        self._untold.append(fact)
        if not self._is_telling:
            self._is_telling = True
            self._spawn(self._tell_all(), "tell the desk")

    async def _tell_all(self) -> None:
        try:
            while self._untold:
                facts = tuple(self._untold)
                try:
                    await self._sink.store(facts, source="core")
                except JournalUnavailable:
                    await asyncio.sleep(self._retry_s)
                    continue
                for _ in facts:
                    self._untold.popleft()
        finally:
            self._is_telling = False

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task
