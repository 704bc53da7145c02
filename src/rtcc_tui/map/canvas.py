"""The cells of one map: a character and a tone each, and the lines of the screen they become."""

from __future__ import annotations

import itertools
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rtcc_tui.map.drawing import Drawing
from rtcc_tui.map.ink import LOOKS, Ink
from rtcc_tui.map.labels import FILLER, Word, spread
from rtcc_tui.map.raster import NOTHING, Bytes, Cells
from rtcc_tui.spans import Line, Span, Tone

Codes = NDArray[np.uint32]

_TONES = (Tone.NORMAL, *(tone for tone in Tone if tone is not Tone.NORMAL))
_NUMBER = {tone: number for number, tone in enumerate(_TONES)}
_TONE_OF_INK = np.array(
    [_NUMBER[LOOKS[ink].tone] for ink in Ink] + [0] * (256 - len(Ink)), dtype=np.uint8
)  # NOTHING is the last


class Canvas:
    """Begins with lines; words are written over them."""

    def __init__(self, cells: Cells, drawing: Drawing, over: Cells | None = None) -> None:
        bits, inks = cells.bits, cells.inks
        if over is not None:
            bits, inks = bits | over.bits, np.minimum(inks, over.inks)
        self._codes: Codes = _codes_of(drawing)[bits]
        self._tones: Bytes = _TONE_OF_INK[inks]
        if drawing.is_directed:
            strokes = _strokes()[inks]
            self._codes = np.where((strokes != 0) & (inks != NOTHING), strokes, self._codes)

    def write(self, word: Word) -> None:
        """Put a word that was placed; what would hang over the edge is cut."""
        rows, columns = self._codes.shape
        text = spread(word.text)[: max(0, columns - word.column)]
        if not text or not 0 <= word.row < rows or word.column < 0:
            return
        span = slice(word.column, word.column + len(text))
        self._codes[word.row, span] = [ord(char) for char in text]
        self._tones[word.row, span] = _NUMBER[word.tone]

    def tone(self, column: int, row: int, tone: Tone) -> None:
        """Change how a cell looks, not what stands in it."""
        rows, columns = self._codes.shape
        if 0 <= row < rows and 0 <= column < columns:
            self._tones[row, column] = _NUMBER[tone]

    def lines(self) -> list[Line]:
        """One line for each row; neighbours of one tone are one span."""
        return [self._line(row) for row in range(self._codes.shape[0])]

    def _line(self, row: int) -> Line:
        text = self._codes[row].tobytes().decode("utf-32-le")
        # An empty cell looks alike in every tone: it goes with its neighbour, and saves a change of colour.
        tones = self._tones[row]
        edges = [0, *(np.flatnonzero(np.diff(tones)) + 1).tolist(), len(text)]
        spans: list[Span] = []
        for start, end in itertools.pairwise(edges):
            part, tone = text[start:end], _TONES[int(tones[start])]
            before, last = spans[-1] if spans else ("", tone)
            if spans and part.isspace() and _may_join(last, tone):
                spans[-1] = (before + part, last)
            elif spans and (last is tone or (before.isspace() and _may_join(last, tone))):
                spans[-1] = (before + part, tone)
            else:
                spans.append((part, tone))
        return tuple((part.replace(FILLER, ""), tone) for part, tone in spans)


_WITH_GROUND = frozenset({Tone.ALARM, Tone.SELECTED, Tone.CONFIRM, Tone.CURSOR, Tone.DRILL})
"""Tones that colour the cell itself: an empty cell shows them."""


def _may_join(one: Tone, other: Tone) -> bool:
    """True where an empty stretch may be drawn in the tone of its neighbour."""
    return one not in _WITH_GROUND and other not in _WITH_GROUND


@lru_cache
def _codes_of(drawing: Drawing) -> Codes:
    codes = np.array([ord(char) for char in drawing.characters], dtype=np.uint32)
    return np.resize(codes, 256)


@lru_cache
def _strokes() -> Codes:
    own = [ord(LOOKS[ink].stroke or "\0") for ink in Ink]
    return np.array(own + [0] * (256 - len(own)), dtype=np.uint32)
