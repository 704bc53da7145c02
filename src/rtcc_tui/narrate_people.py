"""Lines about who has which aircraft, who is on shift, and what is suggested."""

from __future__ import annotations

from rtcc_core.domain import events as ev
from rtcc_core.domain.state import State
from rtcc_tui.words import clock


def people_line(stored: ev.Stored, after: State) -> str | None:
    """The line for an event of control, a shift, a grounding or a suggestion; None for others."""
    return _control_line(stored, after) or _suggestion_line(stored)


def _control_line(stored: ev.Stored, after: State) -> str | None:
    match stored.event:
        case ev.ControlTaken() as event:
            before = f" from {_name(after, event.from_account)}" if event.from_account else ""
            reason = f": {event.reason}" if event.reason else ""
            return f"{event.drone} is flown by {_name(after, event.account)}{before} ({event.how}){reason}"
        case ev.ControlRequested() as event:
            return f"{_name(after, event.account)} asks for {event.drone}"
        case ev.ControlReleased() as event:
            return f"{event.drone} is nobody's any more: {event.reason}"
        case ev.LeaseBegan() as event:
            who = _name(after, event.account)
            return f"{event.drone} LEASE: {who} has no console open; it holds at {clock(event.until)}"
        case ev.LeaseEnded(is_back=True) as event:
            return f"{event.drone} LEASE over: {_name(after, event.account)} is back"
        case ev.LeaseEnded() as event:
            return f"{event.drone} LEASE ran out: {event.action} ordered"
        case ev.AircraftGrounded() as event:
            return f"{event.drone} GROUNDED by {_name(after, event.account)}: {event.reason}"
        case ev.AircraftReturnedToService() as event:
            return f"{event.drone} back in service by {_name(after, event.account)}: {event.reason}"
        case ev.ShiftBegan() as event:
            return f"{_name(after, event.account)} is on shift until {clock(event.until)}"
        case ev.ShiftEnded() as event:
            return f"{_name(after, event.account)} is off shift"
        case _:
            return None


def _suggestion_line(stored: ev.Stored) -> str | None:
    match stored.event:
        case ev.SuggestionMade(suggestion=made):
            subject = made.drone or made.call_id
            name = f" {subject}" if subject else ""
            text = made.text if made.text.endswith("?") else f"{made.text}."
            return f"SUGGESTED {made.kind.value}: {text} accept{name}, or decline{name} REASON"
        case ev.SuggestionEnded() as event:
            reason = f": {event.reason}" if event.reason else ""
            return f"SUGGESTION {event.suggestion_id} {event.how} by {stored.operator}{reason}"
        case _:
            return None


def _name(after: State, account: str) -> str:
    person = after.people.get(account)
    return person.name if person else account
