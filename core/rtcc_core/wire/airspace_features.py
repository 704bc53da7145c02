"""The properties of a GeoJSON feature, by who wrote the file.

Facility maps: the FAA's ArcGIS layer «FAA UAS FacilityMap Data» (CEILING in feet above ground, where 0 is a
real zero; UNIT, MAP_EFF, APT1_FAAID …). Restrictions: the graphic TFR layer of tfr.faa.gov (NOTAM_KEY,
TITLE, LEGAL: neither heights nor times but in the words of TITLE), the «Special Use Airspace» and «National
Defense Airspace» layers (UPPER_VAL, UPPER_UOM, UPPER_CODE …), and the agency's own keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from rtcc_core.domain.airspace import VolumeKind
from rtcc_core.domain.heights import METRES_PER_FOOT, Agl, Amsl, Height
from rtcc_core.domain.text import clean
from rtcc_core.wire.airspace_rings import FeatureUnusable

Properties = Mapping[str, object]

PRESSURE_ERROR_M = 300.0
"""A flight level is a pressure: at 980-1050 hPa it lies within this of its nominal height."""

ZONES_HOURS = 14
"""No place on earth is further from UTC; a date «local» may mean any of them."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a feature says of itself, its shape apart."""

    name: str
    kind: VolumeKind
    floor: Height | None = None
    ceiling: Height | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    citation: str = ""


# --- the agency's own file ----------------------------------------------------------------------

_OWN_HEIGHT = re.compile(r"(floor|ceiling)_(ft|m)_(agl|amsl)")
_LIKE_A_HEIGHT = re.compile(r"ceil|floor|height|altitude|(^|_)alt(_|$)|upper|lower", re.IGNORECASE)
_KINDS = ", ".join(kind.value for kind in VolumeKind)


def own_volume(properties: Properties) -> Shown:
    """A feature of the agency's own file. Raises FeatureUnusable."""
    name = _text(properties.get("name"))
    if not name:
        raise FeatureUnusable('has no "name"')
    try:
        kind = VolumeKind(_text(properties.get("kind")).lower().replace("_", "-"))
    except ValueError:
        told = _text(properties.get("kind")) or "nothing"
        raise FeatureUnusable(f'its "kind" is {told}; it must be one of {_KINDS}') from None
    shown = Shown(
        name=name,
        kind=kind,
        floor=_own_height(properties, "floor"),
        ceiling=_own_height(properties, "ceiling"),
        starts_at=timestamp(properties.get("starts_at"), "starts_at"),
        ends_at=timestamp(properties.get("ends_at"), "ends_at"),
        citation=_text(properties.get("citation"), limit=200),
    )
    _check_unread(properties)
    if kind is VolumeKind.CEILING and shown.ceiling is None:
        raise FeatureUnusable("is a ceiling without a height: add ceiling_ft_agl or another of its kind")
    return _in_order(shown)


def _own_height(properties: Properties, which: str) -> Height | None:
    keys = [key for key in properties if (m := _OWN_HEIGHT.fullmatch(key)) and m[1] == which]
    given = [key for key in keys if properties[key] is not None]
    if not given:
        return None
    if len(given) > 1:
        raise FeatureUnusable(f"has {' and '.join(given)}: keep one of them")
    value = _number(properties[given[0]], given[0])
    _, unit, datum = given[0].split("_")
    metres = round(value * METRES_PER_FOOT, 3) if unit == "ft" else value
    return Agl(metres) if datum == "agl" else Amsl(metres)


def _check_unread(properties: Properties) -> None:
    """A number that looks like a height and is not read would be a limit that nobody keeps."""
    for key, value in properties.items():
        is_value = value is not None and not isinstance(value, bool) and str(value).strip() != ""
        if is_value and _LIKE_A_HEIGHT.search(key) and not _OWN_HEIGHT.fullmatch(key):
            which = "floor" if re.search(r"floor|lower", key, re.IGNORECASE) else "ceiling"
            raise FeatureUnusable(
                f'"{clean(key, limit=40)}" is a height without unit and datum:'
                f" write {which}_ft_agl, {which}_m_agl, {which}_ft_amsl or {which}_m_amsl"
            )


# --- FAA UAS facility maps ----------------------------------------------------------------------


def facility_cell(properties: Properties) -> Shown:
    """A cell of the FAA's map: CEILING feet above ground. Raises FeatureUnusable."""
    if properties.get("CEILING") is None:
        raise FeatureUnusable("has no CEILING; a missing one is not 0 and not 400")
    ceiling_ft = _number(properties["CEILING"], "CEILING")
    unit = _text(properties.get("UNIT")).lower()
    if unit not in ("", "ft", "feet", "foot"):
        raise FeatureUnusable(f"its UNIT is {unit}; the FAA writes feet")
    if not 0.0 <= ceiling_ft <= 1000.0:
        raise FeatureUnusable(f"its CEILING of {ceiling_ft:g} ft is outside 0 … 1000 ft above ground")
    airport = _text(properties.get("APT1_FAAID")) or _text(properties.get("APT1_ICAO"))
    effective = timestamp(properties.get("MAP_EFF"), "MAP_EFF", is_lenient=True)
    since = f", effective {effective:%Y-%m-%d}" if effective else ""
    return Shown(
        name=f"UASFM {airport} {ceiling_ft:.0f} ft".replace("  ", " "),
        kind=VolumeKind.CEILING,
        ceiling=Agl(round(ceiling_ft * METRES_PER_FOOT, 3)),
        citation=f"FAA UAS Facility Map{since}; 14 CFR 107.41",
    )


# --- temporary restrictions ---------------------------------------------------------------------

_TEXTS = {
    "name": ("name", "NOTAM_KEY", "notam", "notam_id", "notamNumber", "NAME"),
    "title": ("TITLE", "title", "description", "citation"),
    "legal": ("LEGAL", "legal", "type", "TYPE_CODE"),
    "start": ("starts_at", "effectiveStart", "dateEffective", "EFFECTIVE", "effective", "START_DATE"),
    "end": ("ends_at", "effectiveEnd", "dateExpire", "dateExpires", "EXPIRE", "expires", "END_DATE"),
}
_HEIGHT_KEYS = {
    "floor": (
        ("LOWER_VAL", "LOWER_UOM", "LOWER_CODE"),
        ("valDistVerLower", "uomDistVerLower", "codeDistVerLower"),
        ("distVerLowerValue", "distVerLowerUnit", "distVerLowerCode"),
    ),
    "ceiling": (
        ("UPPER_VAL", "UPPER_UOM", "UPPER_CODE"),
        ("valDistVerUpper", "uomDistVerUpper", "codeDistVerUpper"),
        ("distVerUpperValue", "distVerUpperUnit", "distVerUpperCode"),
    ),
}
_ABOVE_GROUND = ("AGL", "HEI", "SFC", "GND")
_ABOVE_SEA = ("MSL", "AMSL", "ALT")
_NO_VALUE = (-9998.0, -9999.0)
"""What ArcGIS layers of the FAA hold where there is no number."""


def restriction(properties: Properties) -> Shown:
    """A temporary restriction. Where heights or times are missing it is taken to hold always, at every
    height. Raises FeatureUnusable."""
    name, title = _first(properties, "name"), _first(properties, "title")
    legal = _first(properties, "legal")
    said_start, said_end = _dates_in_words(title)
    return _in_order(
        Shown(
            name=f"TFR {name.split('-')[0]}" if name else "TFR without a number",
            kind=VolumeKind.RESTRICTION,
            floor=_own_height(properties, "floor") or _aeronautical(properties, "floor"),
            ceiling=_own_height(properties, "ceiling") or _aeronautical(properties, "ceiling"),
            starts_at=_moment(properties, "start") or said_start,
            ends_at=_moment(properties, "end") or said_end,
            citation=clean("; ".join(filter(None, (legal, title))), limit=200),
        )
    )


def _first(properties: Properties, which: str) -> str:
    return next((text for key in _TEXTS[which] if (text := _text(properties.get(key), limit=200))), "")


def _moment(properties: Properties, which: str) -> datetime | None:
    for key in _TEXTS[which]:
        if properties.get(key) not in (None, ""):
            return timestamp(properties[key], key)
    return None


def _aeronautical(properties: Properties, which: str) -> Height | None:
    """A height as AIXM and the FAA's layers write it: value, unit (FT, M, FL), code (AGL/HEI/SFC, MSL/ALT,
    STD). None where there is none; a floor at the surface is none."""
    for value_key, unit_key, code_key in _HEIGHT_KEYS[which]:
        given = properties.get(value_key)
        if given in (None, ""):
            continue
        value = _number(given, value_key)
        unit = _text(properties.get(unit_key)).upper()
        code = _text(properties.get(code_key)).upper()
        if value in _NO_VALUE or code == "UNLTD":
            return None
        if value == 0.0 and which == "floor":
            return None
        return _from_codes(value, unit, code, which)
    return None


def _from_codes(value: float, unit: str, code: str, which: str) -> Height:
    if unit == "FL" or code == "STD":
        feet = value * 100.0 if unit == "FL" else value
        slack = PRESSURE_ERROR_M if which == "ceiling" else -PRESSURE_ERROR_M
        return Amsl(round(feet * METRES_PER_FOOT, 3) + slack)
    scale = {"FT": METRES_PER_FOOT, "M": 1.0}.get(unit)
    is_above_ground, is_above_sea = code in _ABOVE_GROUND, code in _ABOVE_SEA
    if scale is None or not (is_above_ground or is_above_sea):
        raise FeatureUnusable(
            f"its {which} is {value:g} {unit or 'without unit'}, {code or 'without datum'}:"
            " the unit must be FT, M or FL, the datum AGL, MSL or STD"
        )
    metres = round(value * scale, 3)
    return Agl(metres) if is_above_ground else Amsl(metres)


_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"  # as printed
)
_DATE = re.compile(rf"({_MONTHS}) (\d{{1,2}}), (\d{{4}})")


def _dates_in_words(title: str) -> tuple[datetime | None, datetime | None]:
    """First and last day of «…, Saturday, October 10, 2026 through Monday, October 12, 2026 UTC».

    The day alone is told, so the whole of it counts, and where the zone is «Local» the whole of it anywhere
    on earth. One date alone is a start.
    """
    days = []
    for month, day, year in _DATE.findall(title)[:2]:
        try:
            days.append(datetime(int(year), _MONTHS.split("|").index(month) + 1, int(day), tzinfo=UTC))
        except ValueError:
            return None, None
    if not days:
        return None, None
    slack = timedelta() if title.rstrip().removesuffix("New").rstrip().endswith("UTC") else _ANYWHERE
    ends_at = days[1] + timedelta(days=1) + slack if len(days) == 2 and days[1] >= days[0] else None
    return days[0] - slack, ends_at


_ANYWHERE = timedelta(hours=ZONES_HOURS)


# --- shared -------------------------------------------------------------------------------------


def timestamp(value: object, key: str, *, is_lenient: bool = False) -> datetime | None:
    """A moment: ISO 8601 with its zone, or milliseconds since 1970 as ArcGIS writes it.

    None where there is none. Raises FeatureUnusable for anything else (lenient: None).
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000.0, UTC)
        moment = datetime.fromisoformat(str(value).strip())
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    if is_lenient:
        return None
    told = clean(str(value), limit=40)
    raise FeatureUnusable(f'its "{key}" is {told}: write date, time and zone, as 2026-07-04T18:00:00Z')


def _in_order(shown: Shown) -> Shown:
    low, high = shown.floor, shown.ceiling
    if low is not None and high is not None and type(low) is type(high) and low.metres >= high.metres:
        raise FeatureUnusable(f"its floor, {low}, is not below its ceiling, {high}")
    if shown.starts_at and shown.ends_at and shown.starts_at >= shown.ends_at:
        raise FeatureUnusable("it ends before it starts")
    return shown


def _number(value: object, key: str) -> float:
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,6}(\.\d{1,6})?\s*", value):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        raise FeatureUnusable(f'its "{key}" is {clean(str(value), limit=30)}, not a number')
    return float(value)


def _text(value: object, limit: int = 80) -> str:
    return clean(str(value), limit=limit).strip() if isinstance(value, str | int | float) else ""
