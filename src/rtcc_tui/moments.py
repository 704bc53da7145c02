"""Which past moment a person means by `03:12`, `yesterday 03:12:40`, `-10m`, `2026-11-22T03:12Z`. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

USAGE = "03:12, 03:12:40, yesterday 03:12, 2026-11-22 03:12, -10m, or end"

_AGO = re.compile(r"-\s*(\d{1,5})\s*(s|sec|m|min|h|hours?|d|days?)?")
_CLOCK = re.compile(r"(\d{1,2}):?(\d{2})(?::?(\d{2}))?z?")
_DAYED = re.compile(r"(yesterday|today|\d{4}-\d{2}-\d{2})[t ](.+)")
_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def moment(text: str, now: datetime) -> datetime | None:
    """The moment, UTC; None where the text names none, or one that has not been yet.

    A time alone is the last one that was: 23:50 said at 00:10 is yesterday's. `-10` alone is minutes.
    """
    words = " ".join(text.casefold().split())
    found = _ago(words, now) or _dayed(words, now) or _last(words, now)
    return found if found is not None and found <= now else None


def is_moment(text: str) -> bool:
    """True where the text can name a moment, whatever the time is now."""
    words = " ".join(text.casefold().split())
    if _AGO.fullmatch(words):
        return True
    dayed = _DAYED.fullmatch(words)
    if dayed is not None and dayed[1][0].isdecimal() and _date(dayed[1]) is None:
        return False
    return _clock(dayed[2] if dayed else words) is not None


def _ago(words: str, now: datetime) -> datetime | None:
    told = _AGO.fullmatch(words)
    if told is None:
        return None
    return now - timedelta(seconds=int(told[1]) * _UNITS_S[(told[2] or "m")[0]])


def _dayed(words: str, now: datetime) -> datetime | None:
    told = _DAYED.fullmatch(words)
    at = _clock(told[2]) if told else None
    if told is None or at is None:
        return None
    if told[1] == "today":
        day: date | None = now.date()
    elif told[1] == "yesterday":
        day = now.date() - timedelta(days=1)
    else:
        day = _date(told[1])
    return datetime.combine(day, at, UTC) if day is not None else None


def _last(words: str, now: datetime) -> datetime | None:
    at = _clock(words)
    if at is None:
        return None
    today = datetime.combine(now.date(), at, UTC)
    return today if today <= now else today - timedelta(days=1)


def _clock(words: str) -> time | None:
    told = _CLOCK.fullmatch(words)
    if told is None:
        return None
    try:
        return time(int(told[1]), int(told[2]), int(told[3] or 0))
    except ValueError:
        return None


def _date(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None
