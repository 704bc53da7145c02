"""What the tests of both halves of the conveyance share: frames, and frames of anybody's making."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

from rtcc_core.wire.conveyance import Send

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
