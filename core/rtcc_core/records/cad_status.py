"""`rtcc cad status`: how every source of calls and of the air stands, as the running core knows it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rtcc_core.domain.gazetteer import Gazetteer
from rtcc_core.domain.state import Feed, State
from rtcc_core.domain.text import clean
from rtcc_core.wire.console import Frame, Locate, Located, Welcome

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ANSWER_WITHIN_S = 5.0

ALL_UP, SOME_DOWN, CANNOT_TELL = 0, 1, 2
"""Exit codes."""


class SourceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One source, as it is printed."""

    name: str
    kind: str
    """feed, receiver, weather or streets."""
    is_up: bool
    since: datetime | None = None
    """Since when it is up, or down."""
    heard_age_s: float | None = None
    """Seconds since it last said something new; None: not yet, or not known."""
    tolerated: int = 0
    tolerated_kinds: dict[str, int] = {}
    quarantined: int = 0
    detail: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the core answered."""

    welcome: Welcome
    frame: Frame
    streets: Located


def add_status(verbs: Subparsers) -> None:
    """Register `rtcc cad status`."""
    parser = verbs.add_parser(
        "status",
        help="each feed: up since when, what was tolerated, what is in quarantine",
        description="Asks the running core how each of its sources stands. Exit code 0: all are up; 1: "
        "one is down; 2: the core cannot be asked.",
    )
    parser.add_argument("--socket", type=Path, metavar="PATH", help="the core's console socket")
    parser.add_argument("--json", action="store_true", help="one JSON object for each source")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from rtcc_core.adapters.console_client import CoreUnreachable
    from rtcc_core.commands import default_socket

    try:
        told = asyncio.run(_ask(arguments.socket or default_socket()))
    except CoreUnreachable as error:
        sys.stderr.write(f"rtcc cad status: {error}\n")
        return CANNOT_TELL
    found = sources(told)
    if arguments.json:
        lines = [msgspec.json.encode(each).decode() for each in found]
    else:
        lines = report(found, told.frame.at)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return ALL_UP if all(each.is_up for each in found) else SOME_DOWN


async def _ask(socket_path: Path) -> Told:
    from rtcc_core.adapters.console_client import CoreUnreachable, connect

    link = await connect(socket_path, client="cad status")
    frame: Frame | None = None
    streets: Located | None = None
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await link.query(Locate(query_id="status", text=_ANY_PLACE))
            async for message in link.messages():
                frame = message if isinstance(message, Frame) else frame
                streets = message if isinstance(message, Located) else streets
                if frame is not None and streets is not None:
                    return Told(welcome=link.welcome, frame=frame, streets=streets)
    except TimeoutError:
        pass
    finally:
        await link.close()
    raise CoreUnreachable("the core does not answer; look at `rtcc doctor`")


_ANY_PLACE = "1 MAIN ST"


def sources(told: Told) -> list[SourceStatus]:
    """Every source that the core has heard of, feeds of calls first."""
    state, frame = told.welcome.state, told.frame
    found = [_of_feed(feed, frame.at) for feed in state.feeds.values()]
    found += [
        SourceStatus(
            name=each.name, kind="receiver", is_up=each.is_up, heard_age_s=each.age_s, detail=each.detail
        )
        for each in frame.air.sources
        if each.is_standing
    ]
    found += _of_weather(state, frame.at)
    if told.streets.trouble != Gazetteer().locate(_ANY_PLACE).trouble:
        found.append(SourceStatus(name="street files", kind="streets", is_up=True, detail="read"))
    return found


def _of_feed(feed: Feed, at: datetime) -> SourceStatus:
    return SourceStatus(
        name=feed.name,
        kind="feed",
        is_up=feed.is_up,
        since=feed.since,
        heard_age_s=None if feed.heard_at is None else (at - feed.heard_at).total_seconds(),
        tolerated=feed.tolerated,
        tolerated_kinds=feed.tolerated_kinds,
        quarantined=feed.quarantined,
        detail=feed.detail,
    )


def _of_weather(state: State, at: datetime) -> list[SourceStatus]:
    weather = state.weather
    if weather is None:
        return []
    age_s = (at - weather.observed_at).total_seconds()
    return [SourceStatus(name=clean(weather.source), kind="weather", is_up=True, heard_age_s=age_s)]


# --- for people ---------------------------------------------------------------------------------------


def report(found: list[SourceStatus], at: datetime) -> list[str]:
    """Lines for people: each source, then what was tolerated of it, the most frequent first."""
    lines = [f"{at:%Y-%m-%d %H:%M:%S} UTC"]
    for each in found:
        since = f" since {each.since:%Y-%m-%d %H:%M:%S}" if each.since else ""
        heard = "" if each.heard_age_s is None else f", last news {_age(each.heard_age_s)} ago"
        counts = f", {each.tolerated} tolerated, {each.quarantined} in quarantine"
        head = f"{'up' if each.is_up else 'DOWN':<4} {clean(each.name, limit=32)} ({each.kind}){since}{heard}"
        lines.append(
            f"{head}{counts if each.kind == 'feed' else ''}{f': {each.detail}' if each.detail else ''}"
        )
        kinds = sorted(each.tolerated_kinds.items(), key=lambda kind: (-kind[1], kind[0]))
        lines += [f"     {count:>7} x {words}" for words, count in kinds]
    return lines if found else [*lines, "no source was heard since the journal began"]


def _age(age_s: float) -> str:
    if age_s < 120.0:
        return f"{max(0.0, age_s):.0f} s"
    return f"{age_s / 60.0:.0f} min" if age_s < 7_200.0 else f"{age_s / 3_600.0:.0f} h"
