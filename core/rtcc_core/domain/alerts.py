"""Alerts: taken in, shown, and made work of by a person. Nothing launches by itself.

What a source says of an alert replaces what it said before; what it took back stays taken back, because
what comes after that is a late copy far more often than a change of mind.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.alert import Alert, AlertKind, AlertReport
from rtcc_core.domain.call import HOUSE_FEED, Call, CallReport, Note
from rtcc_core.domain.calls import no_such_call, opened, over_words
from rtcc_core.domain.context import Context, Events, Refused
from rtcc_core.domain.control import is_called_home, name_of
from rtcc_core.domain.evolve.alerts import alert_key
from rtcc_core.domain.flight import Flight, Phase
from rtcc_core.domain.state import State
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind
from rtcc_core.domain.text import NOTE_MAX, clean

UID = "alert:"
"""How the ids of calls begin that were opened for an alert."""

TITLES = {
    AlertKind.PLATE: "PLATE HIT",
    AlertKind.GUNSHOT: "GUNSHOT ALERT",
    AlertKind.ALARM: "ALARM",
    AlertKind.OTHER: "ALERT",
}


# --- what sources report ----------------------------------------------------------------------


def alert_reported(context: Context, fact: facts.AlertReported) -> Events:
    """A new alert, what changed of one, its end, or nothing."""
    state, report = context.state, fact.report
    known = state.alerts.get(state.alert_by_uid.get(alert_key(report.source, report.alert_uid), ""))
    if known is None:
        alert_id = _short_id(state)
        return (ev.AlertReceived(alert_id=alert_id, report=report, original=fact.original),)
    if report == known.report or (known.report.retracted and not report.retracted):
        return ()
    if report.retracted and not known.report.retracted:
        reason = clean(report.retracted)
        return (
            ev.AlertRetracted(alert_id=known.alert_id, report=report, reason=reason, original=fact.original),
        )
    changes = tuple(_changes(known.report, report))
    return (ev.AlertUpdated(alert_id=known.alert_id, report=report, changes=changes, original=fact.original),)


def _short_id(state: State) -> str:
    """The next number of ours that is nobody's name."""
    count = state.alert_count + 1
    while any(f"A{count}" in taken for taken in (state.alerts, state.calls, state.drones)):
        count += 1
    return f"A{count}"


def _changes(old: AlertReport, new: AlertReport) -> Iterator[str]:
    for name, before, after in (
        ("", old.title, new.title),
        ("plate", old.plate, new.plate),
        ("reason", old.reason, new.reason),
        ("address", old.place.address, new.place.address),
    ):
        if after != before:
            yield f"{name} now {after or 'not told'}".strip()
    if new.place.position != old.place.position:
        yield "position changed" if new.place.position else "position no longer told"
    if new.priority != old.priority:
        yield f"priority {old.priority or '?'} → {new.priority or '?'}"
    if new.confidence != old.confidence and new.confidence is not None:
        yield f"confidence {new.confidence:.0%}"
    if new.valid_until != old.valid_until:
        yield f"valid until {new.valid_until:%H:%M:%S}Z" if new.valid_until else "no end told any more"


def run_out(context: Context) -> list[ev.AnyEvent]:
    """A look: alerts whose time is over, each said once."""
    return [
        ev.AlertExpired(alert_id=alert.alert_id)
        for alert in context.state.alerts.values()
        if alert.report.valid_until is not None
        and alert.report.valid_until <= context.at
        and alert.expired_at is None
        and not alert.report.retracted
        and not alert.dismissed
    ]


# --- what people do with them -----------------------------------------------------------------


def make_call(context: Context, asked: cmd.MakeCall) -> Events | Refused:
    """A call of ours where it was sensed, with what it says, how good it is and who says so."""
    alert = context.state.alerts.get(asked.alert_id)
    if alert is None:
        return _no_such_alert(asked.alert_id)
    if words := _why_no_work(context.state, alert, context.at):
        return Refused((words,))
    report = alert.report
    call = CallReport(
        feed=HOUSE_FEED,
        incident_uid=f"{UID}{alert_key(report.source, report.alert_uid)}",
        type_text=TITLES[report.kind],
        priority=report.priority,
        place=report.place,
        notes=tuple(
            Note(text=clean(text, limit=NOTE_MAX), at=context.at, author=alert.alert_id)
            for text in _said(alert, context.at)
        ),
        agency=report.source,
        started_at=report.sensed_at,
        updated_at=context.at,
    )
    found = opened(context, call)
    received = found[0]
    assert isinstance(received, ev.CallReceived), "it comes first"
    handled = ev.AlertHandled(alert_id=alert.alert_id, account=context.by, call_id=received.call_id)
    return (received, handled, *found[1:])


def _said(alert: Alert, at: datetime) -> Iterator[str]:
    report = alert.report
    yield report.title
    sensor = f", {report.sensor}" if report.sensor else ""
    sure = f", confidence {report.confidence:.0%}" if report.confidence is not None else ""
    yield f"sensed {report.sensed_at:%Y-%m-%d %H:%M:%S}Z by {report.source}{sensor}{sure}"
    if report.reason:
        yield f"reason: {report.reason}"
    if report.valid_until is not None:
        over = "" if report.valid_until > at else ": OUT OF DATE"
        yield f"valid until {report.valid_until:%Y-%m-%d %H:%M}Z{over}"


def attach(context: Context, asked: cmd.AttachAlert) -> Events | Refused:
    """To a call that is open; one that was put aside may be taken up again."""
    alert, call = context.state.alerts.get(asked.alert_id), context.state.calls.get(asked.call_id)
    if alert is None:
        return _no_such_alert(asked.alert_id)
    if call is None:
        return no_such_call(asked.call_id)
    if alert.call_id == call.call_id:
        return ()
    if words := over_words(call) or _has_call(context.state, alert):
        return Refused((words,))
    return (ev.AlertHandled(alert_id=alert.alert_id, account=context.by, call_id=call.call_id),)


def dismiss(context: Context, asked: cmd.DismissAlert) -> Events | Refused:
    """Put aside, with the reason; not where a call rests on it."""
    alert, reason = context.state.alerts.get(asked.alert_id), clean(asked.reason, limit=NOTE_MAX)
    if alert is None:
        return _no_such_alert(asked.alert_id)
    if words := _has_call(context.state, alert):
        return Refused((words,))
    if not reason:
        return Refused((f"say why: dismiss {alert.alert_id} REASON",))
    return (ev.AlertHandled(alert_id=alert.alert_id, account=context.by, dismissed=reason),)


def _why_no_work(state: State, alert: Alert, at: datetime) -> str:
    """Nothing is begun for what its source took back, nor after a plate whose entry has run out."""
    return _ended_words(alert, at) or _has_call(state, alert)


def _ended_words(alert: Alert, at: datetime) -> str:
    report = alert.report
    if report.retracted:
        return f"{alert.alert_id} was taken back by {report.source}: {report.retracted}"
    if report.kind is AlertKind.PLATE and report.valid_until is not None and report.valid_until <= at:
        since = f"{report.valid_until:%Y-%m-%d %H:%M}Z"
        return f"{alert.alert_id} is out of date since {since}: ask {report.source}"
    return ""


def _has_call(state: State, alert: Alert) -> str:
    if alert.call_id is None:
        return ""
    by = f" ({name_of(state, alert.handled_by)})" if alert.handled_by else ""
    return f"{alert.alert_id} belongs to {alert.call_id} already{by}"


def _no_such_alert(alert_id: str) -> Refused:
    return Refused((f"there is no alert {clean(alert_id)}",))


def why_not_flown(state: State, call: Call, at: datetime) -> str:
    """Why nothing more is sent to a call that was opened for alerts of which none holds; empty: it may be."""
    if not call.is_provisional or not call.report.incident_uid.startswith(UID) or not call.alerts:
        return ""
    words = ""
    for alert_id in call.alerts:
        alert = state.alerts.get(alert_id)
        words = _ended_words(alert, at) if alert else ""
        if not words:
            return ""
    return f"{words}; if there is a reason to fly all the same, open a call for that: new ADDRESS, WHAT"


# --- what was taken back under a flight -------------------------------------------------------


def flown_for(state: State, alert: Alert) -> list[Flight]:
    """The open flights to the call that this alert belongs to."""
    return state.flights_to(alert.call_id) if alert.call_id else []


def taken_back(state: State, flight: Flight, at: datetime) -> Iterator[Suggestion]:
    """A flight for an alert that was taken back: come home?"""
    call = state.calls.get(flight.call_id)
    if call is None or not call.alerts or flight.phase is Phase.LOST or is_called_home(state, flight):
        return
    for alert_id in call.alerts:
        alert = state.alerts.get(alert_id)
        if alert is None or not alert.report.retracted:
            continue
        yield Suggestion(
            suggestion_id=f"retracted:{flight.flight_id}:{alert_id}",
            kind=SuggestionKind.ALERT_RETRACTED,
            text=(
                f"{alert_id} was taken back ({clean(alert.report.retracted)}) while {flight.drone} flies to "
                f"{call.call_id} for it: bring it home?"
            ),
            command=cmd.ReturnDrone(command_id="", drone=flight.drone),
            raised_at=at,
            drone=flight.drone,
            call_id=call.call_id,
        )
