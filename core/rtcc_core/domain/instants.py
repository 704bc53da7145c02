"""Moments that stay within the calendar: an absurd clock makes an answer absurd, and breaks nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
LATEST = datetime(9998, 12, 31, tzinfo=UTC)
"""A year from either end of the calendar: whatever is reckoned on from here still has a date."""


def later(at: datetime, by_s: float) -> datetime:
    """`by_s` seconds after `at` (before it, where negative), but not outside `EARLIEST` to `LATEST`."""
    try:
        moment = at + timedelta(seconds=by_s)
    except (OverflowError, ValueError):  # beyond the calendar, or not a number
        moment = LATEST if by_s > 0.0 else EARLIEST
    return min(max(moment, EARLIEST), LATEST)
