"""What a console may ask to know, and who answers: nothing here is stored and nothing moves.

One entry for each kind of question. An answer that takes long is worked out beside the loop, so that a
console that asks much keeps nobody else waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from rtcc_core.adapters.drill_file import read_note
from rtcc_core.domain.drill_note import for_role
from rtcc_core.domain.gazetteer import Gazetteer
from rtcc_core.domain.people import Person
from rtcc_core.domain.streets import Lookup
from rtcc_core.ports import Maps, Past
from rtcc_core.wire.console import (
    AskDrill,
    DrillTold,
    GetMap,
    JournalFound,
    Locate,
    Located,
    LookBack,
    LookedBack,
    MapSheet,
    Question,
    ReadBack,
    ReadOn,
    Reply,
    SearchJournal,
)

_NO_STREETS = Gazetteer()

READERS_MAX = 2
"""Consoles whose questions about the journal are worked at at once; the others wait their turn."""

NO_JOURNAL = "this core keeps no journal that could be read"


class ConsoleQueries:
    """Answers the questions of consoles."""

    def __init__(
        self,
        *,
        locate: Callable[[str], Lookup] = _NO_STREETS.locate,
        maps: Maps | None = None,
        past: Past | None = None,
        drill_note: Path | None = None,
    ) -> None:
        self._locate = locate
        self._maps = maps
        self._past = past
        self._drill_note = drill_note
        self._readers = asyncio.Semaphore(READERS_MAX)

    async def answer(self, asked: Question, person: Person) -> Reply:
        """The reply to one question of `person`; carries its `query_id`. Never raises."""
        match asked:
            case Locate():
                return self._located(asked)
            case GetMap():
                sheet, trouble = await self._maps.sheet() if self._maps else (b"", "")
                return MapSheet(query_id=asked.query_id, sheet=sheet, trouble=trouble)
            case AskDrill():
                return await self._drill(asked, person)
            case SearchJournal() | LookBack() | ReadOn():
                # Who may see calls may see what became of them: everybody on the roster (people.RIGHTS).
                async with self._readers:
                    return await asyncio.to_thread(self._of_the_past, asked)

    async def _drill(self, asked: AskDrill, person: Person) -> DrillTold:
        note, trouble = await asyncio.to_thread(read_note, self._drill_note)
        seen = for_role(note, person.role) if note is not None else None
        return DrillTold(query_id=asked.query_id, note=seen, trouble=trouble)

    def _of_the_past(self, asked: SearchJournal | LookBack | ReadOn) -> JournalFound | LookedBack | ReadBack:
        match asked:
            case SearchJournal(query_id=query_id):
                if self._past is None:
                    return JournalFound(query_id=query_id, trouble=NO_JOURNAL)
                return self._past.search(asked)
            case LookBack(query_id=query_id):
                if self._past is None:
                    return LookedBack(query_id=query_id, trouble=NO_JOURNAL)
                return self._past.look_back(asked)
            case ReadOn(query_id=query_id):
                if self._past is None:
                    return ReadBack(query_id=query_id, trouble=NO_JOURNAL)
                return self._past.read_on(asked)

    def _located(self, asked: Locate) -> Located:
        found = self._locate(asked.text)
        return Located(query_id=asked.query_id, matches=found.matches, more=found.more, trouble=found.trouble)
