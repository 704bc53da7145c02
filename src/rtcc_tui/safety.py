"""The last door before the terminal: nothing but printable text goes through, whoever wrote it.

The core cleans outside text at its edge; this filter is the second lock, over every segment of every
widget, so that no screen that is added later can forget it (Textual itself does not sanitise text).
"""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from rtcc_tui.spans import harmless, to_ascii


class SafetyFilter(LineFilter):
    """Replaces what a terminal could act on; keeps the width of every segment."""

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__()
        self.ascii_only = ascii_only

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [segment if _is_plain(segment.text) else self._replaced(segment) for segment in segments]

    def _replaced(self, segment: Segment) -> Segment:
        text = safe(segment.text, self.ascii_only)
        return segment if text == segment.text else Segment(text, segment.style)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


@lru_cache(maxsize=4096)
def safe(text: str, ascii_only: bool) -> str:
    """`text` without control, format, bidirectional or unassigned characters, in as many cells as before.

    With `ascii_only` accents are dropped and what has no ASCII form becomes `?`: a terminal that does not
    speak UTF-8 shows nonsense otherwise.
    """
    kept = harmless(text)
    return set_cell_size(to_ascii(kept), cell_len(text)) if ascii_only else kept
