"""Everything the house knows, as one immutable value: the fold of all events so far."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from rtcc_core.domain.advice_values import Advice
from rtcc_core.domain.call import Call
from rtcc_core.domain.drone import Drone, Site
from rtcc_core.domain.flight import Flight, Order
from rtcc_core.domain.people import Person
from rtcc_core.domain.programme import Programme


class Severity(StrEnum):
    """How loudly a fact demands a person."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that demands a person, until it is over *and* was seen."""

    alarm_id: str
    """Stable per cause and subject: `link:D1`, `order:D1`, `feed:COUNTY`."""
    severity: Severity
    text: str
    raised_at: datetime
    drone: str | None = None
    acknowledged_by: str | None = None
    is_over: bool = False
    """The cause is gone; kept until somebody acknowledges it."""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed stands."""

    name: str
    is_up: bool = False
    since: datetime
    detail: str = ""
    quarantined: int = 0
    tolerated: int = 0
    """Reports that were read with warnings."""


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """The newest wind observation."""

    wind_speed_m_s: float
    wind_from_deg: float
    gust_m_s: float | None
    observed_at: datetime
    source: str


class LinkState(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal knows of an aircraft's link; the age comes with telemetry."""

    is_up: bool
    since: datetime
    detail: str = ""
    trouble: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The fold of the journal. Never changed in place: `evolve` returns the next one."""

    seq: int = 0
    programme: Programme | None = None
    sites: dict[str, Site] = {}
    drones: dict[str, Drone] = {}
    """By callsign."""
    people: dict[str, Person] = {}
    """By account."""
    calls: dict[str, Call] = {}
    """By call id, oldest first."""
    call_by_uid: dict[str, str] = {}
    """`FEED|incident uid` to call id."""
    advice: dict[str, Advice] = {}
    """What was recommended when the call came in, by call id."""
    flights: dict[str, Flight] = {}
    orders: dict[str, tuple[Order, ...]] = {}
    """The newest orders of each aircraft, oldest first, at most eight."""
    links: dict[str, LinkState] = {}
    feeds: dict[str, Feed] = {}
    weather: Weather | None = None
    alarms: dict[str, Alarm] = {}
    """By alarm id, first-out order."""
    consoles: dict[str, str] = {}
    """Account by console id, of consoles connected now."""
    done_commands: dict[str, int] = {}
    """Sequence number by id, of the newest commands: the same command twice is done once."""
    call_count: int = 0
    flight_count: int = 0
    order_count: int = 0
    quarantine_count: int = 0

    def flight_of(self, drone: str) -> Flight | None:
        """The open flight of an aircraft."""
        return next((f for f in reversed(self.flights.values()) if f.drone == drone and f.is_open), None)

    def flights_to(self, call_id: str) -> list[Flight]:
        """The open flights to a call."""
        return [f for f in self.flights.values() if f.call_id == call_id and f.is_open]

    def newest_order(self, drone: str) -> Order | None:
        orders = self.orders.get(drone, ())
        return orders[-1] if orders else None

    def person_by_uid(self, uid: int) -> Person | None:
        return next((person for person in self.people.values() if person.uid == uid), None)

    @property
    def open_calls(self) -> list[Call]:
        """Open calls, the most urgent and then the oldest first."""
        return sorted(
            (call for call in self.calls.values() if call.is_open),
            key=lambda call: (call.report.priority or 9, call.received_at),
        )
