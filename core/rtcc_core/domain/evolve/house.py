"""The core, its consoles and the links to aircraft."""

from __future__ import annotations

from msgspec.structs import replace

from rtcc_core.domain import events as ev
from rtcc_core.domain.events import Stored
from rtcc_core.domain.evolve.step import Steps
from rtcc_core.domain.state import LinkState, State


def _core_started(state: State, event: ev.CoreStarted, stored: Stored) -> State:
    return replace(
        state,
        started_at=stored.at,
        programme=event.programme,
        airspace=state.airspace if event.programme.requires_airspace else None,
        sites={site.name: site for site in event.sites},
        drones={drone.callsign: drone for drone in event.drones},
        people={person.account: person for person in event.people},
        consoles={},
        links={},
        receivers={},
        feeds={
            name: replace(feed, is_up=False, since=stored.at, detail="the core restarted")
            for name, feed in state.feeds.items()
        },
    )


def _airspace_adopted(state: State, event: ev.AirspaceAdopted, stored: Stored) -> State:
    return replace(state, airspace=event.airspace)


def _assets_adopted(state: State, event: ev.AssetsAdopted, stored: Stored) -> State:
    return replace(state, assets=event.assets)


def _console_joined(state: State, event: ev.ConsoleJoined, stored: Stored) -> State:
    return replace(state, consoles={**state.consoles, event.console_id: event.account})


def _lock_changed(state: State, event: ev.ConsoleLockChanged, stored: Stored) -> State:
    return state  # for the record; what a locked console may do is kept with its connection


def _console_left(state: State, event: ev.ConsoleLeft, stored: Stored) -> State:
    return replace(state, consoles={k: v for k, v in state.consoles.items() if k != event.console_id})


def _link_found(state: State, event: ev.LinkFound, stored: Stored) -> State:
    heard = {drone: seen for drone, seen in state.last_heard.items() if drone != event.drone}
    state = replace(state, last_heard=heard)
    return _with_link(state, event.drone, LinkState(is_up=True, since=stored.at, detail=event.detail))


def _link_lost(state: State, event: ev.LinkLost, stored: Stored) -> State:
    if event.last is not None:
        state = replace(state, last_heard={**state.last_heard, event.drone: event.last})
        if event.last.booted_at_s is not None:
            state = _with_boot_clock(state, event.drone, event.last.booted_at_s)
    return _with_link(state, event.drone, LinkState(is_up=False, since=stored.at, detail=event.failsafe))


def _boot_clock_noted(state: State, event: ev.BootClockNoted, stored: Stored) -> State:
    return _with_boot_clock(state, event.drone, event.booted_at_s)


def _restarted(state: State, event: ev.AircraftRestarted, stored: Stored) -> State:
    return state if event.booted_at_s is None else _with_boot_clock(state, event.drone, event.booted_at_s)


def _with_boot_clock(state: State, drone: str, booted_at_s: float) -> State:
    return replace(state, boot_clocks={**state.boot_clocks, drone: booted_at_s})


def _stray_seen(state: State, event: ev.StrayFlightSeen, stored: Stored) -> State:
    strays = {drone: since for drone, since in state.strays.items() if drone != event.drone}
    if not event.is_over:
        strays[event.drone] = stored.at
    return replace(state, strays=strays)


def _link_troubled(state: State, event: ev.LinkTroubled, stored: Stored) -> State:
    link = state.links.get(event.drone) or LinkState(is_up=True, since=stored.at)
    return _with_link(state, event.drone, replace(link, trouble=event.trouble))


def _with_link(state: State, drone: str, link: LinkState) -> State:
    return replace(state, links={**state.links, drone: link})


STEPS: Steps = {
    ev.CoreStarted: _core_started,
    ev.AirspaceAdopted: _airspace_adopted,
    ev.AssetsAdopted: _assets_adopted,
    ev.ConsoleJoined: _console_joined,
    ev.ConsoleLeft: _console_left,
    ev.ConsoleLockChanged: _lock_changed,
    ev.LinkFound: _link_found,
    ev.LinkLost: _link_lost,
    ev.LinkTroubled: _link_troubled,
    ev.AircraftRestarted: _restarted,
    ev.StrayFlightSeen: _stray_seen,
    ev.BootClockNoted: _boot_clock_noted,
}
