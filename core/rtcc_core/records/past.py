"""`ports.Past` from the journal's file: what consoles may ask of what has been."""

from __future__ import annotations

from pathlib import Path

from rtcc_core.records.journal_search import JournalSearch
from rtcc_core.records.looking_back import LookingBack
from rtcc_core.wire.console import JournalFound, LookBack, LookedBack, ReadBack, ReadOn, SearchJournal


class JournalPast:
    """Opens nothing until it is asked; every question reads by a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._search = JournalSearch(path)
        self._looking = LookingBack(path)

    def search(self, asked: SearchJournal) -> JournalFound:
        """One page of events, the newest first."""
        return self._search.search(asked)

    def look_back(self, asked: LookBack) -> LookedBack:
        """Everything as it stood at a moment."""
        return self._looking.look_back(asked)

    def read_on(self, asked: ReadOn) -> ReadBack:
        """What happened after it."""
        return self._looking.read_on(asked)
