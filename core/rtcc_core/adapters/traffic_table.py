"""What all receivers together know of each aircraft: merged by address, the newest position wins.

Latest value only, and bounded: what is silent for a minute goes, what is far or high is not kept, and of too
many the ones heard longest ago go first. Times are monotonic seconds, given by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.traffic import ALWAYS_HIGH_AMSL_M, DROPPED_AFTER_S, AltitudeBy, Intruder, Traffic
from rtcc_core.wire.aircraft_report import AircraftReport

ROOM: Final = 1_000
TOLD_MAX: Final = 300
"""Twice what flies low round the busiest city; of more, which somebody must make up, the nearest count."""

REACH_M: Final = 30_000.0
"""Aircraft further than this from every launch site are no concern: two minutes at 250 m/s."""

GOES_WITH_POSITION_S: Final = 30.0
"""An altitude or a course this much older than the position is no longer the aircraft's."""


class _Known:
    """One aircraft; every figure with the time it was heard."""

    __slots__ = ("callsign", "category", "figures", "heard_at", "position", "position_at", "sources")

    def __init__(self) -> None:
        self.position: LatLon | None = None
        self.position_at = -math.inf
        self.heard_at = -math.inf
        self.callsign = ""
        self.category = ""
        self.figures: dict[str, tuple[float, float]] = {}
        """Value and time by name."""
        self.sources: dict[str, float] = {}
        """When each source last gave its position."""

    def figure(self, name: str) -> float | None:
        """The value while it belongs to the position."""
        value, at = self.figures.get(name, (0.0, -math.inf))
        return value if at >= self.position_at - GOES_WITH_POSITION_S else None


class TrafficTable:
    """Belongs to one event loop."""

    def __init__(self, around: Sequence[LatLon] = (), *, room: int = ROOM, pace: float = 1.0) -> None:
        """`around` are the launch sites; none given: everybody is near.

        The ages in a report are seconds of the world that the receiver is in, `pace` of them in a real one.
        """
        self._around = tuple(around)
        self._pace = pace
        self._room = room
        self._known: dict[str, _Known] = {}
        self.crowded_out = 0
        """Aircraft that did not fit."""

    def __len__(self) -> int:
        return len(self._known)

    def take(self, source: str, report: AircraftReport, now: float) -> None:
        """Note one report that arrived at `now`."""
        if report.position is not None and not self._is_near(report.position):
            self._known.pop(report.id, None)
            return
        known = self._known.setdefault(report.id, _Known())
        heard_at = now - report.age_s / self._pace
        known.heard_at = max(known.heard_at, heard_at)
        known.callsign = report.callsign or known.callsign
        known.category = report.category or known.category
        for name, value in _figures(report):
            if value is not None and heard_at >= known.figures.get(name, (0.0, -math.inf))[1]:
                known.figures[name] = (value, heard_at)
        if report.position is not None:
            position_at = now - report.position_age_s / self._pace
            known.sources[source] = max(position_at, known.sources.get(source, -math.inf))
            if position_at >= known.position_at:
                known.position, known.position_at = report.position, position_at
        if len(self._known) > self._room:
            self._make_room(now)

    def traffic(self, now: float) -> Traffic:
        """Everybody near and not high whose position is known and less than a minute old."""
        self._forget(now)
        found = [
            intruder
            for known_id, known in self._known.items()
            if (intruder := _intruder(known_id, known, now)) is not None
        ]
        if len(found) > TOLD_MAX and self._around:
            found.sort(key=lambda one: min(distance_m(site, one.position) for site in self._around))
        return tuple(found[:TOLD_MAX])

    def count(self, source: str, now: float) -> int:
        """How many aircraft near us this source has a position of."""
        return sum(
            now - known.sources.get(source, -math.inf) <= DROPPED_AFTER_S for known in self._known.values()
        )

    def _is_near(self, position: LatLon) -> bool:
        return not self._around or any(distance_m(site, position) <= REACH_M for site in self._around)

    def _forget(self, now: float) -> None:
        silent = [key for key, known in self._known.items() if now - known.heard_at > DROPPED_AFTER_S]
        for key in silent:
            del self._known[key]

    def _make_room(self, now: float) -> None:
        """Down to nine tenths, so that a flood does not sort the table at every report."""
        self._forget(now)
        # Who has no position goes first: nothing can be said about it anyway.
        by_worth = sorted(
            self._known, key=lambda key: (self._known[key].position_at, self._known[key].heard_at)
        )
        surplus = by_worth[: max(0, len(by_worth) - self._room * 9 // 10)]
        for key in surplus:
            del self._known[key]
        self.crowded_out += len(surplus)


def _figures(report: AircraftReport) -> tuple[tuple[str, float | None], ...]:
    return (
        ("pressure", report.pressure_altitude_m),
        ("geometric", report.geometric_altitude_m),
        ("ground", None if report.on_ground is None else float(report.on_ground)),
        ("track", report.track_deg),
        ("speed", report.ground_speed_m_s),
        ("climb", report.climb_m_s),
    )


def _intruder(known_id: str, known: _Known, now: float) -> Intruder | None:
    age_s = max(0.0, now - known.position_at)
    if known.position is None or age_s > DROPPED_AFTER_S:
        return None
    # Geometric first: it needs no pressure of the day to be compared with our own.
    altitude, altitude_by = known.figure("geometric"), AltitudeBy.GEOMETRIC
    if altitude is None:
        altitude, altitude_by = known.figure("pressure"), AltitudeBy.PRESSURE
    if altitude is not None and altitude > ALWAYS_HIGH_AMSL_M:
        return None
    fresh = [name for name, at in known.sources.items() if now - at <= DROPPED_AFTER_S]
    return Intruder(
        id=known_id,
        callsign=known.callsign,
        position=known.position,
        position_age_s=age_s,
        altitude_amsl_m=altitude,
        altitude_by=None if altitude is None else altitude_by,
        on_ground=bool(known.figure("ground")),
        track_deg=known.figure("track"),
        ground_speed_m_s=known.figure("speed"),
        climb_m_s=known.figure("climb"),
        category=known.category,
        sources=tuple(sorted(fresh, key=lambda name: (-known.sources[name], name))),
    )
