"""Where an aircraft can come down: its own site, or any other that takes it and has room.

A launch site is not only where a flight began. Where home is full, cannot be reached inside the airspace, or
is too far for what is left in the battery, the nearest site that is none of these is proposed.
"""

from __future__ import annotations

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.context import Context
from rtcc_core.domain.drone import Drone, Site, Telemetry
from rtcc_core.domain.energy import TOLD_TO, Wind, home_s
from rtcc_core.domain.flight import AIRBORNE, Flight, Leg, Phase
from rtcc_core.domain.forecast import flight_drain, forecast, today_wind
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.recalls import site_trouble
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind

LOOKED_AT_S = 120.0
"""So long before bingo home is looked at: a full pad is no trouble before."""


def best_site(
    context: Context, drone: Drone, position: LatLon, *, height_m: float, but: frozenset[str] = frozenset()
) -> Site | None:
    """The site to come down at from here: the nearest in time of those that take the aircraft and have room.

    Pads that are occupied, and those that others are on their way to, count as taken. None where there is
    none that the wind lets it reach within its range.
    """
    wind = _wind(context, drone)
    times: list[tuple[float, str]] = []
    for name, site in context.state.sites.items():
        if name in but or site_trouble(context, drone, name):
            continue
        way = (position, site.position)
        seconds = home_s(drone, way, height_m=height_m, way_height_m=height_m, wind=wind)
        if seconds is not None and seconds * drone.cruise_speed_m_s <= 2.0 * drone.max_range_m:
            times.append((seconds, name))
    return context.state.sites[min(times)[1]] if times else None


def suggest_sites(context: Context) -> list[ev.AnyEvent]:
    """Look: another site for every aircraft whose own will not do; withdrawn when it is down, or will do."""
    found: list[ev.AnyEvent] = []
    wanted: set[str] = set()
    for flight in context.state.flights.values():
        drone, seen = context.state.drones.get(flight.drone), context.sky.get(flight.drone)
        if drone is None or seen is None or seen.position is None or not _is_concerned(flight):
            continue
        why = _home_trouble(context, flight, drone, seen)
        if not why:
            continue
        site = _other_site(context, flight, drone, seen, seen.position)
        if site is None:
            continue
        wanted.add(_suggestion_id(flight))
        found += _made(context, flight, site, why)
    gone = [key for key in context.state.suggestions if key.startswith("site:") and key not in wanted]
    return found + [
        ev.SuggestionEnded(suggestion_id=key, how="withdrawn", reason="no longer needed") for key in gone
    ]


def _is_concerned(flight: Flight) -> bool:
    """In the air, not coming down yet, and not on the way to another site already."""
    way = flight.way_of(Leg.HOME)
    is_going_elsewhere = way is not None and way.site is not None
    return flight.phase in AIRBORNE and flight.phase is not Phase.LANDING and not is_going_elsewhere


def _home_trouble(context: Context, flight: Flight, drone: Drone, seen: Telemetry) -> str:
    """Why its own site will not do, in words; empty where it will, or where there is time to wait and see."""
    way = flight.way_of(Leg.HOME)
    if way is not None and way.note:
        return way.note
    told = forecast(context.state, flight, seen, context.at)
    if told is None:
        return ""
    if told.land_with_fraction is not None and told.land_with_fraction < _reserve(context):
        return f"at home it would land with {max(0.0, told.land_with_fraction):.0%}"
    is_near = flight.phase is Phase.RETURNING or (told.bingo_in_s or LOOKED_AT_S) < LOOKED_AT_S
    return site_trouble(context, drone, drone.site) if is_near else ""


def _other_site(
    context: Context, flight: Flight, drone: Drone, seen: Telemetry, position: LatLon
) -> Site | None:
    """One that it reaches with more left than at home."""
    height_m = max(0.0, seen.height_m or 0.0)
    site = best_site(context, drone, position, height_m=height_m, but=frozenset({drone.site}))
    told = forecast(context.state, flight, seen, context.at)
    if site is None or told is None or told.home_s is None or seen.battery_fraction is None:
        return site
    wind = _wind(context, drone)
    way = (position, site.position)
    there_s = home_s(drone, way, height_m=height_m, way_height_m=height_m, wind=wind)
    if there_s is None:
        return None
    left = (
        seen.battery_fraction
        - there_s * flight_drain(context.state, drone, flight, seen, context.at).home_per_s
    )
    return site if there_s < told.home_s or left >= _reserve(context) else None


def _wind(context: Context, drone: Drone) -> Wind:
    programme = context.state.programme or Programme(agency="")
    return today_wind(context.state, programme, context.at, context.sky.get(drone.callsign))


def _reserve(context: Context) -> float:
    programme = context.state.programme or Programme(agency="")
    return programme.battery_reserve - TOLD_TO


def _made(context: Context, flight: Flight, site: Site, why: str) -> list[ev.AnyEvent]:
    suggestion_id = _suggestion_id(flight)
    head = f"send {flight.drone} to {site.name}"
    standing = context.state.suggestions.get(suggestion_id)
    declined = context.state.declined.get(suggestion_id, "")
    if (standing is not None and standing.text.startswith(head)) or declined.startswith(head):
        return []
    made = Suggestion(
        suggestion_id=suggestion_id,
        kind=SuggestionKind.ENERGY,
        text=f"{head}: {why}",
        command=cmd.ReturnDrone(command_id="", drone=flight.drone, site=site.name),
        raised_at=context.at,
        drone=flight.drone,
        call_id=flight.call_id,
    )
    return [ev.SuggestionMade(suggestion=made)]


def _suggestion_id(flight: Flight) -> str:
    return f"site:{flight.flight_id}"
