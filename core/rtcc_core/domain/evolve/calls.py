"""Calls, feeds and the weather."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec.structs import replace

from rtcc_core.domain import events as ev
from rtcc_core.domain.call import HOUSE_FEED, Call, CallReport, CallStatus, call_key, leading, placed_after
from rtcc_core.domain.events import Stored
from rtcc_core.domain.evolve.hearing import heard
from rtcc_core.domain.evolve.linking import relate
from rtcc_core.domain.evolve.people import touched
from rtcc_core.domain.evolve.step import Steps
from rtcc_core.domain.state import Feed, State, Weather

ENDED_CALLS_KEPT = 500

PRUNED_EVERY = 64
"""Calls come in faster than it is worth looking for the oldest."""

THERE = frozenset({"onscene", "on scene", "arrived", "at scene"})
"""Statuses of a unit that is there (EIDO SecondaryUnitStatus registry: Arrived, OnScene), in lower case."""


def _call_received(state: State, event: ev.CallReceived, stored: Stored) -> State:
    report = event.report
    call = Call(
        call_id=event.call_id,
        report=report,
        received_at=stored.at,
        changed_at=stored.at,
        is_provisional=event.is_provisional,
        started_at=report.started_at,
        cad_received_at=None if report.feed == HOUSE_FEED else stored.at,
        unit_on_scene_at=_seen_there(report, stored.at),
    )
    state = replace(
        state,
        calls={**state.calls, event.call_id: call},
        call_by_uid={**state.call_by_uid, call_key(report.feed, report.incident_uid): event.call_id},
        call_count=state.call_count + 1,
    )
    state = relate(state, None, call, stored.at)
    if state.call_count % PRUNED_EVERY == 0:
        state = _pruned(state)
    return heard(state, report.feed, report.warnings, stored.at)


def _call_updated(state: State, event: ev.CallUpdated, stored: Stored) -> State:
    before, report = state.calls.get(event.call_id), event.report
    if before is None:
        return state
    views = {view.feed: view for view in before.views} | {report.feed: report}
    first = leading(tuple(views.values()))
    others = tuple(view for feed, view in views.items() if feed != first.feed)
    is_listed = first.feed != before.report.feed or first.feed == report.feed
    call = replace(
        before,
        report=first,
        other_views=others,
        changed_at=stored.at if event.changes else before.changed_at,
        changes=event.changes or before.changes,
        missing_since=None if is_listed else before.missing_since,
        started_at=earliest(before.started_at, report.started_at),
        cad_received_at=before.cad_received_at or (None if report.feed == HOUSE_FEED else stored.at),
        unit_on_scene_at=before.unit_on_scene_at or _seen_there(report, stored.at),
    )
    call = replace(call, placed=placed_after(before, call.told_place))
    key = call_key(report.feed, report.incident_uid)
    if key not in state.call_by_uid:  # passed back to us under another name
        state = replace(state, call_by_uid={**state.call_by_uid, key: call.call_id})
    state = relate(_with(state, call), before, call, stored.at)
    return heard(state, report.feed, report.warnings, stored.at)


def _seen_there(report: CallReport, at: datetime) -> datetime | None:
    return at if any(unit.status.lower() in THERE for unit in report.units) else None


def earliest(*times: datetime | None) -> datetime | None:
    """The first of those that are told."""
    return min((at for at in times if at is not None), default=None)


def _call_placed(state: State, event: ev.CallPlaced, stored: Stored) -> State:
    call = state.calls.get(event.call_id)
    if call is None:
        return state
    state = touched(state, event.call_id, event.account, f"placed {event.call_id}", stored.seq)
    return _with(state, replace(call, placed=event.place))


def _call_closed(state: State, event: ev.CallClosed, stored: Stored) -> State:
    def close(call: Call) -> Call:
        words = f"closed here: {event.reason}"
        report = replace(call.report, status=CallStatus.CLOSED, status_text=words)
        others = tuple(replace(view, status=CallStatus.CLOSED) for view in call.other_views)
        return replace(
            call,
            report=report,
            other_views=others,
            changed_at=stored.at,
            changes=(words,),
            missing_since=None,
        )

    return _with_call(state, event.call_id, close)


def _calls_merged(state: State, event: ev.CallsMerged, stored: Stored) -> State:
    gone, into = state.calls.get(event.call_id), state.calls.get(event.into)
    if gone is None or into is None or gone is into:
        return state
    words = f"merged into {into.call_id}"
    ended = replace(
        gone,
        report=replace(gone.report, status=CallStatus.CLOSED, status_text=words),
        merged_into=into.call_id,
        moved_flights=event.flights,
        changed_at=stored.at,
        changes=(words,),
    )
    kept = replace(_both(into, gone), changed_at=stored.at, changes=(f"{gone.call_id} is the same call",))
    advice = state.advice
    if gone.call_id in advice and into.call_id not in advice:
        moved = replace(advice[gone.call_id], call_id=into.call_id)
        advice = {**advice, into.call_id: moved}
    state = replace(
        state,
        calls={**state.calls, gone.call_id: ended, into.call_id: kept},
        advice=advice,
        flights={
            key: replace(flight, call_id=into.call_id) if key in event.flights else flight
            for key, flight in state.flights.items()
        },
        alerts={
            key: replace(alert, call_id=into.call_id) if alert.call_id == gone.call_id else alert
            for key, alert in state.alerts.items()
        },
    )
    what = f"merged {gone.call_id} into {into.call_id}"
    for call_id in (gone.call_id, into.call_id):
        state = touched(state, call_id, event.account, what, stored.seq)
    return state


def _calls_split(state: State, event: ev.CallsSplit, stored: Stored) -> State:
    """Back to two: what came from the one goes back to it, and the other begins when CAD had it."""
    back, other = state.calls.get(event.call_id), state.calls.get(event.was_with)
    if back is None or other is None:
        return state
    words = f"{back.call_id} was not the same call"
    own = set(back.alerts)
    calls = {
        back.call_id: replace(
            back,
            report=replace(back.report, status=CallStatus.ACTIVE, status_text=""),
            merged_into=None,
            moved_flights=(),
            not_same=(*back.not_same, other.call_id),
            changed_at=stored.at,
            changes=(f"not the same as {other.call_id}",),
        ),
        other.call_id: replace(
            other,
            alerts=tuple(each for each in other.alerts if each not in own),
            received_at=other.cad_received_at or other.received_at,
            changed_at=stored.at,
            changes=(words,),
        ),
    }
    state = replace(
        state,
        calls=state.calls | calls,
        flights={
            key: replace(flight, call_id=back.call_id) if key in event.flights else flight
            for key, flight in state.flights.items()
        },
        alerts={
            key: replace(alert, call_id=back.call_id) if key in own else alert
            for key, alert in state.alerts.items()
        },
    )
    for call_id in calls:
        state = touched(state, call_id, event.account, f"split {back.call_id} off", stored.seq)
    return state


def _both(into: Call, gone: Call) -> Call:
    """What goes on, with everything of what ends; every clock from the first of the two."""
    notes = (*into.house_notes, *gone.report.notes, *gone.house_notes)
    nowhere = into.place.position is None and gone.place.position is not None
    return replace(
        into,
        house_notes=tuple(sorted(notes, key=lambda note: note.at or gone.received_at)),
        alerts=(*into.alerts, *(alert for alert in gone.alerts if alert not in into.alerts)),
        taken_by=into.taken_by or gone.taken_by,
        placed=gone.place if nowhere else into.placed,
        received_at=min(into.received_at, gone.received_at),
        started_at=earliest(into.started_at, gone.started_at),
        recommended_at=earliest(into.recommended_at, gone.recommended_at),
        decided_at=earliest(into.decided_at, gone.decided_at),
        unit_on_scene_at=earliest(into.unit_on_scene_at, gone.unit_on_scene_at),
    )


def _call_listed_again(state: State, event: ev.CallListedAgain, stored: Stored) -> State:
    return _with_call(state, event.call_id, lambda call: replace(call, missing_since=None))


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
    call_id = event.advice.call_id
    state = replace(state, advice={**state.advice, call_id: event.advice})
    return _with_call(
        state, call_id, lambda call: replace(call, recommended_at=call.recommended_at or stored.at)
    )


def decided(state: State, call_id: str, at: datetime) -> State:
    """The state in which a person has sent an aircraft to this call, at this moment or before."""
    return _with_call(state, call_id, lambda call: replace(call, decided_at=call.decided_at or at))


def _with_call(state: State, call_id: str, update: Callable[[Call], Call]) -> State:
    call = state.calls.get(call_id)
    if call is None:
        return state
    return replace(state, calls={**state.calls, call_id: update(call)})


def _with(state: State, call: Call) -> State:
    return replace(state, calls={**state.calls, call.call_id: call})


def _pruned(state: State) -> State:
    """Without the oldest of the calls that are over, and everything that is kept by their ids."""
    served = {flight.call_id for flight in state.flights.values() if flight.is_open}
    ended = [key for key, call in state.calls.items() if not call.is_open and key not in served]
    dropped = set(ended[: max(0, len(ended) - ENDED_CALLS_KEPT)])
    if not dropped:
        return state
    calls = {key: call for key, call in state.calls.items() if key not in dropped}
    return replace(
        state,
        calls=calls,
        call_by_uid={key: call_id for key, call_id in state.call_by_uid.items() if call_id in calls},
        named_by={key: kept for key, ids in state.named_by.items() if (kept := _left(ids, calls))},
        advice={key: advice for key, advice in state.advice.items() if key in calls},
    )


def _left(ids: Iterable[str], calls: dict[str, Call]) -> tuple[str, ...]:
    return tuple(call_id for call_id in ids if call_id in calls)


def _feed_up(state: State, event: ev.FeedUp, stored: Stored) -> State:
    feed = _feed(state, event.feed, stored)
    return _with_feed(state, replace(feed, is_up=True, since=stored.at, detail=event.detail))


def _feed_down(state: State, event: ev.FeedDown, stored: Stored) -> State:
    feed = _feed(state, event.feed, stored)
    return _with_feed(state, replace(feed, is_up=False, since=stored.at, detail=event.reason))


def _quarantined(state: State, event: ev.MessageQuarantined, stored: Stored) -> State:
    state = replace(state, quarantine_count=state.quarantine_count + 1)
    if stored.operator.startswith("peer:"):  # who subscribes to us is no feed that could be down
        return state
    feed = _feed(state, event.feed, stored)
    why = f"{event.quarantine_id}: {event.reason}"
    kept = replace(feed, quarantined=feed.quarantined + 1, quarantined_why=why, heard_at=stored.at)
    return _with_feed(state, kept)


def _feed(state: State, name: str, stored: Stored) -> Feed:
    return state.feeds.get(name) or Feed(name=name, since=stored.at)


def _with_feed(state: State, feed: Feed) -> State:
    return replace(state, feeds={**state.feeds, feed.name: feed})


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
    ev.CallListedAgain: _call_listed_again,
    ev.CallPlaced: _call_placed,
    ev.CallClosed: _call_closed,
    ev.CallsMerged: _calls_merged,
    ev.CallsSplit: _calls_split,
    ev.CallTaken: _call_taken,
    ev.CallReleased: _call_released,
    ev.NoteAdded: _note_added,
    ev.AdviceGiven: _advice_given,
    ev.FeedUp: _feed_up,
    ev.FeedDown: _feed_down,
    ev.MessageQuarantined: _quarantined,
    ev.WeatherObserved: _weather_observed,
}
