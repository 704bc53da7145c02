"""The fleet bench: what it makes of its runs, and one small run of the real thing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rtcc_sitl.bench.first_flight import Result, machine
from rtcc_sitl.bench.fleet import Run, figures
from rtcc_sitl.bench.fleet_aircraft import FakeAircraft, age_ms, stamp_ms
from rtcc_sitl.bench.fleet_subject import Found
from rtcc_sitl.bench.fleet_table import table


def load(side: str, cpu: float) -> Run:
    found = Found(cpu_percent=cpu, ages_ms=(10.0, 90.0))
    return Run(side=side, what="load", aircraft=20, silent=0, found=found)


def test_the_median_of_the_rounds_is_held_against_pymavlink() -> None:
    runs = [load("adapter", cpu) for cpu in (5.0, 7.0, 60.0)] + [load("pymavlink", 4.0)]
    by_name = {figure.name: figure for figure in figures(runs)}
    assert by_name["adapter_20_cpu_per_aircraft"].value == 0.35
    ratio = by_name["adapter_20_cpu_over_pymavlink"]
    assert (ratio.value, ratio.aim, ratio.met) == (1.75, 2.0, True)
    assert by_name["adapter_20_age_p99"].value == 90.0


def test_a_hold_that_is_late_and_a_stale_value_miss_their_aims() -> None:
    slow = Found(hold_ms=(1.0, 51.0), hold_all_ms=(9.0,))
    runs = [
        Run(side="adapter", what="hold", aircraft=20, silent=20, found=slow),
        Run(side="adapter", what="stall", aircraft=20, silent=0, found=Found(stale=0)),
        Run(side="adapter", what="stall", aircraft=20, silent=0, found=Found(stale=1)),
    ]
    by_name = {figure.name: figure for figure in figures(runs)}
    assert by_name["adapter_20_with_20_silent_hold_one_p99"].met is False
    assert (by_name["adapter_stale_after_5s_stall"].value, by_name["adapter_stale_after_5s_stall"].met) == (
        1.0,
        False,
    )


def test_the_table_names_what_was_measured_and_what_was_missed() -> None:
    runs = [load("adapter", 50.0), load("pymavlink", 4.0)]
    text = table(Result(bench="fleet", machine=machine(), figures=figures(runs)), (20,))
    assert "our adapter" in text
    assert "12.50 x" in text
    assert "MISSED adapter_20_cpu_over_pymavlink: 12.5 ratio, at most 2" in text


def test_a_stamp_tells_its_age_across_the_turn() -> None:
    now_ms = stamp_ms()
    assert 0.0 <= age_ms(now_ms / 100.0) < 5_000.0
    assert 900.0 <= age_ms((now_ms - 1_000) % 36_000 / 100.0) < 6_000.0


def test_a_fake_aircraft_says_everything_and_agrees_to_all() -> None:
    aircraft = FakeAircraft(3)
    frames = [frame for tick in range(20) for frame in aircraft.frames(tick)]
    assert len(frames) == 20 * 3 + 2 * 6 + 2 + 1
    assert {frame[5] for frame in frames} == {3}
    assert aircraft.answer(b"noise") is None


@pytest.mark.drill
def test_every_side_is_measured_on_the_real_thing(tmp_path: Path) -> None:
    argv = [
        *(sys.executable, "-m", "rtcc_core.cli", "bench", "fleet", "--aircraft", "1", "--only", "load"),
        *("--seconds", "1", "--rounds", "1", "--json", str(tmp_path / "found.json")),
    ]
    ended = subprocess.run(argv, capture_output=True, timeout=110, check=False)
    assert ended.returncode == 0, ended.stderr.decode()
    values = {f["name"]: f["value"] for f in json.loads((tmp_path / "found.json").read_text())["figures"]}
    for side in ("adapter", "core", "pymavlink", "mavsdk"):
        assert values[f"{side}_1_cpu_per_aircraft"] > 0
        assert values[f"{side}_1_age_p99"] < 5_000
