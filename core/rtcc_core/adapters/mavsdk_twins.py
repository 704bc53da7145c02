"""Two aircraft that answer as one system id: MAVSDK merges them silently, so we must notice. Pure.

One aircraft has one boot clock, one place and one heartbeat. Of a merged pair at least one of these shows
twice: the clock or the place jumps back and forth, it is armed and disarmed by turns, or twice the heartbeats
come in.
"""

from __future__ import annotations

import math
from collections import deque

WINDOW_S = 5.0
"""Wall seconds that evidence counts; trouble is over when there was too little for as long."""

JUMPS_NEEDED = 3
"""One jump is a reboot or a GPS glitch, there and back are two."""

SUSPECT_S = 1.0
"""After a jump, wall seconds for which nothing new is believed: two aircraft have shown themselves then."""

CLOCK_BACK_MS = 300
"""A boot clock that goes back by more than datagrams overtake each other."""

LEAP_M = 25.0
LEAP_SPEED_M_S = 50.0
"""A place further away than this by the aircraft's own clock was not flown to."""

COUNT_WINDOW_S = 10.0
HEARTBEAT_HZ = 1.0
TOO_MANY = 1.6
"""Times the heartbeats one aircraft sends: more are two aircraft's."""


class TwinWatch:
    """Judges one system id from what it sends. All times are monotonic seconds of arrival."""

    def __init__(self) -> None:
        self._jumps: deque[float] = deque(maxlen=64)
        self._heartbeats: deque[float] = deque(maxlen=1024)
        self._is_armed: bool | None = None
        self._armings: deque[float] = deque(maxlen=64)
        self._clock: deque[tuple[float, int]] = deque(maxlen=2048)
        self._last: tuple[int, float, float] | None = None
        self._proven_at = self._counted_again_at = -math.inf

    def is_twin(self, now: float) -> bool:
        """True while two aircraft are believed to answer."""
        return now - self._proven_at < WINDOW_S

    def is_suspect(self, now: float) -> bool:
        """True where something has just jumped, and it is not proven yet that these are two."""
        return bool(self._jumps) and now - self._jumps[-1] < SUSPECT_S and not self.is_twin(now)

    def heartbeat(self, at: float, *, is_armed: bool = False) -> None:
        """Note a heartbeat of the autopilot, and whether it says that its motors may run."""
        self._note_arming(at, is_armed=is_armed)
        beats = self._heartbeats
        beats.append(at)
        while beats[0] < at - COUNT_WINDOW_S:
            beats.popleft()
        if at - beats[0] < COUNT_WINDOW_S - 2.0:
            return
        rate = self._clock_rate(at)
        if rate is not None and len(beats) > TOO_MANY * HEARTBEAT_HZ * COUNT_WINDOW_S * max(1.0, rate):
            self._proven_at = at

    def _note_arming(self, at: float, *, is_armed: bool) -> None:
        """Nobody arms and disarms one aircraft again and again within seconds."""
        if self._is_armed is not None and is_armed is not self._is_armed:
            self._armings.append(at)
            if sum(each > at - WINDOW_S for each in self._armings) >= JUMPS_NEEDED:
                self._proven_at = at
        self._is_armed = is_armed

    def clock(self, at: float, boot_ms: int) -> None:
        """Note the boot clock of a message that tells no place yet."""
        if self._clock and boot_ms < self._clock[-1][1] - CLOCK_BACK_MS:
            self._begin_to_count_again(at)
        self._clock.append((at, boot_ms))

    def _begin_to_count_again(self, at: float) -> None:
        """A clock that went back gives no rate over both sides of it: what beat before was another boot's.

        Not more often than a count takes: the clocks of two go back all the time.
        """
        if at - self._counted_again_at > 2.0 * COUNT_WINDOW_S:
            self._counted_again_at = at
            self._clock.clear()
            self._heartbeats.clear()

    def position(self, at: float, boot_ms: int, latitude_deg: float, longitude_deg: float) -> None:
        """Note a position and the boot clock it carries."""
        last, self._last = self._last, (boot_ms, latitude_deg, longitude_deg)
        self.clock(at, boot_ms)
        if last is None:
            return
        passed_ms = boot_ms - last[0]
        reachable_m = LEAP_M + LEAP_SPEED_M_S * max(0, passed_ms) / 1000.0
        leapt = _gap_m(last[1], last[2], latitude_deg, longitude_deg) > reachable_m
        if passed_ms < -CLOCK_BACK_MS or leapt:
            self._jumps.append(at)
            if sum(each > at - WINDOW_S for each in self._jumps) >= JUMPS_NEEDED:
                self._proven_at = at

    def _clock_rate(self, at: float) -> float | None:
        """Seconds of the boot clock per wall second: a simulator runs faster, and beats faster.

        None while there is no clock to tell: then heartbeats prove nothing.
        """
        clock = self._clock
        while len(clock) > 1 and clock[0][0] < at - COUNT_WINDOW_S:
            clock.popleft()
        if len(clock) < 2 or clock[-1][0] - clock[0][0] < 1.0:
            return None
        return (clock[-1][1] - clock[0][1]) / 1000.0 / (clock[-1][0] - clock[0][0])


def _gap_m(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Flat-earth distance: good enough to tell metres from streets, and cheap at 10 Hz per aircraft."""
    north_m = (latitude_b - latitude_a) * 111_195.0
    east_m = (longitude_b - longitude_a) * 111_195.0 * math.cos(math.radians(latitude_a))
    return math.hypot(north_m, east_m)
