"""What a row of the screen is made of: spans of text, each in one tone; no colour, no toolkit.

Views build lines, a pane paints them. A tone says what a text *means*; the theme says how that looks on
this terminal, and every tone that wants a person also has a word or a glyph in the text itself.
"""

from __future__ import annotations

import unicodedata
from enum import Enum, auto
from functools import lru_cache

from rich.cells import cell_len, set_cell_size

_ASCII_FORMS = str.maketrans({"·": "-", "—": "-", "–": "-", "→": ">", "‘": "'", "’": "'", "“": '"', "”": '"'})

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_MARKS_MOST = 2
"""On one letter: as many as any living script needs (`domain.text.clean` keeps as many)."""
_LOOKED_AT = 2_000
"""Characters of one text that a line may need; what is behind them is not looked at."""


class Tone(Enum):
    """What a piece of text means."""

    NORMAL = auto()
    QUIET = auto()
    """Headings, units, what is there but does not want anybody."""
    STRONG = auto()
    WARN = auto()
    ALARM = auto()
    SELECTED = auto()
    DRILL = auto()
    REPLAY = auto()
    """What is shown is the past."""
    CONFIRM = auto()
    NEWS = auto()
    """A call that wants somebody at once and that no row of the screen shows."""
    LATE = auto()
    """What is shown reaches the person late."""
    CURSOR = auto()
    ROAD = auto()
    """A main road of the map: behind everything that is text."""
    STREET = auto()
    """The other lines of the map's ground."""
    WATER = auto()


Span = tuple[str, Tone]
Line = tuple[Span, ...]


def harmless(text: str) -> str:
    """`text` without what a terminal obeys, what turns a line round, and heaps of marks on one letter; in as
    many cells as before.

    The core cleans what comes from outside; this is for what a core did not clean.
    """
    return text if text.isascii() and text.isprintable() else _harmless(text[:_LOOKED_AT])


@lru_cache(maxsize=2048)
def _harmless(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category in _MARKS else 0
        if category not in _OBEYED and marks <= _MARKS_MOST:
            kept.append(char)
    harmless_text = "".join(kept)
    return text if harmless_text == text else set_cell_size(harmless_text, cell_len(text))


def _bounded(text: str) -> str:
    """A text so long that measuring it takes its time is first made harmless."""
    return text if len(text) <= _LOOKED_AT // 4 else harmless(text)


def cut(text: str, width: int) -> str:
    """At most `width` cells of `text`; a cut is marked with two dots, which every terminal has."""
    if width <= 0:
        return ""
    text = _bounded(text)
    if cell_len(text) <= width:
        return text
    if width <= 3:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 2).rstrip() + ".."


def left(text: str, width: int) -> str:
    """`text` in exactly `width` cells, at the left."""
    return set_cell_size(cut(text, width), max(0, width))


def right(text: str, width: int) -> str:
    """`text` in exactly `width` cells, at the right: for numbers."""
    shown = cut(text, width)
    return " " * max(0, width - cell_len(shown)) + shown


def row(width: int, *spans: Span) -> Line:
    """One line of exactly `width` cells; neighbours of one tone become one span (fewer bytes on the wire)."""
    merged: list[Span] = []
    room = width
    last = Tone.NORMAL
    for text, tone in spans:
        if room <= 0:
            break
        shown = cut(harmless(text), room)
        room -= cell_len(shown)
        last = tone
        if merged and merged[-1][1] is tone:
            merged[-1] = (merged[-1][0] + shown, tone)
        elif shown:
            merged.append((shown, tone))
    if room > 0:
        fill = Tone.NORMAL if last in (Tone.CURSOR,) else last
        if merged and merged[-1][1] is fill:
            merged[-1] = (merged[-1][0] + " " * room, fill)
        else:
            merged.append((" " * room, fill))
    return tuple(merged)


def short_id(text: str, width: int) -> str:
    """A name in at most `width` cells; of one that is longer the end is kept: there two names differ."""
    text = _bounded(text)
    if cell_len(text) <= width:
        return text
    kept = text
    while kept and cell_len(kept) > max(0, width - 2):
        kept = kept[1:]
    return (".." + kept)[: max(0, width)] if width > 2 else set_cell_size(kept, max(0, width))


def plain(line: Line) -> str:
    """The text of a line without its tones."""
    return "".join(text for text, _ in line)


def wrap(text: str, width: int) -> list[str]:
    """`text` broken at spaces into rows of at most `width` cells; a longer word is broken hard."""
    if width <= 0:
        return []
    rows: list[str] = []
    current = ""
    for word in map(_bounded, text.split()):
        joined = f"{current} {word}" if current else word
        if cell_len(joined) <= width:
            current = joined
            continue
        if current:
            rows.append(current)
        while cell_len(word) > width:
            head = set_cell_size(word, width).rstrip() or word[:1]
            rows.append(head)
            word = word[len(head) :]
        current = word
    if current:
        rows.append(current)
    return rows


def to_ascii(text: str) -> str:
    """`text` for a terminal without UTF-8: accents dropped, what has no ASCII form a question mark."""
    bare = unicodedata.normalize("NFKD", text.translate(_ASCII_FORMS))
    kept = (char for char in bare if unicodedata.category(char) != "Mn")
    return "".join(char if char.isascii() else "?" for char in kept)
