"""The map in a real terminal: an aircraft that moves sends its own cells, not the streets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.tui.fakecore import SCENE, FakeCore, in_air
from tests.tui.mapped import city

from rtcc_core.domain.geo import offset
from rtcc_core.domain.street_map import pack

OpenPty = Callable[..., Any]


async def test_an_aircraft_flies_over_the_streets_for_a_few_bytes(tmp_path: Path, open_pty: OpenPty) -> None:
    core = FakeCore()
    core.calm()
    core.call()
    core.sheet = pack(city())
    core.sees(in_air("D1", SCENE, 60.0, track_deg=90.0))
    async with core.serve(tmp_path / "core.sock") as socket:
        console = open_pty(socket, size=(160, 48))
        await console.until(lambda c: "Laguna Blvd" in c.text and "→D1" in c.text)
        for step in (1, 2):  # the first one lets what is still being painted pass
            was_at, before = column_of(console.text, "→D1"), len(console.raw)
            since = core.state.seq
            core.sees(in_air("D1", offset(SCENE, 90.0, 120.0 * step), 60.0, track_deg=90.0))
            await core.publish(since)
            await console.until(lambda c, was=was_at: column_of(c.text, "→D1") > was)
        assert dots(bytes(console.raw[before:])) < 60 < dots(console.text.encode())
        assert "Laguna Blvd" in console.text


def dots(sent: bytes) -> int:
    """How many cells of lines were sent."""
    return sum("\u2800" < char <= "\u28ff" for char in sent.decode("utf-8", "replace"))


def column_of(screen: str, sign: str) -> int:
    """Where a sign stands on the screen; -1 where it does not."""
    return max((line.find(sign) for line in screen.splitlines()), default=-1)
