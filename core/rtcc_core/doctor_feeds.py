"""`rtcc doctor --settings FILE`: what the feeds need, each looked at from this machine.

Secrets that others may read, certificates that end, addresses that are taken, servers that do not answer,
street and asset files that cannot be used. FAIL is what keeps the core from starting; a feed that is down
keeps nobody from flying and is a WARN. Nothing is sent but the greeting of a TCP or TLS connection, and one
question to each TicketsCAD.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rtcc_core.doctor_findings import Finding, Grade, Nowhere
from rtcc_core.domain.text import clean
from rtcc_core.wire.certificate_dates import read_validities

if TYPE_CHECKING:
    from rtcc_core.settings import Settings
    from rtcc_core.settings_cad import CadFeed
    from rtcc_core.settings_notifier import NotifierSettings
    from rtcc_core.settings_push import Listener, TicketsCadServer
    from rtcc_core.settings_tak import TakServer

ENDS_SOON = timedelta(days=30)
CONNECT_WITHIN_S = 5.0
REFUSED_WITHIN_S = 0.5
"""With TLS 1.3 a server says only after the handshake that it does not take our certificate."""

PROBLEMS_SHOWN = 5
"""Of the street files, and of the asset files."""

OTHERS = stat.S_IRWXO

Pair = tuple[str, Path, Path | None]
"""Of which table, the certificate, and its key."""


def feed_findings(settings: Settings, socket_path: Path) -> Iterator[Finding]:
    """Everything about the feeds; `socket_path` is where a core that runs already is found."""
    now = datetime.now(UTC)
    yield from check_secrets(settings)
    yield from check_certificates(settings, now)
    yield from check_addresses(settings, core_runs=core_answers(socket_path))
    yield from check_cad(settings)
    yield from check_ticketscad(settings)
    yield from check_tak(settings)
    yield from check_streets(settings)
    yield from check_assets(settings)


# --- secrets and certificates -----------------------------------------------------------------------------


def check_secrets(settings: Settings) -> Iterator[Finding]:
    """Each secret, token and key can be read by this account, and not by everybody."""
    from rtcc_core.adapters.push_auth import read_secrets

    good = 0
    for webhook in settings.webhooks:
        try:
            read_secrets(webhook.secret_file)
        except (OSError, ValueError) as error:
            said = f"{webhook.secret_file} of [[webhook]] {webhook.name}: {_words(error)}"
            yield Finding(Grade.FAIL, "secrets", said, "Correct it: the core does not start")
            continue
        good += 1
        yield from _open_to_all(webhook.secret_file, f"[[webhook]] {webhook.name}")
    for server in settings.ticketscad:
        try:
            has_token = bool(server.token_file.read_text("ascii").strip())
        except (OSError, UnicodeDecodeError) as error:
            said = f"{server.token_file} of [[ticketscad]] {server.name}: {_words(error)}"
            yield Finding(Grade.WARN, "secrets", said, "Correct it: this feed stays down")
            continue
        good += has_token
        if not has_token:
            said = f"{server.token_file} of [[ticketscad]] {server.name} is empty"
            yield Finding(Grade.WARN, "secrets", said, "Put the token there: this feed stays down")
        yield from _open_to_all(server.token_file, f"[[ticketscad]] {server.name}")
    for table, _, key in _pairs(settings):
        if key is not None:
            yield from _open_to_all(key, table)
    if good:
        yield Finding(Grade.OK, "secrets", f"{good} can be used")


def _open_to_all(path: Path, table: str) -> Iterator[Finding]:
    with suppress(OSError):  # told where it is read
        if path.stat().st_mode & OTHERS:
            said = f"{path} of {table} can be read by everybody on this machine"
            yield Finding(Grade.WARN, "secrets", said, f"chmod o= {path}, and change what it holds")


def _pairs(settings: Settings) -> Iterator[Pair]:
    tables: list[tuple[str, Listener | NotifierSettings | TakServer | CadFeed | None]] = [
        ("[listener]", settings.listener),
        ("[notifier]", settings.notifier),
        ("[tak]", settings.tak),
        *((f"[[cad]] {cad.name}", cad) for cad in settings.cad),
    ]
    for name, table in tables:
        if table is not None and table.certificate_file is not None:
            yield name, table.certificate_file, table.key_file


def _authorities(settings: Settings) -> Iterator[tuple[str, Path]]:
    if settings.notifier is not None and settings.notifier.client_ca_file is not None:
        yield "[notifier]", settings.notifier.client_ca_file
    if settings.tak is not None and settings.tak.ca_file is not None:
        yield "[tak]", settings.tak.ca_file
    for cad in settings.cad:
        if cad.ca_file is not None:
            yield f"[[cad]] {cad.name}", cad.ca_file
    for server in settings.ticketscad:
        if server.ca_file is not None:
            yield f"[[ticketscad]] {server.name}", server.ca_file


def check_certificates(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Each certificate fits its key and is valid, now and for a month."""
    for table, certificate, key in _pairs(settings):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
        except OSError as error:  # ssl.SSLError is one
            said = f"{certificate} of {table} cannot be used with its key: {_words(error)}"
            yield Finding(Grade.FAIL, "certs", said, "Give a certificate and the key it was made with")
            continue
        yield _dates(table, certificate, now)
    for table, authority in _authorities(settings):
        yield _dates(table, authority, now)


def _dates(table: str, path: Path, now: datetime) -> Finding:
    """The first to end of a chain is what counts."""
    try:
        validities = read_validities(path.read_bytes())
    except (OSError, ValueError) as error:
        said = f"{path} of {table}: {_words(error)}"
        return Finding(Grade.FAIL, "certs", said, "Put a PEM file there")
    ends_at, begins_at = min(each.ends_at for each in validities), max(each.begins_at for each in validities)
    said = f"{path.name} of {table} ends on {ends_at:%Y-%m-%d}"
    if ends_at <= now:
        said = f"{path.name} of {table} ended on {ends_at:%Y-%m-%d}"
        return Finding(Grade.WARN, "certs", said, "Renew it: the other side hangs up")
    if begins_at > now:
        said = f"{path.name} of {table} is good only from {begins_at:%Y-%m-%d %H:%M} UTC on"
        return Finding(Grade.WARN, "certs", said, "Is this machine's clock right?")
    if ends_at - now < ENDS_SOON:
        return Finding(Grade.WARN, "certs", said, "Renew it in time; a new file is taken without a restart")
    return Finding(Grade.OK, "certs", said)


# --- addresses --------------------------------------------------------------------------------------------


def core_answers(path: Path) -> bool:
    """True where a core listens at its socket already."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1.0)
        try:
            client.connect(str(path))
        except OSError as error:
            return isinstance(error, PermissionError)
    return True


def check_addresses(settings: Settings, *, core_runs: bool) -> Iterator[Finding]:
    """Where others push and subscribe: free, or taken by the core itself."""
    wanted = []
    if settings.listener is not None:
        wanted.append(("[listener]", settings.listener.address, settings.listener.port))
    if settings.notifier is not None:
        wanted.append(("[notifier]", settings.notifier.host, settings.notifier.port))
    for table, host, port in wanted:
        yield _address(table, host, port, core_runs=core_runs)


def _address(table: str, host: str, port: int, *, core_runs: bool) -> Finding:
    said = f"{host}:{port} of {table}"
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            if core_runs:
                return Finding(Grade.OK, "addresses", f"{said} is taken, and a core is running")
            remedy = "Find who has it (ss -ltnp), or choose another port: nobody can reach us there"
            return Finding(Grade.WARN, "addresses", f"{said} is taken by another program", remedy)
        remedy = "Give an address of this machine, and a port above 1023 or the right to the one below"
        return Finding(Grade.WARN, "addresses", f"{said} cannot be listened at: {_words(error)}", remedy)
    return Finding(Grade.OK, "addresses", f"{said} is free")


# --- servers ----------------------------------------------------------------------------------------------


def check_cad(settings: Settings) -> Iterator[Finding]:
    """Each CAD takes a connection, and our certificate."""
    from rtcc_core.adapters.cad_words import why

    for cad in settings.cad:
        url = urlsplit(cad.url)
        try:
            tls = _tls(cad.ca_file, cad.certificate_file, cad.key_file) if url.scheme == "wss" else None
            _greet(url.hostname or "", url.port or (443 if tls else 80), tls)
        except OSError as error:
            remedy = "Calls of this feed do not come in; the core tries again by itself"
            yield Finding(Grade.WARN, "cad", f"{cad.name}: {why(error, cad.url)}", remedy)
            continue
        yield Finding(Grade.OK, "cad", f"{cad.name} answers at {clean(url.netloc.rpartition('@')[2])}")


def check_tak(settings: Settings) -> Iterator[Finding]:
    """The TAK server takes a connection, and our certificate."""
    tak = settings.tak
    if tak is None:
        return
    url = urlsplit(tak.url)
    try:
        tls = _tls(tak.ca_file, tak.certificate_file, tak.key_file) if url.scheme == "tls" else None
        _greet(url.hostname or "", url.port or 8089, tls)
    except OSError as error:
        remedy = "The field is not told; the core tries again by itself"
        yield Finding(Grade.WARN, "tak", f"{clean(tak.url)}: {_words(error)}", remedy)
        return
    yield Finding(Grade.OK, "tak", f"answers at {clean(url.netloc)}")


def _tls(ca_file: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


def _greet(host: str, port: int, tls: ssl.SSLContext | None) -> None:
    """Connect and hang up. Raises OSError, as which ssl.SSLError and TimeoutError come too."""
    with socket.create_connection((host, port), timeout=CONNECT_WITHIN_S) as plain:
        if tls is None:
            return
        with tls.wrap_socket(plain, server_hostname=host) as secure:
            secure.settimeout(REFUSED_WITHIN_S)
            with suppress(TimeoutError):  # it waits for us to speak: all is well
                secure.recv(1)


def check_ticketscad(settings: Settings) -> Iterator[Finding]:
    """Each TicketsCAD answers a question, and takes our token."""
    for server in settings.ticketscad:
        trouble = asyncio.run(_ask(server))
        if trouble:
            remedy = "Calls of this feed do not come in; the core tries again by itself"
            yield Finding(Grade.WARN, "cad", f"{server.name}: {trouble}", remedy)
        else:
            yield Finding(Grade.OK, "cad", f"{server.name} answers at {clean(urlsplit(server.url).netloc)}")


async def _ask(server: TicketsCadServer) -> str:
    """What is wrong, in words; empty where nothing is."""
    from rtcc_core.adapters.ticketscad_api import TicketsCadApi

    try:
        api = TicketsCadApi(server.url, server.token_file, ca_file=server.ca_file)
    except OSError as error:
        return _words(error)
    try:
        return await api.trouble()
    finally:
        await api.close()


# --- files ------------------------------------------------------------------------------------------------


def check_streets(settings: Settings) -> Iterator[Finding]:
    """The street files can be searched."""
    if not settings.streets:
        return
    from rtcc_core.commands import streets_of

    streets = streets_of(settings)
    streets.refresh()
    yield from _file_findings("streets", streets.problems, "What is left out, no typed address finds")
    if not streets.problems:
        names = ", ".join(table.file.name for table in settings.streets)
        yield Finding(Grade.OK, "streets", f"{names}: try one (rtcc locate 'MAIN ST / 4TH AVE')")


def check_assets(settings: Settings) -> Iterator[Finding]:
    """The files of cameras, readers and posts can be used."""
    if not settings.assets:
        return
    from rtcc_core.commands import assets_of

    found = assets_of(settings, Nowhere()).read()
    yield from _file_findings("assets", found.problems, "What is left out is not shown near a call")
    if not found.problems:
        yield Finding(Grade.OK, "assets", f"{len(found.items)} cameras, readers, sensors and posts")


def _file_findings(what: str, problems: Iterable[str], remedy: str) -> Iterator[Finding]:
    told = tuple(problems)
    for number, problem in enumerate(told[:PROBLEMS_SHOWN], 1):
        more = f" (and {len(told) - number} more)" if number == PROBLEMS_SHOWN < len(told) else ""
        yield Finding(Grade.WARN, what, clean(problem) + more, remedy)


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    strerror = error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else ""
    return clean(strerror or str(error), limit=200)
