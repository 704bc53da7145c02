"""What the CAD bench sends: EIDOs of about 3 kB, of incidents that come, change and are over.

Of ten events one opens an incident, eight change one, one closes one; every tenth carries the same number of
its own in its newest note, by which it is found again in a console's hands.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import replace

from rtcc_core.domain.call import CallReport, CallStatus, Note, Place, PlaceKind, Unit
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.wire.eido import write_eido
from rtcc_sitl.timeline import FEED

MARK = "bench "
"""Begins the newest note; the event's number follows."""

EVENTS_EACH = 10
OPEN_AT_ONCE = 200
"""Incidents that are open before the first is closed."""

_NOTES = (
    "caller says two cars are in the ditch, one with the lights on, nobody seen outside yet",
    "engine 4 asks for the gate code",
)


def incident(number: int, centre: LatLon, at: datetime) -> CallReport:
    """One incident in full, as its CAD first tells it."""
    return CallReport(
        feed=FEED,
        incident_uid=f"urn:emergency:uid:incidentid:bench-{number}:cad.invalid",
        number=f"B{number}",
        type_code="415",
        type_text="DISTURBANCE",
        priority=1 + number % 5,
        place=Place(
            position=offset(centre, number * 37.0 % 360.0, 50.0 + number * 13.0 % 3_000.0),
            uncertainty_m=15.0,
            address=f"{number} LAGUNA BLVD",
            kind=PlaceKind.CURRENT_INCIDENT,
        ),
        notes=tuple(Note(text=text, at=at) for text in _NOTES),
        units=(Unit(callsign="4A21", status="EnRoute"),),
        started_at=at,
        updated_at=at,
    )


def reports(centre: LatLon, *, first: int = 1) -> Iterator[CallReport]:
    """Without end; the same every time but for the clock, whose time every report bears."""
    begun = datetime.now(UTC)
    is_open: deque[CallReport] = deque()
    opened, event = first, 0
    while True:
        event += 1
        at = begun + timedelta(milliseconds=event)
        turn = event % EVENTS_EACH
        if turn == 1:
            report = incident(opened, centre, at)
            opened += 1
        elif turn == 0 and len(is_open) > OPEN_AT_ONCE:
            report = replace(is_open.popleft(), status=CallStatus.CLOSED)
        else:
            report = is_open.popleft()
        report = replace(report, updated_at=at, notes=(*report.notes[:-1], _mark(event, at)))
        if report.status is CallStatus.ACTIVE:
            is_open.append(report)
        yield report


def _mark(event: int, at: datetime) -> Note:
    return Note(text=f"{MARK}{event}", at=at)


def mark_of(report: CallReport) -> int | None:
    """The event's number; None for what is not of the bench."""
    text = report.notes[-1].text if report.notes else ""
    number = text.removeprefix(MARK)
    return int(number) if text.startswith(MARK) and number.isdigit() else None


def as_json(report: CallReport) -> str:
    """The EIDO as it goes over the wire."""
    return msgspec.json.encode(write_eido(report)).decode()
