"""The confirmation line: what exactly a request does, with its aircraft, its call and its numbers."""

from __future__ import annotations

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.call import Call
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.domain.geo import distance_m
from rtcc_core.domain.state import State
from rtcc_tui import covering
from rtcc_tui.requests import circle_words, said, towards
from rtcc_tui.session import Session
from rtcc_tui.views.leaving import relief_cause, suggestion_words
from rtcc_tui.words import far_words, height_words, metres_and_feet, minutes, minutes_seconds


def proposed_words(session: Session, now: float) -> str:
    """What the open proposal would do."""
    command = session.proposal.command if session.proposal else None
    if command is None:
        out = ", ".join(session.model.out())
        return f"LEAVE this console? {f'{out} out' if out else 'nothing flies'}; {session.leaving_note}"
    # While the screens show the past nothing may look as if it were ordered there.
    live = "LIVE: " if session.replay.is_on else ""
    return f"{live}{command_words(session, command, now)}"


def command_words(session: Session, command: AnyCommand, now: float) -> str:
    """A request as the confirmation line says it; ends without a full stop."""
    if isinstance(command, cmd.AcceptSuggestion):
        return _accept_words(session, command, now)
    return (
        _sending_words(session, command, now)
        or _recall_words(session, command)
        or _scene_words(session, command, now)
        or _control_words(session, command)
        or session.said(command).upper()
    )


# --- sending ---------------------------------------------------------------------------------------


def _sending_words(session: Session, command: AnyCommand, now: float) -> str:
    found = session.candidate(command, now)
    match command:
        case cmd.LaunchDrone():
            words = launch_words(command, session.call(command.call_id), found, session.glyphs.arrow)
            return f"{_second(session, command.call_id)}{words}{_kept(session, command, found)}"
        case cmd.RelieveDrone():
            return _relieve_words(session, command, found)
        case cmd.DivertDrone():
            return _divert_words(session, command, found, session.advice(command.call_id, now))
        case _:
            return ""


def _second(session: Session, call_id: str) -> str:
    """`SECOND AIRCRAFT to 1041 (D2 is on its way): `; empty for the first one."""
    crew = covering.crew_words(session, call_id)
    return f"SECOND AIRCRAFT to {call_id} ({crew}): " if crew else ""


def _kept(session: Session, command: cmd.LaunchDrone, found: Candidate | None) -> str:
    """`; D3 is the only one left for 1043 P2`, of a second aircraft."""
    if found is None or found.kept_for is None or not covering.staying(session, command.call_id):
        return ""
    return f"; {found.drone} is {found.why}"


def launch_words(command: cmd.LaunchDrone, call: Call | None, found: Candidate | None, arrow: str) -> str:
    """`LAUNCH D2 → 1041 ROBBERY IN PROGRESS, overhead in 1:52, 14 min on scene`."""
    title = f" {call.title}" if call else ""
    stay = f", {minutes(found.on_scene_s)} on scene" if found and found.on_scene_s is not None else ""
    return (
        f"LAUNCH {command.drone} {arrow} {command.call_id}{title}, {_overhead(found)}{stay}"
        f"{_override(command.override_reason)}"
    )


def _relieve_words(session: Session, command: cmd.RelieveDrone, found: Candidate | None) -> str:
    """`RELIEVE D1 (on scene, call 1041) with D3: overhead in 2:10, D1 stays until then`."""
    where = _where(session, command.drone)
    by = command.by or "whoever the planner names"
    return (
        f"RELIEVE {command.drone}{where} with {by}: {_overhead(found)}, {command.drone} stays until then"
        f"{_override(command.override_reason)}"
    )


def _divert_words(
    session: Session, command: cmd.DivertDrone, found: Candidate | None, advice: Advice | None
) -> str:
    """`DIVERT D2 from 1037 (P4) to 1041 (P1): overhead in 0:40; a launch (D4) 2:35; 1037 uncovered`."""
    state, flight = session.model.state, session.model.state.flight_of(command.drone)
    held = found.takes_from if found else None
    left = f" from {_ranked(state, held or flight.call_id)}" if flight else ""
    best = advice.recommended if advice else None
    launch = "nobody else is free"
    if best is not None and best.overhead_s is not None:
        launch = f"a launch ({best.drone}) {minutes_seconds(best.overhead_s)}"
    loses = f"{held} uncovered" if held else "no call loses it"
    return (
        f"DIVERT {command.drone}{left} to {_ranked(state, command.call_id)}: {_overhead(found)}; {launch}; "
        f"{loses}{_override(command.override_reason)}"
    )


def _ranked(state: State, call_id: str) -> str:
    call = state.calls.get(call_id)
    rank = call.report.priority if call else None
    return f"{call_id} (P{rank if rank is not None else '?'})"


def _overhead(found: Candidate | None) -> str:
    if found is None or found.overhead_s is None:
        return "time overhead UNKNOWN"
    return f"overhead in {minutes_seconds(found.overhead_s)}"


def _override(reason: str | None) -> str:
    return f", OVERRIDE: {reason}" if reason else ""


# --- recalling, on scene ---------------------------------------------------------------------------


def _where(session: Session, drone: str) -> str:
    flight = session.model.state.flight_of(drone)
    return f" ({session.shown(flight.phase)}, call {flight.call_id})" if flight else " (no open flight)"


def _recall_words(session: Session, command: AnyCommand) -> str:
    """`RETURN D1 (on scene, call 1037): comes home and lands at its site; 1037 P1 will have nobody`."""
    if not isinstance(command, cmd.HoldDrone | cmd.ReturnDrone | cmd.LandDrone):
        return ""
    where = _where(session, command.drone)
    bare = f"; {words}" if (words := covering.bare_words(session, command.drone)) else ""
    match command:
        case cmd.HoldDrone():
            return f"HOLD {command.drone}{where}: stops and hovers where it is"
        case cmd.ReturnDrone():
            site = command.site or "its site"
            return f"RETURN {command.drone}{where}: comes home and lands at {site}{bare}"
        case cmd.LandDrone():
            return f"LAND {command.drone}{where}: lands where it is now{bare}"


def _scene_words(session: Session, command: AnyCommand, now: float) -> str:
    drone = getattr(command, "drone", "")
    where = _where(session, drone)
    seen = session.model.seen(drone, now)
    match command:
        case cmd.OrbitScene():
            return f"ORBIT {drone}{where}: {circle_words(command)}"
        case cmd.MoveDrone():
            towards_deg = f"{command.bearing_deg:.0f}{session.glyphs.degree or ' degrees'}"
            return (
                f"MOVE {drone}{where}: {metres_and_feet(command.length_m)} towards {towards_deg}, then hovers"
            )
        case cmd.GoTo():
            here = seen.position
            away = f", {far_words(distance_m(here, command.target))} from it" if here else ""
            label = f"{command.label} " if command.label and "," not in command.label else ""
            return f"GO TO {label}({command.target}) with {drone}{where}{away}, then hovers"
        case cmd.SetHeight():
            height = f", now {height_words(seen.height_m)}" if seen.height_m is not None else ""
            return f"HEIGHT {drone} {metres_and_feet(command.height_m)} above its launch point{height}{where}"
        case cmd.FaceDrone():
            return f"FACE {drone}{where}: to {towards(command.heading_deg, command.target)}, hovering"
        case cmd.FollowLine():
            return f"LINE {drone}{where}: along {len(command.points)} points, then hovers"
        case cmd.FollowCall():
            return f"FOLLOW {drone}{where}: goes to where the call is now{_moved(session, drone)}"
        case _:
            return ""


def _moved(session: Session, drone: str) -> str:
    flight = session.model.state.flight_of(drone)
    call = session.model.state.calls.get(flight.call_id) if flight else None
    position = call.place.position if call else None
    if flight is None or position is None:
        return ""
    return f", {far_words(distance_m(flight.target, position))} from where it was sent"


# --- who flies, what may fly -----------------------------------------------------------------------


def _control_words(session: Session, command: AnyCommand) -> str:
    match command:
        case cmd.HandOver():
            return f"GIVE {command.drone} to {session.person(command.to_account)}"
        case cmd.TakeOver():
            holder = session.model.state.controller(command.drone)
            whose = f" from {session.person(holder)}" if holder else ", which nobody has"
            return f"TAKE OVER {command.drone}{whose}: {command.reason}"
        case cmd.DeclareDown():
            where = _where(session, command.drone)
            return (
                f"GIVE UP {command.drone}{where} as DOWN: {command.reason}; opens a call where to look for it"
            )
        case cmd.GroundAircraft():
            return f"GROUND {command.drone}: not launched until it is put back in service: {command.reason}"
        case cmd.ReturnToService():
            return f"PUT {command.drone} BACK IN SERVICE: {command.reason}"
        case _:
            return ""


def _accept_words(session: Session, command: cmd.AcceptSuggestion, now: float) -> str:
    """What accepting it asks, first: no title of CAD's pushes it off; then the whole suggestion."""
    suggestion = session.model.state.suggestions.get(command.suggestion_id)
    if suggestion is None:
        return "ACCEPT a suggestion that is gone"
    override = _override(command.override_reason)
    words = relief_cause(session, suggestion, now) or suggestion_words(session, suggestion, now)
    return f"ACCEPT: {said(suggestion.command, session.glyphs.arrow)}{override}; because {words}"
