"""Proportions of the house: files of 50-400 lines, functions under 40. Informs; blocks only what ran away."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 40
FILE_LINES_HARD = 600


def long_functions(source: str) -> Iterator[tuple[str, int, int]]:
    """Name, line and length (without its docstring) of every function over the proportion."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node, clean=False) is not None:
                doc = node.body[0]
                length -= (doc.end_lineno or doc.lineno) - doc.lineno + 1
            if length > FUNCTION_LINES:
                yield node.name, node.lineno, length


def test_proportions(root: Path, python_files: list[Path]) -> None:
    report: list[str] = []
    ran_away: list[str] = []
    for path in python_files:
        source = path.read_text("utf-8")
        name, lines = path.relative_to(root), len(source.splitlines())
        if lines > FILE_LINES:
            report.append(f"{name}: {lines} lines")
        if lines > FILE_LINES_HARD:
            ran_away.append(f"{name}: {lines} lines")
        report += [f"{name}:{at}: {func} has {length} lines" for func, at, length in long_functions(source)]
    if report:
        # A warning, because a passing test's output is not shown, and not at all from a parallel worker.
        warnings.warn("outgrows the proportions of the house:\n  " + "\n  ".join(report), stacklevel=1)
    assert ran_away == [], f"split these, they passed {FILE_LINES_HARD} lines"


def test_a_long_function_is_seen() -> None:
    body = "\n".join("    x = 1" for _ in range(FUNCTION_LINES + 1))
    assert [name for name, _, _ in long_functions(f"def f() -> None:\n{body}\n")] == ["f"]
