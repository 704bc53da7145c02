"""How the person at this console came in, in words for the record: by which certificate, from where.

sshd tells it in the environment (`ExposeAuthInfo`). The account at the other end of the core's socket is what
counts; this only says more about it, and a console could tell anything here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from rtcc_core.domain.text import clean
from rtcc_core.wire.ssh_certificate import CERTIFICATE_MAX_BYTES, NoCertificate, read_certificate

LOGIN_MAX = 200


def login_words(environ: Mapping[str, str] = os.environ) -> str:
    """`ssh from 10.0.0.5, certificate badge-1001 (serial 7)`; empty where nobody came in by SSH."""
    connection = environ.get("SSH_CONNECTION", "").split()
    if not connection:
        return ""
    words = [f"ssh from {connection[0]}"]
    for line in _shown(environ.get("SSH_USER_AUTH", "")):
        try:
            found = read_certificate(line.removeprefix("publickey "))
        except NoCertificate:
            continue
        until = f", until {found.valid_until:%Y-%m-%d %H:%M}Z" if found.valid_until else ""
        words.append(f"certificate {found.key_id or 'without a name'} (serial {found.serial}{until})")
    return clean(", ".join(words), limit=LOGIN_MAX)


def _shown(path: str) -> list[str]:
    """What sshd wrote of the authentication; nothing where that file, which goes with the login, is gone."""
    if not path:
        return []
    try:
        with Path(path).open("rb") as file:
            return file.read(4 * CERTIFICATE_MAX_BYTES).decode("ascii", errors="replace").splitlines()
    except OSError:
        return []
