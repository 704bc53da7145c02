"""[[assets]] of agency.toml: a file of cameras, readers, sensors and posts."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rtcc_core.settings_kinds import Field, Kind, Section


class AssetTable(msgspec.Struct, frozen=True, kw_only=True):
    """One file of things that see and hear."""

    file: Path


ASSETS = Section(
    name="assets",
    doc="A file of cameras, plate readers, sensors and posts (GeoJSON points or CSV: name, kind, latitude, "
    "longitude, owner, stream_url, health, has_consent); one table for each. Read again when it changes.",
    is_many=True,
    is_shown=False,
    fields=(Field(key="file", doc="Its path.", example='"cameras.csv"', kind=Kind.PATH, is_required=True),),
)
