"""Aircraft as the agency owns them, and as they were last heard."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from rtcc_core.domain.geo import LatLon


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A launch site: a rooftop, a dock, a yard."""

    name: str
    position: LatLon
    ground_amsl_m: float | None = None
    """Height of the pad above mean sea level, metres; None where the agency did not give it."""
    pads: int | None = None
    """How many aircraft may stand here; None: as many as are based here and one more."""
    takes: tuple[str, ...] = ()
    """Models that may land here; empty: every model."""


class Drone(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft of the fleet and what it can do, from agency.toml."""

    callsign: str
    sysid: int
    """MAVLink system id, 1–254, unique in the fleet."""
    site: str
    cruise_speed_m_s: float = 15.0
    """Airspeed in transit."""
    climb_speed_m_s: float = 4.0
    descent_speed_m_s: float = 2.0
    endurance_min: float = 30.0
    """Minutes of flight from a full battery to an empty one, in transit and orbit, no wind."""
    max_wind_m_s: float = 12.0
    max_range_m: float = 5_000.0
    max_height_m: float = 120.0
    """Above the launch point: the agency's own limit for it."""
    video_url: str = ""
    """Where its picture can be seen, as shown to the field; empty: nowhere."""
    camera_fov_deg: float = 65.0
    """Horizontal field of view of its camera at its widest, degrees."""
    model: str = ""
    """For sites that take only some models."""
    is_lit: bool = True
    """Anti-collision lights visible for 3 statute miles (14 CFR 107.29(a)(2))."""
    inspect_after_h: float | None = None
    """Hours of flight after which it is not launched before an inspection; None: no such rule."""


class GimbalSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What the gimbal itself says, not what it was told."""

    pitch_deg: float
    """0 level, -90 straight down, in the earth frame."""
    yaw_deg: float | None = None
    """True azimuth of the line of sight; None where it is not told."""
    age_s: float
    trouble: str = ""
    """Failure flags in words."""

    @property
    def looks_down(self) -> bool:
        """True where it points more than 15 degrees below the horizon: the ground is in the picture."""
        return self.pitch_deg < -15.0


class CameraSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What the camera itself says."""

    is_recording: bool | None = None
    age_s: float


class RemoteIdSeen(msgspec.Struct, frozen=True, kw_only=True):
    """OPEN_DRONE_ID_ARM_STATUS and the module's heartbeat (14 CFR 89.110)."""

    is_good: bool
    """Its own arm status says that the aircraft may take off."""
    trouble: str = ""
    """Its words where it says it may not, cleaned."""
    age_s: float


class Mode(StrEnum):
    """What the aircraft's own heartbeat says it is doing, in our words."""

    HOLD = "hold"
    TAKEOFF = "takeoff"
    TRANSIT = "goto"
    """Flying to a point it was given (PX4 reposition shows as hold; ArduPilot as guided)."""
    ORBIT = "orbit"
    RETURN = "return"
    LAND = "land"
    MISSION = "mission"
    OFFBOARD = "offboard"
    MANUAL = "manual"
    READY = "ready"
    UNKNOWN = "unknown"


class Landed(StrEnum):
    """EXTENDED_SYS_STATE landed state."""

    ON_GROUND = "on ground"
    TAKING_OFF = "taking off"
    IN_AIR = "in air"
    LANDING = "landing"
    UNKNOWN = "unknown"


class Telemetry(msgspec.Struct, frozen=True, kw_only=True):
    """The newest an aircraft said, each with its age when this was put together.

    None means never heard. Ages are real (wall) seconds, also in a drill that runs faster.
    """

    drone: str
    is_connected: bool = False
    link_age_s: float | None = None
    """Seconds since anything was heard from the aircraft."""
    position: LatLon | None = None
    position_age_s: float | None = None
    altitude_amsl_m: float | None = None
    height_m: float | None = None
    """Above the launch point."""
    ground_speed_m_s: float | None = None
    track_deg: float | None = None
    """Where it moves to over the ground, true; None while it hardly moves. The nose may point elsewhere."""
    climb_m_s: float | None = None
    heading_deg: float | None = None
    battery_fraction: float | None = None
    """0 … 1 as the aircraft estimates it."""
    battery_age_s: float | None = None
    armed: bool | None = None
    mode: Mode = Mode.UNKNOWN
    landed: Landed = Landed.UNKNOWN
    has_fix: bool | None = None
    """A position good enough to fly on (global position and home known)."""
    satellites: int | None = None
    is_armable: bool | None = None
    health: str = ""
    """In words, what keeps it from arming; empty when nothing does."""
    home: LatLon | None = None
    home_amsl_m: float | None = None
    autopilot: str = ""
    """`PX4`, `ArduPilot`; empty until it has said so."""
    trouble: str = ""
    """Set when this link must not be flown on: `two aircraft answer as sysid 3`."""
    gimbal: GimbalSeen | None = None
    """None: no gimbal was ever heard."""
    camera: CameraSeen | None = None
    """None: no camera was ever heard."""
    remote_id: RemoteIdSeen | None = None
    """None: no Remote ID module was ever heard."""
    battery_left_s: float | None = None
    """Seconds of flight left as the battery itself estimates them; None where it does not."""
    wind_speed_m_s: float | None = None
    """As the aircraft estimates it in flight."""
    wind_from_deg: float | None = None
    has_breached_fence: bool | None = None
    """Its own geofence; None where it has none or does not say."""
    is_motor_well: bool | None = None
    """False where it says that propulsion failed."""
    booted_at_s: float | None = None
    """Its own clock, seconds since boot: one that jumps back is a restart."""

    @property
    def is_airborne(self) -> bool | None:
        """True in the air, False on the ground, None when the aircraft has not said."""
        if self.landed in (Landed.IN_AIR, Landed.TAKING_OFF, Landed.LANDING):
            return True
        if self.landed is Landed.ON_GROUND or self.armed is False:
            return False
        return None


Sky = dict[str, Telemetry]
"""Latest telemetry by callsign; latest value only, never queued."""
