"""Leads one aircraft around a circle where its autopilot cannot fly one by itself.

ArduPilot (GUIDED) gets setpoints with a velocity; a PX4 without DO_ORBIT gets points ahead of it, one after
the other. Either ends when another order comes, or when the aircraft has shown for a while that somebody
else has it.
"""

from __future__ import annotations

import asyncio
import time

from rtcc_core.adapters import mavsdk_circle as circles
from rtcc_core.adapters import mavsdk_commands as commands
from rtcc_core.adapters import mavsdk_words as words
from rtcc_core.adapters.mavsdk_binding import Link
from rtcc_core.adapters.mavsdk_circle import Circle
from rtcc_core.adapters.mavsdk_telemetry import Heard
from rtcc_core.domain.drone import Mode
from rtcc_core.domain.geo import LatLon, bearing_deg

TAKEN_AWAY_S = 3.0
"""A circle ends when the aircraft has shown another mode for as long: a pilot or a failsafe has it."""

FRESH_S = 2.0
"""Nobody is led from a position older than this; without setpoints ArduPilot stops where it is."""


class Circler:
    """One circle at a time for one aircraft. `speed`: how many times faster than the world it flies."""

    def __init__(self, callsign: str, link: Link, heard: Heard, *, speed: float) -> None:
        self._callsign = callsign
        self._link = link
        self._heard = heard
        self._speed = speed
        self._leading: asyncio.Task[None] | None = None
        self.is_on_circle = False
        """True while it is led around the circle and has reached it."""

    def lead(self, circle: Circle, *, home_amsl_m: float) -> None:
        """Begin to lead; the aircraft is on its way to the circle. Returns at once."""
        self.stop()
        self._leading = asyncio.create_task(self._lead(circle, home_amsl_m), name=f"circle-{self._callsign}")

    def stop(self) -> None:
        """Send nothing more; the aircraft ends where its last point or setpoint leads it."""
        if self._leading is not None:
            self._leading.cancel()
            self._leading = None
        self.is_on_circle = False

    async def _lead(self, circle: Circle, home_amsl_m: float) -> None:
        is_ardupilot = self._heard.autopilot == words.ARDUPILOT
        period_s = circles.PERIOD_S if is_ardupilot else circles.POINT_PERIOD_S
        wait_s = circles.wall_period_s(period_s, self._speed)
        started = obeyed_at = time.monotonic()
        while (now := time.monotonic()) - obeyed_at < TAKEN_AWAY_S:
            heard = self._heard
            if heard.trouble(now, self._link.sysid):
                break
            if self._obeys() or not heard.is_connected(now):
                obeyed_at = now
            here = heard.place if heard.position_age_s(now) < FRESH_S else None
            if here is not None and (self.is_on_circle or circles.is_on(circle, here)):
                self.is_on_circle = True
                if is_ardupilot:
                    self._send_setpoint(circle, here, int((now - started) * 1000), wait_s * self._speed)
                else:
                    self._send_point(circle, here, home_amsl_m)
            await asyncio.sleep(wait_s)
        self.is_on_circle = False

    def _obeys(self) -> bool:
        if self._heard.autopilot == words.ARDUPILOT:
            return self._heard.custom_mode == words.GUIDED
        return self._heard.mode in (Mode.HOLD, Mode.TRANSIT)

    def _send_setpoint(self, circle: Circle, here: LatLon, boot_ms: int, period_s: float) -> None:
        setpoint = circles.setpoint(circle, here, period_s=period_s)
        self._link.send("SET_POSITION_TARGET_GLOBAL_INT", setpoint.fields(self._link.sysid, boot_ms))

    def _send_point(self, circle: Circle, here: LatLon, home_amsl_m: float) -> None:
        point = circles.next_point(circle, here)
        go = commands.go_to(
            self._heard.autopilot,
            point,
            amsl_m=home_amsl_m + circle.height_m,
            yaw_deg=bearing_deg(here, circle.centre),
            speed_m_s=circle.speed_m_s,
        )
        self._link.hint(go)
