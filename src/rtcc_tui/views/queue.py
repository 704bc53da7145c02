"""The call queue: most urgent first, then oldest; the selected call keeps its identity and its place."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from rtcc_core.domain.call import Call, CallStatus
from rtcc_tui.covering import left_words
from rtcc_tui.queueing import hidden_calls, shown_calls
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, cut, left, right, row, short_id
from rtcc_tui.words import since

_FIXED = 2 + 3 + 7 + 1
"""Cells of mark, priority, age and the gaps beside the call's number."""

ID_LEAST, ID_MOST = 6, 12
"""Cells of a call's number: as many as the longest that is shown needs."""

TITLE_LEAST = 12
"""Cells of a call's type: as many as the longest that is shown needs, from here on."""

ROOMY = 10
"""Rows from which the queue can spare one for its counts."""

MIN_OWN_LOOK = 3
"""A filter or an order of one's own is said as long as one call fits below it."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Cells of each column that varies."""

    number: int
    title: int
    where: int


def queue_lines(session: Session, now: float, width: int, height: int) -> list[Line]:
    """A heading and as many calls as fit; the selected one always among them."""
    calls = shown_calls(session)
    drone_w = 15 if width >= 56 else 11
    counts = [_counts(session, calls, width)] if _has_counts(session, height) else []
    shown = _shown(session, calls, height)
    columns = _columns(shown, width, drone_w)
    number = left("CALL", columns.number)
    names = (
        f"   P {number} {right('AGE', 6)} {left('TYPE', columns.title)} {left('WHERE', columns.where)} DRONE"
    )
    hidden = len(calls) - len(shown)
    more = (
        (f" +{hidden} more" if drone_w == 15 else f" +{hidden}", Tone.WARN)
        if hidden > 0
        else ("", Tone.QUIET)
    )
    heading = row(width, (names, Tone.QUIET), more)
    if height <= 1:
        return [heading][:height]
    lines = [*counts, heading, *(_row(session, call, now, width, columns) for call in shown)]
    if not calls:
        lines.append(row(width, ("  no calls are waiting", Tone.QUIET)))
    lines += [row(width, ("", Tone.NORMAL))] * (height - len(lines))
    return lines


def shown_rows(session: Session, height: int) -> list[Call]:
    """The calls that stand on the rows of a list so high."""
    return _shown(session, shown_calls(session), height) if height > 1 else []


def _has_counts(session: Session, height: int) -> bool:
    return height >= ROOMY or (bool(session.screens.queue.words) and height > MIN_OWN_LOOK)


def _shown(session: Session, calls: list[Call], height: int) -> list[Call]:
    room = max(0, height - (1 if _has_counts(session, height) else 0) - 1)
    ids = [call.call_id for call in calls]
    chosen = ids.index(session.selected) if session.selected in ids else 0
    top = _top(session, chosen, len(calls), room)
    return calls[top : top + room]


def _columns(shown: list[Call], width: int, drone_w: int) -> _Columns:
    number = max(ID_LEAST, min(ID_MOST, max((cell_len(call.call_id) for call in shown), default=0)))
    flexible = max(10, width - _FIXED - number - 1 - drone_w - 1)
    # No more for the type than the longest needs: the place has the rest.
    longest = max((cell_len(call.title) for call in shown), default=0)
    title = min(flexible * 11 // 20, max(TITLE_LEAST, longest))
    return _Columns(number=number, title=title, where=flexible - title - 1)


def _top(session: Session, chosen: int, count: int, room: int) -> int:
    """First call shown: the selected one stays on its row when calls come in above it."""
    session.anchor = max(0, min(session.anchor, room - 1))
    top = max(0, min(chosen - session.anchor, count - room))
    session.anchor = max(0, min(chosen - top, room - 1))
    return top


def _counts(session: Session, calls: list[Call], width: int) -> Line:
    """What the rows show, and what a filter keeps from them."""
    dot = f" {session.glyphs.dot} "
    is_open = [call for call in calls if call.is_open]
    crewed = session.model.crewed()
    waiting = sum(1 for call in is_open if call.call_id not in crewed)
    parts = [f"CALLS {len(is_open)} open"]
    if len(is_open) < len(calls):
        parts.append(f"{len(calls) - len(is_open)} over")
    parts.append(f"{waiting} without a drone")
    words, hidden = session.screens.queue.words, hidden_calls(session)
    urgent = sum(call.is_open and call.report.priority == 1 for call in hidden)
    if hidden:
        words += f" (hides {len(hidden)}{f', {urgent} of them P1' if urgent else ''})"
    return row(
        width,
        (f" {words.upper()}{dot}" if words else " ", Tone.WARN if words else Tone.QUIET),
        (dot.join(parts), Tone.QUIET),
    )


def _row(session: Session, call: Call, now: float, width: int, columns: _Columns) -> Line:
    is_chosen = call.call_id == session.selected
    at = session.model.core_now(now)
    mark = session.glyphs.selected if is_chosen else " "
    age = since(call.received_at, at) if at else "?"
    number = left(short_id(call.call_id, columns.number), columns.number)
    text = (
        f"{mark} {priority(session, call):>2} {number} {right(age, 6)} "
        f"{left(call.title, columns.title)} {left(where(call), columns.where)} "
    )
    state, tone = drone_state(session, call)
    if is_chosen:
        return row(width, (text + state, Tone.SELECTED))
    base = Tone.NORMAL if call.is_open else Tone.QUIET
    if call.report.priority == 1 and not session.model.crews(call.call_id) and call.is_open:
        base = Tone.STRONG
    return row(width, (text, base), (cut(state, 15), tone if tone is not Tone.NORMAL else base))


def priority(session: Session, call: Call) -> str:
    """`1!`, `3`, or `?` where the feed gave none; an agency's own word for it where that is as short."""
    number = call.report.priority
    if number is None:
        return "?"
    word = session.model.programme.renames.status.get(f"priority_{number}", str(number))
    return f"{word}{'!' if number == 1 else ' '}"[:2]


def where(call: Call) -> str:
    """The address; one without a usable position, a doubtful one, or only near it (`~`) says so first."""
    place = call.place
    if place.position is None:
        return f"NO POSITION {call.address}".rstrip()
    if place.needs_confirmation:
        return f"CONFIRM? {call.address or place.position}"
    near = "~" if call.is_only_near else ""
    return f"{near}{call.address}" if call.address else str(place.position)


def drone_state(session: Session, call: Call) -> tuple[str, Tone]:
    """Which aircraft is on the call, in the phase that is stored; else what keeps it from needing one."""
    crews = session.model.crews(call.call_id)
    if crews:
        first = crews[0]
        more = f" +{len(crews) - 1}" if len(crews) > 1 else ""
        return f"{first.drone} {session.shown(first.phase)}{more}", Tone.NORMAL
    if call.merged_into is not None and not call.is_open:
        return f"is {call.merged_into}", Tone.WARN
    if call.report.status is not CallStatus.ACTIVE:
        return call.report.status.value.upper(), Tone.QUIET
    if call.missing_since is not None:
        return "NOT LISTED", Tone.WARN
    left_by = left_words(session, call)
    if call.taken_by is not None and not left_by:
        return f"taken {session.person(call.taken_by)}", Tone.QUIET
    if call.is_provisional and not left_by:
        return "not in CAD", Tone.QUIET
    return left_by or "none yet", Tone.NORMAL
