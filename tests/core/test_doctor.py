"""`rtcc doctor`: what is wrong with this machine is named, with what to do."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rtcc_core import cli, doctor
from rtcc_core.doctor_findings import Finding, Grade
from rtcc_core.settings_cli import example_text

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BIG, SMALL = os.terminal_size((160, 48)), os.terminal_size((60, 20))
GOOD_TERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("finding", "grade", "words"),
    [
        (doctor.check_terminal(GOOD_TERM, BIG), Grade.OK, "160 by 48"),
        (doctor.check_terminal(GOOD_TERM, SMALL), Grade.WARN, "at least 80 by 24"),
        (doctor.check_terminal({"TERM": "dumb"}, BIG), Grade.WARN, "--plain"),
        (doctor.check_terminal({}, BIG), Grade.WARN, "(empty)"),
        (doctor.check_terminal(GOOD_TERM, None), Grade.WARN, "not a terminal"),
        (doctor.check_locale("UTF-8", {"LANG": "C.UTF-8"}), Grade.OK, "C.UTF-8"),
        (doctor.check_locale("ANSI_X3.4-1968", {}), Grade.WARN, "LANG=C.UTF-8"),
        (doctor.check_locale("no-such-encoding", {"LC_ALL": "\x1b[2Jx"}), Grade.WARN, "LANG=[2Jx"),
        (doctor.check_colours({"COLORTERM": "truecolor"}), Grade.OK, "16 million"),
        (doctor.check_colours(GOOD_TERM), Grade.OK, "256"),
        (doctor.check_colours({"TERM": "vt100"}), Grade.WARN, "xterm-256color"),
        (doctor.check_colours({"NO_COLOR": "1"}), Grade.OK, "NO_COLOR"),
        (doctor.check_python((3, 11, 2)), Grade.OK, "3.11.2"),
        (doctor.check_python((3, 9, 1)), Grade.FAIL, "Install Python 3.11"),
        (doctor.check_clock(NOW, None), Grade.OK, "2026-03-01 12:00:00 UTC"),
        (doctor.check_clock(datetime(1970, 1, 1, tzinfo=UTC), None), Grade.FAIL, "NTP"),
        (doctor.check_clock(NOW, NOW + timedelta(hours=1)), Grade.WARN, "journal was written"),
    ],
)
def test_each_finding_says_what_and_what_to_do(finding: Finding, grade: Grade, words: str) -> None:
    assert finding.grade is grade
    assert words in str(finding)
    assert finding.remedy or grade is Grade.OK


def test_the_aircraft_library_is_really_loaded() -> None:
    assert doctor.check_mavsdk().grade is Grade.OK


def test_an_aircraft_library_that_does_not_load_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mavsdk").mkdir()
    (tmp_path / "mavsdk" / "__init__.py").write_text("raise OSError('version `GLIBC_2.28 not found')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    finding = doctor.check_mavsdk()
    assert finding.grade is Grade.FAIL
    assert "GLIBC_2.28 not found" in finding.said
    assert "glibc 2.28 or newer" in finding.remedy


def test_a_socket_path_that_is_too_long_is_named(tmp_path: Path) -> None:
    assert doctor.check_socket(tmp_path / "core.sock").grade is Grade.OK
    finding = doctor.check_socket(tmp_path / ("x" * 120) / "core.sock")
    assert finding.grade is Grade.FAIL
    assert "107" in finding.said


def test_a_folder_that_takes_no_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    for finding in (
        doctor.check_socket(Path("/proc/self/core.sock")),
        doctor.check_state_dir(Path("/proc/self")),
        doctor.check_state_dir(tmp_path / "file"),
    ):
        assert finding.grade is Grade.FAIL
        assert finding.remedy


def test_a_folder_that_will_be_made_is_fine(tmp_path: Path) -> None:
    finding = doctor.check_state_dir(tmp_path / "not" / "yet")
    assert finding.grade is Grade.OK
    assert "not there yet" in finding.said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("free", "grade"), [(10 * 1024**3, Grade.OK), (1024**3, Grade.WARN), (1024**2, Grade.FAIL)]
)
def test_the_disk_is_graded_by_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, grade: Grade
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert doctor.check_disk(tmp_path / "not" / "yet").grade is grade


def test_one_failure_is_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "agency.toml"
    file.write_text(example_text(), "utf-8")
    command = ["doctor", "--state-dir", str(tmp_path), "--settings", str(file)]
    assert cli.main(command) == 0
    assert "settings   RIVERTON PD: 1 site" in capsys.readouterr().out
    file.write_text(example_text().replace("sysid = 1", "sysid = 0"), "utf-8")
    assert cli.main(command) == 1
    said = capsys.readouterr().out
    assert "FAIL  settings" in said
    assert "rtcc settings check" in said
    assert [line[:4].strip() in ("OK", "WARN", "FAIL") for line in said.splitlines()[:-1]] == [True] * 10
