"""Calls, feeds and the weather."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from rtcc_core.domain import events as ev
from rtcc_core.domain.call import Call
from rtcc_core.domain.events import Stored
from rtcc_core.domain.evolve.step import Steps
from rtcc_core.domain.state import Feed, State, Weather

ENDED_CALLS_KEPT = 500


def call_key(feed: str, incident_uid: str) -> str:
    """How an incident of a feed is found again."""
    return f"{feed}|{incident_uid}"


def _call_received(state: State, event: ev.CallReceived, stored: Stored) -> State:
    call = Call(call_id=event.call_id, report=event.report, received_at=stored.at, changed_at=stored.at)
    state = replace(
        state,
        calls=_pruned({**state.calls, event.call_id: call}),
        call_by_uid={
            **state.call_by_uid,
            call_key(event.report.feed, event.report.incident_uid): event.call_id,
        },
        call_count=state.call_count + 1,
    )
    return _count_tolerated(state, event.report.feed, bool(event.report.warnings))


def _call_updated(state: State, event: ev.CallUpdated, stored: Stored) -> State:
    def update(call: Call) -> Call:
        return replace(
            call,
            report=event.report,
            changed_at=stored.at,
            changes=event.changes,
            missing_since=None,
        )

    state = _with_call(state, event.call_id, update)
    return _count_tolerated(state, event.report.feed, bool(event.report.warnings))


def _call_missing(state: State, event: ev.CallMissing, stored: Stored) -> State:
    return _with_call(state, event.call_id, lambda call: replace(call, missing_since=stored.at))


def _call_taken(state: State, event: ev.CallTaken, stored: Stored) -> State:
    return _with_call(state, event.call_id, lambda call: replace(call, taken_by=event.account))


def _call_released(state: State, event: ev.CallReleased, stored: Stored) -> State:
    return _with_call(state, event.call_id, lambda call: replace(call, taken_by=None))


def _note_added(state: State, event: ev.NoteAdded, stored: Stored) -> State:
    return _with_call(
        state, event.call_id, lambda call: replace(call, house_notes=(*call.house_notes, event.note))
    )


def _advice_given(state: State, event: ev.AdviceGiven, stored: Stored) -> State:
    return replace(state, advice={**state.advice, event.advice.call_id: event.advice})


def _with_call(state: State, call_id: str, update: Callable[[Call], Call]) -> State:
    call = state.calls.get(call_id)
    if call is None:
        return state
    return replace(state, calls={**state.calls, call_id: update(call)})


def _pruned(calls: dict[str, Call]) -> dict[str, Call]:
    if len(calls) <= ENDED_CALLS_KEPT:
        return calls
    ended = [call_id for call_id, call in calls.items() if not call.is_open]
    dropped = set(ended[: max(0, len(ended) - ENDED_CALLS_KEPT)])
    return {call_id: call for call_id, call in calls.items() if call_id not in dropped}


def _feed_up(state: State, event: ev.FeedUp, stored: Stored) -> State:
    feed = _feed(state, event.feed, stored)
    return _with_feed(state, replace(feed, is_up=True, since=stored.at, detail=event.detail))


def _feed_down(state: State, event: ev.FeedDown, stored: Stored) -> State:
    feed = _feed(state, event.feed, stored)
    return _with_feed(state, replace(feed, is_up=False, since=stored.at, detail=event.reason))


def _quarantined(state: State, event: ev.MessageQuarantined, stored: Stored) -> State:
    feed = _feed(state, event.feed, stored)
    state = replace(state, quarantine_count=state.quarantine_count + 1)
    return _with_feed(state, replace(feed, quarantined=feed.quarantined + 1))


def _feed(state: State, name: str, stored: Stored) -> Feed:
    return state.feeds.get(name) or Feed(name=name, since=stored.at)


def _with_feed(state: State, feed: Feed) -> State:
    return replace(state, feeds={**state.feeds, feed.name: feed})


def _count_tolerated(state: State, name: str, was_tolerated: bool) -> State:
    feed = state.feeds.get(name)
    if feed is None or not was_tolerated:
        return state
    return _with_feed(state, replace(feed, tolerated=feed.tolerated + 1))


def _weather_observed(state: State, event: ev.WeatherObserved, stored: Stored) -> State:
    return replace(
        state,
        weather=Weather(
            wind_speed_m_s=event.wind_speed_m_s,
            wind_from_deg=event.wind_from_deg,
            gust_m_s=event.gust_m_s,
            observed_at=event.observed_at,
            source=event.source,
            has_wind=event.has_wind,
            is_variable=event.is_variable,
            visibility_m=event.visibility_m,
            cloud_base_m=event.cloud_base_m,
            qnh_hpa=event.qnh_hpa,
            raw=event.raw,
        ),
    )


STEPS: Steps = {
    ev.CallReceived: _call_received,
    ev.CallUpdated: _call_updated,
    ev.CallMissing: _call_missing,
    ev.CallTaken: _call_taken,
    ev.CallReleased: _call_released,
    ev.NoteAdded: _note_added,
    ev.AdviceGiven: _advice_given,
    ev.FeedUp: _feed_up,
    ev.FeedDown: _feed_down,
    ev.MessageQuarantined: _quarantined,
    ev.WeatherObserved: _weather_observed,
}
