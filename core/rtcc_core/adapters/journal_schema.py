"""The journal's SQLite file: its tables, the guards on them, and its errors in words.

Layout 1. `events` is the chain, `head` says in the same transaction which row is the last, `tracks` holds
telemetry, each sample chained to the one before it of the same flight. Triggers refuse edits by hand;
the hashes find the edits of whoever drops the triggers.
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from rtcc_core.wire.ledger import Row

APPLICATION_ID = 0x52544343
"""`RTCC`, in the file's header: this SQLite file is a journal."""

SCHEMA_VERSION = 1

PAGE_BYTES = 4096

_TABLES = {
    "events": """CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  operator TEXT NOT NULL,
  cause TEXT NOT NULL,
  body TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT""",
    "head": """CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT""",
    "tracks": """CREATE TABLE tracks (
  id INTEGER PRIMARY KEY,
  flight_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT""",
    "tracks_by_flight": "CREATE INDEX tracks_by_flight ON tracks (flight_id, id)",
}


def _guard(name: str, event: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
    )


_GUARDS = {
    name: _guard(name, event)
    for name, event in {
        "events_no_update": "UPDATE ON events",
        "events_no_delete": "DELETE ON events",
        "events_no_replace": "INSERT ON events WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq)",
        "head_forward_only": "UPDATE ON head WHEN NEW.seq <= OLD.seq",
        "head_no_delete": "DELETE ON head",
        "tracks_no_update": "UPDATE ON tracks",
        "tracks_no_delete": "DELETE ON tracks",
    }.items()
}

SCHEMA = _TABLES | _GUARDS
"""Every object of the file by name, with the SQL that makes it; `verify` compares it word for word."""

EVENT_COLUMNS = "seq, at, kind, operator, cause, body, prev_hash, hash"

INSERT_EVENT = f"INSERT INTO events ({EVENT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
MOVE_HEAD = "UPDATE head SET seq = ?, hash = ? WHERE id = 1 AND seq = ? AND hash = ?"
SELECT_HEAD = "SELECT seq, hash FROM head WHERE id = 1"
SELECT_EVENTS = f"SELECT {EVENT_COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
INSERT_SAMPLE = "INSERT INTO tracks (flight_id, at, body, hash) VALUES (?, ?, ?, ?)"
SELECT_LAST_SAMPLE = "SELECT hash FROM tracks WHERE flight_id = ? ORDER BY id DESC LIMIT 1"
COUNT_SAMPLES = "SELECT count(*) FROM tracks WHERE flight_id = ?"
SELECT_SAMPLES = "SELECT flight_id, at, body, hash FROM tracks ORDER BY flight_id, id"


def schema_difference(connection: sqlite3.Connection) -> str:
    """Empty where the file's tables and guards are ours, word for word; else the first difference."""
    found = dict(
        connection.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").fetchall()
    )
    for name, sql in SCHEMA.items():
        if name not in found:
            what = "guard against edits" if name in _GUARDS else "table"
            return f"its {what} “{name}” was removed"
        if found[name] != sql:
            return f"its definition of “{name}” was changed"
    extra = sorted(set(found) - set(SCHEMA))
    return f"something was added to it: “{extra[0]}”" if extra else ""


def read_only_uri(path: Path, *, immutable: bool) -> str:
    """For sqlite3's `uri=True`. `immutable` only where no core can be writing: it takes no lock."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return f"{uri}&immutable=1" if immutable else uri


_KEEP = "keep the file, look at it with `rtcc journal verify`, move it aside and start again"

_SQLITE_WORDS = {
    "SQLITE_FULL": "the disk is full: free some space; it writes again by itself once there is room",
    "SQLITE_READONLY": "the file or its folder is read-only for this account: give the core's account the "
    "right to write there",
    "SQLITE_IOERR": "the disk does not take or give the data: look at the disk and its free "
    "space (`dmesg`, `df`)",
    "SQLITE_CORRUPT": f"the file is damaged: {_KEEP}",
    "SQLITE_NOTADB": f"the file is not a journal, or damaged from its first byte: {_KEEP}",
    "SQLITE_BUSY": "another program holds the file: close whatever has it open (sqlite3, a backup)",
    "SQLITE_LOCKED": "another program holds the file: close whatever has it open (sqlite3, a backup)",
    "SQLITE_CANTOPEN": "the file cannot be opened: see that its folder exists and is this account's",
    "SQLITE_PERM": "this account may not use the file: give the core's account the right to it",
}

_OS_WORDS = {
    errno.ENOSPC: _SQLITE_WORDS["SQLITE_FULL"],
    errno.EROFS: _SQLITE_WORDS["SQLITE_READONLY"],
    errno.EACCES: _SQLITE_WORDS["SQLITE_READONLY"],
    errno.EPERM: _SQLITE_WORDS["SQLITE_READONLY"],
}


READ_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file raises; the second where SQLite's own message quotes damaged text."""


def in_words(error: BaseException) -> str:
    """What is wrong and what to do, for a dispatcher; the library's own words in brackets."""
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "") or ""
        known = next((words for key, words in _SQLITE_WORDS.items() if name.startswith(key)), "")
        return f"{known} [{name}: {error}]" if known else f"{error} [{name or type(error).__name__}]"
    if isinstance(error, UnicodeDecodeError):
        return _SQLITE_WORDS["SQLITE_CORRUPT"]
    if isinstance(error, OSError):
        known = _OS_WORDS.get(error.errno or 0, "")
        return f"{known} [{error.strerror}]" if known else str(error)
    return str(error)


def decode_text(raw: bytes) -> str:
    """For `text_factory`: damaged bytes come through as surrogates, to be found by the hash."""
    return raw.decode("utf-8", "surrogateescape")


def as_row(values: tuple[object, ...]) -> Row:
    """A row of `EVENT_COLUMNS`; a value whose type was damaged comes out as one that no hash matches."""
    seq, at_ms = (value if isinstance(value, int) else -1 for value in values[:2])
    kind, operator, cause, body, prev_hash, digest = (
        value if isinstance(value, str) else "" for value in values[2:]
    )
    return Row(seq, at_ms, kind, operator, cause, body, prev_hash, digest)
