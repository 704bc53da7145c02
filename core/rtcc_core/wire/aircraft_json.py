"""`aircraft.json`, the file that receivers keep writing, in both its dialects.

readsb and dump1090-fa write `alt_baro` (feet, or the word `ground`), `alt_geom`, `gs`, `baro_rate` and
`geom_rate`; dump1090-mutability writes `altitude`, `speed` and `vert_rate`. Both write `hex` (with `~` in
front where the address is made up), a `flight` padded with blanks, `seen` and `seen_pos` in seconds before
the file was written. readsb moves a position older than a minute to `lastPosition`.
"""

from __future__ import annotations

import msgspec

from rtcc_core.domain.geo import LatLon
from rtcc_core.wire.aircraft_report import (
    ALTITUDE_FT,
    CLIMB_FPM,
    FEET_PER_MINUTE_M_S,
    FOOT_M,
    KNOT_M_S,
    SPEED_KT,
    AircraftReport,
    Tally,
    address_of,
    callsign_of,
    scaled,
)

FILE_MAX_BYTES = 8 * 1024 * 1024
"""A busy aggregator's whole world; a roof's receiver writes a hundredth of it."""

ENTRIES_MAX = 20_000
AGE_S = (0.0, 1e7)

Entry = dict[str, object]


class _File(msgspec.Struct, frozen=True):
    """Entries stay undecoded, so that a damaged one costs only itself."""

    aircraft: list[msgspec.Raw]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the file."""

    reports: tuple[AircraftReport, ...] = ()
    damaged: int = 0
    """Entries that could not be used, and figures that could not be true."""
    trouble: str = ""
    """Why the file as a whole cannot be used, in words; empty when it can."""


def read_aircraft_json(raw: bytes) -> Reading:
    """Every aircraft in the file; never raises for what is in it."""
    if len(raw) > FILE_MAX_BYTES:
        return Reading(trouble=f"it is larger than {FILE_MAX_BYTES // 1024 // 1024} MB")
    if not raw.strip():
        return Reading(trouble="it is empty")
    try:
        file = msgspec.json.decode(raw, type=_File)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return Reading(trouble=f"it is not an aircraft.json: {error}")
    tally = Tally()
    reports = [report for entry in file.aircraft[:ENTRIES_MAX] if (report := _entry(entry, tally))]
    return Reading(reports=tuple(reports), damaged=tally.damaged)


def _entry(raw: msgspec.Raw, tally: Tally) -> AircraftReport | None:
    try:
        entry = msgspec.json.decode(raw, type=Entry)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        tally.damaged += 1
        return None
    address = address_of(_text(entry, "hex", tally) or "")
    if address is None:
        tally.damaged += 1
        return None
    position, age_s = _position(entry, tally)
    flight = _text(entry, "flight", tally)
    pressure_ft, is_on_ground = _altitude(entry, tally)
    return AircraftReport(
        id=address,
        age_s=tally.figure(_number(entry, "seen", tally), AGE_S) or 0.0,
        callsign=None if flight is None else callsign_of(flight),
        position=position,
        position_age_s=age_s,
        pressure_altitude_m=scaled(pressure_ft, FOOT_M),
        geometric_altitude_m=scaled(tally.figure(_number(entry, "alt_geom", tally), ALTITUDE_FT), FOOT_M),
        on_ground=is_on_ground,
        track_deg=tally.figure(_number(entry, "track", tally), (0.0, 360.0)),
        ground_speed_m_s=scaled(tally.figure(_first(entry, ("gs", "speed"), tally), SPEED_KT), KNOT_M_S),
        climb_m_s=scaled(
            tally.figure(_first(entry, ("baro_rate", "geom_rate", "vert_rate"), tally), CLIMB_FPM),
            FEET_PER_MINUTE_M_S,
        ),
        category=_category(entry, tally),
    )


def _altitude(entry: Entry, tally: Tally) -> tuple[float | None, bool | None]:
    """Pressure altitude in feet, and whether it stands on the ground."""
    key = "alt_baro" if "alt_baro" in entry else "altitude"
    if entry.get(key) == "ground":
        return None, True
    altitude_ft = tally.figure(_number(entry, key, tally), ALTITUDE_FT)
    return altitude_ft, None if altitude_ft is None else False


def _position(entry: Entry, tally: Tally) -> tuple[LatLon | None, float]:
    """The position and its age. Without an age it would stay new for ever, so it does not count."""
    source = entry
    last = entry.get("lastPosition")
    if "lat" not in entry and isinstance(last, dict):
        source = last
    position = tally.place(_number(source, "lat", tally), _number(source, "lon", tally))
    if position is None:
        return None, 0.0
    age_s = _number(source, "seen_pos", tally)
    if age_s is None:
        age_s = _number(source, "seen", tally)
    age_s = tally.figure(age_s, AGE_S)
    if age_s is None:
        tally.damaged += 1
        return None, 0.0
    return position, age_s


def _category(entry: Entry, tally: Tally) -> str | None:
    """`A7` and the like."""
    text = _text(entry, "category", tally)
    if text is None or (len(text) == 2 and text[0] in "ABCD" and text[1] in "01234567"):
        return text
    tally.damaged += 1
    return None


def _first(entry: Entry, keys: tuple[str, ...], tally: Tally) -> float | None:
    return next((_number(entry, key, tally) for key in keys if key in entry), None)


def _number(entry: Entry, key: str, tally: Tally) -> float | None:
    value = entry.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
        tally.damaged += 1
        return None
    return float(value)


def _text(entry: Entry, key: str, tally: Tally) -> str | None:
    value = entry.get(key)
    if value is None or isinstance(value, str):
        return value
    tally.damaged += 1
    return None
