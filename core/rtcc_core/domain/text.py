"""Outside text made safe to show: no control characters, no escape codes, no bidirectional tricks.

Callers, callsigns, plates and CAD notes are hostile (law 8 of the house). `clean` runs once at the
edge; the whole original stays in the journal beside it.
"""

from __future__ import annotations

import unicodedata

LINE_MAX = 200
"""Characters of a one-line field that are kept for the screen."""

NOTE_MAX = 4_000
"""Characters of a free-text note that are kept for the screen; the journal keeps the whole."""

_MAX_MARKS = 2
"""Combining marks kept on one base character: enough for every living script, too few for 'zalgo'."""

_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(text: str, *, limit: int = LINE_MAX) -> str:
    """One printable line of at most `limit` characters.

    Control (C0, C1, DEL), format (bidirectional overrides, zero-width), surrogate, private-use and
    unassigned code points are dropped; any run of white space becomes one space; more than two
    combining marks on one character are dropped. A cut is marked with "…".
    """
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # what nearly every field is: nothing to drop, in a tenth of the time
    kept: list[str] = []
    marks = 0
    # Looking at a bounded slice keeps a 10 MB note from costing more than its screenful.
    for char in text[: limit * 8]:
        category = unicodedata.category(char)
        if char.isspace():
            if kept and kept[-1] != " ":
                kept.append(" ")
            marks = 0
        elif category in _DROPPED_CATEGORIES:
            continue
        elif category in ("Mn", "Me"):
            marks += 1
            if marks <= _MAX_MARKS and kept:
                kept.append(char)
        else:
            kept.append(char)
            marks = 0
        if len(kept) > limit:
            break
    line = "".join(kept).strip()
    if len(line) > limit or len(text) > limit * 8:
        return line[: max(0, limit - 1)].rstrip() + "…"
    return line
