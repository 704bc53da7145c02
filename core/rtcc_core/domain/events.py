"""What happened: past tense, immutable, the only way state changes.

Each event is stored before anyone is told (law 1). The envelope `Stored` says when, who and why; the
journal adds the hashes.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from rtcc_core.domain.advice_values import Advice
from rtcc_core.domain.call import CallReport, Note
from rtcc_core.domain.drone import Drone, Mode, Site
from rtcc_core.domain.flight import GateResult, Order, Phase
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.people import Person
from rtcc_core.domain.programme import Programme


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of everything that happened."""


# --- the house itself -------------------------------------------------------------------------


class CoreStarted(Event, frozen=True, kw_only=True):
    """The core came up with this roster; from here on it holds until the next start."""

    version: str
    programme: Programme
    sites: tuple[Site, ...]
    drones: tuple[Drone, ...]
    people: tuple[Person, ...]


class CoreStopped(Event, frozen=True, kw_only=True):
    """The core went down in order."""

    reason: str


class ConsoleJoined(Event, frozen=True, kw_only=True):
    console_id: str
    account: str
    uid: int


class ConsoleLeft(Event, frozen=True, kw_only=True):
    console_id: str
    account: str
    reason: str = ""


class JournalGapClosed(Event, frozen=True, kw_only=True):
    """The journal could not write for a while; this is what was done meanwhile without it."""

    since: datetime
    reason: str
    orders: tuple[Order, ...]


# --- calls ------------------------------------------------------------------------------------


class CallReceived(Event, frozen=True, kw_only=True):
    call_id: str
    report: CallReport
    original: str = ""
    """The message as it came; not sent to consoles."""


class CallUpdated(Event, frozen=True, kw_only=True):
    call_id: str
    report: CallReport
    changes: tuple[str, ...]
    original: str = ""


class CallMissing(Event, frozen=True, kw_only=True):
    """The feed's newest snapshot no longer lists this call: closed or lost there, not deleted here."""

    call_id: str


class CallTaken(Event, frozen=True, kw_only=True):
    call_id: str
    account: str


class CallReleased(Event, frozen=True, kw_only=True):
    call_id: str
    account: str


class NoteAdded(Event, frozen=True, kw_only=True):
    call_id: str
    note: Note


class AdviceGiven(Event, frozen=True, kw_only=True):
    """What was recommended for a call, and why the others lost, when it came in."""

    advice: Advice


class MessageQuarantined(Event, frozen=True, kw_only=True):
    """A feed's message could not be used; kept whole."""

    quarantine_id: str
    feed: str
    reason: str
    original: str
    """Not sent to consoles."""


class FeedUp(Event, frozen=True, kw_only=True):
    feed: str
    detail: str = ""


class FeedDown(Event, frozen=True, kw_only=True):
    feed: str
    reason: str


class WeatherObserved(Event, frozen=True, kw_only=True):
    wind_speed_m_s: float
    wind_from_deg: float
    gust_m_s: float | None
    observed_at: datetime
    source: str


# --- commands and orders ----------------------------------------------------------------------


class CommandRefused(Event, frozen=True, kw_only=True):
    """A person asked for something that was not done, and why: refusals leave a trace too."""

    command_id: str
    command: str
    """Name of the command's kind."""
    drone: str | None
    call_id: str | None
    reasons: tuple[str, ...]


class FlightOpened(Event, frozen=True, kw_only=True):
    flight_id: str
    drone: str
    call_id: str
    target: LatLon
    gates: tuple[GateResult, ...]
    override_reason: str | None = None


class OrderAsked(Event, frozen=True, kw_only=True):
    order: Order


class OrderSent(Event, frozen=True, kw_only=True):
    drone: str
    order_id: str


class OrderAccepted(Event, frozen=True, kw_only=True):
    drone: str
    order_id: str


class OrderRefused(Event, frozen=True, kw_only=True):
    drone: str
    order_id: str
    reason: str


class OrderUnknown(Event, frozen=True, kw_only=True):
    drone: str
    order_id: str
    reason: str


class OrderObserved(Event, frozen=True, kw_only=True):
    """Telemetry shows the aircraft doing what it was ordered to."""

    drone: str
    order_id: str


# --- what was seen of aircraft ----------------------------------------------------------------


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


class AircraftSaid(Event, frozen=True, kw_only=True):
    """A warning or worse from the aircraft itself (STATUSTEXT), cleaned."""

    drone: str
    severity: str
    text: str


class AlarmAcknowledged(Event, frozen=True, kw_only=True):
    alarm_id: str
    account: str


AnyEvent = (
    CoreStarted
    | CoreStopped
    | ConsoleJoined
    | ConsoleLeft
    | JournalGapClosed
    | CallReceived
    | CallUpdated
    | CallMissing
    | CallTaken
    | CallReleased
    | NoteAdded
    | AdviceGiven
    | MessageQuarantined
    | FeedUp
    | FeedDown
    | WeatherObserved
    | CommandRefused
    | FlightOpened
    | OrderAsked
    | OrderSent
    | OrderAccepted
    | OrderRefused
    | OrderUnknown
    | OrderObserved
    | PhaseObserved
    | SceneCleared
    | FlightClosed
    | LinkFound
    | LinkLost
    | LinkTroubled
    | StrangerHeard
    | AutopilotActed
    | BingoReached
    | PhaseOverdue
    | AircraftSaid
    | AlarmAcknowledged
)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to the journal."""

    at: datetime
    operator: str
    """Account of the person, or `core`, or `feed:NAME`."""
    cause: str = ""
    """The command id, or `#seq` of the event, that led to this one."""
    event: AnyEvent


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is on disk."""

    seq: int
    at: datetime
    operator: str
    cause: str
    event: AnyEvent
