"""Missions of the simulated autopilot: what is stored, and how a stored mission is flown."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rtcc_core.domain.geo import LatLon
from rtcc_sitl.airframe import Airframe, Demand
from rtcc_sitl.clock import STEP_S
from rtcc_sitl.manoeuvres import Hover, Point, here
from rtcc_sitl.px4 import Command

RELATIVE_FRAMES = frozenset({3, 6})
"""MAV_FRAME values whose altitude is above home; in the others that are used here it is AMSL."""

LIFT_OFF_M = 2.0
"""A mission that starts on the ground first climbs straight up to its first height, at least to this one."""

MAX_ITEMS = 1000
"""More than this in one plan is refused (MAV_MISSION_NO_SPACE)."""


class Item(NamedTuple):
    """One MISSION_ITEM_INT as it came: it is given back the same way. `x` and `y` are 1e-7 degrees."""

    frame: int
    command: int
    autocontinue: int
    params: tuple[float, float, float, float]
    x: int
    y: int
    z: float


class Plans:
    """The three plans an autopilot stores: mission (0), fence (1), rally points (2)."""

    def __init__(self) -> None:
        self._items: dict[int, tuple[Item, ...]] = {0: (), 1: (), 2: ()}
        self.current = 0

    def __getitem__(self, kind: int) -> tuple[Item, ...]:
        return self._items.get(kind, ())

    def store(self, kind: int, items: Sequence[Item]) -> None:
        """Replace a plan; a new mission starts at its first item."""
        self._items[kind] = tuple(items)
        if kind == 0:
            self.current = 0


class Route:
    """Flies the stored mission from its current item on; remembers in `plans` how far it came."""

    def __init__(
        self,
        plans: Plans,
        to_point: Callable[[Item, Airframe], Point],
        on_reached: Callable[[int], None],
        *,
        speed_m_s: float | None = None,
    ) -> None:
        self._plans = plans
        self._to_point = to_point
        self._on_reached = on_reached
        self._speed_m_s = speed_m_s
        self._leg: Hover | None = None
        self._lift: Hover | None = None
        self._seq = -1
        self._wait_s = 0.0
        self.ends_with: Command | None = None

    def steer(self, body: Airframe) -> Demand:
        while self.ends_with is None and self._plans.current < len(self._plans[0]):
            leg = self._current_leg(body)
            if leg is not None:
                return leg.steer(body)
        return Hover(here(body)).steer(body)

    def is_complete(self, body: Airframe) -> bool:
        return self.ends_with is not None or self._plans.current >= len(self._plans[0])

    def _current_leg(self, body: Airframe) -> Hover | None:
        """The leg of the current item; None when that item is done and the next one is to be looked at."""
        item = self._plans[0][self._plans.current]
        if self._seq != self._plans.current:
            self._begin(item, body)
        if self._leg is None:
            if self.ends_with is None:
                self._finish()
            return None
        if self._lift is not None:
            if not self._lift.is_complete(body):
                return self._lift
            self._lift = None
        if self._leg.is_complete(body):
            self._wait_s -= STEP_S
            if self._wait_s <= 0.0:
                self._finish()
                return None
        return self._leg

    def _begin(self, item: Item, body: Airframe) -> None:
        self._seq = self._plans.current
        self._leg = self._lift = None
        self._wait_s = 0.0
        command = item.command
        if command in (Command.NAV_RETURN_TO_LAUNCH, Command.NAV_LAND, Command.NAV_LOITER_UNLIM):
            self.ends_with = Command(command)
        elif command in (Command.NAV_WAYPOINT, Command.NAV_LOITER_TIME, Command.NAV_TAKEOFF):
            self._begin_leg(item, body)
        elif command == Command.NAV_DELAY:
            self._leg, self._wait_s = Hover(here(body)), _or_zero(item.params[0])
        elif command == Command.DO_CHANGE_SPEED and item.params[1] > 0.0:
            self._speed_m_s = item.params[1]

    def _begin_leg(self, item: Item, body: Airframe) -> None:
        target = self._to_point(item, body)
        yaw = item.params[3]
        if body.is_on_ground:
            self._lift = Hover(Point(body.east_m, body.north_m, max(target.up_m, LIFT_OFF_M)))
        self._leg = Hover(target, yaw_deg=yaw if math.isfinite(yaw) else None, speed_m_s=self._speed_m_s)
        if item.command != Command.NAV_TAKEOFF:
            self._wait_s = _or_zero(item.params[0])

    def _finish(self) -> None:
        self._on_reached(self._plans.current)
        self._plans.current += 1


def item_position(item: Item) -> LatLon | None:
    """Where an item lies; None where it names no usable place."""
    latitude, longitude = item.x * 1e-7, item.y * 1e-7
    if not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0) or (item.x == 0 and item.y == 0):
        return None
    return LatLon(latitude, longitude)


def _or_zero(value: float) -> float:
    return value if math.isfinite(value) and value > 0.0 else 0.0
