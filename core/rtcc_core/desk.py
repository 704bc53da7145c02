"""The single writer: takes commands and outside facts in order, decides, stores, and only then tells.

What waits is decided together and stored in one transaction (group commit). While the journal cannot
write, nothing is launched and no fact is taken; hold, return and land are still carried, remembered, and
written down when the journal is back (law 1). A journal that neither writes nor fails, a disk that hangs or a
file that somebody else has locked, delays them by `RECALL_WAITS_S` and no more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from rtcc_core.deciding import (
    AnswerBook,
    Batch,
    Input,
    decide_batch,
    is_recall,
    recall_orders,
    try_decide,
)
from rtcc_core.domain.air import Air
from rtcc_core.domain.commands import AnyCommand, Command
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.events import OrderAsked, Stored
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.facts import (
    ConsoleClosed,
    ConsoleOpened,
    CoreCameUp,
    Fact,
    JournalRecovered,
    OrderSentOut,
    OrderSettled,
)
from rtcc_core.domain.flight import Order, Outcome
from rtcc_core.domain.state import State
from rtcc_core.fanout import Fanout
from rtcc_core.ports import Clock, Journal, JournalUnavailable
from rtcc_core.wire.console import Answer, AnswerStatus, Health

log = logging.getLogger(__name__)

QUEUE_MAX = 1_024
"""Inputs that may wait; when full, feeds and consoles stop reading and their sockets push back."""
BATCH_MAX = 256
RETRY_EVERY_S = 2.0
RECALL_WAITS_S = 1.0
"""A hold, return or land that is not on disk by then is carried ahead of its record."""
COMMAND_ID_MAX = 64


class _Gap(msgspec.Struct):
    """What happens while the journal cannot write."""

    since: datetime
    reason: str
    orders: dict[str, Order]
    carried: int = 0
    consoles: list[Fact] = []
    """Who came and who went, in order: an aircraft whose pilot left must not be forgotten."""


class Desk:
    """Owns the state and the journal. `run` is the only task that changes either."""

    def __init__(
        self,
        *,
        journal: Journal,
        clock: Clock,
        fanout: Fanout,
        sky: Callable[[], Sky],
        state: State,
        answers: AnswerBook | None = None,
        air: Callable[[], Air] = Air,
        recall_waits_s: float = RECALL_WAITS_S,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._fanout = fanout
        self._sky = sky
        self._air = air
        self._state = state
        self._answers = answers or AnswerBook()
        self._queue: asyncio.Queue[Input | None] = asyncio.Queue(QUEUE_MAX)
        self._carry: Callable[[Order], None] = _nobody_carries
        self._gap: _Gap | None = None
        self._owed: CoreCameUp | None = None
        self._is_closed = False
        self._recall_waits_s = recall_waits_s
        self._carried_ahead = 0

    @property
    def state(self) -> State:
        """The fold of everything stored so far."""
        return self._state

    @property
    def health(self) -> Health:
        """Whether the journal writes, and since when not."""
        if self._gap is None:
            return Health()
        return Health(journal_error=self._gap.reason, journal_failed_at=self._gap.since)

    def carry_with(self, carry: Callable[[Order], None]) -> None:
        """Hand every stored order to this (the outbox); it must not wait."""
        self._carry = carry

    # --- the doors ----------------------------------------------------------------------------

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        """Return when what was decided about all of them is on disk; raises JournalUnavailable."""
        wanted = [fact for fact in facts if not self._belongs_to_gap(fact)]
        if wanted:
            await self._submit(Input(asked=tuple(wanted), by=source, future=_future()))

    async def submit_command(self, command: AnyCommand, account: str) -> Answer:
        """What was decided, once it is on disk; never raises for what was asked."""
        if not 0 < len(command.command_id) <= COMMAND_ID_MAX or command.command_id.startswith("#"):
            reason = f"the command's id must have 1 to {COMMAND_ID_MAX} characters and not begin with #"
            return Answer(command_id=command.command_id[:80], status=AnswerStatus.REFUSED, reasons=(reason,))
        try:
            answer = await self._submit_command(command, account)
        except JournalUnavailable as error:
            return _refused_unstored(command, str(error))
        assert answer is not None, "commands are always answered"
        return answer

    async def open(self, came_up: CoreCameUp) -> None:
        """Start with this roster; without a journal the roster holds all the same and is written later."""
        try:
            await self.store([came_up], source="core")
        except JournalUnavailable:
            self._owed = came_up
            at = _to_millisecond(self._clock.now())
            decided = try_decide(self._state, came_up, "core", at, {})
            for event in decided if isinstance(decided, tuple) else ():
                seq = self._state.seq  # nothing is stored, so nothing is numbered
                self._state = evolve(
                    self._state, Stored(seq=seq, at=at, operator="core", cause="", event=event)
                )

    async def _submit(self, given: Input) -> Answer | None:
        if self._is_closed:
            raise JournalUnavailable("the core is going down; start it again with `rtcc core`")
        await self._queue.put(given)
        return await given.future

    async def _submit_command(self, command: AnyCommand, by: str) -> Answer | None:
        """A hold, return or land that waits too long for the journal goes to its aircraft meanwhile.

        It is carried again with its record, which is harmless.
        """
        given = Input(asked=(command,), by=by, future=_future())
        if not is_recall(command):
            return await self._submit(given)
        timer = asyncio.get_running_loop().call_later(self._recall_waits_s, self._carry_ahead, command, by)
        try:
            return await self._submit(given)
        finally:
            timer.cancel()

    def _carry_ahead(self, command: AnyCommand, by: str) -> None:
        if self._answers.find(command.command_id, self._state) is not None:
            return
        at = _to_millisecond(self._clock.now())
        decided = recall_orders(self._state, command, by, at, self._sky())
        for order in decided if isinstance(decided, tuple) else ():
            self._carried_ahead += 1
            ahead = replace(order, order_id=f"{order.order_id}a{self._carried_ahead}")
            log.warning("%s %s by %s carried AHEAD of the journal, which hangs", order.verb, order.drone, by)
            self._carry(ahead)

    async def close(self) -> None:
        """Take nothing more; `run` returns when what waits is done."""
        if not self._is_closed:
            self._is_closed = True
            await self._queue.put(None)

    # --- the one task -------------------------------------------------------------------------

    async def run(self) -> None:
        """Decide and store until closed."""
        is_open = True
        while is_open:
            inputs, is_open = await self._next_inputs()
            await self._process(inputs)

    async def _next_inputs(self) -> tuple[list[Input], bool]:
        """What waits (at least one input, or none when it is time to try the journal again)."""
        inputs: list[Input] = []
        try:
            async with asyncio.timeout(RETRY_EVERY_S if self._gap else None):
                given = await self._queue.get()
        except TimeoutError:
            return inputs, True
        while given is not None:
            inputs.append(given)
            if len(inputs) >= BATCH_MAX or self._queue.empty():
                return inputs, True
            given = self._queue.get_nowait()
        return inputs, False

    async def _process(self, inputs: list[Input]) -> None:
        at = _to_millisecond(self._clock.now())
        sky = self._sky()
        batch = decide_batch(
            self._state, [*self._owed_inputs(), *inputs], at, sky, self._answers, self._air()
        )
        try:
            stored = await self._journal.append(batch.drafts) if batch.drafts else []
        except JournalUnavailable as error:
            self._without_journal(inputs, str(error), at, sky)
            return
        except Exception as error:
            log.exception("the journal failed in a way it should not")
            self._without_journal(inputs, f"the journal failed: {error}", at, sky)
            return
        if self._gap:
            log.warning("the journal writes again after %s", self._gap.reason)
            self._gap = self._owed = None
        self._adopt(batch, stored)

    def _adopt(self, batch: Batch, stored: list[Stored]) -> None:
        """On disk: only now anybody is told. One step of the loop, so a snapshot is never half of it."""
        state = batch.state
        if stored and stored[-1].seq != state.seq:
            log.error("the journal numbered events from %d, not as expected", stored[0].seq)
            state = self._state
            for one in stored:
                state = evolve(state, one)
        self._state = state
        self._fanout.publish(stored)
        for one in stored:
            if isinstance(one.event, OrderAsked):
                self._carry(one.event.order)
        for command_id, answer in batch.answers.items():
            self._answers.remember(command_id, answer)
        batch.resolve()

    # --- without a journal --------------------------------------------------------------------

    def _without_journal(self, inputs: list[Input], reason: str, at: datetime, sky: Sky) -> None:
        if self._gap is None:
            log.error("the journal cannot write: %s", reason)
            self._gap = _Gap(since=at, reason=reason, orders={})
        self._gap.reason = reason
        for given in inputs:
            command = given.asked[0]
            if isinstance(command, Command):
                given.resolve(self._answer_unstored(command, given.by, at, sky))
            elif all(isinstance(fact, ConsoleOpened | ConsoleClosed) for fact in given.asked):
                self._gap.consoles += [fact for fact in given.asked if isinstance(fact, Fact)]
                given.resolve(None)
            else:
                given.fail(JournalUnavailable(reason))

    def _answer_unstored(self, command: AnyCommand, by: str, at: datetime, sky: Sky) -> Answer:
        gap = self._gap
        assert gap is not None
        known = self._answers.find(command.command_id, self._state)
        if known is not None:
            return known
        decided = recall_orders(self._state, command, by, at, sky)
        if decided is None:
            return _refused_unstored(command, gap.reason)
        if isinstance(decided, Answer):
            return decided
        for order in decided:
            gap.carried += 1
            # The state does not move in a gap, so the order's own number would come twice.
            unrecorded = replace(order, order_id=f"{order.order_id}u{gap.carried}")
            gap.orders[unrecorded.order_id] = unrecorded
            log.warning("UNRECORDED: %s by %s carried without the journal", f"{order.verb} {order.drone}", by)
            self._carry(unrecorded)
        reason = f"the journal cannot write: {gap.reason}; carried all the same, written down later"
        answer = Answer(command_id=command.command_id, status=AnswerStatus.UNRECORDED, reasons=(reason,))
        self._answers.remember(command.command_id, answer)
        return answer

    def _belongs_to_gap(self, fact: Fact) -> bool:
        """Outcomes of unrecorded orders are kept with them until the gap is written down."""
        if self._gap is None or not isinstance(fact, OrderSentOut | OrderSettled):
            return False
        order = self._gap.orders.get(fact.order_id)
        if order is None:
            return False
        now = _to_millisecond(self._clock.now())
        if isinstance(fact, OrderSentOut):
            changed = replace(order, outcome=Outcome.SENT, sent_at=now)
        else:
            changed = replace(order, outcome=fact.outcome, reason=fact.reason, settled_at=now)
        self._gap.orders[order.order_id] = changed
        return True

    def _owed_inputs(self) -> list[Input]:
        """What the journal has missed, to be written before anything else."""
        if self._gap is None:
            return []
        orders = tuple(self._gap.orders.values())
        recovered = JournalRecovered(since=self._gap.since, reason=self._gap.reason, orders=orders)
        facts = (*([self._owed] if self._owed else []), recovered, *self._gap.consoles)
        return [Input(asked=facts, by="core", future=_future())]


def _refused_unstored(command: AnyCommand, reason: str) -> Answer:
    words = f"the journal cannot write: {reason}; nothing was launched and nothing was changed"
    return Answer(command_id=command.command_id, status=AnswerStatus.REFUSED, reasons=(words,))


def _to_millisecond(at: datetime) -> datetime:
    """The journal keeps milliseconds; what is folded now must equal what is replayed later."""
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)


def _future() -> asyncio.Future[Answer | None]:
    return asyncio.get_running_loop().create_future()


def _nobody_carries(order: Order) -> None:
    log.error("order %s has nobody to carry it", order.order_id)
