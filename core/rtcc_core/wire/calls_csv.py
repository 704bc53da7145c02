"""Calls as a spreadsheet writes them: CSV with a line of column names, through a map of columns.

    --columns id=Incident_Number,type=Nature,address=Location,latitude=Lat,longitude=Lon,started=Dispatched

A priority is read only with a table that says what its values mean: `--priorities "P1=1,P2=2,ROUTINE=5"`,
where 1 is the highest.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from rtcc_core.domain.call import CallReport, CallStatus, Note
from rtcc_core.domain.text import NOTE_MAX, clean
from rtcc_core.wire.mapping import folded
from rtcc_core.wire.push_values import (
    MAX_UID,
    Around,
    Unusable,
    Warnings,
    place_of,
    read_time,
)

FIELDS: Final = (
    "id", "number", "type", "priority", "status", "latitude", "longitude", "address", "beat", "note",
    "agency", "started", "updated",
)  # fmt: skip
ROWS_MAX: Final = 1_000_000
FILE_MAX_CHARS: Final = 64 * 1024 * 1024
_CLOSED: Final = frozenset({"closed", "cleared", "complete", "completed", "done", "c"})
_CANCELLED: Final = frozenset({"cancelled", "canceled", "void", "duplicate"})


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Which column is which field, and what priorities mean."""

    names: Mapping[str, str]
    """Field to the name of its column."""
    priorities: Mapping[str, int] = {}
    """The file's value, folded, to 1 (highest) … 5."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file: a call, or why it is none."""

    line: int
    report: CallReport | None = None
    reason: str = ""
    original: str = ""


def read_columns(text: str, priorities: str = "") -> Columns:
    """`id=Incident,type=Nature` and `P1=1,P2=2`. Raises ValueError, in words."""
    names: dict[str, str] = {}
    for field, column in _pairs(text, "--columns"):
        if field not in FIELDS:
            raise ValueError(f"{field!r} is no field of a call; there are: {', '.join(FIELDS)}")
        if field in names:
            raise ValueError(f"{field} stands twice in --columns")
        names[field] = column
    if "id" not in names and "number" not in names:
        raise ValueError("--columns names neither id nor number: a second import would double every call")
    if ("latitude" in names) is not ("longitude" in names):
        raise ValueError("latitude and longitude belong together: name both columns or neither")
    table: dict[str, int] = {}
    for value, ours in _pairs(priorities, "--priorities"):
        if ours not in ("1", "2", "3", "4", "5"):
            raise ValueError(f"the priority {ours!r} is not one of 1 (highest) … 5")
        table[folded(value)] = int(ours)
    if "priority" in names and not table:
        raise ValueError(
            "--columns names a priority, so --priorities must say what its values mean: "
            "P1=1,P2=2 (1 is the highest)"
        )
    return Columns(names=names, priorities=table)


def _pairs(text: str, option: str) -> Iterator[tuple[str, str]]:
    for part in next(csv.reader([text], skipinitialspace=True), []) if text.strip() else []:
        left, equals, right = part.partition("=")
        if not equals or not left.strip() or not right.strip():
            raise ValueError(f"{part!r} in {option} is not NAME=VALUE")
        yield left.strip(), right.strip()


def read_calls_csv(text: str, columns: Columns, around: Around) -> Iterator[Row]:
    """Each line as a call or as the reason why not. Raises Unusable where the file is no such table."""
    if len(text) > FILE_MAX_CHARS:
        raise Unusable(f"the file is larger than {FILE_MAX_CHARS // 1_048_576} MB")
    if "\0" in text:
        raise Unusable("the file is not text: it holds zero bytes")
    if text.lstrip()[:1] == "<":
        raise Unusable("this is a web page or XML, not CSV")
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        header = list(lines.fieldnames or [])
    except csv.Error as error:
        raise Unusable(f"the first line cannot be read: {error}") from None
    missing = [name for name in columns.names.values() if name not in header]
    if missing:
        have = clean(", ".join(header)) or "none"
        raise Unusable(f"the file has no column {', '.join(missing)}; it has: {have}")
    return _rows(lines, columns, around)


def _rows(lines: csv.DictReader[str], columns: Columns, around: Around) -> Iterator[Row]:
    count = 0
    while count < ROWS_MAX:
        count += 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line=lines.line_num, reason=f"the line cannot be read: {error}")
            continue
        original = ",".join(str(value) for value in cells.values())
        try:
            yield Row(line=lines.line_num, report=_report(cells, columns, around), original=original)
        except Unusable as error:
            yield Row(line=lines.line_num, reason=error.reason, original=original)


def _report(cells: Mapping[str, str | None], columns: Columns, around: Around) -> CallReport:
    warnings = Warnings()

    def cell(field: str) -> str:
        value = cells.get(columns.names.get(field, ""))
        return value.strip() if isinstance(value, str) else ""

    identity = clean(cell("id") or cell("number"), limit=MAX_UID + 1)
    if not identity:
        raise Unusable("it has no id")
    if len(identity) > MAX_UID:
        raise Unusable(f"its id has more than {MAX_UID} characters")
    started = read_time(cell("started"), "the start", around, warnings)
    updated = read_time(cell("updated"), "the time of its state", around, warnings)
    note, status = clean(cell("note"), limit=NOTE_MAX), cell("status")
    place = place_of(
        _coordinate(cell("latitude")),
        _coordinate(cell("longitude")),
        around,
        warnings,
        address=cell("address"),
    )
    return CallReport(
        feed=around.feed,
        incident_uid=identity,
        number=clean(cell("number") or cell("id"), limit=40),
        type_code=clean(cell("type")),
        type_text=clean(cell("type")),
        priority=_priority(cell("priority"), columns, warnings),
        status=_status(status),
        status_text=clean(status),
        place=place,
        beat=clean(cell("beat")),
        notes=(Note(text=note),) if note else (),
        agency=clean(cell("agency")),
        started_at=started,
        updated_at=updated or started or around.received_at,
        warnings=warnings.said(),
    )


def _coordinate(cell: str) -> object:
    """A number where it is one: in CSV everything is text, which is nothing to warn of."""
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell


def _priority(cell: str, columns: Columns, warnings: Warnings) -> int | None:
    if not cell:
        return None
    found = columns.priorities.get(folded(cell))
    if found is None:
        warnings.add(f"the priority {clean(cell, limit=40)} is not in --priorities")
    return found


def _status(cell: str) -> CallStatus:
    word = cell.casefold()
    if word in _CLOSED:
        return CallStatus.CLOSED
    return CallStatus.CANCELLED if word in _CANCELLED else CallStatus.ACTIVE
