"""The filter of a subscription (`qualFilter`), as far as it is public.

The standard's own syntax is not published with the schemas, so what is understood here is small and said in
docs/administrator.md: comparisons of a member's path with a value, joined by `and`. Anything else is refused
by 400 in words, never guessed. Where a path leads through lists, one entry that fits is enough.

    incidentComponent.incidentCommonPriorityNumber >= 8 and
    incidentComponent.incidentStatusCommonRegistryText != "Closed"
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

MAX_LENGTH: Final = 1_000
MAX_TERMS: Final = 20

_TERM = re.compile(
    r"""\s*(?:\$\.)?(?P<path>[A-Za-z$][A-Za-z0-9_$]*(?:\.[A-Za-z$][A-Za-z0-9_$]*)*)
    \s*(?P<op>==|!=|<=|>=|=|<|>)\s*
    (?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<number>-?[0-9]{1,9}(?:\.[0-9]{1,9})?))
    \s*(?:(?P<joint>and|&&)\s+|$)""",
    re.VERBOSE,
)
_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class NotAFilter(ValueError):
    """The text is no filter that is understood here; the message says what is wrong."""


class Term(msgspec.Struct, frozen=True):
    """One comparison."""

    path: tuple[str, ...]
    compare: str
    value: str | float

    def fits(self, eido: Mapping[str, object]) -> bool:
        found = list(_values(eido, self.path))
        if self.compare in ("=", "=="):
            return any(_is_equal(one, self.value) for one in found)
        if self.compare == "!=":
            return not any(_is_equal(one, self.value) for one in found)
        compare, value = _COMPARE[self.compare], self.value
        return isinstance(value, float) and any(
            compare(float(one), value) for one in found if _is_number(one) and isinstance(one, int | float)
        )


class Filter(msgspec.Struct, frozen=True):
    """Comparisons that must all hold."""

    terms: tuple[Term, ...]

    def fits(self, eido: Mapping[str, object]) -> bool:
        """True where every comparison holds of this EIDO."""
        return all(term.fits(eido) for term in self.terms)


def read_filter(text: str) -> Filter:
    """Raises NotAFilter."""
    if len(text) > MAX_LENGTH:
        raise NotAFilter(f"a filter has at most {MAX_LENGTH} characters")
    terms: list[Term] = []
    at, is_open = 0, True
    while is_open:
        found = _TERM.match(text, at)
        if found is None or len(terms) >= MAX_TERMS:
            raise NotAFilter('a filter is PATH OP VALUE joined by "and"; this one cannot be read')
        terms.append(_term(found))
        at, is_open = found.end(), found["joint"] is not None
    if text[at:].strip():
        raise NotAFilter('a filter is PATH OP VALUE joined by "and"; this one cannot be read')
    return Filter(tuple(terms))


def _term(found: re.Match[str]) -> Term:
    words = found["double"] if found["double"] is not None else found["single"]
    value: str | float = float(found["number"]) if words is None else words
    if isinstance(value, str) and found["op"] in _COMPARE:
        raise NotAFilter(f"{found['op']} compares numbers, not texts")
    return Term(tuple(found["path"].split(".")), found["op"], value)


def _values(value: object, path: tuple[str, ...]) -> Iterator[object]:
    if isinstance(value, list):
        for one in value:
            yield from _values(one, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_equal(value: object, wanted: str | float) -> bool:
    if isinstance(wanted, float):
        return _is_number(value) and value == wanted
    return isinstance(value, str) and value.casefold() == wanted.casefold()
