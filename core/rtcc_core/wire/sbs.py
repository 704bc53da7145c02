"""SBS-1 BaseStation text, as dump1090 and its like serve it on port 30003: bytes in, reports out.

One line is 22 fields with commas between them, most of them blank. Only `MSG` lines carry aircraft:
1 callsign, 2 on the ground, 3 position and altitude, 4 speed, track and climb, 5–8 odds and ends. Their time
stamps have no zone and are the sender's; the moment of arrival counts instead.
"""

from __future__ import annotations

import re

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

LINE_MAX_BYTES = 1_024
"""Ten times the longest honest line; a longer one is dropped up to its end."""

FIELDS = 22
TYPE, KIND, ADDRESS, CALLSIGN, ALTITUDE, SPEED, TRACK, LATITUDE, LONGITUDE, CLIMB, GROUND = (
    0, 1, 4, 10, 11, 12, 13, 14, 15, 16, 21,
)  # fmt: skip
KINDS = frozenset("12345678")
ON_THE_GROUND = "2"
"""MSG,2 is sent only by aircraft on the ground."""

_NUMBER = re.compile(r"[+-]?\d{1,7}(\.\d{1,15})?", re.ASCII)


class SbsReader:
    """Takes the stream in pieces of any size; never raises for what is in it."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_skipping = False
        self._tally = Tally()
        self.unusable = 0
        """Lines that are no SBS, or too long."""

    @property
    def damaged(self) -> int:
        """Figures that could not be true."""
        return self._tally.damaged

    def feed(self, chunk: bytes) -> list[AircraftReport]:
        """The reports of every line that is now complete, in order."""
        *lines, rest = (self._rest + chunk).split(b"\n")
        reports: list[AircraftReport] = []
        for line in lines:
            if self._is_skipping:
                self._is_skipping = False
            elif len(line) > LINE_MAX_BYTES:
                self.unusable += 1
            elif (report := self._read(line)) is not None:
                reports.append(report)
        if len(rest) > LINE_MAX_BYTES:
            self.unusable += not self._is_skipping
            self._is_skipping, rest = True, b""
        self._rest = rest
        return reports

    def _read(self, line: bytes) -> AircraftReport | None:
        text = line.decode("ascii", errors="replace").strip()
        if not text:  # dump1090 sends an empty line once a minute: it is there, and hears nobody
            return None
        fields = [field.strip() for field in text.split(",")]
        if fields[TYPE] in ("SEL", "ID", "AIR", "STA", "CLK"):
            return None
        address = address_of(fields[ADDRESS]) if fields[TYPE] == "MSG" and len(fields) > CALLSIGN else None
        if address is None or len(fields) > FIELDS or fields[KIND] not in KINDS:
            self.unusable += 1
            return None
        fields += [""] * (FIELDS - len(fields))
        return self._report(address, fields)

    def _report(self, address: str, fields: list[str]) -> AircraftReport:
        tally = self._tally
        altitude = fields[ALTITUDE]
        # dump1090-fa marks an altitude above the ellipsoid with an H.
        is_geometric = altitude.endswith("H")
        altitude_m = scaled(tally.figure(self._number(altitude.removesuffix("H")), ALTITUDE_FT), FOOT_M)
        return AircraftReport(
            id=address,
            callsign=callsign_of(fields[CALLSIGN]),
            position=tally.place(self._number(fields[LATITUDE]), self._number(fields[LONGITUDE])),
            pressure_altitude_m=None if is_geometric else altitude_m,
            geometric_altitude_m=altitude_m if is_geometric else None,
            on_ground=True if fields[KIND] == ON_THE_GROUND else _flag(fields[GROUND]),
            track_deg=tally.figure(self._number(fields[TRACK]), (0.0, 360.0)),
            ground_speed_m_s=scaled(tally.figure(self._number(fields[SPEED]), SPEED_KT), KNOT_M_S),
            climb_m_s=scaled(tally.figure(self._number(fields[CLIMB]), CLIMB_FPM), FEET_PER_MINUTE_M_S),
        )

    def _number(self, text: str) -> float | None:
        """Plain decimal figures only: Python's own reading takes `nan`, `inf` and `1_000` too."""
        if not text:
            return None
        if _NUMBER.fullmatch(text) is None:
            self._tally.damaged += 1
            return None
        return float(text)


def _flag(text: str) -> bool | None:
    return {"1": True, "-1": True, "0": False}.get(text)
