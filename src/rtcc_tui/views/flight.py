"""The flight screen: one to four aircraft side by side, the one that the keys mean marked."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rtcc_core.domain.call import Call
from rtcc_core.domain.drone import Drone
from rtcc_tui.flying import MOST, candidates, tiles
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, cut, row, wrap
from rtcc_tui.views.map import map_pane
from rtcc_tui.views.paper import section
from rtcc_tui.views.tile import Figure, figure_line, tile_figures, tile_head, tile_warnings
from rtcc_tui.views.timeline import flight_steps, timeline_lines, timeline_row, without_drones
from rtcc_tui.words import clock

NARROWEST = 38
"""Cells that a tile needs."""

FIGURES_W = 46
"""Of a tile that is wide enough for figures and story side by side, so many cells are for the figures."""

SIDE_BY_SIDE_FROM = 78

NOTES_ROWS = 6
"""Kept for the notes below the figures of a narrow tile, where it is not low."""

MAP_FROM, MAP_LEAST = 120, 9
"""Cells from which on the flight screen has a map, and rows that it needs."""

TILE_ROWS = 16
"""Of a tile above a map, so that its notes have room."""

LOW = 5
"""Rows below which the timeline has only what the notes leave."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How many tiles stand side by side, and how many rows of them there are."""

    columns: int
    rows: int


def grid(count: int, width: int) -> Grid:
    """One to four tiles; four stand two by two where not all fit side by side."""
    most = max(1, (width + 1) // (NARROWEST + 1))
    columns = max(1, min(count, most))
    if count == MOST and columns == MOST - 1:
        columns = 2
    return Grid(columns, max(1, math.ceil(count / columns)))


def flight_screen(session: Session, now: float, width: int, height: int) -> list[Line]:
    """A heading and the tiles; who to ask for where nothing flies."""
    shown = tiles(session, now)
    lines = [_heading(session, now, shown, width)]
    if not shown:
        lines += _nothing(session, width)
    else:
        below = _map_rows(session, now, shown, width, height - 1)
        lines += _tiles(session, now, shown, width, height - 1 - below)
        if below:
            lines.append(row(width, (session.glyphs.horizontal * width, Tone.QUIET)))
            lines += map_pane(session, now, width, below - 1)
    lines += [row(width, ("", Tone.NORMAL))] * (height - len(lines))
    return lines[:height]


def _map_rows(session: Session, now: float, shown: tuple[str, ...], width: int, height: int) -> int:
    """Rows below the tiles that they do not need, where they are enough for a map; 0 for none."""
    if width < MAP_FROM:
        return 0
    drones = [session.model.state.drones[drone] for drone in shown]
    tallest = max(
        len(tile_warnings(session, drone, now)) + len(tile_figures(session, drone, now)) for drone in drones
    )
    layout = grid(len(shown), width)
    wanted = layout.rows * (max(tallest, TILE_ROWS) + 2)
    return height - wanted if height - wanted >= MAP_LEAST else 0


def _heading(session: Session, now: float, shown: tuple[str, ...], width: int) -> Line:
    look, dot = session.screens.flight, session.glyphs.dot
    you = session.model.you
    is_mine = bool(you and shown and not look.named and session.model.state.controlled_by(you.account))
    whose = "as named" if look.named else "yours" if is_mine else "out now"
    more = [drone for drone in candidates(session, now) if drone not in shown]
    rest = f" {dot} {len(more)} more: {' '.join(more[:3])}{' ..' if len(more) > 3 else ''}" if more else ""
    keys = f"  arrows choose {dot} h, r, e mean {look.focus}" if shown else ""
    keys += f" {dot} l, n, t mean {session.selected}" if shown and session.selected else ""
    title = f" FLIGHT {whose}{rest}" if shown else " FLIGHT"
    return row(width, (title, Tone.WARN if more else Tone.QUIET), (keys, Tone.QUIET))


def _nothing(session: Session, width: int) -> list[Line]:
    fleet = ", ".join(list(session.model.state.drones)[:8])
    words = f"nothing is out, and you have no aircraft. flight AIRCRAFT shows one that stands: {fleet}"
    return [row(width, (f" {part}", Tone.QUIET)) for part in wrap(words, width - 2)]


def _tiles(session: Session, now: float, shown: tuple[str, ...], width: int, height: int) -> list[Line]:
    layout = grid(len(shown), width)
    lines: list[Line] = []
    for index in range(layout.rows):
        in_row = shown[index * layout.columns : (index + 1) * layout.columns]
        rules = layout.rows - 1
        tall = (height - rules) // layout.rows
        if index == layout.rows - 1:
            tall = height - len(lines)
        lines += _row_of_tiles(session, now, in_row, width, tall)
        if index < layout.rows - 1:
            lines.append(row(width, (session.glyphs.horizontal * width, Tone.QUIET)))
    return lines


def _row_of_tiles(
    session: Session, now: float, drones: tuple[str, ...], width: int, height: int
) -> list[Line]:
    count = len(drones)
    each = (width - (count - 1)) // count
    widths = [each] * (count - 1) + [width - (count - 1) * (each + 1)]
    made = [
        tile_lines(session, session.model.state.drones[drone], now, own, height)
        for drone, own in zip(drones, widths, strict=True)
    ]
    divider = (session.glyphs.vertical, Tone.QUIET)
    lines: list[Line] = []
    for parts in zip(*made, strict=True):
        spans = list(parts[0])
        for part in parts[1:]:
            spans += [divider, *part]
        lines.append(tuple(spans))
    return lines


def tile_lines(session: Session, drone: Drone, now: float, width: int, height: int) -> list[Line]:
    """One aircraft in exactly so many rows: head, warnings, figures, its call's notes, its timeline."""
    if height <= 0:
        return []
    is_focused = session.screens.flight.focus == drone.callsign
    lines = [tile_head(session, drone, now, width, is_focused=is_focused)]
    body = height - 1
    if width >= SIDE_BY_SIDE_FROM:
        side = width - FIGURES_W - 1
        figures = _figure_rows(session, drone, now, FIGURES_W, body)
        story = _story_rows(session, drone, now, side, body)
        rule = (session.glyphs.vertical, Tone.QUIET)
        blank = row(FIGURES_W, ("", Tone.NORMAL))
        figures += [blank] * (body - len(figures))
        lines += [(*one, rule, *two) for one, two in zip(figures, story, strict=True)]
        return lines
    # The call's newest notes keep a few rows, so that what comes in is seen.
    lines += _figure_rows(session, drone, now, width, body - min(NOTES_ROWS, body // 3))
    lines += _story_rows(session, drone, now, width, height - len(lines))
    return lines[:height]


def _figure_rows(session: Session, drone: Drone, now: float, width: int, room: int) -> list[Line]:
    warnings = tile_warnings(session, drone, now)
    figures = tile_figures(session, drone, now)
    # Half of a low tile is for the figures, whatever is wrong; the last row counts what is not shown.
    kept = max(1, room // 2) if len(warnings) > room // 2 else len(warnings)
    lines = [row(width, (f" {cut(text, width - 2)}", tone)) for text, tone in warnings[:kept]]
    if len(warnings) > kept:
        more = f" and {len(warnings) - kept + 1} more warnings: alarms"
        lines[-1] = row(width, (more, Tone.WARN))
    return [*lines, *(figure_line(each, width) for each in most_wanted(figures, room - len(lines)))][:room]


def most_wanted(figures: list[Figure], room: int) -> list[Figure]:
    """As many as fit: the least wanted are left out, the others stay in their order."""
    places = sorted(range(len(figures)), key=lambda index: (figures[index].weight, index))[: max(0, room)]
    return [figures[index] for index in sorted(places)]


# --- what is told of it ----------------------------------------------------------------------------


def _story_rows(session: Session, drone: Drone, now: float, width: int, height: int) -> list[Line]:
    """The notes of its call above its timeline; where there is little room the timeline is one row."""
    if height <= 0:
        return []
    flight, at = session.model.state.flight_of(drone.callsign), session.model.core_now(now)
    call = session.model.state.calls.get(flight.call_id) if flight else None
    if flight is None or at is None:
        return [row(width, ("", Tone.NORMAL))] * height
    steps = without_drones(flight_steps(flight, at))
    notes = _note_rows(call, width, height) if call else []
    least = min(len(steps), 1 if height < LOW else max(1, height // 3))
    head = [section(f"NOTES {flight.call_id}", width, session.glyphs.horizontal)] if height >= LOW else []
    notes = notes[-max(0, height - least - len(head)) :] if notes else []
    lines = [*head, *notes] if notes else []
    room = height - len(lines)
    if room == 1:
        return [*lines, timeline_row(steps, session.glyphs, width)]
    if room > len(steps) + 1 and lines:
        lines.append(row(width, ("", Tone.NORMAL)))
    return [*lines, *timeline_lines(steps, session.glyphs, width, height - len(lines))]


def _note_rows(call: Call, width: int, room: int) -> list[Line]:
    """The newest remarks on the call, the newest at the bottom, each with its time."""
    if room <= 0:
        return []
    rows: list[Line] = []
    for at, text in call_notes(call)[-room:]:
        for index, part in enumerate(wrap(text, max(8, width - 12))):
            lead = f" {at if index == 0 else '':<10}"
            rows.append(row(width, (lead, Tone.QUIET), (part, Tone.NORMAL)))
    return rows[-room:]


def call_notes(call: Call) -> list[tuple[str, str]]:
    """Time and words of every remark, CAD's and ours, the oldest first; one without a time stands first."""
    found = [
        *(
            (note.at, f"{note.author}: {note.text}" if note.author else note.text)
            for note in call.report.notes
        ),
        *((note.at, f"{note.author or 'console'} wrote: {note.text}") for note in call.house_notes),
    ]
    timed = sorted(((at, text) for at, text in found if at is not None), key=lambda each: each[0])
    return [
        *(("", text) for at, text in found if at is None),
        *((clock(at), text) for at, text in timed),
    ]
