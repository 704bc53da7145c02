"""A console finds the drill that runs, and none that was killed or is another account's."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtcc_core.adapters.running_drills import DRILLS, RunningDrill, announced, running_drills

DRILL = RunningDrill(name="two-calls", socket_path="/somewhere/console.sock")

OTHER = """
from rtcc_core.adapters.running_drills import RunningDrill, announced
with announced(RunningDrill(name="first-flight", socket_path="/elsewhere/console.sock")):
    print("up", flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "rtcc"


@contextlib.contextmanager
def another_drill() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "up\n"
        try:
            yield other
        finally:
            other.kill()


def test_a_drill_is_found_while_it_runs_and_not_after(runtime: Path) -> None:
    assert running_drills() == []
    with announced(DRILL) as can_be_found:
        assert can_be_found
        assert running_drills() == [DRILL]
    assert running_drills() == []
    assert list((runtime / DRILLS).iterdir()) == []


def test_the_newest_stands_first_and_one_that_was_killed_is_forgotten(runtime: Path) -> None:
    with announced(DRILL), another_drill() as other:
        assert [drill.name for drill in running_drills()] == ["first-flight", "two-calls"]
        other.kill()
        other.wait()
        assert running_drills() == [DRILL]
        assert [path.stem for path in (runtime / DRILLS).iterdir()] == [str(os.getpid())]


def test_what_others_could_have_written_is_not_believed(runtime: Path) -> None:
    with announced(DRILL):
        (runtime / DRILLS).chmod(0o777)
        assert running_drills() == []
        (runtime / DRILLS).chmod(0o700)
        (runtime / DRILLS / "1.json").symlink_to(runtime / DRILLS / f"{os.getpid()}.json")
        (runtime / DRILLS / "2.json").write_text("half a", encoding="utf-8")
        assert running_drills() == [DRILL]


def test_a_drill_flies_where_nothing_can_be_written(runtime: Path) -> None:
    runtime.write_text("in the way", encoding="utf-8")
    with announced(DRILL) as can_be_found:
        assert not can_be_found
    assert running_drills() == []
