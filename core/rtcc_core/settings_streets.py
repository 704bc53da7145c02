"""[[streets]] of agency.toml: a file of streets or addresses, and which of its properties hold what."""

from __future__ import annotations

from pathlib import Path

import msgspec

from rtcc_core.settings_kinds import Field, Kind, Section
from rtcc_core.wire.streets import Keys, StreetKeys

Names = tuple[str, ...]
"""Properties whose values are joined by spaces; none: the names in common use."""


class StreetTable(msgspec.Struct, frozen=True, kw_only=True):
    """One file."""

    file: Path
    line_name: Names = ()
    left_from: Names = ()
    left_to: Names = ()
    right_from: Names = ()
    right_to: Names = ()
    house_number: Names = ()
    street: Names = ()
    city: Names = ()
    latitude: Names = ()
    longitude: Names = ()

    @property
    def keys(self) -> StreetKeys:
        """What was named here stands alone; for the rest the names in common use hold."""
        usual = StreetKeys()

        def first(given: Names, otherwise: Keys) -> Keys:
            return (given,) if given else otherwise

        return StreetKeys(
            name=first(self.line_name, usual.name),
            left_first=first(self.left_from, usual.left_first),
            left_last=first(self.left_to, usual.left_last),
            right_first=first(self.right_from, usual.right_first),
            right_last=first(self.right_to, usual.right_last),
            number=first(self.house_number, usual.number),
            street=first(self.street, usual.street),
            city=first(self.city, usual.city),
            latitude=first(self.latitude, usual.latitude),
            longitude=first(self.longitude, usual.longitude),
        )


def _property(key: str, doc: str, example: str) -> Field:
    return Field(key=key, doc=doc, example=example, kind=Kind.WORDS, is_shown=False)


STREETS = Section(
    name="streets",
    doc="A file of streets or addresses, for typed places (`rtcc locate`); one table for each. Other keys "
    "name its properties where they are unusual.",
    is_many=True,
    is_shown=False,
    fields=(
        Field(
            key="file", doc="GeoJSON: lines with names and house numbers, points of addresses. "
            "CSV: points of addresses.",
            example='"streets.geojson"', kind=Kind.PATH, is_required=True,
        ),
        _property("line_name", "Name of a street, in parts.", '["PREDIR", "STNAME", "STTYPE"]'),
        _property("left_from", "House number on the left where a line begins.", '["LFROM"]'),
        _property("left_to", "… and where it ends.", '["LTO"]'),
        _property("right_from", "House number on the right where a line begins.", '["RFROM"]'),
        _property("right_to", "… and where it ends.", '["RTO"]'),
        _property("house_number", "House number of a point.", '["HOUSENO"]'),
        _property("street", "Street of a point, in parts.", '["ROAD"]'),
        _property("city", "City of a line or point.", '["CITY"]'),
        _property("latitude", "Column of a CSV file, decimal degrees.", '["LAT"]'),
        _property("longitude", "Column of a CSV file, decimal degrees.", '["LON"]'),
    ),
)  # fmt: skip
