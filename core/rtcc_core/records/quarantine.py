"""Messages from CAD that could not be used, as the journal keeps them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from rtcc_core.adapters.journal_file import read_rows
from rtcc_core.domain.events import MessageQuarantined
from rtcc_core.domain.text import clean
from rtcc_core.records.journal_view import decoded, stamp
from rtcc_core.wire.ledger import Row

_LINE_MAX = 1_000_000
"""A terminal line of the original is cleaned, never cut: it is shown because somebody needs to see it."""


def _quarantined(path: Path) -> Iterator[tuple[Row, MessageQuarantined]]:
    for row in read_rows(path):
        if row.kind != MessageQuarantined.__name__:
            continue
        stored = decoded(row)
        if stored is not None and isinstance(stored.event, MessageQuarantined):
            yield row, stored.event


def _size(event: MessageQuarantined) -> int:
    return len(event.original.encode("utf-8", "surrogatepass"))


def _as_json(row: Row, event: MessageQuarantined, *, whole: bool) -> str:
    value: dict[str, object] = {
        "id": event.quarantine_id, "seq": row.seq, "at": stamp(row.at_ms), "feed": event.feed,
        "reason": event.reason, "bytes": _size(event),
    }  # fmt: skip
    if whole:
        value["original"] = event.original
    return json.dumps(value, ensure_ascii=True)


def list_quarantined(path: Path, *, as_json: bool) -> int:
    """Print one line for each. Raises JournalUnreadable."""
    count = 0
    for row, event in _quarantined(path):
        count += 1
        if as_json:
            sys.stdout.write(f"{_as_json(row, event, whole=False)}\n")
            continue
        sys.stdout.write(
            f"{clean(event.quarantine_id, limit=24):<8}  {stamp(row.at_ms)}  {clean(event.feed, limit=32)}  "
            f"{_size(event):,} bytes  {clean(event.reason)}\n"
        )
    if not as_json:
        hint = "; see one whole: rtcc cad quarantine --show ID" if count else ""
        sys.stdout.write(f"{count} message{'' if count == 1 else 's'} in quarantine{hint}\n")
    return 0


def show_quarantined(path: Path, quarantine_id: str, *, as_json: bool) -> int:
    """Print one whole; 1 where it is not there. Raises JournalUnreadable."""
    for row, event in _quarantined(path):
        if event.quarantine_id != quarantine_id:
            continue
        if as_json:
            sys.stdout.write(f"{_as_json(row, event, whole=True)}\n")
            return 0
        sys.stdout.write(
            f"{clean(event.quarantine_id)} from {clean(event.feed)}, {stamp(row.at_ms)}\n"
            f"could not be used: {clean(event.reason)}\n{'-' * 72}\n"
        )
        for each in event.original.splitlines():
            indent = len(each) - len(each.lstrip(" "))
            sys.stdout.write(f"{' ' * min(indent, 72)}{clean(each, limit=_LINE_MAX)}\n")
        return 0
    sys.stderr.write(
        f"rtcc cad quarantine: there is no quarantined message {clean(quarantine_id)} in {path}; "
        "without --show all are listed\n"
    )
    return 1
