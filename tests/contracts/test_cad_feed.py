"""The EIDO feed on real sockets, against our simulated CAD and every fault it has."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.cad import AT, Record, feeding, report, soon
from tests.certificates import Authority

from rtcc_core.adapters.cad_eido import EidoFeed, EidoFeedSettings
from rtcc_core.domain.call import CallStatus, Note
from rtcc_core.domain.facts import (
    CallReported,
    FeedConnected,
    FeedLost,
    FeedSnapshotTaken,
)
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
        await record.until(lambda: ("b",) in [each.incident_uids for each in record.of(FeedSnapshotTaken)])
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
    assert len(record.of(FeedConnected)) == 2


async def test_a_silent_line_is_given_up(cad: SimCad, record: Record) -> None:
    async with feeding(cad.url, record, silent_after_s=1.2):
        await record.until(lambda: bool(record.of(FeedConnected)))
        cad.is_silent = True
        await record.until(lambda: bool(record.of(FeedLost)))
        cad.is_silent = False
        await record.until(lambda: len(record.of(FeedConnected)) >= 2)
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
    assert [ack.status for ack in cad.acks].count(503) == 1


async def test_while_the_journal_waits_nothing_more_is_read(cad: SimCad, record: Record) -> None:
    async with feeding(cad.url, record):
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
        await soon(cad.wait_for(lambda: len(cad.acks) == 1))
        record.may_store.clear()
        for number in range(40):
            await cad.publish(report(f"call-{number}"))
        assert len(cad.acks) == 1
        record.may_store.set()
        await record.until(lambda: len(record.uids()) == 40)
    assert record.uids() == [f"call-{number}" for number in range(40)]


async def test_a_peer_that_never_answers_the_closing_does_not_hold_us(record: Record) -> None:
    async with SimCad() as cad, feeding(cad.url, record) as task:
        await record.until(lambda: bool(record.of(FeedConnected)))
        cad.is_silent = True
        task.cancel()
        await asyncio.wait([task], timeout=30)
        assert task.cancelled()


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
