"""Which piece of the city a map shows by itself: the chosen call, its aircraft, and where those come from.

A map that moves is a map nobody reads. It is fitted anew when another call is chosen or the pane gets
another size, and otherwise only when something that belongs to the call leaves it; it never comes closer by
itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.state import State
from rtcc_tui.map.viewport import Viewport, around, mercator, step_for, unmercator

if TYPE_CHECKING:
    from rtcc_tui.session import Session

FURTHEST_M = 60_000.0
"""What lies further from the call than any aircraft flies is a wrong position: the map does not go there."""

CLOSEST_M = 500.0
"""A fitted map shows at least so much ground from top to bottom."""

MARGIN_COLUMNS, MARGIN_ROWS = 8, 1
"""Cells left around what is fitted, for the names beside the signs."""

EDGE = 0.02
"""So near to the edge (part of the width) something counts as leaving."""


@dataclass(slots=True)
class Fitted:
    """A map that fits itself, and what it was fitted to."""

    viewport: Viewport | None = None
    _key: tuple[str | None, int, int] | None = None

    def view(self, session: Session, now: float, columns: int, rows: int) -> Viewport | None:
        """The viewport for a pane of this size; None while no position at all is known."""
        points = wanted(session, now)
        key = (session.selected, columns, rows)
        is_held = (
            self.viewport is not None
            and key == self._key
            and all(self.viewport.holds(point, EDGE) for point in points)
        )
        if not is_held and points:
            self.viewport, self._key = fit(points, columns, rows), key
        elif self.viewport is not None and (columns, rows) != (self.viewport.columns, self.viewport.rows):
            self.viewport = Viewport(self.viewport.centre, self.viewport.step, columns, rows)
        return self.viewport


def fit(points: Sequence[LatLon], columns: int, rows: int) -> Viewport:
    """The finest viewport that holds all these points with room around them; at least one point."""
    flat = [mercator(point) for point in points]
    xs = [around(x, flat[0][0]) for x, _ in flat]
    ys = [y for _, y in flat]
    centre = unmercator((min(xs) + max(xs)) / 2.0, (min(ys) + max(ys)) / 2.0)
    across = (max(xs) - min(xs)) / max(1, columns - 2 * MARGIN_COLUMNS)
    down = (max(ys) - min(ys)) / (2.0 * max(1, rows - 2 * MARGIN_ROWS))
    ground = Viewport(centre, 0, columns, rows)
    closest = CLOSEST_M / (2.0 * max(1, rows)) * ground.column_m / max(1e-6, ground.ground_m)
    return Viewport(centre, step_for(max(across, down, closest)), columns, rows)


def wanted(session: Session, now: float) -> list[LatLon]:
    """What belongs on the map of the chosen call; of no call: the whole programme."""
    state, call = session.model.state, session.call()
    position = call.place.position if call is not None else None
    if call is None or position is None:
        return _everything(session, now)
    found = [position]
    crews = session.model.crews(call.call_id)
    for flight in crews:
        seen = session.model.seen(flight.drone, now)
        drone = state.drones.get(flight.drone)
        site = state.sites.get(drone.site) if drone else None
        found += [point for point in (seen.position, site.position if site else None) if point is not None]
    if not crews:
        nearest = min(
            state.sites.values(), key=lambda site: distance_m(site.position, position), default=None
        )
        found += [nearest.position] if nearest else []
    return [point for point in found if distance_m(point, position) <= FURTHEST_M]


def _everything(session: Session, now: float) -> list[LatLon]:
    state = session.model.state
    found = [site.position for site in state.sites.values()]
    if not found:
        seen = [session.model.seen(callsign, now).position for callsign in state.drones]
        found = [position for position in seen if position is not None]
    anchor = found[0] if found else middle(session)
    if anchor is None:
        return []
    return [point for point in (anchor, *found) if distance_m(point, anchor) <= FURTHEST_M]


def middle(session: Session) -> LatLon | None:
    """The middle of the programme's city, as far as anything tells it."""
    model = session.model
    if model.programme.centre is not None:
        return model.programme.centre
    sheet = session.map.sheet
    if sheet is not None and sheet.bounds is not None:
        return sheet.bounds.centre
    return _first_site(model.state)


def _first_site(state: State) -> LatLon | None:
    return next((site.position for site in state.sites.values()), None)
