"""Which facts demand a person, how loudly, until when.

Alarms are a fold of events like everything else: raised by one event, over by another, and gone only when
they are over *and* somebody said by name that they saw them.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from rtcc_core.domain import events as ev
from rtcc_core.domain.call import CallStatus
from rtcc_core.domain.flight import Phase
from rtcc_core.domain.state import Alarm, Severity, State

Alarms = dict[str, Alarm]

MOMENTS = frozenset({"quarantine", "stranger", "said", "journal", "autopilot", "call"})
"""Alarms about something that happened, not something that lasts: over once they are acknowledged."""


def follow(alarms: Alarms, state: State, event: ev.AnyEvent, at: datetime) -> Alarms:
    """The alarms after one event; `state` is the state before it."""
    raised = _raised_by_aircraft(state, event, at) or _raised_elsewhere(state, event, at)
    if raised is not None:
        return {key: alarm for key, alarm in alarms.items() if key != raised.alarm_id} | {
            raised.alarm_id: raised
        }
    if isinstance(event, ev.AlarmAcknowledged):
        return _acknowledge(alarms, event)
    over = _over(event)
    return _end(alarms, over) if over else alarms


def _raised_by_aircraft(state: State, event: ev.AnyEvent, at: datetime) -> Alarm | None:
    match event:
        case ev.LinkLost():
            text = f"{event.drone} LINK LOST · {event.failsafe}"
            return _alarm("link", event.drone, Severity.CRITICAL, text, at)
        case ev.LinkTroubled(trouble=trouble) if trouble:
            return _alarm("trouble", event.drone, Severity.CRITICAL, f"{event.drone} {trouble}", at)
        case ev.OrderUnknown():
            text = f"{event.drone} {_verb(state, event)} UNKNOWN · {event.reason}"
            return _alarm("order", event.drone, Severity.CRITICAL, text, at)
        case ev.OrderRefused():
            text = f"{event.drone} {_verb(state, event)} REFUSED · {event.reason}"
            return _alarm("order", event.drone, Severity.WARNING, text, at)
        case ev.AutopilotActed():
            text = f"{event.drone} acts by itself: {event.detail}"
            return _alarm("autopilot", event.drone, Severity.CRITICAL, text, at)
        case ev.BingoReached():
            text = f"{event.drone} BINGO · must leave now to land with its reserve"
            return _alarm("bingo", event.drone, Severity.CRITICAL, text, at)
        case ev.PhaseOverdue():
            text = f"{event.drone} still {event.phase.value} after {event.after_s:.0f} s"
            return _alarm("overdue", event.drone, Severity.WARNING, text, at)
        case ev.AircraftSaid():
            return _alarm("said", event.drone, Severity.WARNING, f"{event.drone} says: {event.text}", at)
        case _:
            return None


def _raised_elsewhere(state: State, event: ev.AnyEvent, at: datetime) -> Alarm | None:
    """By feeds, strangers, the journal and calls that change under a flight."""
    match event:
        case ev.FeedDown():
            text = f"CAD {event.feed} is down · {event.reason}"
            return _alarm("feed", event.feed, Severity.WARNING, text, at, drone=None)
        case ev.MessageQuarantined():
            text = f"CAD {event.feed} sent a message that cannot be used · {event.reason}"
            return _alarm("quarantine", event.feed, Severity.NOTICE, text, at, drone=None)
        case ev.StrangerHeard():
            text = f"an aircraft that is not ours speaks as sysid {event.sysid}"
            return _alarm("stranger", str(event.sysid), Severity.WARNING, text, at, drone=None)
        case ev.JournalGapClosed():
            text = f"the journal could not write from {event.since:%H:%M:%S} · {event.reason}"
            return _alarm("journal", "gap", Severity.WARNING, text, at, drone=None)
        case ev.CallUpdated(call_id=call_id, report=report):
            going = state.flights_to(call_id)
            if report.status is CallStatus.ACTIVE or not going:
                return None
            text = f"call {call_id} is {report.status.value} in CAD while {going[-1].drone} flies to it"
            return _alarm("call", call_id, Severity.WARNING, text, at, drone=going[-1].drone)
        case _:
            return None


def _over(event: ev.AnyEvent) -> tuple[str, ...]:
    match event:
        case ev.LinkFound():
            return (f"link:{event.drone}",)
        case ev.LinkTroubled():
            return (f"trouble:{event.drone}",)
        case ev.OrderObserved() | ev.OrderAccepted():
            return (f"order:{event.drone}",)
        case ev.PhaseObserved(phase=phase):
            ended: tuple[str, ...] = (f"overdue:{event.drone}",)
            if phase in (Phase.RETURNING, Phase.LANDING, Phase.LANDED):
                ended += (f"bingo:{event.drone}",)
            if phase is Phase.LANDED:
                ended += tuple(f"{kind}:{event.drone}" for kind in ("autopilot", "order", "said"))
            return ended
        case ev.FeedUp():
            return (f"feed:{event.feed}",)
        case _:
            return ()


def _end(alarms: Alarms, over: tuple[str, ...]) -> Alarms:
    if not any(key in alarms for key in over):
        return alarms
    kept: Alarms = {}
    for key, alarm in alarms.items():
        if key not in over:
            kept[key] = alarm
        elif alarm.acknowledged_by is None:
            kept[key] = replace(alarm, is_over=True)
    return kept


def _acknowledge(alarms: Alarms, event: ev.AlarmAcknowledged) -> Alarms:
    alarm = alarms.get(event.alarm_id)
    if alarm is None:
        return alarms
    without = {key: other for key, other in alarms.items() if key != event.alarm_id}
    is_moment = event.alarm_id.split(":")[0] in MOMENTS
    if alarm.is_over or is_moment:
        return without
    return alarms | {event.alarm_id: replace(alarm, acknowledged_by=event.account)}


def _alarm(
    kind: str, subject: str, severity: Severity, text: str, at: datetime, drone: str | None = ""
) -> Alarm:
    named = subject if drone == "" else drone
    return Alarm(alarm_id=f"{kind}:{subject}", severity=severity, text=text, raised_at=at, drone=named)


def _verb(state: State, event: ev.OrderUnknown | ev.OrderRefused) -> str:
    for order in state.orders.get(event.drone, ()):
        if order.order_id == event.order_id:
            return order.verb.value
    return "order"
