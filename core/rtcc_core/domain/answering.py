"""Suggestions: made while their cause lasts, answered by a person, withdrawn when the cause is gone.

Accepting one gives its command as if the person had typed it: by their rights, of an aircraft that is
theirs, under their command id. What was declined is not proposed again in the same words.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.control import has_it_words
from rtcc_core.domain.flight import Flight, Phase, Verb
from rtcc_core.domain.orders import make_order
from rtcc_core.domain.people import Right
from rtcc_core.domain.proposals import OURS, proposals
from rtcc_core.domain.state import State
from rtcc_core.domain.suggestions import Suggestion
from rtcc_core.domain.text import clean

ON_THE_WAY = frozenset({Phase.TRANSIT, Phase.DIVERTED})

Decision = Callable[[Context, cmd.Command], Events | Refused]


def accepting(decide_command: Decision) -> Callable[[Context, cmd.AcceptSuggestion], Events | Refused]:
    """How a suggestion is accepted: by whatever decides its command for the person who accepts."""

    def accept(context: Context, asked: cmd.AcceptSuggestion) -> Events | Refused:
        suggestion = context.state.suggestions.get(asked.suggestion_id)
        if suggestion is None:
            return _gone()
        if 0 < asked.seen_seq < suggestion.changed_seq:
            return Refused(
                (f"{suggestion.text}: it asks something else since you looked; look, and ask again",)
            )
        command: cmd.Command = replace(
            suggestion.command, command_id=asked.command_id, seen_seq=asked.seen_seq
        )
        if asked.override_reason and isinstance(command, cmd.RelieveDrone | cmd.DivertDrone):
            command = replace(command, override_reason=asked.override_reason)
        decided = decide_command(context, command)
        if isinstance(decided, Refused):
            return decided
        return (*decided, ev.SuggestionEnded(suggestion_id=asked.suggestion_id, how="accepted"))

    return accept


def decline(context: Context, asked: cmd.DeclineSuggestion) -> Events | Refused:
    """By whoever has the aircraft; where nobody has it, or none is named, by anybody on shift."""
    state, person = context.state, context.person
    suggestion = state.suggestions.get(asked.suggestion_id)
    if suggestion is None:
        return _gone()
    drone = suggestion.drone
    holder = state.controller(drone) if drone else None
    may_decide = person is not None and person.may(Right.TAKE_OVER)
    if drone and holder is not None and holder != context.by and not may_decide:
        return Refused((has_it_words(state, drone),))
    return (
        ev.SuggestionEnded(suggestion_id=asked.suggestion_id, how="declined", reason=clean(asked.reason)),
    )


def _gone() -> Refused:
    return Refused(("that suggestion is gone: what it was about has changed, or somebody answered it",))


# --- the look ---------------------------------------------------------------------------------


def review(context: Context) -> list[ev.AnyEvent]:
    """A look: what is to be proposed, what is proposed no longer, and what a cancelled call stops at once."""
    state = context.state
    wanted = proposals(state, context.at)
    found: list[ev.AnyEvent] = []
    for suggestion_id, standing in state.suggestions.items():
        if standing.kind in OURS and suggestion_id not in wanted:
            found.append(_withdrawn(suggestion_id, "no longer needed"))
        elif standing.expires_at is not None and context.at >= standing.expires_at:
            found.append(_withdrawn(suggestion_id, "nobody answered in time"))
    found += [
        ev.SuggestionMade(suggestion=suggestion)
        for suggestion in wanted.values()
        if _is_news(state, suggestion)
    ]
    return found + _stopped(context)


def is_declined(state: State, suggestion: Suggestion) -> bool:
    """True where a person has declined just this: it is not made again."""
    return state.declined.get(suggestion.suggestion_id) == suggestion.text


def _is_news(state: State, suggestion: Suggestion) -> bool:
    standing = state.suggestions.get(suggestion.suggestion_id)
    if standing is not None and standing.text == suggestion.text:
        return False
    return not is_declined(state, suggestion)


def _withdrawn(suggestion_id: str, reason: str) -> ev.SuggestionEnded:
    return ev.SuggestionEnded(suggestion_id=suggestion_id, how="withdrawn", reason=reason)


def _stopped(context: Context) -> list[ev.AnyEvent]:
    """A call over while its aircraft is on the way: hold it once, by ourselves, and ask what next."""
    state = context.state
    return [
        ev.OrderAsked(
            order=make_order(
                state,
                drone=flight.drone,
                verb=Verb.HOLD,
                operator="core",
                at=context.at,
                flight_id=flight.flight_id,
            )
        )
        for flight in state.flights.values()
        if flight.phase in ON_THE_WAY and _ended_under(state, flight)
    ]


def _ended_under(state: State, flight: Flight) -> bool:
    call = state.calls.get(flight.call_id)
    if call is None or call.is_open or flight.drone in state.acting:
        return False
    newest = state.newest_order(flight.drone)
    if newest is None or newest.flight_id != flight.flight_id or newest.verb is not Verb.TRANSIT:
        return False
    if newest.is_homeward:
        return False
    held = any(
        order.verb is Verb.HOLD and order.flight_id == flight.flight_id and order.asked_at >= call.changed_at
        for order in state.orders.get(flight.drone, ())
    )
    return not held
