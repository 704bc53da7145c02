"""The simulator's verbs: `rtcc drill`, `rtcc sitl …`, `rtcc bench`."""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

SLOWEST, FASTEST = 1.0, 20.0


def add(subparsers: Subparsers) -> None:
    """Register the verbs."""
    _add_drill(subparsers)
    _add_sitl(subparsers)
    _add_bench(subparsers)


# --- drill ------------------------------------------------------------------------------------------


def _add_drill(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "drill",
        help="learn and practise: simulated aircraft, simulated calls, the real console",
        description="A drill: simulated aircraft and a simulated CAD, the real core, the real console. "
        "Nothing leaves this machine. `q` in the console ends it.",
    )
    parser.add_argument(
        "--scenario", default="first-flight", metavar="NAME|FILE", help="what happens (default: first-flight)"
    )
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="times faster than life, 1 to 20 (default: 1)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of gusts and sensors (default: 1)")
    parser.add_argument(
        "--state-dir", type=Path, metavar="DIR", help="where journal and logs stay (default: per user)"
    )
    parser.add_argument(
        "--vehicles",
        metavar="URL",
        help="fly MAVLink aircraft that you started yourself (PX4 or ArduPilot SITL), "
        "e.g. udpin://127.0.0.1:14550; the scenario is laid around their homes; --speed is what they run at",
    )
    _add_personality(parser)
    parser.add_argument("--headless", action="store_true", help="no console: an automatic operator flies it")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what was reached as JSON")
    parser.add_argument("--plain", action="store_true", help="the console line by line, no full screen")
    parser.set_defaults(run=_drill)


def _drill(arguments: argparse.Namespace) -> int:
    from rtcc_sitl.drill import Options, run

    return run(
        Options(
            scenario=arguments.scenario,
            speed=arguments.speed,
            seed=arguments.seed,
            state_dir=arguments.state_dir,
            vehicles_url=arguments.vehicles,
            personality=arguments.personality,
            is_headless=arguments.headless,
            report_path=arguments.report,
            is_plain=arguments.plain,
        )
    )


# --- sitl -------------------------------------------------------------------------------------------


def _add_sitl(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "sitl",
        help="parts of the simulated world, one by one",
        description="Parts of the simulated world, for trying one thing at a time.",
    )
    parts = parser.add_subparsers(title="parts", metavar="PART", required=True)
    world = parts.add_parser(
        "world",
        help="aircraft, CAD and wind of a scenario",
        description="The outside of a drill: its aircraft on the air, its CAD on a websocket. It says "
        "where they are as JSON on stdout, begins the timeline at a line `start` on stdin, ends with stdin.",
    )
    world.add_argument("--scenario", default="first-flight", metavar="NAME|FILE", help="what happens")
    world.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="times faster than life, 1 to 20"
    )
    world.add_argument("--seed", type=int, default=1, metavar="S", help="of gusts and sensors")
    world.add_argument(
        "--fleet-port", type=int, default=14550, metavar="PORT", help="UDP port of the ground station"
    )
    world.add_argument(
        "--epoch",
        type=_moment,
        metavar="TIME",
        help="ISO 8601: then the drill's clock agreed with the wall's",
    )
    world.add_argument("--weather-file", type=Path, metavar="FILE", help="where to keep writing the wind")
    world.add_argument(
        "--aircraft-file", type=Path, metavar="FILE", help="where to keep writing aircraft.json"
    )
    world.add_argument(
        "--aircraft-dialect",
        choices=("readsb", "mutability"),
        default="readsb",
        help="whose aircraft.json: readsb and dump1090-fa, or dump1090-mutability (default: readsb)",
    )
    _add_personality(world)
    world.add_argument("--visitors", metavar="JSON", help="aircraft flown by others, as `sitl find` says")
    world.set_defaults(run=_world)
    find = parts.add_parser(
        "find",
        help="which aircraft speak on a port",
        description="Listen for MAVLink aircraft with a position good enough to fly on; print them as JSON.",
    )
    find.add_argument("url", metavar="URL", help="a MAVSDK address, e.g. udpin://127.0.0.1:14550")
    find.add_argument("--count", type=int, default=1, metavar="N", help="how many to wait for (default: 1)")
    find.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds (default: 60)")
    find.set_defaults(run=_find)


def _world(arguments: argparse.Namespace) -> int:
    import msgspec

    from rtcc_core.clocks import DrillClock
    from rtcc_sitl.layout import Visitor, lay_out
    from rtcc_sitl.scenario import ScenarioError, flown_by, load
    from rtcc_sitl.world import World

    visitors = None
    try:
        if arguments.visitors is not None:
            visitors = msgspec.json.decode(arguments.visitors, type=list[Visitor])
        layout = lay_out(flown_by(load(arguments.scenario), arguments.personality), visitors)
    except (ScenarioError, msgspec.DecodeError) as error:
        sys.stderr.write(f"rtcc sitl world: {error}\n")
        return 2
    epoch = arguments.epoch or datetime.now(UTC)

    async def run() -> None:
        world = World(
            layout,
            clock=DrillClock(arguments.speed, epoch, epoch),
            seed=arguments.seed,
            fleet_port=arguments.fleet_port,
            has_aircraft=visitors is None,
            weather_file=arguments.weather_file,
            aircraft_file=arguments.aircraft_file,
            aircraft_dialect=arguments.aircraft_dialect,
        )
        await world.run()

    asyncio.run(run())
    return 0


def _find(arguments: argparse.Namespace) -> int:
    from rtcc_sitl.visitors import print_visitors

    return asyncio.run(print_visitors(arguments.url, count=arguments.count, timeout_s=arguments.timeout))


# --- bench ------------------------------------------------------------------------------------------


def _add_bench(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "bench",
        help="measure the product and print the figures as JSON",
        description="Measure one path of the product and print one JSON object: figures, aims, and whether "
        "they were met. The exit code is 0 also where an aim was missed.",
    )
    parser.add_argument("name", choices=("first-flight",), help="what to measure")
    parser.add_argument(
        "--samples", type=int, default=200, metavar="N", help="of each path, at least (default: 200)"
    )
    parser.set_defaults(run=_bench)


def _bench(arguments: argparse.Namespace) -> int:
    from rtcc_sitl.bench.first_flight import run

    return run(samples=arguments.samples)


def _add_personality(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--personality",
        choices=("px4", "ardupilot"),
        help="whose manners the simulated aircraft have (default: as the scenario says, else px4)",
    )


# --- values -----------------------------------------------------------------------------------------


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not SLOWEST <= speed <= FASTEST:
        raise argparse.ArgumentTypeError(f"{text} is not a factor from {SLOWEST:g} to {FASTEST:g}")
    return speed


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a time such as 2026-03-01T18:00:00+00:00") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
