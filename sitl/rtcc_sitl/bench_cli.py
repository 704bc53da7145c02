"""The options of `rtcc bench console`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

NAMES = ("paint", "steady", "keys", "slow", "stall", "console", "datatable", "large")
QUICK_S, QUICK_STALL_S = 5.0, 6.0
STALL_S = 60.0


def add_console(paths: Subparsers) -> None:
    """Register it."""
    console = paths.add_parser(
        "console",
        help="the console on a terminal under load, beside stock Textual DataTable",
        description="The console on a pty of 120x40, on a core with 200 open calls and 20 aircraft at 10 Hz: "
        "first paint, bytes a second, CPU and memory, key to screen, CAD to glyph, a terminal that reads "
        "10 kB/s, one that stops reading; again with 1,000 calls and 50 aircraft; beside two stock Textual "
        "DataTables on the same socket in the same run. Takes about three minutes. Prints a table with the "
        "budgets.",
    )
    console.add_argument(
        "--seconds", type=float, default=20.0, metavar="S", help="of steady output (default: 20)"
    )
    console.add_argument("--quick", action="store_true", help="5 s each, and a short stall: a first look")
    console.add_argument(
        "--only", type=names, default=(), metavar="WHAT,WHAT", help=f"measure only these: {', '.join(NAMES)}"
    )
    console.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    console.set_defaults(run=_run)


def names(text: str) -> tuple[str, ...]:
    """What may be asked for, of a list with commas. Raises argparse.ArgumentTypeError."""
    named = tuple(part.strip() for part in text.split(","))
    if unknown := [name for name in named if name not in NAMES]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is not measured; {', '.join(NAMES)} are")
    return named


def _run(arguments: argparse.Namespace) -> int:
    from rtcc_sitl.bench.console import Options, run

    return run(
        Options(
            seconds=QUICK_S if arguments.quick else arguments.seconds,
            stall_s=QUICK_STALL_S if arguments.quick else STALL_S,
            only=arguments.only,
            json_path=arguments.json,
        )
    )
