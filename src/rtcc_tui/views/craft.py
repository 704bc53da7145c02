"""What is known of one aircraft besides its place: who has it, how long it can stay, relief, camera."""

from __future__ import annotations

from rtcc_core.domain.assignment import is_leaving
from rtcc_core.domain.drone import Drone, Telemetry
from rtcc_core.domain.flight import GOING_HOME, Flight, Phase
from rtcc_core.domain.relief_alarm import NOTICE_S
from rtcc_tui.model import flying_s
from rtcc_tui.session import Session
from rtcc_tui.spans import Tone
from rtcc_tui.words import MINUTES_FROM_S, height_words, minutes, minutes_seconds, percent

COARSE_FROM_S = 120.0
"""From here on the minutes to bingo are told in steps of ten seconds: nothing flickers, nothing is gained."""

SOON_S = 120.0
"""Bingo this near stands out."""

CALM = "calm assumed"
"""Said wherever times and battery are told from no wind at all: it may come home later."""

OWN_HEIGHT_M = 1.0
"""A height of its own differs from the usual one by at least this."""


# --- who has it ------------------------------------------------------------------------------------


def control_words(session: Session, callsign: str, now: float) -> tuple[str, Tone]:
    """`you`, a name, `lease 0:12` while it runs, `NOBODY` for a flight without anybody."""
    state, you = session.model.state, session.model.you
    control = state.control.get(callsign)
    if control is None:
        is_out = state.flight_of(callsign) is not None
        return ("NOBODY", Tone.WARN) if is_out else (session.glyphs.none, Tone.QUIET)
    if control.lapsed_at is not None:
        return "NO PILOT", Tone.ALARM
    at = session.model.core_now(now)
    if control.lease_until is not None and at is not None:
        # A lease is told in the time of people and consoles, which does not run faster in a fast drill.
        left_s = (control.lease_until - at).total_seconds() / max(1.0, session.model.programme.drill_speed)
        return f"lease {minutes_seconds(left_s)}", Tone.WARN
    if you is not None and control.account == you.account:
        return ("you asked!", Tone.WARN) if control.requested_by else ("you", Tone.STRONG)
    return session.person(control.account), Tone.NORMAL


# --- how long it can stay --------------------------------------------------------------------------


def left_words(session: Session, drone: Drone, seen: Telemetry, now: float) -> tuple[str, Tone]:
    """In flight the time to bingo, going home the time to the ground; on the ground the minutes it has."""
    flight = session.model.state.flight_of(drone.callsign)
    if flight is None:
        left_s = flying_s(drone, seen, session.model.programme.battery_reserve)
        return (minutes(left_s), Tone.NORMAL) if left_s is not None else (session.glyphs.none, Tone.QUIET)
    told = session.forecast(drone.callsign, now)
    if told is None or (told.bingo_in_s is None and told.home_s is None):
        return "?", Tone.WARN
    if flight.phase in GOING_HOME or told.bingo_in_s is None:
        home_s = told.home_s
        return ("?", Tone.WARN) if home_s is None else (f"home {minutes_seconds(home_s)}", Tone.NORMAL)
    if told.bingo_in_s <= 0.0:
        return "LEAVE", Tone.ALARM
    return bingo_words(told.bingo_in_s), Tone.WARN if told.bingo_in_s < SOON_S else Tone.NORMAL


def bingo_words(seconds: float) -> str:
    """`in 6:10`, in steps of ten seconds while it is long, `17 min`; never rounded up."""
    told = minutes_seconds(seconds if seconds < COARSE_FROM_S else seconds // 10.0 * 10.0)
    return told if seconds >= MINUTES_FROM_S else f"in {told}"


def is_bingo(told: str) -> bool:
    """True where `left_words` count the time to bingo."""
    return told[:1].isdigit() or told.startswith("in ")


def in_words(seconds: float) -> str:
    """`in 6:10`, `in 17 min`: the same where it is not known what is counted."""
    told = bingo_words(seconds)
    return told if told.startswith("in ") else f"in {told}"


# --- everything else -------------------------------------------------------------------------------


def notes(session: Session, drone: Drone, now: float) -> list[tuple[str, Tone]]:
    """What a pilot wants to know beside the figures, the worst first; each is a few words."""
    state, callsign = session.model.state, drone.callsign
    found = [(text, Tone.WARN) for text in state.unwell.get(callsign, {}).values()]
    if (grounding := state.grounded.get(callsign)) is not None:
        found.append((f"grounded by {session.person(grounding.account)}: {grounding.reason}", Tone.WARN))
    if (acting := state.acting.get(callsign)) is not None:
        found.append((f"acts by itself: {acting.value}", Tone.WARN))
    control = state.control.get(callsign)
    if control is not None and control.requested_by is not None:
        found.append((f"{session.person(control.requested_by)} asks for it", Tone.WARN))
    flight = state.flight_of(callsign)
    if flight is not None:
        found += _of_the_flight(session, flight, now)
    return found


def _of_the_flight(session: Session, flight: Flight, now: float) -> list[tuple[str, Tone]]:
    found: list[tuple[str, Tone]] = []
    if back := back_words(session, flight):
        found.append((back, Tone.STRONG))
    if relief := relief_words(session, flight, now):
        found.append(relief)
    told = session.forecast(flight.drone, now)
    if told is not None and told.is_calm_assumed:
        found.append((CALM, Tone.WARN))
    if told is not None and told.arrival_in_s is not None:
        soon = f"overhead in {minutes_seconds(told.arrival_in_s)}"
        if told.arrival_fraction is not None and told.on_scene_s is not None:
            soon += f" with {percent(max(0.0, told.arrival_fraction))}, {minutes(told.on_scene_s)} on scene"
        found.append((soon, Tone.QUIET))
    elif told is not None and told.bingo_in_s is None and told.home_s is None:
        found.append((f"bingo UNKNOWN: {told.why}", Tone.WARN))
    if camera := camera_words(session, flight):
        found.append(camera)
    if height := own_height_words(session, flight):
        found.append((height, Tone.QUIET))
    return found


def back_words(session: Session, flight: Flight) -> str:
    """How one that was stopped goes back to its call: `:orbit D3 goes back`; else empty."""
    if flight.phase is not Phase.HOLDING or flight.cleared_at is not None:
        return ""
    return f":{session.registry.named('orbit').verb} {flight.drone} goes back"


def relief_words(session: Session, flight: Flight, now: float) -> tuple[str, Tone] | None:
    """`D3 to launch in 4:10`, `relief D3: transit`, `NO RELIEF, leaves 18:05Z`."""
    state, at = session.model.state, session.model.core_now(now)
    plan = state.reliefs.get(flight.flight_id)
    if plan is None or at is None:
        first = state.flights.get(flight.relieves) if flight.relieves else None
        is_there = first is not None and first.is_open and not is_leaving(first)
        return (f"relieves {first.drone}", Tone.QUIET) if first is not None and is_there else None
    second = state.flight_of(plan.by) if plan.by else None
    if second is not None and second.relieves == flight.flight_id:
        return f"relief {plan.by}: {session.shown(second.phase)}", Tone.NORMAL
    if plan.by is None:
        is_soon = (plan.must_leave_at - at).total_seconds() <= NOTICE_S
        leaves = f", leaves {plan.must_leave_at:%H:%M}Z"
        return ("NO RELIEF" if is_soon else "no relief yet") + leaves, Tone.WARN if is_soon else Tone.QUIET
    if plan.launch_at is None:
        return f"relief {plan.by} comes late", Tone.WARN
    left_s = (plan.launch_at - at).total_seconds()
    if left_s <= 0.0:
        return f"relief {plan.by} should have left {minutes_seconds(-left_s)} ago", Tone.WARN
    return f"{plan.by} to launch {in_words(left_s)}", Tone.NORMAL


def camera_words(session: Session, flight: Flight) -> tuple[str, Tone] | None:
    """`camera down, REC`: by their own word; None where nothing was heard of either."""
    parts: list[str] = []
    is_wrong = flight.camera is not None and not flight.camera.is_allowed
    if flight.camera is not None:
        looks = "down" if flight.camera.looks_down else "level"
        parts.append(f"camera {looks}" + (" where it must be level" if is_wrong else ""))
    if flight.is_recording:
        parts.append("REC")
    return (", ".join(parts), Tone.WARN if is_wrong else Tone.QUIET) if parts else None


def own_height_words(session: Session, flight: Flight) -> str:
    """`own height 246 ft` where it keeps apart from the others; else empty."""
    own_m, usual_m = flight.transit_height_m, session.model.programme.transit_height_m
    if own_m is None or abs(own_m - usual_m) < OWN_HEIGHT_M:
        return ""
    return f"own height {height_words(own_m)}"
