"""The map on the dispatch screen, and the screen that is all map."""

from __future__ import annotations

from rich.cells import cell_len

from rtcc_core.domain.geo import bearing_deg, distance_m
from rtcc_core.domain.traffic import wind_of
from rtcc_tui.map.desk import MapDesk
from rtcc_tui.map.drawing import Drawing, drawing_for
from rtcc_tui.map.viewport import Viewport, ruler
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, left, row
from rtcc_tui.words import far_words, short_age

SCREEN_KEYS = (
    "Esc back",
    "arrows move",
    "+ - scale",
    "0 the call",
    "f follow",
    "x cross",
    "b dots or blocks",
)
"""How the screen is moved, what is needed most first."""

BAR_COLUMNS = 18
"""The bar of the scale is at most so long."""


def map_pane(session: Session, now: float, width: int, height: int) -> list[Line]:
    """A heading and the piece of the city that belongs to the chosen call."""
    rows = max(0, height - 1)
    viewport = session.map.pane.view(session, now, width, rows) if rows and width else None
    drawing = drawing_for(session.glyphs, session.map.drawing)
    heading = f" MAP {session.selected or ''}{_no_streets(session.map)}"
    return _framed(session, now, viewport, drawing, "pane", heading, ("m the whole screen",), width, height)


def map_screen(session: Session, now: float, width: int, height: int) -> list[Line]:
    """The map the person moves, and a line that says where."""
    desk, rows = session.map, max(0, height - 2)
    viewport = desk.screen(session, now, width, rows) if rows and width else None
    drawing = drawing_for(session.glyphs, desk.drawing)
    about = f"follows {desk.follows}" if desk.follows else session.selected or ""
    heading = f" MAP {about}{_no_streets(desk)}"
    lines = _framed(session, now, viewport, drawing, "screen", heading, SCREEN_KEYS, width, height - 1)
    return [*lines, _foot(session, now, viewport, width)][: max(0, height)]


def _no_streets(desk: MapDesk) -> str:
    return "" if desk.sheet is not None else "  NO STREETS"


def _framed(
    session: Session,
    now: float,
    viewport: Viewport | None,
    drawing: Drawing,
    slot: str,
    heading: str,
    keys: tuple[str, ...],
    width: int,
    height: int,
) -> list[Line]:
    session.map.is_drawn = True
    if viewport is None:
        blank = [row(width, ("", Tone.NORMAL))] * (height - 2)
        unknown = row(width, (" no position is known yet", Tone.QUIET))
        return [row(width, (heading, Tone.QUIET)), unknown, *blank][: max(0, height)]
    # Numbers of many cells at once: loaded with the first map, not with the console.
    from rtcc_tui.map.picture import Picture

    picture = session.map.pictures.setdefault(slot, Picture())
    top = _heading(heading, keys, viewport, drawing, width)
    return [top, *picture.lines(session, now, viewport, drawing)]


def _heading(text: str, keys: tuple[str, ...], viewport: Viewport, drawing: Drawing, width: int) -> Line:
    """What is shown, how to move it (as much as there is room for), north, and the scale."""
    scale = f"N{drawing.north}  {scale_bar(viewport, drawing)} "
    room = width - len(scale)
    if room < 8:
        return row(width, (text, Tone.QUIET))
    said = f"{text} "
    for key in keys:
        if cell_len(said) + 2 + len(key) < room:
            said += f"  {key}"
    return row(width, (left(said, room), Tone.QUIET), (scale, Tone.QUIET))


def scale_bar(viewport: Viewport, drawing: Drawing) -> str:
    """`├──500 m──┤`: so long is that on this map, north and south of the middle a little less or more."""
    length_m, words = ruler(BAR_COLUMNS * viewport.ground_m / 2.5)
    columns = max(len(words) + 2, round(length_m / viewport.ground_m))
    start, middle, end = drawing.bar
    return f"{start}{words.center(columns - 2, middle)}{end}"


def _foot(session: Session, now: float, viewport: Viewport | None, width: int) -> Line:
    """Where the cross, or the middle, is; how far the call and the followed aircraft are from it; credit."""
    desk = session.map
    if viewport is None:
        return row(width, ("", Tone.QUIET))
    point = desk.cross or viewport.centre
    parts = [f"{'cross' if desk.cross else 'middle'} {point}"]
    call = session.call()
    if call is not None and call.place.position is None:
        parts.append(f"{call.call_id} NO POSITION")
    elif call is not None and call.place.position is not None:
        away_m = distance_m(point, call.place.position)
        wind = f" {wind_of(bearing_deg(point, call.place.position))}" if away_m >= 1.0 else ""
        parts.append(f"{call.call_id} {far_words(away_m)}{wind}")
    if desk.follows:
        age_s = session.model.seen(desk.follows, now).position_age_s
        old = f" position {short_age(age_s)} old" if age_s and age_s > 2.0 else ""
        parts.append(f"{desk.follows}{old}")
    credit = desk.trouble or "no street map: rings for scale"
    if desk.sheet is not None:
        credit = desk.sheet.credit or desk.sheet.name or "the agency's street map"
    if session.glyphs.is_ascii:
        credit = credit.replace("©", "(c)")
    return row(width, (" " + f" {session.glyphs.dot} ".join((*parts, credit)), Tone.QUIET))
