"""Why a connection to a CAD failed, in words a dispatcher can act on or pass on."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    InvalidURI,
)

from rtcc_core.domain.text import clean

_NOT_THERE = {502: "its gateway has no server", 503: "it is busy", 504: "its gateway got no answer"}


def why(exc: Exception, url: str) -> str:
    """One line for what opening, reading or writing a WebSocket raised."""
    place = clean(urlsplit(url).netloc.rpartition("@")[2], limit=80)
    match exc:
        case ConnectionClosed():
            return _closed(exc, place)
        case InvalidStatus():
            code = exc.response.status_code
            more = _NOT_THERE.get(code, "check the address and our certificate")
            return f"CAD at {place} answered HTTP {code}: {more}"
        case InvalidURI():
            return "the address of CAD is not one; correct it in agency.toml"
        case InvalidHandshake() if (refused := _tls_error(exc)) is not None:
            return _no_tls(refused, place)
        case InvalidMessage() if url.startswith("wss://") and isinstance(exc.__cause__, EOFError):
            words = "it may want our certificate (certificate_file, key_file), or not accept it"
            return f"CAD at {place} hung up as soon as the secure line stood: {words}"
        case InvalidHandshake():
            return clean(f"CAD at {place} does not speak WebSocket as we do: {exc}")
        case ssl.SSLCertVerificationError():
            return clean(f"the certificate of CAD at {place} was not accepted: {_remedy(exc)}")
        case ssl.SSLError():
            return _no_tls(exc, place)
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


_REMEDIES = {
    9: "it is not valid yet; is this machine's clock right?",
    10: "it has expired; CAD must renew it",
    18: "it signed itself; ca_file must hold it, or the authority that CAD really has",
    19: "the authority at its root is not known; ca_file must hold it",
    20: "who issued it is not known; ca_file must hold the authority, or CAD must send the one between",
    62: "it is for another host name; correct url, or CAD must have one for this name",
    64: "it is for another IP address; correct url, or CAD must have one for this address",
}
"""By X509_V_ERR number (openssl-verification-options)."""

_ALERTS = (
    ("CERTIFICATE_REQUIRED", "it wants our certificate: set certificate_file and key_file"),
    ("UNKNOWN_CA", "it does not know the authority that issued our certificate"),
    ("CERTIFICATE_EXPIRED", "our certificate has expired; renew it"),
    ("BAD_CERTIFICATE", "it does not accept our certificate"),
    ("CERTIFICATE_UNKNOWN", "it does not accept our certificate"),
    ("CERTIFICATE_REVOKED", "our certificate was revoked"),
    ("ACCESS_DENIED", "it does not let us in"),
    ("HANDSHAKE_FAILURE", "it wants another cipher, or our certificate"),
    ("KEY_VALUES_MISMATCH", "key_file is not the key of certificate_file"),
    ("NO_START_LINE", "a certificate file is not PEM"),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS there; is the port right, or must url begin with ws://?"),
    ("PROTOCOL_VERSION", "it speaks an old TLS that is not accepted here"),
)


def _remedy(exc: ssl.SSLCertVerificationError) -> str:
    return _REMEDIES.get(exc.verify_code, exc.verify_message)


def _no_tls(exc: ssl.SSLError, place: str) -> str:
    reason = exc.reason or str(exc)
    words = next((words for key, words in _ALERTS if key in reason.upper()), reason)
    return clean(f"no secure connection to CAD at {place}: {words}")


def too_long_words(exc: Exception) -> str:
    """Which frame was so long that the connection was ended; empty where none was."""
    if not isinstance(exc, ConnectionClosed) or exc.sent is None or exc.rcvd_then_sent:
        return ""
    return f"it was not read: {clean(exc.sent.reason)}" if exc.sent.code == 1009 else ""


def _tls_error(exc: BaseException | None) -> ssl.SSLError | None:
    """The TLS failure behind an exception, where there is one."""
    seen = 0
    while exc is not None and seen < 8:
        if isinstance(exc, ssl.SSLError):
            return exc
        exc, seen = exc.__cause__ or exc.__context__, seen + 1
    return None


def _closed(exc: ConnectionClosed, place: str) -> str:
    if (refused := _tls_error(exc)) is not None:
        return _no_tls(refused, place)
    if exc.sent is not None and exc.sent.code == 1009 and not exc.rcvd_then_sent:
        return "CAD sent a frame that is too long to take"
    if exc.sent is not None and exc.sent.code == 1011 and exc.rcvd is None:
        return "CAD no longer answers: the line is dead"
    if exc.rcvd is None:
        return "the connection to CAD broke off"
    return clean(f"CAD closed the connection ({exc.rcvd.code} {exc.rcvd.reason})".replace(" )", ")"))
