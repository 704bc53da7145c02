"""The line under the person's fingers: text, cursor, history and completion. Pure, no toolkit.

Pasted text becomes one clean line and never runs by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rtcc_core.domain.text import clean
from rtcc_tui.completion import Offer

PROMPT_MAX = 500
"""Characters a command line may have; a note longer than this is two notes."""

HISTORY_MAX = 100


@dataclass(slots=True)
class Palette:
    """The list of what is possible: which of its entries the mark stands on."""

    row: int = 0

    def move(self, step: int, count: int) -> None:
        self.row = max(0, min(self.row + step, count - 1))


@dataclass(slots=True)
class Prompt:
    """One editable line."""

    text: str = ""
    cursor: int = 0
    history: list[str] = field(default_factory=list)
    palette: Palette | None = None
    """Open while the line lists what is possible by the letters in it."""
    offers: tuple[Offer, ...] = ()
    """The aircraft that the line could name next, and what that would mean."""
    _recalled: int | None = None
    _draft: str = ""
    _choices: Sequence[str] = ()
    _choice: int = 0

    def set(self, text: str) -> None:
        """Replace the line; the cursor goes to its end."""
        self.text = text[:PROMPT_MAX]
        self.cursor = len(self.text)
        self._choices = ()

    def clear(self) -> None:
        self.set("")
        self._recalled = None

    def insert(self, text: str) -> None:
        """Insert what was typed or pasted, as one line without control characters."""
        room = PROMPT_MAX - len(self.text)
        # `clean` trims; a single typed space has to survive.
        fresh = text if text == " " else _keep_edges(text)
        fresh = fresh[:room]
        self.text = self.text[: self.cursor] + fresh + self.text[self.cursor :]
        self.cursor += len(fresh)
        self._choices = ()

    def remember(self) -> None:
        """Put the line into the history, once."""
        line = self.text.strip()
        if line and (not self.history or self.history[-1] != line):
            self.history.append(line)
            del self.history[:-HISTORY_MAX]
        self._recalled = None

    def recall(self, step: int) -> None:
        """Older (-1) or newer (+1) lines; past the newest comes back what was being typed."""
        if not self.history:
            return
        if self._recalled is None:
            if step > 0:
                return
            self._draft, self._recalled = self.text, len(self.history)
        at = max(0, self._recalled + step)
        if at >= len(self.history):
            self.set(self._draft)
            self._recalled = None
        else:
            self.set(self.history[at])
            self._recalled = at

    def complete(self, choices: Callable[[str], Sequence[str]]) -> None:
        """The next way to go on; again for the one after it."""
        if self._choices and self.text == self._choices[self._choice]:
            self._choice = (self._choice + 1) % len(self._choices)
        else:
            self._choices, self._choice = tuple(choices(self.text)), 0
        if self._choices:
            kept = self._choices
            self.text = kept[self._choice][:PROMPT_MAX]
            self.cursor = len(self.text)

    def edit(self, key: str) -> bool:
        """An editing key; False where it is none."""
        before, after = self.text[: self.cursor], self.text[self.cursor :]
        match key:
            case "backspace" | "ctrl+h":
                before = before[:-1]
            case "delete" | "ctrl+d":
                after = after[1:]
            case "ctrl+u":
                before = ""
            case "ctrl+k":
                after = ""
            case "ctrl+w":
                before = before.rstrip().rpartition(" ")[0]
                before += " " if before else ""
            case "left":
                before, after = before[:-1], before[-1:] + after
            case "right":
                before, after = before + after[:1], after[1:]
            case "home" | "ctrl+a":
                before, after = "", before + after
            case "end" | "ctrl+e":
                before, after = before + after, ""
            case _:
                return False
        self.text, self.cursor = before + after, len(before)
        self._choices = ()
        return True


def _keep_edges(text: str) -> str:
    line = clean(text, limit=PROMPT_MAX)
    if not line:
        return " " if text.isspace() and text else ""
    return (" " if text[:1].isspace() else "") + line + (" " if text[-1:].isspace() else "")
