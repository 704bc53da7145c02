"""The bench: what it prints, and one small run of the real thing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from rtcc_sitl.bench.first_flight import Samples, figures, machine
from rtcc_sitl.bench.raw import open_udp, open_websocket


def test_a_missed_aim_says_so_and_an_aim_without_samples_is_missed() -> None:
    slow = {
        figure.name: figure
        for figure in figures(
            Samples(calls=[120.0], raw_websocket=[2.0], commands=[], raw_udp=[]), took_s=1.0
        )
    }
    assert (slow["cad_to_console_p99"].aim, slow["cad_to_console_p99"].met) == (100.0, False)
    assert slow["cad_to_console_p50"].met is None
    assert slow["cad_to_console_over_raw_websocket_p99"].value == 60.0
    assert (slow["launch_command_to_mavlink_p99"].value, slow["launch_command_to_mavlink_p99"].met) == (
        None,
        False,
    )


def test_the_machine_is_named() -> None:
    assert {"system", "processor", "cpus", "load_1min", "python"} == set(machine())


async def test_the_bare_sockets_are_timed() -> None:
    async with open_websocket() as websocket, open_udp() as udp:
        assert 0 < await websocket.time_ms("{}") < 5_000
        assert 0 < await udp.time_ms() < 5_000


@pytest.mark.drill
def test_both_paths_are_measured_on_the_real_thing() -> None:
    argv = [sys.executable, "-m", "rtcc_core.cli", "bench", "first-flight", "--samples", "12"]
    ended = subprocess.run(argv, capture_output=True, timeout=100, check=False)
    assert ended.returncode == 0, ended.stderr.decode()
    result = json.loads(ended.stdout)
    assert list(result) == ["bench", "machine", "figures"]
    values = {figure["name"]: figure["value"] for figure in result["figures"]}
    assert {tuple(figure) for figure in result["figures"]} == {("name", "value", "unit", "aim", "met")}
    assert values["cad_to_console_samples"] == values["launch_command_to_mavlink_samples"] == 12
    assert values["cad_to_console_p50"] > 0
    assert values["launch_command_to_mavlink_p50"] > 0
