"""How numbers, ages and winds are said; shared by the screen and by the line mode.

Feet, knots and percent are what US pilots speak; everything inside the house is metres and seconds.
Inside `aloud` the same functions say it for a voice: `1 minute 52 seconds`, not `1:52`, which is read as a
time of day.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from rtcc_core.domain.state import Weather

FEET_PER_METRE = 3.280_839_895
KNOTS_PER_M_S = 1.943_844_492

MINUTES_FROM_S = 600
"""From here on a length of time is told in whole minutes."""

_is_aloud: ContextVar[bool] = ContextVar("is_aloud", default=False)


@contextmanager
def aloud() -> Iterator[None]:
    """Inside, lengths of time and times of day are whole words; only the line mode enters here."""
    token = _is_aloud.set(True)
    try:
        yield
    finally:
        _is_aloud.reset(token)


def is_spoken() -> bool:
    """True inside `aloud`."""
    return _is_aloud.get()


def counted(number: int, unit: str) -> str:
    """`1 minute`, `2 minutes`."""
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _in_words(whole: int) -> str:
    """`1 hour 4 minutes`, `1 minute 52 seconds`, `12 seconds`; nothing that is zero but a bare zero."""
    parts = (
        ((whole // 3600, "hour"), (whole % 3600 // 60, "minute"))
        if whole >= 3600
        else ((whole // 60, "minute"), (whole % 60, "second"))
    )
    return " ".join(counted(number, unit) for number, unit in parts if number) or "0 seconds"


def minutes_seconds(seconds: float) -> str:
    """`1:52`, from ten minutes on `17 min`, from an hour on `1h04`; never negative, rounded down.

    Two digits before a colon are the hour of a moment, which ends with its Z (`17:09:30Z`): no length of
    time looks like that.
    """
    whole = max(0, int(seconds))
    if _is_aloud.get():
        return _in_words(whole)
    if whole >= 3600:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}"
    if whole >= MINUTES_FROM_S:
        return f"{whole // 60} min"
    return f"{whole // 60}:{whole % 60:02d}"


def since(then: datetime, now: datetime) -> str:
    """How long ago, as `minutes_seconds`."""
    return minutes_seconds((now - then).total_seconds())


def short_age(seconds: float) -> str:
    """`<1s`, `4s`, `1:05`: the age of a link or a value, coarse enough not to flicker."""
    if _is_aloud.get():
        return "under 1 second" if seconds < 1.0 else _in_words(int(seconds))
    if seconds < 1.0:
        return "<1s"
    return f"{int(seconds)}s" if seconds < 60 else minutes_seconds(seconds)


def clock(at: datetime) -> str:
    """`03:12:47Z`: UTC, and says so; aloud `03:12 UTC`."""
    if _is_aloud.get():
        return f"{at:%H:%M} UTC"
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
    """`wind 5 m/s 240` with a gust where there is one, `VRB` for a variable one; an unknown wind says so."""
    if weather is None or not weather.has_wind:
        return "wind UNKNOWN"
    gust = f" gust {weather.gust_m_s:.0f}" if weather.gust_m_s is not None else ""
    if _is_aloud.get():
        gusts = f", gusts {weather.gust_m_s:.0f} m/s" if weather.gust_m_s is not None else ""
        side = "variable" if weather.is_variable else f"from {weather.wind_from_deg:.0f} degrees"
        return f"wind {weather.wind_speed_m_s:.0f} m/s {side}{gusts}"
    side = "VRB" if weather.is_variable else f"{weather.wind_from_deg:03.0f}{degree}"
    return f"wind {weather.wind_speed_m_s:.0f}{gust} m/s {side}"


def metres_and_feet(metres: float) -> str:
    """`80 m (262 ft)`."""
    return f"{metres:.0f} m ({feet(metres)})"
