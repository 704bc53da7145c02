"""Calls in the shape of Flock's CAD events API v3, which the bridges of many CADs emit.

`priority` is 1 or more and **1 is the highest**; what is beyond 5 is shown as 5. An event has no time of its
own state, so the order of arrival is the order of its states. An update may leave fields out: what is left
out stays as it was, and an event that was closed stays closed until it is opened or listed as active.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from rtcc_core.domain.call import CallReport, CallStatus, Detail, Note, Place, Unit
from rtcc_core.domain.text import NOTE_MAX, clean
from rtcc_core.wire.push_values import (
    MAX_ITEMS,
    Around,
    Component,
    Unusable,
    Warnings,
    child,
    components,
    first_text,
    place_of,
    read_time,
    settled,
    text,
    uid_of,
    whole,
)

LOWEST_PRIORITY: Final = 5
REPEATED_WITHIN: Final = timedelta(minutes=2)


def external_id(event: object) -> str:
    """The sender's id of an event. Raises Unusable where it has none."""
    if not isinstance(event, dict):
        raise Unusable(f"an event is a JSON object, this is a {type(event).__name__}")
    return uid_of(event, "externalId")


def listed_events(body: object) -> list[object]:
    """The events of an active list; an empty list is a list. Raises Unusable for anything else."""
    events = body.get("events") if isinstance(body, dict) else body
    if not isinstance(events, list):
        raise Unusable('the active list has no "events", so nothing says what is active')
    return events


def read_event(
    event: object, around: Around, *, uid: str = "", known: CallReport | None = None, is_listed: bool = False
) -> CallReport:
    """One created or updated event as the full state of its call.

    `uid` is the call's own name where the external id was used before; `known` what was said last;
    `is_listed` that the event stands in an active list. Raises Unusable, and nothing else.
    """
    identity = external_id(event)
    assert isinstance(event, dict)
    warnings = Warnings()
    status = _status(event, around, warnings, known, is_listed)
    before = known or CallReport(
        feed=around.feed, incident_uid=uid or identity, updated_at=around.received_at
    )
    type_text = text(event, "eventType") or before.type_text
    if not type_text:
        warnings.add("the event has no eventType")
    report = CallReport(
        feed=around.feed,
        incident_uid=uid or identity,
        number=first_text(event, "displayId") or before.number or _short(identity),
        type_code=text(event, "eventType") or before.type_code,
        type_text=type_text,
        priority=_priority(event, warnings) if "priority" in event else before.priority,
        status=status,
        status_text=text(event, "displayStatus")
        or (status.value if status != before.status else before.status_text),
        place=_place(child(event, "location"), around, warnings) if event.get("location") else before.place,
        beat=text(event, "area") or before.beat,
        notes=_notes(event, warnings) if "narratives" in event else before.notes,
        units=_units(event, around, warnings) if "dispatchedUnits" in event else before.units,
        details=_details(event, around, warnings, before),
        agency=text(event, "department") or before.agency,
        started_at=read_time(event.get("timestamp"), "the start", around, warnings) or before.started_at,
        updated_at=around.received_at,
        warnings=warnings.said(),
    )
    return settled(report, known)


def close_event(known: CallReport, around: Around, closed_at: object = None) -> CallReport:
    """`/close`: the call as it was, closed."""
    warnings = Warnings()
    at = read_time(closed_at, "the time of closing", around, warnings)
    words = f"closed {at:%H:%M:%S}Z" if at else "closed"
    return _as(known, CallStatus.CLOSED, words, around, warnings)


def open_event(known: CallReport, around: Around) -> CallReport:
    """`/open`: the call as it was, open again."""
    return _as(known, CallStatus.ACTIVE, "opened again", around, Warnings())


def add_narrative(known: CallReport, body: object, around: Around) -> CallReport:
    """`/narrative`: the call with more notes. Raises Unusable where the body has none."""
    warnings = Warnings()
    notes = _notes(body, warnings) if isinstance(body, dict) else ()
    if not notes:
        raise Unusable('there is no text under "narratives"')
    if _was_just_said(known, notes, around):
        return known
    dated = tuple(replace(note, at=around.received_at) for note in notes)
    return replace(
        known,
        notes=(*known.notes, *dated)[-MAX_ITEMS:],
        updated_at=around.received_at,
        warnings=warnings.said(),
    )


def _was_just_said(known: CallReport, notes: tuple[Note, ...], around: Around) -> bool:
    """A sender whose answer got lost sends the same words again, and names no delivery."""
    last = known.notes[-len(notes) :]
    is_recent = all(note.at is not None and around.received_at - note.at < REPEATED_WITHIN for note in last)
    return is_recent and [note.text for note in last] == [note.text for note in notes]


def _as(known: CallReport, status: CallStatus, words: str, around: Around, warnings: Warnings) -> CallReport:
    if known.status is status:
        return known
    return replace(
        known, status=status, status_text=words, updated_at=around.received_at, warnings=warnings.said()
    )


def _short(identity: str) -> str:
    return identity if len(identity) <= 12 else ""


def _status(
    event: Component, around: Around, warnings: Warnings, known: CallReport | None, is_listed: bool
) -> CallStatus:
    closed = event.get("closedAt")
    if closed:
        read_time(closed, "the time of closing", around, warnings)
        return CallStatus.CLOSED
    if is_listed or "closedAt" in event or known is None:
        return CallStatus.ACTIVE
    if known.status is not CallStatus.ACTIVE:
        warnings.add("an update of a closed event: it stays closed until it is opened")
    return known.status


def _priority(event: Component, warnings: Warnings) -> int | None:
    """1 is the highest on both sides; there is no lowest one at the sender's."""
    found = whole(event.get("priority"), "the priority", warnings)
    if found is None:
        return None
    if found < 1:
        warnings.add(f"the priority {found} is below 1, the highest there is, and was not used")
        return None
    return min(found, LOWEST_PRIORITY)


def _place(location: Component, around: Around, warnings: Warnings) -> Place:
    parts = [text(location, key) for key in ("streetAddress", "city", "state")]
    address = ", ".join(part for part in parts if part) or text(location, "address")
    name = text(location, "name")
    if name and name != address:
        address = f"{name}, {address}" if address else name
    return place_of(location.get("latitude"), location.get("longitude"), around, warnings, address=address)


def _notes(event: Component, warnings: Warnings) -> tuple[Note, ...]:
    found = event.get("narratives")
    values = found if isinstance(found, list) else [found]
    lines = [clean(each, limit=NOTE_MAX) for each in values[-MAX_ITEMS:] if isinstance(each, str)]
    if len(lines) < len(values) and found is not None:
        warnings.add(f"{len(values) - len(lines)} of {len(values)} narratives were not read")
    return tuple(Note(text=line) for line in lines if line)


def _units(event: Component, around: Around, warnings: Warnings) -> tuple[Unit, ...]:
    units: list[Unit] = []
    for unit in components(event, "dispatchedUnits", warnings):
        callsign = first_text(unit, "displayId", "id", limit=24)
        if not callsign:
            warnings.add("a dispatched unit has no id")
            continue
        arrived = read_time(unit.get("arrivalTime"), "a unit's arrival", around, warnings)
        sent = read_time(unit.get("dispatchTime"), "a unit's dispatch", around, warnings)
        units.append(Unit(callsign=callsign, status=_unit_status(sent, arrived)))
    return tuple(units)


def _unit_status(sent: datetime | None, arrived: datetime | None) -> str:
    if arrived is not None:
        return f"on scene {arrived:%H:%M:%S}Z"
    return f"dispatched {sent:%H:%M:%S}Z" if sent is not None else "dispatched"


def _details(event: Component, around: Around, warnings: Warnings, before: CallReport) -> tuple[Detail, ...]:
    """Vehicles, people and the caller; of a kind that is left out, what was said before."""
    found: list[Detail] = []
    for key, kind in (("involvedVehicles", "vehicle"), ("involvedPersons", "person"), ("callerInfo", "call")):
        if key not in event:
            found += [detail for detail in before.details if detail.kind == kind]
            continue
        for each in components(event, key, warnings):
            words = _DETAIL_WORDS[kind](each)
            if words:
                found.append(Detail(kind=kind, text=words))
    return tuple(found)


def _vehicle(vehicle: Component) -> str:
    words = " ".join(text(vehicle, key) for key in ("color", "year", "make", "model") if text(vehicle, key))
    plate = " ".join(text(vehicle, key) for key in ("plateState", "plateNumber") if text(vehicle, key))
    return clean(f"{words} plate {plate}" if plate else words)


def _person(person: Component) -> str:
    keys = ("name", "gender", "ethnicity", "height", "hairColor", "eyeColor", "description")
    parts = [text(person, key) for key in keys]
    age = text(person, "age")
    return clean(", ".join(part for part in [*parts, f"age {age}" if age else ""] if part))


def _caller(caller: Component) -> str:
    parts = [text(caller, "name"), text(caller, "phoneNumber")]
    return clean("caller " + " ".join(part for part in parts if part)) if any(parts) else ""


_DETAIL_WORDS: Final = {"vehicle": _vehicle, "person": _person, "call": _caller}
