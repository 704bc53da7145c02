"""EIDO out: our calls and our aircraft, valid by what the schema requires, read back as they were."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtcc_core.domain.call import (
    CallReport,
    CallStatus,
    Detail,
    IncidentLink,
    LinkKind,
    Note,
    Place,
    PlaceKind,
    Unit,
)
from rtcc_core.domain.flight import Phase
from rtcc_core.domain.geo import LatLon
from rtcc_core.wire.eido import AirUnit, Issuer, NoIncident, read_eido, write_aircraft_eido, write_eido
from rtcc_core.wire.eido.layout import LAYOUTS, PROLOGUE, ROOT_NEEDS
from rtcc_core.wire.eido.registry_words import UNIT_STATUSES

AT = datetime(2026, 3, 4, 14, 40, tzinfo=UTC)
HERE, THERE = LatLon(40.1148, -75.3432), LatLon(40.12, -75.35)
ISSUER = Issuer(element="rtcc.pd.example", agency_uid="pd.example", agency_name="Riverton PD")
Json = dict[str, Any]

REPORT = CallReport(
    feed="county",
    incident_uid="urn:emergency:uid:incidentid:1:pd.example",
    number="1041",
    type_code="SHOOT",
    type_text="Shooting",
    priority=1,
    status_text="active",
    place=Place(position=HERE, uncertainty_m=25.0, kind=PlaceKind.CURRENT_INCIDENT, shape="circle"),
    other_places=(
        Place(position=THERE, kind=PlaceKind.CALLER, shape="point"),
        Place(kind=PlaceKind.TOWER, by_reference="https://lis.example/1"),
    ),
    notes=(Note(text="<script>&amp;", at=AT, author="M. Ortiz"),),
    units=(Unit(callsign="4A21", status="en route"),),
    links=(
        IncidentLink(kind=LinkKind.REPLACED, incident_uid="urn:2"),
        IncidentLink(kind=LinkKind.SPLIT, incident_uid="urn:3"),
        IncidentLink(kind=LinkKind.CHILD, incident_uid="urn:4"),
    ),
    merged_into_uid="urn:2",
    details=(
        Detail(kind="caution", text="WEAPON: handgun", severity=1),
        Detail(kind="person", text="suspect"),
    ),
    agency="Riverton PD",
    updated_at=AT,
)

UNIT = AirUnit(
    callsign="D1",
    resource_uid="urn:emergency:uid:resourceid:D1:pd.example",
    at=AT,
    phase=Phase.TRANSIT,
    position=THERE,
    destination=HERE,
    eta=AT + timedelta(seconds=70),
    pilot="A. Reyes",
    has_thermal=True,
    stream_url="https://video.pd.example/d1",
    incident_uid=REPORT.incident_uid,
)


def assert_valid(eido: Json) -> None:
    """What the published schema requires: members, unique `$id`s, and that references lead somewhere."""
    assert eido.keys() >= set(ROOT_NEEDS)
    assert eido["eidoVersion"] == "1.0"
    by_key = {layout.root_key: layout for layout in LAYOUTS}
    ids, references = [f"root {eido['$id']}"], []
    for key, value in eido.items():
        if key not in by_key:
            continue
        for component in value if isinstance(value, list) else [value]:
            assert component.keys() >= {*PROLOGUE, *by_key[key].needs}, key
            assert datetime.fromisoformat(component["lastUpdateTimeStamp"]).tzinfo is not None
            ids.append(component["$id"])
            references += [to["$ref"] for to in _references(component)]
    assert isinstance(eido.get("incidentComponent", {}), dict)
    assert len(ids) == len(set(ids))
    assert set(references) <= set(ids)
    lone = {unit["$id"] for unit in eido.get("emergencyResourceComponent", ())}
    assert eido["$id"] not in set(ids) - lone
    for location in eido.get("locationComponent", ()):
        assert ("locationByValue" in location) != ("locationByReferenceUrl" in location)


def _references(value: object) -> list[Json]:
    if isinstance(value, dict):
        return [value] if "$ref" in value else [to for each in value.values() for to in _references(each)]
    return [to for each in value for to in _references(each)] if isinstance(value, list) else []


def written(report: CallReport = REPORT, *units: AirUnit) -> Json:
    found: Json = json.loads(json.dumps(write_eido(report, ISSUER, aircraft=units)))
    assert_valid(found)
    return found


def test_a_call_reads_back_as_it_was() -> None:
    report = read_eido(written(), "county")
    tower = "the TowerLocation location is only a link, which the sender expects to be followed"
    assert report == replace(REPORT, details=REPORT.details[:1], warnings=(tower,))


def test_an_aircraft_is_a_resource_of_the_incident() -> None:
    eido = written(REPORT, UNIT)
    resource = eido["emergencyResourceComponent"][-1]
    assert resource["emergencyResourceTypeCommonRegistryText"] == "UnmannedAerialVehicle"
    assert resource["resourceAttributeRegistryText"] == ["ReconAircraft", "AerialPhotographyAircraft", "FLIR"]
    assert resource["primaryUnitStatusRegistryText"] == "NotAvailable"
    assert resource["secondaryUnitStatusRegistryText"] == ["EnRoute"]
    assert resource["eta"] == "2026-03-04T14:41:10.000Z"
    assert resource["activeOnIncidentId"] == REPORT.incident_uid
    assert [medium["uri"] for medium in eido["mediaComponent"]] == ["https://video.pd.example/d1"]
    assert eido["dispatchComponent"][0]["emergencyResourceReference"] == [{"$ref": UNIT.resource_uid}]
    by_id = {location["$id"]: location for location in eido["locationComponent"]}
    assert "40.12 -75.35" in by_id[resource["unitLocationReference"]["$ref"]]["locationByValue"]
    report = read_eido(eido, "county")
    assert [(unit.callsign, unit.status) for unit in report.units][-1] == ("D1", "en route")
    assert report.place == REPORT.place


def test_an_aircraft_whose_position_is_not_known_sends_none() -> None:
    eido = written(REPORT, replace(UNIT, position=None, destination=None, eta=None, stream_url=""))
    resource = eido["emergencyResourceComponent"][-1]
    assert not resource.keys() & {"unitLocationReference", "unitDestinationReference", "eta"}
    assert "mediaComponent" not in eido


@pytest.mark.parametrize("phase", [None, *Phase])
@pytest.mark.parametrize("is_ready", [True, False])
def test_every_phase_has_statuses_of_the_registries(phase: Phase | None, is_ready: bool) -> None:
    unit = replace(UNIT, phase=phase, is_ready=is_ready, incident_uid=None)
    eido: Json = json.loads(json.dumps(write_aircraft_eido(unit, ISSUER)))
    assert_valid(eido)
    [resource] = eido["emergencyResourceComponent"]
    primary = resource["primaryUnitStatusRegistryText"]
    assert primary in ("Available", "ConditionallyAvailable", "NotAvailable")
    assert set(resource["secondaryUnitStatusRegistryText"]) <= set(UNIT_STATUSES)
    is_free = phase is None and is_ready
    assert (primary == "Available") is is_free


@pytest.mark.parametrize("root", [UNIT.resource_uid, "urn:emergency:uid:incidentid:0:pd.example", "7"])
def test_a_unit_at_rest_is_no_incident_whatever_its_root_is_called(root: str) -> None:
    resting = replace(UNIT, phase=None, is_ready=True, incident_uid=None, destination=None, eta=None)
    eido: Json = json.loads(json.dumps(write_aircraft_eido(resting, ISSUER))) | {"$id": root}
    with pytest.raises(NoIncident, match="units that are on no incident"):
        read_eido(eido, "air")


def test_a_unit_on_an_incident_tells_of_that_incident() -> None:
    busy: Json = json.loads(json.dumps(write_aircraft_eido(UNIT, ISSUER)))
    assert read_eido(busy, "air").incident_uid == REPORT.incident_uid
    del busy["emergencyResourceComponent"][0]["activeOnIncidentId"]  # a sender who leaves it out
    assert [unit.callsign for unit in read_eido(busy, "air").units] == ["D1"]
    resting = replace(UNIT, phase=None, is_ready=True, incident_uid=None, destination=None, eta=None)
    placed: Json = json.loads(json.dumps(write_aircraft_eido(resting, ISSUER))) | {"$id": "i7"}
    placed["locationComponent"][0]["locationTypeDescriptionRegistryText"] = "CurrentIncident"
    assert read_eido(placed, "air").incident_uid == "i7"


TEXTS = st.text(max_size=30)
UNITS = st.builds(Unit, callsign=TEXTS, status=TEXTS)
REPORTS = st.builds(
    CallReport,
    feed=st.just("county"),
    incident_uid=st.just("urn:1"),
    number=TEXTS,
    type_code=st.sampled_from(["SHOOT", "77D", ""]),
    type_text=TEXTS,
    priority=st.none() | st.integers(1, 5),
    status=st.sampled_from(CallStatus),
    place=st.builds(
        Place,
        position=st.none() | st.builds(LatLon, st.floats(-90, 90), st.floats(-180, 180)),
        uncertainty_m=st.none() | st.floats(0, 1e6),
        address=TEXTS,
        kind=st.sampled_from(PlaceKind),
    ),
    notes=st.lists(st.builds(Note, text=TEXTS, author=TEXTS), max_size=2).map(tuple),
    units=st.lists(UNITS, max_size=3, unique_by=lambda unit: unit.callsign).map(tuple),
    details=st.lists(st.builds(Detail, kind=st.just("caution"), text=TEXTS), max_size=2).map(tuple),
    updated_at=st.integers(0, 10**9).map(lambda seconds: AT - timedelta(seconds=seconds)),
)


@given(REPORTS)
def test_whatever_a_call_holds_is_written_validly_and_read_again(report: CallReport) -> None:
    again = read_eido(written(report), "county")
    assert (again.incident_uid, again.priority, again.status) == ("urn:1", report.priority, report.status)
