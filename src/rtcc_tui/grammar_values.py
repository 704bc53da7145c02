"""What a typed line can turn into, what it may refer to, and how names, lengths and places are read. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from rtcc_core.domain.advice_values import Candidate
from rtcc_core.domain.alarm_groups import AlarmGroup
from rtcc_core.domain.commands import AnyCommand
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.state import Alarm
from rtcc_core.domain.streets import Match
from rtcc_core.domain.text import clean
from rtcc_tui.action_values import Action
from rtcc_tui.actions import REGISTRY, Registry

LONGEST_NAME = 3
"""Words of the longest callsign that is looked for (`Air One North`)."""

FEET_PER_METRE = 3.280_839_895
KNOTS_PER_M_S = 1.943_844_492

_EIGHT = (
    ("n", "north"), ("ne", "northeast"), ("e", "east"), ("se", "southeast"), ("s", "south"),
    ("sw", "southwest"), ("w", "west"), ("nw", "northwest"),
)  # fmt: skip
WINDS = {word: index * 45.0 for index, words in enumerate(_EIGHT) for word in words}
"""Degrees by the eight winds, short and spelled out."""

OVERRIDE_WORDS = frozenset({"override", "because"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the line may refer to without naming it."""

    drones: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    selected_call: str | None = None
    focus: str | None = None
    """The aircraft that the keys of the flight screen mean."""
    alarms: tuple[AlarmGroup, ...] = ()
    """The open alarms as the terminal has drawn them; the first is on the alarm line."""
    shelved: tuple[Alarm, ...] = ()
    crews: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Callsigns out on each call."""
    places: dict[str, LatLon] = field(default_factory=dict)
    """Positions of calls and sites by their names."""
    labels: dict[str, str] = field(default_factory=dict)
    """What a place is called, where that is not the name it is typed by."""
    matches: dict[str, Match] = field(default_factory=dict)
    """What the street files found, with its quality, by what is typed for it."""
    unfound: frozenset[str] = frozenset()
    """What they were asked for just now and do not have."""
    opened_here: frozenset[str] = frozenset()
    """Calls that were opened before CAD had them."""
    alerts: tuple[str, ...] = ()
    """Those that wait for a person first."""
    feeds: tuple[str, ...] = ()
    beats: tuple[str, ...] = ()
    """Of the calls in the queue."""
    sites: tuple[str, ...] = ()
    people: dict[str, str] = field(default_factory=dict)
    """Names by account."""
    heights_m: dict[str, float] = field(default_factory=dict)
    """How high each aircraft is now, above its launch point; one whose height is not known is left out."""
    suggestions: dict[str, str | None] = field(default_factory=dict)
    """The aircraft that each is about, else the call, by suggestion id; the most urgent first."""
    suggestion_id: str | None = None
    """The suggestion that is on the screen."""
    best: Callable[[str], str | None] = lambda _call: None
    """The recommended aircraft for a call."""
    candidates: Callable[[str], Sequence[Candidate]] = lambda _call: ()
    """Every aircraft as it stands for a call, the best first."""
    why_none: Callable[[str], str] = lambda _call: "no aircraft may go"
    registry: Registry = REGISTRY
    """The verbs of this agency."""
    reliever: Callable[[str], str | None] = lambda _drone: None
    """Who would relieve an aircraft."""


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
    locate: str = ""
    """A place that nobody here knows: Enter asks the core for it."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """The line cannot be understood; `text` says what to type instead."""

    text: str


@dataclass(frozen=True, slots=True)
class Local:
    """Something this console does by itself: `help`, `quit`."""

    action: str
    about: str = ""
    """What it is about: the verb behind `help`, the call behind `near`."""


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

    def take_drone(self, words: list[str]) -> tuple[str | None, list[str]]:
        """An aircraft at the start of `words`, and what is left; a second one is not looked for."""
        for size in range(min(LONGEST_NAME, len(words)), 0, -1):
            if drone := find(" ".join(words[:size]), self.around.drones):
                return drone, words[size:]
        return None, words

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


# --- what words mean -------------------------------------------------------------------------------

Rule = Callable[[Action, Names, list[str]], Parsed]
"""What a verb makes of the names before it and the words behind it."""


def metres(word: str) -> float | None:
    """`80`, `80m`, `260ft`; None for what is no length."""
    return _measured(word, (("ft", 1.0 / FEET_PER_METRE), ("m", 1.0)))


def metres_per_second(word: str) -> float | None:
    """`5`, `5m/s`, `10kt`; None for what is no speed."""
    return _measured(word, (("m/s", 1.0), ("kt", 1.0 / KNOTS_PER_M_S)))


def _measured(word: str, units: tuple[tuple[str, float], ...]) -> float | None:
    folded = word.casefold()
    for unit, factor in (*units, ("", 1.0)):
        if folded.endswith(unit):
            value = number(folded.removesuffix(unit))
            return None if value is None else value * factor
    return None


def bearing(word: str) -> float | None:
    """`270`, `270°`, `sw`, `south-west`; None for what is no direction from 0 to 360 degrees."""
    if (wind := word.casefold().replace("-", "")) in WINDS:
        return WINDS[wind]
    value = number(word.rstrip("°"))
    return value % 360.0 if value is not None and 0.0 <= value <= 360.0 else None


def place(word: str, around: Around) -> LatLon | None:
    """`LAT,LON`, or the position of a call or a site."""
    if (named := find(word, around.places)) is not None:
        return around.places[named]
    parts = word.split(",")
    if len(parts) != 2:
        return None
    latitude_deg, longitude_deg = number(parts[0].strip()), number(parts[1].strip())
    if latitude_deg is None or longitude_deg is None:
        return None
    try:
        return LatLon(latitude_deg, longitude_deg)
    except ValueError:
        return None


def unknown_place(action: Action, label: str, fill: str) -> Question:
    """Words with letters in them may be a street: the core has the street files, this console has none."""
    shown = clean(label, limit=60)
    if not shown:
        return Question(f"{action.verb}: which place? {action.usage}", fill=fill)
    if len(shown) < 3 or not any(char.isalpha() for char in shown):
        return Question(f"{shown} is no place known here; say: {action.usage}", fill=fill)
    return Question(f"{shown} is no call and no site: Enter looks in the street files", locate=shown)


def which_drone(action: Action, names: Names, words: list[str]) -> tuple[str, list[str]] | Question:
    """The aircraft that is meant: named, in focus, or the only one on the call; and the words left."""
    if names.drone is not None:
        return names.drone, words
    drone, words = names.take_drone(words)
    if drone is None and names.call is None:
        drone = names.around.focus
    if drone is None:
        crew = names.around.crews.get(names.call or names.around.selected_call or "", ())
        if len(crew) != 1:
            return Question(f"{action.verb} which aircraft? {action.usage}", fill=f"{action.verb} ")
        drone = crew[0]
    return drone, words


def override_reason(words: list[str]) -> tuple[list[str], str | None]:
    """What stands before `override` and the reason behind it: None without the word, empty without one."""
    folded = [word.casefold() for word in words]
    at = next((index for index, word in enumerate(folded) if word in OVERRIDE_WORDS), None)
    return (words, None) if at is None else (words[:at], " ".join(words[at + 1 :]))


def not_wanted(action: Action, word: str, wants: str) -> Mistake:
    """The word is not what stands at this place."""
    return Mistake(f"{clean(word, limit=20)} is not {wants}; say: {action.usage}")
