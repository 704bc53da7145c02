"""One plain line for each thing that happened: what `--plain` prints and a screen reader speaks."""

from __future__ import annotations

from rtcc_core.domain.call import CallReport
from rtcc_core.domain.events import (
    AircraftSaid,
    AlarmAcknowledged,
    AutopilotActed,
    BingoReached,
    CallMissing,
    CallReceived,
    CallReleased,
    CallTaken,
    CallUpdated,
    CommandRefused,
    CoreStarted,
    CoreStopped,
    FeedDown,
    FeedUp,
    FlightClosed,
    FlightOpened,
    JournalGapClosed,
    LinkFound,
    LinkLost,
    LinkTroubled,
    MessageQuarantined,
    NoteAdded,
    OrderAccepted,
    OrderAsked,
    OrderRefused,
    OrderSent,
    OrderUnknown,
    PhaseObserved,
    PhaseOverdue,
    SceneCleared,
    Stored,
    StrangerHeard,
    WeatherObserved,
)
from rtcc_core.domain.state import State
from rtcc_core.domain.text import clean
from rtcc_tui.spans import to_ascii
from rtcc_tui.words import clock

LINE_MAX = 600


def spoken(text: str) -> str:
    """ASCII in one line, whatever came in: accents dropped, what has no ASCII form a question mark."""
    return to_ascii(clean(text, limit=LINE_MAX))


def narrate(stored: Stored, after: State) -> str | None:
    """The line for an event, `after` being the state with it; None for what needs no telling."""
    text = _call_line(stored, after) or _order_line(stored, after) or _house_line(stored)
    return f"{clock(stored.at)} {text}" if text else None


def _call_line(stored: Stored, after: State) -> str | None:
    match stored.event:
        case CallReceived() as event:
            return f"NEW CALL {event.call_id} {_described(event.report)}"
        case CallUpdated() as event:
            status = "" if event.report.status.value == "active" else f" {event.report.status.value.upper()}:"
            return f"CALL {event.call_id}{status} {', '.join(event.changes)}" if event.changes else None
        case CallMissing() as event:
            return f"CALL {event.call_id} is no longer listed by CAD"
        case CallTaken() as event:
            return f"CALL {event.call_id} taken by {event.account}"
        case CallReleased() as event:
            return f"CALL {event.call_id} released by {event.account}"
        case NoteAdded() as event:
            return f"CALL {event.call_id} note by {event.note.author or stored.operator}: {event.note.text}"
        case _:
            return None


def _described(report: CallReport) -> str:
    priority = f"priority {report.priority}" if report.priority is not None else "priority UNKNOWN"
    title = report.type_text or report.type_code or "UNKNOWN TYPE"
    place = report.place
    where = place.address or (str(place.position) if place.position else "an unknown place")
    lost = ", NO POSITION" if place.position is None else ""
    return f"{priority} {title} at {where}{lost}"


def _order_line(stored: Stored, after: State) -> str | None:
    match stored.event:
        case OrderAsked(order=order):
            return f"{order.drone} {order.verb.value} ASKED by {order.operator}"
        case OrderSent() as event:
            return f"{event.drone} {_verb(after, event.drone, event.order_id)} SENT"
        case OrderAccepted() as event:
            return f"{event.drone} {_verb(after, event.drone, event.order_id)} ACCEPTED"
        case OrderRefused() as event:
            return f"{event.drone} {_verb(after, event.drone, event.order_id)} REFUSED: {event.reason}"
        case OrderUnknown() as event:
            return f"{event.drone} {_verb(after, event.drone, event.order_id)} UNKNOWN: {event.reason}"
        case FlightOpened() as event:
            reason = f", override: {event.override_reason}" if event.override_reason else ""
            return f"FLIGHT {event.flight_id} {event.drone} to call {event.call_id}{reason}"
        case PhaseObserved() as event:
            return f"{event.drone} {event.phase.value}"
        case BingoReached() as event:
            return f"{event.drone} BINGO: must leave now to land with its reserve"
        case PhaseOverdue() as event:
            return f"{event.drone} still {event.phase.value} after {event.after_s:.0f} s"
        case SceneCleared() as event:
            return f"{event.drone} released from its call: {event.reason}"
        case FlightClosed() as event:
            return f"FLIGHT {event.flight_id} of {event.drone} is over"
        case CommandRefused() as event:
            about = " ".join(part for part in (event.drone, event.call_id) if part)
            return f"REFUSED {event.command} {about} asked by {stored.operator}: {'; '.join(event.reasons)}"
        case _:
            return None


def _verb(after: State, drone: str, order_id: str) -> str:
    order = next((found for found in after.orders.get(drone, ()) if found.order_id == order_id), None)
    return order.verb.value if order else "order"


def _house_line(stored: Stored) -> str | None:
    match stored.event:
        case CoreStarted() as event:
            return f"CORE {event.version} started"
        case CoreStopped() as event:
            return f"CORE stopped: {event.reason}"
        case JournalGapClosed() as event:
            return f"JOURNAL writes again; since {clock(event.since)} it could not: {event.reason}"
        case MessageQuarantined() as event:
            return f"CAD {event.feed}: a message could not be used: {event.reason}"
        case FeedUp() as event:
            return f"CAD {event.feed} is up"
        case FeedDown() as event:
            return f"CAD {event.feed} is DOWN: {event.reason}"
        case WeatherObserved() as event:
            gust = f" gust {event.gust_m_s:.0f}" if event.gust_m_s is not None else ""
            return (
                f"WIND {event.wind_speed_m_s:.0f}{gust} m/s from {event.wind_from_deg:.0f} ({event.source})"
            )
        case LinkFound() as event:
            return f"{event.drone} link up"
        case LinkLost() as event:
            return f"{event.drone} LINK LOST: {event.failsafe}"
        case LinkTroubled() as event:
            return f"{event.drone} link cannot be flown on: {event.trouble}" if event.trouble else None
        case StrangerHeard() as event:
            return f"STRANGER an aircraft that is not ours speaks as sysid {event.sysid}"
        case AutopilotActed() as event:
            return f"{event.drone} changed to {event.mode.value} by itself: {event.detail}"
        case AircraftSaid() as event:
            return f"{event.drone} says {event.severity}: {event.text}"
        case AlarmAcknowledged() as event:
            return f"ALARM {event.alarm_id} acknowledged by {event.account}"
        case _:
            return None
