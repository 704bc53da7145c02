"""Others subscribe to us: EIDO conveyance and retrieval on one port, over mutual TLS.

Retrieval is three GETs, answered before the WebSocket handshake by the same server: one port, one
certificate and one list of who may come in, where a second HTTP server would want its own of each.

It looks at the desk's state as it stands, and never makes the desk wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from rtcc_core import __version__
from rtcc_core.adapters.eido_talk import Talk, Visitor
from rtcc_core.domain.text import clean
from rtcc_core.ports import Clock, FactSink, Look
from rtcc_core.settings_notifier import NotifierSettings
from rtcc_core.wire.conveyance import SUBPROTOCOL, NotifierRules
from rtcc_core.wire.conveyance.granting import Eido
from rtcc_core.wire.conveyance.notifier import READ_LIMIT_BYTES
from rtcc_core.wire.conveyance.own_view import OwnView, Sharing
from rtcc_core.wire.conveyance.retrieval import EVENTS, Reply, retrieve
from rtcc_core.wire.eido import Issuer

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.1
BUILD_AT_ONCE: Final = 100
"""Calls made EIDOs before the loop's other tasks get a turn: a few ms."""

MOVES_EVERY_S: Final = 1.0
"""How often an aircraft's position is told where nothing else changes."""

TALKS_MAX: Final = 200
PING_EVERY_S: Final = 20.0
OPEN_WITHIN_S: Final = 10.0
LISTEN_AGAIN_S: Final = 5.0
RENEW_EVERY_S: Final = 30.0
"""How often the certificate files are looked at: a renewed one is shown to the next who comes."""


class EidoNotifier:
    """A Teller: serves until cancelled."""

    def __init__(
        self,
        settings: NotifierSettings,
        look: Look,
        sink: FactSink,
        clock: Clock,
        *,
        agency_name: str = "",
        rules: NotifierRules | None = None,
    ) -> None:
        """`look` gives the state and the sky of this moment; `sink` takes what others ask of our people."""
        self._settings = settings
        self._look = look
        self._sink = sink
        self._clock = clock
        self._rules = rules or NotifierRules(takes_requests=True)
        issuer = Issuer(
            element=settings.element,
            agency_uid=settings.agency_id or settings.element,
            agency_name=agency_name,
            agency_type=settings.agency_type,
        )
        feeds = frozenset(settings.feeds)
        self._view = OwnView(Sharing(issuer=issuer, feeds=feeds, shares_notes=settings.shares_notes))
        self._talks: set[Talk] = set()
        self._state: object = None
        self._told_at = float("-inf")
        self._context: ssl.SSLContext | None = None
        self._files_of: tuple[float, ...] = ()
        self._port = settings.port
        self.is_listening = asyncio.Event()

    @property
    def url(self) -> str:
        """Where a subscriber connects, as seen from this machine; once it listens."""
        scheme = "wss" if self._settings.certificate_file else "ws"
        return f"{scheme}://{self._settings.host}:{self._port}{EVENTS}"

    @property
    def subscription_count(self) -> int:
        return sum(talk.subscription_count for talk in self._talks)

    async def run(self) -> None:
        """Listen and tell; a port that is taken, or a certificate that cannot be used, is tried again."""
        told = ""
        while True:
            try:
                server = await self._listen()
            except (OSError, ValueError) as error:
                words = f"others cannot subscribe at {self._settings.listen}: {error}"
                if words != told:
                    log.error("%s; it is tried again", words)
                told = words
                await asyncio.sleep(LISTEN_AGAIN_S)
                continue
            try:
                await self._tell_forever()
            finally:
                await self._stop(server)

    # --- listening ----------------------------------------------------------------------------

    async def _listen(self) -> Server:
        self._context = self._tls()
        server = await serve(
            self._serve,
            self._settings.host,
            self._port,
            ssl=self._context,
            # A web page in a browser on this machine must not read our calls.
            origins=[None],
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            select_subprotocol=_select_subprotocol,
            process_request=self._process_request,
            compression=None,
            max_size=2 * READ_LIMIT_BYTES,
            open_timeout=OPEN_WITHIN_S,
            ping_interval=PING_EVERY_S,
            ping_timeout=PING_EVERY_S,
            close_timeout=1.0,
            server_header=None,
        )
        self._port = next(iter(server.sockets)).getsockname()[1]
        self.is_listening.set()
        log.info("others may subscribe at %s", self.url)
        return server

    def _tls(self) -> ssl.SSLContext | None:
        settings = self._settings
        if settings.certificate_file is None:
            if not settings.is_on_loopback:
                raise ValueError("without certificates it listens on this machine itself only")
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        self._files_of = ()
        self._load(context)
        return context

    def _load(self, context: ssl.SSLContext) -> None:
        """Take the certificate files where they changed. Raises OSError, and ssl.SSLError, which is one."""
        settings = self._settings
        files = (settings.certificate_file, settings.key_file, settings.client_ca_file)
        changed_at = tuple(file.stat().st_mtime for file in files if file is not None)
        if settings.certificate_file is None or changed_at == self._files_of:
            return
        context.load_cert_chain(settings.certificate_file, settings.key_file)
        context.load_verify_locations(settings.client_ca_file)
        self._files_of = changed_at

    def renew(self) -> None:
        """Show a renewed certificate from now on; one that cannot be used leaves the old one in place."""
        try:
            if self._context is not None:
                self._load(self._context)
        except OSError as error:
            log.warning("the renewed certificate of [notifier] cannot be used: %s", error)

    async def _stop(self, server: Server) -> None:
        self.is_listening.clear()
        server.close(close_connections=False)
        await asyncio.gather(*(talk.end() for talk in self._talks), return_exceptions=True)
        server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2.0):
                await server.wait_closed()

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """None: go on to the WebSocket. Everything else is answered here."""
        visitor = self._visitor(connection)
        if not visitor.is_known:
            log.warning("%s may not subscribe: it is not in [notifier] peers", visitor.name)
            return _response(_refusal(HTTPStatus.FORBIDDEN, "your certificate is not on the list here"))
        if urlsplit(request.path).path == EVENTS:
            if len(self._talks) >= TALKS_MAX:
                return _response(_refusal(HTTPStatus.SERVICE_UNAVAILABLE, "too many subscribers"))
            return None
        try:
            self._update()
            reply = retrieve(
                request.path,
                request.headers.get_all("Accept"),
                find=self._view.get,
                base_url=f"{self._settings.base_url.rpartition(':')[0]}:{self._port}",
                version=__version__,
            )
        except Exception:
            log.exception("could not answer %s", clean(request.path))
            reply = _refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "this console made a mistake")
        return _response(reply)

    def _visitor(self, connection: ServerConnection) -> Visitor:
        transport = connection.transport.get_extra_info("ssl_object")
        if transport is None:
            return Visitor(name="this machine")
        names = list(certificate_names(transport.getpeercert() or {}))
        allowed = [name for name in names if name in self._settings.peers]
        is_known = bool(allowed) or not self._settings.peers
        return Visitor(name=clean((allowed or names or ["unnamed"])[0], limit=80), is_known=is_known)

    async def _serve(self, connection: ServerConnection) -> None:
        visitor = self._visitor(connection)
        self._update()
        talk = Talk(connection, visitor, self, self._sink, self._clock, self._rules)
        self._talks.add(talk)
        log.info("subscriber %s is here", visitor.name)
        reason = "it went away"
        try:
            reason = await talk.run()
        finally:
            self._talks.discard(talk)
            log.info("subscriber %s is gone: %s", visitor.name, reason)

    # --- telling ------------------------------------------------------------------------------

    async def _tell_forever(self) -> None:
        looked_at = _now()
        while True:
            self._update()
            if _now() - looked_at >= RENEW_EVERY_S:
                looked_at = _now()
                self.renew()
            await asyncio.sleep(0.005 if self._view.is_behind else LOOK_EVERY_S)

    def _update(self) -> None:
        """See what is new: at once what is stored, and where aircraft are once a second."""
        state, sky = self._look()
        now = _now()
        is_same = state is self._state and not self._view.is_behind
        if is_same and now - self._told_at < MOVES_EVERY_S:
            return
        self._state, self._told_at = state, now
        changed = self._view.update(state, sky, self._clock.now(), at_most=BUILD_AT_ONCE)
        if changed:
            for talk in self._talks:
                talk.stir(changed)

    # --- the shelf that talks take from -------------------------------------------------------

    def active(self) -> Sequence[Eido]:
        """Every incident that is active now."""
        return self._view.active()

    def ended(self) -> Sequence[Eido]:
        """The last states of those closed a moment ago."""
        return self._view.ended(self._clock.now())

    def get(self, uid: str) -> Eido | None:
        """The newest state of one."""
        return self._view.get(uid)


def certificate_names(certificate: object) -> Iterable[str]:
    """The names a verified certificate is made out to: its alternative names, then its common name."""
    if not isinstance(certificate, dict):
        return
    for _, name in certificate.get("subjectAltName", ()):
        yield str(name)
    for part in certificate.get("subject", ()):
        for key, name in part:
            if key == "commonName":
                yield str(name)


def _select_subprotocol(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Ours where it is offered; a subscriber that offers none is served all the same."""
    wanted = Subprotocol(SUBPROTOCOL)
    return wanted if wanted in offered else None


def _now() -> float:
    return asyncio.get_running_loop().time()


def _refusal(status: HTTPStatus, words: str) -> Reply:
    return Reply(status=status, content_type="text/plain; charset=utf-8", body=f"{words}\n")


def _response(reply: Reply) -> Response:
    body = reply.body.encode()
    headers = Headers(
        [
            ("Date", datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")),
            ("Connection", "close"),
            ("Content-Type", reply.content_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
    )
    return Response(reply.status.value, reply.status.phrase, headers, body)
