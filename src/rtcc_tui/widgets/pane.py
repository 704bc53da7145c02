"""A pane: lines in, changed rows out. The only widget of the live screen.

It draws by Textual's line API and asks for a repaint of exactly those rows whose text or tone changed, so a
fleet that ticks costs a few hundred bytes, not a screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from rtcc_tui.spans import Line, Tone
from rtcc_tui.views.arrange import Box


class Pane(Widget, can_focus=False):
    """A rectangle of prepared lines."""

    DEFAULT_CSS = """
    Pane { position: absolute; width: 1; height: 1; background: transparent; }
    """

    def __init__(self, name: str, looks: dict[Tone, Style]) -> None:
        super().__init__(id=name)
        self._looks = looks
        self._lines: tuple[Line, ...] = ()
        self._box: Box | None = None
        self.display = False

    def place(self, box: Box | None) -> None:
        """Stand in `box`, or be hidden; touches the layout only where something changed."""
        if box == self._box:
            return
        self._box = box
        self.display = box is not None
        if box is not None:
            self.styles.offset = (box.x, box.y)
            self.styles.width = box.width
            self.styles.height = box.height

    def show(self, lines: Sequence[Line]) -> int:
        """Show these lines; returns how many rows changed."""
        new, old = tuple(lines), self._lines
        if new == old:
            return 0
        self._lines = new
        rows = max(len(new), len(old))
        changed = [y for y in range(rows) if new[y : y + 1] != old[y : y + 1]]
        width = self._box.width if self._box else self.size.width
        self.refresh(*(Region(0, y, width, 1) for y in changed))
        return len(changed)

    def render_line(self, y: int) -> Strip:
        if y >= len(self._lines):
            return Strip.blank(self.size.width, self._looks[Tone.NORMAL])
        segments = [Segment(text, self._looks[tone]) for text, tone in self._lines[y]]
        return Strip(segments).adjust_cell_length(self.size.width, self._looks[Tone.NORMAL])
