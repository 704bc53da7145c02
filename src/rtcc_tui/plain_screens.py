"""The screens in the line mode: the same figures, one line for each thing, nothing drawn."""

from __future__ import annotations

from rtcc_tui.flying import tiles
from rtcc_tui.looking import View
from rtcc_tui.plain_tables import people_readings, site_readings
from rtcc_tui.plain_whole import aircraft_whole
from rtcc_tui.readings import call_readings
from rtcc_tui.screen_keys import NOT_A_DRILL, ask_drill, do_screen
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, plain
from rtcc_tui.views.air import air_page
from rtcc_tui.views.drill import drill_page
from rtcc_tui.views.paper import BACK

SCREEN_VERBS = frozenset({"flight", "sites", "air", "people", "drill", "sort", "filter"})

WIDTH = 400
"""Cells of the page that is read out: wide enough for what stands on one row to stay there."""


def screen_readings(session: Session, name: str, about: str, now: float) -> tuple[list[str], str]:
    """What to read out now, and why it cannot be; of the drill nothing yet, the core is asked first."""
    if name == "drill" and not session.model.programme.is_drill:
        return [], NOT_A_DRILL
    do_screen(session, name, now, about)
    told = _told(session, name, now)
    session.view = View.ALL
    return told, ""


def _told(session: Session, name: str, now: float) -> list[str]:
    match name:
        case "flight":
            shown = tiles(session, now)
            return [aircraft_whole(session, drone, now) for drone in shown] or ["nothing is out"]
        case "sites":
            return site_readings(session, now)
        case "air":
            return as_read(air_page(session, now, WIDTH))
        case "people":
            return people_readings(session, now)
        case "drill":
            ask_drill(session, now)
            return []
        case _:
            return [session.echo.text, *call_readings(session)]


def drill_readings(session: Session, now: float) -> list[str]:
    """What the core told of the drill."""
    return as_read(drill_page(session, now, WIDTH))


def as_read(lines: list[Line]) -> list[str]:
    """Rows as a voice reads them: one space between words, no rules, no way back."""
    texts = (" ".join(plain(line).replace(BACK.strip(), "").split()) for line in lines)
    return [text.rstrip("-\u2500 ") for text in texts if text.strip("-\u2500 ")]
