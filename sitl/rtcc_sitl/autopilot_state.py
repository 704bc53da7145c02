"""What the autopilot of a simulated multicopter has and knows: its body, its place, its mode. No decisions.

Time comes in as arguments: `dt_s` is simulated, `wall_dt_s` is what a human or a ground station waits for.
"""

from __future__ import annotations

import math
from collections import deque

import msgspec

from rtcc_core.domain.geo import LatLon
from rtcc_sitl.airframe import Airframe, LocalFrame
from rtcc_sitl.battery import Battery
from rtcc_sitl.fences import FenceWatch
from rtcc_sitl.ground_watch import GroundWatch
from rtcc_sitl.manoeuvres import Follow, Hover, Manoeuvre, Orbit, Point, Return, here
from rtcc_sitl.mission import RELATIVE_FRAMES, Item, Plans, item_position
from rtcc_sitl.notice import MAX_NOTICES, Notices
from rtcc_sitl.params import Params
from rtcc_sitl.px4 import Landed, Mode, Severity

MAX_HEIGHT_M = 10_000.0
"""Above and below the pad: an altitude beyond this is a mistake, not a place to fly to."""


class AutopilotState:
    """Body, battery, parameters and plans of one aircraft, and what it does at this moment.

    `home` and every `Point` are metres from the pad the aircraft was started on; `pad_amsl_m` is its height.
    """

    needs_every_inclusion = False
    """Of several inclusion areas of a fence, one is enough."""

    def __init__(
        self, body: Airframe, battery: Battery, params: Params, frame: LocalFrame, pad_amsl_m: float
    ) -> None:
        self.body, self.battery, self.params, self.frame = body, battery, params, frame
        self.pad_amsl_m = pad_amsl_m
        self._able = body.limits
        self.has_gps = True
        self.plans = Plans()
        self.notices = Notices()
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
        self.fence = FenceWatch(self.frame, needs_every_inclusion=self.needs_every_inclusion)
        self._ground = GroundWatch()
        self._elapsed_s = 0.0
        self._link_silence_s = 0.0
        self._position_lost_s = 0.0
        self._wind_m_s = 0.0
        self._fired: set[str] = set()

    def restart(self, *, keeps_flying: bool = False) -> None:
        """Boot again: parameters and plans are kept, everything else is forgotten.

        In the air the motors stop, unless it `keeps_flying`: then it comes back armed, holding, and with the
        home it had, as after a watchdog's reset.
        """
        was_armed, home = self.is_armed and self.is_airborne, self.home
        self._forget()
        self._ground.was_airborne = self.is_airborne
        if was_armed and keeps_flying:
            self.is_armed, self.home, self.armed_at_s = True, home, 0.0

    # --- what it is -------------------------------------------------------------------------------------

    @property
    def is_airborne(self) -> bool:
        return not self.body.is_on_ground

    @property
    def has_position(self) -> bool:
        """True while it knows where it is."""
        return self.has_gps

    @property
    def enforces_fence(self) -> bool:
        """True while leaving the stored fence has a consequence."""
        return self.params["GF_ACTION"] > 0

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

    def up_of(self, altitude_m: float, *, is_relative: bool = False) -> float:
        """Height over the pad plane of an altitude AMSL, or above home; NaN keeps the present height."""
        if math.isnan(altitude_m):
            return self.body.up_m
        return altitude_m + self.home.up_m if is_relative else altitude_m - self.pad_amsl_m

    def locate(self) -> LatLon:
        """Where the body truly is."""
        return self.frame.to_global(self.body.east_m, self.body.north_m)

    def _item_point(self, item: Item, body: Airframe) -> Point:
        position = item_position(item)
        east, north = (body.east_m, body.north_m) if position is None else self.frame.to_local(position)
        up_m = self.up_of(item.z, is_relative=item.frame in RELATIVE_FRAMES)
        return Point(east, north, max(-MAX_HEIGHT_M, min(MAX_HEIGHT_M, up_m)))

    # --- what changes it --------------------------------------------------------------------------------

    def say(self, severity: Severity, text: str) -> None:
        """Queue a status text."""
        self.notices.say(severity, text)

    def lose_motors(self) -> None:
        """A motor fails: what is in the air comes down."""
        self._motors_failed = True
        self.say(Severity.EMERGENCY, "Motor failure detected")

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

    @property
    def _return_height_m(self) -> float:
        return self.params["RTL_RETURN_ALT"]
