"""The autopilot of a simulated multicopter: arming, modes, its own failsafes. No I/O.

`Autopilot` has PX4's manners; what another autopilot does differently are its overridden methods.
"""

from __future__ import annotations

import math

from rtcc_sitl import failsafes
from rtcc_sitl.airframe import Demand
from rtcc_sitl.autopilot_state import MAX_HEIGHT_M, AutopilotState
from rtcc_sitl.failsafes import Failsafe, Response, Situation
from rtcc_sitl.ground_watch import Patience
from rtcc_sitl.manoeuvres import (
    Drift,
    Hover,
    Land,
    Manoeuvre,
    Orbit,
    Point,
    Return,
    TakeOff,
    here,
)
from rtcc_sitl.mission import Route
from rtcc_sitl.px4 import Command, Mode, Result, Severity

__all__ = ["MAX_HEIGHT_M", "Autopilot"]

OFFBOARD_FRESH_S = 0.5
"""Wall seconds: a setpoint older than this does not allow offboard mode."""

WIND_AVERAGE_S = 5.0
"""Simulated seconds over which the felt wind is averaged: a single gust is no warning."""


class Autopilot(AutopilotState):
    """Decides what the body does. Holds no socket and no clock."""

    def prearm_failures(self) -> list[str]:
        """Why arming would be denied now, in words; empty when it would not."""
        failures = []
        if not self.has_position:
            failures.append("Preflight Fail: no GPS fix")
        if self.battery.fraction < self.params["COM_ARM_BAT_MIN"]:
            failures.append("Preflight Fail: low battery")
        if self.body.has_crashed:
            failures.append("Preflight Fail: crash detected")
        if self._motors_failed:
            failures.append("Preflight Fail: motor failure")
        if self.is_airborne:
            failures.append("Preflight Fail: not landed")
        return failures

    # --- what it is told --------------------------------------------------------------------------------

    def hear_ground_station(self) -> None:
        """A ground station's heartbeat came in."""
        if "link" in self._fired:
            by_itself = ", returning by failsafe" if self.mode is Mode.RTL else ""
            self.say(Severity.INFO, f"GCS connection regained{by_itself}")
        self._link_silence_s = 0.0

    def arm(self) -> Result:
        """Arm, or say why not."""
        if self.is_armed:
            return Result.ACCEPTED
        failures = self.prearm_failures()
        if failures:
            for text in failures:
                self.say(Severity.CRITICAL, text)
            self.say(Severity.CRITICAL, "Arming denied: resolve system health failures")
            return Result.TEMPORARILY_REJECTED
        self._start_motors()
        self.say(Severity.INFO, "Armed by external command")
        return Result.ACCEPTED

    def _start_motors(self) -> None:
        self.is_armed = True
        self.is_terminated = False
        self.armed_at_s = self._elapsed_s
        self.home = here(self.body)
        self._ground.motors_started()
        if self.mode not in (Mode.HOLD, Mode.MISSION, Mode.OFFBOARD):
            self._enter(Mode.HOLD, Hover())

    def disarm(self, *, by_force: bool = False) -> Result:
        """Disarm on the ground; by force also in the air, which stops the motors."""
        if self.is_airborne and not by_force:
            self.say(Severity.CRITICAL, "Disarming denied: not landed")
            return Result.TEMPORARILY_REJECTED
        if self.is_airborne:
            self.say(Severity.EMERGENCY, "Motors stopped in flight by command")
        self._disarm("Disarmed by external command")
        return Result.ACCEPTED

    def terminate(self) -> Result:
        """Stop the motors for good, wherever the aircraft is."""
        self.is_terminated = True
        self.say(Severity.EMERGENCY, "Flight termination active")
        return Result.ACCEPTED

    def take_off(self, up_m: float) -> Result:
        """Climb to `up_m` above the pad plane, then hold."""
        if not self.is_armed:
            self.say(Severity.CRITICAL, "Takeoff denied! Please arm first")
            return Result.TEMPORARILY_REJECTED
        self._enter(Mode.TAKEOFF, TakeOff(self.body, up_m))
        return Result.ACCEPTED

    def reposition(self, target: Point, *, yaw_deg: float | None, speed_m_s: float | None) -> Result:
        """Fly to `target` and hold there."""
        refusal = self._refuse_unless_flying("Reposition")
        if refusal is not None:
            return refusal
        self._enter(Mode.HOLD, Hover(target, yaw_deg=yaw_deg, speed_m_s=speed_m_s or self.speed_m_s))
        return Result.ACCEPTED

    def circle(self, orbit: Orbit) -> Result:
        """Fly an orbit until told otherwise."""
        refusal = self._refuse_unless_flying("Orbit")
        if refusal is not None:
            return refusal
        if not 1.0 <= orbit.radius_m <= self.params["MC_ORBIT_RAD_MAX"]:
            self.say(Severity.CRITICAL, "Orbit denied: radius out of limits")
            return Result.DENIED
        self._enter(Mode.ORBIT, orbit)
        return Result.ACCEPTED

    def change_speed(self, speed_m_s: float) -> Result:
        """Cap the ground speed of this and later legs until disarmed; 0 or less asks for the default."""
        self.speed_m_s = min(speed_m_s, self.body.limits.airspeed_m_s) if speed_m_s > 0.0 else None
        if isinstance(self.manoeuvre, Hover):
            self.manoeuvre.speed_m_s = self.speed_m_s
        return Result.ACCEPTED

    def set_mode(self, mode: Mode) -> Result:
        """Change the flight mode as a ground station asks."""
        if mode is Mode.TAKEOFF:
            return self.take_off(self.home.up_m + self.params["MIS_TAKEOFF_ALT"])
        if mode is Mode.OFFBOARD and self.offboard_age_s > OFFBOARD_FRESH_S:
            self.say(Severity.CRITICAL, "Switching to Offboard is currently not available")
            return Result.TEMPORARILY_REJECTED
        if mode is Mode.MISSION and not self.plans[0]:
            self.say(Severity.CRITICAL, "Switching to Mission denied: no valid mission")
            return Result.TEMPORARILY_REJECTED
        if not self.has_position and mode is not Mode.LAND:
            self.say(Severity.CRITICAL, "Mode change denied: no position")
            return Result.TEMPORARILY_REJECTED
        self._enter(mode, self._manoeuvre_for(mode))
        return Result.ACCEPTED

    def act_alone(self, mode: Mode) -> None:
        """Return or land for a reason that no rule here knows: a pilot's switch, an inner fault."""
        if not (self.is_armed and self.is_airborne):
            return
        doing = "landing" if mode is Mode.LAND else "returning"
        self.say(Severity.CRITICAL, f"Failsafe activated: {doing}")
        self._enter(mode, self._manoeuvre_for(mode))

    def take_setpoint(self, point: Point | None, velocity: Demand | None, yaw_deg: float | None) -> None:
        """An offboard controller's wish: a point, a velocity, or both; followed in offboard mode."""
        self.offboard.point, self.offboard.velocity, self.offboard.yaw_deg = point, velocity, yaw_deg
        self.offboard_age_s = 0.0

    # --- what it does -----------------------------------------------------------------------------------

    def step(self, dt_s: float, wall_dt_s: float, wind_east_m_s: float, wind_north_m_s: float) -> None:
        """Fly on by `dt_s` simulated seconds."""
        self._elapsed_s += dt_s
        self._link_silence_s += wall_dt_s
        self.offboard_age_s += wall_dt_s
        self._position_lost_s = 0.0 if self.has_position else self._position_lost_s + dt_s
        felt_m_s = math.hypot(wind_east_m_s, wind_north_m_s)
        self._wind_m_s += (felt_m_s - self._wind_m_s) * min(1.0, dt_s / WIND_AVERAGE_S)
        if self.enforces_fence:
            self.fence.look(self.plans[1], self.body, self._elapsed_s)
        self._apply_failsafes()
        if self.has_position and isinstance(self.manoeuvre, Drift):
            self.say(Severity.INFO, "Position regained, hold")
            self._enter(Mode.HOLD, Hover())
        has_thrust = (
            self.is_armed
            and not self.is_terminated
            and not self._motors_failed
            and self.battery.fraction > 0.0
        )
        demand = self._steer() if has_thrust else None
        self.body.step(demand, wind_east_m_s, wind_north_m_s, dt_s)
        if self.is_airborne:
            airspeed = self.body.airspeed_m_s(wind_east_m_s, wind_north_m_s)
            self.battery.drain_flying(dt_s, airspeed, self.body.up_m_s)
            self._go_on()
        else:
            self.battery.drain_grounded(dt_s, is_armed=self.is_armed)
        self._watch_the_ground(dt_s, wall_dt_s)

    def _steer(self) -> Demand:
        return self.manoeuvre.steer(self.body)

    def _watch_setpoints(self) -> None:
        if self.mode is Mode.OFFBOARD and self.offboard_age_s > self.params["COM_OF_LOSS_T"]:
            self.say(Severity.CRITICAL, "Failsafe: offboard signal lost, hold")
            self._enter(Mode.HOLD, Hover())

    def _go_on(self) -> None:
        """Take the step that follows a completed manoeuvre."""
        self._watch_setpoints()
        if not self.manoeuvre.is_complete(self.body):
            return
        if isinstance(self.manoeuvre, TakeOff):
            self._enter(Mode.HOLD, Hover(self.manoeuvre.target))
        elif isinstance(self.manoeuvre, Route):
            ending = {Command.NAV_LAND: Mode.LAND, Command.NAV_RETURN_TO_LAUNCH: Mode.RTL}
            ends_with = self.manoeuvre.ends_with
            mode = ending.get(ends_with, Mode.HOLD) if ends_with is not None else Mode.HOLD
            self.say(Severity.INFO, "Mission finished")
            self._enter(mode, self._manoeuvre_for(mode))

    def _watch_the_ground(self, dt_s: float, wall_dt_s: float) -> None:
        """Detect take-off, landing and crash; disarm what stays on the ground."""
        seen = self._ground.look(self.body, dt_s, wall_dt_s)
        if seen is not None:
            self.say(*seen)
        why = self._ground.why_disarm(self.body, self._patience())
        if why:
            self._disarm(why)

    def _patience(self) -> Patience:
        return Patience(self.params["COM_DISARM_LAND"], self.params["COM_DISARM_PRFLT"])

    def _disarm(self, text: str) -> None:
        self._ground.was_airborne = self._ground.was_airborne and self.is_airborne
        if not self.is_armed:
            return
        self.is_armed = False
        self.armed_at_s = None
        self.speed_m_s = None
        self._enter(Mode.HOLD, Hover())
        self.say(Severity.INFO, text)

    def _apply_failsafes(self) -> None:
        if not (self.is_armed and self.is_airborne):
            self._fired.clear()
            return
        rules = self._failsafes()
        for rule in rules:
            if rule.name not in self._fired:
                self.say(rule.severity, rule.text)
                self._respond(rule)
        self._fired = {rule.name for rule in rules}

    def _failsafes(self) -> list[Failsafe]:
        """The rules that apply now, the mildest first."""
        return failsafes.applying(self.params, self._situation())

    def _situation(self) -> Situation:
        return Situation(
            battery_fraction=self.battery.fraction,
            has_failing_cell=self.battery.is_failing,
            link_silence_s=self._link_silence_s,
            position_lost_s=self._position_lost_s,
            is_outside_fence=self.enforces_fence and self.fence.is_breached,
            wind_m_s=self._wind_m_s,
        )

    def _respond(self, rule: Failsafe) -> None:
        is_coming_down = self.mode is Mode.LAND
        match rule.response:
            case Response.LAND_BLIND:
                self._enter(Mode.LAND, Land(is_blind=True))
            case Response.DRIFT if not is_coming_down:
                self._enter(Mode.HOLD, Drift())
            case Response.HOLD if self.mode not in (Mode.RTL, Mode.LAND):
                self._enter(Mode.HOLD, Hover())
            case Response.RETURN if self.mode not in (Mode.RTL, Mode.LAND):
                self._enter(Mode.RTL, self._manoeuvre_for(Mode.RTL))
            case Response.LAND if not is_coming_down:
                self._enter(Mode.LAND, Land())
            case Response.TERMINATE:
                self.terminate()
            case _:
                pass

    def _manoeuvre_for(self, mode: Mode) -> Manoeuvre:
        if self.body.is_on_ground and mode is Mode.RTL:
            return Land()
        match mode:
            case Mode.RTL:
                return Return(self.body, self.home, self.home.up_m + self._return_height_m)
            case Mode.LAND:
                return Land(is_blind=not self.has_position)
            case Mode.MISSION:
                return Route(self.plans, self._item_point, self.reached.append, speed_m_s=self.speed_m_s)
            case Mode.OFFBOARD:
                return self.offboard
            case _:
                return Hover()

    def _refuse_unless_flying(self, what: str) -> Result | None:
        if not self.is_armed or not self.is_airborne:
            self.say(Severity.CRITICAL, f"{what} denied: not flying")
            return Result.TEMPORARILY_REJECTED
        if not self.has_position:
            self.say(Severity.CRITICAL, f"{what} denied: no position")
            return Result.TEMPORARILY_REJECTED
        return None

    def _enter(self, mode: Mode, manoeuvre: Manoeuvre) -> None:
        self.mode, self.manoeuvre = mode, manoeuvre
