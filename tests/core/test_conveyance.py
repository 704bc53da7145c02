"""Our half of EIDO conveyance, frame by frame, on a clock that is an argument."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.conveyance import Json, accepted, event, frame, live, of, sent, subscriber

from rtcc_core.wire.conveyance import (
    Ended,
    EventArrived,
    Finished,
    FrameUnusable,
    Requested,
    SnapshotEnded,
    Subscribed,
    Subscriber,
    Tolerated,
)

# --- asking -----------------------------------------------------------------------------------


def test_a_new_subscription_says_everything_the_standard_requires() -> None:
    (message,) = sent(subscriber(min_rate_s=7, expires_s=600).start(0.0))
    assert message == {
        "subscribe": {
            "requestId": "r1",
            "requestType": "EIDO",
            "requestSubType": "new",
            "requestAccepts": 'application/emergency.eido+json; version="1"',
            "minRate": 7,
            "expires": 600,
        }
    }


def test_accepted_it_is_live_until_the_expiry_the_cad_gave() -> None:
    machine = subscriber()
    machine.start(0.0)
    assert of(Subscribed, machine.receive(accepted(expires=55), 1.0)) == [
        Subscribed(subscription_id="s1", expires_s=55)
    ]


def test_an_answer_is_known_by_its_request_id_alone() -> None:
    machine = subscriber()
    machine.start(0.0)
    assert of(Tolerated, machine.receive(accepted("another"), 0.0))
    assert not machine.is_live


def test_an_error_without_a_request_id_is_the_answer_to_the_one_open_request() -> None:
    machine = subscriber()
    machine.start(0.0)
    outputs = machine.receive(frame("subscribeResponse", statusCode=400, statusText="bad JSON"), 0.0)
    assert of(Ended, outputs)[0].reason == "the CAD refused the subscription: 400 bad JSON"


def test_an_unanswered_subscription_ends_the_connection() -> None:
    machine = subscriber()
    machine.start(0.0)
    assert machine.deadline == 10.0
    assert machine.tick(9.9) == []
    assert of(Finished, machine.tick(10.0))
    assert machine.is_over


@pytest.mark.parametrize(
    ("status", "first", "longest"),
    [(503, 0.25, 15.0), (500, 0.25, 15.0), (400, 15.0, 150.0), (403, 15.0, 150.0), (404, 15.0, 150.0),
     (406, 15.0, 150.0), (413, 15.0, 150.0), (None, 0.25, 15.0)],
)  # fmt: skip
def test_a_refusal_is_tried_again_soon_where_waiting_helps_and_late_where_a_person_must_help(
    status: int | None, first: float, longest: float
) -> None:
    machine = subscriber()
    outputs: Sequence[object] = machine.start(0.0)
    at, waits = 0.0, []
    for _ in range(12):
        request_id = sent(outputs)[-1]["subscribe"]["requestId"]
        answer = frame("subscribeResponse", requestId=request_id, statusCode=status, statusText="no")
        waits.append(of(Ended, machine.receive(answer, at))[0].again_in_s)
        at += waits[-1]
        outputs = machine.tick(at)
    assert waits[0] == first
    assert waits[1] == 2 * first
    assert waits[-1] == longest


def test_an_acceptance_without_an_id_is_no_subscription() -> None:
    machine = subscriber()
    machine.start(0.0)
    assert of(Ended, machine.receive(accepted(subscriptionId=None), 0.0))


def test_status_codes_as_text_are_read() -> None:
    machine = subscriber()
    machine.start(0.0)
    assert of(Subscribed, machine.receive(accepted(statusCode="200", expires="60"), 0.0))[0].expires_s == 60


def test_without_an_expiry_ours_is_assumed_and_said() -> None:
    machine = subscriber(expires_s=333)
    machine.start(0.0)
    outputs = machine.receive(accepted(expires=None), 0.0)
    assert of(Subscribed, outputs)[0].expires_s == 333
    assert of(Tolerated, outputs)


# --- events -----------------------------------------------------------------------------------


def test_an_event_is_acknowledged_only_when_told() -> None:
    machine = live()
    outputs = machine.receive(event({"$id": "a"}, transaction="t9"), 1.0)
    assert sent(outputs) == []
    (arrived,) = of(EventArrived, outputs)
    assert [item.value for item in arrived.items] == [{"$id": "a"}]
    assert sent(machine.acknowledge("t9")) == [
        {"eventResponse": {"transactionId": "t9", "statusCode": 200, "statusText": "OK"}}
    ]


def test_the_original_of_an_eido_is_kept_to_the_byte() -> None:
    text = '{"$id" :  "a", "n": 1.50}'
    raw = b'{"event": {"subscriptionId": "s1", "transactionId": "t1", "notification": [%s]}}' % text.encode()
    assert of(EventArrived, live().receive(raw, 1.0))[0].items[0].original == text


@pytest.mark.parametrize("body", [{"notification": []}, {"notification": None}, {}])
def test_a_keep_alive_is_acknowledged_at_once(body: Json) -> None:
    outputs = live().receive(frame("event", subscriptionId="s1", transactionId="k1", **body), 1.0)
    assert sent(outputs)[0]["eventResponse"]["statusCode"] == 200
    assert of(EventArrived, outputs) == []


@pytest.mark.parametrize(
    "word", ["terminate", '{"terminate":{}}', "subscribeResponse", "unsubscribe", "event"]
)
def test_the_words_of_a_caller_are_never_the_protocol(word: str) -> None:
    machine = live()
    notes = {"$id": "a", "notesComponent": [{"notesActionComments": word}], word: {"requestId": "x"}}
    outputs = machine.receive(event(notes), 1.0)
    assert len(of(EventArrived, outputs)) == 1
    assert sent(outputs) == []
    assert machine.is_live


def test_an_event_for_a_foreign_subscription_is_refused_by_481() -> None:
    outputs = live().receive(event({"$id": "a"}, subscription="other"), 1.0)
    assert sent(outputs)[0]["eventResponse"] == {
        "transactionId": "t1",
        "statusCode": 481,
        "statusText": "no such subscription",
    }
    assert of(EventArrived, outputs) == []


def test_one_eido_without_a_list_is_taken_and_anything_else_refused_by_400() -> None:
    machine = live()
    outputs = machine.receive(
        frame("event", subscriptionId="s1", transactionId="t", notification={"$id": "a"}), 1.0
    )
    assert of(EventArrived, outputs)[0].items[0].value == {"$id": "a"}
    outputs = machine.receive(frame("event", subscriptionId="s1", transactionId="t", notification="x"), 1.0)
    assert of(FrameUnusable, outputs)
    assert sent(outputs)[0]["eventResponse"]["statusCode"] == 400


def test_events_that_overtake_the_answer_are_kept_for_it() -> None:
    machine = subscriber()
    machine.start(0.0)
    assert machine.receive(event({"$id": "a"}), 0.0) == []
    outputs = machine.receive(accepted(), 0.1)
    assert [type(output) for output in outputs] == [Subscribed, EventArrived]


def test_an_event_without_ids_is_taken_but_cannot_be_acknowledged() -> None:
    machine = live()
    outputs = machine.receive(frame("event", notification=[{"$id": "a"}]), 1.0)
    (arrived,) = of(EventArrived, outputs)
    assert machine.acknowledge(arrived.transaction_id) == []
    assert len(of(Tolerated, outputs)) == 2


# --- the snapshot -----------------------------------------------------------------------------


def asking() -> Subscriber:
    machine = subscriber()
    machine.start(0.0)
    machine.receive(accepted(), 0.0)
    return machine


def test_an_empty_event_ends_the_snapshot() -> None:
    machine = asking()
    machine.receive(event({"$id": "a"}), 0.1)
    assert of(SnapshotEnded, machine.receive(event(), 0.2)) == [SnapshotEnded(is_complete=True)]
    assert of(SnapshotEnded, machine.receive(event(), 0.3)) == []


def test_quiet_ends_the_snapshot() -> None:
    machine = asking()
    machine.receive(event({"$id": "a"}), 0.1)
    machine.receive(event({"$id": "b"}), 1.1)
    assert machine.deadline == pytest.approx(3.1)
    assert of(SnapshotEnded, machine.tick(3.1)) == [SnapshotEnded(is_complete=True)]


def test_a_busy_cad_cannot_keep_the_snapshot_open() -> None:
    machine = asking()
    ended: list[SnapshotEnded] = []
    for second in range(40):
        machine.receive(event({"$id": "a"}), float(second))
        ended += of(SnapshotEnded, machine.tick(float(second)))
    assert ended == [SnapshotEnded(is_complete=True)]


def test_time_that_we_spent_storing_does_not_count() -> None:
    machine = asking()
    machine.receive(event({"$id": "a"}), 0.1)
    machine.resumed(60.0)
    assert machine.tick(61.0) == []
    assert of(SnapshotEnded, machine.tick(62.0))


def test_a_snapshot_with_an_unreadable_part_says_nothing_of_what_is_missing() -> None:
    machine = asking()
    machine.receive(b"{", 0.1)
    assert of(SnapshotEnded, machine.receive(event(), 0.2)) == [SnapshotEnded(is_complete=False)]


def test_silence_after_subscribing_is_not_an_empty_snapshot() -> None:
    assert of(SnapshotEnded, asking().tick(10.0)) == [SnapshotEnded(is_complete=False)]


# --- staying ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expires", "renewed_at"), [(100, 80.0), (3600, 2880.0), (10, 8.0), (5, 3.0), (2, 1.0)]
)
def test_renewal_comes_before_expiry_and_repeats_nothing(expires: int, renewed_at: float) -> None:
    machine = subscriber(silent_after_s=9_999)
    machine.start(0.0)
    machine.receive(accepted(expires=expires), 0.0)
    machine.receive(event(), 0.0)
    assert machine.deadline == renewed_at
    (message,) = sent(machine.tick(renewed_at))
    assert message["subscribe"] == {"requestId": "r2", "subscriptionId": "s1", "expires": 3600}
    assert machine.receive(accepted("r2", expires=expires), renewed_at) == []
    assert machine.is_live


@pytest.mark.parametrize("status", [404, 481, 400, 413])
def test_a_renewal_of_a_lost_subscription_subscribes_anew(status: int) -> None:
    machine = live(silent_after_s=999)
    machine.tick(80.0)
    refusal = frame(
        "subscribeResponse", requestId="r2", subscriptionId="wrong", statusCode=status, statusText="unknown"
    )
    (message,) = sent(machine.receive(refusal, 80.0))
    assert message["subscribe"]["requestType"] == "EIDO"
    assert "subscriptionId" not in message["subscribe"]


def test_a_busy_cad_is_asked_again_for_the_renewal_while_the_subscription_stands() -> None:
    machine = live(silent_after_s=999)
    machine.tick(80.0)
    machine.receive(frame("subscribeResponse", requestId="r2", statusCode=503, statusText="busy"), 80.0)
    assert machine.is_live
    assert sent(machine.tick(81.0))[0]["subscribe"]["subscriptionId"] == "s1"


def test_an_unanswered_renewal_ends_the_connection() -> None:
    machine = live(silent_after_s=999)
    machine.tick(80.0)
    assert of(Finished, machine.tick(90.0))


def test_silence_ends_the_connection_and_any_frame_is_a_sign_of_life() -> None:
    machine = live(min_rate_s=6)
    assert machine.tick(17.9) == []
    machine.receive(b"garbage", 17.9)
    assert machine.tick(18.1) == []
    assert of(Finished, machine.tick(36.0))[0].reason == "the CAD has been silent for 18 s"


def test_the_cads_own_minimum_rate_is_waited_for() -> None:
    machine = subscriber(min_rate_s=1)
    machine.start(0.0)
    machine.receive(accepted(minRate=30, expires=5000), 0.0)
    machine.receive(event(), 0.0)
    assert machine.tick(89.0) == []
    assert of(Finished, machine.tick(90.0))


# --- ending -----------------------------------------------------------------------------------


def test_a_terminate_is_answered_and_the_subscription_asked_for_again() -> None:
    machine = live()
    outputs = machine.receive(frame("terminate", requestId="q", subscriptionId="s1"), 20.0)
    assert sent(outputs)[0]["terminateResponse"] == {
        "requestId": "q",
        "subscriptionId": "s1",
        "statusCode": 200,
        "statusText": "OK",
    }
    (ended,) = of(Ended, outputs)
    assert ended.again_in_s == 0.25
    assert sent(machine.tick(20.25))[0]["subscribe"]["requestType"] == "EIDO"


def test_a_terminate_of_a_foreign_subscription_changes_nothing() -> None:
    machine = live()
    outputs = machine.receive(frame("terminate", requestId="q", subscriptionId="other"), 1.0)
    assert sent(outputs)[0]["terminateResponse"]["statusCode"] == 481
    assert machine.is_live


def test_stopping_unsubscribes_and_waits_a_moment_for_the_answer() -> None:
    machine = live()
    assert sent(machine.stop(5.0)) == [{"unsubscribe": {"requestId": "r2", "subscriptionId": "s1"}}]
    assert machine.receive(event({"$id": "a"}), 5.1) == []
    answer = frame(
        "unsubscribeResponse", requestId="r2", subscriptionId="s1", statusCode=200, statusText="OK"
    )
    assert of(Finished, machine.receive(answer, 5.2))
    slow = live()
    slow.stop(5.0)
    assert of(Finished, slow.tick(6.0))


def test_a_message_of_an_unknown_type_is_answered_by_501_and_kept() -> None:
    machine = live()
    raw = frame("somethingElse", requestId="1", eido={})
    outputs = machine.receive(raw, 1.0)
    assert sent(outputs) == [
        {"response": {"requestId": "1", "statusCode": 501, "statusText": "Not implemented"}}
    ]
    assert of(FrameUnusable, outputs)[0].original == raw.decode()
    assert machine.is_live


def test_a_request_for_service_is_for_people_and_answered_when_it_is_stored() -> None:
    machine = live()
    raw = frame("requestForService", requestId="7", eido={"$id": "a"})
    (requested,) = of(Requested, machine.receive(raw, 1.0))
    assert (requested.kind, requested.request_id, requested.original) == (
        "requestForService",
        "7",
        raw.decode(),
    )
    assert requested.eido is not None
    assert requested.eido.value == {"$id": "a"}
    (answer,) = sent(machine.respond("7"))
    assert answer["response"]["responseCode"] == 182
