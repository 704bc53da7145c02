"""How the tests are spread over workers: what runs in real time never fights for the machine.

Drills, real sockets and terminals keep deadlines of their own, and mostly wait. They go to LANES workers in
all, whatever the machine, the long ones first and to each lane about the same; the rest goes wherever there
is room. `make test` starts one worker more than there are lanes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

REAL_TIME = frozenset({"drills", "contracts", "pty"})
"""Folders whose tests are about what happens in real time."""

LANES = 3

LONG_S = {
    "test_long_drills.py": 65.0,
    "test_traffic_drill.py": 23.0,
    "test_core_restart.py": 19.0,
    "test_bench.py": 17.0,
    "test_bench_fleet.py": 17.0,
    "test_bench_cad.py": 10.0,
    "test_first_flight.py": 9.0,
    "test_drill_on_a_terminal.py": 8.0,
    "test_sim_payload.py": 6.0,
    "test_flights.py": 3.0,
    "test_traffic_feeds.py": 3.0,
    "test_mavsdk_fleet.py": 2.4,
    "test_mavsdk_payload.py": 2.3,
    "test_sim_is_px4.py": 2.3,
    "test_two_houses.py": 2.3,
    "test_mavsdk_radio.py": 2.0,
    "test_cad_field_peer.py": 1.9,
    "test_eido_notifier.py": 1.5,
    "test_sim_is_ardupilot.py": 1.4,
    "test_mavsdk_ardupilot.py": 0.9,
}
"""About how long one test of these takes, seconds: a guess that is off costs time, nothing else."""

USUAL_S = 0.3

ONE_AT_A_TIME = frozenset({"test_ssh_door.py"})
"""Their tests share what this machine has once (user accounts): all of one file go to one lane."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    timed = sorted((item for item in items if _is_timed(item)), key=_takes_s, reverse=True)
    lanes_s = [0.0] * LANES
    kept: dict[str, int] = {}
    for item in timed:
        lane = lanes_s.index(min(lanes_s))
        if item.path.name in ONE_AT_A_TIME:
            lane = kept.setdefault(item.path.name, lane)
        lanes_s[lane] += _takes_s(item)
        item.add_marker(pytest.mark.xdist_group(f"real time {lane}"))
    others = set(items) - set(timed)
    items[:] = [*timed, *(item for item in items if item in others)]


def _takes_s(item: pytest.Item) -> float:
    return LONG_S.get(item.path.name, USUAL_S)


def _is_timed(item: pytest.Item) -> bool:
    folder = Path(str(item.path)).parent.name
    return folder in REAL_TIME or item.get_closest_marker("drill") is not None
