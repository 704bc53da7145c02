"""Active911's webhook: one dispatch of a fire agency as JSON, without a signature.

    {"agency": {"name", "id", "timezone"}, "alert": {"id", "description", "lat", "lon", "received" …}}

The webhook fires once for each alert and says nothing of its end. Published captures have `lat` and `lon`
exchanged. `priority` is whatever the dispatch centre typed: it counts only through the agency's own table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Final

from msgspec.structs import replace

from rtcc_core.domain.call import CallReport, Detail, Note, Unit
from rtcc_core.domain.text import NOTE_MAX, clean
from rtcc_core.wire.push_values import (
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
)

UNITS_MAX: Final = 100
_BETWEEN_UNITS: Final = re.compile(r"[,;/|\s]+")


def time_zone(body: object) -> str:
    """The agency's IANA zone as the message names it; empty where it names none."""
    return text(child(body, "agency"), "timezone", limit=64) if isinstance(body, dict) else ""


def read_active911(
    body: object, around: Around, *, uid: str = "", priorities: Mapping[str, int] | None = None
) -> CallReport:
    """One alert as a call; `priorities` is the agency's table, 1 the highest. Raises Unusable only."""
    if not isinstance(body, dict):
        raise Unusable(f"an Active911 message is a JSON object, this is a {type(body).__name__}")
    alert = child(body, "alert")
    if not alert:
        raise Unusable('there is no "alert" in it, so nothing says what happened')
    identity = uid or alert_id(body)
    warnings = Warnings()
    kind = first_text(alert, "description", "source")
    if not kind:
        warnings.add("the alert has no description")
    sent_at = read_time(alert.get("stamp"), "the time stamp", around, warnings)
    received = read_time(alert.get("received"), "the time of receipt", around, warnings)
    if sent_at is None and received is None:
        warnings.add("the alert has no time that can be used; the time of arrival is used")
    return CallReport(
        feed=around.feed,
        incident_uid=identity,
        number=first_text(alert, "cad_code", "map_code", limit=40) if text(alert, "cad_code") else "",
        type_code=kind,
        type_text=kind,
        priority=_priority(alert, priorities or {}, warnings),
        place=place_of(alert.get("lat"), alert.get("lon"), around, warnings, address=_address(alert)),
        notes=_notes(alert),
        units=_units(alert),
        details=_details(alert),
        agency=text(child(body, "agency"), "name"),
        started_at=received or sent_at,
        updated_at=sent_at or received or around.received_at,
        warnings=warnings.said(),
    )


def alert_id(body: object) -> str:
    """The alert's id. Raises Unusable where it has none."""
    return uid_of(child(body, "alert") if isinstance(body, dict) else {}, "id")


def in_zone(around: Around, zone: tzinfo | None) -> Around:
    """Times without a zone are the message's own agency's, else the source's, else UTC."""
    return replace(around, zone=zone or around.zone or UTC)


def _priority(alert: Component, table: Mapping[str, int], warnings: Warnings) -> int | None:
    given = text(alert, "priority", limit=40)
    if not given:
        return None
    found = table.get(given.casefold())
    if found is None:
        warnings.add(f"the priority {given} is not in the table of agency.toml")
    return found


def _address(alert: Component) -> str:
    street = first_text(alert, "address", "map_address")
    unit, cross = text(alert, "unit"), text(alert, "cross_street")
    parts = [text(alert, "place"), f"{street} {unit}".strip(), text(alert, "city"), text(alert, "state")]
    line = ", ".join(part for part in parts if part)
    return clean(f"{line} / {cross}" if cross and line else line or cross)


def _notes(alert: Component) -> tuple[Note, ...]:
    words = text(alert, "details", limit=NOTE_MAX)
    return (Note(text=words),) if words else ()


def _units(alert: Component) -> tuple[Unit, ...]:
    """`E1 M2,BC3`: one text with whatever between them; some senders make it a list."""
    value = alert.get("units")
    names = (
        value
        if isinstance(value, list)
        else _BETWEEN_UNITS.split(value[:4_000])
        if isinstance(value, str)
        else []
    )
    cleaned = (clean(name, limit=24) for name in names[:UNITS_MAX] if isinstance(name, str))
    return tuple(Unit(callsign=name, status="dispatched") for name in dict.fromkeys(cleaned) if name)


def _details(alert: Component) -> tuple[Detail, ...]:
    given = (("coordinate_source", "position from"), ("map_code", "map"), ("priority", "priority as sent:"))
    return tuple(
        Detail(kind="data", text=clean(f"{words} {text(alert, key)}"))
        for key, words in given
        if text(alert, key)
    )
