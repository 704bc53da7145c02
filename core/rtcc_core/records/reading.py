"""Reading the journal beside a core that is at work: in short slices, each row against its hash.

A reader runs in a thread and shares the interpreter with the core. So it works for two milliseconds, then
stands aside for as long: the core's own loop never waits longer for it than one slice.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from rtcc_core.adapters.journal_file import JournalUnreadable, connected, must_be_journal
from rtcc_core.adapters.journal_schema import READ_ERRORS, SELECT_EVENTS, SELECT_HEAD, as_row, in_words
from rtcc_core.domain.events import Stored
from rtcc_core.wire.ledger import Head, LedgerError, Row, check_row, decode_row, to_ms

SLICE_S = 0.002
"""Work without a pause, seconds."""

ROWS_AT_ONCE = 200

NOT_READABLE = (JournalUnreadable, LedgerError, OverflowError)
"""What a question may meet: a journal that cannot be read, a time that none can be, a number beyond all."""

_TIME_OF = "SELECT at FROM events WHERE seq = ?"


class Breath:
    """Says when a question has had its time, and lets the core's loop run in between."""

    def __init__(self, budget_s: float) -> None:
        self._until = time.monotonic() + budget_s
        self._slice_until = time.monotonic() + SLICE_S

    def take(self) -> None:
        """Stand aside where this slice is over."""
        now = time.monotonic()
        if now >= self._slice_until:
            time.sleep(SLICE_S)
            self._slice_until = time.monotonic() + SLICE_S

    @property
    def is_spent(self) -> bool:
        return time.monotonic() >= self._until


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A second, read-only connection. Raises JournalUnreadable, in words."""
    must_be_journal(path)
    try:
        with connected(path) as connection:
            yield connection
    except READ_ERRORS as error:
        raise JournalUnreadable(f"the journal {path} cannot be read: {in_words(error)}") from error


def newest_seq(connection: sqlite3.Connection) -> int:
    """Number of the newest event; 0 in an empty journal."""
    found = connection.execute(SELECT_HEAD).fetchone()
    return int(found[0]) if found else 0


def rows_after(connection: sqlite3.Connection, seq: int, upto: int) -> Iterator[Row]:
    """Rows above `seq` up to and with `upto`, in order."""
    while seq < upto:
        found = connection.execute(SELECT_EVENTS, (seq, min(ROWS_AT_ONCE, upto - seq))).fetchall()
        if not found:
            return
        yield from map(as_row, found)
        seq = int(found[-1][0])


def time_ms(connection: sqlite3.Connection, seq: int) -> int:
    """When an event was stored, milliseconds since 1970. Raises JournalUnreadable where it is missing."""
    found = connection.execute(_TIME_OF, (seq,)).fetchone()
    if found is None:
        raise JournalUnreadable(f"event {seq} is missing from the journal: look with `rtcc journal verify`")
    return int(found[0])


def seq_at(connection: sqlite3.Connection, at: datetime, newest: int) -> int:
    """Number of the last event at or before a moment; 0 where there is none. Raises JournalUnreadable.

    Found by halving: the times of a journal go up, but for the seconds by which a clock was set back.
    """
    at_ms = to_ms(at)
    low, high = 0, newest
    while low < high:
        middle = (low + high + 1) // 2
        if time_ms(connection, middle) <= at_ms:
            low = middle
        else:
            high = middle - 1
    return low


def seq_before(connection: sqlite3.Connection, at: datetime, newest: int) -> int:
    """Number of the last event before a moment; 0 where there is none. Raises JournalUnreadable."""
    return seq_at(connection, at - timedelta(milliseconds=1), newest)


def trusted(row: Row, head: Head | None) -> Stored:
    """The event of a row that follows `head` (None: not looked at). Raises JournalUnreadable."""
    wrong = check_row(row, head or Head(row.seq - 1, row.prev_hash))
    if wrong:
        raise JournalUnreadable(
            f"the journal is not as it was written, event {row.seq}: {wrong}: keep it as evidence and look "
            "at it with `rtcc journal verify`"
        )
    try:
        return decode_row(row)
    except LedgerError as error:
        raise JournalUnreadable(f"the journal: {error}") from error
