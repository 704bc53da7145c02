"""Traffic alerts that stand, and which receivers listen."""

from __future__ import annotations

from msgspec.structs import replace

from rtcc_core.domain import events as ev
from rtcc_core.domain.events import Stored
from rtcc_core.domain.evolve.step import Steps
from rtcc_core.domain.state import State


def _alerted(state: State, event: ev.TrafficAlerted, stored: Stored) -> State:
    standing = {**state.conflicts.get(event.drone, {}), event.conflict.intruder_id: event.conflict}
    return replace(
        state,
        conflicts={**state.conflicts, event.drone: standing},
        alerted_at={event.drone: stored.at} | state.alerted_at,
    )


def _cleared(state: State, event: ev.TrafficCleared, stored: Stored) -> State:
    standing = state.conflicts.get(event.drone, {})
    kept = {key: conflict for key, conflict in standing.items() if key != event.intruder_id}
    others = {drone: found for drone, found in state.conflicts.items() if drone != event.drone}
    if kept:
        return replace(state, conflicts=others | {event.drone: kept})
    since = {drone: at for drone, at in state.alerted_at.items() if drone != event.drone}
    return replace(state, conflicts=others, alerted_at=since)


def _heard(state: State, event: ev.ReceiverHeard, stored: Stored) -> State:
    return replace(state, receivers={**state.receivers, event.name: True})


def _silent(state: State, event: ev.ReceiverSilent, stored: Stored) -> State:
    return replace(state, receivers={**state.receivers, event.name: False})


STEPS: Steps = {
    ev.TrafficAlerted: _alerted,
    ev.TrafficCleared: _cleared,
    ev.ReceiverHeard: _heard,
    ev.ReceiverSilent: _silent,
}
