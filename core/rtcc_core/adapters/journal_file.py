"""A journal's file as readers see it: while a core writes it, or as a copy without its write-ahead log.

Never writes, never takes the core's lock. Plain sqlite3: these readers are commands, not the core.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rtcc_core.adapters.journal_guard import beside
from rtcc_core.adapters.journal_schema import (
    APPLICATION_ID,
    READ_ERRORS,
    SCHEMA_VERSION,
    SELECT_EVENTS,
    as_row,
    decode_text,
    in_words,
    read_only_uri,
)
from rtcc_core.wire.ledger import Row

SQLITE_MAGIC = b"SQLite format 3\x00"
HEADER_BYTES = 100

_CHUNK = 500


class JournalUnreadable(Exception):
    """There is no journal that can be read there; the message says why and what to do."""


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection. Raises sqlite3.Error."""
    # Without a log beside it nobody has the file open: it is read as it lies, and nothing is put beside it.
    is_at_rest = not beside(path, "-wal").exists()
    with closing(
        sqlite3.connect(
            read_only_uri(path, immutable=is_at_rest), uri=True, isolation_level=None, timeout=5.0
        )
    ) as connection:
        connection.text_factory = decode_text
        yield connection


def must_be_journal(path: Path) -> None:
    """Raises JournalUnreadable for a file that is missing, no journal, or of another layout."""
    if not path.exists():
        raise JournalUnreadable(f"there is no journal {path}: name its file, or the --state-dir it lies in")
    if not path.is_file():
        raise JournalUnreadable(f"{path} is not a file: name the journal's file itself, such as journal.db")
    try:
        with connected(path) as connection:
            application_id, version = (
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("application_id", "user_version")
            )
    except (*READ_ERRORS, OSError) as error:
        raise JournalUnreadable(f"the journal {path} cannot be read: {in_words(error)}") from error
    if application_id != APPLICATION_ID:
        raise JournalUnreadable(f"{path} is not a journal of rtcc")
    if version != SCHEMA_VERSION:
        raise JournalUnreadable(
            f"the journal {path} has layout {version}; this rtcc reads layout {SCHEMA_VERSION}: use the rtcc "
            "that wrote it"
        )


def read_rows(path: Path, after: int = 0) -> Iterator[Row]:
    """Every row above `after`, in order, as far as it can be read. Raises JournalUnreadable."""
    try:
        with connected(path) as connection:
            while rows := connection.execute(SELECT_EVENTS, (after, _CHUNK)).fetchall():
                yield from map(as_row, rows)
                after = rows[-1][0]
    except READ_ERRORS as error:
        raise JournalUnreadable(
            f"the journal {path} cannot be read behind event {after}: {in_words(error)}"
        ) from error


def missing_bytes(path: Path) -> int:
    """How much shorter the file is than its own header says; 0 where a log may still hold the rest."""
    if beside(path, "-wal").exists():
        return 0
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return HEADER_BYTES - len(header)
    page_bytes = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    return max(0, page_bytes * pages - path.stat().st_size)


@contextmanager
def padded_copy(path: Path, missing: int) -> Iterator[Path]:
    """A copy with zeroes where the file was cut, because SQLite refuses to open a file cut short."""
    with tempfile.TemporaryDirectory(prefix="rtcc-verify-") as folder:
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        with copy.open("r+b") as file:
            file.truncate(path.stat().st_size + missing)
        yield copy
