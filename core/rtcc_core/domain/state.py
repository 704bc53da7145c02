"""Everything the house knows, as one immutable value: the fold of all events so far."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from rtcc_core.domain.advice_values import Advice
from rtcc_core.domain.airspace import Airspace
from rtcc_core.domain.alert import Alert
from rtcc_core.domain.asset_values import Assets
from rtcc_core.domain.call import Call
from rtcc_core.domain.drone import Drone, Mode, Site, Telemetry
from rtcc_core.domain.flight import PAYLOAD, Flight, Order, Verb
from rtcc_core.domain.people import Person
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.suggestions import Suggestion
from rtcc_core.domain.well_clear import Conflict


class Severity(StrEnum):
    """How loudly a fact demands a person."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"

    @property
    def rank(self) -> int:
        """0 for the loudest."""
        return _LOUDNESS.index(self)


_LOUDNESS = (Severity.CRITICAL, Severity.WARNING, Severity.NOTICE)


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that demands a person, until it is over *and* was seen."""

    alarm_id: str
    """Stable per cause and subject: `link:D1`, `order:D1`, `feed:COUNTY`."""
    severity: Severity
    text: str
    raised_at: datetime
    drone: str | None = None
    raised_seq: int = 0
    """Sequence number of the event that raised it: the same alarm once more has another."""
    concerns: tuple[str, ...] = ()
    """Accounts whose alarm this is although they do not have the aircraft (any more)."""
    detail: str = ""
    """What whoever mends it needs to know besides: on the page of the alarms, not on the line."""
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    is_over: bool = False
    """The cause is gone; kept until somebody acknowledges it."""
    shelved_until: datetime | None = None
    """Put aside until then (`alarm_shelf`)."""
    shelved_by: str | None = None
    shelved_reason: str = ""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed stands."""

    name: str
    is_up: bool = False
    since: datetime
    detail: str = ""
    quarantined: int = 0
    quarantined_why: str = ""
    """Of the newest message in quarantine: its id and why it could not be read."""
    tolerated: int = 0
    """Reports that were read with warnings."""
    tolerated_kinds: dict[str, int] = {}
    """How often each kind of warning was given (`warning_kind`), the first kinds that came; the rest as
    `other`."""
    heard_at: datetime | None = None
    """When it last said something new."""


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """The newest wind observation."""

    wind_speed_m_s: float
    wind_from_deg: float
    gust_m_s: float | None
    observed_at: datetime
    source: str
    has_wind: bool = True
    """False: the report tells no wind, and the speed stands at 0 for want of one."""
    is_variable: bool = False
    """The wind has no steady direction."""
    visibility_m: float | None = None
    cloud_base_m: float | None = None
    qnh_hpa: float | None = None
    """Pressure reduced to sea level; None: not told."""
    raw: str = ""


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """Who has an aircraft."""

    account: str
    since: datetime
    requested_by: str | None = None
    """Somebody who asks for it."""
    lease_until: datetime | None = None
    """Set while the person's last console is away."""
    lapsed_at: datetime | None = None
    """When the lease ran out and the programme's rule began."""
    sent_home_at: datetime | None = None
    """When that rule sent the aircraft home."""


class Touch(msgspec.Struct, frozen=True):
    """What somebody asked last of an aircraft or a call: whoever had not seen it is told."""

    seq: int
    account: str
    what: str
    """In words after the person's name: `ordered hold of D1`."""


class Grounding(msgspec.Struct, frozen=True, kw_only=True):
    """Why an aircraft must not be launched."""

    account: str
    reason: str
    since: datetime


class Relief(msgspec.Struct, frozen=True, kw_only=True):
    """The newest plan for the relief of an overwatch."""

    by: str | None
    launch_at: datetime | None
    must_leave_at: datetime
    why: str


class LinkState(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal knows of an aircraft's link; the age comes with telemetry."""

    is_up: bool
    since: datetime
    detail: str = ""
    trouble: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The fold of the journal. Never changed in place: `evolve` returns the next one."""

    seq: int = 0
    started_at: datetime | None = None
    """When this core came up."""
    programme: Programme | None = None
    sites: dict[str, Site] = {}
    drones: dict[str, Drone] = {}
    """By callsign."""
    people: dict[str, Person] = {}
    """By account."""
    calls: dict[str, Call] = {}
    """By call id, oldest first."""
    call_by_uid: dict[str, str] = {}
    """How an incident's key (`call_key`) leads to its call."""
    named_by: dict[str, tuple[str, ...]] = {}
    """Calls that name an incident as merged or linked with theirs, by its key; it need not have come yet."""
    alerts: dict[str, Alert] = {}
    """By alert id, oldest first."""
    alert_by_uid: dict[str, str] = {}
    """`SOURCE|alert uid` to alert id."""
    advice: dict[str, Advice] = {}
    """What was recommended when the call came in, by call id."""
    flights: dict[str, Flight] = {}
    orders: dict[str, tuple[Order, ...]] = {}
    """The newest orders of each aircraft, oldest first: at most twenty of flight, eight of payload."""
    links: dict[str, LinkState] = {}
    feeds: dict[str, Feed] = {}
    weather: Weather | None = None
    airspace: Airspace | None = None
    """None where the agency gave no files."""
    assets: Assets | None = None
    """None where the agency gave no file."""
    alarms: dict[str, Alarm] = {}
    """By alarm id, first-out order."""
    control: dict[str, Control] = {}
    """By callsign; an aircraft that nobody has is not in it."""
    suggestions: dict[str, Suggestion] = {}
    """By suggestion id, first-out order."""
    reliefs: dict[str, Relief] = {}
    """By flight id of the overwatch, while it runs."""
    grounded: dict[str, Grounding] = {}
    """By callsign."""
    shifts: dict[str, datetime] = {}
    """End of the shift by account, of those who said they are on."""
    airtime_s: dict[str, float] = {}
    """Seconds in the air since the journal began, by callsign."""
    unwell: dict[str, dict[str, str]] = {}
    """What flight rests on and failed, with its words, by callsign: `position`, `motors`, `fence`, `wind`."""
    unwell_since: dict[str, dict[str, datetime]] = {}
    """Since when, by the same keys."""
    last_heard: dict[str, Telemetry] = {}
    """The last that was heard of an aircraft whose link is lost, whole, by callsign."""
    boot_clocks: dict[str, float] = {}
    """An aircraft's own clock when it was last noted, seconds since it started, by callsign."""
    strays: dict[str, datetime] = {}
    """Since when an aircraft of ours flies without a flight, by callsign."""
    acting: dict[str, Mode] = {}
    """What an aircraft does by itself, or by somebody else's hand, by callsign: no step of ours follows."""
    touched: dict[str, Touch] = {}
    """What a person asked last, by callsign and by call id; the newest of them."""
    declined: dict[str, str] = {}
    """Words of the suggestions that were declined, by id: the same is not proposed again."""
    conflicts: dict[str, dict[str, Conflict]] = {}
    """Traffic alerts that stand: by callsign of ours, then by id of the intruder."""
    alerted_at: dict[str, datetime] = {}
    """When the first of the alerts that stand was raised, by callsign of ours."""
    receivers: dict[str, bool] = {}
    """Whether each receiver of other aircraft listens, of those heard since the core started."""
    consoles: dict[str, str] = {}
    """Account by console id, of consoles connected now."""
    done_commands: dict[str, int] = {}
    """Sequence number by id, of the newest commands: the same command twice is done once."""
    call_count: int = 0
    alert_count: int = 0
    flight_count: int = 0
    order_count: int = 0
    quarantine_count: int = 0

    def flight_of(self, drone: str) -> Flight | None:
        """The open flight of an aircraft."""
        return next((f for f in reversed(self.flights.values()) if f.drone == drone and f.is_open), None)

    def controller(self, drone: str) -> str | None:
        """Account of the person who has this aircraft."""
        control = self.control.get(drone)
        return control.account if control else None

    def controlled_by(self, account: str) -> list[str]:
        """Callsigns of the aircraft this person has."""
        return [drone for drone, control in self.control.items() if control.account == account]

    def flights_to(self, call_id: str) -> list[Flight]:
        """The open flights to a call."""
        return [f for f in self.flights.values() if f.call_id == call_id and f.is_open]

    def newest_order(self, drone: str) -> Order | None:
        """The newest order of flight; orders to gimbal and camera are not one."""
        orders = [order for order in self.orders.get(drone, ()) if order.verb not in PAYLOAD]
        return orders[-1] if orders else None

    def newest_payload_order(self, drone: str, verb: Verb) -> Order | None:
        """The newest order to the gimbal (AIM) or the camera (RECORD)."""
        orders = [order for order in self.orders.get(drone, ()) if order.verb is verb]
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
