"""The path language of mapped webhooks: the singular queries of RFC 9535 (JSONPath), and `[*]` over lists.

    $.incident.id      $['event type']      $.units[*].callsign      $.rows[0]      $.rows[-1]

A mapping needs to name values, not to search for them: filters, slices and `..` are left out on purpose, so
that a path costs the same for every message, and a message cannot make one expensive.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

STEPS_MAX: Final = 12
FOUND_MAX: Final = 500

_STEP: Final = re.compile(
    r"""\.(?P<name>[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff-]*)
      | \[\s*(?:(?P<index>0|-?[1-9]\d{0,5})|(?P<every>\*)
             |'(?P<single>[^'\\]*)'|"(?P<double>[^"\\]*)")\s*\]""",
    re.VERBOSE,
)


class Every(msgspec.Struct, frozen=True):
    """`[*]`: each member of a list."""


class JsonPath(msgspec.Struct, frozen=True):
    """A path that was read; `find` never raises."""

    text: str
    steps: tuple[str | int | Every, ...]

    @property
    def is_many(self) -> bool:
        return any(isinstance(step, Every) for step in self.steps)

    def is_empty_list_in(self, root: object) -> bool:
        """True where the path ends in `[*]` and what stands before it are lists, all of them empty."""
        if not self.steps or not isinstance(self.steps[-1], Every):
            return False
        lists = JsonPath(self.text, self.steps[:-1]).find(root)
        return bool(lists) and all(value == [] for value in lists)

    def find(self, root: object) -> list[object]:
        """What stands there, in order; nothing where nothing stands, at most FOUND_MAX."""
        found = [root]
        for step in self.steps:
            found = [value for each in found for value in _taken(each, step)][:FOUND_MAX]
        return found


def read_path(text: str) -> JsonPath:
    """Raises ValueError, in words, where it is not a path of this language."""
    if not text.startswith("$"):
        raise ValueError(f"{text!r} is no path: it must begin with $, such as $.incident.id")
    steps: list[str | int | Every] = []
    at = 1
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise ValueError(
                f"{text!r} cannot be read from {text[at : at + 20]!r} on: write .name, ['a name'], [0] or [*]"
            )
        at = step.end()
        steps.append(_step(step))
    if len(steps) > STEPS_MAX:
        raise ValueError(f"{text!r} has {len(steps)} steps; at most {STEPS_MAX} are followed")
    return JsonPath(text, tuple(steps))


def _step(step: re.Match[str]) -> str | int | Every:
    if step["every"]:
        return Every()
    if step["index"] is not None:
        return int(step["index"])
    return next(step[key] for key in ("name", "single", "double") if step[key] is not None)


def _taken(value: object, step: str | int | Every) -> list[object]:
    match step, value:
        case str(), dict():
            return [value[step]] if step in value else []
        case int(), list():
            return [value[step]] if -len(value) <= step < len(value) else []
        case Every(), list():
            return value
        case _:
            return []
