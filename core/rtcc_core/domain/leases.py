"""What becomes of an aircraft whose pilot has no console any more: alarm at once, then hold, then return.

A lease begins when the last console of the person in control goes away during a flight, or when the core
restarts in one (consoles then come back within seconds). It ends when the person is back, or when somebody
else has taken the aircraft. A return that the aircraft refused is ordered again, as long as nobody
asked anything else of it. Nothing is ordered of an aircraft that goes home, that is lost, or that somebody
flies by hand.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.context import Context
from rtcc_core.domain.control import is_called_home
from rtcc_core.domain.flight import AIRBORNE, Flight, Order, Outcome, Verb
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.recalls import recall
from rtcc_core.domain.state import Control, State

BY_THE_CORE = "lease"
"""Stands where a person's command has its id."""

RETURN_AGAIN_S = 30.0
"""Between two returns of an aircraft that refuses them. One of unknown end is a step of its flight."""


def begun(state: State, account: str, at: datetime) -> list[ev.AnyEvent]:
    """The leases that begin when `account` has no console left."""
    programme = state.programme or Programme(agency="")
    until = at + timedelta(seconds=_own_time_s(programme, programme.lease_s))
    return [
        ev.LeaseBegan(drone=drone, account=account, until=until)
        for drone in state.controlled_by(account)
        if _needs_a_pilot(state, state.flight_of(drone)) and state.control[drone].lease_until is None
    ]


def ended(state: State, account: str) -> list[ev.AnyEvent]:
    """The leases that end because `account` is at a console again."""
    return [
        ev.LeaseEnded(drone=drone, account=account, is_back=True)
        for drone in state.controlled_by(account)
        if state.control[drone].lease_until is not None
    ]


def restarted(state: State, at: datetime) -> list[ev.AnyEvent]:
    """The leases that begin because no console is connected to a core that has just started.

    One that ran when the last core went away runs anew, from now.
    """
    programme = state.programme or Programme(agency="")
    until = at + timedelta(seconds=_own_time_s(programme, programme.lease_s))
    return [
        ev.LeaseBegan(drone=drone, account=control.account, until=until)
        for drone, control in state.control.items()
        if _needs_a_pilot(state, state.flight_of(drone)) and control.lapsed_at is None
    ]


def run_out(context: Context) -> list[ev.AnyEvent]:
    """A look: the leases whose time is over now, and the orders that follow."""
    found: list[ev.AnyEvent] = []
    for drone, control in context.state.control.items():
        verb = _due(context.state, drone, control, context.at)
        if verb is not None:
            action = verb.value
            found.append(ev.LeaseEnded(drone=drone, account=control.account, is_back=False, action=action))
            found += _ordered(context, drone, verb)
    return found


def _due(state: State, drone: str, control: Control, at: datetime) -> Verb | None:
    flight = state.flight_of(drone)
    if control.lease_until is None or flight is None or flight.phase not in AIRBORNE:
        return None
    if is_called_home(state, flight) or drone in state.acting:
        return None
    if control.lapsed_at is None:
        return Verb.HOLD if at >= control.lease_until else None
    programme = state.programme or Programme(agency="")
    wait_s = _own_time_s(programme, programme.lease_return_s)
    due_at = control.lapsed_at + timedelta(seconds=wait_s)
    if control.sent_home_at is not None:
        if not _was_refused(state.newest_order(drone), flight):
            return None
        due_at = control.sent_home_at + timedelta(seconds=_own_time_s(programme, RETURN_AGAIN_S))
    return Verb.RETURN if at >= due_at else None


def _was_refused(order: Order | None, flight: Flight) -> bool:
    """True where the newest order is a way home that the core ordered and the aircraft refused."""
    if order is None or order.flight_id != flight.flight_id or order.operator != "core":
        return False
    return order.is_homeward and order.outcome is Outcome.REFUSED


def _ordered(context: Context, drone: str, verb: Verb) -> list[ev.AnyEvent]:
    """As when a person asks it: the same way home, the same release of the scene."""
    asked: cmd.HoldDrone | cmd.ReturnDrone
    if verb is Verb.HOLD:
        asked = cmd.HoldDrone(command_id=BY_THE_CORE, drone=drone)
    else:
        asked = cmd.ReturnDrone(command_id=BY_THE_CORE, drone=drone)
    decided = recall(verb)(context, asked)
    return list(decided) if isinstance(decided, tuple) else []


def _needs_a_pilot(state: State, flight: Flight | None) -> bool:
    return flight is not None and flight.downed_at is None and not is_called_home(state, flight)


def _own_time_s(programme: Programme, seconds: float) -> float:
    """A lease is about people and their consoles, whose time does not run faster in a fast drill."""
    return seconds * max(1.0, programme.drill_speed)
