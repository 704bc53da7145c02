"""What the tests of both halves of the conveyance share: frames, and frames of anybody's making."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

from rtcc_core.wire.conveyance import Send, Subscriber, Wants

Json = dict[str, Any]
T = TypeVar("T")


def frame(kind: str, **body: Any) -> bytes:
    """A frame of one message."""
    return json.dumps({kind: body}).encode()


def sent(outputs: Sequence[object]) -> list[Json]:
    """The messages that a machine wants sent."""
    return [json.loads(output.text) for output in outputs if isinstance(output, Send)]


def of(kind: type[T], outputs: Sequence[object]) -> list[T]:
    """The outputs of one type."""
    return [output for output in outputs if isinstance(output, kind)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
KINDS: list[str] = [
    "subscribe",
    "subscribeResponse",
    "unsubscribe",
    "unsubscribeResponse",
    "event",
    "eventResponse",
    "terminate",
]
MEMBERS = [
    "requestId",
    "subscriptionId",
    "transactionId",
    "statusCode",
    "statusText",
    "notification",
    "expires",
    "minRate",
]
kinds = st.sampled_from(KINDS) | st.text(max_size=5)
members = st.sampled_from(MEMBERS)
values = json_values | st.sampled_from(["s1", "r1", "r2", 200, 481, "EIDO", -1, 1 << 70])
any_frame = st.binary(max_size=30) | st.builds(
    lambda kind, body: json.dumps({kind: body}).encode(),
    kinds,
    st.dictionaries(members, values) | json_values,
)


def subscriber(**wants: Any) -> Subscriber:
    numbers = itertools.count(1)
    return Subscriber(Wants(**wants), new_id=lambda: f"r{next(numbers)}", jitter=lambda: 0.0)


def accepted(request_id: str = "r1", **more: Any) -> bytes:
    body = {"subscriptionId": "s1", "expires": 100, "statusCode": 200, "statusText": "OK"} | more
    return frame("subscribeResponse", requestId=request_id, **body)


def event(*eidos: object, transaction: str = "t1", subscription: str = "s1") -> bytes:
    return frame("event", subscriptionId=subscription, transactionId=transaction, notification=list(eidos))


def live(**wants: Any) -> Subscriber:
    machine = subscriber(**wants)
    machine.start(0.0)
    machine.receive(accepted(), 0.0)
    machine.receive(event(), 0.0)
    assert machine.is_live
    return machine
