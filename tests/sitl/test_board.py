"""What `rtcc drill` writes down while it runs: objectives by the journal, faults past and to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from rtcc_core.adapters.drill_file import read_note
from rtcc_sitl.board import Board
from rtcc_sitl.progress import Narrator
from rtcc_sitl.scenario import load
from rtcc_sitl.witness import Witness
from rtcc_sitl.world import Began, FaultBegan

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def board(folder: Path, witness: Witness) -> Board:
    return Board(
        load("faults"),
        witness,
        journal=folder / "journal.db",
        note=folder / "drill.json",
        started_at=datetime.now(UTC),
        speed=4.0,
        seed=7,
    )


async def test_the_note_is_whole_before_anything_happened(tmp_path: Path) -> None:
    made = board(tmp_path, Witness(Narrator(is_silent=True)))
    made.write()
    note, trouble = read_note(tmp_path / "drill.json")
    assert trouble == ""
    assert note is not None
    assert note.scenario == "faults"
    assert note.began_at is None
    assert note.seed == 7
    assert note.objectives
    assert len(note.to_come) == len(load("faults").fault)
    assert not (tmp_path / "drill.part").exists()


async def test_what_was_struck_is_past_and_the_clock_runs_at_the_drills_speed(tmp_path: Path) -> None:
    witness = Witness(Narrator(is_silent=True))
    made = board(tmp_path, witness)
    now = datetime.now(UTC)
    first = min(load("faults").fault, key=lambda fault: fault.at_s)
    began = made.note(now).written_at
    witness.hear(line(Began(at=began)))
    later = made.note(now + timedelta(seconds=first.at_s / 4.0 + 1.0))
    assert later.began_at == began
    assert len(later.to_come) == len(load("faults").fault), "it waits for its aircraft to fly"
    assert later.to_come[0].words == "link 12, once it has flown for 80 s"
    assert abs((later.written_at - began).total_seconds() - first.at_s - 4.0) < 1e-3
    witness.hear(line(FaultBegan(drone="D1", fault="link", args=("12",), at=began, at_s=0.0)))
    struck = made.note(now)
    assert [(fault.drone, fault.words) for fault in struck.injected] == [("D1", "link 12")]
    assert struck.to_come == later.to_come[1:]


def line(told: Began | FaultBegan) -> str:
    return msgspec.json.encode(told).decode()
