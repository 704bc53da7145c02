"""How soon an aircraft is overhead, how long it can stay, and what it lands with.

A deliberately plain model: the battery empties evenly while it flies, at the pace `drain` tells (from the
aircraft's endurance, or from what it really used), and wind costs ground speed. It errs on the side of
coming home: wind from behind is never counted on, because a copter's autopilot holds its ground speed
(PX4 MPC_XY_CRUISE, ArduCopter WPNAV_SPEED), and a leg that the wind makes impossible has no duration.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from rtcc_core.domain.drone import Drone
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m

MIN_PROGRESS_M_S = 2.0
"""Below this ground speed into the wind a leg counts as not flyable."""

ARM_AND_TAKE_OFF_S = 4.0
"""From the order to the first metre of climb: arming, spin-up, checks."""

TOLD_TO = 0.01
"""Batteries tell whole percents (MAVLink BATTERY_STATUS.battery_remaining): the last is not counted on."""


HOME_MARGIN = 1.25
"""The way home may cost so many times what the worst drain that was seen says: a short way out shows little
of a transit, and there is no second try."""


class Wind(msgspec.Struct, frozen=True):
    """Steady wind; `from_deg` is where it comes from, and means nothing where `is_variable`."""

    speed_m_s: float
    from_deg: float
    is_variable: bool = False
    """Reported from all sides (METAR `VRB`): nobody knows from where it blows when it matters."""


CALM = Wind(0.0, 0.0)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One out-and-back, in seconds and battery fractions."""

    overhead_s: float
    home_s: float
    """From leaving the scene to standing on the ground."""
    needed_fraction: float
    """Battery to go, turn round on arrival, land with the reserve, and the margin for the way home."""
    land_with_fraction: float
    """Left at landing if it turned round on arrival."""
    on_scene_s: float
    """How long it can stay and still land with the reserve; never negative."""


def nominal_drain_per_s(drone: Drone) -> float:
    """Battery fraction a second, as the agency's endurance figure has it."""
    return 1.0 / (max(drone.endurance_min, 0.1) * 60.0)


def ground_speed_m_s(track_deg: float, airspeed_m_s: float, wind: Wind) -> float:
    """What is left of the airspeed over the ground on this track; never more than the airspeed.

    The wind triangle: the part across the track is held off by crabbing, the part ahead is lost. Zero or
    less where the wind cannot be held off. A variable wind is ahead on every track: no other is worse.
    """
    if wind.is_variable:
        return airspeed_m_s - wind.speed_m_s
    angle = math.radians(wind.from_deg - track_deg)
    across, ahead = wind.speed_m_s * math.sin(angle), wind.speed_m_s * math.cos(angle)
    if abs(across) >= airspeed_m_s:
        return 0.0
    return min(airspeed_m_s, math.sqrt(airspeed_m_s**2 - across**2) - ahead)


def leg_s(start: LatLon, end: LatLon, airspeed_m_s: float, wind: Wind) -> float | None:
    """Seconds from one point to another in the wind; None when it would hardly move."""
    length_m = distance_m(start, end)
    if length_m < 1.0:
        return 0.0
    progress = ground_speed_m_s(bearing_deg(start, end), airspeed_m_s, wind)
    return None if progress < MIN_PROGRESS_M_S else length_m / progress


def way_s(points: Sequence[LatLon], airspeed_m_s: float, wind: Wind) -> float | None:
    """Seconds along a way of points; None when the wind makes one of its legs impossible."""
    total_s = 0.0
    for start, end in pairwise(points):
        part_s = leg_s(start, end, airspeed_m_s, wind)
        if part_s is None:
            return None
        total_s += part_s
    return total_s


def home_s(
    drone: Drone, way: Sequence[LatLon], *, height_m: float, way_height_m: float, wind: Wind
) -> float | None:
    """Seconds from the first point of `way` to standing on the ground at its last one.

    It climbs to the way's height first where that is higher, and comes down at the end. Heights in metres
    above the launch point. None when the wind makes the way impossible.
    """
    back_s = way_s(way, drone.cruise_speed_m_s, wind)
    if back_s is None:
        return None
    height_m, way_height_m = max(0.0, height_m), max(0.0, way_height_m)
    climb_s = max(0.0, way_height_m - height_m) / drone.climb_speed_m_s
    return climb_s + back_s + max(height_m, way_height_m) / drone.descent_speed_m_s


def plan(
    drone: Drone,
    start: LatLon,
    home: LatLon,
    target: LatLon,
    *,
    height_m: float,
    start_height_m: float,
    battery_fraction: float,
    reserve: float,
    wind: Wind,
    drain_per_s: float | None = None,
    out: Sequence[LatLon] = (),
    back: Sequence[LatLon] = (),
) -> Plan | None:
    """The out-and-back to `target`, or None when the wind makes a leg impossible.

    `start` and `start_height_m` are where the aircraft is now, so the same figures serve one that waits at
    its site and one that is already in the air. `out` and `back` are the real ways where they are not
    straight; `drain_per_s` the battery fraction a second (by default, the nominal one).
    """
    out_s = way_s(out or (start, target), drone.cruise_speed_m_s, wind)
    return_s = home_s(drone, back or (target, home), height_m=height_m, way_height_m=height_m, wind=wind)
    if out_s is None or return_s is None:
        return None
    climb_s = max(0.0, height_m - start_height_m) / drone.climb_speed_m_s
    waiting_s = ARM_AND_TAKE_OFF_S if start_height_m < 1.0 else 0.0
    overhead_s = waiting_s + climb_s + out_s
    pace = drain_per_s or nominal_drain_per_s(drone)
    needed = (overhead_s + HOME_MARGIN * return_s) * pace + reserve + TOLD_TO
    return Plan(
        overhead_s=overhead_s,
        home_s=return_s,
        needed_fraction=needed,
        land_with_fraction=battery_fraction - (overhead_s + return_s) * pace,
        on_scene_s=max(0.0, (battery_fraction - needed) / pace),
    )
