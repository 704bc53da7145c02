"""Alerts of a real-time crime centre: plate hits, gunshots, alarms. A person makes work of them.

An alert never launches anything and never becomes a call by itself (DOMAIN.md 3.1, 8).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from rtcc_core.domain.call import Place


class AlertKind(StrEnum):
    """What sensed it."""

    PLATE = "plate"
    GUNSHOT = "gunshot"
    ALARM = "alarm"
    OTHER = "other"


class AlertReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says of one alert now: its full current state, every text cleaned."""

    source: str
    """Name of the feed in agency.toml."""
    alert_uid: str
    """The sender's id, as sent."""
    kind: AlertKind
    title: str
    """One line: `STOLEN VEHICLE 8ABC123 blue Honda Civic`."""
    place: Place = Place()
    sensed_at: datetime
    priority: int | None = None
    """1 (highest) ... 5; None when the source gave none that can be read."""
    confidence: float | None = None
    """0 ... 1 as the source claims it."""
    reason: str = ""
    """Why it is an alert: the hot list and its reason."""
    valid_until: datetime | None = None
    """End of the hot-list entry or of the alert; None: not told."""
    retracted: str = ""
    """Why the source took it back; empty while it stands."""
    plate: str = ""
    sensor: str = ""
    """Name of the camera or sensor."""
    image_url: str = ""
    """Shown as text, never fetched."""
    warnings: tuple[str, ...] = ()
    """What was tolerated in reading it."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as the house knows it."""

    alert_id: str
    """Short, typed by hand: `A7`."""
    report: AlertReport
    received_at: datetime
    call_id: str | None = None
    """The call it was made, or attached to."""
    handled_by: str | None = None
    """Account of the person who made work of it or put it aside."""
    dismissed: str = ""
    """Why it was put aside."""
    retracted_at: datetime | None = None
    """When its source took it back."""
    expired_at: datetime | None = None
    """When it was noticed to be out of date."""
    changes: tuple[str, ...] = ()
    """What its newest report changed, in words."""

    def is_valid(self, at: datetime) -> bool:
        """Neither taken back nor out of date."""
        until = self.report.valid_until
        return not self.report.retracted and (until is None or until > at)

    @property
    def is_open(self) -> bool:
        """Nobody has made work of it or put it aside yet."""
        return self.handled_by is None
