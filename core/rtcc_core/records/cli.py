"""`rtcc journal show`, `rtcc journal verify` and `rtcc cad quarantine`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rtcc_core.adapters.journal_file import JournalUnreadable, must_be_journal, read_rows
from rtcc_core.adapters.journal_schema import in_words
from rtcc_core.adapters.journal_verify import Finding, Report, verify_file
from rtcc_core.commands import JOURNAL_NAME, default_state_dir
from rtcc_core.records.cad_import import add_import
from rtcc_core.records.cad_recordings import add_record, add_replay
from rtcc_core.records.cad_status import add_status
from rtcc_core.records.cad_try import add_try
from rtcc_core.records.journal_view import Selection, decoded, json_line, line
from rtcc_core.records.quarantine import list_quarantined, show_quarantined

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

POLL_EVERY_S = 0.5


def add_journal(subparsers: Subparsers) -> None:
    """Register `rtcc journal`."""
    parser = subparsers.add_parser(
        "journal",
        help="read the record of everything that happened, or prove that it is whole",
        description="The record of everything that happened. It is only read here, never changed; a core "
        "may be running.",
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    _add_show(verbs)
    verify = verbs.add_parser(
        "verify",
        help="prove that nobody and nothing has changed it",
        description="Follows the chain of hashes from the first event to the last, and looks at the tracks "
        "and the file itself. Exit code 0 and the count where everything is as it was written; 1 and the "
        "number of the first bad event where it is not.",
    )
    verify.add_argument("file", type=Path, metavar="FILE", help="the journal, such as journal.db")
    verify.set_defaults(run=_verify)


def _add_show(verbs: Subparsers) -> None:
    show = verbs.add_parser(
        "show",
        help="one line for each event",
        description="One line for each event: number, time (UTC), who, what happened, in words.",
    )
    _add_place(show)
    show.add_argument("--call", metavar="ID", help="only what belongs to this call, its flights included")
    show.add_argument("--flight", metavar="ID", help="only what belongs to this flight")
    show.add_argument("--follow", action="store_true", help="go on with new events until Ctrl-C")
    show.add_argument("--json", action="store_true", help="whole events, one JSON object on each line")
    show.set_defaults(run=_show)


def add_cad(subparsers: Subparsers) -> None:
    """Register `rtcc cad`."""
    parser = subparsers.add_parser(
        "cad",
        help="how the feeds stand, what could not be used, recording and replay",
        description="What comes from CAD and from the other sources of calls.",
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    quarantine = verbs.add_parser(
        "quarantine",
        help="list the messages that could not be used, or show one whole",
        description="Messages from CAD that could not be used are kept whole in the journal, with the "
        "reason. Exit code 1 where the one that was asked for is not there.",
    )
    _add_place(quarantine)
    quarantine.add_argument("--show", metavar="ID", help="print the whole message, made safe to look at")
    quarantine.add_argument("--json", action="store_true", help="one JSON object for each message")
    quarantine.set_defaults(run=_quarantine)
    add_status(verbs)
    add_record(verbs)
    add_replay(verbs)
    add_try(verbs)
    add_import(verbs)


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="the journal (default: the core's)"
    )
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help="the core's directory it lies in")


def _place(arguments: argparse.Namespace) -> Path:
    file: Path | None = arguments.file
    return file or (arguments.state_dir or default_state_dir()) / JOURNAL_NAME


def _show(arguments: argparse.Namespace) -> int:
    path = _place(arguments)
    selection = Selection(call=arguments.call, flight=arguments.flight)
    try:
        must_be_journal(path)
        seq = _print_new(path, 0, selection, as_json=arguments.json)
        while arguments.follow:
            time.sleep(POLL_EVERY_S)
            seq = _print_new(path, seq, selection, as_json=arguments.json)
    except JournalUnreadable as error:
        sys.stderr.write(f"rtcc journal show: {error}\n")
        return 1
    return 0


def _print_new(path: Path, seq: int, selection: Selection, *, as_json: bool) -> int:
    for row in read_rows(path, seq):
        stored = decoded(row)
        if stored is None or selection.wants(stored):
            sys.stdout.write(f"{json_line(row) if as_json else line(row, stored)}\n")
        seq = row.seq
    sys.stdout.flush()
    return seq


def _verify(arguments: argparse.Namespace) -> int:
    path: Path = arguments.file
    if not path.is_file():
        sys.stderr.write(
            f"rtcc journal verify: there is no file {path}: name the journal, such as journal.db\n"
        )
        return 1
    try:
        report = verify_file(path)
    except OSError as error:
        sys.stderr.write(f"rtcc journal verify: {path} cannot be read: {in_words(error)}\n")
        return 1
    sys.stdout.write(f"{verdict(report)}\n")
    return 0 if report.finding is Finding.INTACT else 1


def verdict(report: Report) -> str:
    """What verifying found, in words."""
    notes = "".join(f"\nnote: {note}" for note in report.notes)
    if report.finding is Finding.INTACT:
        tracks = f"\n{report.sealed_tracks} sealed telemetry track(s) match" if report.sealed_tracks else ""
        head = f"\nhead: {report.head.seq} {report.head.hash}"
        return f"INTACT: {report.count} events, each as it was written{tracks}{head}{notes}"
    if report.first_bad is None:
        count = report.count
        return f"{report.finding}: first bad event: none, all {count} read as written, but {report.reason}"
    words = f"{report.finding}: first bad event: {report.first_bad}: {report.reason}"
    if report.first_bad == 1:
        return words
    return f"{words}\nevents 1 to {report.first_bad - 1} are as they were written"


def _quarantine(arguments: argparse.Namespace) -> int:
    path = _place(arguments)
    try:
        must_be_journal(path)
        if arguments.show is not None:
            return show_quarantined(path, arguments.show, as_json=arguments.json)
        return list_quarantined(path, as_json=arguments.json)
    except JournalUnreadable as error:
        sys.stderr.write(f"rtcc cad quarantine: {error}\n")
        return 1
