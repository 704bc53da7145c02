"""What another house asks of our people (requestForService and its like), as an alert beside the queue.

It launches nothing and is no call: a person makes it one, or puts it aside.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from rtcc_core.domain.alert import AlertKind, AlertReport
from rtcc_core.domain.call import CallReport
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_core.wire.conveyance.happenings import Requested
from rtcc_core.wire.eido import Unusable, read_eido

_ASKS: Final = {
    "requestForService": "asks for a drone",
    "resourceMessage": "asks for resources",
    "requestAwareness": "wants you to know of",
}
CANCEL: Final = "cancelRequest"


def read_request(
    requested: Requested, source: str, *, received_at: datetime, near: LatLon | None = None
) -> AlertReport:
    """`source` is who asks: a feed's name, or the name in a peer's certificate. Raises nothing."""
    uid = clean(f"{source} request {requested.request_id or received_at.isoformat()}", limit=500)
    if requested.kind == CANCEL:
        words = f"{source} took its request back"
        return AlertReport(
            source=source,
            alert_uid=uid,
            kind=AlertKind.OTHER,
            title=words,
            sensed_at=received_at,
            retracted=words,
        )
    report, warnings = _incident(requested, source, received_at, near)
    title = f"{source} {_ASKS[requested.kind]}"
    if report is None:
        title += " (it did not say where)"
        return AlertReport(
            source=source,
            alert_uid=uid,
            kind=AlertKind.OTHER,
            title=clean(title),
            sensed_at=received_at,
            warnings=warnings,
        )
    return AlertReport(
        source=source,
        alert_uid=uid,
        kind=AlertKind.OTHER,
        title=clean(f"{title}{_to(report)}"),
        place=report.place,
        sensed_at=min(report.updated_at, received_at),
        priority=report.priority,
        reason=clean("; ".join(note.text for note in report.notes[-3:])),
        warnings=warnings,
    )


def _incident(
    requested: Requested, source: str, received_at: datetime, near: LatLon | None
) -> tuple[CallReport | None, tuple[str, ...]]:
    if requested.eido is None:
        return None, ("the request holds no EIDO",)
    try:
        report = read_eido(requested.eido.value, source, near=near, received_at=received_at)
    except Unusable as exc:
        return None, (clean(exc.reason),)
    return report, report.warnings


def _to(report: CallReport) -> str:
    what = report.type_text or report.type_code
    where = report.place.address or (str(report.place.position) if report.place.position else "")
    number = f" ({report.number})" if report.number else ""
    return f"{f' to {where}' if where else ''}{f': {what}' if what else ''}{number}"
