"""Our aircraft as others see them: what stands in the state and the sky, as units of an EIDO."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from rtcc_core.domain.drone import Drone, Sky, Telemetry
from rtcc_core.domain.flight import GOING_HOME, Flight
from rtcc_core.domain.forecast import forecast
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State
from rtcc_core.wire.eido import AirUnit, Issuer

_WHOLE_S: Final = timedelta(seconds=1)


def resource_uid(callsign: str, issuer: Issuer) -> str:
    """The same for an aircraft wherever it flies: what a subscriber names as unitId (or the callsign)."""
    return f"urn:emergency:uid:resourceid:{callsign}:{issuer.element}"


def flying_unit(
    state: State, sky: Sky, flight: Flight, incident_uid: str, issuer: Issuer, at: datetime
) -> AirUnit:
    """An aircraft on an incident. `at` is now, by the record's clock (UTC)."""
    seen = sky.get(flight.drone)
    since = flight.phase_since or flight.opened_at
    true_at, is_new = _true_at(state, seen, at, since)
    return AirUnit(
        callsign=flight.drone,
        resource_uid=resource_uid(flight.drone, issuer),
        # An old position keeps its own time, so that nobody takes it for a new one.
        at=max(true_at, since) if is_new else true_at,
        phase=flight.phase,
        position=seen.position if seen is not None else None,
        destination=_destination(state, flight),
        eta=_eta(state, flight, seen, at) if is_new else None,
        incident_uid=incident_uid,
    )


def resting_unit(state: State, sky: Sky, drone: Drone, issuer: Issuer, at: datetime) -> AirUnit:
    """An aircraft on the ground, on no incident."""
    seen = sky.get(drone.callsign)
    true_at, is_new = _true_at(state, seen, at, state.started_at or at)
    is_well = seen is not None and seen.is_connected and not seen.trouble
    return AirUnit(
        callsign=drone.callsign,
        resource_uid=resource_uid(drone.callsign, issuer),
        at=true_at,
        is_ready=is_well and is_new and drone.callsign not in state.grounded,
        position=seen.position if seen is not None else None,
    )


def _true_at(
    state: State, seen: Telemetry | None, at: datetime, otherwise: datetime
) -> tuple[datetime, bool]:
    """When the position was true, to the second, and whether that is now."""
    if seen is None or seen.position is None or seen.position_age_s is None:
        return otherwise, False
    # To the second, or else one that is heard no more would seem to move in time with every look.
    true_at = (at - timedelta(seconds=seen.position_age_s)).replace(microsecond=0)
    lost_after_s = (state.programme or Programme(agency="")).lost_after_s
    return true_at, seen.position_age_s <= lost_after_s


def _destination(state: State, flight: Flight) -> LatLon | None:
    """To the scene until it has left it, then home."""
    if flight.phase not in GOING_HOME:
        return flight.target
    drone = state.drones.get(flight.drone)
    site = state.sites.get(drone.site) if drone is not None else None
    return site.position if site is not None else None


def _eta(state: State, flight: Flight, seen: Telemetry | None, at: datetime) -> datetime | None:
    """When it should be where it is going, to the second; None once it is there, or where nobody can tell."""
    told = forecast(state, flight, seen, at) if seen is not None else None
    if told is None:
        return None
    left_s = told.home_s if flight.phase in GOING_HOME else told.arrival_in_s
    return None if left_s is None else (at + timedelta(seconds=left_s)).replace(microsecond=0)
