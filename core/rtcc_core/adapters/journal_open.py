"""What is looked at before a core may append: is this our journal, whole, writable, and nothing cut off?

Runs in a thread, with the lock held. A file that is refused is left as it was found: it is evidence.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from rtcc_core.adapters.journal_guard import beside, break_seal, read_anchors
from rtcc_core.adapters.journal_schema import (
    APPLICATION_ID,
    PAGE_BYTES,
    READ_ERRORS,
    SCHEMA,
    SCHEMA_VERSION,
    SELECT_EVENTS,
    SELECT_HEAD,
    as_row,
    decode_text,
    in_words,
    read_only_uri,
    schema_difference,
)
from rtcc_core.ports import JournalUnavailable
from rtcc_core.wire.ledger import GENESIS, Broken, Head, verify_rows

TAIL_EVENTS = 3_000
"""Newest events whose chain is followed before anything is appended."""

BUSY_TIMEOUT_S = 5.0

_ASIDE = "keep it as evidence (`rtcc journal verify`), move it and the files beside it away and start again"


def prepare(path: Path) -> Head:
    """Make the journal or check it, and return its newest event. Raises JournalUnavailable in words."""
    try:
        is_new = not path.exists() or path.stat().st_size == 0
        head = GENESIS if is_new else _checked_head(path)
        _against_anchors(path, head)
        _make_writable(path)
        return head
    except (*READ_ERRORS, OSError) as error:
        raise JournalUnavailable(f"the journal {path} cannot be used: {in_words(error)}") from error


def _checked_head(path: Path) -> Head:
    with closing(sqlite3.connect(read_only_uri(path, immutable=False), uri=True)) as connection:
        connection.text_factory = decode_text
        application_id, version = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return GENESIS  # a core died while it was making the file
        if application_id != APPLICATION_ID:
            raise JournalUnavailable(
                f"{path} is not a journal of this programme: name another --state-dir, or move that file away"
            )
        if version != SCHEMA_VERSION:
            raise JournalUnavailable(
                f"the journal {path} has layout {version}, this rtcc writes layout {SCHEMA_VERSION}: run the "
                "rtcc that wrote it, or move it away and start a new one"
            )
        difference = schema_difference(connection)
        if difference:
            raise JournalUnavailable(f"the journal {path} was tampered with: {difference}: {_ASIDE}")
        return _checked_tail(path, connection)


def _checked_tail(path: Path, connection: sqlite3.Connection) -> Head:
    found = connection.execute(SELECT_HEAD).fetchone()
    if found is None:
        raise JournalUnavailable(f"the journal {path} has lost its head record: {_ASIDE}")
    witness = Head(*found)
    first = max(0, witness.seq - TAIL_EVENTS)
    rows = [as_row(values) for values in connection.execute(SELECT_EVENTS, (first, -1))]
    start = Head(first, rows[0].prev_hash if rows else "") if first else GENESIS
    verdict = verify_rows(rows, start=start, witness=witness)
    if isinstance(verdict, Broken):
        raise JournalUnavailable(
            f"the journal {path} is not as it was written, from event {verdict.seq} on: {verdict.reason}: "
            f"{_ASIDE}"
        )
    anchors = read_anchors(path)
    if anchors.newest and first < anchors.newest.seq <= witness.seq:
        row = rows[anchors.newest.seq - first - 1]
        if row.hash != anchors.newest.hash:
            raise JournalUnavailable(
                f"the journal {path} was rewritten: its head file remembers another event {row.seq}: {_ASIDE}"
            )
    return witness


def _against_anchors(path: Path, head: Head) -> None:
    newest = read_anchors(path).newest
    if newest is None or newest.seq <= head.seq:
        return
    raise JournalUnavailable(
        f"the journal {path} ends at event {head.seq}, but {beside(path, '.head').name} remembers "
        f"{newest.seq}: events were lost or cut off: {_ASIDE}; after restoring a backup on purpose, move "
        "only the .head file away"
    )


def _make_writable(path: Path) -> None:
    """Create what is missing and prove that this process can write."""
    break_seal(path)
    # 0640 from the first byte: calls for service are nobody else's to read; WAL and shm inherit it.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640))
    with closing(sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)) as connection:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise OSError(
                f"this file system cannot carry a write-ahead log (it offers “{mode}”): use a local disk"
            )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            for sql in SCHEMA.values():
                connection.execute(sql)
            connection.execute("INSERT INTO head (id, seq, hash) VALUES (1, ?, ?)", GENESIS)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
