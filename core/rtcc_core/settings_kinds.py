"""What a key of agency.toml can be: its kind, unit, bounds, and the table it stands in."""

from __future__ import annotations

from enum import Enum

import msgspec


class Kind(Enum):
    """What a value must be."""

    NUMBER = "a number"
    INTEGER = "a whole number"
    TEXT = "text in double quotes"
    PATH = "a path in double quotes"
    TIME = "a time with its zone, 2026-03-01T18:00:00Z"
    WORDS = "a list of texts in square brackets"
    FLAG = "true or false"
    DATE = "a date, 2027-01-31"
    TABLE = "a table in curly brackets, or under its own heading"
    """Keys are the sender's codes; values are texts, or whole numbers where the field has bounds."""
    LISTS = "a table whose values are lists of texts"


class Unit(Enum):
    """The units of the file: key suffix and words."""

    NONE = ""
    METRES = "metres (m)"
    METRES_PER_SECOND = "metres per second (m/s)"
    SECONDS = "seconds (s)"
    MINUTES = "minutes (min)"
    DEGREES = "degrees (decimal, WGS 84)"
    FRACTION = "a fraction from 0 to 1"
    HOURS = "hours (h)"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One key."""

    key: str
    doc: str
    example: str
    """As written in the example file, TOML."""
    kind: Kind = Kind.TEXT
    unit: Unit = Unit.NONE
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    """The whole value must match it."""
    pattern_words: str = ""
    is_required: bool = False
    is_shown: bool = True
    """False: commented out in the example."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One table, or one kind of repeated table."""

    name: str
    doc: str
    fields: tuple[Field, ...]
    is_many: bool = False
    is_shown: bool = True

    @property
    def title(self) -> str:
        return f"[[{self.name}]]" if self.is_many else f"[{self.name}]"


def number(
    key: str,
    doc: str,
    example: str,
    low: float,
    high: float,
    unit: Unit,
    *,
    is_required: bool = False,
) -> Field:
    return Field(
        key=key, doc=doc, example=example, kind=Kind.NUMBER, unit=unit, low=low, high=high,
        is_required=is_required,
    )  # fmt: skip


def flag(key: str, doc: str, example: str, *, is_shown: bool = True) -> Field:
    """A key that is true or false."""
    return Field(key=key, doc=doc, example=example, kind=Kind.FLAG, is_shown=is_shown)
