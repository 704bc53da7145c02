"""How a drill stands while it runs: judged from the core's own journal, written where the core may read it.

The core is a stranger to the drill's aims. It passes this note on to the consoles that ask, what is still to
go wrong to the trainer's alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from rtcc_core.adapters.journal_file import JournalUnreadable, read_rows
from rtcc_core.domain.drill_note import DrillFault, DrillNote, DrillObjective
from rtcc_core.wire.ledger import LedgerError, decode_row
from rtcc_sitl.objectives import JournalProof, judge
from rtcc_sitl.scenario import Scenario
from rtcc_sitl.scenario_tables import FaultTable
from rtcc_sitl.story import Story
from rtcc_sitl.witness import Witness

WRITTEN_EVERY_S = 2.0
"""Real seconds."""

AT_THE_END = JournalProof(path=None, events=0, verified=False, detail="proved when the drill is over")


class Board:
    """Keeps the note of one drill; `run` until cancelled."""

    def __init__(
        self,
        scenario: Scenario,
        witness: Witness,
        *,
        journal: Path,
        note: Path,
        started_at: datetime,
        speed: float,
        seed: int,
    ) -> None:
        self._scenario = scenario
        self._witness = witness
        self._journal = journal
        self._note = note
        self._started_at = started_at
        self._speed = speed
        self._seed = seed
        self._story = Story()
        self._read = 0
        """Number of the newest event that the story holds."""

    async def run(self) -> None:
        """Write the note again and again; what cannot be read or written now is tried the next time."""
        while True:
            with contextlib.suppress(OSError, sqlite3.Error, JournalUnreadable, LedgerError):
                await asyncio.to_thread(self.write)
            await asyncio.sleep(WRITTEN_EVERY_S)

    def write(self) -> None:
        """Read what is new in the journal, and put the note in place whole. Raises OSError and the like."""
        if self._journal.exists():
            for row in read_rows(self._journal, after=self._read):
                stored = decode_row(row)
                self._story.add(stored)
                self._read = stored.seq
        aside = self._note.with_suffix(".part")
        aside.write_bytes(msgspec.json.encode(self.note(datetime.now(UTC))))
        aside.replace(self._note)

    def note(self, at: datetime) -> DrillNote:
        """How the drill stands at this moment of the machine's clock."""
        scenario, began_at = self._scenario, self._witness.began_at
        judged = [judge(objective, self._story, AT_THE_END) for objective in scenario.objective]
        injected = tuple(
            DrillFault(at=when, drone=drone, words=words) for when, drone, words in self._witness.faults
        )
        written_at = self._started_at + (at - self._started_at) * self._speed
        return DrillNote(
            scenario=scenario.name,
            title=scenario.title,
            story=" ".join(scenario.story.split()),
            written_at=written_at,
            began_at=began_at,
            time_limit_s=scenario.time_limit_s,
            seed=self._seed,
            objectives=tuple(
                DrillObjective(name=each.name, is_met=each.met, detail=each.detail) for each in judged
            ),
            injected=injected,
            to_come=self._to_come(began_at or written_at, None if began_at is None else written_at),
        )

    def _to_come(self, start: datetime, now: datetime | None) -> tuple[DrillFault, ...]:
        struck = Counter((drone, words) for _, drone, words in self._witness.faults)
        found = []
        for table in sorted(self._scenario.fault, key=lambda table: table.at_s):
            at, words = start + timedelta(seconds=table.at_s), " ".join([table.fault, *table.words])
            if table.is_bound:
                is_past = struck[table.drone, words] > 0
                struck[table.drone, words] -= is_past
            else:
                is_past = now is not None and at <= now
            if not is_past:
                found.append(DrillFault(at=at, drone=table.drone, words=words + _bound_words(table)))
        return tuple(found)


def _bound_words(table: FaultTable) -> str:
    """What a fault waits for besides its time."""
    words = "" if table.flying_s is None else f", once it has flown for {table.flying_s:g} s"
    return words if table.after_s is None else f"{words}, {table.after_s:g} s after the one before"
