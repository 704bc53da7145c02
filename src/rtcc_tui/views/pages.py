"""Pages that cover the panes: help, alarms, suggestions, alerts, what is near, feeds; longer ones scroll."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len

from rtcc_tui.looking import View
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, left, row, wrap
from rtcc_tui.views.air import air_page
from rtcc_tui.views.alarms import alarm_heading, alarm_texts
from rtcc_tui.views.alerts import alert_texts
from rtcc_tui.views.drill import drill_page
from rtcc_tui.views.feeds import feed_texts
from rtcc_tui.views.flight import flight_screen
from rtcc_tui.views.help import help_lines
from rtcc_tui.views.journal import journal_lines
from rtcc_tui.views.map import map_screen
from rtcc_tui.views.nearby import near_heading, near_texts
from rtcc_tui.views.people import people_page
from rtcc_tui.views.sites import sites_page
from rtcc_tui.views.suggesting import suggestion_texts


def page_lines(session: Session, now: float, width: int, height: int) -> list[Line]:
    """The screen or page that is open; of a page from its first shown line on, and how much more there is."""
    if screen := SCREENS.get(session.view):
        return screen(session, now, width, height)
    heading, *rest = PAGES_BY_VIEW[session.view](session, now, width)
    room = session.screens.page_rows = max(0, height - 1)
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


Page = Callable[[Session, float, int], list[Line]]
"""A page whose first line is its heading; what does not fit scrolls."""

Screenful = Callable[[Session, float, int, int], list[Line]]
"""A screen that fills exactly the width and height it is given."""


def _texts(heading: str, texts: list[tuple[str, Tone]], width: int) -> list[Line]:
    back = "  Esc goes back"
    heading = left(f" {heading}", max(43, min(cell_len(heading) + 1, width - len(back))))
    lines = [row(width, (f"{heading}{back}", Tone.QUIET))]
    for text, tone in texts:
        for index, part in enumerate(wrap(text, width - 4)):
            lines.append(row(width, (f" {'  ' if index else ''}{part}", tone)))
    return lines


SCREENS: dict[View, Screenful] = {
    View.MAP: map_screen,
    View.FLIGHT: flight_screen,
    View.JOURNAL: journal_lines,
}
"""The screens beside the dispatch screen; each stands in its own file of `views/`."""

PAGES_BY_VIEW: dict[View, Page] = {
    View.HELP: lambda session, _now, width: help_lines(session, width),
    View.ALARMS: lambda session, now, width: _texts(
        alarm_heading(session, now), alarm_texts(session, now), width
    ),
    View.ALERTS: lambda session, now, width: _texts("ALERTS", alert_texts(session, now), width),
    View.NEAR: lambda session, _now, width: _texts(near_heading(session), near_texts(session), width),
    View.FEEDS: lambda session, now, width: _texts("FEEDS", feed_texts(session, now), width),
    View.SITES: sites_page,
    View.AIR: air_page,
    View.PEOPLE: people_page,
    View.DRILL: drill_page,
    View.SUGGESTIONS: lambda session, now, width: _texts("SUGGESTED", suggestion_texts(session, now), width),
}
"""Pages that cover the panes until Esc."""
