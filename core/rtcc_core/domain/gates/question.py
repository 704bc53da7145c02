"""Everything a gate may look at: one aircraft, one place, now."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from rtcc_core.domain.air import NOBODY_LISTENS, Air
from rtcc_core.domain.airspace import Airspace
from rtcc_core.domain.call import Place
from rtcc_core.domain.drone import Drone, Site, Telemetry
from rtcc_core.domain.energy import Plan, Wind, plan
from rtcc_core.domain.flight import Phase
from rtcc_core.domain.forecast import drain_for_launch, is_fresh, told_wind
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.heights import Agl, Amsl, Height
from rtcc_core.domain.people import Person
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.route import NoRoute, Route, find_route
from rtcc_core.domain.state import Grounding, State, Weather

OUT_AND_BACK_S = 3_600.0
"""What begins to hold within this concerns the flight."""

AT_HOME_M = 50.0
"""An aircraft this near to its home flies back the way it went."""

FAR_M = 100_000.0
"""No way is looked for to a place further off than this."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a gate may look at: one aircraft, one target, now."""

    drone: Drone
    site: Site | None
    programme: Programme
    telemetry: Telemetry
    place: Place
    """Where the call is, and how well that is known."""
    busy_with: str | None
    """What the aircraft is already doing, in words; None when it is free."""
    weather: Weather | None
    airspace: Airspace | None = None
    air: Air = NOBODY_LISTENS
    grounding: Grounding | None = None
    """Why somebody took the aircraft out of service."""
    unwell: dict[str, str] = {}
    """What was found wrong with it and still stands, with its words."""
    airtime_s: float = 0.0
    """Flown since its last inspection, as far as the journal goes."""
    shift_until: datetime | None = None
    """End of the asking person's shift; None where they did not say that they are on."""
    has_already: tuple[str, ...] = ()
    """Callsigns of the aircraft the asking person controls."""
    is_divert: bool = False
    """Asked of an aircraft in the air, to be taken from its call."""
    drain_per_s: float | None = None
    """Battery fraction a second, as the aircraft's own flights showed it; None: the endurance figure."""
    asked_by: Person | None
    """None while nobody has asked yet: advice leaves the operator out."""
    at: datetime

    @property
    def target(self) -> LatLon | None:
        """The point to fly to; None where the call has none."""
        return self.place.position

    @property
    def wind(self) -> Wind | None:
        """The wind to plan with, None when no observation is fresh enough."""
        weather = self.weather
        if weather is None or not weather.has_wind or not is_fresh(weather, self.programme, self.at):
            return None
        return told_wind(weather)

    @property
    def qnh_hpa(self) -> float | None:
        """Today's pressure at sea level, None when no observation that tells it is fresh enough."""
        return qnh_of(self.weather, self.programme, self.at)

    @property
    def start(self) -> LatLon | None:
        """Where the flight would begin: where the aircraft is, else its site."""
        if self.telemetry.position is not None:
            return self.telemetry.position
        return self.site.position if self.site else None

    @property
    def home_amsl_m(self) -> float | None:
        """Height of the launch point as the aircraft tells it, else as the agency gave it."""
        told_m = self.telemetry.home_amsl_m
        if told_m is not None and math.isfinite(told_m):
            return told_m
        return self.site.ground_amsl_m if self.site else None

    def flown_height(self, height_m: float) -> Height:
        """A height above the launch point with its datum: above sea level where that can be told."""
        ground_m = self.home_amsl_m
        return Agl(height_m) if ground_m is None else Amsl(ground_m + height_m)

    def route_out(self) -> Route | NoRoute | None:
        """The way to the target in this agency's airspace; None where it gave none, or a point is missing."""
        return self._route(self.start, self.target)

    def plan(self) -> Plan | None:
        """The out-and-back in today's wind (calm where the wind is unknown); None when it cannot be told."""
        start, target, battery = self.start, self.target, self.telemetry.battery_fraction
        if start is None or target is None or battery is None:
            return None
        home = self.telemetry.home or (self.site.position if self.site else start)
        out, back = self._ways(start, target, home)
        return plan(
            self.drone,
            start,
            home,
            target,
            height_m=self.programme.transit_height_m,
            start_height_m=max(0.0, self.telemetry.height_m or 0.0) if self.telemetry.is_airborne else 0.0,
            battery_fraction=battery,
            reserve=self.programme.battery_reserve,
            wind=self.wind or Wind(0.0, 0.0),
            drain_per_s=self.drain_per_s,
            out=out,
            back=back,
        )

    def _ways(
        self, start: LatLon, target: LatLon, home: LatLon
    ) -> tuple[tuple[LatLon, ...], tuple[LatLon, ...]]:
        """Out and back as they are flown; straight where no way is known."""
        found = self.route_out()
        out = found.points if isinstance(found, Route) else (start, target)
        if distance_m(start, home) <= AT_HOME_M:
            return out, (*out[:0:-1], home)
        homeward = self._route(target, home)
        return out, homeward.points if isinstance(homeward, Route) else (target, home)

    def _route(self, start: LatLon | None, goal: LatLon | None) -> Route | NoRoute | None:
        if self.airspace is None or start is None or goal is None or distance_m(start, goal) > FAR_M:
            return None
        return _found(
            start,
            goal,
            self.airspace,
            self.at,
            self.flown_height(self.programme.transit_height_m),
            self.programme.clearance_m,
            self.home_amsl_m,
        )


@lru_cache(maxsize=256)
def _found(
    start: LatLon,
    goal: LatLon,
    airspace: Airspace,
    at: datetime,
    height: Height,
    clearance_m: float,
    start_ground_m: float | None,
) -> Route | NoRoute:
    """The gates of one question ask for the same way more than once."""
    return find_route(
        start,
        goal,
        airspace=airspace,
        at=at,
        until=at + timedelta(seconds=OUT_AND_BACK_S),
        height=height,
        clearance_m=clearance_m,
        start_ground_m=start_ground_m,
    )


def _grounding(state: State, callsign: str) -> Grounding | None:
    """Why it must not fly, by the name of the person who said so."""
    grounding = state.grounded.get(callsign)
    known = state.people.get(grounding.account) if grounding else None
    return msgspec.structs.replace(grounding, account=known.name) if grounding and known else grounding


def question(
    state: State,
    drone: Drone,
    place: Place,
    telemetry: Telemetry,
    at: datetime,
    asked_by: Person | None,
    *,
    air: Air = NOBODY_LISTENS,
    is_divert: bool = False,
) -> Question:
    """Gather what the gates look at for one aircraft and one place."""
    flight = state.flight_of(drone.callsign)
    busy = f"already flying {flight.flight_id} to call {flight.call_id}" if flight else None
    if flight is not None and flight.phase is Phase.HOLDING and flight.cleared_at is None:
        busy = f"{busy}, and holding: orbit {drone.callsign} sends it back"
    if busy is None and telemetry.is_airborne:
        busy = "already in the air, on no flight of ours"
    return Question(
        drone=drone,
        site=state.sites.get(drone.site),
        programme=state.programme or Programme(agency=""),
        telemetry=telemetry,
        place=place,
        busy_with=busy,
        weather=state.weather,
        airspace=state.airspace,
        air=air,
        grounding=_grounding(state, drone.callsign),
        unwell=state.unwell.get(drone.callsign, {}),
        airtime_s=state.airtime_s.get(drone.callsign, 0.0),
        shift_until=state.shifts.get(asked_by.account) if asked_by else None,
        has_already=tuple(state.controlled_by(asked_by.account)) if asked_by else (),
        is_divert=is_divert,
        drain_per_s=drain_for_launch(state, drone),
        asked_by=asked_by,
        at=at,
    )


def qnh_of(weather: Weather | None, programme: Programme, at: datetime) -> float | None:
    """Pressure at sea level in hPa; None without an observation that tells it and is fresh."""
    if weather is None or not is_fresh(weather, programme, at):
        return None
    return weather.qnh_hpa
