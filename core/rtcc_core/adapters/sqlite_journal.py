"""The journal on disk: SQLite in WAL mode through aiosqlite, one writer, hash-chained.

A statement of a cancelled await still runs in aiosqlite's thread. So every transaction is one task that
no caller's cancellation reaches, and one lock keeps transactions apart: an append is stored whole or not
at all, and cancelling it does not recall it.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import TypeVar

import aiosqlite

from rtcc_core.adapters.journal_guard import HeadFile, LockTaken, seal_file, take_lock
from rtcc_core.adapters.journal_open import BUSY_TIMEOUT_S, prepare
from rtcc_core.adapters.journal_schema import (
    COUNT_SAMPLES,
    INSERT_EVENT,
    INSERT_SAMPLE,
    MOVE_HEAD,
    SELECT_EVENTS,
    SELECT_HEAD,
    SELECT_LAST_SAMPLE,
    as_row,
    decode_text,
    in_words,
    read_only_uri,
)
from rtcc_core.domain.events import Draft, Stored
from rtcc_core.ports import JournalUnavailable, Track
from rtcc_core.wire.ledger import (
    TRACK_GENESIS,
    Head,
    LedgerError,
    Row,
    check_row,
    decode_row,
    encode_and_read_back,
    encode_sample,
    sample_hash,
    to_ms,
)

_READ_CHUNK = 500

_Result = TypeVar("_Result")

_Sample = tuple[str, int, str, str]
"""A row of `tracks`: flight, UTC ms, body, hash."""


class SqliteJournal:
    """`ports.Journal`. Made by `open_journal`, ended by `close`; one per file, in one process."""

    def __init__(
        self, path: Path, head: Head, writer: aiosqlite.Connection, reader: aiosqlite.Connection, lock_fd: int
    ) -> None:
        self._path = path
        self._head = head
        self._writer = writer
        self._reader = reader
        self._lock_fd = lock_fd
        self._head_file = HeadFile(path)
        self._file_id = _file_id(path)
        self._transaction = asyncio.Lock()
        self._units: set[asyncio.Task[object]] = set()
        self._track_heads: dict[str, str] = {}
        self._sealed: set[str] = set()
        self._is_open = True

    @property
    def path(self) -> Path:
        return self._path

    @property
    def last_seq(self) -> int:
        """Sequence number of the newest event; 0 in an empty journal."""
        return self._head.seq

    async def append(self, drafts: Sequence[Draft]) -> list[Stored]:
        """See ports.Journal. What is returned is what a replay will read: times cut to the millisecond."""
        if not drafts:
            return []
        return await self._as_unit(self._append(drafts))

    async def append_track(self, samples: Sequence[Track]) -> None:
        """See ports.Journal. Samples of a flight whose track is sealed come too late and are left out."""
        if samples:
            await self._as_unit(self._append_track(samples))

    async def seal_track(self, flight_id: str) -> tuple[int, str]:
        """See ports.Journal. The hash is the track's chain at its last sample; later ones are left out."""
        return await self._as_unit(self._seal_track(flight_id))

    async def read(self, after: int = 0) -> AsyncIterator[Stored]:
        """See ports.Journal. Raises JournalUnavailable at the first row that is not as it was written."""
        head: Head | None = None
        while True:
            for row in (rows := await self._fetch(after)):
                head = head or Head(row.seq - 1, row.prev_hash)
                yield self._trusted(row, head)
                head = Head(row.seq, row.hash)
            if len(rows) < _READ_CHUNK:
                return
            after = rows[-1].seq

    async def close(self) -> None:
        """Let what is under way finish, fold the write-ahead log into the file, free the lock."""
        await self._as_unit(self._close())

    async def _as_unit(self, work: Coroutine[object, object, _Result]) -> _Result:
        task = asyncio.get_running_loop().create_task(work)
        self._units.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: asyncio.Task[object]) -> None:
        self._units.discard(task)
        if not task.cancelled():
            task.exception()  # looked at here: its caller may have been cancelled and never will

    async def _append(self, drafts: Sequence[Draft]) -> list[Stored]:
        async with self._transaction:
            self._must_be_ours()
            try:
                rows, stored = encode_and_read_back(drafts, self._head)
            except LedgerError as error:
                raise JournalUnavailable(f"this cannot be written down: {error}") from error
            await self._commit_rows(rows)
            self._head = Head(rows[-1].seq, rows[-1].hash)
            if self._head_file.note(self._head):
                await asyncio.to_thread(self._head_file.sync)
            return stored

    async def _commit_rows(self, rows: Sequence[Row]) -> None:
        new_head = Head(rows[-1].seq, rows[-1].hash)
        try:
            await self._writer.execute("BEGIN IMMEDIATE")
            moved = await self._writer.execute(MOVE_HEAD, (*new_head, *self._head))
            if moved.rowcount != 1:
                raise JournalUnavailable(
                    f"the journal {self._path} was changed by another program while this core ran: stop that "
                    "program, check with `rtcc journal verify`, and restart the core"
                )
            await self._writer.executemany(INSERT_EVENT, rows)
            await self._writer.execute("COMMIT")
        except BaseException as error:
            if await self._undo() == new_head:
                return  # the commit had reached the disk before its answer went wrong
            self._refuse(error)

    async def _undo(self) -> Head | None:
        """Leave no transaction open; return the head that the file has now, None where it cannot tell."""
        try:
            if self._writer.in_transaction:
                await self._writer.execute("ROLLBACK")
            found = list(await self._writer.execute_fetchall(SELECT_HEAD))
            return Head(*found[0]) if found else None
        except (sqlite3.Error, ValueError):
            return None

    def _refuse(self, error: BaseException) -> None:
        """Raise `error`, as JournalUnavailable where it is the file's or the disk's."""
        if isinstance(error, sqlite3.Error | OSError | ValueError):
            raise JournalUnavailable(
                f"the journal {self._path} cannot be written: {in_words(error)}"
            ) from error
        raise error

    async def _append_track(self, samples: Sequence[Track]) -> None:
        async with self._transaction:
            self._must_be_ours()
            try:
                rows, heads = await self._chain_samples(samples)
                # Without an fsync of its own: the FULL commit of the event that seals it brings it to disk.
                await self._writer.execute("PRAGMA synchronous = NORMAL")
                await self._writer.execute("BEGIN IMMEDIATE")
                await self._writer.executemany(INSERT_SAMPLE, rows)
                await self._writer.execute("COMMIT")
                self._track_heads |= heads
            except LedgerError as error:
                raise JournalUnavailable(f"this telemetry cannot be written down: {error}") from error
            except BaseException as error:
                await self._undo()
                self._refuse(error)
            finally:
                await self._be_durable()

    async def _be_durable(self) -> None:
        try:
            await self._writer.execute("PRAGMA synchronous = FULL")
        except (sqlite3.Error, ValueError):
            # A connection that cannot even be told this cannot commit either; never write facts unsafely.
            self._is_open = False

    async def _chain_samples(self, samples: Sequence[Track]) -> tuple[list[_Sample], dict[str, str]]:
        rows: list[_Sample] = []
        heads: dict[str, str] = {}
        for sample in samples:
            flight_id = sample.flight_id
            if flight_id in self._sealed:
                continue
            previous = heads.get(flight_id) or await self._track_head(flight_id)
            at_ms, body = to_ms(sample.at), encode_sample(sample.telemetry)
            heads[flight_id] = sample_hash(previous, flight_id, at_ms, body)
            rows.append((flight_id, at_ms, body, heads[flight_id]))
        return rows, heads

    async def _track_head(self, flight_id: str) -> str:
        if flight_id not in self._track_heads:
            found = list(await self._writer.execute_fetchall(SELECT_LAST_SAMPLE, (flight_id,)))
            self._track_heads[flight_id] = str(found[0][0]) if found else TRACK_GENESIS
        return self._track_heads[flight_id]

    async def _seal_track(self, flight_id: str) -> tuple[int, str]:
        async with self._transaction:
            self._must_be_ours()
            try:
                found = list(await self._writer.execute_fetchall(COUNT_SAMPLES, (flight_id,)))
                seal = (int(found[0][0]), await self._track_head(flight_id))
            except (sqlite3.Error, ValueError) as error:
                raise JournalUnavailable(
                    f"the journal {self._path} cannot be read: {in_words(error)}"
                ) from error
            self._sealed.add(flight_id)
            self._track_heads.pop(flight_id, None)
            return seal

    async def _fetch(self, after: int) -> list[Row]:
        self._must_be_open()
        try:
            found = await self._reader.execute_fetchall(SELECT_EVENTS, (after, _READ_CHUNK))
        except (sqlite3.Error, ValueError) as error:
            raise JournalUnavailable(f"the journal {self._path} cannot be read: {in_words(error)}") from error
        return [as_row(tuple(values)) for values in found]

    def _trusted(self, row: Row, head: Head) -> Stored:
        wrong = check_row(row, head)
        if wrong:
            raise JournalUnavailable(
                f"the journal {self._path} is not as it was written, event {row.seq}: {wrong}: keep it as "
                "evidence, move it and the files beside it away and start again"
            )
        try:
            return decode_row(row)
        except LedgerError as error:
            raise JournalUnavailable(f"the journal {self._path}: {error}") from error

    def _must_be_open(self) -> None:
        if not self._is_open:
            raise JournalUnavailable(f"the journal {self._path} is closed: restart the core")

    def _must_be_ours(self) -> None:
        """SQLite would go on writing into a deleted file, for nobody."""
        self._must_be_open()
        try:
            is_ours = _file_id(self._path) == self._file_id
        except OSError as error:
            raise JournalUnavailable(
                f"the journal {self._path} is gone ({error.strerror}): bring it back to its place"
            ) from error
        if not is_ours:
            raise JournalUnavailable(
                f"the journal {self._path} was replaced by another file while this core ran: restart the core"
            )

    async def _close(self) -> None:
        async with self._transaction:
            if self._lock_fd < 0:
                return
            self._is_open = False
            # The writer last: the last connection of all folds the log into the file and removes it.
            await self._reader.close()
            await self._writer.close()
            self._head_file.close()
            await asyncio.to_thread(seal_file, self._path)
            os.close(self._lock_fd)
            self._lock_fd = -1


def _file_id(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino


def _own(path: Path) -> tuple[int, Head]:
    """Lock and check the file; blocks. Raises JournalUnavailable."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock_fd = take_lock(path)
    except LockTaken as error:
        raise JournalUnavailable(str(error)) from error
    except OSError as error:
        raise JournalUnavailable(f"the journal {path} cannot be made: {in_words(error)}") from error
    try:
        return lock_fd, prepare(path)
    except BaseException:
        os.close(lock_fd)
        raise


async def _connect(path: Path, lock_fd: int, head: Head) -> SqliteJournal:
    connections: list[aiosqlite.Connection] = []
    try:
        writer = await aiosqlite.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)
        connections.append(writer)
        await writer.execute("PRAGMA synchronous = FULL")
        reader = await aiosqlite.connect(
            read_only_uri(path, immutable=False), uri=True, timeout=BUSY_TIMEOUT_S
        )
        connections.append(reader)
        reader.text_factory = decode_text
        return SqliteJournal(path, head, writer, reader, lock_fd)
    except BaseException as error:
        for connection in reversed(connections):
            await connection.close()
        os.close(lock_fd)
        if isinstance(error, sqlite3.Error | OSError):
            raise JournalUnavailable(f"the journal {path} cannot be used: {in_words(error)}") from error
        raise


async def open_journal(path: Path) -> SqliteJournal:
    """Own the journal at `path`, making it where there is none.

    Raises JournalUnavailable, in words, where another core owns it, it is no journal, its layout is another
    version's, it cannot be written, or its newest rows are not as they were written.
    """
    lock_fd, head = await asyncio.to_thread(_own, path)
    return await _connect(path, lock_fd, head)
