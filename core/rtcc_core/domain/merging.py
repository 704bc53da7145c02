"""Two calls that are one: the house asks, a person says so, and nothing of either is lost.

A call opened here and one that CAD has a little later, near by, are probably the same. It is only ever
proposed; a merge moves flights, notes, alerts and clocks, and orders no aircraft anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.call import Call
from rtcc_core.domain.calls import no_such_call, over_words
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.geo import distance_m
from rtcc_core.domain.state import State
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind

NEAR_M = 250.0
NEAR_S = 900.0
"""A call of CAD's this near a provisional one, in place and time, may be the same."""

AS_NEAR_M = 10.0
"""Distances that differ by less say nothing: an address is no better."""

APART_M = 2_000.0
"""Two calls further apart than this are not the same until somebody has placed one of them anew."""


def merge(context: Context, asked: cmd.MergeCalls) -> Events | Refused:
    """By a person: `into` goes on with everything of the call that was opened here."""
    gone, into = context.state.calls.get(asked.call_id), context.state.calls.get(asked.into)
    if gone is None or into is None:
        return no_such_call(asked.into if gone is not None else asked.call_id)
    if gone.merged_into == into.call_id and not gone.is_open:
        return ()
    if words := _why_not(gone, into):
        return Refused((words,))
    flights = tuple(flight.flight_id for flight in context.state.flights_to(gone.call_id))
    merged = ev.CallsMerged(call_id=gone.call_id, into=into.call_id, account=context.by, flights=flights)
    return (merged,)


def _why_not(gone: Call, into: Call) -> str:
    if gone is into:
        return f"{gone.call_id} is one call already"
    if words := over_words(gone) or over_words(into):
        return words
    if not gone.is_provisional:
        return f"{gone.call_id} comes from {gone.report.feed}, which merges its own; merge one opened here"
    here, there = gone.place.position, into.place.position
    if here is not None and there is not None and (away_m := distance_m(here, there)) > APART_M:
        return (
            f"{gone.call_id} is {away_m / 1_000.0:.1f} km from {into.call_id}: place one of them anew first, "
            f"or close {gone.call_id}"
        )
    return ""


def split(context: Context, asked: cmd.SplitCalls) -> Events | Refused:
    """A merge taken back: flights that have gone elsewhere since, or landed, stay where they are."""
    state, call = context.state, context.state.calls.get(asked.call_id)
    if call is None:
        return no_such_call(asked.call_id)
    if not call.is_provisional or call.merged_into is None or call.merged_into not in state.calls:
        return Refused((f"{call.call_id} was not merged into another by hand",))
    flights = tuple(
        flight.flight_id
        for flight in state.flights_to(call.merged_into)
        if flight.flight_id in call.moved_flights
    )
    back = ev.CallsSplit(call_id=call.call_id, was_with=call.merged_into, account=context.by, flights=flights)
    return (back,)


def same_calls(state: State, at: datetime) -> Iterator[Suggestion]:
    """For every provisional call the likeliest of CAD's that may be the same and was not declined."""
    for ours in state.calls.values():
        if not ours.is_provisional or not ours.is_open or ours.place.position is None:
            continue
        near = [
            (away_m, other) for other in state.calls.values() if (away_m := _apart_m(ours, other)) is not None
        ]
        near.sort(key=lambda pair: _likeness(ours, pair[1], pair[0]))
        for away_m, other in near:
            wanted = _proposal(state, ours, other, away_m, at)
            if wanted.suggestion_id not in state.declined:
                yield wanted
                break


def _likeness(ours: Call, other: Call, away_m: float) -> tuple[int, bool, bool, float, str]:
    """Least for the likeliest: the nearest, of those the same type, of those by time.

    Whoever opened ours could see what was there already: that is less likely the same than what came after.
    """
    since = other.cad_received_at or other.received_at
    was_before = other.received_at <= ours.received_at
    apart_s = abs((since - ours.received_at).total_seconds())
    is_other_type = not _words(ours) & _words(other)
    return round(away_m / AS_NEAR_M), is_other_type, was_before, apart_s, other.call_id


def _words(call: Call) -> frozenset[str]:
    """What its type says: a typed `shots fired` and CAD's `SHOTS HEARD` are one type, probably."""
    said = f"{call.report.type_code} {call.report.type_text}".casefold()
    return frozenset(word.rstrip("s") for word in re.findall(r"\w{3,}", said))


def _apart_m(ours: Call, other: Call) -> float | None:
    """Metres between a provisional call and one that may be the same; None where it is not near enough."""
    if not other.is_open or other.cad_received_at is None or other.call_id in ours.not_same:
        return None
    if abs((other.cad_received_at - ours.received_at).total_seconds()) > NEAR_S:
        return None
    here, there = ours.place.position, other.place.position
    if here is None or there is None:
        return None
    away_m = distance_m(here, there)
    return away_m if away_m <= NEAR_M else None


def _proposal(state: State, ours: Call, other: Call, away_m: float, at: datetime) -> Suggestion:
    where = other.place.address or f"{away_m:.0f} m away"
    going = ", ".join(flight.drone for flight in state.flights_to(ours.call_id))
    flown = f", which {going} flies to" if going else ""
    return Suggestion(
        suggestion_id=f"same:{ours.call_id}:{other.call_id}",
        kind=SuggestionKind.SAME_CALL,
        text=f"{other.call_id} {other.title}, {where}: the same as {ours.call_id}{flown}?",
        command=cmd.MergeCalls(command_id="", call_id=ours.call_id, into=other.call_id),
        raised_at=at,
        call_id=ours.call_id,
    )
