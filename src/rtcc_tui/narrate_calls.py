"""Lines about calls, alerts, feeds and the weather."""

from __future__ import annotations

from rtcc_core.domain import events as ev
from rtcc_core.domain.alert import AlertReport
from rtcc_core.domain.call import CallReport, Place
from rtcc_tui.words import far_words, speed_words


def call_line(stored: ev.Stored) -> str | None:
    """The line for an event of a call or a feed; None for others, empty where a report changed nothing."""
    match stored.event:
        case ev.CallReceived() as event:
            ours = " (opened here)" if event.is_provisional else ""
            return f"NEW CALL {event.call_id}{ours} {described(event.report)}"
        case ev.CallUpdated() as event:
            status = "" if event.report.status.value == "active" else f" {event.report.status.value.upper()}:"
            changes = ", ".join(change.removeprefix("+ ") for change in event.changes)
            return f"CALL {event.call_id}{status or ':'} {changes}" if changes else ""
        case ev.CallMissing() as event:
            return f"CALL {event.call_id} is no longer listed by CAD"
        case ev.CallListedAgain() as event:
            return f"CALL {event.call_id} is listed by CAD again"
        case ev.CallTaken() as event:
            return f"CALL {event.call_id} taken by {event.account}"
        case ev.CallReleased() as event:
            return f"CALL {event.call_id} released by {event.account}"
        case ev.NoteAdded() as event:
            return f"CALL {event.call_id} note by {event.note.author or stored.operator}: {event.note.text}"
        case ev.MessageQuarantined() as event:
            return f"CAD {event.feed} sent a message we could not read: {event.reason}"
        case ev.FeedUp() as event:
            return f"CAD {event.feed} is up"
        case ev.FeedDown() as event:
            return f"CAD {event.feed} is DOWN: {event.reason}"
        case ev.WeatherObserved() as event:
            return _weather(event)
        case _:
            return _desk_line(stored) or _alert_line(stored)


def _desk_line(stored: ev.Stored) -> str | None:
    """What people said of a call."""
    match stored.event:
        case ev.CallPlaced() as event:
            return f"CALL {event.call_id} {placed_words(event.place)}, by {event.account}"
        case ev.CallClosed() as event:
            return f"CALL {event.call_id} CLOSED here by {event.account}: {event.reason}"
        case ev.CallsMerged() as event:
            flights = f"; flights {', '.join(event.flights)} go on for {event.into}" if event.flights else ""
            return f"CALL {event.call_id} MERGED INTO {event.into} by {event.account}{flights}"
        case ev.CallsSplit() as event:
            flights = f"; flights {', '.join(event.flights)} go back to it" if event.flights else ""
            return f"CALL {event.call_id} is not the same as {event.was_with}, by {event.account}{flights}"
        case ev.FeedListsNone() as event:
            return f"CAD {event.feed} lists no calls any more; {event.open_calls} are open here"
        case ev.AssetsAdopted() as event:
            left = f", {len(event.assets.problems)} lines left out" if event.assets.problems else ""
            return f"ASSETS {len(event.assets.items)} cameras, sensors and sites are known{left}"
        case _:
            return None


def placed_words(place: Place | None) -> str:
    """`placed at 9260 Elk Park Dr (38.42 -121.42, BY HAND)`."""
    if place is None:
        return "is where CAD says again"
    found = ", ".join(str(part) for part in (place.position, place.found_by) if part)
    sure = "" if place.confirmed_by else ", TO BE CONFIRMED"
    return f"placed at {place.address} ({found}{sure})".replace("  ", " ")


def _alert_line(stored: ev.Stored) -> str | None:
    match stored.event:
        case ev.AlertReceived() as event:
            return f"ALERT {event.alert_id} {sensed(event.report)}. call {event.alert_id} makes it a call"
        case ev.AlertUpdated() as event:
            return f"ALERT {event.alert_id} {', '.join(event.changes)}" if event.changes else ""
        case ev.AlertRetracted() as event:
            return f"ALERT {event.alert_id} {event.report.title} TAKEN BACK by its source: {event.reason}"
        case ev.AlertExpired() as event:
            return f"ALERT {event.alert_id} is out of date"
        case ev.AlertHandled(call_id=None) as event:
            return f"ALERT {event.alert_id} dismissed by {event.account}: {event.dismissed}"
        case ev.AlertHandled() as event:
            return f"ALERT {event.alert_id} belongs to {event.call_id}, by {event.account}"
        case _:
            return None


def sensed(report: AlertReport) -> str:
    """`PLATE STOLEN VEHICLE 8ABC123 at Laguna Blvd, 90% sure, by FLOCK`; what is not known says so."""
    place = report.place
    where = place.address or (str(place.position) if place.position else "an unknown place")
    lost = ", NO POSITION" if place.position is None else ""
    sure = f", {report.confidence:.0%} sure" if report.confidence is not None else ""
    rank = f" priority {report.priority}" if report.priority is not None else ""
    over = f", TAKEN BACK: {report.retracted}" if report.retracted else ""
    title = f"{report.kind.value.upper()}{rank} {report.title}"
    return f"{title} at {where}{lost}{sure}, by {report.source}{over}"


def described(report: CallReport, place: Place | None = None) -> str:
    """`priority 1 ROBBERY at Elk Park`; what is not known says so. `place`: where a person said it is."""
    priority = f"priority {report.priority}" if report.priority is not None else "priority UNKNOWN"
    title = report.type_text or report.type_code or "UNKNOWN TYPE"
    place = place or report.place
    where = place.address or (str(place.position) if place.position else "an unknown place")
    lost = ", NO POSITION" if place.position is None else ""
    return f"{priority} {title} at {where}{lost}"


def _weather(event: ev.WeatherObserved) -> str:
    if not event.has_wind:
        return f"WIND not told by {event.source}"
    gust = f" gust {speed_words(event.gust_m_s)}" if event.gust_m_s is not None else ""
    direction = "variable" if event.is_variable else f"from {event.wind_from_deg:.0f}"
    seen = f", visibility {far_words(event.visibility_m)}" if event.visibility_m is not None else ""
    return f"WIND {speed_words(event.wind_speed_m_s)}{gust} {direction}{seen} ({event.source})"
