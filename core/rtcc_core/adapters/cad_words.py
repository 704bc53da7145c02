"""Why a connection to a CAD failed, in words a dispatcher can act on or pass on."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from rtcc_core.domain.text import clean

_NOT_THERE = {502: "its gateway has no server", 503: "it is busy", 504: "its gateway got no answer"}


def why(exc: Exception, url: str) -> str:
    """One line for what opening, reading or writing a WebSocket raised."""
    place = clean(urlsplit(url).netloc.rpartition("@")[2], limit=80)
    match exc:
        case ConnectionClosed():
            return _closed(exc)
        case InvalidStatus():
            code = exc.response.status_code
            more = _NOT_THERE.get(code, "check the address and our certificate")
            return f"CAD at {place} answered HTTP {code}: {more}"
        case InvalidURI():
            return "the address of CAD is not one; correct it in agency.toml"
        case InvalidHandshake():
            return clean(f"CAD at {place} does not speak WebSocket as we do: {exc}")
        case ssl.SSLCertVerificationError():
            return clean(f"the certificate of CAD at {place} was not accepted: {exc.verify_message}")
        case ssl.SSLError():
            return clean(f"no secure connection to CAD at {place}: {exc.reason or exc}")
        case TimeoutError():
            return f"CAD at {place} did not answer in time"
        case ConnectionRefusedError():
            return f"nothing listens at {place}: is CAD running?"
        case socket.gaierror():
            return f"there is no host {place}: check the address and the name service"
        case FileNotFoundError() | PermissionError():
            return clean(f"a certificate file cannot be read: {exc.filename or exc}")
        case _:
            return clean(f"no connection to CAD at {place}: {exc}")


def _closed(exc: ConnectionClosed) -> str:
    if exc.sent is not None and exc.sent.code == 1009 and not exc.rcvd_then_sent:
        return "CAD sent a frame that is too long to take"
    if exc.sent is not None and exc.sent.code == 1011 and exc.rcvd is None:
        return "CAD no longer answers: the line is dead"
    if exc.rcvd is None:
        return "the connection to CAD broke off"
    return clean(f"CAD closed the connection ({exc.rcvd.code} {exc.rcvd.reason})".replace(" )", ")"))
