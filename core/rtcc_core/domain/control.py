"""Who flies: one person has an aircraft at a time, and nobody commands what they do not have.

Control comes with the launch, by asking for it, by being given it, or by taking it over with a reason; it
ends with the flight. Hold, return and land are open to the roles that the programme names, so that nobody
ever has to ask before stopping an aircraft.
"""

from __future__ import annotations

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import unheard
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.flight import GOING_HOME, Flight, Leg, Outcome, Verb
from rtcc_core.domain.people import RIGHT_WORDS, Person, Right
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.quicker import sent_words
from rtcc_core.domain.state import State
from rtcc_core.domain.text import NOTE_MAX, clean

AIRCRAFT_MAX = 4
"""Nobody has more at once, whatever the settings say."""

NEEDS_CONTROL: frozenset[type[cmd.Command]] = frozenset(
    {
        cmd.DivertDrone,
        cmd.FollowCall,
        cmd.OrbitScene,
        cmd.MoveDrone,
        cmd.GoTo,
        cmd.SetHeight,
        cmd.FaceDrone,
        cmd.FollowLine,
        cmd.AimCamera,
        cmd.RecordVideo,
        cmd.HandOver,
        cmd.ReleaseControl,
    }
)
"""Only for the person who has the aircraft. Every other command with a `drone` is named below or flies
nothing: asking for control, grounding, giving a lost aircraft up."""

RECALLED: frozenset[type[cmd.Command]] = frozenset({cmd.HoldDrone, cmd.ReturnDrone, cmd.LandDrone})
"""For the person who has it, and for the roles that the programme names."""

LAUNCHES = frozenset[type[cmd.Command]]((cmd.LaunchDrone, cmd.RelieveDrone))
"""One more aircraft for whoever asks. A relief needs no control of the aircraft that watches: nothing is
ordered of that one before the second has the scene in view."""


def refusal(context: Context, asked: cmd.Command) -> Refused | None:
    """Why this person, who is on the roster, may not ask this of this aircraft now; None where they may."""
    drone: str | None = getattr(asked, "drone", None)
    if drone is None:
        return None
    if drone not in context.state.drones:
        return Refused((f"there is no aircraft {clean(drone)} in the fleet",))
    words = _not_theirs(context, asked, drone)
    if not words and type(asked) in NEEDS_CONTROL | LAUNCHES:
        words = _unseen(context.state, asked, context.by)
    return Refused((words,)) if words else None


def _not_theirs(context: Context, asked: cmd.Command, drone: str) -> str:
    state, person = context.state, context.person
    assert person is not None, "checked before"
    holder = state.controller(drone)
    match asked:
        case cmd.LaunchDrone() if holder is not None and holder != context.by:
            sent = sent_words(state, drone, context.at)
            return f"{sent}; {has_it_words(state, drone)}" if sent else has_it_words(state, drone)
        case cmd.LaunchDrone():
            return no_room_words(state, person, drone)
        case cmd.RelieveDrone(by=by):
            return no_room_words(state, person, by)
        case cmd.HoldDrone() | cmd.ReturnDrone() | cmd.LandDrone():
            roles = _programme(state).recall_roles
            if holder == context.by or person.role in roles:
                return ""
            named = ", ".join(role.value for role in roles) or "nobody"
            return f"{has_it_words(state, drone)} (others who may hold, return and land: {named})"
        case _ if type(asked) in NEEDS_CONTROL and holder != context.by:
            return has_it_words(state, drone)
        case _:
            return ""


def _unseen(state: State, asked: cmd.Command, by: str) -> str:
    """What somebody else asked of the same aircraft, or call, that the person asking cannot have seen."""
    if asked.seen_seq <= 0:
        return ""
    for subject in (getattr(asked, "drone", None), getattr(asked, "call_id", None)):
        touch = state.touched.get(subject) if subject else None
        if touch is not None and touch.account != by and touch.seq > asked.seen_seq:
            return f"{name_of(state, touch.account)} {touch.what} since you looked; look, and ask again"
    return ""


# --- words and figures ------------------------------------------------------------------------


def name_of(state: State, account: str) -> str:
    """As shown; the account itself, cleaned, where it is nobody's on the roster."""
    person = state.people.get(account)
    return person.name if person else clean(account)


def has_it_words(state: State, drone: str) -> str:
    """Who flies it, and what to do about it."""
    holder = state.controller(drone)
    whose = f"{drone} is flown by {name_of(state, holder)}" if holder else f"nobody has {drone}"
    return f"{whose}; ask for it: request {drone}"


def room_of(state: State, person: Person) -> int:
    """How many aircraft this person may have at once (14 CFR 107.35; the programme's own figure)."""
    own = person.aircraft_max
    return min(AIRCRAFT_MAX, own if own is not None else _programme(state).aircraft_per_person)


def no_room_words(state: State, person: Person, drone: str | None, *, who: str = "you have") -> str:
    """Why this person cannot have one more aircraft; empty where they can, or have it already."""
    others = [held for held in state.controlled_by(person.account) if held != drone]
    limit = room_of(state, person)
    if len(others) < limit:
        return ""
    held = ", ".join(others) or "no aircraft"
    return f"{who} {held}; the limit is {limit} at a time: hand one over, or bring it home first"


def _programme(state: State) -> Programme:
    return state.programme or Programme(agency="")


def is_called_home(state: State, flight: Flight) -> bool:
    """True where it goes home or comes down, or its newest order says so and was not refused."""
    if flight.phase in GOING_HOME:
        return True
    order = state.newest_order(flight.drone)
    if order is None or order.flight_id != flight.flight_id or order.outcome is Outcome.REFUSED:
        return False
    return order.verb in (Verb.RETURN, Verb.LAND) or order.leg is Leg.HOME


# --- decisions --------------------------------------------------------------------------------


def at_launch(context: Context, drone: str) -> Events:
    """Control for whoever launches; nothing where they have it already."""
    if context.person is None or context.state.controller(drone) == context.by:
        return ()
    return (ev.ControlTaken(drone=drone, account=context.by, how="launch"),)


def request(context: Context, asked: cmd.RequestControl) -> Events | Refused:
    """Given at once where nobody has it, or where the console of whoever has it is away; else asked for."""
    state, drone, person = context.state, asked.drone, context.person
    assert person is not None, "checked before"
    control = state.control.get(drone)
    if control is not None and control.account == context.by:
        return Refused((f"you have {drone} already",))
    no_room = no_room_words(state, person, drone)
    if no_room:
        return Refused((no_room,))
    if control is None:
        return (ev.ControlTaken(drone=drone, account=context.by, how="free"),)
    if control.lease_until is not None:
        away = f"no console of {name_of(state, control.account)} is open"
        return (_taken(context, drone, "free", control.account, away),)
    if control.requested_by == context.by:
        return ()
    return (ev.ControlRequested(drone=drone, account=context.by),)


def hand_over(context: Context, asked: cmd.HandOver) -> Events | Refused:
    """By whoever has it, to somebody who may fly, has room, and sits at a console if it is in flight."""
    state, drone = context.state, asked.drone
    to = state.people.get(asked.to_account)
    if to is None:
        return Refused((f"{clean(asked.to_account)} is not on this agency's roster",))
    if to.account == context.by:
        return Refused((f"you have {drone} already",))
    if not to.may(Right.FLY):
        return Refused((f"{to.name} is {to.role.value}, which does not fly",))
    no_room = no_room_words(state, to, drone, who=f"{to.name} has")
    if no_room:
        return Refused((no_room,))
    if state.flight_of(drone) is not None and to.account not in state.consoles.values():
        return Refused((f"{drone} is in flight and {to.name} has no console open; they must open one first",))
    control = state.control.get(drone)
    asked_for = control is not None and control.requested_by == to.account
    how = "request granted" if asked_for else "hand over"
    return (ev.ControlTaken(drone=drone, account=to.account, how=how, from_account=context.by),)


def take_over(context: Context, asked: cmd.TakeOver) -> Events | Refused:
    """From somebody who did not give it: by role; by anybody who flies while no console of theirs is open."""
    state, drone, person = context.state, asked.drone, context.person
    assert person is not None, "checked before"
    reason = clean(asked.reason, limit=NOTE_MAX)
    control = state.control.get(drone)
    if control is not None and control.account == context.by:
        return Refused((f"you have {drone} already",))
    is_free = control is None or control.lease_until is not None
    if not is_free and not person.may(Right.TAKE_OVER):
        may_not = f"the role {person.role.value} may not {RIGHT_WORDS[Right.TAKE_OVER]}"
        return Refused((may_not, has_it_words(state, drone)))
    if not reason:
        return Refused((f"say why: takeover {drone} REASON",))
    no_room = no_room_words(state, person, drone)
    if no_room:
        return Refused((no_room,))
    return (_taken(context, drone, "take over", control.account if control else None, reason),)


def release(context: Context, asked: cmd.ReleaseControl) -> Events | Refused:
    """On the ground only: in the air an aircraft goes from person to person."""
    seen = context.sky.get(asked.drone, unheard(asked.drone))
    if context.state.flight_of(asked.drone) is not None or seen.is_airborne:
        return Refused((f"{asked.drone} is in flight; give it to somebody: give {asked.drone} to NAME",))
    return (ev.ControlReleased(drone=asked.drone, account=context.by, reason="given up on the ground"),)


def _taken(context: Context, drone: str, how: str, from_account: str | None, reason: str) -> ev.ControlTaken:
    return ev.ControlTaken(drone=drone, account=context.by, how=how, from_account=from_account, reason=reason)
