"""Hold, return and land: always possible, for whoever works a shift.

The way home is the autopilot's own where the straight line is free. Where it is not, the aircraft is led
around what is in the way; where no way around is found it goes straight all the same, and that is said.
What is not heard is never led: it would wait at the first bend for a next leg that nobody can order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import unheard
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.drone import Drone, Site, Telemetry
from rtcc_core.domain.flight import AIRBORNE, Flight, Leg, Order, Phase, Verb, Way
from rtcc_core.domain.geo import LatLon, distance_m
from rtcc_core.domain.orders import make_order
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.text import clean
from rtcc_core.domain.ways import Finder, NoWay, finder

AT_SITE_M = 60.0
"""An aircraft on the ground this near to a site stands on one of its pads."""


def hold(context: Context, asked: cmd.HoldDrone) -> Events | Refused:
    """Stop and hover where it is."""
    if asked.drone not in context.state.drones:
        return _not_ours(asked.drone)
    flight = context.state.flight_of(asked.drone)
    return (ev.OrderAsked(order=_recall(context, asked.drone, Verb.HOLD, flight)),)


def land(context: Context, asked: cmd.LandDrone) -> Events | Refused:
    """Come down where it is."""
    if asked.drone not in context.state.drones:
        return _not_ours(asked.drone)
    flight = context.state.flight_of(asked.drone)
    order = _recall(context, asked.drone, Verb.LAND, flight)
    return (*_cleared(flight, Verb.LAND), ev.OrderAsked(order=order))


def go_home(context: Context, asked: cmd.ReturnDrone) -> Events | Refused:
    """Come home, or to another site that takes it and has room, and land there."""
    drone = context.state.drones.get(asked.drone)
    if drone is None:
        return _not_ours(asked.drone)
    flight = context.state.flight_of(asked.drone)
    seen = context.sky.get(asked.drone, unheard(asked.drone))
    site = None if asked.site in (None, drone.site) else asked.site
    if site is not None:
        why_not = site_trouble(context, drone, site)
        if why_not:
            return Refused((why_not,))
    way = _way_home(context, drone, flight, seen, site)
    if isinstance(way, NoWay):
        return Refused((way.reason,))
    return (*_cleared(flight, Verb.RETURN), *_homeward(context, drone, flight, way))


def site_trouble(context: Context, drone: Drone, name: str) -> str:
    """Why this aircraft cannot land at that site; empty where it can."""
    site = context.state.sites.get(name)
    if site is None:
        return f"there is no site {clean(name)}; {', '.join(context.state.sites)} are"
    if site.takes and drone.model not in site.takes:
        return (
            f"{site.name} takes {', '.join(site.takes)}, and {drone.callsign} is {drone.model or 'not told'}"
        )
    pads, there = pads_of(context, site), standing_at(context, site, but=drone.callsign)
    if len(there) >= pads:
        return f"{site.name} has {pads} pads, taken or awaited by {', '.join(there)}"
    return ""


def pads_of(context: Context, site: Site) -> int:
    """How many aircraft may stand at a site: as many as are based there and one more, where not told."""
    if site.pads is not None:
        return site.pads
    return sum(drone.site == site.name for drone in context.state.drones.values()) + 1


def standing_at(context: Context, site: Site, *, but: str) -> tuple[str, ...]:
    """Aircraft that stand at a site, come home to it, or are on their way there."""
    found = []
    for drone in context.state.drones.values():
        flight = context.state.flight_of(drone.callsign)
        home_way = flight.way_of(Leg.HOME) if flight else None
        if drone.callsign == but:
            continue
        if flight is not None:
            is_there = (home_way.site if home_way and home_way.site else drone.site) == site.name
        else:
            seen = context.sky.get(drone.callsign)
            place = seen.position if seen and seen.position else None
            is_there = drone.site == site.name if place is None else _is_at(place, site)
        if is_there:
            found.append(drone.callsign)
    return tuple(found)


def _is_at(place: LatLon, site: Site) -> bool:
    return distance_m(place, site.position) <= AT_SITE_M


def recall(verb: Verb) -> Callable[[Context, Any], Events | Refused]:
    """The decision for one of the three."""
    decisions: dict[Verb, Callable[[Context, Any], Events | Refused]] = {
        Verb.HOLD: hold,
        Verb.RETURN: go_home,
        Verb.LAND: land,
    }
    return decisions[verb]


# --- the way home -----------------------------------------------------------------------------


def _way_home(
    context: Context, drone: Drone, flight: Flight | None, seen: Telemetry, site: str | None
) -> Way | NoWay | None:
    """None: nothing to choose, the autopilot's own return. NoWay only to another site."""
    programme = context.state.programme or Programme(agency="")
    find = finder(context, drone, seen)
    if flight is None or flight.phase not in AIRBORNE | {Phase.LOST} or seen.position is None or find is None:
        return None if site is None else NoWay(f"{drone.callsign} is not in the air: order a plain return")
    if not _can_be_led(flight, seen, programme):
        return None if site is None else NoWay(f"{drone.callsign} is not heard now: order a plain return")
    own_m = flight.transit_height_m
    height_m = programme.transit_height_m if own_m is None else own_m
    if site is not None:
        return _to_site(find, context.state.sites[site], seen.position, height_m, drone)
    home = find.pad.point
    found = find.way(Leg.HOME, seen.position, home, height_m)
    if isinstance(found, Way):
        return found if len(found.points) > 1 else None
    note = f"straight home, because no way around was found: {found.reason}"
    return Way(leg=Leg.HOME, points=(home,), height_m=height_m, note=note)


def _can_be_led(flight: Flight, seen: Telemetry, programme: Programme) -> bool:
    """True where it is heard to say where it is, so that each next leg can follow."""
    ages_s = (seen.link_age_s, seen.position_age_s)
    is_fresh = all(age_s is not None and age_s <= programme.stale_after_s for age_s in ages_s)
    return flight.phase is not Phase.LOST and seen.is_connected and is_fresh and not seen.trouble


def _to_site(find: Finder, site: Site, start: LatLon, height_m: float, drone: Drone) -> Way | NoWay:
    away_m = distance_m(start, site.position)
    if away_m > drone.max_range_m:
        limit_km = drone.max_range_m / 1000
        return NoWay(f"{site.name} is {away_m / 1000:.1f} km away, limit {limit_km:.1f} km")
    found = find.way(Leg.HOME, start, site.position, height_m, site=site.name)
    if isinstance(found, NoWay):
        return NoWay(f"no way to {site.name}: {found.reason}; order a plain return")
    return found


def _homeward(context: Context, drone: Drone, flight: Flight | None, way: Way | None) -> Events:
    if way is None or flight is None:
        return (ev.OrderAsked(order=_recall(context, drone.callsign, Verb.RETURN, flight)),)
    chosen = ev.WayChosen(flight_id=flight.flight_id, drone=drone.callsign, way=way)
    if way.site is None and len(way.points) == 1:
        return (chosen, ev.OrderAsked(order=_recall(context, drone.callsign, Verb.RETURN, flight)))
    leg = make_order(
        context.state,
        drone=drone.callsign,
        verb=Verb.TRANSIT,
        operator=context.by,
        at=context.at,
        flight_id=flight.flight_id,
        target=way.points[0],
        height_m=way.height_m,
        speed_m_s=drone.cruise_speed_m_s,
        leg=Leg.HOME,
    )
    return (chosen, ev.OrderAsked(order=leg))


def _recall(context: Context, drone: str, verb: Verb, flight: Flight | None) -> Order:
    return make_order(
        context.state,
        drone=drone,
        verb=verb,
        operator=context.by,
        at=context.at,
        flight_id=flight.flight_id if flight else None,
        leg=Leg.HOME if verb is Verb.RETURN else None,
    )


def _cleared(flight: Flight | None, verb: Verb) -> Events:
    """The scene is released with the first order that leads away from it, and a line ends."""
    if flight is None:
        return ()
    ended: list[ev.AnyEvent] = []
    if flight.line:
        ended.append(ev.LineGiven(flight_id=flight.flight_id, drone=flight.drone, points=()))
    if Phase.ON_SCENE in flight.times and flight.cleared_at is None:
        reason = f"{verb.value} ordered"
        ended.append(ev.SceneCleared(flight_id=flight.flight_id, drone=flight.drone, reason=reason))
    return tuple(ended)


def _not_ours(callsign: str) -> Refused:
    return Refused((f"there is no aircraft {clean(callsign)} in the fleet",))
