"""`rtcc journal verify`: every way to change a journal is found, named, and told apart from a crash."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.contracts.journal_bench import (
    CLOSING,
    EVENTS,
    feed_up,
    filled,
    put,
    row_of,
    sample,
    tampering,
    without_seal,
)

from rtcc_core import cli
from rtcc_core.adapters.journal_guard import beside
from rtcc_core.adapters.journal_verify import Finding, verify_file
from rtcc_core.adapters.sqlite_journal import open_journal
from rtcc_core.wire.sqlite_wal import torn_end

Tamper = Callable[[sqlite3.Connection], None]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a journal, its head file and its seal."""
    return filled(tmp_path_factory.mktemp("pristine")).parent


@pytest.fixture
def path(pristine: Path, tmp_path: Path) -> Path:
    """A copy to be tampered with."""
    return Path(shutil.copytree(pristine, tmp_path / "state")) / "journal.db"


def edited(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE events SET body = replace(body, 'COUNTY', 'COVNTY') WHERE seq = 7")


def edited_and_rehashed(connection: sqlite3.Connection) -> None:
    put(connection, row_of(connection, 7)._replace(operator="nobody"), with_fresh_hash=True)


def deleted(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM events WHERE seq = 7")


def deleted_and_renumbered(connection: sqlite3.Connection) -> None:
    rows = [row_of(connection, seq) for seq in range(8, EVENTS + 1)]
    connection.execute("DELETE FROM events WHERE seq > 6")
    for row in rows:
        put(connection, row._replace(seq=row.seq - 1))


def reordered(connection: sqlite3.Connection) -> None:
    seventh, ninth = row_of(connection, 7), row_of(connection, 9)
    put(connection, seventh._replace(seq=9))
    put(connection, ninth._replace(seq=7))


def inserted(connection: sqlite3.Connection) -> None:
    rows = [row_of(connection, seq) for seq in range(7, EVENTS + 1)]
    for row in reversed(rows):
        put(connection, row._replace(seq=row.seq + 1))
    connection.execute("DELETE FROM events WHERE seq = 7")
    put(connection, rows[0]._replace(operator="nobody"))


def wrong_type(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE events SET at = at + 1 WHERE seq = 7")


@pytest.mark.parametrize(
    "tamper", [edited, edited_and_rehashed, deleted, deleted_and_renumbered, reordered, inserted, wrong_type]
)
def test_a_tampered_row_is_named(path: Path, tamper: Tamper, capsys: pytest.CaptureFixture[str]) -> None:
    with tampering(path) as connection:
        tamper(connection)
    report = without_seal(path)
    assert (report.finding, report.first_bad) == (Finding.TAMPERED, 7)
    assert cli.main(["journal", "verify", str(path)]) == 1
    assert "TAMPERED: first bad event: 7" in capsys.readouterr().out


def test_a_row_added_at_the_end_is_named(path: Path) -> None:
    with tampering(path) as connection:
        last = row_of(connection, EVENTS)
        put(connection, last._replace(seq=EVENTS + 1, prev_hash=last.hash), with_fresh_hash=True)
    report = without_seal(path)
    assert (report.finding, report.first_bad) == (Finding.TAMPERED, EVENTS + 1)


def test_rows_cut_off_the_end_are_missed_by_the_head_record(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("DELETE FROM events WHERE seq > 9")
    report = without_seal(path)
    assert (report.finding, report.first_bad) == (Finding.TAMPERED, 10)


def cut_with_its_head_record(path: Path) -> None:
    with tampering(path) as connection:
        connection.execute("DELETE FROM events WHERE seq > 9")
        connection.execute("UPDATE head SET seq = 9, hash = ?", (row_of(connection, 9).hash,))


def test_rows_cut_off_with_their_head_record_are_missed_by_the_head_file(path: Path) -> None:
    cut_with_its_head_record(path)
    report = verify_file(path)
    assert (report.finding, report.first_bad) == (Finding.TAMPERED, 10)
    assert "cut off the end" in report.reason


def test_without_its_head_file_the_gap_in_the_proof_is_said(path: Path) -> None:
    cut_with_its_head_record(path)
    report = without_seal(path)
    assert report.finding is Finding.INTACT
    assert any("journal.db.head" in note for note in report.notes)


def test_a_chain_rewritten_to_its_end_is_found_by_the_head_file(path: Path) -> None:
    with tampering(path) as connection:
        previous = row_of(connection, 6).hash
        for seq in range(7, EVENTS + 1):
            row = row_of(connection, seq)._replace(operator="nobody", prev_hash=previous)
            put(connection, row, with_fresh_hash=True)
            previous = row_of(connection, seq).hash
        connection.execute("UPDATE head SET hash = ?", (previous,))
    report = verify_file(path)
    assert report.finding is Finding.TAMPERED
    assert "rewritten" in report.reason


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("UPDATE tracks SET body = replace(body, '3.0', '9.0') WHERE id = 4", "sample 4"),
        ("DELETE FROM tracks WHERE id = 30", "29 samples"),
        ("DELETE FROM tracks WHERE id = 10", "sample 10"),
        ("DELETE FROM tracks WHERE flight_id = 'F1'", "0 samples"),
        ("UPDATE tracks SET flight_id = 'F2' WHERE id = 30", "F"),
    ],
)
def test_a_changed_track_is_named_by_the_event_that_seals_it(path: Path, sql: str, reason: str) -> None:
    with tampering(path) as connection:
        connection.execute(sql)
    report = without_seal(path)
    assert report.finding is Finding.TAMPERED
    assert report.first_bad in (CLOSING, None)
    assert reason in report.reason


def test_guards_that_were_removed_are_missed(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TRIGGER events_no_delete")
    report = without_seal(path)
    assert (report.finding, report.count, report.first_bad) == (Finding.TAMPERED, EVENTS, None)
    assert "events_no_delete" in report.reason


def contents(path: Path) -> object:
    """Everything that SQLite reads from the file; what it raises where it cannot."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
            connection.text_factory = bytes
            return [
                connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
                for table in ("events", "tracks", "head")
            ]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return repr(error)


def test_a_byte_flipped_anywhere_is_found(path: Path) -> None:
    whole, known = path.read_bytes(), contents(path)
    chance = random.Random(7)
    offsets = [*range(0, 100, 3), *(chance.randrange(100, len(whole)) for _ in range(250))]
    for offset in offsets:
        flipped = bytearray(whole)
        flipped[offset] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        assert verify_file(path).finding is not Finding.INTACT, f"byte {offset}"
        alone = path.with_name("alone.db")
        shutil.copy(path, alone)
        # Without its seal, only a byte that holds nothing may go unnoticed.
        if verify_file(alone).finding is Finding.INTACT:
            assert contents(alone) == known, f"byte {offset}"


def test_a_byte_flipped_in_a_row_names_the_row(path: Path) -> None:
    whole = path.read_bytes()
    offset = whole.index(b'"detail":"try 5"')
    path.write_bytes(whole[: offset + 12] + b"r" + whole[offset + 13 :])
    assert without_seal(path).first_bad == 7


@pytest.mark.parametrize("part", [0.0, 0.01, 0.3, 0.6, 0.99])
def test_a_file_cut_short_is_torn_not_tampered(path: Path, part: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    report = verify_file(path)
    assert report.finding is Finding.TORN
    assert report.first_bad == report.count + 1
    assert "short" in report.reason or "before its first event" in report.reason


async def leave_a_log(path: Path, *, events: int) -> bytes:
    """As after SIGKILL: database, log and head file as they lay on the disk; returns the log."""
    live = path.with_name("live.db")
    journal = await open_journal(live)
    for number in range(events):
        await journal.append([feed_up(f"try {number}")])
        await journal.append_track([sample(number)])
    for suffix in ("", "-wal", ".head"):
        shutil.copy(beside(live, suffix), beside(path, suffix))
    await journal.close()
    return beside(path, "-wal").read_bytes()


def test_a_log_left_by_a_kill_is_intact(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = asyncio.run(leave_a_log(path, events=20))
    assert torn_end(log) == ""
    report = verify_file(path)
    assert (report.finding, report.count, report.notes) == (Finding.INTACT, 20, ())


@pytest.mark.parametrize("part", [0.0004, 0.25, 0.5, 0.9])
def test_a_log_cut_short_is_torn_not_tampered(tmp_path: Path, part: float) -> None:
    path = tmp_path / "journal.db"
    log = asyncio.run(leave_a_log(path, events=20))
    beside(path, "-wal").write_bytes(log[: int(len(log) * part) | 1])
    report = verify_file(path)
    assert report.finding is Finding.TORN
    assert report.first_bad == report.count + 1
    assert report.count < 20
    assert "write-ahead log" in report.reason


def test_a_log_damaged_within_is_torn_from_there(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = bytearray(asyncio.run(leave_a_log(path, events=20)))
    log[len(log) // 2] ^= 0x10
    beside(path, "-wal").write_bytes(log)
    report = verify_file(path)
    assert report.finding is Finding.TORN
    assert 0 < report.count < 20
    with pytest.raises(Exception, match="lost or cut off"):
        asyncio.run(open_journal(path))


def test_an_unfinished_write_that_nobody_was_told_of_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = asyncio.run(leave_a_log(path, events=20))
    beside(path, "-wal").write_bytes(log + log[32:1000])
    report = verify_file(path)
    assert (report.finding, report.count) == (Finding.INTACT, 20)
    assert any("unfinished" in note for note in report.notes)


def test_a_file_that_may_not_be_looked_at_is_not_called_tampered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "journal.db"
    asyncio.run(leave_a_log(path, events=3))
    beside(path, "-wal").unlink()
    beside(path, "-wal").mkdir()
    assert cli.main(["journal", "verify", str(path)]) == 1
    told = capsys.readouterr()
    assert "TAMPERED" not in told.out
    assert "cannot be opened" in told.err


def test_a_head_file_that_is_damaged_is_said_and_used_no_further(path: Path) -> None:
    beside(path, ".head").write_bytes(b"\xff" * 95)
    report = verify_file(path)
    assert report.finding is Finding.INTACT
    assert any("damaged" in note for note in report.notes)


def test_a_good_journal_says_how_many_and_changes_nothing(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    assert cli.main(["journal", "verify", str(path)]) == 0
    assert f"INTACT: {EVENTS} events" in capsys.readouterr().out
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


@pytest.mark.parametrize("content", [b"", b"hello", b"x" * 10_000])
def test_what_is_no_journal_is_told(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    assert cli.main(["journal", "verify", str(path)]) == 1
    assert cli.main(["journal", "verify", str(tmp_path / "nothing.db")]) == 1
    assert "there is no file" in capsys.readouterr().err
