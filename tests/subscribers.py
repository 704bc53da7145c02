"""Who subscribes to us, by hand, and the door they come to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.conveyance import Json
from tests.support import House
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from rtcc_core.adapters.eido_notifier import EidoNotifier
from rtcc_core.settings_notifier import NotifierSettings
from rtcc_core.wire.conveyance import NotifierRules

RULES = NotifierRules(takes_requests=True, shortest_min_rate_s=1, shortest_expires_s=1)
DOOR = NotifierSettings(listen="127.0.0.1:0", element="dfr.example", agency_id="pd.example")


@asynccontextmanager
async def serving(
    house: House, *, door: NotifierSettings = DOOR, rules: NotifierRules = RULES
) -> AsyncIterator[EidoNotifier]:
    notifier = EidoNotifier(
        door, lambda: (house.desk.state, house.link.sky()), house.desk, house.clock, rules=rules
    )
    task = asyncio.create_task(notifier.run())
    try:
        await asyncio.wait_for(notifier.is_listening.wait(), 30)
        yield notifier
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class Subscriber:
    """A CAD's end, by hand."""

    def __init__(self, socket: ClientConnection, *, answers: bool = True) -> None:
        self.socket = socket
        self.answers = answers

    async def say(self, kind: str, **body: Any) -> None:
        await self.socket.send(json.dumps({kind: body}))

    async def subscribe(self, about: str = "new", **more: Any) -> Json:
        """The answer to a subscription."""
        await self.say("subscribe", requestId="q", requestType="EIDO", requestSubType=about, **more)
        kind, body = await self.hear()
        assert kind == "subscribeResponse"
        return body

    async def hear(self) -> tuple[str, Json]:
        async with asyncio.timeout(30):
            ((kind, body),) = json.loads(await self.socket.recv()).items()
        if kind == "event" and self.answers:
            await self.say(
                "eventResponse", transactionId=body["transactionId"], statusCode=200, statusText="OK"
            )
        return kind, body

    async def eidos(self) -> list[Json]:
        """What the next event holds."""
        kind, body = await self.hear()
        assert kind == "event", body
        found: list[Json] = body["notification"]
        return found


@asynccontextmanager
async def subscriber(notifier: EidoNotifier, **more: Any) -> AsyncIterator[Subscriber]:
    offered = [Subprotocol("emergency-ent1.0")]
    async with connect(notifier.url, subprotocols=offered, compression=None) as socket:
        assert socket.subprotocol == "emergency-ent1.0"
        yield Subscriber(socket, **more)
