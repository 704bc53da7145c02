"""What ground a camera has in its picture, by height, gimbal and lens; the ground is taken as level."""

from __future__ import annotations

import math

from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.plane import Plane

ASPECT = 16 / 9
"""Width to height of the picture."""

REACH_M = 2_000.0
"""What is further away is not seen as ground; a picture with the horizon in it ends there."""

_CORNERS = ((-1.0, 1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, -1.0))
"""Of the picture: left and right of its middle, above and below; the far side first."""


def camera_footprint(
    position: LatLon, *, height_m: float, pitch_deg: float, yaw_deg: float, fov_deg: float
) -> tuple[LatLon, ...]:
    """The four corners of the picture on the ground: far left, far right, near right, near left.

    `height_m` is above the ground; `pitch_deg` 0 level to -90 straight down; `yaw_deg` true; `fov_deg` is the
    horizontal field of view. Corners beyond `REACH_M` lie at it, in their own direction. Empty for a camera
    that looks at no ground within reach, stands on it, or for figures that are none.
    """
    figures = (height_m, pitch_deg, yaw_deg, fov_deg)
    if not all(math.isfinite(each) for each in figures) or not 1.0 <= fov_deg <= 170.0:
        return ()
    if height_m <= 0.0 or not -90.0 <= pitch_deg <= 0.0:
        return ()
    across = math.tan(math.radians(fov_deg / 2.0))
    rays = [_ray(pitch_deg, yaw_deg, side * across, up * across / ASPECT) for side, up in _CORNERS]
    if all(down <= 0.0 for _, _, down in rays):
        return ()
    plane = Plane(position)
    return tuple(plane.to_latlon(_landing(ray, height_m)) for ray in rays)


def _ray(pitch_deg: float, yaw_deg: float, right: float, up: float) -> tuple[float, float, float]:
    """East, north and down of a ray through the picture, `right` and `up` of its middle, 1 away."""
    pitch, yaw = math.radians(pitch_deg), math.radians(yaw_deg)
    ahead = math.cos(pitch) - up * math.sin(pitch)
    down = -math.sin(pitch) - up * math.cos(pitch)
    east = ahead * math.sin(yaw) + right * math.cos(yaw)
    north = ahead * math.cos(yaw) - right * math.sin(yaw)
    return east, north, down


def _landing(ray: tuple[float, float, float], height_m: float) -> tuple[float, float]:
    """Metres east and north where a ray meets the ground, or where the reach ends."""
    east, north, down = ray
    away = math.hypot(east, north)
    if down > 0.0 and away * height_m <= REACH_M * down:
        return east * height_m / down, north * height_m / down
    return east / away * REACH_M, north / away * REACH_M
