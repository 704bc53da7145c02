"""The CAD bench's CAD: frames made beforehand, sent at their times, and the moment of each acknowledgement.

An event counts from the moment it was due, not from the moment a slow peer let it through.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from rtcc_core.wire.conveyance import SUBPROTOCOL

CHUNK: Final = 200
"""Incidents in one event of the first list, as our own notifier sends them."""

LOOK_EVERY_S: Final = 0.05

_ACK: Final = '{"eventResponse"'


class PacedCad:
    """Serves one subscriber. Use as `async with PacedCad() as cad:`."""

    def __init__(self) -> None:
        self.sent_s: dict[int, float] = {}
        """Monotonic time at which each event was due, by its number."""
        self.acked_s: dict[int, float] = {}
        """When it was acknowledged with 200."""
        self.refused = 0
        self.listed: Sequence[str] = ()
        """EIDOs of the first list."""
        self.listed_at_s: float | None = None
        self.is_subscribed = asyncio.Event()
        self.may_subscribe = asyncio.Event()
        self.may_subscribe.set()
        self._server: Server | None = None
        self._peer: ServerConnection | None = None

    @property
    def url(self) -> str:
        """Where the subscriber connects; only while started."""
        assert self._server is not None, "not started"
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}/"

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression=None,
            ping_interval=None,
            close_timeout=1,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    # --- sending --------------------------------------------------------------------------------

    async def send_paced(self, first: int, eidos: Sequence[str], *, rate_hz: float) -> None:
        """Send them as the events `first`, `first + 1` …, evenly; a rate of 0 sends all at once."""
        assert self._peer is not None, "nobody subscribed"
        began_s = time.monotonic()
        for index, eido in enumerate(eidos):
            due_s = began_s + index / rate_hz if rate_hz else began_s
            if (wait_s := due_s - time.monotonic()) > 0:
                await asyncio.sleep(wait_s)
            self.sent_s[first + index] = due_s
            await self._peer.send(_event(str(first + index), eido))

    async def wait_acked(self, numbers: range, *, within_s: float) -> int:
        """Wait until all of them are acknowledged; how many are, also when time is over."""
        give_up_at = time.monotonic() + within_s
        while time.monotonic() < give_up_at:
            if all(number in self.acked_s for number in numbers):
                break
            await asyncio.sleep(LOOK_EVERY_S)
        return sum(number in self.acked_s for number in numbers)

    # --- the peer -------------------------------------------------------------------------------

    async def _serve(self, peer: ServerConnection) -> None:
        try:
            async for frame in peer:
                text = frame if isinstance(frame, str) else frame.decode()
                if text.startswith(_ACK):
                    self._on_ack(text)
                else:
                    await self._on_request(peer, json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            self.is_subscribed.clear()

    def _on_ack(self, text: str) -> None:
        body = json.loads(text)["eventResponse"]
        if body["statusCode"] != 200:
            self.refused += 1
        elif body["transactionId"].isdigit():
            self.acked_s[int(body["transactionId"])] = time.monotonic()

    async def _on_request(self, peer: ServerConnection, message: dict[str, dict[str, object]]) -> None:
        kind, body = next(iter(message.items()))
        if kind == "unsubscribe":
            answer = {"requestId": body["requestId"], "statusCode": 200, "statusText": "OK"}
            await peer.send(json.dumps({"unsubscribeResponse": answer}))
        if kind != "subscribe":
            return
        await self.may_subscribe.wait()
        answer = {
            "requestId": body["requestId"],
            "subscriptionId": "bench",
            "statusCode": 200,
            "statusText": "OK",
            "expires": 86_400,
            "minRate": 3_600,
        }
        await peer.send(json.dumps({"subscribeResponse": answer}))
        self._peer = peer
        self.listed_at_s = time.monotonic()
        for at in range(0, len(self.listed), CHUNK):
            await peer.send(_event(f"list-{at}", ",".join(self.listed[at : at + CHUNK])))
        await peer.send(_event("list-end", ""))
        self.is_subscribed.set()


def _event(transaction_id: str, eidos: str) -> str:
    head = f'{{"event":{{"subscriptionId":"bench","transactionId":"{transaction_id}","notification":['
    return f"{head}{eidos}]}}}}"
