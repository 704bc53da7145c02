"""What stands on a terminal's glass, from the bytes it was sent: fast enough to watch while it is measured.

It knows what Textual writes (absolute cursor moves, colours, text) and takes every character for one cell:
for the bench's own plain texts, not for what a city may send.
"""

from __future__ import annotations

import codecs
import re

_TOKEN = re.compile(
    r"\x1b\[(?P<given>[0-9;]*)(?P<what>[A-Za-z])"
    r"|\x1b\[[?<>=!][0-9;]*\$?[A-Za-z]"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1bP[^\x1b]*\x1b\\"
    r"|\x1b[^\[\]]"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f])"
    r"|(?P<text>[^\x00-\x1f]+)"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;?<>=!$]*|\][^\x07\x1b]*\x1b?|P[^\x1b]*\x1b?)?\Z")


class Glass:
    """A screen of `columns` x `rows`."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns = columns
        self._cells = [[" "] * columns for _ in range(rows)]
        self._x = self._y = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._answers: list[str] = []

    @property
    def lines(self) -> list[str]:
        """Every row, without the blanks at its end."""
        return ["".join(row).rstrip() for row in self._cells]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def feed(self, data: bytes) -> bytes:
        """Take what the program wrote next; returns what a terminal answers to what it asked."""
        text = self._rest + self._decoder.decode(data)
        unfinished = _UNFINISHED.search(text)
        self._rest = text[unfinished.start() :] if unfinished else ""
        for token in _TOKEN.finditer(text, 0, len(text) - len(self._rest)):
            if (written := token["text"]) is not None:
                self._write(written)
            elif (what := token["what"]) is not None:
                self._obey(what, token["given"])
            elif (control := token["control"]) is not None:
                self._control(control)
        answers, self._answers = "".join(self._answers), []
        return answers.encode()

    def _write(self, text: str) -> None:
        if self._y < len(self._cells):
            room = max(0, self._columns - self._x)
            self._cells[self._y][self._x : self._x + len(text[:room])] = text[:room]
        self._x = min(self._columns, self._x + len(text))

    def _obey(self, what: str, given: str) -> None:
        numbers = [int(each) if each else 0 for each in given.split(";")]
        if (what, given) == ("n", "6"):
            self._answers.append(f"\x1b[{self._y + 1};{self._x + 1}R")
        elif (what, given) == ("c", ""):
            self._answers.append("\x1b[?62;22c")
        elif what in "Hf":
            row, column = (*numbers, 0)[:2]
            self._y, self._x = max(1, row) - 1, max(1, column) - 1
        elif what == "J":
            self._cells = [[" "] * self._columns for _ in self._cells]
        elif what == "K" and self._y < len(self._cells):
            self._cells[self._y][self._x :] = [" "] * (self._columns - self._x)

    def _control(self, control: str) -> None:
        if control == "\r":
            self._x = 0
        elif control == "\n" and self._y < len(self._cells) - 1:
            self._y += 1
        elif control == "\n":
            self._cells = [*self._cells[1:], [" "] * self._columns]
