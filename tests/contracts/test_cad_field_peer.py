"""The EIDO feed against a peer with the manners of the field, written from what is seen on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable

import pytest
from tests.cad import AT, Json, Record, feeding
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from rtcc_core.domain.facts import (
    CallReported,
    FeedLost,
    FeedSnapshotTaken,
)


@pytest.fixture
def record() -> Record:
    return Record()


class FieldPeer:
    """A notifier written from what is seen on the wire, not from our code.

    It does not echo the sub-protocol, stamps in lower case, clamps expires to 15 s, answers bad JSON
    without a requestId, answers a renewal it does not know by 404 with somebody else's subscriptionId,
    and ends a subscription by `terminate` and a close.
    """

    def __init__(self) -> None:
        self.received: list[Json] = []
        self.asked = asyncio.Condition()
        self.sockets: list[ServerConnection] = []
        self.expires_s = 15
        self.knows_renewals = True
        self.first_refusals: list[Json] = []

    async def serve(self, connection: ServerConnection) -> None:
        self.sockets.append(connection)
        with contextlib.suppress(ConnectionClosed):
            async for raw in connection:
                message: Json = json.loads(raw)
                async with self.asked:
                    self.received.append(message)
                    self.asked.notify_all()
                if "subscribe" in message:
                    await self.answer(connection, message["subscribe"])

    async def answer(self, connection: ServerConnection, wanted: Json) -> None:
        if self.first_refusals:
            await self.say(connection, "subscribeResponse", self.first_refusals.pop(0))
            return
        body: Json = {"requestId": wanted["requestId"], "statusCode": 200, "statusText": "OK"}
        if "subscriptionId" in wanted and not self.knows_renewals:
            self.knows_renewals = True
            wrong = {"statusCode": 404, "statusText": "Not Found", "subscriptionId": "somebody-elses"}
            await self.say(connection, "subscribeResponse", body | wrong)
            return
        body |= {"subscriptionId": f"sub-{len(self.sockets)}", "expires": self.expires_s}
        await self.say(connection, "subscribeResponse", body)
        if "requestType" in wanted:
            await self.notify(connection)

    async def notify(self, connection: ServerConnection) -> None:
        eido = {
            "$id": "field-1",
            "lastUpdateTimestamp": "2026-03-04T09:40:00.0-05:00",
            "incidentComponent": {"$id": "i", "incidentTypeCommonRegistryText": "FSTRU"},
            "notesComponent": [{"$id": "n", "notesActionComments": "he said he would terminate the lease"}],
        }
        body = {"subscriptionId": f"sub-{len(self.sockets)}", "transactionId": "g-1", "notification": [eido]}
        await self.say(connection, "event", body)

    @staticmethod
    async def say(connection: ServerConnection, kind: str, body: Json) -> None:
        await connection.send(json.dumps({kind: body}))

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(30), self.asked:
            await self.asked.wait_for(is_so)

    def count(self, kind: str) -> int:
        return sum(kind in message for message in self.received)


@contextlib.asynccontextmanager
async def field_peer() -> AsyncIterator[tuple[FieldPeer, str]]:
    peer = FieldPeer()
    async with serve(peer.serve, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield peer, f"ws://127.0.0.1:{port}/IncidentData/ent"


async def test_the_fields_notifier_is_understood(record: Record) -> None:
    async with field_peer() as (peer, url), feeding(url, record):
        await peer.until(lambda: peer.count("eventResponse") == 1)
        await record.until(lambda: bool(record.of(FeedSnapshotTaken)))
    (reported,) = record.of(CallReported)
    assert (reported.report.updated_at, reported.report.type_text) == (AT, "Structure fire")
    assert "the time stamp is written lastUpdateTimestamp" in reported.report.warnings
    assert record.of(FeedLost) == []


async def test_a_404_with_the_wrong_subscription_is_followed_by_a_new_subscription(record: Record) -> None:
    async with field_peer() as (peer, url), feeding(url, record):
        peer.expires_s, peer.knows_renewals = 2, False
        await peer.until(lambda: sum("requestType" in m.get("subscribe", {}) for m in peer.received) == 2)
    renewal = peer.received[2]["subscribe"]
    assert renewal["subscriptionId"] == "sub-1"
    assert "requestType" not in renewal
    assert not any("somebody-elses" in json.dumps(message) for message in peer.received)


async def test_a_400_without_a_request_id_is_a_refusal(record: Record) -> None:
    async with field_peer() as (peer, url):
        peer.first_refusals = [{"statusCode": 400, "statusText": "Bad Request"}]
        async with feeding(url, record):
            await record.until(lambda: bool(record.of(FeedLost)))
    assert record.of(FeedLost)[0].reason == "the CAD refused the subscription: 400 Bad Request"


async def test_terminate_and_close_is_answered_and_survived(record: Record) -> None:
    async with field_peer() as (peer, url), feeding(url, record):
        await peer.until(lambda: peer.count("eventResponse") == 1)
        await peer.say(peer.sockets[0], "terminate", {"requestId": "z", "subscriptionId": "sub-1"})
        await peer.until(lambda: peer.count("terminateResponse") == 1)
        await peer.sockets[0].close(1000)
        await peer.until(lambda: peer.count("eventResponse") == 2)
        assert len(peer.sockets) == 2
