"""What aircraft said or did by themselves."""

from __future__ import annotations

from rtcc_core.domain.drone import Mode
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
    """What the aircraft is set to do by itself now, in words."""


class LinkTroubled(Event, frozen=True, kw_only=True):
    """The link must not be flown on: two aircraft with one sysid, for one."""

    drone: str
    trouble: str


class StrangerHeard(Event, frozen=True, kw_only=True):
    """A MAVLink aircraft that is not in the fleet is speaking on our port."""

    sysid: int
    detail: str = ""


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


class FenceBreached(Event, frozen=True, kw_only=True):
    """By its own geofence, or by where it is seen against ours."""

    drone: str
    is_over: bool
    detail: str


class HealthChanged(Event, frozen=True, kw_only=True):
    """Something that flight rests on failed, or came back: `position`, `motors`, `battery`, `wind`."""

    drone: str
    what: str
    is_well: bool
    detail: str
