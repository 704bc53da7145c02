"""The serving half of EIDO conveyance, frame by frame, and both halves together."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conveyance import Json, any_frame, frame, of, sent

from rtcc_core.wire.conveyance import (
    SUBSCRIBE_LIMIT_BYTES,
    Acknowledged,
    CloseSocket,
    Notifier,
    NotifierRules,
    Subscriber,
    Tolerated,
    Wants,
)


def notifier(**rules: Any) -> Notifier:
    numbers = itertools.count(1)
    return Notifier(NotifierRules(**rules), new_id=lambda: f"id{next(numbers)}")


def subscribe(request_id: str = "q1", **body: Any) -> bytes:
    return frame(
        "subscribe", **({"requestId": request_id, "requestType": "EIDO", "requestSubType": "new"} | body)
    )


def test_a_subscriber_gets_its_answer_and_at_once_every_active_incident() -> None:
    server = notifier()
    answer, snapshot = sent(
        server.receive(subscribe(minRate=20, expires=600), 0.0, [{"$id": "a"}, {"$id": "b"}])
    )
    assert answer["subscribeResponse"] == {
        "requestId": "q1",
        "statusCode": 200,
        "statusText": "OK",
        "subscriptionId": "id1",
        "expires": 600,
        "minRate": 20,
        "maxRate": 0,
    }
    assert snapshot["event"] == {
        "subscriptionId": "id1",
        "transactionId": "id2",
        "notification": [{"$id": "a"}, {"$id": "b"}],
    }


def test_with_nothing_active_the_first_event_is_empty() -> None:
    assert sent(notifier().receive(subscribe(), 0.0, []))[1]["event"]["notification"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"requestId": ""}, 400),
        ({"requestType": "CAP"}, 400),
        ({"requestSubType": "all"}, 400),
        ({"requestSubType": "single"}, 400),
        ({"incidentId": "a"}, 400),
        ({"requestSubType": "single", "incidentId": "zz"}, 404),
        ({"requestSubType": "single", "incidentId": "a"}, 200),
        ({"requestSubType": "resource", "unitId": "u"}, 200),
        ({"requestAccepts": "text/html"}, 406),
        ({"requestAccepts": 'application/emergency.eido+json; version="1,2"'}, 200),
        ({"qualFilter": "x"}, 400),
        ({"expires": "soon"}, 400),
        ({"minRate": -1}, 400),
        ({"subscriptionId": "never"}, 481),
        ({"requestType": "eido"}, 200),
        ({"x": "y" * SUBSCRIBE_LIMIT_BYTES}, 413),
        ({"x": "y" * 10 * SUBSCRIBE_LIMIT_BYTES}, 413),
    ],
)
def test_subscriptions_are_judged_by_the_standards_codes(body: Json, status: int) -> None:
    answer = sent(notifier().receive(subscribe(**body), 0.0, [{"$id": "a"}]))[0]["subscribeResponse"]
    assert answer["statusCode"] == status


def test_a_request_of_exactly_the_limit_is_taken() -> None:
    raw = subscribe(x="")
    raw = subscribe(x="y" * (SUBSCRIBE_LIMIT_BYTES - len(raw)))
    assert len(raw) == SUBSCRIBE_LIMIT_BYTES
    assert sent(notifier().receive(raw, 0.0, []))[0]["subscribeResponse"]["statusCode"] == 200


def test_a_bad_frame_gets_400_and_an_unknown_request_501() -> None:
    assert sent(notifier().receive(b"{", 0.0, []))[0]["subscribeResponse"]["statusCode"] == 400
    assert sent(notifier().receive(frame("resourceDiscovery", requestId="d"), 0.0, [])) == [
        {"response": {"requestId": "d", "statusCode": 501, "statusText": "Not implemented"}}
    ]


def test_keep_alives_come_at_the_minimum_rate() -> None:
    server = notifier()
    server.receive(subscribe(minRate=10), 0.0, [])
    assert server.deadline == 10.0
    assert server.tick(9.9) == []
    assert sent(server.tick(10.0))[0]["event"]["notification"] == []
    assert server.deadline == 20.0


def test_the_maximum_rate_holds_back_all_but_the_newest_state() -> None:
    server = notifier()
    server.receive(subscribe(maxRate=5, minRate=60), 0.0, [])
    assert server.publish({"$id": "a", "v": 1}, 1.0) == ([], [])
    assert server.publish({"$id": "a", "v": 2}, 2.0) == ([], [])
    assert server.deadline == 5.0
    assert sent(server.tick(5.0))[0]["event"]["notification"] == [{"$id": "a", "v": 2}]


def test_a_renewal_prolongs_and_what_it_repeats_is_tolerated() -> None:
    server = notifier()
    server.receive(subscribe(expires=100), 0.0, [])
    outputs = server.receive(subscribe("q2", subscriptionId="id1", expires=100), 90.0, [])
    assert sent(outputs)[0]["subscribeResponse"]["expires"] == 100
    assert of(Tolerated, outputs)
    assert [one.expires_at for one in server.subscriptions] == [190.0]


def test_short_and_endless_subscriptions_are_clamped() -> None:
    server = notifier()
    for number, (wanted, granted) in enumerate([(1, 15), (10**8, 86_400), (None, 3600)]):
        answer = sent(server.receive(subscribe(f"q{number}", expires=wanted), 0.0, []))[0]
        assert answer["subscribeResponse"]["expires"] == granted


def test_expiry_terminates_and_the_last_one_closes_the_socket() -> None:
    server = notifier()
    server.receive(subscribe(expires=20, minRate=500), 0.0, [])
    server.receive(subscribe("q2", expires=30, minRate=500), 0.0, [])
    outputs = server.tick(20.0)
    assert sent(outputs)[0]["terminate"]["subscriptionId"] == "id1"
    assert of(CloseSocket, outputs) == []
    assert sent(server.tick(30.0))[0]["terminate"]["subscriptionId"] == "id3"
    assert server.deadline == 31.0
    assert of(CloseSocket, server.tick(31.0))


def test_an_answered_terminate_closes_the_socket_unless_somebody_subscribed_anew() -> None:
    answer = frame("terminateResponse", requestId="x", subscriptionId="id1", statusCode=200, statusText="OK")
    for is_anew in (False, True):
        server = notifier()
        server.receive(subscribe(), 0.0, [])
        server.terminate("id1", 1.0)
        if is_anew:
            server.receive(subscribe("q2"), 1.1, [])
        assert bool(of(CloseSocket, server.receive(answer, 1.2, []))) is not is_anew


def test_unsubscribing_is_answered_once_and_then_481() -> None:
    server = notifier()
    server.receive(subscribe(), 0.0, [])
    codes = [
        sent(server.receive(frame("unsubscribe", requestId="u", subscriptionId=which), 1.0, []))[0]
        for which in ("id1", "id1", "")
    ]
    assert [code["unsubscribeResponse"]["statusCode"] for code in codes] == [200, 481, 400]


def test_acknowledgements_say_whether_the_event_is_known() -> None:
    server = notifier()
    server.receive(subscribe(), 0.0, [])
    (transaction,), _ = server.publish({"$id": "a"}, 1.0)
    answer = frame("eventResponse", transactionId=transaction, statusCode=200, statusText="OK")
    first, second = server.receive(answer, 1.0, []) + server.receive(answer, 1.0, [])
    assert first == Acknowledged(transaction_id=transaction, status=200, text="OK", is_known=True)
    assert isinstance(second, Acknowledged)
    assert not second.is_known


def test_the_two_halves_understand_each_other() -> None:
    machine, server = Subscriber(Wants(), new_id=lambda: "r1", jitter=lambda: 0.0), notifier()
    for output in sent(machine.start(0.0)):
        for answer in sent(server.receive(json.dumps(output).encode(), 0.0, [{"$id": "a"}])):
            outputs = machine.receive(json.dumps(answer).encode(), 0.0)
            assert of(Tolerated, outputs) == []
    assert machine.is_live


@given(st.lists(any_frame, max_size=8))
def test_no_frame_makes_the_notifier_raise(frames: list[bytes]) -> None:
    server = notifier()
    for number, raw in enumerate(frames):
        sent(server.receive(raw, float(number), [{"$id": "a"}]))
        server.tick(number + 0.5)
