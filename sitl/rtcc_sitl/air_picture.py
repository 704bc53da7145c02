"""What an ADS-B decoder on the ground makes of the traffic: aircraft.json in two dialects, and SBS-1 lines.

`readsb` (and dump1090-fa): README-json.md of wiedehopf/readsb; `mutability`: dump1090-mutability 1.15. SBS-1
is BaseStation's comma-separated feed, 22 fields a line, as dump1090 serves it on port 30003. No I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec

from rtcc_sitl.air_traffic import Contact

Dialect = Literal["readsb", "mutability"]

POSITION_KEPT_S = 60.0
"""After so long without a message a decoder takes the position, and readsb every value, back."""

JUST_NOW_S, POSITION_AGE_S = 0.1, 0.3
"""Ages of an aircraft that is heard all the time: of its last message, and of its last position."""

RSSI_DB = -19.5
IDENTITY_EVERY = 5
"""A callsign comes with every fifth round of positions and velocities."""


def aircraft_json(contacts: Iterable[Contact], now: datetime, dialect: Dialect) -> bytes:
    """The file's content at a moment."""
    entry = _readsb if dialect == "readsb" else _mutability
    found = list(contacts)
    content = {
        "now": round(now.timestamp(), 1),
        "messages": sum(contact.messages for contact in found),
        "aircraft": [entry(contact) for contact in found],
    }
    return msgspec.json.encode(content)


def _readsb(contact: Contact) -> dict[str, Any]:
    entry: dict[str, Any] = {"hex": contact.icao, "type": "adsb_icao"}
    position = {
        "lat": round(contact.position.latitude_deg, 6),
        "lon": round(contact.position.longitude_deg, 6),
        "nic": 8,
        "rc": 186,
        "seen_pos": round(contact.silent_s + POSITION_AGE_S, 1),
    }
    if contact.silent_s <= POSITION_KEPT_S:
        if contact.callsign:
            entry["flight"] = f"{contact.callsign:<8}"
        entry["alt_baro"] = "ground" if contact.is_on_ground else contact.altitude_ft
        entry["gs"] = round(contact.ground_speed_kt, 1)
        entry["track"] = round(contact.track_deg, 2)
        if not contact.is_on_ground:
            entry["baro_rate"] = contact.climb_ft_min
        entry |= {"squawk": contact.squawk, "emergency": "none", "category": contact.category}
        entry |= position | {"version": 2, "nac_p": 9, "nac_v": 1, "sil": 3, "sil_type": "perhour"}
    else:
        entry["lastPosition"] = position
    return entry | _signal(contact)


def _mutability(contact: Contact) -> dict[str, Any]:
    entry: dict[str, Any] = {"hex": contact.icao, "squawk": contact.squawk}
    if contact.callsign:
        entry["flight"] = f"{contact.callsign:<8}"
    if contact.silent_s <= POSITION_KEPT_S:
        entry["lat"] = round(contact.position.latitude_deg, 6)
        entry["lon"] = round(contact.position.longitude_deg, 6)
        entry["nucp"] = 7
        entry["seen_pos"] = round(contact.silent_s + POSITION_AGE_S, 1)
    entry["altitude"] = "ground" if contact.is_on_ground else contact.altitude_ft
    entry["vert_rate"] = contact.climb_ft_min
    entry["track"] = round(contact.track_deg)
    entry["speed"] = round(contact.ground_speed_kt)
    entry["category"] = contact.category
    return entry | _signal(contact)


def _signal(contact: Contact) -> dict[str, Any]:
    return {
        "mlat": [],
        "tisb": [],
        "messages": contact.messages,
        "seen": round(contact.silent_s + JUST_NOW_S, 1),
        "rssi": RSSI_DB,
    }


def sbs_lines(contacts: Iterable[Contact], now: datetime, round_number: int) -> Iterator[bytes]:
    """One round of messages of every aircraft that transmits.

    Position and velocity (MSG,3 and MSG,4; on the ground MSG,2 has both) and, now and then, the callsign
    (MSG,1). Stamps are the local time of this machine without a zone, as a receiver writes them.
    """
    local = now.astimezone()
    stamp = f"{local:%Y/%m/%d},{local:%H:%M:%S}.{local.microsecond // 1000:03d}"
    for contact in contacts:
        if contact.silent_s > 0.0:
            continue
        if contact.callsign and round_number % IDENTITY_EVERY == 0:
            yield _line(1, contact, stamp, f"{contact.callsign:<8},,,,,,,,,,,")
        place = f"{contact.position.latitude_deg:.5f},{contact.position.longitude_deg:.5f}"
        speed, track = round(contact.ground_speed_kt), round(contact.track_deg) % 360
        if contact.is_on_ground:
            yield _line(2, contact, stamp, f",,{speed},{track},{place},,,,,,-1")
        else:
            yield _line(3, contact, stamp, f",{contact.altitude_ft},,,{place},,,,,,0")
            yield _line(4, contact, stamp, f",,{speed},{track},,,{contact.climb_ft_min},,,,,0")


def _line(kind: int, contact: Contact, stamp: str, fields: str) -> bytes:
    return f"MSG,{kind},1,1,{contact.icao.upper()},1,{stamp},{stamp},{fields}\r\n".encode("ascii")
