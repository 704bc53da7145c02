"""Flock, Active911 and mapped JSON through the real listener into a real desk: where every input went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.push import AT, FLOCK_EVENT, PLATE_HIT, Json, hook, listening
from tests.support import House, call

from rtcc_core.domain.alert import AlertKind
from rtcc_core.domain.call import CallStatus, Unit
from rtcc_core.domain.geo import LatLon
from rtcc_core.push_plan import said_of

EVENTS = "/bridge/cad/events"
ACTIVE = "/bridge/cad/events/active"


def event(uid: str = "26-0002", **changes: object) -> Json:
    return {**FLOCK_EVENT, "externalId": uid, **changes}


# --- Flock: calls -----------------------------------------------------------------------------


async def test_the_whole_event_is_read(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        assert (await bridge.post(EVENTS, event())).json() == {
            "ok": True,
            "id": "26-0002",
            "externalId": "26-0002",
        }
        report = bridge.calls["26-0002"].report
        assert (report.feed, report.number, report.priority) == ("bridge", "26-0002", 1)
        assert report.place.position == LatLon(45.52, -122.67)
        assert report.place.address == "PLAID PANTRY, 100 SW MAIN ST, RIVERTON, OR"
        assert report.units == (
            Unit(callsign="4A21", status="dispatched 11:59:00Z"),
            Unit(callsign="4A22", status="on scene 12:00:00Z"),
        )
        assert [(detail.kind, detail.text) for detail in report.details] == [
            ("vehicle", "blue Honda plate OR 8ABC123"),
            ("person", "DOE, J, age 30"),
            ("call", "caller SMITH +15035550100"),
        ]
        assert report.started_at == datetime(2026, 3, 1, 11, 58, tzinfo=UTC)
        assert report.warnings == ()


async def test_what_an_update_leaves_out_stays_and_a_repeat_says_nothing(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        await bridge.post(EVENTS, event())
        for _ in range(3):
            bridge.house.clock.move(10)
            await bridge.post(EVENTS, event())
        assert bridge.count("CallUpdated") == 0
        await bridge.post(EVENTS, {"externalId": "26-0002", "eventType": "ROBBERY", "priority": 2})
        report = bridge.calls["26-0002"].report
        assert (report.priority, len(report.notes), len(report.units)) == (2, 2, 2)
        assert report.place.position == LatLon(45.52, -122.67)


async def test_narrative_close_and_open(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        await bridge.post(EVENTS, event())
        said = {"narratives": ["terminate <b>now</b>\x1b[2J"]}
        for _ in range(2):  # the answer got lost, and the sender says it again
            assert (await bridge.post(f"{EVENTS}/26-0002/narrative", said)).status_code == 200
        report = bridge.calls["26-0002"].report
        assert [note.text for note in report.notes][2:] == ["terminate <b>now</b>[2J"]
        assert (await bridge.post(f"{EVENTS}/26-0002/close?timestamp=2026-03-01T12:00:20Z", b"")).is_success
        assert bridge.calls["26-0002"].report.status is CallStatus.CLOSED
        await bridge.post(EVENTS, event(displayStatus="LATE UPDATE"))
        report = bridge.calls["26-0002"].report
        assert report.status is CallStatus.CLOSED
        assert "stays closed" in report.warnings[0]
        await bridge.post(f"{EVENTS}/26-0002/open", b"{}")
        assert bridge.calls["26-0002"].is_open
        assert len(bridge.calls["26-0002"].report.notes) == 2  # the late update told its own list


async def test_update_before_create_is_kept_and_told(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        answer = await bridge.post(f"{EVENTS}/26-9/narrative", {"narratives": ["he has a gun"]})
        assert answer.status_code == 404
        assert [each.original for each in bridge.quarantined] == ['{"narratives": ["he has a gun"]}']
        assert "nobody created" in bridge.quarantined[0].reason


async def test_the_active_list_marks_and_never_closes(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        await bridge.post(ACTIVE, {"events": [event("1"), event("2")]})
        assert set(bridge.calls) == {"1", "2"}
        await bridge.post(ACTIVE, {"events": [event("2")]})
        assert bridge.calls["1"].missing_since is not None
        assert bridge.calls["1"].is_open
        assert bridge.calls["2"].missing_since is None
        emptied = await bridge.post(ACTIVE, {"events": []})
        assert (emptied.status_code, emptied.json()["active"]) == (200, 0)
        assert all(each.is_open and each.missing_since for each in bridge.calls.values())
        await bridge.post(ACTIVE, {"events": [event("1"), event("2")]})
        assert all(each.missing_since is None for each in bridge.calls.values())


async def test_an_empty_list_of_one_feed_leaves_the_others_alone(tmp_path: Path) -> None:
    house = House()
    async with listening(tmp_path, [hook("flock")], house=house) as bridge:
        await house.desk.store([call()], source="feed:COUNTY")
        await bridge.post(ACTIVE, {"events": []})
        assert [each.missing_since for each in house.desk.state.calls.values()] == [None]


async def test_a_list_with_bad_events_takes_the_good_ones(tmp_path: Path) -> None:
    bad = {**event("2"), "externalId": ["x"]}
    async with listening(tmp_path, [hook("flock")]) as bridge:
        await bridge.post(EVENTS, event("3"))
        answer = await bridge.post(ACTIVE, {"events": [event("1"), bad, 7, event("3")]})
        assert (answer.status_code, answer.json()["in_quarantine"]) == (200, 2)
        assert len(bridge.quarantined) == 2
        assert set(bridge.calls) == {"1", "3"}
        assert (await bridge.post(ACTIVE, {"events": [7]})).status_code == 422
        assert (await bridge.post(ACTIVE, {"event": []})).status_code == 422
        assert bridge.calls["1"].missing_since is None


async def test_an_id_that_comes_again_next_year_is_another_call(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        await bridge.post(EVENTS, event(closedAt="2026-03-01T12:00:10Z"))
        bridge.house.clock.at = AT + timedelta(days=400)
        await bridge.post(EVENTS, event(timestamp="2027-04-05T12:00:00Z", eventType="FIRE"))
        assert {uid: each.report.type_text for uid, each in bridge.calls.items()} == {
            "26-0002": "ROBBERY",
            "26-0002~2": "FIRE",
        }
        await bridge.post(f"{EVENTS}/26-0002/narrative", {"narratives": ["smoke"]})
        assert bridge.calls["26-0002~2"].report.notes[-1].text == "smoke"
        assert len(bridge.house.desk.state.calls) == 2
        # A core that starts anew finds both again.
        said = said_of("bridge", lambda: bridge.house.desk.state)
        assert said.newest("26-0002")[0] == "26-0002~2"


async def test_after_a_restart_the_house_remembers_for_the_sender(tmp_path: Path) -> None:
    house = House()
    async with listening(tmp_path, [hook("flock")], house=house) as bridge:
        await bridge.post(EVENTS, event())
    house.desk = house.new_desk(house.desk.state, house.desk._answers)
    async with listening(tmp_path, [hook("flock")], house=house) as bridge:
        await bridge.post(f"{EVENTS}/26-0002/narrative", {"narratives": ["after"]})
        assert [note.text for note in bridge.calls["26-0002"].report.notes][-1] == "after"
        assert (await bridge.post("/bridge/alerts/none/close", {})).status_code == 404


async def test_places_that_are_none(tmp_path: Path) -> None:
    places = {
        "null": ({"latitude": 0, "longitude": 0}, None, "no place on land"),
        "nowhere": ({"latitude": 999, "longitude": 0}, None, "nowhere on earth"),
        "swapped": ({"latitude": -122.67, "longitude": 45.52}, LatLon(45.52, -122.67), "swapped"),
        "numeric": ({"latitude": "45.52", "longitude": "-122.67"}, LatLon(45.52, -122.67), "as text"),
        "half": ({"latitude": 45.52}, None, "without the other"),
        "words": ({"latitude": "north", "longitude": True}, None, "not a number"),
        "far": ({"latitude": 40.0, "longitude": -75.0}, LatLon(40.0, -75.0), "km from the agency"),
    }
    async with listening(tmp_path, [hook("flock")]) as bridge:
        for uid, (location, position, words) in places.items():
            assert (await bridge.post(EVENTS, event(uid, location=location))).status_code == 200
            report = bridge.calls[uid].report
            assert (report.place.position, words in " ".join(report.warnings)) == (position, True), uid
            assert report.place.needs_confirmation is (uid == "swapped")


# --- Flock: alerts ----------------------------------------------------------------------------


async def test_a_plate_hit_becomes_an_alert_and_nothing_more(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("flock")]) as bridge:
        for _ in range(2):
            assert (await bridge.post("/bridge/lpr", PLATE_HIT)).status_code == 200
        alert = bridge.alerts["read-1"].report
        assert (alert.kind, alert.plate, alert.confidence) == (AlertKind.PLATE, "8ABC123", 0.93)
        assert alert.title == "STOLEN VEHICLE 8ABC123 OR"
        assert alert.reason == "NCIC: Stolen Vehicle (case 26-77)"
        assert (alert.sensor, alert.priority) == ("BURNSIDE WB", None)
        assert not bridge.calls
        hostile = {**PLATE_HIT, "objectId": "read-2", "ocr": None, "sources": "x", "eventTime": "soon"}
        assert (await bridge.post("/bridge/lpr", hostile)).status_code == 200
        warned = " ".join(bridge.alerts["read-2"].report.warnings)
        assert "gave no plate" in warned
        assert "time of arrival" in warned


async def test_a_generic_alert_and_its_retraction(tmp_path: Path) -> None:
    shot: Json = {
        "title": "Gunshots, 3 rounds", "type": "other", "subType": "gunshot", "priority": 1, "ttl": 600,
        "eventTime": "2026-03-01T12:00:00Z", "location": {"latitude": 45.52, "longitude": -122.66},
        "metadata": {"confidence": "85"},
    }  # fmt: skip
    async with listening(tmp_path, [hook("flock")]) as bridge:
        uid = (await bridge.post("/bridge/alerts", shot)).json()["id"]
        assert (await bridge.post("/bridge/alerts", shot)).json()["id"] == uid
        alert = bridge.alerts[uid].report
        assert (alert.kind, alert.priority, alert.confidence) == (AlertKind.GUNSHOT, 1, 0.85)
        assert alert.valid_until == alert.sensed_at + timedelta(seconds=600)
        changed = {
            **shot,
            "title": "Fireworks",
            "subType": "fireworks",
            "priority": 5,
            "status": "reclassified",
        }
        assert (await bridge.post(f"/bridge/alerts/{uid}", changed, method="PUT")).status_code == 200
        assert bridge.alerts[uid].report.retracted == "reclassified by the source"
        other = (await bridge.post("/bridge/alerts", {**shot, "id": "G-7", "priority": 9})).json()["id"]
        assert bridge.alerts["G-7"].report.priority is None
        assert (await bridge.post(f"/bridge/alerts/{other}/close", {})).status_code == 200
        assert bridge.alerts["G-7"].report.retracted == "closed by the source"
        assert (await bridge.post("/bridge/alerts", {"priority": 1})).status_code == 422
        assert len(bridge.quarantined) == 1


# --- Active911 --------------------------------------------------------------------------------

DISPATCH: Json = {
    "agency": {"name": "Riverton Fire", "id": 99999, "timezone": "America/Los_Angeles"},
    "alert": {
        "id": "999999999", "city": "Riverton", "state": "OR", "address": "100 SW MAIN ST", "place": "",
        "coordinate_source": "google", "cross_street": "OAK ST", "description": "STRUCTURE FIRE",
        "details": "Smoke from the roof", "lat": -122.67, "lon": 45.52, "priority": "Code 3",
        "units": "E1 T3,BC2", "received": 1772366395, "stamp": 1772366396.5,
    },
}  # fmt: skip


async def test_active911_with_its_axes_exchanged(tmp_path: Path) -> None:
    wanted = hook("active911", auth="link", priorities={"CODE 3": 1})
    async with listening(tmp_path, [wanted]) as bridge:
        path = "/bridge/" + "a secret of the tests, long enough".replace(" ", "%20")
        for _ in range(2):
            assert (await bridge.post(path, DISPATCH, headers={})).status_code == 200
        report = bridge.calls["999999999"].report
        assert report.place.position == LatLon(45.52, -122.67)
        assert report.place.needs_confirmation
        assert "swapped" in report.warnings[0]
        assert report.place.address == "100 SW MAIN ST, Riverton, OR / OAK ST"
        assert [unit.callsign for unit in report.units] == ["E1", "T3", "BC2"]
        assert (report.priority, report.agency) == (1, "Riverton Fire")
        assert report.started_at == datetime(2026, 3, 1, 11, 59, 55, tzinfo=UTC)
        assert report.updated_at == datetime(2026, 3, 1, 11, 59, 56, 500_000, tzinfo=UTC)
        assert bridge.count("CallReceived") == 1
        assert (await bridge.post(path, {"agency": {}}, headers={})).status_code == 422


# --- mapped JSON ------------------------------------------------------------------------------

MAPPED: Json = {
    "map": {
        "id": "$.incident.id", "number": "$.incident.no", "type_code": "$.incident.nature",
        "priority": "$.incident.prio", "status": "$.incident.state", "position": "$.incident.geo.coordinates",
        "address": "$.incident.street, $.incident['city name']", "notes": "$.log[*].text",
        "units": "$.units[*].id", "started_at": "$.incident.opened",
    },
    "coordinate_order": "lon-lat",
    "types": {"77D": "STRUCTURE FIRE"},
    "priorities": {"10": 1, "5": 3, "ROUTINE": 5},
    "statuses": {"O": "active", "C": "closed"},
}  # fmt: skip

MESSAGE: Json = {
    "incident": {
        "id": 4711, "no": "F26-9", "nature": "77d", "prio": 10, "state": "O", "street": "1 MAIN",
        "city name": "RIVERTON", "geo": {"coordinates": [-122.67, 45.52]}, "opened": "2026-03-01 03:58:00",
    },
    "log": [{"text": "smoke showing"}, {"no": "text"}],
    "units": [{"id": "E1"}],
}  # fmt: skip


async def test_a_mapping_of_the_agency(tmp_path: Path) -> None:
    async with listening(tmp_path, [hook("mapped", **MAPPED)]) as bridge:
        for _ in range(2):
            assert (await bridge.post("/bridge", MESSAGE)).json()["ids"] == ["4711"]
        report = bridge.calls["4711"].report
        assert (report.number, report.type_text, report.priority) == ("F26-9", "STRUCTURE FIRE", 1)
        assert report.place.position == LatLon(45.52, -122.67)
        assert report.place.address == "1 MAIN, RIVERTON"
        assert report.started_at == datetime(2026, 3, 1, 11, 58, tzinfo=UTC)  # the agency's own zone
        assert [note.text for note in report.notes] == ["smoke showing"]
        assert report.warnings == ()
        assert bridge.count("CallUpdated") == 0
        closed = {**MESSAGE, "incident": {**MESSAGE["incident"], "state": "C", "prio": "urgent"}}
        await bridge.post("/bridge", closed)
        report = bridge.calls["4711"].report
        assert (report.status, report.priority) == (CallStatus.CLOSED, None)
        assert "urgent is not in the table" in report.warnings[0]
        assert (await bridge.post("/bridge", {"error": "login"})).status_code == 422
        assert bridge.quarantined[0].original == '{"error": "login"}'


async def test_a_mapping_over_a_list_and_one_of_alerts(tmp_path: Path) -> None:
    many = hook("mapped", name="many", each="$.rows[*]", map={"id": "$.id", "type_text": "$.what"})
    alarm = hook(
        "mapped",
        name="alarm",
        makes="alert",
        map={"id": "$.id", "title": "$.text", "kind": "$.kind", "status": "$.state"},
        kinds={"HOLDUP": "alarm"},
        statuses={"RESTORED": "cancelled", "TRIP": "active"},
    )
    async with listening(tmp_path, [many, alarm]) as bridge:
        answer = await bridge.post("/many", {"rows": [{"id": 1, "what": "FIRE"}, {"what": "?"}, {"id": 2}]})
        assert (answer.json()["ids"], answer.json()["in_quarantine"]) == (["1", "2"], 1)
        assert bridge.quarantined[0].original == '{"what":"?"}'
        assert (await bridge.post("/many", {"rows": []})).json()["ids"] == []
        assert (await bridge.post("/many", {"rows": {}})).status_code == 422
        trip = {"id": "A", "text": "HOLD-UP, 1ST BANK", "kind": "holdup", "state": "TRIP"}
        await bridge.post("/alarm", trip)
        assert bridge.alerts["A"].report.kind is AlertKind.ALARM
        await bridge.post("/alarm", {**trip, "state": "restored"})
        assert bridge.alerts["A"].report.retracted == "cancelled by the source"
