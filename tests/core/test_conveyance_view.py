"""What we tell others: filters, retrieval, our aircraft by phase, and what is built anew."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.conveyance import Json, json_values
from tests.support import HOME, NOON, came_up, ready
from tests.support import call as reported

from rtcc_core.domain.call import Call, CallStatus, Note
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.flight import Flight, Phase
from rtcc_core.domain.geo import offset
from rtcc_core.domain.state import State
from rtcc_core.wire.conveyance.filters import NotAFilter, read_filter
from rtcc_core.wire.conveyance.own_view import OwnView, Sharing
from rtcc_core.wire.conveyance.retrieval import retrieve
from rtcc_core.wire.eido import Issuer, read_eido

ISSUER = Issuer(element="dfr.example", agency_uid="pd.example", agency_name="RIVERTON PD")
START = came_up(drones=("D1", "D2"))


def a_call(number: str, **changes: Any) -> Call:
    base = Call(call_id=number, report=reported(number).report, received_at=NOON, changed_at=NOON)
    return replace(base, **changes)


def house(*calls: Call, flights: tuple[Flight, ...] = ()) -> State:
    return State(
        programme=START.programme,
        sites={site.name: site for site in START.sites},
        drones={drone.callsign: drone for drone in START.drones},
        calls={call.call_id: call for call in calls},
        flights={flight.flight_id: flight for flight in flights},
        started_at=NOON,
    )


def a_flight(phase: Phase, drone: str = "D1", call_id: str = "1041") -> Flight:
    target = offset(HOME, 90.0, 1_000.0)
    return Flight(
        flight_id=f"F-{drone}",
        drone=drone,
        call_id=call_id,
        operator="reyes",
        target=target,
        opened_at=NOON,
        phase=phase,
        phase_since=NOON,
    )


def sky(**changes: Any) -> Sky:
    return {name: replace(ready(name), **changes) for name in ("D1", "D2")}


def own_view(**sharing: Any) -> OwnView:
    return OwnView(Sharing(issuer=ISSUER, **sharing))


def told(view: OwnView, uid: str = "uid-1041") -> Json:
    eido = view.get(uid)
    assert eido is not None
    return eido


# --- the calls --------------------------------------------------------------------------------


def test_only_what_changed_is_told_again() -> None:
    view, first, second = own_view(), a_call("1041"), a_call("1042")
    assert set(view.update(house(first, second), {}, NOON)) >= {"uid-1041", "uid-1042"}
    assert view.update(house(first, second), {}, NOON) == []
    newer = replace(second, report=replace(second.report, beat="B2"), changed_at=NOON)
    assert view.update(house(first, newer), {}, NOON) == ["uid-1042"]


def test_a_floor_is_built_in_portions_and_nothing_is_forgotten() -> None:
    view, state = own_view(), house(*(a_call(str(number)) for number in range(25)))
    told_of: list[str] = []
    for _ in range(3):
        told_of += view.update(state, {}, NOON, at_most=10)
    assert not view.is_behind
    assert len([uid for uid in told_of if uid.startswith("uid-")]) == 25
    assert len(view.active()) == 25 + len(state.drones)


def test_what_is_told_reads_back_as_the_same_call() -> None:
    view = own_view()
    view.update(house(a_call("1041")), {}, NOON)
    report = read_eido(told(view), "them")
    assert (report.number, report.incident_uid, report.agency) == ("1041", "uid-1041", "RIVERTON PD")
    assert report.place.position == reported().report.place.position


def test_the_place_is_where_a_person_said_and_notes_of_ours_stay_here_unless_shared() -> None:
    placed = replace(reported().report.place, position=HOME)
    call = a_call("1041", placed=placed, house_notes=(Note(text="ours alone"),))
    for shares, count in ((False, 0), (True, 1)):
        view = own_view(shares_notes=shares)
        view.update(house(call), {}, NOON)
        report = read_eido(told(view), "them")
        assert report.place.position == HOME
        assert len(report.notes) == count


def test_calls_of_feeds_that_are_not_shared_are_nobodys() -> None:
    view = own_view(feeds=frozenset({"CITY"}))
    assert [uid for uid in view.update(house(a_call("1041")), {}, NOON) if uid == "uid-1041"] == []
    assert view.get("uid-1041") is None


def test_two_calls_with_one_senders_id_are_told_apart() -> None:
    other = a_call("77", report=replace(reported("1041").report, feed="CITY"))
    view = own_view()
    uids = view.update(house(a_call("1041"), other), {}, NOON)[:2]
    assert uids == ["uid-1041", "urn:emergency:uid:incidentid:CITY-uid-1041:dfr.example"]


def test_what_another_house_says_of_an_incident_that_was_told_is_not_passed_on() -> None:
    """Two houses that subscribe to each other would make a new call of every echo."""
    first = a_call("1041")
    ours = replace(first, report=replace(first.report, feed="bridge", incident_uid="42"))
    view = own_view()
    view.update(house(ours), sky(), NOON)
    echo, known = a_call("C2"), a_call("C3")
    same = replace(echo, report=replace(echo.report, feed="CITY", incident_uid="42"))
    view.update(house(ours, same), sky(), NOON)
    minted = {str(eido["$id"]) for eido in view.active()} - {"42"}
    (uid,) = (each for each in minted if "incidentid" in each)
    again = replace(known, report=replace(known.report, feed="CITY", incident_uid=uid))
    before = len(view.active())
    assert view.update(house(ours, same, again), sky(), NOON) == []
    assert len(view.active()) == before


def test_an_ended_call_is_kept_for_five_minutes() -> None:
    call, view = a_call("1041"), own_view()
    view.update(house(call), {}, NOON)
    closed = replace(call, report=replace(call.report, status=CallStatus.CLOSED), changed_at=NOON)
    assert "uid-1041" in view.update(house(closed), {}, NOON)
    assert [eido["$id"] for eido in view.ended(NOON + timedelta(minutes=5))] == ["uid-1041"]
    assert view.ended(NOON + timedelta(minutes=5, seconds=1)) == []
    assert "uid-1041" not in [eido["$id"] for eido in view.active()]


def test_what_the_house_forgot_is_told_no_more() -> None:
    view = own_view()
    view.update(house(a_call("1041"), a_call("1042")), {}, NOON)
    view.update(house(a_call("1042")), {}, NOON)
    assert view.get("uid-1041") is None


# --- the aircraft -----------------------------------------------------------------------------


def units(eido: Json) -> dict[str, Json]:
    found = eido.get("emergencyResourceComponent", [])
    return {unit["emergencyResourceName"]: unit for unit in found}


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in (Phase.LANDED, Phase.ABORTED)])
def test_every_phase_has_a_status_of_the_registries(phase: Phase) -> None:
    view = own_view()
    view.update(house(a_call("1041"), flights=(a_flight(phase),)), sky(), NOON)
    unit = units(told(view))["D1"]
    assert unit["primaryUnitStatusRegistryText"] in ("Available", "ConditionallyAvailable", "NotAvailable")
    assert unit["secondaryUnitStatusRegistryText"]
    assert unit["unitStatusInternal"] == [phase.value]
    assert unit["activeOnIncidentId"] == "uid-1041"


def test_a_position_that_is_old_keeps_its_own_time() -> None:
    view, later = own_view(), NOON + timedelta(minutes=10)
    seen = sky(position_age_s=120.0, is_connected=False)
    view.update(house(a_call("1041"), flights=(a_flight(Phase.LOST),)), seen, later)
    unit = units(told(view))["D1"]
    assert unit["lastUpdateTimeStamp"] == "2026-03-01T12:08:00.000Z"
    assert "eta" not in unit


def test_silence_tells_nothing_new() -> None:
    view = own_view()
    state = house(a_call("1041"), flights=(a_flight(Phase.LOST),))
    for second in range(5):
        at = NOON + timedelta(seconds=600 + second)
        changed = view.update(state, sky(position_age_s=120.0 + second), at)
        assert ("uid-1041" in changed) is (second == 0)


def test_an_aircraft_that_has_left_is_gone_from_the_incident_with_a_newer_time() -> None:
    view, call = own_view(), a_call("1041")
    view.update(house(call, flights=(a_flight(Phase.ON_SCENE),)), sky(), NOON)
    before = told(view)
    later = NOON + timedelta(seconds=30)
    assert "uid-1041" in view.update(house(call), sky(), later)
    after = told(view)
    assert units(after) == {}
    assert str(after["lastUpdateTimeStamp"]) > str(before["lastUpdateTimeStamp"])
    assert units(told(view, "urn:emergency:uid:resourceid:D1:dfr.example"))["D1"]


def test_two_aircraft_stand_beside_the_units_that_cad_named() -> None:
    view = own_view()
    flights = (a_flight(Phase.ON_SCENE), a_flight(Phase.TRANSIT, "D2"))
    view.update(house(a_call("1041"), flights=flights), sky(), NOON)
    assert [unit.callsign for unit in read_eido(told(view), "them").units] == ["D1", "D2"]
    ids = [
        part["$id"] for key, some in told(view).items() if key.endswith("Component") for part in _list(some)
    ]
    assert len(ids) == len(set(ids))


def _list(value: object) -> list[Json]:
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


# --- filters ----------------------------------------------------------------------------------

EIDO: Json = {
    "$id": "a",
    "incidentComponent": {"n": 8, "type": "SHOOT", "status": ["Active", "ResourcesOnscene"], "flag": True},
    "units": [{"name": "4A21"}, {"name": "4A22"}],
}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("incidentComponent.n >= 8", True),
        ("incidentComponent.n > 8", False),
        ("$.incidentComponent.type == 'shoot'", True),
        ('incidentComponent.status = "Closed"', False),
        ('incidentComponent.status != "Closed"', True),
        ('incidentComponent.status != "Active"', False),
        ('units.name == "4A22" and incidentComponent.n < 9', True),
        ('units.name == "4A22" && incidentComponent.n < 8', False),
        ("nothing.here == 1", False),
        ('nothing.here != "x"', True),
        ("incidentComponent.flag == 1", False),
        ('$id == "a"', True),
    ],
)
def test_filters(text: str, fits: bool) -> None:
    assert read_filter(text).fits(EIDO) is fits


@pytest.mark.parametrize(
    "text",
    ["", "x", "x == ", "x == y", "x == 1 or y == 2", "x == 1 and", 'x < "a"', "x == 1 y == 2", "a" * 2_000,
     " and ".join(["x == 1"] * 21)],
)  # fmt: skip
def test_what_is_no_filter_is_refused_in_words(text: str) -> None:
    with pytest.raises(NotAFilter, match=r"filter|numbers"):
        read_filter(text)


@given(st.text(max_size=60), json_values)
def test_any_text_is_a_filter_or_not_and_nothing_else(text: str, value: object) -> None:
    try:
        read = read_filter(text)
    except NotAFilter:
        return
    assert read.fits({"x": value}) in (True, False)


@given(json_values, st.sampled_from(["a.b > 1", 'a == "x"', "a.b.c != 2 and a < 5"]))
def test_a_filter_looks_at_anything(value: object, text: str) -> None:
    assert read_filter(text).fits({"a": value}) in (True, False)


# --- retrieval --------------------------------------------------------------------------------


@given(st.text(max_size=80), st.lists(st.text(max_size=40), max_size=3))
def test_any_request_is_answered_by_the_standards_codes(target: str, accept: list[str]) -> None:
    known = {HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.NOT_ACCEPTABLE}
    for path in (target, f"/IncidentData/v1/incidents/{target}", f"/IncidentData/v1/references/{target}"):
        reply = retrieve(path, accept, find=lambda uid: None, base_url="https://x", version="0")
        assert reply.status in known
