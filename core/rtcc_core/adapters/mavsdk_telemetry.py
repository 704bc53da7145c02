"""What one aircraft was last heard to say: written by the thread that reads the port, read by the event loop.

Every slot holds one immutable value with its monotonic time of arrival and is replaced whole, so neither side
waits for the other and nothing is ever queued: a loop that stalls reads the newest afterwards.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from rtcc_core.adapters import mavsdk_words as words
from rtcc_core.adapters.mavsdk_messages import (
    LAYOUT_OF,
    BatteryStatus,
    CameraCapture,
    EkfStatus,
    ExtendedSysState,
    GimbalAttitude,
    GlobalPosition,
    GpsRaw,
    Heartbeat,
    HomePosition,
    Message,
    Of,
    OnMessage,
    RemoteIdArm,
    StatusText,
    SysStatus,
    Wind,
    WindCov,
)
from rtcc_core.adapters.mavsdk_senses import (
    CAMERAS,
    camera_seen,
    gimbal_seen,
    has_breached_fence,
    is_motor_well,
    latlon,
    remote_id_seen,
    satellites,
    wind_of,
    with_position,
)
from rtcc_core.adapters.mavsdk_texts import Said, Texts
from rtcc_core.adapters.mavsdk_twins import TwinWatch
from rtcc_core.domain.drone import CameraSeen, Landed, Mode, Telemetry
from rtcc_core.domain.geo import LatLon

LOST_AFTER_S = 3.0
"""Without a heartbeat for as long the link counts as down, as MAVSDK counts it."""

FIX_VALID_S = 5.0
"""A position older than this is no position to fly on."""

WIND_VALID_S = BATTERY_LEFT_VALID_S = 30.0
"""An estimate older than this is not told any more."""

ARMED_FLAG = 0x80
FIX_3D = 3
EKF_POSITION, EKF_POSITION_PREDICTED, EKF_CONSTANT_POSITION = 16, 512, 128
"""EKF_STATUS_REPORT flags; before arming ArduPilot is content with a predicted absolute position."""

_NONE_YET = (0, 0.0)
_OF_ANYBODY = frozenset(kind for kind, layout in LAYOUT_OF.items() if layout.of is Of.ANYBODY)

V = TypeVar("V")
M = TypeVar("M", bound=Message)


class Stamped(Generic[V]):
    """A value and when it arrived."""

    __slots__ = ("at", "value")

    def __init__(self, value: V, at: float) -> None:
        self.value = value
        self.at = at


class Heard:
    """Everything one system id was last heard to say.

    `on_warning` is called in the reading thread with each complete status text of warning level or worse.
    """

    def __init__(self, on_warning: Callable[[Said], None], *, autopilot: str = "") -> None:
        self._on_warning = on_warning
        self._autopilot = autopilot
        self.anything_at: float | None = None
        self.heartbeat: Stamped[Heartbeat] | None = None
        self.position: Stamped[GlobalPosition] | None = None
        self.status: Stamped[SysStatus] | None = None
        self.battery: Stamped[float] | None = None
        self.gps: Stamped[GpsRaw] | None = None
        self.home: Stamped[HomePosition] | None = None
        self.landing: Stamped[ExtendedSysState] | None = None
        self.estimator: Stamped[EkfStatus] | None = None
        self.wind: Stamped[Wind | WindCov] | None = None
        self.boot_ms: int | None = None
        """Its own clock with the newest position."""
        self._battery_left: Stamped[int] | None = None
        self.texts = Texts()
        self.twins = TwinWatch()
        self.arrivals: dict[type[Message], tuple[int, float]] = {}
        """Of the autopilot's messages: how many came, and when the newest did."""
        self._others: dict[tuple[type[Message], int], Stamped[Any]] = {}
        self._listeners: dict[type[Message], OnMessage] = {}
        self._component = 1
        self._has_battery_status = False
        self._told: Stamped[Telemetry] | None = None

    # --- the reading thread -----------------------------------------------------------------------------

    def take(self, message: Message, component: int, at: float) -> None:
        """Note a message of one of the aircraft's components that arrived at `at` (monotonic seconds)."""
        kind = type(message)
        if isinstance(message, Heartbeat) and message.autopilot != words.NOT_AN_AUTOPILOT:
            self._component = component
        elif kind in _OF_ANYBODY:
            self._others[kind, component] = Stamped(message, at)
            listener = self._listeners.get(kind)
            if listener is not None:
                listener(message, component, at)
            return
        elif component != self._component:
            return
        self.anything_at = at
        self.arrivals[kind] = (self.arrivals.get(kind, _NONE_YET)[0] + 1, at)
        self._store(message, at)

    def _store(self, message: Message, at: float) -> None:
        match message:
            case GlobalPosition():
                self._store_position(message, at)
            case BatteryStatus():
                if message.id == 0 and 0 <= message.battery_remaining <= 100:
                    self._has_battery_status = True
                    self.battery = Stamped(message.battery_remaining / 100.0, at)
                if message.id == 0 and message.time_remaining > 0:
                    self._battery_left = Stamped(message.time_remaining, at)
            case Heartbeat():
                self.twins.heartbeat(at, is_armed=bool(message.base_mode & ARMED_FLAG))
                self.heartbeat = Stamped(message, at)
            case SysStatus():
                self.status = Stamped(message, at)
                if not self._has_battery_status and 0 <= message.battery_remaining <= 100:
                    self.battery = Stamped(message.battery_remaining / 100.0, at)
            case GpsRaw():
                self.gps = Stamped(message, at)
            case HomePosition():
                if message.latitude or message.longitude:
                    self.home = Stamped(message, at)
            case ExtendedSysState():
                self.landing = Stamped(message, at)
            case Wind() | WindCov():
                self.wind = Stamped(message, at)
            case EkfStatus():
                self.estimator = Stamped(message, at)
            case StatusText():
                for said in self.texts.take(message, at):
                    if said.severity <= words.WARNING:
                        self._on_warning(said)

    def _store_position(self, message: GlobalPosition, at: float) -> None:
        self.boot_ms = message.time_boot_ms
        if not (message.lat or message.lon):  # ArduPilot sends zeros until its estimator knows
            self.twins.clock(at, message.time_boot_ms)
            return
        self.twins.position(at, message.time_boot_ms, message.lat * 1e-7, message.lon * 1e-7)
        self.position = Stamped(message, at)

    # --- the event loop ---------------------------------------------------------------------------------

    def listen(self, kind: type[Message], callback: OnMessage) -> None:
        """Call back, in the reading thread, for every message of a kind that any component may send."""
        self._listeners[kind] = callback

    def arrived_at(self, kind: type[Message]) -> float | None:
        """When the newest message of a kind came."""
        if kind in self.arrivals:
            return self.arrivals[kind][1]
        newest = self.newest(kind)
        return None if newest is None else newest.at

    @property
    def cameras(self) -> list[int]:
        """Components that say they are cameras, in heartbeats."""
        return [each for kind, each in tuple(self._others) if kind is Heartbeat and each in CAMERAS]

    def newest(self, kind: type[M], component: int | None = None) -> Stamped[M] | None:
        """The newest message of a kind that any component may send, of one component or of all."""
        found = [
            stamped
            for (each, sender), stamped in tuple(self._others.items())
            if each is kind and component in (None, sender)
        ]
        return max(found, key=lambda stamped: stamped.at, default=None)

    @property
    def autopilot(self) -> str:
        """`PX4`, `ArduPilot`; empty for one we do not know."""
        if self.heartbeat is None:
            return self._autopilot
        return words.AUTOPILOTS.get(self.heartbeat.value.autopilot, "")

    @property
    def is_armed(self) -> bool | None:
        """From HEARTBEAT; None before the first."""
        return bool(self.heartbeat.value.base_mode & ARMED_FLAG) if self.heartbeat else None

    @property
    def custom_mode(self) -> int | None:
        """HEARTBEAT.custom_mode; None before the first."""
        return self.heartbeat.value.custom_mode if self.heartbeat else None

    @property
    def mode(self) -> Mode:
        """From HEARTBEAT, in our words."""
        if self.heartbeat is None:
            return Mode.UNKNOWN
        beat = self.heartbeat.value
        mode = words.mode_of(self.autopilot, beat.type, beat.custom_mode)
        is_guided_climb = mode is Mode.TRANSIT and self.landed is Landed.TAKING_OFF
        return Mode.TAKEOFF if is_guided_climb else mode

    @property
    def _waits_for_points(self) -> bool:
        """In the mode in which it flies from point to point as it is told."""
        return self.mode is (Mode.HOLD if self.autopilot == words.PX4 else Mode.TRANSIT)

    @property
    def landed(self) -> Landed:
        """From EXTENDED_SYS_STATE."""
        state = self.landing
        return words.LANDED.get(state.value.landed_state, Landed.UNKNOWN) if state else Landed.UNKNOWN

    @property
    def place(self) -> LatLon | None:
        """Where it last was; None when never heard or impossible."""
        return latlon(self.position.value.lat, self.position.value.lon) if self.position else None

    @property
    def height_m(self) -> float | None:
        """Above home; None before the first position."""
        return None if self.position is None else self.position.value.relative_alt / 1000.0

    @property
    def amsl_m(self) -> float | None:
        """How high above sea level it last was, metres."""
        return self.position.value.alt / 1000.0 if self.position else None

    @property
    def home_amsl_m(self) -> float | None:
        """Height of home above sea level, metres; from its altitudes where it has not named its home."""
        if self.home is not None:
            return self.home.value.altitude / 1000.0
        if self.position is not None:
            return (self.position.value.alt - self.position.value.relative_alt) / 1000.0
        return None

    def is_connected(self, now: float) -> bool:
        return self.heartbeat is not None and now - self.heartbeat.at <= LOST_AFTER_S

    def position_age_s(self, now: float) -> float:
        """Seconds since the last position; infinite before the first."""
        return math.inf if self.position is None else now - self.position.at

    def trouble(self, now: float, sysid: int) -> str:
        """Why nobody should fly on this link, in words; empty when nothing is wrong."""
        return f"two aircraft answer as sysid {sysid}" if self.twins.is_twin(now) else ""

    def is_armable(self) -> bool | None:
        """The autopilot's own pre-arm check; None where it does not report one."""
        if self.status is None:
            return None
        status = self.status.value
        if not status.onboard_control_sensors_present & words.PREARM_CHECK:
            return None
        return bool(status.onboard_control_sensors_health & words.PREARM_CHECK)

    def health(self, now: float) -> str:
        """What keeps it from arming, in words; empty when nothing does or it does not say."""
        if self.status is None or self.is_armable() is not False:
            return ""
        status = self.status.value
        sensors = words.failing_sensors(
            status.onboard_control_sensors_enabled, status.onboard_control_sensors_health
        )
        complaints = self.texts.prearm_complaints(now)
        parts = ([f"not well: {', '.join(sensors)}"] if sensors else []) + complaints
        return "; ".join(parts) or "its pre-arm check fails"

    def has_fix(self, now: float) -> bool | None:
        """Position, home and estimator good enough to fly on; None when it said nothing about it."""
        if self.gps is None and self.position is None:
            return None
        if self.gps is not None and self.gps.value.fix_type < FIX_3D:
            return False
        if self.home is None:
            return None  # not told yet: after a restart of ours it comes within seconds
        if self.position_age_s(now) > FIX_VALID_S:
            return False
        if self.estimator is None:
            return True
        flags = self.estimator.value.flags
        before_arming = not self.is_armed and bool(flags & EKF_POSITION_PREDICTED)
        return before_arming or (bool(flags & EKF_POSITION) and not flags & EKF_CONSTANT_POSITION)

    def telemetry(self, callsign: str, sysid: int, *, is_circling: bool) -> Telemetry:
        """All of it as the rest of the product knows it, with ages as of now.

        `is_circling`: this core is flying a circle with it, which its own mode does not tell. While it may be
        two aircraft that speak, it is what was known before: a landing of one is none of the other.
        """
        now = time.monotonic()
        told = self._told
        if told is not None and self.twins.is_suspect(now):
            return _older(told.value, now - told.at)
        self._told = Stamped(self._newest_of_all(callsign, sysid, now, is_circling=is_circling), now)
        return self._told.value

    def _newest_of_all(self, callsign: str, sysid: int, now: float, *, is_circling: bool) -> Telemetry:
        fields = Telemetry(
            drone=callsign,
            is_connected=self.is_connected(now),
            link_age_s=_age(self.anything_at, now),
            battery_fraction=self.battery.value if self.battery else None,
            battery_age_s=_age(self.battery.at, now) if self.battery else None,
            armed=self.is_armed,
            mode=Mode.ORBIT if is_circling and self._waits_for_points else self.mode,
            landed=self.landed,
            has_fix=self.has_fix(now),
            satellites=satellites(self.gps.value) if self.gps else None,
            is_armable=self.is_armable(),
            health=self.health(now),
            home=latlon(self.home.value.latitude, self.home.value.longitude) if self.home else None,
            home_amsl_m=self.home_amsl_m,
            autopilot=self.autopilot,
            trouble=self.trouble(now, sysid),
            battery_left_s=self._battery_left_s(now),
            has_breached_fence=has_breached_fence(self.status.value if self.status else None),
            is_motor_well=is_motor_well(self.status.value if self.status else None),
            booted_at_s=None if self.boot_ms is None else self.boot_ms / 1000.0,
        )
        if self.position is not None:
            fields = with_position(fields, self.position.value, now - self.position.at)
        return self._with_others(fields, now) if self._others or self.wind else fields

    def _with_others(self, telemetry: Telemetry, now: float) -> Telemetry:
        """What its other components say, and the wind."""
        gimbal, remote_id = self.newest(GimbalAttitude), self.newest(RemoteIdArm)
        is_windy = self.wind is not None and now - self.wind.at < WIND_VALID_S
        wind_speed_m_s, wind_from_deg = wind_of(self.wind.value if self.wind and is_windy else None)
        return msgspec.structs.replace(
            telemetry,
            gimbal=gimbal and gimbal_seen(gimbal.value, now - gimbal.at, telemetry.heading_deg),
            camera=self._camera(now),
            remote_id=remote_id and remote_id_seen(remote_id.value, now - remote_id.at),
            wind_speed_m_s=wind_speed_m_s,
            wind_from_deg=wind_from_deg,
        )

    def _camera(self, now: float) -> CameraSeen | None:
        capture = self.newest(CameraCapture)
        beats = [beat for each in self.cameras if (beat := self.newest(Heartbeat, each)) is not None]
        at = max([beat.at for beat in beats] + ([capture.at] if capture else []), default=None)
        return None if at is None else camera_seen(capture.value if capture else None, now - at)

    def _battery_left_s(self, now: float) -> float | None:
        left = self._battery_left
        if left is None or now - left.at > BATTERY_LEFT_VALID_S:
            return None
        return max(0.0, left.value - (now - left.at))


def _older(seen: Telemetry, by_s: float) -> Telemetry:
    """The same, so many seconds later."""

    def grown(age_s: float | None) -> float | None:
        return None if age_s is None else age_s + by_s

    return msgspec.structs.replace(
        seen,
        link_age_s=grown(seen.link_age_s),
        position_age_s=grown(seen.position_age_s),
        battery_age_s=grown(seen.battery_age_s),
    )


def _age(at: float | None, now: float) -> float | None:
    return None if at is None else max(0.0, now - at)
