"""How the tests are spread over workers: what runs in real time never fights for the machine.

Drills, real sockets and terminals keep deadlines of their own. They go to two workers in all, whatever the
machine; the rest goes wherever there is room.
"""

from __future__ import annotations

from pathlib import Path

import pytest

REAL_TIME = frozenset({"drills", "contracts", "pty"})
"""Folders whose tests are about what happens in real time."""

LANES = 2


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    timed = [item for item in items if _is_timed(item)]
    for number, item in enumerate(timed):
        item.add_marker(pytest.mark.xdist_group(f"real time {number % LANES}"))


def _is_timed(item: pytest.Item) -> bool:
    folder = Path(str(item.path)).parent.name
    return folder in REAL_TIME or item.get_closest_marker("drill") is not None
