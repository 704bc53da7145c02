"""Drills as processes, and nothing of them left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.drills.running_drill import RunningDrill, Start


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    drills: list[RunningDrill] = []

    def begin(*options: str) -> RunningDrill:
        drills.append(RunningDrill(tmp_path, *options))
        return drills[-1]

    yield begin
    for drill in drills:
        drill.process.kill()
        drill.process.wait()
        for pid in drill.processes():
            os.kill(pid, signal.SIGKILL)
