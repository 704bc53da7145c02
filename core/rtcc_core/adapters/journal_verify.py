"""Prove from the file alone that a journal is as it was written, or say from where on it is not.

Three things are told apart. *Intact*. *Torn*: the newest events are missing and the file or its log is
physically broken at its end, as after a crash, a full disk or a cut copy. *Tampered*: anything else, be
it a person or a flipped bit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from rtcc_core.adapters.journal_file import (
    HEADER_BYTES,
    SQLITE_MAGIC,
    connected,
    missing_bytes,
    padded_copy,
)
from rtcc_core.adapters.journal_guard import Anchors, beside, is_owned, is_seal_broken, read_anchors
from rtcc_core.adapters.journal_schema import (
    APPLICATION_ID,
    READ_ERRORS,
    SCHEMA_VERSION,
    SELECT_EVENTS,
    SELECT_HEAD,
    as_row,
    in_words,
    schema_difference,
)
from rtcc_core.adapters.journal_tracks import TrackSeals, check_tracks
from rtcc_core.wire.ledger import GENESIS, Broken, Head, Row, verify_rows
from rtcc_core.wire.sqlite_wal import torn_end

# What SQLite writes there for a journal, and nothing else: https://www.sqlite.org/fileformat2.html
_CONSTANT_HEADER = {
    0: SQLITE_MAGIC,
    16: b"\x10\x00",  # pages of 4096 bytes
    18: b"\x02\x02\x00\x40\x20\x20",  # write-ahead log, no reserved space, payload fractions
    32: bytes(8),  # no free pages: nothing is ever deleted
    44: b"\x00\x00\x00\x04",  # schema format
    48: bytes(8),
    56: b"\x00\x00\x00\x01",  # UTF-8
    64: bytes(4),
    72: bytes(20),  # kept for later versions of SQLite
}


_NOT_THE_FILES_FAULT = ("SQLITE_CANTOPEN", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PERM", "SQLITE_READONLY")
"""Errors that say nothing about the journal, only that this account cannot look at it now."""

_DELETED = "something was deleted from the file: it has free pages, and a journal never has"
_SEAL_BROKEN = "bytes of the file were changed since its core closed it, though none that an event is made of"


class Finding(StrEnum):
    """The one word of the answer."""

    INTACT = "INTACT"
    TORN = "TORN"
    TAMPERED = "TAMPERED"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What verifying found."""

    finding: Finding
    count: int
    """Events from the first on that are as they were written."""
    first_bad: int | None = None
    """Sequence number of the first event that is not; None where all events are, but the file is not."""
    reason: str = ""
    head: Head = GENESIS
    sealed_tracks: int = 0
    notes: tuple[str, ...] = ()


class _Found(Exception):
    """The first thing that is wrong."""

    def __init__(self, finding: Finding, count: int, first_bad: int | None, reason: str) -> None:
        self.report = Report(finding=finding, count=count, first_bad=first_bad, reason=reason)
        super().__init__(reason)


def verify_file(path: Path) -> Report:
    """Read the whole file and everything beside it. Raises OSError where it cannot be read at all."""
    # Before the rows: while a core writes, the head file must not have come further than they have.
    anchors = read_anchors(path)
    try:
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
        missing = missing_bytes(path)
        if len(header) < HEADER_BYTES:
            raise _Found(Finding.TORN, 0, 1, "the file ends before its first event")
        if missing:
            with padded_copy(path, missing) as copy:
                return _Verification(copy, anchors, f"the file is {missing} bytes too short").run()
        changed = [at for at, known in _CONSTANT_HEADER.items() if header[at : at + len(known)] != known]
        report = _Verification(path, anchors, "", changed[0] if changed else None).run()
        if is_seal_broken(path):
            raise _Found(Finding.TAMPERED, report.count, None, _SEAL_BROKEN)
        return report
    except _Found as found:
        return found.report


class _Verification:
    """One reading of the file; raises _Found at the first thing that is wrong."""

    def __init__(self, path: Path, anchors: Anchors, cut: str, header_byte: int | None = None) -> None:
        self._path = path
        self._anchors = anchors
        self._cut = cut
        """Why the end of the file is known to be missing; empty where it is not."""
        self._header_byte = header_byte
        self._unreadable: Exception | None = None
        self._anchored: dict[int, str] = {anchor.seq: anchor.hash for anchor in anchors.heads}
        self._count = 0
        self._seals = TrackSeals()
        self._rewritten: int | None = None

    def run(self) -> Report:
        try:
            with connected(self._path) as connection:
                # One snapshot for everything, while a core may be writing.
                connection.execute("BEGIN")
                return self._whole(connection)
        except READ_ERRORS as error:
            raise self._damaged(error) from error

    def _whole(self, connection: sqlite3.Connection) -> Report:
        self._must_be_journal(connection)
        head = self._chain(connection)
        self._against_anchors(head)
        blame = check_tracks(connection, self._seals)
        if blame:
            raise _Found(Finding.TAMPERED, self._count, blame.seq or None, blame.reason)
        self._file(connection)
        return Report(
            finding=Finding.INTACT, count=self._count, head=head, sealed_tracks=self._seals.count,
            notes=self._notes(),
        )  # fmt: skip

    def _must_be_journal(self, connection: sqlite3.Connection) -> None:
        application_id = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if application_id != APPLICATION_ID:
            raise _Found(Finding.TAMPERED, 0, 1, "this is not a journal of rtcc, or its header was changed")
        if version != SCHEMA_VERSION:
            raise _Found(
                Finding.TAMPERED, 0, 1,
                f"it has layout {version}, this rtcc knows {SCHEMA_VERSION}: use the rtcc that wrote it",
            )  # fmt: skip

    def _rows(self, connection: sqlite3.Connection) -> Iterator[Row]:
        try:
            for values in connection.execute(SELECT_EVENTS, (0, -1)):
                row = as_row(values)
                yield row
                self._count = row.seq
                self._seals.look(row)
                if self._anchored.get(row.seq, row.hash) != row.hash and self._rewritten is None:
                    self._rewritten = row.seq
        except READ_ERRORS as error:
            self._unreadable = error

    def _chain(self, connection: sqlite3.Connection) -> Head:
        try:
            found = connection.execute(SELECT_HEAD).fetchone()
            witness = Head(*found) if found else None
        except READ_ERRORS as error:
            self._unreadable, witness = error, None
        verdict = verify_rows(self._rows(connection), witness=None if self._cut else witness)
        breaks_before = isinstance(verdict, Broken) and verdict.seq <= self._count
        if self._unreadable is not None and not breaks_before:
            raise self._damaged(self._unreadable)
        if isinstance(verdict, Broken):
            raise _Found(Finding.TAMPERED, verdict.seq - 1, verdict.seq, verdict.reason)
        if self._cut:
            raise _Found(Finding.TORN, verdict.count, verdict.count + 1, self._cut)
        if witness is None:
            raise _Found(Finding.TAMPERED, verdict.count, None, "its head record was removed")
        self._count = verdict.count
        return verdict.head

    def _damaged(self, error: Exception) -> _Found:
        if str(getattr(error, "sqlite_errorname", "")).startswith(_NOT_THE_FILES_FAULT):
            raise OSError(in_words(error)) from error
        finding = Finding.TORN if self._cut else Finding.TAMPERED
        why = f"{self._cut}; " if self._cut else ""
        return _Found(finding, self._count, self._count + 1, f"{why}it cannot be read: {in_words(error)}")

    def _against_anchors(self, head: Head) -> None:
        head_file = beside(self._path, ".head").name
        if self._rewritten is not None:
            raise _Found(
                Finding.TAMPERED, self._rewritten - 1, self._rewritten,
                f"the journal was rewritten here or before: {head_file} remembers another event",
            )  # fmt: skip
        newest = self._anchors.newest
        if newest is None or newest.seq <= head.seq:
            return
        lost = f"{head_file} remembers {newest.seq} events, {newest.seq - head.seq} are missing from the end"
        torn = self._torn_log()
        if torn:
            raise _Found(Finding.TORN, head.seq, head.seq + 1, f"{torn}; {lost}")
        raise _Found(Finding.TAMPERED, head.seq, head.seq + 1, f"rows were cut off the end: {lost}")

    def _torn_log(self) -> str:
        try:
            return torn_end(beside(self._path, "-wal").read_bytes())
        except FileNotFoundError:
            return ""

    def _file(self, connection: sqlite3.Connection) -> None:
        """What no event shows: the file's header, its tables and guards, its pages and indexes."""
        if self._header_byte is not None:
            raise _Found(
                Finding.TAMPERED,
                self._count,
                None,
                f"the file's header was changed at byte {self._header_byte}",
            )
        difference = schema_difference(connection)
        if difference:
            raise _Found(Finding.TAMPERED, self._count, None, difference)
        answer = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
        if answer != "ok":
            raise _Found(Finding.TAMPERED, self._count, None, f"the file's pages are damaged: {answer}")

    def _notes(self) -> tuple[str, ...]:
        # A living core's log may be looked at in the middle of a write.
        torn = "" if is_owned(self._path) else self._torn_log()
        end = f"an unfinished write at the end ({torn}) was left out; nothing that was confirmed is missing"
        return tuple(note for note in (self._anchors.damage, end if torn else "") if note)
