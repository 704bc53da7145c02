"""Wall time for records: the system's own, or a drill's that runs faster."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The machine's own clock, UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


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
