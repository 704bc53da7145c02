"""When each telemetry message is due.

Rates count wall time at any speed of the clock, so that a ground station's time-outs hold.
"""

from __future__ import annotations

from collections.abc import Mapping

from pymavlink.dialects.v20 import common as mavlink

DEFAULT_RATES_HZ: dict[int, float] = {
    mavlink.MAVLINK_MSG_ID_HEARTBEAT: 1.0,
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: 10.0,
    mavlink.MAVLINK_MSG_ID_ATTITUDE: 10.0,
    mavlink.MAVLINK_MSG_ID_ATTITUDE_QUATERNION: 10.0,
    mavlink.MAVLINK_MSG_ID_VFR_HUD: 2.0,
    mavlink.MAVLINK_MSG_ID_SYS_STATUS: 2.0,
    mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE: 2.0,
    mavlink.MAVLINK_MSG_ID_ORBIT_EXECUTION_STATUS: 2.0,
    mavlink.MAVLINK_MSG_ID_BATTERY_STATUS: 1.0,
    mavlink.MAVLINK_MSG_ID_GPS_RAW_INT: 1.0,
    mavlink.MAVLINK_MSG_ID_ALTITUDE: 1.0,
    mavlink.MAVLINK_MSG_ID_HOME_POSITION: 1.0,
    mavlink.MAVLINK_MSG_ID_SYSTEM_TIME: 1.0,
    mavlink.MAVLINK_MSG_ID_WIND_COV: 1.0,
    mavlink.MAVLINK_MSG_ID_MISSION_CURRENT: 1.0,
}
"""Messages a second of wall time that PX4 sends unasked."""

FASTEST_HZ = 20.0
"""One message per tick of the link; a higher rate that is asked for gets this."""

FLOOD_HZ: dict[int, float] = {
    mavlink.MAVLINK_MSG_ID_ATTITUDE: 100.0,
    mavlink.MAVLINK_MSG_ID_ATTITUDE_QUATERNION: 100.0,
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: 50.0,
    mavlink.MAVLINK_MSG_ID_LOCAL_POSITION_NED: 50.0,
    mavlink.MAVLINK_MSG_ID_ALTITUDE: 50.0,
    mavlink.MAVLINK_MSG_ID_VFR_HUD: 20.0,
    mavlink.MAVLINK_MSG_ID_GPS_RAW_INT: 10.0,
}
"""About what PX4 sends on its onboard link, 400 messages a second; in bursts, as a tick holds several."""

LONGEST_BURST = 10
"""Of one message in one tick; what a stalled process has missed is not made up for."""


class Streams:
    """When each message is due, wall seconds. SET_MESSAGE_INTERVAL changes it."""

    def __init__(self, rates_hz: Mapping[int, float] = DEFAULT_RATES_HZ, *, offset_s: float = 0.0) -> None:
        self._default_hz = rates_hz
        self._intervals_s = {kind: 1.0 / rate for kind, rate in rates_hz.items()}
        self._next_s = {
            kind: offset_s + interval * index / len(self._intervals_s)
            for index, (kind, interval) in enumerate(self._intervals_s.items())
        }
        self._next_s[mavlink.MAVLINK_MSG_ID_HEARTBEAT] = 0.0
        self._now_s = 0.0
        self._flooded: frozenset[int] = frozenset()

    def due(self, wall_elapsed_s: float) -> list[int]:
        """The message ids to send now that `wall_elapsed_s` more seconds have passed."""
        self._now_s += wall_elapsed_s
        found = [kind for kind, at in self._next_s.items() if at <= self._now_s + 1e-6]
        burst = [kind for kind in found if kind in self._flooded for _ in range(self._missed(kind))]
        for kind in found:
            following = self._next_s[kind] + self._intervals_s[kind]
            self._next_s[kind] = following if following > self._now_s else self._now_s
        return found + burst

    def _missed(self, kind: int) -> int:
        """How many more times than once it was due by now."""
        missed = int((self._now_s - self._next_s[kind]) / self._intervals_s[kind])
        missed = min(missed, LONGEST_BURST - 1)
        self._next_s[kind] += missed * self._intervals_s[kind]
        return missed

    def flood(self, rates_hz: Mapping[int, float] = FLOOD_HZ) -> None:
        """Send these at rates that nobody asked for, until a rate is asked for or all are forgotten."""
        self._flooded |= frozenset(rates_hz)
        for kind, rate_hz in rates_hz.items():
            self._intervals_s[kind], self._next_s[kind] = 1.0 / rate_hz, self._now_s

    def interval_us(self, kind: int) -> int:
        """As MESSAGE_INTERVAL says it: microseconds, -1 when it is not sent."""
        return round(self._intervals_s[kind] * 1e6) if kind in self._intervals_s else -1

    def set_interval(self, kind: int, interval_us: float) -> None:
        """Send a message every so many microseconds; 0 means the default rate, negative means never."""
        default_hz = self._default_hz.get(kind)
        self._flooded -= {kind}
        if interval_us > 0.0:
            self._intervals_s[kind] = max(interval_us * 1e-6, 1.0 / FASTEST_HZ)
        elif interval_us == 0.0 and default_hz is not None:
            self._intervals_s[kind] = 1.0 / default_hz
        else:
            self._intervals_s.pop(kind, None)
            self._next_s.pop(kind, None)
            return
        self._next_s[kind] = self._now_s
