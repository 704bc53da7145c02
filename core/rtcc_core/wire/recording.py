"""A recorded feed: one JSON object on each line, `at`, `direction`, `frame`; and how it is said again.

`direction` is `in` (from the CAD), `out` (ours), `opened` (the address) or `closed` (why). A line that was
cut off by a crash is the last one and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from rtcc_core.wire.conveyance.messages import KINDS, NotAMessage, parse

Direction = Literal["in", "out", "opened", "closed"]


class RecordedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a recording."""

    at: datetime
    direction: Direction
    frame: str


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """A frame to be sent again, `after_s` seconds after the first."""

    after_s: float
    frame: str
    transaction_id: str = ""
    """What its acknowledgement will name; empty where none is asked for."""


class NotARecording(ValueError):
    """The file cannot be replayed; the message says why and what to do."""


NO_EVENTS: Final = "it holds no event from a CAD: record one with rtcc cad record NAME --out FILE"

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(RecordedLine)
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


def encode_line(line: RecordedLine) -> bytes:
    """One line with its end; never holds a line break of its own."""
    return _encoder.encode(line) + b"\n"


def read_recording(lines: Iterable[bytes]) -> tuple[Replayed, ...]:
    """What the CAD said of its own accord, oldest first. Raises NotARecording."""
    found: list[Replayed] = []
    began: datetime | None = None
    rest = iter(enumerate(lines, start=1))
    for number, raw in rest:
        if not raw.strip():
            continue
        try:
            line = _decoder.decode(raw)
        except (msgspec.DecodeError, ValueError) as error:
            if number > 1 and next(rest, None) is None:
                break
            words = f"line {number} is not of a recording ({error}): give a file of rtcc cad record"
            raise NotARecording(words) from None
        if line.direction != "in" or not _is_news(line.frame):
            continue
        at = line.at if line.at.tzinfo is not None else line.at.replace(tzinfo=UTC)
        began = began or at
        after_s = max(0.0, (at - began).total_seconds())
        found.append(Replayed(after_s=after_s, frame=line.frame, transaction_id=_transaction(line.frame)))
    if not found:
        raise NotARecording(NO_EVENTS)
    return tuple(found)


def for_subscription(frame: str, subscription_id: str) -> str:
    """The frame for another subscription than the recorded one; everything else stays as it came."""
    try:
        top = _object.decode(frame)
        body = _object.decode(top["event"])
    except (msgspec.DecodeError, ValueError, KeyError):
        return frame
    body["subscriptionId"] = msgspec.Raw(_encoder.encode(subscription_id))
    return _encoder.encode({**top, "event": msgspec.Raw(_encoder.encode(body))}).decode()


def _is_news(frame: str) -> bool:
    """False for answers and for the ends of a subscription, which the replaying CAD gives itself."""
    try:
        kind = parse(frame.encode("utf-8", "surrogatepass")).kind
    except NotAMessage:
        return True  # whatever it was, the core had to survive it, and will again
    return kind == "event" or kind not in KINDS


def _transaction(frame: str) -> str:
    try:
        message = parse(frame.encode("utf-8", "surrogatepass"))
    except NotAMessage:
        return ""
    value = message.body.get("transactionId") if message.kind == "event" else None
    return value if isinstance(value, str) else ""
