"""`rtcc settings example` and `rtcc settings check FILE`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rtcc_core.settings import Settings, SettingsError, read_settings
from rtcc_core.settings_fields import SECTIONS
from rtcc_core.settings_kinds import Field, Kind, Section, Unit

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_OPENING = """\
# agency.toml: how this agency flies. Check it with: rtcc settings check agency.toml
#
# The unit is part of a key's name: _m metres, _m_s metres per second, _s seconds, _min minutes.
# Numbers stand bare, text in double quotes. Keys behind a # are left out; their defaults hold.
"""


def add_settings(subparsers: Subparsers) -> None:
    """Register `rtcc settings`."""
    parser = subparsers.add_parser(
        "settings",
        help="write or check the agency's settings file",
        description="The agency's settings file.",
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    example = verbs.add_parser(
        "example",
        help="print a complete, commented agency.toml",
        description="Prints a complete agency.toml that passes the check, every key with its meaning, "
        "unit and bounds.",
    )
    example.set_defaults(run=_example)
    check = verbs.add_parser(
        "check",
        help="name every mistake in a file with its line, key and remedy",
        description="Names every mistake in a file with its line, key and remedy. Exit code 0 where there "
        "is none, else 1.",
    )
    check.add_argument("file", type=Path, metavar="FILE", help="the agency.toml to check")
    check.set_defaults(run=_check)


def example_text() -> str:
    """A complete agency.toml, every key with its meaning, unit and bounds."""
    return _OPENING + "\n" + "\n\n".join(_section_text(section) for section in SECTIONS) + "\n"


def _section_text(section: Section) -> str:
    lines = [f"# {section.doc}", section.title if section.is_shown else f"# {section.title}"]
    for field in section.fields:
        behind = "" if section.is_shown and field.is_shown else "# "
        lines += [f"# {_explained(field)}", f"{behind}{field.key} = {field.example}"]
    return "\n".join(lines)


def _explained(field: Field) -> str:
    parts = [field.doc]
    if field.kind in (Kind.NUMBER, Kind.INTEGER) and field.low is not None and field.high is not None:
        has_unit = field.unit not in (Unit.NONE, Unit.FRACTION)
        unit = f" {field.unit.value.partition(' (')[0]}" if has_unit else ""
        parts.append(f"{field.low:.15g} to {field.high:.15g}{unit}.")
    if len(field.choices) > 1:
        parts.append(f"One of: {', '.join(field.choices)}.")
    if field.is_required:
        parts.append("Required.")
    return " ".join(parts)


def _example(arguments: argparse.Namespace) -> int:
    sys.stdout.write(example_text())
    return 0


def _check(arguments: argparse.Namespace) -> int:
    path: Path = arguments.file
    try:
        settings = read_settings(path)
    except SettingsError as error:
        count = len(error.problems)
        sys.stdout.write(f"{error}\n{path}: {count} problem{'s' if count > 1 else ''}\n")
        return 1
    sys.stdout.write(f"{path}: good: {summary(settings)}\n")
    return 0


def summary(settings: Settings) -> str:
    """What a settings file holds, in one line."""
    counts: tuple[tuple[int, str, str], ...] = (
        (len(settings.sites), "site", "sites"),
        (len(settings.drones), "drone", "drones"),
        (len(settings.people), "person", "people"),
        (len(settings.cad), "CAD feed", "CAD feeds"),
    )
    others = (
        (len(settings.webhooks), "webhook", "webhooks"),
        (len(settings.ticketscad), "TicketsCAD", "TicketsCADs"),
        (len(settings.traffic), "traffic receiver", "traffic receivers"),
        (len(settings.airspace), "airspace file", "airspace files"),
        (len(settings.streets), "street file", "street files"),
        (len(settings.assets), "asset file", "asset files"),
    )
    counts += tuple(each for each in others if each[0])
    words = ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts)
    return f"{settings.programme.agency}: {words}"
