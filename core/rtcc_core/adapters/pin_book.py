"""The PINs that unlock a console's screen: one salted scrypt hash for each account, in a file of the core's.

Set by the administrator with `rtcc admin pin`. A PIN proves that the person who logged in is the one who
comes back to the screen; it opens no login and gives no right.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from pathlib import Path

PIN_MIN, PIN_MAX = 4, 64
"""Characters."""

_N, _R, _P = 2**14, 8, 1
"""scrypt's cost: 16 MB and some 50 ms (OWASP's lower bound for interactive use is of this order)."""

_KEPT = re.compile(r"[0-9a-f]{32}\$[0-9a-f]{128}")
"""Salt and hash, in hexadecimal."""


class PinError(ValueError):
    """A PIN cannot be set or checked; the message says why and what to do."""


class PinBook:
    """The file; read at each use, so that a PIN that was set counts at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def has(self, account: str) -> bool:
        """True where a PIN is set for the account. Raises PinError for a file that cannot be trusted."""
        return account in self._read()

    def check(self, account: str, pin: str) -> bool:
        """True for the account's PIN; takes about 50 ms of a processor. Raises PinError."""
        kept = self._read().get(account)
        if kept is None:
            return False
        salt, digest = (bytes.fromhex(part) for part in kept.split("$"))
        return hmac.compare_digest(_hashed(pin, salt), digest)

    def set(self, account: str, pin: str) -> None:
        """Set or change a PIN. Raises PinError."""
        if not PIN_MIN <= len(pin) <= PIN_MAX or not pin.isprintable():
            raise PinError(f"a PIN has {PIN_MIN} to {PIN_MAX} printable characters")
        if len(set(pin)) == 1:
            raise PinError("the same character again and again is no PIN")
        salt = secrets.token_bytes(16)
        kept = self._read() if self._path.exists() else {}
        kept[account] = f"{salt.hex()}${_hashed(pin, salt).hex()}"
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write("".join(f"{name} {hashed}\n" for name, hashed in sorted(kept.items())))
            beside.replace(self._path)
        except OSError as error:
            raise PinError(f"{self._path} cannot be written: {error.strerror or error}") from error
        finally:
            beside.unlink(missing_ok=True)

    def _read(self) -> dict[str, str]:
        try:
            with self._path.open("r", encoding="ascii") as file:
                if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                    raise PinError(f"{self._path} may be read by others: chmod 600 {self._path}")
                lines = [line.split() for line in file]
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise PinError(f"{self._path} cannot be read: {error}") from error
        if any(len(words) != 2 or _KEPT.fullmatch(words[1]) is None for words in lines):
            raise PinError(f"{self._path} is damaged: move it away and set the PINs again")
        return {words[0]: words[1] for words in lines}


def _hashed(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode("utf-8", "surrogatepass"), salt=salt, n=_N, r=_R, p=_P)
