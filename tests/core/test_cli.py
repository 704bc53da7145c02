"""`rtcc`: help a dispatcher can read, and verbs that do not fall with one another."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from rtcc_core import __version__, cli


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        cli.main(["--version"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out == f"rtcc {__version__}\n"


def test_without_a_verb_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main([])
    assert "rtcc drill" in capsys.readouterr().out


def test_settings_that_are_not_there_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["core", "--settings", "/nowhere/agency.toml"]) == 2
    said = capsys.readouterr().err
    assert "/nowhere/agency.toml" in said
    assert "rtcc settings example" in said


def test_one_broken_package_leaves_the_others_their_verbs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = (
        EntryPoint("broken", "rtcc_nowhere:add", cli.COMMANDS_GROUP),
        EntryPoint("core", "rtcc_core.commands:core", cli.COMMANDS_GROUP),
    )
    monkeypatch.setattr(cli, "entry_points", lambda group: entries)
    _, missing = cli.build_parser()
    assert list(missing) == ["broken"]
    with pytest.raises(SystemExit):
        cli.main(["broken"])
    assert "rtcc_nowhere" in capsys.readouterr().err
    assert cli.main(["core", "--settings", "/nowhere/agency.toml"]) == 2
