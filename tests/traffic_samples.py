"""What receivers write, in each dialect: made up for these tests, in the shape of the real thing."""

from __future__ import annotations

import json

READSB: dict[str, object] = {
    "now": 1772366400.3,
    "messages": 183_204_118,
    "aircraft": [
        {
            "hex": "a1b2c3", "type": "adsb_icao", "flight": "N123AB  ", "r": "N123AB", "t": "B407",
            "alt_baro": 425, "alt_geom": 350, "gs": 97.3, "track": 271.4, "baro_rate": -128, "squawk": "1200",
            "emergency": "none", "category": "A7", "lat": 45.530211, "lon": -122.641877, "nic": 8, "rc": 186,
            "seen_pos": 0.412, "version": 2, "nac_p": 10, "nac_v": 2, "sil": 3, "mlat": [], "tisb": [],
            "messages": 912, "seen": 0.1, "rssi": -8.4,
        },
        {
            "hex": "a7f00d", "type": "adsb_icao", "flight": "RVA2144 ", "alt_baro": 28000, "alt_geom": 28650,
            "gs": 447.1, "track": 184.0, "baro_rate": 0, "category": "A3", "lat": 45.601, "lon": -122.7,
            "nic": 8, "seen_pos": 1.8, "messages": 4410, "seen": 0.3, "rssi": -19.9,
        },
        {
            "hex": "a90a11", "type": "adsb_icao", "flight": "N77GR", "alt_baro": "ground", "gs": 6.5,
            "true_heading": 101.2, "category": "A1", "lat": 45.5495, "lon": -122.4013, "seen_pos": 3.1,
            "messages": 87, "seen": 2.2, "rssi": -25.0,
        },
        {"hex": "~2b1e07", "type": "tisb_other", "alt_baro": 1200, "gs": 88.0, "track": 12.0, "lat": 45.48,
         "lon": -122.66, "seen_pos": 4.0, "tisb": ["lat", "lon"], "messages": 20, "seen": 4.0, "rssi": -30.1},
        {"hex": "ab12ef", "type": "mode_s", "alt_baro": 2300, "messages": 3, "seen": 14.9, "rssi": -31.2},
        {
            "hex": "a5c0de", "type": "adsb_icao", "alt_baro": 900, "messages": 511, "seen": 71.0,
            "rssi": -28.8,
            "lastPosition": {"lat": 45.51, "lon": -122.6, "nic": 8, "rc": 186, "seen_pos": 74.4},
        },
    ],
}  # fmt: skip

MUTABILITY: dict[str, object] = {
    "now": 1772366400.3,
    "messages": 51_220,
    "aircraft": [
        {
            "hex": "a1b2c3", "squawk": "1200", "flight": "N123AB  ", "lat": 45.530211, "lon": -122.641877,
            "nucp": 7, "seen_pos": 0.4, "altitude": 425, "vert_rate": -128, "track": 271, "speed": 97,
            "category": "A7", "mlat": [], "tisb": [], "messages": 912, "seen": 0.1, "rssi": -8.4,
        },
        {"hex": "a90a11", "altitude": "ground", "speed": 6, "lat": 45.5495, "lon": -122.4013, "seen_pos": 3.1,
         "nucp": 7, "messages": 87, "seen": 2.2, "rssi": -25.0},
        {"hex": "ab12ef", "altitude": 2300, "messages": 3, "seen": 14.9, "rssi": -31.2},
    ],
}  # fmt: skip

SBS = (
    "MSG,1,1,1,A1B2C3,1,2026/03/01,12:00:00.100,2026/03/01,12:00:00.142,N123AB  ,,,,,,,,,,,0\r\n"
    "MSG,3,1,1,A1B2C3,1,2026/03/01,12:00:00.300,2026/03/01,12:00:00.342,,425,,,45.530211,-122.641877,,,0,0,0,0\r\n"
    "MSG,4,1,1,A1B2C3,1,2026/03/01,12:00:00.310,2026/03/01,12:00:00.352,,,97,271,,,-128,,,,,0\r\n"
    "MSG,3,1,1,A7F00D,1,2026/03/01,12:00:00.400,2026/03/01,12:00:00.442,,28000,,,,,,,0,0,0,0\r\n"
    "\r\n"
    "MSG,2,1,1,A90A11,1,2026/03/01,12:00:00.500,2026/03/01,12:00:00.542,,,6,101,45.5495,-122.4013,,,,,,-1\r\n"
    "STA,,5,179,AB12EF,10103,2026/03/01,12:00:00.500,2026/03/01,12:00:00.542,RM\r\n"
    "MSG,8,1,1,AB12EF,1,2026/03/01,12:00:00.600,2026/03/01,12:00:00.642,,,,,,,,,,,,0\r\n"
).encode("ascii")  # fmt: skip

ADSB_VEHICLE: dict[str, object] = {
    "ICAO_address": 0xA1B2C3,
    "lat": 455_302_110,
    "lon": -1_226_418_770,
    "altitude_type": 1,
    "altitude": 106_680,
    "heading": 27_140,
    "hor_velocity": 5_005,
    "ver_velocity": -65,
    "callsign": "N123AB",
    "emitter_type": 7,
    "tslc": 1,
    "flags": 1 | 2 | 4 | 8 | 16 | 32,
    "squawk": 1200,
}


def written(sample: dict[str, object], **changes: object) -> bytes:
    """The file as a receiver writes it."""
    return json.dumps(sample | changes).encode()
