"""The one place where something asked or reported becomes what happened, or is refused.

Pure: the same state, question, sky and time give the same events. A repeat decides to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.advice import advise, unheard
from rtcc_core.domain.call import Call, CallReport, Note
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.evolve import call_key
from rtcc_core.domain.flight import AIRBORNE, ENDED, PENDING, Outcome, Phase, Verb
from rtcc_core.domain.gates import question, refusals, run_gates
from rtcc_core.domain.observe import observe
from rtcc_core.domain.orders import make_order
from rtcc_core.domain.people import Person, Right
from rtcc_core.domain.programme import Programme
from rtcc_core.domain.state import State
from rtcc_core.domain.text import NOTE_MAX, clean

Events = tuple[ev.AnyEvent, ...]


class Refused(msgspec.Struct, frozen=True):
    """Not done, and every reason in words."""

    reasons: tuple[str, ...]


class Context(msgspec.Struct, frozen=True):
    """What every decision may read besides what was asked."""

    state: State
    by: str
    """Account of the person, or `core`, or `feed:NAME`."""
    at: datetime
    sky: Sky

    @property
    def person(self) -> Person | None:
        return self.state.people.get(self.by)


def decide(
    state: State, asked: cmd.Command | facts.Fact, by: str, at: datetime, sky: Sky
) -> Events | Refused:
    """What happens because of `asked`: events to store, nothing for a repeat, or a refusal."""
    context = Context(state, by, at, sky)
    if isinstance(asked, cmd.Command):
        if asked.command_id in state.done_commands:
            return ()
        right = RIGHT_NEEDED[type(asked)]
        if context.person is None:
            return Refused((f"{clean(by)} is not on this agency's roster",))
        # The launch gates say it themselves, next to every other reason.
        if right is not Right.LAUNCH and not context.person.may(right):
            return Refused((f"the role {context.person.role.value} may not {right.value}",))
    return _DECISIONS[type(asked)](context, asked)


# --- what people ask --------------------------------------------------------------------------


def _launch(context: Context, asked: cmd.LaunchDrone) -> Events | Refused:
    state = context.state
    drone, call = state.drones.get(asked.drone), state.calls.get(asked.call_id)
    if drone is None:
        return Refused((f"there is no aircraft {clean(asked.drone)} in the fleet",))
    if call is None:
        return Refused((f"there is no call {clean(asked.call_id)}",))
    if not call.is_open:
        return Refused((f"call {call.call_id} is {call.report.status.value}",))
    seen = context.sky.get(drone.callsign, unheard(drone.callsign))
    target = call.report.place.position
    gates = run_gates(question(state, drone, target, seen, context.at, context.person))
    reason = clean(asked.override_reason or "", limit=NOTE_MAX)
    against = refusals(gates)
    blocked = any(gate.verdict.value == "BLOCK" for gate in gates)
    if blocked or (against and not reason):
        hint = () if blocked else ("say why it may go all the same: launch … override REASON",)
        return Refused((*against, *hint))
    if against and not (context.person and context.person.may(Right.OVERRIDE)):
        return Refused((*against, "your role may not override; ask a pilot or supervisor"))
    if target is None:
        return Refused(("the call has no position",))
    programme = state.programme or Programme(agency="")
    flight_id = f"F{state.flight_count + 1}"
    order = make_order(
        state,
        drone=drone.callsign,
        verb=Verb.LAUNCH,
        operator=context.by,
        at=context.at,
        flight_id=flight_id,
        target=target,
        height_m=programme.transit_height_m,
    )
    opened = ev.FlightOpened(
        flight_id=flight_id,
        drone=drone.callsign,
        call_id=call.call_id,
        target=target,
        gates=gates,
        override_reason=reason if against else None,
    )
    return (opened, ev.OrderAsked(order=order))


def _recall(verb: Verb) -> Callable[[Context, Any], Events | Refused]:
    def decide_recall(
        context: Context, asked: cmd.HoldDrone | cmd.ReturnDrone | cmd.LandDrone
    ) -> Events | Refused:
        state = context.state
        if asked.drone not in state.drones:
            return Refused((f"there is no aircraft {clean(asked.drone)} in the fleet",))
        flight = state.flight_of(asked.drone)
        order = make_order(
            state,
            drone=asked.drone,
            verb=verb,
            operator=context.by,
            at=context.at,
            flight_id=flight.flight_id if flight else None,
        )
        decided: list[ev.AnyEvent] = []
        was_there = flight is not None and Phase.ON_SCENE in flight.times and flight.cleared_at is None
        if flight is not None and was_there and verb is not Verb.HOLD:
            decided.append(
                ev.SceneCleared(flight_id=flight.flight_id, drone=asked.drone, reason=f"{verb.value} ordered")
            )
        return (*decided, ev.OrderAsked(order=order))

    return decide_recall


def _take(context: Context, asked: cmd.TakeCall) -> Events | Refused:
    call = context.state.calls.get(asked.call_id)
    if call is None:
        return Refused((f"there is no call {clean(asked.call_id)}",))
    if call.taken_by and call.taken_by != context.by:
        holder = context.state.people.get(call.taken_by)
        return Refused((f"{holder.name if holder else call.taken_by} has call {call.call_id}",))
    return () if call.taken_by else (ev.CallTaken(call_id=call.call_id, account=context.by),)


def _release(context: Context, asked: cmd.ReleaseCall) -> Events | Refused:
    call = context.state.calls.get(asked.call_id)
    if call is None or call.taken_by != context.by:
        return Refused((f"you do not have call {clean(asked.call_id)}",))
    return (ev.CallReleased(call_id=call.call_id, account=context.by),)


def _note(context: Context, asked: cmd.AddNote) -> Events | Refused:
    if asked.call_id not in context.state.calls:
        return Refused((f"there is no call {clean(asked.call_id)}",))
    text = clean(asked.text, limit=NOTE_MAX)
    if not text:
        return Refused(("the note is empty",))
    author = context.person.name if context.person else context.by
    note = Note(text=text, at=context.at, author=author)
    return (ev.NoteAdded(call_id=asked.call_id, note=note),)


def _acknowledge(context: Context, asked: cmd.AcknowledgeAlarm) -> Events | Refused:
    if asked.alarm_id not in context.state.alarms:
        return Refused(("that alarm is gone",))
    return (ev.AlarmAcknowledged(alarm_id=asked.alarm_id, account=context.by),)


def _report_wind(context: Context, asked: cmd.ReportWind) -> Events | Refused:
    if not 0.0 <= asked.wind_speed_m_s <= 80.0 or not 0.0 <= asked.wind_from_deg <= 360.0:
        return Refused(("wind is a speed of 0–80 m/s and a direction of 0–360°: wind 5 240",))
    if asked.gust_m_s is not None and not asked.wind_speed_m_s <= asked.gust_m_s <= 120.0:
        return Refused(("a gust is at least as strong as the wind, and below 120 m/s",))
    return (
        ev.WeatherObserved(
            wind_speed_m_s=asked.wind_speed_m_s,
            wind_from_deg=asked.wind_from_deg,
            gust_m_s=asked.gust_m_s,
            observed_at=context.at,
            source=context.person.name if context.person else context.by,
        ),
    )


# --- what feeds report ------------------------------------------------------------------------


def _call_reported(context: Context, fact: facts.CallReported) -> Events:
    state, report = context.state, fact.report
    call_id = state.call_by_uid.get(call_key(report.feed, report.incident_uid))
    known = state.calls.get(call_id) if call_id else None
    if known is None:
        return _new_call(context, fact)
    if report == known.report and known.missing_since is None:
        return ()
    if report.updated_at < known.report.updated_at:
        return ()
    if report == known.report:
        changes: tuple[str, ...] = ("listed again",)
    else:
        changes = what_changed(known.report, report)
    updated = ev.CallUpdated(call_id=known.call_id, report=report, changes=changes, original=fact.original)
    moved = report.place.position != known.report.place.position
    if moved and not state.flights_to(known.call_id):
        call = msgspec.structs.replace(known, report=report)
        return (updated, ev.AdviceGiven(advice=advise(state, call, context.sky, context.at)))
    return (updated,)


def _new_call(context: Context, fact: facts.CallReported) -> Events:
    state, report = context.state, fact.report
    call_id = _short_id(state, report)
    call = Call(call_id=call_id, report=report, received_at=context.at, changed_at=context.at)
    received = ev.CallReceived(call_id=call_id, report=report, original=fact.original)
    if not call.is_open:
        return (received,)
    return (received, ev.AdviceGiven(advice=advise(state, call, context.sky, context.at)))


def _short_id(state: State, report: CallReport) -> str:
    """The CAD's own number where it can be typed and is free, else the next number of ours."""
    number = report.number.upper()
    typeable = 0 < len(number) <= 12 and all(char.isalnum() or char == "-" for char in number)
    clashes = number in state.calls or number in state.drones
    if typeable and number.isascii() and not clashes:
        return number
    count = state.call_count + 1
    while f"C{count}" in state.calls:
        count += 1
    return f"C{count}"


def what_changed(old: CallReport, new: CallReport) -> tuple[str, ...]:
    """What a newer report changed, in words for the screen."""
    changes: list[str] = []
    if new.status != old.status:
        changes.append(f"now {new.status.value}")
    if new.priority != old.priority:
        changes.append(f"priority {old.priority or '?'} → {new.priority or '?'}")
    if (new.type_code, new.type_text) != (old.type_code, old.type_text):
        changes.append(f"type now {new.type_text or new.type_code}")
    if new.place.position != old.place.position:
        changes.append("position changed" if old.place.position else "position now known")
    if new.place.address != old.place.address:
        changes.append("address changed")
    known = {note.text for note in old.notes}
    changes += [f"+ {clean(note.text, limit=80)}" for note in new.notes if note.text not in known]
    before = {unit.callsign: unit.status for unit in old.units}
    changes += [
        f"unit {unit.callsign} {unit.status}".rstrip()
        for unit in new.units
        if before.get(unit.callsign) != unit.status
    ]
    if new.merged_into_uid and new.merged_into_uid != old.merged_into_uid:
        changes.append("merged into another incident")
    return tuple(changes) or ("details changed",)


def _unusable(context: Context, fact: facts.MessageUnusable) -> Events:
    return (
        ev.MessageQuarantined(
            quarantine_id=f"Q{context.state.quarantine_count + 1}",
            feed=fact.feed,
            reason=clean(fact.reason),
            original=fact.original,
        ),
    )


def _feed_connected(context: Context, fact: facts.FeedConnected) -> Events:
    feed = context.state.feeds.get(fact.feed)
    if feed is not None and feed.is_up:
        return ()
    return (ev.FeedUp(feed=fact.feed, detail=clean(fact.detail)),)


def _feed_lost(context: Context, fact: facts.FeedLost) -> Events:
    feed = context.state.feeds.get(fact.feed)
    reason = clean(fact.reason)
    if feed is not None and not feed.is_up and feed.detail == reason:
        return ()
    return (ev.FeedDown(feed=fact.feed, reason=reason),)


def _snapshot_taken(context: Context, fact: facts.FeedSnapshotTaken) -> Events:
    listed = set(fact.incident_uids)
    return tuple(
        ev.CallMissing(call_id=call.call_id)
        for call in context.state.open_calls
        if call.report.feed == fact.feed
        and call.report.incident_uid not in listed
        and call.missing_since is None
    )


def _weather(context: Context, fact: facts.WeatherReported) -> Events:
    known = context.state.weather
    observed = ev.WeatherObserved(
        wind_speed_m_s=fact.wind_speed_m_s,
        wind_from_deg=fact.wind_from_deg,
        gust_m_s=fact.gust_m_s,
        observed_at=fact.observed_at,
        source=clean(fact.source),
    )
    if known is not None and fact.observed_at <= known.observed_at:
        return ()
    return (observed,)


# --- what aircraft and the house report -------------------------------------------------------


def _order_sent(context: Context, fact: facts.OrderSentOut) -> Events:
    order = _find_order(context, fact.drone, fact.order_id)
    if order is None or order.outcome is not Outcome.ASKED:
        return ()
    return (ev.OrderSent(drone=fact.drone, order_id=fact.order_id),)


def _order_settled(context: Context, fact: facts.OrderSettled) -> Events:
    order = _find_order(context, fact.drone, fact.order_id)
    if order is None or order.outcome not in PENDING:
        return ()
    reason = clean(fact.reason)
    match fact.outcome:
        case Outcome.ACCEPTED:
            return (ev.OrderAccepted(drone=fact.drone, order_id=fact.order_id),)
        case Outcome.REFUSED:
            refused = ev.OrderRefused(drone=fact.drone, order_id=fact.order_id, reason=reason)
            return (refused, *_aborted(context, fact, reason))
        case Outcome.UNKNOWN:
            return (ev.OrderUnknown(drone=fact.drone, order_id=fact.order_id, reason=reason),)
        case _:
            return ()


def _aborted(context: Context, fact: facts.OrderSettled, reason: str) -> Events:
    """A launch that the aircraft refused ends its flight where it stands: on the ground."""
    order = _find_order(context, fact.drone, fact.order_id)
    flight = context.state.flight_of(fact.drone)
    if order is None or order.verb is not Verb.LAUNCH or flight is None or flight.phase in AIRBORNE:
        return ()
    aborted = ev.PhaseObserved(
        flight_id=flight.flight_id, drone=fact.drone, phase=Phase.ABORTED, evidence=f"refused: {reason}"
    )
    return (aborted,)


def _find_order(context: Context, drone: str, order_id: str) -> Any:
    return next((o for o in context.state.orders.get(drone, ()) if o.order_id == order_id), None)


def _status_text(context: Context, fact: facts.AircraftStatusText) -> Events:
    return (ev.AircraftSaid(drone=fact.drone, severity=clean(fact.severity), text=clean(fact.text)),)


def _stranger(context: Context, fact: facts.StrangerSeen) -> Events:
    return (ev.StrangerHeard(sysid=fact.sysid, detail=clean(fact.detail)),)


def _track_sealed(context: Context, fact: facts.TrackSealed) -> Events:
    flight = context.state.flights.get(fact.flight_id)
    if flight is None or flight.phase not in ENDED:
        return ()
    return (
        ev.FlightClosed(
            flight_id=fact.flight_id,
            drone=fact.drone,
            track_samples=fact.samples,
            track_sha256=fact.sha256,
        ),
    )


def _console_opened(context: Context, fact: facts.ConsoleOpened) -> Events:
    return (ev.ConsoleJoined(console_id=fact.console_id, account=fact.account, uid=fact.uid),)


def _console_closed(context: Context, fact: facts.ConsoleClosed) -> Events:
    if fact.console_id not in context.state.consoles:
        return ()
    return (ev.ConsoleLeft(console_id=fact.console_id, account=fact.account, reason=clean(fact.reason)),)


def _journal_recovered(context: Context, fact: facts.JournalRecovered) -> Events:
    return (ev.JournalGapClosed(since=fact.since, reason=clean(fact.reason), orders=fact.orders),)


def _came_up(context: Context, fact: facts.CoreCameUp) -> Events:
    return (
        ev.CoreStarted(
            version=fact.version,
            programme=fact.programme,
            sites=fact.sites,
            drones=fact.drones,
            people=fact.people,
        ),
    )


def _goes_down(context: Context, fact: facts.CoreGoesDown) -> Events:
    return (ev.CoreStopped(reason=fact.reason),)


def _time_passed(context: Context, fact: facts.TimePassed) -> Events:
    found: list[ev.AnyEvent] = []
    for drone in context.state.drones.values():
        seen = context.sky.get(drone.callsign, unheard(drone.callsign))
        found += observe(context.state, drone, seen, context.at)
    return tuple(found)


RIGHT_NEEDED: dict[type[cmd.Command], Right] = {
    cmd.LaunchDrone: Right.LAUNCH,
    cmd.HoldDrone: Right.RECALL,
    cmd.ReturnDrone: Right.RECALL,
    cmd.LandDrone: Right.RECALL,
    cmd.TakeCall: Right.WORK_CALLS,
    cmd.ReleaseCall: Right.WORK_CALLS,
    cmd.AddNote: Right.WORK_CALLS,
    cmd.AcknowledgeAlarm: Right.WORK_CALLS,
    cmd.ReportWind: Right.WORK_CALLS,
}

# The key is the question's own type, so each decision gets just the question it names.
_DECISIONS: dict[type[Any], Callable[[Context, Any], Events | Refused]] = {
    cmd.LaunchDrone: _launch,
    cmd.HoldDrone: _recall(Verb.HOLD),
    cmd.ReturnDrone: _recall(Verb.RETURN),
    cmd.LandDrone: _recall(Verb.LAND),
    cmd.TakeCall: _take,
    cmd.ReleaseCall: _release,
    cmd.AddNote: _note,
    cmd.AcknowledgeAlarm: _acknowledge,
    cmd.ReportWind: _report_wind,
    facts.CallReported: _call_reported,
    facts.MessageUnusable: _unusable,
    facts.FeedConnected: _feed_connected,
    facts.FeedLost: _feed_lost,
    facts.FeedSnapshotTaken: _snapshot_taken,
    facts.WeatherReported: _weather,
    facts.OrderSentOut: _order_sent,
    facts.OrderSettled: _order_settled,
    facts.AircraftStatusText: _status_text,
    facts.StrangerSeen: _stranger,
    facts.TrackSealed: _track_sealed,
    facts.ConsoleOpened: _console_opened,
    facts.ConsoleClosed: _console_closed,
    facts.JournalRecovered: _journal_recovered,
    facts.CoreCameUp: _came_up,
    facts.CoreGoesDown: _goes_down,
    facts.TimePassed: _time_passed,
}
