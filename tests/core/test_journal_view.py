"""`rtcc journal show`, `rtcc cad quarantine`: one safe line for each event, only what was asked for."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from tests.support import HOME, NOON, call, ready

from rtcc_core import cli
from rtcc_core.adapters.sqlite_journal import open_journal
from rtcc_core.domain.advice_values import Advice
from rtcc_core.domain.call import Note
from rtcc_core.domain.events import (
    AdviceGiven,
    AnyEvent,
    CallReceived,
    CallTaken,
    Draft,
    EvidenceHeld,
    FeedUp,
    FlightOpened,
    LinkLost,
    MessageQuarantined,
    NoteAdded,
    OrderAsked,
    OrderSent,
    PhaseObserved,
)
from rtcc_core.domain.flight import Order, Phase, Verb
from rtcc_core.domain.text import clean
from rtcc_core.records.journal_view import in_words, stamp
from rtcc_core.wire.ledger import GENESIS, decode_row, encode_rows

HOSTILE = "\x1b[2J\x07[bold]\u202egnp\x9b31m\r\nrm -rf"
ORIGINAL = f'{{"a": 1,\n  "note": "{HOSTILE}"}}'


def flight(flight_id: str, call_id: str, drone: str) -> list[AnyEvent]:
    order = Order(
        order_id=f"O-{flight_id}", drone=drone, verb=Verb.LAUNCH, operator="reyes", asked_at=NOON,
        flight_id=flight_id,
    )  # fmt: skip
    return [
        FlightOpened(
            flight_id=flight_id, drone=drone, call_id=call_id, target=HOME, gates=(), unchecked=("traffic",)
        ),
        OrderAsked(order=order),
        OrderSent(drone=drone, order_id=order.order_id),
        PhaseObserved(flight_id=flight_id, drone=drone, phase=Phase.CLIMBING, evidence="height 3 m"),
    ]


EVENTS: list[AnyEvent] = [
    FeedUp(feed="COUNTY"),
    CallReceived(call_id="1041", report=call("1041", note=HOSTILE).report, original=ORIGINAL),
    AdviceGiven(advice=Advice(call_id="1041", at=NOON, candidates=())),
    CallReceived(call_id="1042", report=call("1042").report),
    *flight("F1", "1041", "D1"),
    *flight("F2", "1042", "D2"),
    NoteAdded(call_id="1041", note=Note(text=HOSTILE, author="reyes")),
    CallTaken(call_id="1042", account="reyes"),
    MessageQuarantined(quarantine_id="Q1", feed="COUNTY", reason="no incident", original=ORIGINAL),
]


async def store(path: Path, events: list[AnyEvent]) -> None:
    journal = await open_journal(path)
    await journal.append([Draft(at=NOON, operator="core", event=event) for event in events])
    await journal.close()


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    asyncio.run(store(tmp_path / "journal.db", EVENTS))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *command: str) -> list[str]:
    assert cli.main(list(command)) == 0
    return capsys.readouterr().out.splitlines()


def numbers(lines: list[str]) -> list[int]:
    return [int(line.split()[0]) for line in lines]


def test_every_event_is_one_line(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "journal", "show", "--state-dir", str(state_dir))
    assert numbers(lines) == list(range(1, len(EVENTS) + 1))
    assert all("2026-03-01T12:00:00.000Z" in line for line in lines)
    for line, event in zip(lines, EVENTS, strict=True):
        assert type(event).__name__ in line
    assert "P1 ROBBERY" in lines[1]
    assert "flight F1: D1 to call 1041; not set up: traffic" in lines[4]


def test_what_holds_a_whole_telemetry_is_told_in_words() -> None:
    last = ready("D1")
    lost = LinkLost(drone="D1", last_position=HOME, last_height_m=60.0, failsafe="it returns", last=last)
    held = EvidenceHeld(drone="D1", flight_id="F1", telemetry=last, reason="it fell")
    rows = encode_rows([Draft(at=NOON, operator="core", event=event) for event in (lost, held)], GENESIS)
    assert [in_words(decode_row(row)) for row in rows] == [
        "D1: it returns",
        "D1, flight F1: its last telemetry, whole; it fell",
    ]


def test_no_line_can_trick_a_terminal(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        ("journal", "show"),
        ("journal", "show", "--json"),
        ("cad", "quarantine"),
        ("cad", "quarantine", "--show", "Q1"),
        ("cad", "quarantine", "--show", "Q1", "--json"),
    ):
        for line in run(capsys, *command, "--state-dir", str(state_dir)):
            assert line.isprintable()
            assert "\u202e" not in line


def test_a_calls_lines_hold_its_flights(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "journal", "show", "--call", "1041", str(state_dir / "journal.db"))
    assert numbers(lines) == [2, 3, 5, 6, 7, 8, 13]


def test_a_flights_lines_are_its_own(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "journal", "show", "--flight", "F2", str(state_dir / "journal.db"))
    assert numbers(lines) == [9, 10, 11, 12]


def test_json_holds_the_whole_event(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        json.loads(line) for line in run(capsys, "journal", "show", "--json", "--state-dir", str(state_dir))
    ]
    assert lines[1]["event"]["original"] == ORIGINAL
    assert [line["prev_hash"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]


def test_the_quarantine_lists_and_shows_whole(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ("--state-dir", str(state_dir))
    listed = run(capsys, "cad", "quarantine", *place)
    assert "Q1" in listed[0]
    assert "no incident" in listed[0]
    assert listed[-1].startswith("1 message in quarantine")
    shown = run(capsys, "cad", "quarantine", "--show", "Q1", *place)
    assert '{"a": 1,' in shown
    assert any(line.startswith('  "note"') for line in shown)
    [whole] = run(capsys, "cad", "quarantine", "--show", "Q1", "--json", *place)
    assert json.loads(whole)["original"] == ORIGINAL
    assert cli.main(["cad", "quarantine", "--show", "Q9", *place]) == 1
    assert "Q9" in capsys.readouterr().err


def test_a_journal_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["journal", "show"], ["cad", "quarantine"]):
        assert cli.main([*command, "--state-dir", str(tmp_path)]) == 1
        assert "there is no journal" in capsys.readouterr().err
        assert cli.main([*command, str(tmp_path)]) == 1
        assert "not a file" in capsys.readouterr().err


async def test_following_shows_what_a_running_core_writes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = await open_journal(path)
    await journal.append([Draft(at=NOON, operator="core", event=FeedUp(feed="FIRST"))])
    follower = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rtcc_core.cli", "journal", "show", "--follow", str(path),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert follower.stdout is not None
    try:
        async with asyncio.timeout(20):
            assert b"FIRST" in await follower.stdout.readline()
            await journal.append([Draft(at=NOON, operator="core", event=FeedUp(feed="LATER"))])
            assert b"LATER" in await follower.stdout.readline()
    finally:
        follower.kill()
        await follower.communicate()
        await journal.close()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_words_are_clean_whatever_came_in(event: AnyEvent) -> None:
    [row] = encode_rows([Draft(at=NOON, operator=HOSTILE, cause=HOSTILE, event=event)], GENESIS)
    words = in_words(decode_row(row))
    assert words == clean(words, limit=len(words) + 1)
    assert words


def test_times_are_utc_to_the_millisecond() -> None:
    assert stamp(1_772_366_400_007) == "2026-03-01T12:00:00.007Z"
    assert stamp(10**18) == f"{10**18} ms"
