"""[[cad]] of agency.toml: the feeds of calls, and what must be right about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from zoneinfo import available_timezones

import msgspec

from rtcc_core.domain.call import CallStatus
from rtcc_core.settings_check import Problems, nearest, shown
from rtcc_core.settings_lines import Place
from rtcc_core.settings_notifier import check_subscription


class CadFeed(msgspec.Struct, frozen=True, kw_only=True):
    """One feed of calls."""

    name: str
    """Stands in the journal as `feed:NAME`."""
    kind: str = "eido"
    url: str
    """`ws://` or `wss://`."""
    ca_file: Path | None = None
    """Certificates the CAD's own must come from; None: the system's."""
    certificate_file: Path | None = None
    """Our certificate, where the CAD asks for one."""
    key_file: Path | None = None
    min_rate_s: float = 10.0
    """The CAD must say something at least this often (NENA-STA-024 `minRate`)."""
    subscribes_to: str = "new"
    """new, single or resource (NENA-STA-024 `requestSubType`)."""
    incident_id: str = ""
    unit_id: str = ""
    filter: str = ""
    """The CAD's own filter language (`qualFilter`)."""
    max_rate_s: int | None = None
    expires_s: int = 3600
    location_hosts: tuple[str, ...] = ()
    """Hosts whose location links are followed."""
    types: Mapping[str, str] = {}
    """The agency's own meaning of this CAD's codes, before the registries': type code → words."""
    priorities: Mapping[str, int] = {}
    """Priority as the CAD writes it → 1 (highest) … 5."""
    statuses: Mapping[str, CallStatus] = {}
    """Incident status, common or internal → whether the call is open."""
    unit_statuses: Mapping[str, str] = {}
    """Unit status, common or internal → words."""


def check_feeds(tables: Iterable[tuple[Place, dict[str, object]]], problems: Problems) -> None:
    """What one key must know of another, and of this machine."""
    for place, table in tables:
        check_subscription(place, table, problems)
        if ("certificate_file" in table) is not ("key_file" in table):
            problems.add(
                place, "[[cad]] certificate_file", "certificate_file and key_file belong together",
                "Give both or neither",
            )  # fmt: skip
        for key in ("ca_file", "certificate_file", "key_file"):
            file = table.get(key)
            if isinstance(file, Path) and not file.is_file():
                problems.add(
                    (*place, key), f"[[cad]] {key}", f"there is no file {shown(str(file))}",
                    "Put it there, or correct the path",
                )  # fmt: skip


def check_zone(agency: Mapping[str, object], problems: Problems) -> None:
    """[agency] time_zone is one that this machine knows."""
    zone = agency.get("time_zone")
    if zone is None or zone in available_timezones():
        return
    near = nearest(str(zone), available_timezones())
    remedy = f'Did you mean "{near}"?' if near else 'Write for example time_zone = "America/Denver"'
    problems.add(
        ("agency", "time_zone"), "[agency] time_zone", f"there is no time zone {shown(zone)}", remedy
    )
