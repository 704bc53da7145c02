"""Pages that cover the panes: help, alarms, suggestions, alerts, what is near, feeds; longer ones scroll."""

from __future__ import annotations

from rich.cells import cell_len

from rtcc_core.domain.state import Alarm
from rtcc_tui.looking import View
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, left, row, wrap
from rtcc_tui.views.alerts import alert_texts
from rtcc_tui.views.feeds import feed_texts
from rtcc_tui.views.help import help_lines
from rtcc_tui.views.nearby import near_heading, near_texts
from rtcc_tui.views.suggesting import suggestion_texts
from rtcc_tui.words import clock


def page_lines(session: Session, now: float, width: int, height: int) -> list[Line]:
    """The page that is open, from its first shown line on; says how much more there is."""
    heading, *rest = _page(session, now, width)
    room = max(0, height - 1)
    session.page_top = max(0, min(session.page_top, len(rest) - room))
    shown = rest[session.page_top : session.page_top + room]
    below = len(rest) - session.page_top - len(shown)
    if below > 0 and shown:
        # The row gives way to the word: it is the first of those below now.
        more = f" {below + 1} more lines {session.glyphs.dot} PgDn"
        shown[-1] = row(width, (more, Tone.QUIET))
    lines = [heading, *shown]
    lines += [row(width, ("", Tone.NORMAL))] * (height - len(lines))
    return lines[:height]


def _page(session: Session, now: float, width: int) -> list[Line]:
    match session.view:
        case View.ALARMS:
            return _texts("ALARMS", alarm_texts(session), width)
        case View.ALERTS:
            return _texts("ALERTS", alert_texts(session, now), width)
        case View.NEAR:
            return _texts(near_heading(session), near_texts(session), width)
        case View.FEEDS:
            return _texts("FEEDS", feed_texts(session, now), width)
        case View.SUGGESTIONS:
            return _texts("SUGGESTED", suggestion_texts(session, now), width)
        case _:
            return help_lines(session, width)


def _texts(heading: str, texts: list[tuple[str, Tone]], width: int) -> list[Line]:
    back = "  Esc goes back"
    heading = left(f" {heading}", max(43, min(cell_len(heading) + 1, width - len(back))))
    lines = [row(width, (f"{heading}{back}", Tone.QUIET))]
    for text, tone in texts:
        for index, part in enumerate(wrap(text, width - 4)):
            lines.append(row(width, (f" {'  ' if index else ''}{part}", tone)))
    return lines


def alarm_texts(session: Session) -> list[tuple[str, Tone]]:
    """Every alarm that stands: those nobody has seen first, the worst first."""
    model = session.model
    texts = [(_alarm(each, ""), Tone.WARN) for each in model.open_alarms()]
    for each in model.seen_alarms():
        by = session.person(each.acknowledged_by or "")
        texts.append((_alarm(each, f", seen by {by}"), Tone.NORMAL))
    return texts or [("no alarms", Tone.QUIET)]


def _alarm(alarm: Alarm, seen: str) -> str:
    over = ", over" if alarm.is_over else ""
    return f"{clock(alarm.raised_at)} {alarm.severity.value.upper()} {alarm.text}{over}{seen}"
