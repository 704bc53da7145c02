"""Everything that can be typed after `rtcc` explains itself."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rtcc_core.cli import build_parser

Verb = tuple[tuple[str, ...], argparse.ArgumentParser]

PROMISED = {"core", "console", "drill", "journal", "cad", "settings", "doctor", "bench"}
"""The verbs that the documentation names."""


def verbs(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[Verb]:
    """Every parser below `parser`, with the words that lead to it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield (*path, name), below
                yield from verbs(below, (*path, name))


@pytest.fixture(scope="module")
def all_verbs() -> list[Verb]:
    parser, missing = build_parser()
    assert missing == {}, "these packages could not bring their verbs"
    return list(verbs(parser))


def test_the_promised_verbs_are_there(all_verbs: list[Verb]) -> None:
    assert {path[0] for path, _ in all_verbs} >= PROMISED


def test_every_verb_says_what_it_does(all_verbs: list[Verb]) -> None:
    assert [" ".join(path) for path, parser in all_verbs if not parser.description] == []


def test_every_option_says_what_it_does(all_verbs: list[Verb]) -> None:
    silent = [
        f"rtcc {' '.join(path)} {'/'.join(action.option_strings) or action.dest}"
        for path, parser in all_verbs
        for action in parser._actions
        if not action.help and not isinstance(action, argparse._SubParsersAction)
    ]
    assert silent == []


def test_help_of_every_verb_fits_a_small_terminal(
    all_verbs: list[Verb], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    wide = [
        f"rtcc {' '.join(path)} --help: {line}"
        for path, parser in all_verbs
        for line in parser.format_help().splitlines()
        if len(line) > 80
    ]
    assert wide == []


def test_the_command_itself_answers(tmp_path: Path) -> None:
    rtcc = Path(sys.executable).with_name("rtcc")
    for option in ("--help", "--version"):
        done = subprocess.run(
            [rtcc, option], capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(("usage: rtcc", "rtcc "))
