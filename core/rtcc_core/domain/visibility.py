"""The shortest way in a plane around polygons, at a distance from them.

A shortest path bends only at corners of what it goes around, so the search runs over those corners, moved
outwards by the clearance. It begins with the obstacles that the straight line meets, searches among their
corners (A*), checks the result against everything, adds what it newly meets, and searches again: the first
path that meets nothing is the shortest of all, since leaving obstacles out can only make it shorter.
Obstacles that no path fits between are added together.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rtcc_core.domain.plane import XY, Box, box_of, is_inside, is_left_turning, point_to_rings_m

MARGIN_M = 0.01
"""Corners lie this much further out than the clearance asks, so that rounding never costs a path."""

BEND_MAX_RAD = math.radians(15.0)
"""Neighbouring corners that bend no more than this together are rounded as one: a drawn circle has many."""

SHARP_RAD = math.radians(120.0)
"""A corner that bends more than this is passed by two points, not by one far out."""


class Corner(NamedTuple):
    """A point where a path may bend, with the directions of the edges before and after it."""

    x: float
    y: float
    in_x: float
    in_y: float
    out_x: float
    out_y: float
    owner: int = -1
    """Index of its obstacle; -1 for start and goal."""


_NO_EDGES = (0.0, 0.0, 0.0, 0.0)


class Obstacle:
    """An area that a path must not come nearer to than its clearance.

    `rings` are its outline and holes in metres. A barrier (a fence seen from within) is the ground outside
    its rings; anything else is the ground within.
    """

    __slots__ = ("_corners", "box", "clearance_m", "edges", "is_barrier", "name", "rings")

    def __init__(
        self, name: str, rings: Sequence[Sequence[XY]], clearance_m: float, *, is_barrier: bool = False
    ) -> None:
        self.name = name
        self.is_barrier = is_barrier
        self.rings = [
            _turned(ring, to_left=(index == 0) is not is_barrier) for index, ring in enumerate(rings)
        ]
        self.clearance_m = clearance_m
        self.edges = [
            (*a, *b) for ring in self.rings for a, b in zip(ring, (*ring[1:], ring[0]), strict=True)
        ]
        west, south, east, north = box_of(point for ring in self.rings for point in ring)
        self.box: Box = (west - clearance_m, south - clearance_m, east + clearance_m, north + clearance_m)
        self._corners: list[Corner] | None = None

    def with_clearance(self, clearance_m: float) -> Obstacle:
        """The same area, passed at another distance."""
        if clearance_m == self.clearance_m:
            return self
        return Obstacle(self.name, self.rings, clearance_m, is_barrier=self.is_barrier)

    def holds(self, point: XY) -> bool:
        """True for a point that no path may be at, whatever the clearance."""
        return is_inside(point, self.rings) is not self.is_barrier

    def distance_m(self, point: XY) -> float:
        """To its nearest edge."""
        return point_to_rings_m(point, self.rings)

    def corners(self) -> list[Corner]:
        """Where a path around it may bend."""
        if self._corners is None:
            out_m = self.clearance_m * (1.0 + 1e-9) + MARGIN_M
            self._corners = [corner for ring in self.rings for corner in _ring_corners(ring, out_m)]
        return self._corners

    def is_met(self, ax: float, ay: float, bx: float, by: float) -> bool:
        """True where the segment from a to b comes nearer than the clearance."""
        clearance = self.clearance_m
        dx, dy = bx - ax, by - ay
        length = math.hypot(dx, dy)
        if length == 0.0:
            return self.distance_m((ax, ay)) < clearance
        ux, uy = dx / length, dy / length
        if not self.is_barrier:  # all of it on one side, far enough?
            sides = [ux * (y - ay) - uy * (x - ax) for ring in self.rings[:1] for x, y in ring]
            if min(sides) >= clearance or max(sides) <= -clearance:
                return False
        return self._edge_is_near(ax, ay, ux, uy, length)

    def _edge_is_near(self, ax: float, ay: float, ux: float, uy: float, length: float) -> bool:
        """Every edge in the segment's own frame: s along it, t to its left."""
        clearance = self.clearance_m
        for px, py, qx, qy in self.edges:
            px, py, qx, qy = px - ax, py - ay, qx - ax, qy - ay
            t_p, t_q = ux * py - uy * px, ux * qy - uy * qx
            if (t_p >= clearance and t_q >= clearance) or (t_p <= -clearance and t_q <= -clearance):
                continue
            s_p, s_q = ux * px + uy * py, ux * qx + uy * qy
            if (s_p <= -clearance and s_q <= -clearance) or (
                s_p >= length + clearance and s_q >= length + clearance
            ):
                continue
            if _frame_distance_m(s_p, t_p, s_q, t_q, length, clearance) < clearance:
                return True
        return False


def _frame_distance_m(s_p: float, t_p: float, s_q: float, t_q: float, length: float, enough: float) -> float:
    """Distance from the segment (0, 0)-(length, 0) to the segment p-q."""
    if (t_p <= 0.0 <= t_q) or (t_q <= 0.0 <= t_p):
        crossing = s_p if t_p == t_q else s_p + (s_q - s_p) * t_p / (t_p - t_q)
        if 0.0 <= crossing <= length:
            return -1.0  # it crosses: nearer than any clearance, none included
    near = min(_to_axis(s_p, t_p, length), _to_axis(s_q, t_q, length))
    if near < enough:
        return near
    ds, dt = s_q - s_p, t_q - t_p
    squared = ds * ds + dt * dt
    for s in (0.0, length):
        along = 0.0 if squared == 0.0 else min(1.0, max(0.0, ((s - s_p) * ds - t_p * dt) / squared))
        near = min(near, math.hypot(s_p + along * ds - s, t_p + along * dt))
    return near


def _to_axis(s: float, t: float, length: float) -> float:
    return math.hypot(s - min(length, max(0.0, s)), t)


def _turned(ring: Sequence[XY], *, to_left: bool) -> list[XY]:
    """The ring with what is forbidden on its left, without corners that repeat."""
    kept = [point for point, before in zip(ring, (ring[-1], *ring[:-1]), strict=True) if point != before]
    return kept if is_left_turning(kept) is to_left else kept[::-1]


def _ring_corners(ring: Sequence[XY], out_m: float) -> list[Corner]:
    """The bends of one ring, moved `out_m` to its right."""
    count = len(ring)
    ways = [_direction(ring[i], ring[(i + 1) % count]) for i in range(count)]  # way i leaves corner i
    bends = [_bend(ways[i - 1], ways[i]) for i in range(count)]
    first = next((i for i in range(count) if bends[i] <= 0.0 or bends[i] > BEND_MAX_RAD), 0)
    corners: list[Corner] = []
    i = first
    while i < first + count:
        total, last = bends[i % count], i
        if total <= 0.0:
            i += 1
            continue
        while last + 1 < first + count and 0.0 < bends[(last + 1) % count] <= BEND_MAX_RAD - total:
            last += 1
            total += bends[last % count]
        before, after = ways[i % count - 1], ways[last % count]
        corners += _rounded(ring[i % count], before, ring[last % count], after, total, out_m)
        i = last + 1
    return corners


def _rounded(a: XY, before: XY, b: XY, after: XY, bend: float, out_m: float) -> list[Corner]:
    """The point (or, around a sharp corner, two) where the edges before a and after b meet, moved out."""
    start = a[0] + before[1] * out_m, a[1] - before[0] * out_m
    end = b[0] + after[1] * out_m, b[1] - after[0] * out_m
    if bend > SHARP_RAD:
        one = start[0] + before[0] * out_m, start[1] + before[1] * out_m
        two = end[0] - after[0] * out_m, end[1] - after[1] * out_m
        over = _direction(one, two)
        return [Corner(*one, *before, *over), Corner(*two, *over, *after)]
    turn = before[0] * after[1] - before[1] * after[0]
    along = ((end[0] - start[0]) * after[1] - (end[1] - start[1]) * after[0]) / turn
    point = start[0] + before[0] * along, start[1] + before[1] * along
    return [Corner(*point, *before, *after)]


def _direction(a: XY, b: XY) -> XY:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy) or 1.0
    return dx / length, dy / length


def _bend(before: XY, after: XY) -> float:
    """How far the ring turns to the left here, radians in (-pi, pi]; 0 for what is as good as straight."""
    bend = math.atan2(
        before[0] * after[1] - before[1] * after[0], before[0] * after[0] + before[1] * after[1]
    )
    return 0.0 if abs(bend) < 1e-7 else bend


class _Boxes:
    """Obstacles by the western edge of their boxes, so that a segment is compared with those near it."""

    def __init__(self, obstacles: Iterable[Obstacle]) -> None:
        self._boxes = sorted((*each.box, index, each) for index, each in enumerate(obstacles))

    def met_by(self, ax: float, ay: float, bx: float, by: float) -> Iterator[int]:
        """The indexes of the obstacles that the segment comes too near to."""
        west, east = (ax, bx) if ax < bx else (bx, ax)
        south, north = (ay, by) if ay < by else (by, ay)
        for box_west, box_south, box_east, box_north, index, obstacle in self._boxes:
            if box_west > east:
                return
            if box_east < west or box_south > north or box_north < south:
                continue
            if obstacle.is_met(ax, ay, bx, by):
                yield index

    def is_met(self, ax: float, ay: float, bx: float, by: float) -> bool:
        """True where the segment comes too near to any of them."""
        return next(self.met_by(ax, ay, bx, by), None) is not None


class Field:
    """Obstacles, and which of them leave no way between them."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        self.obstacles = list(obstacles)
        self._boxes = _Boxes(self.obstacles)
        self._group = _groups(self.obstacles)
        self._free: dict[int, list[Corner]] = {}

    def is_open(self, a: XY, b: XY) -> bool:
        """True where the straight line meets nothing."""
        return not self._boxes.is_met(*a, *b)

    def shortest(self, start: XY, goal: XY) -> tuple[list[XY], list[int]] | tuple[None, list[int]]:
        """The shortest path, both ends included, and the obstacles it bends around, in order.

        None, and the obstacles that are in the way, where there is none. Both ends must be free.
        """
        active: set[int] = set()
        path: list[Corner] = [Corner(*start, *_NO_EDGES), Corner(*goal, *_NO_EDGES)]
        while True:
            met = self._met_by(path) - active
            if not met:
                owners = list(dict.fromkeys(corner.owner for corner in path if corner.owner >= 0))
                return [(corner.x, corner.y) for corner in path], owners
            for index in met:
                active |= self._group[index]
            found = _search(start, goal, [self.obstacles[i] for i in sorted(active)], self._corners(active))
            if found is None:
                return None, sorted(active)
            path = found

    def _met_by(self, path: Sequence[Corner]) -> set[int]:
        legs = ((a.x, a.y, b.x, b.y) for a, b in itertools.pairwise(path))
        return {index for leg in legs for index in self._boxes.met_by(*leg)}

    def _corners(self, active: Iterable[int]) -> list[Corner]:
        return [corner for index in sorted(active) for corner in self._free_corners(index)]

    def _free_corners(self, index: int) -> list[Corner]:
        """The corners of one obstacle that no other of its group covers."""
        if index not in self._free:
            others = [self.obstacles[other] for other in self._group[index] if other != index]
            self._free[index] = [
                corner._replace(owner=index)
                for corner in self.obstacles[index].corners()
                if not any(_covers(other, corner.x, corner.y) for other in others)
            ]
        return self._free[index]


def _covers(obstacle: Obstacle, x: float, y: float) -> bool:
    west, south, east, north = obstacle.box
    is_in_box = west < x < east and south < y < north
    if not is_in_box:
        return obstacle.is_barrier
    return obstacle.holds((x, y)) or obstacle.distance_m((x, y)) < obstacle.clearance_m


def _groups(obstacles: Sequence[Obstacle]) -> list[frozenset[int]]:
    """For each obstacle: all that its grown box hangs together with. Barriers stand alone."""
    leader = list(range(len(obstacles)))

    def lead(i: int) -> int:
        while leader[i] != i:
            leader[i] = leader[leader[i]]
            i = leader[i]
        return i

    order = sorted((o.box[0], i) for i, o in enumerate(obstacles) if not o.is_barrier)
    open_ones: list[int] = []
    for west, i in order:
        open_ones = [j for j in open_ones if obstacles[j].box[2] >= west]
        box = obstacles[i].box
        for j in open_ones:
            if obstacles[j].box[1] <= box[3] and obstacles[j].box[3] >= box[1]:
                leader[lead(i)] = lead(j)
        open_ones.append(i)
    members: dict[int, list[int]] = {}
    for i in range(len(obstacles)):
        members.setdefault(lead(i), []).append(i)
    sets = {root: frozenset(group) for root, group in members.items()}
    return [sets[lead(i)] for i in range(len(obstacles))]


def _search(
    start: XY, goal: XY, obstacles: Sequence[Obstacle], corners: Sequence[Corner]
) -> list[Corner] | None:
    """A* over the corners; whether one is seen from another is asked only when it is about to be used."""
    boxes = _Boxes(obstacles)
    ends = [Corner(*start, *_NO_EDGES), Corner(*goal, *_NO_EDGES)]
    nodes = [*ends, *corners]
    to_goal = [math.hypot(node.x - goal[0], node.y - goal[1]) for node in nodes]
    came_from: dict[int, int] = {}
    waiting = [(to_goal[0], 0.0, 0, 0)]
    while waiting:
        _, gone, here, before = heapq.heappop(waiting)
        if here in came_from:
            continue
        a, b = nodes[before], nodes[here]
        if here != before and boxes.is_met(a.x, a.y, b.x, b.y):
            continue
        came_from[here] = before
        if here == 1:
            return _walk_back(nodes, came_from)
        for there, node in enumerate(nodes):
            if there not in came_from and _grazes(b, node):
                far = gone + math.hypot(node.x - b.x, node.y - b.y)
                heapq.heappush(waiting, (far + to_goal[there], far, there, here))
    return None


def _walk_back(nodes: Sequence[Corner], came_from: dict[int, int]) -> list[Corner]:
    path, here = [nodes[1]], 1
    while here != 0:
        here = came_from[here]
        path.append(nodes[here])
    return path[::-1]


def _grazes(a: Corner, b: Corner) -> bool:
    """True where the line from a to b could be part of a shortest path: it cuts into neither corner."""
    dx, dy = b.x - a.x, b.y - a.y
    slack = 1e-9 * (abs(dx) + abs(dy))
    for corner in (a, b):
        if corner.owner >= 0:
            before = corner.in_x * dy - corner.in_y * dx
            after = dx * corner.out_y - dy * corner.out_x
            if (before > slack and after < -slack) or (before < -slack and after > slack):
                return False
    return True
