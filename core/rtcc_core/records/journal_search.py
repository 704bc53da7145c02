"""Searching the journal for a console: the newest first, page by page, each question bounded in work."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from rtcc_core.adapters.journal_schema import EVENT_COLUMNS, as_row
from rtcc_core.domain.events import AdviceGiven, OrderAsked, Stored
from rtcc_core.domain.text import clean
from rtcc_core.records.journal_told import HOUSEKEEPING, flight_of, told
from rtcc_core.records.journal_view import Selection, decoded, in_words
from rtcc_core.records.reading import (
    NOT_READABLE,
    ROWS_AT_ONCE,
    Breath,
    newest_seq,
    reading,
    seq_at,
    seq_before,
)
from rtcc_core.wire.console import JournalFound, JournalLine, SearchJournal
from rtcc_core.wire.ledger import LedgerError, Row, from_ms, row_hash

LINES_MAX = 500
"""Lines of one answer at most."""

WORDS_MAX = 400
"""Characters of a line that a console is given."""

SEARCH_S = 1.5
"""A question is worked at for so long at most; what it has not looked at yet is asked for again."""

OF_ANOTHER_VERSION = "(not readable by this version)"
DAMAGED = "NOT AS IT WAS WRITTEN (rtcc journal verify): "

_NEWEST_FIRST = (
    f"SELECT {EVENT_COLUMNS} FROM events WHERE seq > ? AND seq < ? AND (? = '' OR kind = ?) "
    "AND (? = '' OR operator = ?) ORDER BY seq DESC LIMIT ?"
)
_WHAT_BELONGS = (
    f"SELECT {EVENT_COLUMNS} FROM events WHERE seq > ? AND kind IN ('FlightOpened', 'OrderAsked') "
    "ORDER BY seq LIMIT ?"
)


class JournalSearch:
    """Answers searches; remembers which flights and orders belong to which call, so that it is read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._belonging: list[Stored] = []
        self._belonging_seq = 0
        self._lock = threading.Lock()

    def search(self, asked: SearchJournal) -> JournalFound:
        """One page. Blocks; never raises: what is wrong is said in `trouble`."""
        try:
            with reading(self._path) as connection:
                return self._found(connection, asked)
        except NOT_READABLE as error:
            return JournalFound(query_id=asked.query_id, trouble=clean(str(error), limit=WORDS_MAX))

    def _found(self, connection: sqlite3.Connection, asked: SearchJournal) -> JournalFound:
        breath = Breath(SEARCH_S)
        wants = _Wants(asked, self._selection(connection, asked.call_id, breath))
        newest = newest_seq(connection)
        before = newest + 1 if asked.before_seq is None else max(0, min(asked.before_seq, newest + 1))
        if asked.until is not None:
            before = min(before, seq_at(connection, asked.until, newest) + 1)
        after = max(0, min(asked.after_seq, newest))
        if asked.since is not None:
            after = max(after, seq_before(connection, asked.since, newest))
        limit = max(1, min(asked.limit, LINES_MAX))
        lines: list[JournalLine] = []
        looked_to = before
        for row in _newest_first(connection, asked, after, before):
            if len(lines) >= limit or breath.is_spent:
                break
            looked_to = row.seq
            if (found := wants.line(row)) is not None:
                lines.append(found)
            breath.take()
        else:
            looked_to = after + 1
        return JournalFound(
            query_id=asked.query_id, lines=tuple(lines), looked_to=looked_to, has_older=looked_to > after + 1
        )

    def _selection(self, connection: sqlite3.Connection, call_id: str, breath: Breath) -> Selection | None:
        """What belongs to a call, whatever order its events are shown in; None where no call is asked for."""
        if not call_id:
            return None
        with self._lock:
            while rows := connection.execute(_WHAT_BELONGS, (self._belonging_seq, ROWS_AT_ONCE)).fetchall():
                for row in map(as_row, rows):
                    if (stored := decoded(row)) is not None:
                        self._belonging.append(stored)
                    breath.take()
                self._belonging_seq = int(rows[-1][0])
            belonging = tuple(self._belonging)
        selection = Selection(call=call_id)
        for stored in belonging:
            selection.wants(stored)
        return selection


class _Wants:
    """Whether a row is looked for, and its line."""

    def __init__(self, asked: SearchJournal, selection: Selection | None) -> None:
        self._words = clean(asked.text).casefold().split()
        self._drone = asked.drone
        self._selection = selection
        self._skips = frozenset() if asked.with_housekeeping or asked.kind else HOUSEKEEPING

    def line(self, row: Row) -> JournalLine | None:
        if row.kind in self._skips:
            return None
        stored = decoded(row)
        if self._drone and (stored is None or _drone_of(stored) != self._drone):
            return None
        if self._selection is not None and (stored is None or not self._selection.wants(stored)):
            return None
        is_damaged = row_hash(row) != row.hash
        words = clean(in_words(_brief(stored)) if stored else OF_ANOTHER_VERSION, limit=WORDS_MAX)
        operator, kind = clean(row.operator, limit=40), clean(row.kind, limit=40)
        plain = clean(told(stored.event), limit=WORDS_MAX) if stored and not is_damaged else ""
        text = f"{operator} {kind} {words} {plain}".casefold()
        if not all(word in text for word in self._words):
            return None
        return JournalLine(
            seq=row.seq,
            at=_time(row),
            operator=operator,
            kind=kind,
            words=f"{DAMAGED}{words}" if is_damaged else words,
            call_id=clean(_call_of(stored), limit=40) if stored else "",
            drone=clean(_drone_of(stored), limit=40) if stored else "",
            is_damaged=is_damaged,
            told=plain,
            flight_id=flight_of(stored.event) if stored else "",
        )


def _newest_first(
    connection: sqlite3.Connection, asked: SearchJournal, after: int, before: int
) -> Iterator[Row]:
    kind, account = asked.kind, asked.account
    while True:
        given = (after, before, kind, kind, account, account, ROWS_AT_ONCE)
        rows = connection.execute(_NEWEST_FIRST, given).fetchall()
        yield from map(as_row, rows)
        if len(rows) < ROWS_AT_ONCE:
            return
        before = int(rows[-1][0])


def _brief(stored: Stored) -> Stored:
    """Without the id of the request that led to it, which tells a person nothing; an event's number does."""
    return stored if stored.cause.startswith("#") else msgspec.structs.replace(stored, cause="")


def _time(row: Row) -> datetime:
    try:
        return from_ms(row.at_ms)
    except LedgerError:
        return from_ms(0)


def _drone_of(stored: Stored) -> str:
    event = stored.event
    return str((event.order.drone if isinstance(event, OrderAsked) else getattr(event, "drone", "")) or "")


def _call_of(stored: Stored) -> str:
    event = stored.event
    return str(
        (event.advice.call_id if isinstance(event, AdviceGiven) else getattr(event, "call_id", "")) or ""
    )
