"""Traffic alerts: what to raise and what to clear for one aircraft, and the words of it.

An alert is raised once, and once more when well clear is really lost; it ends with more room than it began
with, so that one at the edge does not flap.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from rtcc_core.domain.drone import Telemetry
from rtcc_core.domain.traffic import (
    DROPPED_AFTER_S,
    AltitudeBy,
    Intruder,
    Traffic,
    far_words,
    where_words,
    wind_of,
)
from rtcc_core.domain.well_clear import Conflict, Limits, Volume, approach, volume_of

CLEAR_AGAIN = Limits(horizontal_m=762.0, vertical_m=114.3, horizon_s=75.0)
"""An alert ends only beyond these, a quarter and a half more, so that one at the edge does not flap."""


class Cleared(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that is over, and why."""

    drone: str
    intruder_id: str
    reason: str


class Review(msgspec.Struct, frozen=True):
    """What changed for one aircraft since its alerts were last looked at."""

    raised: tuple[Conflict, ...] = ()
    """New ones, and foreseen ones that have come true; soonest first."""
    cleared: tuple[Cleared, ...] = ()


def review(
    own: Telemetry,
    traffic: Traffic,
    known: Mapping[str, Conflict],
    *,
    pace: float = 1.0,
    qnh_hpa: float | None = None,
    may_forget: bool = True,
    top_height_m: float | None = None,
) -> Review:
    """What to raise and what to clear for one aircraft; `known` are its alerts that stand, by intruder id.

    An alert is raised once, and once more when well clear is really lost; it ends beyond `CLEAR_AGAIN`.
    Without `may_forget` (nobody listens) silence ends none: who is not heard may be there.
    A climb of ours ends at `top_height_m` above its launch point, where that is known.
    """
    raised: list[Conflict] = []
    volume = volume_of(own, pace=pace, top_height_m=top_height_m)
    if volume is not None:
        for intruder in traffic:
            found = approach(own.drone, volume, intruder, pace=pace, qnh_hpa=qnh_hpa)
            before = known.get(intruder.id)
            if found is not None and (before is None or (found.is_now and not before.is_now)):
                raised.append(found)
    raised.sort(key=lambda conflict: (conflict.in_s, conflict.horizontal_m))
    by_id = {intruder.id: intruder for intruder in traffic} if known else {}
    cleared: list[Cleared] = []
    for intruder_id, conflict in known.items():
        last = by_id.get(intruder_id)
        if own.is_airborne is not False and last is None and not may_forget:
            continue
        reason = _why_clear(own, volume, last, pace, qnh_hpa)
        if reason:
            cleared.append(
                Cleared(drone=own.drone, intruder_id=intruder_id, reason=f"{conflict.name} {reason}")
            )
    return Review(tuple(raised), tuple(cleared))


def conflict_words(conflict: Conflict) -> str:
    """One line for a dispatcher: who, where, when, how near."""
    where = f"{far_words(conflict.distance_now_m)} {wind_of(conflict.bearing_deg)}"
    if conflict.is_stale:
        where += f" ({conflict.position_age_s:.0f} s ago)"
    when = "is too close NOW" if conflict.is_now else f"too close in {conflict.in_s:.0f} s"
    if conflict.vertical_m is None:
        height = "at an unknown height"
    else:
        side = "above" if conflict.vertical_m >= 0.0 else "below"
        height = f"{abs(conflict.vertical_m):.0f} m {side}"
        if conflict.altitude_by is AltitudeBy.PRESSURE:
            height += " by its pressure altitude"
    return f"{conflict.name} {where}, {when}: passes at {far_words(conflict.horizontal_m)}, {height}"


def _why_clear(
    own: Telemetry, volume: Volume | None, intruder: Intruder | None, pace: float, qnh_hpa: float | None
) -> str:
    """Why an alert is over; empty while it is not."""
    if own.is_airborne is False:
        return f"is no concern: {own.drone} is on the ground"
    if intruder is None or not intruder.position_age_s <= DROPPED_AFTER_S:
        return f"was not heard for {DROPPED_AFTER_S:.0f} s: where it is now is not known"
    if intruder.on_ground:
        return "is on the ground"
    if volume is None:  # where ours is, is not known: that is not clear
        return ""
    if approach(own.drone, volume, intruder, limits=CLEAR_AGAIN, pace=pace, qnh_hpa=qnh_hpa) is not None:
        return ""
    return f"is clear: {where_words(volume.position, intruder)}"
