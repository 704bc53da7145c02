"""requirements.lock: every version pinned, nothing missing, and nothing that says where to fetch from."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.+!]*")

# Written in pieces, so that this file does not contain what it looks for.
ADDRESSES = tuple(
    "".join(parts)
    for parts in (
        ("index", "-url"),
        ("index", "_url"),
        ("find", "-links"),
        ("pypi.org", "/simple"),
        ("python", "hosted.org"),
        ("trusted", "-host"),
    )
)


@pytest.fixture(scope="module")
def lines(root: Path) -> list[str]:
    return (root / "requirements.lock").read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def pins(lines: list[str]) -> dict[str, str]:
    """Canonical name to version."""
    split = (line.split("==") for line in lines)
    return {canonicalize_name(name): version for name, version in split}


@pytest.fixture(scope="module")
def wanted(root: Path) -> list[Requirement]:
    """What pyproject.toml asks for, to run and to develop."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return [Requirement(text) for text in asked]


def test_every_line_is_one_exact_version(lines: list[str]) -> None:
    assert [line for line in lines if not PIN.fullmatch(line)] == []
    names = [canonicalize_name(line.split("==")[0]) for line in lines]
    assert names == sorted(set(names))


def test_the_lock_satisfies_what_the_project_asks_for(
    pins: dict[str, str], wanted: list[Requirement]
) -> None:
    unmet = [
        str(asked)
        for asked in wanted
        if not asked.specifier.contains(pins.get(canonicalize_name(asked.name), "0"), prereleases=True)
        or canonicalize_name(asked.name) not in pins
    ]
    assert unmet == []


def test_the_lock_holds_everything_its_own_packages_need(pins: dict[str, str]) -> None:
    missing = [
        f"{name} needs {requirement.name}"
        for name in pins
        for requirement in map(Requirement, distribution(name).requires or ())
        if (requirement.marker is None or requirement.marker.evaluate({"extra": ""}))
        and canonicalize_name(requirement.name) not in pins
    ]
    assert missing == []


def test_these_tests_run_on_the_locked_versions(pins: dict[str, str]) -> None:
    installed = {name: distribution(name).version for name in pins}
    assert installed == pins


def test_no_published_file_says_where_packages_come_from(root: Path, published_files: list[Path]) -> None:
    found = [
        f"{path.relative_to(root)}: {address}"
        for path in published_files
        for text in [path.read_bytes().decode("utf-8", "replace").casefold()]
        for address in ADDRESSES
        if address in text
    ]
    assert found == []
    assert "://" not in (root / "requirements.lock").read_text("utf-8")
