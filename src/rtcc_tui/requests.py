"""What a request is called, and how carefully it is answered; shared by the screen and by the plain mode."""

from __future__ import annotations

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.domain.geo import LatLon
from rtcc_tui.requests_calls import call_words
from rtcc_tui.words import metres_and_feet, speed_both

MOVES: tuple[type[AnyCommand], ...] = (
    cmd.LaunchDrone,
    cmd.RelieveDrone,
    cmd.DivertDrone,
    cmd.FollowCall,
    cmd.OrbitScene,
    cmd.MoveDrone,
    cmd.GoTo,
    cmd.SetHeight,
    cmd.FaceDrone,
    cmd.FollowLine,
    cmd.HoldDrone,
    cmd.ReturnDrone,
    cmd.LandDrone,
    cmd.AcceptSuggestion,
)
"""What moves an aircraft, or may: a suggestion carries an order of flight."""

WEIGHTY: tuple[type[AnyCommand], ...] = (
    cmd.HandOver,
    cmd.TakeOver,
    cmd.DeclareDown,
    cmd.GroundAircraft,
    cmd.ReturnToService,
)
"""What moves nothing and is confirmed all the same: who flies what, and what may fly."""

RECALLS: tuple[type[AnyCommand], ...] = (cmd.HoldDrone, cmd.ReturnDrone, cmd.LandDrone)
"""Never kept from anybody by a console: the core decides."""


def is_flight(command: AnyCommand) -> bool:
    """True where the request moves an aircraft."""
    return isinstance(command, MOVES)


def is_confirmed(command: AnyCommand) -> bool:
    """True where it is shown whole, and sent by an Enter that answers it."""
    return isinstance(command, MOVES + WEIGHTY)


def said(command: AnyCommand, arrow: str = "->") -> str:
    """A request in a dispatcher's words: `launch D2 -> 1041`."""
    return (
        _flight(command, arrow)
        or _scene(command, arrow)
        or _control(command)
        or call_words(command)
        or _desk(command)
    )


def _flight(command: AnyCommand, arrow: str) -> str:
    match command:
        case cmd.LaunchDrone():
            return f"launch {command.drone} {arrow} {command.call_id}{_override(command.override_reason)}"
        case cmd.RelieveDrone():
            by = f" with {command.by}" if command.by else ""
            return f"relieve {command.drone}{by}{_override(command.override_reason)}"
        case cmd.DivertDrone():
            return f"divert {command.drone} {arrow} {command.call_id}{_override(command.override_reason)}"
        case cmd.HoldDrone():
            return f"hold {command.drone}"
        case cmd.ReturnDrone():
            return f"return {command.drone}" + (f" to {command.site}" if command.site else "")
        case cmd.LandDrone():
            return f"land {command.drone}"
        case _:
            return ""


def _override(reason: str | None) -> str:
    return f" override: {reason}" if reason else ""


def _scene(command: AnyCommand, arrow: str) -> str:
    match command:
        case cmd.OrbitScene():
            return f"orbit {command.drone} {circle_words(command)}"
        case cmd.MoveDrone():
            return (
                f"move {command.drone} {metres_and_feet(command.length_m)} towards {command.bearing_deg:.0f}"
            )
        case cmd.GoTo():
            return f"go {arrow} {command.label or command.target} with {command.drone}"
        case cmd.SetHeight():
            return f"height {command.drone} {metres_and_feet(command.height_m)}"
        case cmd.FaceDrone():
            return f"face {command.drone} {towards(command.heading_deg, command.target)}"
        case cmd.FollowLine():
            return f"line {command.drone} along {len(command.points)} points"
        case cmd.FollowCall():
            return f"follow {command.drone} {arrow} its call"
        case cmd.AimCamera():
            return f"aim {command.drone} {aim_words(command)}"
        case cmd.RecordVideo():
            return f"record {command.drone} {'on' if command.is_on else 'off'}"
        case _:
            return ""


def _control(command: AnyCommand) -> str:
    match command:
        case cmd.RequestControl():
            return f"request {command.drone}"
        case cmd.HandOver():
            return f"give {command.drone} to {command.to_account}"
        case cmd.TakeOver():
            return f"take over {command.drone}: {command.reason}"
        case cmd.ReleaseControl():
            return f"release {command.drone}"
        case cmd.AcceptSuggestion():
            return f"accept {command.suggestion_id}{_override(command.override_reason)}"
        case cmd.DeclineSuggestion():
            return f"decline {command.suggestion_id}" + (f": {command.reason}" if command.reason else "")
        case cmd.DeclareDown():
            return f"give {command.drone} up as down: {command.reason}"
        case cmd.GroundAircraft():
            return f"ground {command.drone}: {command.reason}"
        case cmd.ReturnToService():
            return f"{command.drone} back in service: {command.reason}"
        case cmd.BeginShift():
            return f"on shift for {command.hours:g} h"
        case cmd.EndShift():
            return "end of shift"
        case _:
            return ""


def _desk(command: AnyCommand) -> str:
    match command:
        case cmd.TakeCall():
            return f"take {command.call_id}"
        case cmd.ReleaseCall():
            return f"release {command.call_id}"
        case cmd.AddNote():
            return f"note on {command.call_id}"
        case cmd.AcknowledgeAlarm():
            return f"acknowledge {command.alarm_id}"
        case cmd.ShelveAlarm():
            return f"shelve {command.alarm_id} for {command.minutes:g} min: {command.reason}"
        case cmd.UnshelveAlarm():
            return f"unshelve {command.alarm_id}"
        case cmd.ReportWind():
            gust = f" gust {speed_both(command.gust_m_s)}" if command.gust_m_s is not None else ""
            return f"wind {speed_both(command.wind_speed_m_s)}{gust} from {command.wind_from_deg:g}"
        case _:
            return type(command).__name__


def circle_words(command: cmd.OrbitScene) -> str:
    """`radius 60 m, 5 m/s, clockwise`; what is left out stays as it is."""
    parts = [f"round {command.centre}"] if command.centre is not None else []
    if command.radius_m is not None:
        parts.append(f"radius {metres_and_feet(command.radius_m)}")
    if command.speed_m_s is not None:
        parts.append(speed_both(command.speed_m_s))
    if command.is_clockwise is not None:
        parts.append("clockwise" if command.is_clockwise else "anticlockwise")
    return ", ".join(parts) or "as before"


def towards(heading_deg: float | None, target: LatLon | None) -> str:
    """A heading or a place to face."""
    return f"{heading_deg:.0f} degrees" if heading_deg is not None else str(target)


def aim_words(command: cmd.AimCamera) -> str:
    """`at the scene`, `level`, `straight down`, `45 degrees down`."""
    if command.target is not None:
        return f"at {command.target}"
    if command.pitch_deg is None:
        return "at the scene"
    if command.pitch_deg == 0.0:
        return "level"
    if command.pitch_deg == -90.0:
        return "straight down"
    way = "down" if command.pitch_deg < 0 else "up"
    return f"{abs(command.pitch_deg):g} degrees {way}"
