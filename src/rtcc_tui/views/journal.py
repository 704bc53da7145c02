"""The journal screen: events in words, the newest at the bottom, the chosen one whole below the list."""

from __future__ import annotations

import re
from datetime import datetime

from rtcc_core.wire.console import JournalLine
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, cut, left, right, row, wrap
from rtcc_tui.words import clock

WHOLE_ROWS = 3
"""Rows at the bottom for the whole of the chosen event."""

WIDE_FROM = 120
"""From here on the kind of an event has a column of its own."""

_LOUD = re.compile(r"Refused|Unknown|Lost|Downed|Unavailable|Overdue|Bingo|Breached|Gap")
"""Kinds that want to be found when an eye runs down the list."""


def journal_lines(session: Session, now: float, width: int, height: int) -> list[Line]:
    """A heading, the list, and the chosen event; exactly `height` lines."""
    look = session.journal
    whole = WHOLE_ROWS if height >= 10 else 0
    room = max(0, height - 1 - (whole + 1 if whole else 0))
    lines = [_heading(session, width)]
    rows = _rows(session, now, width, room)
    lines += [row(width, ("", Tone.NORMAL))] * max(0, room - len(rows)) + rows
    if whole:
        lines.append(row(width, (session.glyphs.horizontal * width, Tone.QUIET)))
        lines += _whole(session, look.line, width, whole)
    return lines[:height]


def _heading(session: Session, width: int) -> Line:
    look, dot = session.journal, session.glyphs.dot
    state = "following" if look.is_following else "G to the newest"
    if look.is_waiting and not look.is_following:
        state = "asking the core"
    keys: tuple[str, ...] = ("/ search", "f call", "d aircraft", "Enter replays", "Esc back")
    if width < WIDE_FROM:
        keys = ("/ search", "f call", "d craft", "Enter replays")
    tail = "".join(f" {dot} {each}" for each in (state, *keys))
    head = f" JOURNAL {look.only.words}"
    return row(width, (cut(head, max(20, width - len(tail))), Tone.STRONG), (tail, Tone.QUIET))


def _rows(session: Session, now: float, width: int, room: int) -> list[Line]:
    look = session.journal
    if look.trouble:
        return [row(width, (f" {text}", Tone.ALARM)) for text in wrap(look.trouble, width - 2)][:room]
    older = [_older(session, width)]
    last = look.index
    # The chosen line stays a third above the end where there is something behind it.
    below = 0 if look.is_following else min(room // 3, len(look.lines) - 1 - last)
    end = last + 1 + below
    start = max(0, end - room)
    if start == 0:
        shown, end = look.lines[: max(0, room - 1)], min(len(look.lines), room - 1)
    else:
        shown, older = look.lines[start:end], []
    at = session.live.core_now(now)
    is_dated = any(at is None or line.at.date() != at.date() for line in shown)
    chosen = look.line.seq if look.line else None
    return [*older, *(_row(session, line, width, is_dated, line.seq == chosen) for line in shown)][:room]


def _older(session: Session, width: int) -> Line:
    look = session.journal
    if look.is_waiting:
        far = f", back to #{look.looked_to}" if look.lines or look.looked_to > 1 else ""
        return row(width, (f" the core searches its journal{far}", Tone.QUIET))
    if look.has_older:
        return row(
            width, (f" {session.glyphs.dot} PgUp fetches what is older than #{look.looked_to}", Tone.QUIET)
        )
    words = " nothing like that in the journal" if not look.lines else " the journal begins here"
    return row(width, (words, Tone.QUIET))


def _row(session: Session, line: JournalLine, width: int, is_dated: bool, is_chosen: bool) -> Line:
    mark = session.glyphs.selected if is_chosen else " "
    when = f"{line.at:%m-%d} {clock(line.at)}" if is_dated else clock(line.at)
    who = session.person(line.operator)
    head = f"{mark}{when} {right(f'#{line.seq}', 7)} {left(who, 10)} "
    told = told_words(session, line)
    if width >= WIDE_FROM:
        told = f"{left(kind_words(line.kind), 22)} {told}"
    if is_chosen and not session.journal.is_following:
        return row(width, (f"{head}{told}", Tone.SELECTED))
    tone = Tone.ALARM if line.is_damaged else Tone.WARN if _LOUD.search(line.kind) else Tone.NORMAL
    return row(width, (head, Tone.QUIET), (told, tone))


def _whole(session: Session, line: JournalLine | None, width: int, rows: int) -> list[Line]:
    texts = wrap(whole_words(session, line), width - 2) if line is not None else []
    if len(texts) > rows:
        texts = [*texts[: rows - 1], cut(" ".join(texts[rows - 1 :]), width - 2)]
    lines = [row(width, (f" {text}", Tone.NORMAL)) for text in texts]
    return lines + [row(width, ("", Tone.NORMAL))] * (rows - len(lines))


def whole_words(session: Session, line: JournalLine) -> str:
    """`#12 2026-03-01 12:00:00Z flight opened by K. OYAMA: …`, with the figures and ids."""
    by = session.person(line.operator)
    return f"#{line.seq} {line.at:%Y-%m-%d} {clock(line.at)} {kind_words(line.kind)} by {by}: {line.words}"


def told_words(session: Session, line: JournalLine) -> str:
    """`D3 on scene for 1043`; what no words were made for with its kind."""
    if not line.told or line.is_damaged:
        return f"{kind_words(line.kind)}: {line.words}"
    flight = session.live.state.flights.get(line.flight_id)
    # One that was diverted flew for another call once; which, only the event's neighbours tell.
    is_known = flight is not None and not flight.left and flight.call_id not in line.told
    return f"{line.told} for {flight.call_id}" if flight is not None and is_known else line.told


def kind_words(kind: str) -> str:
    """`flight opened` for `FlightOpened`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind).lower()


def journal_texts(session: Session, lines: list[JournalLine], now: datetime | None) -> list[str]:
    """The same for the line mode: one line for each, its date where it is not of today."""
    texts: list[str] = []
    for line in lines:
        date = "" if now is not None and line.at.date() == now.date() else f"{line.at:%Y-%m-%d} "
        by = session.person(line.operator)
        texts.append(f"{date}{clock(line.at)} number {line.seq}, {by}, {told_words(session, line)}")
    return texts
