"""What an OpenSSH user certificate says of its holder (OpenSSH PROTOCOL.certkeys).

Only read, never verified: sshd has done that before it let anybody in. What is read stands in the record
beside the account, which is what counts.
"""

from __future__ import annotations

import base64
import binascii
import struct
from datetime import UTC, datetime

import msgspec

from rtcc_core.domain.text import clean

CERTIFICATE_MAX_BYTES = 64 * 1024
_KEY_FIELDS = {
    "ssh-ed25519": 1,
    "sk-ssh-ed25519": 2,
    "ssh-rsa": 2,
    "rsa-sha2-256": 2,
    "rsa-sha2-512": 2,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ecdsa-sha2-nistp256": 3,
}
"""How many strings the public key of each kind has."""
_CERTIFIED = "-cert-v01"
_FOR_EVER = 0xFFFF_FFFF_FFFF_FFFF


class NoCertificate(ValueError):
    """The text is no user certificate."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """Who a certificate was given to."""

    key_id: str
    """As the CA wrote it, cleaned: `badge-1001 amartinez`."""
    serial: int
    principals: tuple[str, ...]
    valid_until: datetime | None
    """None: without end."""


def read_certificate(line: str) -> Certificate:
    """One `type base64 [comment]`, as in a `-cert.pub` file. Raises NoCertificate."""
    words = line.split()
    if len(words) < 2 or _CERTIFIED not in words[0]:
        raise NoCertificate("not a certificate")
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoCertificate(f"not base64: {error}") from error
    if len(blob) > CERTIFICATE_MAX_BYTES:
        raise NoCertificate("too long for a certificate")
    try:
        return _read(_Reader(blob))
    except (struct.error, OverflowError, UnicodeDecodeError) as error:
        raise NoCertificate(f"not a whole certificate: {error}") from error


class _Reader:
    """Takes fields off the front."""

    def __init__(self, blob: bytes) -> None:
        self._blob = blob
        self._at = 0

    def string(self) -> bytes:
        size = self.number(">I")
        if size > len(self._blob) - self._at:
            raise struct.error("a field goes beyond the end")
        self._at += size
        return self._blob[self._at - size : self._at]

    def number(self, code: str) -> int:
        (value,) = struct.unpack_from(code, self._blob, self._at)
        self._at += struct.calcsize(code)
        return int(value)


def _read(reader: _Reader) -> Certificate:
    kind = reader.string().decode("ascii").partition(_CERTIFIED)[0]
    if kind not in _KEY_FIELDS:
        raise NoCertificate(f"a kind of key that is not known: {clean(kind, limit=40)}")
    for _ in range(1 + _KEY_FIELDS[kind]):  # the nonce and the key
        reader.string()
    serial = reader.number(">Q")
    reader.number(">I")
    key_id = reader.string().decode("utf-8", errors="replace")
    packed = _Reader(names := reader.string())
    principals: list[str] = []
    while packed._at < len(names):
        principals.append(clean(packed.string().decode("utf-8", errors="replace"), limit=64))
    reader.number(">Q")
    until = reader.number(">Q")
    return Certificate(
        key_id=clean(key_id, limit=80),
        serial=serial,
        principals=tuple(principals[:16]),
        valid_until=None if until >= _FOR_EVER >> 20 else datetime.fromtimestamp(until, UTC),
    )
