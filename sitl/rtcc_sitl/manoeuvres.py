"""What the autopilot may be doing, each as a rule from where the body is to what it should do next.

Pure: a manoeuvre reads an `Airframe` and answers a `Demand`. Positions are metres east, north, up of home.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

from rtcc_sitl.airframe import Airframe, Demand

BRAKING_M_S2 = 2.5
"""Deceleration planned for when arriving at a point; below the body's limit, so there is no overshoot."""

VERTICAL_BRAKING_M_S2 = 1.5
ARRIVED_M = 1.5
ARRIVED_HEIGHT_M = 0.6
FACING_RANGE_M = 3.0
"""Nearer to the target than this the nose no longer turns towards it."""

TOUCHDOWN_M_S = 0.7
CENTRIPETAL_SHARE = 0.6
"""Share of the acceleration limit that an orbit may use."""


class Point(NamedTuple):
    """A place to be."""

    east_m: float
    north_m: float
    up_m: float


class Manoeuvre(Protocol):
    """Something to do until it is complete or replaced."""

    def steer(self, body: Airframe) -> Demand:
        """What the body should do now."""

    def is_complete(self, body: Airframe) -> bool:
        """True when the autopilot may go on to what follows."""


def here(body: Airframe) -> Point:
    """Where the body is."""
    return Point(body.east_m, body.north_m, body.up_m)


def approach(
    body: Airframe, target: Point, *, speed_m_s: float | None = None, yaw_deg: float | None = None
) -> Demand:
    """Fly straight to `target` and stop there; nose towards it unless `yaw_deg` is given.

    `speed_m_s` caps the ground speed; without it the body's airspeed limit is the cap.
    """
    east, north = target.east_m - body.east_m, target.north_m - body.north_m
    gap_m = math.hypot(east, north)
    speed = min(math.sqrt(2.0 * BRAKING_M_S2 * gap_m), 1.2 * gap_m)
    if speed_m_s is not None:
        speed = min(speed, speed_m_s)
    scale = speed / gap_m if gap_m > 1e-6 else 0.0
    yaw = yaw_deg
    if yaw is None and gap_m > FACING_RANGE_M:
        yaw = math.degrees(math.atan2(east, north)) % 360.0
    return Demand(east * scale, north * scale, height_rate(body, target.up_m), yaw)


def height_rate(body: Airframe, up_m: float) -> float:
    """The climb rate, m/s, that brings the body to the height `up_m` and stops it there."""
    gap_m = up_m - body.up_m
    rate = min(math.sqrt(2.0 * VERTICAL_BRAKING_M_S2 * abs(gap_m)), abs(gap_m))
    return math.copysign(rate, gap_m)


def is_at(body: Airframe, target: Point) -> bool:
    """True when the body has arrived at `target` and has slowed down."""
    gap_m = math.hypot(target.east_m - body.east_m, target.north_m - body.north_m)
    return (
        gap_m < ARRIVED_M and abs(target.up_m - body.up_m) < ARRIVED_HEIGHT_M and body.ground_speed_m_s < 1.5
    )


class Hover:
    """Go to a point and stay; without a point: brake first and stay where that ended."""

    def __init__(
        self, target: Point | None = None, *, yaw_deg: float | None = None, speed_m_s: float | None = None
    ) -> None:
        self.target = target
        self._yaw_deg = yaw_deg
        self.speed_m_s = speed_m_s

    def steer(self, body: Airframe) -> Demand:
        if self.target is None:
            if body.ground_speed_m_s > 0.5 or abs(body.up_m_s) > 0.4:
                return Demand(0.0, 0.0, 0.0, self._yaw_deg)
            self.target = here(body)
        return approach(body, self.target, speed_m_s=self.speed_m_s, yaw_deg=self._yaw_deg)

    def is_complete(self, body: Airframe) -> bool:
        return self.target is not None and is_at(body, self.target)


class TakeOff:
    """Climb straight up to a height above home."""

    def __init__(self, body: Airframe, up_m: float) -> None:
        self.target = Point(body.east_m, body.north_m, max(up_m, body.up_m))

    def steer(self, body: Airframe) -> Demand:
        return approach(body, self.target)

    def is_complete(self, body: Airframe) -> bool:
        return body.up_m > self.target.up_m - ARRIVED_HEIGHT_M


class Land:
    """Brake, then go straight down, slower near the ground; blind, it drifts with the air."""

    def __init__(self, spot: Point | None = None, *, is_blind: bool = False) -> None:
        self._spot = spot
        self._is_blind = is_blind

    def steer(self, body: Airframe) -> Demand:
        down = -max(TOUCHDOWN_M_S, min(body.limits.descent_m_s, 0.3 * (body.up_m - 0.5)))
        if self._is_blind:
            return Demand(0.0, 0.0, down, None, is_through_air=True)
        if self._spot is None:
            if body.ground_speed_m_s > 0.5:
                return Demand(0.0, 0.0, 0.0)
            self._spot = here(body)
        hold = approach(body, self._spot)
        return Demand(hold.east_m_s, hold.north_m_s, down)

    def is_complete(self, body: Airframe) -> bool:
        return body.is_on_ground


class Drift:
    """Keep level without knowing where: what is left when the position is lost."""

    def steer(self, body: Airframe) -> Demand:
        return Demand(0.0, 0.0, 0.0, None, is_through_air=True)

    def is_complete(self, body: Airframe) -> bool:
        return False


class Return:
    """Climb to the return height, fly home, descend and land there."""

    def __init__(self, body: Airframe, home: Point, return_up_m: float, *, near_m: float = 5.0) -> None:
        gap_m = math.hypot(home.east_m - body.east_m, home.north_m - body.north_m)
        self._cruise_up_m = max(return_up_m, body.up_m)
        self._home = home
        self._has_climbed = gap_m <= near_m
        self._landing = Land(home) if gap_m <= near_m else None
        self._pivot = here(body)

    @property
    def is_landing(self) -> bool:
        """True once it is over home and going down."""
        return self._landing is not None

    def steer(self, body: Airframe) -> Demand:
        if self._landing is not None:
            return self._landing.steer(body)
        if not self._has_climbed:
            self._has_climbed = body.up_m > self._cruise_up_m - ARRIVED_HEIGHT_M
            return approach(body, self._pivot._replace(up_m=self._cruise_up_m))
        above = self._home._replace(up_m=self._cruise_up_m)
        if is_at(body, above):
            self._landing = Land(self._home)
        return approach(body, above)

    def is_complete(self, body: Airframe) -> bool:
        return self.is_landing and body.is_on_ground


class Orbit:
    """Circle a centre. A positive radius is flown clockwise seen from above, a negative one anticlockwise.

    `yaw_behaviour` as MAV_CMD_DO_ORBIT parameter 3: 0 nose to the centre, 1 keep the initial heading,
    2 uncontrolled, 3 nose along the circle.
    """

    def __init__(
        self, body: Airframe, centre: Point, radius_m: float, speed_m_s: float, yaw_behaviour: int = 0
    ) -> None:
        self.centre = centre
        self.radius_m = abs(radius_m)
        self._sense = 1.0 if (radius_m >= 0) == (speed_m_s >= 0) else -1.0
        tightest = math.sqrt(CENTRIPETAL_SHARE * body.limits.acceleration_m_s2 * self.radius_m)
        self.speed_m_s = min(abs(speed_m_s), tightest, body.limits.airspeed_m_s)
        self._yaw_behaviour = yaw_behaviour
        self._initial_yaw_deg = body.yaw_deg

    @property
    def signed_radius_m(self) -> float:
        """The radius, negative when flown anticlockwise."""
        return self._sense * self.radius_m

    def steer(self, body: Airframe) -> Demand:
        east, north = body.east_m - self.centre.east_m, body.north_m - self.centre.north_m
        gap_m = math.hypot(east, north)
        out_east, out_north = (east / gap_m, north / gap_m) if gap_m > 0.1 else (0.0, 1.0)
        along_east, along_north = self._sense * out_north, -self._sense * out_east
        error_m = self.radius_m - gap_m
        if abs(error_m) > 5.0:
            entry = Point(
                self.centre.east_m + out_east * self.radius_m,
                self.centre.north_m + out_north * self.radius_m,
                self.centre.up_m,
            )
            return approach(body, entry, yaw_deg=self._yaw(body, out_east, out_north))
        outward = 0.6 * error_m
        return Demand(
            along_east * self.speed_m_s + out_east * outward,
            along_north * self.speed_m_s + out_north * outward,
            height_rate(body, self.centre.up_m),
            self._yaw(body, out_east, out_north),
        )

    def _yaw(self, body: Airframe, out_east: float, out_north: float) -> float | None:
        inward_deg = math.degrees(math.atan2(-out_east, -out_north)) % 360.0
        if self._yaw_behaviour == 0:
            return inward_deg
        if self._yaw_behaviour == 1:
            return self._initial_yaw_deg
        if self._yaw_behaviour == 3:
            return (inward_deg - 90.0 * self._sense) % 360.0
        return None

    def is_complete(self, body: Airframe) -> bool:
        return False


class Follow:
    """Fly what an offboard controller asks for: a point, or a velocity, whichever came last."""

    def __init__(self) -> None:
        self.point: Point | None = None
        self.velocity: Demand | None = None
        self.yaw_deg: float | None = None

    def steer(self, body: Airframe) -> Demand:
        if self.point is not None:
            return approach(body, self.point, yaw_deg=self.yaw_deg)
        return self.velocity if self.velocity is not None else Demand(0.0, 0.0, 0.0)

    def is_complete(self, body: Airframe) -> bool:
        return False
