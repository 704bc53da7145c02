"""uvicorn in the core's own loop: the socket, TLS and patience of the HTTPS listener.

uvicorn is the most used and best kept ASGI server, reads HTTP with h11 (pure Python, strict), and runs as one
task of ours; what it leaves open is closed here: signals stay the core's, a connection that never finishes a
head is dropped, and a renewed certificate is used without a restart.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from rtcc_core.adapters.https_listener import ListenerApp
from rtcc_core.ports import JournalUnavailable

log = logging.getLogger(__name__)
logging.getLogger("uvicorn").setLevel(logging.WARNING)

CONNECTIONS_MAX: Final = 256
HEAD_MAX_BYTES: Final = 16 * 1024
HEAD_WITHIN_S: Final = 10.0
KEEP_ALIVE_S: Final = 15
LEAVE_WITHIN_S: Final = 2
BIND_AGAIN_AFTER_S: Final = 5.0
LOOK_EVERY_S: Final = 5.0


class ListenerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`[listener]` of agency.toml."""

    address: str = "127.0.0.1"
    port: int = 8443
    """0: one that is free."""
    certificate_file: Path | None = None
    """PEM, with the chain; None: plain http, on loopback only."""
    key_file: Path | None = None


class HttpsServer:
    """Listens until cancelled; a CallFeed."""

    def __init__(
        self,
        settings: ListenerSettings,
        app: ListenerApp,
        *,
        on_bound: Callable[[int], None] = lambda port: None,
    ) -> None:
        """`on_bound` is told the port. Raises ValueError for plain http anywhere but on this machine."""
        if settings.certificate_file is None and not is_loopback(settings.address):
            raise ValueError(
                f"the listener at {settings.address} needs certificate_file and key_file: "
                "without TLS it may only listen on 127.0.0.1 or ::1"
            )
        self._settings = settings
        self._app = app
        self._on_bound = on_bound

    async def run(self) -> None:
        """Bind and serve; where the port is taken or the certificate is bad, say so and try again."""
        while True:
            try:
                await self._serve()
            except (OSError, ssl.SSLError) as error:
                reason = self._why(error)
                log.error("the listener: %s", reason)
                with contextlib.suppress(JournalUnavailable):
                    await self._app.tell_deaf(reason)
            await asyncio.sleep(BIND_AGAIN_AFTER_S)

    async def _serve(self) -> None:
        settings = self._settings
        certificate = _Certificate(settings) if settings.certificate_file else None
        listening = _listen(settings.address, settings.port)
        with contextlib.closing(listening):
            server = _Server(self._config(certificate))
            serving = asyncio.create_task(server.serve(sockets=[listening]), name="listener")
            watching = asyncio.create_task(self._watch(listening, certificate), name="listener-watch")
            try:
                await asyncio.wait([serving, watching], return_when=asyncio.FIRST_COMPLETED)
            finally:
                watching.cancel()
                server.should_exit = True
                await asyncio.gather(serving, watching, return_exceptions=True)

    def _config(self, certificate: _Certificate | None) -> uvicorn.Config:
        context = certificate.context if certificate else None
        return uvicorn.Config(
            self._app,
            http=_PatientProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=LEAVE_WITHIN_S,
            h11_max_incomplete_event_size=HEAD_MAX_BYTES,
            ssl_context_factory=(lambda config, default: context) if context else None,
        )

    async def _watch(self, listening: socket.socket, certificate: _Certificate | None) -> None:
        port = int(listening.getsockname()[1])
        self._on_bound(port)
        scheme = "https" if certificate else "http"
        while True:
            with contextlib.suppress(JournalUnavailable):
                await self._app.tell_listening(f"{scheme}://{self._settings.address}:{port}")
                break
            await asyncio.sleep(LOOK_EVERY_S)
        while True:
            with contextlib.suppress(JournalUnavailable):
                await self._app.look_for_silence()
            if certificate:
                certificate.renew()
            await asyncio.sleep(LOOK_EVERY_S)

    def _why(self, error: OSError) -> str:
        if isinstance(error, ssl.SSLError):
            return (
                f"the certificate {self._settings.certificate_file} cannot be used: {error.reason or error}"
            )
        if error.filename:
            return f"{error.filename} cannot be read: {error.strerror}"
        return (
            f"{self._settings.address}:{self._settings.port} cannot be listened at: {error.strerror or error}"
        )


class _Certificate:
    """Our certificate, taken anew when its file changes; connections that stand are not touched."""

    def __init__(self, settings: ListenerSettings) -> None:
        """Raises OSError and ssl.SSLError."""
        assert settings.certificate_file is not None
        self._files = settings.certificate_file, settings.key_file
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._stamp = self._stamps()
        self.context.load_cert_chain(*self._files)

    def renew(self) -> None:
        try:
            stamp = self._stamps()
            if stamp == self._stamp:
                return
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._files)  # tried apart, first
            self.context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError) as error:
            log.warning("the renewed certificate %s cannot be used: %s", self._files[0], error)
            return
        self._stamp = stamp
        log.info("the listener uses the renewed certificate %s", self._files[0])

    def _stamps(self) -> tuple[int, ...]:
        return tuple(file.stat().st_mtime_ns for file in self._files if file)


class _Server(uvicorn.Server):
    """Without signal handlers: the core has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _PatientProtocol(H11Protocol):
    """Drops a connection without a whole request between two looks: heads that drip hold a place for ever."""

    _patience: asyncio.TimerHandle | None = None
    _seen: object = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._look_again()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def _look_again(self) -> None:
        self._patience = asyncio.get_running_loop().call_later(HEAD_WITHIN_S, self._look)

    def _look(self) -> None:
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self.cycle is self._seen:
            self.transport.abort()
            return
        self._seen = self.cycle
        self._look_again()


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach it; a name other than localhost is not believed."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _listen(address: str, port: int) -> socket.socket:
    """Raises OSError."""
    family, kind, protocol, _, where = socket.getaddrinfo(
        address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(128)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening
