"""What a console may ask to know, and who answers: nothing here is stored and nothing moves.

One entry for each kind of question. An answer that takes long is worked out beside the loop, so that a
console that asks much keeps nobody else waiting.
"""

from __future__ import annotations

from collections.abc import Callable

from rtcc_core.domain.gazetteer import Gazetteer
from rtcc_core.domain.people import Person
from rtcc_core.domain.streets import Lookup
from rtcc_core.ports import Maps
from rtcc_core.wire.console import GetMap, Locate, Located, MapSheet, Query, Reply

_NO_STREETS = Gazetteer()


class ConsoleQueries:
    """Answers the questions of consoles."""

    def __init__(
        self, *, locate: Callable[[str], Lookup] = _NO_STREETS.locate, maps: Maps | None = None
    ) -> None:
        self._locate = locate
        self._maps = maps

    async def answer(self, asked: Query, person: Person) -> Reply:
        """The reply to one question of `person`; carries its `query_id`. Never raises."""
        match asked:
            case Locate():
                return self._located(asked)
            case GetMap():
                sheet, trouble = await self._maps.sheet() if self._maps else (b"", "")
                return MapSheet(query_id=asked.query_id, sheet=sheet, trouble=trouble)

    def _located(self, asked: Locate) -> Located:
        found = self._locate(asked.text)
        return Located(query_id=asked.query_id, matches=found.matches, more=found.more, trouble=found.trouble)
