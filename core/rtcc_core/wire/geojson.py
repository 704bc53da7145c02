"""The frame of a GeoJSON file (RFC 7946): what is in it stays undecoded until somebody wants it."""

from __future__ import annotations

import msgspec


class Feature(msgspec.Struct):
    """One feature: its attributes, and its geometry as the file has it."""

    properties: dict[str, object] | None = None
    geometry: dict[str, object] | None = None


class Collection(msgspec.Struct):
    """The whole file; each feature is decoded by itself, so that a broken one costs no other."""

    type: str = ""
    features: list[msgspec.Raw] | None = None
