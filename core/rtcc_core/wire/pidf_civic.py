"""Civic addresses of PIDF-LO (RFC 5139, RFC 6848, NENA CLDXF): their parts, and the line a person reads.

Senders disagree on where the street stands: RD in RFC 5139, A6 in RFC 4119, and some write the whole
`1200 E Main St` into RD. The parts here are what a search for the address needs; nothing is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree.ElementTree import Element

import msgspec

from rtcc_core.domain.text import clean

_STREET: Final = ("PRM", "PRD", "STP", "STPS", "RD", "STS", "POD", "POM")
_INSIDE: Final = (
    ("BLD", "Bldg "),
    ("FLR", "Floor "),
    ("UNIT", "Unit "),
    ("ROOM", "Room "),
    ("SEAT", "Seat "),
)
_CITY: Final = ("A3", "A4", "PCN", "A2")
_MAX_FIELDS: Final = 60


class Civic(msgspec.Struct, frozen=True, kw_only=True):
    """An address in its parts, each cleaned, empty where the sender gave none."""

    number: str = ""
    """House number with its prefix and suffix: `1200B`, `12 1/2`."""
    street: str = ""
    """The street with its directions and type: `E Main St`."""
    crossings: tuple[str, ...] = ()
    """Streets that cross it, where the place is an intersection."""
    city: str = ""
    county: str = ""
    state: str = ""
    postcode: str = ""
    landmark: str = ""
    inside: str = ""
    """Where in the building: `Bldg C, Floor 2`."""
    milepost: str = ""

    @property
    def line(self) -> str:
        """As a dispatcher reads it: landmark, number and street, crossing, inside the building, city."""
        street = " / ".join(filter(None, (f"{self.number} {self.street}".strip(), *self.crossings)))
        mile = f"mile {self.milepost}" if self.milepost else ""
        return clean(", ".join(filter(None, (self.landmark, street, mile, self.inside, self.city))))

    @property
    def search_line(self) -> str:
        """What an address file is asked for: number and street, or the crossing, and the city."""
        number = "" if self.crossings else self.number
        street = " / ".join(filter(None, (f"{number} {self.street}".strip(), *self.crossings)))
        return clean(", ".join(filter(None, (street or self.landmark, self.city))))


def read_civic(element: Element) -> Civic:
    """The parts of a `civicAddress` element, whatever prefixes and order it has. Never raises."""
    field: dict[str, str] = {}
    for child in element[:_MAX_FIELDS]:
        tag = child.tag
        name = tag.rpartition("}")[2].upper() if isinstance(tag, str) else ""
        value = clean("".join(child.itertext()))
        if value:
            field.setdefault(name, value)
    suffix = field.get("HNS", "")
    number = field.get("HNP", "") + field.get("HNO", "") + (f" {suffix}" if "/" in suffix else suffix)
    if "RD" not in field and "A6" in field:
        field["RD"] = field["A6"]
    return Civic(
        number=number.strip(),
        street=_joined(field, _STREET),
        crossings=(field["INTERSECTION"],) if "INTERSECTION" in field else (),
        city=next((field[name] for name in _CITY if name in field), ""),
        county=field.get("A2", ""),
        state=field.get("A1", ""),
        postcode=field.get("PC", ""),
        landmark=field.get("NAM") or field.get("LMK", ""),
        inside=_inside(field),
        milepost=field.get("MP", ""),
    )


def crossed(civic: Civic, streets: Sequence[str]) -> Civic:
    """The same place where `streets` cross it; those that it names already are left out."""
    known = {civic.street.casefold(), *(street.casefold() for street in civic.crossings)}
    new = [street for street in streets if street and street.casefold() not in known]
    return msgspec.structs.replace(civic, crossings=(*civic.crossings, *dict.fromkeys(new)))


def _joined(field: Mapping[str, str], names: Sequence[str]) -> str:
    return " ".join(field[name] for name in names if name in field)


def _inside(field: Mapping[str, str]) -> str:
    parts = [prefix + field[name] for name, prefix in _INSIDE if name in field]
    return ", ".join([*parts, field["LOC"]] if "LOC" in field else parts)


_LINE = re.compile(r"(?P<hno>\d+)(?P<hns>[A-Za-z]?)\s+(?P<road>.+)", re.DOTALL)


def write_civic(address: str) -> str:
    """One address line as a `ca:civicAddress` element: number, road, the middle as LOC, the end as city."""
    street, _, city = address.rpartition(", ") if ", " in address else (address, "", "")
    street, _, inside = street.partition(", ")
    numbered = _LINE.fullmatch(street)
    fields = [("A3", city)]
    if numbered:
        fields += [("RD", numbered["road"]), ("HNO", numbered["hno"]), ("HNS", numbered["hns"])]
    else:
        fields.append(("RD", street))
    fields.append(("LOC", inside))
    body = "".join(f"<ca:{name}>{_escaped(value)}</ca:{name}>" for name, value in fields if value)
    return f"<ca:civicAddress>{body}</ca:civicAddress>"


def _escaped(text: str) -> str:
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
