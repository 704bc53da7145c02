"""MAVLink ADSB_VEHICLE (#246): what a drone's own ADS-B receiver hears, from MAVSDK's JSON.

Units are MAVLink's own: degrees × 1e7, millimetres, centidegrees, cm/s. `flags` says which fields are
valid, so that a zero without its flag is nothing, and `tslc` how many seconds ago it was last heard.
"""

from __future__ import annotations

from enum import IntFlag

import msgspec

from rtcc_core.wire.aircraft_report import AircraftReport, Tally, callsign_of, scaled

ALTITUDE_MM = (-600_000.0, 45_000_000.0)
SPEED_CM_S = (0.0, 100_000.0)
CLIMB_CM_S = (-20_000.0, 20_000.0)

GEOMETRIC = 1
"""ADSB_ALTITUDE_TYPE; 0 is barometric."""

CATEGORIES = (
    "A0", "A1", "A2", "A3", "A4", "A5", "A6", "A7", "", "B1", "B2", "B3", "B4", "", "B6", "B7", "", "C1",
    "C2", "C3",
)  # fmt: skip
"""ADSB_EMITTER_TYPE as the emitter category it was made from."""

ON_SURFACE = frozenset({"C1", "C2"})


class Valid(IntFlag):
    """ADSB_FLAGS that are read here."""

    COORDS = 1
    ALTITUDE = 2
    HEADING = 4
    VELOCITY = 8
    CALLSIGN = 16
    VERTICAL_VELOCITY = 128


class AdsbVehicle(msgspec.Struct, frozen=True):
    """The fields of the message that are used."""

    ICAO_address: int
    lat: int
    lon: int
    altitude_type: int
    altitude: int
    heading: int
    hor_velocity: int
    ver_velocity: int
    emitter_type: int
    tslc: int
    flags: int
    callsign: str = ""


_DECODER = msgspec.json.Decoder(AdsbVehicle)


def read_adsb_vehicle(fields_json: str, tally: Tally) -> AircraftReport | None:
    """The report, or None (counted) for what is not that message or names no aircraft."""
    try:
        message = _DECODER.decode(fields_json)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        tally.damaged += 1
        return None
    if not 0 < message.ICAO_address <= 0xFFFFFF:
        tally.damaged += 1
        return None
    return _report(message, Valid(message.flags & 0xFF), tally)


def _report(message: AdsbVehicle, valid: Valid, tally: Tally) -> AircraftReport:
    altitude_m = scaled(_if(valid & Valid.ALTITUDE, message.altitude, ALTITUDE_MM, tally), 1e-3)
    is_geometric = message.altitude_type == GEOMETRIC
    known = 0 <= message.emitter_type < len(CATEGORIES)
    category = CATEGORIES[message.emitter_type] if known else ""
    place = None
    if valid & Valid.COORDS:
        place = tally.place(message.lat / 1e7, message.lon / 1e7)
    # Senders that do not know the vertical flag mean both speeds with the other one.
    climbs = valid & (Valid.VELOCITY | Valid.VERTICAL_VELOCITY)
    return AircraftReport(
        id=f"{message.ICAO_address:06x}",
        callsign=callsign_of(message.callsign) if valid & Valid.CALLSIGN else None,
        position=place,
        age_s=float(max(0, message.tslc)),
        position_age_s=float(max(0, message.tslc)),
        pressure_altitude_m=None if is_geometric else altitude_m,
        geometric_altitude_m=altitude_m if is_geometric else None,
        on_ground=True if category in ON_SURFACE else None,
        track_deg=scaled(_if(valid & Valid.HEADING, message.heading, (0.0, 36_000.0), tally), 1e-2),
        ground_speed_m_s=scaled(_if(valid & Valid.VELOCITY, message.hor_velocity, SPEED_CM_S, tally), 1e-2),
        climb_m_s=scaled(_if(climbs, message.ver_velocity, CLIMB_CM_S, tally), 1e-2),
        category=category or None,
    )


def _if(flag: Valid, value: int, bounds: tuple[float, float], tally: Tally) -> float | None:
    return tally.figure(float(value), bounds) if flag else None
