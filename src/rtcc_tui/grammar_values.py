"""What a typed line can turn into, and what it may refer to. Values and small helpers of the grammar."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rtcc_core.domain.commands import AnyCommand
from rtcc_core.domain.geo import LatLon

LONGEST_NAME = 3
"""Words of the longest callsign that is looked for (`Air One North`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the line may refer to without naming it."""

    drones: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    selected_call: str | None = None
    alarm_id: str | None = None
    """The alarm that is on the alarm line."""
    crews: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Callsigns out on each call."""
    places: dict[str, LatLon] = field(default_factory=dict)
    """Positions of calls and sites by their names."""
    sites: tuple[str, ...] = ()
    people: dict[str, str] = field(default_factory=dict)
    """Names by account."""
    heights_m: dict[str, float] = field(default_factory=dict)
    """How high each aircraft is now, above its launch point."""
    suggestions: dict[str, str | None] = field(default_factory=dict)
    """Callsign by suggestion id, the oldest first."""
    suggestion_id: str | None = None
    """The suggestion that is on the screen."""
    best: Callable[[str], str | None] = lambda _call: None
    """The recommended aircraft for a call."""
    why_none: Callable[[str], str] = lambda _call: "no aircraft may go"


@dataclass(frozen=True, slots=True)
class Understood:
    """A complete request; its id and sequence number are added when it is sent."""

    command: AnyCommand


@dataclass(frozen=True, slots=True)
class Question:
    """The line is right so far; `text` asks for what is missing."""

    text: str
    fill: str = ""
    """A line that would answer it, where there is an obvious one."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """The line cannot be understood; `text` says what to type instead."""

    text: str


@dataclass(frozen=True, slots=True)
class Local:
    """Something this console does by itself: `help`, `quit`."""

    action: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """An empty line."""


Parsed = Understood | Question | Mistake | Local | Nothing


@dataclass(slots=True)
class Names:
    """The aircraft and the call that were named so far."""

    around: Around
    drone: str | None = None
    call: str | None = None
    clash: str = ""

    def take(self, words: list[str]) -> list[str]:
        """Eat the names at the start of `words`; what is left is not a name."""
        while words and (size := self._eat(words)):
            words = words[size:]
        return words

    def _eat(self, words: list[str]) -> int:
        for size in range(min(LONGEST_NAME, len(words)), 0, -1):
            typed = " ".join(words[:size])
            drone, call = find(typed, self.around.drones), find(typed, self.around.calls)
            if drone is not None and (self.drone is None or call is None):
                self._name_drone(drone)
                return size
            if call is not None:
                self._name_call(call)
                return size
        return 0

    def _name_drone(self, drone: str) -> None:
        if self.drone not in (None, drone):
            self.clash = f"one aircraft at a time: {self.drone} or {drone}"
        self.drone = drone

    def _name_call(self, call: str) -> None:
        if self.call not in (None, call):
            self.clash = f"one call at a time: {self.call} or {call}"
        self.call = call


def find(typed: str, known: Iterable[str]) -> str | None:
    folded = typed.casefold()
    return next((name for name in known if name.casefold() == folded), None)


def number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def some(names: Iterable[str], most: int = 8) -> str:
    shown = list(names)
    if not shown:
        return "(there is none)"
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if len(shown) > most else "")
