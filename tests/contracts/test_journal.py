"""The Journal port: what is confirmed is on disk, whole and in order; what cannot be is refused in words."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from tests.contracts.journal_bench import EVENTS, feed_up, filled, put, row_of, sample, tampering
from tests.support import MemoryJournal

from rtcc_core.adapters.journal_guard import beside
from rtcc_core.adapters.journal_verify import Finding, verify_file
from rtcc_core.adapters.sqlite_journal import SqliteJournal, open_journal
from rtcc_core.domain.events import FeedUp
from rtcc_core.ports import Journal, JournalUnavailable
from rtcc_core.wire.ledger import TRACK_GENESIS


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteJournal]:
    journal = await open_journal(path)
    try:
        yield journal
    finally:
        await journal.close()


@pytest.fixture(params=["sqlite", "memory"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    """The real one and the one that other tests stand on."""
    if request.param == "memory":
        yield MemoryJournal()
        return
    async with opened(tmp_path / "journal.db") as real:
        yield real


async def test_events_come_back_in_order_with_numbers(journal: Journal) -> None:
    first = await journal.append([feed_up("a"), feed_up("b")])
    second = await journal.append([feed_up("c")])
    assert [stored.seq for stored in first + second] == [1, 2, 3]
    assert [stored async for stored in journal.read()] == first + second
    assert [stored async for stored in journal.read(after=2)] == second


async def test_appending_nothing_stores_nothing(journal: Journal) -> None:
    assert await journal.append([]) == []
    assert [stored async for stored in journal.read()] == []


async def test_a_seal_counts_its_own_flight_only(journal: Journal) -> None:
    await journal.append_track([sample(1), sample(1, "F2"), sample(2)])
    samples, digest = await journal.seal_track("F1")
    assert (samples, len(digest)) == (2, 64)


async def test_a_flight_without_telemetry_can_be_sealed(tmp_path: Path) -> None:
    async with opened(tmp_path / "journal.db") as journal:
        assert await journal.seal_track("F1") == (0, TRACK_GENESIS)


async def test_samples_after_the_seal_are_left_out(tmp_path: Path) -> None:
    async with opened(tmp_path / "journal.db") as journal:
        await journal.append_track([sample(1)])
        seal = await journal.seal_track("F1")
        await journal.append_track([sample(2)])
        assert await journal.seal_track("F1") == seal


async def test_a_track_goes_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with opened(path) as journal:
        await journal.append_track([sample(1)])
    async with opened(path) as journal:
        await journal.append_track([sample(2)])
        assert (await journal.seal_track("F1"))[0] == 2
    assert verify_file(path).finding is Finding.INTACT


async def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "new" / "journal.db"
    async with opened(path) as journal:
        await journal.append([feed_up("a")])
    async with opened(path) as journal:
        assert journal.last_seq == 1
        assert [stored.seq for stored in await journal.append([feed_up("b")])] == [2]


async def test_many_at_once_are_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with opened(path) as journal:
        batches = (journal.append([feed_up(f"{n}"), feed_up(f"{n}")]) for n in range(40))
        stored = [one for batch in await asyncio.gather(*batches) for one in batch]
        assert sorted(one.seq for one in stored) == list(range(1, 81))
    assert verify_file(path).count == 80


async def test_cancelling_leaves_nothing_half_stored(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with opened(path) as journal:
        for number in range(30):
            task = asyncio.create_task(journal.append([feed_up(f"{number}"), feed_up("twin")]))
            for _ in range(number % 6):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        [last] = await journal.append([feed_up("last")])
        assert last.seq % 2 == 1
    assert verify_file(path).count == last.seq


async def test_an_event_that_cannot_be_written_down_stops_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path / "journal.db") as journal:
        with pytest.raises(JournalUnavailable, match="cannot be written down"):
            await journal.append([feed_up("fine"), feed_up("\ud800")])
        assert [stored.seq for stored in await journal.append([feed_up("next")])] == [1]


async def test_a_second_core_is_kept_out_and_told_by_whom(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with opened(path):
        with pytest.raises(
            JournalUnavailable, match=rf"another core \(pid {os.getpid()}\) owns this journal"
        ):
            await open_journal(path)
    async with opened(path):
        pass


async def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path / "journal.db") as journal:
        pass
    with pytest.raises(JournalUnavailable, match="closed"):
        await journal.append([feed_up("late")])


async def test_another_programs_row_stops_the_writing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with opened(path) as journal:
        await journal.append([feed_up("ours")])
        with tampering(path) as connection:
            put(connection, row_of(connection, 1)._replace(seq=2))
            connection.execute("UPDATE head SET seq = 2")
        with pytest.raises(JournalUnavailable, match="another program"):
            await journal.append([feed_up("not on top of that")])


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_file_taken_away_under_the_core_is_noticed(tmp_path: Path, replaced: bool) -> None:
    path, away = tmp_path / "journal.db", tmp_path / "away.db"
    async with opened(path) as journal:
        path.rename(away)
        if replaced:
            shutil.copy(away, path)
        with pytest.raises(JournalUnavailable, match=r"gone|replaced"):
            await journal.append([feed_up("for nobody")])
        away.rename(path)
        assert len(await journal.append([feed_up("back")])) == 1


async def test_the_guards_refuse_edits_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with opened(path) as journal:
        await journal.append([feed_up("a")])
    for sql in (
        "UPDATE events SET operator = 'x'",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT * FROM events",
        "UPDATE head SET seq = 0",
    ):
        with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.Error, match="append-only"):
            connection.execute(sql)


def test_a_tampered_tail_is_not_built_upon(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with tampering(path) as connection:
        connection.execute("UPDATE events SET operator = 'nobody' WHERE seq = 7")
    with pytest.raises(JournalUnavailable, match="event 7"):
        asyncio.run(open_journal(path))


def test_a_deleted_journal_is_missed(tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.unlink()
    with pytest.raises(JournalUnavailable, match=rf"remembers {EVENTS}"):
        asyncio.run(open_journal(path))
    assert not path.exists()


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("PRAGMA user_version = 9", "layout 9"),
        ("PRAGMA application_id = 1", "not a journal"),
        ("DROP TRIGGER events_no_delete", "guard"),
        ("DELETE FROM head", "head record"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(tmp_path: Path, sql: str, word: str) -> None:
    path = filled(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if sql.startswith("DELETE"):
            connection.execute("DROP TRIGGER head_no_delete")
            word = "guard|head record"
        connection.execute(sql)
    with pytest.raises(JournalUnavailable, match=word):
        asyncio.run(open_journal(path))


def test_a_corrupt_file_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"not a database at all " * 400)
    with pytest.raises(JournalUnavailable, match="move it aside"):
        asyncio.run(open_journal(path))


# A process of its own each: limits, accounts and kills are a process's.

PRELUDE = """
import asyncio, os, resource, sys
from pathlib import Path
from rtcc_core.adapters.sqlite_journal import open_journal
from rtcc_core.ports import JournalUnavailable
from tests.contracts.journal_bench import feed_up, sample
path = Path(sys.argv[1])
"""

WRITER = """
async def main():
    journal = await open_journal(path)
    for number in range(100_000):
        stored = await journal.append([feed_up("x" * 500)])
        print(stored[-1].seq, flush=True)
        await journal.append_track([sample(number)])
asyncio.run(main())
"""

FULL_DISK = """
async def main():
    journal = await open_journal(path)
    await journal.append([feed_up("before")])
    free = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, free[1]))
    for attempt in range(3):
        try:
            await journal.append([feed_up("y" * 100_000), feed_up("z")])
        except JournalUnavailable as error:
            print("refused:", error)
    resource.setrlimit(resource.RLIMIT_FSIZE, free)
    print("then", (await journal.append([feed_up("after")]))[0].seq)
    await journal.close()
asyncio.run(main())
"""

READ_ONLY = """
import concurrent.futures.thread  # an interpreter under /root cannot import any more once it is nobody
if os.geteuid() == 0:
    os.setgid(65534), os.setuid(65534)
try:
    asyncio.run(open_journal(path))
except JournalUnavailable as error:
    print("refused:", error)
"""


def python(script: str, path: Path) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + script, str(path)], cwd=root, stdout=subprocess.PIPE, text=True
    )


def test_a_full_disk_stores_nothing_half_and_is_forgiven(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with python(FULL_DISK, path) as process:
        said, _ = process.communicate(timeout=30)
    assert said.count("refused: the journal") == 3
    assert "disk" in said
    assert "then 2" in said
    report = verify_file(path)
    assert (report.finding, report.count) == (Finding.INTACT, 2)


def test_a_read_only_file_is_refused_in_words() -> None:
    # Not in pytest's own folder, which nobody but its owner may enter.
    with tempfile.TemporaryDirectory(prefix="rtcc-test-") as name:
        folder = Path(name)
        path = filled(folder)
        before = path.read_bytes()
        path.chmod(0o444)
        beside(path, ".lock").chmod(0o666)
        folder.chmod(0o555)
        with python(READ_ONLY, path) as process:
            said, _ = process.communicate(timeout=30)
        folder.chmod(0o755)
        assert path.read_bytes() == before
    assert "refused" in said
    assert "read-only" in said


@pytest.mark.parametrize("after", [1, 40, 300])
def test_every_confirmed_event_survives_a_kill(tmp_path: Path, after: int) -> None:
    path = tmp_path / "journal.db"
    with python(WRITER, path) as process:
        assert process.stdout is not None
        confirmed = 0
        while confirmed < after:
            confirmed = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        confirmed = max([confirmed, *(int(line) for line in process.stdout if line.endswith("\n"))])
    report = verify_file(path)
    assert report.finding is Finding.INTACT
    assert report.count >= confirmed

    async def read_on() -> int:
        async with opened(path) as journal:
            count = len([stored async for stored in journal.read()])
            await journal.append([feed_up("the next core")])
            return count

    assert asyncio.run(read_on()) == report.count
    assert verify_file(path).count == report.count + 1


async def test_reading_goes_on_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with opened(path) as journal:
        await journal.append([feed_up(f"{number}") for number in range(1_200)])
        seen = 0
        async for stored in journal.read():
            seen += 1
            assert stored.seq == seen
            assert isinstance(stored.event, FeedUp)
            if seen == 700:
                await journal.append([feed_up("meanwhile")])
        assert seen == 1_201
        assert (await asyncio.to_thread(verify_file, path)).count == 1_201
