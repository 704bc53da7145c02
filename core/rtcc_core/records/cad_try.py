"""`rtcc cad try FILE`: what would become of a message, without a core, a journal or a network."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rtcc_core.domain.call import Place
from rtcc_core.domain.facts import AlertReported, CallReported, Fact, FeedSnapshotTaken, MessageUnusable
from rtcc_core.domain.text import clean

if TYPE_CHECKING:
    from rtcc_core.settings_push import Webhook

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

FILE_MAX_BYTES = 1024 * 1024


def add_try(verbs: Subparsers) -> None:
    """Register `rtcc cad try`."""
    verb = verbs.add_parser(
        "try",
        help="show what would become of a message in a file, without a core",
        description="Reads a message as the [[webhook]] of that name would, and prints what was found, what "
        "was tolerated, what is missing, and the call or alert that would come of it. Nothing is sent or "
        "stored. Exit code 0 where something comes of it, 1 where it would go into quarantine.",
    )
    verb.add_argument("file", type=Path, metavar="FILE", help="the message's body, such as message.json")
    verb.add_argument(
        "--webhook", required=True, metavar="NAME", help="name of the [[webhook]] in agency.toml"
    )
    verb.add_argument(
        "--settings", type=Path, default=Path("agency.toml"), metavar="FILE", help="default: agency.toml here"
    )
    verb.add_argument("--at", metavar="PATH", help="below the webhook's own path, such as /cad/events/active")
    verb.set_defaults(run=_try)


def _try(arguments: argparse.Namespace) -> int:
    from rtcc_core.settings import SettingsError, read_settings

    try:
        settings = read_settings(arguments.settings)
        webhook = next((each for each in settings.webhooks if each.name == arguments.webhook), None)
        if webhook is None:
            names = ", ".join(each.name for each in settings.webhooks) or "none"
            raise ValueError(f"there is no [[webhook]] {clean(arguments.webhook)}; there are: {names}")
        with arguments.file.open("rb") as file:
            raw: bytes = file.read(FILE_MAX_BYTES + 1)
        if len(raw) > FILE_MAX_BYTES:
            raise ValueError(f"{arguments.file} is larger than 1 MB, which the listener does not take")
        at = arguments.at if arguments.at is not None else guessed_path(webhook, raw)
        lines, code = asyncio.run(outcome(webhook, settings, raw, at))
    except SettingsError as error:
        sys.stderr.write(f"rtcc cad try: {arguments.settings} cannot be used\n{error}\n")
        return 2
    except (OSError, ValueError) as error:
        sys.stderr.write(f"rtcc cad try: {error}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return code


def guessed_path(webhook: Webhook, raw: bytes) -> str:
    """Which of a Flock sender's addresses the body is for, by its shape."""
    from rtcc_core.wire.push_values import Unusable, decode_json

    if webhook.kind != "flock":
        return ""
    try:
        body = decode_json(raw)
    except Unusable:
        return "/cad/events"
    if isinstance(body, list) or (isinstance(body, dict) and "events" in body):
        return "/cad/events/active"
    is_alert = isinstance(body, dict) and ("objectId" in body or "title" in body)
    return "/alerts" if is_alert else "/cad/events"


async def outcome(webhook: Webhook, settings: object, raw: bytes, at: str) -> tuple[list[str], int]:
    """The lines to print, and the exit code. Raises ValueError for an address that is none."""
    from rtcc_core.adapters.push_request import Refusal, Request
    from rtcc_core.clocks import SystemClock
    from rtcc_core.place_plan import Paper, place_finder_on_paper
    from rtcc_core.push_plan import source_of
    from rtcc_core.settings import Settings

    assert isinstance(settings, Settings)
    paper = Paper()
    source = source_of(webhook, settings, place_finder_on_paper(settings, paper), SystemClock())
    request = Request(method="POST", path=at, body=raw, received_at=datetime.now(UTC))
    try:
        reply = await source.take(request)
    except Refusal as refusal:
        raise ValueError(f"{at or '/'}: {refusal}") from None
    lines = [f"{webhook.name} ({webhook.kind}){f' at {at}' if at else ''}: answered with HTTP {reply.status}"]
    lines += _found(webhook, raw)
    for fact in paper.facts:
        lines += _told(fact)
    if not paper.facts:
        lines.append(f"nothing would come of it: {reply.fields.get('why', 'it says nothing new')}")
    return lines, 0 if reply.status < 300 else 1


def _found(webhook: Webhook, raw: bytes) -> Iterator[str]:
    """Of a mapped webhook, field by field what stands there."""
    from rtcc_core.wire import mapped_json
    from rtcc_core.wire.push_values import Unusable, decode_json

    if webhook.kind != "mapped":
        return
    try:
        incidents = mapped_json.incidents(webhook.mapping(), decode_json(raw))
    except Unusable:
        return
    for number, incident in enumerate(incidents[:20], start=1):
        yield f"found in incident {number} of {len(incidents)}:"
        for row in mapped_json.explain(webhook.mapping(), incident):
            yield f"  {row.field:<14} {row.path:<32} {row.value or 'MISSING: nothing stands there'}"


def _told(fact: Fact) -> Iterator[str]:
    match fact:
        case CallReported(report=call):
            yield f"CALL {call.number or call.incident_uid} (id {call.incident_uid})"
            yield _line("type", call.type_text)
            yield _line("priority", f"{call.priority} (1 is the highest)" if call.priority else "")
            yield _line("status", f"{call.status.value} {call.status_text}".strip())
            yield from _where(call.place)
            yield _line("started", f"{call.started_at:%Y-%m-%d %H:%M:%S} UTC" if call.started_at else "")
            yield _line("units", ", ".join(f"{unit.callsign} {unit.status}".strip() for unit in call.units))
            yield from (_line("note", note.text) for note in call.notes)
            yield from (_line(detail.kind, detail.text) for detail in call.details)
            yield from (_line("tolerated", words) for words in call.warnings)
        case AlertReported(report=alert):
            yield f"ALERT {alert.title} (id {alert.alert_uid})"
            yield _line("kind", alert.kind.value)
            yield _line("priority", f"{alert.priority} (1 is the highest)" if alert.priority else "")
            yield from _where(alert.place)
            yield _line("sensed", f"{alert.sensed_at:%Y-%m-%d %H:%M:%S} UTC")
            yield _line("reason", alert.reason)
            if alert.retracted:
                yield _line("taken back", alert.retracted)
            yield from (_line("tolerated", words) for words in alert.warnings)
        case FeedSnapshotTaken(incident_uids=uids):
            yield f"ACTIVE LIST of {len(uids)}: this sender's open calls not in it are marked missing"
        case MessageUnusable(reason=reason):
            yield f"QUARANTINE: {reason}"
        case _:
            yield type(fact).__name__


def _where(place: Place) -> Iterator[str]:
    yield _line("address", place.address)
    doubt = " CONFIRM BEFORE FLYING" if place.needs_confirmation else ""
    found = f" {place.found_by}" if place.found_by else ""
    yield _line("position", f"{place.position}{found}{doubt}" if place.position else "")


def _line(name: str, value: str) -> str:
    return f"  {name:<14} {value or 'MISSING'}"
