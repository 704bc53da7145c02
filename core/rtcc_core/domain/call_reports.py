"""What feeds report of calls, of themselves and of the weather. A repeat decides to nothing."""

from __future__ import annotations

import msgspec

from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.advice import advise
from rtcc_core.domain.call import Call, CallReport
from rtcc_core.domain.context import Context, Events
from rtcc_core.domain.evolve import call_key
from rtcc_core.domain.state import State
from rtcc_core.domain.text import clean


def call_reported(context: Context, fact: facts.CallReported) -> Events:
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
        return (updated, ev.AdviceGiven(advice=advise(state, call, context.sky, context.at, context.air)))
    return (updated,)


def _new_call(context: Context, fact: facts.CallReported) -> Events:
    state, report = context.state, fact.report
    call_id = _short_id(state, report)
    call = Call(call_id=call_id, report=report, received_at=context.at, changed_at=context.at)
    received = ev.CallReceived(call_id=call_id, report=report, original=fact.original)
    if not call.is_open:
        return (received,)
    return (received, ev.AdviceGiven(advice=advise(state, call, context.sky, context.at, context.air)))


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


def unusable(context: Context, fact: facts.MessageUnusable) -> Events:
    return (
        ev.MessageQuarantined(
            quarantine_id=f"Q{context.state.quarantine_count + 1}",
            feed=fact.feed,
            reason=clean(fact.reason),
            original=fact.original,
        ),
    )


def feed_connected(context: Context, fact: facts.FeedConnected) -> Events:
    feed = context.state.feeds.get(fact.feed)
    if feed is not None and feed.is_up:
        return ()
    return (ev.FeedUp(feed=fact.feed, detail=clean(fact.detail)),)


def feed_lost(context: Context, fact: facts.FeedLost) -> Events:
    feed = context.state.feeds.get(fact.feed)
    reason = clean(fact.reason)
    if feed is not None and not feed.is_up and feed.detail == reason:
        return ()
    return (ev.FeedDown(feed=fact.feed, reason=reason),)


def snapshot_taken(context: Context, fact: facts.FeedSnapshotTaken) -> Events:
    listed = set(fact.incident_uids)
    return tuple(
        ev.CallMissing(call_id=call.call_id)
        for call in context.state.open_calls
        if call.report.feed == fact.feed
        and call.report.incident_uid not in listed
        and call.missing_since is None
    )


def weather(context: Context, fact: facts.WeatherReported) -> Events:
    known = context.state.weather
    observed = ev.WeatherObserved(
        wind_speed_m_s=fact.wind_speed_m_s,
        wind_from_deg=fact.wind_from_deg,
        gust_m_s=fact.gust_m_s,
        observed_at=fact.observed_at,
        source=clean(fact.source),
        has_wind=fact.has_wind,
        is_variable=fact.is_variable,
        visibility_m=fact.visibility_m,
        cloud_base_m=fact.cloud_base_m,
        qnh_hpa=fact.qnh_hpa,
        raw=clean(fact.raw),
    )
    if known is not None and fact.observed_at <= known.observed_at:
        return ()
    return (observed,)
