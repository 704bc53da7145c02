"""What an agency's street files hold, and what a search in them answers."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from rtcc_core.domain.geo import LatLon


class HouseRange(msgspec.Struct, frozen=True):
    """House numbers along one side of a segment, in the direction of its line; may run downwards."""

    first: int
    last: int

    def holds(self, number: int) -> bool:
        """True for a number between the ends, and of their parity where both ends have the same."""
        is_between = min(self.first, self.last) <= number <= max(self.first, self.last)
        return is_between and (self.first % 2 != self.last % 2 or number % 2 == self.first % 2)

    def fraction(self, number: int) -> float:
        """How far along the line the number stands, 0 … 1; the middle where there is one number only."""
        return 0.5 if self.first == self.last else (number - self.first) / (self.last - self.first)


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a street."""

    name: str
    """As the file spells it, cleaned."""
    line: tuple[LatLon, ...]
    """At least two points."""
    left: HouseRange | None = None
    right: HouseRange | None = None
    city: str = ""


class AddressPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where one house number stands."""

    number: str
    """As posted: `9260`, `9260A`, `21-34`."""
    street: str
    position: LatLon
    city: str = ""


class Quality(StrEnum):
    """What a match stands on, the best first."""

    EXACT = "EXACT"
    """The agency's own point for this number."""
    INTERPOLATED = "INTERPOLATED"
    """Between the ends of a range, or between two known numbers."""
    CROSSING = "CROSSING"
    BLOCK = "BLOCK"
    """The middle of a hundred block."""
    STREET_ONLY = "STREET ONLY"
    """Somewhere on the street: shown, never flown to."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the street files."""

    label: str
    """As the file spells it: `Laguna Blvd / Bruceville Rd`."""
    position: LatLon
    quality: Quality
    uncertainty_m: float
    is_suggestion: bool = False
    """True where this is not what was typed; a person must say that it is meant."""
    note: str = ""
    """What was read otherwise than typed, in words; empty where nothing was."""

    @property
    def may_be_flown_to(self) -> bool:
        """False where only the street is known."""
        return self.quality is not Quality.STREET_ONLY

    def __str__(self) -> str:
        plus_minus = "" if self.quality is Quality.STREET_ONLY else f" ±{self.uncertainty_m:.0f} m"
        behind = f" ({self.note})" if self.note else ""
        return f"{self.quality.value}{plus_minus}  {self.label}{behind}"


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found for one text, the best first."""

    matches: tuple[Match, ...] = ()
    more: int = 0
    """How many further matches there are."""
    trouble: str = ""
    """Why nothing was found, and what to do; empty where something was."""

    @property
    def certain(self) -> Match | None:
        """The one match that needs no choice; None where there is none, or more than one, or a guess."""
        if len(self.matches) != 1 or self.more:
            return None
        [match] = self.matches
        return match if match.may_be_flown_to and not match.is_suggestion else None
