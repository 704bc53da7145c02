"""An ADS-B receiver on board: it tells the ground of the traffic around the aircraft as ADSB_VEHICLE.

It is a component of its own, whose broadcasts an autopilot forwards unasked, whichever autopilot that is.
"""

from __future__ import annotations

from pymavlink.dialects.v20 import common as mavlink

from rtcc_core.domain.geo import distance_m
from rtcc_sitl.air_traffic import AirTraffic, Contact
from rtcc_sitl.autopilot import Autopilot
from rtcc_sitl.clock import SimClock
from rtcc_sitl.component import Component, Message

COMPONENT = mavlink.MAV_COMP_ID_ADSB
RANGE_M = 20_000.0
EVERY_S = 1.0
"""Wall seconds between two reports of the same aircraft."""

TOLD_FOR_S = 20.0
"""Drill seconds for which an aircraft that fell silent is still told of, with its age."""

EMITTERS = {
    "A1": mavlink.ADSB_EMITTER_TYPE_LIGHT,
    "A2": mavlink.ADSB_EMITTER_TYPE_SMALL,
    "A3": mavlink.ADSB_EMITTER_TYPE_LARGE,
    "A4": mavlink.ADSB_EMITTER_TYPE_HIGH_VORTEX_LARGE,
    "A5": mavlink.ADSB_EMITTER_TYPE_HEAVY,
    "A6": mavlink.ADSB_EMITTER_TYPE_HIGHLY_MANUV,
    "A7": mavlink.ADSB_EMITTER_TYPE_ROTOCRAFT,
    "B1": mavlink.ADSB_EMITTER_TYPE_GLIDER,
    "B2": mavlink.ADSB_EMITTER_TYPE_LIGHTER_AIR,
    "B3": mavlink.ADSB_EMITTER_TYPE_PARACHUTE,
    "B4": mavlink.ADSB_EMITTER_TYPE_ULTRA_LIGHT,
    "B6": mavlink.ADSB_EMITTER_TYPE_UAV,
    "B7": mavlink.ADSB_EMITTER_TYPE_SPACE,
    "C1": mavlink.ADSB_EMITTER_TYPE_EMERGENCY_SURFACE,
    "C2": mavlink.ADSB_EMITTER_TYPE_SERVICE_SURFACE,
    "C3": mavlink.ADSB_EMITTER_TYPE_POINT_OBSTACLE,
}

ALWAYS_VALID = (
    mavlink.ADSB_FLAGS_VALID_COORDS
    | mavlink.ADSB_FLAGS_VALID_HEADING
    | mavlink.ADSB_FLAGS_VALID_VELOCITY
    | mavlink.ADSB_FLAGS_VALID_SQUAWK
)
IN_THE_AIR = (
    mavlink.ADSB_FLAGS_VALID_ALTITUDE
    | mavlink.ADSB_FLAGS_BARO_VALID
    | mavlink.ADSB_FLAGS_VERTICAL_VELOCITY_VALID
)


class AdsbReceiver(Component):
    """The receiver of one aircraft."""

    def __init__(self, traffic: AirTraffic, autopilot: Autopilot, clock: SimClock, *, sysid: int) -> None:
        super().__init__(COMPONENT, mavlink.MAV_TYPE_ADSB, clock)
        self._traffic = traffic
        self._autopilot = autopilot
        self._due_in_s = (sysid % 10) * 0.1
        self._starts_with({}, offset_s=self._due_in_s)

    def tick(self, wall_elapsed_s: float) -> list[Message]:
        self._due_in_s -= wall_elapsed_s
        if self._due_in_s <= 0.0:
            self._due_in_s = max(0.0, self._due_in_s + EVERY_S)
            here = self._autopilot.locate()
            self.outbox += [
                _vehicle(contact)
                for contact in self._traffic.heard()
                if contact.silent_s <= TOLD_FOR_S and distance_m(here, contact.position) <= RANGE_M
            ]
        return super().tick(wall_elapsed_s)


def _vehicle(contact: Contact) -> Message:
    """ADSB_VEHICLE of one aircraft; its flags say what of it is known."""
    flags = ALWAYS_VALID
    if contact.callsign:
        flags |= mavlink.ADSB_FLAGS_VALID_CALLSIGN
    if not contact.is_on_ground:
        flags |= IN_THE_AIR
    return mavlink.MAVLink_adsb_vehicle_message(
        int(contact.icao, 16),
        round(contact.position.latitude_deg * 1e7),
        round(contact.position.longitude_deg * 1e7),
        mavlink.ADSB_ALTITUDE_TYPE_PRESSURE_QNH,
        0 if contact.is_on_ground else round(contact.altitude_amsl_m * 1000.0),
        round(contact.track_deg * 100.0) % 36_000,
        min(65_535, round(contact.ground_speed_m_s * 100.0)),
        round(contact.climb_m_s * 100.0),
        contact.callsign.encode("ascii"),
        EMITTERS.get(contact.category, mavlink.ADSB_EMITTER_TYPE_NO_INFO),
        min(255, round(contact.silent_s)),
        flags,
        int(contact.squawk),
    )
