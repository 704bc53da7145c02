"""What changes under a flight, or in a feed, that a person must be told: calls and alerts.

`state` is always the state before the event.
"""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain import alert_alarms
from rtcc_core.domain import events as ev
from rtcc_core.domain.call import Call, CallReport, CallStatus, LinkKind, call_key, leading, named_incidents
from rtcc_core.domain.state import Alarm, Severity, State


def raised(state: State, event: ev.AnyEvent, at: datetime) -> Alarm | None:
    """The alarm that an event of a call, a feed's list or an alert raises."""
    match event:
        case ev.CallUpdated():
            return _updated(state, event, at)
        case ev.CallReceived(call_id=call_id, report=report):
            return _replacing(state, report, call_id, at)
        case ev.CallClosed(call_id=call_id, reason=reason):
            return _under_flight(state, call_id, f"was closed here ({reason})", at)
        case ev.CallsMerged() if event.flights:
            drones = ", ".join(state.flights[key].drone for key in event.flights if key in state.flights)
            text = f"{event.call_id} is the same as {event.into}: {drones} goes on for {event.into}"
            return _alarm("merged", event.call_id, Severity.NOTICE, text, at)
        case ev.CallsSplit() if event.flights:
            drones = ", ".join(state.flights[key].drone for key in event.flights if key in state.flights)
            text = f"{event.call_id} is not the same as {event.was_with}: {drones} flies to {event.call_id}"
            return _alarm("merged", event.call_id, Severity.NOTICE, text, at)
        case ev.FeedListsNone():
            text = (
                f"{event.feed} lists no calls any more: {event.open_calls} open here; "
                f"if they are over: close all {event.feed} REASON"
            )
            return _alarm("emptied", event.feed, Severity.WARNING, text, at)
        case ev.AlertReceived() | ev.AlertUpdated():
            return alert_alarms.raised(state, event, at)
        case ev.AlertRetracted():
            return _taken_back(state, event, at)
        case ev.AlertExpired(alert_id=alert_id):
            return _expired(state, alert_id, at)
        case _:
            return None


def over(state: State, event: ev.AnyEvent) -> tuple[str, ...]:
    """Ids of the alarms whose cause is gone: of feeds that list calls again, and of alerts."""
    match event:
        case ev.CallReceived(report=report) | ev.CallUpdated(report=report):
            return (f"emptied:{report.feed}",)
        case ev.CallListedAgain(call_id=call_id):
            call = state.calls.get(call_id)
            return (f"emptied:{call.report.feed}",) if call else ()
        case ev.CallClosed(call_id=call_id):
            call = state.calls.get(call_id)
            return (f"emptied:{call.report.feed}",) if call and not _others_missing(state, call) else ()
        case _:
            return alert_alarms.over(state, event)


def _others_missing(state: State, call: Call) -> bool:
    return any(
        other.is_open and other.missing_since is not None and other.report.feed == call.report.feed
        for other in state.calls.values()
        if other.call_id != call.call_id
    )


# --- calls ------------------------------------------------------------------------------------


def _updated(state: State, event: ev.CallUpdated, at: datetime) -> Alarm | None:
    call, report = state.calls.get(event.call_id), event.report
    if call is None:
        return None
    if state.flights_to(event.call_id) and (words := _what_happened(state, call, report)):
        return _under_flight(state, event.call_id, words, at)
    return _replacing(state, report, event.call_id, at)


def _what_happened(state: State, call: Call, report: CallReport) -> str:
    """To a call that an aircraft flies to; empty for nothing that a person must be asked about."""
    views = {each.feed: each for each in call.views} | {report.feed: report}
    now = leading(tuple(views.values()))
    view = call.view_of(report.feed)
    before, after = named_incidents(view) if view else {}, named_incidents(report)
    for key, kind in after.items():
        if kind is LinkKind.REPLACED and before.get(key) is not kind:
            return f"was merged into {_name(state, key)}"
    if now.status is not CallStatus.ACTIVE:
        return f"is {now.status.value} in CAD"
    for key, kind in before.items():
        if key not in after:
            was = "is no longer merged into" if kind is LinkKind.REPLACED else "is no longer linked with"
            return f"{was} {_name(state, key)}"
    return ""


def _name(state: State, key: str) -> str:
    return state.call_by_uid.get(key, "an incident not known here")


def _replacing(state: State, report: CallReport, by: str, at: datetime) -> Alarm | None:
    """A call that says it takes the place of one that an aircraft flies to."""
    named = named_incidents(report)
    if not named:
        return None
    known = state.calls.get(state.call_by_uid.get(call_key(report.feed, report.incident_uid), ""))
    view = known.view_of(report.feed) if known else None
    before = named_incidents(view) if view else {}
    for key, kind in named.items():
        if kind is LinkKind.REPLACING and before.get(key) is not kind and key in state.call_by_uid:
            found = _under_flight(state, state.call_by_uid[key], f"was merged into {by}", at)
            if found is not None:
                return found
    return None


def _under_flight(state: State, call_id: str, words: str, at: datetime) -> Alarm | None:
    going = state.flights_to(call_id)
    if not going:
        return None
    text = f"call {call_id} {words} while {going[-1].drone} flies to it"
    return _alarm("call", call_id, Severity.WARNING, text, at, going[-1].drone)


# --- alerts -----------------------------------------------------------------------------------


def _taken_back(state: State, event: ev.AlertRetracted, at: datetime) -> Alarm | None:
    """After a launch for it the loudest; where only a call was made of it, a warning; else nothing."""
    alert = state.alerts.get(event.alert_id)
    call = state.calls.get(alert.call_id or "") if alert else None
    if call is None:
        return None
    going = state.flights_to(call.call_id)
    text = f"{event.alert_id} {event.report.title} TAKEN BACK by {event.report.source}: {event.reason}"
    if going:
        text += f" · {', '.join(flight.drone for flight in going)} flies to {call.call_id} for it"
        return _alarm("alert", event.alert_id, Severity.CRITICAL, text, at, going[-1].drone)
    text += f" · {call.call_id} is open for it"
    return _alarm("alert", event.alert_id, Severity.WARNING, text, at) if call.is_open else None


def _expired(state: State, alert_id: str, at: datetime) -> Alarm | None:
    alert = state.alerts.get(alert_id)
    going = state.flights_to(alert.call_id) if alert and alert.call_id else []
    if alert is None or not going:
        return None
    text = f"{alert_id} {alert.report.title} is out of date while {going[-1].drone} flies for it"
    return _alarm("alert", alert_id, Severity.WARNING, text, at, going[-1].drone)


def _alarm(
    kind: str, subject: str, severity: Severity, text: str, at: datetime, drone: str | None = None
) -> Alarm:
    return Alarm(alarm_id=f"{kind}:{subject}", severity=severity, text=text, raised_at=at, drone=drone)
