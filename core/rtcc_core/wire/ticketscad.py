"""TicketsCAD v4: rows of its external API and events of its webhooks, as the full state of a call.

`severity` is 0 normal, 1 medium, 2 high: **2 is the highest**, the other way round than ours. `status` is
1 closed, 2 open, 3 scheduled. Times of the API have no zone and are the server's own local time; the time of
an event is UTC. Each create arrives twice, as `incident.created` and `incident.new`, under two delivery ids.
An event names its incident and little more, so the row is asked for; where nobody can be asked, what the
event says is laid over the row that is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from rtcc_core.domain.call import CallReport, CallStatus, Note
from rtcc_core.domain.text import NOTE_MAX, clean
from rtcc_core.wire.push_values import (
    NOTHING,
    Around,
    Component,
    Unusable,
    Warnings,
    child,
    first_text,
    place_of,
    read_time,
    text,
    uid_of,
    whole,
)

PRIORITY_BY_SEVERITY: Final[Mapping[int, int]] = {2: 1, 1: 2, 0: 3}
"""TicketsCAD severity (2 highest) to ours (1 highest)."""

STATUS: Final[Mapping[int, CallStatus]] = {
    1: CallStatus.CLOSED,
    2: CallStatus.ACTIVE,
    3: CallStatus.ACTIVE,
}
_STATUS_WORDS: Final = {1: "closed", 2: "open", 3: "scheduled"}

PAGE_MAX: Final = 200
"""The API gives no more rows at once."""

_CREATED: Final = re.compile(r"^Created incident #\d+:\s*")
_ZERO_TIME: Final = "0000-00-00"
_NUMBER_FIELDS: Final = ("severity", "status", "in_types_id")


class TicketEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook event about an incident."""

    name: str
    """`incident.created` …, lower case, with dots."""
    ticket_id: str
    fields: Mapping[str, object]
    """What it says of the row."""
    at: object = None
    """Its own time, as sent."""
    note: str = ""


class Unanswered(Exception):
    """The API answered with an error; the message says which, in words, and what to do."""

    def __init__(self, words: str, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(words)


def read_event(body: object) -> TicketEvent | None:
    """A webhook's body; None for events that are about no incident. Raises Unusable, and nothing else."""
    if not isinstance(body, dict):
        raise Unusable(f"a webhook's body is a JSON object, this is a {type(body).__name__}")
    name = text(body, "event_type").casefold().replace(":", ".")
    if not name:
        raise Unusable("there is no event_type")
    if not name.startswith(("incident.", "assign.")):
        return None
    data = child(body, "data")
    if not data:
        raise Unusable(f"the event {name} has no data")
    details = child(data, "details")
    flat = {
        **details,
        **{key: value for key, value in data.items() if value is not None and key != "details"},
    }
    ticket = uid_of(flat, "ticket_id", "incident_id") if "ticket_id" in flat or "incident_id" in flat else ""
    if not ticket and text(flat, "target_type") in ("", "ticket"):
        ticket = uid_of(flat, "target_id", "id")
    if not ticket:
        raise Unusable(f"the event {name} does not say which incident it is about")
    at = data.get("event_time") or body.get("timestamp")
    note = first_text(flat, "note_text", "note", limit=NOTE_MAX) if name == "incident.note_added" else ""
    return TicketEvent(name=name, ticket_id=ticket, fields=_fields(name, flat), at=at, note=note)


def _fields(name: str, flat: Mapping[str, object]) -> dict[str, object]:
    """What the event says, in the names of a row; of an assignment or a note, nothing."""
    if not name.startswith("incident.") or name == "incident.note_added":
        return {}
    known = (
        "scope",
        "street",
        "city",
        "state",
        "lat",
        "lng",
        "incident_number",
        "in_type_name",
        *_NUMBER_FIELDS,
    )
    row = {key: flat[key] for key in known if flat.get(key) not in (None, "")}
    if "street" not in row and flat.get("address"):
        row["street"] = flat["address"]
    changes = flat.get("changes")
    if isinstance(changes, dict):
        row |= {key: _new_value(changes[key]) for key in known if key in changes}
    if name in ("incident.created", "incident.new") and flat.get("summary"):
        row.setdefault("scope", _CREATED.sub("", str(flat["summary"])[:NOTE_MAX]))
    match name:
        case "incident.closed" | "incident.close":
            row["status"] = 1
        case "incident.reopened" | "incident.reopen":
            row["status"] = 2
        case "incident.deleted" | "incident.delete":
            row["deleted"] = True
    return row


def _new_value(change: object) -> object:
    """`{"old": 1, "new": 2}` or `[1, 2]` → 2."""
    if isinstance(change, dict):
        return change.get("new", change.get("to"))
    return change[-1] if isinstance(change, list) and change else change


def ticket_of(row: object) -> str:
    """The id of a row. Raises Unusable where it has none."""
    if not isinstance(row, dict):
        raise Unusable(f"an incident is a JSON object, this is a {type(row).__name__}")
    return uid_of(row, "id", "ticket_id")


def read_row(row: object, around: Around, *, notes: tuple[Note, ...] = ()) -> CallReport:
    """One row of `incidents` as the full state of its call. Raises Unusable, and nothing else."""
    identity = ticket_of(row)
    assert isinstance(row, dict)
    warnings = Warnings()
    code = whole(row.get("status"), "the status", warnings)
    status = STATUS.get(code) if code is not None else CallStatus.ACTIVE
    if status is None:
        warnings.add(f"the status {code} is unknown; the call counts as open")
    words = _STATUS_WORDS.get(code, "") if code is not None else ""
    if row.get("deleted"):
        status, words = CallStatus.CANCELLED, "deleted in CAD"
    kind, scope = text(row, "in_type_name"), text(row, "scope", limit=NOTE_MAX)
    updated = _time(row, "updated", around, warnings)
    if updated is None:
        warnings.add("the incident has no time that can be used; the time of arrival is used")
    own = (*_row_notes(row, scope if kind else ""), *notes)
    return CallReport(
        feed=around.feed,
        incident_uid=identity,
        number=text(row, "incident_number", limit=40),
        type_code=kind,
        type_text=kind or clean(scope),
        priority=_priority(row, warnings),
        status=status or CallStatus.ACTIVE,
        status_text=words,
        place=place_of(row.get("lat"), row.get("lng"), around, warnings, address=_address(row)),
        notes=own,
        started_at=_time(row, "problemstart", around, warnings) or _time(row, "date", around, warnings),
        updated_at=updated or around.received_at,
        warnings=warnings.said(),
    )


def read_page(body: object) -> list[object]:
    """The rows of a list answer. Raises Unusable for what is none."""
    rows = child(body, "data").get("incidents") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not isinstance(body, dict) or body.get("ok") is False:
        raise Unusable("the answer holds no list of incidents")
    return rows


def read_detail(body: object) -> Component:
    """The row of a detail answer. Raises Unusable for what is none."""
    row = child(body, "data") if isinstance(body, dict) else NOTHING
    if not row:
        raise Unusable("the answer holds no incident")
    return row


_WORDS: Final[Mapping[int, tuple[str, float]]] = {
    401: (
        "TicketsCAD does not accept our token ({error}): mint a new one and put it into the token file",
        60.0,
    ),
    403: ("TicketsCAD lets our token not read incidents ({error}): it needs the scope incidents:read", 60.0),
    404: ("there is no external API at that address ({error}): correct url in agency.toml", 60.0),
    422: ("TicketsCAD did not understand what was asked ({error})", 60.0),
    426: ("TicketsCAD wants https: correct url in agency.toml", 60.0),
    429: ("TicketsCAD asks us to wait ({error})", 60.0),
}
RETRY_AFTER_MAX_S: Final = 3_600.0


def refusal(status: int, body: object, retry_after: str) -> Unanswered:
    """What an answer other than 200 means, and how long to wait."""
    fields = body if isinstance(body, dict) else NOTHING
    error = text(fields, "error", limit=60) or f"HTTP {status}"
    words, wait_s = _WORDS.get(status, ("TicketsCAD answers with an error ({error})", 15.0))
    told = fields.get("retry_after") or child(fields, "data").get("retry_after") or retry_after
    try:
        asked_s = float(str(told)[:12])
    except ValueError:
        asked_s = 0.0
    if asked_s > 0.0:
        wait_s = min(asked_s, RETRY_AFTER_MAX_S)
    return Unanswered(words.format(error=error), wait_s)


def severity_of(priority: int | None) -> int | None:
    """The severity that reads as this priority."""
    return next((each for each, ours in PRIORITY_BY_SEVERITY.items() if ours == priority), None)


def state_of(status: CallStatus) -> int:
    """The row's status that reads as this one."""
    return next((each for each, ours in STATUS.items() if ours is status), 1)


def newest(rows: list[object]) -> str:
    """The latest `updated` of the rows as written there: the server's own clock and zone; empty for none."""
    stamps = (text(row, "updated", limit=19) for row in rows if isinstance(row, dict))
    return max((stamp for stamp in stamps if stamp and not stamp.startswith(_ZERO_TIME)), default="")


def _priority(row: Component, warnings: Warnings) -> int | None:
    severity = whole(row.get("severity"), "the severity", warnings)
    if severity is None:
        return None
    if severity not in PRIORITY_BY_SEVERITY:
        warnings.add(f"the severity {severity} is not one of 0 … 2 and was not used")
    return PRIORITY_BY_SEVERITY.get(severity)


def _address(row: Component) -> str:
    parts = [text(row, key) for key in ("street", "city", "state")]
    about = text(row, "address_about")
    return ", ".join(part for part in parts if part) + (f" ({about})" if about else "")


def _row_notes(row: Component, scope: str) -> tuple[Note, ...]:
    found = [scope, text(row, "description", limit=NOTE_MAX), text(row, "comments", limit=NOTE_MAX)]
    return tuple(Note(text=words) for words in dict.fromkeys(found) if words)


def _time(row: Component, key: str, around: Around, warnings: Warnings) -> datetime | None:
    value = row.get(key)
    if isinstance(value, str) and value.startswith(_ZERO_TIME):
        return None
    return read_time(value, f"the time {key}", around, warnings)
