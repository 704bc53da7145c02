"""How soon an aircraft is overhead, how long it can stay, and what it lands with.

A deliberately plain model, the same for every aircraft: the battery empties evenly over its endurance
whenever it flies, and the wind adds to or takes from the ground speed. It errs on the side of coming home:
the way out and the way back are both flown in today's wind, and a leg that the wind makes impossible has
no duration at all.
"""

from __future__ import annotations

import msgspec

from rtcc_core.domain.drone import Drone
from rtcc_core.domain.geo import LatLon, along_track_wind_m_s, bearing_deg, distance_m

MIN_PROGRESS_M_S = 2.0
"""Below this ground speed into the wind a leg counts as not flyable."""

ARM_AND_TAKE_OFF_S = 4.0
"""From the order to the first metre of climb: arming, spin-up, checks."""


class Wind(msgspec.Struct, frozen=True):
    """Steady wind; `from_deg` is where it comes from."""

    speed_m_s: float
    from_deg: float


CALM = Wind(0.0, 0.0)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One out-and-back, in seconds and battery fractions."""

    overhead_s: float
    home_s: float
    """From leaving the scene to standing on the ground."""
    needed_fraction: float
    """Battery to go, turn round on arrival, land, and still have the reserve."""
    land_with_fraction: float
    """Left at landing if it turned round on arrival."""
    on_scene_s: float
    """How long it can stay and still land with the reserve; never negative."""


def leg_s(start: LatLon, end: LatLon, airspeed_m_s: float, wind: Wind) -> float | None:
    """Seconds from one point to another in the wind; None when it would hardly move."""
    length_m = distance_m(start, end)
    if length_m < 1.0:
        return 0.0
    progress = airspeed_m_s + along_track_wind_m_s(bearing_deg(start, end), wind.from_deg, wind.speed_m_s)
    return None if progress < MIN_PROGRESS_M_S else length_m / progress


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
) -> Plan | None:
    """The out-and-back to `target`, or None when the wind makes a leg impossible.

    `start` and `start_height_m` are where the aircraft is now, so the same figures serve one that waits at
    its site and one that is already in the air.
    """
    out_s = leg_s(start, target, drone.cruise_speed_m_s, wind)
    back_s = leg_s(target, home, drone.cruise_speed_m_s, wind)
    if out_s is None or back_s is None:
        return None
    climb_s = max(0.0, height_m - start_height_m) / drone.climb_speed_m_s
    waiting_s = ARM_AND_TAKE_OFF_S if start_height_m < 1.0 else 0.0
    overhead_s = waiting_s + climb_s + out_s
    home_s = back_s + height_m / drone.descent_speed_m_s
    endurance_s = drone.endurance_min * 60.0
    used = (overhead_s + home_s) / endurance_s
    spare = battery_fraction - used - reserve
    return Plan(
        overhead_s=overhead_s,
        home_s=home_s,
        needed_fraction=used + reserve,
        land_with_fraction=battery_fraction - used,
        on_scene_s=max(0.0, spare * endurance_s),
    )


def bingo_s(
    drone: Drone,
    position: LatLon,
    home: LatLon,
    *,
    height_m: float,
    battery_fraction: float,
    reserve: float,
    wind: Wind,
) -> float | None:
    """Seconds until the aircraft must leave to land with its reserve; negative when it should have left.

    None when the wind makes the way home impossible.
    """
    back_s = leg_s(position, home, drone.cruise_speed_m_s, wind)
    if back_s is None:
        return None
    home_s = back_s + max(0.0, height_m) / drone.descent_speed_m_s
    return (battery_fraction - reserve) * drone.endurance_min * 60.0 - home_s
