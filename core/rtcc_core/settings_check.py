"""One table of agency.toml against its fields: every problem with its line, its key and its remedy."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from difflib import get_close_matches

import msgspec

from rtcc_core.domain.text import clean
from rtcc_core.settings_fields import SECTIONS
from rtcc_core.settings_kinds import Field, Kind, Section, Unit
from rtcc_core.settings_lines import Place, line_of
from rtcc_core.settings_units import convert, read_quantity, split_unit


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong in the file."""

    line: int
    key: str
    """As a person finds it: `[[drone]] cruise_speed_kt`."""
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.key}: {self.what}. {self.remedy}"


class Problems:
    """Collects them, in the order of the file."""

    def __init__(self, lines: dict[Place, int]) -> None:
        self._lines = lines
        self.found: list[Problem] = []

    def add(self, place: Place, key: str, what: str, remedy: str) -> None:
        self.found.append(Problem(line=self.line(place), key=key, what=what, remedy=remedy))

    def line(self, place: Place) -> int:
        return line_of(self._lines, place)

    def in_order(self) -> tuple[Problem, ...]:
        return tuple(sorted(self.found, key=lambda problem: problem.line))


def shown(value: object) -> str:
    """A value of the file, safe and short enough for an error message."""
    if isinstance(value, str):
        return f'"{clean(value, limit=40)}"'
    if isinstance(value, bool):
        return str(value).lower()
    return clean(str(value), limit=40)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; empty where none is near."""
    by_folded = {each.casefold(): each for each in known}
    matches = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else ""


def check_table(
    section: Section, table: Mapping[str, object], place: Place, problems: Problems
) -> dict[str, object]:
    """The values that are right; a problem for each that is not, for unknown and for missing keys."""
    by_key = {field.key: field for field in section.fields}
    right: dict[str, object] = {}
    for key, value in table.items():
        title = f"{section.title} {clean(key, limit=40)}"
        if key not in by_key:
            problems.add((*place, key), title, "there is no such key", _meant(key, value, section))
            continue
        wrong = check_value(by_key[key], value)
        if wrong:
            problems.add((*place, key), title, *wrong)
        else:
            right[key] = value
    for field in section.fields:
        if field.is_required and field.key not in table:
            problems.add(
                place, f"{section.title} {field.key}", "is missing", f"Add {field.key} = {field.example}"
            )
    return right


def check_value(field: Field, value: object) -> tuple[str, str] | None:
    """(what, remedy), or None where the value is right."""
    if field.kind in (Kind.NUMBER, Kind.INTEGER):
        return _check_number(field, value)
    if field.kind in (Kind.TABLE, Kind.LISTS):
        return _check_codes(field, value)
    if field.kind is Kind.FLAG:
        if isinstance(value, bool):
            return None
        return f"{shown(value)} is not {field.kind.value}", f"Write {field.key} = {field.example}, bare"
    if field.kind is Kind.DATE:
        if isinstance(value, date) and not isinstance(value, datetime):
            return None
        return f"{shown(value)} is not {field.kind.value}", f"Write {field.key} = {field.example}, bare"
    if field.kind is Kind.TIME:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return None
        return f"{shown(value)} is not {field.kind.value}", f"Write {field.key} = {field.example}"
    if field.kind is Kind.WORDS and isinstance(value, list):
        texts = (each if isinstance(each, str) else "" for each in value)
        return next((wrong for each in texts if (wrong := _check_text(field, each))), None)
    if field.kind is Kind.WORDS or not isinstance(value, str):
        return f"{shown(value)} is not {field.kind.value}", f"Write {field.key} = {field.example}"
    return _check_text(field, value)


def _check_codes(field: Field, value: object) -> tuple[str, str] | None:
    """Every value of a table as if the key had it alone."""
    if not isinstance(value, dict):
        return f"{shown(value)} is not {field.kind.value}", f"Write {field.key} = {field.example}"
    plain = Kind.TEXT if field.low is None else Kind.INTEGER
    kind = Kind.WORDS if field.kind is Kind.LISTS else plain
    for code, meaning in value.items():
        wrong = check_value(msgspec.structs.replace(field, kind=kind), meaning)
        if wrong:
            return f"{shown(code)}: {wrong[0]}", f"Write for example {field.key} = {field.example}"
    return None


def _check_text(field: Field, value: str) -> tuple[str, str] | None:
    if not value.strip():
        return "is empty", f"Write {field.key} = {field.example}"
    if value != clean(value, limit=max(200, len(value))):
        return "holds control or invisible characters", "Type it anew, as plain text"
    if field.choices and value not in field.choices:
        near = nearest(value, field.choices)
        meant = f'Did you mean "{near}"? ' if near else ""
        return f"{shown(value)} is none of its values", f"{meant}It may be: {', '.join(field.choices)}"
    if field.pattern and not re.fullmatch(field.pattern, value):
        return (
            f"{shown(value)} is not {field.pattern_words}",
            f"Write for example {field.key} = {field.example}",
        )
    return None


def _unit_words(field: Field) -> str:
    return f" of {field.unit.value}" if field.unit not in (Unit.NONE, Unit.FRACTION) else ""


def _check_number(field: Field, value: object) -> tuple[str, str] | None:
    wanted = field.unit.value if field.unit is Unit.FRACTION else f"{field.kind.value}{_unit_words(field)}"
    if isinstance(value, str):
        return f"{shown(value)} is text; it must be {wanted}", _number_remedy(field, value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (field.kind is Kind.INTEGER and not isinstance(value, int)):
        return f"{shown(value)} is not {wanted}", f"Write for example {field.key} = {field.example}"
    assert isinstance(value, int | float)
    low, high = field.low, field.high
    if not math.isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
        return f"{shown(value)} is out of range; it must be {wanted}, {low:g} to {high:g}", _range_remedy(
            field, value
        )
    return None


def _number_remedy(field: Field, text: str) -> str:
    quantity = read_quantity(text)
    if quantity is None:
        return f"Write for example {field.key} = {field.example}"
    number, unit = quantity
    converted = convert(number, unit, field) if unit else number
    if converted is None:
        return f"Write the bare number, for example {field.key} = {field.example}"
    return f"Write {field.key} = {converted:g}, without quotes and unit"


def _range_remedy(field: Field, value: float) -> str:
    if field.unit is Unit.FRACTION and 1 < value <= 100:
        return f"For {value:g} % write {field.key} = {value / 100:g}"
    if field.unit is Unit.DEGREES:
        return "Are latitude and longitude swapped?"
    unit = "Check its unit; w" if field.unit is not Unit.NONE else "W"
    return f"{unit}rite for example {field.key} = {field.example}"


def _meant(key: str, value: object, section: Section) -> str:
    stem, unit = split_unit(key)
    for field in section.fields:
        if unit and split_unit(field.key)[0] == stem:
            converted = convert(value, unit, field) if isinstance(value, int | float) else None
            example = field.example if converted is None else f"{converted:g}"
            return f"It is measured in {field.unit.value} here: write {field.key} = {example}"
    near = nearest(key, (field.key for field in section.fields))
    if near:
        return f"Did you mean {near}?"
    for other in SECTIONS:
        near = nearest(key, (field.key for field in other.fields))
        if near:
            return f"{near} belongs under {other.title}"
    return f"{section.title} knows: {', '.join(field.key for field in section.fields)}"
