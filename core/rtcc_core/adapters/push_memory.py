"""What pushed before: deliveries that were taken, and the calls and alerts as they were last said."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Final, TypeVar

from rtcc_core.domain.alert import AlertReport
from rtcc_core.domain.call import CallReport, CallStatus
from rtcc_core.domain.facts import AlertReported, CallReported, Fact
from rtcc_core.wire.push_values import Around, numbered

DELIVERIES_KEPT: Final = 20_000
DELIVERIES_KEPT_S: Final = 48 * 3_600.0
"""The most patient sender we know tries for 31 hours."""

REPORTS_KEPT: Final = 5_000
USED_AGAIN_AFTER: Final = timedelta(days=30)
"""An id that comes again so long after its call ended, or began, is another call: `26-0002` of next year."""

_USES_MAX: Final = 200

V = TypeVar("V")

RecallCall = Callable[[str, str], CallReport | None]
"""What the house knows that a feed said last of an incident."""
RecallAlert = Callable[[str, str], AlertReport | None]


class Deliveries:
    """Keys of deliveries that were taken, for two days, at most DELIVERIES_KEPT of them."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._taken: OrderedDict[str, float] = OrderedDict()

    def has(self, *keys: str) -> bool:
        """Whether one of them was taken; an empty key never was."""
        self._forget_old()
        return any(key and key in self._taken for key in keys)

    def remember(self, *keys: str) -> None:
        for key in keys:
            if key:
                self._taken[key] = self._now_s()
                self._taken.move_to_end(key)
        while len(self._taken) > DELIVERIES_KEPT:
            self._taken.popitem(last=False)

    def _forget_old(self) -> None:
        oldest = self._now_s() - DELIVERIES_KEPT_S
        while self._taken and next(iter(self._taken.values())) < oldest:
            self._taken.popitem(last=False)


class Said:
    """What one feed said last of each of its incidents: its own memory, and the house's after a restart."""

    def __init__(self, feed: str, recall_call: RecallCall, recall_alert: RecallAlert) -> None:
        self._feed = feed
        self._recall_call = recall_call
        self._recall_alert = recall_alert
        self._calls: OrderedDict[str, CallReport] = OrderedDict()
        self._alerts: OrderedDict[str, AlertReport] = OrderedDict()

    def call(self, uid: str) -> CallReport | None:
        return self._calls.get(uid) or self._recall_call(self._feed, uid)

    def alert(self, uid: str) -> AlertReport | None:
        return self._alerts.get(uid) or self._recall_alert(self._feed, uid)

    def remember(self, fact: Fact) -> None:
        """Only what the journal has."""
        if isinstance(fact, CallReported):
            _keep(self._calls, fact.report.incident_uid, fact.report)
        elif isinstance(fact, AlertReported):
            _keep(self._alerts, fact.report.alert_uid, fact.report)

    def newest(self, identity: str) -> tuple[str, CallReport | None]:
        """The call that this id names now, and what was said of it; None for one that is new."""
        count, known = 1, self.call(identity)
        while known is not None and count < _USES_MAX:
            later = self.call(numbered(identity, count + 1))
            if later is None:
                break
            count, known = count + 1, later
        return numbered(identity, count), known

    def which(self, identity: str, around: Around, report: CallReport) -> tuple[str, CallReport | None]:
        """As `newest`, or a new call where the id is used again: `report` is what is said now."""
        uid, known = self.newest(identity)
        if known is None or not _is_another(known, report, around):
            return uid, known
        count = int(uid.rpartition("~")[2]) if uid != identity else 1
        return numbered(identity, count + 1), None


def _is_another(known: CallReport, report: CallReport, around: Around) -> bool:
    begins = report.started_at or around.received_at
    if known.started_at is not None and report.started_at is not None:
        return abs(report.started_at - known.started_at) > USED_AGAIN_AFTER
    return known.status is not CallStatus.ACTIVE and begins - known.updated_at > USED_AGAIN_AFTER


def _keep(kept: OrderedDict[str, V], key: str, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > REPORTS_KEPT:
        kept.popitem(last=False)
