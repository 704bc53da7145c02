"""A stabilised gimbal of two axes under a multicopter: where it is told to look, where it looks. No I/O.

Roll and pitch are held against the horizon; the pan turns without end. It moves only when somebody looks at
it (`settle`), at a real gimbal's speed, in simulated time, so a fleet of them costs nothing.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from rtcc_sitl.airframe import turn_deg
from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.clock import SimClock
from rtcc_sitl.manoeuvres import Point

LOWEST_DEG, HIGHEST_DEG = -90.0, 30.0
"""Pitch, degrees above the horizon."""

PITCH_SLEW_DEG_S, PAN_SLEW_DEG_S = 60.0, 90.0
"""Simulated; as a small camera gimbal turns."""

DIRECTLY_OVER_M = 0.5
"""Nearer than this, horizontally, a place has no direction and the pan stays."""


class Aim(NamedTuple):
    """A fixed direction: pitch, degrees above the horizon, and yaw, degrees clockwise.

    `is_locked`: the yaw is from true north and stays there; else it is from the nose and follows it.
    """

    pitch_deg: float
    yaw_deg: float
    is_locked: bool = False


class Turning(NamedTuple):
    """A steady turn, degrees a simulated second; `is_locked`: over the ground rather than over the nose."""

    pitch_deg_s: float
    yaw_deg_s: float
    is_locked: bool = False


LEVEL = Aim(0.0, 0.0)
"""Straight ahead at the horizon: what it does until told, and after a region of interest is over."""


class Look(NamedTuple):
    """Where it looks: degrees above the horizon, degrees clockwise of the nose and of true north, and how
    fast pitch and pan turned lately, degrees/s."""

    pitch_deg: float
    pan_deg: float
    yaw_deg: float
    pitch_rate_deg_s: float
    pan_rate_deg_s: float


class Gimbal:
    """The gimbal under one aircraft. `target` is an aim, a turn, or a place in the aircraft's local frame."""

    def __init__(self, autopilot: Autopilot, clock: SimClock) -> None:
        self._autopilot = autopilot
        self._clock = clock
        self._target: Aim | Turning | Point = LEVEL
        self._pitch_deg = self._pan_deg = 0.0
        self._rates = (0.0, 0.0)
        self._settled_s = clock.elapsed_s
        self._nose_deg = autopilot.body.yaw_deg
        self._is_stuck = False

    @property
    def target(self) -> Aim | Turning | Point:
        """What it was last told to look at."""
        return self._target

    @target.setter
    def target(self, target: Aim | Turning | Point) -> None:
        self.settle()
        self._target = target

    @property
    def is_stuck(self) -> bool:
        """True while its motors do not move it, whatever it is told."""
        return self._is_stuck

    @is_stuck.setter
    def is_stuck(self, is_stuck: bool) -> None:
        self.settle()
        self._is_stuck = is_stuck

    @property
    def is_locked(self) -> bool:
        """True while its yaw does not follow the nose."""
        target = self._target
        return isinstance(target, Point) or target.is_locked

    def settle(self) -> Look:
        """Let it move on to now; returns where it looks."""
        elapsed_s = self._clock.elapsed_s - self._settled_s
        if elapsed_s > 0.0:
            self._settled_s = self._clock.elapsed_s
            before = self._pitch_deg, self._pan_deg
            if not self._is_stuck:
                self._move(elapsed_s)
            self._nose_deg = self._autopilot.body.yaw_deg
            turned = turn_deg(before[1], self._pan_deg)
            self._rates = (self._pitch_deg - before[0]) / elapsed_s, turned / elapsed_s
        yaw_deg = (self._autopilot.body.yaw_deg + self._pan_deg) % 360.0
        return Look(self._pitch_deg, self._pan_deg, yaw_deg, *self._rates)

    def _move(self, elapsed_s: float) -> None:
        pitch_deg, pan_deg = self._wanted(elapsed_s)
        most = PITCH_SLEW_DEG_S * elapsed_s
        rise = max(LOWEST_DEG, min(HIGHEST_DEG, pitch_deg)) - self._pitch_deg
        self._pitch_deg += max(-most, min(most, rise))
        most = PAN_SLEW_DEG_S * elapsed_s
        turn = turn_deg(self._pan_deg, pan_deg)
        self._pan_deg = turn_deg(0.0, self._pan_deg + max(-most, min(most, turn)))

    def _wanted(self, elapsed_s: float) -> tuple[float, float]:
        """Pitch, and pan from the nose, degrees."""
        nose_deg = self._autopilot.body.yaw_deg
        match self._target:
            case Aim(pitch_deg, yaw_deg, is_locked):
                return pitch_deg, yaw_deg - nose_deg if is_locked else yaw_deg
            case Turning(pitch_deg_s, yaw_deg_s, is_locked):
                pan_deg = self._pan_deg - (turn_deg(self._nose_deg, nose_deg) if is_locked else 0.0)
                return self._pitch_deg + pitch_deg_s * elapsed_s, pan_deg + yaw_deg_s * elapsed_s
            case Point() as place:
                return self._towards(place)

    def _towards(self, place: Point) -> tuple[float, float]:
        autopilot, body = self._autopilot, self._autopilot.body
        if not autopilot.has_position:
            return self._pitch_deg, self._pan_deg
        east, north = place.east_m - body.east_m, place.north_m - body.north_m
        away_m = math.hypot(east, north)
        pitch_deg = math.degrees(math.atan2(place.up_m - body.up_m, away_m))
        if away_m < DIRECTLY_OVER_M:
            return pitch_deg, self._pan_deg
        return pitch_deg, math.degrees(math.atan2(east, north)) - body.yaw_deg


def attitude_quaternion(pitch_deg: float, yaw_deg: float) -> tuple[float, float, float, float]:
    """The attitude (w, x, y, z) of what is turned by `yaw_deg`, then raised by `pitch_deg`, without roll."""
    half_pitch, half_yaw = math.radians(pitch_deg) / 2.0, math.radians(yaw_deg) / 2.0
    sine, cosine = math.sin(half_pitch), math.cos(half_pitch)
    return (
        cosine * math.cos(half_yaw),
        -sine * math.sin(half_yaw),
        sine * math.cos(half_yaw),
        cosine * math.sin(half_yaw),
    )
