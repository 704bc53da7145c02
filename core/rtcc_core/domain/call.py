"""A call for service (CFS): what CAD says happened, where, how urgent, and who is going.

A feed sends its *full current state* of an incident each time (NENA-STA-021.1b §1), so a call is
replaced by its newest report, never patched.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from rtcc_core.domain.geo import LatLon


class CallStatus(StrEnum):
    """Where a call stands with CAD."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class PlaceKind(StrEnum):
    """Which of an incident's locations this is (EIDO LocationType registry)."""

    CURRENT_INCIDENT = "CurrentIncident"
    INITIAL_INCIDENT = "InitialIncident"
    CALLER = "Caller"
    ROUTING = "RoutingLocation"
    OTHER = "Other"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call is. No position is ever invented: `position` is None when CAD gave none we can use."""

    position: LatLon | None = None
    uncertainty_m: float | None = None
    """Radius in metres that the position claims to be good to; None when the sender gave none."""
    address: str = ""
    """One cleaned line for the screen."""
    kind: PlaceKind = PlaceKind.OTHER

    @property
    def needs_confirmation(self) -> bool:
        """True where the location is where the call was *routed from*: never flown to unasked."""
        return self.kind is PlaceKind.ROUTING


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One remark on a call, cleaned; from CAD or from a console."""

    text: str
    at: datetime | None = None
    author: str = ""


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A ground unit as CAD names it, cleaned."""

    callsign: str
    status: str = ""


class CallReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one feed says of one incident at one moment: its full current state, every text cleaned."""

    feed: str
    """Name of the feed in agency.toml."""
    incident_uid: str
    """The sender's globally unique incident id (EIDO root `$id`), as sent."""
    number: str = ""
    """The CAD's own short number, cleaned; empty when it has none."""
    type_code: str = ""
    """APCO ANS 2.103 code or the agency's own."""
    type_text: str = ""
    """The type in words, for the screen."""
    priority: int | None = None
    """1 (highest) … 5 (lowest); None when the feed gave none that can be read."""
    status: CallStatus = CallStatus.ACTIVE
    status_text: str = ""
    place: Place = Place()
    beat: str = ""
    notes: tuple[Note, ...] = ()
    units: tuple[Unit, ...] = ()
    merged_into_uid: str | None = None
    updated_at: datetime
    """The sender's own time of this state (EIDO `lastUpdateTimeStamp`)."""
    warnings: tuple[str, ...] = ()
    """What was tolerated in reading this report, one phrase each."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the house knows it: the newest report, and what the house itself added."""

    call_id: str
    """Short, unique, typed by hand: `1041`."""
    report: CallReport
    received_at: datetime
    changed_at: datetime
    taken_by: str | None = None
    """Account of the person who claimed it (pilot's choice)."""
    house_notes: tuple[Note, ...] = ()
    """Notes typed on our consoles."""
    missing_since: datetime | None = None
    """Set when the feed's last snapshot no longer listed it: closed or lost, not deleted."""
    changes: tuple[str, ...] = ()
    """What the newest report changed, in words: "address changed", "unit 4A21 en route"."""

    @property
    def is_open(self) -> bool:
        return self.report.status is CallStatus.ACTIVE

    @property
    def title(self) -> str:
        return self.report.type_text or self.report.type_code or "UNKNOWN TYPE"
