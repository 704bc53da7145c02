"""Alerts in Flock's two shapes: the hot-list hit of a plate reader, and the generic alert that gunshot and
alarm bridges post. `priority` is 1 to 5 and **1 is the highest**. A closed alert is one taken back.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from rtcc_core.domain.alert import AlertKind, AlertReport
from rtcc_core.domain.text import clean
from rtcc_core.wire.push_values import (
    Around,
    Component,
    Unusable,
    Warnings,
    child,
    components,
    first_text,
    number,
    place_of,
    read_time,
    text,
    uid_of,
    whole,
)

LONGEST_TTL: Final = timedelta(days=7)
_KINDS: Final = (
    (AlertKind.GUNSHOT, ("gunshot", "gunfire", "shotspotter", "raven", "shots")),
    (AlertKind.PLATE, ("hotlist", "plate", "lpr", "alpr")),
    (AlertKind.ALARM, ("alarm", "panic", "burglar", "holdup", "hold-up", "duress", "intrusion")),
)
_TAKEN_BACK: Final = frozenset({"closed", "cancelled", "canceled", "retracted", "reclassified", "dismissed"})


def is_plate_hit(body: object) -> bool:
    """A hot-list hit says which device read which object."""
    return isinstance(body, dict) and "objectId" in body and "sources" in body


def read_alert(body: object, around: Around, *, alert_uid: str = "", raw: bytes = b"") -> AlertReport:
    """Either shape. `alert_uid` is the id in the address; an alert without any gets one made of `raw`.

    Raises Unusable, and nothing else.
    """
    if not isinstance(body, dict):
        raise Unusable(f"an alert is a JSON object, this is a {type(body).__name__}")
    if is_plate_hit(body):
        return _plate_hit(body, around)
    return _generic(body, around, alert_uid or _identity(body, around, raw))


def take_back(known: AlertReport, reason: str) -> AlertReport:
    """`/close`: the alert as it was, taken back."""
    return replace(known, retracted=known.retracted or reason)


def _identity(body: Component, around: Around, raw: bytes) -> str:
    """The sender's id; where the shape has none, the same body always gets the same one."""
    try:
        return uid_of(body, "id", "alertId", "externalId")
    except Unusable:
        return hashlib.sha256(around.feed.encode() + b"\0" + raw).hexdigest()[:32]


def _plate_hit(body: Component, around: Around) -> AlertReport:
    warnings = Warnings()
    ocr = child(body, "ocr")
    plate = text(ocr, "label", limit=16)
    if not plate:
        warnings.add("the reader gave no plate")
    reason, what = _hot_lists(body, warnings)
    sensed = read_time(body.get("eventTime"), "the time of the read", around, warnings)
    if sensed is None:
        warnings.add("the read has no time that can be used; the time of arrival is used")
    state = text(ocr, "state", limit=16)
    title = " ".join(part for part in (what or "HOT LIST", plate or "PLATE UNREAD", state) if part)
    return AlertReport(
        source=around.feed,
        alert_uid=uid_of(body, "objectId"),
        kind=AlertKind.PLATE,
        title=clean(title),
        place=place_of(body.get("deviceLat"), body.get("deviceLong"), around, warnings),
        sensed_at=sensed or around.received_at,
        priority=None,
        confidence=_fraction(ocr.get("labelConfidence"), "the confidence of the plate", warnings),
        reason=reason,
        retracted=_retracted(body),
        plate=plate,
        sensor=first_text(body, "deviceName", "networkName", "deviceExternalId"),
        image_url=text(body, "imageUrl", limit=2_000),
        warnings=warnings.said(),
    )


def _hot_lists(body: Component, warnings: Warnings) -> tuple[str, str]:
    """Every list that names the plate, in one line; and the first reason, for the title."""
    lines: list[str] = []
    first = ""
    for source in components(body, "sources", warnings):
        reason, name, case = text(source, "reason"), text(source, "name"), text(source, "caseNumber")
        first = first or reason
        words = ": ".join(part for part in (name, reason) if part)
        words += f" (case {case})" if case else ""
        if text(source, "customHotlistAudience") == "restricted":
            words += " RESTRICTED"
        lines += [words] if words else []
    if not lines:
        warnings.add("no hot list says why")
    return clean("; ".join(lines)), first.upper()


def _generic(body: Component, around: Around, uid: str) -> AlertReport:
    warnings = Warnings()
    title = first_text(body, "title", "description", "subType", "type")
    if not title:
        raise Unusable("the alert has no title, so nothing says what happened")
    sensed = read_time(body.get("eventTime"), "the time of the event", around, warnings)
    if sensed is None:
        warnings.add("the alert has no time that can be used; the time of arrival is used")
    at = sensed or around.received_at
    location, metadata = child(body, "location"), child(body, "metadata")
    address = text(location, "address")
    return AlertReport(
        source=around.feed,
        alert_uid=uid,
        kind=_kind(body),
        title=title,
        place=place_of(
            location.get("latitude"), location.get("longitude"), around, warnings, address=address
        ),
        sensed_at=at,
        priority=_priority(body, warnings),
        confidence=_fraction(metadata.get("confidence", body.get("confidence")), "the confidence", warnings),
        reason=clean(" ".join(part for part in (text(body, "subType"), text(body, "description")) if part)),
        valid_until=_valid_until(body, at, warnings),
        retracted=_retracted(body) or _retracted(metadata),
        plate=first_text(metadata, "plate", "licensePlate", limit=16),
        sensor=first_text(body, "vendorName", "deviceName") or first_text(metadata, "sensor", "camera"),
        image_url=next(
            (text(each, "url", limit=2_000) for each in components(body, "attachments", warnings)), ""
        ),
        warnings=warnings.said(),
    )


def _kind(body: Component) -> AlertKind:
    words = f"{text(body, 'subType')} {text(body, 'title')}".casefold().replace(" ", "")
    for kind, signs in _KINDS:
        if any(sign in words for sign in signs):
            return kind
    return AlertKind.OTHER


def _priority(body: Component, warnings: Warnings) -> int | None:
    found = whole(body.get("priority"), "the priority", warnings)
    if found is None or 1 <= found <= 5:
        return found
    warnings.add(f"the priority {found} is not one of 1 … 5 and was not used")
    return None


def _fraction(value: object, what: str, warnings: Warnings) -> float | None:
    found = number(value, what, warnings)
    if found is not None and 1.0 < found <= 100.0:
        warnings.add(f"{what} was read as percent")
        found /= 100.0
    if found is not None and not 0.0 <= found <= 1.0:
        warnings.add(f"{what} is not one of 0 … 1 and was not used")
        return None
    return found


def _valid_until(body: Component, at: datetime, warnings: Warnings) -> datetime | None:
    """`ttl` is in seconds from the event; without one the alert stands until it is closed."""
    ttl_s = number(body.get("ttl"), "the time to live", warnings)
    if ttl_s is None or ttl_s <= 0:
        return None
    return at + min(timedelta(seconds=min(ttl_s, 1e9)), LONGEST_TTL)


def _retracted(body: Component) -> str:
    """Why it was taken back; empty while it stands."""
    reason = body.get("retracted")
    if reason is True:
        return "taken back by the source"
    words = first_text(body, "retracted", "retractionReason")
    status = text(body, "status").casefold()
    return words or (f"{status} by the source" if status in _TAKEN_BACK else "")
