"""What sees and hears near a call: cameras, plate readers, sensors, guard posts, from the agency's own file.

A real-time crime centre is a registry of such things (DOMAIN.md): where they are, whose, by whose consent,
and whether they work. Nothing here is connected to; the address of a stream is shown as text.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from rtcc_core.domain.geo import LatLon


class AssetKind(StrEnum):
    """What an asset is."""

    CAMERA = "camera"
    READER = "reader"
    """Reads number plates."""
    SENSOR = "sensor"
    GUARD = "guard"
    SITE = "site"
    OTHER = "other"


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One thing, or post, that sees or hears. Every text cleaned."""

    name: str
    kind: AssetKind
    position: LatLon
    owner: str = ""
    stream_url: str = ""
    """Shown as text, never fetched, never with a password in it."""
    health: str = ""
    """In the owner's words: `ok`, `down since Monday`; empty: not told."""
    has_consent: bool | None = None
    """Whether its owner agreed that we look; None: not told, which is not yes."""


class Assets(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the agency's asset files list."""

    items: tuple[Asset, ...] = ()
    digest: str = ""
    """The same for the same assets; the files are adopted again only where it differs."""
    problems: tuple[str, ...] = ()
    """What was left out, and why."""
