"""The drills in which much goes on: reliefs over one long call, and everything that can go wrong."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from tests.drills.running_drill import RunningDrill, Start

pytestmark = [pytest.mark.drill, pytest.mark.timeout(300)]

SPEED = "20"


def shortened_relief(directory: Path) -> Path:
    """The relief drill with a call of half the length: aircraft take over from each other all the same."""
    text = (resources.files("rtcc_sitl") / "scenarios" / "relief.toml").read_text("utf-8")
    usual = "closes_after_s = 1320"
    assert usual in text
    text = text.replace(usual, "closes_after_s = 700")
    path = directory / "relief.toml"
    path.write_text(text, encoding="utf-8")
    return path


def meets_everything(drill: RunningDrill) -> None:
    assert drill.process.wait(240) == 0, drill.said
    drill.left_nothing()
    unmet = [objective["detail"] for objective in drill.report["objectives"] if not objective["met"]]
    assert unmet == [], drill.said


def test_one_call_is_watched_by_aircraft_in_turn_without_a_gap(start: Start, tmp_path: Path) -> None:
    scenario = str(shortened_relief(tmp_path))
    meets_everything(start("--scenario", scenario, "--speed", SPEED, "--personality", "ardupilot"))


def test_everything_that_can_go_wrong_is_seen_and_dealt_with(start: Start) -> None:
    meets_everything(start("--scenario", "faults", "--speed", SPEED))
