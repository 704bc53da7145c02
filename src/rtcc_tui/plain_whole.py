"""One call whole, one aircraft whole: what the line mode reads out of `1041` and of `D2`."""

from __future__ import annotations

from rtcc_core.domain.call import Call
from rtcc_tui.readings import call_reading
from rtcc_tui.session import Session
from rtcc_tui.views.about import alerts_of, place_words
from rtcc_tui.views.chosen import Entry, story
from rtcc_tui.views.craft import control_words
from rtcc_tui.views.fleet import phase_words
from rtcc_tui.views.flight import call_notes
from rtcc_tui.views.sites import why_not
from rtcc_tui.views.tile import tile_figures, tile_warnings
from rtcc_tui.words import clock, minutes_seconds

NOTES_TOLD = 3

_MARKS = {"+ ": "", "~ ": "changed: "}


def call_whole(session: Session, call: Call, now: float) -> list[str]:
    """What it is, where, what to beware of, who could go; then its story, the oldest first."""
    lines = [call_reading(session, call), f"where: {place_words(session, call)}"]
    lines += [text for text, _ in alerts_of(session, call, now)]
    if call.linked:
        lines.append(f"linked with {', '.join(call.linked)}")
    if call.unlinked:
        lines.append(f"NO LONGER WITH {', '.join(call.unlinked)}")
    if call.is_open:
        lines.append(advice_words(session, call.call_id, now))
    minute = ""
    for entry in story(session, call, now):
        at = clock(entry.at) if entry.at is not None else minute
        lines.append(_told(entry) if at == minute else f"{at}: {_told(entry)}")
        minute = at
    return lines


def _told(entry: Entry) -> str:
    for mark, words in _MARKS.items():
        if entry.text.startswith(mark):
            return words + entry.text.removeprefix(mark)
    return entry.text


def advice_words(session: Session, call_id: str, now: float) -> str:
    """`send D2, overhead in 1 minute 52 seconds: launch D2 1041`; or why nobody may go."""
    advice = session.advice(call_id, now)
    best = advice.recommended if advice else None
    if best is None:
        return session.around(now).why_none(call_id)
    soon = f", overhead in {minutes_seconds(best.overhead_s)}" if best.overhead_s is not None else ""
    return f"send {best.drone}{soon}: {session.registry.named('launch').verb} {best.drone} {call_id}"


def aircraft_whole(session: Session, callsign: str, now: float) -> str:
    """Everything of one aircraft in one line: what is wrong first, then its call, then its figures."""
    drone = session.model.state.drones[callsign]
    flight, seen = session.model.state.flight_of(callsign), session.model.seen(callsign, now)
    phase, _ = phase_words(session, drone, flight, seen)
    whose, _ = control_words(session, callsign, now)
    flown = f", flown by {whose}" if whose != session.glyphs.none else ""
    parts = [f"{callsign} {phase}{flown}", *(text for text, _ in tile_warnings(session, drone, now))]
    if flight is None:
        parts += [text for text, _ in why_not(session, drone, now) if text not in parts]
    for figure in tile_figures(session, drone, now):
        words = " ".join("".join(text for text, _ in figure.spans).split())
        is_idle = figure.label == "CALL" and flight is None
        parts.append(words if is_idle else f"{figure.label.lower()} {words}".strip())
    call = session.model.state.calls.get(flight.call_id) if flight else None
    parts += [text for _, text in call_notes(call)[-NOTES_TOLD:]] if call else []
    return "; ".join(parts)
