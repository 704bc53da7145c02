"""[map] of agency.toml: the map that consoles show."""

from __future__ import annotations

from rtcc_core.settings_kinds import Field, Kind, Section

MAP = Section(
    name="map",
    doc="The map that consoles show; made by `rtcc map import`. Without it the lines of [[streets]] files "
    "are drawn, and without those distance rings.",
    is_shown=False,
    fields=(Field(key="file", doc="Its path.", example='"city.rtccmap"', kind=Kind.PATH, is_required=True),),
)
