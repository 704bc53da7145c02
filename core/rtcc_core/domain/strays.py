"""An aircraft of ours that flies and belongs to no flight: nobody flies without a trace.

Another ground station or a hand controller took it up, or it lifted off for a launch that was given up. It is
said loudly and once, with where it is, and is over once it stands on the ground or has a flight.
"""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import unheard
from rtcc_core.domain.context import Context
from rtcc_core.domain.drone import Telemetry
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State

SETTLES_S = 5.0
"""Real seconds after a flight ended or a link was found: then all that it says is of one moment."""

OFF_GROUND_M = 5.0
"""Armed and higher above its launch point is in the air, where it does not say so itself."""


def watch_strays(context: Context) -> list[ev.AnyEvent]:
    """A look: aircraft of ours that fly without a flight, and those that do so no more."""
    state = context.state
    programme = state.programme or Programme(agency="")
    found: list[ev.AnyEvent] = [
        _over(callsign, "is not of this fleet any more")
        for callsign in state.strays
        if callsign not in state.drones
    ]
    for callsign in state.drones:
        seen = context.sky.get(callsign, unheard(callsign))
        is_known = callsign in state.strays
        if state.flight_of(callsign) is not None:
            found += [_over(callsign, "has a flight now")] if is_known else []
        elif not _is_fresh(seen, programme):
            continue
        elif is_known:
            found += [_over(callsign, "stands on the ground")] if seen.is_airborne is False else []
        elif _flies(seen) and _has_settled(state, callsign, programme, context.at):
            found.append(_stray(seen))
    return found


def _is_fresh(seen: Telemetry, programme: Programme) -> bool:
    if not seen.is_connected or seen.link_age_s is None or seen.trouble:
        return False
    return seen.link_age_s <= programme.stale_after_s


def _flies(seen: Telemetry) -> bool:
    """By its own word, else by its height; what is disarmed does not fly."""
    if seen.armed is False:
        return False
    if seen.is_airborne is not None:
        return seen.is_airborne
    return bool(seen.armed) and (seen.height_m or 0.0) > OFF_GROUND_M


def _has_settled(state: State, drone: str, programme: Programme, at: datetime) -> bool:
    moments = [flight.ended_at for flight in state.flights.values() if flight.drone == drone]
    link = state.links.get(drone)
    if link is None:
        return False
    wait_s = SETTLES_S * max(1.0, programme.drill_speed)
    # A clock that was set back must not hide an aircraft: what lies ahead counts as long past.
    ages_s = [(at - moment).total_seconds() for moment in (*moments, link.since) if moment is not None]
    return not any(0.0 <= age_s < wait_s for age_s in ages_s)


def _stray(seen: Telemetry) -> ev.StrayFlightSeen:
    height = "a height it does not tell" if seen.height_m is None else f"{seen.height_m:.0f} m"
    where = f" at {seen.position}" if seen.position is not None else ""
    detail = f"is in the air without a flight of ours: {height}{where}, mode {seen.mode.value}"
    return ev.StrayFlightSeen(
        drone=seen.drone, is_over=False, detail=detail, position=seen.position, height_m=seen.height_m
    )


def _over(drone: str, detail: str) -> ev.StrayFlightSeen:
    return ev.StrayFlightSeen(drone=drone, is_over=True, detail=detail)
