"""Certificates for tests, made by the openssl of this machine: an authority, and leaves of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

OPENSSL = shutil.which("openssl")
KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"


class Authority:
    """Signs leaves for 127.0.0.1. Skips the test where there is no openssl."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        if OPENSSL is None:
            pytest.skip("this machine has no openssl to make certificates with")
        self._folder, self._name = folder, name
        self.file = folder / f"{name}.pem"
        extensions = "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
        _run(
            f"req -x509 {KEY} -days 2 -subj /CN={name} {extensions} "
            f"-keyout {folder / name}.key -out {self.file}"
        )

    def leaf(self, name: str, *, host: str = "IP:127.0.0.1", days: int = 2) -> tuple[Path, Path]:
        """A certificate for `name` and `host`, and its key."""
        cert, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        request, more = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        more.write_text(f"subjectAltName=DNS:{name},{host}\n")
        _run(f"req -new {KEY} -subj /CN={name} -keyout {key} -out {request}")
        _run(
            f"x509 -req -in {request} -CA {self.file} -CAkey {self._folder / self._name}.key -CAcreateserial "
            f"-days {days} -extfile {more} -out {cert}"
        )
        return cert, key


def _run(arguments: str) -> None:
    assert OPENSSL is not None
    subprocess.run([OPENSSL, *arguments.split()], check=True, capture_output=True, timeout=20)
