"""Lines over the streets: airspace and rings that stand, trails, routes and camera sights that move."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np

from rtcc_core.domain.airspace import KEPT_OUT, Airspace, Volume, VolumeKind
from rtcc_core.domain.drone import Drone, Telemetry
from rtcc_core.domain.flight import Flight
from rtcc_core.domain.footprint import camera_footprint
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.state import State
from rtcc_tui.map.ink import Ink
from rtcc_tui.map.raster import Lines
from rtcc_tui.map.viewport import Viewport, around, mercator, ruler

SIGHT_MOST_M = 2_000.0
"""A camera that looks further away looks at the horizon."""

LEVEL_DEG = -4.0
"""Above this a gimbal looks at no place on the ground that could be told."""

STRAIGHT_DOWN_DEG = -80.0
"""Below this it does not matter which way it is turned."""

RINGS = 4
_RING_CHORDS = 72


class Pencil:
    """Collects lines on the ground as pieces on the Mercator plane, in the world the viewport looks at."""

    def __init__(self, viewport: Viewport) -> None:
        self._centre_x = mercator(viewport.centre)[0]
        self._pieces: list[tuple[float, float, float, float]] = []
        self._inks: list[int] = []

    def draw(self, points: Iterable[LatLon], ink: Ink, *, is_closed: bool = False) -> None:
        """A line through points; closed, it ends where it began."""
        flat = [mercator(point) for point in points]
        if len(flat) < 2:
            return
        first_x = around(flat[0][0], self._centre_x)
        path = [(around(x, first_x), y) for x, y in flat]
        if is_closed:
            path.append(path[0])
        self._pieces += [(*a, *b) for a, b in itertools.pairwise(path)]
        self._inks += [ink] * (len(path) - 1)

    @property
    def lines(self) -> Lines:
        ends = np.array(self._pieces, dtype=np.float64).reshape(-1, 4).T.copy()
        return Lines(ends, np.array(self._inks, dtype=np.uint8))


# --- what stands ----------------------------------------------------------------------------------


def ink_of(volume: Volume) -> Ink:
    """The kind of line that a volume is drawn with."""
    if volume.kind in KEPT_OUT:
        return Ink.KEEP_OUT
    return Ink.FENCE if volume.kind is VolumeKind.FENCE else Ink.CEILING


def in_sight(airspace: Airspace | None, viewport: Viewport, at: datetime) -> list[Volume]:
    """The volumes in force whose outline can touch the viewport."""
    if airspace is None:
        return []
    corners = [viewport.point(column, row) for column in (0, viewport.columns) for row in (0, viewport.rows)]
    south = min(corner.latitude_deg for corner in corners)
    north = max(corner.latitude_deg for corner in corners)
    return [
        volume
        for volume in airspace.volumes
        if volume.holds_at(at)
        and min(point.latitude_deg for point in volume.outline) <= north
        and max(point.latitude_deg for point in volume.outline) >= south
    ]


def draw_volumes(pencil: Pencil, volumes: Iterable[Volume]) -> None:
    """Their outlines and the outlines of their holes."""
    for volume in volumes:
        for ring in (volume.outline, *volume.holes):
            pencil.draw(ring, ink_of(volume), is_closed=True)


def ring_radii_m(viewport: Viewport) -> tuple[float, ...]:
    """Round lengths (1, 2, 5, 10 …) for rings that fit the viewport, metres."""
    reach_m = viewport.ground_m * min(viewport.columns / 2.0, float(viewport.rows))
    step_m, _ = ruler(reach_m / RINGS)
    return tuple(step_m * number for number in range(1, RINGS + 1) if step_m * number <= 2.0 * reach_m)


def draw_rings(pencil: Pencil, centre: LatLon, radii_m: Iterable[float]) -> None:
    """Circles around a point."""
    for radius_m in radii_m:
        turns = (360.0 * chord / _RING_CHORDS for chord in range(_RING_CHORDS))
        pencil.draw([offset(centre, turn, radius_m) for turn in turns], Ink.RING, is_closed=True)


# --- what moves -----------------------------------------------------------------------------------


def draw_trails(pencil: Pencil, trails: Iterable[Sequence[LatLon]]) -> None:
    """Where aircraft were, the newest point last."""
    for trail in trails:
        pencil.draw(trail, Ink.TRAIL)


def draw_way(pencil: Pencil, state: State, flight: Flight, seen: Telemetry) -> None:
    """What is left of the way an aircraft flies; all of it where nobody knows how far it has come."""
    way, order = flight.way, state.newest_order(flight.drone)
    if way is None or seen.position is None:
        return
    target = order.target if order is not None else None
    ahead = way.points[way.points.index(target) :] if target in way.points else way.points[-1:]
    pencil.draw((seen.position, *ahead), Ink.ROUTE)


def looked_at(seen: Telemetry, stale_s: float) -> LatLon | None:
    """Where the middle of a camera's picture meets level ground; None where that cannot be told.

    The ground is taken to lie as high as the launch point.
    """
    gimbal = seen.gimbal
    is_known = gimbal is not None and gimbal.age_s <= stale_s and (seen.position_age_s or 0.0) <= stale_s
    if gimbal is None or not is_known or seen.position is None or not (seen.height_m or 0.0) > 0.0:
        return None
    if not -90.0 <= gimbal.pitch_deg <= LEVEL_DEG:
        return None
    if gimbal.pitch_deg <= STRAIGHT_DOWN_DEG:
        return seen.position
    if gimbal.yaw_deg is None or not math.isfinite(gimbal.yaw_deg):
        return None
    away_m = (seen.height_m or 0.0) / math.tan(math.radians(-gimbal.pitch_deg))
    return offset(seen.position, gimbal.yaw_deg, away_m) if away_m <= SIGHT_MOST_M else None


def draw_sight(pencil: Pencil, seen: Telemetry, looks_at: LatLon, drone: Drone | None) -> None:
    """What a camera has in its picture; only its line of sight where that cannot be told."""
    if seen.position is None:
        return
    corners: tuple[LatLon, ...] = ()
    if drone is not None and seen.gimbal is not None and seen.gimbal.yaw_deg is not None:
        corners = camera_footprint(
            seen.position,
            height_m=seen.height_m or 0.0,
            pitch_deg=seen.gimbal.pitch_deg,
            yaw_deg=seen.gimbal.yaw_deg,
            fov_deg=drone.camera_fov_deg,
        )
    pencil.draw((*corners, *corners[:1]) if corners else (seen.position, looks_at), Ink.SIGHT)
