"""The fold of the journal at a start: the state, and what stands in events but not in it."""

from __future__ import annotations

from rtcc_core.deciding import AnswerBook
from rtcc_core.domain.events import FlightClosed
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.state import State
from rtcc_core.ports import Journal, JournalUnavailable


class Replay:
    """What a journal says so far; `trouble` is set where it could be read only up to some event."""

    def __init__(self) -> None:
        self.state = State()
        self.answers = AnswerBook()
        self.trouble = ""
        self._sealed: set[str] = set()

    @property
    def sealed(self) -> frozenset[str]:
        """Flights whose tracks are sealed."""
        return frozenset(self._sealed)

    async def follow(self, journal: Journal) -> None:
        """Fold every event; what cannot be read ends the fold and is said in `trouble`."""
        try:
            async for stored in journal.read():
                self.state = evolve(self.state, stored)
                self.answers.remember_stored(stored)
                if isinstance(stored.event, FlightClosed):
                    self._sealed.add(stored.event.flight_id)
        except JournalUnavailable as error:
            self.trouble = str(error)
