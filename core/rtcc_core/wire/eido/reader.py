"""EIDO in, `CallReport` out. Tolerant: everything accepted against the schema becomes a warning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from rtcc_core.domain.call import CallReport, CallStatus, IncidentLink, LinkKind, Note
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_core.wire.eido.agents import agency_of, agent_name, is_passed_on, read_units, tells_only_of_units
from rtcc_core.wire.eido.components import Agent, CallInfo, Eido, Incident, Link, Merge, NoteInfo
from rtcc_core.wire.eido.details import read_details
from rtcc_core.wire.eido.message import read_message
from rtcc_core.wire.eido.note_text import note_text
from rtcc_core.wire.eido.parts import NoIncident, Reading, Unusable, line
from rtcc_core.wire.eido.places import choose_place
from rtcc_core.wire.eido.registry_words import STATUS_WORDS
from rtcc_core.wire.eido.tables import NO_CODE, Tables, folded, house_priority

MAX_NOTES: Final = 500
MAX_LINKS: Final = 50

MAX_AHEAD: Final = timedelta(days=1)
"""How far in the future a sender's clock is believed; one wrong year would hide every later report."""

_DEFAULT: Final = Tables()


def read_eido(
    obj: object,
    feed: str,
    *,
    near: LatLon | None = None,
    received_at: datetime | None = None,
    zone: tzinfo = UTC,
    tables: Tables = _DEFAULT,
) -> CallReport:
    """Read the full current state of one incident.

    `feed` is the feed's name in agency.toml; `near`, the middle of the service area, helps to recognise
    swapped coordinates; `received_at` (UTC) stands in where the sender gave no time that can be read;
    `zone` is the agency's, for times without one; `tables` are the agency's own meanings of codes.
    Raises Unusable alone: for no incident id or no time; as NoIncident, for units that are on no incident.
    """
    reading = Reading(zone)
    eido = read_message(obj, reading)
    if tells_only_of_units(eido):
        raise NoIncident("it tells only of units that are on no incident")
    incident = eido.incident or Incident()
    status, status_text = _status(incident, tables, reading)
    chosen = choose_place(eido, near, reading)
    code, words = _type(incident, tables)
    links = _links(eido, reading)
    return CallReport(
        feed=feed,
        incident_uid=eido.uid,
        number=incident.number,
        type_code=code,
        type_text=words,
        priority=_priority(incident, tables, reading),
        status=status,
        status_text=status_text,
        place=chosen.place,
        beat=incident.beat,
        notes=_notes(eido, reading),
        units=read_units(eido, tables, reading),
        merged_into_uid=next((each.incident_uid for each in links if each.kind is LinkKind.REPLACED), None),
        links=links,
        details=read_details(eido, chosen, reading),
        other_places=chosen.others,
        agency=agency_of(eido),
        is_passed_on=is_passed_on(eido),
        started_at=min((each.started_at for each in eido.all(CallInfo) if each.started_at), default=None),
        updated_at=_time_of(eido, received_at, reading),
        warnings=reading.warnings,
    )


def _time_of(eido: Eido, received_at: datetime | None, reading: Reading) -> datetime:
    """The root's own time; failing that the incident's, failing that when it came."""
    at = eido.updated_at
    if at is None and eido.incident is not None and eido.incident.updated_at is not None:
        at = eido.incident.updated_at
        reading.warn("the message has no readable time stamp; the incident's own is used")
    if at is not None and received_at is not None and at > received_at + MAX_AHEAD:
        reading.warn("the time stamp is more than a day in the future; the time of arrival is used")
        return received_at
    if at is not None:
        return at
    if received_at is None:
        raise Unusable("the EIDO has no time stamp that can be read")
    reading.warn("the message has no readable time stamp; the time of arrival is used")
    return received_at


def _type(incident: Incident, tables: Tables) -> tuple[str, str]:
    own, common = incident.type_own_code, incident.type_code
    code = own if own and common in ("", NO_CODE) else common
    return code, tables.type_words(own, code) or incident.type_own_words or code


def _priority(incident: Incident, tables: Tables, reading: Reading) -> int | None:
    """The agency's own meaning first; else the common number, 0 … 10 with 10 the highest."""
    own = tables.own_priority(incident.own_priority)
    value = incident.priority
    if own is None and value is not None:
        own = tables.own_priority(line(value))
    if own is not None or value is None:
        return own
    if isinstance(value, str):
        reading.warn("the priority is written as text")
        digits = value.strip()
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else None
    if isinstance(value, float):
        reading.warn("the priority is not a whole number")
        value = int(value) if 0.0 <= value <= 10.0 else None
    is_number = isinstance(value, int) and not isinstance(value, bool)
    priority = house_priority(value) if is_number and isinstance(value, int) else None
    if priority is None:
        shown = line(incident.priority, limit=20)
        reading.warn(f"the priority {shown} is not one of 0 … 10".replace("  ", " "))
    return priority


def _status(incident: Incident, tables: Tables, reading: Reading) -> tuple[CallStatus, str]:
    """The last deciding value of the list wins, as senders append: Closed, then ReOpened, is open."""
    values = incident.statuses
    decided = [status for value in values if (status := tables.status(value))]
    if len(set(decided)) > 1:
        reading.warn(f"the incident is said to be {' and '.join(values)}; the last one counts")
    for value in values:
        if not tables.knows_status(value):
            reading.warn(f"the status {value} is not in the registry")
    own = [status for value in incident.own_statuses if (status := tables.statuses.get(folded(value)))]
    shown = incident.own_statuses or tuple(STATUS_WORDS.get(folded(value), value) for value in values)
    # The agency's own word for a status is of its own making, so it stands before the registry's.
    return (own or decided or [CallStatus.ACTIVE])[-1], clean(", ".join(shown))


def _notes(eido: Eido, reading: Reading) -> tuple[Note, ...]:
    """Notes by time, those without one last; of more than MAX_NOTES the newest."""
    found: list[Note] = []
    for each in eido.all(NoteInfo):
        words = note_text(each.source) if each.source else ""
        if not words:
            continue
        agents = (agent for identity in each.agents if (agent := eido.get(identity, Agent)))
        author = next((name for agent in agents if (name := agent_name(agent))), "")
        found.append(Note(text=words, at=each.updated_at, author=author))
    dated = sorted((note for note in found if note.at is not None), key=_note_time)
    notes = dated + [note for note in found if note.at is None]
    if len(notes) > MAX_NOTES:
        reading.warn(f"of {len(notes)} notes the last {MAX_NOTES} are shown")
    return tuple(notes[-MAX_NOTES:])


def _note_time(note: Note) -> float:
    return note.at.timestamp() if note.at is not None else 0.0


def _links(eido: Eido, reading: Reading) -> tuple[IncidentLink, ...]:
    """Merges first, then links, each once; one to itself, to nothing or of no known kind is said and left."""
    found: dict[IncidentLink, None] = {}
    for each in _named(eido):
        kind = _link_kind(each)
        if kind is None:
            reading.warn(f"a merge or link of unknown direction {each.direction} was not used")
        elif not each.incident_uid or each.incident_uid == eido.uid:
            reading.warn("the incident is said to be merged into, or linked to, itself or nothing")
        else:
            found.setdefault(IncidentLink(kind=kind, incident_uid=each.incident_uid))
    if len(found) > MAX_LINKS:
        reading.warn(f"of {len(found)} links the first {MAX_LINKS} are kept")
    return tuple(found)[:MAX_LINKS]


def _named(eido: Eido) -> Iterator[Merge | Link]:
    yield from eido.all(Merge)
    yield from eido.all(Link)


def _link_kind(each: Merge | Link) -> LinkKind | None:
    try:
        return LinkKind(each.direction.strip().upper())
    except ValueError:
        return None
