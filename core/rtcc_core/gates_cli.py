"""`rtcc gates D1 --to LAT,LON`: may this flight go, check by check, as the running core would answer."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rtcc_core.domain.call import Place, PlaceKind
from rtcc_core.domain.flight import GateResult, Verdict
from rtcc_core.domain.gates import RULES, Question, question, run_gates, unchecked
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_core.wire.console import Frame, Welcome

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

FIRST_FRAME_S = 5.0

MAY_GO, MAY_NOT_GO, CANNOT_TELL = 0, 1, 2
"""Exit codes."""


def add_gates(subparsers: Subparsers) -> None:
    """Register `rtcc gates`."""
    parser = subparsers.add_parser(
        "gates",
        help="print the launch checks of one aircraft for one place",
        description="Prints every launch check of one aircraft for one place, with its rule, as the running "
        "core would answer you now. Exit code 0: it may go; 1: something stands against it; 2: the question "
        "cannot be asked.",
    )
    parser.add_argument("drone", metavar="DRONE", help="callsign of the aircraft")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--to", type=_position, metavar="LAT,LON", help="decimal degrees, WGS 84")
    where.add_argument("--call", metavar="CALL", help="an open call")
    parser.add_argument("--socket", type=Path, metavar="PATH", help="the core's console socket")
    parser.set_defaults(run=_run)


def _position(text: str) -> LatLon:
    parts = text.replace(" ", "").split(",")
    try:
        latitude_deg, longitude_deg = (float(part) for part in parts)
        return LatLon(latitude_deg, longitude_deg)
    except ValueError as error:
        wrong = error if len(parts) == 2 else "write it as LAT,LON, for example 45.5231,-122.6765"
        raise argparse.ArgumentTypeError(f"{clean(text, limit=40)!r} is not a position: {wrong}") from error


def _run(arguments: argparse.Namespace) -> int:
    from rtcc_core.adapters.console_client import CoreUnreachable
    from rtcc_core.commands import default_socket

    try:
        welcome, frame = asyncio.run(_ask(arguments.socket or default_socket()))
        asked = _question(arguments, welcome, frame)
    except (CoreUnreachable, LookupError) as error:
        sys.stderr.write(f"rtcc gates: {error.args[0]}\n")
        return CANNOT_TELL
    results = run_gates(asked)
    sys.stdout.write("\n".join(report(asked, results)) + "\n")
    stands_against = any(result.verdict in (Verdict.BLOCK, Verdict.UNKNOWN) for result in results)
    return MAY_NOT_GO if stands_against else MAY_GO


async def _ask(socket_path: Path) -> tuple[Welcome, Frame]:
    from rtcc_core.adapters.console_client import CoreUnreachable, connect

    link = await connect(socket_path, client="gates")
    try:
        async with asyncio.timeout(FIRST_FRAME_S):
            async for message in link.messages():
                if isinstance(message, Frame):
                    return link.welcome, message
    except TimeoutError:
        pass
    finally:
        await link.close()
    raise CoreUnreachable("the core says nothing of its aircraft; look at `rtcc doctor`")


def _question(arguments: argparse.Namespace, welcome: Welcome, frame: Frame) -> Question:
    state = welcome.state
    drone = next((each for name, each in state.drones.items() if name == arguments.drone.upper()), None)
    drone = drone or state.drones.get(arguments.drone)
    if drone is None:
        names = ", ".join(state.drones) or "none"
        raise LookupError(f"there is no aircraft {clean(arguments.drone)}; the fleet: {names}")
    place = Place(position=arguments.to, kind=PlaceKind.CURRENT_INCIDENT)
    if arguments.call is not None:
        call = state.calls.get(arguments.call.upper()) or state.calls.get(arguments.call)
        if call is None:
            raise LookupError(f"there is no call {clean(arguments.call)}")
        place = call.place
    seen = next((each for each in frame.sky if each.drone == drone.callsign), None)
    if seen is None:
        raise LookupError(f"the core has no telemetry of {drone.callsign}")
    return question(state, drone, place, seen, frame.at, welcome.you, air=frame.air)


def report(asked: Question, results: tuple[GateResult, ...]) -> list[str]:
    """Lines for people: verdict, gate, reason, rule; then what nobody looks at."""
    rules = {rule.gate: rule for rule in RULES}
    where = asked.target or "a place that is not known"
    lines = [f"{asked.drone.callsign} to {where} at {asked.at:%Y-%m-%d %H:%M:%S} UTC"]
    for result in results:
        rule = rules[result.gate]
        since = f", since {rule.in_force_since}" if rule.in_force_since else ""
        words = f"{result.verdict.value:<7} {result.gate:<10} {result.reason}"
        lines.append(f"{words}  [{rule.citation}, v{rule.version}{since}]")
    lines += [f"{'-':<7} {name:<10} not set up: nobody looks" for name in unchecked(results)]
    against = [result.gate for result in results if result.verdict in (Verdict.BLOCK, Verdict.UNKNOWN)]
    lines.append(f"against it: {', '.join(against)}" if against else "it may go")
    return lines
