"""Help in the line mode, as a newcomer asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.tui.fakecore import FakeCore
from tests.tui.talk import Talk


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("?", "help flying: launch, relief,"),
        ("? flying", "hold [AIRCRAFT]: stop and hover"),
        ("? hold", "hold [AIRCRAFT]: stop and hover"),
        ("help go", "go: sends the flight order that was read out"),
        ("help wait", "the next line waits"),
        ("help rtl", "rtl [AIRCRAFT] [to SITE]: come home"),
    ],
)
async def test_help_is_found_by_what_a_person_types(
    core: FakeCore, tmp_path: Path, line: str, told: str
) -> None:
    async with core.serve(tmp_path / "core.sock") as path:
        talk = Talk(core, path)
        talk.type(line)
        await talk.hears(told)
        assert await talk.end() == 0
    assert core.asked == []
