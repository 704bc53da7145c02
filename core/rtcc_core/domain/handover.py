"""One aircraft takes over from another: sent by a person, handed over when it has the scene in view.

The first leaves only when the second is seen to be on scene; at bingo it leaves all the same, and that is
said. Both orders follow from the relief that a person asked for. What acts by itself, or is flown by somebody
else's hand, is not sent home against that: its phase, and its bingo, tell a person to.
"""

from __future__ import annotations

from msgspec.structs import replace

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.advice import clock, unheard
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.control import has_it_words, is_called_home
from rtcc_core.domain.flight import AIRBORNE, GOING_HOME, Flight, Phase
from rtcc_core.domain.forecast import forecast
from rtcc_core.domain.instead import and_instead
from rtcc_core.domain.launching import open_flight
from rtcc_core.domain.quicker import who_words
from rtcc_core.domain.recalls import go_home
from rtcc_core.domain.relief import best_relief, coming, is_watching
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_core.domain.text import clean

RELIEVABLE = AIRBORNE - GOING_HOME - {Phase.RELIEVED}


def relieve(context: Context, asked: cmd.RelieveDrone) -> Events | Refused:
    """Send another aircraft to take over what this one watches, or is to watch."""
    state = context.state
    first = state.flight_of(asked.drone)
    if first is None or first.phase not in RELIEVABLE or first.cleared_at is not None:
        return Refused((f"{clean(asked.drone)} is not on its way to a scene, nor over one",))
    second = coming(context, first)
    if second is not None:
        who = who_words(state, second, context.at)
        return Refused((f"{second.drone} is on its way to relieve {first.drone} already: {who} sent it",))
    call = state.calls.get(first.call_id)
    if call is None:
        return Refused((f"there is no call {clean(first.call_id)}",))
    by, why_not = (asked.by, "") if asked.by else _planned(context, first)
    if by is None:
        return Refused((f"nobody can relieve {first.drone}: {why_not}",))
    drone = state.drones.get(by)
    if drone is None:
        return Refused((f"there is no aircraft {clean(by)} in the fleet",))
    if drone.callsign == first.drone:
        return Refused((f"{first.drone} cannot relieve itself; name another: relieve {first.drone} with …",))
    if state.controller(drone.callsign) not in (None, context.by):
        return Refused((has_it_words(state, drone.callsign),))
    decided = open_flight(context, drone, call, override_reason=asked.override_reason, relieves=first)
    if isinstance(decided, Refused):
        return and_instead(context, decided, drone.callsign, call)
    return decided


def _planned(context: Context, first: Flight) -> tuple[str | None, str]:
    relief = context.state.reliefs.get(first.flight_id)
    if relief is not None and relief.by is not None and context.state.flight_of(relief.by) is None:
        return relief.by, ""
    chosen, why_not = best_relief(context, first, context.at)
    return (chosen.drone if chosen else None), why_not


def hand_over(context: Context) -> list[ev.AnyEvent]:
    """Look: a second aircraft that reached the scene has it; a first one at bingo goes."""
    found: list[ev.AnyEvent] = []
    for first in context.state.flights.values():
        if not first.is_open or first.phase not in RELIEVABLE or is_called_home(context.state, first):
            continue
        second = coming(context, first)
        if second is not None and second.phase is Phase.ON_SCENE and is_watching(context, first):
            given = ev.OverwatchHandedOver(
                call_id=first.call_id, from_flight=first.flight_id, to_flight=second.flight_id
            )
            found += [given, *_sent_home(context, first, f"relieved by {second.drone}")]
        elif second is not None and first.bingo_at is not None:
            found += _sent_home(context, first, f"bingo; {_gap(context, first, second)}")
        if found:
            # The next one is decided on what this one leads to: the next look.
            return found
    return found


def _sent_home(context: Context, flight: Flight, reason: str) -> list[ev.AnyEvent]:
    """The way home as if a person had asked for it, with the reason of the release."""
    if flight.drone in context.state.acting:
        return []
    ordered = go_home(replace(context, by="core"), cmd.ReturnDrone(command_id="", drone=flight.drone))
    if isinstance(ordered, Refused):
        return []
    return [
        replace(event, reason=reason) if isinstance(event, ev.SceneCleared) else event for event in ordered
    ]


def _gap(context: Context, first: Flight, second: Flight) -> str:
    seen = context.sky.get(second.drone, unheard(second.drone))
    told = forecast(context.state, second, seen, context.at)
    if told is None or told.arrival_in_s is None:
        return f"{first.call_id} is uncovered until {second.drone} arrives"
    return f"{first.call_id} is uncovered until {second.drone} {clock(told.arrival_in_s)}"


def suggest_going_home(context: Context) -> list[ev.AnyEvent]:
    """Look: an aircraft at bingo that nobody relieves is a person's to send home; it is proposed at once."""
    found: list[ev.AnyEvent] = []
    wanted: set[str] = set()
    for flight in context.state.flights.values():
        if not flight.is_open or flight.bingo_at is None or flight.phase not in RELIEVABLE:
            continue
        if is_called_home(context.state, flight):
            continue
        suggestion_id = f"bingo:{flight.flight_id}"
        wanted.add(suggestion_id)
        known = suggestion_id in context.state.suggestions or suggestion_id in context.state.declined
        if not known and coming(context, flight) is None:
            made = Suggestion(
                suggestion_id=suggestion_id,
                kind=SuggestionKind.ENERGY,
                text=f"{flight.drone} is at bingo: send it home now to land with its reserve",
                command=cmd.ReturnDrone(command_id="", drone=flight.drone),
                raised_at=context.at,
                drone=flight.drone,
                call_id=flight.call_id,
            )
            found.append(ev.SuggestionMade(suggestion=made))
    for suggestion_id in context.state.suggestions:
        if suggestion_id.startswith("bingo:") and suggestion_id not in wanted:
            reason = "it is on its way"
            found.append(ev.SuggestionEnded(suggestion_id=suggestion_id, how="withdrawn", reason=reason))
    return found
