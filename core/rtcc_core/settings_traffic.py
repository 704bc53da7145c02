"""[[traffic]] of agency.toml: the receivers of other people's aircraft, and what must be right about each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from rtcc_core.settings_check import Problems, shown
from rtcc_core.settings_lines import Place

WAYS = ("file", "url", "sbs")


class TrafficReceiver(msgspec.Struct, frozen=True, kw_only=True):
    """One receiver; exactly one of `file`, `url` and `sbs` is given."""

    name: str
    file: Path | None = None
    """An aircraft.json on this machine."""
    url: str | None = None
    """An aircraft.json on a web server."""
    sbs: str | None = None
    """HOST:PORT of an SBS server."""
    ca_file: Path | None = None


def check_receivers(tables: Iterable[tuple[Place, dict[str, object]]], problems: Problems) -> None:
    """What one key must know of another."""
    for place, table in tables:
        given = [key for key in WAYS if key in table]
        if len(given) != 1:
            what = f"gives {' and '.join(given)}" if given else "gives none of file, url and sbs"
            remedy = "Give one of file, url and sbs; two receivers are two [[traffic]] tables"
            problems.add(place, "[[traffic]]", what, remedy)
        port = str(table.get("sbs", ":1")).rpartition(":")[2]
        if not 0 < int(port) <= 65_535:
            problems.add(
                (*place, "sbs"), "[[traffic]] sbs", f"there is no port {port}", "Ports go from 1 to 65535"
            )
        ca_file = table.get("ca_file")
        if isinstance(ca_file, Path) and not ca_file.is_file():
            what, remedy = f"there is no file {shown(str(ca_file))}", "Put it there, or correct the path"
            problems.add((*place, "ca_file"), "[[traffic]] ca_file", what, remedy)
