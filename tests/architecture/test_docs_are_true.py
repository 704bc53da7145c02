"""What the documentation points at exists: files behind links, verbs and options behind commands."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from rtcc_core.cli import build_parser

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"(?:^ {4}|`)rtcc ((?:[a-z]+ ?)*)([^`\n]*)", re.MULTILINE)
OPTION = re.compile(r"--[a-z][a-z-]*")
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
