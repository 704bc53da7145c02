"""Real call history as a CAD's work: rows of a CSV file, in the order of time, each opened and later closed.

Open data is dirty in known ways: times without a zone, rows out of order, the same row twice, no coordinates,
0, 0. Nothing is repaired in silence: what is left out is counted by its reason.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO, cast
from zoneinfo import ZoneInfo

import msgspec

from rtcc_core.domain.call import CallReport, CallStatus, Place, PlaceKind
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean

FEED = "HISTORY"

KNOWN_COLUMNS: tuple[Mapping[str, str], ...] = (
    {"time": "received", "lat": "lat", "lon": "lng", "type": "title", "address": "twp"},
    {
        "time": "Datetime",
        "lat": "Latitude",
        "lon": "Longitude",
        "type": "Type",
        "address": "Address",
        "number": "Incident Number",
    },
)
"""Files that are known by their heading: Montgomery County (PA) and Seattle fire open data."""

PARTS = ("time", "lat", "lon", "type", "address", "number", "priority")
LONGEST_FIELD = 10_000


class HistoryError(ValueError):
    """The file cannot be used; the message says why and what to do."""


class HistoryCall(msgspec.Struct, frozen=True, kw_only=True):
    """One row that can be used."""

    number: str
    at: datetime
    type_text: str
    address: str
    position: LatLon | None
    priority: int | None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of a file in the order of time, and what was left out."""

    calls: tuple[HistoryCall, ...]
    left_out: Mapping[str, int]
    """How many rows by reason."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """At `at_s` seconds of the history's own time from its start CAD sends this state of a call."""

    at_s: float
    report: CallReport


def read_columns(text: str) -> dict[str, str]:
    """`time=Datetime,lat=Latitude,...`. Raises HistoryError."""
    columns: dict[str, str] = {}
    for part in text.split(","):
        key, _, column = part.partition("=")
        if key.strip() not in PARTS or not column.strip():
            raise HistoryError(f"{part!r} is no column: write PART=HEADING with a part of {', '.join(PARTS)}")
        columns[key.strip()] = column.strip()
    for needed in ("time", "type"):
        if needed not in columns:
            raise HistoryError(f"no column for {needed}: add {needed}=HEADING")
    return columns


def read_history(
    path: Path,
    *,
    columns: Mapping[str, str] | None = None,
    zone: str = "UTC",
    start: datetime | None = None,
    length: timedelta = timedelta(days=1),
    most: int = 100_000,
) -> History:
    """The calls of a stretch of the file, from `start` (its first call where None). Raises HistoryError."""
    try:
        with _open(path) as file:
            rows = csv.DictReader(file)
            headings = rows.fieldnames or ()
            found = dict(columns) if columns else _recognised(headings)
            _check_headings(found, headings)
            left_out: Counter[str] = Counter()
            calls = list(_calls(rows, found, ZoneInfo(zone), left_out))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise HistoryError(f"{path} cannot be read: {error}") from error
    except (KeyError, ValueError) as error:
        if isinstance(error, HistoryError):
            raise
        raise HistoryError(f"there is no time zone {zone!r}: write one such as America/New_York") from error
    calls.sort(key=lambda call: (call.at, call.number))
    begin = start or (calls[0].at if calls else datetime.min.replace(tzinfo=UTC))
    chosen = [call for call in calls if begin <= call.at < begin + length]
    return History(calls=tuple(_once(chosen, left_out))[:most], left_out=dict(left_out))


def steps(history: History, *, open_for: timedelta, started_at: datetime, speed: float) -> list[Step]:
    """What CAD sends, in the order of time: each call as it came, and as it was closed.

    `started_at` is now: the reports carry times of today, so that they are news; history's seconds become
    `speed` times shorter.
    """
    if not history.calls:
        return []
    first = history.calls[0].at
    found: list[Step] = []
    for call in history.calls:
        at_s = (call.at - first).total_seconds()
        closed_s = at_s + open_for.total_seconds()
        came = started_at + timedelta(seconds=at_s / speed)
        gone = started_at + timedelta(seconds=closed_s / speed)
        found.append(Step(at_s=at_s, report=_report(call, CallStatus.ACTIVE, came)))
        found.append(Step(at_s=closed_s, report=_report(call, CallStatus.CLOSED, gone)))
    return sorted(found, key=lambda step: step.at_s)


def _report(call: HistoryCall, status: CallStatus, updated_at: datetime) -> CallReport:
    return CallReport(
        feed=FEED,
        incident_uid=f"urn:emergency:uid:incidentid:{call.number}:history.invalid",
        number=call.number,
        type_text=call.type_text,
        priority=call.priority,
        status=status,
        place=Place(position=call.position, address=call.address, kind=PlaceKind.CURRENT_INCIDENT),
        updated_at=updated_at,
    )


# --- rows -------------------------------------------------------------------------------------------


def _open(path: Path) -> TextIO:
    opener = gzip.open if path.suffix == ".gz" else open
    return cast(TextIO, opener(path, "rt", encoding="utf-8", errors="replace", newline=""))


def _recognised(headings: Sequence[str]) -> dict[str, str]:
    for known in KNOWN_COLUMNS:
        if set(known.values()) <= set(headings):
            return dict(known)
    raise HistoryError(
        f"the headings {', '.join(clean(each, limit=30) for each in headings) or '(none)'} are not known: "
        "say which is which with --columns time=…,lat=…,lon=…,type=…,address=…,number=…"
    )


def _check_headings(columns: Mapping[str, str], headings: Sequence[str]) -> None:
    for part, column in columns.items():
        if column not in headings:
            has = ", ".join(clean(each, limit=30) for each in headings)
            raise HistoryError(f"there is no column {column!r} (for {part}); the file has {has}")


def _calls(
    rows: Iterator[Mapping[str, str]] | csv.DictReader[str],
    columns: Mapping[str, str],
    zone: ZoneInfo,
    left_out: Counter[str],
) -> Iterator[HistoryCall]:
    for index, row in enumerate(rows, 1):
        at = _time(_field(row, columns, "time"), zone)
        type_text = clean(_field(row, columns, "type").rstrip(" -"))
        if at is None or not type_text:
            left_out["no time" if at is None else "no type"] += 1
            continue
        position = _position(_field(row, columns, "lat"), _field(row, columns, "lon"))
        if position is None:
            left_out["no coordinates (sent without)"] += 1
        number = clean(_field(row, columns, "number"), limit=12) or f"H{index}"
        priority = _field(row, columns, "priority")
        yield HistoryCall(
            number=number,
            at=at,
            type_text=type_text,
            address=clean(_field(row, columns, "address")),
            position=position,
            priority=int(priority) if priority.isdecimal() and 1 <= int(priority) <= 5 else None,
        )


def _once(calls: Sequence[HistoryCall], left_out: Counter[str]) -> Iterator[HistoryCall]:
    """Each incident number once, the earliest; and each exact repetition once."""
    numbers: set[str] = set()
    rows: set[tuple[object, ...]] = set()
    for call in calls:
        content = (call.at, call.type_text, call.address, call.position)
        if call.number in numbers or content in rows:
            left_out["twice"] += 1
            continue
        numbers.add(call.number)
        rows.add(content)
        yield call


def _field(row: Mapping[str, str], columns: Mapping[str, str], part: str) -> str:
    column = columns.get(part)
    value = row.get(column) if column else None
    return (value or "").strip()[:LONGEST_FIELD]


def _time(text: str, zone: ZoneInfo) -> datetime | None:
    """ISO 8601; one without a zone is the agency's own. 24:10 is no time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def _position(latitude: str, longitude: str) -> LatLon | None:
    try:
        values = float(latitude), float(longitude)
        position = LatLon(*values) if all(math.isfinite(value) for value in values) else None
    except ValueError:
        return None
    return None if position is None or position.is_null_island else position
