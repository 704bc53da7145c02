"""EIDO: the standard's own shape, and what the field sends in its place."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtcc_core.domain.call import CallReport, CallStatus, Note, Place, PlaceKind, Unit
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import NOTE_MAX
from rtcc_core.wire.eido import Unusable, read_eido, write_eido
from rtcc_core.wire.eido.note_text import note_text
from rtcc_core.wire.pidf_lo import write_pidf_lo

AT = datetime(2026, 3, 4, 14, 40, tzinfo=UTC)
UID = "urn:emergency:uid:incidentid:a56e556d871:bcf.state.pa.us"
HERE = LatLon(40.1148, -75.3432)
THERE = LatLon(40.2, -75.4)
Json = dict[str, Any]

REPORT = CallReport(
    feed="county",
    incident_uid=UID,
    number="F26-1041",
    type_code="SHOOT",
    type_text="Shooting",
    priority=1,
    status=CallStatus.ACTIVE,
    status_text="units en route",
    place=Place(
        position=HERE,
        uncertainty_m=25.0,
        address="1200 E Main St, Norristown",
        kind=PlaceKind.CURRENT_INCIDENT,
        shape="circle",
    ),
    beat="NE-2",
    notes=(
        Note(text="Caller says <two men>, one armed & running", at=AT, author="M. Ortiz"),
        Note(text="Second caller", at=AT + timedelta(seconds=20)),
    ),
    units=(Unit(callsign="4A21", status="en route"), Unit(callsign="M7", status="bingo hall")),
    updated_at=AT,
)


def eido(**changes: Any) -> Json:
    """A sound EIDO, with members replaced; None takes one away."""
    found: Json = json.loads(json.dumps(write_eido(REPORT)))
    found.update(changes)
    return {key: value for key, value in found.items() if value is not None}


def incident(**changes: Any) -> Json:
    found = eido()
    found["incidentComponent"].update(changes)
    return found


def location(kind: str, by_value: object, identity: str = "loc-1", **more: Any) -> Json:
    return {"$id": identity, "locationTypeDescriptionRegistryText": kind, "locationByValue": by_value, **more}


def read(obj: object) -> CallReport:
    return read_eido(obj, "county")


def test_what_is_written_is_read_back() -> None:
    assert read(eido()) == REPORT


def test_what_is_written_has_every_member_the_schema_requires() -> None:
    written = eido()
    prologue = {"$id", "lastUpdateTimeStamp", "updatedByAgencyReference"}
    required = {
        "agencyComponent": {"agencyRoleDescriptionRegistryText", "agencyType"},
        "agentComponent": {"agentRoleRegistryText", "agencyReference"},
        "locationComponent": {"locationTypeDescriptionRegistryText", "locationByValue"},
        "notesComponent": {"notesActionComments"},
        "emergencyResourceComponent": {
            "agentReference",
            "emergencyResourceTypeCommonRegistryText",
            "primaryUnitStatusRegistryText",
            "resourceAttributeRegistryText",
            "secondaryUnitStatusRegistryText",
        },
    }
    assert written.keys() >= prologue | {"eidoVersion", "issuingElementIdentification"} | required.keys()
    assert written["incidentComponent"].keys() >= prologue | {"incidentTypeCommonRegistryText"}
    for key, members in required.items():
        for component in written[key]:
            assert component.keys() >= prologue | members


def test_the_smallest_eido_the_schema_allows_is_a_call_without_a_place() -> None:
    smallest = eido(
        incidentComponent=None, locationComponent=None, notesComponent=None, emergencyResourceComponent=None
    )
    report = read(smallest)
    assert (report.place, report.type_text, report.status) == (Place(), "", CallStatus.ACTIVE)
    assert "the message has no incidentComponent: no type, priority or status" in report.warnings
    assert "the message has no location" in report.warnings


def test_lower_case_time_stamps_are_taken_and_said() -> None:
    obj = eido(lastUpdateTimeStamp=None, lastUpdateTimestamp="2026-03-04T09:40:00.0-05:00")
    report = read(obj)
    assert report.updated_at == AT
    assert report.warnings == ("the time stamp is written lastUpdateTimestamp",)


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("2026-03-04T14:40:00Z", AT),
        ("2026-03-04t14:40:00z", AT),
        ("2026-03-04T14:40:00.0-00:00", AT),
        ("2026-03-04T14:40:00.0000000Z", AT),
        ("2026-03-04 14:40:00+0000", AT),
        ("2026-03-04T14:40:00", AT),
    ],
)
def test_time_stamps_of_the_field(stamp: str, at: datetime) -> None:
    report = read(eido(lastUpdateTimeStamp=stamp))
    assert report.updated_at == at
    assert bool(report.warnings) == (stamp == "2026-03-04T14:40:00")


DEFAULT_OF_A_LANGUAGE = "0001-01-01T00:00:00"
BEYOND_THE_CALENDAR = "9999-12-31T23:59:59-14:00"


@pytest.mark.parametrize(
    "stamp",
    [None, "", "yesterday", 5, [], DEFAULT_OF_A_LANGUAGE, "2026-13-01T00:00:00Z", BEYOND_THE_CALENDAR],
)
def test_an_unreadable_time_falls_back_to_the_incident_then_to_arrival(stamp: object) -> None:
    obj = eido(lastUpdateTimeStamp=stamp)
    assert read(obj).updated_at == AT
    obj["incidentComponent"]["lastUpdateTimeStamp"] = stamp
    assert read_eido(obj, "county", received_at=AT).updated_at == AT
    with pytest.raises(Unusable, match="no time stamp"):
        read(obj)


def test_a_clock_of_another_year_does_not_hide_later_reports() -> None:
    report = read_eido(eido(lastUpdateTimeStamp="2099-01-01T00:00:00Z"), "county", received_at=AT)
    assert report.updated_at == AT
    assert report.warnings


@pytest.mark.parametrize(
    "obj", [None, [], "x", 5, {}, {"$id": None}, {"$id": ""}, {"$id": "\x1b"}, {"$id": {}}]
)
def test_without_an_incident_it_is_unusable(obj: object) -> None:
    with pytest.raises(Unusable) as caught:
        read(obj)
    assert caught.value.reason


def test_an_endless_incident_id_is_unusable() -> None:
    with pytest.raises(Unusable, match="characters"):
        read({"$id": "x" * 501})


def test_an_incident_component_in_a_list_is_taken() -> None:
    obj = eido()
    obj["incidentComponent"] = [obj["incidentComponent"]]
    report = read(obj)
    assert (report.type_text, report.priority) == ("Shooting", 1)
    assert report.warnings == ("incidentComponent is a list; its first entry is used",)


SOUND = [
    (10, 1),
    (9, 1),
    (8, 2),
    (7, 2),
    (6, 3),
    (5, 3),
    (4, 4),
    (3, 4),
    (2, 5),
    (1, 5),
    (0, 5),
    (None, None),
]
ODD = [("1", 5), (7.0, 2), (9.9, 1), (11, None), (-1, None), (True, None), ("high", None), (1e300, None)]


@pytest.mark.parametrize(("given_number", "priority"), [*SOUND, *ODD, ([], None), ({}, None)])
def test_priority_ten_is_the_highest_of_the_standard_and_one_of_ours(
    given_number: object, priority: int | None
) -> None:
    report = read(incident(incidentCommonPriorityNumber=given_number))
    assert report.priority == priority
    is_sound = given_number is None or (type(given_number) is int and 0 <= given_number <= 10)
    assert bool(report.warnings) is not is_sound


@pytest.mark.parametrize(
    ("values", "status"),
    [
        (["Active"], CallStatus.ACTIVE),
        (["ResourcesOnscene"], CallStatus.ACTIVE),
        (["Closed"], CallStatus.CLOSED),
        (["CANCELLED"], CallStatus.CANCELLED),
        (["Active", "ResourcesAssigned", "Closed"], CallStatus.CLOSED),
        (["Closed", "ReOpened"], CallStatus.ACTIVE),
        (["Re-Opened"], CallStatus.ACTIVE),
        ("Closed", CallStatus.CLOSED),
        ([], CallStatus.ACTIVE),
        (["Purple", 5, None], CallStatus.ACTIVE),
    ],
)
def test_status_by_the_registry(values: object, status: CallStatus) -> None:
    assert read(incident(incidentStatusCommonRegistryText=values)).status is status


def test_status_in_words() -> None:
    obj = incident(incidentStatusCommonRegistryText=["Active", "ResourcesOnscene"])
    del obj["incidentComponent"]["incidentStatusInternalText"]
    assert read(obj).status_text == "active, units on scene"


def test_the_type_in_words_else_the_agencys_text_else_the_code() -> None:
    assert read(incident(incidentTypeCommonRegistryText="MVAINJY")).type_text == "Vehicle crash with injury"
    assert read(
        incident(incidentTypeCommonRegistryText="XYZ", incidentTypeInternalText="Boat ramp")
    ).type_text == ("Boat ramp")
    assert (
        read(incident(incidentTypeCommonRegistryText="XYZ", incidentTypeInternalText="")).type_text == "XYZ"
    )
    own = incident(
        incidentTypeCommonRegistryText="NCRNONE",
        incidentTypeInternalCode="77D",
        incidentTypeInternalText="Ramp",
    )
    assert (read(own).type_code, read(own).type_text) == ("77D", "Ramp")


def test_the_current_location_is_chosen_before_all_others() -> None:
    kinds = ["TowerLocation", "RoutingLocation", "Caller", "InitialIncident", "CurrentIncident"]
    locations = [
        location(kind, write_pidf_lo(LatLon(40.0 + n, -75.0)), f"l{n}") for n, kind in enumerate(kinds)
    ]
    chosen = []
    while locations:
        place = read(eido(locationComponent=locations)).place
        chosen.append((place.kind.value, place.position))
        locations.pop()
    assert chosen == [
        ("CurrentIncident", LatLon(44, -75)),
        ("InitialIncident", LatLon(43, -75)),
        ("Caller", LatLon(42, -75)),
        ("RoutingLocation", LatLon(41, -75)),
        ("TowerLocation", LatLon(40, -75)),
    ]


def test_a_current_address_is_not_given_an_older_position() -> None:
    obj = eido(
        locationComponent=[
            location("CurrentIncident", write_pidf_lo(None, address="9 Oak St"), "a"),
            location("Caller", write_pidf_lo(HERE), "b"),
        ]
    )
    report = read(obj)
    assert (report.place.position, report.place.address) == (None, "9 Oak St")
    assert "only an address for the call; the Caller position was not used" in report.warnings


def test_two_components_of_one_kind_complete_each_other() -> None:
    obj = eido(
        locationComponent=[
            location("CurrentIncident", write_pidf_lo(None, address="9 Oak St"), "a"),
            location("CurrentIncident", write_pidf_lo(HERE), "b"),
        ]
    )
    assert read(obj).place == Place(
        position=HERE, address="9 Oak St", kind=PlaceKind.CURRENT_INCIDENT, shape="point"
    )


@pytest.mark.parametrize(
    ("by_value", "said"),
    [
        ("<presence/>", "no place"),
        ("<!DOCTYPE a><a/>", "refused"),
        ({"latitude": 40, "longitude": -75}, "not a PIDF-LO"),
        ("not xml", "well-formed"),
    ],
)
def test_a_location_that_cannot_be_used_leaves_the_call(by_value: object, said: str) -> None:
    report = read(eido(locationComponent=[location("CurrentIncident", by_value)]))
    assert report.place == Place()
    assert any(said in warning for warning in report.warnings)


def test_a_location_by_reference_is_carried_and_not_followed_here() -> None:
    link = {
        "$id": "a",
        "locationTypeDescriptionRegistryText": "Caller",
        "locationByReferenceUrl": "http://169.254.1.1",
    }
    report = read(eido(locationComponent=[link]))
    assert report.place == Place(kind=PlaceKind.CALLER, by_reference="http://169.254.1.1")
    assert "the Caller location is only a link, which the sender expects to be followed" in report.warnings


def test_a_location_of_unknown_kind_is_used_only_when_the_incident_refers_to_it() -> None:
    obj = eido(locationComponent=[location("Somewhere", write_pidf_lo(HERE), "odd")])
    assert read(obj).place == Place()
    obj["incidentComponent"]["locationReference"] = [{"$ref": "odd"}]
    report = read(obj)
    assert report.place.position == HERE
    assert "the kind of the location is unknown; confirm it before flying" in report.warnings


def test_swapped_coordinates_are_recognised_by_the_service_area() -> None:
    swapped = write_pidf_lo(LatLon(HERE.longitude_deg, HERE.latitude_deg))
    obj = eido(locationComponent=[location("CurrentIncident", swapped)])
    assert read_eido(obj, "county", near=THERE).place.position == HERE


def test_an_intersection_is_shown_as_one() -> None:
    crossing = [write_pidf_lo(None, address="Oak Ave")]
    main = location(
        "CurrentIncident", write_pidf_lo(None, address="Main St"), intersectingStreetByValue=crossing
    )
    assert read(eido(locationComponent=[main])).place.address == "Main St / Oak Ave"


def test_dangling_circular_and_duplicate_references_are_survived() -> None:
    obj = eido()
    obj["notesComponent"][0]["agentReference"] = {"$ref": "nobody"}
    obj["notesComponent"][1]["agentReference"] = {"$ref": obj["notesComponent"][1]["$id"]}
    obj["notesComponent"].append(dict(obj["notesComponent"][0]))
    report = read(obj)
    assert len(report.notes) == 3
    assert any("nobody, which is not in the message" in warning for warning in report.warnings)
    assert any("two components are called" in warning for warning in report.warnings)


def test_references_written_as_pointers_are_found() -> None:
    obj = eido()
    reference = obj["notesComponent"][0]["agentReference"]
    reference["$ref"] = "#" + reference["$ref"]
    assert read(obj) == REPORT


def test_notes_are_in_order_of_time_and_those_without_one_last() -> None:
    stamps = ["2026-03-04T14:42:00Z", None, "2026-03-04T14:41:00Z"]
    notes = [
        {"$id": f"n{n}", "notesActionComments": f"note {n}", "lastUpdateTimeStamp": s}
        for n, s in enumerate(stamps)
    ]
    report = read(eido(notesComponent=notes))
    assert [note.text for note in report.notes] == ["note 2", "note 0", "note 1"]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<p>Shots &lt;heard&gt;</p><p>wea<b>pon</b></p>", "Shots <heard> weapon"),
        ("<male subject> BP <90", "<male subject> BP <90"),
        ("<script>gun</script>", "gun"),
        ("a <!-- quiet --> b <!-- loud", "a b <!-- loud"),
        ("\x1b[31mred\x07 &#27;[0m \u202eevil", "[31mred [0m evil"),
        ("[bold]not markup[/]", "[bold]not markup[/]"),
        ("<!DOCTYPE html><html><body>x</body></html>", "x"),
    ],
)
def test_a_note_is_shown_as_text(source: str, shown: str) -> None:
    assert note_text(source) == shown


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<a/", "<!--", "<![", "&", "&#", "<a b='", "</", "x", "\u0301"]
)
def test_a_note_of_100_kb_is_cut_and_marked(piece: str) -> None:
    shown = note_text("armed " + piece * (100_000 // len(piece)))
    assert shown.startswith("armed")
    assert shown.endswith("…")
    assert len(shown) <= NOTE_MAX


def test_a_callsign_is_the_name_then_the_crew_then_the_id() -> None:
    agents = [
        {"$id": "a1", "agentRoleRegistryText": ["Dispatcher"], "agentJcard": "FN:Desk Person"},
        {
            "$id": "a2",
            "agentRoleRegistryText": ["Responding"],
            "agentJcard": '["vcard",[["fn",{},"text","E14"]]]',
        },
    ]
    resources = [
        {"$id": "r1", "emergencyResourceName": "4A21", "agentReference": [{"$ref": "a1"}]},
        {"$id": "r2", "agentReference": {"$ref": "a2"}, "secondaryUnitStatusRegistryText": ["OnScene"]},
        {"$id": "urn:emergency:uid:resourceid:M7:fire.example", "agentReference": [{"$ref": "a1"}]},
        {"$id": "r4", "emergencyResourceName": "ELSEWHERE", "activeOnIncidentId": "another"},
    ]
    dispatches = [{"$id": "d", "emergencyResourceReference": [{"$ref": "r1"}, {"$ref": "unit/T3"}]}]
    obj = eido(agentComponent=agents, emergencyResourceComponent=resources, dispatchComponent=dispatches)
    assert read(obj).units == (
        Unit(callsign="4A21", status="dispatched"),
        Unit(callsign="E14", status="on scene"),
        Unit(callsign="M7"),
        Unit(callsign="T3", status="dispatched"),
    )


@pytest.mark.parametrize(
    ("code", "merged"), [("REPLACED", "other"), ("replaced", "other"), ("REPLACING", None), ("SPLIT", None)]
)
def test_only_a_replaced_incident_is_merged_into_another(code: str, merged: str | None) -> None:
    merge = {"incidentMergeDirectionCode": code, "incidentTrackingIdentifier": "other"}
    assert read(eido(mergeComponent=[merge])).merged_into_uid == merged


def test_an_incident_is_not_merged_into_itself() -> None:
    merge = {"incidentMergeDirectionCode": "REPLACED", "incidentTrackingIdentifier": UID}
    assert read(eido(mergeComponent=[merge])).merged_into_uid is None


def test_unknown_keys_and_higher_minor_versions_are_ignored() -> None:
    assert read(eido(eidoVersion="1.3", surprise={"a": [1]}, xComponent=[{"$id": "q"}])) == REPORT


def test_thousands_of_notes_keep_the_newest() -> None:
    notes = [
        {
            "$id": f"n{n}",
            "notesActionComments": f"{n}",
            "lastUpdateTimeStamp": (AT + timedelta(seconds=n)).isoformat(),
        }
        for n in range(900)
    ]
    obj = eido(notesComponent=notes)
    del obj["incidentComponent"]["notesReference"]
    report = read(obj)
    assert len(report.notes) == 500
    assert report.notes[-1].text == "899"
    assert report.warnings == ("of 900 notes the last 500 are shown",)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def every_text(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from every_text(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from every_text(inner)


def assert_safe(obj: object) -> None:
    try:
        report = read_eido(obj, "county", near=HERE, received_at=AT)
    except Unusable as unusable:
        texts = [unusable.reason]
    else:
        texts = list(every_text(msgspec.to_builtins(report)))
    for text in texts:
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text)


@given(json_values)
def test_nothing_but_unusable_leaves_the_reader(obj: object) -> None:
    assert_safe(obj)


PATHS: list[tuple[str | int, ...]] = [
    *((key,) for key in eido()),
    *(("incidentComponent", key) for key in (*eido()["incidentComponent"], "agentReference")),
    *(
        (kind, 0, key)
        for kind in eido()
        if kind.endswith("sComponent")
        for key in ("$id", "lastUpdateTimeStamp")
    ),
    ("notesComponent", 0),
    ("notesComponent", 0, "notesActionComments"),
    ("notesComponent", 0, "agentReference"),
    ("agentComponent", 0, "agentJcard"),
    ("locationComponent", 0),
    ("locationComponent", 0, "locationByValue"),
    ("locationComponent", 0, "intersectingStreetByValue"),
    ("locationComponent", 0, "locationTypeDescriptionRegistryText"),
    ("emergencyResourceComponent", 0, "emergencyResourceName"),
    ("emergencyResourceComponent", 0, "agentReference"),
    ("emergencyResourceComponent", 0, "secondaryUnitStatusRegistryText"),
    ("emergencyResourceComponent", 0, "activeOnIncidentId"),
]


def put(holder: object, path: tuple[str | int, ...], value: object) -> None:
    """Set the value at the path, where an earlier change has left that path standing."""
    step, *rest = path
    if isinstance(holder, dict) and isinstance(step, str):
        if rest:
            put(holder.get(step), tuple(rest), value)
        else:
            holder[step] = value
    elif isinstance(holder, list) and isinstance(step, int) and holder:
        if rest:
            put(holder[step], tuple(rest), value)
        else:
            holder[step] = value


@given(st.lists(st.tuples(st.sampled_from(PATHS), json_values | st.text()), min_size=1, max_size=3))
def test_a_sound_message_with_anything_in_any_place_is_read_or_unusable(
    changes: list[tuple[tuple[str | int, ...], object]],
) -> None:
    obj: Any = eido(mergeComponent=[{"incidentMergeDirectionCode": "REPLACED"}])
    for path, value in changes:
        put(obj, path, value)
    assert_safe(obj)
