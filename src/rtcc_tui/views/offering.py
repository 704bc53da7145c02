"""Rows under an open prompt: the aircraft that could be named next, and the entries of the palette."""

from __future__ import annotations

from rtcc_tui.actions import Danger, key_word
from rtcc_tui.palette import ROWS, entries
from rtcc_tui.prompt import Palette
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, left, row


def offer_lines(session: Session, width: int, rows: int, besides: str = "") -> list[Line]:
    """An aircraft on each row: the time overhead, or why it may not go; the last row counts the rest."""
    offered = [each for each in session.prompt.offers if each.name != besides]
    rows = max(0, rows)
    fits = offered if len(offered) <= rows else offered[: max(0, rows - 1)]
    lines = [
        row(
            width,
            (f"   {left(each.name, 6)} {each.words}", Tone.NORMAL if each.is_possible else Tone.QUIET),
        )
        for each in fits
    ]
    if rows and len(fits) < len(offered):
        rest = ", ".join(each.name for each in offered[len(fits) :])
        lines.append(row(width, (f"   and {rest}: name one to see why, or why not", Tone.QUIET)))
    return lines


def palette_lines(session: Session, palette: Palette, width: int) -> list[Line]:
    """A heading and the entries around the mark: what is typed, the key, what it does."""
    found = entries(session, session.prompt.text)
    chosen = max(0, min(palette.row, len(found) - 1))
    top = max(0, min(chosen - ROWS // 2, len(found) - ROWS))
    words = (
        f" {len(found)} possible now {session.glyphs.dot} letters narrow {session.glyphs.dot} Enter types it"
    )
    lines = [row(width, (f"{words} {session.glyphs.dot} Esc closes", Tone.STRONG))]
    for place, action in enumerate(found[top : top + ROWS], top):
        mark = session.glyphs.selected if place == chosen else " "
        flies = "!" if action.danger is Danger.FLIES else " "
        key = left("/".join(key_word(key) for key in action.keys), 9)
        text = f"{mark}{flies}{left(action.verb, 11)} {key} {action.help}"
        lines.append(row(width, (text, Tone.SELECTED if place == chosen else Tone.NORMAL)))
    if not found:
        lines.append(row(width, ("   nothing that is possible now fits those letters", Tone.WARN)))
    return lines + [row(width, ("", Tone.NORMAL))] * (ROWS + 1 - len(lines))
