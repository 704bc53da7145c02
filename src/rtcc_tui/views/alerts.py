"""Alerts beside the queue: what was sensed, who says so, how sure, and whether it still stands.

An alert that was taken back or ran out says so in a word before anything else of it.
"""

from __future__ import annotations

from datetime import datetime

from rtcc_core.domain.alert import Alert, AlertKind
from rtcc_tui.actions import key_word
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, cut, left, row
from rtcc_tui.words import clock, percent, since

RETRACTED, EXPIRED = "RETRACTED", "EXPIRED"

BLOCK_ALERTS = 4
"""Alerts that the block beside the queue shows at most."""

ROWS_EACH = 2

PAGE_ALERTS = 200
"""Of those that wait, and of those that were handled: so many on the page; a storm must not slow the keys."""


def block_rows(session: Session) -> int:
    """Rows that the block would take where there is room: none while no alert waits."""
    count = len(session.model.waiting_alerts())
    return 1 + ROWS_EACH * min(count, BLOCK_ALERTS) if count else 0


def alert_lines(session: Session, now: float, width: int, height: int) -> list[Line]:
    """A counter and as many alerts as fit; on one row the counter with the most urgent of them."""
    waiting, at = session.model.waiting_alerts(), session.model.core_now(now)
    if height <= 0:
        return []
    if height < 1 + ROWS_EACH:
        first = f": {alert_words(waiting[0], at)}" if waiting else ""
        tone = _tone(waiting[0], at) if waiting else Tone.QUIET
        tail = f" {session.glyphs.dot} {_key(session)} alerts"
        text = cut(f" {_counted(waiting, at)}{first}", width - len(tail))
        lines = [row(width, (text, tone), (tail, Tone.QUIET))]
    else:
        shown = waiting[: (height - 1) // ROWS_EACH]
        hint = f" {session.glyphs.dot} {_key(session)} shows all, with what to type"
        lines = [row(width, (f" {_counted(waiting, at)}", Tone.STRONG), (hint, Tone.QUIET))]
        for alert in shown:
            lines += _rows(session, alert, at, width)
    lines += [row(width, ("", Tone.NORMAL))] * (height - len(lines))
    return lines[:height]


def _counted(waiting: list[Alert], at: datetime | None) -> str:
    """`ALERTS 3 wait (1 EXPIRED)`."""
    over = [state for alert in waiting if (state := standing(alert, at)) in (RETRACTED, EXPIRED)]
    words = ", ".join(f"{over.count(word)} {word}" for word in (RETRACTED, EXPIRED) if word in over)
    return f"ALERTS {len(waiting)} wait" + (f" ({words})" if words else "")


def _rows(session: Session, alert: Alert, at: datetime | None, width: int) -> list[Line]:
    dot = session.glyphs.dot
    where = f" {dot} {place_words(alert)}"
    about = f"      {f' {dot} '.join(about_words(alert, at))}{where}"
    head = f" {left(alert.alert_id, 4)} {headline(alert, at)}"
    return [row(width, (head, _tone(alert, at))), row(width, (about, Tone.QUIET))]


def _tone(alert: Alert, at: datetime | None) -> Tone:
    if standing(alert, at) in (RETRACTED, EXPIRED):
        return Tone.WARN
    return Tone.STRONG if alert.report.priority == 1 else Tone.NORMAL


# --- words -----------------------------------------------------------------------------------------


def standing(alert: Alert, at: datetime | None) -> str:
    """`RETRACTED`, `EXPIRED`, `valid until 12:30:00Z`, or empty where its source told no end."""
    report = alert.report
    if report.retracted or alert.retracted_at is not None:
        return RETRACTED
    if alert.expired_at is not None or (at is not None and not alert.is_valid(at)):
        return EXPIRED
    return f"valid until {_until(report.valid_until, at)}" if report.valid_until is not None else ""


def _until(end: datetime, at: datetime | None) -> str:
    return clock(end) if at is not None and end.date() == at.date() else f"{end:%Y-%m-%d}"


def headline(alert: Alert, at: datetime | None) -> str:
    """`RETRACTED PLATE STOLEN VEHICLE 8ABC123`."""
    state = standing(alert, at)
    over = f"{state} " if state in (RETRACTED, EXPIRED) else ""
    rank = f"P{alert.report.priority} " if alert.report.priority is not None else ""
    return f"{over}{alert.report.kind.value.upper()} {rank}{alert.report.title}"


def about_words(alert: Alert, at: datetime | None) -> list[str]:
    """How old, how sure, who says so, until when."""
    report, state = alert.report, standing(alert, at)
    sure = f"{percent(report.confidence)} sure" if report.confidence is not None else "how sure: not told"
    sensor = f" {report.sensor}" if report.sensor else ""
    words = [f"{since(report.sensed_at, at)} ago" if at else "?", f"{report.source}{sensor}", sure]
    return words if state in (RETRACTED, EXPIRED) else [*words, state or "no end told"]


def place_words(alert: Alert) -> str:
    """Where it was sensed; NO POSITION where that is not known."""
    place = alert.report.place
    where = place.address or (str(place.position) if place.position else "")
    return where if place.position is not None else f"NO POSITION {where}".rstrip()


def alert_words(alert: Alert, at: datetime | None) -> str:
    """One alert in one phrase, for a single row and for the call it belongs to."""
    return f"{alert.alert_id} {headline(alert, at)}, {', '.join(about_words(alert, at))}"


def alert_texts(session: Session, now: float) -> list[tuple[str, Tone]]:
    """Every alert whole: those that wait, then those that were handled, the newest first."""
    model, at = session.model, session.model.core_now(now)
    waiting = model.waiting_alerts()
    handled = [alert for alert in reversed(model.state.alerts.values()) if not alert.is_open]
    left_out = len(waiting[PAGE_ALERTS:]) + len(handled[PAGE_ALERTS:])
    waiting, handled = waiting[:PAGE_ALERTS], handled[:PAGE_ALERTS]
    texts = [(_whole(session, alert, at), _tone(alert, at)) for alert in waiting]
    texts += [(_whole(session, alert, at), Tone.QUIET) for alert in handled]
    if left_out:
        texts.append((f"and {left_out} more: the journal has them all", Tone.WARN))
    return texts or [("no alerts", Tone.QUIET)]


def _whole(session: Session, alert: Alert, at: datetime | None) -> str:
    report, state = alert.report, standing(alert, at)
    parts = [alert_words(alert, at), f"at {place_words(alert)}", f"sensed {clock(report.sensed_at)}"]
    if report.retracted:
        parts.append(f"taken back: {report.retracted}")
    elif state == EXPIRED and report.valid_until is not None:
        parts.append(f"was valid until {_until(report.valid_until, at)}")
    parts += [f"reason {report.reason}"] if report.reason else []
    parts += [f"plate {report.plate}"] if report.plate and report.plate not in report.title else []
    parts += [f"picture {report.image_url}"] if report.image_url else []
    parts += [f"changed: {change}" for change in alert.changes if not report.retracted]
    parts += [f"read with care: {warning}" for warning in report.warnings]
    return f"{'; '.join(parts)}. {_answer(session, alert, state)}"


def _answer(session: Session, alert: Alert, state: str) -> str:
    """What became of it, or how to answer it."""
    by = session.person(alert.handled_by) if alert.handled_by else ""
    if alert.call_id is not None:
        return f"BELONGS TO {alert.call_id}, by {by}"
    if not alert.is_open:
        return f"DISMISSED by {by}: {alert.dismissed}"
    name = alert.alert_id
    is_work = state != RETRACTED and not (state == EXPIRED and alert.report.kind is AlertKind.PLATE)
    return f"{f'call {name}, ' if is_work else ''}attach {name} CALL, or dismiss {name} REASON"


def _key(session: Session) -> str:
    return key_word(session.registry.named("alerts").keys[0])
