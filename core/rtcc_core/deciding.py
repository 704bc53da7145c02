"""The desk's arithmetic, without waiting: many inputs in order become one list of drafts and a next state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime

import msgspec

from rtcc_core.domain.air import NOBODY_LISTENS, Air
from rtcc_core.domain.commands import AnyCommand, Command, HoldDrone, LandDrone, ReturnDrone
from rtcc_core.domain.context import Context
from rtcc_core.domain.decide import Refused, decide
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.events import AnyEvent, CommandRefused, Draft, OrderAsked, Stored
from rtcc_core.domain.evolve import COMMANDS_KEPT, evolve
from rtcc_core.domain.facts import CallReported, Fact, MessageUnusable, TimePassed
from rtcc_core.domain.flight import Order
from rtcc_core.domain.looks import time_passed
from rtcc_core.domain.orders import straight_home
from rtcc_core.domain.state import State
from rtcc_core.wire.console import Answer, AnswerStatus

log = logging.getLogger(__name__)


class Input(msgspec.Struct):
    """One thing the desk was told, and who waits for it: one command, or facts of one source."""

    asked: tuple[AnyCommand | Fact, ...]
    by: str
    future: asyncio.Future[Answer | None]

    def resolve(self, answer: Answer | None) -> None:
        if not self.future.done():
            self.future.set_result(answer)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class AnswerBook:
    """The newest answers by command id: the same command twice is answered as the first time."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}

    def remember(self, command_id: str, answer: Answer) -> None:
        self._answers.pop(command_id, None)
        self._answers[command_id] = answer
        while len(self._answers) > COMMANDS_KEPT:
            self._answers.pop(next(iter(self._answers)))

    def remember_stored(self, stored: Stored) -> None:
        """While the journal is folded: refusals are not told apart in the state."""
        event = stored.event
        if isinstance(event, CommandRefused):
            self.remember(event.command_id, _refused(event.command_id, event.reasons, stored.seq))

    def find(self, command_id: str, state: State) -> Answer | None:
        """The first answer to this command, or None when it is new."""
        if command_id in self._answers:
            return self._answers[command_id]
        if command_id in state.done_commands:
            return Answer(
                command_id=command_id, status=AnswerStatus.DONE, seq=state.done_commands[command_id]
            )
        return None


class Batch:
    """Decided and not yet stored."""

    def __init__(self, state: State, at: datetime, sky: Sky, book: AnswerBook, air: Air) -> None:
        self.state = state
        self.drafts: list[Draft] = []
        self.answers: dict[str, Answer] = {}
        self._at = at
        self._sky = sky
        self._air = air
        self._book = book
        self._waiting: list[tuple[Input, Answer | None]] = []

    def resolve(self) -> None:
        """Answer everybody; call it when the drafts are on disk."""
        for given, answer in self._waiting:
            given.resolve(answer)

    def take(self, given: Input) -> None:
        """Decide one input against everything decided before it."""
        answer: Answer | None = None
        for asked in given.asked:
            state, count = self.state, len(self.drafts)
            try:
                if isinstance(asked, Command):
                    answer = self._command(asked, given.by)
                else:
                    self._fact(asked, given.by)
            except Exception as error:
                log.exception("could not fold what %s from %s leads to", type(asked).__name__, given.by)
                self.state = state
                del self.drafts[count:]
                if isinstance(asked, Command):
                    answer = _refused(asked.command_id, (_mistake_words(error),), state.seq)
        self._waiting.append((given, answer))

    def _command(self, command: AnyCommand, by: str) -> Answer:
        known = self.answers.get(command.command_id) or self._book.find(command.command_id, self.state)
        if known is not None:
            return known
        decided = try_decide(self.state, command, by, self._at, self._sky, self._air)
        if isinstance(decided, Refused):
            self._draft(_refusal(command, decided.reasons), by, command.command_id)
            answer = _refused(command.command_id, decided.reasons, self.state.seq)
        else:
            for event in decided:
                self._draft(event, by, command.command_id)
            answer = Answer(command_id=command.command_id, status=AnswerStatus.DONE, seq=self.state.seq)
        self.answers[command.command_id] = answer
        return answer

    def _fact(self, fact: Fact, by: str) -> None:
        decided = try_decide(self.state, fact, by, self._at, self._sky, self._air)
        if isinstance(decided, Refused) and isinstance(fact, CallReported):
            # A call is never lost: what cannot be decided is kept whole in the quarantine.
            reason = "; ".join(decided.reasons)
            unusable = MessageUnusable(feed=fact.report.feed, reason=reason, original=fact.original)
            decided = try_decide(self.state, unusable, by, self._at, self._sky, self._air)
        if isinstance(decided, Refused):
            log.error("%s from %s: %s", type(fact).__name__, by, "; ".join(decided.reasons))
            return
        told: list[tuple[int, AnyEvent]] = []
        for event in decided:
            cause = _cause(event, told, is_look=isinstance(fact, TimePassed))
            self._draft(event, by, cause)
            told.append((self.state.seq, event))

    def _draft(self, event: AnyEvent, by: str, cause: str) -> None:
        self.drafts.append(Draft(at=self._at, operator=by, cause=cause, event=event))
        stored = Stored(seq=self.state.seq + 1, at=self._at, operator=by, cause=cause, event=event)
        self.state = evolve(self.state, stored)


def decide_batch(
    state: State,
    inputs: Iterable[Input],
    at: datetime,
    sky: Sky,
    book: AnswerBook,
    air: Air = NOBODY_LISTENS,
) -> Batch:
    """Decide all of them in order, each against the state the earlier ones lead to."""
    batch = Batch(state, at, sky, book, air)
    for given in inputs:
        batch.take(given)
    return batch


def try_decide(
    state: State,
    asked: AnyCommand | Fact,
    by: str,
    at: datetime,
    sky: Sky,
    air: Air = NOBODY_LISTENS,
) -> tuple[AnyEvent, ...] | Refused:
    """`decide`, where a mistake of ours refuses one input, or passes over a look: nothing else stops."""
    try:
        if isinstance(asked, TimePassed):
            return time_passed(Context(state, by, at, sky, air), asked, on_mistake=_look_failed)
        return decide(state, asked, by, at, sky, air)
    except Exception as error:
        log.exception("could not decide %s from %s", type(asked).__name__, by)
        return Refused((_mistake_words(error),))


def _mistake_words(error: Exception) -> str:
    kind = type(error).__name__
    return f"the core made a mistake deciding this ({kind}: {error}); tell the administrator"


def _look_failed(error: Exception) -> None:
    log.error("one look at the sky failed and was passed over", exc_info=error)


def is_recall(command: AnyCommand) -> bool:
    """Hold, return or land: what needs no journal."""
    return isinstance(command, HoldDrone | ReturnDrone | LandDrone)


def recall_orders(
    state: State, command: AnyCommand, by: str, at: datetime, sky: Sky
) -> tuple[Order, ...] | Answer | None:
    """The orders of a hold, return or land; its refusal; None for every other command.

    A way home of several legs needs a journal to be flown on from leg to leg: here it is the autopilot's own.
    """
    if not is_recall(command):
        return None
    decided = try_decide(state, command, by, at, sky)
    if isinstance(decided, Refused):
        return _refused(command.command_id, decided.reasons, state.seq)
    orders = (event.order for event in decided if isinstance(event, OrderAsked))
    return tuple(straight_home(order) for order in orders if order.is_of_flight)


def _cause(event: AnyEvent, told: list[tuple[int, AnyEvent]], *, is_look: bool) -> str:
    """The event of the same decision that led to this one; a look at the sky is about many aircraft."""
    if not told:
        return ""
    if not is_look:
        return f"#{told[0][0]}"
    drone = _drone_of(event)
    earlier = [seq for seq, other in told if drone is not None and _drone_of(other) == drone]
    return f"#{earlier[0]}" if earlier else ""


def _drone_of(event: AnyEvent) -> str | None:
    if isinstance(event, OrderAsked):
        return event.order.drone
    drone: str | None = getattr(event, "drone", None)
    return drone


def _refusal(command: AnyCommand, reasons: tuple[str, ...]) -> CommandRefused:
    return CommandRefused(
        command_id=command.command_id,
        command=type(command).__name__,
        drone=getattr(command, "drone", None),
        call_id=getattr(command, "call_id", None),
        reasons=reasons,
    )


def _refused(command_id: str, reasons: tuple[str, ...], seq: int) -> Answer:
    return Answer(command_id=command_id, status=AnswerStatus.REFUSED, reasons=reasons, seq=seq)
