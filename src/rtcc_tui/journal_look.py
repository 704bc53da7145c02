"""The journal screen's own state: what is searched for, the lines that came, and which of them is chosen.

Lines come from the core a page at a time, the oldest at the top here. At the end of the list new events are
fetched as they happen; whoever scrolls up is left where they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from rtcc_core.wire.console import JournalFound, JournalLine, Query, SearchJournal

PAGE_LINES = 200
LINES_MAX = 5_000
"""Lines kept here at most; who wants to see more narrows the search."""

FILL_LINES = 40
"""A search that found fewer goes on into the past by itself, one bounded question after the other."""

NEWS_EVERY_S = 0.5

Ask = Callable[[Callable[[str], Query]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """What is searched for; empty: everything."""

    text: str = ""
    call_id: str = ""
    drone: str = ""
    account: str = ""
    has_everything: bool = False
    """With the house's own notes, too."""

    @property
    def words(self) -> str:
        """`call 1041, D1, "handgun"`; `what happened` where nothing narrows it."""
        parts = (
            f"call {self.call_id}" if self.call_id else "",
            self.drone,
            f"by {self.account}" if self.account else "",
            f'"{self.text}"' if self.text else "",
        )
        words = ", ".join(part for part in parts if part)
        if self.has_everything:
            return f"{words}, housekeeping too" if words else "everything, housekeeping too"
        return words or "what happened"


class JournalLook:
    """What the journal screen shows."""

    def __init__(self) -> None:
        self.only = Only()
        self.lines: list[JournalLine] = []
        """The oldest first."""
        self.has_older = False
        self.looked_to = 1
        self.trouble = ""
        self.chosen: int | None = None
        """Number of the chosen event; None while the newest is followed."""
        self.found_at: datetime | None = None
        self.is_begun = False
        self._waiting: tuple[str, str] = ("", "")
        """Id of the question under way, and whether it is for `newest`, `older` or `newer` lines."""
        self._covered_seq = 0
        """Everything up to this event was searched."""
        self._asked_at = float("-inf")
        self._wants_page = False
        self._is_anew = False
        """Something else is searched for since the question under way was asked: its answer is no use."""
        self._sought_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        return bool(self._waiting[0])

    @property
    def is_following(self) -> bool:
        return self.chosen is None

    def begin(self, only: Only, newest_seq: int, ask: Ask) -> None:
        """Search anew, from the newest event back."""
        self.only, self.lines, self.chosen = only, [], None
        self.has_older, self.looked_to, self.trouble, self.is_begun = False, 1, "", True
        self._covered_seq, self._wants_page = newest_seq, False
        self._is_anew = self.is_waiting  # a key held down: one question after the other, the newest wins
        if not self._is_anew:
            self._ask("newest", ask)

    def older(self, ask: Ask) -> bool:
        """Fetch the page before the first line; False where there is none."""
        if not self.has_older or len(self.lines) >= LINES_MAX:
            return False
        self._wants_page = True
        if not self.is_waiting:
            self._ask("older", ask)
        return True

    def ticked(self, now: float, newest_seq: int, ask: Ask) -> None:
        """While the end of the list is followed: fetch what has happened since."""
        is_due = now - self._asked_at >= NEWS_EVERY_S
        if self.is_begun and newest_seq > self._covered_seq and is_due and not self.is_waiting:
            self._asked_at = now
            after, self._covered_seq = self._covered_seq, newest_seq
            self._ask("newer", ask, after)

    def found(self, told: JournalFound, ask: Ask) -> bool:
        """An answer of the core; False where it is to an older question."""
        waiting_id, what = self._waiting
        if told.query_id != waiting_id:
            return False
        self._waiting = ("", "")
        if self._is_anew:
            self._is_anew = False
            self._ask("newest", ask)
            return True
        self.trouble = told.trouble
        if told.trouble:
            return True
        new = list(reversed(told.lines))
        if what == "newer":
            if told.has_older:  # more came than one answer holds: the list would have a gap
                self.lines, self.chosen = [], None
                self.has_older, self.looked_to = True, told.looked_to
            last = self.lines[-1].seq if self.lines else 0
            self.lines += [line for line in new if line.seq > last]
            self._trim()
            return True
        self.lines = new + self.lines
        self.looked_to, self.has_older = told.looked_to, told.has_older
        self._covered_seq = max(self._covered_seq, self.lines[-1].seq if self.lines else 0)
        is_short = len(self.lines) < FILL_LINES if what == "newest" or not self._wants_page else not new
        if is_short and self.has_older:
            self._ask("older", ask)
        else:
            self._wants_page = False
        return True

    def lost(self) -> None:
        """The core is gone: what was asked is not answered."""
        self._waiting, self._is_anew = ("", ""), False

    def move(self, by: int, ask: Ask) -> None:
        """Choose another line; at the first one older ones are fetched, at the last one it is followed."""
        if not self.lines:
            return
        here = self.index
        to = here + by
        if to < 0:
            self.older(ask)
        if to >= len(self.lines) - 1 and by > 0:
            self.follow()
            return
        self.chosen = self.lines[max(0, min(to, len(self.lines) - 1))].seq

    def seek(self, at: datetime, ask: Ask) -> None:
        """Choose the newest event of a moment that is replayed, each time that moment becomes another."""
        if at == self._sought_at or not self.lines:
            return
        if self.lines[0].at > at and self.has_older and len(self.lines) < LINES_MAX:
            self.older(ask)
            return
        self._sought_at = at
        self.chosen = next((line.seq for line in reversed(self.lines) if line.at <= at), self.lines[0].seq)

    def follow(self) -> None:
        """Back to the newest, and on with it."""
        self.chosen = None
        self._trim()

    @property
    def index(self) -> int:
        """Of the chosen line; -1 without any line."""
        if self.chosen is None:
            return len(self.lines) - 1
        return next((i for i, line in enumerate(self.lines) if line.seq >= self.chosen), len(self.lines) - 1)

    @property
    def line(self) -> JournalLine | None:
        """The chosen one."""
        return self.lines[self.index] if self.lines else None

    def narrowed(self, *, call_id: str | None = None, drone: str | None = None) -> Only:
        """The same search for one call or aircraft; for everything again where it is for that already."""
        only = self.only
        if call_id is not None:
            return replace(only, call_id="" if only.call_id == call_id else call_id)
        if drone is not None:
            return replace(only, drone="" if only.drone == drone else drone)
        return only

    def _trim(self) -> None:
        if self.is_following and len(self.lines) > LINES_MAX:
            cut = len(self.lines) - LINES_MAX
            self.lines = self.lines[cut:]
            self.has_older, self.looked_to = True, self.lines[0].seq

    def _ask(self, what: str, ask: Ask, after_seq: int = 0) -> None:
        only = self.only
        before = self.looked_to if what == "older" else None

        def make(query_id: str) -> Query:
            return SearchJournal(
                query_id=query_id, text=only.text, call_id=only.call_id, drone=only.drone,
                account=only.account, before_seq=before, after_seq=after_seq, limit=PAGE_LINES,
                with_housekeeping=only.has_everything,
            )  # fmt: skip

        self._waiting = (ask(make), what)
