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

    def due(self, wall_elapsed_s: float) -> list[int]:
        """The message ids to send now that `wall_elapsed_s` more seconds have passed."""
        self._now_s += wall_elapsed_s
        found = [kind for kind, at in self._next_s.items() if at <= self._now_s + 1e-6]
        for kind in found:
            following = self._next_s[kind] + self._intervals_s[kind]
            self._next_s[kind] = following if following > self._now_s else self._now_s
        return found

    def interval_us(self, kind: int) -> int:
        """As MESSAGE_INTERVAL says it: microseconds, -1 when it is not sent."""
        return round(self._intervals_s[kind] * 1e6) if kind in self._intervals_s else -1

    def set_interval(self, kind: int, interval_us: float) -> None:
        """Send a message every so many microseconds; 0 means the default rate, negative means never."""
        default_hz = self._default_hz.get(kind)
        if interval_us > 0.0:
            self._intervals_s[kind] = max(interval_us * 1e-6, 1.0 / FASTEST_HZ)
        elif interval_us == 0.0 and default_hz is not None:
            self._intervals_s[kind] = 1.0 / default_hz
        else:
            self._intervals_s.pop(kind, None)
            self._next_s.pop(kind, None)
            return
        self._next_s[kind] = self._now_s
