"""Picking values out of an EIDO that may be anything: every look is safe, every oddity is noted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Final

from rtcc_core.domain.text import LINE_MAX, clean

MAX_WARNINGS: Final = 30

MAX_COMPONENTS: Final = 1_000
"""Components of one kind that are looked at; an incident with more is no incident."""

MAX_DOCUMENT: Final = 512 * 1024
"""Characters of one embedded document (PIDF-LO, CAP, ASAP, a note) that are looked at."""

Component = Mapping[str, object]
NOTHING: Final[Component] = {}


class Unusable(ValueError):
    """The EIDO cannot be used at all; the message says why, in words."""

    @property
    def reason(self) -> str:
        return str(self)


class NoIncident(Unusable):
    """The EIDO is sound and about units alone, none of which is on an incident: nothing is to be opened."""


class Reading:
    """One message being read: what was tolerated in it, and in which zone its clock stands.

    Each oddity is said once, and no more of them than fit a screen.
    """

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.zone = zone
        self._said: dict[str, None] = {}

    def warn(self, words: str) -> None:
        if len(self._said) < MAX_WARNINGS:
            self._said.setdefault(clean(words))

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self._said)


def components(root: Component, key: str, reading: Reading) -> list[Component]:
    """The components under `key`; one that stands alone where a list belongs is a list of one."""
    value = root.get(key)
    if value is None:
        return []
    if isinstance(value, dict):
        if key != "incidentComponent":
            reading.warn(f"{key} is not a list")
        return [value]
    if not isinstance(value, list):
        reading.warn(f"{key} is neither a list nor an object")
        return []
    found: list[Component] = [item for item in value[:MAX_COMPONENTS] if isinstance(item, dict)]
    if len(found) < len(value):
        reading.warn(f"{len(value) - len(found)} of {len(value)} entries of {key} were not read")
    return found


def references(value: object) -> Iterator[str]:
    """The `$id`s that a member refers to, as sent: `{"$ref": id}`, a list of them, or the bare id."""
    for item in value[:MAX_COMPONENTS] if isinstance(value, list) else [value]:
        identity = item.get("$ref") if isinstance(item, dict) else item
        if isinstance(identity, str) and identity:
            yield identity


def line(value: object, *, limit: int = LINE_MAX) -> str:
    """A value as one cleaned line; numbers as they print, the first text of a list, else empty."""
    if isinstance(value, list):
        value = next((item for item in value[:MAX_COMPONENTS] if isinstance(item, str)), None)
    if isinstance(value, str):
        return clean(value, limit=limit)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return clean(str(value), limit=limit)
        except ValueError:  # an integer of more than 4,300 digits
            return ""
    return ""


def lines(value: object) -> tuple[str, ...]:
    """Every text of a value, cleaned; a text that stands alone where a list belongs is a list of one."""
    items = value if isinstance(value, list) else [value]
    return tuple(found for item in items[:MAX_COMPONENTS] if isinstance(item, str) and (found := clean(item)))


def documents(value: object) -> tuple[str, ...]:
    """The raw texts of a value: documents, which cleaning would cut. Never shown as they are."""
    items = value if isinstance(value, list) else [value]
    return tuple(item[:MAX_DOCUMENT] for item in items[:MAX_COMPONENTS] if isinstance(item, str) and item)


_STAMP = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,12})?)? ?(Z|UTC|[+-]\d\d(:?\d\d)?)?", re.ASCII
)

EARLIEST_YEAR: Final = 1990
"""An earlier time is a default value of somebody's programming language."""


def updated_at(component: Component, reading: Reading) -> datetime | None:
    """A component's lastUpdateTimeStamp in UTC, under any casing of that name; None where unreadable."""
    value = component.get("lastUpdateTimeStamp")
    if value is None:
        key = next((k for k in component if k.lower() == "lastupdatetimestamp"), None)
        if key is None or key == "lastUpdateTimeStamp":
            return None
        value = component[key]
        reading.warn(f"the time stamp is written {key}")
    return parse_stamp(value, reading)


def parse_stamp(value: object, reading: Reading) -> datetime | None:
    """An RFC 3339 time in UTC; one without a zone is read in the feed's, with a warning; None if unreadable.

    In the hour that comes twice in autumn a zone-less time is taken for the first of the two.
    """
    if value is None:
        return None
    stamp = value.strip().upper() if isinstance(value, str) else ""
    try:
        if not _STAMP.fullmatch(stamp):
            raise ValueError
        at = datetime.fromisoformat(stamp.replace("UTC", "Z").replace(" Z", "Z"))
        if at.tzinfo is None:
            zone = "UTC" if reading.zone is UTC else f"the zone of the agency ({reading.zone})"
            reading.warn(f"a time stamp without a zone was read as {zone}")
            at = at.replace(tzinfo=reading.zone)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        reading.warn(f"a time stamp could not be read ({clean(stamp, limit=40)})")
        return None
    if at.year < EARLIEST_YEAR:
        reading.warn(f"a time stamp of the year {at.year} was not used")
        return None
    return at
