"""How old the picture is that the person sees: measured by what the terminal answers, never assumed.

Between this process and the eye lie buffers that nobody can look into (the line, sshd, a terminal that is
slow). A question for the cursor's position travels behind a frame, and is answered when that frame was
drawn. Each question names a row of its own, so that a late answer is not taken for a newer one's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LATE_FROM_S = 1.0
"""A picture older than this is said to be."""

GIVEN_UP_AFTER_S = 3.0
"""No answer for so long: how old the picture is, is not known."""

ASKED_EVERY_S = 1.0
"""One question in this time, while they are answered."""

SILENT_AFTER = 5
"""So many questions in a row without an answer: this terminal does not answer any more (another one was
attached, a recorder sits in between); then it is asked once in a while, and nothing is said."""

SILENT_EVERY_S = 30.0

FIRST_ROW, ROWS = 2, 6
"""Rows that questions name. Never the first: `ESC [ 1 ; 2 R` is also a key (Shift F3)."""


@dataclass(slots=True)
class ScreenAge:
    """One terminal's; times are monotonic seconds."""

    is_measured: bool = False
    """True where the terminal answered such a question when the console began."""
    last_s: float = 0.0
    """What was measured last."""
    _asked: dict[int, float] = field(default_factory=dict)
    """When each row that waits for its answer was drawn and asked for."""
    _newest: int = FIRST_ROW - 1
    _newest_at: float = float("-inf")
    _lost: int = 0
    """Questions in a row that were given up."""

    def to_ask(self, now: float, height: int) -> int | None:
        """The row to ask for behind the frame that was just drawn on so many rows; None: not now."""
        # A row that is not there would be answered as another one.
        if not self.is_measured or height < FIRST_ROW + ROWS or self._waits(now) is not None:
            return None
        every = SILENT_EVERY_S if self._is_silent else ASKED_EVERY_S
        if now - self._newest_at < every:
            return None
        if self._newest in self._asked:
            self._lost += 1
        self._newest = FIRST_ROW + (self._newest + 1 - FIRST_ROW) % ROWS
        self._newest_at = self._asked[self._newest] = now
        return self._newest

    def answered(self, row: int, at: float) -> None:
        """The terminal has drawn everything up to the question for this row."""
        asked_at = self._asked.pop(row, None)
        if asked_at is None:
            return
        self._lost = 0
        self.last_s = max(0.0, at - asked_at)
        # What was asked before it is answered or lost.
        self._asked = {key: when for key, when in self._asked.items() if when > asked_at}

    def words(self, now: float) -> str:
        """`SCREEN 1.4 s behind`; empty while the picture is fresh, or nobody can say."""
        if not self.is_measured or self._is_silent:
            return ""
        waits_since = self._waits(now)
        if waits_since is None and self._newest in self._asked:
            return "SCREEN AGE UNKNOWN"
        behind_s = max(self.last_s, now - waits_since if waits_since is not None else 0.0)
        return f"SCREEN {behind_s:.1f} s behind" if behind_s >= LATE_FROM_S else ""

    @property
    def _is_silent(self) -> bool:
        return self._lost >= SILENT_AFTER

    def _waits(self, now: float) -> float | None:
        """When the question was asked that is still believed to be answered."""
        asked_at = self._asked.get(self._newest)
        return asked_at if asked_at is not None and now - asked_at < GIVEN_UP_AFTER_S else None
