"""What happened to flights."""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.events.base import Event
from rtcc_core.domain.flight import GateResult, Phase, Way
from rtcc_core.domain.geo import LatLon


class FlightOpened(Event, frozen=True, kw_only=True):
    flight_id: str
    drone: str
    call_id: str
    target: LatLon
    gates: tuple[GateResult, ...]
    override_reason: str | None = None
    unchecked: tuple[str, ...] = ()
    """Gates that this agency has not set up, by name: nobody looked."""
    transit_height_m: float | None = None
    overwatch_height_m: float | None = None
    relieves: str | None = None
    """Flight id of the overwatch it is to take over."""
    overhead_s: float | None = None
    """Predicted, seconds from the launch."""


class PhaseObserved(Event, frozen=True, kw_only=True):
    """A flight entered a phase, and what in the telemetry says so."""

    flight_id: str
    drone: str
    phase: Phase
    evidence: str


class SceneCleared(Event, frozen=True, kw_only=True):
    """The aircraft was released from the call."""

    flight_id: str
    drone: str
    reason: str


class FlightClosed(Event, frozen=True, kw_only=True):
    """The flight is over; its telemetry track is sealed by this hash."""

    flight_id: str
    drone: str
    track_samples: int
    track_sha256: str


class BingoReached(Event, frozen=True, kw_only=True):
    """The aircraft must leave now to land with its reserve in today's wind."""

    flight_id: str
    drone: str
    battery_fraction: float


class PhaseOverdue(Event, frozen=True, kw_only=True):
    """A flight has been in one phase longer than that phase should last."""

    flight_id: str
    drone: str
    phase: Phase
    after_s: float
    detail: str = ""
    """What to do about it, in words."""


class WayChosen(Event, frozen=True, kw_only=True):
    """The way that a flight takes from here."""

    flight_id: str
    drone: str
    way: Way


class LineGiven(Event, frozen=True, kw_only=True):
    """A flight is to follow this line, point after point."""

    flight_id: str
    drone: str
    points: tuple[LatLon, ...]
    """Empty: the line ends here."""


class FlightDiverted(Event, frozen=True, kw_only=True):
    """A flight was taken from its call and given to another."""

    flight_id: str
    drone: str
    from_call: str
    to_call: str
    target: LatLon
    reason: str


class TargetMoved(Event, frozen=True, kw_only=True):
    """A person confirmed that the flight goes to where the call is now."""

    flight_id: str
    drone: str
    target: LatLon


class BatteryNoted(Event, frozen=True, kw_only=True):
    """The battery of a flight at one moment: its real drain is told from these."""

    flight_id: str
    drone: str
    fraction: float


class ReliefPlanned(Event, frozen=True, kw_only=True):
    """Who is to take over an overwatch, and when it must leave for that."""

    flight_id: str
    """The overwatch that runs."""
    drone: str
    by: str | None
    """None: nobody can."""
    launch_at: datetime | None
    must_leave_at: datetime
    why: str


class OverwatchHandedOver(Event, frozen=True, kw_only=True):
    """The second aircraft has the scene in view; the first is free to leave."""

    call_id: str
    from_flight: str
    to_flight: str


class GimbalObserved(Event, frozen=True, kw_only=True):
    """Where the camera looks, by the gimbal's own telemetry: said when it changes between level and down."""

    flight_id: str
    drone: str
    looks_down: bool
    pitch_deg: float
    is_allowed: bool
    """False: down where the programme wants it level."""


class RecordingObserved(Event, frozen=True, kw_only=True):
    """The camera's own word that it records, or stopped."""

    flight_id: str
    drone: str
    is_recording: bool


class AircraftDowned(Event, frozen=True, kw_only=True):
    """An aircraft is given up as flying: where to look for it."""

    flight_id: str
    drone: str
    reason: str
    last_position: LatLon | None
    last_height_m: float | None
    heading_deg: float | None
    ground_speed_m_s: float | None
    last_heard_at: datetime
    search_centre: LatLon | None
    search_radius_m: float | None
