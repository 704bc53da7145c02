"""Can it go there, come back and land with the reserve?"""

from __future__ import annotations

import math

from rtcc_core.domain.gates.answer import Answer, blocked, passed, unknown, warned
from rtcc_core.domain.gates.question import Question


def battery_gate(asked: Question) -> Answer:
    """Enough to go, come back and land with the reserve, in today's wind."""
    seen = asked.telemetry
    if seen.battery_fraction is None or not 0.0 <= seen.battery_fraction <= 1.0:
        return unknown("the aircraft has not said how full it is")
    stale_s = max(asked.programme.stale_after_s, 10.0)
    if seen.battery_age_s is None or not seen.battery_age_s <= stale_s:
        return unknown("the battery value is old")
    trip = asked.plan()
    if trip is None:
        if asked.target is None or asked.start is None:
            return unknown(f"{seen.battery_fraction:.0%}, the way is not known")
        return blocked("the wind is too strong for the way out and back")
    have, need = seen.battery_fraction, trip.needed_fraction
    if not math.isfinite(need):
        return unknown(f"{have:.0%}, what it needs cannot be told")
    if have < need:
        return blocked(f"{have:.0%}, needs {need:.0%} for there and home")
    wind = asked.wind
    told = ", calm assumed" if wind is None else ", wind VRB taken as ahead" if wind.is_variable else ""
    reason = f"{have:.0%}, needs {need:.0%}{told}"
    return warned(reason) if have - need < 0.05 else passed(reason)
