"""What the scrolling screens are written on: a heading, sections, rows and wrapped remarks."""

from __future__ import annotations

from rich.cells import cell_len

from rtcc_tui.spans import Line, Span, Tone, left, row, wrap

BACK = "  Esc goes back"

INDENT = 3


def heading(text: str, width: int) -> Line:
    """The first line of a page, with the way back at a place of its own."""
    room = max(0, width - len(BACK))
    return row(width, (left(f" {text}", min(room, max(43, cell_len(text) + 2))) + BACK, Tone.QUIET))


def section(text: str, width: int, glyph: str) -> Line:
    """A line that begins another part: words, then a rule to the right edge."""
    head = f" {text} "
    return row(width, (head + glyph * max(0, width - cell_len(head)), Tone.QUIET))


def said(text: str, width: int, tone: Tone = Tone.NORMAL, indent: int = INDENT) -> list[Line]:
    """A text on as many rows as it needs; the later ones stand further in."""
    rows: list[Line] = []
    for index, part in enumerate(wrap(text, max(8, width - indent - 3))):
        rows.append(row(width, (" " * (indent if index == 0 else indent + 2) + part, tone)))
    return rows


def entry(label: str, text: str, width: int, tone: Tone = Tone.NORMAL, label_w: int = 10) -> list[Line]:
    """A name, and what stands behind it on as many rows as it needs."""
    rows: list[Line] = []
    for index, part in enumerate(wrap(text, max(8, width - label_w - 3)) or [""]):
        name: Span = (f" {left(label if index == 0 else '', label_w)} ", Tone.QUIET)
        rows.append(row(width, name, (part, tone), ("", Tone.NORMAL)))
    return rows
