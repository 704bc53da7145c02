"""One simulated aircraft: body, battery, autopilot and radio, and the faults a drill may ask for."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence

import msgspec

from rtcc_core.domain.geo import LatLon
from rtcc_sitl.air_traffic import AirTraffic
from rtcc_sitl.airframe import Airframe, Limits, LocalFrame
from rtcc_sitl.autopilot_name import AutopilotName
from rtcc_sitl.avionics import Makings
from rtcc_sitl.battery import Battery
from rtcc_sitl.clock import STEP_S, SimClock
from rtcc_sitl.mavlink_endpoint import Address, MavlinkEndpoint, Power
from rtcc_sitl.payload import fit
from rtcc_sitl.personality import PERSONALITIES
from rtcc_sitl.px4 import Command, Landed, Mode, Result
from rtcc_sitl.received import CommandFault, Received
from rtcc_sitl.wind import CALM, AirMass, Wind
from rtcc_sitl.wind_field import WindField

TICK_S = 0.05
"""Wall seconds between two looks at what is due."""

FEEL_EVERY_STEPS = 5
"""A wind field is looked at four times a simulated second."""

MAX_SYSID = 254
SYSID_PARAMS = frozenset({"MAV_SYS_ID", "SYSID_THISMAV"})


class VehicleSpec(msgspec.Struct, frozen=True):
    """What a scenario says of one aircraft. Raises ValueError for what cannot fly.

    `home_amsl_m` is the height of its pad; `endurance_min` the hover time of a full battery in calm air;
    `cruise_m_s` the airspeed it travels at, so that the wind adds to or takes from its ground speed;
    `autopilot` whose manners it has; `has_orbit` false: DO_ORBIT is answered with "unsupported"; `gimbal` and
    `camera` whether it carries them.
    """

    sysid: int
    callsign: str
    home: LatLon
    home_amsl_m: float = 0.0
    battery_fraction: float = 1.0
    endurance_min: float = 30.0
    cruise_m_s: float = 15.0
    climb_m_s: float = 5.0
    descent_m_s: float = 3.0
    autopilot: AutopilotName = "px4"
    has_orbit: bool = True
    gimbal: bool = True
    camera: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.sysid <= MAX_SYSID:
            raise ValueError(f"{self.callsign}: system id {self.sysid} is outside 1 … {MAX_SYSID}")
        if not 0.0 <= self.battery_fraction <= 1.0:
            raise ValueError(f"{self.callsign}: battery_fraction {self.battery_fraction} is outside 0 … 1")
        for name in ("endurance_min", "cruise_m_s", "climb_m_s", "descent_m_s"):
            if not 0.0 < getattr(self, name) < 1000.0:
                raise ValueError(f"{self.callsign}: {name} must be above 0 and below 1000")


class VehicleState(msgspec.Struct, frozen=True):
    """The truth about an aircraft at one moment, as the world knows it and no sensor does.

    `height_m` is above the pad plane; `mode` is a name of `px4.Mode`; `at_s` is simulated seconds.
    """

    at_s: float
    position: LatLon
    height_m: float
    amsl_m: float
    ground_speed_m_s: float
    climb_m_s: float
    heading_deg: float
    is_armed: bool
    mode: str
    landed: Landed
    battery_fraction: float
    has_crashed: bool
    is_link_up: bool
    has_gps: bool
    flying_s: float = 0.0
    """Simulated seconds since it took off; 0 on the ground."""

    @property
    def is_airborne(self) -> bool:
        return self.landed is not Landed.ON_GROUND


class SimVehicle:
    """One aircraft on the air. Give it a `clock` to share one with others and call `tick` yourself (as
    `Hangar` does); without one it keeps its own time at `speed` once started.
    """

    def __init__(
        self,
        spec: VehicleSpec,
        *,
        gcs_address: Address,
        speed: float = 1.0,
        seed: int = 0,
        wind: Wind = CALM,
        clock: SimClock | None = None,
        field: WindField | None = None,
        also_to: Sequence[Address] = (),
        traffic: AirTraffic | None = None,
    ) -> None:
        self.spec = spec
        self._traffic = traffic
        self._gcs_address, self._also_to = gcs_address, tuple(also_to)
        self._seed = seed
        self._is_driven = clock is not None
        self.clock = clock if clock is not None else SimClock(speed=speed)
        self._air = AirMass(wind, random.Random(f"{seed}/{spec.sysid}/air"))
        self._usual_wind, self._field, self._has_own_wind = wind, field, False
        self._field_origin = field.frame.to_local(spec.home) if field is not None else (0.0, 0.0)
        self._steps_to_feel = 0
        self._task: asyncio.Task[None] | None = None
        self._has_vanished = False
        self._silent_for_s: float | None = None
        self._radio_dies_in_crash = False
        self._steps_in_air = 0
        self._build(
            Airframe(_limits(spec)), Battery(spec.battery_fraction, spec.endurance_min, spec.cruise_m_s)
        )

    def _build(self, body: Airframe, battery: Battery) -> None:
        spec = self.spec
        makings = Makings(
            sysid=spec.sysid,
            body=body,
            battery=battery,
            frame=LocalFrame(spec.home),
            pad_amsl_m=spec.home_amsl_m,
            air=self._air,
            clock=self.clock,
            sensors=random.Random(f"{self._seed}/{spec.sysid}/sensors"),
        )
        avionics = PERSONALITIES[spec.autopilot](makings)
        if not spec.has_orbit:
            known = {each: obey for each, obey in avionics.orders.items() if each != Command.DO_ORBIT}
            avionics = avionics._replace(orders=known)
        self.autopilot = avionics.autopilot
        self.telemetry = avionics.telemetry
        avionics, self.payload = fit(
            avionics,
            self.clock,
            spec.sysid,
            has_gimbal=spec.gimbal,
            has_camera=spec.camera,
            traffic=self._traffic,
        )
        self._radio = MavlinkEndpoint(
            spec.sysid, self._gcs_address, avionics, self._switch_power, self.payload
        )
        self._radio.also_to = self._also_to

    # --- life -------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the radio and, without a shared clock, begin to keep time."""
        await self._radio.open()
        if not self._is_driven:
            self._task = asyncio.create_task(self._run(), name=f"sim-{self.spec.callsign}")

    async def stop(self) -> None:
        """Close the radio and stop time; stopping twice is harmless."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self._radio.close()

    def advance(self) -> None:
        """Run one physics step; whoever owns the clock counts it."""
        if self._has_vanished:
            return
        if self._field is not None and not self._has_own_wind:
            self._feel(self._field)
        self._air.step(STEP_S)
        self.autopilot.step(STEP_S, self.clock.wall_step_s, self._air.east_m_s, self._air.north_m_s)
        self._steps_in_air = self._steps_in_air + 1 if self.autopilot.is_airborne else 0
        if self._radio_dies_in_crash and self.autopilot.body.has_crashed:
            self.vanish()

    def _feel(self, field: WindField) -> None:
        """Take the field's wind at this place and time."""
        self._steps_to_feel -= 1
        if self._steps_to_feel < 0:
            self._steps_to_feel = FEEL_EVERY_STEPS
            body, (east_m, north_m) = self.autopilot.body, self._field_origin
            place = (body.east_m + east_m, body.north_m + north_m, body.up_m)
            self._air.wind = field.at(*place, self.clock.elapsed_s)

    def tick(self, wall_elapsed_s: float) -> None:
        """Send what is due by wall time."""
        if self._has_vanished:
            return
        if self._silent_for_s is not None:
            self._silent_for_s -= wall_elapsed_s
            if self._silent_for_s <= 0.0:
                self.set_link(is_up=True)
        self._radio.tick(wall_elapsed_s)

    async def _run(self) -> None:
        before = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            elapsed_s, before = now - before, now
            for _ in range(self.clock.due(elapsed_s)):
                self.advance()
                self.clock.count_step()
            self.tick(elapsed_s)

    def _switch_power(self, power: Power) -> None:
        if power is Power.OFF:
            self.vanish()
        else:
            self.reboot(keeps_flying=False)

    # --- what it is -------------------------------------------------------------------------------------

    @property
    def state(self) -> VehicleState:
        """A snapshot of the truth, for scoring."""
        autopilot, body = self.autopilot, self.autopilot.body
        return VehicleState(
            at_s=self.clock.elapsed_s,
            position=autopilot.locate(),
            height_m=body.up_m,
            amsl_m=body.up_m + self.spec.home_amsl_m,
            ground_speed_m_s=body.ground_speed_m_s,
            climb_m_s=body.up_m_s,
            heading_deg=body.yaw_deg,
            is_armed=autopilot.is_armed,
            mode=autopilot.mode.name,
            landed=autopilot.landed,
            battery_fraction=autopilot.battery.fraction,
            has_crashed=body.has_crashed,
            is_link_up=self._radio.is_on and not self._has_vanished,
            has_gps=autopilot.has_position,
            flying_s=self._steps_in_air * STEP_S,
        )

    @property
    def commands(self) -> list[Received]:
        """Every COMMAND_LONG and COMMAND_INT that the autopilot received, oldest first."""
        return self._radio.commands

    @property
    def payload_commands(self) -> list[Received]:
        """Every command that camera, gimbal device and other components received, oldest first."""
        return self._radio.payload_commands

    @property
    def port(self) -> int:
        """The UDP port it sends from; 0 while it is not started."""
        return self._radio.local_port

    # --- faults -----------------------------------------------------------------------------------------

    @property
    def wind(self) -> Wind:
        """The steady wind and its gusts around it now."""
        return self._air.wind

    def set_wind(self, wind: Wind | None) -> None:
        """Change the wind around this aircraft; None: as it was before anybody changed it."""
        self._has_own_wind = wind is not None
        self._air.wind = self._usual_wind if wind is None else wind

    def set_battery(self, fraction: float) -> None:
        """Change the charge left, 0 … 1."""
        self.autopilot.battery.fraction = fraction

    def set_drain(self, factor: float) -> None:
        """Let the battery drain so many times faster than by its figures."""
        self.autopilot.battery.drain_factor = factor

    def fail_battery(self) -> None:
        """A cell fails: the voltage sags, then the charge goes."""
        self.autopilot.battery.fail()

    def set_gps(self, *, works: bool) -> None:
        """Take the position fix away, or give it back."""
        self.autopilot.has_gps = works

    def set_link(self, *, is_up: bool, for_s: float | None = None) -> None:
        """Go silent and deaf, or be heard again. The aircraft flies on by its own rules.

        `for_s`: silent for so many wall seconds, which is what everybody's link timers count.
        """
        self._radio.is_on = is_up
        self._silent_for_s = None if is_up else for_s

    def reboot(self, *, keeps_flying: bool = True, sysid: int | None = None) -> None:
        """Restart the autopilot: a while of silence, its clock at 0, perhaps another system id.

        In the air it comes back in flight, or its motors stop.
        """
        self.autopilot.restart(keeps_flying=keeps_flying)
        self.telemetry.restart_clock()
        self.payload.restart()
        self._radio.restart(sysid=sysid)
        if sysid is not None:
            params = self.autopilot.params
            for name in SYSID_PARAMS & {param.name for param in params}:
                params.put(name, sysid)

    def jump_clock(self, seconds: float) -> None:
        """Let the aircraft's clocks jump, backwards where negative."""
        self.telemetry.jump_clock(seconds)

    def flood(self, *, is_on: bool = True) -> None:
        """Send telemetry at PX4's onboard rates; off: at the usual ones, forgetting what was asked for."""
        if is_on:
            self._radio.flood()
        else:
            self.forget_rates()

    def forget_rates(self) -> None:
        """Forget the message rates that a ground station asked for."""
        self._radio.forget_rates()

    def stick_gimbal(self, *, is_stuck: bool = True) -> None:
        """Let the gimbal stay where it looks. Raises ValueError for an aircraft without one."""
        if self.payload.gimbal is None:
            raise ValueError(f"{self.spec.callsign} carries no gimbal")
        self.payload.gimbal.is_stuck = is_stuck

    def act_alone(self, mode: Mode) -> None:
        """Return or land, and nobody asked it to. Raises ValueError where it does not fly."""
        if not self.autopilot.is_airborne:
            raise ValueError(f"{self.spec.callsign} does not fly: there is nothing to come back from")
        self.autopilot.act_alone(mode)

    def refuse_next_command(
        self, result: Result = Result.TEMPORARILY_REJECTED, *, only: Command | None = None
    ) -> None:
        """Refuse the next order of flight, or the next of the kind `only`, with `result`."""
        self._radio.faults.append(CommandFault(result, only=only))

    def ignore_next_command(self, *, but_obey: bool = False, only: Command | None = None) -> None:
        """Do not acknowledge the next order of flight, or the next of the kind `only`, nor its repetitions;
        `but_obey`: carry it out once."""
        self._radio.faults.append(CommandFault(None, but_obey, only))

    def stop_motors(self, *, wreck_has_radio: bool = True) -> None:
        """A motor fails; in the air that is a crash, after which the wreck is heard or not."""
        self._radio_dies_in_crash = not wreck_has_radio
        self.autopilot.lose_motors()

    def set_gimbal(self, *, works: bool) -> None:
        """Let the gimbal stick where it looks, or move again; commands are acknowledged all the same. Raises
        ValueError for an aircraft without one."""
        if self.payload.gimbal is None:
            raise ValueError(f"{self.spec.callsign} carries no gimbal: choose an aircraft that does")
        self.payload.gimbal.is_stuck = not works

    def vanish(self) -> None:
        """Be gone: no frame ever again, no position, no wreck that answers."""
        self._has_vanished = True
        self._radio.is_on = False


def _limits(spec: VehicleSpec) -> Limits:
    return Limits(airspeed_m_s=spec.cruise_m_s, climb_m_s=spec.climb_m_s, descent_m_s=spec.descent_m_s)
