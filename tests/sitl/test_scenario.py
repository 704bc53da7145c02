"""Scenario files: read strictly, laid on the ground where they belong."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m
from rtcc_core.domain.suggestions import SuggestionKind
from rtcc_sitl.faults import CATALOGUE
from rtcc_sitl.layout import PAD_SPACING_M, Visitor, lay_out
from rtcc_sitl.objectives import drones_of
from rtcc_sitl.scenario import Scenario, ScenarioError, flown_by, load, parse, shipped

SMALLEST = """
name = "small"
title = "Small"
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
[[person]]
name = "A. REYES"
role = "pilot"
"""

A_CALL = """
[[call]]
number = "7"
at_s = 5
type_text = "ALARM"
north_m = {north}
east_m = {east}
"""


def with_call(north_m: float, east_m: float) -> Scenario:
    return parse(SMALLEST + A_CALL.format(north=north_m, east=east_m))


@pytest.mark.parametrize("name", ["faults", "first-flight", "relief", "two-calls"])
def test_the_scenarios_that_ship_can_be_flown(name: str) -> None:
    assert name in shipped()
    scenario = load(name)
    assert scenario.name == name
    assert scenario.objective
    assert lay_out(scenario).pads


def test_first_flight_brings_an_urgent_call_within_fifteen_seconds() -> None:
    scenario = load("first-flight")
    assert (len(scenario.site), len(scenario.drone), len(scenario.call)) == (1, 1, 1)
    assert scenario.call[0].priority == 1
    assert scenario.call[0].at_s <= 15.0


def test_two_calls_come_twenty_seconds_apart_with_one_that_has_no_place_and_a_broken_message() -> None:
    scenario = load("two-calls")
    placed = [call for call in scenario.call if not call.is_nowhere]
    assert placed[1].at_s - placed[0].at_s == 20.0
    assert [call.address for call in scenario.call if call.is_nowhere]
    assert len(scenario.raw) == 1


def test_faults_lets_everything_of_the_catalogue_happen_in_flight() -> None:
    scenario = load("faults")
    struck = {table.fault for table in scenario.fault}
    assert struck == set(CATALOGUE)
    assert {table.drone for table in scenario.fault} == {drone.callsign for drone in scenario.drone}
    proved = {drone for objective in scenario.objective for drone in drones_of(objective)}
    assert proved == {drone.callsign for drone in scenario.drone}, "each is followed to its end"


def test_what_the_operator_takes_up_is_read_by_name() -> None:
    table = """
[operator]
takes_up = ["health", "{kind}"]
"""
    scenario = parse(SMALLEST + table.format(kind="energy"))
    assert scenario.operator.takes_up == (SuggestionKind.HEALTH, SuggestionKind.ENERGY)
    assert SuggestionKind.CONTROL not in parse(SMALLEST).operator.takes_up
    with pytest.raises(ScenarioError, match="takes_up"):
        parse(SMALLEST + table.format(kind="anything"))


def test_an_unknown_scenario_is_answered_with_those_that_exist() -> None:
    with pytest.raises(ScenarioError, match=r"first-flight, .*two-calls.*path"):
        load("third-flight")


def test_a_scenario_is_read_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALLEST)
    assert load(str(path)).title == "Small"
    with pytest.raises(ScenarioError, match="cannot be read"):
        load(str(tmp_path / "other.toml"))
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match="UTF-8"):
        load(str(path))
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ScenarioError, match="larger than"):
        load(str(path))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('title = "Small"', "title = 3", "title: Expected `str`, got `int`.*correct"),
        ('title = "Small"', "", "missing required field `title`.*add it"),
        ('callsign = "D1"', 'callsign = "D1"\nbatery = 0.5', r"drone\[0\].*`batery`.*spelling"),
        ('callsign = "D1"', 'callsign = "D1"\nbattery = 55', r"drone\[0\]\.battery: Expected `float` <= 1"),
        ('callsign = "D1"', 'callsign = "D1"\ncruise_speed_m_s = 0', r"drone\[0\]\.cruise_speed_m_s"),
        ('site = "HQ"', 'site = "HO"', r"drone\[0\]\.site: no site is called 'HO'; sites: HQ"),
        ('role = "pilot"', 'role = "king"', r"person\[0\]\.role: Invalid enum value 'king'"),
        ("east_m = 0", "", r"site\[0\]: give `north_m` and `east_m`, or"),
        ("east_m = 0", "east_m = 0\nlatitude_deg = 38.0", r"site\[0\]: give `north_m`"),
        ("east_m = 0", "east_m = 1e6", r"site\[0\]: further than 60 km"),
        ("east_m = 0", "east_m = nan", r"site\[0\]"),
        ("north_m = 0\neast_m = 0", "", r"site\[0\]: a site needs a place"),
        ("latitude_deg = 38.4", "latitude_deg = 380.4", r"city\.latitude_deg"),
        ("[city]", "[city]\nwind_speed_m_s = 8\ngust_m_s = 5", r"city\.gust_m_s: gusts are below"),
        ("[[person]]", '[[drone]]\ncallsign = "D1"\nsite = "HQ"\n[[person]]', r"drone\.callsign: D1 is used"),
        ('[[person]]\nname = "A. REYES"\nrole = "pilot"', "", "missing required field `person`"),
        ("[city]", "[city", "is not TOML"),
    ],
)
def test_a_fault_names_its_key_and_the_remedy(old: str, new: str, words: str) -> None:
    assert old in SMALLEST
    with pytest.raises(ScenarioError, match=words):
        parse(SMALLEST.replace(old, new, 1))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            '[[call]]\nnumber = "7"\nat_s = 1\ntype_text = "X"',
            r"call\[0\]: has neither a place nor an address",
        ),
        ('[[objective]]\nkind = "on_scene"\nname = "x"\ncall = "9"\nwithin_s = 5', r"objective\[0\].*'9'"),
        ('[[objective]]\nkind = "landed"\nname = "x"\ndrone = "D9"', r"objective\[0\]: no drone 'D9'"),
        ('[[objective]]\nkind = "lnded"\nname = "x"', r"objective\[0\]\.kind: Invalid value 'lnded'"),
        ('[[objective]]\nkind = "landed"\nname = "x"', r"missing required field `drone`"),
    ],
)
def test_a_call_or_objective_that_cannot_be_is_refused(table: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        parse(SMALLEST + table)


@given(st.floats(-20_000, 20_000), st.floats(-20_000, 20_000))
def test_metres_become_a_position_at_that_distance_and_bearing(north_m: float, east_m: float) -> None:
    layout = lay_out(with_call(north_m, east_m))
    position = layout.place(layout.scenario.call[0])
    assert position is not None
    away_m = math.hypot(north_m, east_m)
    assert distance_m(layout.centre, position) == pytest.approx(away_m, rel=1e-6, abs=0.01)
    if away_m > 10.0:
        wanted = math.degrees(math.atan2(east_m, north_m)) % 360.0
        turn = (bearing_deg(layout.centre, position) - wanted + 180.0) % 360.0 - 180.0
        assert abs(turn) < 0.01


@given(
    st.floats(-5_000, 5_000),
    st.floats(-5_000, 5_000),
    st.floats(-60, 60),
    st.floats(-179, 179),
    st.integers(1, 254),
)
def test_laid_around_an_aircraft_the_call_keeps_its_offset(
    north_m: float, east_m: float, latitude: float, longitude: float, sysid: int
) -> None:
    home = LatLon(latitude, longitude)
    layout = lay_out(with_call(north_m, east_m), [Visitor(sysid=sysid, home=home, home_amsl_m=488.0)])
    position = layout.place(layout.scenario.call[0])
    assert position is not None
    assert distance_m(home, position) == pytest.approx(math.hypot(north_m, east_m), rel=1e-5, abs=0.05)
    assert [(pad.drone.sysid, pad.home, pad.home_amsl_m) for pad in layout.pads] == [(sysid, home, 488.0)]
    assert layout.sites[0].position == home


def test_a_place_in_degrees_moves_along_too() -> None:
    text = SMALLEST + A_CALL.format(north=0, east=0).replace("north_m = 0", "latitude_deg = 38.41").replace(
        "east_m = 0", "longitude_deg = -121.4"
    )
    layout = lay_out(parse(text), [Visitor(sysid=3, home=LatLon(-35.36, 149.16))])
    position = layout.place(layout.scenario.call[0])
    assert position is not None
    assert distance_m(layout.centre, position) == pytest.approx(1112, abs=2)
    assert layout.pads[0].home_amsl_m == 0.0


def test_too_few_aircraft_are_refused_and_each_gets_a_site_of_its_own() -> None:
    scenario = load("two-calls")
    homes = [Visitor(sysid=n, home=LatLon(47.0, 8.0 + n / 1000)) for n in (1, 2, 3)]
    with pytest.raises(ScenarioError, match="needs 3 aircraft, 2 heard"):
        lay_out(scenario, homes[:2])
    layout = lay_out(scenario, homes)
    assert [site.name for site in layout.sites] == ["HQ", "NORTH D2", "NORTH D3"]
    assert [pad.drone.site for pad in layout.pads] == [site.name for site in layout.sites]


def test_aircraft_of_one_site_stand_side_by_side() -> None:
    layout = lay_out(load("two-calls"))
    second, third = layout.pads[1].home, layout.pads[2].home
    assert distance_m(second, third) == pytest.approx(PAD_SPACING_M, rel=0.01)


def test_the_timeline_ends_with_its_last_note() -> None:
    assert load("first-flight").ends_at_s == 30.0
    assert parse(SMALLEST).ends_at_s == 0.0


def test_a_whole_scenario_can_be_flown_by_another_autopilot() -> None:
    scenario = load("two-calls")
    assert {drone.autopilot for drone in flown_by(scenario, None).drone} == {"px4"}
    pads = lay_out(flown_by(scenario, "ardupilot")).pads
    assert {pad.autopilot for pad in pads} == {"ardupilot"}
