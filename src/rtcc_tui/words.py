"""How numbers, ages and winds are said; shared by the screen and by the line mode.

The agency's units (`[console] units`) are chosen here and nowhere else: feet, knots and miles as US pilots
speak, or metres and m/s. What is asked of an aircraft is said in both (`metres_and_feet`, `speed_both`).
Everything inside the house is metres and seconds.
Inside `aloud` the same functions say it for a voice: `1 minute 52 seconds`, not `1:52`, which is read as a
time of day.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from rtcc_core.domain.programme import Units
from rtcc_core.domain.state import Weather

FEET_PER_METRE = 3.280_839_895
KNOTS_PER_M_S = 1.943_844_492
METRES_PER_MILE = 1_609.344

_units = Units.US

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


def use_units(units: Units) -> None:
    """The agency's units, for everything this process shows from now on; one console, one agency."""
    global _units
    _units = units


def is_metric() -> bool:
    return _units is Units.METRIC


def height_words(metres: float) -> str:
    """A height, or a short length: `197 ft`; metric `60 m`."""
    return f"{metres:.0f} m" if is_metric() else feet(metres)


def speed_words(metres_per_second: float) -> str:
    """`10 kt`; metric `5 m/s`."""
    return f"{metres_per_second:.0f} m/s" if is_metric() else knots(metres_per_second)


def climb_words(metres_per_second: float) -> str:
    """`400 ft/min`; metric `2 m/s`."""
    if is_metric():
        return f"{metres_per_second:.0f} m/s"
    return f"{round(metres_per_second * FEET_PER_METRE * 6.0) * 10} ft/min"


def far_words(metres: float) -> str:
    """How far away: `790 ft`, from 1,000 feet on `0.6 mi`; metric `640 m`, `1.2 km`."""
    if is_metric():
        return f"{metres:.0f} m" if metres < 1_000.0 else f"{metres / 1_000.0:.1f} km"
    whole = round(metres * FEET_PER_METRE / 10.0) * 10 if metres >= 30.0 else round(metres * FEET_PER_METRE)
    return f"{whole} ft" if whole < 1_000 else f"{metres / METRES_PER_MILE:.1f} mi"


def round_units() -> tuple[tuple[float, str], tuple[float, str]]:
    """For scales and rings: the small unit and the large one, each as its metres and its sign."""
    return (
        ((1.0, "m"), (1_000.0, "km"))
        if is_metric()
        else ((1.0 / FEET_PER_METRE, "ft"), (METRES_PER_MILE, "mi"))
    )


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
    """`wind 10 kt 240` with a gust where there is one, `VRB` for a variable one; an unknown wind says so."""
    if weather is None or not weather.has_wind:
        return "wind UNKNOWN"
    speed = speed_words(weather.wind_speed_m_s)
    gust = speed_words(weather.gust_m_s) if weather.gust_m_s is not None else ""
    if _is_aloud.get():
        side = "variable" if weather.is_variable else f"from {weather.wind_from_deg:.0f} degrees"
        return f"wind {speed} {side}{f', gusts {gust}' if gust else ''}"
    side = "VRB" if weather.is_variable else f"{weather.wind_from_deg:03.0f}{degree}"
    number, unit = speed.split(" ")
    gusts = f" gust {gust.split(' ')[0]}" if gust else ""
    return f"wind {number}{gusts} {unit} {side}"


def metres_and_feet(metres: float) -> str:
    """`80 m (262 ft)`."""
    return f"{metres:.0f} m ({feet(metres)})"


def speed_both(metres_per_second: float) -> str:
    """`5 m/s (10 kt)`"""
    return f"{metres_per_second:g} m/s ({knots(metres_per_second)})"
