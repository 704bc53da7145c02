"""[console] of agency.toml: the socket, and what this agency calls verbs, keys and statuses.

What a verb or a key may be called only the console knows. Packages register who checks that under the
entry point group `rtcc.settings_checks`: a clash is found by `rtcc settings check` and before a core starts.
"""

from __future__ import annotations

import grp
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

import msgspec

from rtcc_core.domain.renames import Misnamed, Renames
from rtcc_core.settings_check import Problems, shown

SOCKET_PATH_MAX_BYTES = 107
"""`sun_path` of a Unix socket on Linux, without its closing zero byte (unix(7))."""

CHECKS_GROUP = "rtcc.settings_checks"

Check = Callable[[Renames, tuple[str, ...]], Iterable[Misnamed]]
"""Of the agency's words and the callsigns of its aircraft."""

log = logging.getLogger(__name__)


def check_console(
    console: Mapping[str, object], callsigns: tuple[str, ...], problems: Problems, *, has_group: bool = True
) -> None:
    """The socket's place, its group (if it must be there already), and words that can be told apart."""
    socket, group = console.get("socket"), console.get("group")
    if socket is not None and len(os.fsencode(str(socket))) > SOCKET_PATH_MAX_BYTES:
        problems.add(
            ("console", "socket"), "[console] socket",
            f"a socket's path has at most {SOCKET_PATH_MAX_BYTES} bytes",
            "Choose a shorter one, under /run",
        )  # fmt: skip
    if has_group and group is not None and not _has_group(str(group)):
        problems.add(
            ("console", "group"), "[console] group", f"this machine has no group {shown(group)}",
            f"Make it (groupadd {group}), or leave the key out",
        )  # fmt: skip
    renames = renames_of(console)
    if renames.is_empty:
        return
    for entry in sorted(entry_points(group=CHECKS_GROUP), key=lambda entry: entry.name):
        for wrong in _asked(entry, renames, callsigns):
            place = ("console", wrong.table, wrong.name)
            problems.add(place, f"[console.{wrong.table}] {wrong.name}", wrong.what, wrong.remedy)


def renames_of(console: Mapping[str, object]) -> Renames:
    """The agency's words; only of values that were checked."""
    return msgspec.convert({key: console.get(key, {}) for key in ("verbs", "keys", "status")}, Renames)


def _asked(entry: EntryPoint, renames: Renames, callsigns: tuple[str, ...]) -> Iterable[Misnamed]:
    """A package that is broken keeps no core from starting; its console keeps the shipped words."""
    try:
        check: Check = entry.load()
    except Exception as error:
        log.warning("the names of [console] were not checked by %s: %s", entry.name, error)
        return ()
    return check(renames, callsigns)


def _has_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
