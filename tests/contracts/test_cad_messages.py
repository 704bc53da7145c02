"""What a CAD sends that it should not, and what it sends for several subscriptions, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import random
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from tests.cad import Json, Record, feeding, report, soon

from rtcc_core.adapters.cad_eido import EidoFeed, EidoFeedSettings, by_line
from rtcc_core.domain.call import Unit
from rtcc_core.domain.facts import (
    AlertReported,
    CallReported,
    Fact,
    FeedLost,
    FeedSnapshotTaken,
    MessageUnusable,
)
from rtcc_core.domain.geo import LatLon
from rtcc_core.wire.conveyance import About
from rtcc_core.wire.eido import write_eido
from rtcc_sitl.cad_server import SimCad


@pytest.fixture
async def cad() -> AsyncIterator[SimCad]:
    async with SimCad() as running:
        yield running


@pytest.fixture
def record() -> Record:
    return Record()


# --- messages that are bad --------------------------------------------------------------------


NO_MESSAGES: list[str | bytes] = [
    *('{"event": broken', "<html>502 Bad Gateway</html>", "[" * 50_000, '{"a":1,"b":2}', ""),
    b"\xff\xfe\x00",
]


@pytest.mark.parametrize("raw", NO_MESSAGES)
async def test_what_is_not_json_is_kept_whole_and_the_feed_goes_on(
    cad: SimCad, record: Record, raw: str | bytes
) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        await cad.send_raw(raw)
        await soon(cad.wait_acked(await cad.publish(report())))
    (unusable,) = record.of(MessageUnusable)
    assert unusable.original == (raw if isinstance(raw, str) else "\\xff\\xfe\x00")
    assert unusable.reason
    assert record.of(FeedLost) == []


async def test_the_good_ones_of_an_event_are_stored_and_the_bad_ones_counted(
    cad: SimCad, record: Record
) -> None:
    good = write_eido(report("good"))
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        talk = cad.subscription_ids[0]
        items = [good, {"no": "id"}, 5]
        body = {"subscriptionId": talk, "transactionId": "t-bad", "notification": items}
        await cad.send_raw(json.dumps({"event": body}))
        await soon(cad.wait_acked(["t-bad"]))
    ack = next(ack for ack in cad.acks if ack.transaction_id == "t-bad")
    assert (ack.status, ack.text) == (400, "2 of 3 unusable")
    assert record.uids() == ["good"]
    assert [fact.original for fact in record.of(MessageUnusable)] == ['{"no": "id"}', "5"]


def without_incident(eido: Json) -> None:
    del eido["incidentComponent"]


def lower_case_stamp(eido: Json) -> None:
    eido["lastUpdateTimestamp"] = eido.pop("lastUpdateTimeStamp")


def unknown_keys(eido: Json) -> None:
    eido["vendorThing"] = {"deep": [1, {"er": None}]}


def position(pos: str) -> Callable[[Json], None]:
    def change(eido: Json) -> None:
        location = eido["locationComponent"][0]
        location["locationByValue"] = location["locationByValue"].replace("40.1148 -75.3432", pos)

    return change


@pytest.mark.parametrize(
    ("change", "is_placed", "said"),
    [
        (unknown_keys, True, ""),
        (lower_case_stamp, True, "time stamp is written"),
        (without_incident, True, "no incidentComponent"),
        (position("NaN NaN"), False, "not a number"),
        (position("0.0 0.0"), False, "0 0"),
        (position("-123.3 44.5"), True, "swapped"),
        (position("-75.3432 40.1148"), True, "swapped"),
        (position("999 0"), False, "not on the earth"),
    ],
)
async def test_odd_eidos_are_calls_all_the_same(
    cad: SimCad, record: Record, change: Callable[[Json], None], is_placed: bool, said: str
) -> None:
    eido = write_eido(report())
    change(eido)
    async with feeding(cad.url, record, near=LatLon(40.0, -75.0)):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        await soon(cad.wait_acked(await cad.publish(eido)))
    (reported,) = record.of(CallReported)
    assert (reported.report.place.position is not None) is is_placed
    assert any(said in warning for warning in reported.report.warnings) is bool(said)
    assert cad.acks[-1].status == 200


async def test_a_frame_of_10_mb_and_a_note_of_100_kb(cad: SimCad, record: Record) -> None:
    eidos = [write_eido(report(f"call-{number}", number=str(number))) for number in range(2_000)]
    eidos[0]["notesComponent"] = [{"$id": "n", "notesActionComments": "\x1b[31m[bold]\u202e" + "x" * 100_000}]
    eidos[1]["additionalDataComponent"] = [{"$id": "d", "additionalDataByValue": "y" * 8_000_000}]
    for eido in eidos:
        cad.load(eido)
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
    assert len(record.of(CallReported)) == 2_000
    assert len(record.of(FeedSnapshotTaken)[0].incident_uids) == 2_000
    first, second = record.of(CallReported)[:2]
    assert first.report.notes[0].text.startswith("[31m[bold]x")
    assert len(first.report.notes[0].text) <= 4_000
    assert len(first.original) > 100_000
    assert len(second.original) > 8_000_000


async def test_the_same_event_twice_is_acknowledged_twice_and_stored_once(
    cad: SimCad, record: Record
) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        body = {
            "subscriptionId": cad.subscription_ids[0],
            "transactionId": "again",
            "notification": [write_eido(report())],
        }
        for _ in range(2):
            await cad.send_raw(json.dumps({"event": body}))
        await soon(cad.wait_for(lambda: [a.transaction_id for a in cad.acks].count("again") == 2))
    assert record.uids() == ["urn:call:1"]
    assert [ack.status for ack in cad.acks if ack.transaction_id == "again"] == [200, 200]


async def test_a_transaction_id_that_is_used_anew_for_something_else_is_stored(
    cad: SimCad, record: Record
) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        for uid in ("a", "b"):
            items = [write_eido(report(uid))]
            body = {"subscriptionId": cad.subscription_ids[0], "transactionId": "1", "notification": items}
            await cad.send_raw(json.dumps({"event": body}))
        await record.until(lambda: len(record.uids()) == 2)
    assert record.uids() == ["a", "b"]
    assert record.of(MessageUnusable) == []


async def test_an_event_of_a_foreign_subscription_is_refused_and_kept(cad: SimCad, record: Record) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        body = {"subscriptionId": "theirs", "transactionId": "t-f", "notification": [write_eido(report())]}
        for _ in range(2):
            await cad.send_raw(json.dumps({"event": body}))
        await soon(cad.wait_for(lambda: [a.status for a in cad.acks].count(481) == 2))
    assert record.uids() == []
    (kept,) = record.of(MessageUnusable)
    assert json.loads(kept.original) == {"event": body}
    assert "theirs" in kept.reason


async def test_an_unknown_message_is_answered_by_501_and_kept(cad: SimCad, record: Record) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        await cad.send_raw(json.dumps({"resourceDiscovery": {"requestId": "d-1", "requestAccepts": "x"}}))
        await soon(cad.wait_for(lambda: any('"response"' in frame for frame in cad.received)))
        await record.until(lambda: bool(record.of(MessageUnusable)))
    answer = next(json.loads(frame) for frame in cad.received if '"response"' in frame)
    assert answer == {"response": {"requestId": "d-1", "statusCode": 501, "statusText": "Not implemented"}}
    assert "d-1" in record.of(MessageUnusable)[0].original


async def test_a_frame_over_the_limit_is_refused_by_413_and_its_head_is_kept(
    cad: SimCad, record: Record
) -> None:
    async with feeding(cad.url, record, frame_limit_bytes=20_000):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        ids = await cad.publish(write_eido(report()) | {"padding": "x" * 25_000})
        await soon(cad.wait_acked(ids))
        assert [ack.status for ack in cad.acks if ack.transaction_id in ids] == [413]
        await record.until(lambda: bool(record.of(MessageUnusable)))
        assert len(record.of(MessageUnusable)[0].original) == 4_096
        cad.forget("urn:call:1")
        await cad.publish(write_eido(report("long")) | {"padding": "x" * 45_000})
        await record.until(lambda: bool(record.of(FeedLost)))
        cad.forget("long")
        await cad.publish(report("after"))
        await record.until(lambda: "after" in record.uids())
    assert record.of(FeedLost)[0].reason == "CAD sent a frame that is too long to take"
    assert "was not read" in record.of(MessageUnusable)[-1].reason


async def test_a_request_for_service_is_an_alert_for_people(cad: SimCad, record: Record) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        body = {"requestId": "q-9", "eido": write_eido(report())}
        await cad.send_raw(json.dumps({"requestForService": body}))
        await cad.send_raw(json.dumps({"cancelREequest": {"requestId": "q-9"}}))
        await soon(cad.wait_for(lambda: sum('"responseCode":182' in frame for frame in cad.received) == 2))
    asked, cancelled = (fact.report for fact in record.of(AlertReported))
    assert asked.title == "county asks for a drone to 40.11480 -75.34320: Shooting"
    assert asked.place.position == LatLon(40.1148, -75.3432)
    assert asked.alert_uid == cancelled.alert_uid
    assert cancelled.retracted == "county took its request back"
    assert record.uids() == []


# --- several subscriptions --------------------------------------------------------------------


class Records:
    """A record for each feed."""

    def __init__(self, *names: str) -> None:
        self.by_name = {name: Record(name) for name in names}

    async def store(self, facts: Sequence[Fact], *, source: str) -> None:
        await self.by_name[source.removeprefix("feed:")].store(facts, source=source)


async def test_several_feeds_of_one_address_share_a_socket_and_nothing_else(cad: SimCad) -> None:
    await cad.publish(report("a"))
    await cad.publish(report("b", units=(Unit(callsign="4A21"),)))
    records = Records("all", "one", "unit")
    settings = [
        EidoFeedSettings(name="all", url=cad.url, min_rate_s=1),
        EidoFeedSettings(name="one", url=cad.url, min_rate_s=1, about=About.SINGLE, incident_id="a"),
        EidoFeedSettings(name="unit", url=cad.url, min_rate_s=1, about=About.RESOURCE, unit_id="4A21"),
    ]
    assert [len(line) for line in by_line(settings)] == [3]
    task = asyncio.create_task(EidoFeed(settings, records, jitter=random.Random(7)).run())
    wanted = {"all": ("a", "b"), "one": ("a",), "unit": ("b",)}
    try:
        for name, uids in wanted.items():
            record = records.by_name[name]
            await record.until(functools.partial(record.has, FeedSnapshotTaken))
            assert record.of(FeedSnapshotTaken)[0].incident_uids == uids
        assert cad.connections_made == 1
        await cad.publish(report("c"))
        await records.by_name["all"].until(lambda: "c" in records.by_name["all"].uids())
        assert records.by_name["one"].uids() == ["a"]
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert sum(frame.startswith('{"unsubscribe"') for frame in cad.received) == 3


async def test_what_is_asked_for_is_said_in_the_subscription(cad: SimCad, record: Record) -> None:
    wanted = {"qual_filter": "a > 1", "filter_every_s": 5, "max_rate_s": 2}
    async with feeding(cad.url, record, **wanted):
        await soon(cad.wait_for(lambda: bool(cad.received)))
    asked = json.loads(cad.received[0])["subscribe"]
    assert (asked["qualFilter"], asked["qualFilterEvalPeriod"], asked["maxRate"]) == ("a > 1", 5, 2)
