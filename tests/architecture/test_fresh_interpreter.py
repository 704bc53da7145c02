"""What a room really loads, seen from a new Python: the import rules as they come out at run time.

import-linter reads the source; this looks at `sys.modules` and so also sees imports made inside
functions at import time, by name, or by a library on our behalf.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

_LOAD_ALL = """
import importlib, json, pkgutil, sys
names = set()
for root in sys.argv[1:]:
    names.add(root)
    package = importlib.import_module(root)
    for found in pkgutil.walk_packages(getattr(package, "__path__", ()), root + "."):
        if not found.name.endswith("__main__"):
            names.add(found.name)
for name in sorted(names):
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""

AIRCRAFT_AND_RECORDS = {"mavsdk", "grpc", "pymavlink", "aiosqlite", "sqlite3"}
NETWORK = {"websockets", "socket", "asyncio"}
SCREEN = {"textual", "rich"}


def loaded_by(*roots: str) -> set[str]:
    """Every module in memory once all modules under `roots` are imported into a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", _LOAD_ALL, *roots], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, f"importing {', '.join(roots)} fails:\n{done.stderr}"
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("roots", "forbidden"),
    [
        (["rtcc_core.domain"], AIRCRAFT_AND_RECORDS | NETWORK | SCREEN | {"rtcc_core.wire", "logging"}),
        (["rtcc_core.wire"], AIRCRAFT_AND_RECORDS | SCREEN | {"websockets", "asyncio", "rtcc_core.adapters"}),
        (["rtcc_core.domain", "rtcc_core.wire", "rtcc_core.ports"], AIRCRAFT_AND_RECORDS | SCREEN),
        # httpx loads rich, where it is installed, for a command line of its own: only textual draws here.
        (["rtcc_core"], {"textual", "rtcc_tui", "rtcc_sitl", "pymavlink"}),
        (["rtcc_tui"], AIRCRAFT_AND_RECORDS | {"rtcc_sitl", "rtcc_core.daemon", "rtcc_core.desk"}),
        (["rtcc_sitl"], SCREEN | {"rtcc_tui"}),
    ],
    ids=["domain", "wire", "pure rooms together", "core", "console", "simulator"],
)
def test_a_room_loads_nothing_it_must_not_know(roots: list[str], forbidden: set[str]) -> None:
    assert sorted(loaded_by(*roots) & forbidden) == []


def test_help_waits_for_no_heavy_library() -> None:
    # A dispatcher who types `rtcc --help` gets an answer, not the loading time of aircraft and screens.
    ask = (
        "import json, sys; from rtcc_core.cli import build_parser; build_parser(); "
        "print(json.dumps([*sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, timeout=60)
    heavy = {"mavsdk", "grpc", "pymavlink", "aiosqlite", "websockets", "textual"}
    heavy |= {"shapely", "numpy", "uvicorn", "httpx", "avwx"}
    assert sorted(set(json.loads(done.stdout)) & heavy) == []


def test_the_console_is_where_textual_lives() -> None:
    # Keeps the rules above honest: a room that failed to load anything would pass them all.
    assert "textual" in loaded_by("rtcc_tui")


def test_the_desk_knows_no_socket_library_and_no_aircraft() -> None:
    middle = ["rtcc_core.desk", "rtcc_core.outbox", "rtcc_core.watch", "rtcc_core.fanout"]
    loaded = loaded_by(*middle)
    assert sorted(loaded & {"mavsdk", "grpc", "websockets", "aiosqlite", "rtcc_core.adapters"}) == []
