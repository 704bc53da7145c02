"""An aircraft that is lost: what its failsafe should do, when it counts as down, and where to look for it.

Search area. A multirotor that fails does not glide: it keeps its way over the ground while nobody hears it,
loses it in the fall, and drifts with the wind for as long as it falls. From the last position, height above
the launch point h (m), speed over the ground v (m/s) on its track, and wind w (m/s):

    fall t = h / FALL_M_S                (12 m/s: slower than an airframe falls, so the area is wide enough)
    on     = v * (SILENT_S + t / 2)      on its track: full speed unheard, then less and less
    drift  = w * t                       downwind
    centre = last position + on / 2 on the track + drift downwind
    radius = POSITION_M + on / 2 + drift / 2       (a variable wind: no drift of the centre, all of it here)

The wind is the aircraft's own estimate where it told one, else the newest observation. An aircraft that went
silent without falling may lie anywhere between there and its home: the call's notes name that line.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import msgspec

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.advice import unheard
from rtcc_core.domain.call import Call, CallReport, CallStatus, Note, Place, PlaceKind
from rtcc_core.domain.call_reports import call_reported
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.drone import Drone, Telemetry
from rtcc_core.domain.energy import Wind, home_s
from rtcc_core.domain.fall import how_it_fell
from rtcc_core.domain.flight import AIRBORNE, Flight, Phase
from rtcc_core.domain.forecast import today_wind
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_core.domain.health import motors_are_off
from rtcc_core.domain.phases import is_up
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State
from rtcc_core.domain.text import NOTE_MAX, clean

FALL_M_S = 12.0
SILENT_S = 5.0
POSITION_M = 30.0
"""Figures of the formula above; the last is what a position is good to, and room for a search line."""

SPEED_MAX_M_S = 60.0
HEIGHT_MAX_M = 3_000.0
WIND_MAX_M_S = 60.0
"""No aircraft of ours does more; what is told beyond is noise, and must not throw the circle off the map."""

UNHEARD_TIMES = 3.0
"""An aircraft in flight that a new core has not heard for so many times `lost_after_s` is lost."""

WAY_UNKNOWN_S = 600.0
"""Given for the way home where nothing tells how long it is."""

FAILSAFE_AFTER_S = 10.0
"""Wall seconds of silence until autopilots as they come act: PX4 COM_DL_LOSS_T 10, ArduPilot 5."""

FELL_M_S = 5.0
FELL_BELOW_M = 60.0
"""Sinking faster than this below that height when it was last heard: no failsafe comes down so."""

FEED = "house"
"""Calls that we open ourselves."""

AGAIN = "HEARD AGAIN since"

TEN_DAYS = (
    "14 CFR 107.9: report to the FAA within 10 days if anybody was seriously hurt or lost consciousness, "
    "or if damage to other property exceeds $500"
)


class SearchArea(msgspec.Struct, frozen=True):
    """Where to look: a circle on the ground."""

    centre: LatLon
    radius_m: float


def search_area(last: Telemetry, wind: Wind) -> SearchArea | None:
    """The circle of the formula above; None where no position was ever told."""
    if last.position is None:
        return None
    own_m_s, own_from_deg = _number(last.wind_speed_m_s), _number(last.wind_from_deg)
    if own_m_s is not None and own_from_deg is not None:
        wind = Wind(own_m_s, own_from_deg)
    speed = _within(last.ground_speed_m_s, SPEED_MAX_M_S)
    track = _track_deg(last)
    fall_s = _within(last.height_m, HEIGHT_MAX_M) / FALL_M_S
    on_m = speed * (SILENT_S + fall_s / 2.0)
    drift_m = _within(wind.speed_m_s, WIND_MAX_M_S) * fall_s
    centre = last.position if track is None else offset(last.position, track, on_m / 2.0)
    if not wind.is_variable:
        centre = offset(centre, (wind.from_deg + 180.0) % 360.0, drift_m)
    # Without a direction it may have gone the whole way to any side, and so may the wind have taken it.
    spread_m = on_m / 2.0 if track is not None else on_m
    blown_m = drift_m if wind.is_variable else drift_m / 2.0
    return SearchArea(centre, POSITION_M + spread_m + blown_m)


def _number(value: float | None) -> float | None:
    """What an aircraft told, where it is a number."""
    return value if value is not None and math.isfinite(value) else None


def _within(value: float | None, most: float) -> float:
    """A quantity from 0 to `most`; 0 where it was not told."""
    return min(max(0.0, _number(value) or 0.0), most)


def _track_deg(seen: Telemetry) -> float | None:
    """Where it went; else where its nose pointed."""
    track = _number(seen.track_deg)
    return track if track is not None else _number(seen.heading_deg)


# --- a link is lost ---------------------------------------------------------------------------


def link_lost(state: State, drone: Drone, seen: Telemetry, at: datetime) -> ev.LinkLost:
    """What was last heard, what the aircraft does by itself now, and when it should be home."""
    programme = state.programme or Programme(agency="")
    if is_up(seen):
        words = f"{facts_in_words(seen)}; its own failsafe: {programme.link_loss_failsafe}"
        home_at = at + timedelta(seconds=way_home_s(state, drone, seen, at) or 0.0)
        if home_at > at:
            words += f"; that way it should be home at {home_at:%H:%M:%S}Z"
    else:
        words = "it stood on the ground"
    return ev.LinkLost(
        drone=drone.callsign,
        last_position=seen.position,
        last_height_m=seen.height_m,
        failsafe=words,
        last=seen,
    )


def facts_in_words(seen: Telemetry) -> str:
    """Where it was, how high, where to and how fast, as far as it told."""
    parts = ["last at " + (str(seen.position) if seen.position else "an unknown place")]
    if _number(seen.height_m) is not None:
        parts.append(f"{seen.height_m:.0f} m up")
    heading = _track_deg(seen)
    if heading is not None:
        parts.append(f"heading {heading % 360.0:03.0f}")
    if _number(seen.ground_speed_m_s) is not None:
        parts.append(f"{seen.ground_speed_m_s:.0f} m/s")
    return ", ".join(parts)


def way_home_s(state: State, drone: Drone, seen: Telemetry, at: datetime) -> float | None:
    """Seconds from its last position to the ground at home, by its failsafe; None where it cannot be told."""
    site = state.sites.get(drone.site)
    home = seen.home or (site.position if site else None)
    if home is None or seen.position is None:
        return None
    programme = state.programme or Programme(agency="")
    return home_s(
        drone,
        (seen.position, home),
        height_m=_within(seen.height_m, HEIGHT_MAX_M),
        way_height_m=programme.transit_height_m,
        wind=today_wind(state, programme, at, seen),
    )


# --- it counts as down ------------------------------------------------------------------------


def watch_lost(context: Context) -> list[ev.AnyEvent]:
    """A look: aircraft that count as down now, and those given up as down that are heard again."""
    found: list[ev.AnyEvent] = []
    for flight in context.state.flights.values():
        if not flight.is_open:
            continue
        if flight.downed_at is not None:
            found += _heard_again(context, flight)
            continue
        if _was_never_heard(context, flight):
            found += _not_heard_since_start(flight)
            continue
        reason = _why_down(context, flight)
        if reason:
            # One at a time: a call is numbered from the state that the one before it led to.
            return [*found, *downed(context, flight, reason), *_lies(context, flight, reason)]
    return found


def _was_never_heard(context: Context, flight: Flight) -> bool:
    """In flight when the last core went away, and silent since this one came up."""
    state = context.state
    if flight.phase not in AIRBORNE or flight.drone in state.links or state.started_at is None:
        return False
    programme = state.programme or Programme(agency="")
    wait_s = UNHEARD_TIMES * programme.lost_after_s * max(1.0, programme.drill_speed)
    return context.at - state.started_at > timedelta(seconds=wait_s)


def _not_heard_since_start(flight: Flight) -> list[ev.AnyEvent]:
    words = "not heard since the core came up; where it is, the journal does not say"
    return [
        ev.LinkLost(drone=flight.drone, last_position=None, last_height_m=None, failsafe=words),
        ev.PhaseObserved(flight_id=flight.flight_id, drone=flight.drone, phase=Phase.LOST, evidence=words),
    ]


def _lies(context: Context, flight: Flight, reason: str) -> list[ev.AnyEvent]:
    """What is seen on the ground has ended its flight, however it came down."""
    seen = context.sky.get(flight.drone, unheard(flight.drone))
    if not seen.is_connected or not how_it_fell(context.state, flight, seen):
        return []
    landed = ev.PhaseObserved(
        flight_id=flight.flight_id, drone=flight.drone, phase=Phase.LANDED, evidence=reason
    )
    return [landed]


def _why_down(context: Context, flight: Flight) -> str:
    state, drone = context.state, context.state.drones.get(flight.drone)
    seen = context.sky.get(flight.drone, unheard(flight.drone))
    programme = state.programme or Programme(agency="")
    if drone is None or (seen.is_connected and seen.trouble):
        return ""
    if seen.is_connected and seen.link_age_s is not None and seen.link_age_s <= programme.stale_after_s:
        if flight.phase in AIRBORNE and motors_are_off(seen):
            return f"its motors are off in the air at {seen.height_m:.0f} m"
        return how_it_fell(state, flight, seen)
    if seen.is_connected or flight.phase is not Phase.LOST or flight.phase_since is None:
        return ""
    last = state.last_heard.get(flight.drone, seen)
    fell = last.climb_m_s is not None and last.climb_m_s < -FELL_M_S
    if fell and last.climb_m_s is not None and (last.height_m or 0.0) < FELL_BELOW_M:
        return f"it fell at {-last.climb_m_s:.0f} m/s when it was last heard"
    failed = state.unwell.get(flight.drone, {}).get("motors")
    if failed:
        return f"silent after this: it {failed}"
    way_s = way_home_s(state, drone, last, flight.phase_since)
    due_s = (way_s if way_s is not None else WAY_UNKNOWN_S) + programme.downed_after_s
    # Radios count by the wall clock: in a fast drill the failsafe begins so much later by the core's.
    due_s += FAILSAFE_AFTER_S * (max(1.0, programme.drill_speed) - 1.0)
    silent_s = (context.at - flight.phase_since).total_seconds()
    return (
        f"silent for {silent_s:.0f} s; its failsafe should have brought it home" if silent_s > due_s else ""
    )


def downed(context: Context, flight: Flight, reason: str) -> list[ev.AnyEvent]:
    """Given up as flying: where to look, evidence kept, grounded, free for somebody else, a call opened."""
    state = context.state
    seen = context.sky.get(flight.drone, unheard(flight.drone))
    last = seen if seen.is_connected else state.last_heard.get(flight.drone, seen)
    programme = state.programme or Programme(agency="")
    area = search_area(last, today_wind(state, programme, context.at))
    is_lost = flight.phase is Phase.LOST and flight.phase_since is not None
    heard_at = flight.phase_since if is_lost and flight.phase_since else context.at
    found: list[ev.AnyEvent] = [
        ev.AircraftDowned(
            flight_id=flight.flight_id,
            drone=flight.drone,
            reason=reason,
            last_position=last.position,
            last_height_m=last.height_m,
            heading_deg=_track_deg(last),
            ground_speed_m_s=last.ground_speed_m_s,
            last_heard_at=heard_at,
            search_centre=area.centre if area else None,
            search_radius_m=area.radius_m if area else None,
        ),
        ev.EvidenceHeld(drone=flight.drone, flight_id=flight.flight_id, telemetry=last, reason=reason),
    ]
    if flight.drone not in state.grounded:
        why = f"down in flight {flight.flight_id}: to be inspected"
        found.append(ev.AircraftGrounded(drone=flight.drone, account=context.by, reason=why))
    holder = state.controller(flight.drone)
    if holder is not None:
        found.append(ev.ControlReleased(drone=flight.drone, account=holder, reason="the aircraft is down"))
    report = _call(context, flight, last, area, reason, heard_at)
    return [*found, *call_reported(context, facts.CallReported(report=report))]


def _call(
    context: Context,
    flight: Flight,
    last: Telemetry,
    area: SearchArea | None,
    reason: str,
    heard_at: datetime,
) -> CallReport:
    site = context.state.sites.get(context.state.drones[flight.drone].site)
    home = last.home or (site.position if site else None)
    notes = [
        f"{flight.drone}, flight {flight.flight_id} for call {flight.call_id}: {reason}",
        f"{facts_in_words(last)}; last heard {heard_at:%H:%M:%S}Z",
    ]
    if home is not None and last.position is not None and flight.phase is Phase.LOST:
        way = f"{distance_m(last.position, home):.0f} m on {bearing_deg(last.position, home):03.0f}"
        notes.append(f"then look along its way home from there: {way}")
    notes.append(TEN_DAYS)
    return CallReport(
        feed=FEED,
        incident_uid=house_uid(flight),
        number=f"DOWN-{flight.drone}",
        type_code="DOWNUAS",
        type_text="DOWNED AIRCRAFT",
        priority=1,
        place=Place(
            position=area.centre if area else None,
            uncertainty_m=round(area.radius_m) if area else None,
            address=f"where {flight.drone} is thought to be" if area else "not known",
            kind=PlaceKind.CURRENT_INCIDENT,
        ),
        notes=tuple(Note(text=clean(text, limit=NOTE_MAX), at=context.at, author="CORE") for text in notes),
        updated_at=context.at,
    )


def house_uid(flight: Flight) -> str:
    """How the call of a downed aircraft is found again."""
    return f"downed:{flight.drone}:{flight.flight_id}"


def call_of(state: State, flight: Flight) -> Call | None:
    """The open call of a downed aircraft."""
    uid = house_uid(flight)
    ours = (call for call in state.calls.values() if call.report.feed == FEED and call.is_open)
    return next((call for call in ours if call.report.incident_uid == uid), None)


def _heard_again(context: Context, flight: Flight) -> list[ev.AnyEvent]:
    link, call = context.state.links.get(flight.drone), call_of(context.state, flight)
    seen = context.sky.get(flight.drone, unheard(flight.drone))
    if call is None or link is None or not link.is_up or flight.downed_at is None or not seen.is_connected:
        return []
    if link.since <= flight.downed_at or any(note.text.startswith(AGAIN) for note in call.house_notes):
        return []
    text = f"{AGAIN} {link.since:%H:%M:%S}Z: {facts_in_words(seen)}"
    return [ev.NoteAdded(call_id=call.call_id, note=Note(text=text, at=context.at, author="CORE"))]


def declare_down(context: Context, asked: cmd.DeclareDown) -> Events | Refused:
    """By a person, of an aircraft that does not show itself flying."""
    state = context.state
    reason = clean(asked.reason, limit=NOTE_MAX)
    flight = state.flight_of(asked.drone)
    if flight is None:
        return Refused((f"{asked.drone} is on no flight; keep it on the ground with: ground {asked.drone}",))
    if flight.downed_at is not None:
        return Refused((f"{asked.drone} was given up as down at {flight.downed_at:%H:%M:%S}Z",))
    if not reason:
        return Refused((f"say why: lost {asked.drone} REASON",))
    seen = context.sky.get(asked.drone, unheard(asked.drone))
    programme = state.programme or Programme(agency="")
    is_heard = seen.is_connected and (seen.link_age_s or 0.0) <= programme.stale_after_s
    if is_heard and seen.armed and is_up(seen) and "motors" not in state.unwell.get(asked.drone, {}):
        return Refused((f"{asked.drone} is heard and flies ({facts_in_words(seen)}); hold it, or land it",))
    return tuple(downed(context, flight, reason))


def found_again(context: Context, drone: str, reason: str) -> list[ev.AnyEvent]:
    """What putting a downed aircraft back in service ends: its flight, and its call."""
    ended: list[ev.AnyEvent] = []
    for flight in context.state.flights.values():
        if flight.drone != drone or flight.downed_at is None:
            continue
        call = call_of(context.state, flight)
        if call is not None:
            report = msgspec.structs.replace(
                call.report, status=CallStatus.CLOSED, updated_at=max(context.at, call.report.updated_at)
            )
            changes = (f"{drone} is back in service",)
            ended.append(ev.CallUpdated(call_id=call.call_id, report=report, changes=changes))
        if flight.is_open and flight.phase is Phase.LOST:
            ended.append(
                ev.PhaseObserved(
                    flight_id=flight.flight_id,
                    drone=drone,
                    phase=Phase.LANDED,
                    evidence=f"found and put back in service: {reason}",
                )
            )
    return ended
