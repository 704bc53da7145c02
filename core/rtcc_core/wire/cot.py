"""Cursor-on-Target: our aircraft, what their cameras see, and calls, as events for a TAK server. Sans I/O.

CoT base schema 2.0: every event has a uid that stays, a type, a time, a time from which it is stale, and a
point (WGS 84, height above the ellipsoid; a height above mean sea level is sent as such, TAK clients do so
too). Text from outside is cleaned before it comes here and escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.text import clean

AIRCRAFT = "a-f-A-M-H-Q"
"""Friendly, air, military/public, rotary, unmanned."""

CALL = "b-m-p-s-m"
"""A spot marker."""

POINT_OF_INTEREST = "b-m-p-s-p-i"
"""The centre of what a sensor sees."""

DELETE, PING, PONG = "t-x-d-d", "t-x-c-t", "t-x-c-t-r"

UNKNOWN_M = 9_999_999.0
"""CoT's own word for a height or an error that is not known."""

END = b"</event>"
LONGEST_EVENT_BYTES = 256 * 1024


class CotError(ValueError):
    """What came is no event; the message says why."""


class Sensor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a camera looks: true azimuth and elevation of its axis, degrees; the distance to the ground."""

    azimuth_deg: float
    elevation_deg: float
    range_m: float
    field_of_view_deg: float

    def centre(self, position: LatLon) -> LatLon:
        """The point on flat ground in the middle of the picture, seen from above `position`."""
        away_m = self.range_m * math.cos(math.radians(self.elevation_deg))
        return offset(position, self.azimuth_deg, away_m)


class Received(msgspec.Struct, frozen=True):
    """An event from the server, as far as it concerns us."""

    uid: str
    type: str


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event to be sent."""

    uid: str
    type: str
    at: datetime
    stale_after_s: float
    position: LatLon | None = None
    altitude_m: float | None = None
    error_m: float | None = None
    how: str = "m-g"
    """`m-g` from a machine's GPS, `h-e` as a person said."""
    callsign: str = ""
    course_deg: float | None = None
    speed_m_s: float | None = None
    battery: float | None = None
    """0 ... 1."""
    remarks: str = ""
    video_url: str = ""
    sensor: Sensor | None = None
    parent_uid: str = ""
    """The aircraft whose sensor looks at this point; of a deletion, what is deleted."""

    def encode(self) -> bytes:
        """The event as a TAK server takes it on a stream: one XML element, no declaration."""
        at = self.at.astimezone(UTC)
        stale = at + timedelta(seconds=self.stale_after_s)
        head = _attributes(
            version="2.0", uid=self.uid, type=self.type, how=self.how,
            time=_stamp(at), start=_stamp(at), stale=_stamp(stale),
        )  # fmt: skip
        place = self.position or LatLon(0.0, 0.0)
        point = _attributes(
            lat=f"{place.latitude_deg:.7f}",
            lon=f"{place.longitude_deg:.7f}",
            hae=_metres(self.altitude_m),
            ce=_metres(self.error_m),
            le=_metres(None),
        )
        return f"<event {head}><point {point}/><detail>{self._detail()}</detail></event>".encode()

    def _detail(self) -> str:
        parts: list[str] = []
        if self.type == DELETE:
            link = _attributes(uid=self.parent_uid, relation="none", type="none")
            return f"<link {link}/><__forcedelete/>"
        if self.callsign:
            parts.append(f"<contact {_attributes(callsign=self.callsign)}/>")
        if self.parent_uid:
            parts.append(f"<link {_attributes(uid=self.parent_uid, type=AIRCRAFT, relation='p-p')}/>")
        if self.course_deg is not None and self.speed_m_s is not None:
            parts.append(
                f"<track {_attributes(course=f'{self.course_deg:.1f}', speed=f'{self.speed_m_s:.1f}')}/>"
            )
        if self.battery is not None:
            parts.append(f"<status {_attributes(battery=f'{self.battery * 100:.0f}')}/>")
        if self.sensor is not None:
            parts.append(f"<sensor {_sensor(self.sensor)}/>")
        if self.video_url:
            video = _attributes(url=self.video_url, uid=f"{self.uid}-video")
            parts.append(f"<__video {video}/>")
        if self.remarks:
            parts.append(f"<remarks>{escape(clean(self.remarks, limit=1_000))}</remarks>")
        return "".join(parts)


def looks_at(height_agl_m: float, pitch_deg: float, azimuth_deg: float, fov_deg: float) -> Sensor | None:
    """What a camera `height_agl_m` above flat ground sees; None where it looks at or above the horizon."""
    if not (pitch_deg < -1.0 and height_agl_m > 0.0):
        return None
    range_m = height_agl_m / math.sin(math.radians(min(90.0, -pitch_deg)))
    return Sensor(
        azimuth_deg=azimuth_deg % 360.0,
        elevation_deg=pitch_deg,
        range_m=range_m,
        field_of_view_deg=fov_deg,
    )


def deletion(uid: str, at: datetime) -> Event:
    """Tell the server that `uid` is no more."""
    return Event(uid=f"{uid}-gone", type=DELETE, at=at, stale_after_s=20.0, how="h-g-i-g-o", parent_uid=uid)


def ping(uid: str, at: datetime) -> Event:
    """Ask whether the server is there; not every server answers."""
    return Event(uid=f"{uid}-ping", type=PING, at=at, stale_after_s=20.0)


class Stream:
    """Bytes from a server, in any pieces, to events. What is no event is dropped and counted."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self.dropped = 0

    def feed(self, data: bytes) -> Iterator[Received]:
        """The events that are complete now; raises CotError when one never ends."""
        self._kept += data
        while (end := self._kept.find(END)) >= 0:
            raw = bytes(self._kept[: end + len(END)])
            del self._kept[: end + len(END)]
            try:
                yield read(raw)
            except CotError:
                self.dropped += 1
        if len(self._kept) > LONGEST_EVENT_BYTES:
            raise CotError(f"an event of more than {LONGEST_EVENT_BYTES} bytes")


def read(raw: bytes) -> Received:
    """One event. Raises CotError; entities and document types are refused."""
    start = raw.find(b"<event")
    try:
        root: Any = fromstring(raw[max(0, start) :], forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise CotError(str(error)) from error
    if root.tag != "event":
        raise CotError(f"<{clean(str(root.tag), limit=40)}> is no event")
    return Received(clean(root.get("uid", "")), clean(root.get("type", ""), limit=40))


def _sensor(sensor: Sensor) -> str:
    fov = f"{sensor.field_of_view_deg:.0f}"
    return _attributes(
        azimuth=f"{sensor.azimuth_deg:.0f}",
        elevation=f"{sensor.elevation_deg:.0f}",
        fov=fov,
        vfov=f"{sensor.field_of_view_deg * 0.5625:.0f}",
        range=f"{sensor.range_m:.0f}",
        roll="0",
        north="0",
        version="0.6",
        type="r-e",
        model="RTCC",
    )


def _attributes(**values: str) -> str:
    return " ".join(f"{name}={quoteattr(clean(value, limit=500))}" for name, value in values.items())


def _metres(value: float | None) -> str:
    return f"{value if value is not None and math.isfinite(value) else UNKNOWN_M:.1f}"


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1_000:03d}Z"
