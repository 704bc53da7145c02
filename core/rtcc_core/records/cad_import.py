"""`rtcc cad import FILE.csv`: calls of a spreadsheet into a running core, as a person would open them.

For agencies without a CAD, and for the morning after it failed. It goes through the console's own door, so
the operating system says who is asking and the person's role decides. The same call twice opens once.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rtcc_core.commands import default_socket
from rtcc_core.domain.call import CallReport, CallStatus, Place
from rtcc_core.domain.commands import OpenCall
from rtcc_core.domain.facts import CallReported
from rtcc_core.domain.text import NOTE_MAX, clean

if TYPE_CHECKING:
    from rtcc_core.wire.calls_csv import Row

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

LIMIT = 200
"""Calls that one import opens unless more are asked for: a floor can work no more at once."""

ANSWER_WITHIN_S = 10.0

DEFAULT_SETTINGS = Path("agency.toml")


def add_import(verbs: Subparsers) -> None:
    """Register `rtcc cad import`."""
    verb = verbs.add_parser(
        "import",
        help="open the calls of a CSV file in a running core",
        description="Opens each open call of a CSV file, as the person who types this would. The same file "
        "twice opens nothing twice. With --dry-run it only tells what would be opened. Exit code 1 where a "
        "line could not be used or was refused.",
    )
    verb.add_argument("file", type=Path, metavar="FILE", help="CSV with a line of column names, UTF-8")
    verb.add_argument(
        "--columns",
        required=True,
        metavar="MAP",
        help="id=Incident,type=Nature,address=Location,latitude=Lat,…",
    )
    verb.add_argument(
        "--priorities", default="", metavar="MAP", help="what its priorities mean, 1 the highest: P1=1,P2=2"
    )
    verb.add_argument(
        "--time-zone", default="UTC", metavar="ZONE", help="of its times, such as America/Denver"
    )
    verb.add_argument(
        "--limit", type=int, default=LIMIT, metavar="N", help=f"at most so many (default {LIMIT})"
    )
    verb.add_argument(
        "--socket", type=Path, metavar="PATH", help="the core's socket (default: as the console)"
    )
    verb.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="whose street files find the addresses (default: agency.toml here, where there is one)",
    )
    verb.add_argument("--dry-run", action="store_true", help="tell what would be opened; connect to nothing")
    verb.set_defaults(run=_import)


def _import(arguments: argparse.Namespace) -> int:
    from rtcc_core.adapters.console_client import CoreUnreachable

    try:
        rows = read_rows(arguments.file, arguments.columns, arguments.priorities, arguments.time_zone)
        wanted, bad = _sorted(rows, arguments.limit)
        wanted = _with_places(wanted, arguments.settings)
        if arguments.dry_run:
            for row in wanted:
                assert row.report is not None
                sys.stdout.write(f"line {row.line}: {_in_words(row.report)}{_at(row.report.place)}\n")
            refused = 0
        else:
            refused = asyncio.run(_send(wanted, arguments.socket or default_socket()))
    except (OSError, ValueError, CoreUnreachable, TimeoutError) as error:
        sys.stderr.write(f"rtcc cad import: {error or 'the core did not answer in time'}\n")
        return 1
    done = f"{len(wanted) - refused} calls {'would be opened' if arguments.dry_run else 'are open'}"
    sys.stdout.write(f"{done}, {refused} refused, {bad} lines not used\n")
    return 1 if refused or bad else 0


def read_rows(file: Path, columns: str, priorities: str, zone: str) -> Iterator[Row]:
    """Raises OSError, and ValueError, in words, for a file or a map that cannot be used."""
    from zoneinfo import ZoneInfo, available_timezones

    from rtcc_core.wire.calls_csv import FILE_MAX_CHARS, read_calls_csv, read_columns
    from rtcc_core.wire.push_values import Around

    if zone not in available_timezones():
        raise ValueError(f"there is no time zone {clean(zone, limit=40)}; write for example America/Denver")
    with file.open("rb") as opened:
        raw = opened.read(FILE_MAX_CHARS + 1)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{file} is not UTF-8; save it as “CSV UTF-8”") from None
    around = Around(feed="csv", received_at=datetime.now(UTC), zone=ZoneInfo(zone))
    return read_calls_csv(text, read_columns(columns, priorities), around)


def _sorted(rows: Iterator[Row], limit: int) -> tuple[list[Row], int]:
    """The open calls, up to the limit, and how many lines could not be used; the rest is told of."""
    wanted: list[Row] = []
    bad = ended = 0
    for row in rows:
        if row.report is None:
            bad += 1
            sys.stderr.write(f"line {row.line}: not used: {row.reason}\n")
        elif row.report.status is not CallStatus.ACTIVE:
            ended += 1
        else:
            wanted.append(row)
            for words in row.report.warnings:
                sys.stderr.write(f"line {row.line}: {words}\n")
    if ended:
        sys.stderr.write(f"{ended} calls are closed already and are left out\n")
    if len(wanted) > limit:
        raise ValueError(
            f"the file has {len(wanted)} open calls; more than {limit} need --limit {len(wanted)}"
        )
    return wanted, bad


def _with_places(rows: Sequence[Row], file: Path | None) -> list[Row]:
    """The rows, their addresses found as a live call's are. Raises ValueError for settings that are wrong."""
    from rtcc_core.place_plan import Paper, place_finder_on_paper
    from rtcc_core.settings import SettingsError, read_settings

    if file is None and not DEFAULT_SETTINGS.exists():
        return list(rows)
    try:
        settings = read_settings(file or DEFAULT_SETTINGS)
    except SettingsError as error:
        raise ValueError(f"{file or DEFAULT_SETTINGS} cannot be used\n{error}") from None
    paper = Paper()
    facts = [CallReported(report=row.report) for row in rows if row.report is not None]
    asyncio.run(place_finder_on_paper(settings, paper).store(facts, source="import"))
    placed: list[Row] = []
    for row, fact in zip(rows, paper.facts, strict=True):
        assert isinstance(fact, CallReported), "only calls were asked for"
        for detail in fact.report.details if fact.report.place.position is None else ():
            sys.stderr.write(f"line {row.line}: {detail.text}\n")
        placed.append(msgspec.structs.replace(row, report=fact.report))
    return placed


def _at(place: Place) -> str:
    return f" at {place.position} {place.found_by}".rstrip() if place.position is not None else ""


async def _send(rows: Sequence[Row], socket: Path) -> int:
    """How many were refused. Raises CoreUnreachable and TimeoutError."""
    from rtcc_core.adapters.console_client import connect
    from rtcc_core.wire.console import Answer, AnswerStatus

    link = await connect(socket, client="import")
    refused = 0
    try:
        messages = link.messages()
        for row in rows:
            assert row.report is not None
            command = open_call(row.report)
            await link.do(command)
            answer: Answer | None = None
            async with asyncio.timeout(ANSWER_WITHIN_S):
                async for message in messages:
                    if isinstance(message, Answer) and message.command_id == command.command_id:
                        answer = message
                        break
            if answer is None:
                raise OSError("the core went away; import again when it is back, nothing opens twice")
            if answer.status is not AnswerStatus.DONE:
                refused += 1
                sys.stderr.write(f"line {row.line}: refused: {'; '.join(answer.reasons)}\n")
    finally:
        await link.close()
    return refused


def open_call(report: CallReport) -> OpenCall:
    """The command that opens it; its id is made of the call's own id and start, so that it opens once."""
    digest = hashlib.sha256(f"{report.incident_uid}\0{report.started_at}".encode()).hexdigest()[:40]
    place = report.place
    return OpenCall(
        command_id=f"csv-{digest}",
        text=clean(_in_words(report), limit=NOTE_MAX),
        call_type=report.type_text,
        position=place.position,
        label=place.address,
        found_by=place.found_by,
        uncertainty_m=place.uncertainty_m,
        priority=report.priority,
    )


def _in_words(report: CallReport) -> str:
    started = f"started {report.started_at:%Y-%m-%d %H:%M} UTC" if report.started_at else ""
    notes = (note.text for note in report.notes)
    parts = (report.number, report.type_text, report.place.address, started, *notes)
    return ", ".join(part for part in parts if part)
