"""STANDARDS.md 1.5, "must survive": each line of it, and where the input went."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rtcc_core.domain.call import CallReport, CallStatus, LinkKind, Place, PlaceKind
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import NOTE_MAX
from rtcc_core.wire.eido import Unusable, read_eido
from rtcc_core.wire.pidf_lo import write_pidf_lo

AT = datetime(2026, 3, 4, 18, 40, tzinfo=UTC)
UID = "urn:emergency:uid:incidentid:a56e556d871:bcf.state.pa.us"
HERE = LatLon(40.1148, -75.3432)
GML = 'xmlns:gml="http://www.opengis.net/gml"'
Json = dict[str, Any]


def eido(**members: Any) -> Json:
    root: Json = {
        "$id": UID,
        "lastUpdateTimeStamp": "2026-03-04T18:40:00Z",
        "updatedByAgencyReference": {"$ref": "a"},
        "eidoVersion": "1.0",
        "issuingElementIdentification": "cad.example",
        "agencyComponent": [{"$id": "a", "agencyRoleDescriptionRegistryText": [], "agencyType": []}],
        "incidentComponent": {"$id": "i", "incidentTypeCommonRegistryText": "FSTRU"},
        "locationComponent": [located(write_pidf_lo(HERE))],
    }
    return {key: value for key, value in {**root, **members}.items() if value is not None}


def located(document: str, kind: str = "CurrentIncident", **more: Any) -> Json:
    return {
        "$id": f"l-{kind}",
        "locationTypeDescriptionRegistryText": kind,
        "locationByValue": document,
        **more,
    }


def pos(text: str, crs: str = "urn:ogc:def:crs:EPSG::4326") -> str:
    return f'<p><gml:Point {GML} srsName="{crs}"><gml:pos>{text}</gml:pos></gml:Point></p>'


def read(obj: object) -> CallReport:
    return read_eido(obj, "county", near=HERE, received_at=AT, zone=ZoneInfo("America/New_York"))


def said(report: CallReport, words: str) -> bool:
    return any(words in warning for warning in report.warnings)


SOUND = read(eido())


def test_a_sound_message_has_nothing_to_say() -> None:
    assert SOUND.warnings == ()
    assert SOUND.place == Place(position=HERE, kind=PlaceKind.CURRENT_INCIDENT, shape="point")


def test_unknown_keys_change_nothing() -> None:
    more = eido(surprise=[1], vendorComponent={"$id": "a"})
    more["incidentComponent"]["vendor"] = {"x": 1}
    assert read(more) == SOUND


def test_both_casings_of_the_time_stamp() -> None:
    report = read(eido(lastUpdateTimeStamp=None, lastUpdateTimestamp="2026-03-04T18:40:00Z"))
    assert report.updated_at == AT
    assert said(report, "written lastUpdateTimestamp")


@pytest.mark.parametrize(
    ("stamp", "words"),
    [
        ("2026-03-04T14:40:00.0-04:00", ""),
        ("2026-03-04T13:40:00", "without a zone was read as the zone of the agency"),
        ("2026-03-04T18:40:00 UTC", ""),
        ("2031-03-04T18:40:00Z", "in the future"),
        ("soon", "could not be read"),
    ],
)
def test_the_clocks_of_others(stamp: str, words: str) -> None:
    report = read(eido(lastUpdateTimeStamp=stamp))
    assert report.updated_at == AT
    assert said(report, words) is bool(words)


def test_a_late_message_keeps_its_own_time_for_the_desk_to_judge() -> None:
    assert read(eido(lastUpdateTimeStamp="2026-03-04T18:39:00Z")).updated_at == AT - timedelta(minutes=1)


def test_dangling_circular_and_doubled_components() -> None:
    notes: list[Json] = [
        {"$id": "n1", "notesActionComments": "one", "agentReference": {"$ref": "nobody"}},
        {"$id": "n1", "notesActionComments": "two", "cautionReference": [{"$ref": "n3"}]},
        {"$id": "n3", "notesActionComments": "three", "cautionReference": [{"$ref": "n1"}]},
    ]
    notes[0]["cautionReference"] = [{"$ref": "n3"}]
    report = read(eido(notesComponent=notes))
    assert [note.text for note in report.notes] == ["one", "two", "three"]
    assert said(report, "nobody, which is not in the message")
    assert said(report, "two components are called n1")
    assert said(report, "in a circle")


def test_ten_megabytes_in_one_message() -> None:
    notes = [{"$id": f"n{n}", "notesActionComments": "x" * 10_000} for n in range(999)]
    report = read(eido(notesComponent=notes, padding="y" * 500_000))
    assert len(report.notes) == 500
    assert all(len(note.text) <= NOTE_MAX for note in report.notes)
    assert said(report, "of 999 notes the last 500 are shown")


def test_a_note_as_an_attack_is_text() -> None:
    html = "<p>\x1b[31m<script>terminate</script>\u202eNUG\u202c <b>unsubscribe</b></p>"
    [note] = read(eido(notesComponent=[{"$id": "n", "notesActionComments": html}])).notes
    assert note.text == "[31m terminate NUG unsubscribe"


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + pos("40 &b;")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (LAUGHS, "refused"),
        ('<!DOCTYPE x SYSTEM "http://169.254.169.254/">' + pos("40.1 -75.3"), "refused"),
        (pos("40.1148 -75.3432", "EPSG:26918"), "not WGS 84"),
        (pos("0 0"), "0 0"),
        (pos("NaN -75.3"), "not a number"),
        (pos("999 0"), "not on the earth"),
        ("{}", "not well-formed"),
    ],
)
def test_a_place_that_is_none_leaves_a_call_without_one(document: str, words: str) -> None:
    report = read(eido(locationComponent=[located(document)]))
    assert report.place.position is None
    assert report.type_text == "Structure fire"
    assert said(report, words)


@pytest.mark.parametrize("crs", ["urn:ogc:def:crs:EPSG::4326", "urn:ogc:def:crs:EPSG::4979"])
def test_swapped_axes_are_exchanged_and_said(crs: str) -> None:
    report = read(eido(locationComponent=[located(pos("-75.3432 40.1148", crs))]))
    assert report.place.position == HERE
    assert said(report, "swapped and were exchanged")


def test_a_polygon_alone_is_its_middle_with_a_radius() -> None:
    ring = "<gml:posList>40.1 -75.3 40.1 -75.4 40.2 -75.4 40.2 -75.3 40.1 -75.3</gml:posList>"
    polygon = (
        f'<p><gml:Polygon {GML} srsName="EPSG:4326"><gml:exterior><gml:LinearRing>{ring}'
        "</gml:LinearRing></gml:exterior></gml:Polygon></p>"
    )
    place = read(eido(locationComponent=[located(polygon)])).place
    assert place.shape == "polygon"
    assert place.uncertainty_m is not None
    assert 6_000 < place.uncertainty_m < 8_000


def test_the_standards_own_sample_a_civic_address_and_a_link_and_no_incident() -> None:
    civic = write_pidf_lo(None, address="1200 E Main St, Norristown")
    link = {"$id": "l2", "locationTypeDescriptionRegistryText": "Caller"}
    link["locationByReferenceUrl"] = "https://lis.example/held?id=7"
    report = read(eido(incidentComponent=None, locationComponent=[located(civic), link]))
    assert report.place == Place(address="1200 E Main St, Norristown", kind=PlaceKind.CURRENT_INCIDENT)
    assert [place.by_reference for place in report.other_places] == ["https://lis.example/held?id=7"]
    assert said(report, "no incidentComponent")


@pytest.mark.parametrize("url", ["https://x/\u202eevil", "https://x/\x1b[2J", ["https://x/"], {"a": 1}, 7])
def test_a_link_that_is_none_is_not_carried_as_one(url: object) -> None:
    link = {"$id": "l", "locationTypeDescriptionRegistryText": "Caller", "locationByReferenceUrl": url}
    place = read(eido(locationComponent=[link])).place
    assert place.by_reference in ("", "https://x/")


def test_two_agencies_say_who_they_are() -> None:
    other = eido(updatedByAgencyReference={"$ref": "fd.example"}, agencyComponent=[])
    assert (read(eido()).agency, read(other).agency) == ("a", "fd.example")


@pytest.mark.parametrize(
    ("code", "kind"),
    [("REPLACED", LinkKind.REPLACED), ("REPLACING", LinkKind.REPLACING), ("SPLIT", LinkKind.SPLIT)],
)
def test_merge_and_split(code: str, kind: LinkKind) -> None:
    merge = {"$id": "m", "incidentTrackingIdentifier": "urn:2", "incidentMergeDirectionCode": code}
    [link] = read(eido(mergeComponent=[merge])).links
    assert (link.kind, link.incident_uid) == (kind, "urn:2")


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["Closed"], CallStatus.CLOSED),
        (["Closed", "ReOpened"], CallStatus.ACTIVE),
        (["Cancelled"], CallStatus.CANCELLED),
    ],
)
def test_reopened_after_closed(statuses: list[str], status: CallStatus) -> None:
    incident = {"$id": "i", "incidentStatusCommonRegistryText": statuses}
    assert read(eido(incidentComponent=incident)).status is status


@pytest.mark.parametrize(("value", "priority"), [(None, None), (11, None), ("1", 5), (10, 1), (0, 5)])
def test_priorities_of_the_field(value: object, priority: int | None) -> None:
    incident = {"$id": "i", "incidentCommonPriorityNumber": value}
    report = read(eido(incidentComponent=incident))
    assert report.priority == priority
    assert said(report, "priority") is (value in (11, "1"))


def test_an_incident_component_in_a_list_as_two_public_generators_send_it() -> None:
    listed = eido()
    listed["incidentComponent"] = [listed["incidentComponent"]]
    report = read(listed)
    assert report.type_text == "Structure fire"
    assert said(report, "incidentComponent is a list")


@pytest.mark.parametrize(
    "obj", [None, [], "terminate", 7, {}, {"$id": ""}, {"$id": []}, json.loads("[[[]]]")]
)
def test_what_is_no_incident_is_unusable_with_a_reason(obj: object) -> None:
    with pytest.raises(Unusable) as caught:
        read(obj)
    assert caught.value.reason
