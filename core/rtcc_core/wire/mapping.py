"""What an administrator writes in `[webhook.map]` and its tables, read once and checked whole."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from typing import Final

import msgspec

from rtcc_core.domain.call import CallStatus
from rtcc_core.wire.json_path import JsonPath, read_path

CALL_FIELDS: Final = (
    "id", "number", "type_code", "type_text", "priority", "status", "status_text", "latitude", "longitude",
    "position", "uncertainty_m", "address", "beat", "agency", "notes", "units", "started_at", "updated_at",
)  # fmt: skip
ALERT_FIELDS: Final = (
    "id", "title", "kind", "reason", "priority", "status", "confidence", "plate", "sensor", "image_url",
    "sensed_at", "valid_until", "retracted", "latitude", "longitude", "position", "uncertainty_m", "address",
)  # fmt: skip
ALL_FIELDS: Final = tuple(dict.fromkeys((*CALL_FIELDS, *ALERT_FIELDS)))
ORDERS: Final = ("lat-lon", "lon-lat")
STATUSES: Final = tuple(status.value for status in CallStatus)
_BETWEEN_PATHS: Final = re.compile(r",\s*(?=\$)")
_MANY: Final = frozenset({"notes", "units", "address"})
"""Fields that take every value their paths find."""


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """How one webhook's messages become calls or alerts."""

    makes: str = "call"
    """`call` or `alert`."""
    each: JsonPath
    """Where the incidents stand; `$` where a message is one incident."""
    paths: Table[str, tuple[JsonPath, ...]]
    """Field to the paths that are tried in turn, below each incident."""
    types: Table[str, str] = {}
    """The sender's code, folded, to words."""
    priorities: Table[str, int] = {}
    """The sender's value, folded, to 1 (highest) … 5."""
    statuses: Table[str, CallStatus] = {}
    """The sender's word, folded."""
    kinds: Table[str, str] = {}
    """The sender's word, folded, to plate, gunshot, alarm or other."""
    longitude_first: bool = False
    """Of `position`, where one value holds both coordinates."""


class MappingWrong(ValueError):
    """One thing in the mapping cannot be used; `key` says where."""

    def __init__(self, key: str, what: str) -> None:
        self.key = key
        super().__init__(what)


def folded(value: object) -> str:
    """A key of a table, and a value that is looked up there: without case and outer blanks; 1.0 is 1."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return str(value).strip().casefold()[:200]
    except ValueError:  # an integer of more than 4,300 digits
        return ""


def read_mapping(
    paths: Table[str, object],
    *,
    makes: str = "call",
    each: str = "$",
    types: Table[str, str] | None = None,
    priorities: Table[str, int] | None = None,
    statuses: Table[str, str] | None = None,
    kinds: Table[str, str] | None = None,
    coordinate_order: str = "",
) -> Mapping:
    """Raises MappingWrong, in words, for the first thing that cannot be right."""
    known = CALL_FIELDS if makes == "call" else ALERT_FIELDS
    read: dict[str, tuple[JsonPath, ...]] = {}
    for field, value in paths.items():
        if field not in known:
            raise MappingWrong(
                f"map.{field}", f"there is no such field of {makes}s; there are: {', '.join(known)}"
            )
        read[field] = _paths(f"map.{field}", value, is_many=field in _MANY)
    _complete(read, makes)
    if "priority" in read and not priorities:
        raise MappingWrong(
            "priorities",
            "is missing: which value is the highest differs between senders, so it must be written",
        )
    if "status" in read and not statuses:
        raise MappingWrong("statuses", "is missing: say which words mean active, closed and cancelled")
    if "position" in read and coordinate_order not in ORDERS:
        raise MappingWrong("coordinate_order", f"is missing: say which comes first, {' or '.join(ORDERS)}")
    return Mapping(
        makes=makes,
        each=_path("each", each),
        paths=read,
        types={folded(key): value for key, value in (types or {}).items()},
        priorities={folded(key): value for key, value in (priorities or {}).items()},
        statuses={folded(key): CallStatus(value) for key, value in (statuses or {}).items()},
        kinds={folded(key): value for key, value in (kinds or {}).items()},
        longitude_first=coordinate_order == "lon-lat",
    )


def _complete(read: Table[str, object], makes: str) -> None:
    if "id" not in read and (makes == "alert" or "number" not in read):
        raise MappingWrong("map.id", "is missing: without an id an update cannot find its " + makes)
    if ("latitude" in read) is not ("longitude" in read):
        raise MappingWrong("map.latitude", "latitude and longitude belong together: give both or neither")
    if "position" in read and "latitude" in read:
        raise MappingWrong("map.position", "give position, or latitude and longitude, not both")
    if makes == "alert" and "title" not in read:
        raise MappingWrong("map.title", "is missing: nothing would say what happened")


def _paths(key: str, value: object, *, is_many: bool) -> tuple[JsonPath, ...]:
    """`"$.street, $.city"`: tried in turn, or all of them where the field takes many."""
    if not isinstance(value, str):
        raise MappingWrong(key, 'must be a path in double quotes: "$.incident.id"')
    found = tuple(_path(key, text.strip()) for text in _BETWEEN_PATHS.split(value.strip()))
    if not is_many and any(path.is_many for path in found):
        raise MappingWrong(key, "takes one value, so its path must not hold [*]")
    return found


def _path(key: str, text: str) -> JsonPath:
    try:
        return read_path(text)
    except ValueError as error:
        raise MappingWrong(key, str(error)) from None
