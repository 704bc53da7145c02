"""The map for an ear: what lies around a place, by distance and direction, the nearest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rtcc_core.domain.drone import Telemetry
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m
from rtcc_core.domain.traffic import wind_of
from rtcc_tui.grammar_values import place
from rtcc_tui.map.fitting import middle
from rtcc_tui.words import far_words, height_words, short_age, speed_words

if TYPE_CHECKING:
    from rtcc_tui.session import Session

WITHIN_M = 10_000.0
MOST = 20
"""Things that are read out."""


def map_readings(session: Session, about: str | None, now: float) -> list[str]:
    """`Around 1041:`, then one line for each aircraft, site, call and other traffic near it."""
    name, origin = _origin(session, about, now)
    if origin is None:
        return [f"{name} has no position"]
    found = [
        (distance_m(origin, point), words, doing, point)
        for key, words, doing, point in _things(session, now)
        if key != name
    ]
    near = sorted((each for each in found if each[0] <= WITHIN_M), key=lambda each: each[:2])
    lines = [
        f"{words} {_way(origin, point, away_m, name)}{doing}" for away_m, words, doing, point in near[:MOST]
    ]
    more = [f"and {len(near) - MOST} more"] if len(near) > MOST else []
    return [f"around {name}, {origin}:", *(lines or [f"nothing within {far_words(WITHIN_M)}"]), *more]


def _way(origin: LatLon, point: LatLon, away_m: float, name: str) -> str:
    """`1.2 km NE of 1041`."""
    if away_m < 1.0:
        return f"at {name}"
    return f"{far_words(away_m)} {wind_of(bearing_deg(origin, point))} of {name}"


def _origin(session: Session, about: str | None, now: float) -> tuple[str, LatLon | None]:
    model = session.model
    if about in model.state.drones:
        return str(about), model.seen(str(about), now).position
    if about:
        return about, place(about, session.around(now))
    call = session.call()
    if call is not None:
        return call.call_id, call.place.position
    return "the middle of the city", middle(session)


def _things(session: Session, now: float) -> Iterator[tuple[str, str, str, LatLon]]:
    """Name, words, what it does (behind a comma) and position of everything that has one."""
    model = session.model
    for name, site in model.state.sites.items():
        yield name, f"site {name}", "", site.position
    for callsign in model.state.drones:
        seen = model.seen(callsign, now)
        if seen.position is not None:
            yield callsign, callsign, f"{_doing(session, seen)}{_age(session, seen)}", seen.position
    for call in model.queue(session.selected):
        if call.place.position is not None:
            words = f"call {call.call_id} P{call.report.priority or '?'} {call.title}"
            yield call.call_id, words, "", call.place.position
    for each in model.air_now(now).intruders:
        if not each.on_ground:
            yield each.id, each.name, _moves(None, each.ground_speed_m_s), each.position


def _doing(session: Session, seen: Telemetry) -> str:
    """`, transit for 1041, 60 m, 12 m/s`: its phase, its height above the launch point, its speed."""
    if seen.is_airborne is False:
        return ", on the ground"
    flight = session.model.state.flight_of(seen.drone)
    phase = f"{session.shown(flight.phase)} for {flight.call_id}" if flight is not None else "in the air"
    return f", {phase}{_moves(seen.height_m, seen.ground_speed_m_s)}"


def _moves(height_m: float | None, speed_m_s: float | None) -> str:
    height = f", {height_words(height_m)}" if height_m is not None else ""
    return height + (f", {speed_words(speed_m_s)}" if speed_m_s is not None else "")


def _age(session: Session, seen: Telemetry) -> str:
    age_s = seen.position_age_s
    if age_s is None:
        return ", position of unknown age"
    return "" if age_s <= session.model.programme.stale_after_s else f", position {short_age(age_s)} old"
