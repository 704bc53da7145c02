"""How numbers, ages and winds are said; shared by the screen and by the plain mode.

Feet, knots and percent are what US pilots speak; everything inside the house is metres and seconds.
"""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.state import Weather

FEET_PER_METRE = 3.280_839_895
KNOTS_PER_M_S = 1.943_844_492


def minutes_seconds(seconds: float) -> str:
    """`1:52`; from an hour on `1h04`; never negative."""
    whole = max(0, int(seconds))
    if whole >= 3600:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}"


def since(then: datetime, now: datetime) -> str:
    """How long ago, as `minutes_seconds`."""
    return minutes_seconds((now - then).total_seconds())


def short_age(seconds: float) -> str:
    """`<1s`, `4s`, `1:05`: the age of a link or a value, coarse enough not to flicker."""
    if seconds < 1.0:
        return "<1s"
    return f"{int(seconds)}s" if seconds < 60 else minutes_seconds(seconds)


def clock(at: datetime) -> str:
    """`03:12:47Z`: UTC, and says so."""
    return f"{at:%H:%M:%S}Z"


def feet(metres: float) -> str:
    return f"{round(metres * FEET_PER_METRE)} ft"


def knots(metres_per_second: float) -> str:
    return f"{round(metres_per_second * KNOTS_PER_M_S)} kt"


def percent(fraction: float) -> str:
    return f"{round(fraction * 100)}%"


def minutes(seconds: float) -> str:
    """Whole minutes, rounded down: time that is left is never rounded up."""
    return f"{int(seconds // 60)} min"


def wind(weather: Weather | None, degree: str = "") -> str:
    """`wind 5 m/s 240` with a gust where there is one; an unknown wind says so."""
    if weather is None:
        return "wind UNKNOWN"
    gust = f" gust {weather.gust_m_s:.0f}" if weather.gust_m_s is not None else ""
    return f"wind {weather.wind_speed_m_s:.0f}{gust} m/s {weather.wind_from_deg:03.0f}{degree}"


def metres_and_feet(metres: float) -> str:
    """`80 m (262 ft)`."""
    return f"{metres:.0f} m ({feet(metres)})"
