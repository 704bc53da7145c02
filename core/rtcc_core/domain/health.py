"""What flight rests on, watched in flight: position, motors, wind, fences, restarts.

Each failure is said once, with its words, and is over once: what came back counts as back only when it has
been said for a while and is clearly well, so that nothing flaps. The battery is watched by `forecast`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import unheard
from rtcc_core.domain.airspace import KEPT_OUT, Airspace, VolumeKind, volumes_at
from rtcc_core.domain.context import Context
from rtcc_core.domain.drone import Drone, Landed, Mode, Telemetry
from rtcc_core.domain.flight import AIRBORNE, Flight, Outcome, Phase, Verb
from rtcc_core.domain.forecast import is_fresh
from rtcc_core.domain.heights import Amsl
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State

HELD_S = 10.0
"""A failure stands at least so long, seconds of the core's clock, before it is over."""

POSITION_OLD_S = 5.0
POSITION_NEW_S = 2.0
"""In flight, a position older than the first is lost; it is back when it is younger than the second."""

CALMED = 0.85
"""The aircraft's own estimate must fall below this much of its limit before the wind is over."""

HEARD_OUT_S = 5.0
"""So long after a link is found, real seconds, everything that is sent has been heard once."""

DRIFT_M_S = 3.0
DRIFT_AFTER_S = 10.0
"""An aircraft that was seen to hold, and moves faster than this so long afterwards, is blown away."""

FALLING_M_S = 2.5
"""Without its motors an aircraft sinks faster than this within half a second."""

OFF_GROUND_M = 5.0

RESTART_S = 2.0
"""How far an aircraft's own clock must jump back to be a restart, not a rounding."""


PACK_WORDS = frozenset(
    {"cell", "critical", "dangerously", "emergency", "failing", "failsafe", "failure", "fault", "low"}
)
"""Words of PX4 and ArduPilot about a battery that is not well."""


BOOT_NOTED_S = 30.0
"""In flight the aircraft's own clock is noted this often: a restart is then told however long it takes."""


BROKEN = frozenset({"cell", "failing", "failure", "fault"})
"""Those of them that no charging mends."""

MOTOR_WORDS = frozenset({"failure", "fault", "failed", "stopped"})
"""And about a motor; of a crash both say "Crash"."""

OF_ITSELF = "says of itself"
"""How the words of an autopilot begin where they are kept as a failure."""


class Finding(msgspec.Struct, frozen=True):
    """What one check says now; `is_bad` None: it cannot tell, or neither clearly bad nor clearly well."""

    what: str
    is_bad: bool | None
    words: str = ""


def watch_health(context: Context) -> list[ev.AnyEvent]:
    """A look: what failed, or came back, on every aircraft that is heard."""
    found: list[ev.AnyEvent] = []
    programme = context.state.programme or Programme(agency="")
    for drone in context.state.drones.values():
        seen = context.sky.get(drone.callsign, unheard(drone.callsign))
        if not seen.is_connected or seen.link_age_s is None or seen.link_age_s > programme.stale_after_s:
            continue
        if seen.trouble:  # what two aircraft say under one number is true of neither
            continue
        found += _restart(context, drone, seen)
        for finding in _findings(context, drone, seen):
            found += _changed(context, drone.callsign, finding)
    return found


def _findings(context: Context, drone: Drone, seen: Telemetry) -> Iterator[Finding]:
    state = context.state
    flight = state.flight_of(drone.callsign)
    if flight is None or flight.phase not in AIRBORNE:
        yield from (Finding(what, False) for what in ("position", "wind", "fence"))
        # Motors and cells that failed in flight wait for a person who looks at them: standing mends nothing.
        is_broken = not BROKEN.isdisjoint(_words(state.unwell.get(drone.callsign, {}).get("cells", "")))
        yield Finding("cells", None if is_broken else False)
        has_failed = True if seen.is_motor_well is False else None
        yield Finding("motors", has_failed, "says that its propulsion failed")
        return
    if seen.position is not None or _was_heard_out(state, drone, context.at):
        yield _position(seen)
    yield _motors(state, seen)
    yield _wind(state, drone, flight, seen, context.at)
    yield _fence(state.airspace, seen, context.at)


def _changed(context: Context, drone: str, finding: Finding) -> list[ev.AnyEvent]:
    known = finding.what in context.state.unwell.get(drone, {})
    if finding.is_bad is None or finding.is_bad is known:
        return []
    if not finding.is_bad:
        since = context.state.unwell_since.get(drone, {}).get(finding.what)
        if since is not None and timedelta() <= context.at - since < timedelta(seconds=HELD_S):
            return []
    if finding.what == "fence":
        words = finding.words or "is inside again"
        return [ev.FenceBreached(drone=drone, is_over=not finding.is_bad, detail=words)]
    words = finding.words if finding.is_bad else "well again"
    return [ev.HealthChanged(drone=drone, what=finding.what, is_well=not finding.is_bad, detail=words)]


# --- the checks -------------------------------------------------------------------------------


def _was_heard_out(state: State, drone: Drone, at: datetime) -> bool:
    """False in the first moments of a link: what an aircraft has not told yet is not lost."""
    link = state.links.get(drone.callsign)
    pace = state.programme.drill_speed if state.programme else 1.0
    return link is None or at - link.since >= timedelta(seconds=HEARD_OUT_S * pace)


def _position(seen: Telemetry) -> Finding:
    age_s = seen.position_age_s
    if seen.has_fix is False:
        return Finding("position", True, "has LOST ITS POSITION: no fix good enough to fly on")
    if seen.position is None or age_s is None:
        return Finding("position", True, "tells no position in flight")
    if age_s > POSITION_OLD_S:
        return Finding("position", True, f"has told no position for {age_s:.0f} s")
    return Finding("position", False if age_s <= POSITION_NEW_S else None)


def _motors(state: State, seen: Telemetry) -> Finding:
    if seen.is_motor_well is False:
        return Finding("motors", True, "MOTOR FAILURE: it says that its propulsion failed")
    if motors_are_off(seen):
        return Finding("motors", True, f"MOTORS OFF IN THE AIR at {seen.height_m:.0f} m")
    has_said_so = state.unwell.get(seen.drone, {}).get("motors", "").startswith(OF_ITSELF)
    return Finding("motors", None if has_said_so else False)


def motors_are_off(seen: Telemetry) -> bool:
    """True where it says at once that it is in the air and disarmed, and it falls."""
    is_high = seen.height_m is not None and seen.height_m > OFF_GROUND_M
    falls = seen.climb_m_s is None or seen.climb_m_s < -FALLING_M_S
    return seen.armed is False and seen.landed is Landed.IN_AIR and is_high and falls


def _wind(state: State, drone: Drone, flight: Flight, seen: Telemetry, at: datetime) -> Finding:
    limit = drone.max_wind_m_s
    own = seen.wind_speed_m_s
    if own is not None and own > limit:
        return Finding("wind", True, f"is in {own:.0f} m/s of wind by its own estimate, limit {limit:.0f}")
    weather = state.weather
    programme = state.programme or Programme(agency="")
    if weather is not None and weather.has_wind and is_fresh(weather, programme, at):
        strongest = max(weather.wind_speed_m_s, weather.gust_m_s or 0.0)
        if strongest > limit:
            words = f"is in wind of {strongest:.0f} m/s ({weather.source}), limit {limit:.0f}"
            return Finding("wind", True, words)
    if _is_blown(state, flight, seen, programme, at):
        return Finding("wind", True, f"is ordered to hold and drifts at {seen.ground_speed_m_s:.0f} m/s")
    return Finding("wind", None if own is not None and own > CALMED * limit else False)


def _is_blown(state: State, flight: Flight, seen: Telemetry, programme: Programme, at: datetime) -> bool:
    order = state.newest_order(flight.drone)
    if order is None or order.verb is not Verb.HOLD or order.outcome is not Outcome.ACCEPTED:
        return False
    if order.observed_at is None or seen.mode is not Mode.HOLD or seen.ground_speed_m_s is None:
        return False
    held_s = (at - order.observed_at).total_seconds()
    return held_s > DRIFT_AFTER_S * max(1.0, programme.drill_speed) and seen.ground_speed_m_s > DRIFT_M_S


def _fence(airspace: Airspace | None, seen: Telemetry, at: datetime) -> Finding:
    """The aircraft's own word first; then where it is seen against the agency's fences and keep-outs."""
    if seen.has_breached_fence:
        return Finding("fence", True, "FENCE BREACH by its own geofence")
    if airspace is None or seen.position is None:
        return Finding("fence", False)
    fences = [v for v in airspace.volumes if v.kind is VolumeKind.FENCE and v.holds_at(at)]
    if fences and not any(fence.covers(seen.position) for fence in fences):
        names = ", ".join(fence.name for fence in fences[:3])
        return Finding("fence", True, f"FENCE BREACH: it is outside {names}")
    if seen.altitude_amsl_m is None:
        return Finding("fence", False)
    height = Amsl(seen.altitude_amsl_m)
    reached = volumes_at(airspace, seen.position, at, height, seen.home_amsl_m)
    inside = [volume.name for volume in reached if volume.kind in KEPT_OUT]
    if inside:
        return Finding("fence", True, f"FENCE BREACH: it is inside {', '.join(inside[:3])}")
    return Finding("fence", False)


def failure_told(state: State, drone: str, text: str) -> list[ev.AnyEvent]:
    """What the autopilot itself says of its battery or motors in flight, once."""
    flight = state.flight_of(drone)
    words = _words(text)
    what = ""
    if "battery" in words and not words.isdisjoint(PACK_WORDS):
        what = "cells"
    elif "crash" in words or ("motor" in words and not words.isdisjoint(MOTOR_WORDS)):
        what = "motors"
    if flight is None or flight.phase not in AIRBORNE or not what or what in state.unwell.get(drone, {}):
        return []
    return [ev.HealthChanged(drone=drone, what=what, is_well=False, detail=f"{OF_ITSELF}: {text}")]


def _words(text: str) -> set[str]:
    return {word.strip(".,:!") for word in text.casefold().split()}


def _restart(context: Context, drone: Drone, seen: Telemetry) -> list[ev.AnyEvent]:
    """Its own clock jumped back. Two aircraft with one number look the same, and are said as that."""
    state = context.state
    link = state.links.get(drone.callsign)
    if seen.booted_at_s is None or link is None or not link.is_up or seen.trouble or link.trouble:
        return []
    known = state.boot_clocks.get(drone.callsign)
    flight = state.flight_of(drone.callsign)
    in_flight = flight is not None and flight.phase in AIRBORNE
    if known is None or (in_flight and seen.booted_at_s > known + BOOT_NOTED_S):
        return [ev.BootClockNoted(drone=drone.callsign, booted_at_s=seen.booted_at_s)]
    if not seen.booted_at_s < known - RESTART_S:
        return []
    was_in_flight = in_flight or _was_flying(state, drone.callsign, context.at, seen.booted_at_s)
    return [ev.AircraftRestarted(drone=drone.callsign, in_flight=was_in_flight, booted_at_s=seen.booted_at_s)]


def _was_flying(state: State, drone: str, at: datetime, ago_s: float) -> bool:
    """True where it was seen in the air so long ago. An autopilot that restarted may tell its clock only
    when it is asked for its messages again, and may be on the ground by then."""
    flight = next((f for f in reversed(state.flights.values()) if f.drone == drone), None)
    if flight is None:
        return False
    took_off_at = min((when for phase, when in flight.times.items() if phase in AIRBORNE), default=None)
    landed_at = flight.times.get(Phase.LANDED)
    if took_off_at is None or (at - took_off_at).total_seconds() < ago_s:
        return False
    return landed_at is None or (at - landed_at).total_seconds() < ago_s
