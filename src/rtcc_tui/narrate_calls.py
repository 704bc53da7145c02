"""Lines about calls, feeds and the weather."""

from __future__ import annotations

from rtcc_core.domain import events as ev
from rtcc_core.domain.call import CallReport


def call_line(stored: ev.Stored) -> str | None:
    """The line for an event of a call or a feed; None for others, empty where a report changed nothing."""
    match stored.event:
        case ev.CallReceived() as event:
            return f"NEW CALL {event.call_id} {described(event.report)}"
        case ev.CallUpdated() as event:
            status = "" if event.report.status.value == "active" else f" {event.report.status.value.upper()}:"
            return f"CALL {event.call_id}{status} {', '.join(event.changes)}" if event.changes else ""
        case ev.CallMissing() as event:
            return f"CALL {event.call_id} is no longer listed by CAD"
        case ev.CallTaken() as event:
            return f"CALL {event.call_id} taken by {event.account}"
        case ev.CallReleased() as event:
            return f"CALL {event.call_id} released by {event.account}"
        case ev.NoteAdded() as event:
            return f"CALL {event.call_id} note by {event.note.author or stored.operator}: {event.note.text}"
        case ev.MessageQuarantined() as event:
            return f"CAD {event.feed}: a message could not be used: {event.reason}"
        case ev.FeedUp() as event:
            return f"CAD {event.feed} is up"
        case ev.FeedDown() as event:
            return f"CAD {event.feed} is DOWN: {event.reason}"
        case ev.WeatherObserved() as event:
            return _weather(event)
        case _:
            return None


def described(report: CallReport) -> str:
    """`priority 1 ROBBERY at Elk Park`; what is not known says so."""
    priority = f"priority {report.priority}" if report.priority is not None else "priority UNKNOWN"
    title = report.type_text or report.type_code or "UNKNOWN TYPE"
    place = report.place
    where = place.address or (str(place.position) if place.position else "an unknown place")
    lost = ", NO POSITION" if place.position is None else ""
    return f"{priority} {title} at {where}{lost}"


def _weather(event: ev.WeatherObserved) -> str:
    if not event.has_wind:
        return f"WIND not told by {event.source}"
    gust = f" gust {event.gust_m_s:.0f}" if event.gust_m_s is not None else ""
    direction = "variable" if event.is_variable else f"from {event.wind_from_deg:.0f}"
    seen = f", visibility {event.visibility_m:.0f} m" if event.visibility_m is not None else ""
    return f"WIND {event.wind_speed_m_s:.0f}{gust} m/s {direction}{seen} ({event.source})"
