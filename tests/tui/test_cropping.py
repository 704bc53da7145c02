"""What is sent of a row in which a few cells changed; when Textual changes this fails, read driver.py."""

from __future__ import annotations

import re
from typing import Any

from rich.console import Console
from rich.segment import Segment
from textual import _compositor
from textual.strip import Strip

from rtcc_tui.driver import CroppedUpdate


def sent(spans: list[tuple[int, int, int]], rows: list[list[str]]) -> list[tuple[int, int, str]]:
    """Column, row and text of everything that a repaint of these spans writes, of widgets side by side."""
    chops: Any = []
    ends: list[list[int]] = []
    for row in rows:
        starts = [sum(len(text) for text in row[:number]) for number in range(len(row))]
        chops.append({x: Strip([Segment(text)]) for x, text in zip(starts, row, strict=True)})
        ends.append([x + len(text) for x, text in zip(starts, row, strict=True)])
    written = CroppedUpdate(chops, spans, ends).render_segments(Console())
    found = re.findall(r"\x1b\[(\d+);(\d+)H([^\x1b]*)", written)
    return [(int(column) - 1, int(line) - 1, text) for line, column, text in found]


def test_only_the_changed_cells_are_sent() -> None:
    rows = [["abcdefgh", "ijkl"], ["ABCDEFGH", "IJKL"]]
    assert sent([(0, 3, 5), (1, 6, 10)], rows) == [(3, 0, "de"), (6, 1, "GH"), (8, 1, "IJ")]
    assert sent([(0, 0, 12)], rows) == [(0, 0, "abcdefgh"), (8, 0, "ijkl")]


def test_half_of_a_wide_character_is_never_sent() -> None:
    chops: Any = [{0: Strip([Segment("a好b")])}]
    written = CroppedUpdate(chops, [(0, 2, 4)], [[4]]).render_segments(Console())
    assert "好" not in written
    assert written.endswith(" b")


def test_the_compositor_draws_with_it() -> None:
    assert vars(_compositor)["ChopsUpdate"] is CroppedUpdate
