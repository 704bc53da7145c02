"""What a locked console shows: whose it is, how many alarms wait, what is wrong, and where the PIN goes."""

from __future__ import annotations

from rtcc_core.domain.alarm_groups import kind_of
from rtcc_core.domain.state import Severity
from rtcc_tui.alarm_words import cause
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Span, Tone, cut, row, wrap
from rtcc_tui.views.arriving import hidden_news
from rtcc_tui.views.topline import trouble_lines
from rtcc_tui.words import clock

ROOMY_FROM = 16
"""Rows from which on the parts stand apart."""

_TONES = {Severity.CRITICAL: Tone.ALARM, Severity.WARNING: Tone.WARN, Severity.NOTICE: Tone.STRONG}


def locked_lines(session: Session, now: float, width: int, height: int) -> list[Line]:
    """The whole screen: no call, no place, no name but the person's own; of an alarm aircraft and cause."""
    # In this order: on a screen that is too small what must be known stands before what explains.
    parts = [
        [_head(session, now, width)],
        [*_alarms(session, now, width), *hidden_news(session, width), *trouble_lines(session, now, width)],
        [_pin(session, width), *_said(session, width)],
        _texts(width, _whose(session), Tone.NORMAL),
        _texts(width, _how(session), Tone.QUIET),
    ]
    gap = [row(width, ("", Tone.NORMAL))] * (1 if height >= ROOMY_FROM else 0)
    lines = [line for part in parts for line in (*part, *gap)]
    return [*lines, *[row(width, ("", Tone.NORMAL))] * height][:height]


def _head(session: Session, now: float, width: int) -> Line:
    model = session.model
    at = model.core_now(now)
    spans: list[Span] = [(f" {model.programme.agency or 'RTCC'}  ", Tone.STRONG), ("LOCKED", Tone.CONFIRM)]
    if model.programme.is_drill:
        spans += [("  ", Tone.NORMAL), ("DRILL", Tone.DRILL)]
    spans.append((f"  {clock(at) if at else '--:--:--Z'}", Tone.STRONG))
    return row(width, *spans, ("", Tone.NORMAL))


def _alarms(session: Session, now: float, width: int) -> list[Line]:
    """How many of each severity nobody has acknowledged, of which aircraft and of what kind; the words of an
    alarm can be call data."""
    waiting = session.alarms.standing(session.model, now).open
    if not waiting:
        return [row(width, (" no alarm waits", Tone.QUIET))]
    lines: list[Line] = []
    for severity in sorted(Severity, key=lambda each: each.rank):
        those = [each for each in waiting if each.severity is severity]
        if those:
            what = ", ".join(
                dict.fromkeys(f"{each.drone or ''} {cause(kind_of(each))}".strip() for each in those)
            )
            text = f" {session.glyphs.alarm} {len(those)} {severity.value.upper()} not acknowledged: {what}"
            lines.append(row(width, (cut(text, width), _TONES[severity])))
    return lines


def _pin(session: Session, width: int) -> Line:
    look = session.screens.lock
    if not look.state.has_pin and session.live.programme.is_drill:
        return row(width, (" no PIN is set for you: in a drill Enter unlocks", Tone.WARN))
    if not look.state.has_pin:
        return row(width, (" no PIN is set for you: Enter leaves this console, then log in again", Tone.WARN))
    if look.state.is_unlocking:
        return row(width, (" PIN  asking the core", Tone.STRONG))
    return row(width, (" PIN  ", Tone.STRONG), ("*" * len(look.pin), Tone.STRONG), (" ", Tone.CURSOR))


def _said(session: Session, width: int) -> list[Line]:
    look = session.screens.lock
    trouble = look.state.trouble if look.state.has_pin else ""
    return _texts(width, look.note or trouble, Tone.WARN)


def _whose(session: Session) -> str:
    you = session.model.you
    whose = f"This is the console of {you.name}. " if you else ""
    reason = session.screens.lock.state.reason
    return f"{whose}Its calls are hidden ({reason}); alarms ring, and no aircraft is affected."


def _how(session: Session) -> str:
    how = "Enter unlocks, Esc begins the PIN again, " if session.screens.lock.state.has_pin else ""
    return f"{how}Ctrl+Q leaves this console."


def _texts(width: int, text: str, tone: Tone) -> list[Line]:
    return [row(width, (f" {line}", tone), ("", Tone.NORMAL)) for line in wrap(text, width - 2)]
