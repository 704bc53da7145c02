"""One subscriber of ours on its socket: what it asks, what it is sent, and nothing that can hold us up.

What changed waits as the incidents' names, not as frames: a subscriber that reads slowly is sent the newest
full state when it reads again. One that does not read at all is closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol
from uuid import uuid4

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from rtcc_core.domain.facts import AlertReported, Fact, MessageUnusable
from rtcc_core.domain.text import clean
from rtcc_core.ports import Clock, FactSink, JournalUnavailable
from rtcc_core.wire.conveyance import (
    CloseSocket,
    Dropped,
    Notifier,
    NotifierOutput,
    NotifierRules,
    Requested,
    Send,
    Tolerated,
)
from rtcc_core.wire.conveyance.granting import Eido
from rtcc_core.wire.conveyance.happenings import FrameUnusable
from rtcc_core.wire.conveyance.requests import read_request

log = logging.getLogger(__name__)

SEND_WITHIN_S: Final = 10.0
OUTGOING_MAX: Final = 64
"""Frames that may wait for a subscriber; it is not read while so many do."""

KEPT_MAX: Final = 50
"""Messages of one connection that are put in quarantine."""


class Shelf(Protocol):
    """Where the EIDOs stand that may be asked for."""

    def active(self) -> Sequence[Eido]: ...
    def ended(self) -> Sequence[Eido]: ...
    def get(self, uid: str) -> Eido | None: ...


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who subscribes."""

    name: str
    """As its certificate says; its address where it showed none."""
    is_known: bool = True


class Talk:
    """The conversation with one subscriber."""

    def __init__(
        self,
        connection: ServerConnection,
        visitor: Visitor,
        shelf: Shelf,
        sink: FactSink,
        clock: Clock,
        rules: NotifierRules,
    ) -> None:
        self.visitor = visitor
        self._connection = connection
        self._shelf = shelf
        self._sink = sink
        self._clock = clock
        self._machine = Notifier(rules, new_id=lambda: f"urn:uuid:{uuid4()}")
        self._changed: dict[str, None] = {}
        self._outgoing: deque[NotifierOutput] = deque()
        self._stirred = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._kept = 0

    @property
    def subscription_count(self) -> int:
        return len(self._machine.subscriptions)

    def stir(self, uids: Iterable[str]) -> None:
        """These incidents have a newer state; never waits."""
        if self._machine.subscriptions:
            self._changed.update(dict.fromkeys(uids))
            self._stirred.set()

    async def run(self) -> str:
        """Converse until it goes; returns why it went, in words."""
        reason = "it went away"
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send_forever())
                tasks.create_task(self._receive_forever())
        except* ConnectionClosed:
            pass
        except* _LeavesError as leaving:
            reason = str(leaving.exceptions[0])
        return reason

    async def end(self) -> None:
        """We go down: end every subscription in order, and the socket."""
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            async with asyncio.timeout(1.0):
                for subscription in self._machine.subscriptions:
                    for output in self._machine.terminate(subscription.subscription_id, _now()):
                        if isinstance(output, Send):
                            await self._connection.send(output.text)
                await self._connection.close(1001, "this console goes down")

    # --- out ----------------------------------------------------------------------------------

    async def _send_forever(self) -> None:
        """The only task that sends, so that a subscription's events follow its answer."""
        while True:
            self._stirred.clear()
            while self._outgoing or self._changed:
                await self._send_waiting()
                self._publish_next()
            self._outgoing.extend(self._machine.tick(_now()))
            if self._outgoing:
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._machine.deadline):
                    await self._stirred.wait()

    async def _send_waiting(self) -> None:
        while self._outgoing:
            output = self._outgoing.popleft()
            self._has_room.set()
            match output:
                case Send(text):
                    await self._send(text)
                case CloseSocket(reason):
                    await self._connection.close(1000, reason)
                    raise _LeavesError(reason)
                case Dropped(reason=reason):
                    log.warning("subscriber %s: its subscription is ended: %s", self.visitor.name, reason)
                case Tolerated(words):
                    log.info("subscriber %s: %s", self.visitor.name, words)
                case _:
                    pass

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_WITHIN_S):
                await self._connection.send(text)
        except TimeoutError:
            self._connection.transport.abort()
            raise _LeavesError(f"it did not read for {SEND_WITHIN_S:.0f} s") from None

    def _publish_next(self) -> None:
        """The newest state of one incident, for all of its subscriptions here."""
        if not self._changed:
            return
        uid = next(iter(self._changed))
        del self._changed[uid]
        eido = self._shelf.get(uid)
        if eido is not None:
            self._outgoing.extend(self._machine.publish(eido, _now())[1])

    # --- in -----------------------------------------------------------------------------------

    async def _receive_forever(self) -> None:
        while True:
            frame = await self._connection.recv(decode=False)
            shelf = self._shelf
            outputs = self._machine.receive(frame, _now(), shelf.active(), ended=shelf.ended())
            for output in outputs:
                if isinstance(output, Requested):
                    await self._ask(output)
                elif isinstance(output, FrameUnusable):
                    await self._keep(output)
                else:
                    self._outgoing.append(output)
            self._stirred.set()
            if len(self._outgoing) >= OUTGOING_MAX:
                self._has_room.clear()
                await self._has_room.wait()

    async def _ask(self, requested: Requested) -> None:
        """Answered when it is stored: 182, a person decides; 503 while the journal cannot write."""
        report = read_request(requested, self.visitor.name, received_at=self._clock.now())
        code, text = 182, "Queued: a person decides"
        if not await self._store(AlertReported(report=report, original=requested.original)):
            code, text = 503, "not stored; ask again"
        self._outgoing.extend(self._machine.respond(requested.request_id, code, text))

    async def _keep(self, unusable: FrameUnusable) -> None:
        log.warning("subscriber %s: %s", self.visitor.name, clean(unusable.reason))
        self._kept += 1
        if self._kept <= KEPT_MAX:
            reason, original = clean(unusable.reason), unusable.original
            await self._store(MessageUnusable(feed=self.visitor.name, reason=reason, original=original))

    async def _store(self, fact: Fact) -> bool:
        try:
            await self._sink.store([fact], source=f"peer:{self.visitor.name}")
        except JournalUnavailable as error:
            log.warning("subscriber %s: %s", self.visitor.name, error)
            return False
        return True


class _LeavesError(Exception):
    """This subscriber is to be closed; the message says why."""


Talks = Callable[[], Sequence[Talk]]


def _now() -> float:
    return asyncio.get_running_loop().time()
