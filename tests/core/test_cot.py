"""Cursor-on-Target: what is sent is well formed whatever the text, and what comes in any pieces is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m
from rtcc_core.wire.cot import AIRCRAFT, DELETE, CotError, Event, Stream, deletion, looks_at, ping, read

AT = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
HERE = LatLon(45.5231, -122.6765)


def event(**changes: Any) -> Event:
    usual = Event(uid="RTCC-D1", type=AIRCRAFT, at=AT, stale_after_s=20.0, position=HERE)
    return replace(usual, **changes)


def test_an_aircraft_with_camera_and_video() -> None:
    sensor = looks_at(60.0, -45.0, 90.0, 65.0)
    sent = event(
        altitude_m=74.0, callsign="D1", course_deg=270.0, speed_m_s=5.0, battery=0.58, sensor=sensor,
        video_url="rtsp://video.example/d1?a=1&b=2", remarks="on scene, call 1041",
    )  # fmt: skip
    root = fromstring(sent.encode())
    point, detail = root.find("point"), root.find("detail")
    assert point is not None
    assert detail is not None
    assert (root.get("uid"), root.get("type"), root.get("how")) == ("RTCC-D1", "a-f-A-M-H-Q", "m-g")
    assert (root.get("time"), root.get("stale")) == ("2026-03-01T12:00:00.250Z", "2026-03-01T12:00:20.250Z")
    assert (point.get("lat"), point.get("lon"), point.get("hae")) == ("45.5231000", "-122.6765000", "74.0")
    found = {each.tag: each.attrib for each in detail}
    assert found["contact"]["callsign"] == "D1"
    assert (found["track"]["course"], found["status"]["battery"]) == ("270.0", "58")
    assert found["__video"]["url"] == "rtsp://video.example/d1?a=1&b=2"
    assert (found["sensor"]["azimuth"], found["sensor"]["range"]) == ("90", "85")
    assert detail.findtext("remarks") == "on scene, call 1041"


def test_the_centre_of_the_picture_lies_where_the_camera_looks() -> None:
    sensor = looks_at(60.0, -45.0, 90.0, 65.0)
    assert sensor is not None
    centre = sensor.centre(HERE)
    assert distance_m(HERE, centre) == pytest.approx(60.0, abs=0.5)
    assert bearing_deg(HERE, centre) == pytest.approx(90.0, abs=0.5)
    assert looks_at(60.0, 0.0, 90.0, 65.0) is None
    assert looks_at(0.0, -45.0, 90.0, 65.0) is None


@given(st.text(), st.text(), st.text())
def test_hostile_text_stays_text(callsign: str, remarks: str, url: str) -> None:
    sent = event(callsign=f"x{callsign}", remarks=remarks, video_url=url).encode()
    root = fromstring(sent)
    assert [each.tag for each in root] == ["point", "detail"]
    assert b"\x1b" not in sent


def test_a_deletion_names_what_is_gone() -> None:
    root = fromstring(deletion("RTCC-D1", AT).encode())
    link = root.find("detail/link")
    assert link is not None
    assert (root.get("type"), link.get("uid")) == (DELETE, "RTCC-D1")


@given(st.lists(st.integers(1, 40), max_size=60))
def test_events_in_any_pieces_are_read(sizes: list[int]) -> None:
    raw = b'<?xml version="1.0"?>\n' + event().encode() + b"\n" + ping("RTCC", AT).encode()
    stream, found, at = Stream(), [], 0
    for size in [*sizes, len(raw)]:
        found += list(stream.feed(raw[at : at + size]))
        at += size
    assert [each.uid for each in found] == ["RTCC-D1", "RTCC-ping"]
    assert stream.dropped == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<event>",
        b"<chat/>",
        b'<!DOCTYPE e [<!ENTITY x "y">]><event uid="&x;"></event>',
        b"\xff\xfe<event></event>\x00",
    ],
)
def test_what_is_no_event_is_said_to_be_none(raw: bytes) -> None:
    if raw.endswith(b"\x00"):
        assert next(iter(Stream().feed(raw))).uid == ""
        return
    with pytest.raises(CotError):
        read(raw)


def test_an_event_without_end_is_refused() -> None:
    with pytest.raises(CotError, match="more than"):
        list(Stream().feed(b"<event" + b"x" * 300_000))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_dropped(data: bytes) -> None:
    list(Stream().feed(data + b"</event>"))
