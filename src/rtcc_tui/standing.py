"""How a request stands now, before it is asked: weighed by the core's own functions. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import control
from rtcc_core.domain.advice import unheard, why_of
from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.air import Air
from rtcc_core.domain.assignment import held_call
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.domain.context import Context
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.flight import Verdict
from rtcc_core.domain.gates import question, run_gates
from rtcc_core.domain.instead import other_words
from rtcc_core.domain.quicker import sent_words
from rtcc_core.domain.state import State
from rtcc_tui.requests import RECALLS

Advise = Callable[[str], Advice | None]
"""The recommendation for a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a request is held against."""

    state: State
    sky: Sky
    air: Air
    at: datetime
    account: str
    """Of the person who would ask."""


def carried(state: State, command: AnyCommand | None) -> AnyCommand | None:
    """What is really asked: of an accepted suggestion its own command; None where that is gone."""
    if not isinstance(command, cmd.AcceptSuggestion):
        return command
    suggestion = state.suggestions.get(command.suggestion_id)
    if suggestion is None:
        return None
    asked = suggestion.command
    if command.override_reason and isinstance(asked, cmd.RelieveDrone | cmd.DivertDrone):
        return replace(asked, override_reason=command.override_reason)
    return asked


def candidate(facts: Facts, command: AnyCommand | None, advise: Advise) -> Candidate | None:
    """How the aircraft that would be sent stands; None for requests that send none."""
    match carried(facts.state, command):
        case cmd.LaunchDrone(drone=drone, call_id=call_id):
            return _weighed(drone, advise(call_id))
        case cmd.RelieveDrone(drone=drone, by=by):
            flight = facts.state.flight_of(drone)
            return _weighed(by, advise(flight.call_id)) if flight and by else None
        case cmd.DivertDrone(drone=drone, call_id=call_id):
            return _weighed_in_the_air(facts, drone, call_id)
        case _:
            return None


def _weighed(drone: str, advice: Advice | None) -> Candidate | None:
    if advice is None:
        return None
    return next((found for found in advice.candidates if found.drone == drone), None)


def _weighed_in_the_air(facts: Facts, callsign: str, call_id: str) -> Candidate | None:
    """As the core weighs a divert that a person asks for: whatever the priorities of the two calls."""
    state = facts.state
    drone, call, flight = state.drones.get(callsign), state.calls.get(call_id), state.flight_of(callsign)
    if drone is None or call is None or flight is None:
        return None
    seen = facts.sky.get(callsign, unheard(callsign))
    person = state.people.get(facts.account)
    asked = question(state, drone, call.place, seen, facts.at, person, air=facts.air, is_divert=True)
    gates, trip, held = run_gates(asked), asked.plan(), held_call(state, flight)
    return Candidate(
        drone=callsign,
        site=drone.site,
        gates=gates,
        overhead_s=trip.overhead_s if trip else None,
        on_scene_s=trip.on_scene_s if trip else None,
        land_with_fraction=trip.land_with_fraction if trip else None,
        why=why_of(gates),
        is_divert=True,
        takes_from=held.call_id if held else None,
    )


def needs_override(found: Candidate | None) -> bool:
    """True where a gate is UNKNOWN and none blocks: a person must say why it may go all the same."""
    if found is None or found.is_blocked:
        return False
    return any(gate.verdict is Verdict.UNKNOWN for gate in found.gates)


def obstacle(facts: Facts, command: AnyCommand | None, advise: Advise) -> str:
    """Why the request would not be carried as it stands; empty where nothing is known against it."""
    if command is None:
        return ""
    asked = carried(facts.state, command)
    if asked is None:
        return "that suggestion is gone: somebody answered it, or its cause is over"
    return _not_yours(facts, asked) or _gate_obstacle(facts, asked, advise)


def _not_yours(facts: Facts, asked: AnyCommand) -> str:
    """What the core would say of who has the aircraft; hold, return and land are always asked."""
    if isinstance(asked, RECALLS) or facts.account not in facts.state.people:
        return ""
    refused = control.refusal(Context(facts.state, facts.account, facts.at, facts.sky, facts.air), asked)
    return "; ".join(refused.reasons) if refused else ""


def _gate_obstacle(facts: Facts, asked: AnyCommand, advise: Advise) -> str:
    if not isinstance(asked, cmd.LaunchDrone | cmd.RelieveDrone | cmd.DivertDrone):
        return ""
    found = candidate(facts, asked, advise)
    if found is None:
        return _not_weighed(facts.state, asked)
    if isinstance(asked, cmd.LaunchDrone) and found.is_divert:
        return f"{asked.drone} is in the air: divert {asked.drone} {asked.call_id}"
    if found.is_blocked:
        return f"{found.drone} may not go: {reasons(found, Verdict.BLOCK)}{_instead(facts, asked, advise)}"
    if needs_override(found) and not asked.override_reason:
        unknown = reasons(found, Verdict.UNKNOWN)
        return f"{found.drone} needs an override: {unknown}{_instead(facts, asked, advise)}"
    return ""


def _instead(
    facts: Facts, asked: cmd.LaunchDrone | cmd.RelieveDrone | cmd.DivertDrone, advise: Advise
) -> str:
    """`; 0:02 ago K. OYAMA sent D1 to 1041; D3 can, overhead 2:10`."""
    if isinstance(asked, cmd.RelieveDrone):
        flight, sent = facts.state.flight_of(asked.drone), asked.by or ""
        call_id = flight.call_id if flight else ""
    else:
        call_id, sent = asked.call_id, asked.drone
    who = "" if isinstance(asked, cmd.DivertDrone) else sent_words(facts.state, sent, facts.at)
    advice = advise(call_id)
    other = other_words(advice, sent) if advice else ""
    return "".join(f"; {words}" for words in (who, other) if words)


def _not_weighed(state: State, asked: cmd.LaunchDrone | cmd.RelieveDrone | cmd.DivertDrone) -> str:
    match asked:
        case cmd.RelieveDrone() if state.flight_of(asked.drone) is None:
            return f"{asked.drone} is on no flight: there is nothing to relieve"
        case cmd.RelieveDrone(by=None):
            return ""  # the core names one, or says why nobody can
        case cmd.RelieveDrone():
            return f"{asked.by} is not weighed for the call of {asked.drone}"
        case cmd.DivertDrone() if state.flight_of(asked.drone) is None:
            return f"{asked.drone} is not in the air: launch {asked.drone} {asked.call_id}"
        case _:
            return f"{asked.drone} is not weighed for {asked.call_id}"


def reasons(found: Candidate, verdict: Verdict) -> str:
    """Every reason of one verdict."""
    return "; ".join(f"{gate.gate} {gate.reason}" for gate in found.gates if gate.verdict is verdict)


def why_none(advice: Advice) -> str:
    """Every aircraft and every reason it may not go."""
    if not advice.candidates:
        return f"no aircraft may go to {advice.call_id}: the fleet is empty"
    each = (f"{found.drone}: {_why_not(found)}" for found in advice.candidates)
    return f"no aircraft may go to {advice.call_id}. " + " / ".join(each)


def _why_not(found: Candidate) -> str:
    return reasons(found, Verdict.BLOCK) or reasons(found, Verdict.UNKNOWN) or found.why
