"""The console bench's fleet: aircraft that fly what they are ordered, without a wire.

A `ports.DroneLink` of plain kinematics: what moves on the console moves because an order of the core moved
it, at speeds, climbs and battery drains of a quadrotor; each aircraft is heard ten times a second, now and
then with a gap, so that ages grow and fall back as they do on the air.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from rtcc_core.domain.drone import Drone, Landed, Mode, Sky, Telemetry
from rtcc_core.domain.flight import Order, Outcome, Verb
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_core.ports import Receipt

HEARD_EVERY_S = 0.1
GAP_CHANCE = 0.01
GAP_S = 0.8
CRUISE_M_S = 15.0
CLIMB_M_S = 8.0
DRAIN_PER_S = 1.0 / (45 * 60.0)
ARRIVED_M = 5.0


class Flier:
    """One aircraft."""

    def __init__(self, drone: Drone, home: LatLon, chance: random.Random) -> None:
        self._drone = drone
        self._home = home
        self._chance = chance
        self._position, self._height_m, self._track_deg = home, 0.0, 0.0
        self._speed_m_s = self._climb_m_s = 0.0
        self._battery = chance.uniform(0.7, 1.0)
        self._order: Order | None = None
        self._stepped_s = self._heard_s = time.monotonic()
        self._gap_s = 0.0

    def obey(self, order: Order) -> None:
        """Fly it from now on; gimbal and camera orders change nothing."""
        if order.is_of_flight and order.verb is not Verb.FACE:
            self._order = order

    def step(self, now_s: float) -> None:
        """Be where one is at `now_s`, monotonic."""
        passed_s, self._stepped_s = now_s - self._stepped_s, now_s
        if now_s - self._heard_s >= HEARD_EVERY_S + self._gap_s:
            self._heard_s = now_s
            self._gap_s = GAP_S if self._chance.random() < GAP_CHANCE else 0.0
        if self._order is None:
            return
        self._battery = max(0.0, self._battery - DRAIN_PER_S * passed_s)
        before_m = self._height_m
        self._rise(self._order, passed_s)
        self._climb_m_s = (self._height_m - before_m) / passed_s if passed_s else 0.0
        self._move(self._order, passed_s)
        if self._order.verb in (Verb.LAND, Verb.RETURN) and self._height_m <= 0.0:
            self._order, self._speed_m_s = None, 0.0

    def _rise(self, order: Order, passed_s: float) -> None:
        is_going_down = order.verb is Verb.LAND or (order.verb is Verb.RETURN and self._left_m(order) == 0.0)
        goal_m = 0.0 if is_going_down else order.height_m if order.height_m is not None else self._height_m
        most_m = CLIMB_M_S * passed_s
        self._height_m += max(-most_m, min(most_m, goal_m - self._height_m))

    def _move(self, order: Order, passed_s: float) -> None:
        wanted_m_s = 0.0
        if order.verb is Verb.ORBIT and order.target is not None:
            wanted_m_s = self._circle(order, order.target, order.radius_m or 40.0, passed_s)
        elif order.verb in (Verb.TRANSIT, Verb.MOVE, Verb.RETURN):
            left_m = self._left_m(order)
            goal = self._goal(order)
            wanted_m_s = min(CRUISE_M_S, left_m)
            if left_m > 0.0:
                self._track_deg = bearing_deg(self._position, goal)
                self._position = offset(self._position, self._track_deg, min(left_m, wanted_m_s * passed_s))
        # Gusts: what stands still by its order is told as standing still.
        gust = self._chance.uniform(-0.7, 0.7) if wanted_m_s > 1.0 else 0.0
        self._speed_m_s = max(0.0, wanted_m_s + gust)

    def _circle(self, order: Order, centre: LatLon, radius_m: float, passed_s: float) -> float:
        speed_m_s = order.speed_m_s or 5.0
        if distance_m(self._position, centre) > 2.0 * radius_m:
            self._track_deg = bearing_deg(self._position, centre)
            self._position = offset(self._position, self._track_deg, CRUISE_M_S * passed_s)
            return CRUISE_M_S
        turned_deg = 57.3 * speed_m_s * passed_s / radius_m
        at_deg = bearing_deg(centre, self._position) + turned_deg
        self._position, self._track_deg = offset(centre, at_deg, radius_m), (at_deg + 90.0) % 360.0
        return speed_m_s

    def _goal(self, order: Order) -> LatLon:
        return self._home if order.verb is Verb.RETURN else order.target or self._position

    def _left_m(self, order: Order) -> float:
        left_m = distance_m(self._position, self._goal(order))
        return left_m if left_m > ARRIVED_M else 0.0

    def telemetry(self, now_s: float) -> Telemetry:
        """As its link adapter would tell it."""
        is_up = self._height_m > 0.5
        age_s = now_s - self._heard_s
        return Telemetry(
            drone=self._drone.callsign,
            is_connected=True,
            link_age_s=age_s,
            position=self._position,
            position_age_s=age_s,
            altitude_amsl_m=20.0 + self._height_m,
            height_m=self._height_m,
            ground_speed_m_s=self._speed_m_s,
            track_deg=self._track_deg if self._speed_m_s > 1.0 else None,
            climb_m_s=self._climb_m_s,
            heading_deg=self._track_deg,
            battery_fraction=self._battery,
            battery_age_s=age_s,
            armed=self._order is not None,
            mode=self._mode(),
            landed=Landed.IN_AIR if is_up else Landed.ON_GROUND,
            has_fix=True,
            satellites=14,
            is_armable=True,
            home=self._home,
            home_amsl_m=20.0,
            autopilot="PX4",
        )

    def _mode(self) -> Mode:
        shown = {
            Verb.LAUNCH: Mode.TAKEOFF,
            Verb.ORBIT: Mode.ORBIT,
            Verb.RETURN: Mode.RETURN,
            Verb.LAND: Mode.LAND,
        }
        return shown.get(self._order.verb, Mode.HOLD) if self._order else Mode.HOLD


class Fliers:
    """The fleet, as `ports.DroneLink`."""

    def __init__(self, drones: Sequence[Drone], homes: dict[str, LatLon], *, seed: int = 1) -> None:
        self._fliers = {
            drone.callsign: Flier(drone, homes[drone.callsign], random.Random(f"{seed} {drone.callsign}"))
            for drone in drones
        }

    async def start(self) -> None:
        """They are there."""

    async def stop(self) -> None:
        """They end with the process."""

    def sky(self) -> Sky:
        now_s = time.monotonic()
        for flier in self._fliers.values():
            flier.step(now_s)
        return {callsign: flier.telemetry(now_s) for callsign, flier in self._fliers.items()}

    async def carry(self, order: Order, *, on_sent: Callable[[], None]) -> Receipt:
        on_sent()
        self._fliers[order.drone].obey(order)
        return Receipt(Outcome.ACCEPTED)
