"""The pure rooms are pure: same events, same state, on any machine and in any year (law 7)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PURE = ("core/rtcc_core/domain", "core/rtcc_core/wire")

CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter", "time_ns", "monotonic_ns"}
"""Attributes that read a clock; time is an argument here."""

DOORS = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint", "id", "hash"}
"""Built-ins that reach outside, or (`id`, `hash`) answer otherwise in every process."""

UNSEEDED = {
    "random",
    "secrets",
    "uuid",
    "time",
    "asyncio",
    "logging",
    "threading",
    "socket",
    "subprocess",
    "os",
}


def offences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and word of everything in `tree` that a pure room may not have."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    if alias.name.split(".")[0] in UNSEEDED:
                        yield node.lineno, f"import {alias.name}"
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in UNSEEDED:
                yield node.lineno, f"from {module} import"
            case ast.Call(func=ast.Name(id=name)) if name in DOORS:
                yield node.lineno, f"{name}()"
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=attr)) if (
                attr in CLOCKS and owner in {"datetime", "date", "time"}
            ):
                yield node.lineno, f"{owner}.{attr}()"
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield node.lineno, "async"
            case ast.Global() | ast.Nonlocal():
                yield node.lineno, "global or nonlocal state"


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_has_no_clock_no_chance_and_no_door(root: Path, room: str) -> None:
    files = sorted((root / room).rglob("*.py"))
    assert files, f"{room} is empty"
    found = [
        f"{path.relative_to(root)}:{line}: {word}"
        for path in files
        for line, word in offences(ast.parse(path.read_text("utf-8")))
    ]
    assert found == [], "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from time import monotonic",
        "at = datetime.now(UTC)",
        "print(1)",
        "async def f() -> None: ...",
        "key = hash('D2')",
    ],
)
def test_the_check_itself_sees_an_offence(source: str) -> None:
    assert list(offences(ast.parse(source)))
