"""What a dispatcher or a CAD writes for a place, cut into numbers and streets: nothing is looked up here.

9260 ELK PARK DR APT 4, ELK GROVE CA 95758        a number on a street
2100 BLOCK OF LAGUNA BLVD     21XX LAGUNA BLVD     a hundred block
LAGUNA BLVD / BRUCEVILLE RD   5TH AND PINE         a crossing; also &, @, X, AT
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from rtcc_core.domain.street_names import DIRECTIONS, TYPES, fold, without_state, words_of
from rtcc_core.domain.text import clean

TEXT_MAX = 200
"""Characters of a text that are looked at."""

CROSSING_WORDS = frozenset(("AND", "AT", "X"))

SIDES_MAX = 4
PARTS_MAX = 8


class Phrase(msgspec.Struct, frozen=True, kw_only=True):
    """One way to read a piece of the text."""

    words: tuple[str, ...]
    """The street and what stands behind it, canonical."""
    number: str = ""
    """House number as typed; empty where there is none."""
    is_block: bool = False
    """True where the hundred block around the number is meant."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The text in its sides, two or more of a crossing; each in its readings, the likeliest first."""

    sides: tuple[tuple[Phrase, ...], ...]
    tails: tuple[tuple[str, ...], ...] = ()
    """Everything that stands behind something else, in canonical words: one of them may be the city."""
    city: tuple[str, ...] = ()
    """The last part behind a comma without its state, where it can be a city; empty where there is none."""


_FRACTION = re.compile(r"(?<=\d)[\s-]+\d/\d\b")
_TYPE_AHEAD = rf"(?!\s+(?:{'|'.join(sorted(TYPES))}|STREET|AVENUE)\b)"
_SIGNS = " /\\&@+|"
_CROSSES = re.compile(r"\s*[/\\&@+|]+\s*")
_CROSSES_IN_WORDS = re.compile(rf"\s+(?:AND|AT|INTERSECTS|CROSSES)\s+|\s+X{_TYPE_AHEAD}\s+")
_LEADING = re.compile(r"^(?:(?:THE\s+)?(?:CORNER|INTERSECTION|JUNCTION)\s+OF|NEAR|NR|[NSEW]B)\s+(?=\S)")
_UNIT = re.compile(
    r"(?<=\S)\s*(?:\b(?:APARTMENT|APT|UNIT|STE|SUITE|RM|ROOM|FL|FLR|FLOOR|BLDG|BUILDING|LOT|SPC|SPACE|TRLR|NO)"
    r"\b\.?\s*#?\s*|#\s*)(?:\d[A-Z0-9-]*|[A-Z](?:-?\d[A-Z0-9-]*)?)(?=$|\s|,)"
)
_BLOCK = re.compile(r"(\d{1,6})(?:\s*-\s*\d{1,6})?\s*-?\s*BL(?:OC)?K\b\.?(?:\s+OF\b)?\s+(.+)")
_REDACTED = re.compile(r"(\d{0,4})XX\s+(?:BL(?:OC)?K\b\.?\s+)?(?:OF\s+)?(.+)")
_NUMBER = re.compile(r"#?(\d{1,6}(?:-\d{1,5})?(?:-?[A-Z])?)\s+(.+)")
_PLUS_FOUR = re.compile(r"(?<=\b\d{5})-\d{4}\b")


def read_address(text: str, *, in_words: bool = True) -> Asked:
    """Cut one line; never raises. `sides` is empty for a text without a word.

    `in_words`: where no sign (/ & @) marks a crossing, AND, AT and X do; they also stand in names of streets.
    """
    line = _UNIT.sub(
        "", _PLUS_FOUR.sub("", _FRACTION.sub("", fold(clean(text, limit=TEXT_MAX).removesuffix("…"))))
    ).strip(_SIGNS)
    sides: list[tuple[Phrase, ...]] = []
    tails: list[tuple[str, ...]] = []
    has_sign = _CROSSES.search(line) is not None
    splits = _CROSSES_IN_WORDS if in_words and not has_sign else _CROSSES
    for side in splits.split(line):
        readings: list[Phrase] = []
        for number, part in enumerate(side.split(",")[:PARTS_MAX]):
            readings += _readings(part.strip(" .-"))
            words = words_of(part)
            tails += [words[start:] for start in range(0 if number else 1, len(words))]
        if readings:
            # `CITY HALL, 100 MAIN ST`: the part with a number is the address, wherever it stands.
            readings.sort(key=lambda reading: not reading.number)
            sides.append(tuple(readings))
    return Asked(sides=tuple(sides[:SIDES_MAX]), tails=tuple(tails), city=_city(line))


def _city(line: str) -> tuple[str, ...]:
    """What stands behind the last comma, or before it where that is only the state."""
    for part in reversed(line.split(",")[1:]):
        words = without_state(words_of(part))
        if words:
            return words if all(word.isalpha() for word in words) else ()
    return ()


def _readings(part: str) -> Iterator[Phrase]:
    part = _LEADING.sub("", part)
    for pattern in (_BLOCK, _REDACTED):
        block = pattern.fullmatch(part)
        if block:
            hundred = block[1] if pattern is _BLOCK else f"{block[1] or '0'}00"
            yield Phrase(words=words_of(block[2]), number=hundred, is_block=True)
            return
    words = words_of(part)
    numbered = _NUMBER.fullmatch(part)
    if numbered:
        behind = words_of(numbered[2])
        if behind and _is_only_a_type(behind):  # `5 AVE N` is a street, `5 E ST` a house
            yield Phrase(words=words)
        if behind:
            yield Phrase(words=behind, number=numbered[1])
    elif words:
        yield Phrase(words=words)


def _is_only_a_type(words: tuple[str, ...]) -> bool:
    return words[0] in TYPES and all(word in DIRECTIONS for word in words[1:])
