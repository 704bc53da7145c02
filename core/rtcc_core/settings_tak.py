"""`[tak]` of agency.toml: the server that tells the field of our work."""

from __future__ import annotations

from pathlib import Path

import msgspec


class TakServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where the field's server is."""

    url: str
    """`tls://host:8089` or `tcp://host:8087`."""
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
