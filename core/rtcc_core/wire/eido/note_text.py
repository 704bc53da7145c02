"""HTML5 notes as plain text.

A note is HTML in the standard and plain text in much of the field, so nothing that a person may have
typed is lost: only real HTML elements count as markup, `<male subject>` stays as it stands. Not done
with the standard library's `html.parser`: on Python 3.11 it takes 8 s over 30 kB of `<a ` and fails an
assertion on `<![<`, and a caller can say both. Every step here looks at each character once.
"""

from __future__ import annotations

import html
import re
from typing import Final

from rtcc_core.domain.text import NOTE_MAX, clean

_MAX_SOURCE: Final = NOTE_MAX * 8
"""Characters of a note's source that are looked at; the journal keeps the whole."""

_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span "
    "strike strong sub sup time tt u var wbr"
)
_BLOCK_NAMES = (
    "address article aside audio blockquote body br button caption center col colgroup dd details dialog div "
    "dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe img input "
    "legend li link main meta nav object ol option p pre script section select style summary table tbody td "
    "textarea tfoot th thead title tr ul video"
)
_INLINE: Final = frozenset(_INLINE_NAMES.split())
_BLOCK: Final = frozenset(_BLOCK_NAMES.split())
_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,12})(?:\s[^<>]*|/)?>")
_DOCTYPE: Final = re.compile(r"<!doctype\b[^<>]*>", re.IGNORECASE)


def note_text(source: str) -> str:
    """One cleaned line of at most NOTE_MAX characters; a cut is marked with "…"."""
    head = source[:_MAX_SOURCE]
    if "<" in head:
        head = _TAG.sub(_without_markup, _DOCTYPE.sub(" ", _without_comments(head)))
    if "&" in head:
        head = html.unescape(head)
    line = clean(head, limit=NOTE_MAX)
    if len(source) > _MAX_SOURCE and not line.endswith("…"):
        return clean(line, limit=NOTE_MAX - 1) + "…"
    return line


def _without_markup(tag: re.Match[str]) -> str:
    name = tag[1].lower()
    if name in _BLOCK:
        return " "
    return "" if name in _INLINE else tag[0]


def _without_comments(text: str) -> str:
    """Closed comments go; one that is never closed is text, so that it cannot hide the rest of a note."""
    first, *rest = text.split("<!--")
    kept = [first]
    for part in rest:
        _, closed, after = part.partition("-->")
        kept.append(after if closed else f"<!--{part}")
    return "".join(kept)
