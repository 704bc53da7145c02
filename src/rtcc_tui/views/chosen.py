"""The chosen call: what people said of it and everything that was done about it, in one order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from rich.cells import cell_len

from rtcc_core.domain.call import Call, CallStatus
from rtcc_core.domain.flight import Flight
from rtcc_tui.model import Change
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, cut, row, wrap
from rtcc_tui.views.about import detail_texts, head_lines, view_texts
from rtcc_tui.views.craft import back_words
from rtcc_tui.views.leaving import relief_story, suggestion_words
from rtcc_tui.views.timeline import flight_steps
from rtcc_tui.words import clock, minutes_seconds, since

_TIME_W = 10

DONE_LEAST = 1
"""Rows that what was done has at least."""

STEPS_SHOWN = 3
"""Of a flight, in a call's story; the flight screen has them all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a call."""

    at: datetime | None
    text: str
    tone: Tone = Tone.NORMAL
    is_said: bool = False
    """In a person's words: the caller's, an officer's, ours. They stay in sight."""


@dataclass(frozen=True, slots=True)
class _Block:
    """The rows of one entry."""

    place: int
    """In the story."""
    is_said: bool
    rows: list[Line]


def chosen_lines(session: Session, now: float, width: int, height: int) -> list[Line]:
    """Title, place, and the newest lines of the story; PgUp shows earlier ones."""
    call = session.call()
    if call is None:
        empty = row(width, (" no call is selected", Tone.QUIET))
        return [empty, *[row(width, ("", Tone.NORMAL))] * max(0, height - 1)][:height]
    lines = [_title(session, call, now, width)]
    # What CAD said last stays in sight, whatever there is to say above it.
    lines += head_lines(session, call, now, width, max(min(2, height - 1), height * 2 // 5))
    room = height - len(lines)
    if room > 0:
        lines += _story_rows(session, call, now, width, room)
    lines += [row(width, ("", Tone.NORMAL))] * (height - len(lines))
    return lines[:height]


def _title(session: Session, call: Call, now: float, width: int) -> Line:
    at = session.model.core_now(now)
    age = since(call.received_at, at) if at else "?"
    rank = f"P{call.report.priority}" if call.report.priority is not None else "P?"
    status = "" if call.is_open else f" {call.report.status.value.upper()}"
    gone = " NOT LISTED BY CAD" if call.missing_since is not None and call.is_open else ""
    ours = " NOT IN CAD YET" if call.is_provisional and call.is_open else ""
    taken = f" {session.glyphs.dot} taken by {session.person(call.taken_by)}" if call.taken_by else ""
    tail = f"  {rank}  age {age} "
    head = f" {call.call_id}  {call.title}{status}{gone}{ours}{taken}"
    head = cut(head, max(0, width - cell_len(tail)))
    pad = " " * max(0, width - cell_len(head) - cell_len(tail))
    tone = Tone.WARN if gone or ours or call.report.status is CallStatus.CANCELLED else Tone.STRONG
    return row(width, (head + pad + tail, tone))


def _story_rows(session: Session, call: Call, now: float, width: int, room: int) -> list[Line]:
    """One order, the newest last; where not all fit, the newest of what was said and of what was done."""
    entries = story(session, call, now)
    blocks = [_Block(place, entry.is_said, _rows(entry, width)) for place, entry in enumerate(entries)]
    rows = _in_their_order(blocks)
    session.scroll_back = max(0, min(session.scroll_back, len(rows) - room))
    if len(rows) <= room:
        return rows
    if session.scroll_back > 0:
        end = len(rows) - session.scroll_back
        shown, before = rows[max(0, end - room) : end], max(0, end - room)
        return [_earlier(session, before + 1, width), *shown[1:]] if before and room > 2 else shown
    free = room - 1 if room > 2 else room
    said, done = [each for each in blocks if each.is_said], [each for each in blocks if not each.is_said]
    kept_said = _newest(said, max(1, free - min(DONE_LEAST, len(done)))) if said else []
    kept_done = _newest(done, free - len(_in_their_order(kept_said)))
    kept = _in_their_order([*kept_said, *kept_done])
    return kept if free == room else [_earlier(session, len(rows) - len(kept), width), *kept]


def _in_their_order(blocks: list[_Block]) -> list[Line]:
    return [line for block in sorted(blocks, key=lambda each: each.place) for line in block.rows]


def _newest(blocks: list[_Block], room: int) -> list[_Block]:
    """The newest entries that fit; of the last one that does not at least its beginning: no row is idle."""
    kept: list[_Block] = []
    for block in reversed(blocks):
        if room <= 0:
            break
        kept.append(replace(block, rows=block.rows[:room]))
        room -= len(block.rows)
    return kept


def _earlier(session: Session, count: int, width: int) -> Line:
    return row(width, (f" {count} earlier lines {session.glyphs.dot} PgUp", Tone.QUIET))


def _rows(entry: Entry, width: int) -> list[Line]:
    stamp = clock(entry.at) if entry.at is not None else ""
    rows: list[Line] = []
    for index, text in enumerate(_wrapped(entry.text, max(8, width - _TIME_W - 2))):
        shown = stamp if index == 0 else ""
        rows.append(row(width, (f" {shown:<{_TIME_W}}", Tone.QUIET), (text, entry.tone)))
    return rows


@lru_cache(maxsize=2048)
def _wrapped(text: str, width: int) -> tuple[str, ...]:
    return tuple(wrap(text, width))


def story(session: Session, call: Call, now: float) -> list[Entry]:
    """What happened, oldest first; a note without a time keeps its place after the one before it."""
    report = call.report
    came = "opened here" if call.is_provisional else f"received from {report.agency or report.feed}"
    entries = [Entry(call.received_at, came)]
    entries += [Entry(None, text, Tone.QUIET) for text in view_texts(call)]
    entries += [Entry(None, f"+ {text}", is_said=True) for text in detail_texts(call)]
    for note in report.notes:
        author = f"{note.author}: " if note.author else ""
        entries.append(Entry(note.at, f"+ {author}{note.text}", is_said=True))
    entries += [Entry(None, f"read with care: {warning}", Tone.WARN) for warning in report.warnings]
    entries += _changes(session, call)
    for note in call.house_notes:
        words = f"{session.person(note.author) or 'console'} wrote: {note.text}"
        entries.append(Entry(note.at, words, Tone.STRONG, is_said=True))
    stands: list[Entry] = []
    for flight in session.model.crews(call.call_id):
        if relief := relief_story(session, flight, now):
            is_planned = session.model.state.reliefs[flight.flight_id].by is not None
            # That nobody can come has no moment: it stands now, below everything that happened.
            (entries if is_planned else stands).append(Entry(None, relief, Tone.QUIET))
    for flight in session.model.state.flights.values():
        if flight.call_id == call.call_id:
            entries.append(_flight(session, flight, now))
    for suggestion in session.model.suggestions():
        if suggestion.call_id == call.call_id:
            words = f"SUGGESTED {suggestion.kind.value}: {suggestion_words(session, suggestion, now)}"
            entries.append(Entry(suggestion.raised_at, words, Tone.WARN))
    if call.missing_since is not None:
        entries.append(Entry(call.missing_since, "no longer listed by CAD: closed or lost there", Tone.WARN))
    return _in_order(entries) + stands


def _flight(session: Session, flight: Flight, now: float) -> Entry:
    """Its newest steps in one line: `D1 climbing 0:12, transit 1:10, on scene`, as of the last of them."""
    at = session.model.core_now(now) or flight.opened_at
    steps = flight_steps(flight, at)
    told = [
        session.shown(step.words)
        + (f" {minutes_seconds(step.lasts_s)}" if step.lasts_s is not None and not step.is_running else "")
        for step in steps[-STEPS_SHOWN:]
    ]
    back = f" ({words})" if (words := back_words(session, flight)) else ""
    return Entry(steps[-1].at, f"{flight.drone} {', '.join(told)}{back}", Tone.STRONG)


def _changes(session: Session, call: Call) -> list[Entry]:
    """What reports changed, and the units that no change has named yet; new notes stand there themselves."""
    kept = session.model.changes.get(call.call_id)
    changes = kept or tuple(Change(call.changed_at, text) for text in call.changes)
    entries = [Entry(each.at, f"~ {each.text}") for each in changes if not each.text.startswith("+ ")]
    told = {each.text for each in changes}
    units = [f"unit {unit.callsign} {unit.status}".rstrip() for unit in call.report.units]
    return entries + [Entry(None, text, Tone.QUIET) for text in units if text not in told]


def _in_order(entries: list[Entry]) -> list[Entry]:
    keyed: list[tuple[datetime, int, Entry]] = []
    last = entries[0].at
    for index, entry in enumerate(entries):
        last = entry.at or last
        if last is not None:
            keyed.append((last, index, entry))
    return [entry for _, _, entry in sorted(keyed, key=lambda item: (item[0], item[1]))]
