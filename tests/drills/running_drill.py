"""`rtcc drill --headless` as a user starts it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class RunningDrill:
    """`rtcc drill --headless` as a process, in a directory of its own."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.state_dir = directory / "state"
        self.report_path = directory / "report.json"
        self._errors = directory / "stderr"
        argv = [sys.executable, "-m", "rtcc_core.cli", "drill", "--headless", *options]
        argv += ["--state-dir", str(self.state_dir), "--report", str(self.report_path)]
        with self._errors.open("wb") as file:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stderr=file, start_new_session=True
            )

    @property
    def said(self) -> str:
        return self._errors.read_text()

    @property
    def report(self) -> dict[str, Any]:
        return dict(json.loads(self.report_path.read_text()))

    @property
    def journal(self) -> Path:
        return self.state_dir / "journal.db"

    def processes(self, word: str = "") -> list[int]:
        """Processes of this drill (its directory stands on their command lines) that name `word`."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                line = (entry / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if any(str(self.state_dir) in part for part in line) and (not word or word in line):
                found.append(int(entry.name))
        return found

    def until(self, holds: Callable[[], bool], within_s: float = 90.0) -> None:
        deadline = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def left_nothing(self) -> None:
        """No process, no socket."""
        assert self.processes() == []
        assert [path for path in self.state_dir.rglob("*") if path.is_socket()] == []


Start = Callable[..., RunningDrill]
