"""`rtcc map import FILE`: the map of a city for the consoles, from OpenStreetMap data or GeoJSON."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtcc_core.domain.geo import LatLon
    from rtcc_core.domain.street_map import Road, StreetMap

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

MADE, CANNOT = 0, 2
ENDING = ".rtccmap"


def add_map(subparsers: Subparsers) -> None:
    """Register `rtcc map`."""
    parser = subparsers.add_parser(
        "map",
        help="make the map that consoles show",
        description="The map that consoles show behind calls and aircraft: made once from a file of streets, "
        "named in agency.toml ([map] file), and sent to every console by the core.",
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    importing = verbs.add_parser(
        "import",
        help="make a map of OpenStreetMap extracts or GeoJSON files",
        description="Reads streets, paths, railways and water with their names and writes one compact map. "
        "OpenStreetMap extracts (.osm.pbf, .osm) need the extra `rtcc[map]`; GeoJSON (lines, with TIGER, "
        "NENA or OpenStreetMap properties) needs nothing more. Exit code 0: made; 2: a file cannot be used.",
    )
    importing.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an extract or GeoJSON file")
    importing.add_argument(
        "-o", "--out", type=Path, default=None, metavar="FILE",
        help=f"the map to write (default: the first FILE's name with {ENDING}, in this folder)",
    )  # fmt: skip
    importing.add_argument(
        "--around", type=_place, default=None, metavar="LAT,LON", help="only what is near this place …"
    )
    importing.add_argument(
        "--km", type=_reach, default=20.0, metavar="KM", help="… within so many kilometres of it (default 20)"
    )
    importing.add_argument("--credit", default=None, metavar="WORDS", help="who must be named on the map")
    importing.set_defaults(run=_import)
    showing = verbs.add_parser(
        "show",
        help="say what a map holds",
        description="Prints what an imported map holds: its extent, its lines by class, who must be named.",
    )
    showing.add_argument("file", type=Path, metavar="FILE", help=f"a map ({ENDING})")
    showing.set_defaults(run=_show)


def _import(arguments: argparse.Namespace) -> int:
    from rtcc_core.adapters.map_files import OSM_CREDIT, MapFileUnusable, is_osm, read_lines, within
    from rtcc_core.domain.street_map import MapUnusable, pack, street_map

    files: list[Path] = arguments.files
    credit = arguments.credit
    if credit is None:
        credit = OSM_CREDIT if any(is_osm(file) for file in files) else ""
    out: Path = arguments.out or Path(_stem(files[0]) + ENDING)
    roads: list[Road] = []
    try:
        for file in files:
            read = read_lines(file)
            roads += read.roads
            sys.stdout.write(f"{file.name}: {len(read.roads):,} lines, {read.passed_over:,} passed over\n")
            for problem in read.problems:
                sys.stderr.write(f"rtcc map: {file.name}, {problem}\n")
        if arguments.around is not None:
            roads = list(within(roads, arguments.around, arguments.km * 1000.0))
            if not roads:
                raise MapFileUnusable(
                    f"nothing lies within {arguments.km:g} km of that place: is it the right file?"
                )
        made = street_map(roads, name=_stem(files[0]), credit=credit)
        packed = pack(made)
        _write(out, packed)
    except (MapFileUnusable, MapUnusable) as error:
        sys.stderr.write(f"rtcc map: {error}\n")
        return CANNOT
    except OSError as error:
        sys.stderr.write(f"rtcc map: {out} cannot be written: {error.strerror or error}\n")
        return CANNOT
    sys.stdout.write("\n".join(_told(made)) + f"\nwritten: {out} ({len(packed) / 1000:,.0f} kB)\n")
    sys.stdout.write(f'in agency.toml:\n\n[map]\nfile = "{out}"\n')
    return MADE


def _show(arguments: argparse.Namespace) -> int:
    from rtcc_core.adapters.map_files import MapFileUnusable, read_map

    try:
        sys.stdout.write("\n".join(_told(read_map(arguments.file))) + "\n")
    except MapFileUnusable as error:
        sys.stderr.write(f"rtcc map: {error}\n")
        return CANNOT
    return MADE


def _told(made: StreetMap) -> list[str]:
    from rtcc_core.domain.street_map import RoadClass

    counts = Counter(made.classes)
    lines = [
        f"{made.name or 'a map'}: {len(made):,} lines, {made.points:,} points, {len(made.names) - 1:,} names"
    ]
    if (bounds := made.bounds) is not None:
        south_west = f"{bounds.south_deg:.4f}, {bounds.west_deg:.4f}"
        lines.append(f"from {south_west} to {bounds.north_deg:.4f}, {bounds.east_deg:.4f}")
    lines += [f"  {kind.name.lower():10} {counts[kind]:>8,}" for kind in RoadClass if counts[kind]]
    if made.credit:
        lines.append(made.credit)
    return lines


def _write(path: Path, packed: bytes) -> None:
    """Whole or not at all: a core that reads meanwhile sees the old map or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(packed)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _stem(path: Path) -> str:
    return path.name.split(".", 1)[0] or "city"


def _place(text: str) -> LatLon:
    from rtcc_core.domain.geo import LatLon

    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not LAT,LON, such as 38.42,-121.42") from None
    if not (abs(latitude) <= 90.0 and abs(longitude) <= 180.0):
        raise argparse.ArgumentTypeError(f"{text} is not on earth: the latitude comes first")
    return LatLon(latitude, longitude)


def _reach(text: str) -> float:
    try:
        km = float(text)
    except ValueError:
        km = 0.0
    if not 0.1 <= km <= 1000.0:
        raise argparse.ArgumentTypeError(f"{text} is not a number of kilometres, 0.1 to 1000")
    return km
