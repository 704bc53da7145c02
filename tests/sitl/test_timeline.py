"""What CAD says and when, and what the world tells of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from rtcc_core.domain.call import CallStatus
from rtcc_core.wire.eido import read_eido, write_eido
from rtcc_sitl.layout import lay_out
from rtcc_sitl.progress import Narrator
from rtcc_sitl.scenario import load, parse
from rtcc_sitl.timeline import moments, report_at
from rtcc_sitl.witness import Witness
from rtcc_sitl.world import CadSent, CommandSeen, Line, Ready, TimelineOver, read_line

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

CLOSING = """
name = "closing"
title = "A call that closes"
[city]
name = "TOWN"
latitude_deg = 38.4
longitude_deg = -121.4
[[site]]
name = "HQ"
north_m = 0
east_m = 0
[[drone]]
callsign = "D1"
site = "HQ"
[[person]]
name = "A. REYES"
role = "pilot"
[[call]]
number = "7"
at_s = 5
type_text = "ALARM"
address = "1 MAIN ST"
closes_after_s = 60
[[call.note]]
after_s = 10
text = "alarm company on the line"
[[raw]]
at_s = 2
text = "{"
"""


def test_moments_come_in_the_order_of_time() -> None:
    found = moments(lay_out(parse(CLOSING)))
    assert [(moment.at_s, moment.raw) for moment in found] == [
        (2.0, "{"),
        (5.0, None),
        (15.0, None),
        (65.0, None),
    ]


def test_a_call_grows_its_notes_and_closes() -> None:
    layout = lay_out(parse(CLOSING))
    call = layout.scenario.call[0]
    first, noted, closed = (report_at(layout, call, at_s, START) for at_s in (5.0, 15.0, 65.0))
    assert (len(first.notes), len(noted.notes), len(closed.notes)) == (0, 1, 1)
    assert (first.status, noted.status, closed.status) == (
        CallStatus.ACTIVE,
        CallStatus.ACTIVE,
        CallStatus.CLOSED,
    )
    assert noted.notes[0].at == noted.updated_at == START + timedelta(seconds=15)
    assert first.place.position is None
    assert first.place.address == "1 MAIN ST"


@pytest.mark.parametrize("name", ["first-flight", "two-calls"])
def test_what_is_sent_reads_back_without_a_warning(name: str) -> None:
    layout = lay_out(load(name))
    for call in layout.scenario.call:
        report = report_at(layout, call, call.at_s + 60.0, START)
        read = read_eido(msgspec.json.decode(msgspec.json.encode(write_eido(report))), feed=report.feed)
        assert read.warnings == ()
        assert (read.number, read.type_text, read.priority) == (call.number, call.type_text, call.priority)
        assert (read.place.position is None) == call.is_nowhere


def line(value: Line) -> str:
    return msgspec.json.encode(value).decode()


async def test_the_witness_measures_from_the_first_frame_to_the_first_order_of_flight() -> None:
    witness = Witness(Narrator(is_silent=True))
    for said in (
        Ready(cad_url="ws://x", vehicles=("D1",)),
        CadSent(number="1041", is_first=True, at_s=10.0),
        CadSent(number="1041", is_first=False, at_s=20.0),
        CommandSeen(drone="D1", name="COMPONENT_ARM_DISARM", at_s=29.0),
        CommandSeen(drone="D1", name="REQUEST_MESSAGE", at_s=30.001),
        CommandSeen(drone="D1", name="COMPONENT_ARM_DISARM", at_s=30.004),
        CommandSeen(drone="D1", name="NAV_TAKEOFF", at_s=30.010),
        TimelineOver(),
    ):
        witness.hear(line(said))
    witness.hear("not ours")
    assert await asyncio.wait_for(witness.cad_url, 1.0) == "ws://x"
    assert witness.is_over
    measured = witness.latency({"1041": 10.025, "9": 3.0}, {"D1": [30.0], "D2": [1.0]}, has_aircraft=True)
    assert (measured.cad_to_console.p50, measured.command_to_mavlink.p99) == (25.0, 4.0)
    others = witness.latency({}, {"D1": [30.0]}, has_aircraft=False)
    assert others.command_to_mavlink.p50 is None


def test_a_line_that_is_not_ours_says_nothing() -> None:
    assert read_line("Traceback (most recent call last):") is None
    assert read_line('{"line": "unheard-of"}') is None
