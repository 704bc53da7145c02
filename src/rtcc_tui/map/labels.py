"""Words and signs on a map: what is placed first keeps its cells, what finds no room is left out."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from rich.cells import cell_len

from rtcc_tui.spans import Tone, to_ascii

FILLER = "\0"
"""Stands behind a character that is two cells wide; never sent to a terminal."""


@dataclass(frozen=True, slots=True)
class Word:
    """Text in the cells of one row."""

    column: int
    row: int
    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that stands in one cell, with its name beside it."""

    column: int
    row: int
    glyph: str
    label: str
    tone: Tone
    must_be_named: bool = False
    """Its name may hang two rows away, or be cut, before it is left out."""


@dataclass(slots=True)
class Board:
    """The cells of a map that are taken by signs and words."""

    columns: int
    rows: int
    words: list[Word] = field(default_factory=list)
    _taken: list[bytearray] = field(init=False)

    def __post_init__(self) -> None:
        self._taken = [bytearray(self.columns) for _ in range(self.rows)]

    def is_free(self, column: int, row: int, width: int) -> bool:
        """True where all these cells are on the board and free."""
        if not (0 <= row < self.rows and column >= 0 and column + width <= self.columns):
            return False
        return not any(self._taken[row][column : column + width])

    def take(self, column: int, row: int, width: int = 1) -> None:
        """Keep cells free of everything that comes later; cells beyond the edge are left out."""
        if 0 <= row < self.rows:
            start, end = max(0, column), min(self.columns, column + width)
            self._taken[row][start:end] = b"\1" * max(0, end - start)

    def write(self, column: int, row: int, text: str, tone: Tone) -> bool:
        """Put a text where all of its cells are free; False where they are not."""
        width = cell_len(text)
        if not text or not self.is_free(column, row, width):
            return False
        self.take(column, row, width)
        self.words.append(Word(column, row, text, tone))
        return True

    def put(self, mark: Mark) -> bool:
        """Put a sign and its name; False where something else stands in its cell already."""
        if not self.write(mark.column, mark.row, mark.glyph, mark.tone):
            return mark.must_be_named and self._hang(mark)
        if mark.label:
            places = _beside(mark) + (_further(mark) if mark.must_be_named else [])
            any(self.write(column, row, mark.label, mark.tone) for column, row in places)
        return True

    def _hang(self, mark: Mark) -> bool:
        """Sign and name beside the cell that another sign has: an aircraft over its call."""
        text = f"{mark.glyph}{mark.label}"
        whole = Mark(mark.column, mark.row, "", text, mark.tone)
        places = _beside(whole) + _further(whole)
        return any(self.write(column, row, text, mark.tone) for column, row in places)


def _beside(mark: Mark) -> list[tuple[int, int]]:
    width = cell_len(mark.label)
    return [
        (mark.column + 1, mark.row),
        (mark.column - width, mark.row),
        (mark.column + 1, mark.row - 1),
        (mark.column + 1, mark.row + 1),
        (mark.column - width, mark.row - 1),
        (mark.column - width, mark.row + 1),
    ]


def _further(mark: Mark) -> list[tuple[int, int]]:
    width = cell_len(mark.label)
    return [
        (column, mark.row + down)
        for down in (2, -2, 3, -3)
        for column in (mark.column + 1, mark.column - width, mark.column - width // 2)
    ]


def printable(text: str, *, limit: int, is_ascii: bool) -> str:
    """`text` as a map can hold it: one or two cells a character, no marks that combine, cut with two dots."""
    whole = to_ascii(text) if is_ascii else unicodedata.normalize("NFC", text)
    kept = "".join(char for char in whole if char.isprintable() and cell_len(char) > 0)
    if cell_len(kept) <= limit:
        return kept
    while kept and cell_len(kept) > max(1, limit - 2):
        kept = kept[:-1]
    return kept.rstrip() + ".." if limit > 3 else kept


def spread(text: str) -> str:
    """One character for each cell: a wide one is followed by a filler."""
    if text.isascii():
        return text
    return "".join(char + FILLER * (cell_len(char) - 1) for char in text)
