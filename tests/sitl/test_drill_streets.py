"""The drill's city: the address of a call that has a position is found there, of one without it nowhere."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rtcc_core.domain.gazetteer import Gazetteer
from rtcc_core.domain.geo import distance_m
from rtcc_core.wire.streets import read_geojson
from rtcc_sitl.drill_streets import streets_geojson
from rtcc_sitl.layout import Layout, Visitor, lay_out
from rtcc_sitl.scenario import load
from rtcc_sitl.stage import Stage, agency_toml

SCENARIOS = ("first-flight", "two-calls", "relief")


def gazetteer(layout: Layout) -> Gazetteer:
    read = read_geojson(streets_geojson(layout), near=layout.centre)
    assert read.problems == ()
    return Gazetteer(read.segments, read.points)


def moved(scenario: str) -> Layout:
    """The scenario around aircraft that somebody started elsewhere."""
    here = lay_out(load("first-flight")).centre
    count = len(load(scenario).drone)
    return lay_out(load(scenario), [Visitor(sysid=n + 1, home=here) for n in range(count)])


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("is_moved", [False, True])
def test_an_address_is_found_where_its_call_has_a_position(scenario: str, is_moved: bool) -> None:
    layout = moved(scenario) if is_moved else lay_out(load(scenario))
    town = gazetteer(layout)
    for call in layout.scenario.call:
        found = town.locate(call.address).certain
        place = layout.place(call)
        assert (found is None) == (place is None), call.address
        if found is not None and place is not None:
            assert distance_m(found.position, place) < 10


def test_every_two_streets_of_the_grid_cross_once() -> None:
    town = gazetteer(lay_out(load("first-flight")))
    for text in ("5th ave / maple st", "LAGUNA BLVD / 8TH AVE", "heron st & bruceville rd"):
        assert town.locate(text).certain is not None


def test_the_same_scenario_has_the_same_streets() -> None:
    layout = lay_out(load("two-calls"))
    assert streets_geojson(layout) == streets_geojson(layout)


def test_the_drills_settings_name_the_file(tmp_path: Path) -> None:
    stage = Stage(directory=tmp_path, socket_path=tmp_path / "console.sock", is_kept=True)
    text = agency_toml(
        lay_out(load("first-flight")), stage, fleet_url="udpin://127.0.0.1:1", cad_url="ws://127.0.0.1:1",
        speed=1.0, started_at=datetime(2026, 1, 2, tzinfo=UTC),
    )  # fmt: skip
    assert tomllib.loads(text)["streets"] == [{"file": str(stage.streets)}]
