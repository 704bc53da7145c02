"""A city laid flat: metres east and north of an origin, and the plane geometry that airspace needs.

The projection is a plain scaling of latitude and longitude, so that a straight edge between two corners of
a GeoJSON polygon (straight in latitude and longitude by RFC 7946, section 3.1.1) stays straight. Lengths
are good to about 0.3 % within 25 km of the origin.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from rtcc_core.domain.geo import EARTH_RADIUS_M, LatLon

XY = tuple[float, float]
"""Metres east, metres north."""

Box = tuple[float, float, float, float]
"""West, south, east, north in metres."""

M_PER_DEGREE = EARTH_RADIUS_M * math.pi / 180.0
"""Metres in a degree of latitude."""


class Plane:
    """The local plane around an origin."""

    __slots__ = ("_latitude", "_longitude", "_scale")

    def __init__(self, origin: LatLon) -> None:
        self._latitude = origin.latitude_deg
        self._longitude = origin.longitude_deg
        self._scale = M_PER_DEGREE * max(0.01, math.cos(math.radians(origin.latitude_deg)))

    def to_xy(self, point: LatLon) -> XY:
        """Metres east and north of the origin."""
        east = (point.longitude_deg - self._longitude + 180.0) % 360.0 - 180.0
        return east * self._scale, (point.latitude_deg - self._latitude) * M_PER_DEGREE

    def to_latlon(self, xy: XY) -> LatLon:
        """The point at these metres."""
        longitude = (self._longitude + xy[0] / self._scale + 180.0) % 360.0 - 180.0
        return LatLon(self._latitude + xy[1] / M_PER_DEGREE, longitude)


def box_of(points: Iterable[XY]) -> Box:
    """The smallest box around at least one point."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def is_left_turning(ring: Sequence[XY]) -> bool:
    """True where the ring runs counter-clockwise."""
    doubled = sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, _shifted(ring), strict=True))
    return doubled > 0.0


def is_inside(point: XY, rings: Iterable[Sequence[XY]]) -> bool:
    """True within the outline and outside its holes (even-odd rule); the edge itself is either."""
    x, y = point
    inside = False
    for ring in rings:
        ax, ay = ring[-1]
        for bx, by in ring:
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                inside = not inside
            ax, ay = bx, by
    return inside


def point_to_segment_m(point: XY, a: XY, b: XY) -> float:
    """Distance in metres from a point to the segment from a to b."""
    px, py = point[0] - a[0], point[1] - a[1]
    dx, dy = b[0] - a[0], b[1] - a[1]
    length2 = dx * dx + dy * dy
    along = 0.0 if length2 == 0.0 else min(1.0, max(0.0, (px * dx + py * dy) / length2))
    return math.hypot(px - along * dx, py - along * dy)


def segments_cross(a: XY, b: XY, p: XY, q: XY) -> bool:
    """True where the segments from a to b and from p to q have a point in common, touching included."""
    ux, uy = b[0] - a[0], b[1] - a[1]
    vx, vy = q[0] - p[0], q[1] - p[1]
    side_p = ux * (p[1] - a[1]) - uy * (p[0] - a[0])
    side_q = ux * (q[1] - a[1]) - uy * (q[0] - a[0])
    side_a = vx * (a[1] - p[1]) - vy * (a[0] - p[0])
    side_b = vx * (b[1] - p[1]) - vy * (b[0] - p[0])
    if side_p == side_q == side_a == side_b == 0.0:  # on one line: do their shadows overlap?
        return (
            max(min(a[0], b[0]), min(p[0], q[0])) <= min(max(a[0], b[0]), max(p[0], q[0]))
            and max(min(a[1], b[1]), min(p[1], q[1])) <= min(max(a[1], b[1]), max(p[1], q[1]))
        )  # fmt: skip
    return side_p * side_q <= 0.0 and side_a * side_b <= 0.0


def segment_to_segment_m(a: XY, b: XY, p: XY, q: XY) -> float:
    """The least distance in metres between two segments; 0 where they meet."""
    if segments_cross(a, b, p, q):
        return 0.0
    return min(
        point_to_segment_m(a, p, q),
        point_to_segment_m(b, p, q),
        point_to_segment_m(p, a, b),
        point_to_segment_m(q, a, b),
    )


def point_to_rings_m(point: XY, rings: Iterable[Sequence[XY]]) -> float:
    """Distance in metres from a point to the nearest edge of any ring; infinite where there is none."""
    return min(
        (
            point_to_segment_m(point, a, b)
            for ring in rings
            for a, b in zip(ring, _shifted(ring), strict=True)
        ),
        default=math.inf,
    )


def segment_meets(a: XY, b: XY, rings: Sequence[Sequence[XY]]) -> bool:
    """True where the segment touches the area or lies in it."""
    if is_inside(a, rings) or is_inside(b, rings):
        return True
    return any(
        segments_cross(a, b, p, q) for ring in rings for p, q in zip(ring, _shifted(ring), strict=True)
    )


def _shifted(ring: Sequence[XY]) -> Sequence[XY]:
    return (*ring[1:], ring[0])
