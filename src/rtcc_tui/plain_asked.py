"""What this console has asked for, so that its answer is not said a second time as news."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.wire.console import Answer
from rtcc_tui.grammar_values import Parsed, Understood

KEPT = 200
"""Ids of the newest requests that are remembered."""

SAID: tuple[type[ev.AnyEvent], ...] = (
    ev.AlarmAcknowledged,
    ev.AlarmShelved,
    ev.AlarmUnshelved,
    ev.CallReleased,
    ev.CallTaken,
    ev.CommandRefused,
    ev.NoteAdded,
    ev.OrderAsked,
    ev.ShiftBegan,
    ev.ShiftEnded,
    ev.WeatherObserved,
)
"""Events that the answer to one's own request says in full."""


class Asked:
    """The newest requests of this console."""

    def __init__(self) -> None:
        self._ids: deque[str] = deque(maxlen=KEPT)
        self.answered_seq = 0
        """The newest event of any answer: until it is here, what was asked is not to be seen yet."""

    def left(self, command_ids: Iterable[str]) -> None:
        """These went out."""
        self._ids.extend(command_ids)

    def answered(self, answer: Answer) -> None:
        """The core has decided."""
        self.answered_seq = max(self.answered_seq, answer.seq)

    def says(self, stored: ev.Stored) -> bool:
        """True where the answer has said it, or will."""
        return stored.cause in self._ids and isinstance(stored.event, SAID)


def is_urgent(parsed: Parsed) -> bool:
    """True for a recall: it waits behind no answer."""
    return isinstance(parsed, Understood) and isinstance(
        parsed.command, cmd.HoldDrone | cmd.ReturnDrone | cmd.LandDrone
    )
