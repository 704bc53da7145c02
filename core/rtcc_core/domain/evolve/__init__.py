"""State as the fold of events. Any sequence of events folds, however odd; what makes no sense is ignored."""

from __future__ import annotations

from msgspec.structs import replace

from rtcc_core.domain import alarms
from rtcc_core.domain.call import call_key
from rtcc_core.domain.events import Stored
from rtcc_core.domain.evolve import alerts, calls, flights, house, people, traffic
from rtcc_core.domain.evolve.step import Steps
from rtcc_core.domain.state import State

__all__ = ["COMMANDS_KEPT", "call_key", "evolve"]

COMMANDS_KEPT = 512

_STEPS: Steps = house.STEPS | calls.STEPS | alerts.STEPS | flights.STEPS | people.STEPS | traffic.STEPS


def evolve(state: State, stored: Stored) -> State:
    """The state after one more event; never raises, never changes what it was given."""
    event = stored.event
    before = state
    step = _STEPS.get(type(event))
    if step is not None:
        state = step(state, event, stored)
    state = replace(state, seq=stored.seq, alarms=alarms.follow(before.alarms, before, stored))
    if stored.cause and not stored.cause.startswith("#"):
        state = _remember_command(state, stored)
    return state


def _remember_command(state: State, stored: Stored) -> State:
    done = {**state.done_commands, stored.cause: stored.seq}
    if len(done) > COMMANDS_KEPT:
        done.pop(next(iter(done)))
    return replace(state, done_commands=done)
