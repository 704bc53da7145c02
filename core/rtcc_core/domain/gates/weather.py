"""Does the weather, and the light, let it fly?"""

from __future__ import annotations

import math

from astral import Observer
from astral.sun import elevation

from rtcc_core.domain.forecast import is_fresh
from rtcc_core.domain.gates.answer import NOT_SET_UP, Answer, blocked, passed, unknown, warned
from rtcc_core.domain.gates.question import Question

CIVIL_TWILIGHT_DEG = -6.0
"""Sun below this: night, from the end of evening to the begin of morning civil twilight (14 CFR 1.1)."""

BELOW_CLOUD_M = 152.4
"""500 feet (14 CFR 107.51(d)(1))."""


def wind_gate(asked: Question) -> Answer:
    """Wind and gust within the aircraft's limit, from an observation that is still valid."""
    weather = asked.weather
    if weather is None:
        return unknown("no wind observation")
    if not weather.has_wind:
        return unknown(f"{weather.source} tells no wind")
    if not is_fresh(weather, asked.programme, asked.at):
        age_min = (asked.at - weather.observed_at).total_seconds() / 60
        return unknown(f"the wind observation is {age_min:.0f} min old")
    speeds = (weather.wind_speed_m_s, weather.gust_m_s or 0.0)
    strongest, limit = max(speeds), asked.drone.max_wind_m_s
    if not all(math.isfinite(speed) for speed in speeds):
        return unknown("the wind observation is not a number")
    reason = f"{strongest:.0f} m/s of {limit:.0f} m/s"
    if strongest > limit:
        return blocked(reason)
    if strongest > 0.8 * limit:
        return warned(reason)
    return passed(reason)


def visibility_gate(asked: Question) -> Answer | None:
    """Flight visibility, and the distance below cloud, from an observation that is still valid."""
    weather, programme = asked.weather, asked.programme
    if not programme.takes_metar:
        return NOT_SET_UP
    if weather is None or not is_fresh(weather, programme, asked.at):
        return unknown("no valid observation")
    if weather.visibility_m is None or not math.isfinite(weather.visibility_m):
        return unknown("the observation does not tell the visibility")
    seen_m, need_m = weather.visibility_m, programme.min_visibility_m
    words = f"{seen_m / 1_000.0:.1f} km, needs {need_m / 1_000.0:.1f} km"
    if seen_m < need_m:
        return blocked(words)
    if weather.cloud_base_m is not None and not math.isfinite(weather.cloud_base_m):
        return unknown("how high the cloud is was not told as a number")
    base_m, height_m = weather.cloud_base_m, max(programme.transit_height_m, programme.overwatch_height_m)
    if base_m is not None and base_m - height_m < BELOW_CLOUD_M:
        return blocked(f"cloud at {base_m:.0f} m leaves less than {BELOW_CLOUD_M:.0f} m above the flight")
    return passed(words if base_m is None else f"{words}; cloud at {base_m:.0f} m")


def night_gate(asked: Question) -> Answer:
    """By night only with authority, a lit aircraft and a person trained for it."""
    place = asked.target or asked.start
    if place is None:
        return unknown("whether it is night cannot be told without a place")
    sun_deg = elevation(Observer(place.latitude_deg, place.longitude_deg), asked.at, with_refraction=False)
    if sun_deg >= CIVIL_TWILIGHT_DEG:
        return passed("day" if sun_deg >= 0.0 else "civil twilight")
    if not asked.programme.is_authorised_at_night:
        return blocked("night, and this programme flies by day")
    if not asked.drone.is_lit:
        return blocked(f"night, and {asked.drone.callsign} has no anti-collision light")
    if asked.asked_by is not None and not asked.asked_by.is_night_trained:
        return blocked(f"night, and {asked.asked_by.name} is not trained for it")
    return passed("night, aircraft lit")
