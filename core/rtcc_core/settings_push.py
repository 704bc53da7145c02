"""[listener], [[webhook]] and [[ticketscad]] of agency.toml as values, and what must be right about them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path
from zoneinfo import available_timezones

import msgspec

from rtcc_core.settings_check import Problems, nearest, shown
from rtcc_core.settings_lines import Place
from rtcc_core.wire.mapping import Mapping as JsonMapping
from rtcc_core.wire.mapping import MappingWrong, read_mapping

Table = dict[str, object]
Tables = Iterable[tuple[Place, Table]]

_MAPPED_ONLY = ("makes", "each", "map", "coordinate_order", "types", "statuses", "kinds")


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """Where senders push to."""

    address: str = "127.0.0.1"
    port: int = 8443
    certificate_file: Path | None = None
    key_file: Path | None = None


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """One sender."""

    name: str
    kind: str
    path: str
    auth: str
    secret_file: Path
    time_zone: str | None = None
    """None: the agency's."""
    silent_after_min: float | None = None
    makes: str = "call"
    each: str = "$"
    map: Mapping[str, str] = {}
    coordinate_order: str = ""
    types: Mapping[str, str] = {}
    priorities: Mapping[str, int] = {}
    statuses: Mapping[str, str] = {}
    kinds: Mapping[str, str] = {}

    def mapping(self) -> JsonMapping:
        """Of a mapped webhook. Raises MappingWrong."""
        return read_mapping(
            self.map,
            makes=self.makes,
            each=self.each,
            types=self.types,
            priorities=self.priorities,
            statuses=self.statuses,
            kinds=self.kinds,
            coordinate_order=self.coordinate_order,
        )


class TicketsCadServer(msgspec.Struct, frozen=True, kw_only=True):
    """One TicketsCAD that is asked."""

    name: str
    url: str
    token_file: Path
    time_zone: str | None = None
    poll_every_s: float = 15.0
    ca_file: Path | None = None


def check_push(
    listener: Table | None, *, webhooks: Tables, ticketscad: Tables, cad: Tables, problems: Problems
) -> None:
    """What one table must know of another, and what stands on the disk."""
    hooks, servers = list(webhooks), list(ticketscad)
    _check_listener(listener, hooks, problems)
    for place, table in hooks:
        _check_webhook(place, table, problems)
        _check_files(place, "[[webhook]]", table, ("secret_file",), problems)
    for place, table in servers:
        _check_zone(place, "[[ticketscad]]", table, problems)
        _check_files(place, "[[ticketscad]]", table, ("token_file", "ca_file"), problems)
        if str(table.get("url", "")).startswith("http:") and not _is_loopback_url(str(table["url"])):
            what = "a token would travel in the open"
            problems.add((*place, "url"), "[[ticketscad]] url", what, "Write https://")
    _check_names(hooks, servers, cad, problems)


def _check_listener(listener: Table | None, hooks: list[tuple[Place, Table]], problems: Problems) -> None:
    if listener is None:
        if hooks:
            what, remedy = "is missing, so nobody listens to [[webhook]]", "Add [listener] with port = 8443"
            problems.add(hooks[0][0], "[listener]", what, remedy)
        return
    place: Place = ("listener",)
    if ("certificate_file" in listener) is not ("key_file" in listener):
        what = "certificate_file and key_file belong together"
        problems.add(place, "[listener] certificate_file", what, "Give both or neither")
    _check_files(place, "[listener]", listener, ("certificate_file", "key_file"), problems)
    address = str(listener.get("address", "127.0.0.1"))
    if "certificate_file" not in listener and not _is_loopback(address):
        what = f"{shown(address)} can be reached by others, and there is no certificate"
        remedy = "Give certificate_file and key_file, or listen at 127.0.0.1"
        problems.add((*place, "address"), "[listener] address", what, remedy)


def _check_webhook(place: Place, table: Table, problems: Problems) -> None:
    _check_zone(place, "[[webhook]]", table, problems)
    kind = table.get("kind")
    for key in _MAPPED_ONLY:
        if key in table and kind in ("flock", "active911", "ticketscad"):
            what = f"means nothing to a webhook of kind {kind}"
            problems.add((*place, key), f"[[webhook]] {key}", what, 'Leave it out, or write kind = "mapped"')
    if kind != "mapped":
        return
    try:
        read_mapping(
            _texts(table, "map"),
            makes=str(table.get("makes", "call")),
            each=str(table.get("each", "$")),
            types={key: str(value) for key, value in _texts(table, "types").items()},
            priorities={k: v for k, v in _texts(table, "priorities").items() if isinstance(v, int)},
            statuses={key: str(value) for key, value in _texts(table, "statuses").items()},
            kinds={key: str(value) for key, value in _texts(table, "kinds").items()},
            coordinate_order=str(table.get("coordinate_order", "")),
        )
    except MappingWrong as wrong:
        keys = wrong.key.split(".")
        remedy = "See docs/administrator.md, and try it: rtcc cad try FILE.json"
        problems.add((*place, *keys), f"[[webhook]] {wrong.key}", str(wrong), remedy)


def _texts(table: Table, key: str) -> dict[str, object]:
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def _check_names(
    hooks: list[tuple[Place, Table]], servers: list[tuple[Place, Table]], cad: Tables, problems: Problems
) -> None:
    """A name is one feed; a TicketsCAD and its own webhook are one."""
    taken = {str(table.get("name", "")).casefold() for _, table in cad}
    asked = {str(table.get("name", "")).casefold() for _, table in servers}
    for place, table in (*servers, *hooks):
        name = str(table.get("name", "")).casefold()
        is_own = table.get("kind") == "ticketscad" and name in asked
        if name and (name in taken or ("kind" in table and name in asked and not is_own)):
            what = f"{shown(table.get('name'))} is the name of another feed"
            problems.add((*place, "name"), "name", what, "Give every feed its own name")


def _check_zone(place: Place, title: str, table: Table, problems: Problems) -> None:
    zone = table.get("time_zone")
    if zone is not None and zone not in available_timezones():
        near = nearest(str(zone), available_timezones())
        remedy = f'Did you mean "{near}"?' if near else 'Write for example time_zone = "America/Denver"'
        problems.add(
            (*place, "time_zone"), f"{title} time_zone", f"there is no time zone {shown(zone)}", remedy
        )


def _check_files(place: Place, title: str, table: Table, keys: Iterable[str], problems: Problems) -> None:
    for key in keys:
        file = table.get(key)
        if isinstance(file, Path) and not file.is_file():
            what, remedy = f"there is no file {shown(str(file))}", "Put it there, or correct the path"
            problems.add((*place, key), f"{title} {key}", what, remedy)


def _is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_loopback_url(url: str) -> bool:
    host = url.partition("://")[2].partition("/")[0]
    return _is_loopback(
        host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]
    )
