"""Which facts demand a person, how loudly, until when.

Alarms are a fold of events like everything else: raised by one event, over by another, and gone only when
they are over *and* somebody said by name that they saw them.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from rtcc_core.domain import alarm_shelf, call_alarms, relief_alarm
from rtcc_core.domain import events as ev
from rtcc_core.domain.airspace import emptied
from rtcc_core.domain.flight import Order, Phase
from rtcc_core.domain.state import Alarm, Severity, State

Alarms = dict[str, Alarm]

MOMENTS = frozenset(
    {
        "airspace",
        "alert",
        "alerts",
        "autopilot",
        "call",
        "clock",
        "heard",
        "journal",
        "merged",
        "quarantine",
        "restart",
        "said",
        "stranger",
        "taken",
    }
)
"""Alarms about something that happened, not something that lasts: over once they are acknowledged."""


ALWAYS_NEW = frozenset({"order", "payload", "traffic"})
"""Once more is one more: another order, another conflict."""

REWORDED = frozenset({"relief"})
"""Told anew in other words, with the minutes that are left, and the same for all that."""


def follow(alarms: Alarms, state: State, stored: ev.Stored) -> Alarms:
    """The alarms after one event; `state` is the state before it."""
    event, at = stored.event, stored.at
    alarms = alarm_shelf.follow(alarms, event)
    over = _over(state, event)
    if isinstance(event, ev.ReliefPlanned) and relief_alarm.severity(state, event, at) is None:
        over = (relief_alarm.alarm_id(event.drone),)
    if over:
        alarms = _end(alarms, over)
    raised = (
        _raised_by_aircraft(state, event, at)
        or _raised_by_flight(state, event, at)
        or _raised_by_health(state, event, at)
        or _raised_by_people(state, event, at)
        or _raised_elsewhere(state, event, at)
    )
    if raised is not None:
        return _with(alarms, replace(raised, raised_seq=stored.seq), state.started_at)
    if isinstance(event, ev.AlarmAcknowledged):
        return _acknowledge(alarms, event, at)
    return alarms


def _with(alarms: Alarms, raised: Alarm, started_at: datetime | None) -> Alarms:
    """A new alarm stands last; one that goes on keeps its place."""
    before, kind = alarms.get(raised.alarm_id), raised.alarm_id.partition(":")[0]
    if before is not None and kind not in ALWAYS_NEW:
        again = alarm_shelf.raised_again(
            before,
            raised,
            is_moment=kind in MOMENTS,
            is_reworded=kind in REWORDED,
            started_at=started_at,
        )
        if again.raised_seq == before.raised_seq:
            return alarms | {raised.alarm_id: again}
        raised = again
    return {key: alarm for key, alarm in alarms.items() if key != raised.alarm_id} | {raised.alarm_id: raised}


def _raised_by_aircraft(state: State, event: ev.AnyEvent, at: datetime) -> Alarm | None:
    match event:
        case ev.LinkLost():
            text = f"{event.drone} LINK LOST · {event.failsafe}"
            return _alarm("link", event.drone, Severity.CRITICAL, text, at)
        case ev.LinkTroubled(trouble=trouble) if trouble:
            return _alarm("trouble", event.drone, Severity.CRITICAL, f"{event.drone} {trouble}", at)
        case ev.OrderUnknown():
            text = f"{event.drone} {_verb(state, event)} UNKNOWN · {event.reason}"
            kind = _order_kind(state, event)
            severity = Severity.CRITICAL if kind == "order" else Severity.WARNING
            return _alarm(kind, event.drone, severity, text, at)
        case ev.OrderRefused():
            text = f"{event.drone} {_verb(state, event)} REFUSED · {event.reason}"
            return _alarm(_order_kind(state, event), event.drone, Severity.WARNING, text, at)
        case ev.TrafficAlerted(conflict=conflict):
            subject = f"{event.drone}:{conflict.intruder_id}"
            text = f"{event.drone} TRAFFIC · {event.text}"
            return _alarm("traffic", subject, Severity.CRITICAL, text, at, drone=event.drone)
        case ev.AircraftSaid():
            return _alarm("said", event.drone, Severity.WARNING, f"{event.drone} says: {event.text}", at)
        case _:
            return None


def _raised_by_flight(state: State, event: ev.AnyEvent, at: datetime) -> Alarm | None:
    match event:
        case ev.AutopilotActed():
            text = f"{event.drone} acts by itself: {event.detail}"
            return _alarm("autopilot", event.drone, Severity.CRITICAL, text, at)
        case ev.BingoReached():
            text = f"{event.drone} BINGO · must leave now to land with its reserve"
            return _alarm("bingo", event.drone, Severity.CRITICAL, text, at)
        case ev.PhaseOverdue():
            text = f"{event.drone} still {event.phase.value} after {event.after_s:.0f} s"
            if event.detail:
                text += f" · {event.detail}"
            return _alarm("overdue", event.drone, Severity.WARNING, text, at)
        case ev.GimbalObserved(is_allowed=False):
            flight = state.flights.get(event.flight_id)
            where = flight.phase.value if flight else "flight"
            text = f"{event.drone} camera looks down in {where} ({event.pitch_deg:.0f}°) · privacy"
            return _alarm("camera", event.drone, Severity.WARNING, text, at)
        case ev.WayChosen(way=way) if way.note:
            return _alarm("way", event.drone, Severity.WARNING, f"{event.drone} {way.note}", at)
        case _:
            return None


SERIOUS = frozenset({"position", "motors", "battery", "cells"})
"""Failures that an aircraft may not survive."""


def _raised_by_health(state: State, event: ev.AnyEvent, at: datetime) -> Alarm | None:
    match event:
        case ev.HealthChanged(is_well=False):
            severity = Severity.CRITICAL if event.what in SERIOUS else Severity.WARNING
            return _alarm(event.what, event.drone, severity, f"{event.drone} {event.detail}", at)
        case ev.FenceBreached(is_over=False):
            return _alarm("fence", event.drone, Severity.CRITICAL, f"{event.drone} {event.detail}", at)
        case ev.StrayFlightSeen(is_over=False):
            text = f"{event.drone} {event.detail} · who flies it? hold, return and land reach it"
            return _alarm("stray", event.drone, Severity.CRITICAL, text, at)
        case ev.ReturnHeightUnconfirmed():
            text = (
                f"{event.drone} RETURN HEIGHT not confirmed: {event.height_m:.0f} m was set, {event.detail}"
            )
            return _alarm("returnheight", event.drone, Severity.WARNING, text, at)
        case ev.AircraftRestarted(in_flight=True):
            text = f"{event.drone} RESTARTED IN FLIGHT · its orders and its way are gone"
            return _alarm("restart", event.drone, Severity.CRITICAL, text, at)
        case ev.AircraftDowned():
            return _alarm("down", event.drone, Severity.CRITICAL, _down_words(event), at)
        case ev.LinkFound() if _is_down(state, event.drone):
            text = f"{event.drone}, given up as down, is heard again"
            return _alarm("heard", event.drone, Severity.CRITICAL, text, at)
        case _:
            return None


def _down_words(event: ev.AircraftDowned) -> str:
    where = "where it was is not known"
    if event.search_centre is not None and event.search_radius_m is not None:
        where = f"look within {event.search_radius_m:.0f} m of {event.search_centre}"
    return f"{event.drone} DOWN · {event.reason} · {where}"


def _is_down(state: State, drone: str) -> bool:
    flight = state.flight_of(drone)
    return flight is not None and flight.downed_at is not None


def _raised_by_people(state: State, event: ev.AnyEvent, at: datetime) -> Alarm | None:
    match event:
        case ev.ControlRequested():
            text = f"{_name(state, event.account)} asks for {event.drone}"
            return _alarm("control", event.drone, Severity.NOTICE, text, at)
        case ev.ControlTaken(how="take over", from_account=str(before)):
            who, whose = _name(state, event.account), _name(state, before)
            text = f"{who} took {event.drone} over from {whose} · {event.reason}"
            return replace(_alarm("taken", event.drone, Severity.WARNING, text, at), concerns=(before,))
        case ev.LeaseBegan():
            left_s = (event.until - at).total_seconds()
            who = _name(state, event.account)
            text = f"{event.drone} · {who}, who flies it, has no console open; holds in {left_s:.0f} s"
            return _alarm("lease", event.drone, Severity.WARNING, text, at)
        case ev.LeaseEnded(is_back=False):
            who = _name(state, event.account)
            text = f"{event.drone} without a pilot: {event.action} ordered; ask for it: request {event.drone}"
            return _alarm("lease", event.drone, Severity.CRITICAL, f"{text} ({who} is away)", at)
        case ev.AircraftGrounded(account="core"):
            text = f"{event.drone} is grounded · {event.reason}"
            return _alarm("grounded", event.drone, Severity.NOTICE, text, at)
        case _:
            return None


def _name(state: State, account: str) -> str:
    person = state.people.get(account)
    return person.name if person else account


def _raised_elsewhere(state: State, event: ev.AnyEvent, at: datetime) -> Alarm | None:
    """By feeds, strangers, the journal, and calls and alerts that change under a flight."""
    match event:
        case ev.FeedDown():
            text = f"CAD {event.feed} is down · {event.reason}"
            return _alarm("feed", event.feed, Severity.WARNING, text, at, drone=None)
        case ev.MessageQuarantined():
            text = f"CAD sent a message we could not read; call {event.feed} if a call is missing"
            notice = _alarm("quarantine", event.feed, Severity.NOTICE, text, at, drone=None)
            return replace(notice, detail=event.reason)
        case ev.ReceiverSilent():
            text = f"traffic receiver {event.name} is silent · {event.detail}"
            return _alarm("receiver", event.name, Severity.WARNING, text, at, drone=None)
        case ev.StrangerHeard():
            text = f"an aircraft that is not ours speaks as sysid {event.sysid}"
            if event.missing:
                text += f"; not heard now: {', '.join(event.missing)}: has its number changed?"
            return _alarm("stranger", str(event.sysid), Severity.WARNING, text, at, drone=None)
        case ev.JournalGapClosed():
            text = f"the journal could not write from {event.since:%H:%M:%S}Z · {event.reason}"
            return _alarm("journal", "gap", Severity.WARNING, text, at, drone=None)
        case ev.AirspaceAdopted(airspace=airspace) if gone := emptied(state.airspace, airspace):
            names = ", ".join(f"{source.name} (it had {source.volumes})" for source in gone)
            text = f"airspace: no fence, keep-out or ceiling any more in {names}; flights go by what is left"
            return _alarm("airspace", gone[0].name, Severity.WARNING, text, at, drone=None)
        case ev.ClockStepped():
            text = f"this machine's clock was set by {event.by_s:+.0f} s; the core's follows slowly"
            return _alarm("clock", "core", Severity.WARNING, text, at, drone=None)
        case ev.ReliefPlanned():
            severity = relief_alarm.severity(state, event, at)
            return _alarm("relief", event.drone, severity, event.why, at) if severity else None
        case _:
            return call_alarms.raised(state, event, at)


AT_LANDING = (
    "autopilot",
    "battery",
    "camera",
    "cells",
    "control",
    "fence",
    "heard",
    "lease",
    "motors",
    "order",
    "payload",
    "position",
    "restart",
    "returnheight",
    "said",
    "way",
    "wind",
)
"""What a landing ends, by kind."""


def _over(state: State, event: ev.AnyEvent) -> tuple[str, ...]:
    match event:
        case ev.LinkFound():
            return (f"link:{event.drone}",)
        case ev.LinkTroubled():
            return (f"trouble:{event.drone}",)
        case ev.OrderObserved() | ev.OrderAccepted():
            return (f"{_order_kind(state, event)}:{event.drone}",)
        case ev.GimbalObserved(is_allowed=True):
            return (f"camera:{event.drone}",)
        case ev.PhaseObserved():
            return _over_by_phase(event)
        case ev.SceneCleared() | ev.FlightDiverted():
            return (f"relief:{event.drone}",)
        case ev.AirspaceAdopted(airspace=airspace):
            return tuple(f"airspace:{source.name}" for source in airspace.sources if source.volumes > 0)
        case ev.FeedUp():
            return (f"feed:{event.feed}",)
        case ev.TrafficCleared():
            return (f"traffic:{event.drone}:{event.intruder_id}",)
        case ev.ReceiverHeard():
            return (f"receiver:{event.name}",)
        case ev.HealthChanged(is_well=True):
            return (f"{event.what}:{event.drone}",)
        case ev.FenceBreached(is_over=True):
            return (f"fence:{event.drone}",)
        case ev.StrayFlightSeen(is_over=True):
            return (f"stray:{event.drone}",)
        case ev.ControlTaken() | ev.ControlReleased():
            return (f"control:{event.drone}", f"lease:{event.drone}")
        case ev.LeaseEnded(is_back=True):
            return (f"lease:{event.drone}",)
        case ev.AircraftReturnedToService():
            return (f"down:{event.drone}", f"grounded:{event.drone}")
        case _:
            return call_alarms.over(state, event)


def _over_by_phase(event: ev.PhaseObserved) -> tuple[str, ...]:
    ended: tuple[str, ...] = ("overdue",)
    if event.phase in (Phase.RETURNING, Phase.LANDING, Phase.LANDED):
        ended += ("bingo", "relief")
    if event.phase is Phase.LANDED:
        ended += AT_LANDING
    if event.phase is Phase.ABORTED:
        ended += ("control", "lease", "returnheight")
    return tuple(f"{kind}:{event.drone}" for kind in ended)


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


def _acknowledge(alarms: Alarms, event: ev.AlarmAcknowledged, at: datetime) -> Alarms:
    alarm = alarms.get(event.alarm_id)
    if alarm is None:
        return alarms
    without = {key: other for key, other in alarms.items() if key != event.alarm_id}
    is_moment = event.alarm_id.split(":")[0] in MOMENTS
    if alarm.is_over or is_moment:
        return without
    return alarms | {event.alarm_id: replace(alarm, acknowledged_by=event.account, acknowledged_at=at)}


def _alarm(
    kind: str, subject: str, severity: Severity, text: str, at: datetime, drone: str | None = ""
) -> Alarm:
    named = subject if drone == "" else drone
    return Alarm(alarm_id=f"{kind}:{subject}", severity=severity, text=text, raised_at=at, drone=named)


_Settled = ev.OrderUnknown | ev.OrderRefused | ev.OrderAccepted | ev.OrderObserved


def _verb(state: State, event: _Settled) -> str:
    order = _order(state, event)
    return order.verb.value if order else "order"


def _order_kind(state: State, event: _Settled) -> str:
    """Gimbal and camera have alarms of their own: they neither hide nor end one of flight."""
    order = _order(state, event)
    return "order" if order is None or order.is_of_flight else "payload"


def _order(state: State, event: _Settled) -> Order | None:
    return next((o for o in state.orders.get(event.drone, ()) if o.order_id == event.order_id), None)
