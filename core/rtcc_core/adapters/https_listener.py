"""The HTTPS door for senders that push: one ASGI application, one address for each configured source.

Limits before trust: path, method, type and size are looked at first, then who is asking, then the body. An
answer of 2xx is given when the journal has what was sent, and never before. The answers tell the sender what
to do, and a stranger nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from rtcc_core.adapters.push_auth import Door
from rtcc_core.adapters.push_memory import Deliveries
from rtcc_core.adapters.push_request import RETRY_SOON_S, PushSource, Refusal, Reply, Request
from rtcc_core.domain.facts import FeedConnected, FeedLost
from rtcc_core.domain.text import clean
from rtcc_core.ports import Clock, FactSink, JournalUnavailable

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Mapping[str, str]

BODY_MAX_BYTES: Final = 1024 * 1024
BODY_WITHIN_S: Final = 10.0
DISCARDED_MAX_BYTES: Final = 16 * 1024 * 1024
DISCARD_WITHIN_S: Final = 2.0
STORE_WITHIN_S: Final = 10.0
AT_ONCE_MAX: Final = 64
"""Requests that are read or wait for the journal; further ones are asked to come again."""

COMPLAINTS_MAX: Final = 200
METHODS: Final = ("POST", "PUT")
_JSON: Final = ("application/json", "text/json")


class Route(msgspec.Struct, frozen=True):
    """One source at its address."""

    path: str
    """`/flock`: everything below it belongs to the source."""
    source: PushSource
    door: Door
    silent_after_s: float | None = None
    """Silence that counts as a dead feed; None: silence says nothing."""


class ListenerApp:
    """The ASGI application; knows nothing of sockets and certificates."""

    def __init__(
        self, routes: Sequence[Route], sink: FactSink, clock: Clock, *, deliveries: Deliveries
    ) -> None:
        self._routes = sorted(routes, key=lambda route: len(route.path), reverse=True)
        self._sink = sink
        self._clock = clock
        self._deliveries = deliveries
        self._under_way = 0
        self._heard: dict[str, float] = {}
        self._told_up: dict[str, bool] = {}
        self._complained: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # neither WebSocket nor lifespan is spoken here
        body = _Body(receive)
        try:
            reply = await self._answer(scope, body)
        except Refusal as refusal:
            self._complain(scope, refusal)
            await body.discard()
            reply = refusal.reply
        except JournalUnavailable as error:
            log.error("a message was not taken: %s", error)
            words = "nothing can be written down at the moment; send it again"
            reply = Reply(status=503, fields={"error": words}, retry_after_s=RETRY_SOON_S)
        except Exception:
            log.exception("a request could not be answered")
            reply = Reply(status=500, fields={"error": "a mistake of ours; it is in our log"})
        with contextlib.suppress(OSError):
            await _send_reply(send, reply)

    async def _answer(self, scope: Scope, coming: _Body) -> Reply:
        headers = _headers(scope)
        route, below = self._route(str(scope["path"]))
        _check_shape(str(scope["method"]), headers)
        below = route.door.check_head(headers, below)
        query = _query(scope["query_string"])
        if self._under_way >= AT_ONCE_MAX:
            raise Refusal(429, "too many requests at once; send it again", retry_after_s=RETRY_SOON_S)
        self._under_way += 1
        try:
            body = await coming.read()
            signature = route.door.check_body(headers, body)
            request = Request(
                method=str(scope["method"]),
                path=below,
                query=query,
                headers=headers,
                body=body,
                received_at=self._clock.now(),
            )
            return await self._take(route, request, signature)
        finally:
            self._under_way -= 1

    def _route(self, path: str) -> tuple[Route, str]:
        for route in self._routes:
            below = path.removeprefix(route.path)
            if path.startswith(route.path) and (not below or below.startswith("/")):
                return route, below
        raise Refusal(404, "there is no such address")

    async def _take(self, route: Route, request: Request, signature: str) -> Reply:
        """Once for each delivery: what was taken before is answered as then, and nothing comes of it."""
        name = route.source.name
        await self._heard_from(name)
        delivery = request.headers.get("x-webhook-delivery", "")[:100]
        digest = hashlib.sha256(request.body).hexdigest()
        keys = (
            f"{name} delivery {delivery} {digest}" if delivery else "",
            f"{name} signature {signature}" if signature else "",
        )
        if self._deliveries.has(*keys):
            return Reply(fields={"ok": True, "taken": False, "why": "this delivery was taken before"})
        try:
            async with asyncio.timeout(STORE_WITHIN_S):
                reply = await route.source.take(request)
        except TimeoutError:
            words = "it is not written down yet; send it again"
            raise Refusal(503, words, retry_after_s=RETRY_SOON_S) from None
        if reply.status < 300:
            self._deliveries.remember(*keys)
        return reply

    # --- how the feeds stand ------------------------------------------------------------------

    async def tell_listening(self, where: str) -> None:
        """Every source is up: it can be heard. Raises JournalUnavailable."""
        for route in self._routes:
            await self._tell_up(route.source.name, f"listening at {where}{route.path}")

    async def tell_deaf(self, reason: str) -> None:
        """No source can be heard. Raises JournalUnavailable."""
        for route in self._routes:
            await self._tell_down(route.source.name, reason)

    async def look_for_silence(self) -> None:
        """Sources that should speak and do not are down. Raises JournalUnavailable."""
        now = asyncio.get_running_loop().time()
        for route in self._routes:
            name, limit_s = route.source.name, route.silent_after_s
            since = self._heard.setdefault(name, now)
            if limit_s is not None and now - since > limit_s:
                await self._tell_down(name, f"nothing came for {limit_s / 60:.0f} min")

    async def _heard_from(self, name: str) -> None:
        self._heard[name] = asyncio.get_running_loop().time()
        await self._tell_up(name, "messages come")

    async def _tell_up(self, name: str, detail: str) -> None:
        if self._told_up.get(name) is not True:
            await self._sink.store([FeedConnected(feed=name, detail=clean(detail))], source=f"feed:{name}")
            self._told_up[name] = True

    async def _tell_down(self, name: str, reason: str) -> None:
        if self._told_up.get(name) is not False:
            await self._sink.store([FeedLost(feed=name, reason=clean(reason))], source=f"feed:{name}")
            self._told_up[name] = False

    def _complain(self, scope: Scope, refusal: Refusal) -> None:
        """Into the log, each kind once: a stranger who knocks all night must not fill the disk.

        Only the start of the path, since the rest may be somebody's secret.
        """
        start = str(scope.get("path", "")).split("/")[1:2]
        words = clean(f"/{''.join(start)}: {refusal.status} {refusal}", limit=160)
        if words not in self._complained and len(self._complained) < COMPLAINTS_MAX:
            self._complained.add(words)
            log.warning("a request was refused: %s", words)


def _check_shape(method: str, headers: Headers) -> None:
    """What can be refused without knowing who asks. Raises Refusal."""
    if method not in METHODS:
        raise Refusal(405, "this address takes POST")
    kind = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind not in _JSON and not kind.endswith("+json"):
        raise Refusal(415, "send JSON, with Content-Type: application/json")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal(415, "send it uncompressed")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()) or len(length) > 12 or int(length) > BODY_MAX_BYTES:
        raise _too_large()


def _query(raw: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(raw.decode("latin-1"), max_num_fields=50))
    except ValueError:
        raise Refusal(400, "the query of the address cannot be read") from None


def _too_large() -> Refusal:
    return Refusal(413, f"a message may have {BODY_MAX_BYTES // 1024} KB")


class _Body:
    """A request's body as it arrives."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_over = False

    async def read(self) -> bytes:
        """Whole. Raises Refusal (408, 413), also for a sender that went away."""
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                while not self._is_over:
                    body += await self._next()
                    if len(body) > BODY_MAX_BYTES:
                        raise _too_large()
        except TimeoutError:
            self._is_over = True
            raise Refusal(408, f"the message did not come within {BODY_WITHIN_S:.0f} s") from None
        return bytes(body)

    async def discard(self) -> None:
        """A sender that is still sending does not hear why it is refused: hear it out, within limits."""
        left = DISCARDED_MAX_BYTES
        with contextlib.suppress(TimeoutError, Refusal):
            async with asyncio.timeout(DISCARD_WITHIN_S):
                while not self._is_over and left > 0:
                    left -= len(await self._next())

    async def _next(self) -> bytes:
        message = await self._receive()
        self._is_over = not message.get("more_body", False)
        if message["type"] == "http.disconnect":
            raise Refusal(408, "the message broke off")
        return bytes(message.get("body", b""))


def _headers(scope: Scope) -> dict[str, str]:
    """By lower-case name; of one that comes twice, the first: a second signature is nobody's business."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return headers


async def _send_reply(send: Send, reply: Reply) -> None:
    body = msgspec.json.encode(dict(reply.fields))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if reply.retry_after_s is not None:
        headers.append((b"retry-after", str(reply.retry_after_s).encode()))
    if reply.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="rtcc", Basic realm="rtcc"'))
    if reply.status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
