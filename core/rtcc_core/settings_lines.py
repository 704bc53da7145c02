"""Where in a TOML text a key stands, so that an error can name its line.

`tomllib` forgets lines. This scan knows just enough TOML for that: table headers, keys, strings over
several lines, brackets that stay open. It never decides what a value is.
"""

from __future__ import annotations

import re

Place = tuple[str | int, ...]
"""`("drone", 1, "sysid")`: the key in the second [[drone]]; `("agency",)`: the header itself."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_LITERAL = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*|[\[\]{}]')


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


class _Scan:
    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self._table: Place = ()
        self._counts: dict[tuple[str, ...], int] = {}
        self._depth = 0
        self._open_string = ""

    def line(self, number: int, text: str) -> None:
        if not self._open_string and self._depth == 0:
            header = _HEADER.match(text)
            if header:
                self._start_table(_parts(header[2]), is_array=header[1] == "[[", number=number)
                return
            key = _KEY.match(text)
            if key:
                self._key(_parts(key[1]), number)
                text = text[key.end() :]
        self._follow(text)

    def _start_table(self, name: tuple[str, ...], *, is_array: bool, number: int) -> None:
        if is_array:
            index = self._counts.get(name, -1) + 1
            self._counts[name] = index
            self._table = (*name, index)
        elif len(name) > 1 and name[:1] in self._counts:
            self._table = (
                name[0],
                self._counts[name[:1]],
                *name[1:],
            )  # `[webhook.map]` of the newest webhook
        else:
            self._table = name
        self.lines.setdefault(name, number)
        self.lines.setdefault(self._table, number)

    def _key(self, name: tuple[str, ...], number: int) -> None:
        for length in range(1, len(name) + 1):
            self.lines.setdefault((*self._table, *name[:length]), number)

    def _follow(self, text: str) -> None:
        """Keep track of what stays open at the end of this line."""
        at = 0
        while at < len(text):
            if self._open_string:
                end = text.find(self._open_string, at)
                if end < 0:
                    return
                at = end + 3
                self._open_string = ""
                continue
            found = _LITERAL.search(text, at)
            if found is None:
                return
            token, at = found[0], found.end()
            if token in ('"""', "'''"):
                self._open_string = token
            elif token in "[{":
                self._depth += 1
            elif token in "]}":
                self._depth = max(0, self._depth - 1)


def locate(text: str) -> dict[Place, int]:
    """The line (from 1) of every table header and key."""
    scan = _Scan()
    for number, line in enumerate(text.splitlines(), start=1):
        scan.line(number, line)
    return scan.lines


def line_of(lines: dict[Place, int], place: Place) -> int:
    """The line of `place`, or of the nearest thing around it; 1 where nothing around it is written."""
    while place:
        if place in lines:
            return lines[place]
        place = place[:-1]
    return 1
