"""What happened, as a dispatcher would say it: the journal screen's line; figures and ids stand behind it.

No account is named here: who did it stands beside the line, by name.
"""

from __future__ import annotations

from rtcc_core.domain import events as ev
from rtcc_core.domain.flight import Leg, Phase, Verb, Way

HOUSEKEEPING = frozenset(
    {
        "AdviceGiven",
        "BatteryNoted",
        "BootClockNoted",
        "EvidenceHeld",
        "OrderObserved",
        "OrderSent",
    }
)
"""Kinds of events that no person did and nobody has to know of: copies, marks, steps between two others."""

_DOES = {
    Verb.LAUNCH: "asked to take off",
    Verb.TRANSIT: "asked to fly on its way",
    Verb.ORBIT: "asked to circle the scene",
    Verb.MOVE: "asked to move",
    Verb.HOLD: "asked to hold",
    Verb.RETURN: "asked to come home",
    Verb.LAND: "asked to land",
    Verb.FACE: "asked to turn its nose",
    Verb.AIM: "asked to aim its camera",
    Verb.RECORD: "asked to record",
}

_PHASES = {
    Phase.ASKED: "asked for",
    Phase.GATED: "cleared to go",
    Phase.SENT: "was sent its orders",
    Phase.ARMED: "armed",
    Phase.CLIMBING: "took off",
    Phase.TRANSIT: "on its way",
    Phase.ON_SCENE: "on scene",
    Phase.HOLDING: "holding",
    Phase.RETURNING: "coming home",
    Phase.LANDING: "landing",
    Phase.LANDED: "landed",
    Phase.LOST: "LOST",
}


def told(event: ev.AnyEvent) -> str:
    """`D3 on scene`; empty where the event's plain words are as good."""
    return _of_a_flight(event) or _of_an_order(event) or _of_an_aircraft(event) or _of_people(event)


def flight_of(event: ev.AnyEvent) -> str:
    """The flight whose call belongs behind the words; empty where they name it, or need none."""
    return event.flight_id if isinstance(event, ev.PhaseObserved | ev.PhaseOverdue) else ""


def _of_a_flight(event: ev.AnyEvent) -> str:
    match event:
        case ev.FlightOpened():
            why = f"; override: {event.override_reason}" if event.override_reason else ""
            relieves = " to relieve the one that is there" if event.relieves else ""
            return f"{event.drone} sent to {event.call_id}{relieves}{why}"
        case ev.PhaseObserved():
            return f"{event.drone} {_PHASES.get(event.phase, event.phase.value)}"
        case ev.PhaseOverdue():
            detail = f": {event.detail}" if event.detail else ""
            return f"{event.drone} STILL {event.phase.value} after {event.after_s:.0f} s{detail}"
        case ev.WayChosen():
            return f"{event.drone} {_way(event.way)}"
        case ev.SceneCleared():
            return f"{event.drone} leaves its scene: {event.reason}"
        case ev.FlightDiverted():
            return f"{event.drone} diverted from {event.from_call} to {event.to_call}: {event.reason}"
        case ev.BingoReached():
            return f"{event.drone} BINGO: must leave to land with its reserve"
        case ev.ReliefPlanned():
            return event.why
        case ev.FlightClosed():
            return f"{event.drone}: the flight is over, its track is kept"
        case _:
            return ""


def _way(way: Way) -> str:
    around = f", around {', '.join(way.goes_around)}" if way.goes_around else ""
    note = f": {way.note}" if way.note else ""
    match way.leg:
        case Leg.OUT:
            flies = "flies to its call"
        case Leg.HOME:
            flies = f"flies home{f' to {way.site}' if way.site else ''}"
        case _:
            flies = "goes round its scene" if way.orbit is not None else "hovers at its scene"
    return f"{flies}{around}{note}"


def _of_an_order(event: ev.AnyEvent) -> str:
    match event:
        case ev.OrderAsked(order=order):
            return f"{order.drone} {_DOES.get(order.verb, f'asked: {order.verb.value}')}"
        case ev.OrderSent():
            return f"{event.drone} was sent its order"
        case ev.OrderAccepted():
            return f"{event.drone} accepted"
        case ev.OrderRefused():
            return f"{event.drone} REFUSED: {event.reason}"
        case ev.OrderUnknown():
            return f"{event.drone} UNKNOWN whether it heard: {event.reason}"
        case ev.OrderObserved():
            return f"{event.drone} was seen doing it"
        case _:
            return ""


def _of_an_aircraft(event: ev.AnyEvent) -> str:
    match event:
        case ev.LinkFound():
            return f"{event.drone} link up"
        case ev.LinkLost():
            return f"{event.drone} LINK LOST: {event.failsafe}"
        case ev.AutopilotActed():
            return f"{event.drone} acts by itself: {event.detail}"
        case ev.AircraftSaid():
            return f"{event.drone} says: {event.text}"
        case ev.HealthChanged():
            return f"{event.drone} {event.detail}" + (" (well again)" if event.is_well else "")
        case ev.GimbalObserved():
            wrong = "" if event.is_allowed else ", where it must be level"
            return f"{event.drone} camera looks {'down' if event.looks_down else 'level'}{wrong}"
        case ev.RecordingObserved():
            return f"{event.drone} {'records' if event.is_recording else 'records no more'}"
        case ev.AircraftGrounded():
            return f"{event.drone} grounded: {event.reason}"
        case ev.AircraftReturnedToService():
            return f"{event.drone} back in service: {event.reason}"
        case ev.MessageQuarantined():
            return f"CAD {event.feed} sent a message we could not read ({event.quarantine_id})"
        case _:
            return ""


def _of_people(event: ev.AnyEvent) -> str:
    match event:
        case ev.ControlTaken():
            return f"{event.drone} taken under control ({event.how})" + _because(event.reason)
        case ev.ControlRequested():
            return f"{event.drone} asked for"
        case ev.ControlReleased():
            return f"{event.drone} is nobody's any more" + _because(event.reason)
        case ev.CallTaken():
            return f"call {event.call_id} taken"
        case ev.CallReleased():
            return f"call {event.call_id} given back"
        case ev.NoteAdded():
            return f"note on {event.call_id}: {event.note.text}"
        case ev.AlarmAcknowledged():
            return f"alarm seen: {event.alarm_id.replace(':', ' ')}"
        case ev.SuggestionEnded():
            return f"suggestion {event.how}" + _because(event.reason)
        case ev.ConsoleJoined():
            return "console opened"
        case ev.ConsoleLeft():
            return "console closed" + _because(event.reason)
        case ev.FeedUp():
            return f"CAD {event.feed} is up"
        case ev.FeedDown():
            return f"CAD {event.feed} is DOWN: {event.reason}"
        case _:
            return ""


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
