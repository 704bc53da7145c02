"""The line of a new or newly urgent call that no row of the screen shows; else there is none."""

from __future__ import annotations

from rich.cells import cell_len

from rtcc_core.domain.call import Call
from rtcc_tui.actions import key_word
from rtcc_tui.arrivals import Arrival
from rtcc_tui.looking import Mode, View
from rtcc_tui.queueing import filter_words, matches
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, cut, row
from rtcc_tui.views.queue import drone_state
from rtcc_tui.words import since

HEAD_SHARE = 0.4
"""Of the line, what the call itself may have before less important words stand behind it."""


def news_lines(session: Session, now: float, width: int) -> list[Line]:
    """`NEW P1 1041 ROBBERY IN PROGRESS 0:03, no drone · 1 shows it`; nothing where nothing is new."""
    unseen, model = session.screens.arrivals.unseen, session.live
    found = [(each, call) for each in unseen if (call := model.state.calls.get(each.call_id)) is not None]
    if not found:
        return []
    first, call = found[0]
    at, dot = model.core_now(now), session.glyphs.dot
    began_at = call.changed_at if first.is_raised else call.received_at
    age = since(began_at, at) if at else "?"
    more = f" +{len(found) - 1} more" if len(found) > 1 else ""
    hint = f"{more} {dot} {_hint(session, call)} "
    tails = (f" {age}, {_who(session, call)}{hint}", f" {age}{hint}", f" {age}{more}")
    head = f" {_word(first)} {_rank(call)} {call.call_id} {call.title}"
    room = min(cell_len(head), int(width * HEAD_SHARE))
    tail = next((each for each in tails if cell_len(each) + room <= width), tails[-1])
    text = f"{cut(head, max(0, width - cell_len(tail)))}{tail}"
    return [row(width, (text, Tone.NEWS if call.report.priority == 1 else Tone.STRONG))]


def hidden_news(session: Session, width: int) -> list[Line]:
    """For a locked screen: how many, and nothing of what they are."""
    urgent = [
        each
        for each in session.screens.arrivals.unseen
        if (call := session.live.state.calls.get(each.call_id)) is not None and call.report.priority == 1
    ]
    if not urgent:
        return []
    calls = f"{len(urgent)} NEW P1 {'CALL' if len(urgent) == 1 else 'CALLS'}"
    return [row(width, (f" {calls}", Tone.NEWS))]


def _word(arrival: Arrival) -> str:
    return "NOW" if arrival.is_raised else "NEW"


def _rank(call: Call) -> str:
    return f"P{call.report.priority}" if call.report.priority is not None else "P?"


def _who(session: Session, call: Call) -> str:
    """`no drone`, or what its row in the list would say."""
    words, _ = drone_state(session, call)
    return "no drone" if words == "none yet" else words


def _hint(session: Session, call: Call) -> str:
    """What shows it; where digits pick an aircraft none is offered before Esc."""
    keys = session.registry.named("calls").keys
    opens = f"{key_word(keys[0]) if keys else 'calls'} shows it"
    if session.mode is not Mode.LOOK:
        return f"Esc, then {opens}" if session.view is not View.ALL else "Esc closes this"
    if session.replay.is_on:
        return "Esc ends the replay"
    if session.view is not View.ALL:
        return opens
    only = session.screens.queue.only
    if not matches(session.live, call, only):
        return f"the filter {filter_words(only)} hides it: Esc"
    return "arrows reach it"
