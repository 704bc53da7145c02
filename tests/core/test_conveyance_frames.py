"""Whatever bytes a CAD sends, the conversation with it goes on."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conveyance import any_frame, live, of, sent, subscriber

from rtcc_core.wire.conveyance import (
    EventArrived,
    FrameUnusable,
    NotAMessage,
    Send,
    Tolerated,
    parse,
    readable,
)

NO_MESSAGES = [
    *(b"", b"{", b"[]", b"5", b"null", b"{}", b'{"event": 5}', b'{"a":{},"b":{}}'),
    *(b'{"event":{},"terminate":{}}', b"\xff\xfe", b"<html>502</html>", b'{"event": {"a": 1}'),
    *(b"[" * 100_000, b'{"event":' * 100_000),
]


@pytest.mark.parametrize("raw", NO_MESSAGES)
def test_what_is_no_message_is_unusable_and_the_conversation_goes_on(raw: bytes) -> None:
    with pytest.raises(NotAMessage):
        parse(raw)
    machine = live()
    (unusable,) = machine.receive(raw, 1.0)
    assert isinstance(unusable, FrameUnusable)
    assert unusable.reason
    assert unusable.original == readable(raw)
    assert machine.is_live


@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"1e999", b'"\\ud800"'])
def test_what_is_json_only_to_its_sender_is_taken_with_a_warning(value: bytes) -> None:
    raw = b'{"event":{"subscriptionId":"s1","transactionId":"t","notification":[{"$id":"a","x":%s}]}}' % value
    outputs = live().receive(raw, 1.0)
    assert of(EventArrived, outputs)[0].items[0].original.encode()
    assert of(Tolerated, outputs)


def test_a_byte_order_mark_and_a_second_key_are_tolerated() -> None:
    raw = (
        b"\xef\xbb\xbf"
        + json.dumps({"event": {"transactionId": "t", "subscriptionId": "s1"}, "v": 1}).encode()
    )
    assert sent(live().receive(raw, 1.0))[0]["eventResponse"]["statusCode"] == 200


def test_bytes_that_are_not_text_are_readable() -> None:
    assert readable(b"caf\xe9") == "caf\\xe9"


@given(st.lists(any_frame, max_size=8), st.booleans())
def test_no_frame_makes_the_subscriber_raise(frames: list[bytes], is_subscribed: bool) -> None:
    machine = live() if is_subscribed else subscriber()
    if not is_subscribed:
        machine.start(0.0)
    for number, raw in enumerate(frames):
        for output in machine.receive(raw, float(number)):
            if isinstance(output, Send):
                output.text.encode()
        machine.tick(number + 0.5)
