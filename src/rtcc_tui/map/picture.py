"""A map as lines of the screen: streets and airspace from the last drawing, what moves laid over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rtcc_core.domain.airspace import Volume, VolumeKind
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.heights import Agl, Height
from rtcc_core.domain.street_map import StreetMap
from rtcc_tui.map.canvas import Canvas
from rtcc_tui.map.drawing import Drawing
from rtcc_tui.map.fitting import middle
from rtcc_tui.map.ink import LOOKS
from rtcc_tui.map.labels import Board, Word, printable
from rtcc_tui.map.names import street_names
from rtcc_tui.map.overlay import (
    Pencil,
    draw_rings,
    draw_sight,
    draw_trails,
    draw_volumes,
    draw_way,
    in_sight,
    ink_of,
    looked_at,
    ring_radii_m,
)
from rtcc_tui.map.raster import NOTHING, Cells, raster
from rtcc_tui.map.signs import Scene, signs
from rtcc_tui.map.streets import Streets, prepared
from rtcc_tui.map.viewport import Viewport, length_words
from rtcc_tui.spans import Line, Tone
from rtcc_tui.words import height_words

if TYPE_CHECKING:
    from rtcc_tui.session import Session

LIMIT_COLUMNS = 7
"""A cell of a facility map that is narrower than this is not labelled."""

_Key = tuple[object, ...]


@dataclass(slots=True, eq=False)
class Picture:
    """One place where a map is drawn, and what of it stands still."""

    _streets: Streets | None = None
    _sheet: StreetMap | None = None
    _key: _Key | None = None
    _ground: Cells | None = None
    _names: tuple[tuple[Word, ...], ...] = ()
    _volumes: tuple[Volume, ...] = ()
    _rings: tuple[float, ...] = ()

    def lines(self, session: Session, now: float, viewport: Viewport, drawing: Drawing) -> list[Line]:
        """The map, one line for each row of the viewport."""
        ground = self._ground_for(session, now, viewport, drawing)
        pencil, sights = self._moving(session, now, viewport)
        canvas = Canvas(ground, drawing, raster(pencil.lines, viewport, drawing))
        board = Board(viewport.columns, viewport.rows)
        cross = session.map.cross
        for mark in signs(Scene(session, now, viewport, drawing)):
            board.put(mark)
        for sight in sights:
            if (cell := viewport.cell(sight)) is not None:
                board.write(*cell, drawing.camera, Tone.NORMAL)
        self._label_ground(session, viewport, drawing, board)
        for places in self._names:
            any(board.write(word.column, word.row, word.text, word.tone) for word in places)
        for word in board.words:
            canvas.write(word)
        if cross is not None and (cell := viewport.cell(cross)) is not None:
            if board.is_free(*cell, 1):
                canvas.write(Word(*cell, drawing.cross, Tone.CURSOR))
            canvas.tone(*cell, Tone.CURSOR)
        return canvas.lines()

    def _ground_for(self, session: Session, now: float, viewport: Viewport, drawing: Drawing) -> Cells:
        """Streets, airspace and rings; drawn again only when one of them, or the viewport, is another."""
        sheet, airspace = session.map.sheet, session.model.state.airspace
        at = session.model.core_now(now)
        minute = at.replace(second=0, microsecond=0) if at else None
        ring_centre = None if sheet is not None else _anchor(session)
        key: _Key = (
            id(sheet),
            viewport,
            drawing.name,
            airspace.digest if airspace else "",
            minute if airspace else None,
            ring_centre,
        )
        if self._ground is not None and key == self._key:
            return self._ground
        if sheet is not self._sheet:
            self._streets, self._sheet = prepared(sheet) if sheet is not None else None, sheet
        self._key = key
        self._volumes = tuple(in_sight(airspace, viewport, at)) if at else ()
        self._rings = ring_radii_m(viewport) if ring_centre is not None else ()
        self._draw_ground(viewport, drawing, ring_centre)
        assert self._ground is not None
        return self._ground

    def _draw_ground(self, viewport: Viewport, drawing: Drawing, ring_centre: LatLon | None) -> None:
        pencil = Pencil(viewport)
        draw_volumes(pencil, self._volumes)
        if ring_centre is not None:
            draw_rings(pencil, ring_centre, self._rings)
        over = raster(pencil.lines, viewport, drawing)
        self._ground, self._names = over, ()
        if self._streets is None:
            return
        streets = raster(self._streets.shown(viewport, drawing), viewport, drawing)
        self._ground = Cells(streets.bits | over.bits, np.minimum(streets.inks, over.inks))
        obstacles = Board(viewport.columns, viewport.rows)
        for row, column in np.argwhere(over.inks != NOTHING).tolist():
            obstacles.take(column, row)
        self._names = tuple(street_names(self._streets, viewport, drawing, obstacles))

    def _moving(self, session: Session, now: float, viewport: Viewport) -> tuple[Pencil, list[LatLon]]:
        model = session.model
        pencil, sights = Pencil(viewport), []
        trails = session.replay.trails() if session.is_looking_back else session.map.trails.values()
        draw_trails(pencil, trails)
        for flight in model.state.flights.values():
            if flight.is_open:
                draw_way(pencil, model.state, flight, model.seen(flight.drone, now))
        for callsign in model.out():
            seen = model.seen(callsign, now)
            looks_at = looked_at(seen, model.programme.stale_after_s)
            if looks_at is not None:
                draw_sight(pencil, seen, looks_at, model.state.drones.get(callsign))
                sights.append(looks_at)
        return pencil, sights

    def _label_ground(self, session: Session, viewport: Viewport, drawing: Drawing, board: Board) -> None:
        """Names of volumes at their upper edge, ceilings in the middle of their cells, lengths on rings."""
        for volume in self._volumes:
            _label_volume(volume, viewport, drawing, board)
        centre = _anchor(session)
        if not self._rings or centre is None:
            return
        column, row = viewport.place(centre)
        for radius_m in self._rings:
            text = length_words(radius_m)
            away = radius_m / viewport.ground_m
            for right, down in ((0.0, -away / 2.0), (0.0, away / 2.0), (away, 0.0), (-away, 0.0)):
                at = (int(column + right - len(text) / 2.0), int(row + down))
                if column + right >= 0.0 and row + down >= 0.0 and board.write(*at, text, Tone.QUIET):
                    break


def _anchor(session: Session) -> LatLon | None:
    """What rings are drawn around: the chosen call, else the middle of the city."""
    call = session.call()
    position = call.place.position if call is not None else None
    return position or middle(session)


def _label_volume(volume: Volume, viewport: Viewport, drawing: Drawing, board: Board) -> None:
    corners = [viewport.place(point) for point in volume.outline]
    left, right = min(column for column, _ in corners), max(column for column, _ in corners)
    top, bottom = min(row for _, row in corners), max(row for _, row in corners)
    if right - left < LIMIT_COLUMNS or right < 0.0 or left > viewport.columns or bottom < 0.0:
        return
    centre = (max(0.0, left) + min(float(viewport.columns), right)) / 2.0
    limit = int(min(right, viewport.columns) - max(left, 0.0)) - 1
    text = printable(volume_words(volume), limit=max(0, limit), is_ascii=drawing.is_directed)
    row = (max(top, 0.0) + min(bottom, float(viewport.rows))) / 2.0
    if volume.kind is not VolumeKind.CEILING:
        row = max(top, 0.0)
    board.write(int(centre - len(text) / 2.0), int(row), text, LOOKS[ink_of(volume)].tone)


def volume_words(volume: Volume) -> str:
    """`FENCE City`, `KEEP OUT to 400 ft Jail`, `to 200 ft`."""
    heights = (
        [f"from {_height(volume.floor)}"] if volume.floor is not None and volume.floor.metres > 0.0 else []
    )
    heights += [f"to {_height(volume.ceiling)}"] if volume.ceiling is not None else []
    match volume.kind:
        case VolumeKind.CEILING:
            return " ".join(heights) or volume.name
        case VolumeKind.FENCE:
            return f"FENCE {volume.name}"
        case VolumeKind.KEEP_OUT:
            return " ".join(("KEEP OUT", *heights, volume.name))
        case VolumeKind.RESTRICTION:
            return " ".join(("TFR", *heights, volume.name))


def _height(height: Height) -> str:
    """`400 ft`, above ground where nothing else is said."""
    return f"{height_words(height.metres)}{'' if isinstance(height, Agl) else ' AMSL'}"
