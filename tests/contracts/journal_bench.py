"""What the journal's tests share: filling one, and tampering with it the way a person with sqlite3 would."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from tests.support import HOME, NOON

from rtcc_core.adapters.journal_schema import EVENT_COLUMNS, INSERT_EVENT, SCHEMA, as_row
from rtcc_core.adapters.journal_verify import Report, verify_file
from rtcc_core.adapters.sqlite_journal import open_journal
from rtcc_core.domain.drone import Telemetry
from rtcc_core.domain.events import AnyEvent, Draft, FeedUp, FlightClosed, FlightOpened
from rtcc_core.ports import Track
from rtcc_core.wire.ledger import Row, row_hash

EVENTS = 12
"""Events of a filled journal: the flight's two, and ten others between them."""

CLOSING = EVENTS
"""Sequence number of the event that seals the flight's track."""


def draft(event: AnyEvent) -> Draft:
    return Draft(at=NOON, operator="core", event=event)


def feed_up(detail: str) -> Draft:
    return draft(FeedUp(feed="COUNTY", detail=detail))


def sample(number: int, flight_id: str = "F1") -> Track:
    telemetry = Telemetry(drone="D1", height_m=float(number))
    return Track(flight_id=flight_id, at=NOON + timedelta(seconds=number), telemetry=telemetry)


async def fill(path: Path) -> None:
    """A flight with a sealed track of 30 samples, one still open, and ten events between."""
    journal = await open_journal(path)
    opened = FlightOpened(flight_id="F1", drone="D1", call_id="1041", target=HOME, gates=())
    await journal.append([draft(opened)])
    for number in range(EVENTS - 2):
        await journal.append([feed_up(f"try {number}")])
    await journal.append_track([sample(number) for number in range(30)])
    await journal.append_track([sample(number, "F2") for number in range(5)])
    samples, digest = await journal.seal_track("F1")
    closed = FlightClosed(flight_id="F1", drone="D1", track_samples=samples, track_sha256=digest)
    await journal.append([draft(closed)])
    await journal.close()


def filled(folder: Path) -> Path:
    """A closed journal, as a shift leaves it."""
    path = folder / "journal.db"
    asyncio.run(fill(path))
    return path


@contextmanager
def tampering(path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody with sqlite3, patient enough to drop the guards and to put them back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        guards = [name for name, sql in SCHEMA.items() if sql.startswith("CREATE TRIGGER")]
        for name in guards:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for name in guards:
            connection.execute(SCHEMA[name])


def row_of(connection: sqlite3.Connection, seq: int) -> Row:
    return as_row(connection.execute(f"SELECT {EVENT_COLUMNS} FROM events WHERE seq = ?", (seq,)).fetchone())


def put(connection: sqlite3.Connection, row: Row, *, with_fresh_hash: bool = False) -> None:
    """Write the row over whatever has its number."""
    whole = row._replace(hash=row_hash(row)) if with_fresh_hash else row
    connection.execute(INSERT_EVENT.replace("INSERT", "INSERT OR REPLACE"), whole)


def without_seal(path: Path) -> Report:
    """Verify from the database alone, as it would travel on a stick."""
    for suffix in (".seal", ".head"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return verify_file(path)
