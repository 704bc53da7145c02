"""The autopilot of a simulated multicopter: arming, modes, its own failsafes. No I/O.

`Autopilot` has PX4's manners; what another autopilot does differently are its overridden methods.

Time comes in as arguments: `dt_s` is simulated, `wall_dt_s` is what a human or a ground station waits for.
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

import msgspec

from rtcc_core.domain.geo import LatLon
from rtcc_sitl import failsafes
from rtcc_sitl.airframe import Airframe, Demand, LocalFrame
from rtcc_sitl.battery import Battery
from rtcc_sitl.failsafes import Failsafe, Response, Situation
from rtcc_sitl.manoeuvres import (
    Drift,
    Follow,
    Hover,
    Land,
    Manoeuvre,
    Orbit,
    Point,
    Return,
    TakeOff,
    here,
)
from rtcc_sitl.mission import RELATIVE_FRAMES, Item, Plans, Route, item_position
from rtcc_sitl.params import Params
from rtcc_sitl.px4 import Command, Landed, Mode, Result, Severity

MAX_NOTICES = 64
"""Unsent status texts kept; a radio that is off does not make the aircraft remember for ever."""

MAX_HEIGHT_M = 10_000.0
"""Above and below the pad: an altitude beyond this is a mistake, not a place to fly to."""

OFFBOARD_FRESH_S = 0.5
"""Wall seconds: a setpoint older than this does not allow offboard mode."""


class Notice(NamedTuple):
    """A status text for the crew, at most 50 characters."""

    severity: Severity
    text: str


class Autopilot:
    """Decides what the body does. Holds no socket and no clock.

    `home` and every `Point` are metres from the pad the aircraft was started on; `pad_amsl_m` is its height.
    """

    def __init__(
        self, body: Airframe, battery: Battery, params: Params, frame: LocalFrame, pad_amsl_m: float
    ) -> None:
        self.body, self.battery, self.params, self.frame = body, battery, params, frame
        self.pad_amsl_m = pad_amsl_m
        self._able = body.limits
        self.has_gps = True
        self.plans = Plans()
        self.notices: deque[Notice] = deque(maxlen=MAX_NOTICES)
        self.reached: deque[int] = deque(maxlen=MAX_NOTICES)
        self._motors_failed = False
        self._forget()

    def _forget(self) -> None:
        self.mode = Mode.HOLD
        self.is_armed = False
        self.is_terminated = False
        self.home = here(self.body)
        self.manoeuvre: Manoeuvre = Hover()
        self.offboard = Follow()
        self.offboard_age_s = float("inf")
        self.speed_m_s: float | None = None
        self.armed_at_s: float | None = None
        self._elapsed_s = 0.0
        self._was_airborne = False
        self._ground_s = self._ground_wall_s = 0.0
        self._link_silence_s = 0.0
        self._position_lost_s = 0.0
        self._fired: set[str] = set()

    def restart(self) -> None:
        """Boot again: parameters and plans are kept as PX4 keeps them, everything else is forgotten."""
        self._forget()

    # --- what it is -------------------------------------------------------------------------------------

    @property
    def is_airborne(self) -> bool:
        return not self.body.is_on_ground

    @property
    def has_position(self) -> bool:
        """True while it knows where it is."""
        return self.has_gps

    @property
    def landed(self) -> Landed:
        """EXTENDED_SYS_STATE.landed_state."""
        if self.body.is_on_ground:
            return Landed.ON_GROUND
        if self.mode is Mode.TAKEOFF:
            return Landed.TAKEOFF
        is_returning_down = isinstance(self.manoeuvre, Return) and self.manoeuvre.is_landing
        return Landed.LANDING if self.mode is Mode.LAND or is_returning_down else Landed.IN_AIR

    @property
    def orbit(self) -> Orbit | None:
        """The orbit being flown, if one is."""
        return self.manoeuvre if isinstance(self.manoeuvre, Orbit) else None

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

    def say(self, severity: Severity, text: str) -> None:
        """Queue a status text."""
        self.notices.append(Notice(severity, text[:50]))

    def hear_ground_station(self) -> None:
        """A ground station's heartbeat came in."""
        if "link" in self._fired:
            by_itself = ", returning by failsafe" if self.mode is Mode.RTL else ""
            self.say(Severity.INFO, f"GCS connection regained{by_itself}")
        self._link_silence_s = 0.0

    def apply_params(self) -> None:
        """Let changed speed parameters count, never beyond what the airframe can do."""
        able = self._able
        along_m_s, up_m_s, down_m_s = self._wanted_speeds()
        self.body.limits = msgspec.structs.replace(
            able,
            airspeed_m_s=max(1.0, min(able.airspeed_m_s, along_m_s)),
            climb_m_s=max(0.5, min(able.climb_m_s, up_m_s)),
            descent_m_s=max(0.5, min(able.descent_m_s, down_m_s)),
        )

    def _wanted_speeds(self) -> tuple[float, float, float]:
        """Along, up and down as the parameters have them, m/s."""
        params = self.params
        return params["MPC_XY_CRUISE"], params["MPC_Z_VEL_MAX_UP"], params["MPC_Z_VEL_MAX_DN"]

    def lose_motors(self) -> None:
        """A motor fails: what is in the air comes down."""
        self._motors_failed = True
        self.say(Severity.EMERGENCY, "Motor failure detected")

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
        self._ground_s = self._ground_wall_s = 0.0
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
        if self.is_airborne:
            if not self._was_airborne:
                self.say(Severity.INFO, "Takeoff detected")
            self._was_airborne = True
            self._ground_s = self._ground_wall_s = 0.0
            return
        self._ground_s += dt_s
        self._ground_wall_s += wall_dt_s
        if self._was_airborne and self.body.has_crashed:
            self.say(Severity.EMERGENCY, "Crash detected")
            self._disarm("Disarmed by crash detection")
        elif self._was_airborne and self._ground_s <= dt_s:
            self.say(Severity.INFO, "Landing detected")
        landed_for_s, idle_for_s = self._disarms_after_s()
        if self.is_armed and self._was_airborne and self._ground_s >= landed_for_s:
            self._disarm("Disarmed by landing")
        elif self.is_armed and self._ground_wall_s >= idle_for_s > 0.0:
            self._disarm("Disarmed by auto preflight disarming")

    def _disarms_after_s(self) -> tuple[float, float]:
        """On the ground: simulated seconds after landing, wall seconds armed and idle (0 = never)."""
        return self.params["COM_DISARM_LAND"], self.params["COM_DISARM_PRFLT"]

    def _disarm(self, text: str) -> None:
        self._was_airborne = self._was_airborne and self.is_airborne
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
        situation = Situation(
            battery_fraction=self.battery.fraction,
            low_at=self.params["BAT_LOW_THR"],
            critical_at=self.params["BAT_CRIT_THR"],
            emergency_at=self.params["BAT_EMERGEN_THR"],
            low_battery_acts=self.params["COM_LOW_BAT_ACT"] == 3,
            link_silence_s=self._link_silence_s,
            link_loss_after_s=self.params["COM_DL_LOSS_T"],
            link_loss_returns=self.params["NAV_DLL_ACT"] == 2,
            position_lost_s=self._position_lost_s,
            position_loss_delay_s=self.params["COM_POS_FS_DELAY"],
        )
        return failsafes.applying(situation)

    def _respond(self, rule: Failsafe) -> None:
        is_coming_down = self.mode is Mode.LAND
        match rule.response:
            case Response.LAND_BLIND:
                self._enter(Mode.LAND, Land(is_blind=True))
            case Response.HOLD if not is_coming_down:
                self._enter(Mode.HOLD, Drift())
            case Response.RETURN if self.mode not in (Mode.RTL, Mode.LAND):
                self._enter(Mode.RTL, self._manoeuvre_for(Mode.RTL))
            case Response.LAND if not is_coming_down:
                self._enter(Mode.LAND, Land())
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

    @property
    def _return_height_m(self) -> float:
        return self.params["RTL_RETURN_ALT"]

    def _item_point(self, item: Item, body: Airframe) -> Point:
        position = item_position(item)
        east, north = (body.east_m, body.north_m) if position is None else self.frame.to_local(position)
        up_m = self.up_of(item.z, is_relative=item.frame in RELATIVE_FRAMES)
        return Point(east, north, max(-MAX_HEIGHT_M, min(MAX_HEIGHT_M, up_m)))

    def up_of(self, altitude_m: float, *, is_relative: bool = False) -> float:
        """Height over the pad plane of an altitude AMSL, or above home; NaN keeps the present height."""
        if math.isnan(altitude_m):
            return self.body.up_m
        return altitude_m + self.home.up_m if is_relative else altitude_m - self.pad_amsl_m

    def locate(self) -> LatLon:
        """Where the body truly is."""
        return self.frame.to_global(self.body.east_m, self.body.north_m)

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
