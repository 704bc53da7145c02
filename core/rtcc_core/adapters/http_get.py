"""One small HTTP GET with a limit on everything: for files that a receiver's web server hands out.

HTTP/1.0 on purpose: the answer then ends with the connection and never comes in chunks (RFC 9112, 6.1). No
redirects, no cookies, no compression.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from urllib.parse import urlsplit

HEAD_MAX_BYTES = 16 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})\b")
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,12})[ \t]*\r?$")


async def http_get(
    url: str, *, limit_bytes: int, within_s: float, tls: ssl.SSLContext | None = None
) -> bytes:
    """The body of a 200 answer. Raises OSError, in words, for anything else."""
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
    try:
        async with asyncio.timeout(within_s):
            return await _get(parts.hostname, port, target, context, limit_bytes)
    except TimeoutError:
        raise OSError(f"it did not answer within {within_s:.0f} s") from None


async def _get(host: str, port: int, target: str, context: ssl.SSLContext | None, limit_bytes: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port, ssl=context, limit=HEAD_MAX_BYTES)
    try:
        name = f"[{host}]" if ":" in host else host
        request = f"GET {target} HTTP/1.0\r\nHost: {name}:{port}\r\nUser-Agent: rtcc\r\nAccept: */*\r\n\r\n"
        writer.write(request.encode("ascii"))
        await writer.drain()
        return await _answer(reader, limit_bytes)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader, limit_bytes: int) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise OSError("its answer is not HTTP") from error
    status = _STATUS.match(head)
    if status is None:
        raise OSError("its answer is not HTTP")
    if status[1] != b"200":
        hint = "; give the address it has moved to" if status[1].startswith(b"3") else ""
        raise OSError(f"it answers {status[1].decode()}{hint}")
    length = _LENGTH.search(head)
    body = bytearray()
    while piece := await reader.read(65_536):
        body += piece
        if len(body) > limit_bytes:
            raise OSError(f"its answer is larger than {limit_bytes // 1024} KB")
    if length is not None and len(body) < int(length[1]):
        raise OSError(f"its answer broke off after {len(body)} of {int(length[1])} bytes")
    return bytes(body)
