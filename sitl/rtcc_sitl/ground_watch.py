"""Take-off, landing and crash as the autopilot detects them, and when it disarms by itself. Pure."""

from __future__ import annotations

from typing import NamedTuple

from rtcc_sitl.airframe import Airframe
from rtcc_sitl.notice import Notice
from rtcc_sitl.px4 import Severity


class Patience(NamedTuple):
    """On the ground: simulated seconds armed after landing, wall seconds armed and idle (0 = for ever)."""

    landed_for_s: float
    idle_for_s: float


class GroundWatch:
    """Looks at every step whether the body left the ground or came back to it."""

    def __init__(self) -> None:
        self.was_airborne = False
        """True from take-off until the landing has been dealt with."""
        self._ground_s = self._ground_wall_s = 0.0

    def motors_started(self) -> None:
        """The time on the ground counts from here."""
        self._ground_s = self._ground_wall_s = 0.0

    def look(self, body: Airframe, dt_s: float, wall_dt_s: float) -> Notice | None:
        """What a step of `dt_s` simulated and `wall_dt_s` real seconds has changed; None for nothing."""
        if not body.is_on_ground:
            has_lifted_off, self.was_airborne = not self.was_airborne, True
            self._ground_s = self._ground_wall_s = 0.0
            return Notice(Severity.INFO, "Takeoff detected") if has_lifted_off else None
        self._ground_s += dt_s
        self._ground_wall_s += wall_dt_s
        if self.was_airborne and body.has_crashed:
            return Notice(Severity.EMERGENCY, "Crash detected")
        if self.was_airborne and self._ground_s <= dt_s:
            return Notice(Severity.INFO, "Landing detected")
        return None

    def why_disarm(self, body: Airframe, patience: Patience) -> str:
        """Why motors that still turn are to be stopped now; empty when they are not."""
        if not body.is_on_ground:
            return ""
        if self.was_airborne and body.has_crashed:
            return "Disarmed by crash detection"
        if self.was_airborne and self._ground_s >= patience.landed_for_s:
            return "Disarmed by landing"
        if self._ground_wall_s >= patience.idle_for_s > 0.0:
            return "Disarmed by auto preflight disarming"
        return ""
