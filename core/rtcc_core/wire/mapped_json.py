"""JSON of any shape as calls or alerts, by the mapping an administrator wrote (`wire.mapping`).

What a mapping cannot say is not guessed: a priority counts only through the table of agency.toml, a status
too, a position only in the order that is written there.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import msgspec

from rtcc_core.domain.alert import AlertKind, AlertReport
from rtcc_core.domain.call import CallReport, CallStatus, Note, Place, Unit
from rtcc_core.domain.text import LINE_MAX, NOTE_MAX, clean
from rtcc_core.wire.mapping import Mapping, folded
from rtcc_core.wire.push_values import (
    MAX_ITEMS,
    MAX_UID,
    Around,
    Unusable,
    Warnings,
    number,
    place_of,
    read_time,
    settled,
)

_PAIR: Final = re.compile(r"\s*([-+]?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*([-+]?\d{1,3}(?:\.\d+)?)\s*", re.ASCII)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the mapping finds in one message, for a person who tries it."""

    field: str
    path: str
    value: str
    """As it would be shown; empty where nothing stands there."""


def incidents(mapping: Mapping, body: object) -> list[object]:
    """The incidents of one message; an empty list holds none. Raises Unusable where no list is."""
    found = mapping.each.find(body)
    if not found and not mapping.each.is_empty_list_in(body):
        raise Unusable(f"nothing stands at {mapping.each.text}, where the incidents should be")
    return found


def identity(mapping: Mapping, incident: object) -> str:
    """The sender's id. Raises Unusable where it has none."""
    look = _Look(mapping, incident, Warnings())
    return look.uid()


def explain(mapping: Mapping, incident: object) -> list[Found]:
    """Each field of the mapping with what stands there."""
    rows = []
    for field, paths in mapping.paths.items():
        for path in paths:
            values = path.find(incident)
            shown = "; ".join(clean(_as_text(value), limit=80) or "(empty)" for value in values[:5])
            rows.append(Found(field=field, path=path.text, value=clean(shown)))
    return rows


def read_mapped_call(
    mapping: Mapping, incident: object, around: Around, *, uid: str = "", known: CallReport | None = None
) -> CallReport:
    """One incident as the full state of its call. Raises Unusable, and nothing else."""
    warnings = Warnings()
    look = _Look(mapping, incident, warnings)
    name = uid or look.uid()
    code = look.text("type_code")
    words = look.text("type_text") or mapping.types.get(folded(code)) or code
    if not words:
        warnings.add("the incident has no type")
    at = look.time("updated_at", around)
    if at is None and "updated_at" in mapping.paths:
        warnings.add("the incident has no time of its state; the time of arrival is used")
    status = _status(mapping, look, warnings)
    report = CallReport(
        feed=around.feed,
        incident_uid=name,
        number=look.text("number", limit=40),
        type_code=code,
        type_text=words,
        priority=_priority(mapping, look, warnings),
        status=status,
        status_text=look.text("status_text") or (look.text("status") if status != CallStatus.ACTIVE else ""),
        place=_place(mapping, look, around, warnings),
        beat=look.text("beat"),
        notes=tuple(Note(text=note) for note in look.texts("notes", limit=NOTE_MAX)),
        units=tuple(Unit(callsign=unit) for unit in look.texts("units", limit=24)),
        agency=look.text("agency"),
        started_at=look.time("started_at", around),
        updated_at=at or around.received_at,
        warnings=warnings.said(),
    )
    return report if at is not None else settled(report, known)


def read_mapped_alert(mapping: Mapping, incident: object, around: Around) -> AlertReport:
    """One incident as an alert. Raises Unusable, and nothing else."""
    warnings = Warnings()
    look = _Look(mapping, incident, warnings)
    title = look.text("title")
    if not title:
        raise Unusable("nothing stands where the title should be, so nothing says what happened")
    sensed = look.time("sensed_at", around)
    if sensed is None:
        warnings.add("the alert has no time that can be used; the time of arrival is used")
    status = _status(mapping, look, warnings)
    retracted = look.text("retracted")
    if not retracted and status is not CallStatus.ACTIVE:
        retracted = f"{status.value} by the source"
    return AlertReport(
        source=around.feed,
        alert_uid=look.uid(),
        kind=_kind(mapping, look, warnings),
        title=title,
        place=_place(mapping, look, around, warnings),
        sensed_at=sensed or around.received_at,
        priority=_priority(mapping, look, warnings),
        confidence=_confidence(look, warnings),
        reason=look.text("reason"),
        valid_until=look.time("valid_until", around),
        retracted=retracted if retracted.casefold() not in ("false", "no", "0", "none") else "",
        plate=look.text("plate", limit=16),
        sensor=look.text("sensor"),
        image_url=look.text("image_url", limit=2_000),
        warnings=warnings.said(),
    )


class _Look:
    """One incident through its mapping."""

    def __init__(self, mapping: Mapping, incident: object, warnings: Warnings) -> None:
        self._mapping = mapping
        self._incident = incident
        self._warnings = warnings

    def values(self, field: str) -> list[object]:
        """Everything that stands at the field's paths, in order, without nulls and empty texts."""
        paths = self._mapping.paths.get(field, ())
        return [value for path in paths for value in path.find(self._incident) if value not in (None, "")]

    def value(self, field: str) -> object:
        return next(iter(self.values(field)), None)

    def text(self, field: str, *, limit: int = LINE_MAX) -> str:
        return clean(_as_text(self.value(field)), limit=limit)

    def texts(self, field: str, *, limit: int) -> list[str]:
        """As lines; a list that stands where one value was meant is taken apart."""
        flat: list[object] = []
        for value in self.values(field)[:MAX_ITEMS]:
            flat += value if isinstance(value, list) else [value]
        return [line for value in flat[:MAX_ITEMS] if (line := clean(_as_text(value), limit=limit))]

    def time(self, field: str, around: Around) -> datetime | None:
        return read_time(self.value(field), field.removesuffix("_at"), around, self._warnings)

    def uid(self) -> str:
        field = "id" if "id" in self._mapping.paths else "number"
        found = _as_text(self.value(field))
        if len(found) > MAX_UID:
            raise Unusable(f"the {field} has {len(found)} characters; at most {MAX_UID} are accepted")
        if not clean(found):
            paths = ", ".join(path.text for path in self._mapping.paths[field])
            raise Unusable(f"nothing stands at {paths}, so nothing says which incident it is about")
        return clean(found, limit=MAX_UID)


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int | float):
        try:
            return str(value)
        except ValueError:  # an integer of more than 4,300 digits
            return ""
    return ""


def _priority(mapping: Mapping, look: _Look, warnings: Warnings) -> int | None:
    value = look.value("priority")
    if value is None:
        return None
    found = mapping.priorities.get(folded(value))
    if found is None:
        warnings.add(f"the priority {clean(_as_text(value), limit=40)} is not in the table of agency.toml")
    return found


def _status(mapping: Mapping, look: _Look, warnings: Warnings) -> CallStatus:
    value = look.value("status")
    if value is None:
        return CallStatus.ACTIVE
    found = mapping.statuses.get(folded(value))
    if found is None:
        shown = clean(_as_text(value), limit=40)
        warnings.add(f"the status {shown} is not in the table of agency.toml; it counts as active")
    return found or CallStatus.ACTIVE


def _kind(mapping: Mapping, look: _Look, warnings: Warnings) -> AlertKind:
    value = look.value("kind")
    if value is None:
        return AlertKind.OTHER
    word = mapping.kinds.get(folded(value), folded(value))
    try:
        return AlertKind(word)
    except ValueError:
        warnings.add(f"the kind {clean(_as_text(value), limit=40)} is not in the table of agency.toml")
        return AlertKind.OTHER


def _confidence(look: _Look, warnings: Warnings) -> float | None:
    found = number(look.value("confidence"), "the confidence", warnings)
    if found is not None and not 0.0 <= found <= 1.0:
        warnings.add("the confidence is not one of 0 … 1 and was not used")
        return None
    return found


def _place(mapping: Mapping, look: _Look, around: Around, warnings: Warnings) -> Place:
    latitude, longitude = look.value("latitude"), look.value("longitude")
    if "position" in mapping.paths:
        latitude, longitude = _pair(look.value("position"), warnings)
        if mapping.longitude_first:
            latitude, longitude = longitude, latitude
    return place_of(
        latitude,
        longitude,
        around,
        warnings,
        address=", ".join(look.texts("address", limit=LINE_MAX)),
        uncertainty_m=number(look.value("uncertainty_m"), "the uncertainty", warnings),
    )


def _pair(value: object, warnings: Warnings) -> tuple[object, object]:
    """`"45.5, -122.6"` or `[-122.6, 45.5]`, as written."""
    if isinstance(value, list) and len(value) in (2, 3):
        return value[0], value[1]
    pair = _PAIR.fullmatch(value) if isinstance(value, str) else None
    if pair is not None:
        return float(pair[1]), float(pair[2])
    if value is not None:
        warnings.add("the position is not two numbers")
    return None, None
