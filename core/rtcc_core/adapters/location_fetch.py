"""Where a call is, by a link that the CAD gave instead of a location (RFC 6753 dereference by GET).

The link comes from outside, so it is a way into our own network (SSRF). It is followed over https only,
only to hosts that the agency lists, only to public addresses unless the address itself is listed, and
the connection goes to the very address that was checked. A redirect may lead to the same host only.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urljoin, urlsplit

from rtcc_core.adapters.http_get import HttpAnswer, http_answer
from rtcc_core.domain.text import clean

WITHIN_S: Final = 5.0
LIMIT_BYTES: Final = 256 * 1024
REDIRECTS_MAX: Final = 3
URL_MAX: Final = 2_000

_ACCEPT: Final = "application/held+xml, application/pidf+xml;q=0.9, application/xml;q=0.5"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class LocationRefused(Exception):
    """The link was not followed, or gave nothing: the message says why, in words."""


class LocationFetcher:
    """Follows links to the hosts of one feed's `location_hosts`."""

    def __init__(
        self,
        hosts: Iterable[str],
        *,
        tls: Callable[[], ssl.SSLContext | None] = lambda: None,
        within_s: float = WITHIN_S,
    ) -> None:
        """`tls` makes the context of one connection, so that a renewed certificate needs no restart.

        It gives None where the system's authorities vouch for the location servers.
        """
        self._hosts = frozenset(_folded(host) for host in hosts)
        self._tls = tls
        self._within_s = within_s

    async def fetch(self, url: str) -> str:
        """The document that the link leads to. Raises LocationRefused, and nothing else."""
        try:
            async with asyncio.timeout(self._within_s):
                return await self._follow(url)
        except TimeoutError:
            raise LocationRefused(f"{_place(url)} did not answer within {self._within_s:.0f} s") from None
        except (OSError, UnicodeError, ValueError) as error:
            raise LocationRefused(clean(f"{_place(url)}: {error}")) from error

    async def _follow(self, url: str) -> str:
        seen = {url}
        for _ in range(REDIRECTS_MAX + 1):
            address = await self._checked(url)
            answer = await http_answer(
                url,
                limit_bytes=LIMIT_BYTES,
                within_s=self._within_s,
                tls=self._tls(),
                accept=_ACCEPT,
                connect_to=address,
            )
            if answer.status not in _REDIRECTS:
                return _document(answer, url)
            target = urljoin(url, answer.headers.get("location", ""))
            if _host(target) != _host(url):
                raise LocationRefused(f"{_place(url)} leads to another host, {_place(target)}")
            if target in seen:
                raise LocationRefused(f"{_place(url)} leads in a circle")
            seen.add(target)
            url = target
        raise LocationRefused(f"{_place(url)} leads on more than {REDIRECTS_MAX} times")

    async def _checked(self, url: str) -> str:
        """The address to connect to; raises LocationRefused for a link that must not be followed."""
        if len(url) > URL_MAX:
            raise LocationRefused(f"the link has {len(url)} characters; at most {URL_MAX} are followed")
        if not url.isascii() or not url.isprintable():
            raise LocationRefused("the link holds characters that no address has")
        parts = urlsplit(url)
        host = _host(url)
        if parts.scheme != "https":
            raise LocationRefused(
                f"{_place(url)}: only https:// links are followed, not {clean(parts.scheme)}"
            )
        if host not in self._hosts:
            raise LocationRefused(f"{_place(url)} is not in location_hosts of agency.toml")
        found = await asyncio.get_running_loop().getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
        usable = [each for each in addresses if self._is_usable(ipaddress.ip_address(each))]
        if not usable:
            raise LocationRefused(
                f"{_place(url)} is at {', '.join(addresses[:3])}, an address of an inner network; list that "
                "address in location_hosts if it is meant"
            )
        return usable[0]

    def _is_usable(self, address: Address) -> bool:
        return str(address) in self._hosts or all(
            each.is_global and not each.is_multicast and not each.is_reserved for each in _meant(address)
        )


def _meant(address: Address) -> list[Address]:
    """The address, and the IPv4 address that it carries inside (mapped, 6to4, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    # A mapped address is reserved as such: the one inside it is what counts.
    return [inner] if inner is not None else [address]


def _document(answer: HttpAnswer, url: str) -> str:
    if answer.status != 200:
        raise LocationRefused(f"{_place(url)} answers {answer.status}")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    head = answer.body[:200].lstrip().lower()
    if kind in ("text/html", "application/xhtml+xml") or head.startswith((b"<!doctype html", b"<html")):
        raise LocationRefused(f"{_place(url)} answers with a web page, not with a location")
    if "transfer-encoding" in answer.headers:
        raise LocationRefused(f"{_place(url)} answers in pieces to a question that takes none")
    return answer.body.decode("utf-8-sig")


def _host(url: str) -> str:
    try:
        return _folded(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _folded(host: str) -> str:
    """A host as it is compared: names in lower case, addresses as the library writes them."""
    name = host.strip().rstrip(".").strip("[]").lower()
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name


def _place(url: str) -> str:
    """The part of a link that a person may read: never its path, which can be a key to the caller."""
    return clean(_host(url), limit=80) or "the link"
