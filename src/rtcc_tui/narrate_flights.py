"""Lines about orders and flights."""

from __future__ import annotations

from rtcc_core.domain import events as ev
from rtcc_core.domain.flight import Outcome
from rtcc_core.domain.state import State
from rtcc_tui.words import clock, far_words, height_words, minutes_seconds


def flight_line(stored: ev.Stored, after: State) -> str | None:
    """The line for an event of an order or a flight; None for others."""
    return _order_line(stored, after) or _flight_line(stored, after) or _plan_line(stored, after)


def _order_line(stored: ev.Stored, after: State) -> str | None:
    match stored.event:
        case ev.OrderAsked(order=order):
            return f"{order.drone} {order.verb.value} {_shown(after, Outcome.ASKED)} by {order.operator}"
        case ev.OrderSent() as event:
            return _came(after, event.drone, event.order_id, Outcome.SENT)
        case ev.OrderAccepted() as event:
            return _came(after, event.drone, event.order_id, Outcome.ACCEPTED)
        case ev.OrderRefused() as event:
            return f"{_came(after, event.drone, event.order_id, Outcome.REFUSED)}: {event.reason}"
        case ev.OrderUnknown() as event:
            return f"{_came(after, event.drone, event.order_id, Outcome.UNKNOWN)}: {event.reason}"
        case ev.CommandRefused() as event:
            about = " ".join(part for part in (event.drone, event.call_id) if part)
            return f"REFUSED {event.command} {about} asked by {stored.operator}: {'; '.join(event.reasons)}"
        case _:
            return None


def _shown(after: State, word: str) -> str:
    """A phase or an outcome in the agency's word."""
    return after.programme.renames.shown(word) if after.programme else word


def _came(after: State, drone: str, order_id: str, how_far: Outcome) -> str:
    order = next((found for found in after.orders.get(drone, ()) if found.order_id == order_id), None)
    verb = order.verb.value if order else "order"
    return f"{drone} {verb} {_shown(after, how_far)}"


def _flight_line(stored: ev.Stored, after: State) -> str | None:
    match stored.event:
        case ev.FlightOpened() as event:
            soon = (
                f", overhead in {minutes_seconds(event.overhead_s)}" if event.overhead_s is not None else ""
            )
            relieves = f", relieves flight {event.relieves}" if event.relieves else ""
            reason = f", override: {event.override_reason}" if event.override_reason else ""
            return f"FLIGHT {event.flight_id} {event.drone} to call {event.call_id}{soon}{relieves}{reason}"
        case ev.PhaseObserved() as event:
            return f"{event.drone} {_shown(after, event.phase)}"
        case ev.BingoReached() as event:
            return f"{event.drone} BINGO: must leave now to land with its reserve"
        case ev.PhaseOverdue() as event:
            detail = f": {event.detail}" if event.detail else ""
            return f"{event.drone} still {_shown(after, event.phase)} after {event.after_s:.0f} s{detail}"
        case ev.SceneCleared() as event:
            return f"{event.drone} released from its call: {event.reason}"
        case ev.FlightClosed() as event:
            return f"FLIGHT {event.flight_id} of {event.drone} is over"
        case ev.AircraftDowned() as event:
            return f"{event.drone} DOWN: {event.reason}; {_where_to_look(event)}"
        case _:
            return None


def _where_to_look(event: ev.AircraftDowned) -> str:
    heard = f"last heard {clock(event.last_heard_at)}"
    if event.search_centre is None or event.search_radius_m is None:
        return f"where it was is not known, {heard}"
    return f"look within {far_words(event.search_radius_m)} of {event.search_centre}, {heard}"


def _plan_line(stored: ev.Stored, after: State) -> str | None:
    match stored.event:
        case ev.WayChosen(way=way, drone=drone):
            around = f", around {', '.join(way.goes_around)}" if way.goes_around else ""
            site = f" to {way.site}" if way.site else ""
            note = f": {way.note}" if way.note else ""
            return f"{drone} way {way.leg.value}{site} at {height_words(way.height_m)}{around}{note}"
        case ev.LineGiven(points=points, drone=drone):
            return (
                f"{drone} follows a line of {len(points)} points" if points else f"{drone} has left its line"
            )
        case ev.FlightDiverted() as event:
            return f"{event.drone} DIVERTED from {event.from_call} to {event.to_call}: {event.reason}"
        case ev.TargetMoved() as event:
            return f"{event.drone} follows its call to {event.target}"
        case ev.ReliefPlanned() as event:
            return f"RELIEF of {event.drone}{_relief_at(event)}: {event.why}"
        case ev.OverwatchHandedOver() as event:
            first, second = (_drone(after, each) for each in (event.from_flight, event.to_flight))
            return f"CALL {event.call_id}: {second} has the scene, {first} is free to leave"
        case ev.GimbalObserved() as event:
            looks = "down" if event.looks_down else "level"
            wrong = "" if event.is_allowed else ", where it must be level: privacy"
            return f"{event.drone} camera looks {looks}{wrong}"
        case ev.RecordingObserved() as event:
            return f"{event.drone} {'records' if event.is_recording else 'does not record any more'}"
        case _:
            return None


def _relief_at(event: ev.ReliefPlanned) -> str:
    if event.by is None:
        return " by NOBODY"
    return f" by {event.by}" + (f" at {clock(event.launch_at)}" if event.launch_at else "")


def _drone(after: State, flight_id: str) -> str:
    flight = after.flights.get(flight_id)
    return flight.drone if flight else flight_id
