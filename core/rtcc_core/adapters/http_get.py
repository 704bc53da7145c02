"""One small HTTP GET with a limit on everything: for files that a receiver's web server hands out.

HTTP/1.0 on purpose: the answer then ends with the connection and never comes in chunks (RFC 9112, 6.1). No
redirects followed here, no cookies, no compression.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

HEAD_MAX_BYTES = 16 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})\b")
_HEADER = re.compile(r"(?m)^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*\r?$")


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    """By their names in lower case; of one that comes twice the last."""
    body: bytes = b""
    """Read only where the status is 200."""


async def http_get(
    url: str, *, limit_bytes: int, within_s: float, tls: ssl.SSLContext | None = None
) -> bytes:
    """The body of a 200 answer. Raises OSError, in words, for anything else."""
    answer = await http_answer(url, limit_bytes=limit_bytes, within_s=within_s, tls=tls)
    if answer.status != 200:
        hint = "; give the address it has moved to" if 300 <= answer.status < 400 else ""
        raise OSError(f"it answers {answer.status}{hint}")
    return answer.body


async def http_answer(
    url: str,
    *,
    limit_bytes: int,
    within_s: float,
    tls: ssl.SSLContext | None = None,
    accept: str = "*/*",
    connect_to: str | None = None,
) -> HttpAnswer:
    """One answer, whatever its status. Raises OSError, in words, where there is none that can be read.

    `connect_to` is the address that the name in `url` was found to have, where the caller has checked
    it: the certificate must be the name's all the same.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise OSError(f"{url} is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise OSError(f"{url} is no web address: it must begin with http:// or https://")
    if parts.username is not None:
        raise OSError("an address with a name or password in it is not supported")
    context = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or not target.isprintable() or " " in target:
        raise OSError(f"{url} is no web address: blanks and other letters must be written as %XX")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    request = f"GET {target} HTTP/1.0\r\nHost: {name}:{port}\r\nUser-Agent: rtcc\r\nAccept: {accept}\r\n\r\n"
    try:
        async with asyncio.timeout(within_s):
            return await _get(
                connect_to or parts.hostname, port, request, context, parts.hostname, limit_bytes
            )
    except TimeoutError:
        raise OSError(f"it did not answer within {within_s:.0f} s") from None


async def _get(
    address: str, port: int, request: str, context: ssl.SSLContext | None, host: str, limit_bytes: int
) -> HttpAnswer:
    reader, writer = await asyncio.open_connection(
        address, port, ssl=context, server_hostname=host if context else None, limit=HEAD_MAX_BYTES
    )
    try:
        writer.write(request.encode("ascii"))
        await writer.drain()
        return await _answer(reader, limit_bytes)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader, limit_bytes: int) -> HttpAnswer:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise OSError("its answer is not HTTP") from error
    status = _STATUS.match(head)
    if status is None:
        raise OSError("its answer is not HTTP")
    found = _HEADER.findall(head.decode("latin-1"))
    headers = {name.lower(): value for name, value in found}
    answer = HttpAnswer(status=int(status[1]), headers=headers)
    if answer.status != 200:
        return answer
    body = bytearray()
    while piece := await reader.read(65_536):
        body += piece
        if len(body) > limit_bytes:
            raise OSError(f"its answer is larger than {limit_bytes // 1024} KB")
    length = headers.get("content-length", "")
    if length.isdecimal() and len(length) < 13 and len(body) < int(length):
        raise OSError(f"its answer broke off after {len(body)} of {int(length)} bytes")
    return msgspec.structs.replace(answer, body=bytes(body))
