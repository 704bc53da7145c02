"""What feeds report of calls, of themselves and of the weather. A repeat decides to nothing."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.call import Call, CallReport, CallStatus, call_key, placed_after
from rtcc_core.domain.call_changes import what_changed
from rtcc_core.domain.context import Context, Events
from rtcc_core.domain.own_names import is_never_opened, known_again
from rtcc_core.domain.recommend import recommend
from rtcc_core.domain.state import State
from rtcc_core.domain.text import clean

EMPTIED_FROM = 2
"""A feed that had so many open calls, and lists none, has perhaps lost them: somebody is told."""


def call_reported(context: Context, fact: facts.CallReported) -> Events:
    """A new call, what changed of one, another feed's view of one, or nothing."""
    report = fact.report
    known = _known(context.state, report) or known_again(context.state, report)
    if known is None:
        return () if is_never_opened(context.state, report) else _new_call(context, fact)
    view = known.view_of(report.feed)
    if view is None:
        seen = (f"{clean(report.agency) or report.feed} reports it, too",)
        return _updated(context, known, fact, seen)
    if report == view:
        is_missing = known.missing_since is not None and known.report.feed == report.feed
        return (ev.CallListedAgain(call_id=known.call_id),) if is_missing else ()
    if report.updated_at < view.updated_at:
        return ()
    return _updated(
        context, known, fact, what_changed(view, report, partial(_call_id, context.state, report))
    )


def _known(state: State, report: CallReport) -> Call | None:
    """The call that this report is of; None for a new one, and where a feed has used an id again."""
    call = state.calls.get(state.call_by_uid.get(call_key(report.feed, report.incident_uid), ""))
    if call is None or call.is_open or report.status is not CallStatus.ACTIVE or report.started_at is None:
        return call
    ended_at = max(view.updated_at for view in call.views)
    # Re-opened keeps its beginning; one that began after the other was over is another incident.
    return None if report.started_at > ended_at else call


def _call_id(state: State, report: CallReport, uid: str) -> str | None:
    return state.call_by_uid.get(call_key(report.feed, uid))


def _updated(context: Context, known: Call, fact: facts.CallReported, changes: tuple[str, ...]) -> Events:
    report = fact.report
    updated = ev.CallUpdated(call_id=known.call_id, report=report, changes=changes, original=fact.original)
    if known.report.feed != report.feed or report.status is not CallStatus.ACTIVE:
        return (updated,)
    call = replace(known, report=report)
    call = replace(call, placed=placed_after(known, call.told_place))
    is_news = call.place.position != known.place.position or not known.is_open
    if not is_news or context.state.flights_to(known.call_id):
        return (updated,)
    return (updated, *recommend(context, call))


def _new_call(context: Context, fact: facts.CallReported) -> Events:
    report = fact.report
    call_id = short_id(context.state, report)
    call = Call(call_id=call_id, report=report, received_at=context.at, changed_at=context.at)
    received = ev.CallReceived(call_id=call_id, report=report, original=fact.original)
    return (received, *recommend(context, call)) if call.is_open else (received,)


def short_id(state: State, report: CallReport) -> str:
    """The CAD's own number where it can be typed and is free, else the next number of ours."""
    number = report.number.upper()
    typeable = 0 < len(number) <= 12 and all(char.isalnum() or char == "-" for char in number)
    clashes = number in state.calls or number in state.drones or number in state.alerts
    if typeable and number.isascii() and not clashes:
        return number
    count = state.call_count + 1
    while f"C{count}" in state.calls or f"C{count}" in state.drones:
        count += 1
    return f"C{count}"


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
    """What is no longer listed is marked, what is listed again is not; nothing is closed by a list."""
    listed = set(fact.incident_uids)
    ours = [call for call in context.state.calls.values() if call.is_open and call.report.feed == fact.feed]
    found: list[ev.AnyEvent] = []
    for call in ours:
        is_listed = call.report.incident_uid in listed
        if is_listed and call.missing_since is not None:
            found.append(ev.CallListedAgain(call_id=call.call_id))
        elif not is_listed and call.missing_since is None:
            found.append(ev.CallMissing(call_id=call.call_id))
    if not listed and found and len(ours) >= EMPTIED_FROM:
        found.append(ev.FeedListsNone(feed=fact.feed, open_calls=len(ours)))
    return tuple(found)


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
