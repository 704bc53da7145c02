"""A call for service (CFS): what CAD says happened, where, how urgent, and who is going.

A feed sends its *full current state* of an incident each time (NENA-STA-021.1b §1), so a call is
replaced by its newest report, never patched.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from rtcc_core.domain.geo import LatLon, distance_m

HOUSE_FEED = "house"
"""The feed of calls that are opened here."""

DOUBTFUL = frozenset({"BLOCK", "FUZZY", "SWAPPED"})
"""How an address was found that is not flown to unasked."""


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
    TOWER = "TowerLocation"
    OTHER = "Other"


NEAR_M = 400.0
"""A place by hand further from the told one than this is another place, not a better one."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call is. No position is ever invented: `position` is None when CAD gave none we can use."""

    position: LatLon | None = None
    uncertainty_m: float | None = None
    """Radius in metres that the position claims to be good to; None when the sender gave none."""
    address: str = ""
    """One cleaned line for the screen."""
    kind: PlaceKind = PlaceKind.OTHER
    shape: str = ""
    """`point`, `circle`, `polygon` …: what the position was made of."""
    found_by: str = ""
    """How an address became a position: `EXACT`, `INTERPOLATED`, `CROSSING`, `BY HAND`; empty: as sent."""
    by_reference: str = ""
    """URL that the sender gave instead of a location; not fetched yet, or its host is not listed."""
    confirmed_by: str = ""
    """Account of the person who said that this is the place."""

    @property
    def needs_confirmation(self) -> bool:
        """True where the location is where the call was *routed from* or a tower: never flown to unasked."""
        is_doubtful = self.kind in (PlaceKind.ROUTING, PlaceKind.TOWER) or self.found_by in DOUBTFUL
        return is_doubtful and not self.confirmed_by


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One remark on a call, cleaned; from CAD or from a console."""

    text: str
    at: datetime | None = None
    author: str = ""


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A ground unit as CAD names it, cleaned."""

    callsign: str
    status: str = ""


class LinkKind(StrEnum):
    """How one incident stands to another (EIDO mergeComponent and linkComponent)."""

    REPLACING = "REPLACING"
    REPLACED = "REPLACED"
    SPLIT = "SPLIT"
    PARENT = "PARENT"
    CHILD = "CHILD"
    RELATED = "RELATED"
    UNLINK = "UNLINK"


class IncidentLink(msgspec.Struct, frozen=True, kw_only=True):
    """Another incident that the sender names."""

    kind: LinkKind
    incident_uid: str


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One more thing a report tells, by its kind: `caution`, `person`, `vehicle`, `media`, `alarm`, `call`,
    `disposition`, `data`. Cleaned, one line each; what changed is computed from these."""

    kind: str
    text: str
    severity: int | None = None
    """1 (worst) … 5; None where the sender gave none."""


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
    links: tuple[IncidentLink, ...] = ()
    details: tuple[Detail, ...] = ()
    other_places: tuple[Place, ...] = ()
    """Locations that were not chosen, best first."""
    agency: str = ""
    """Who says so: the agency that issued this view."""
    is_passed_on: bool = False
    """That agency says that the incident is another's (EIDO incidentOwningAgencyIndicator false)."""
    started_at: datetime | None = None
    """When the call was picked up or created, by the sender."""
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
    placed: Place | None = None
    """Where a person said that it is; stands before the report's own place."""
    merged_into: str | None = None
    """Call id of the call that goes on in its place."""
    linked: tuple[str, ...] = ()
    """Call ids of related calls."""
    alerts: tuple[str, ...] = ()
    """Ids of the alerts attached to it."""
    unlinked: tuple[str, ...] = ()
    """Call ids it was linked or merged with and is no longer: a flight may be at the wrong one."""
    unlinked_at: datetime | None = None
    """When the newest of those was."""
    is_provisional: bool = False
    """Opened here, before CAD had it."""
    other_views: tuple[CallReport, ...] = ()
    """What other feeds say of the same incident: the newest of each, whole."""
    started_at: datetime | None = None
    """The earliest moment that anybody gave for it: the pickup of the 911 call, or the sensor's alert."""
    cad_received_at: datetime | None = None
    """When a CAD first had it; None for a call that only we know."""
    recommended_at: datetime | None = None
    """When aircraft were first weighed for it."""
    decided_at: datetime | None = None
    """When a person first sent an aircraft to it."""
    unit_on_scene_at: datetime | None = None
    """When a report first said that a ground unit is there."""

    not_same: tuple[str, ...] = ()
    """Call ids that a person said it is not the same as."""
    moved_flights: tuple[str, ...] = ()
    """Ids of the flights that went on for the call it was merged into."""

    @property
    def place(self) -> Place:
        """Where to go: what a person said of it stands first."""
        return self.placed or self.told_place

    @property
    def address(self) -> str:
        """What was told, and what a person added: `9260 ELK PARK DR APT 4, near LAGUNA BLVD / FRANKLIN RD`.

        The caller's own words stay. Where the person said another place altogether, that one stands first.
        """
        told, placed = self.told_place, self.placed
        if placed is None or not placed.address or placed.address.casefold() == told.address.casefold():
            return self.place.address or told.address
        if not told.address:
            return placed.address
        if told.position is None or placed.position is None:
            is_near = True
        else:
            is_near = distance_m(told.position, placed.position) <= NEAR_M
        return (
            f"{told.address}, near {placed.address}" if is_near else f"{placed.address} (not {told.address})"
        )

    @property
    def is_only_near(self) -> bool:
        """True where its address has no position and a person placed it at something else.

        How good that place is says nothing of how far the call is from it.
        """
        told, placed = self.told_place, self.placed
        if placed is None or told.position is not None or not told.address or not placed.address:
            return False
        return placed.address.casefold() != told.address.casefold()

    @property
    def told_place(self) -> Place:
        """Where the feeds say that it is: the leading one, or another where that one gives no position."""
        own = self.report.place
        if own.position is not None or not self.other_views:
            return own
        return next((view.place for view in self.other_views if view.place.position is not None), own)

    @property
    def views(self) -> tuple[CallReport, ...]:
        """What each feed says of it, ours first."""
        return (self.report, *self.other_views)

    def view_of(self, feed: str) -> CallReport | None:
        """The newest that this feed said of it."""
        return next((view for view in self.views if view.feed == feed), None)

    @property
    def is_open(self) -> bool:
        return self.report.status is CallStatus.ACTIVE

    @property
    def title(self) -> str:
        return self.report.type_text or self.report.type_code or "UNKNOWN TYPE"


def leading(views: Sequence[CallReport]) -> CallReport:
    """The view that stands for the call, of those in the order they came in, the one that did before first.

    That one, while it is open; else one that is. What is passed on counts only until a first hand tells, and
    among its like the first to tell leads for good: houses that pass a call on to each other would otherwise
    each keep it alive by the other's copy.
    """
    at_first_hand = [view for view in views if not view.is_passed_on]
    if not at_first_hand:
        return views[0]
    return next((view for view in at_first_hand if view.status is CallStatus.ACTIVE), at_first_hand[0])


def call_key(feed: str, incident_uid: str) -> str:
    """How an incident is found again.

    A URN is the same incident whoever sends it (the EIDO incident tracking identifier is globally unique);
    any other id means something within its feed only.
    """
    return f"|{incident_uid}" if incident_uid[:4].lower() == "urn:" else f"{feed}|{incident_uid}"


def named_incidents(report: CallReport) -> dict[str, LinkKind]:
    """The other incidents that a report stands in some relation to, by key; what it unlinks is not one."""
    if not report.links and report.merged_into_uid is None:
        return {}
    named: dict[str, LinkKind] = {
        call_key(report.feed, link.incident_uid): link.kind
        for link in report.links
        if link.kind is not LinkKind.UNLINK
    }
    if report.merged_into_uid:
        named[call_key(report.feed, report.merged_into_uid)] = LinkKind.REPLACED
    named.pop(call_key(report.feed, report.incident_uid), None)
    return named


def placed_after(call: Call, told: Place) -> Place | None:
    """What a person said of the place, as far as it still holds now that the feeds tell this one.

    A place given by hand stands. A confirmation is of one place, and ends when the feeds name another.
    """
    placed, before = call.placed, call.told_place
    if placed is None or told == before:
        return placed
    is_confirmation = msgspec.structs.replace(placed, confirmed_by=before.confirmed_by) == before
    return None if is_confirmation else placed
