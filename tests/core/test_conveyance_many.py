"""Several subscriptions on one socket: each is told what is its own, by ids alone."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conveyance import any_frame, frame, of, sent

from rtcc_core.wire.conveyance import (
    About,
    Ended,
    EventArrived,
    Finished,
    FrameUnusable,
    Notifier,
    NotifierRules,
    Send,
    SnapshotEnded,
    Subscribed,
    Subscriber,
    Tolerated,
    Wants,
)

WANTS = (
    Wants(name="all"),
    Wants(name="one", about=About.SINGLE, incident_id="i-1"),
    Wants(name="unit", about=About.RESOURCE, unit_id="4A21"),
)


def machine(*wants: Wants, **more: Any) -> Subscriber:
    numbers = itertools.count(1)
    return Subscriber(wants or WANTS, new_id=lambda: f"r{next(numbers)}", jitter=lambda: 0.0, **more)


def accepted(number: int, **more: Any) -> bytes:
    body = {"subscriptionId": f"s{number}", "expires": 1_000, "statusCode": 200, "statusText": "OK"} | more
    return frame("subscribeResponse", requestId=f"r{number}", **body)


def event(subscription: str, *eidos: object, transaction: str = "t1") -> bytes:
    return frame("event", subscriptionId=subscription, transactionId=transaction, notification=list(eidos))


def live() -> Subscriber:
    one = machine()
    one.start(0.0)
    for number in (1, 2, 3):
        one.receive(accepted(number), 0.0)
        one.receive(event(f"s{number}"), 0.0)
    assert one.is_live
    return one


def test_each_is_asked_for_with_what_it_is_about() -> None:
    bodies = [message["subscribe"] for message in sent(machine().start(0.0))]
    assert [body["requestSubType"] for body in bodies] == ["new", "single", "resource"]
    assert [body.get("incidentId") for body in bodies] == [None, "i-1", None]
    assert [body.get("unitId") for body in bodies] == [None, None, "4A21"]
    assert len({body["requestId"] for body in bodies}) == 3


def test_answers_in_any_order_find_their_subscription() -> None:
    one = machine()
    one.start(0.0)
    names = [of(Subscribed, one.receive(accepted(number), 0.1))[0].name for number in (3, 1, 2)]
    assert names == ["unit", "all", "one"]


def test_events_and_snapshots_are_told_apart() -> None:
    one = machine()
    one.start(0.0)
    for number in (1, 2, 3):
        one.receive(accepted(number), 0.0)
    (arrived,) = of(EventArrived, one.receive(event("s3", {"$id": "a"}), 0.1))
    assert arrived.name == "unit"
    assert of(SnapshotEnded, one.receive(event("s1"), 0.2)) == [SnapshotEnded(is_complete=True, name="all")]


def test_one_that_is_refused_rests_while_the_others_live() -> None:
    one = machine()
    one.start(0.0)
    one.receive(accepted(1), 0.0)
    refusal = frame("subscribeResponse", requestId="r2", statusCode=404, statusText="no such incident")
    (ended,) = of(Ended, one.receive(refusal, 0.0))
    assert (ended.name, ended.again_in_s) == ("one", 15.0)
    assert of(EventArrived, one.receive(event("s1", {"$id": "a"}), 0.1))


def test_an_error_with_the_wrong_subscription_id_overwrites_nothing() -> None:
    one = live()
    (renewal,) = (
        m["subscribe"] for m in sent(_until_renewal(one)) if m["subscribe"]["subscriptionId"] == "s2"
    )
    wrong = frame(
        "subscribeResponse",
        requestId=renewal["requestId"],
        subscriptionId="s1",
        statusCode=503,
        statusText="busy",
    )
    one.receive(wrong, 801.0)
    assert of(EventArrived, one.receive(event("s2", {"$id": "a"}), 801.0))[0].name == "one"
    assert of(EventArrived, one.receive(event("s1", {"$id": "a"}), 801.0))[0].name == "all"


def _until_renewal(one: Subscriber) -> list[Send]:
    """Keep all three alive until they are renewed."""
    for second in range(0, 800, 10):
        for number in (1, 2, 3):
            one.receive(event(f"s{number}"), float(second))
        one.tick(float(second))
    return of(Send, one.tick(800.0))


def test_a_subscription_that_falls_silent_while_the_socket_lives_is_asked_for_anew() -> None:
    one = live()
    for second in range(5, 40, 5):
        one.receive(event("s1"), float(second))
        one.receive(event("s2"), float(second))
        outputs = one.tick(float(second))
        if of(Ended, outputs):
            break
    assert of(Finished, outputs) == []
    assert of(Ended, outputs)[0].name == "unit"
    assert {"subscriptionId": "s3"}.items() <= sent(outputs)[0]["unsubscribe"].items()


def test_a_dead_line_ends_all_of_them_at_once() -> None:
    outputs = live().tick(31.0)
    assert [finished.reason for finished in of(Finished, outputs)] == ["the CAD has been silent for 31 s"]


def test_a_late_yes_to_what_was_given_up_is_unsubscribed() -> None:
    one = machine(Wants(name="a"), Wants(name="b"))
    one.start(0.0)
    one.receive(accepted(1), 5.0)
    outputs = one.tick(10.0)
    assert of(Ended, outputs)[0].name == "b"
    (message,) = sent(one.receive(accepted(2), 10.1))
    assert message["unsubscribe"]["subscriptionId"] == "s2"


def test_an_event_that_names_no_subscription_is_nobodys_where_there_are_several() -> None:
    raw = frame("event", transactionId="t", notification=[{"$id": "a"}])
    outputs = live().receive(raw, 1.0)
    assert of(EventArrived, outputs) == []
    assert of(FrameUnusable, outputs)[0].original == raw.decode()
    assert sent(outputs)[0]["eventResponse"]["statusCode"] == 481


def test_a_foreign_keep_alive_is_refused_and_not_worth_keeping() -> None:
    outputs = live().receive(event("theirs"), 1.0)
    assert of(FrameUnusable, outputs) == []
    assert of(Tolerated, outputs)
    assert sent(outputs)[0]["eventResponse"]["statusCode"] == 481


def test_leaving_leaves_every_one() -> None:
    one = live()
    left = [message["unsubscribe"] for message in sent(one.stop(1.0))]
    assert [body["subscriptionId"] for body in left] == ["s1", "s2", "s3"]
    outputs: list[object] = []
    for body in left:
        answer = frame("unsubscribeResponse", statusCode=200, statusText="OK", **body)
        outputs += one.receive(answer, 1.1)
    assert [finished.reason for finished in of(Finished, outputs)] == ["left"]
    assert one.is_over


@pytest.mark.parametrize("status", [403, 406])
def test_a_forbidden_renewal_makes_no_storm(status: int) -> None:
    one = machine(Wants())
    one.start(0.0)
    one.receive(accepted(1, expires=100), 0.0)
    one.receive(event("s1"), 79.9)
    (renewal,) = sent(one.tick(80.0))
    request_id = renewal["subscribe"]["requestId"]
    refusal = frame("subscribeResponse", requestId=request_id, statusCode=status, statusText="no")
    outputs = one.receive(refusal, 80.0)
    assert sent(outputs) == []
    assert of(Ended, outputs)[0].again_in_s == 15.0


def test_a_subscription_that_is_lost_at_once_again_and_again_is_asked_for_ever_more_slowly() -> None:
    one = machine(Wants())
    outputs = one.start(0.0)
    at, waits = 0.0, []
    for _ in range(6):
        number = int(sent(outputs)[-1]["subscribe"]["requestId"].removeprefix("r"))
        one.receive(accepted(number, expires=4), at)
        (renewal,) = sent(one.tick(at + 2.0))
        refusal = frame(
            "subscribeResponse",
            requestId=renewal["subscribe"]["requestId"],
            statusCode=481,
            statusText="unknown",
        )
        waits.append(of(Ended, one.receive(refusal, at + 2.0))[0].again_in_s)
        at += 2.0 + waits[-1]
        outputs = one.tick(at)
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0]


def test_a_frame_over_the_limit_is_refused_and_its_head_kept() -> None:
    one = machine(Wants(), limit_bytes=10_000)
    one.start(0.0)
    one.receive(accepted(1), 0.0)
    raw = event("s1", {"$id": "a", "note": "x" * 12_000}, transaction="big")
    outputs = one.receive(raw, 0.1)
    assert of(FrameUnusable, outputs)[0].original == raw[:4_096].decode()
    assert sent(outputs)[0]["eventResponse"] == {
        "transactionId": "big",
        "statusCode": 413,
        "statusText": "too large",
    }
    assert of(SnapshotEnded, one.receive(event("s1"), 0.2)) == [SnapshotEnded(is_complete=False)]


# --- anything at all ---------------------------------------------------------------------------


@given(st.lists(any_frame, max_size=10), st.booleans())
def test_no_frame_makes_the_subscriber_raise_or_stall(frames: list[bytes], is_live: bool) -> None:
    one = live() if is_live else machine()
    if not is_live:
        one.start(0.0)
    at = 1.0
    for raw in frames:
        at += 1.0
        for output in [*one.receive(raw, at), *one.tick(at)]:
            assert not isinstance(output, EventArrived) or output.name in ("all", "one", "unit")
    assert one.is_over or one.deadline is not None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.booleans()), max_size=30))
def test_a_subscriber_ends_with_the_newest_state_of_everything(steps: list[tuple[str, int, bool]]) -> None:
    """However slowly it answers, and whatever the rates: nothing is lost but what was overtaken."""
    numbers = itertools.count(1)
    rules = NotifierRules(window=2, chunk=2, unanswered_max=None, longest_expires_s=10**6)
    server = Notifier(rules, new_id=lambda: f"n{next(numbers)}")
    subscribe = frame(
        "subscribe", requestId="q", requestType="EIDO", requestSubType="new", maxRate=2, expires=10**6
    )
    server.receive(subscribe, 0.0, [])
    newest: dict[str, int] = {}
    seen: dict[str, int] = {}
    waiting: list[str] = []

    def take(outputs: object) -> None:
        assert isinstance(outputs, list)
        for message in sent(outputs):
            body = message["event"]
            waiting.append(body["transactionId"])
            assert len(body["notification"]) <= 2
            seen.update({eido["$id"]: eido["v"] for eido in body["notification"]})

    at = 0.0
    for name, wait_s, answers in steps:
        at += wait_s
        newest[name] = newest.get(name, 0) + 1
        take(server.publish({"$id": name, "v": newest[name]}, at)[1])
        if answers and waiting:
            answer = frame("eventResponse", transactionId=waiting.pop(0), statusCode=200, statusText="OK")
            server.receive(answer, at, [])
        take(server.tick(at))
    for _ in range(8):
        while waiting:
            answer = frame("eventResponse", transactionId=waiting.pop(0), statusCode=200, statusText="OK")
            server.receive(answer, at, [])
        at += 2.0
        take(server.tick(at))
    assert seen == newest
