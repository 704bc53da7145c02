"""ArduCopter's manners over the same body: GUIDED for orders, BRAKE to hold, a slow start, failsafes."""

from __future__ import annotations

import math

from rtcc_sitl import copter_failsafes
from rtcc_sitl.airframe import Airframe, Demand
from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.clock import STEP_S
from rtcc_sitl.copter import ARMABLE, CM_PER_M, NEEDS_POSITION, STICK_MODES, CopterMode
from rtcc_sitl.failsafes import Failsafe
from rtcc_sitl.ground_watch import Patience
from rtcc_sitl.manoeuvres import Hover, Land, Manoeuvre, Orbit, Point, approach
from rtcc_sitl.px4 import Mode, Result, Severity

GPS_READY_S, ESTIMATE_READY_S = 8.0, 20.0
"""Simulated seconds from power-up to the first fix, and to a position estimate good enough to arm."""

COMPLAIN_EVERY_S = 30.0
"""Wall seconds between two rounds of pre-arm complaints."""

AUTO_LAND_DISARM_S = 1.0
"""On the ground in RTL or LAND the motors stop at once; in other modes DISARM_DELAY later."""

SHOWN_FOR = {
    Mode.TAKEOFF: CopterMode.GUIDED,
    Mode.OFFBOARD: CopterMode.GUIDED,
    Mode.MISSION: CopterMode.AUTO,
    Mode.RTL: CopterMode.RTL,
    Mode.LAND: CopterMode.LAND,
}
"""What the engine does, as ArduCopter calls it; hovering is part of several of its modes."""


class Lead:
    """A target that moves at a velocity from where the last setpoint put it."""

    def __init__(self, point: Point | None, velocity: Demand, yaw_deg: float | None) -> None:
        self._point, self._velocity, self._yaw_deg = point, velocity, yaw_deg

    def steer(self, body: Airframe) -> Demand:
        velocity = self._velocity
        if self._point is None:
            return velocity._replace(yaw_deg=self._yaw_deg)
        east, north, up = self._point
        self._point = Point(
            east + velocity.east_m_s * STEP_S,
            north + velocity.north_m_s * STEP_S,
            up + velocity.up_m_s * STEP_S,
        )
        pull = approach(body, self._point)
        return Demand(
            velocity.east_m_s + pull.east_m_s,
            velocity.north_m_s + pull.north_m_s,
            velocity.up_m_s + pull.up_m_s,
            self._yaw_deg,
        )

    def is_complete(self, body: Airframe) -> bool:
        return False


class CopterAutopilot(Autopilot):
    """Decides what the body does, as ArduCopter does it. `mode` is what the engine does, `shown` its name."""

    needs_every_inclusion = True
    """Of several inclusion areas of a fence, all have to hold it."""

    def _forget(self) -> None:
        super()._forget()
        self.shown = CopterMode.STABILIZE
        self.region_of_interest: Point | None = None
        self._fixed_yaw_deg: float | None = None
        self._has_settled = self._has_fix = False
        self._complain_in_s = 0.0

    def restart(self, *, keeps_flying: bool = False) -> None:
        """As Autopilot; a watchdog's reset in the air also keeps the estimate and the receiver's fix."""
        estimate = self._has_settled, self._has_fix
        super().restart(keeps_flying=keeps_flying)
        if self.is_armed:
            self._has_settled, self._has_fix = estimate
            self._show(CopterMode.BRAKE)

    # --- what it is -------------------------------------------------------------------------------------

    @property
    def enforces_fence(self) -> bool:
        return bool(self.params["FENCE_ENABLE"])

    @property
    def has_fix(self) -> bool:
        """True while the receiver has a fix."""
        return self.has_gps and self._has_fix

    @property
    def has_position(self) -> bool:
        """True while the estimator knows where it is."""
        return self.has_gps and self._has_settled

    @property
    def has_home(self) -> bool:
        """True from the first position estimate on."""
        return self._has_settled

    def prearm_failures(self) -> list[str]:
        failures = []
        if not self.has_fix:
            failures.append("GPS 1: Bad fix")
        elif not self.has_position:
            failures.append("Need Position Estimate")
        if self._left_mah < self.params["BATT_LOW_MAH"]:
            failures.append("Battery 1 below minimum arming capacity")
        if self.body.has_crashed:
            failures.append("Crash detected")
        if self._motors_failed:
            failures.append("Motors: failed")
        return failures

    @property
    def _left_mah(self) -> float:
        return self.battery.fraction * self.params["BATT_CAPACITY"]

    # --- what it is told --------------------------------------------------------------------------------

    def hear_ground_station(self) -> None:
        if "link" in self._fired:
            self.say(Severity.WARNING, "GCS Failsafe Cleared")
        self._link_silence_s = 0.0

    def arm(self) -> Result:
        if self.is_armed:
            return Result.ACCEPTED
        failures = [f"Arm: {text}" for text in self.prearm_failures()]
        if self.shown not in ARMABLE:
            failures.append(f"Arm: {self.shown.name} mode not armable")
        if self.is_airborne:
            failures.append("Arm: not landed")
        for text in failures:
            self.say(Severity.CRITICAL, text)
        if failures:
            return Result.FAILED
        self._start_motors()
        self.say(Severity.INFO, "Arming motors")
        return Result.ACCEPTED

    def disarm(self, *, by_force: bool = False) -> Result:
        if self.is_airborne and not by_force:
            return Result.FAILED
        return super().disarm(by_force=by_force)

    def take_off(self, up_m: float) -> Result:
        if self.shown is not CopterMode.GUIDED or not self.is_armed or self.is_airborne:
            return Result.FAILED
        if up_m <= self.body.up_m:
            return Result.FAILED
        return super().take_off(up_m)

    def reposition(self, target: Point, *, yaw_deg: float | None, speed_m_s: float | None) -> Result:
        """Fly to `target` in GUIDED and stay there. Yaw and speed are not taken from this command."""
        if self.shown is not CopterMode.GUIDED:
            answer = self.switch(CopterMode.GUIDED)
            if answer is not Result.ACCEPTED:
                return answer
        if not self.has_position:
            return Result.FAILED
        if self.is_airborne:
            self._enter(Mode.HOLD, Hover(target, speed_m_s=self.speed_m_s))
        return Result.ACCEPTED

    def circle(self, orbit: Orbit) -> Result:
        return Result.UNSUPPORTED

    def set_mode(self, mode: Mode) -> Result:
        return self.switch(SHOWN_FOR.get(mode, CopterMode.BRAKE))

    def switch(self, wanted: CopterMode) -> Result:
        """Change the flight mode. Disarmed, any will do; armed, one that cannot be flown is refused."""
        if self.is_armed and wanted in NEEDS_POSITION and not self.has_position:
            self.say(Severity.WARNING, f"Mode change to {wanted.name} failed: requires position")
            return Result.FAILED
        if self.is_armed and wanted is CopterMode.AUTO and not self.plans[0]:
            self.say(Severity.WARNING, "Mode change to AUTO failed: init failed")
            return Result.FAILED
        if self.is_armed and wanted is self.shown:
            return Result.ACCEPTED
        mode, manoeuvre = self._flown_in(wanted)
        self._enter(mode, manoeuvre)
        self._show(wanted)
        return Result.ACCEPTED

    def _flown_in(self, wanted: CopterMode) -> tuple[Mode, Manoeuvre]:
        if self.is_armed and self.is_airborne and wanted in STICK_MODES:
            return Mode.POSITION, Land()
        if not self.is_armed:
            return Mode.HOLD, Hover()
        for mode, shown in SHOWN_FOR.items():
            if shown is wanted and mode not in (Mode.TAKEOFF, Mode.OFFBOARD):
                return mode, self._manoeuvre_for(mode)
        return Mode.HOLD, Hover()

    def act_alone(self, mode: Mode) -> None:
        """As a pilot's switch does it: nothing is said but the mode that the heartbeat shows."""
        if self.is_armed and self.is_airborne:
            self._enter(mode, self._manoeuvre_for(mode))

    def take_setpoint(self, point: Point | None, velocity: Demand | None, yaw_deg: float | None) -> None:
        """Followed in GUIDED and in the air, else ignored; a point alone is flown to as by reposition."""
        if self.shown is not CopterMode.GUIDED or not (
            self.is_armed and self.is_airborne and self.has_position
        ):
            return
        self.offboard_age_s = 0.0
        if yaw_deg is not None:
            self.region_of_interest, self._fixed_yaw_deg = None, None
        if velocity is not None:
            self._enter(Mode.OFFBOARD, Lead(point, velocity, yaw_deg))
        elif point is not None:
            self._enter(Mode.HOLD, Hover(point, yaw_deg=yaw_deg, speed_m_s=self.speed_m_s))

    def look_at(self, place: Point | None) -> Result:
        """Keep the nose on a place until the mode changes; None: nose ahead again."""
        self.region_of_interest, self._fixed_yaw_deg = place, None
        return Result.ACCEPTED

    def turn_to(self, yaw_deg: float) -> Result:
        """Keep the nose in a direction, in GUIDED and AUTO."""
        if self.shown not in (CopterMode.GUIDED, CopterMode.AUTO):
            return Result.FAILED
        self.region_of_interest, self._fixed_yaw_deg = None, yaw_deg % 360.0
        return Result.ACCEPTED

    # --- what it does -----------------------------------------------------------------------------------

    def step(self, dt_s: float, wall_dt_s: float, wind_east_m_s: float, wind_north_m_s: float) -> None:
        super().step(dt_s, wall_dt_s, wind_east_m_s, wind_north_m_s)
        if not self._has_settled and self.has_gps:
            self._start_estimating()
        if not self.is_armed:
            self._complain(wall_dt_s)

    def _start_estimating(self) -> None:
        self._has_fix = self._elapsed_s >= GPS_READY_S
        if self._elapsed_s >= ESTIMATE_READY_S:
            self._has_settled = True
            self.say(Severity.INFO, "EKF3 IMU0 is using GPS")

    def _complain(self, wall_dt_s: float) -> None:
        self._complain_in_s -= wall_dt_s
        if self._complain_in_s > 0.0:
            return
        self._complain_in_s = COMPLAIN_EVERY_S
        for text in self.prearm_failures():
            self.say(Severity.CRITICAL, f"PreArm: {text}")

    def _steer(self) -> Demand:
        demand = self.manoeuvre.steer(self.body)
        spot = self.region_of_interest
        if spot is not None:
            east, north = spot.east_m - self.body.east_m, spot.north_m - self.body.north_m
            return demand._replace(yaw_deg=math.degrees(math.atan2(east, north)) % 360.0)
        return demand if self._fixed_yaw_deg is None else demand._replace(yaw_deg=self._fixed_yaw_deg)

    def _enter(self, mode: Mode, manoeuvre: Manoeuvre) -> None:
        super()._enter(mode, manoeuvre)
        self._show(SHOWN_FOR.get(mode, self.shown))

    def _show(self, shown: CopterMode) -> None:
        if shown is not self.shown:
            self.region_of_interest = self._fixed_yaw_deg = None
        self.shown = shown

    def _watch_setpoints(self) -> None:
        if self.mode is Mode.OFFBOARD and self.offboard_age_s > self.params["GUID_TIMEOUT"]:
            self._enter(Mode.HOLD, Hover())

    def _failsafes(self) -> list[Failsafe]:
        return copter_failsafes.applying(self.params, self._situation())

    # --- its parameters ---------------------------------------------------------------------------------

    def _wanted_speeds(self) -> tuple[float, float, float]:
        names = ("WPNAV_SPEED", "WPNAV_SPEED_UP", "WPNAV_SPEED_DN")
        along, up, down = (self.params[name] / CM_PER_M for name in names)
        return along, up, down

    def _patience(self) -> Patience:
        idle_for_s = self.params["DISARM_DELAY"]
        is_landing_mode = self.shown in (CopterMode.RTL, CopterMode.LAND)
        return Patience(AUTO_LAND_DISARM_S if is_landing_mode else idle_for_s, idle_for_s)

    @property
    def _return_height_m(self) -> float:
        return self.params["RTL_ALT"] / CM_PER_M
