"""Now and then: which of the two a reader of the session sees.

Keys, requests and alarms always read what is live. Only what is drawn or moved about inside `looking_back`
reads the replayed moment, so that no road leads from the past to an aircraft.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rtcc_tui.journal_look import JournalLook
from rtcc_tui.model import ConsoleModel
from rtcc_tui.replaying import Replay


class TwoTimes:
    """The live model, and the past one while a replay is on."""

    def __init__(self) -> None:
        self.live = ConsoleModel()
        """What the core tells now, replay or not."""
        self.replay = Replay()
        self.journal = JournalLook()
        self._past: ConsoleModel | None = None

    @property
    def model(self) -> ConsoleModel:
        """What is shown: the live one, or inside `looking_back` the moment that is replayed."""
        return self._past or self.live

    @model.setter
    def model(self, live: ConsoleModel) -> None:
        self.live = live

    @property
    def is_looking_back(self) -> bool:
        return self._past is not None

    @contextmanager
    def looking_back(self, now: float) -> Iterator[None]:
        """Inside, `model` is the replayed moment; without a replay nothing changes."""
        before, self._past = self._past, self.replay.model(self.live, now)
        try:
            yield
        finally:
            self._past = before
