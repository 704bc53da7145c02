"""Every component of an EIDO: what it becomes on the screen, and that no damage to it gets further."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.call import CallReport, CallStatus, Detail, IncidentLink, LinkKind, PlaceKind
from rtcc_core.domain.geo import LatLon
from rtcc_core.wire.eido import Tables, Unusable, read_eido
from rtcc_core.wire.eido.components import Caution
from rtcc_core.wire.eido.layout import DISPOSITION, LAYOUTS, How, Layout
from rtcc_core.wire.eido.message import read_message
from rtcc_core.wire.eido.opaque import document_line
from rtcc_core.wire.eido.parts import Reading
from rtcc_core.wire.pidf_lo import write_pidf_lo

AT = datetime(2026, 3, 4, 14, 40, tzinfo=UTC)
STAMP = "2026-03-04T14:40:00Z"
UID = "urn:emergency:uid:incidentid:1:county.example"
HERE = LatLon(40.1148, -75.3432)
AGENCY = "pd.example"
Json = dict[str, Any]


def component(identity: str, **members: Any) -> Json:
    prologue = {
        "$id": identity,
        "lastUpdateTimeStamp": STAMP,
        "updatedByAgencyReference": {"$ref": AGENCY},
    }
    return {**prologue, **members}


def eido(**parts: Any) -> Json:
    agency = component(
        AGENCY,
        agencyRoleDescriptionRegistryText=["Dispatching"],
        agencyType=["police"],
        agencyJcard='["vcard",[["fn",{},"text","County PD"]]]',
    )
    incident = component("inc", incidentTypeCommonRegistryText="SHOOT")
    root = component(
        UID,
        eidoVersion="1.0",
        issuingElementIdentification="cad.pd.example",
        agencyComponent=[agency],
        incidentComponent=incident,
    )
    root.update(parts)
    return root


def read(obj: object, **how: Any) -> CallReport:
    return read_eido(obj, "county", **how)


def details(obj: object, kind: str) -> list[str]:
    return [detail.text for detail in read(obj).details if detail.kind == kind]


# --- what each becomes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "text", "severity"),
    [
        (
            {"cautionTypeInternalText": "Handgun in house", "cautionSeverity": "highest"},
            "WEAPON: Handgun in house",
            1,
        ),
        ({"cautionTypeInternalText": "Dog", "cautionSeverity": "low"}, "Dog", 4),
        (
            {"cautionTypeInternalText": "No weapons known", "cautionSeverity": "normal"},
            "No weapons known",
            3,
        ),
        ({"cautionTypeCommonRegistryText": "OfficerSafety"}, "officer safety", None),
        ({"cautionTypeInternalText": "Dog", "cautionSource": AGENCY}, "Dog (says County PD)", None),
        ({"cautionTypeInternalText": "Dog", "cautionSeverity": ["x"]}, "Dog", None),
    ],
)
def test_a_caution_is_told_with_its_severity(members: Json, text: str, severity: int | None) -> None:
    report = read(eido(cautionComponent=[component("c", **members)]))
    assert report.details == (Detail(kind="caution", text=text, severity=severity),)


def test_the_worst_caution_is_first() -> None:
    cautions = [
        component(f"c{n}", cautionTypeInternalText=word, cautionSeverity=word)
        for n, word in enumerate(("lowest", "highest", "normal"))
    ]
    assert details(eido(cautionComponent=cautions), "caution") == ["highest", "normal", "lowest"]


PERSON = {
    "personName": [{"personGivenName": ["John"], "personSurName": {"value": "Smith"}}],
    "nc:personSexText": "male",
    "personAgeMeasure": {"measureIntegerValue": 30},
}
VEHICLE = {
    "vehicleColorPrimaryText": ["blue"],
    "itemModelYearDate": "2019",
    "vehicleMakeCode": "Honda",
    "vehicleModelCode": "Civic",
    "conveyanceRegistrationPlateIdentification": {
        "identificationID": "8ABC123",
        "identificationJurisdictionText": "CA",
    },
}


def test_people_and_vehicles_are_one_line_each() -> None:
    obj = eido(
        personComponent=[
            component("p", personIncidentRoleRegistryText=["Suspect"], ncPersonComponent=PERSON),
            component("q", personIncidentRoleRegistryText=["ReportingParty"]),
        ],
        vehicleComponent=[
            component("v", vehicleRelationshipType=["SuspectVehicle"], ncVehicleComponent=VEHICLE)
        ],
    )
    assert details(obj, "person") == ["suspect: John Smith, male, 30", "reporting party"]
    assert details(obj, "vehicle") == ["suspect vehicle: plate 8ABC123 CA, blue 2019 Honda Civic"]


def test_an_armed_person_and_a_weapon_among_the_items_are_cautions() -> None:
    body = {"personFullName": "J. S.", "personArmedIndicator": True}
    obj = eido(
        personComponent=[component("p", personIncidentRoleRegistryText=["Suspect"], ncPersonComponent=body)],
        itemComponent=[component("i", ncItemType={"itemDescriptionText": "black rifle"})],
    )
    assert details(obj, "caution") == [
        "WEAPON: black rifle",
        "WEAPON: suspect: J. S. is said to be armed",
    ]


def test_the_call_tells_how_to_call_back() -> None:
    obj = eido(
        callComponent=[
            component(
                "call",
                callStateRegistryText="callAnswered",
                standardPrimaryCallType="emergency",
                direction="incoming",
                callStartTimestamp="2026-03-04T14:38:12Z",
                callBackReference={"$ref": "cb"},
            )
        ],
        callbackComponent=[
            component(
                "cb",
                callBackInformationUri=["tel:+12155550100"],
                updatedCbn={
                    "updatedCbnIdentifierUri": "tel:+12155550199",
                    "updatedCbnCallerDescription": "work",
                },
            )
        ],
    )
    report = read(obj)
    assert report.started_at == AT - timedelta(seconds=108)
    assert details(obj, "call") == [
        "incoming call, emergency, call answered, call back +12155550100, +12155550199 (work)"
    ]


CAP = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>x</identifier><info><event>Flood</event>'
    "<severity>Severe</severity><headline>Creek over the road</headline></info></alert>"
)
COMMENT = (
    '<EmergencyCallData.Comment xmlns="urn:ietf:params:xml:ns:EmergencyCallData:Comment">'
    "<Comment xml:lang='en'>Deaf caller</Comment></EmergencyCallData.Comment>"
)
CRASH = (
    '<v:AutomatedCrashNotification xmlns:v="http://www.veds.org/acn/1.0"><v:Crash><v:AirbagDeployed>true'
    "</v:AirbagDeployed><v:Rollover>1</v:Rollover></v:Crash></v:AutomatedCrashNotification>"
)
ASAP = (
    '<a:AlarmNotification xmlns:a="http://apco.example/asap"><a:AlarmEventCategoryText>Burglary'
    "</a:AlarmEventCategoryText><a:SensorZoneID>7</a:SensorZoneID></a:AlarmNotification>"
)
BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        (CAP, "alert: Creek over the road, Flood, severity Severe"),
        (COMMENT, "emergency call data comment: Deaf caller"),
        (CRASH, "automated crash notification: airbag deployed true, rollover 1"),
        ('{"battery": 12, "device": {"model": "watch"}}', "12, watch"),
        ("plain words", "plain words"),
        ("<a><b>1</b></a>", "a: b 1"),
        ("<a>", "a document that is not well-formed XML"),
        (
            BOMB,
            "a document that was refused: it declares a document type, entities or an odd encoding",
        ),
        ("<a>" * 20_000, "a document that is not well-formed XML"),
        ("[" * 20_000, None),
        ("", ""),
        ("x" * 400_000, "a document of 390 kB"),
    ],
)
def test_an_opaque_document_is_one_line(document: str, shown: str | None) -> None:
    found = document_line(document)
    assert found == shown if shown is not None else len(found) <= 200


def test_additional_data_alarms_media_and_sources_are_told() -> None:
    obj = eido(
        additionalDataComponent=[
            component("d1", additionalDataByValue=CAP),
            component(
                "d2",
                additionalDataByReferenceUrl="https://adr.example/7",
                urlPurpose="EmergencyCallData.DeviceInfo",
            ),
        ],
        alarmsSensorsComponent=[
            component("a1", csaaAlarmInformation=ASAP),
            component("a2", alarmUrl="https://x.example"),
        ],
        mediaComponent=[component("m", uri="https://cam.example/1", contentType="video/mp4", label="Cam 4")],
        sharedCommunicationResourceComponent=[
            component(
                "s1",
                sharedCommunicationResourceType="TalkGroup",
                connectedSharedCommunicationResources=[{"$ref": "s2"}],
            ),
            component(
                "s2",
                sharedCommunicationResourceType="ChatRoom",
                connectedSharedCommunicationResources=[{"$ref": "s1"}],
            ),
        ],
        externalInformationSourceComponent=[
            component("e", externalSourceRegistryText="PlateReader", externalSourceAcessString="q=8ABC123")
        ],
        unitEmergencyStateComponent=[
            component("u", severity="highest", startTimestamp=STAMP, originatingDevice="Radio1334"),
            component("w", severity="highest", startTimestamp=STAMP, stopTimestamp=STAMP),
        ],
    )
    obj["incidentComponent"]["dispositionComponent"] = [
        component("x", dispositionCommonRegistryCode="3", dispositionDescriptionText="one adult")
    ]
    report = read(obj)
    assert [(detail.kind, detail.text) for detail in report.details] == [
        ("caution", "UNIT EMERGENCY Radio1334"),
        ("alarm", "alarm notification: alarm event category text Burglary, sensor zone id 7"),
        ("alarm", "alarm data at https://x.example"),
        ("media", "Cam 4 video/mp4 https://cam.example/1"),
        ("disposition", "arrest, one adult"),
        ("data", "alert: Creek over the road, Flood, severity Severe"),
        ("data", "EmergencyCallData.DeviceInfo at https://adr.example/7"),
        ("data", "talk group"),
        ("data", "chat room"),
        ("data", "plate reader q=8ABC123"),
    ]
    assert report.warnings == ("the message has no location",)
    assert report.agency == "County PD"


def test_links_merges_and_splits_are_told_by_direction() -> None:
    def merge(uid: str, direction: object) -> Json:
        return component(f"m{uid}", incidentTrackingIdentifier=uid, incidentMergeDirectionCode=direction)

    def link(uid: object, direction: str) -> Json:
        return component(f"l{direction}", incidentTrackingIdentifier=uid, linkDirectionCode=direction)

    report = read(
        eido(
            mergeComponent=[
                merge("a", "REPLACED"),
                merge("b", "split"),
                merge("c", "SIDEWAYS"),
                merge(UID, "SPLIT"),
            ],
            linkComponent=[
                link("p", "PARENT"),
                link("q", "UNLINK"),
                link(None, "CHILD"),
                link("p", "PARENT"),
            ],
        )
    )
    assert report.links == (
        IncidentLink(kind=LinkKind.REPLACED, incident_uid="a"),
        IncidentLink(kind=LinkKind.SPLIT, incident_uid="b"),
        IncidentLink(kind=LinkKind.PARENT, incident_uid="p"),
        IncidentLink(kind=LinkKind.UNLINK, incident_uid="q"),
    )
    assert report.merged_into_uid == "a"
    assert any("unknown direction SIDEWAYS" in warning for warning in report.warnings)
    assert any("itself or nothing" in warning for warning in report.warnings)


def test_what_is_not_the_place_is_kept_beside_it_best_first() -> None:
    def location(kind: str, degrees: float, identity: str) -> Json:
        by_value = write_pidf_lo(LatLon(degrees, -75.0), address=f"{degrees:.0f} Oak St")
        return component(identity, locationTypeDescriptionRegistryText=kind, locationByValue=by_value)

    kinds = ["Staging", "UnitLocation", "TowerLocation", "Caller", "CurrentIncident", "RoutingLocation"]
    report = read(eido(locationComponent=[location(kind, 40.0 + n, kind) for n, kind in enumerate(kinds)]))
    assert report.place.kind is PlaceKind.CURRENT_INCIDENT
    assert not report.place.needs_confirmation
    assert [(place.kind, place.address) for place in report.other_places] == [
        (PlaceKind.CALLER, "43 Oak St"),
        (PlaceKind.ROUTING, "45 Oak St"),
        (PlaceKind.TOWER, "42 Oak St"),
        (PlaceKind.OTHER, "staging: 40 Oak St"),
    ]


def test_only_a_tower_is_never_flown_to_unasked() -> None:
    tower = component(
        "t", locationTypeDescriptionRegistryText="TowerLocation", locationByValue=write_pidf_lo(HERE)
    )
    assert read(eido(locationComponent=[tower])).place.needs_confirmation


def test_a_unit_tells_its_step_and_what_it_is_about() -> None:
    def unit(name: str, *secondary: str, **more: Any) -> Json:
        return component(
            name, emergencyResourceName=name, secondaryUnitStatusRegistryText=[*secondary], **more
        )

    units = [
        unit("A1", "Dispatched", "EnRoute"),
        unit("A2", "EnRoute", "Hospital"),
        unit("A3", "OutofService"),
        unit("A4", unitStatusInternal=["10-97"]),
        unit("A5", "EnRoute", activeOnIncidentId="other", stackedOnIncidentId=[UID]),
        unit("A6", "EnRoute", activeOnIncidentId="other"),
        unit("A7", primaryUnitStatusRegistryText="Available"),
    ]
    dispatch = component("d", emergencyResourceReference=[{"$ref": "A7"}])
    obj = eido(emergencyResourceComponent=units, dispatchComponent=[dispatch])
    report = read(obj, tables=Tables(unit_statuses={"10-97": "on scene"}))
    assert [(unit.callsign, unit.status) for unit in report.units] == [
        ("A1", "en route"),
        ("A2", "en route, hospital"),
        ("A3", "out of service"),
        ("A4", "on scene"),
        ("A5", "queued, en route"),
        ("A7", "dispatched"),
    ]


# --- the agency's own tables ---------------------------------------------------------------------


def test_the_agencys_own_codes_stand_before_the_registries() -> None:
    tables = Tables(
        types={"77d": "Boat ramp", "SHOOT": "Shots fired"},
        priorities={"P1": 1, "10": 3},
        statuses={"10-8": CallStatus.CLOSED, "FireUnderControl": CallStatus.CLOSED},
    )

    def incident(**members: Any) -> CallReport:
        members = {"incidentTypeCommonRegistryText": "SHOOT"} | members
        return read(eido(incidentComponent=component("i", **members)), tables=tables)

    assert incident().type_text == "Shots fired"
    own = incident(incidentTypeCommonRegistryText="NCRNONE", incidentTypeInternalCode="77D")
    assert (own.type_code, own.type_text) == ("77D", "Boat ramp")
    assert incident(incidentPriorityInternalText="p1", incidentCommonPriorityNumber=0).priority == 1
    assert incident(incidentCommonPriorityNumber=10).priority == 3
    assert incident(incidentCommonPriorityNumber=9).priority == 1
    assert incident(incidentStatusInternalText=["10-8"]).status is CallStatus.CLOSED
    assert incident(incidentStatusCommonRegistryText=["FireUnderControl"]).status is CallStatus.CLOSED


def test_a_priority_of_no_scale_of_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="1 \\(highest\\) to 5"):
        Tables(priorities={"P0": 0})


def test_a_time_without_a_zone_is_in_the_agencys() -> None:
    obj = eido(lastUpdateTimeStamp="2026-03-04T09:40:00")
    report = read(obj, zone=ZoneInfo("America/New_York"))
    assert report.updated_at == AT
    assert any("zone of the agency (America/New_York)" in warning for warning in report.warnings)


def test_an_hour_that_comes_twice_or_never_is_still_a_time() -> None:
    zone = ZoneInfo("America/New_York")
    for stamp in ("2026-11-01T01:30:00", "2026-03-08T02:30:00"):
        assert read(eido(lastUpdateTimeStamp=stamp), zone=zone).updated_at.tzinfo is UTC


# --- references ----------------------------------------------------------------------------------


def test_a_circle_that_nobody_intends_is_said() -> None:
    notes = [
        component("n1", notesActionComments="a", cautionReference=[{"$ref": "n2"}]),
        component("n2", notesActionComments="b", cautionReference=[{"$ref": "n1"}]),
    ]
    report = read(eido(notesComponent=notes))
    assert [note.text for note in report.notes] == ["a", "b"]
    assert "components refer to each other in a circle (n1 → n2 → n1)" in report.warnings


def test_a_reference_to_a_thing_of_another_kind_leads_nowhere() -> None:
    note = component("n", notesActionComments="a", agentReference={"$ref": AGENCY})
    assert read(eido(notesComponent=[note])).notes[0].author == ""


def test_a_long_chain_of_references_is_no_circle() -> None:
    notes = [
        component(f"n{n}", notesActionComments=f"{n}", cautionReference=[{"$ref": f"n{n + 1}"}])
        for n in range(900)
    ]
    assert not any("circle" in warning for warning in read(eido(notesComponent=notes)).warnings)


def test_what_no_version_has_is_kept_whole() -> None:
    message = read_message(eido(x_vendor={"a": [1]}, **{"@context": {}}), Reading())
    assert message.unknown == {"x_vendor": {"a": [1]}}
    assert message.all(Caution) == ()


# --- built from the table, and damaged -----------------------------------------------------------

IDS = st.integers(0, 12).map(lambda n: f"id-{n}")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
DOCUMENTS = st.sampled_from([CAP, COMMENT, CRASH, ASAP, BOMB, "<a", "{}", write_pidf_lo(HERE), "words"])
SOUND: dict[How, st.SearchStrategy[Any]] = {
    How.LINE: st.text(max_size=30),
    How.LINES: st.lists(st.text(max_size=15), max_size=3),
    How.UID: IDS,
    How.UIDS: st.lists(IDS, max_size=2),
    How.DOCUMENT: DOCUMENTS,
    How.DOCUMENTS: st.lists(DOCUMENTS, max_size=2),
    How.REFERENCES: st.lists(st.builds(lambda to: {"$ref": to}, IDS), max_size=3),
    How.TIME: st.integers(0, 10**9).map(lambda s: (AT - timedelta(seconds=s)).isoformat()),
    How.FLAG: st.booleans(),
    How.OPAQUE: JSON | DOCUMENTS,
}


def built(layout: Layout) -> st.SearchStrategy[Json]:
    members = {key: SOUND[how] for key, how in layout.members.values()}
    return st.builds(
        lambda identity, some: component(identity, **some), IDS, st.fixed_dictionaries({}, optional=members)
    )


ANY_EIDO: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {},
    optional={layout.root_key: st.lists(built(layout), max_size=2) for layout in LAYOUTS},
).map(lambda parts: eido(**parts))


def every_text(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from every_text(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from every_text(inner)


def assert_safe(obj: object) -> CallReport | None:
    try:
        report = read(obj, near=HERE, received_at=AT)
    except Unusable:
        return None
    for text in every_text(msgspec.to_builtins(report)):
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text)
    assert len(report.warnings) <= 30
    assert msgspec.convert(msgspec.to_builtins(report), CallReport) == report
    return report


@given(ANY_EIDO)
def test_any_components_are_read(obj: Json) -> None:
    report = assert_safe(obj)
    assert report is not None
    assert report.incident_uid == UID
    assert len(report.notes) <= len(obj.get("notesComponent", ()))


@given(ANY_EIDO, st.data())
def test_any_damage_is_read_or_unusable(obj: Json, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        holder: Any = obj
        key: Any = data.draw(st.sampled_from(sorted(obj)))
        if isinstance(obj.get(key), list) and obj[key] and isinstance(obj[key][0], dict):
            holder = obj[key][0]
            key = data.draw(st.sampled_from([*sorted(holder), "anything"]))
        holder[key] = data.draw(JSON | st.text(max_size=40))
    assert_safe(obj)


def test_the_table_holds_every_member_of_our_types() -> None:
    for layout in (*LAYOUTS, DISPOSITION):
        fields = set(layout.kind.__struct_fields__) - {"identity", "updated_at"}
        assert fields == set(layout.members), layout.kind
