"""`rtcc locate "laguna blvd / bruceville rd"`: what the agency's street files answer, without a core."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtcc_core.domain.streets import Lookup

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

FOUND, NOT_CERTAIN, CANNOT_TELL = 0, 1, 2
"""Exit codes."""

SETTINGS_NAME = "agency.toml"


def add_locate(subparsers: Subparsers) -> None:
    """Register `rtcc locate`."""
    parser = subparsers.add_parser(
        "locate",
        help="find a typed address or crossing in the agency's street files",
        description="Prints where a typed address, crossing or block is by the street files of agency.toml: "
        "quality, uncertainty, position and name of each match. Needs no core. Exit code 0: one certain "
        "match; 1: none, several or a guess; 2: the files cannot be searched.",
    )
    parser.add_argument("place", nargs="+", metavar="PLACE", help="such as: 'laguna blvd / bruceville rd'")
    parser.add_argument(
        "--settings",
        type=Path,
        default=Path(SETTINGS_NAME),
        metavar="FILE",
        help=f"the agency's settings (default: {SETTINGS_NAME} in this folder)",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from rtcc_core.commands import streets_of
    from rtcc_core.settings import SettingsError, read_settings

    try:
        settings = read_settings(arguments.settings)
    except SettingsError as error:
        sys.stderr.write(f"rtcc locate: {arguments.settings} cannot be used\n{error}\n")
        return CANNOT_TELL
    streets = streets_of(settings)
    streets.refresh()
    for problem in streets.problems:
        sys.stderr.write(f"rtcc locate: {problem}\n")
    found = streets.locate(" ".join(arguments.place))
    sys.stdout.write("\n".join(report(found)) + "\n")
    if not settings.streets:
        return CANNOT_TELL
    return FOUND if found.certain else NOT_CERTAIN


def report(found: Lookup) -> list[str]:
    """Lines for people."""
    if found.trouble:
        return [found.trouble]
    lines = []
    for match in found.matches:
        guess = "did you mean: " if match.is_suggestion else ""
        lines.append(f"{match.position}  {guess}{match}")
    if found.more:
        lines.append(f"and {found.more} more: say which part of the city, or the whole name")
    elif found.certain is None:
        nowhere = not any(match.may_be_flown_to for match in found.matches)
        lines.append("not certain: no number or crossing was found" if nowhere else "not certain: choose one")
    return lines
