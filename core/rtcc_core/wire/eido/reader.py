"""EIDO in, `CallReport` out. Tolerant: everything accepted against the schema becomes a warning."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from rtcc_core.domain.call import CallReport, CallStatus, Note
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_core.wire.eido import tables
from rtcc_core.wire.eido.agents import agent_name, read_units
from rtcc_core.wire.eido.note_text import note_text
from rtcc_core.wire.eido.parts import (
    NOTHING,
    Component,
    Parts,
    Unusable,
    Warnings,
    text,
    texts,
    updated_at,
)
from rtcc_core.wire.eido.places import choose_place

MAX_NOTES: Final = 500
MAX_UID: Final = 500

MAX_AHEAD: Final = timedelta(days=1)
"""How far in the future a sender's clock is believed; one wrong year would hide every later report."""


def read_eido(
    obj: object, feed: str, *, near: LatLon | None = None, received_at: datetime | None = None
) -> CallReport:
    """Read the full current state of one incident.

    `feed` is the feed's name in agency.toml; `near`, the middle of the service area, helps to recognise
    swapped coordinates; `received_at` (UTC) stands in where the sender gave no time that can be read.
    Raises Unusable, and nothing else, when there is no incident id, or no time at all.
    """
    if not isinstance(obj, dict):
        raise Unusable(f"an EIDO is a JSON object, this is a {type(obj).__name__}")
    warnings = Warnings()
    parts = Parts(obj, warnings)
    uid = _incident_uid(obj, warnings)
    incident = _incident(parts)
    type_code, type_text = _type(incident)
    status, status_text = _status(incident, warnings)
    _check_version(obj, warnings)
    return CallReport(
        feed=feed,
        incident_uid=uid,
        number=text(incident, "internalIncidentId"),
        type_code=type_code,
        type_text=type_text,
        priority=_priority(incident, warnings),
        status=status,
        status_text=status_text,
        place=choose_place(parts, incident, near),
        beat=text(incident, "beatOrDispatchGroupText"),
        notes=_notes(parts),
        units=read_units(parts, uid),
        merged_into_uid=_merged_into(parts, uid),
        updated_at=_time_of(parts, incident, received_at),
        warnings=warnings.said(),
    )


def _incident_uid(root: Component, warnings: Warnings) -> str:
    value = root.get("$id")
    if isinstance(value, int) and not isinstance(value, bool):
        warnings.add("the incident's $id is a number")
        value = text(root, "$id")
    if not isinstance(value, str):
        raise Unusable("the EIDO has no $id, so nothing says which incident it is about")
    if len(value) > MAX_UID:
        raise Unusable(f"the incident's $id has {len(value)} characters; at most {MAX_UID} are accepted")
    uid = clean(value, limit=MAX_UID)
    if not uid:
        raise Unusable("the EIDO has an empty $id, so nothing says which incident it is about")
    if uid != value:
        warnings.add("the incident's $id held characters that do not print")
    return uid


def _check_version(root: Component, warnings: Warnings) -> None:
    version = text(root, "eidoVersion")
    if version and version.split(".")[0] != "1":
        warnings.add(f"EIDO version {version} was read as version 1")


def _incident(parts: Parts) -> Component:
    found = parts.components("incidentComponent")
    if not found:
        parts.warnings.add("the message has no incidentComponent: no type, priority or status")
        return NOTHING
    if isinstance(parts.root.get("incidentComponent"), list):
        parts.warnings.add("incidentComponent is a list; its first entry is used")
    return found[0]


def _time_of(parts: Parts, incident: Component, received_at: datetime | None) -> datetime:
    """The root's own time; failing that the incident's, failing that when it came."""
    warnings = parts.warnings
    at = updated_at(parts.root, warnings)
    if at is None:
        at = updated_at(incident, warnings)
        if at is not None:
            warnings.add("the message has no readable time stamp; the incident's own is used")
    if at is not None and received_at is not None and at > received_at + MAX_AHEAD:
        warnings.add("the time stamp is more than a day in the future; the time of arrival is used")
        return received_at
    if at is not None:
        return at
    if received_at is None:
        raise Unusable("the EIDO has no time stamp that can be read")
    warnings.add("the message has no readable time stamp; the time of arrival is used")
    return received_at


def _type(incident: Component) -> tuple[str, str]:
    common = text(incident, "incidentTypeCommonRegistryText")
    internal = text(incident, "incidentTypeInternalCode")
    wording = text(incident, "incidentTypeInternalText")
    code = internal if internal and common in ("", tables.NO_CODE) else common
    return code, tables.TYPE_WORDS.get(code.upper()) or wording or code


def _priority(incident: Component, warnings: Warnings) -> int | None:
    value = incident.get("incidentCommonPriorityNumber")
    if value is None:
        return None
    if isinstance(value, str):
        warnings.add("the priority is written as text")
        digits = value.strip()
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else None
    if isinstance(value, float):
        warnings.add("the priority is not a whole number")
        value = int(value) if 0.0 <= value <= 10.0 else None
    is_number = isinstance(value, int) and not isinstance(value, bool)
    priority = tables.house_priority(value) if is_number and isinstance(value, int) else None
    if priority is None:
        shown = text(incident, "incidentCommonPriorityNumber", limit=20)
        warnings.add(f"the priority {shown} is not one of 0 … 10".replace("  ", " "))
    return priority


def _status(incident: Component, warnings: Warnings) -> tuple[CallStatus, str]:
    """The last deciding value of the list wins, as senders append: Closed, then ReOpened, is open."""
    values = texts(incident, "incidentStatusCommonRegistryText")
    if isinstance(incident.get("incidentStatusCommonRegistryText"), str):
        warnings.add("the incident's status is not a list")
    known = [tables.folded(value) for value in values]
    decided = [tables.DECIDING_STATUS[value] for value in known if value in tables.DECIDING_STATUS]
    if len(set(decided)) > 1:
        warnings.add(f"the incident is said to be {' and '.join(values)}; the last one counts")
    for value, key in zip(values, known, strict=True):
        if key not in tables.STATUS_WORDS and key not in tables.DECIDING_STATUS:
            warnings.add(f"the status {value} is not in the registry")
    shown = texts(incident, "incidentStatusInternalText") or [
        tables.STATUS_WORDS.get(key, value) for value, key in zip(values, known, strict=True)
    ]
    return (decided[-1] if decided else CallStatus.ACTIVE), clean(", ".join(shown))


def _notes(parts: Parts) -> tuple[Note, ...]:
    """Notes by time, those without one last; of more than MAX_NOTES the newest."""
    found: list[Note] = []
    for component in parts.components("notesComponent"):
        source = component.get("notesActionComments")
        words = note_text(source) if isinstance(source, str) else ""
        if not words:
            continue
        agents = (agent for _, agent in parts.referenced(component, "agentReference") if agent)
        author = next((name for agent in agents if (name := agent_name(agent))), "")
        found.append(Note(text=words, at=updated_at(component, parts.warnings), author=author))
    dated = sorted((note for note in found if note.at is not None), key=_note_time)
    notes = dated + [note for note in found if note.at is None]
    if len(notes) > MAX_NOTES:
        parts.warnings.add(f"of {len(notes)} notes the last {MAX_NOTES} are shown")
    return tuple(notes[-MAX_NOTES:])


def _note_time(note: Note) -> float:
    return note.at.timestamp() if note.at is not None else 0.0


def _merged_into(parts: Parts, uid: str) -> str | None:
    """The incident that took this one's place; REPLACING and SPLIT leave this one standing."""
    for component in parts.components("mergeComponent"):
        if text(component, "incidentMergeDirectionCode").upper() != "REPLACED":
            continue
        other = text(component, "incidentTrackingIdentifier", limit=MAX_UID)
        if other and other != uid:
            return other
        parts.warnings.add("the incident is said to be merged into itself or into nothing")
    return None
