"""Who may push: the four ways a sender can show that it knows the secret. Every comparison is constant-time.

    hmac    X-Webhook-Signature-V2: sha256=HMAC(secret, "<timestamp>.<body>"),
            X-Webhook-Timestamp: Unix seconds
    bearer  Authorization: Bearer SECRET, or X-Api-Key: SECRET
    basic   Authorization: Basic base64(USER:PASSWORD)
    link    the secret as the last part of the address, for senders that can send nothing else

A secret file may hold several lines: every one is accepted, so that a secret can be changed without a gap.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from rtcc_core.adapters.push_request import Refusal

WAYS: Final = ("hmac", "bearer", "basic", "link")
WINDOW_S: Final = 300
"""How old, or how far ahead, a signed time may be."""

SECRET_MIN_CHARS: Final = 16
_SECRETS_MAX: Final = 10
_FILE_MAX_BYTES: Final = 64 * 1024


def read_secrets(path: Path) -> tuple[bytes, ...]:
    """The lines of a secret file. Raises OSError, and ValueError in words for one that protects nothing."""
    with path.open("rb") as file:
        raw = file.read(_FILE_MAX_BYTES)
    lines = tuple(line.strip() for line in raw.splitlines() if line.strip())
    if not lines:
        raise ValueError("it is empty")
    if len(lines) > _SECRETS_MAX:
        raise ValueError(f"it has more than {_SECRETS_MAX} lines; one secret stands on each")
    if any(len(line) < SECRET_MIN_CHARS for line in lines):
        raise ValueError(
            f"a secret has fewer than {SECRET_MIN_CHARS} characters; make one: openssl rand -hex 32"
        )
    return lines


class Secrets:
    """The secrets of one source, read again when their file changes."""

    def __init__(self, path: Path) -> None:
        """Raises OSError and ValueError where there is none to begin with."""
        self._path = path
        self._stamp = path.stat().st_mtime_ns
        self._known = read_secrets(path)

    def all(self) -> tuple[bytes, ...]:
        """What stands in the file now; where it cannot be read, what stood there last."""
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._stamp:
                self._known, self._stamp = read_secrets(self._path), stamp
        except (OSError, ValueError):
            pass  # half written or away for a moment: the feed goes on with the secrets it had
        return self._known


class Door:
    """Checks one source's requests, the head before the body is read."""

    def __init__(self, way: str, secrets: Secrets, *, now_s: Callable[[], float]) -> None:
        """`now_s` is the machine's own time, Unix seconds: signatures know nothing of drills."""
        if way not in WAYS:
            raise ValueError(f"there is no way {way!r} to check a sender; there are: {', '.join(WAYS)}")
        self._way = way
        self._secrets = secrets
        self._now_s = now_s

    def check_head(self, headers: Mapping[str, str], path: str) -> str:
        """The path without a secret in it. Raises Refusal (401)."""
        match self._way:
            case "bearer":
                key = headers.get("x-api-key", "").strip().encode("latin-1", "replace")
                self._check_token(_credential(headers, "bearer") or key)
            case "basic":
                self._check_token(_basic(_credential(headers, "basic")))
            case "link":
                return self._check_link(path)
            case _:
                self._check_age(headers)
        return path

    def check_body(self, headers: Mapping[str, str], body: bytes) -> str:
        """What makes this transmission one of a kind: its signature, or nothing. Raises Refusal (401)."""
        if self._way != "hmac":
            return ""
        given = headers.get("x-webhook-signature-v2", "").strip()
        _, equals, digest = given.partition("=")
        digest = (digest if equals else given).lower()
        signed = headers.get("x-webhook-timestamp", "").strip().encode("latin-1") + b"." + body
        right = False
        for secret in self._secrets.all():
            wanted = hmac.new(secret, signed, hashlib.sha256).hexdigest()
            right |= hmac.compare_digest(wanted.encode(), digest.encode("utf-8", "replace"))
        if not right:
            raise Refusal(
                401, "the signature does not fit these bytes: is the secret the same on both sides?"
            )
        return digest

    def _check_age(self, headers: Mapping[str, str]) -> None:
        if not headers.get("x-webhook-signature-v2"):
            if headers.get("x-webhook-signature"):
                raise Refusal(
                    401, "the signature is of the old kind, without a time: send X-Webhook-Signature-V2"
                )
            raise Refusal(401, "there is no signature: send X-Webhook-Signature-V2")
        stamp = headers.get("x-webhook-timestamp", "").strip()
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise Refusal(401, "X-Webhook-Timestamp is missing or no number of seconds")
        if abs(self._now_s() - int(stamp)) > WINDOW_S:
            raise Refusal(401, f"the signed time is more than {WINDOW_S} s from ours: is a clock wrong?")

    def _check_token(self, given: bytes) -> None:
        if not self._is_known(given):
            raise Refusal(401, "the credentials are missing, wrong or no longer valid")

    def _check_link(self, path: str) -> str:
        rest, _, given = path.rstrip("/").rpartition("/")
        if not self._is_known(given.encode("utf-8", "replace")):
            raise Refusal(401, "the address lacks the secret, or has a wrong one")
        return rest

    def _is_known(self, given: bytes) -> bool:
        """Compared as digests, so that neither the content nor the length of a secret can be timed."""
        found = False
        digest = hashlib.sha256(given).digest()
        for secret in self._secrets.all():
            found |= hmac.compare_digest(hashlib.sha256(secret).digest(), digest)
        return found


def _credential(headers: Mapping[str, str], scheme: str) -> bytes:
    name, _, value = headers.get("authorization", "").strip().partition(" ")
    return value.strip().encode("latin-1", "replace") if name.lower() == scheme else b""


def _basic(value: bytes) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""
