"""Location links: a real https server with bad manners, and links that are a way into our own network."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from rtcc_core.adapters import location_fetch
from rtcc_core.adapters.location_fetch import LocationFetcher, LocationRefused
from rtcc_core.domain.geo import LatLon
from rtcc_core.wire.pidf_lo import write_pidf_lo

HERE = LatLon(40.1148, -75.3432)
PLACE = write_pidf_lo(HERE, uncertainty_m=30.0)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for this machine, made by its openssl."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "lis.pem", folder / "lis.key"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=lis"
    command += f" -addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout {key} -out {cert}"
    subprocess.run(command.split(), check=True, capture_output=True, timeout=20)
    return cert, key


class Lis:
    """A location server: answers by path, and counts what it was asked."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[str] = []
        self.answers: dict[str, bytes | Callable[[asyncio.StreamWriter], object]] = {}

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split()[1].decode()
            self.asked.append(path)
            answer = self.answers.get(path, b"HTTP/1.0 404 Not Found\r\n\r\n")
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await reader.read()  # says nothing until the other side leaves
        writer.close()


@contextlib.asynccontextmanager
async def lis(certificate: tuple[Path, Path]) -> AsyncIterator[tuple[Lis, ssl.SSLContext]]:
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(*certificate)
    ours = ssl.create_default_context(cafile=str(certificate[0]))
    peer = Lis()
    async with await asyncio.start_server(peer.serve, "127.0.0.1", 0, ssl=theirs) as server:
        peer.port = server.sockets[0].getsockname()[1]
        yield peer, ours


def ok(body: str, kind: str = "application/held+xml", more: str = "") -> bytes:
    raw = body.encode()
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(raw)}\r\n\r\n".encode() + raw
    )


def moved(to: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {to}\r\n\r\n".encode()


async def test_a_listed_host_is_asked(certificate: tuple[Path, Path]) -> None:
    async with lis(certificate) as (peer, tls):
        peer.answers["/held?id=7"] = ok(PLACE)
        fetcher = LocationFetcher(["127.0.0.1"], tls=lambda: tls)
        assert await fetcher.fetch(f"{peer.url}/held?id=7") == PLACE


async def test_a_name_is_reached_at_the_address_that_was_checked(certificate: tuple[Path, Path]) -> None:
    async with lis(certificate) as (peer, tls):
        peer.answers["/a"] = ok(PLACE)
        fetcher = LocationFetcher(["LOCALHOST.", "127.0.0.1"], tls=lambda: tls)
        assert await fetcher.fetch(f"https://localhost:{peer.port}/a") == PLACE


async def test_a_listed_name_does_not_lead_into_our_own_network(certificate: tuple[Path, Path]) -> None:
    async with lis(certificate) as (peer, tls):
        peer.answers["/a"] = ok(PLACE)
        with pytest.raises(LocationRefused, match="inner network"):
            await LocationFetcher(["localhost"], tls=lambda: tls).fetch(f"https://localhost:{peer.port}/a")
        assert peer.asked == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://lis.example/a", "only https"),
        ("file:///etc/passwd", "only https"),
        ("sip:caller@lis.example", "only https"),
        ("https://169.254.169.254/latest/meta-data/", "not in location_hosts"),
        ("https://evil.example/https://lis.example/", "not in location_hosts"),
        ("https://lis.example@evil.example/", "not in location_hosts"),
        ("https://lis.example.evil.example/", "not in location_hosts"),
        ("https://2130706433/", "not in location_hosts"),
        ("https://[::1]/", "not in location_hosts"),
        ("https://[::1", "Invalid IPv6"),
        ("https://lis.example:99999/", "out of range"),
        ("https://127.0.0.1/" + "a" * 3_000, "characters"),
        ("https://127.0.0.1/\r\nX: y", "no address has"),
        ("", "only https"),
    ],
)
async def test_other_links_are_not_followed(url: str, said: str) -> None:
    with pytest.raises(LocationRefused, match=said):
        await LocationFetcher(["lis.example", "127.0.0.1"]).fetch(url)


@pytest.mark.parametrize(
    "to",
    [
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "//evil.example/",
        "https://127.0.0.1@evil.example/",
    ],
)
async def test_a_redirect_to_another_host_is_not_followed(certificate: tuple[Path, Path], to: str) -> None:
    async with lis(certificate) as (peer, tls):
        peer.answers["/a"] = moved(to)
        with pytest.raises(LocationRefused, match="another host"):
            await LocationFetcher(["127.0.0.1"], tls=lambda: tls).fetch(f"{peer.url}/a")


async def test_a_redirect_to_plain_http_on_the_same_host_is_not_followed(
    certificate: tuple[Path, Path],
) -> None:
    async with lis(certificate) as (peer, tls):
        peer.answers["/a"] = moved(f"http://127.0.0.1:{peer.port}/b")
        with pytest.raises(LocationRefused, match="only https"):
            await LocationFetcher(["127.0.0.1"], tls=lambda: tls).fetch(f"{peer.url}/a")


async def test_a_redirect_within_the_host_is_followed(certificate: tuple[Path, Path]) -> None:
    async with lis(certificate) as (peer, tls):
        peer.answers |= {"/a": moved("/b", 307), "/b": ok(PLACE)}
        assert await LocationFetcher(["127.0.0.1"], tls=lambda: tls).fetch(f"{peer.url}/a") == PLACE


async def test_redirects_in_a_circle_and_without_end_are_left(certificate: tuple[Path, Path]) -> None:
    async with lis(certificate) as (peer, tls):
        peer.answers |= {"/a": moved("/b"), "/b": moved("/a")}
        peer.answers |= {f"/{n}": moved(f"/{n + 1}") for n in range(20)}
        fetcher = LocationFetcher(["127.0.0.1"], tls=lambda: tls)
        with pytest.raises(LocationRefused, match="circle"):
            await fetcher.fetch(f"{peer.url}/a")
        with pytest.raises(LocationRefused, match="more than 3 times"):
            await fetcher.fetch(f"{peer.url}/0")
        assert len(peer.asked) == 6


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.0 404 Not Found\r\n\r\n", "answers 404"),
        (ok("<html><body>Sign in</body></html>", "text/html; charset=utf-8"), "web page"),
        (ok("  <!DOCTYPE html><p>x", "application/xml"), "web page"),
        (ok(PLACE, more="Transfer-Encoding: chunked\r\n"), "in pieces"),
        (b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 300_000, "larger than"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\nshort", "broke off"),
        (b"HTTP/1.0 200 OK\r\n\r\n\xff\xfe\x00", "utf-8"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
        (b"", "not HTTP"),
        (b"HTTP/1.0 200 OK\r\n" + b"X: y\r\n" * 20_000, "not HTTP"),
    ],
)
async def test_an_answer_that_is_no_location_is_refused_in_words(
    certificate: tuple[Path, Path], answer: bytes, said: str
) -> None:
    async with lis(certificate) as (peer, tls):
        peer.answers["/a"] = answer
        with pytest.raises(LocationRefused, match=said) as caught:
            await LocationFetcher(["127.0.0.1"], tls=lambda: tls).fetch(f"{peer.url}/a")
        assert "127.0.0.1" in str(caught.value)


async def test_a_server_that_says_nothing_is_given_up(certificate: tuple[Path, Path]) -> None:
    async with lis(certificate) as (peer, tls):
        peer.answers["/a"] = lambda writer: None
        with pytest.raises(LocationRefused, match="did not answer"):
            await LocationFetcher(["127.0.0.1"], tls=lambda: tls, within_s=0.2).fetch(f"{peer.url}/a")


async def test_a_certificate_of_nobody_is_not_believed(certificate: tuple[Path, Path]) -> None:
    async with lis(certificate) as (peer, _):
        peer.answers["/a"] = ok(PLACE)
        with pytest.raises(LocationRefused, match=r"(?i)certificate"):
            await LocationFetcher(["127.0.0.1"]).fetch(f"{peer.url}/a")
        assert peer.asked == []


@pytest.mark.parametrize(
    ("address", "is_usable"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("10.0.0.1", False),
        ("192.168.1.1", False),
        ("172.16.0.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00:ec2::254", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
        ("::", False),
    ],
)
def test_addresses_of_inner_networks_are_known(address: str, is_usable: bool) -> None:
    fetcher = LocationFetcher(["lis.example"])
    assert fetcher._is_usable(ipaddress.ip_address(address)) is is_usable
    assert LocationFetcher([address])._is_usable(ipaddress.ip_address(address))


def test_a_link_is_shown_without_its_path() -> None:
    # The path of a location link is often the key to the caller.
    assert location_fetch._place("https://lis.example:8443/held/secret?token=1") == "lis.example"
