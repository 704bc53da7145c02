"""The EIDO feed on real sockets, against our simulated CAD and every fault it has."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import random
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from tests.cad import AT, Json, Record, feeding, report, soon
from tests.certificates import Authority

from rtcc_core.adapters.cad_eido import EidoFeed, EidoFeedSettings, by_line
from rtcc_core.domain.call import CallStatus, Note, Unit
from rtcc_core.domain.facts import (
    AlertReported,
    CallReported,
    Fact,
    FeedConnected,
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


# --- the straight line ------------------------------------------------------------------------


async def test_a_call_is_reported_and_acknowledged_when_it_is_stored(cad: SimCad, record: Record) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        record.may_store.clear()
        ids = await cad.publish(report(notes=(Note(text="terminate <b>", at=AT),)))
        other = await cad.publish(report("urn:call:2"))
        assert not {ack.transaction_id for ack in cad.acks} & {*ids, *other}
        record.may_store.set()
        await soon(cad.wait_acked([*ids, *other]))
    assert [ack.status for ack in cad.acks] == [200] * len(cad.acks)
    assert record.uids() == ["urn:call:1", "urn:call:2"]
    first = record.of(CallReported)[0]
    assert first.report.notes == (Note(text="terminate <b>", at=AT),)
    assert (first.report.type_text, first.report.status_text) == ("Shooting", "active")
    assert first.report.place.position == report().place.position
    assert json.loads(first.original)["$id"] == "urn:call:1"
    assert [type(fact) for fact in record.facts[:2]] == [FeedConnected, FeedSnapshotTaken]


async def test_the_snapshot_names_what_is_active(cad: SimCad, record: Record) -> None:
    await cad.publish(report("a"))
    await cad.publish(report("b"))
    await cad.publish(report("b", status=CallStatus.CLOSED))
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
    assert record.of(FeedSnapshotTaken) == [FeedSnapshotTaken(feed="county", incident_uids=("a",))]
    assert record.uids() == ["a"]


async def test_leaving_unsubscribes(cad: SimCad, record: Record) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedConnected)))
    assert any(frame.startswith('{"unsubscribe"') for frame in cad.received)
    assert record.of(FeedLost) == []


async def test_renewals_keep_a_short_subscription_alive(cad: SimCad, record: Record) -> None:
    def renewals() -> int:
        asked = [frame for frame in cad.received if frame.startswith('{"subscribe"')]
        return sum('"subscriptionId"' in frame for frame in asked)

    async with feeding(cad.url, record, expires_s=2):
        await soon(cad.wait_for(lambda: renewals() >= 2))
    assert record.of(FeedLost) == []


# --- lines that fail --------------------------------------------------------------------------


async def test_a_cad_that_is_down_at_start_is_said_to_be_and_found_when_it_comes(record: Record) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    async with feeding(f"ws://127.0.0.1:{port}/IncidentData/ent", record):
        await record.until(lambda: bool(record.of(FeedLost)))
        assert record.of(FeedLost)[0].reason == f"nothing listens at 127.0.0.1:{port}: is CAD running?"
        async with SimCad(port=port):
            await record.until(lambda: bool(record.of(FeedConnected)))
            assert len(record.of(FeedLost)) == 1


@pytest.mark.parametrize("fault", ["drop_connections", "cut_mid_frame"])
async def test_a_broken_line_loses_nothing(cad: SimCad, record: Record, fault: str) -> None:
    await cad.publish(report("a"))
    async with feeding(cad.url, record):
        await record.until(lambda: "a" in record.uids())
        getattr(cad, fault)()
        await soon(cad.wait_for(lambda: not cad.is_subscribed))
        cad.forget("a")
        await cad.publish(report("b"))
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
    assert record.of(FeedLost)[0].reason == "the connection to CAD broke off"
    assert record.of(FeedSnapshotTaken)[-1].incident_uids == ("b",)
    assert len(record.of(FeedConnected)) == 2


async def test_a_cad_that_stops_and_starts_is_found_again(cad: SimCad, record: Record) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedConnected)))
        await cad.stop()
        await record.until(lambda: bool(record.of(FeedLost)))
        await cad.publish(report("a"))
        await cad.start()
        await record.until(lambda: "a" in record.uids())


async def test_a_silent_line_is_given_up(cad: SimCad, record: Record) -> None:
    async with feeding(cad.url, record, silent_after_s=1.2):
        await record.until(lambda: bool(record.of(FeedConnected)))
        cad.is_silent = True
        await record.until(lambda: bool(record.of(FeedLost)))
        cad.is_silent = False
        await record.until(lambda: len(record.of(FeedConnected)) == 2)
    assert "silent" in record.of(FeedLost)[0].reason


async def test_a_subscription_that_is_terminated_is_asked_for_again(cad: SimCad, record: Record) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedConnected)))
        await cad.terminate_all()
        await record.until(lambda: len(record.of(FeedConnected)) == 2)
    assert any(frame.startswith('{"terminateResponse"') for frame in cad.received)
    assert record.of(FeedLost)[0].reason == "the CAD ended the subscription"


async def test_a_busy_cad_is_asked_again(cad: SimCad, record: Record) -> None:
    cad.refuse_with(503)
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedLost)))
        cad.refuse_with(None)
        await record.until(lambda: bool(record.of(FeedConnected)))
    assert record.of(FeedLost)[0].reason == "the CAD refused the subscription: 503 not now"


async def test_the_sub_protocol_need_not_be_echoed(cad: SimCad, record: Record) -> None:
    cad.echoes_subprotocol = False
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedConnected)))
    assert "CAD does not name the sub-protocol emergency-ent1.0" in record.of(FeedConnected)[0].detail


async def test_a_web_server_that_is_no_cad_is_said_to_be_one(record: Record) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with feeding(f"ws://127.0.0.1:{port}", record):
            await record.until(lambda: bool(record.of(FeedLost)))
    assert "HTTP 404" in record.of(FeedLost)[0].reason


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
        await record.until(lambda: record.uids() == ["a", "b"])


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


# --- the journal ------------------------------------------------------------------------------


async def test_without_a_journal_the_cad_is_told_503_and_asked_again_later(
    cad: SimCad, record: Record
) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        record.is_broken = True
        ids = await cad.publish(report())
        await soon(cad.wait_acked(ids))
        assert next(ack for ack in cad.acks if ack.transaction_id in ids).status == 503
        record.is_broken = False
        await record.until(lambda: record.uids() == ["urn:call:1"])
        await soon(cad.wait_for(lambda: cad.acks[-1].status == 200))


async def test_while_the_journal_waits_nothing_more_is_read(cad: SimCad, record: Record) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        answered = len(cad.acks)
        record.may_store.clear()
        for number in range(40):
            await cad.publish(report(f"call-{number}"))
        assert len(cad.acks) == answered
        record.may_store.set()
        await record.until(lambda: len(record.uids()) == 40)
    assert record.uids() == [f"call-{number}" for number in range(40)]


async def test_a_peer_that_never_answers_the_closing_does_not_hold_us(record: Record) -> None:
    async with SimCad() as cad, feeding(cad.url, record) as task:
        await record.until(lambda: bool(record.of(FeedConnected)))
        cad.is_silent = True
        task.cancel()
        async with asyncio.timeout(6):
            with contextlib.suppress(asyncio.CancelledError):
                await task


# --- certificates -----------------------------------------------------------------------------


def certificate(folder: Path, name: str) -> tuple[str, str]:
    """A self-signed certificate for 127.0.0.1, made by the openssl of this machine."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    command = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={name}"
    command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {cert}"
    subprocess.run(command.split(), check=True, capture_output=True, timeout=20)
    return str(cert), str(key)


async def test_mutual_tls(tmp_path: Path, record: Record) -> None:
    theirs, ours = certificate(tmp_path, "cad"), certificate(tmp_path, "rtcc")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*theirs)
    context.load_verify_locations(ours[0])
    context.verify_mode = ssl.CERT_REQUIRED
    async with SimCad(tls=context) as cad:
        async with feeding(cad.url, record, ca_file=theirs[0], cert_file=ours[0], key_file=ours[1]):
            await record.until(lambda: bool(record.of(FeedConnected)))
        stranger = Record()
        async with feeding(cad.url, stranger, ca_file=ours[0]):
            await stranger.until(lambda: bool(stranger.of(FeedLost)))
    assert "certificate of CAD" in stranger.of(FeedLost)[0].reason
    assert stranger.of(FeedConnected) == []


async def test_a_cad_that_does_not_know_our_authority_says_so_in_words(
    tmp_path: Path, record: Record
) -> None:
    theirs, others = Authority(tmp_path), Authority(tmp_path, "others")
    cert, key = theirs.leaf("cad.example")
    strange = others.leaf("rtcc.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.load_verify_locations(theirs.file)
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse() -> None:
            # A blocking server, which sends the alert that asyncio's own keeps to itself.
            with contextlib.suppress(OSError):
                while True:
                    one, _ = listening.accept()
                    with one, contextlib.suppress(ssl.SSLError):
                        context.wrap_socket(one, server_side=True)

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        place = f"127.0.0.1:{listening.getsockname()[1]}"
        files = {"ca_file": str(theirs.file), "cert_file": str(strange[0]), "key_file": str(strange[1])}
        async with feeding(f"wss://{place}/IncidentData/ent", record, **files):
            await record.until(lambda: bool(record.of(FeedLost)))
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    words = "it does not know the authority that issued our certificate"
    hung_up = f"CAD at {place} hung up as soon as the secure line stood"
    reason = record.of(FeedLost)[0].reason
    assert reason == f"no secure connection to CAD at {place}: {words}" or reason.startswith(hung_up)


def test_settings_that_cannot_work_are_refused_in_words(record: Record) -> None:
    http = EidoFeedSettings(name="county", url="http://cad")
    half_secure = EidoFeedSettings(name="county", url="ws://cad", ca_file="x.pem")
    for settings, said in ((http, "with ws://"), (half_secure, "must begin with wss://")):
        with pytest.raises(ValueError, match=said):
            EidoFeed(settings, record, jitter=random.Random(1))
