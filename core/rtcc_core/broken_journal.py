"""What stands in for a journal that cannot be opened: it takes nothing and says why.

The core then still shows the sky and still carries hold, return and land (law 1).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import NoReturn

from rtcc_core.domain.events import Draft, Stored
from rtcc_core.ports import JournalUnavailable, Track


class BrokenJournal:
    """`ports.Journal` that refuses everything with the words of what went wrong."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def append(self, drafts: Sequence[Draft]) -> list[Stored]:
        self._refuse()

    async def read(self, after: int = 0) -> AsyncIterator[Stored]:
        nothing: tuple[Stored, ...] = ()
        for stored in nothing:
            yield stored

    async def append_track(self, samples: Sequence[Track]) -> None:
        self._refuse()

    async def seal_track(self, flight_id: str) -> tuple[int, str]:
        self._refuse()

    async def close(self) -> None:
        """Nothing is open."""

    def _refuse(self) -> NoReturn:
        raise JournalUnavailable(self._reason)
