"""One console's map: its streets, the trails it has seen, and where the person looks."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.street_map import MapUnusable, StreetMap, unpack
from rtcc_core.wire.console import Frame, FromCore, GetMap, MapSheet, Welcome
from rtcc_tui.map.fitting import Fitted
from rtcc_tui.map.viewport import Viewport

if TYPE_CHECKING:
    from rtcc_tui.map.picture import Picture
    from rtcc_tui.session import Session

TRAIL_POINTS = 90
"""Positions of one aircraft that are kept: some two minutes of transit."""

TRAIL_STEP_M = 12.0
"""Positions nearer than this to the last one are the same spot."""

TRAIL_JUMP_M = 2_000.0
"""A position that is further away did not come by flying: the trail begins anew."""

FOLLOW_EDGE = 0.25
"""A followed aircraft is brought back to the middle when it comes this near to an edge (part of the size):
the streets are drawn again once in a while, not with every step."""

CURSOR_COLUMNS = 2
"""Cells of one step of the cross to the side: as far on the ground as one row."""


@dataclass(slots=True)
class MapDesk:
    """Everything the map keeps between two looks at it."""

    sheet: StreetMap | None = None
    """The streets; None until the core sent them, or where the agency has none."""
    trouble: str = ""
    """Why there are none, in words."""
    drawing: str = ""
    """How the person wants lines drawn; empty: as the terminal can."""
    trails: dict[str, deque[LatLon]] = field(default_factory=dict)
    """By callsign, the newest position last."""
    pane: Fitted = field(default_factory=Fitted)
    """The map on the dispatch screen; it fits itself."""
    hand: Viewport | None = None
    """The map screen as the person left it; None: as it fits."""
    follows: str | None = None
    cross: LatLon | None = None
    """Where the cross stands; None while the arrows move the map."""
    size: tuple[int, int] = (80, 20)
    """Columns and rows of the map screen when it was drawn last."""
    is_drawn: bool = False
    """True once a map was on the screen."""
    pictures: dict[str, Picture] = field(default_factory=dict)
    """What was drawn last, by where."""
    _is_asked: bool = False
    _screen: Fitted = field(default_factory=Fitted)
    _chosen: str | None = None

    # --- what the core says -----------------------------------------------------------------------

    def received(self, session: Session, message: FromCore) -> None:
        """Take in what concerns the map."""
        match message:
            case Welcome():
                self.trails.clear()
                self._is_asked = False
            case Frame():
                self._trace(message)
                if self.is_drawn and not self._is_asked:
                    # Only now: what matters more is on the screen, and a line mode draws no map.
                    self._is_asked = True
                    session.question(lambda query_id: GetMap(query_id=query_id))
            case MapSheet():
                self._take(message)

    def _take(self, message: MapSheet) -> None:
        self.trouble = message.trouble
        try:
            sheet = unpack(message.sheet) if message.sheet else None
        except MapUnusable as error:
            sheet, self.trouble = None, str(error)
        if sheet != self.sheet:
            self.sheet = sheet

    def _trace(self, frame: Frame) -> None:
        for seen in frame.sky:
            if seen.is_airborne is False:
                self.trails.pop(seen.drone, None)
            elif seen.position is not None:
                self._passed(seen.drone, seen.position)
        if len(self.trails) > len(frame.sky):
            known = {seen.drone for seen in frame.sky}
            self.trails = {drone: trail for drone, trail in self.trails.items() if drone in known}

    def _passed(self, drone: str, position: LatLon) -> None:
        trail = self.trails.setdefault(drone, deque(maxlen=TRAIL_POINTS))
        away_m = distance_m(trail[-1], position) if trail else None
        if away_m is not None and away_m > TRAIL_JUMP_M:
            trail.clear()
        if away_m is None or away_m >= TRAIL_STEP_M:
            trail.append(position)

    # --- the map screen ---------------------------------------------------------------------------

    def screen(self, session: Session, now: float, columns: int, rows: int) -> Viewport | None:
        """The viewport of the map screen; None while no position at all is known."""
        self.size = (columns, rows)
        if self.hand is None:
            self._chosen = session.selected
            return self._screen.view(session, now, columns, rows)
        self.hand = Viewport(self.hand.centre, self.hand.step, columns, rows)
        self._keep_chosen(session)
        self._keep_followed(session, now)
        return self.hand

    def _keep_chosen(self, session: Session) -> None:
        """Another call was chosen: it comes into sight, the scale stays."""
        call = session.call()
        position = call.place.position if call is not None else None
        if session.selected != self._chosen and self.follows is None and self.hand is not None:
            self._chosen = session.selected
            if position is not None and not self.hand.holds(position, FOLLOW_EDGE / 4.0):
                self._centre(position)

    def _keep_followed(self, session: Session, now: float) -> None:
        if self.follows is None or self.hand is None:
            return
        position = session.model.seen(self.follows, now).position
        if position is not None and not self.hand.holds(position, FOLLOW_EDGE):
            self._centre(position)

    def _now(self, session: Session, now: float) -> Viewport | None:
        """The viewport that a hand moves; from now on it is the person's."""
        if self.hand is None:
            self.hand = self.screen(session, now, *self.size)
        self._chosen = session.selected
        return self.hand

    def _centre(self, point: LatLon) -> None:
        if self.hand is not None:
            self.hand = Viewport(point, self.hand.step, *self.size)

    def pan(self, session: Session, now: float, east: int, south: int) -> None:
        """Half a screen to the side, or the cross by one step."""
        view = self._now(session, now)
        if view is None:
            return
        if self.cross is not None:
            self._move_cross(view, east, south)
            return
        self.follows = None
        self.hand = view.moved(east * view.columns / 2.0, south * view.rows / 2.0)

    def _move_cross(self, view: Viewport, east: int, south: int) -> None:
        if self.cross is None:
            return
        column, row = view.place(self.cross)
        column, row = column + east * CURSOR_COLUMNS, row + south
        self.cross = view.point(column, row)
        if not (0 <= column < view.columns and 0 <= row < view.rows):
            self.follows = None
            self.hand = view.moved(east * view.columns / 2.0, south * view.rows / 2.0)

    def zoom(self, session: Session, now: float, steps: int) -> None:
        """Coarser by so many steps; about the cross where there is one, else about the middle."""
        view = self._now(session, now)
        if view is None:
            return
        scaled = view.scaled(steps)
        if self.cross is not None and scaled.step != view.step:
            was, is_now = view.place(self.cross), scaled.place(self.cross)
            scaled = scaled.moved(is_now[0] - was[0], is_now[1] - was[1])
        self.hand = scaled

    def go_home(self) -> None:
        """Back to the chosen call and what belongs to it."""
        self.hand, self.follows, self.cross = None, None, None
        self._screen = Fitted()

    def go_to(self, session: Session, now: float, point: LatLon) -> None:
        """This point in the middle; nothing is followed."""
        if self._now(session, now) is None:
            self.hand = Viewport(point, 8, *self.size)
        self.follows, self.cross = None, None
        self._centre(point)

    def follow(self, session: Session, now: float, drone: str) -> bool:
        """Keep an aircraft in sight; False where nobody knows where it is."""
        position = session.model.seen(drone, now).position
        if position is None:
            return False
        self.go_to(session, now, position)
        self.follows = drone
        return True

    def follow_next(self, session: Session, now: float) -> str | None:
        """The next aircraft in the air, after the last one none; the callsign that is followed now."""
        model = session.model
        out = [drone for drone in model.out() if model.seen(drone, now).position is not None]
        after = out.index(self.follows) + 1 if self.follows in out else 0
        self.follows = None
        if after < len(out):
            self.follow(session, now, out[after])
        return self.follows

    def toggle_cross(self, session: Session, now: float) -> None:
        """Put the cross in the middle, or take it away."""
        view = self._now(session, now)
        if view is not None:
            self.cross = None if self.cross is not None else view.centre
