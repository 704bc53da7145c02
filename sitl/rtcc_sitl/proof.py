"""A drill's journal read from its file: the events, and whether the chain proves that nothing was touched."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from rtcc_core.adapters.journal_file import JournalUnreadable, read_rows
from rtcc_core.adapters.journal_verify import Finding, verify_file
from rtcc_core.domain.events import ConsoleJoined, Stored
from rtcc_core.wire.ledger import LedgerError, decode_row
from rtcc_sitl.objectives import JournalProof


def read_and_verify(path: Path, *, is_kept: bool) -> tuple[list[Stored], JournalProof]:
    """Every event that can be read, and the proof. Never raises: what is wrong stands in the proof."""
    shown = str(path) if is_kept else None
    if not path.exists():
        return [], JournalProof(path=shown, events=0, verified=False, detail="there is no journal")
    events: list[Stored] = []
    try:
        found = verify_file(path)
        events.extend(decode_row(row) for row in read_rows(path))
    except (OSError, sqlite3.Error, JournalUnreadable, LedgerError) as error:
        return events, JournalProof(path=shown, events=len(events), verified=False, detail=str(error))
    is_intact = found.finding is Finding.INTACT
    where = f" at event {found.first_bad}" if found.first_bad else ""
    detail = "" if is_intact else f"{found.finding.value}{where}: {found.reason}"
    return events, JournalProof(path=shown, events=found.count, verified=is_intact, detail=detail)


def has_console(path: Path) -> bool:
    """True once the journal says that a console has joined; also while a core is writing it."""
    if not path.exists():
        return False
    try:
        return any(row.kind == ConsoleJoined.__name__ for row in read_rows(path))
    except (OSError, sqlite3.Error, JournalUnreadable):
        return False
