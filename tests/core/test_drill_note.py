"""The drill's note crosses the core unread; faults reach the trainer alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from rtcc_core.adapters.console_queries import ConsoleQueries
from rtcc_core.adapters.drill_file import FILE_MAX_BYTES, read_note
from rtcc_core.domain.drill_note import DrillFault, DrillNote, DrillObjective, for_role
from rtcc_core.domain.people import Person, Role
from rtcc_core.wire.console import AskDrill, DrillTold

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAULT = DrillFault(at=NOON, drone="D1", words="gps off")
NOTE = DrillNote(
    scenario="relief",
    written_at=NOON,
    objectives=(DrillObjective(name="a", is_met=True), DrillObjective(name="b", is_met=False)),
    injected=(FAULT,),
    to_come=(FAULT,),
)


@pytest.mark.parametrize("role", list(Role))
def test_only_the_trainer_sees_faults(role: Role) -> None:
    seen = for_role(NOTE, role)
    assert seen.met == 1
    assert bool(seen.injected or seen.to_come) is (role is Role.TRAINER)


async def test_a_console_is_told_what_its_role_may_see(tmp_path: Path) -> None:
    path = tmp_path / "drill.json"
    path.write_bytes(msgspec.json.encode(NOTE))
    trainee = Person(account="a", name="A", role=Role.PILOT, uid=1)
    told = await ConsoleQueries(drill_note=path).answer(AskDrill(query_id="7"), trainee)
    assert told == DrillTold(query_id="7", note=for_role(NOTE, Role.PILOT))


def test_without_a_note_it_is_said_why(tmp_path: Path) -> None:
    assert "not started by rtcc drill" in read_note(None)[1]
    assert "nothing yet" in read_note(tmp_path / "none.json")[1]
    broken = tmp_path / "broken.json"
    broken.write_bytes(b'{"scenario": 3}')
    assert "cannot be read" in read_note(broken)[1]
    broken.write_bytes(b" " * (FILE_MAX_BYTES + 1))
    assert "larger than" in read_note(broken)[1]
