"""Day, civil twilight and night at a place, and when they change next (14 CFR 1.1, 107.29)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from astral import Observer
from astral.sun import elevation

from rtcc_core.domain.geo import LatLon

CIVIL_TWILIGHT_DEG = -6.0
"""Sun below this: night, from the end of evening to the begin of morning civil twilight."""

_LOOKS_AHEAD = timedelta(hours=24)
_STEP = timedelta(minutes=10)
_AS_NEAR_AS = timedelta(seconds=10)


class Light(StrEnum):
    """What the sun gives."""

    DAY = "day"
    TWILIGHT = "civil twilight"
    NIGHT = "night"


class Daylight(msgspec.Struct, frozen=True, kw_only=True):
    """The light now, and the next two moments at which it becomes another."""

    now: Light
    changes: tuple[tuple[datetime, Light], ...] = ()
    """Empty where it does not change within a day: polar day or night."""


def light_at(place: LatLon, at: datetime) -> Light:
    """The light at one moment; refraction is left out, as the almanac's definition does."""
    sun_deg = elevation(Observer(place.latitude_deg, place.longitude_deg), at, with_refraction=False)
    if sun_deg >= 0.0:
        return Light.DAY
    return Light.TWILIGHT if sun_deg >= CIVIL_TWILIGHT_DEG else Light.NIGHT


def daylight(place: LatLon, at: datetime) -> Daylight:
    """The light now and its next two changes within 24 hours, each to some seconds."""
    now = before = light_at(place, at)
    changes: list[tuple[datetime, Light]] = []
    moment = at
    while moment < at + _LOOKS_AHEAD and len(changes) < 2:
        after = light_at(place, moment + _STEP)
        if after is not before:
            changes.append((_when(place, moment, moment + _STEP, before), after))
            before = after
        moment += _STEP
    return Daylight(now=now, changes=tuple(changes))


def _when(place: LatLon, early: datetime, late: datetime, was: Light) -> datetime:
    while late - early > _AS_NEAR_AS:
        middle = early + (late - early) / 2
        early, late = (middle, late) if light_at(place, middle) is was else (early, middle)
    return late
