"""Calls that came, or became urgent, while the screen did not show them.

What counts as seen is what the terminal has drawn, so a call that no row shows (another screen, a page, a
filter, a list that is scrolled, a lock, a replay) is said until it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rtcc_core.domain.call import Call
from rtcc_tui.model import ConsoleModel

URGENT = 2
"""Of this priority, or a higher one, a call is said until it was drawn, or somebody has it."""

STANDS_S = 60.0
"""What is less urgent, or what somebody has, is said for so long (real seconds)."""

BELL_AFTER_S = 0.5
"""A priority 1 that no screen has shown by then rings, once (real seconds)."""

_LAST = 9
"""Behind every priority: a call without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One call that is news."""

    call_id: str
    at: float
    """When this console heard of it (real seconds)."""
    is_raised: bool = False
    """It was there before, and less urgent."""


class Arrivals:
    """What one console has to say of new calls."""

    on_screen: frozenset[str] = frozenset()
    """Those that the screen which was laid out last shows, or is about to count as shown."""
    unseen: tuple[Arrival, ...] = ()
    """Those that it does not show, the most urgent first."""

    def __init__(self) -> None:
        self._ranks: dict[str, int] | None = None
        """Of every open call its priority; None before the first word of a core."""
        self._calls: Mapping[str, Call] | None = None
        self._new: dict[str, Arrival] = {}
        self._to_ring: dict[str, float] = {}
        self._own: set[str] = set()

    def look(self, calls: Mapping[str, Call], now: float) -> None:
        """Hold the calls against those that were known: what is new, or more urgent than it was, is news."""
        if calls is self._calls:
            return
        known, self._calls = self._ranks, calls
        self._ranks = {call.call_id: rank(call) for call in calls.values() if call.is_open}
        if known is None:
            return
        for call_id, priority in self._ranks.items():
            before = 0 if call_id in self._own else known.get(call_id)
            is_raised = before is not None and priority < before and priority <= URGENT
            if before is None or is_raised:
                self._new[call_id] = Arrival(call_id=call_id, at=now, is_raised=is_raised)
                if priority == 1:
                    self._to_ring[call_id] = now
        for call_id in [each for each in self._new if each not in self._ranks]:
            self.drop([call_id])

    def own(self, call_id: str) -> None:
        """This person has opened it: it is no news to them."""
        self._own.add(call_id)

    def drop(self, call_ids: Iterable[str]) -> None:
        """These are no news any more: they were drawn, or are over."""
        for call_id in call_ids:
            self._new.pop(call_id, None)
            self._to_ring.pop(call_id, None)

    def laid_out(self, model: ConsoleModel, now: float, shown: Iterable[str] | None) -> bool:
        """Say which calls a screen shows (None: it has no list of calls); True where a line is needed."""
        waiting = self._waiting(model, now)
        if shown is None:
            self.on_screen, self.unseen = frozenset(), tuple(waiting)
            return bool(waiting)
        rows = frozenset(shown)
        # The list is sorted by urgency: of what is not urgent its count beside the list is enough.
        seen = {each.call_id for each in waiting if each.call_id in rows or not self._is_urgent(each)}
        self.on_screen = frozenset(seen)
        self.unseen = tuple(each for each in waiting if each.call_id not in seen)
        return bool(self.unseen)

    def bell_due(self, now: float) -> bool:
        """True once for a priority 1 that was not drawn in time."""
        due = [call_id for call_id, at in self._to_ring.items() if now - at >= BELL_AFTER_S]
        for call_id in due:
            del self._to_ring[call_id]
        return bool(due)

    def _waiting(self, model: ConsoleModel, now: float) -> list[Arrival]:
        over = [
            each.call_id
            for each in self._new.values()
            if now - each.at > STANDS_S and (not self._is_urgent(each) or _is_somebodys(model, each.call_id))
        ]
        self.drop(over)
        return sorted(self._new.values(), key=lambda each: (self._rank(each), -each.at, each.call_id))

    def _rank(self, arrival: Arrival) -> int:
        return (self._ranks or {}).get(arrival.call_id, _LAST)

    def _is_urgent(self, arrival: Arrival) -> bool:
        return self._rank(arrival) <= URGENT


def rank(call: Call) -> int:
    """Its priority; without one the last."""
    return call.report.priority if call.report.priority is not None else _LAST


def _is_somebodys(model: ConsoleModel, call_id: str) -> bool:
    call = model.state.calls.get(call_id)
    return call is None or call.taken_by is not None or bool(model.crews(call_id))
