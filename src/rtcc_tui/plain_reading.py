"""What the line mode says at the start, and of a name that is typed alone."""

from __future__ import annotations

from rtcc_tui.grammar_values import find
from rtcc_tui.plain_whole import aircraft_whole, call_whole
from rtcc_tui.readings import call_readings, reading
from rtcc_tui.session import Session
from rtcc_tui.views.topline import feed_words
from rtcc_tui.words import counted, wind

CALLS_TOLD = 10
"""Calls that are read out unasked."""


def greeting(session: Session, now: float, *, is_again: bool) -> list[str]:
    """Whose console this is and what waits; after a loss of the core only how much."""
    model = session.model
    feeds = list(model.state.feeds.values())
    is_up = bool(feeds) and all(feed.is_up for feed in feeds)
    cad = "CAD is up" if is_up else feed_words(feeds, model.core_now(now))[0]
    calls, out = call_readings(session) if model.queue() else [], model.out()
    if is_again:
        flying = f"{', '.join(out)} out" if out else "no aircraft out"
        return [f"the core is back: {counted(len(calls), 'call')}, {flying}, {cad}. calls reads them"]
    drill = "DRILL. " if model.programme.is_drill else ""
    you = f"You are {model.you.name}, {model.you.role.value}. " if model.you else ""
    lines = [f"{drill}{model.programme.agency}. {you}{cad}, {wind(model.state.weather)}."]
    lines += calls[:CALLS_TOLD]
    if len(calls) > CALLS_TOLD:
        lines.append(f"and {len(calls) - CALLS_TOLD} more: calls reads them all")
    if model.waiting_alerts():
        lines += reading("alerts", session, now)
    if model.suggestions():
        lines += reading("suggestions", session, now)
    return lines


def named_reading(session: Session, line: str, now: float) -> list[str] | None:
    """`1041`, `call 1041`, `D2`: everything of it, and a call is the selected one from then on; None where
    the line is anything else."""
    state, words = session.model.state, line.split()
    maker = session.registry.named("call")
    if len(words) > 1 and words[0].casefold() in maker.verbs:
        words = words[1:]
        if find(" ".join(words), state.alerts) is not None:
            return None  # makes the alert a call
    elif session.registry.meant(line.strip()):
        return None
    name = " ".join(words)
    if (call_id := find(name, state.calls)) is not None:
        session.selected, session.scroll_back = call_id, 0
        return call_whole(session, state.calls[call_id], now)
    if (drone := find(name, state.drones)) is not None and words == line.split():
        return [aircraft_whole(session, drone, now)]
    return None
