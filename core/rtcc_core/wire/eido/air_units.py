"""Our aircraft as EIDO emergency resources: what other consoles and CADs see of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from rtcc_core.domain.flight import Phase
from rtcc_core.domain.geo import LatLon

RESOURCE_TYPE: Final = "UnmannedAerialVehicle"
ATTRIBUTES: Final = ("ReconAircraft", "AerialPhotographyAircraft")
THERMAL: Final = "FLIR"

AVAILABLE, CONDITIONALLY, NOT_AVAILABLE = "Available", "ConditionallyAvailable", "NotAvailable"


class AirUnit(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft, as of `at`."""

    callsign: str
    resource_uid: str
    """Globally unique and lasting: `urn:emergency:uid:resourceid:D1:pd.example`."""
    at: datetime
    """When its position and status were true, not when they are sent."""
    phase: Phase | None = None
    """Of the flight it makes; None on the ground."""
    is_ready: bool = True
    """On the ground: fit to be sent."""
    position: LatLon | None = None
    """None where it is not known now; an old position is not sent as a new one."""
    uncertainty_m: float | None = None
    destination: LatLon | None = None
    eta: datetime | None = None
    pilot: str = ""
    has_thermal: bool = False
    stream_url: str = ""
    """Where its picture can be seen by whoever receives this; empty: nowhere."""
    stream_type: str = "video/MP2T"
    """IANA media type of what `stream_url` gives."""
    incident_uid: str | None = None
    """The incident it flies for; None: none."""


_STATUS: Final[Mapping[Phase, tuple[str, tuple[str, ...]]]] = {
    Phase.ASKED: (CONDITIONALLY, ("Assigned",)),
    Phase.GATED: (CONDITIONALLY, ("Assigned",)),
    Phase.SENT: (NOT_AVAILABLE, ("Dispatched",)),
    Phase.ARMED: (NOT_AVAILABLE, ("Dispatched",)),
    Phase.CLIMBING: (NOT_AVAILABLE, ("EnRoute",)),
    Phase.TRANSIT: (NOT_AVAILABLE, ("EnRoute",)),
    Phase.ON_SCENE: (CONDITIONALLY, ("OnScene",)),
    Phase.HOLDING: (CONDITIONALLY, ("Delayed",)),
    Phase.DIVERTED: (NOT_AVAILABLE, ("EnRoute",)),
    Phase.RELIEVED: (CONDITIONALLY, ("Cleared",)),
    Phase.RETURNING: (NOT_AVAILABLE, ("Departed", "Station")),
    Phase.LANDING: (NOT_AVAILABLE, ("Departed", "Station")),
    Phase.LANDED: (NOT_AVAILABLE, ("InService", "Station")),
    Phase.LOST: (NOT_AVAILABLE, ("EquipmentIssues",)),
    Phase.ABORTED: (CONDITIONALLY, ("AssignmentCancelled",)),
}


def unit_status(unit: AirUnit) -> tuple[str, tuple[str, ...]]:
    """PrimaryUnitStatus and SecondaryUnitStatus registry values of an aircraft."""
    if unit.phase is not None:
        return _STATUS[unit.phase]
    return (AVAILABLE, ("InService", "Station")) if unit.is_ready else (NOT_AVAILABLE, ("OutofService",))
