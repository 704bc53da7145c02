"""Who is on shift, and which aircraft may not be launched."""

from __future__ import annotations

import math
from datetime import timedelta

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import lost
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.control import name_of
from rtcc_core.domain.text import NOTE_MAX, clean

SHIFT_MAX_H = 16.0


def begin_shift(context: Context, asked: cmd.BeginShift) -> Events | Refused:
    """On shift from now, for so many hours; again: the new end."""
    if not math.isfinite(asked.hours) or not 0.0 < asked.hours <= SHIFT_MAX_H:
        return Refused((f"a shift lasts up to {SHIFT_MAX_H:.0f} hours: shift 12",))
    return (ev.ShiftBegan(account=context.by, until=context.at + timedelta(hours=asked.hours)),)


def end_shift(context: Context, asked: cmd.EndShift) -> Events | Refused:
    """Not with an aircraft in flight: that is handed over first."""
    state = context.state
    flown = [drone for drone in state.controlled_by(context.by) if state.flight_of(drone) is not None]
    if flown:
        return Refused((f"you fly {', '.join(flown)}; hand over first: give {flown[0]} to NAME",))
    if context.by not in state.shifts:
        return Refused(("you are on no shift",))
    return (ev.ShiftEnded(account=context.by),)


def ground(context: Context, asked: cmd.GroundAircraft) -> Events | Refused:
    """Not launched until put back in service; one in flight is not touched."""
    reason = clean(asked.reason, limit=NOTE_MAX)
    if not reason:
        return Refused((f"say why: ground {asked.drone} REASON",))
    known = context.state.grounded.get(asked.drone)
    if known is not None:
        who = name_of(context.state, known.account)
        return Refused((f"{asked.drone} is grounded by {who} since {known.since:%H:%M}Z: {known.reason}",))
    return (ev.AircraftGrounded(drone=asked.drone, account=context.by, reason=reason),)


def return_to_service(context: Context, asked: cmd.ReturnToService) -> Events | Refused:
    """After an inspection: its hours count from nothing again, and a downed aircraft's call is closed."""
    reason = clean(asked.reason, limit=NOTE_MAX)
    if not reason:
        return Refused((f"say what was done: inservice {asked.drone} REASON",))
    flight = context.state.flight_of(asked.drone)
    if flight is not None and flight.downed_at is None:
        return Refused((f"{asked.drone} is in flight {flight.flight_id}; put it in service on the ground",))
    back = ev.AircraftReturnedToService(drone=asked.drone, account=context.by, reason=reason)
    return (*lost.found_again(context, asked.drone, reason), back)
