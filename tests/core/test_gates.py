"""The launch gates: no input makes a missing fact a PASS, and each stands where its rule draws the line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.support import HOME, NOON, ready

from rtcc_core.domain.air import Air
from rtcc_core.domain.airspace import Airspace, AirspaceSource, SourceKind
from rtcc_core.domain.call import Place, PlaceKind
from rtcc_core.domain.drone import Drone, Landed, Mode, RemoteIdSeen, Site, Telemetry
from rtcc_core.domain.flight import GateResult, Verdict
from rtcc_core.domain.gates import RULES, Question, run_gates, unchecked
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.people import Person, Role
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import Grounding, Weather
from rtcc_core.domain.traffic import AltitudeBy, Intruder, TrafficSource

SCENE = offset(HOME, 90.0, 1_000.0)
LISTENS = TrafficSource(name="roof", is_up=True, age_s=0.5)
EVERYTHING = Programme(
    agency="RIVERTON PD",
    requires_recency=True,
    requires_shift=True,
    remote_id_required=True,
    requires_traffic_feed=True,
    takes_metar=True,
)
REYES = Person(
    account="reyes", name="A. REYES", role=Role.PILOT, uid=1_000, knowledge_until=date(2027, 1, 31)
)
FINE = Weather(
    wind_speed_m_s=3.0,
    wind_from_deg=240.0,
    gust_m_s=5.0,
    observed_at=NOON,
    source="KPDX",
    visibility_m=10_000.0,
)


def good(**changes: Any) -> Question:
    """A question that every gate answers with PASS, but for what is changed."""
    seen = replace(ready("D1"), home_amsl_m=20.0, remote_id=RemoteIdSeen(is_good=True, age_s=0.5))
    asked = Question(
        drone=Drone(callsign="D1", sysid=1, site="CENTRAL", inspect_after_h=50.0),
        site=Site(name="CENTRAL", position=HOME),
        programme=EVERYTHING,
        telemetry=seen,
        place=Place(position=SCENE, kind=PlaceKind.CURRENT_INCIDENT),
        busy_with=None,
        weather=FINE,
        airspace=Airspace(centre=HOME, digest="none"),
        air=Air(sources=(LISTENS,)),
        shift_until=NOON + timedelta(hours=8),
        asked_by=REYES,
        at=datetime(2026, 3, 1, 20, tzinfo=UTC),
    )
    asked = replace(
        asked, weather=replace(FINE, observed_at=asked.at), shift_until=asked.at + timedelta(hours=8)
    )
    return replace(asked, **changes)


def answer(gate: str, asked: Question) -> GateResult:
    return next(result for result in run_gates(asked) if result.gate == gate)


def test_a_good_question_passes_every_gate_and_every_gate_was_asked() -> None:
    results = run_gates(good())
    assert [
        (result.gate, result.verdict, result.reason) for result in results if result.verdict != "PASS"
    ] == []
    assert unchecked(results) == ()


def test_a_gate_that_is_not_set_up_says_nothing_and_is_named() -> None:
    results = run_gates(good(programme=Programme(agency="SMALL"), airspace=None, air=Air(), asked_by=None))
    assert set(unchecked(results)) == {"recency", "shift", "remote-id", "airspace", "traffic", "visibility"}


def seen(**changes: Any) -> Callable[[Question], Question]:
    return lambda asked: replace(asked, telemetry=replace(asked.telemetry, **changes))


def weather(**changes: Any) -> Callable[[Question], Question]:
    def change(asked: Question) -> Question:
        return replace(asked, weather=replace(asked.weather or FINE, **changes))

    return change


def lacking(**changes: Any) -> Callable[[Question], Question]:
    return lambda asked: replace(asked, **changes)


BROKEN_MAP = AirspaceSource(
    name="map.geojson", kind=SourceKind.FACILITY_MAP, read_at=NOON, problems=("no such file",)
)
OLD_MAP = AirspaceSource(
    name="map.geojson", kind=SourceKind.FACILITY_MAP, read_at=NOON, valid_until=NOON - timedelta(days=1)
)
SILENT = TrafficSource(name="roof", is_up=False, age_s=900.0)

MISSING: tuple[tuple[str, Callable[[Question], Question]], ...] = (
    ("recency", lacking(asked_by=replace(REYES, knowledge_until=None))),
    ("shift", lacking(shift_until=None)),
    ("link", seen(link_age_s=None)),
    ("link", seen(is_connected=False)),
    ("link", seen(link_age_s=900.0)),
    ("position", seen(position=None)),
    ("position", seen(position_age_s=None)),
    ("position", seen(position_age_s=900.0)),
    ("position", seen(has_fix=None)),
    ("ready", seen(is_armable=None)),
    ("free", seen(armed=None, landed=Landed.UNKNOWN)),
    ("remote-id", seen(remote_id=None)),
    ("remote-id", seen(remote_id=RemoteIdSeen(is_good=True, age_s=900.0))),
    ("remote-id", seen(remote_id=RemoteIdSeen(is_good=True, age_s=float("nan")))),
    ("target", lacking(place=Place())),
    ("target", lacking(place=Place(position=SCENE, kind=PlaceKind.ROUTING))),
    ("range", lacking(place=Place())),
    ("airspace", lacking(place=Place())),
    ("airspace", lacking(airspace=None, programme=replace(EVERYTHING, requires_airspace=True))),
    ("airspace", lacking(airspace=Airspace(centre=HOME, sources=(BROKEN_MAP,)))),
    ("airspace", lacking(airspace=Airspace(centre=HOME, sources=(OLD_MAP,)))),
    ("traffic", lacking(air=Air())),
    ("traffic", lacking(air=Air(sources=(SILENT,)))),
    ("wind", lacking(weather=None)),
    ("wind", weather(observed_at=NOON - timedelta(days=1))),
    ("wind", weather(has_wind=False)),
    ("wind", weather(wind_speed_m_s=float("nan"))),
    ("visibility", lacking(weather=None)),
    ("visibility", weather(visibility_m=None)),
    ("visibility", weather(visibility_m=float("nan"))),
    ("visibility", weather(observed_at=NOON - timedelta(days=1))),
    ("battery", seen(battery_fraction=None)),
    ("battery", seen(battery_age_s=None)),
    ("battery", seen(battery_age_s=900.0)),
    ("battery", lacking(place=Place())),
)


@pytest.mark.parametrize(
    ("gate", "lose"), MISSING, ids=[f"{gate}-{n}" for n, (gate, _) in enumerate(MISSING)]
)
def test_one_missing_fact_is_no_pass(gate: str, lose: Callable[[Question], Question]) -> None:
    assert answer(gate, lose(good())).verdict in (Verdict.UNKNOWN, Verdict.BLOCK)


any_number = st.none() | st.floats(allow_nan=True, allow_infinity=True)
any_telemetry = st.builds(
    Telemetry,
    drone=st.just("D1"),
    is_connected=st.booleans(),
    link_age_s=any_number,
    position=st.sampled_from([None, HOME, SCENE, LatLon(0, 0), LatLon(-90, 180)]),
    position_age_s=any_number,
    height_m=any_number,
    battery_fraction=any_number,
    battery_age_s=any_number,
    armed=st.none() | st.booleans(),
    mode=st.sampled_from(list(Mode)),
    landed=st.sampled_from(list(Landed)),
    has_fix=st.none() | st.booleans(),
    is_armable=st.none() | st.booleans(),
    home=st.sampled_from([None, HOME, LatLon(0, 0)]),
    home_amsl_m=any_number,
    remote_id=st.none() | st.builds(RemoteIdSeen, is_good=st.booleans(), age_s=st.floats()),
)
any_weather = st.none() | st.builds(
    Weather,
    wind_speed_m_s=st.floats(),
    wind_from_deg=st.floats(),
    gust_m_s=any_number,
    observed_at=st.timedeltas(timedelta(days=-2_000), timedelta(days=2_000)).map(lambda apart: NOON + apart),
    source=st.just("?"),
    visibility_m=any_number,
    cloud_base_m=any_number,
    has_wind=st.booleans(),
)


@given(any_telemetry, any_weather, st.sampled_from(MISSING))
def test_whatever_else_is_so_a_missing_fact_is_no_pass(
    telemetry: Telemetry, observed: Weather | None, missing: tuple[str, Callable[[Question], Question]]
) -> None:
    gate, lose = missing
    result = answer(gate, lose(good(telemetry=telemetry, weather=observed)))
    assert result.verdict in (Verdict.UNKNOWN, Verdict.BLOCK)


@given(any_telemetry, any_weather)
def test_any_input_is_answered_with_words_and_a_citation(
    telemetry: Telemetry, observed: Weather | None
) -> None:
    for result in run_gates(good(telemetry=telemetry, weather=observed)):
        assert result.reason
        assert result.citation
        assert "nan" not in result.reason


LINES: tuple[tuple[str, str, Callable[[Question], Question]], ...] = (
    ("operator", "BLOCK", lacking(asked_by=replace(REYES, role=Role.OBSERVER))),
    ("load", "BLOCK", lacking(has_already=("D7",))),
    ("load", "PASS", lacking(has_already=("D1",))),
    ("recency", "BLOCK", lacking(asked_by=replace(REYES, knowledge_until=date(2026, 2, 28)))),
    ("recency", "WARN", lacking(asked_by=replace(REYES, knowledge_until=date(2026, 3, 1)))),
    ("shift", "BLOCK", lacking(shift_until=NOON)),
    ("link", "BLOCK", seen(trouble="two aircraft answer as sysid 1")),
    ("service", "BLOCK", lacking(grounding=Grounding(account="chief", reason="bent arm", since=NOON))),
    ("service", "BLOCK", lacking(unwell={"battery": "drains 6.2 times too fast"})),
    ("service", "PASS", lacking(unwell={"wind": "9 m/s"})),
    ("service", "BLOCK", lacking(airtime_s=50.0 * 3_600.0)),
    ("service", "WARN", lacking(airtime_s=46.0 * 3_600.0)),
    ("remote-id", "BLOCK", seen(remote_id=RemoteIdSeen(is_good=False, trouble="no position", age_s=0.1))),
    ("target", "WARN", lacking(place=Place(position=SCENE, uncertainty_m=300.0, kind=PlaceKind.CALLER))),
    ("target", "BLOCK", lacking(place=Place(position=LatLon(0.0, 0.0)))),
    ("range", "BLOCK", lacking(place=Place(position=LatLon(-45.0, 100.0)))),
    ("height", "BLOCK", lacking(drone=Drone(callsign="D1", sysid=1, site="CENTRAL", max_height_m=40.0))),
    ("height", "BLOCK", lacking(programme=replace(EVERYTHING, max_height_agl_m=50.0))),
    ("wind", "BLOCK", weather(gust_m_s=12.1)),
    ("wind", "WARN", weather(gust_m_s=10.0)),
    ("visibility", "BLOCK", weather(visibility_m=4_800.0)),
    ("visibility", "BLOCK", weather(cloud_base_m=200.0)),
    ("visibility", "PASS", weather(cloud_base_m=230.0)),
    ("battery", "BLOCK", seen(battery_fraction=0.22)),
)


@pytest.mark.parametrize(
    ("gate", "verdict", "change"), LINES, ids=[f"{g}-{n}" for n, (g, _, _) in enumerate(LINES)]
)
def test_where_the_line_is(gate: str, verdict: str, change: Callable[[Question], Question]) -> None:
    assert answer(gate, change(good())).verdict == verdict


def test_the_battery_gate_says_that_it_assumes_calm() -> None:
    assert "calm" not in answer("battery", good()).reason
    for change in (lacking(weather=None), weather(has_wind=False)):
        assert "calm assumed" in answer("battery", change(good())).reason


def test_a_variable_wind_costs_the_battery_as_much_as_one_ahead() -> None:
    steady, variable = (
        answer("battery", weather(wind_speed_m_s=8.0, is_variable=is_variable)(good()))
        for is_variable in (False, True)
    )
    assert "VRB" in variable.reason
    assert variable.reason.split(",")[1] > steady.reason.split(",")[1]


NIGHT = datetime(2026, 3, 1, 8, tzinfo=UTC)
"""Midnight in Portland."""


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "PASS"),
        ({"programme": replace(EVERYTHING, is_authorised_at_night=False)}, "BLOCK"),
        ({"asked_by": replace(REYES, is_night_trained=False)}, "BLOCK"),
        ({"drone": Drone(callsign="D1", sysid=1, site="CENTRAL", is_lit=False)}, "BLOCK"),
    ],
)
def test_by_night_only_with_authority_light_and_training(changes: dict[str, Any], verdict: str) -> None:
    assert answer("night", good(at=NIGHT, **changes)).verdict == verdict
    assert answer("night", good(**changes)).verdict is Verdict.PASS


def test_each_gate_names_its_rule_with_version_and_date() -> None:
    for rule in RULES:
        assert rule.asks.endswith("?")
        assert rule.citation
        assert rule.version
        assert rule.in_force_since is not None or "CFR" not in rule.citation


@pytest.mark.parametrize(
    ("told", "minutes_old", "verdict"),
    [(1_013.25, 5, Verdict.WARN), (1_013.25, 90, Verdict.BLOCK), (None, 5, Verdict.BLOCK)],
)
def test_todays_pressure_puts_the_height_of_traffic_right_while_it_is_fresh(
    told: float | None, minutes_old: float, verdict: Verdict
) -> None:
    asked = good()
    helicopter = Intruder(
        id="a1b2c3",
        position=offset(HOME, 0.0, 1_500.0),
        position_age_s=0.5,
        altitude_amsl_m=250.0,
        altitude_by=AltitudeBy.PRESSURE,
        track_deg=180.0,
        ground_speed_m_s=50.0,
        climb_m_s=0.0,
    )
    observed = replace(FINE, qnh_hpa=told, observed_at=asked.at - timedelta(minutes=minutes_old))
    asked = replace(asked, weather=observed, air=Air(intruders=(helicopter,), sources=(LISTENS,)))
    assert answer("traffic", asked).verdict is verdict
