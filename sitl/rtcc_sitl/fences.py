"""The fence that a ground station uploaded: its areas, and when the aircraft is where it may not be. Pure.

Items are MAVLink's: 5001/5002 polygon corners (inclusion/exclusion, parameter 1 the number of corners),
5003/5004 circles (parameter 1 the radius in metres).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rtcc_sitl.airframe import Airframe, LocalFrame
from rtcc_sitl.mission import Item, item_position

POLYGON_IN, POLYGON_OUT, CIRCLE_IN, CIRCLE_OUT = 5001, 5002, 5003, 5004
LOOK_EVERY_STEPS = 5
"""A quarter of a simulated second: at most five metres further on."""


class Area(NamedTuple):
    """A polygon (three corners or more) or a circle (one and a radius), metres east and north of the pad."""

    is_inclusion: bool
    corners: tuple[tuple[float, float], ...]
    radius_m: float = 0.0

    def covers(self, east_m: float, north_m: float) -> bool:
        """True where a point lies inside."""
        if len(self.corners) == 1:
            east, north = self.corners[0]
            return math.hypot(east_m - east, north_m - north) <= self.radius_m
        is_inside = False
        before_east, before_north = self.corners[-1]
        for east, north in self.corners:
            if (north > north_m) != (before_north > north_m):
                crossing = east + (north_m - north) / (before_north - north) * (before_east - east)
                is_inside ^= east_m < crossing
            before_east, before_north = east, north
        return is_inside


def areas(items: Sequence[Item], frame: LocalFrame) -> tuple[Area, ...]:
    """The areas of a fence plan. A polygon that is cut short, or an item of no place, counts for nothing."""
    found: list[Area] = []
    corners: list[tuple[float, float]] = []
    for item in items:
        place = item_position(item)
        if place is None:
            continue
        spot = frame.to_local(place)
        if item.command in (CIRCLE_IN, CIRCLE_OUT):
            found.append(Area(item.command == CIRCLE_IN, (spot,), item.params[0]))
        elif item.command in (POLYGON_IN, POLYGON_OUT):
            corners.append(spot)
            if len(corners) >= max(3.0, item.params[0]):
                found.append(Area(item.command == POLYGON_IN, tuple(corners)))
                corners = []
    return tuple(found)


class FenceWatch:
    """Knows whether the aircraft is outside its fence, since when, and how often it has been."""

    def __init__(self, frame: LocalFrame, *, needs_every_inclusion: bool) -> None:
        self._frame = frame
        self._needs_every = needs_every_inclusion
        self._items: Sequence[Item] = ()
        self._areas: tuple[Area, ...] = ()
        self._steps = 0
        self.is_breached = False
        self.breaches = 0
        self.breached_at_s = 0.0
        """Simulated seconds since boot."""

    @property
    def has_fence(self) -> bool:
        """True while a usable fence is stored."""
        return bool(self._areas)

    def look(self, items: Sequence[Item], body: Airframe, at_s: float) -> None:
        """Compare the place of the body with the stored plan."""
        if items is not self._items:
            self._items, self._areas, self._steps = items, areas(items, self._frame), 0
        self._steps -= 1
        if self._steps >= 0:
            return
        self._steps = LOOK_EVERY_STEPS
        is_outside = not self._allows(body.east_m, body.north_m)
        if is_outside and not self.is_breached:
            self.breaches += 1
            self.breached_at_s = at_s
        self.is_breached = is_outside

    def _allows(self, east_m: float, north_m: float) -> bool:
        inside = [area.covers(east_m, north_m) for area in self._areas if area.is_inclusion]
        is_out = any(area.covers(east_m, north_m) for area in self._areas if not area.is_inclusion)
        if not inside:
            return not is_out
        return not is_out and (all(inside) if self._needs_every else any(inside))
