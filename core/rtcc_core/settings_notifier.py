"""`[notifier]` of agency.toml: who may see our calls and aircraft; and what `[[cad]]` subscribes to."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from rtcc_core.settings_check import Problems, shown
from rtcc_core.settings_lines import Place

NAMES = ("incident_id", "unit_id")


class NotifierSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where others subscribe to us, and in whose name we speak."""

    listen: str = "127.0.0.1:8444"
    """HOST:PORT; without certificates only on this machine itself."""
    element: str
    """Fully qualified name of this machine as others reach it; stands in every EIDO."""
    agency_id: str | None = None
    """Globally unique id of the agency; None: the element's name."""
    agency_type: str = "police"
    certificate_file: Path | None = None
    key_file: Path | None = None
    client_ca_file: Path | None = None
    """Authorities whose certificates others must show; with a certificate of ours it is required."""
    peers: tuple[str, ...] = ()
    """Names in the certificates of those who may come in; empty: all that client_ca_file vouches for."""
    feeds: tuple[str, ...] = ()
    """Names of the [[cad]] feeds whose calls are passed on; empty: all."""
    shares_notes: bool = False

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])

    @property
    def is_on_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def base_url(self) -> str:
        """How others reach it."""
        scheme = "https" if self.certificate_file else "http"
        return f"{scheme}://{self.element}:{self.port}"


def is_loopback(host: str) -> bool:
    """True for this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_notifier(table: Mapping[str, object] | None, feeds: Iterable[object], problems: Problems) -> None:
    """What one key of [notifier] must know of another, and of the feeds, whose names `feeds` are."""
    if table is None:
        return
    place: Place = ("notifier",)
    certificates = [key for key in ("certificate_file", "key_file", "client_ca_file") if key in table]
    host = str(table.get("listen", "127.0.0.1:8444")).rpartition(":")[0].strip("[]")
    if 0 < len(certificates) < 3:
        words = f"gives {' and '.join(certificates)} only"
        remedy = "certificate_file, key_file and client_ca_file belong together: give all three"
        problems.add(place, "[notifier] certificate_file", words, remedy)
    elif not certificates and not is_loopback(host):
        words = f"listens at {shown(host)} without certificates: anybody could read every call"
        remedy = 'Give certificate_file, key_file and client_ca_file, or listen = "127.0.0.1:8444"'
        problems.add((*place, "listen"), "[notifier] listen", words, remedy)
    if "peers" in table and not certificates:
        words, remedy = "names come from certificates, and there are none", "Give the three certificate files"
        problems.add((*place, "peers"), "[notifier] peers", words, remedy)
    for key in certificates:
        file = table[key]
        if isinstance(file, Path) and not file.is_file():
            words, remedy = f"there is no file {shown(str(file))}", "Put it there, or correct the path"
            problems.add((*place, key), f"[notifier] {key}", words, remedy)
    port = int(str(table.get("listen", ":8444")).rpartition(":")[2])
    if not 0 < port <= 65_535:
        words, remedy = f"there is no port {port}", "Ports go from 1 to 65535"
        problems.add((*place, "listen"), "[notifier] listen", words, remedy)
    known = set(feeds)
    wanted = table.get("feeds")
    for name in wanted if isinstance(wanted, list) else ():
        if name not in known:
            words, remedy = f"there is no feed {shown(name)}", "Name feeds as [[cad]] or [[webhook]] does"
            problems.add((*place, "feeds"), "[notifier] feeds", words, remedy)


def check_subscription(place: Place, table: Mapping[str, object], problems: Problems) -> None:
    """incident_id goes with single, unit_id with resource, and a filter with both of the others."""
    about = str(table.get("subscribes_to", "new"))
    wanted = {"single": "incident_id", "resource": "unit_id"}.get(about)
    for key in NAMES:
        if (key in table) is (key == wanted):
            continue
        if key == wanted:
            words, remedy = f"subscribes to {about} without {key}", f"Add {key}"
        else:
            words, remedy = f"does not go with {about}", f"Take it out, or correct subscribes_to ({about})"
        problems.add((*place, key), f"[[cad]] {key}", words, remedy)
    if "filter" in table and about == "single":
        words, remedy = "does not go with single", "Take it out (NENA-STA-024: no filter with an incident)"
        problems.add((*place, "filter"), "[[cad]] filter", words, remedy)
