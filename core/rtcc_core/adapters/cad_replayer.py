"""`rtcc cad replay`: a CAD on this machine that says again what was recorded, at its own pace or faster.

Every subscriber gets the whole recording: the clock starts with the first, and who comes later is told at
once what is due by then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self
from uuid import uuid4

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from rtcc_core.wire.conveyance import SUBPROTOCOL, Message, NotAMessage, parse
from rtcc_core.wire.conveyance.messages import compose, text_of, whole
from rtcc_core.wire.recording import Replayed, for_subscription

EXPIRES_S: Final = 86_400
QUIET_S: Final = 3_600
"""A recording may be silent for long; nobody is to take that for a dead line."""


class CadReplayer:
    """Use as `async with CadReplayer(…) as cad:`, then `await cad.finished()`."""

    def __init__(self, frames: Sequence[Replayed], *, speed: float, port: int = 0) -> None:
        self.sent = 0
        """Frames, to the first subscriber."""
        self.acknowledged: set[str] = set()
        self.refused: dict[str, int] = {}
        """Status by transaction, of events that were answered with something else than 200."""
        self._frames = frames
        self._speed = speed
        self._port = port
        self._server: Server | None = None
        self._began_s: float | None = None
        self._over = asyncio.Event()
        self._changed = asyncio.Event()

    @property
    def url(self) -> str:
        """Where a core subscribes; only while started."""
        assert self._server is not None, "not started"
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}/"

    async def __aenter__(self) -> Self:
        """Raises OSError where the port is taken."""
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self._port,
            select_subprotocol=_ours,
            compression=None,
            close_timeout=1,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def finished(self, *, answers_within_s: float) -> None:
        """Return when a subscriber was told everything, and has answered it or taken too long."""
        await self._over.wait()
        asked = {frame.transaction_id for frame in self._frames if frame.transaction_id}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(answers_within_s):
                while not asked <= self.acknowledged | self.refused.keys():
                    self._changed.clear()
                    await self._changed.wait()

    # --- one subscriber ---------------------------------------------------------------------------

    async def _serve(self, peer: ServerConnection) -> None:
        telling: dict[str, asyncio.Task[None]] = {}
        try:
            async for frame in peer:
                with contextlib.suppress(NotAMessage):
                    message = parse(frame.encode() if isinstance(frame, str) else frame)
                    await self._on_message(peer, message, telling)
        except ConnectionClosed:
            pass
        finally:
            for task in telling.values():
                task.cancel()
            await asyncio.gather(*telling.values(), return_exceptions=True)

    async def _on_message(
        self, peer: ServerConnection, message: Message, telling: dict[str, asyncio.Task[None]]
    ) -> None:
        body = message.body
        match message.kind:
            case "subscribe":
                known = text_of(body, "subscriptionId")
                subscription_id = known or f"urn:uuid:{uuid4()}"
                await peer.send(_granted(text_of(body, "requestId"), subscription_id))
                if not known:
                    told = asyncio.create_task(self._tell(peer, subscription_id), name="replay")
                    telling[subscription_id] = told
            case "unsubscribe":
                task = telling.pop(text_of(body, "subscriptionId"), None)
                if task is not None:
                    task.cancel()
                answer = {"requestId": text_of(body, "requestId"), "statusCode": 200, "statusText": "OK"}
                await peer.send(compose("unsubscribeResponse", answer).text)
            case "eventResponse":
                self._on_answer(text_of(body, "transactionId"), whole(body, "statusCode") or 0)
            case _:
                pass

    def _on_answer(self, transaction_id: str, status: int) -> None:
        if status == 200:
            self.acknowledged.add(transaction_id)
            self.refused.pop(transaction_id, None)
        elif transaction_id not in self.acknowledged:
            self.refused[transaction_id] = status
        self._changed.set()

    async def _tell(self, peer: ServerConnection, subscription_id: str) -> None:
        loop = asyncio.get_running_loop()
        if self._began_s is None:
            self._began_s = loop.time()
        for number, one in enumerate(self._frames, start=1):
            wait_s = self._began_s + one.after_s / self._speed - loop.time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            try:
                await peer.send(for_subscription(one.frame, subscription_id))
            except ConnectionClosed:
                return
            self.sent = max(self.sent, number)
        self._over.set()


def _ours(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Some subscribers offer none, and are served all the same."""
    wanted = Subprotocol(SUBPROTOCOL)
    return wanted if wanted in offered else None


def _granted(request_id: str, subscription_id: str) -> str:
    body: dict[str, object] = {
        "requestId": request_id,
        "subscriptionId": subscription_id,
        "statusCode": 200,
        "statusText": "OK",
        "expires": EXPIRES_S,
        "minRate": QUIET_S,
    }
    return compose("subscribeResponse", body).text
