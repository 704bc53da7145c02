"""The screens in the line mode: the same figures, one line for each thing, nothing drawn."""

from __future__ import annotations

from rtcc_tui.flying import tiles
from rtcc_tui.looking import View
from rtcc_tui.readings import call_readings
from rtcc_tui.screen_keys import NOT_A_DRILL, ask_drill, do_screen
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, plain
from rtcc_tui.views.air import air_page
from rtcc_tui.views.craft import control_words
from rtcc_tui.views.drill import drill_page
from rtcc_tui.views.fleet import phase_words
from rtcc_tui.views.flight import call_notes
from rtcc_tui.views.paper import BACK
from rtcc_tui.views.people import people_page
from rtcc_tui.views.sites import sites_page
from rtcc_tui.views.tile import tile_figures, tile_warnings

SCREEN_VERBS = frozenset({"flight", "sites", "air", "people", "drill", "sort", "filter"})

WIDTH = 400
"""Cells of the page that is read out: wide enough for what stands on one row to stay there."""

NOTES_TOLD = 3


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
            return [_aircraft(session, drone, now) for drone in shown] or ["nothing is out"]
        case "sites":
            return as_read(sites_page(session, now, WIDTH))
        case "air":
            return as_read(air_page(session, now, WIDTH))
        case "people":
            return as_read(people_page(session, now, WIDTH))
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


def _aircraft(session: Session, callsign: str, now: float) -> str:
    """Everything of one tile in one line."""
    drone = session.model.state.drones[callsign]
    flight, seen = session.model.state.flight_of(callsign), session.model.seen(callsign, now)
    phase, _ = phase_words(session, drone, flight, seen)
    whose, _ = control_words(session, callsign, now)
    parts = [
        f"{callsign} {phase}, flown by {whose}",
        *(text for text, _ in tile_warnings(session, drone, now)),
    ]
    for figure in tile_figures(session, drone, now):
        words = " ".join("".join(text for text, _ in figure.spans).split())
        parts.append(f"{figure.label.lower()} {words}".strip())
    call = session.model.state.calls.get(flight.call_id) if flight else None
    parts += [text for _, text in call_notes(call)[-NOTES_TOLD:]] if call else []
    return "; ".join(parts)
