"""The simulator's verbs: `rtcc drill`, `rtcc sitl …`, `rtcc bench`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rtcc_sitl import bench_cli, cli_values, sitl_cli
from rtcc_sitl.scenario import shipped

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add(subparsers: Subparsers) -> None:
    """Register the verbs."""
    _add_drill(subparsers)
    sitl_cli.add(subparsers)
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
        "--scenario",
        default="first-flight",
        metavar="NAME|FILE",
        help=f"what happens: {', '.join(shipped())}, or a file (default: first-flight)",
    )
    parser.add_argument(
        "--speed",
        type=cli_values.speed,
        default=1.0,
        metavar="N",
        help="times faster than life, 1 to 20 (default: 1)",
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
    cli_values.add_personality(parser)
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


# --- bench ------------------------------------------------------------------------------------------


def _add_bench(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "bench",
        help="measure the product beside the bare minimum it stands on",
        description="Measure one path of the product: figures, aims, and whether they were met. The exit "
        "code is 0 also where an aim was missed.",
    )
    paths = parser.add_subparsers(title="paths", metavar="PATH", required=True)
    first_flight = paths.add_parser(
        "first-flight",
        help="CAD to console, console to MAVLink",
        description="A call from CAD to a console's hands, a launch from a console to the MAVLink wire. "
        "Prints one JSON object.",
    )
    first_flight.add_argument(
        "--samples", type=int, default=200, metavar="N", help="of each path, at least (default: 200)"
    )
    first_flight.set_defaults(run=_bench_first_flight)
    fleet = paths.add_parser(
        "fleet",
        help="hearing and holding a fleet, beside plain pymavlink and mavsdk",
        description="CPU for each aircraft, age of positions, hold to one and to all, silent aircraft, a "
        "stalled loop; beside plain pymavlink and plain mavsdk in the same run. Takes about fifteen "
        "minutes. Prints a table.",
    )
    fleet.add_argument(
        "--aircraft",
        type=cli_values.fleet_sizes,
        default=(1, 5, 20, 50),
        metavar="N,N",
        help="sizes of the fleet (default: 1,5,20,50)",
    )
    fleet.add_argument("--seconds", type=float, default=5.0, metavar="S", help="of each run (default: 5)")
    fleet.add_argument("--rounds", type=int, default=3, metavar="N", help="of each comparison (default: 3)")
    fleet.add_argument("--only", choices=("load", "hold", "stall"), help="measure one thing")
    fleet.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    fleet.set_defaults(run=_bench_fleet)
    _add_bench_cad(paths)
    bench_cli.add_console(paths)


def _add_bench_cad(paths: Subparsers) -> None:
    cad = paths.add_parser(
        "cad",
        help="calls from CAD, durable before they are acknowledged, into a console's hands",
        description="EIDOs of about 3 kB at so many a second, evenly and at once: from due to acknowledged, "
        "and to folded in a console; a first list of thousands of incidents into three consoles; beside "
        "websockets and json alone and SQLite's commits alone in the same run. Takes about two minutes. "
        "Prints a table.",
    )
    cad.add_argument(
        "--rates",
        type=cli_values.event_rates,
        default=(10, 100, 1_000),
        metavar="N,N",
        help="events a second (default: 10,100,1000)",
    )
    cad.add_argument("--seconds", type=float, default=10.0, metavar="S", help="of each rate (default: 10)")
    cad.add_argument(
        "--incidents", type=int, default=5_000, metavar="N", help="of the first list (default: 5000)"
    )
    cad.add_argument("--aircraft", type=int, default=10, metavar="N", help="of the fleet (default: 10)")
    cad.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    cad.set_defaults(run=_bench_cad)


def _bench_cad(arguments: argparse.Namespace) -> int:
    from rtcc_sitl.bench.cad import Options, run

    return run(
        Options(
            rates=arguments.rates,
            seconds=arguments.seconds,
            incidents=arguments.incidents,
            aircraft=arguments.aircraft,
            json_path=arguments.json,
        )
    )


def _bench_first_flight(arguments: argparse.Namespace) -> int:
    from rtcc_sitl.bench.first_flight import run

    return run(samples=arguments.samples)


def _bench_fleet(arguments: argparse.Namespace) -> int:
    from rtcc_sitl.bench.fleet import Options, run

    return run(
        Options(
            aircraft=arguments.aircraft,
            seconds=arguments.seconds,
            rounds=arguments.rounds,
            only=arguments.only,
            json_path=arguments.json,
        )
    )
