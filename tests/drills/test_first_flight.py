"""Whole drills as a user starts them: real processes, real MAVLink, a real console connection."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.drills.running_drill import Start

from rtcc_core.adapters.journal_file import read_rows
from rtcc_core.adapters.journal_verify import Finding, verify_file

pytestmark = [pytest.mark.drill, pytest.mark.timeout(240)]

TIMELINE = (
    "received",
    "advised",
    "asked",
    "sent",
    "accepted",
    "armed",
    "airborne",
    "on_scene",
    "clear",
    "returning",
    "landed",
)


def test_first_flight_is_flown_and_reported(start: Start) -> None:
    drill = start("--scenario", "first-flight", "--speed", "20", "--seed", "3")
    assert drill.process.wait(180) == 0, drill.said
    drill.left_nothing()
    report = drill.report
    assert (report["scenario"], report["seed"], report["speed"]) == ("first-flight", 3, 20.0)
    assert [objective["met"] for objective in report["objectives"]] == [True, True, True]
    [call] = report["calls"]
    assert (call["call"], call["drone"]) == ("1041", "D1")
    assert tuple(call["timeline"]) == TIMELINE
    seen = [at for at in call["timeline"].values() if at is not None]
    assert seen == sorted(seen)
    assert call["timeline"]["landed"] is not None
    assert 0 < report["latency_ms"]["cad_to_console"]["p50"] < 5_000
    assert 0 < report["latency_ms"]["command_to_mavlink"]["p50"] < 5_000
    assert report["journal"]["verified"] is True
    assert verify_file(Path(report["journal"]["path"])).finding is Finding.INTACT
    assert "OBSERVED on scene" in drill.said


def test_two_calls_send_the_farther_drone_and_keep_what_cannot_be_read(start: Start) -> None:
    drill = start("--scenario", "two-calls", "--speed", "20")
    assert drill.process.wait(180) == 0, drill.said
    drill.left_nothing()
    served = {call["call"]: call["drone"] for call in drill.report["calls"]}
    assert served == {"1041": "D2", "1042": None, "1043": "D3"}
    assert all(objective["met"] for objective in drill.report["objectives"])


def test_a_core_that_is_killed_in_flight_finds_its_aircraft_again(start: Start) -> None:
    drill = start("--scenario", "first-flight", "--speed", "20")
    drill.until(lambda: "OBSERVED transit" in drill.said)
    [core] = drill.processes("core")
    os.kill(core, signal.SIGKILL)
    assert drill.process.wait(180) == 0, drill.said
    drill.left_nothing()
    kinds = [row.kind for row in read_rows(drill.journal)]
    assert kinds.count("CoreStarted") == 2
    assert kinds.count("FlightOpened") == 1
    assert drill.report["journal"]["verified"] is True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_drill_in_order(start: Start, number: signal.Signals) -> None:
    drill = start("--scenario", "first-flight", "--speed", "20")
    drill.until(lambda: "OBSERVED climbing" in drill.said)
    drill.process.send_signal(number)
    assert drill.process.wait(90) == 128 + number, drill.said
    drill.left_nothing()
    assert [row.kind for row in read_rows(drill.journal)][-1] == "CoreStopped"
    unmet = [objective["name"] for objective in drill.report["objectives"] if not objective["met"]]
    assert "D1 is home and on the ground" in unmet


def test_nothing_outlives_a_drill_that_was_killed(start: Start) -> None:
    drill = start("--scenario", "first-flight", "--speed", "20")
    drill.until(lambda: len(drill.processes("core")) == 1 and "D1 heard" in drill.said)
    drill.process.kill()
    drill.process.wait()
    drill.until(lambda: drill.processes() == [])
    assert verify_file(drill.journal).finding is Finding.INTACT


def test_an_unmet_objective_is_named_and_fails_the_drill(start: Start, tmp_path: Path) -> None:
    scenario = tmp_path / "hopeless.toml"
    scenario.write_text(
        """
name = "hopeless"
title = "A call that no drone can reach"
[city]
name = "TOWN"
latitude_deg = 38.4
longitude_deg = -121.4
[[site]]
name = "HQ"
north_m = 0
east_m = 0
[[drone]]
callsign = "D1"
site = "HQ"
max_range_m = 1000
[[person]]
name = "A. REYES"
role = "pilot"
[[call]]
number = "7"
at_s = 1
type_text = "ALARM"
priority = 1
north_m = 4000
east_m = 0
[[objective]]
kind = "on_scene"
name = "a drone is over 7"
call = "7"
within_s = 60
"""
    )
    drill = start("--scenario", str(scenario), "--speed", "20")
    assert drill.process.wait(180) == 1, drill.said
    drill.left_nothing()
    assert "UNMET: a drone is over 7: no drone was sent" in drill.said


def test_aircraft_that_others_started_are_flown_around_their_own_home(
    start: Start, elsewhere: tuple[Path, int]
) -> None:
    scenario, port = elsewhere
    world = subprocess.Popen(
        [
            *(sys.executable, "-m", "rtcc_core.cli", "sitl", "world", "--speed", "20"),
            *("--scenario", str(scenario), "--fleet-port", str(port)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        drill = start("--vehicles", f"udpin://127.0.0.1:{port}", "--speed", "20")
        assert drill.process.wait(180) == 0, drill.said
    finally:
        world.communicate(timeout=60)
    drill.left_nothing()
    assert "-35.36" in drill.said, "the call lies where the aircraft is"
    assert drill.report["calls"][0]["drone"] == "D1"
    assert drill.report["latency_ms"]["command_to_mavlink"] == {"p50": None, "p99": None}
    settings = tomllib.loads((drill.state_dir / "agency.toml").read_text())
    assert settings["drone"][0]["sysid"] == 7
    assert settings["site"][0]["latitude"] == pytest.approx(-35.363, abs=1e-5)


@pytest.fixture
def elsewhere(tmp_path: Path) -> tuple[Path, int]:
    """A scenario file with one aircraft, system id 7, near Canberra, and a free port for it."""
    scenario = tmp_path / "elsewhere.toml"
    scenario.write_text(
        """
name = "elsewhere"
title = "Somebody else's aircraft"
[city]
name = "CANBERRA"
latitude_deg = -35.363
longitude_deg = 149.165
ground_amsl_m = 584
[[site]]
name = "FIELD"
north_m = 0
east_m = 0
[[drone]]
callsign = "X7"
sysid = 7
site = "FIELD"
[[person]]
name = "SOMEBODY"
role = "pilot"
"""
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return scenario, probe.getsockname()[1]


def test_a_drill_that_cannot_start_says_why(start: Start, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "journal.db").touch()
    drill = start()
    assert drill.process.wait(90) == 2
    assert "already holds a journal" in drill.said
