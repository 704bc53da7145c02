"""Harm in every string of the core, through the whole console: the terminal gets text and our own codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.tui.hostile import HARM, busy, harmed, sheet
from tests.tui.past import write

OpenPty = Callable[..., Any]

ALL_HARM = "".join(HARM.values())
OURS = re.compile(
    r"\x1b\[(?:\d+;\d+H|[\d;:]*m|\?\d+[hl]|\?\d+\$p|[<>=]\d*u|c|6n|\d*[JKq])"  # where, how it looks, modes
    r"|\x1b[78=>]|\x1b\(B"
    r"|\x1bP\$qm\x1b\\|\x1b\]22;default\x07"  # can it do colours; the pointer's shape
)
"""The codes that the console itself may send."""


@pytest.fixture
async def socket(tmp_path: Path) -> AsyncIterator[Path]:
    core = busy()
    core.log = harmed(core.log, ALL_HARM)
    core.state, core.air, core.sky = (harmed(each, ALL_HARM) for each in (core.state, core.air, core.sky))
    core.health, core.drill = harmed(core.health, ALL_HARM), harmed(core.drill, ALL_HARM)
    core.sheet = sheet(ALL_HARM)
    await write(core, tmp_path / "journal.db")
    async with core.serve(tmp_path / "core.sock") as path:
        yield path


async def test_a_screen_is_sent_nothing_but_text_and_our_own_codes(socket: Path, open_pty: OpenPty) -> None:
    console = open_pty(socket, size=(160, 48))
    await console.until(lambda c: "1041" in c.text)
    screens = {"2": "D1", "3": "SITES", "4": "AIR", "5": "PEOPLE", "6": "flight opened", "m": "Laguna"}
    for key, words in screens.items():
        console.type(key.encode())
        await console.until(lambda c, words=words: words in c.text)
    # What was read last may end within a code or a character.
    sent = bytes(console.raw[: console.raw.rindex(b"\x1b")]).decode()
    rest = OURS.sub("", sent)
    assert not {char for char in rest if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cn")} - set("\r\n")
    assert "[red]x[/red]" in rest
    assert "\u0301" * 4 not in rest
    assert len(sent) < 400_000
