"""Picking values out of an EIDO that may be anything: every look is safe, every oddity is noted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from rtcc_core.domain.text import LINE_MAX, clean

MAX_WARNINGS: Final = 20

MAX_COMPONENTS: Final = 1_000
"""Components of one kind that are looked at; an incident with more is no incident."""

Component = Mapping[str, object]
NOTHING: Final[Component] = {}


class Unusable(ValueError):
    """The EIDO cannot be used at all; the message says why, in words."""

    @property
    def reason(self) -> str:
        return str(self)


class Warnings:
    """What was tolerated, each oddity said once, no more of them than fit a screen."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def add(self, words: str) -> None:
        if len(self._said) < MAX_WARNINGS:
            self._said.setdefault(clean(words))

    def said(self) -> tuple[str, ...]:
        return tuple(self._said)


class Parts:
    """One EIDO by its components, each findable by its `$id`.

    References are looked up one step at a time and never followed further, so a circle of them is
    harmless; one that leads nowhere, and an `$id` that two components share, are warnings.
    """

    def __init__(self, root: Component, warnings: Warnings) -> None:
        self.root = root
        self.warnings = warnings
        self._by_id: dict[str, Component] = {}
        for key, value in root.items():
            if key.endswith("Component") and isinstance(value, list | dict):
                for component in self.components(key):
                    self._register(component)

    def _register(self, component: Component) -> None:
        identity = component.get("$id")
        if not isinstance(identity, str) or not identity:
            return
        if identity in self._by_id and self._by_id[identity] is not component:
            self.warnings.add(f"two components are called {clean(identity, limit=60)}; the first is used")
            return
        self._by_id[identity] = component

    def components(self, key: str) -> list[Component]:
        """The components under `key`; one that stands alone where a list belongs is a list of one."""
        value = self.root.get(key)
        if value is None:
            return []
        if isinstance(value, dict):
            if key != "incidentComponent":
                self.warnings.add(f"{key} is not a list")
            return [value]
        if not isinstance(value, list):
            self.warnings.add(f"{key} is neither a list nor an object")
            return []
        found: list[Component] = [item for item in value[:MAX_COMPONENTS] if isinstance(item, dict)]
        if len(found) < len(value):
            self.warnings.add(f"{len(value) - len(found)} of {len(value)} entries of {key} were not read")
        return found

    def referenced(self, holder: Component, key: str) -> Iterator[tuple[str, Component | None]]:
        """Each `$id` that `holder[key]` refers to, with its component, None where there is none."""
        value = holder.get(key)
        items = value if isinstance(value, list) else [value]
        for item in items[:MAX_COMPONENTS]:
            identity = item.get("$ref") if isinstance(item, dict) else item
            if not isinstance(identity, str) or not identity:
                continue
            # A JSON pointer's '#' is seen before the $id, although references are plain ids.
            component = self._by_id.get(identity) or self._by_id.get(identity.removeprefix("#"))
            if component is None:
                self.warnings.add(f"{key} refers to {clean(identity, limit=60)}, which is not in the message")
            yield identity, component


def text(component: Component, key: str, *, limit: int = LINE_MAX) -> str:
    """The value under `key` as one cleaned line; numbers as they print, the first text of a list."""
    value = component.get(key)
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, str)), None)
    if isinstance(value, str):
        return clean(value, limit=limit)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return clean(_number_text(value), limit=limit)
    return ""


def _number_text(value: int | float) -> str:
    try:
        return str(value)
    except ValueError:  # an integer of more than 4,300 digits
        return ""


def texts(component: Component, key: str) -> list[str]:
    """Every text under `key`, cleaned; a text that stands alone where a list belongs is a list of one."""
    value = component.get(key)
    items = value if isinstance(value, list) else [value]
    return [line for item in items[:MAX_COMPONENTS] if isinstance(item, str) and (line := clean(item))]


_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,12})?)? ?(Z|[+-]\d\d:?\d\d)?", re.ASCII)

EARLIEST_YEAR: Final = 1990
"""An earlier time is a default value of somebody's programming language."""


def updated_at(component: Component, warnings: Warnings) -> datetime | None:
    """A component's lastUpdateTimeStamp in UTC, under any casing of that name; None where unreadable."""
    value = component.get("lastUpdateTimeStamp")
    if value is None:
        key = next((k for k in component if k.lower() == "lastupdatetimestamp"), None)
        if key is None:
            return None
        value = component[key]
        warnings.add(f"the time stamp is written {key}")
    return parse_stamp(value, warnings)


def parse_stamp(value: object, warnings: Warnings) -> datetime | None:
    """An RFC 3339 time in UTC; one without a zone is read as UTC, with a warning; None where unreadable."""
    if value is None:
        return None
    stamp = value.strip().upper() if isinstance(value, str) else ""
    try:
        if not _STAMP.fullmatch(stamp):
            raise ValueError
        at = datetime.fromisoformat(stamp.replace(" Z", "Z"))
        if at.tzinfo is None:
            warnings.add("a time stamp without a zone was read as UTC")
            at = at.replace(tzinfo=UTC)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        warnings.add(f"a time stamp could not be read ({clean(stamp, limit=40)})")
        return None
    if at.year < EARLIEST_YEAR:
        warnings.add(f"a time stamp of the year {at.year} was not used")
        return None
    return at
