"""Wall time for records: the system's own, or a drill's that runs faster."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

SLEW = 0.05
"""How much faster or slower than the world it runs while it follows a clock that was set."""


def _wall() -> datetime:
    return datetime.now(UTC)


def _ticks() -> float:
    """Seconds of a clock that nobody sets; it runs on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SystemClock:
    """The machine's own clock, UTC, which never jumps.

    Deadlines are kept as times of day, so a clock that is set by an hour must not let an hour's worth of
    them run out at once, nor stand still for an hour. It counts the seconds of a clock that nobody sets, and
    follows the machine's at most `SLEW` faster or slower; `catch_up` is for when nothing is in flight.
    """

    def __init__(self, *, wall: Callable[[], datetime] = _wall, ticks: Callable[[], float] = _ticks) -> None:
        self._wall = wall
        self._ticks = ticks
        self._at = wall()
        self._ticked = ticks()

    @property
    def behind_s(self) -> float:
        """How far the machine's clock is ahead of this one, seconds; negative where it is behind."""
        return (self._wall() - self.now()).total_seconds()

    def catch_up(self) -> None:
        """Take the machine's time at once."""
        self._at, self._ticked = self._wall(), self._ticks()

    def now(self) -> datetime:
        """The time of day, never less than before unless it caught up."""
        ticked = self._ticks()
        passed_s = max(0.0, ticked - self._ticked)
        at = self._at + timedelta(seconds=passed_s)
        most_s = SLEW * passed_s
        apart_s = (self._wall() - at).total_seconds()
        self._at = at + timedelta(seconds=min(most_s, max(-most_s, apart_s)))
        self._ticked = ticked
        return self._at


class DrillClock:
    """A clock that runs `speed` times as fast as the world.

    Core, simulator and console of one drill share the two epochs, so they agree without talking: at
    `epoch_wall` of the machine's clock it was `epoch_drill` in the drill.
    """

    def __init__(self, speed: float, epoch_wall: datetime, epoch_drill: datetime) -> None:
        self.speed = speed
        self._epoch_wall = epoch_wall
        self._epoch_drill = epoch_drill

    def now(self) -> datetime:
        return self._epoch_drill + (datetime.now(UTC) - self._epoch_wall) * self.speed
