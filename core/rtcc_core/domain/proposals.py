"""What this house proposes by itself of calls, of failing health and of control: each while its cause lasts.

A pure function of the state. Reliefs, diverts and manoeuvres away from traffic are proposed where they are
worked out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.alerts import taken_back
from rtcc_core.domain.call import Call
from rtcc_core.domain.control import is_called_home, name_of
from rtcc_core.domain.flight import AIRBORNE, Flight, Phase
from rtcc_core.domain.geo import bearing_deg, distance_m
from rtcc_core.domain.merging import same_calls
from rtcc_core.domain.state import State
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind

MOVED_M = 50.0
"""A call that moved less is still in the picture of its overwatch."""

STEP_M = 50.0
"""How far a call's distance must change before the proposal is made anew in other words."""

OURS = frozenset(
    {
        SuggestionKind.ALERT_RETRACTED,
        SuggestionKind.CALL_MOVED,
        SuggestionKind.CALL_OVER,
        SuggestionKind.CALL_UNLINKED,
        SuggestionKind.CONTROL,
        SuggestionKind.HEALTH,
        SuggestionKind.SAME_CALL,
    }
)
"""The kinds that are made, and withdrawn, here."""

_WINDS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")


def proposals(state: State, at: datetime) -> dict[str, Suggestion]:
    """Everything that should be proposed now, by suggestion id."""
    found: list[Suggestion] = []
    for flight in state.flights.values():
        if flight.is_open and flight.downed_at is None:
            found += _of_its_call(state, flight, at)
            found += taken_back(state, flight, at)
            if flight.phase in AIRBORNE:
                found += _of_its_health(state, flight, at)
    found += _of_control(state, at)
    found += same_calls(state, at)
    return {each.suggestion_id: each for each in found}


# --- the call ---------------------------------------------------------------------------------


def _of_its_call(state: State, flight: Flight, at: datetime) -> Iterator[Suggestion]:
    call = state.calls.get(flight.call_id)
    if call is None or flight.phase is Phase.LOST or is_called_home(state, flight):
        return
    if not call.is_open or call.merged_into or call.report.merged_into_uid:
        yield _call_over(state, flight, call, at)
        return
    if _moved_m(flight, call) > MOVED_M:
        yield _call_moved(flight, call, at)
    if call.unlinked and call.unlinked_at is not None and flight.opened_at < call.unlinked_at:
        yield from _call_unlinked(state, flight, call, at)


def _moved_m(flight: Flight, call: Call) -> float:
    position = call.place.position
    return 0.0 if position is None else distance_m(flight.target, position)


def _call_moved(flight: Flight, call: Call, at: datetime) -> Suggestion:
    position = call.place.position
    assert position is not None, "it moved"
    length_m = max(MOVED_M, round(distance_m(flight.target, position) / STEP_M) * STEP_M)
    wind = _WINDS[round(bearing_deg(flight.target, position) / 45.0) % 8]
    return Suggestion(
        suggestion_id=f"moved:{flight.flight_id}",
        kind=SuggestionKind.CALL_MOVED,
        text=(
            f"call {call.call_id} is now about {length_m:.0f} m {wind} of where {flight.drone} was sent: "
            "follow it?"
        ),
        command=cmd.FollowCall(command_id="", drone=flight.drone),
        raised_at=at,
        drone=flight.drone,
        call_id=call.call_id,
    )


def _call_over(state: State, flight: Flight, call: Call, at: datetime) -> Suggestion:
    """Back home; or on to the call that it was merged into, where that is known and has a position."""
    other = _merged_into(state, call)
    what = f"call {call.call_id} was merged" if call.merged_into or call.report.merged_into_uid else ""
    what = what or f"call {call.call_id} is {call.report.status.value} in CAD"
    command: cmd.DivertDrone | cmd.ReturnDrone
    if other is not None:
        command = cmd.DivertDrone(command_id="", drone=flight.drone, call_id=other.call_id)
        question = f"into {other.call_id}: give {flight.drone} to it?"
    else:
        command = cmd.ReturnDrone(command_id="", drone=flight.drone)
        question = f"while {flight.drone} is {flight.phase.value}: bring it home?"
    return Suggestion(
        suggestion_id=f"over:{flight.flight_id}",
        kind=SuggestionKind.CALL_OVER,
        text=f"{what} {question}",
        command=command,
        raised_at=at,
        drone=flight.drone,
        call_id=call.call_id,
    )


def _merged_into(state: State, call: Call) -> Call | None:
    """The call that took its place, where it can be flown to."""
    other = state.calls.get(call.merged_into or "")
    return other if other is not None and other.is_open and other.place.position is not None else None


def _call_unlinked(state: State, flight: Flight, call: Call, at: datetime) -> Iterator[Suggestion]:
    """What was one call is two again, and the aircraft may be at the wrong one."""
    for call_id in call.unlinked:
        other = state.calls.get(call_id)
        if other is None or not other.is_open or other.place.position is None or state.flights_to(call_id):
            continue
        yield Suggestion(
            suggestion_id=f"unlinked:{flight.flight_id}:{call_id}",
            kind=SuggestionKind.CALL_UNLINKED,
            text=(
                f"call {call.call_id} is no longer linked with {call_id} {other.title}, and {flight.drone} "
                f"flies to {call.call_id}: give it to {call_id}?"
            ),
            command=cmd.DivertDrone(command_id="", drone=flight.drone, call_id=call_id),
            raised_at=at,
            drone=flight.drone,
            call_id=call.call_id,
        )


# --- health -----------------------------------------------------------------------------------


def _of_its_health(state: State, flight: Flight, at: datetime) -> Iterator[Suggestion]:
    for what, words in state.unwell.get(flight.drone, {}).items():
        proposed = _way_out(flight, what)
        if proposed is None or flight.phase is Phase.LANDING:
            continue
        command, question = proposed
        if is_called_home(state, flight) and not isinstance(command, cmd.LandDrone):
            continue
        yield Suggestion(
            suggestion_id=f"health:{flight.drone}:{what}",
            kind=SuggestionKind.HEALTH,
            text=f"{flight.drone} {words}: {question}",
            command=command,
            raised_at=at,
            drone=flight.drone,
            call_id=flight.call_id,
        )


def _way_out(flight: Flight, what: str) -> tuple[cmd.LandDrone | cmd.ReturnDrone | cmd.HoldDrone, str] | None:
    """What a careful pilot would do first: without a position there is no way home."""
    drone = flight.drone
    match what:
        case "position" | "motors":
            return cmd.LandDrone(command_id="", drone=drone), "land it where it is?"
        case "battery" | "cells" | "wind":
            return cmd.ReturnDrone(command_id="", drone=drone), "bring it home?"
        case "fence":
            return cmd.HoldDrone(command_id="", drone=drone), "hold it?"
        case _:
            return None


# --- control ----------------------------------------------------------------------------------


def _of_control(state: State, at: datetime) -> Iterator[Suggestion]:
    for drone, control in state.control.items():
        if control.requested_by is None:
            continue
        yield Suggestion(
            suggestion_id=f"control:{drone}",
            kind=SuggestionKind.CONTROL,
            text=f"{name_of(state, control.requested_by)} asks for {drone}: hand it over?",
            command=cmd.HandOver(command_id="", drone=drone, to_account=control.requested_by),
            raised_at=at,
            drone=drone,
        )
