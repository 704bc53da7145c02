"""What this aircraft's battery really loses, told from its own flights.

The marks of a flight (`BatteryNoted`) are split at the arrival: a hover and a transit cost differently. The
slope of each part is the median of the slopes between all pairs of marks (Theil-Sen), which a single
odd reading does not move. It counts for as much as it has seen: a few percent of battery hardly, ten fully
enough to outweigh the agency's endurance figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from statistics import median

import msgspec

from rtcc_core.domain.drone import Drone
from rtcc_core.domain.energy import HOME_MARGIN, nominal_drain_per_s
from rtcc_core.domain.flight import BatteryMark, Flight, Phase
from rtcc_core.domain.state import State

MARKS_USED = 12
"""The newest of each part: today's wind and today's load."""

SEEN_ENOUGH = 0.06
"""Battery used between the marks at which what was seen weighs as much as the endurance figure."""

SHORTEST_S = 20.0
"""Marks closer together than this say nothing about a slope: whole percents jump."""

FAST = 1.5
"""A drain of so many times the nominal one is a battery that fails, or a load that nobody planned."""

CALMED = 1.25
"""Below this many times the nominal drain it counts as well again."""

FAST_AFTER_S = 60.0
FAST_AFTER = 0.06
"""So much flight and so much battery must be seen before a drain is called fast."""

CELL_FELL = 0.10
CELL_FELL_WITHIN_S = 30.0
"""A tenth of the battery gone within so many seconds, at no drain that flying explains: a cell failed."""


class Drain(msgspec.Struct, frozen=True, kw_only=True):
    """Battery fraction a second, by what the aircraft does."""

    nominal_per_s: float
    transit_per_s: float
    hover_per_s: float
    seen: float = 0.0
    """Battery fraction that was used while this was learned; 0: nothing was learned yet."""

    @property
    def worst_per_s(self) -> float:
        """The worst of what is known and what is planned with."""
        return max(self.nominal_per_s, self.transit_per_s, self.hover_per_s)

    @property
    def home_per_s(self) -> float:
        """For the way home: worse than the worst that is known, because there is no second try."""
        return HOME_MARGIN * self.worst_per_s

    def hovering_at_least(self, per_s: float) -> Drain:
        """The same, with a hover of no less than the aircraft itself believes."""
        return msgspec.structs.replace(self, hover_per_s=max(self.hover_per_s, per_s))

    def in_transit_at_least(self, per_s: float) -> Drain:
        """The same, with a transit of no less than the aircraft itself believes."""
        return msgspec.structs.replace(self, transit_per_s=max(self.transit_per_s, per_s))


def learned(drone: Drone, flight: Flight | None) -> Drain:
    """The drain of one aircraft from the marks of one flight of it; nominal where there are none."""
    nominal = nominal_drain_per_s(drone)
    transit, hover = _parts(flight) if flight else ((), ())
    transit_per_s = _blend(nominal, transit)
    # A hover not yet seen is taken to cost what the transit was seen to cost, where that is the worse.
    hover_per_s = _blend(max(nominal, transit_per_s), hover)
    return Drain(
        nominal_per_s=nominal,
        transit_per_s=transit_per_s,
        hover_per_s=hover_per_s,
        seen=_used(transit) + _used(hover),
    )


def newest_flight(state: State, callsign: str) -> Flight | None:
    """The newest flight of an aircraft that told how its battery fell."""
    return next(
        (f for f in reversed(state.flights.values()) if f.drone == callsign and len(f.battery_marks) > 2),
        None,
    )


def slope_per_s(marks: Sequence[BatteryMark]) -> float | None:
    """Battery fraction lost a second, by the median of all pairs; None where the marks cannot tell."""
    if not marks:
        return None
    points = [((mark.at - marks[0].at).total_seconds(), mark.fraction) for mark in marks]
    slopes = [
        (earlier[1] - later[1]) / (later[0] - earlier[0])
        for earlier, later in combinations(points, 2)
        if later[0] - earlier[0] >= SHORTEST_S
    ]
    return max(0.0, median(slopes)) if slopes else None


def trouble(drone: Drone, flight: Flight) -> str | None:
    """In words, how the battery of this flight falls faster than planned; empty: it does not; None: cannot
    be told yet, or neither clearly so nor clearly not."""
    marks = flight.battery_marks[-MARKS_USED:]
    for earlier, later in pairwise(marks):
        within_s = (later.at - earlier.at).total_seconds()
        fell = earlier.fraction - later.fraction
        if fell >= CELL_FELL and within_s <= CELL_FELL_WITHIN_S:
            return f"battery fell from {earlier.fraction:.0%} to {later.fraction:.0%} within {within_s:.0f} s"
    if len(marks) < 3 or (marks[-1].at - marks[0].at).total_seconds() < FAST_AFTER_S:
        return None
    slope = slope_per_s(marks)
    if slope is None or _used(marks) < FAST_AFTER:
        return None
    times = slope / nominal_drain_per_s(drone)
    if times >= FAST:
        return f"battery drains {times:.1f} times as fast as planned: {slope * 6000:.1f} % a minute"
    return "" if times <= CALMED else None


def _parts(flight: Flight) -> tuple[Sequence[BatteryMark], Sequence[BatteryMark]]:
    """Transit marks and hover marks, the newest of each."""
    arrived_at = flight.times.get(Phase.ON_SCENE)
    marks = flight.battery_marks
    if arrived_at is None:
        return marks[-MARKS_USED:], ()
    left_at = flight.cleared_at
    hover = [mark for mark in marks if mark.at >= arrived_at and (left_at is None or mark.at <= left_at)]
    transit = [mark for mark in marks if mark.at <= arrived_at]
    return transit[-MARKS_USED:], hover[-MARKS_USED:]


def _blend(prior_per_s: float, marks: Sequence[BatteryMark]) -> float:
    slope = slope_per_s(marks)
    if slope is None:
        return prior_per_s
    used = _used(marks)
    return (prior_per_s * SEEN_ENOUGH + slope * used) / (SEEN_ENOUGH + used)


def _used(marks: Sequence[BatteryMark]) -> float:
    return max(0.0, marks[0].fraction - marks[-1].fraction) if marks else 0.0
