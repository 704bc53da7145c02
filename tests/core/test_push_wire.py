"""The codecs of pushed feeds: clocks, priorities each in its own direction, paths, mappings, tables."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.push import AROUND, AT, FLOCK_EVENT, PLATE_HIT

from rtcc_core.domain.alert import AlertReport
from rtcc_core.domain.call import CallReport, CallStatus
from rtcc_core.domain.geo import LatLon
from rtcc_core.wire import active911, flock_alerts, flock_cad, mapped_json, ticketscad
from rtcc_core.wire.calls_csv import Row, read_calls_csv, read_columns
from rtcc_core.wire.json_path import FOUND_MAX, read_path
from rtcc_core.wire.mapping import ALERT_FIELDS, CALL_FIELDS, Mapping, MappingWrong, read_mapping
from rtcc_core.wire.push_values import Around, Unusable, Warnings, decode_json, read_time

DENVER = ZoneInfo("America/Denver")


def time_of(value: object, at: datetime = AT, zone: ZoneInfo | None = DENVER) -> tuple[datetime | None, str]:
    warnings = Warnings()
    around = Around(feed="x", received_at=at, zone=zone)
    return read_time(value, "the time", around, warnings), " ".join(warnings.said())


# --- times ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T12:00:00Z", "2026-03-01 12:00:00.000Z", "2026-03-01T05:00:00-07:00",
        "2026-03-01 05:00:00", "2026-03-01T05:00", 1772366400, 1772366400.0, 1772366400000, "1772366400",
        "1772366400000",
        "2026-03-01T06:00:00.0-06:00",
    ],
)  # fmt: skip
def test_one_moment_in_many_clothes(value: object) -> None:
    assert time_of(value)[0] == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    ["soon", "2026-13-01 00:00:00", "0000-00-00 00:00:00", True, [], {}, 1e300, -1, "9" * 400, 10**400,
     float("nan"), "1970-01-01T00:00:00Z", "2031-01-01T00:00:00Z"],
)  # fmt: skip
def test_times_that_are_none(value: object) -> None:
    found, words = time_of(value)
    assert found is None
    assert words


def test_the_hour_that_comes_twice_is_the_one_nearer_to_now() -> None:
    first = datetime(2026, 11, 1, 7, 30, tzinfo=UTC)  # 01:30 MDT, and an hour later 01:30 MST
    for received in (first, first + timedelta(hours=1)):
        at = received + timedelta(seconds=5)
        found, words = time_of("2026-11-01 01:30:00", at)
        assert (found, "came twice" in words) == (received, True)
    found, words = time_of("2026-11-01 03:00:00", first + timedelta(hours=5))
    assert (found, words) == (datetime(2026, 11, 1, 10, tzinfo=UTC), "")


def test_the_hour_that_is_left_out_and_a_zone_that_is_not_known() -> None:
    received = datetime(2026, 3, 8, 12, tzinfo=UTC)
    found, words = time_of("2026-03-08 02:30:00", received)
    assert (found, "left out" in words) == (datetime(2026, 3, 8, 9, 30, tzinfo=UTC), True)
    found, words = time_of("2026-03-08 02:30:00", received, None)
    assert (found, "read as UTC" in words) == (datetime(2026, 3, 8, 2, 30, tzinfo=UTC), True)


# --- priorities: each source in its own direction ---------------------------------------------


def test_priorities_all_end_as_one_is_the_highest() -> None:
    flock = [
        flock_cad.read_event({**FLOCK_EVENT, "priority": each}, AROUND).priority for each in (1, 2, 5, 9)
    ]
    assert flock == [1, 2, 5, 5]
    for each in (0, -1, "high", None, 1.5, True):
        assert flock_cad.read_event({**FLOCK_EVENT, "priority": each}, AROUND).priority is None
    tickets = [ticketscad.read_row({"id": 1, "severity": each}, AROUND).priority for each in (2, 1, 0)]
    assert tickets == [1, 2, 3]
    assert ticketscad.read_row({"id": 1, "severity": 3}, AROUND).priority is None
    alert: dict[str, object] = {"title": "x", "eventTime": "2026-03-01T12:00:00Z"}
    alerts = [flock_alerts.read_alert({**alert, "priority": each}, AROUND).priority for each in (1, 5, 0, 6)]
    assert alerts == [1, 5, None, None]
    body = {"alert": {"id": "1", "priority": " CODE 3 "}}
    assert active911.read_active911(body, AROUND, priorities={"code 3": 1}).priority == 1
    assert active911.read_active911(body, AROUND).priority is None
    ten_is_highest = read_mapping({"id": "$.i", "priority": "$.p"}, priorities={"10": 1, "1": 5})
    read = [
        mapped_json.read_mapped_call(ten_is_highest, {"i": 1, "p": p}, AROUND).priority
        for p in (10, 1.0, "7")
    ]
    assert read == [1, 5, None]


# --- paths and mappings -----------------------------------------------------------------------

TREE = {"a": {"b c": [{"x": 1}, {"x": 2}, 3]}, "ünï": "u", "n": None, "d-e": True}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [TREE]), ("$.a['b c'][0].x", [1]), ('$["a"]["b c"][*].x', [1, 2]), ("$.a['b c'][-1]", [3]),
        ("$.ünï", ["u"]), ("$.d-e", [True]), ("$.n", [None]), ("$.a[0]", []), ("$.a['b c'].x", []),
        ("$.a['b c'][9]", []), ("$.none.x", []), ("$[*]", []),
    ],
)  # fmt: skip
def test_paths(path: str, found: list[object]) -> None:
    assert read_path(path).find(TREE) == found


@pytest.mark.parametrize(
    "path", ["", "a.b", "$.", "$a", "$..x", "$[?(@.x)]", "$[1:2]", "$['a'", "$[01]", "$.*", "$" + ".a" * 13]
)
def test_paths_that_are_none(path: str) -> None:
    with pytest.raises(ValueError, match=r"\$"):
        read_path(path)


def test_a_path_finds_no_more_than_its_limit() -> None:
    root = {"rows": [{"x": list(range(1_000))}] * 1_000}
    assert len(read_path("$.rows[*].x[*]").find(root)) == FOUND_MAX


@pytest.mark.parametrize(
    ("paths", "more", "key"),
    [
        ({}, {}, "map.id"),
        ({"id": "$.i", "colour": "$.c"}, {}, "map.colour"),
        ({"id": "$.i", "priority": "$.p"}, {}, "priorities"),
        ({"id": "$.i", "status": "$.s"}, {}, "statuses"),
        ({"id": "$.i", "position": "$.s"}, {}, "coordinate_order"),
        ({"id": "$.i", "latitude": "$.s"}, {}, "map.latitude"),
        ({"id": "$.i", "latitude": "$.s", "longitude": "$.t", "position": "$.p"},
         {"coordinate_order": "lat-lon"}, "map.position"),
        ({"id": "$[*].i"}, {}, "map.id"),
        ({"id": 7}, {}, "map.id"),
        ({"id": "$.i"}, {"each": "rows"}, "each"),
        ({"id": "$.i"}, {"makes": "alert"}, "map.title"),
        ({"number": "$.i", "title": "$.t"}, {"makes": "alert"}, "map.number"),
    ],
)  # fmt: skip
def test_mappings_that_cannot_be_right(paths: dict[str, object], more: dict[str, Any], key: str) -> None:
    with pytest.raises(MappingWrong) as wrong:
        read_mapping(paths, **more)
    assert wrong.value.key == key


def test_one_value_with_both_coordinates_in_the_order_that_is_written() -> None:
    for order, value in (
        ("lat-lon", "45.5, -122.6"),
        ("lon-lat", [-122.6, 45.5]),
        ("lat-lon", "45.5 -122.6"),
    ):
        mapping = read_mapping({"id": "$.i", "position": "$.p"}, coordinate_order=order)
        report = mapped_json.read_mapped_call(mapping, {"i": 1, "p": value}, AROUND)
        assert (report.place.position, report.warnings) == (
            LatLon(45.5, -122.6),
            ("the incident has no type",),
        )


# --- CSV --------------------------------------------------------------------------------------

COLUMNS = read_columns(
    "id=Nr,type=Nature,priority=P,latitude=Lat,longitude=Lon,started=When,status=S", "A=1,B=3"
)
HEAD = "Nr,Nature,P,Lat,Lon,When,S\n"


def rows_of(text: str) -> list[Row]:
    return list(read_calls_csv(HEAD + text, COLUMNS, replace(AROUND, zone=DENVER)))


def test_a_table_of_calls() -> None:
    rows = rows_of(
        '26-1,"FIRE, STRUCTURE",a,45.52,-122.67,2026-03-01 05:00:00,\n'
        "26-2,FALL,Z,999,0,,closed\n"
        ",X,,,,,\n"
        "26-3\n"
        '26-4,"two\nlines",B,0,0,never,void\n'
    )
    first = rows[0].report
    assert first is not None
    assert (first.type_text, first.priority, first.warnings) == ("FIRE, STRUCTURE", 1, ())
    assert first.started_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    second, fourth, fifth = rows[1].report, rows[3].report, rows[4].report
    assert second is not None
    assert second.status is CallStatus.CLOSED
    assert "nowhere on earth" in " ".join(second.warnings)
    assert "Z is not in --priorities" in " ".join(second.warnings)
    assert (rows[2].report, rows[2].reason) == (None, "it has no id")
    assert fourth is not None
    assert fifth is not None
    assert (fifth.type_text, fifth.status) == ("two lines", CallStatus.CANCELLED)
    assert "0, 0" in " ".join(fifth.warnings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html>", "web page"),
        ("a\0b", "zero bytes"),
        ("Nr,Nature\n1,2", "no column P, Lat"),
        ("", "no column"),
    ],
)
def test_files_that_are_no_table(text: str, words: str) -> None:
    with pytest.raises(Unusable, match=words):
        list(read_calls_csv(text, COLUMNS, AROUND))


@pytest.mark.parametrize(
    ("columns", "priorities", "words"),
    [
        ("type=T", "", "neither id nor number"), ("id=A,colour=B", "", "no field"),
        ("id", "", "not NAME=VALUE"),
        ("id=A,id=B", "", "stands twice"), ("id=A,latitude=B", "", "belong together"),
        ("id=A,priority=P", "", "--priorities must say"), ("id=A,priority=P", "P1=9", "not one of 1"),
    ],
)  # fmt: skip
def test_column_maps_that_cannot_be_right(columns: str, priorities: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_columns(columns, priorities)


# --- whatever comes ---------------------------------------------------------------------------

_WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["45.5", "-122.67", "999", "2026-03-01 02:30:00", "1e9", "\x1b[2J", "\u202e", "terminate", "1"]
    ),
)
_LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _WORDS)
ANYTHING = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_WORDS, inner, max_size=4)),
    max_leaves=12,
)


def bent(base: dict[str, Any]) -> st.SearchStrategy[object]:
    """The shape of a message with anything in any of its places."""
    fields = {key: st.one_of(ANYTHING, st.just(value)) for key, value in base.items()}
    return st.one_of(ANYTHING, st.fixed_dictionaries({}, optional=fields))


def check_call(report: CallReport) -> None:
    assert report.incident_uid
    assert report.priority in (None, 1, 2, 3, 4, 5)
    assert report.updated_at.utcoffset() == timedelta(0)
    assert report.place.position is None or not report.place.position.is_null_island
    shown = [report.type_text, report.place.address, *(note.text for note in report.notes), *report.warnings]
    assert not any(char in text for text in shown for char in "\x1b\n\u202e")
    assert msgspec.json.decode(msgspec.json.encode(report), type=CallReport) == report


ROW = {
    "id": 4, "severity": 2, "status": 2, "lat": 45.5, "lng": -122.6, "updated": "2026-03-01 01:00:00",
    "scope": "x", "in_type_name": "FIRE", "street": "1 MAIN", "deleted": False, "problemstart": None,
}  # fmt: skip
HIT: dict[str, Any] = {
    "alert": {"id": "1", "lat": 1, "lon": 2, "units": "E1", "stamp": 1772366400},
    "agency": {"timezone": "x"},
}
EVERYTHING = read_mapping(
    {field: f"$.{field}" for field in CALL_FIELDS if field not in ("latitude", "longitude")},
    priorities={"1": 1}, statuses={"1": "closed"}, coordinate_order="lat-lon",
)  # fmt: skip
EVERY_ALERT = read_mapping(
    {field: f"$.{field}" for field in ALERT_FIELDS if field != "position"},
    makes="alert", priorities={"1": 1}, statuses={"1": "closed"},
)  # fmt: skip


@given(bent(FLOCK_EVENT))
def test_any_flock_event(body: object) -> None:
    try:
        report = flock_cad.read_event(body, AROUND)
    except Unusable:
        return
    check_call(report)
    check_call(flock_cad.read_event(body, AROUND, known=report))
    check_call(flock_cad.close_event(report, AROUND, body))


@given(bent(PLATE_HIT), bent({"title": "x", "priority": 1, "ttl": 5, "location": {}, "metadata": {}}))
def test_any_alert(hit: object, alert: object) -> None:
    for body in (hit, alert):
        try:
            report = flock_alerts.read_alert(body, AROUND, raw=b"x")
        except Unusable:
            continue
        check_alert(report)


def check_alert(report: AlertReport) -> None:
    assert report.alert_uid
    assert report.title
    assert report.confidence is None or 0.0 <= report.confidence <= 1.0
    assert msgspec.json.decode(msgspec.json.encode(report), type=AlertReport) == report


@given(bent(HIT), bent(HIT["alert"]))
def test_any_active911(body: object, alert: object) -> None:
    for each in (body, {"alert": alert}):
        active911.time_zone(each)
        try:
            check_call(active911.read_active911(each, AROUND))
        except Unusable:
            continue


@given(
    bent(ROW), bent({"event_type": "incident.updated", "data": {"ticket_id": 4, "changes": {"lat": [1, 2]}}})
)
def test_any_ticket(row: object, event: object) -> None:
    with contextlib.suppress(Unusable):
        check_call(ticketscad.read_row(row, AROUND))
    with contextlib.suppress(Unusable):
        read = ticketscad.read_event(event)
        if read is not None:
            check_call(ticketscad.read_row({**read.fields, "id": read.ticket_id, "updated": read.at}, AROUND))
    ticketscad.refusal(500, event, "x")
    ticketscad.newest([row, event])


@given(bent(dict.fromkeys((*CALL_FIELDS, *ALERT_FIELDS), "1")))
def test_any_mapped_message(body: object) -> None:
    mapping: Mapping
    for mapping in (EVERYTHING, EVERY_ALERT):
        mapped_json.explain(mapping, body)
        try:
            if mapping.makes == "call":
                check_call(mapped_json.read_mapped_call(mapping, body, AROUND))
            else:
                check_alert(mapped_json.read_mapped_alert(mapping, body, AROUND))
        except Unusable:
            continue


@given(st.text(max_size=200))
def test_any_table(text: str) -> None:
    try:
        rows = list(read_calls_csv(HEAD + text, COLUMNS, AROUND))
    except Unusable:
        return
    for row in rows:
        assert (row.report is None) is bool(row.reason)
        if row.report is not None:
            check_call(row.report)


@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    with contextlib.suppress(Unusable):
        decode_json(raw)
