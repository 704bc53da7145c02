"""Every feed: since when it is up or down, what it brought, what was tolerated, what is in quarantine."""

from __future__ import annotations

from rtcc_core.domain.state import Feed
from rtcc_tui.session import Session
from rtcc_tui.spans import Tone
from rtcc_tui.words import clock, since


def feed_texts(session: Session, now: float) -> list[tuple[str, Tone]]:
    """One line for each feed, those that are down first."""
    feeds = sorted(session.model.state.feeds.values(), key=lambda feed: (feed.is_up, feed.name))
    texts = [(_feed(session, feed, now), Tone.NORMAL if feed.is_up else Tone.ALARM) for feed in feeds]
    if not texts:
        return [("no feed has been heard of", Tone.WARN)]
    kept = session.model.state.quarantine_count
    if kept:
        what = "messages" if kept > 1 else "message"
        texts.append((f"{kept} {what} could not be read: rtcc cad quarantine shows all of it", Tone.WARN))
    return texts


def _feed(session: Session, feed: Feed, now: float) -> str:
    """`COUNTY up since 12:00:00Z (0:12): 3 calls open, 1 no longer listed; 2 tolerated, 0 quarantined`."""
    at = session.model.core_now(now)
    age = since(feed.since, at) if at else "?"
    detail = f": {feed.detail}" if feed.detail else ""
    calls = [call for call in session.model.state.calls.values() if call.view_of(feed.name) is not None]
    is_open = [call for call in calls if call.is_open]
    missing = sum(call.missing_since is not None for call in is_open if call.report.feed == feed.name)
    listed = f", {missing} NO LONGER LISTED: close all {feed.name} REASON" if missing else ""
    alerts = [alert for alert in session.model.state.alerts.values() if alert.report.source == feed.name]
    sensed = f", {len(alerts)} alerts" if alerts else ""
    newest = f", the newest {feed.quarantined_why}" if feed.quarantined_why else ""
    return (
        f"{feed.name} {'up' if feed.is_up else 'DOWN'} since {clock(feed.since)} ({age}){detail}; "
        f"{len(is_open)} calls open{listed}{sensed}; "
        f"{feed.tolerated} tolerated, {feed.quarantined} quarantined{newest}"
    )
