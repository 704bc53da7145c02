"""A pane: lines in, changed cells out. The only widget of the live screen.

It draws by Textual's line API and asks for a repaint of exactly those cells whose text or tone changed, so a
fleet that ticks, or an aircraft that moves over a map, costs a few hundred bytes, not a screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from rtcc_tui.spans import Line, Tone
from rtcc_tui.views.arrange import Box

NEAR_CELLS = 6
"""Changes with fewer unchanged cells between them are sent as one: moving the cursor costs as much."""


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

    def look(self, looks: dict[Tone, Style]) -> None:
        """Draw with these from now on."""
        self._looks = looks
        self.refresh()

    def show(self, lines: Sequence[Line]) -> int:
        """Show these lines; returns how many rows changed."""
        new, old = tuple(lines), self._lines
        if new == old:
            return 0
        self._lines = new
        rows = max(len(new), len(old))
        changed = [y for y in range(rows) if new[y : y + 1] != old[y : y + 1]]
        width = self._box.width if self._box else self.size.width
        regions = []
        for y in changed:
            was, is_now = (old[y], new[y]) if y < len(old) and y < len(new) else ((), ())
            regions += [Region(x, y, length, 1) for x, length in changed_cells(was, is_now, width)]
        self.refresh(*regions)
        return len(changed)

    def render_line(self, y: int) -> Strip:
        if y >= len(self._lines):
            return Strip.blank(self.size.width, self._looks[Tone.NORMAL])
        segments = [Segment(text, self._looks[tone]) for text, tone in self._lines[y]]
        return Strip(segments).adjust_cell_length(self.size.width, self._looks[Tone.NORMAL])


def changed_cells(was: Line, is_now: Line, width: int) -> list[tuple[int, int]]:
    """First cell and length of every stretch in which two lines differ; all of it where one is not full."""
    old, new = _cells(was), _cells(is_now)
    if not len(old) == len(new) == width:
        return [(0, width)]
    stretches: list[tuple[int, int]] = []
    for x in (x for x in range(width) if old[x] != new[x]):
        if stretches and x - sum(stretches[-1]) < NEAR_CELLS:
            stretches[-1] = (stretches[-1][0], x + 1 - stretches[-1][0])
        else:
            stretches.append((x, 1))
    return stretches


def _cells(line: Line) -> list[tuple[str, Tone]]:
    """What stands in each cell; a wide character fills each of its cells, marks stand with their letter."""
    cells: list[tuple[str, Tone]] = []
    for text, tone in line:
        for char in text:
            size = 1 if char.isascii() else cell_len(char)
            if size == 0 and cells:
                cells[-1] = (cells[-1][0] + char, tone)
            cells += [(char, tone)] * size
    return cells
