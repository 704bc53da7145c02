"""Alerts that cannot wait until somebody looks beside the queue: gunshots, and what a source ranks first.

`state` is always the state before the event.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from rtcc_core.domain import events as ev
from rtcc_core.domain.alert import AlertKind, AlertReport
from rtcc_core.domain.state import Alarm, Severity, State

SEVERITIES: Final[dict[tuple[AlertKind, bool], Severity]] = {
    (AlertKind.GUNSHOT, True): Severity.CRITICAL,
    (AlertKind.GUNSHOT, False): Severity.WARNING,
    (AlertKind.PLATE, True): Severity.WARNING,
    (AlertKind.ALARM, True): Severity.WARNING,
    (AlertKind.OTHER, True): Severity.WARNING,
}
"""By what sensed it and whether its priority is 1; the others wait beside the queue."""

AT_ONCE: Final = 20
"""So many stand by themselves; more are one alarm, or a storm of them would hide every other."""


def severity(report: AlertReport) -> Severity | None:
    """How loudly this alert demands a person; None where it waits."""
    return SEVERITIES.get((report.kind, report.priority == 1))


def raised(state: State, event: ev.AlertReceived | ev.AlertUpdated, at: datetime) -> Alarm | None:
    """The alarm of a new alert, or of one that became louder; none once somebody handled it."""
    report, known = event.report, state.alerts.get(event.alert_id)
    loud = severity(report)
    is_over = bool(report.retracted) or (report.valid_until is not None and report.valid_until <= at)
    if loud is None or is_over or (known is not None and not known.is_open):
        return None
    if known is not None and severity(known.report) is loud:
        return None
    if sum(key.startswith("sensed:") for key in state.alarms) >= AT_ONCE:
        text = f"more than {AT_ONCE} urgent alerts wait: alerts shows all of them"
        return Alarm(alarm_id="alerts:many", severity=loud, text=text, raised_at=at)
    return Alarm(alarm_id=_id(event.alert_id), severity=loud, text=_words(event), raised_at=at)


def over(state: State, event: ev.AnyEvent) -> tuple[str, ...]:
    """Ids of the alarms whose alert somebody handled, or that is no longer true, or not urgent any more."""
    match event:
        case ev.AlertHandled() | ev.AlertRetracted() | ev.AlertExpired():
            return (_id(event.alert_id),)
        case ev.AlertUpdated(report=report) if severity(report) is None:
            return (_id(event.alert_id),)
        case _:
            return ()


def _id(alert_id: str) -> str:
    return f"sensed:{alert_id}"


def _words(event: ev.AlertReceived | ev.AlertUpdated) -> str:
    report, alert_id = event.report, event.alert_id
    where = report.place.address or (
        str(report.place.position) if report.place.position else "no place given"
    )
    sure = f", {report.confidence:.0%} sure" if report.confidence is not None else ""
    kind = "ALERT" if report.kind is AlertKind.OTHER else report.kind.value.upper()
    said = f"{alert_id} {kind} · {report.title} · {where} · {report.source}{sure}"
    return f"{said} · call {alert_id} makes it a call, dismiss {alert_id} REASON puts it aside"
