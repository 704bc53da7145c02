"""What aircraft said or did by themselves."""

from __future__ import annotations

from rtcc_core.domain.drone import Mode, Telemetry
from rtcc_core.domain.events.base import Event
from rtcc_core.domain.geo import LatLon


class LinkFound(Event, frozen=True, kw_only=True):
    """An aircraft of the fleet is heard (again)."""

    drone: str
    detail: str = ""


class LinkLost(Event, frozen=True, kw_only=True):
    drone: str
    last_position: LatLon | None
    last_height_m: float | None
    failsafe: str
    """Where it was last, what the aircraft is set to do by itself now and when that is done, in words."""
    last: Telemetry | None = None
    """The last that was heard, whole."""


class LinkTroubled(Event, frozen=True, kw_only=True):
    """The link must not be flown on: two aircraft with one sysid, for one."""

    drone: str
    trouble: str


class StrangerHeard(Event, frozen=True, kw_only=True):
    """A MAVLink aircraft that is not in the fleet is speaking on our port."""

    sysid: int
    detail: str = ""
    missing: tuple[str, ...] = ()
    """Callsigns of ours that are not heard now: the stranger may be one of them under another number."""


class AutopilotActed(Event, frozen=True, kw_only=True):
    """The aircraft changed mode without an order of ours: named, and not fought."""

    drone: str
    mode: Mode
    detail: str


class AircraftSaid(Event, frozen=True, kw_only=True):
    """A warning or worse from the aircraft itself (STATUSTEXT), cleaned."""

    drone: str
    severity: str
    text: str


class AircraftRestarted(Event, frozen=True, kw_only=True):
    """Its own clock jumped back: it started anew."""

    drone: str
    in_flight: bool
    booted_at_s: float | None = None
    """Its own clock now, seconds since it started."""


class BootClockNoted(Event, frozen=True, kw_only=True):
    """Where an aircraft's own clock stood when it was first told: a later one that is less is a restart."""

    drone: str
    booted_at_s: float


class FenceBreached(Event, frozen=True, kw_only=True):
    """By its own geofence, or by where it is seen against ours."""

    drone: str
    is_over: bool
    detail: str


class ReturnHeightUnconfirmed(Event, frozen=True, kw_only=True):
    """The height of its own return was set at the launch, and it never said that it took it."""

    drone: str
    flight_id: str
    height_m: float
    """Above its home."""
    detail: str


class StrayFlightSeen(Event, frozen=True, kw_only=True):
    """An aircraft of ours is in the air and belongs to no flight; or that is over."""

    drone: str
    is_over: bool
    detail: str
    position: LatLon | None = None
    height_m: float | None = None


class HealthChanged(Event, frozen=True, kw_only=True):
    """Something that flight rests on failed, or came back: `position`, `motors`, `battery`, `wind`."""

    drone: str
    what: str
    is_well: bool
    detail: str


class EvidenceHeld(Event, frozen=True, kw_only=True):
    """Everything that was last heard of an aircraft that is down, kept for whoever looks into it."""

    drone: str
    flight_id: str
    telemetry: Telemetry
    reason: str
