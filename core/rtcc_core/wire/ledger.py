"""The journal's rows: how an event is written down, and how a chain of rows proves that nobody touched it.

Each row carries the SHA-256 over the hash of the row before it and over every one of its own fields
(STANDARDS.md §6). Fields are length-prefixed, so no two different rows have the same bytes. Pure: no
file, no clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain as one_after_another
from typing import NamedTuple

import msgspec

from rtcc_core.domain.events import AnyEvent, Draft, Stored

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROW_DOMAIN = b"rtcc journal row 1"
_TRACK_DOMAIN = b"rtcc journal track 1"

GENESIS_HASH = hashlib.sha256(b"rtcc journal genesis 1").hexdigest()
"""What the first row names as the hash before it."""

TRACK_GENESIS = hashlib.sha256(b"rtcc journal track genesis 1").hexdigest()
"""The seal of a track without a single sample; every track's chain starts from it."""

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


class LedgerError(ValueError):
    """An event that cannot be written down so that it reads back the same, or a row that cannot be read."""


class Row(NamedTuple):
    """One event as it stands in the file."""

    seq: int
    """1, 2, 3 … without a gap."""
    at_ms: int
    """UTC, milliseconds since 1970."""
    kind: str
    operator: str
    cause: str
    body: str
    """The event as canonical JSON."""
    prev_hash: str
    hash: str


class Head(NamedTuple):
    """The newest row of a chain."""

    seq: int
    hash: str


GENESIS = Head(0, GENESIS_HASH)


class Verified(msgspec.Struct, frozen=True):
    """Every row follows from the one before it."""

    count: int
    head: Head


class Broken(msgspec.Struct, frozen=True):
    """The first row that is not as it was written."""

    seq: int
    reason: str


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970, cut (not rounded). Raises LedgerError for a time without a zone."""
    if at.tzinfo is None:
        raise LedgerError(f"the time {at.isoformat()} names no zone; the journal takes UTC only")
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_ms(at_ms: int) -> datetime:
    """The UTC time. Raises LedgerError where no calendar reaches."""
    try:
        return _EPOCH + timedelta(milliseconds=at_ms)
    except OverflowError as error:
        raise LedgerError(f"{at_ms} ms since 1970 is not a time") from error


def _digest(domain: bytes, *fields: str | int) -> str:
    # A surrogate stands for a byte that is not UTF-8 in a damaged file; it must hash, and not match.
    parts = [domain, *(str(field).encode("utf-8", "surrogateescape") for field in fields)]
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()


def row_hash(row: Row) -> str:
    """SHA-256 (hex) over the row's own fields and the hash it names as the one before it."""
    return _digest(_ROW_DOMAIN, *row[:-1])


def sample_hash(previous: str, flight_id: str, at_ms: int, body: str) -> str:
    """SHA-256 (hex) of a track up to and with this sample; `previous` is the one before, or TRACK_GENESIS."""
    return _digest(_TRACK_DOMAIN, previous, flight_id, at_ms, body)


def encode_sample(value: msgspec.Struct) -> str:
    """Canonical JSON of a telemetry sample. Raises LedgerError."""
    return _json(value)


def _json(value: msgspec.Struct) -> str:
    try:
        return _encoder.encode(value).decode()
    except (TypeError, ValueError) as error:
        raise LedgerError(f"{type(value).__name__} cannot be written down: {error}") from error


def encode_rows(drafts: Sequence[Draft], head: Head) -> list[Row]:
    """The rows that follow `head`. Raises LedgerError for an event that would not read back."""
    return encode_and_read_back(drafts, head)[0]


def encode_and_read_back(drafts: Sequence[Draft], head: Head) -> tuple[list[Row], list[Stored]]:
    """The rows that follow `head`, and their events as every replay will see them. Raises LedgerError."""
    rows: list[Row] = []
    stored: list[Stored] = []
    for draft in drafts:
        row = Row(
            seq=head.seq + 1,
            at_ms=to_ms(draft.at),
            kind=type(draft.event).__name__,
            operator=draft.operator,
            cause=draft.cause,
            body=_json(draft.event),
            prev_hash=head.hash,
            hash="",
        )
        try:
            row = row._replace(hash=row_hash(row))
            # What cannot be read back would stop every later start of the core: refuse it now.
            stored.append(decode_row(row))
        except UnicodeEncodeError as error:
            raise LedgerError(f"{row.kind}: operator or cause is not text: {error}") from error
        rows.append(row)
        head = Head(row.seq, row.hash)
    return rows, stored


def decode_row(row: Row) -> Stored:
    """The event of a row, as every replay will see it. Raises LedgerError."""
    try:
        event = _decoder.decode(row.body)
    except ValueError as error:
        raise LedgerError(f"event {row.seq} ({row.kind}) cannot be read by this version: {error}") from error
    return Stored(seq=row.seq, at=from_ms(row.at_ms), operator=row.operator, cause=row.cause, event=event)


def check_row(row: Row, head: Head) -> str:
    """Empty where `row` follows `head` and is as it was written; else what is wrong, in words."""
    if row.seq != head.seq + 1:
        return _gap(row, head)
    is_whole = row_hash(row) == row.hash
    follows = row.prev_hash == head.hash
    if is_whole and follows:
        return ""
    if is_whole:
        return "it does not follow from the row before it: a row was changed, moved, deleted or inserted here"
    if follows:
        return "its content is not what was written: the row was edited, or the disk has damaged it"
    return "it is not the row that stood here: rows were moved, deleted or inserted"


def _gap(row: Row, head: Head) -> str:
    if row.seq <= head.seq:
        return f"rows are out of order: {row.seq} comes after {head.seq}"
    last_missing = row.seq - 1
    if last_missing == head.seq + 1:
        return f"it was deleted: the next row is number {row.seq}"
    return f"it was deleted, and all up to {last_missing}: the next row is number {row.seq}"


def verify_rows(
    rows: Iterable[Row], *, start: Head = GENESIS, witness: Head | None = None
) -> Verified | Broken:
    """Follow the chain from `start`; `witness` is what the file's own head record says is the last row."""
    head, count = start, 0
    each = iter(rows)
    for row in each:
        reason = check_row(row, head)
        if reason:
            return _blame(row, head, reason, start=start, later=each, witness=witness)
        head, count = Head(row.seq, row.hash), count + 1
    if witness is not None and witness != head:
        return _against_witness(head, witness)
    return Verified(count, head)


def _blame(
    row: Row, head: Head, reason: str, *, start: Head, later: Iterable[Row], witness: Head | None
) -> Broken:
    """Name the row before, where its successors agree that *it* is the one with a freshly made hash."""
    is_whole_here = row.seq == head.seq + 1 and row_hash(row) == row.hash
    if not is_whole_here or head.seq <= start.seq:
        return Broken(head.seq + 1, reason)
    voucher = next(one_after_another((Head(r.seq - 1, r.prev_hash) for r in later), [witness]), None)
    if voucher == Head(row.seq, row.hash):
        return Broken(
            head.seq, f"it was edited and its hash made anew: event {row.seq} remembers another one before it"
        )
    return Broken(row.seq, reason)


def _against_witness(head: Head, witness: Head) -> Broken:
    if witness.seq > head.seq:
        return Broken(
            head.seq + 1,
            f"rows were cut off the end: the journal's own head record knows {witness.seq} events",
        )
    if witness.seq < head.seq:
        return Broken(
            witness.seq + 1,
            f"added by another program: the journal's head record ends at event {witness.seq}",
        )
    return Broken(
        head.seq, "it was edited and its hash made anew: the journal's head record knows another one"
    )
