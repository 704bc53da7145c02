"""METAR and SPECI text to an observation: wind, gust, visibility, lowest cloud, pressure, and when.

Reading is avwx-engine's; what is here turns its answer into our units and says what the report does not tell.
A group that is missing is missing: nothing is assumed (WMO No. 306, FM 15; FMH-1 for P6SM and M1/4SM).
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

import msgspec

METRES_PER_STATUTE_MILE = 1_609.344
M_S_PER_UNIT = {"kt": 0.514_444, "m/s": 1.0, "km/h": 1.0 / 3.6, "mi/h": 0.447_04}
METRES_PER_UNIT = {"sm": METRES_PER_STATUTE_MILE, "m": 1.0}
METRES_PER_HUNDRED_FEET = 30.48
HPA_PER_UNIT = {"hPa": 1.0, "inHg": 33.863_89}
UNLIMITED_M = 10_000.0
"""9999 and CAVOK: ten kilometres or more."""

CEILINGS = ("BKN", "OVC", "VV")
"""Layers that make a ceiling."""

QNH_MIN_HPA, QNH_MAX_HPA = 850.0, 1_100.0
"""Beyond the lowest and the highest ever measured (870 and 1,084 hPa): a group outside was misread."""

LONGEST = 2_000
LONGEST_AHEAD = timedelta(hours=1)
"""A report's day and hour further ahead than this are of the last month, not of the next hours."""


class MetarError(ValueError):
    """The text is no report that can be used; the message says why."""


class Metar(msgspec.Struct, frozen=True, kw_only=True):
    """One report. None: it does not tell."""

    station: str
    observed_at: datetime
    wind_speed_m_s: float | None
    wind_from_deg: float | None
    """None also where the direction is variable."""
    is_variable: bool
    gust_m_s: float | None
    visibility_m: float | None
    cloud_base_m: float | None
    """Lowest broken, overcast or obscured layer above the ground; None: no ceiling, or not told."""
    qnh_hpa: float | None
    """Pressure reduced to sea level (`Q1020`, `A3012`): what altimeters are set to."""
    raw: str
    missing: tuple[str, ...]
    """What a launch needs and the report does not tell: `wind`, `visibility`."""


def read_metar(text: str, now: datetime) -> Metar:
    """The last report in a text: a bare METAR, or a station file with its date line above it.

    `now` says which month the report's day belongs to. Raises MetarError.
    """
    # Here, not above: the library takes a third of a second to load, and most agencies start without it.
    from avwx.current.metar import Metar as Reader

    report = _last_report(text)
    try:
        read = Reader.from_report(report, issued=now.date())
    except Exception as error:  # the library raises whatever a strange group makes it raise
        raise MetarError(f"{report[:60]!r} cannot be read: {error}") from error
    if read is None or read.data is None or not read.data.station:
        raise MetarError(f"{report[:60]!r} is not a METAR")
    if re.search(r"\bNIL\b", report):
        raise MetarError("the station reported nothing (NIL)")
    units = read.units
    speed = _number(read.data.wind_speed, M_S_PER_UNIT.get(units.wind_speed if units else "", math.nan))
    gust = _number(read.data.wind_gust, M_S_PER_UNIT.get(units.wind_speed if units else "", math.nan))
    is_variable = read.data.wind_direction is not None and read.data.wind_direction.repr == "VRB"
    visibility = _visibility_m(report, read.data.visibility, units.visibility if units else "")
    missing = [name for name, value in (("wind", speed), ("visibility", visibility)) if value is None]
    return Metar(
        station=read.data.station,
        observed_at=_observed_at(report, now),
        wind_speed_m_s=speed,
        wind_from_deg=None if is_variable else _number(read.data.wind_direction, 1.0),
        is_variable=is_variable,
        gust_m_s=gust if gust is None or speed is None else max(gust, speed),
        visibility_m=visibility,
        cloud_base_m=_ceiling_m(read.data.clouds),
        qnh_hpa=_qnh_hpa(read.data.altimeter, units.altimeter if units else ""),
        raw=report,
        missing=tuple(missing),
    )


def _last_report(text: str) -> str:
    lines = [" ".join(line.split()) for line in text[:LONGEST].splitlines()]
    reports = [line for line in lines if re.search(r"\b[A-Z][A-Z0-9]{3} \d{6}Z\b", line)]
    if not reports:
        raise MetarError("there is no report in it: a METAR has a station and a time, KPDX 231253Z …")
    return re.sub(r"^(METAR|SPECI) ", "", reports[-1]).rstrip("=")


def _observed_at(report: str, now: datetime) -> datetime:
    """Day, hour and minute of the report in the month that puts it nearest before `now`."""
    found = re.search(r"\b(\d{2})(\d{2})(\d{2})Z\b", report)
    assert found is not None, "a report without a time was refused before"
    day, hour, minute = (int(part) for part in found.groups())
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(3):
        try:
            at = month.replace(day=day, hour=hour, minute=minute)
        except ValueError:
            at = None
        if at is not None and at <= now + LONGEST_AHEAD:
            return at
        month = (month - timedelta(days=1)).replace(day=1)
    raise MetarError(f"there is no such day and time as {found[0]}")


def _number(value: object, factor: float) -> float | None:
    number = getattr(value, "value", None)
    if not isinstance(number, int | float):
        return None
    converted = float(number) * factor
    return converted if math.isfinite(converted) and converted >= 0.0 else None


def _visibility_m(report: str, value: object, unit: str) -> float | None:
    """`P6SM` counts as its 6 miles, `M1/4SM` as less than its quarter: half of it."""
    bounded = re.search(r" ([PM])(\d{1,2})(?:/([1-9]\d?))?SM\b", report.partition(" RMK ")[0])
    if bounded:  # the library knows no number for these
        length_m = int(bounded[2]) / int(bounded[3] or 1) * METRES_PER_STATUTE_MILE
        return length_m if bounded[1] == "P" else length_m / 2.0
    if getattr(value, "repr", "") in ("CAVOK", "9999"):
        return UNLIMITED_M
    return _number(value, METRES_PER_UNIT.get(unit, math.nan))


def _qnh_hpa(value: object, unit: str) -> float | None:
    pressure_hpa = _number(value, HPA_PER_UNIT.get(unit, math.nan))
    if pressure_hpa is None or not QNH_MIN_HPA <= pressure_hpa <= QNH_MAX_HPA:
        return None
    return pressure_hpa


def _ceiling_m(clouds: object) -> float | None:
    bases = [
        layer.base * METRES_PER_HUNDRED_FEET
        for layer in (clouds if isinstance(clouds, list) else [])
        if layer.type in CEILINGS and isinstance(layer.base, int)
    ]
    return min(bases, default=None)
