"""What the documentation points at exists: files behind links, verbs and options behind commands."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from rtcc_core.cli import build_parser, main
from rtcc_core.settings import read_settings

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"(?:^ {4}|`)rtcc ((?:[a-z]+ ?)*)([^`\n]*)", re.MULTILINE)
OPTION = re.compile(r"--[a-z][a-z-]*")
FENCE = re.compile(r"^```(toml|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"_file = \"([^\"]+)\"")
HERE_DOCUMENT = re.compile(r"^cat > (\S+) <<'END'\n(.*?)^END$", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"(?:^ {4}|`)make ([a-z]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def pages(root: Path) -> dict[Path, str]:
    """Every Markdown page of the house and its text."""
    found = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    return {path: path.read_text("utf-8") for path in found}


def parser_for(words: list[str]) -> tuple[argparse.ArgumentParser, list[str]]:
    """The deepest parser these words lead to, and the words that are left."""
    parser, _ = build_parser()
    while words:
        below = next((a for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)
        if below is None or words[0] not in below.choices:
            break
        parser, words = below.choices[words[0]], words[1:]
    return parser, words


def test_every_link_inside_the_house_leads_somewhere(root: Path, pages: dict[Path, str]) -> None:
    dead = [
        f"{page.relative_to(root)}: {target}"
        for page, text in pages.items()
        for target in LINK.findall(text)
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert dead == []


def test_every_command_in_the_docs_can_be_typed(root: Path, pages: dict[Path, str]) -> None:
    wrong = []
    for page, text in pages.items():
        for verbs, rest in COMMAND.findall(text):
            parser, left = parser_for(verbs.split())
            known = {option for action in parser._actions for option in action.option_strings}
            known |= {"--help", "--version"}
            if verbs.split() and left == verbs.split():
                wrong.append(f"{page.relative_to(root)}: no verb: rtcc {verbs}")
            wrong += [
                f"{page.relative_to(root)}: rtcc {verbs}does not know {option}"
                for option in OPTION.findall(rest.split("  ")[0])
                if option not in known
            ]
    assert wrong == []


def test_every_make_target_in_the_docs_exists(root: Path, pages: dict[Path, str]) -> None:
    makefile = (root / "Makefile").read_text("utf-8")
    named = {target for text in pages.values() for target in MAKE.findall(text)}
    assert named >= {"setup", "drill", "test"}
    assert [target for target in sorted(named) if f"\n{target}:" not in makefile] == []


@pytest.fixture
def feeds(root: Path, tmp_path: Path) -> Path:
    """The folder in which docs/feeds.md is followed: its agency.toml, its files, and something as secrets."""
    blocks = FENCE.findall((root / "docs" / "feeds.md").read_text("utf-8"))
    toml = "\n".join(text for kind, text in blocks if kind == "toml")
    (tmp_path / "agency.toml").write_text(toml, "utf-8")
    for name in FILE.findall(toml):
        (tmp_path / name).write_text("0123456789abcdef", "utf-8")
    for kind, text in blocks:
        for name, content in HERE_DOCUMENT.findall(text) if kind == "bash" else ():
            (tmp_path / name).write_text(content, "utf-8")
    return tmp_path


def test_the_parts_of_agency_toml_on_the_feeds_page_are_good_together(feeds: Path) -> None:
    settings = read_settings(feeds / "agency.toml")
    kinds = {webhook.kind for webhook in settings.webhooks}
    assert kinds == {"flock", "active911", "mapped", "ticketscad"}
    assert all((settings.cad, settings.ticketscad, settings.streets, settings.assets))
    assert settings.notifier is not None
    assert settings.tak is not None


def test_the_messages_and_places_on_the_feeds_page_are_taken(
    feeds: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(feeds)
    for name, file in (("bridge", "message.json"), ("flock", "event.json")):
        assert main(["cad", "try", file, "--webhook", name]) == 0
    said = capsys.readouterr().out
    assert "CALL F-17" in said
    assert "CALL 26-0002" in said
    for place, quality in (("main st / 4th ave", "CROSSING"), ("100 sw main st", "EXACT")):
        assert main(["locate", place]) == 0
        assert quality in capsys.readouterr().out
