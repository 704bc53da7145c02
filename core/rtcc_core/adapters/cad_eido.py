"""A CAD's calls over EIDO conveyance: the subscriber on a real WebSocket.

The conversation itself is `wire.conveyance.Subscriber`; here are the socket, the reconnects and the
order of law 1: an event is acknowledged when the sink has returned, and while it has not, nothing
more is read, so that TCP slows the CAD down.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import uuid4

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from rtcc_core.adapters.cad_words import why
from rtcc_core.clocks import SystemClock
from rtcc_core.domain.facts import (
    CallReported,
    Fact,
    FeedConnected,
    FeedLost,
    FeedSnapshotTaken,
    MessageUnusable,
)
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_core.ports import Clock, FactSink, JournalUnavailable
from rtcc_core.wire.conveyance import (
    SUBPROTOCOL,
    Ended,
    EventArrived,
    Finished,
    FrameUnusable,
    Item,
    Send,
    SnapshotEnded,
    Subscribed,
    Subscriber,
    SubscriberOutput,
    Tolerated,
    Wants,
)
from rtcc_core.wire.eido import Unusable, read_eido

log = logging.getLogger(__name__)

FRAME_MAX_BYTES: Final = 32 * 1024 * 1024
FRAMES_MAX: Final = 4
"""Frames read ahead of the one that is being stored."""

OPEN_WITHIN_S: Final = 10.0
SEND_WITHIN_S: Final = 10.0
LEAVE_WITHIN_S: Final = 2.0
PING_EVERY_S: Final = 20.0
FIRST_RETRY_S: Final = 0.5
LONGEST_RETRY_S: Final = 30.0
STEADY_S: Final = 10.0
"""A connection that lived this long ends a series of failures."""

READ_AT_ONCE: Final = 20
"""EIDOs read before the loop's other tasks get a turn: about 10 ms."""
STORE_AT_ONCE: Final = 200


class EidoFeedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One EIDO feed of agency.toml."""

    name: str
    url: str
    """`ws://` or `wss://`."""
    min_rate_s: int = 10
    """The CAD is asked to say something at least this often."""
    expires_s: int = 3600
    silent_after_s: float | None = None
    """Silence that counts as a dead line; None: three times min_rate_s, at least 15 s."""
    ca_file: str | None = None
    """PEM file of the authorities that may vouch for the CAD; None: the system's."""
    cert_file: str | None = None
    """Our own certificate for mutual TLS, PEM; with `key_file` unless that is in the same file."""
    key_file: str | None = None
    near: LatLon | None = None
    """Middle of the service area, by which swapped coordinates are recognised."""


class EidoFeed:
    """Feeds the sink until cancelled; a CallFeed."""

    def __init__(
        self, settings: EidoFeedSettings, sink: FactSink, *, jitter: random.Random, clock: Clock | None = None
    ) -> None:
        """`jitter` spreads the retries of all who lost the same CAD. Raises ValueError for bad settings."""
        if not settings.url.startswith(("ws://", "wss://")):
            raise ValueError(f"the address of CAD {settings.name} must begin with ws:// or wss://")
        wants_tls = settings.ca_file or settings.cert_file or settings.key_file
        if wants_tls and not settings.url.startswith("wss://"):
            raise ValueError(f"CAD {settings.name} has certificates, so its address must begin with wss://")
        self._settings = settings
        self._sink = sink
        self._source = f"feed:{settings.name}"
        self._jitter = jitter
        self._clock = clock or SystemClock()
        self._is_told_up: bool | None = None
        self._told_reason = ""
        self._was_tolerated: set[str] = set()
        self._live_since: float | None = None
        self._listed: list[str] | None = None
        """Incidents of the snapshot that is being taken."""

    async def run(self) -> None:
        """Connect, converse, and connect again, until cancelled; then unsubscribe and close."""
        failures = 0
        while True:
            reason = await self._session()
            lived_s = _now() - self._live_since if self._live_since is not None else 0.0
            failures = 0 if lived_s >= STEADY_S else failures
            log.info("feed %s: %s", self._settings.name, reason)
            with contextlib.suppress(JournalUnavailable):
                await self._tell_lost(reason)
            wait_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(failures, 10))
            failures += 1
            await asyncio.sleep(wait_s * (0.5 + 0.5 * self._jitter.random()))

    async def _session(self) -> str:
        """One connection from its opening to its end; returns why it ended, in words."""
        self._live_since = self._listed = None
        self._was_tolerated.clear()
        try:
            async with self._connected() as socket:
                return await self._converse(socket)
        except JournalUnavailable as exc:
            return f"the journal cannot write, so CAD is asked again later ({exc})"
        except (OSError, WebSocketException, ValueError) as exc:
            return why(exc, self._settings.url)

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientConnection]:
        async with connect(
            self._settings.url,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            ssl=self._tls(),
            proxy=None,
            compression=None,
            open_timeout=OPEN_WITHIN_S,
            close_timeout=LEAVE_WITHIN_S,
            ping_interval=PING_EVERY_S,
            ping_timeout=PING_EVERY_S,
            max_size=FRAME_MAX_BYTES,
            max_queue=FRAMES_MAX,
        ) as socket:
            if socket.subprotocol is None:
                self._tolerate(f"CAD does not name the sub-protocol {SUBPROTOCOL}")
            yield socket

    def _tls(self) -> ssl.SSLContext | None:
        """Made anew for each connection, so that a renewed certificate is used without a restart."""
        settings = self._settings
        if not settings.url.startswith("wss://"):
            return None
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.cert_file:
            context.load_cert_chain(settings.cert_file, settings.key_file)
        return context

    async def _converse(self, socket: ClientConnection) -> str:
        machine = Subscriber(
            Wants(
                min_rate_s=self._settings.min_rate_s,
                expires_s=self._settings.expires_s,
                silent_after_s=self._settings.silent_after_s,
            ),
            new_id=lambda: str(uuid4()),
            jitter=self._jitter.random,
        )
        try:
            reason = await self._carry_out(socket, machine, machine.start(_now()))
            while reason is None:
                outputs = await _next_outputs(socket, machine)
                reason = await self._carry_out(socket, machine, outputs)
                machine.resumed(_now())
        except asyncio.CancelledError:
            await _leave(socket, machine)
            raise
        return reason

    async def _carry_out(
        self, socket: ClientConnection, machine: Subscriber, outputs: Sequence[SubscriberOutput]
    ) -> str | None:
        """Do what the machine says, in order; returns the reason when it is finished with this socket."""
        for output in outputs:
            match output:
                case Send(text):
                    await _send(socket, text)
                case Tolerated(words):
                    self._tolerate(words)
                case EventArrived():
                    await self._take_event(socket, machine, output)
                case FrameUnusable(reason=reason, original=original):
                    await self._store([self._unusable(reason, original)])
                case Subscribed():
                    await self._on_subscribed(output)
                case SnapshotEnded(is_complete=is_complete):
                    await self._on_snapshot(is_complete)
                case Ended(reason=reason):
                    await self._tell_lost(reason)
                case Finished(reason=reason):
                    return reason
        return None

    async def _take_event(self, socket: ClientConnection, machine: Subscriber, event: EventArrived) -> None:
        """Store what the event says, then acknowledge it; raises JournalUnavailable after saying 503."""
        bad = 0
        facts: list[Fact] = []
        try:
            for number, item in enumerate(event.items, start=1):
                fact = self._read(item)
                bad += isinstance(fact, MessageUnusable)
                facts.append(fact)
                if number % READ_AT_ONCE == 0:
                    await asyncio.sleep(0)
                if len(facts) >= STORE_AT_ONCE:
                    await self._store(facts)
                    facts = []
            if facts:
                await self._store(facts)
        except JournalUnavailable:
            await self._answer(socket, machine, event, 503, "not stored")
            raise
        if bad:
            await self._answer(socket, machine, event, 400, f"{bad} of {len(event.items)} unusable")
        else:
            await self._answer(socket, machine, event, 200, "OK")

    async def _answer(
        self, socket: ClientConnection, machine: Subscriber, event: EventArrived, status: int, text: str
    ) -> None:
        for output in machine.acknowledge(event.transaction_id, status, text):
            if isinstance(output, Send):
                await _send(socket, output.text)

    def _read(self, item: Item) -> Fact:
        settings = self._settings
        try:
            report = read_eido(item.value, settings.name, near=settings.near, received_at=self._clock.now())
        except Unusable as exc:
            self._list(item.value)
            return self._unusable(exc.reason, item.original)
        if self._listed is not None:
            self._listed.append(report.incident_uid)
        return CallReported(report=report, original=item.original)

    def _list(self, eido: object) -> None:
        """An incident that cannot be read is listed all the same, where it has a name."""
        identity = eido.get("$id") if isinstance(eido, dict) else None
        if self._listed is not None and isinstance(identity, str):
            self._listed.append(clean(identity, limit=500))

    def _unusable(self, reason: str, original: str) -> MessageUnusable:
        return MessageUnusable(feed=self._settings.name, reason=clean(reason), original=original)

    async def _on_subscribed(self, subscribed: Subscribed) -> None:
        self._live_since = _now()
        self._listed = []
        if self._is_told_up is not True:
            detail = "; ".join([f"subscribed for {subscribed.expires_s} s", *sorted(self._was_tolerated)])
            await self._store([FeedConnected(feed=self._settings.name, detail=clean(detail))])
            self._is_told_up = True

    async def _on_snapshot(self, is_complete: bool) -> None:
        listed, self._listed = self._listed or [], None
        if is_complete:
            uids = tuple(dict.fromkeys(listed))
            await self._store([FeedSnapshotTaken(feed=self._settings.name, incident_uids=uids)])
        else:
            self._tolerate("CAD's list of active calls was not complete, so no call is marked missing")

    async def _tell_lost(self, reason: str) -> None:
        self._listed = None
        if self._is_told_up is False and self._told_reason == reason:
            return
        await self._store([FeedLost(feed=self._settings.name, reason=clean(reason))])
        self._is_told_up, self._told_reason = False, reason

    async def _store(self, facts: Sequence[Fact]) -> None:
        await self._sink.store(facts, source=self._source)

    def _tolerate(self, words: str) -> None:
        if words not in self._was_tolerated and len(self._was_tolerated) < 50:
            self._was_tolerated.add(words)
            log.warning("feed %s: %s", self._settings.name, words)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _next_outputs(socket: ClientConnection, machine: Subscriber) -> Sequence[SubscriberOutput]:
    """Wait for a frame or for the machine's deadline, whichever is first."""
    deadline = machine.deadline
    if deadline is not None and deadline <= _now():
        return machine.tick(_now())
    try:
        async with asyncio.timeout_at(deadline):
            # Undecoded, since a text frame that is not UTF-8 is quarantined, not the end of the connection.
            frame = await socket.recv(decode=False)
    except TimeoutError:
        return machine.tick(_now())
    return machine.receive(frame, _now())


async def _send(socket: ClientConnection, text: str) -> None:
    async with asyncio.timeout(SEND_WITHIN_S):
        await socket.send(text)


async def _leave(socket: ClientConnection, machine: Subscriber) -> None:
    """Unsubscribe, and read until CAD says so, but not for long."""
    with contextlib.suppress(OSError, WebSocketException):
        async with asyncio.timeout(LEAVE_WITHIN_S):
            outputs: Sequence[SubscriberOutput] = machine.stop(_now())
            while not machine.is_over:
                for output in outputs:
                    if isinstance(output, Send):
                        await socket.send(output.text)
                outputs = await _next_outputs(socket, machine)
