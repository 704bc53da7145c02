"""The clock of a simulated world: fixed steps of simulated time, faster than the wall by a factor.

Physics runs in steps of STEP_S simulated seconds whatever the speed, so the same seed and the same
inputs at the same steps fly the same flight. What a human or a ground station waits for (heartbeats,
the link-loss timer, the pre-flight auto-disarm) counts wall seconds: see `wall_step_s`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

STEP_S = 0.05
"""Length of one physics step, simulated seconds."""

MIN_SPEED = 1.0
MAX_SPEED = 20.0

LONGEST_CATCH_UP_S = 1.0
"""After a stall of the process at most this much wall time is made up for; the rest never happened."""


class SimClock:
    """Turns elapsed wall time into due physics steps, and steps into simulated UTC."""

    def __init__(self, *, speed: float = 1.0, epoch: datetime | None = None) -> None:
        self._speed = _checked(speed)
        self._epoch = epoch if epoch is not None else datetime.now(UTC)
        self._steps = 0
        self._debt_s = 0.0

    @property
    def speed(self) -> float:
        """Simulated seconds per wall second, 1 … 20."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._speed = _checked(speed)

    @property
    def elapsed_s(self) -> float:
        """Simulated seconds since the world began."""
        return self._steps * STEP_S

    @property
    def now(self) -> datetime:
        """Simulated UTC."""
        return self._epoch + timedelta(seconds=self.elapsed_s)

    @property
    def wall_step_s(self) -> float:
        """Wall seconds that one physics step stands for at the present speed."""
        return STEP_S / self._speed

    def due(self, wall_elapsed_s: float) -> int:
        """Number of steps to run now that `wall_elapsed_s` more wall seconds have passed."""
        self._debt_s += min(max(0.0, wall_elapsed_s), LONGEST_CATCH_UP_S) * self._speed
        steps = int(self._debt_s / STEP_S + 1e-9)
        self._debt_s = max(0.0, self._debt_s - steps * STEP_S)
        return steps

    def count_step(self) -> None:
        """Note that one step has been run."""
        self._steps += 1


def _checked(speed: float) -> float:
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise ValueError(
            f"speed {speed} is outside {MIN_SPEED:g} … {MAX_SPEED:g}: choose a factor in that range"
        )
    return float(speed)
