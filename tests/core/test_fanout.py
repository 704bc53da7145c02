"""The fan-out: facts in order and bounded, telemetry the newest only."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.support import NOON

from rtcc_core.domain.events import CoreStopped, Stored
from rtcc_core.fanout import Fanout, Subscription
from rtcc_core.wire.console import Frame


def events(first: int, last: int) -> list[Stored]:
    stopped = CoreStopped(reason="")
    return [Stored(seq=n, at=NOON, operator="core", cause="", event=stopped) for n in range(first, last + 1)]


@given(st.lists(st.integers(0, 7)), st.integers(1, 9))
def test_every_fact_arrives_in_order(batches: list[int], chunk: int) -> None:
    fanout = Fanout()
    subscription = fanout.subscribe()
    seq = 0
    for size in batches:
        fanout.publish(events(seq + 1, seq + size))
        seq += size
    got: list[int] = []
    while taken := subscription.take_facts(chunk):
        assert len(taken) <= chunk
        got += [stored.seq for stored in taken]
    assert got == list(range(1, seq + 1))


def test_a_subscriber_too_far_behind_loses_its_queue_and_is_told() -> None:
    fanout = Fanout()
    slow, quick = fanout.subscribe(facts_max=5), fanout.subscribe(facts_max=50)
    fanout.publish(events(1, 6))
    assert slow.is_lagged
    assert slow.take_facts(9) == ()
    fanout.publish(events(7, 8))
    assert slow.take_facts(9) == ()
    assert [stored.seq for stored in quick.take_facts(99)] == list(range(1, 9))


def test_only_the_newest_frame_is_kept() -> None:
    fanout = Fanout()
    subscription = fanout.subscribe()
    for second in range(3):
        fanout.show(Frame(at=NOON + timedelta(seconds=second), sky=()))
    frame = subscription.take_frame()
    assert frame is not None
    assert frame.at == NOON + timedelta(seconds=2)
    assert subscription.take_frame() is None


def test_what_a_snapshot_tells_is_not_told_again() -> None:
    subscription = Subscription()
    subscription.push(events(1, 6))
    subscription.forget_until(4)
    assert [stored.seq for stored in subscription.take_facts(9)] == [5, 6]


async def test_waiting_ends_with_news() -> None:
    fanout = Fanout()
    subscription = fanout.subscribe()
    waiting = asyncio.create_task(subscription.wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    fanout.publish(events(1, 1))
    await asyncio.wait_for(waiting, 1.0)


def test_an_unsubscribed_one_hears_nothing() -> None:
    fanout = Fanout()
    subscription = fanout.subscribe()
    fanout.unsubscribe(subscription)
    fanout.unsubscribe(subscription)
    fanout.publish(events(1, 1))
    assert subscription.take_facts(1) == ()
