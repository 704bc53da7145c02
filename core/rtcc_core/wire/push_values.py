"""Picking values out of what bridges, webhooks and files send: every look is safe, every oddity is noted.

Shared by the codecs of pushed calls and alerts. What may be missing is None or empty; what is wrong is a
warning of the report; only what leaves nothing to work with raises Unusable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

import msgspec

from rtcc_core.domain.call import CallReport, Place, PlaceKind
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.text import LINE_MAX, clean

Component = Mapping[str, object]
NOTHING: Final[Component] = {}

MAX_UID: Final = 200
MAX_ITEMS: Final = 500
MAX_WARNINGS: Final = 20
MAX_AHEAD: Final = timedelta(days=1)
"""How far in the future a sender's clock is believed; one wrong year would hide every later report."""

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""An earlier time is a default value of somebody's programming language."""

SERVICE_AREA_M: Final = 200_000.0
"""Further from the agency's centre than this, coordinates are looked at the other way round."""

SWAPPED: Final = "SWAPPED"
"""`Place.found_by` of a position whose axes were exchanged: a person confirms it before it is flown to."""

_EPOCH_MS_FROM: Final = 100_000_000_000
"""Larger numbers are milliseconds: as seconds they would be the year 5138."""

_NUMBER: Final = re.compile(r"[-+]?\d{1,15}(\.\d{1,20})?", re.ASCII)
_STAMP: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,12})?)? ?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)


class Unusable(ValueError):
    """Nothing can be made of the message; it says why, in words."""

    @property
    def reason(self) -> str:
        return str(self)


class Warnings:
    """What was tolerated, each oddity said once, no more of them than fit a screen."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def add(self, words: str) -> None:
        if len(self._said) < MAX_WARNINGS:
            self._said.setdefault(clean(words))

    def said(self) -> tuple[str, ...]:
        return tuple(self._said)


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What a codec must know besides the message."""

    feed: str
    """Name of the source in agency.toml."""
    received_at: datetime
    """UTC."""
    near: LatLon | None = None
    """Middle of the service area, by which swapped coordinates are recognised."""
    zone: tzinfo | None = None
    """Where times without a zone are from; None: such times are read as UTC, with a warning."""


def decode_json(raw: bytes) -> object:
    """Any JSON value. Raises Unusable, in words, for everything else."""
    start = raw[:400].lstrip()
    if start[:1] == b"<":
        raise Unusable("this is a web page or XML, not JSON")
    try:
        return msgspec.json.decode(raw.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError) as error:
        raise Unusable(f"this is not JSON: {clean(str(error), limit=120)}") from None


def text(component: Component, key: str, *, limit: int = LINE_MAX) -> str:
    """The value under `key` as one cleaned line; numbers as they print; empty for anything else."""
    value = component.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        return clean(str(value), limit=limit)
    except ValueError:  # an integer of more than 4,300 digits
        return ""


def child(component: Component, key: str) -> Component:
    """The object under `key`, an empty one where there is none."""
    value = component.get(key)
    return value if isinstance(value, dict) else NOTHING


def components(component: Component, key: str, warnings: Warnings) -> list[Component]:
    """The objects of the list under `key`; one that stands alone is a list of one."""
    value = component.get(key)
    if value is None:
        return []
    values = value if isinstance(value, list) else [value]
    found: list[Component] = [item for item in values[:MAX_ITEMS] if isinstance(item, dict)]
    if len(found) < len(values):
        warnings.add(f"{len(values) - len(found)} of {len(values)} entries of {key} were not read")
    return found


def first_text(component: Component, *keys: str, limit: int = 200) -> str:
    """The first of the keys that holds words."""
    return next((found for key in keys if (found := text(component, key, limit=limit))), "")


def number(value: object, what: str, warnings: Warnings) -> float | None:
    """A finite number; one written as text is taken with a warning; None with a warning for what is none."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        warnings.add(f"{what} is written as text")
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        warnings.add(f"{what} is not a number")
        return None
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        warnings.add(f"{what} is not a number that can be used")
        return None
    return found


def whole(value: object, what: str, warnings: Warnings) -> int | None:
    """As `number`, without a fraction."""
    found = number(value, what, warnings)
    if found is not None and found != int(found):
        warnings.add(f"{what} is not a whole number")
        return None
    return None if found is None else int(found)


def read_time(value: object, what: str, around: Around, warnings: Warnings) -> datetime | None:
    """A time in UTC from RFC 3339 text, local text without a zone, or Unix seconds or milliseconds.

    Local text is read in the source's zone. In the hour that a change to standard time repeats, the reading
    nearest to the arrival is taken; an hour that a change to summer time leaves out is read as if it were.
    None, with a warning, for what cannot be read, is before 1990, or more than a day in the future.
    """
    if value is None or value == "":
        return None
    try:
        at = _time(value, what, around, warnings)
    except (ValueError, OverflowError, OSError):
        warnings.add(f"{what} could not be read ({clean(str(value)[:80], limit=40)})")
        return None
    if at < EARLIEST:
        warnings.add(f"{what} is of the year {at.year} and was not used")
        return None
    if at > around.received_at + MAX_AHEAD:
        warnings.add(f"{what} is more than a day in the future and was not used")
        return None
    return at


def _time(value: object, what: str, around: Around, warnings: Warnings) -> datetime:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        warnings.add(f"{what} is a number written as text")
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value) / (1_000 if abs(value) >= _EPOCH_MS_FROM else 1)
        return datetime.fromtimestamp(seconds, UTC)
    stamp = value.strip().upper() if isinstance(value, str) else ""
    if not _STAMP.fullmatch(stamp):
        raise ValueError
    at = datetime.fromisoformat(stamp.replace(" Z", "Z"))
    return at.astimezone(UTC) if at.tzinfo is not None else _from_local(at, what, around, warnings)


def _from_local(at: datetime, what: str, around: Around, warnings: Warnings) -> datetime:
    if around.zone is None:
        warnings.add(f"{what} has no zone and was read as UTC")
        return at.replace(tzinfo=UTC)
    first, second = (at.replace(tzinfo=around.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    if first.astimezone(around.zone).replace(tzinfo=None) != at:
        warnings.add(f"{what} is of an hour that the change to summer time left out")
        return first
    warnings.add(f"{what} is of an hour that came twice; the one nearer to its arrival was taken")
    return min(first, second, key=lambda each: abs(each - around.received_at))


def place_of(
    latitude: object,
    longitude: object,
    around: Around,
    warnings: Warnings,
    *,
    address: str = "",
    uncertainty_m: float | None = None,
) -> Place:
    """Where it is. No position where the numbers are none, are out of range, or are 0, 0.

    Exchanged axes are recognised by their range or by the agency's centre, put right with a warning, and
    marked so that a person confirms the place.
    """
    first = number(latitude, "the latitude", warnings)
    second = number(longitude, "the longitude", warnings)
    position, found_by = None, ""
    if first is not None and second is not None:
        position, found_by = _position(first, second, around, warnings)
    elif first is not None or second is not None:
        warnings.add("one coordinate came without the other")
    return Place(
        position=position,
        uncertainty_m=uncertainty_m if position and uncertainty_m and uncertainty_m > 0 else None,
        address=clean(address),
        kind=PlaceKind.CURRENT_INCIDENT,
        shape="point" if position else "",
        found_by=found_by,
    )


def _position(first: float, second: float, around: Around, warnings: Warnings) -> tuple[LatLon | None, str]:
    given, swapped = _lat_lon(first, second), _lat_lon(second, first)
    for candidate in (given, swapped):
        if candidate is not None and candidate.is_null_island:
            warnings.add("the position 0, 0 is no place on land and was not used")
            return None, ""
    if given is None and swapped is None:
        warnings.add(f"the position {first:g}, {second:g} is nowhere on earth and was not used")
        return None, ""
    if swapped is not None and (given is None or _is_only_near_when_swapped(given, swapped, around)):
        warnings.add("latitude and longitude came swapped and were exchanged: confirm the place")
        return swapped, SWAPPED
    assert given is not None
    if around.near is not None and distance_m(around.near, given) > SERVICE_AREA_M:
        away_km = distance_m(around.near, given) / 1_000
        warnings.add(f"the position is {away_km:,.0f} km from the agency's centre")
    return given, ""


def _is_only_near_when_swapped(given: LatLon, swapped: LatLon, around: Around) -> bool:
    near = around.near
    return near is not None and distance_m(near, given) > SERVICE_AREA_M >= distance_m(near, swapped)


def _lat_lon(latitude: float, longitude: float) -> LatLon | None:
    try:
        return LatLon(latitude, longitude)
    except ValueError:
        return None


def uid_of(component: Component, *keys: str) -> str:
    """The first of the keys that holds an id, as one printable line. Raises Unusable where none does."""
    for key in keys:
        value = component.get(key)
        if isinstance(value, str) and len(value) > MAX_UID:
            raise Unusable(f"the id under {key} has {len(value)} characters; at most {MAX_UID} are accepted")
        found = text(component, key, limit=MAX_UID)
        if found:
            return found
    raise Unusable(f"there is no {' or '.join(keys)}, so nothing says which incident it is about")


def settled(report: CallReport, known: CallReport | None) -> CallReport:
    """The known report where the new one says nothing else: senders repeat themselves all day long."""
    if known is not None and msgspec.structs.replace(report, updated_at=known.updated_at) == known:
        return known
    return report


def numbered(uid: str, count: int) -> str:
    """The name of the `count`-th use of an id: numbers such as `26-0002` come again another year."""
    return uid if count <= 1 else f"{uid}~{count}"
