"""The processes of a drill: started apart, ended in order, never left behind."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from rtcc_sitl.processes import Child

UNTIL_STDIN_ENDS = "import sys; print('here', flush=True); sys.stdin.read(); print('gone', flush=True)"
DEAF = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True);"
    "time.sleep(600)"
)


async def heard(lines: list[str], word: str) -> None:
    async with asyncio.timeout(20.0):
        while word not in lines:  # noqa: ASYNC110  # another process's output has no event
            await asyncio.sleep(0.01)


async def test_a_child_ends_when_its_stdin_closes_and_its_lines_are_taken(tmp_path: Path) -> None:
    lines: list[str] = []
    child = await Child.start(
        "x", [sys.executable, "-c", UNTIL_STDIN_ENDS], log=tmp_path / "log", on_line=lines.append
    )
    await heard(lines, "here")
    assert child.ending == "still runs"
    await child.stop(grace_s=20.0)
    assert child.returncode == 0
    assert child.ending == "ended with code 0"


async def test_a_child_that_hears_nothing_is_killed(tmp_path: Path) -> None:
    lines: list[str] = []
    child = await Child.start("x", [sys.executable, "-c", DEAF], log=tmp_path / "log", on_line=lines.append)
    await heard(lines, "here")
    await child.stop(grace_s=0.2)
    assert child.returncode == -signal.SIGKILL
    assert child.ending == "was ended by SIGKILL"
    child.tell("nobody is there any more")


async def test_its_last_words_are_kept(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "import sys; sys.exit('no such port')"]
    child = await Child.start("x", argv, log=tmp_path / "log")
    await child.wait()
    await child.stop(grace_s=1.0)
    assert child.last_words() == "no such port"
    assert child.ending == "ended with code 1"
