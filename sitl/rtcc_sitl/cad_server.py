"""A simulated CAD: a real EIDO conveyance server on 127.0.0.1, with the faults that real ones have."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self
from uuid import uuid4

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from rtcc_core.domain.call import CallReport, CallStatus
from rtcc_core.wire.conveyance import (
    SUBPROTOCOL,
    Acknowledged,
    CloseSocket,
    Notifier,
    NotifierOutput,
    NotifierRules,
    Send,
)
from rtcc_core.wire.eido import Issuer, write_eido

PATH = "/IncidentData/ent"
Eido = Mapping[str, object]


class Ack(msgspec.Struct, frozen=True):
    """A subscriber's answer to one of our events."""

    transaction_id: str
    status: int
    text: str


class SimCad:
    """Holds the active incidents, serves them to any number of subscribers, and fails when told to.

    Use as `async with SimCad() as cad:`, or by `start` and `stop`. Faults: `echoes_subprotocol`,
    `is_silent`, `refuse_with`, `drop_connections`, `cut_mid_frame`, `terminate_all`.
    """

    def __init__(
        self,
        *,
        rules: NotifierRules | None = None,
        issuer: Issuer | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`port` 0 takes a free one; `start` raises OSError when another is taken. `tls` serves wss://."""
        self.rules = rules or NotifierRules(
            shortest_min_rate_s=1, shortest_expires_s=1, unanswered_max=None, chunk=None, window=None
        )
        self.acks: list[Ack] = []
        self.received: list[str] = []
        """Every frame that came, oldest first."""
        self.echoes_subprotocol = True
        self.is_silent = False
        """True: nothing is sent any more and nothing answered, though the sockets stay open."""
        self.connections_made = 0
        self._issuer = issuer or Issuer()
        self._port = port
        self._tls = tls
        self._server: Server | None = None
        self._incidents: dict[str, Eido] = {}
        self._talks: dict[ServerConnection, Notifier] = {}
        self._changed = asyncio.Condition()

    @property
    def url(self) -> str:
        """Where a subscriber connects; only while started."""
        if self._port == 0:
            raise RuntimeError("the simulated CAD has not been started")
        scheme = "ws" if self._tls is None else "wss"
        return f"{scheme}://127.0.0.1:{self._port}{PATH}"

    @property
    def is_subscribed(self) -> bool:
        """True while anybody has a subscription."""
        return any(notifier.subscriptions for notifier in self._talks.values())

    @property
    def subscription_ids(self) -> tuple[str, ...]:
        """The subscriptions that stand, oldest first."""
        return tuple(one.subscription_id for talk in self._talks.values() for one in talk.subscriptions)

    @property
    def active(self) -> tuple[Eido, ...]:
        """The incidents a new subscriber is sent."""
        return tuple(self._incidents.values())

    def refuse_with(self, status: int | None) -> None:
        """Answer new subscriptions with this status; None: accept them."""
        self.rules = msgspec.structs.replace(self.rules, refuse_with=status)
        for notifier in self._talks.values():
            notifier.rules = self.rules

    async def start(self) -> None:
        """Listen. A second start after `stop` takes the same port."""
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self._port,
            ssl=self._tls,
            select_subprotocol=self._select_subprotocol,
            compression=None,
            ping_interval=None,
            close_timeout=1,
            max_size=1 << 20,
        )
        self._port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Close every connection and stop listening; incidents are kept."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def publish(self, incident: CallReport | Eido) -> list[str]:
        """Make this the incident's state and tell the subscribers; the transaction ids that carry it.

        A report that is closed, cancelled or merged is told once and is then no longer active; an EIDO
        that was built by hand stays active until `forget`.
        """
        eido = write_eido(incident, self._issuer) if isinstance(incident, CallReport) else incident
        uid = str(eido.get("$id"))
        if isinstance(incident, CallReport) and (
            incident.status is not CallStatus.ACTIVE or incident.merged_into_uid is not None
        ):
            self._incidents.pop(uid, None)
        else:
            self._incidents[uid] = eido
        ids: list[str] = []
        for connection, notifier in list(self._talks.items()):
            sent, outputs = notifier.publish(eido, _now())
            ids += sent
            await self._carry_out(connection, outputs)
        return ids

    def load(self, eido: Eido) -> None:
        """Have an incident active without telling anybody: it is in the next snapshot."""
        self._incidents[str(eido.get("$id"))] = eido

    def forget(self, incident_uid: str) -> None:
        """Drop an incident without a word, as a CAD does that was restarted."""
        self._incidents.pop(incident_uid, None)

    async def send_raw(self, text: str | bytes) -> None:
        """Send this as a text frame to everybody, whatever it is."""
        for connection in list(self._talks):
            with contextlib.suppress(ConnectionClosed):
                await connection.send(text, text=True)

    async def terminate_all(self) -> None:
        """End every subscription from our side; each socket is closed when that has been answered."""
        for connection, notifier in list(self._talks.items()):
            for subscription in notifier.subscriptions:
                outputs = notifier.terminate(subscription.subscription_id, _now())
                await self._carry_out(connection, outputs)

    def drop_connections(self) -> None:
        """Break every connection off without a closing word."""
        for connection in list(self._talks):
            connection.transport.abort()

    def cut_mid_frame(self) -> None:
        """Send the first half of an event to everybody, then break off."""
        for connection in list(self._talks):
            connection.transport.write(b"\x81\x7e\x10\x00" + b'{"event":{"subscriptionId":"')
            connection.transport.close()

    async def wait_for(self, is_so: Callable[[], bool]) -> None:
        """Return when `is_so()`, looked at whenever a frame came or a connection changed."""
        async with self._changed:
            await self._changed.wait_for(is_so)

    async def wait_acked(self, transaction_ids: Sequence[str]) -> None:
        """Return when each of these events has been answered, with whatever status."""
        wanted = set(transaction_ids)
        await self.wait_for(lambda: wanted <= {ack.transaction_id for ack in self.acks})

    def _select_subprotocol(
        self, connection: ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        wanted = Subprotocol(SUBPROTOCOL)
        return wanted if self.echoes_subprotocol and wanted in offered else None

    async def _serve(self, connection: ServerConnection) -> None:
        notifier = Notifier(self.rules, new_id=lambda: f"urn:uuid:{uuid4()}")
        self._talks[connection] = notifier
        self.connections_made += 1
        try:
            await self._notice()
            while True:
                try:
                    async with asyncio.timeout_at(_look_at(notifier)):
                        frame = await connection.recv(decode=False)
                except TimeoutError:
                    await self._carry_out(connection, notifier.tick(_now()))
                else:
                    self.received.append(frame.decode("utf-8", "replace"))
                    outputs = notifier.receive(frame, _now(), self.active)
                    await self._carry_out(connection, outputs)
                    await self._notice()
        except ConnectionClosed:
            pass
        finally:
            self._talks.pop(connection, None)
            await self._notice()

    async def _carry_out(self, connection: ServerConnection, outputs: Sequence[NotifierOutput]) -> None:
        for output in outputs:
            match output:
                case Send(text) if not self.is_silent:
                    with contextlib.suppress(ConnectionClosed):
                        await connection.send(text)
                case Acknowledged():
                    self.acks.append(Ack(output.transaction_id, output.status, output.text))
                case CloseSocket(reason):
                    await connection.close(1000, reason)
                case _:
                    pass

    async def _notice(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _look_at(notifier: Notifier) -> float | None:
    """When to look after a notifier: at its deadline, but soon where a maxRate may hold something back."""
    is_holding = any(subscription.max_rate_s for subscription in notifier.subscriptions)
    return _now() + 0.25 if is_holding else notifier.deadline


def _now() -> float:
    return asyncio.get_running_loop().time()
