"""What happened to the alerts of a real-time crime centre."""

from __future__ import annotations

from rtcc_core.domain.alert import AlertReport
from rtcc_core.domain.events.base import Event


class AlertReceived(Event, frozen=True, kw_only=True):
    """A source sensed something; nobody has judged it yet."""

    alert_id: str
    report: AlertReport
    original: str = ""
    """The message as it came; not sent to consoles."""


class AlertUpdated(Event, frozen=True, kw_only=True):
    alert_id: str
    report: AlertReport
    changes: tuple[str, ...]
    original: str = ""


class AlertRetracted(Event, frozen=True, kw_only=True):
    """Its source took it back: what was flown for it rests on nothing any more."""

    alert_id: str
    report: AlertReport
    reason: str
    original: str = ""


class AlertExpired(Event, frozen=True, kw_only=True):
    """Its time is over: the hot-list entry, or the alert itself, is out of date."""

    alert_id: str


class AlertHandled(Event, frozen=True, kw_only=True):
    """A person made a call of it, attached it to one, or put it aside."""

    alert_id: str
    account: str
    call_id: str | None = None
    """The call that it belongs to now; None where it was put aside."""
    dismissed: str = ""
    """Why it was put aside."""
