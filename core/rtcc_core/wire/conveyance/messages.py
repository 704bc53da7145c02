"""Frames of the EIDO conveyance: one JSON object whose single key is the message type.

A message is known by that key and by nothing else; the words of a caller inside an EIDO never decide
what a frame is.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Final

import msgspec

from rtcc_core.domain.text import clean

SUBPROTOCOL: Final = "emergency-ent1.0"
"""WebSocket sub-protocol (NENA-STA-024 §2.1.3.1.2)."""

SUBSCRIBE_LIMIT_BYTES: Final = 65_536
"""The longest subscription request that a notifier must accept."""

REQUEST_ACCEPTS: Final = 'application/emergency.eido+json; version="1"'

_KIND_NAMES = (
    "subscribe subscribeResponse unsubscribe unsubscribeResponse event eventResponse terminate "
    "terminateResponse response"
)
KINDS: Final = frozenset(_KIND_NAMES.split())
"""The message types of subscribe/notify."""

PUSHED: Final = {
    "requestForService": "requestForService",
    "resourceMessage": "resourceMessage",
    "requestAwareness": "requestAwareness",
    "requestAwarenes": "requestAwareness",
    "cancelRequest": "cancelRequest",
    "cancelREequest": "cancelRequest",
}
"""The push types of 1.1, which ask something of people; the published schema misspells two of them."""

QUEUED: Final = 182
"""`responseCode` of a request that waits for a person (SIP, RFC 3261 §21.1.4)."""

Body = Mapping[str, object]


class NotAMessage(ValueError):
    """The frame is not a message of this protocol; the message says why, in words."""


class Item(msgspec.Struct, frozen=True):
    """One entry of an event's notification list, and its JSON text as it came."""

    value: object
    original: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A frame by its type; `kind` may be one that is not in KINDS."""

    kind: str
    body: Body
    items: tuple[Item, ...] | None = None
    """The notification list of an event; None where it has none that is a list."""
    warnings: tuple[str, ...] = ()


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a frame that is too long to be taken."""

    kind: str = ""
    transaction_id: str = ""


HEAD_BYTES: Final = 4_096
"""How much of such a frame is kept."""


class Send(msgspec.Struct, frozen=True):
    """Send this text frame."""

    text: str


class Tolerated(msgspec.Struct, frozen=True):
    """The peer did something the standard does not say, and it was taken all the same."""

    words: str


def compose(kind: str, body: Mapping[str, object]) -> Send:
    """A frame of one message."""
    return Send(json_text({kind: body}))


def json_text(value: object) -> str:
    """JSON text of a parsed value; the lone surrogates that a peer may send stay escaped."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        return json.dumps(value)


def readable(frame: bytes) -> str:
    """A frame as text for the record, whole; bytes that are not UTF-8 are written as \\xNN."""
    return frame.decode("utf-8", "backslashreplace")


_RAW_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def parse(frame: bytes) -> Message:
    """Read a frame. Raises NotAMessage, and nothing else."""
    try:
        with contextlib.suppress(ValueError, RecursionError):
            return _parse_strict(frame)
        # Numbers out of range, NaN, a byte order mark and lone surrogates are JSON to much of the field.
        return _parse_tolerant(frame)
    except RecursionError:
        raise NotAMessage("the frame is nested too deeply to be read") from None


def too_long(frame: bytes, limit_bytes: int) -> str:
    """Why this frame is not taken, in words."""
    return f"a frame of {len(frame):,} bytes; {limit_bytes:,} are taken, and only its head was kept"


def head_of(frame: bytes) -> Head:
    """The type and transaction of a frame, without building what it holds; empty where it cannot be read."""
    with contextlib.suppress(ValueError, RecursionError):
        top = _RAW_OBJECT.decode(frame)
        kind, _ = _kind(top)
        body = _RAW_OBJECT.decode(top[kind])
        raw = body.get("transactionId")
        return Head(kind=kind, transaction_id=text_of({"it": msgspec.json.decode(raw)} if raw else {}, "it"))
    return Head()


def _parse_strict(frame: bytes) -> Message:
    top = _RAW_OBJECT.decode(frame)
    kind, warnings = _kind(top)
    raw = top[kind]
    if kind != "event":
        return _message(kind, msgspec.json.decode(raw), None, warnings)
    body = _RAW_OBJECT.decode(raw)
    notification = body.pop("notification", None)
    plain = {key: msgspec.json.decode(value) for key, value in body.items()}
    if notification is None or bytes(notification).strip() == b"null":
        return _message(kind, plain, (), warnings)
    if not bytes(notification).lstrip().startswith(b"["):
        return _message(kind, {**plain, "notification": msgspec.json.decode(notification)}, None, warnings)
    items = tuple(
        Item(msgspec.json.decode(one), bytes(one).decode()) for one in _RAW_LIST.decode(notification)
    )
    return _message(kind, plain, items, warnings)


def _parse_tolerant(frame: bytes) -> Message:
    constants: list[str] = []
    try:
        text = frame.decode("utf-8-sig")
        top = json.loads(text, parse_constant=constants.append)
    except UnicodeDecodeError:
        raise NotAMessage("the frame is not UTF-8 text") from None
    except ValueError as exc:
        raise NotAMessage(f"the frame is not JSON ({clean(str(exc), limit=80)})") from None
    if not isinstance(top, dict):
        raise NotAMessage(f"the frame is a JSON {type(top).__name__}, not an object")
    kind, warnings = _kind(top)
    warnings.append("the frame is JSON only by a lenient reading")
    body = top[kind]
    items: tuple[Item, ...] | None = None
    if kind == "event" and isinstance(body, dict):
        notification = body.get("notification")
        if isinstance(notification, list):
            items = tuple(Item(one, json.dumps(one)) for one in notification)
            body = {key: value for key, value in body.items() if key != "notification"}
        elif notification is None:
            items = ()
    return _message(kind, body, items, warnings)


def _message(kind: str, body: object, items: tuple[Item, ...] | None, warnings: list[str]) -> Message:
    if not isinstance(body, dict):
        raise NotAMessage(f"the message {clean(kind, limit=40)} holds no object")
    return Message(kind=kind, body=body, items=items, warnings=tuple(warnings))


def _kind(top: Mapping[str, object]) -> tuple[str, list[str]]:
    """The one message type of a frame; of several keys, the one that is a type."""
    if len(top) == 1:
        return next(iter(top)), []
    known = [key for key in top if key in KINDS or key in PUSHED]
    if len(known) != 1:
        raise NotAMessage(f"the frame has {len(top)} keys, {len(known)} of which are message types")
    return known[0], [f"a frame has {len(top)} keys; {known[0]} was read"]


def text_of(body: Body, key: str) -> str:
    """A member as text as it came, empty where it is none; to be cleaned before it is shown."""
    value = body.get(key)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63:
        return str(value)
    return ""


def whole(body: Body, key: str) -> int | None:
    """A member as a whole number, also where it is written as a text or a decimal; None where it is none."""
    value = body.get(key)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None
