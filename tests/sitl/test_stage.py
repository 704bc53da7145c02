"""Where a drill takes place: directories, sockets, and the settings its core starts with."""

from __future__ import annotations

import os
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rtcc_sitl.layout import lay_out
from rtcc_sitl.scenario import load
from rtcc_sitl.stage import Stage, StageError, agency_toml, open_stage, people

START = datetime(2026, 1, 2, 3, 4, 5, 250_000, tzinfo=UTC)


def test_a_given_directory_is_made_and_keeps_everything_but_the_socket(tmp_path: Path) -> None:
    with open_stage(tmp_path / "new" / "drill", label="x") as stage:
        assert stage.directory.is_dir()
        stage.socket_path.touch()
        stage.journal.touch()
    assert stage.is_kept
    assert stage.journal.exists()
    assert not stage.socket_path.exists()


def test_a_directory_that_holds_a_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.db").touch()
    with (
        pytest.raises(StageError, match=r"already holds a journal.*choose another"),
        open_stage(tmp_path, label="x"),
    ):
        pass


def test_a_directory_that_cannot_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StageError, match="cannot be used"), open_stage(tmp_path / "file" / "x", label="x"):
        pass


def test_a_long_path_gets_a_short_socket_that_goes_with_the_drill(tmp_path: Path) -> None:
    with open_stage(tmp_path / ("n" * 120), label="x") as stage:
        assert len(os.fsencode(stage.socket_path)) < 100
        stage.socket_path.touch()
    assert not stage.socket_path.parent.exists()


def test_without_a_directory_the_records_go_to_the_state_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with open_stage(None, label="first-flight") as stage:
        pass
    assert stage.is_kept
    assert stage.directory.parent == tmp_path / "rtcc" / "drills"
    assert stage.directory.is_dir()


def test_where_there_is_no_state_home_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with open_stage(None, label="x") as stage:
        assert stage.directory.is_dir()
    assert not stage.is_kept
    assert not stage.directory.exists()


def test_the_settings_say_what_the_scenario_says(tmp_path: Path) -> None:
    layout = lay_out(load("two-calls"))
    stage = Stage(directory=tmp_path, socket_path=tmp_path / 'odd "name".sock', is_kept=True)
    text = agency_toml(
        layout,
        stage,
        fleet_url="udpin://127.0.0.1:5000",
        cad_url="ws://127.0.0.1:6000/",
        speed=10.0,
        started_at=START,
    )
    read = tomllib.loads(text)
    assert [drone["sysid"] for drone in read["drone"]] == [1, 2, 3]
    assert [site["name"] for site in read["site"]] == ["HQ", "NORTH"]
    assert read["console"]["socket"] == str(tmp_path / 'odd "name".sock')
    note = str(tmp_path / "drill.json")
    assert read["drill"] == {
        "speed": 10.0,
        "started_at_wall": START,
        "started_at_drill": START,
        "note": note,
    }
    assert read["person"][0]["uid"] == os.getuid()
    assert read["fleet"]["connection"] == "udpin://127.0.0.1:5000"


def test_only_the_first_person_is_who_runs_the_drill() -> None:
    roster = people(lay_out(load("two-calls")))
    assert [uid == os.getuid() for _, uid, _, _ in roster] == [True, False]
    assert len({account for account, _, _, _ in roster}) == 2
