"""What the battery of a flight allows: arrival, minutes on scene, and bingo as a moment.

Bingo is the moment the aircraft must leave to land with the reserve in the wind it flies in, by the way it
really takes home, with the drain it really shows. Whatever is not known makes the forecast say so, never
guess; where no wind is known it reckons with none, and says that too.
"""

from __future__ import annotations

import math
from datetime import datetime

import msgspec

from rtcc_core.domain import events as ev
from rtcc_core.domain.context import Context
from rtcc_core.domain.drain import Drain, learned, newest_flight, trouble
from rtcc_core.domain.drone import Drone, Telemetry
from rtcc_core.domain.energy import CALM, TOLD_TO, Wind, home_s, way_s
from rtcc_core.domain.flight import (
    AIRBORNE,
    BEFORE_FLIGHT,
    GOING_HOME,
    BatteryMark,
    Flight,
    Leg,
    Order,
    Phase,
    Verb,
)
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State, Weather

BATTERY_KEPT_S = 60.0
"""A battery value older than this says nothing; a younger one is carried on at the drain that is known."""

FRACTION_MOST = 1.05
"""A gauge may be a little over full; beyond this, or below nothing, it is broken."""

MARK_EVERY_S = 60.0
MARK_EVERY = 0.02
"""A mark is noted after so many seconds or so much battery, whichever comes first."""

AHEAD_S = 300.0
"""A station's clock may be ahead of ours by so much."""

OWN_ESTIMATE_AFTER_S = 25.0
"""So long into a phase the aircraft's own estimate is of that phase: before, it is still of the climb, or of
the way that it brakes from. A drill at 20 times life hears one in 20 s."""

OWN_WIND_M_S = 0.5
WIND_MAX_M_S = 60.0
"""An autopilot's own estimate counts between these: one that does not estimate the wind says 0 (ArduCopter
without EK3_DRAG), and beyond the second it is noise."""

CALM_ASSUMED = "calm assumed: no wind is known"

OUTBOUND = BEFORE_FLIGHT | {Phase.CLIMBING, Phase.TRANSIT, Phase.DIVERTED}

FULL_AGAIN = 0.9
"""On the ground and at least so full: charged or changed, and the drain of the last flight is history."""


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What the battery of one flight allows from here. Seconds from now; None where it cannot be told."""

    flight_id: str
    drone: str
    arrival_in_s: float | None = None
    """Until it is overhead; None once it has arrived."""
    arrival_fraction: float | None = None
    """Battery on arrival; None once it has arrived."""
    on_scene_s: float | None = None
    """How long it can stay over the scene, from its arrival or from now; never negative."""
    bingo_in_s: float | None = None
    """Until it must leave to land with the reserve; negative when it should have left."""
    home_s: float | None = None
    """From leaving until it stands on the ground."""
    land_with_fraction: float | None = None
    """Battery at landing if it left now."""
    drain_per_min: float | None = None
    """Battery fraction a minute that this reckons with, for what the aircraft does now."""
    is_calm_assumed: bool = False
    """No wind is known, neither by the aircraft nor by an observation: it may come home later than told."""
    why: str = ""
    """What the drain is told from; or why nothing can be told."""


def is_fresh(weather: Weather, programme: Programme, at: datetime) -> bool:
    """True for an observation that is not older than the programme allows, nor from the future."""
    age_s = (at - weather.observed_at).total_seconds()
    return -AHEAD_S <= age_s <= programme.weather_valid_min * 60.0


def today_wind(state: State, programme: Programme, at: datetime, seen: Telemetry | None = None) -> Wind:
    """The wind to plan with, as `known_wind` has it; calm where none is known."""
    return known_wind(state, programme, at, seen) or CALM


def known_wind(
    state: State, programme: Programme, at: datetime, seen: Telemetry | None = None
) -> Wind | None:
    """The wind as the aircraft feels it in the air, else by the newest observation that is fresh."""
    own = _own_wind(seen) if seen is not None else None
    weather = state.weather
    if own is not None or weather is None or not weather.has_wind or not is_fresh(weather, programme, at):
        return own
    return told_wind(weather)


def told_wind(weather: Weather) -> Wind:
    """The wind of an observation that tells one."""
    return Wind(weather.wind_speed_m_s, weather.wind_from_deg, weather.is_variable)


def _own_wind(seen: Telemetry) -> Wind | None:
    speed_m_s, from_deg = seen.wind_speed_m_s, seen.wind_from_deg
    if seen.is_airborne is not True or speed_m_s is None or from_deg is None or not math.isfinite(from_deg):
        return None
    return Wind(speed_m_s, from_deg) if OWN_WIND_M_S <= speed_m_s <= WIND_MAX_M_S else None


class _Basis(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a forecast is told from, once it is all known."""

    flight: Flight
    drone: Drone
    position: LatLon
    height_m: float
    """Above the launch point, never below it."""
    way_height_m: float
    home: LatLon
    heading_for: LatLon | None
    """The point that it was last ordered to."""
    homeward: Order | None
    """The newest of its orders that leads home."""
    wind: Wind
    is_calm_assumed: bool
    pace: Drain
    battery: float
    reserve: float
    """With the percent that is not counted on."""


def forecast(state: State, flight: Flight, seen: Telemetry, at: datetime) -> Forecast | None:
    """What the battery of an open flight allows; None for a flight that is over or not of this fleet."""
    drone = state.drones.get(flight.drone)
    if drone is None or not flight.is_open:
        return None
    basis = _basis(state, flight, drone, seen, at)
    if isinstance(basis, str):
        return Forecast(flight_id=flight.flight_id, drone=flight.drone, why=basis)
    return _told(basis)


def _told(basis: _Basis) -> Forecast:
    flight, pace = basis.flight, basis.pace
    back = _way_home(basis)
    way_height_m = 0.0 if flight.phase in GOING_HOME else basis.way_height_m
    return_s = home_s(basis.drone, back, height_m=basis.height_m, way_height_m=way_height_m, wind=basis.wind)
    if return_s is None:
        why = "the wind makes the way home impossible"
        return Forecast(flight_id=flight.flight_id, drone=flight.drone, why=why)
    told = Forecast(
        flight_id=flight.flight_id,
        drone=flight.drone,
        home_s=return_s,
        land_with_fraction=basis.battery - return_s * pace.home_per_s,
        drain_per_min=(pace.transit_per_s if flight.phase in OUTBOUND else pace.hover_per_s) * 60.0,
        is_calm_assumed=basis.is_calm_assumed,
        why=_told_from(pace) + (f"; {CALM_ASSUMED}" if basis.is_calm_assumed else ""),
    )
    if flight.phase in GOING_HOME:
        return told
    stay_s = (basis.battery - basis.reserve - return_s * pace.home_per_s) / pace.hover_per_s
    if flight.phase in OUTBOUND:
        return _outbound(told, basis, stay_s)
    return msgspec.structs.replace(told, bingo_in_s=stay_s, on_scene_s=max(0.0, stay_s))


def _outbound(told: Forecast, basis: _Basis, stay_here_s: float) -> Forecast:
    """Before the arrival: what is left there, and how long that lasts."""
    flight, drone, pace, height_m = basis.flight, basis.drone, basis.pace, basis.way_height_m
    out = _way_out(basis)
    out_s = way_s(out, drone.cruise_speed_m_s, basis.wind)
    there = (flight.target, *out[-2:0:-1], *_bends_behind(basis), basis.home)
    back_s = home_s(drone, there, height_m=height_m, way_height_m=height_m, wind=basis.wind)
    if out_s is None or back_s is None:
        # There is no going on: it must turn round now, or should have.
        why = "the wind makes the way impossible"
        return msgspec.structs.replace(told, bingo_in_s=min(0.0, stay_here_s), why=why)
    arrival_s = out_s + max(0.0, height_m - basis.height_m) / drone.climb_speed_m_s
    left = basis.battery - arrival_s * pace.transit_per_s
    stay_s = (left - basis.reserve - back_s * pace.home_per_s) / pace.hover_per_s
    return msgspec.structs.replace(
        told,
        arrival_in_s=arrival_s,
        arrival_fraction=left,
        on_scene_s=max(0.0, stay_s),
        bingo_in_s=min(stay_here_s, arrival_s + stay_s) if stay_s < 0 else arrival_s + stay_s,
    )


def seconds_to_bingo(
    state: State, drone: Drone, seen: Telemetry, programme: Programme, at: datetime
) -> float | None:
    """Seconds until it must leave to land with its reserve; None when that cannot be told."""
    flight = state.flight_of(drone.callsign)
    told = forecast(state, flight, seen, at) if flight else None
    return told.bingo_in_s if told else None


def drain_for_launch(state: State, drone: Drone) -> float:
    """Battery fraction a second to plan a launch with: never better than the endurance figure."""
    return learned(drone, newest_flight(state, drone.callsign)).worst_per_s


# --- what it is told from -----------------------------------------------------------------------


def _basis(state: State, flight: Flight, drone: Drone, seen: Telemetry, at: datetime) -> _Basis | str:
    """What is known, or in words what is missing."""
    programme = state.programme or Programme(agency="")
    site = state.sites.get(drone.site)
    home = seen.home or (site.position if site else None)
    pace = flight_drain(state, drone, flight, seen, at)
    battery = _battery_now(seen, pace)
    if seen.battery_fraction is None:
        return "the aircraft has not said how full its battery is"
    if not 0.0 <= seen.battery_fraction <= FRACTION_MOST:
        return "the battery value cannot be"
    if battery is None:
        return "the battery value is old"
    if seen.position is None:
        return "the aircraft has not said where it is"
    if home is None:
        return "its home is not known"
    order = state.newest_order(flight.drone)
    own_height_m = flight.transit_height_m
    wind = known_wind(state, programme, at, seen)
    return _Basis(
        flight=flight,
        drone=drone,
        position=seen.position,
        height_m=max(0.0, seen.height_m if seen.height_m is not None else programme.transit_height_m),
        way_height_m=programme.transit_height_m if own_height_m is None else own_height_m,
        home=home,
        heading_for=order.target if order and order.flight_id == flight.flight_id else None,
        homeward=_newest_homeward(state, flight),
        wind=wind or CALM,
        is_calm_assumed=wind is None,
        pace=pace,
        battery=battery,
        reserve=programme.battery_reserve + TOLD_TO,
    )


def _newest_homeward(state: State, flight: Flight) -> Order | None:
    orders = reversed(state.orders.get(flight.drone, ()))
    return next((each for each in orders if each.flight_id == flight.flight_id and each.is_homeward), None)


def flight_drain(state: State, drone: Drone, flight: Flight, seen: Telemetry, at: datetime) -> Drain:
    """What this flight showed; until it has shown anything, what the aircraft's last one did."""
    told = flight if len(flight.battery_marks) > 2 else newest_flight(state, drone.callsign)
    pace = learned(drone, told)
    if not seen.battery_left_s or seen.battery_left_s < 0.0 or not seen.battery_fraction:
        return pace
    # Its own estimate is told from the load of this moment: of a climb it says nothing about the rest.
    began_at = flight.times.get(flight.phase)
    is_settled = began_at is None or (at - began_at).total_seconds() >= OWN_ESTIMATE_AFTER_S
    if not is_settled or flight.phase in BEFORE_FLIGHT or flight.phase is Phase.CLIMBING:
        return pace
    own_per_s = seen.battery_fraction / seen.battery_left_s
    if flight.phase in (Phase.ON_SCENE, Phase.HOLDING):
        return pace.hovering_at_least(own_per_s)
    return pace.in_transit_at_least(own_per_s)


def _battery_now(seen: Telemetry, pace: Drain) -> float | None:
    if seen.battery_fraction is None or seen.battery_age_s is None or seen.battery_age_s > BATTERY_KEPT_S:
        return None
    return seen.battery_fraction - max(0.0, seen.battery_age_s) * pace.worst_per_s


def _told_from(pace: Drain) -> str:
    if pace.seen <= 0.0:
        return "by the endurance figure; this flight has shown nothing yet"
    return f"by what it really drained ({pace.seen:.0%} of its battery)"


def _way_home(basis: _Basis) -> tuple[LatLon, ...]:
    """From where it is: by what is left of the way home that was chosen, else back the way it came."""
    way = basis.flight.way_of(Leg.HOME)
    if way is None:
        return (basis.position, *_bends_behind(basis), basis.home)
    order = basis.homeward
    if order is not None and order.verb is not Verb.TRANSIT:
        # The last leg is the aircraft's own return or landing: it names no point, and every bend is behind.
        return (basis.position, way.points[-1])
    return (basis.position, *_ahead(way.points, order.target if order else None))


def _bends_behind(basis: _Basis) -> tuple[LatLon, ...]:
    """The bends of the way out that it has passed, the nearest first."""
    out = next((way for way in reversed(basis.flight.ways) if way.leg is Leg.OUT), None)
    if out is None:
        return ()
    ahead = _ahead(out.points, basis.heading_for) if basis.flight.phase in OUTBOUND else ()
    return tuple(bend for bend in reversed(out.points[:-1]) if bend not in ahead)


def _way_out(basis: _Basis) -> tuple[LatLon, ...]:
    way = basis.flight.way_of(Leg.OUT)
    if way is None:
        return (basis.position, basis.flight.target)
    return (basis.position, *_ahead(way.points, basis.heading_for))


def _ahead(points: tuple[LatLon, ...], heading_for: LatLon | None) -> tuple[LatLon, ...]:
    """What is left of a way: from the point it was last ordered to; all of it where that is none of them."""
    return points[points.index(heading_for) :] if heading_for in points else points


# --- what is noted ------------------------------------------------------------------------------


def note_batteries(context: Context) -> list[ev.AnyEvent]:
    """Look: a mark for every flying aircraft whose battery fell, and word of one that falls too fast."""
    found: list[ev.AnyEvent] = []
    for flight in context.state.flights.values():
        seen = context.sky.get(flight.drone)
        if flight.is_open and seen is not None and seen.is_connected and not seen.trouble:
            found += _note(context, flight, seen)
    return found + _charged(context)


def _note(context: Context, flight: Flight, seen: Telemetry) -> list[ev.AnyEvent]:
    fraction, drone = seen.battery_fraction, context.state.drones.get(flight.drone)
    if drone is None or fraction is None or seen.battery_age_s is None or flight.phase not in AIRBORNE:
        return []
    if seen.battery_age_s > max(10.0, (context.state.programme or Programme(agency="")).stale_after_s):
        return []
    last = flight.battery_marks[-1] if flight.battery_marks else None
    if last is not None:
        waited_s = (context.at - last.at).total_seconds()
        if waited_s < MARK_EVERY_S and last.fraction - fraction < MARK_EVERY:
            return []
    noted = ev.BatteryNoted(flight_id=flight.flight_id, drone=flight.drone, fraction=fraction)
    marks = (*flight.battery_marks, BatteryMark(context.at, fraction))
    return [noted, *_health(context, msgspec.structs.replace(flight, battery_marks=marks), drone)]


def _health(context: Context, flight: Flight, drone: Drone) -> list[ev.AnyEvent]:
    """Only where it changes: a fast drain is said once, and once more when it is over."""
    words = trouble(drone, flight)
    is_unwell = "battery" in context.state.unwell.get(flight.drone, {})
    if words is None or bool(words) is is_unwell:
        return []
    detail = words or "the battery drains as planned again"
    return [ev.HealthChanged(drone=flight.drone, what="battery", is_well=not words, detail=detail)]


def _charged(context: Context) -> list[ev.AnyEvent]:
    found: list[ev.AnyEvent] = []
    for callsign, unwell in context.state.unwell.items():
        seen = context.sky.get(callsign)
        if "battery" not in unwell or seen is None or context.state.flight_of(callsign) is not None:
            continue
        if seen.is_airborne is False and (seen.battery_fraction or 0.0) >= FULL_AGAIN:
            words = "full again on the ground"
            found.append(ev.HealthChanged(drone=callsign, what="battery", is_well=True, detail=words))
    return found
