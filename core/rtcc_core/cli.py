"""`rtcc`: one command, whose verbs the installed packages bring along."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from rtcc_core import __version__

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

COMMANDS_GROUP = "rtcc.commands"

DESCRIPTION = """\
The console that runs a city's drone-as-first-responder programme.

  rtcc drill      learn and practise: simulated aircraft, simulated calls, the real console
  rtcc console    the screen of a dispatcher or pilot; connects to a running core
  rtcc core       the service that owns the aircraft and the journal; started once per agency
"""

EPILOG = "Help on one of them: rtcc VERB --help. First time here? Type: rtcc drill"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    parser, missing = build_parser()
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as leaving:
        if leaving.code:
            _tell_missing(missing)
        raise
    run: Callable[[argparse.Namespace], int] | None = getattr(arguments, "run", None)
    if run is None:
        parser.print_help()
        _tell_missing(missing)
        return 0 if not missing else 1
    try:
        return run(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `rtcc journal show | head` is no failure of ours; nothing more can be written there.
        sys.stderr.close()
        return 0


def build_parser() -> tuple[argparse.ArgumentParser, dict[str, str]]:
    """The parser, and the verbs that could not be loaded with why."""
    parser = argparse.ArgumentParser(
        prog="rtcc",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"rtcc {__version__}")
    subparsers = parser.add_subparsers(title="verbs", metavar="VERB")
    missing: dict[str, str] = {}
    for entry in sorted(entry_points(group=COMMANDS_GROUP), key=lambda entry: entry.name):
        _add(entry, subparsers, missing)
    return parser, missing


def _add(entry: EntryPoint, subparsers: Subparsers, missing: dict[str, str]) -> None:
    """One broken package must not take the others' verbs away."""
    try:
        entry.load()(subparsers)
    except Exception as error:
        missing[entry.name] = f"{type(error).__name__}: {error}"


def _tell_missing(missing: dict[str, str]) -> None:
    for name, reason in missing.items():
        sys.stderr.write(f"rtcc: the verbs of “{name}” are missing: {reason}\n")


if __name__ == "__main__":
    sys.exit(main())
