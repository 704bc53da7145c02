"""A helicopter crosses a flight: receivers, desk, operator and aircraft together, on both personalities."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rtcc_core.adapters.journal_file import read_rows
from rtcc_sitl import scenario

pytestmark = pytest.mark.drill

CROSSING = """
[[traffic]]
icao = "a1b2c3"
callsign = "N123AB"
category = "A7"
at_s = 12
north_m = 3500
east_m = -220
track_deg = 180
ground_speed_m_s = 50
altitude_amsl_m = 130

[[traffic]]
icao = "a7f00d"
callsign = "RVA2144"
category = "A3"
north_m = -8000
east_m = 0
track_deg = 0
ground_speed_m_s = 230
altitude_amsl_m = 8534
"""
"""Low over the call while the drone climbs out; and an airliner at 28,000 ft, which is nobody's concern."""


@pytest.mark.parametrize("personality", ["px4", "ardupilot"])
@pytest.mark.timeout(240)
def test_a_crossing_is_alarmed_dodged_and_the_flight_goes_on(tmp_path: Path, personality: str) -> None:
    quiet = (Path(scenario.__file__).parent / "scenarios" / "first-flight.toml").read_text(encoding="utf-8")
    path, state = tmp_path / "crossing.toml", tmp_path / "state"
    path.write_text(
        quiet.replace('name = "first-flight"', 'name = "crossing"', 1) + CROSSING, encoding="utf-8"
    )
    options = f"--headless --speed 10 --personality {personality} --scenario {path} --state-dir {state}"
    argv = [sys.executable, "-m", "rtcc_core.cli", "drill", *options.split()]
    done = subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr  # every objective was met
    told = [(row.kind, body(row.body)) for row in read_rows(state / "journal.db")]
    about = [(kind, event) for kind, event in told if kind.startswith("Traffic")]
    alerts = [event for kind, event in about if kind == "TrafficAlerted"]
    assert {event["conflict"]["intruder_id"] for event in alerts} == {"a1b2c3"}
    # Told well before well clear was lost, and when it was.
    assert [event["conflict"]["is_now"] for event in alerts] == [False, True]
    assert alerts[0]["conflict"]["in_s"] > 40.0
    assert about[-1][0] == "TrafficCleared"
    proposals = [event["suggestion"] for kind, event in told if kind == "SuggestionMade"]
    dodge, go_on = (each["command"] for each in proposals if each["kind"] == "traffic")
    if dodge["type"] == "SetHeight":  # it was on its way already
        assert dodge["height_m"] < go_on["height_m"]
    else:  # it was still climbing
        assert (dodge["type"], go_on["type"]) == ("HoldDrone", "FollowCall")
    ended = [event["how"] for kind, event in told if kind == "SuggestionEnded"]
    assert ended == ["accepted", "accepted"]
    kinds = [kind for kind, _ in told]
    assert kinds.index("ReceiverHeard") < kinds.index("FlightOpened") < kinds.index("TrafficAlerted")


def body(text: str | bytes) -> dict[str, Any]:
    return dict(json.loads(text))
