"""Alerts of a real-time crime centre, and the calls that were made of them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from rtcc_core.domain import events as ev
from rtcc_core.domain.alert import Alert
from rtcc_core.domain.events import Stored
from rtcc_core.domain.evolve.hearing import heard
from rtcc_core.domain.evolve.people import touched
from rtcc_core.domain.evolve.step import Steps
from rtcc_core.domain.state import State

DONE_ALERTS_KEPT = 300
"""So many that were handled, taken back or are out of date."""

OPEN_ALERTS_KEPT = 2_000
"""So many that nobody has looked at: a storm must not fill the memory. The journal has them all."""

PRUNED_EVERY = 64


def alert_key(source: str, alert_uid: str) -> str:
    """How an alert of a source is found again."""
    return f"{source}|{alert_uid}"


def _received(state: State, event: ev.AlertReceived, stored: Stored) -> State:
    report = event.report
    alert = Alert(
        alert_id=event.alert_id,
        report=report,
        received_at=stored.at,
        retracted_at=stored.at if report.retracted else None,
    )
    key = alert_key(report.source, report.alert_uid)
    state = replace(
        state,
        alerts={**state.alerts, event.alert_id: alert},
        alert_by_uid={**state.alert_by_uid, key: event.alert_id},
        alert_count=state.alert_count + 1,
    )
    state = heard(state, report.source, report.warnings, stored.at)
    return _pruned(state) if state.alert_count % PRUNED_EVERY == 0 else state


def _updated(state: State, event: ev.AlertUpdated, stored: Stored) -> State:
    def update(alert: Alert) -> Alert:
        is_valid = event.report.valid_until is None or event.report.valid_until > stored.at
        expired_at = None if is_valid else alert.expired_at
        return replace(alert, report=event.report, changes=event.changes, expired_at=expired_at)

    state = heard(state, event.report.source, event.report.warnings, stored.at)
    return _with_alert(state, event.alert_id, update)


def _retracted(state: State, event: ev.AlertRetracted, stored: Stored) -> State:
    return _with_alert(
        state,
        event.alert_id,
        lambda alert: replace(
            alert,
            report=event.report,
            retracted_at=alert.retracted_at or stored.at,
            changes=(f"taken back: {event.reason}",),
        ),
    )


def _expired(state: State, event: ev.AlertExpired, stored: Stored) -> State:
    return _with_alert(state, event.alert_id, lambda alert: replace(alert, expired_at=stored.at))


def _handled(state: State, event: ev.AlertHandled, stored: Stored) -> State:
    """It belongs to one call at most: what it was attached to before no longer has it."""
    alert = state.alerts.get(event.alert_id)
    if alert is None:
        return state
    state = _with_alert(
        state,
        event.alert_id,
        lambda known: replace(
            known, call_id=event.call_id, handled_by=event.account, dismissed=event.dismissed
        ),
    )
    calls = dict(state.calls)
    before = calls.get(alert.call_id or "")
    if before is not None:
        left = tuple(each for each in before.alerts if each != event.alert_id)
        calls[before.call_id] = replace(before, alerts=left)
    after = calls.get(event.call_id or "")
    if after is not None:
        calls[after.call_id] = replace(after, alerts=(*after.alerts, event.alert_id))
    what = f"handled {event.alert_id}"
    return touched(replace(state, calls=calls), event.alert_id, event.account, what, stored.seq)


def _with_alert(state: State, alert_id: str, update: Callable[[Alert], Alert]) -> State:
    alert = state.alerts.get(alert_id)
    if alert is None:
        return state
    return replace(state, alerts={**state.alerts, alert_id: update(alert)})


def _pruned(state: State) -> State:
    """Without the oldest: first of those that are done, then of the rest. What an open call has is kept."""
    needed = {alert_id for call in state.calls.values() if call.is_open for alert_id in call.alerts}
    spare = [alert for alert in state.alerts.values() if alert.alert_id not in needed]
    done = [alert.alert_id for alert in spare if not alert.is_open or alert.retracted_at or alert.expired_at]
    over = set(done)
    undone = [alert.alert_id for alert in spare if alert.alert_id not in over]
    dropped = {*_oldest(done, DONE_ALERTS_KEPT), *_oldest(undone, OPEN_ALERTS_KEPT)}
    if not dropped:
        return state
    alerts = {key: alert for key, alert in state.alerts.items() if key not in dropped}
    by_uid = {key: alert_id for key, alert_id in state.alert_by_uid.items() if alert_id in alerts}
    return replace(state, alerts=alerts, alert_by_uid=by_uid)


def _oldest(alert_ids: list[str], kept: int) -> list[str]:
    return alert_ids[: max(0, len(alert_ids) - kept)]


STEPS: Steps = {
    ev.AlertReceived: _received,
    ev.AlertUpdated: _updated,
    ev.AlertRetracted: _retracted,
    ev.AlertExpired: _expired,
    ev.AlertHandled: _handled,
}
