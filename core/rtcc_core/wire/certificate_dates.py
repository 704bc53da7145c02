"""When the certificates of a PEM file are valid: the one field of X.509 (RFC 5280, 4.1.2.5) asked here.

`ssl` tells the dates of authorities only, and this needs no more than to step over four fields of DER.
"""

from __future__ import annotations

import binascii
import re
from datetime import UTC, datetime
from typing import Final

import msgspec

_BLOCK: Final = re.compile(rb"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")
_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
_BEFORE_VALIDITY: Final = 3
"""serialNumber, signature, issuer."""


class Validity(msgspec.Struct, frozen=True):
    """Of one certificate."""

    begins_at: datetime
    ends_at: datetime


def read_validities(raw: bytes) -> tuple[Validity, ...]:
    """Of every certificate of a PEM file, in its order. Raises ValueError, in words."""
    blocks = _BLOCK.findall(raw)
    if not blocks:
        raise ValueError("there is no certificate in it (-----BEGIN CERTIFICATE-----)")
    try:
        return tuple(_validity(binascii.a2b_base64(block)) for block in blocks)
    except (IndexError, ValueError, binascii.Error) as error:
        raise ValueError("a certificate in it cannot be read: was it cut off?") from error


def _validity(der: bytes) -> Validity:
    _, certificate, _ = _element(der, _SEQUENCE)
    _, rest, _ = _element(certificate, _SEQUENCE)
    if rest[0] == _VERSION:
        _, _, rest = _element(rest)
    for _ in range(_BEFORE_VALIDITY):
        _, _, rest = _element(rest)
    _, dates, _ = _element(rest, _SEQUENCE)
    first, begins, dates = _element(dates)
    second, ends, _ = _element(dates)
    return Validity(_time(first, begins), _time(second, ends))


def _element(der: bytes, wanted: int | None = None) -> tuple[int, bytes, bytes]:
    """Tag, content and what follows. Raises IndexError and ValueError."""
    tag, length, start = der[0], der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start], "big")
    if start + length > len(der) or (wanted is not None and tag != wanted):
        raise ValueError("not the DER of a certificate")
    return tag, der[start : start + length], der[start + length :]


def _time(tag: int, content: bytes) -> datetime:
    """UTCTime has two digits of the year: 50 to 99 are of the last century (RFC 5280, 4.1.2.5.1)."""
    text = content.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("not a time")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
