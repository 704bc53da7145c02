"""A CAD's calls over EIDO conveyance: our subscriptions on a real WebSocket.

The conversation itself is `wire.conveyance.Subscriber`; here are the socket, the reconnects and the
order of law 1: an event is acknowledged when the sink has returned (`cad_storing`), and only so much is
read ahead that TCP slows the CAD down. Several feeds of one address share one socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, tzinfo
from typing import Final
from uuid import uuid4

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from rtcc_core.adapters.cad_record import FeedRecord
from rtcc_core.adapters.cad_storing import STORE_AT_ONCE, Part, Storing
from rtcc_core.adapters.cad_words import too_long_words, why
from rtcc_core.clocks import SystemClock
from rtcc_core.domain.facts import Fact, MessageUnusable
from rtcc_core.domain.geo import LatLon
from rtcc_core.ports import Clock, FactSink, JournalUnavailable
from rtcc_core.wire.conveyance import (
    FRAME_LIMIT_BYTES,
    SUBPROTOCOL,
    About,
    Ended,
    EventArrived,
    Finished,
    FrameUnusable,
    Requested,
    Send,
    SnapshotEnded,
    Subscribed,
    Subscriber,
    SubscriberOutput,
    Tolerated,
    Wants,
)
from rtcc_core.wire.eido import Tables

log = logging.getLogger(__name__)

SOCKET_MAX: Final = 2
"""A frame of up to so many times the limit is refused by 413 and its head kept; a longer one ends the
connection."""

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


class EidoFeedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One EIDO feed of agency.toml."""

    name: str
    url: str
    """`ws://` or `wss://`."""
    about: About = About.NEW
    incident_id: str = ""
    unit_id: str = ""
    qual_filter: str = ""
    filter_every_s: int | None = None
    min_rate_s: int = 10
    """The CAD is asked to say something at least this often."""
    max_rate_s: int | None = None
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
    zone: tzinfo = UTC
    """For times that the CAD sends without one."""
    tables: Tables = Tables()
    """The agency's own meanings of this CAD's codes."""
    frame_limit_bytes: int = FRAME_LIMIT_BYTES

    @property
    def wants(self) -> Wants:
        return Wants(
            name=self.name,
            about=self.about,
            incident_id=self.incident_id,
            unit_id=self.unit_id,
            qual_filter=self.qual_filter,
            filter_every_s=self.filter_every_s,
            min_rate_s=self.min_rate_s,
            max_rate_s=self.max_rate_s,
            expires_s=self.expires_s,
            silent_after_s=self.silent_after_s,
        )

    @property
    def line(self) -> tuple[str | None, ...]:
        """Feeds that agree in this share one socket."""
        return (self.url, self.ca_file, self.cert_file, self.key_file)


def by_line(settings: Sequence[EidoFeedSettings]) -> list[tuple[EidoFeedSettings, ...]]:
    """The feeds that go over one socket each, in the order of the settings."""
    lines: dict[tuple[str | None, ...], list[EidoFeedSettings]] = {}
    for one in settings:
        lines.setdefault(one.line, []).append(one)
    return [tuple(line) for line in lines.values()]


class _Line(ClientConnection):
    """A connection that remembers what TLS said as it broke: a refused certificate shows only there."""

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if isinstance(exc, ssl.SSLError) and self.protocol.handshake_exc is not None:
            self.protocol.handshake_exc.__cause__ = exc


class EidoFeed:
    """Feeds the sink until cancelled; a CallFeed. One socket, and a subscription for each of its feeds."""

    def __init__(
        self,
        settings: EidoFeedSettings | Sequence[EidoFeedSettings],
        sink: FactSink,
        *,
        jitter: random.Random,
        clock: Clock | None = None,
    ) -> None:
        """`jitter` spreads the retries of all who lost the same CAD. Raises ValueError for bad settings."""
        each = (settings,) if isinstance(settings, EidoFeedSettings) else tuple(settings)
        for one in each:
            _check(one, each[0])
        clock = clock or SystemClock()
        self._feeds = each
        self._settings = each[0]
        self._records = {
            one.name: FeedRecord(one.name, sink, clock, near=one.near, zone=one.zone, tables=one.tables)
            for one in each
        }
        self._jitter = jitter
        self._live_since: float | None = None
        self._read = 0
        """EIDOs read since the others had a turn."""

    @property
    def _any(self) -> FeedRecord:
        """Where what belongs to no subscription is kept."""
        return self._records[self._settings.name]

    async def run(self) -> None:
        """Connect, converse, and connect again, until cancelled; then unsubscribe and close."""
        failures = 0
        while True:
            reason = await self._session()
            lived_s = _now() - self._live_since if self._live_since is not None else 0.0
            failures = 0 if lived_s >= STEADY_S else failures
            log.info("feed %s: %s", "+".join(self._records), reason)
            with contextlib.suppress(JournalUnavailable):
                for record in self._records.values():
                    await record.lost(reason)
            wait_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(failures, 10))
            failures += 1
            await asyncio.sleep(wait_s * (0.5 + 0.5 * self._jitter.random()))

    async def _session(self) -> str:
        """One connection from its opening to its end; returns why it ended, in words."""
        self._live_since = None
        for record in self._records.values():
            record.begin()
        try:
            async with connected(self._settings) as socket:
                if socket.subprotocol is None:
                    for record in self._records.values():
                        record.tolerate(f"CAD does not name the sub-protocol {SUBPROTOCOL}")
                return await self._converse(socket)
        except JournalUnavailable as exc:
            return f"the journal cannot write, so CAD is asked again later ({exc})"
        except (OSError, WebSocketException, ValueError) as exc:
            reason = why(exc, self._settings.url)
            if words := too_long_words(exc):
                with contextlib.suppress(JournalUnavailable):
                    await self._any.quarantine(words, words)
            return reason

    async def _converse(self, socket: ClientConnection) -> str:
        machine = Subscriber(
            [one.wants for one in self._feeds],
            new_id=lambda: str(uuid4()),
            jitter=self._jitter.random,
            limit_bytes=self._settings.frame_limit_bytes,
        )

        async def acknowledge(transaction_id: str, status: int, words: str) -> None:
            await _send_all(socket, machine.acknowledge(transaction_id, status, words))

        storing = Storing(acknowledge, socket.close)
        task = asyncio.create_task(storing.run(), name="storing")
        try:
            reason = await self._carry_out(socket, machine, storing, machine.start(_now()))
            while reason is None:
                outputs = await _next_outputs(socket, machine)
                reason = await self._carry_out(socket, machine, storing, outputs)
                machine.resumed(_now())
        except asyncio.CancelledError:
            await _leave(socket, machine)
            raise
        except ConnectionClosed:
            # What was read is stored all the same, and a journal that failed is why the line was closed.
            await storing.settled()
            raise
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return reason

    async def _carry_out(
        self,
        socket: ClientConnection,
        machine: Subscriber,
        storing: Storing,
        outputs: Sequence[SubscriberOutput],
    ) -> str | None:
        """Do what the machine says, in order; returns the reason when it is finished with this socket."""
        for output in outputs:
            if not isinstance(output, Send | Tolerated | EventArrived):
                await storing.settled()  # nothing overtakes the events that came before it
            match output:
                case Send(text):
                    await _send(socket, text)
                case Tolerated(words):
                    self._any.tolerate(words)
                case EventArrived(name=name):
                    await self._take_event(storing, output, self._records[name])
                case FrameUnusable(reason=reason, original=original):
                    await self._any.quarantine(reason, original)
                case Requested(request_id=request_id):
                    await self._any.request(output)
                    await _send_all(socket, machine.respond(request_id))
                case Subscribed(name=name):
                    self._live_since = self._live_since or _now()
                    await self._records[name].subscribed(output)
                case SnapshotEnded(is_complete=is_complete, name=name):
                    await self._records[name].snapshot(is_complete)
                case Ended(reason=reason, name=name):
                    await self._records[name].lost(reason)
                case Finished(reason=reason):
                    return reason
        return None

    async def _take_event(self, storing: Storing, event: EventArrived, record: FeedRecord) -> None:
        """Read what the event says and hand it on to be stored, then acknowledged."""
        if record.was_taken(event):
            record.tolerate("an event came twice; it was acknowledged again and not stored again")
            record.list_again(event)
            await storing.take(Part(record, (), event))
            return
        bad = 0
        facts: list[Fact] = []
        for item in event.items:
            if len(facts) >= STORE_AT_ONCE:
                await storing.take(Part(record, tuple(facts), None))
                facts = []
            fact = record.read(item)
            if fact is not None:
                bad += isinstance(fact, MessageUnusable)
                facts.append(fact)
            self._read += 1
            if self._read % READ_AT_ONCE == 0:
                await asyncio.sleep(0)
        await storing.take(Part(record, tuple(facts), event, bad))


def _check(settings: EidoFeedSettings, first: EidoFeedSettings) -> None:
    """Raises ValueError, in words."""
    if not settings.url.startswith(("ws://", "wss://")):
        raise ValueError(f"the address of CAD {settings.name} must begin with ws:// or wss://")
    wants_tls = settings.ca_file or settings.cert_file or settings.key_file
    if wants_tls and not settings.url.startswith("wss://"):
        raise ValueError(f"CAD {settings.name} has certificates, so its address must begin with wss://")
    if settings.line != first.line:
        raise ValueError(f"{settings.name} and {first.name} have different addresses: they need two sockets")


@contextlib.asynccontextmanager
async def connected(settings: EidoFeedSettings) -> AsyncIterator[ClientConnection]:
    """An open WebSocket to this CAD. Raises OSError, ValueError and WebSocketException."""
    async with connect(
        settings.url,
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        ssl=_tls(settings),
        proxy=None,
        compression=None,
        open_timeout=OPEN_WITHIN_S,
        close_timeout=LEAVE_WITHIN_S,
        ping_interval=PING_EVERY_S,
        ping_timeout=PING_EVERY_S,
        max_size=SOCKET_MAX * settings.frame_limit_bytes,
        max_queue=FRAMES_MAX,
    ) as socket:
        yield socket


def _tls(settings: EidoFeedSettings) -> ssl.SSLContext | None:
    """Made anew for each connection, so that a renewed certificate is used without a restart."""
    if not settings.url.startswith("wss://"):
        return None
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.cert_file:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    return context


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _next_outputs(socket: ClientConnection, machine: Subscriber) -> Sequence[SubscriberOutput]:
    """What follows from the next frame or from the machine's deadline, whichever is first."""
    frame = await next_frame(socket, machine)
    return machine.tick(_now()) if frame is None else machine.receive(frame, _now())


async def next_frame(socket: ClientConnection, machine: Subscriber) -> bytes | None:
    """The next frame; None when the machine's deadline came first."""
    deadline = machine.deadline
    if deadline is not None and deadline <= _now():
        return None
    try:
        async with asyncio.timeout_at(deadline):
            # Undecoded, since a text frame that is not UTF-8 is quarantined, not the end of the connection.
            return await socket.recv(decode=False)
    except TimeoutError:
        return None


async def _send(socket: ClientConnection, text: str) -> None:
    async with asyncio.timeout(SEND_WITHIN_S):
        await socket.send(text)


async def _send_all(socket: ClientConnection, outputs: Sequence[SubscriberOutput]) -> None:
    for output in outputs:
        if isinstance(output, Send):
            await _send(socket, output.text)


async def _leave(socket: ClientConnection, machine: Subscriber) -> None:
    """Unsubscribe, and read until CAD says so, but not for long."""
    with contextlib.suppress(OSError, WebSocketException):
        async with asyncio.timeout(LEAVE_WITHIN_S):
            outputs: Sequence[SubscriberOutput] = machine.stop(_now())
            while not machine.is_over:
                await _send_all(socket, outputs)
                outputs = await _next_outputs(socket, machine)
