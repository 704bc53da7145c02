"""The outbox: lanes that do not delay each other, recalls that wait for nobody, three outcomes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from tests.support import NOON, FakeLink, until

from rtcc_core.domain.facts import Fact, OrderSentOut, OrderSettled
from rtcc_core.domain.flight import Leg, Order, Outcome, Verb
from rtcc_core.domain.state import State
from rtcc_core.outbox import RESTARTED, Outbox
from rtcc_core.ports import JournalUnavailable, Receipt


class Told:
    """`ports.FactSink` that keeps what it is told."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.refusals = 0

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise JournalUnavailable("the disk is full")
        self.facts += facts

    def outcomes(self) -> dict[str, Outcome]:
        return {fact.order_id: fact.outcome for fact in self.facts if isinstance(fact, OrderSettled)}


def order(order_id: str, verb: Verb, drone: str = "D1", outcome: Outcome = Outcome.ASKED) -> Order:
    return Order(order_id=order_id, drone=drone, verb=verb, operator="reyes", asked_at=NOON, outcome=outcome)


def silence(_: Order) -> asyncio.Future[Receipt]:
    return asyncio.get_running_loop().create_future()


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def outbox(link: FakeLink, told: Told) -> Outbox:
    return Outbox(link, told, retry_s=0.01)


async def test_sent_is_told_before_settled(outbox: Outbox, told: Told) -> None:
    outbox.take(order("O1", Verb.LAUNCH))
    await until(lambda: len(told.facts) == 2)
    assert told.facts == [
        OrderSentOut(drone="D1", order_id="O1"),
        OrderSettled(drone="D1", order_id="O1", outcome=Outcome.ACCEPTED),
    ]


async def test_one_aircraft_gets_its_orders_one_after_the_other(link: FakeLink, outbox: Outbox) -> None:
    first: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
    link.answer = lambda asked: first if asked.order_id == "O1" else Receipt(Outcome.ACCEPTED)
    outbox.take(order("O1", Verb.LAUNCH))
    outbox.take(order("O2", Verb.TRANSIT))
    await until(lambda: bool(link.carried))
    await asyncio.sleep(0)
    assert [one.order_id for one in link.carried] == ["O1"]
    first.set_result(Receipt(Outcome.ACCEPTED))
    await until(lambda: [one.order_id for one in link.carried] == ["O1", "O2"])
    await outbox.drain(1.0)


async def test_a_recall_waits_for_nobody_and_supersedes_what_waits(
    link: FakeLink, outbox: Outbox, told: Told
) -> None:
    link.answer = lambda asked: silence(asked) if asked.order_id == "O1" else Receipt(Outcome.ACCEPTED)
    outbox.take(order("O1", Verb.LAUNCH))
    outbox.take(order("O2", Verb.TRANSIT))
    outbox.take(order("O3", Verb.RETURN))
    await until(lambda: "O3" in told.outcomes())
    assert [one.order_id for one in link.carried] == ["O1", "O3"]
    assert told.outcomes() == {"O2": Outcome.REFUSED, "O3": Outcome.ACCEPTED}
    reason = next(f.reason for f in told.facts if isinstance(f, OrderSettled) and f.order_id == "O2")
    assert "superseded by return" in reason
    await outbox.drain(0.0)


async def test_silent_aircraft_do_not_delay_a_healthy_one(link: FakeLink, outbox: Outbox, told: Told) -> None:
    link.answer = lambda asked: silence(asked) if asked.drone != "D1" else Receipt(Outcome.ACCEPTED)
    for number in range(20):
        outbox.take(order(f"S{number}", Verb.LAUNCH, f"X{number}"))
    outbox.take(order("O1", Verb.LAUNCH))
    await until(lambda: told.outcomes() == {"O1": Outcome.ACCEPTED})
    await outbox.drain(0.0)


@pytest.mark.parametrize(
    ("verb", "tries"), [(Verb.LAUNCH, 1), (Verb.RETURN, 4), (Verb.TRANSIT, 4), (Verb.HOLD, 4)]
)
async def test_only_what_is_harmless_is_repeated(
    link: FakeLink, outbox: Outbox, told: Told, verb: Verb, tries: int
) -> None:
    link.answer = lambda asked: Receipt(Outcome.UNKNOWN, "no acknowledgement")
    outbox.take(order("O1", verb))
    await until(lambda: told.outcomes() == {"O1": Outcome.UNKNOWN})
    assert len(link.carried) == tries
    assert sum(isinstance(fact, OrderSentOut) for fact in told.facts) == 1


async def test_nothing_is_repeated_once_something_newer_was_asked(
    link: FakeLink, outbox: Outbox, told: Told
) -> None:
    first: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
    link.answer = lambda asked: first if asked.order_id == "O1" else Receipt(Outcome.ACCEPTED)
    outbox.take(order("O1", Verb.HOLD))
    await until(lambda: bool(link.carried))
    outbox.take(order("O2", Verb.RETURN))
    first.set_result(Receipt(Outcome.UNKNOWN, "no acknowledgement"))
    await until(lambda: len(told.outcomes()) == 2)
    assert [one.order_id for one in link.carried] == ["O1", "O2"]


async def test_outcomes_reach_the_desk_when_the_journal_is_back(outbox: Outbox, told: Told) -> None:
    told.refusals = 3
    outbox.take(order("O1", Verb.RETURN))
    await until(lambda: told.outcomes() == {"O1": Outcome.ACCEPTED})
    assert isinstance(told.facts[0], OrderSentOut)


async def test_a_link_that_fails_leaves_the_outcome_unknown(
    link: FakeLink, outbox: Outbox, told: Told
) -> None:
    def fail(_: Order) -> Receipt:
        raise RuntimeError("the library fell over")

    link.answer = fail
    outbox.take(order("O1", Verb.LAUNCH))
    await until(lambda: told.outcomes() == {"O1": Outcome.UNKNOWN})


async def test_after_a_restart_pending_orders_are_unknown_and_nothing_is_sent(
    link: FakeLink, outbox: Outbox, told: Told
) -> None:
    orders = (
        order("O1", Verb.LAUNCH, outcome=Outcome.ACCEPTED),
        order("O2", Verb.TRANSIT, outcome=Outcome.SENT),
        order("O3", Verb.HOLD),
    )
    outbox.recover(State(orders={"D1": orders}))
    await until(lambda: len(told.facts) == 2)
    assert told.outcomes() == {"O2": Outcome.UNKNOWN, "O3": Outcome.UNKNOWN}
    assert all(isinstance(fact, OrderSettled) and fact.reason == RESTARTED for fact in told.facts)
    assert link.carried == []


async def test_draining_lets_go_of_the_silent_and_says_so(link: FakeLink, outbox: Outbox, told: Told) -> None:
    link.answer = silence
    outbox.take(order("O1", Verb.LAUNCH))
    await until(lambda: bool(link.carried))
    await outbox.drain(0.01)
    assert told.outcomes() == {"O1": Outcome.UNKNOWN}


async def test_a_leg_of_the_way_home_waits_for_nothing(outbox: Outbox, link: FakeLink, told: Told) -> None:
    link.answer = silence
    outbox.take(order("O1", Verb.ORBIT))
    outbox.take(order("O2", Verb.MOVE))
    outbox.take(replace(order("O3", Verb.TRANSIT), leg=Leg.HOME))
    await until(lambda: "O2" in told.outcomes())
    assert [carried.order_id for carried in link.carried] == ["O1", "O3"]
    assert told.outcomes()["O2"] is Outcome.REFUSED


async def test_a_gimbal_that_does_not_answer_delays_no_flight(outbox: Outbox, link: FakeLink) -> None:
    link.answer = silence
    outbox.take(order("O1", Verb.AIM))
    outbox.take(order("O2", Verb.TRANSIT))
    outbox.take(order("O3", Verb.HOLD))
    await until(lambda: len(link.carried) == 3)
    assert [carried.verb for carried in link.carried] == [Verb.AIM, Verb.TRANSIT, Verb.HOLD]


async def test_a_core_that_goes_down_sends_nothing_that_still_waits(
    link: FakeLink, outbox: Outbox, told: Told
) -> None:
    link.answer = silence
    outbox.take(order("O1", Verb.HOLD))
    outbox.take(order("O2", Verb.LAUNCH))
    await until(lambda: bool(link.carried))
    await outbox.drain(0.01)
    assert [carried.order_id for carried in link.carried] == ["O1"]
    assert told.outcomes() == {"O1": Outcome.UNKNOWN, "O2": Outcome.REFUSED}
