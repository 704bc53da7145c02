"""An aircraft in the air that a person wants to move: may it be, and where may it go?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import unheard
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.control import is_called_home
from rtcc_core.domain.drone import Drone, Mode, Telemetry
from rtcc_core.domain.energy import plan
from rtcc_core.domain.flight import AIRBORNE, BEFORE_FLIGHT, Flight, Leg, Order, Outcome, Phase, Verb, Way
from rtcc_core.domain.forecast import drain_for_launch, today_wind
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.orders import make_order
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.separation import come_near
from rtcc_core.domain.state import State
from rtcc_core.domain.text import clean
from rtcc_core.domain.ways import Finder, Launchpad, finder, launchpad

LOWEST_M = 10.0
"""Nobody is sent lower by an order than this above the launch point."""

APART_M = 60.0
"""Kept from the circle, or the place, of another of our aircraft at a height that is not apart, metres."""

KEEPS_HEIGHT = frozenset({Verb.TRANSIT, Verb.MOVE, Verb.ORBIT})


class Aloft(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft in the air that takes orders."""

    context: Context
    drone: Drone
    flight: Flight
    seen: Telemetry
    position: LatLon
    find: Finder

    @property
    def programme(self) -> Programme:
        return self.find.programme

    @property
    def order(self) -> Order | None:
        """The newest order of flight that was not refused."""
        for order in reversed(self.context.state.orders.get(self.drone.callsign, ())):
            is_ours = order.flight_id == self.flight.flight_id and order.is_of_flight
            if is_ours and order.outcome is not Outcome.REFUSED:
                return order
        return None

    @property
    def height_m(self) -> float:
        """Above the launch point: as ordered, else as seen."""
        order = self.order
        if order is not None and order.verb in KEEPS_HEIGHT and order.height_m is not None:
            return order.height_m
        return round(self.seen.height_m) if self.seen.height_m is not None else self.transit_height_m

    @property
    def transit_height_m(self) -> float:
        own_m = self.flight.transit_height_m
        return self.programme.transit_height_m if own_m is None else own_m

    def give(self, verb: Verb, leg: Leg | None = Leg.SCENE, **fields: Any) -> ev.OrderAsked:
        """One order by the person who asks."""
        order = make_order(
            self.context.state,
            drone=self.drone.callsign,
            verb=verb,
            operator=self.context.by,
            at=self.context.at,
            flight_id=self.flight.flight_id,
            leg=leg,
            **fields,
        )
        return ev.OrderAsked(order=order)

    def choose(self, way: Way) -> ev.WayChosen:
        return ev.WayChosen(flight_id=self.flight.flight_id, drone=self.drone.callsign, way=way)

    def end_line(self) -> Events:
        """A line that it followed ends where something else is asked."""
        if not self.flight.line:
            return ()
        return (ev.LineGiven(flight_id=self.flight.flight_id, drone=self.drone.callsign, points=()),)


def aloft(
    context: Context, callsign: str, *, may_climb: bool = False, may_go_home: bool = False
) -> Aloft | Refused:
    """The aircraft, where it is in the air, heard, and neither called home nor in other hands."""
    drone = context.state.drones.get(callsign)
    if drone is None:
        return Refused((f"there is no aircraft {clean(callsign)} in the fleet",))
    flight = context.state.flight_of(callsign)
    seen = context.sky.get(callsign, unheard(callsign))
    if flight is None:
        return Refused((f"{callsign} is not in flight",))
    words = _not_heard(context, flight, seen)
    if not words and not may_go_home:
        words = _not_now(context, flight, seen, may_climb=may_climb)
    find = finder(context, drone, seen)
    if not words and (find is None or seen.position is None):
        words = f"{callsign} has not said where it is"
    if words or find is None or seen.position is None:
        return Refused((words,))
    return Aloft(context=context, drone=drone, flight=flight, seen=seen, position=seen.position, find=find)


def _not_heard(context: Context, flight: Flight, seen: Telemetry) -> str:
    """Why no order reaches it in the air; empty where one does."""
    name, stale_s = flight.drone, (context.state.programme or Programme(agency="")).stale_after_s
    if flight.phase in BEFORE_FLIGHT:
        return f"{name} is still on the ground ({flight.phase.value})"
    if flight.phase is Phase.LOST or flight.phase not in AIRBORNE:
        return f"{name} is {flight.phase.value}: only hold, return and land are sent to it"
    if not seen.is_connected or seen.link_age_s is None or seen.link_age_s > stale_s:
        return f"{name} is not heard now"
    if seen.position_age_s is None or seen.position_age_s > stale_s:
        return f"the position of {name} is old"
    return ""


def _not_now(context: Context, flight: Flight, seen: Telemetry, *, may_climb: bool) -> str:
    """Why it takes no order to fly somewhere now, and what to do first; empty where it does."""
    name = flight.drone
    if is_called_home(context.state, flight) or seen.mode in (Mode.RETURN, Mode.LAND):
        return f"{name} is on its way home: hold {name} first"
    if flight.drone in context.state.acting:
        return f"{name} acts by itself ({seen.mode.value}): hold {name} first"
    if seen.mode is Mode.MANUAL:
        return f"somebody flies {name} by hand"
    if flight.phase is Phase.CLIMBING and not may_climb:
        return f"{name} is still climbing: wait until it is on its way, or hold {name}"
    return ""


# --- limits, each in words; empty where they hold ---------------------------------------------


def range_trouble(up: Aloft, target: LatLon) -> str:
    """Within the distance that this aircraft may go from where it took off."""
    if target.is_null_island:
        return "0, 0 is a failed look-up, not a place to fly to"
    away_m = distance_m(up.find.pad.point, target)
    if away_m <= up.drone.max_range_m:
        return ""
    return (
        f"{target} is {away_m / 1000:.1f} km from where {up.drone.callsign} took off, "
        f"limit {up.drone.max_range_m / 1000:.1f} km"
    )


def height_trouble(up: Aloft, height_m: float) -> str:
    """Between the lowest that is ordered and the agency's limit for the aircraft."""
    highest_m = min(up.drone.max_height_m, up.programme.max_height_agl_m)
    if math.isfinite(height_m) and LOWEST_M <= height_m <= highest_m:
        return ""
    return (
        f"height {height_m:.0f} m: {up.drone.callsign} is flown between {LOWEST_M:.0f} m and "
        f"{highest_m:.0f} m above its launch point"
    )


def energy_trouble(up: Aloft, target: LatLon) -> str:
    """It must still come home from there, with its reserve, in today's wind."""
    battery, state = up.seen.battery_fraction, up.context.state
    if battery is None:
        return ""
    trip = plan(
        up.drone,
        up.position,
        up.find.pad.point,
        target,
        height_m=up.height_m,
        start_height_m=max(1.0, up.seen.height_m or up.height_m),
        battery_fraction=battery,
        reserve=up.programme.battery_reserve,
        wind=today_wind(state, up.programme, up.context.at, up.seen),
        drain_per_s=drain_for_launch(state, up.drone),
    )
    if trip is None:
        return f"{up.drone.callsign}: the wind is too strong for the way there and home"
    if battery >= trip.needed_fraction:
        return ""
    needed = f"needs {trip.needed_fraction:.0%} to go there and come home"
    return f"{up.drone.callsign}: battery {battery:.0%}, {needed}; a nearer place, or send another aircraft"


def others_trouble(up: Aloft, path: Sequence[LatLon], height_m: float, reach_m: float = 0.0) -> str:
    """Another of our aircraft, or its way, at a height that is not apart, where this one would come near."""
    step_m = up.programme.separation_m
    for other in _others(up):
        is_apart = abs(other.height_m - height_m) >= step_m
        if not is_apart and come_near(path, other.path, reach_m + other.radius_m + APART_M):
            return (
                f"{other.drone} {other.what} {other.height_m:.0f} m there; stay {step_m:.0f} m above or below"
            )
    return ""


class Other(msgspec.Struct, frozen=True):
    """Where another aircraft is, circles, or will come through."""

    drone: str
    what: str
    path: tuple[LatLon, ...]
    height_m: float
    """Above our own launch point."""
    radius_m: float = 0.0


def _others(up: Aloft) -> list[Other]:
    state, found = up.context.state, []
    for flight in state.flights.values():
        drone, seen = state.drones.get(flight.drone), up.context.sky.get(flight.drone)
        if not flight.is_open or flight.drone == up.drone.callsign or drone is None or seen is None:
            continue
        pad = launchpad(state, drone, seen)
        if pad is not None:
            found += _uses(state, flight, seen, pad, _higher_m(pad, up.find.pad))
    return found


def _uses(state: State, flight: Flight, seen: Telemetry, pad: Launchpad, higher_m: float) -> list[Other]:
    """What one flight has of the sky: its place, its circle, and its ways out and home at their height."""
    name, circle, programme = flight.drone, flight.overwatch, state.programme or Programme(agency="")
    own_m = programme.transit_height_m if flight.transit_height_m is None else flight.transit_height_m
    way = flight.way.points if flight.way is not None else ()
    here = (seen.position,) if seen.position is not None else ()
    uses = [Other(name, "comes through at", (*here, *way, flight.target, pad.point), own_m + higher_m)]
    if here and seen.height_m is not None and flight.phase in AIRBORNE:
        uses.insert(0, Other(name, "is at", here, seen.height_m + higher_m))
    if circle is not None and flight.phase is Phase.ON_SCENE:
        over_m = circle.height_m + higher_m
        uses.insert(0, Other(name, "circles at", (circle.centre,), over_m, circle.radius_m))
    return uses


def _higher_m(pad: Launchpad, own: Launchpad) -> float:
    """How much higher another launch point lies; none where either is not known."""
    if pad.ground_amsl_m is None or own.ground_amsl_m is None:
        return 0.0
    return pad.ground_amsl_m - own.ground_amsl_m
