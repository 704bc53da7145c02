"""What the outside tells the desk: not yet judged, not yet stored.

A fact becomes one or more events when the desk has decided; a repeat decides to nothing.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from rtcc_core.domain.airspace import Airspace
from rtcc_core.domain.alert import AlertReport
from rtcc_core.domain.asset_values import Assets
from rtcc_core.domain.call import CallReport
from rtcc_core.domain.drone import Drone, Site
from rtcc_core.domain.flight import Order, Outcome
from rtcc_core.domain.people import LockStep, Person
from rtcc_core.domain.programme import Programme


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of everything the outside reports."""


class CallReported(Fact, frozen=True, kw_only=True):
    """A feed reported the full current state of an incident."""

    report: CallReport
    original: str = ""
    """The message as it came (JSON text), whole, for the journal."""


class MessageUnusable(Fact, frozen=True, kw_only=True):
    """A feed's message could not be used; it is kept whole with the reason."""

    feed: str
    reason: str
    """In words: what was wrong and where."""
    original: str
    """The message as it came; bytes that are not UTF-8 are written as \\xNN."""


class AlertReported(Fact, frozen=True, kw_only=True):
    """A source reported the full current state of an alert; a retraction is one of its states."""

    report: AlertReport
    original: str = ""


class FeedConnected(Fact, frozen=True, kw_only=True):
    """A feed is subscribed and speaking."""

    feed: str
    detail: str = ""


class FeedLost(Fact, frozen=True, kw_only=True):
    """A feed stopped speaking."""

    feed: str
    reason: str


class FeedSnapshotTaken(Fact, frozen=True, kw_only=True):
    """A feed listed everything it has active, just after (re-)subscribing.

    Calls of this feed that are not listed are closed or lost at the sender; they are marked, not deleted.
    """

    feed: str
    incident_uids: tuple[str, ...]


class WeatherReported(Fact, frozen=True, kw_only=True):
    """A wind observation at the agency (METAR station, own mast, or a person's word)."""

    wind_speed_m_s: float
    wind_from_deg: float
    gust_m_s: float | None = None
    observed_at: datetime
    source: str
    has_wind: bool = True
    """False: the report tells no wind, and the speed stands at 0 for want of one."""
    is_variable: bool = False
    """The wind has no steady direction."""
    visibility_m: float | None = None
    cloud_base_m: float | None = None
    """Lowest broken or overcast layer above the ground."""
    qnh_hpa: float | None = None
    """Pressure reduced to sea level; None: not told."""
    raw: str = ""
    """The METAR as it came."""


class OrderSentOut(Fact, frozen=True, kw_only=True):
    """An order was handed to the flight library for its aircraft."""

    drone: str
    order_id: str


class OrderSettled(Fact, frozen=True, kw_only=True):
    """An order ended: accepted, refused or unknown."""

    drone: str
    order_id: str
    outcome: Outcome
    reason: str = ""


class AircraftStatusText(Fact, frozen=True, kw_only=True):
    """An aircraft said something of warning level or worse."""

    drone: str
    severity: str
    text: str
    """As sent; the desk cleans it."""


class ReturnHeightUnset(Fact, frozen=True, kw_only=True):
    """An aircraft never confirmed the height that its own return was set to at the launch."""

    drone: str
    height_m: float
    """Above its home."""
    detail: str
    """In words what it said instead."""


class StrangerSeen(Fact, frozen=True, kw_only=True):
    """An aircraft that is not in the fleet speaks on our port."""

    sysid: int
    detail: str = ""


class TrackSealed(Fact, frozen=True, kw_only=True):
    """The telemetry track of an ended flight is complete on disk."""

    flight_id: str
    drone: str
    samples: int
    sha256: str


class ConsoleOpened(Fact, frozen=True, kw_only=True):
    console_id: str
    account: str
    uid: int
    login: str = ""
    """How the person came in, as their console tells it; the account is what counts."""


class ConsoleClosed(Fact, frozen=True, kw_only=True):
    console_id: str
    account: str
    reason: str = ""


class LockReported(Fact, frozen=True, kw_only=True):
    """The screen of a console was locked, unlocked, or somebody tried in vain."""

    console_id: str
    account: str
    step: LockStep
    reason: str = ""


class JournalRecovered(Fact, frozen=True, kw_only=True):
    """The journal writes again after a gap; these recalls were carried without it."""

    since: datetime
    reason: str
    orders: tuple[Order, ...]


class AirspaceRead(Fact, frozen=True, kw_only=True):
    """The agency's airspace files as they now are."""

    airspace: Airspace


class AssetsRead(Fact, frozen=True, kw_only=True):
    """The agency's asset files as they now are."""

    assets: Assets


class ClockSet(Fact, frozen=True, kw_only=True):
    """The machine's clock was set while the core runs."""

    by_s: float


class TimePassed(Fact, frozen=True, kw_only=True):
    """Nothing was reported; look at the sky and at the deadlines."""


class CoreCameUp(Fact, frozen=True, kw_only=True):
    """The core starts: the roster it starts with."""

    version: str
    programme: Programme
    sites: tuple[Site, ...]
    drones: tuple[Drone, ...]
    people: tuple[Person, ...]


class CoreGoesDown(Fact, frozen=True, kw_only=True):
    reason: str
