"""The few words that only the line mode has, beside every verb of the registry. Pure.

An agency that calls one of its verbs so keeps its verb.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rtcc_core.domain.flight import Phase
from rtcc_tui.actions import Registry
from rtcc_tui.grammar_values import find, number

WITHIN_S = 600.0
"""How long a `wait` for something lasts where no `within` says otherwise, seconds of the core's clock."""

WAIT_MAX_S = 86_400.0

READY = "ready"

PLAIN_WORDS: tuple[tuple[str, str, str], ...] = (
    ("go", "go", "sends the flight order that was read out, within 30 seconds; anything else drops it"),
    (
        "wait",
        "wait SECONDS, or wait for CALL, or wait AIRCRAFT PHASE [within SECONDS]",
        "the next line waits; in a drill by the drill's clock. wait for call: for any; "
        "wait D2 ready; wait D2 on scene within 300. Typed at a keyboard, the next line ends it",
    ),
    ("verbose", "verbose on or off", "say everything that happens, each with its time"),
    ("lock", "lock", "say nothing of calls any more; alarms only by severity and aircraft"),
    ("unlock", "unlock", "then your PIN on the next line, which is not shown"),
    ("#", "# REMARK", "a line that begins so is passed over, and so is an empty one"),
)
"""Word, how to type it, what it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The next line waits for something."""

    seconds: float = WITHIN_S
    """At most, or where it waits for nothing else, exactly; by the core's clock."""
    call: str = ""
    """For this call, or `call` for any."""
    drone: str = ""
    phase: str = ""
    """A stored phase, or `ready`."""
    words: str = ""
    """As the person typed it."""

    @property
    def is_pause(self) -> bool:
        return not self.call and not self.drone


@dataclass(frozen=True, slots=True)
class Verbose:
    """How much is said."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class Unlock:
    """The next line is the PIN."""


@dataclass(frozen=True, slots=True)
class Lock:
    """Nothing of calls is said any more."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A line for whoever reads the script."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Meant for the line mode, and not understood."""

    text: str


Own = Wait | Verbose | Lock | Unlock | Remark | Wrong


def own_word(line: str, registry: Registry, drones: tuple[str, ...], phases: dict[str, str]) -> Own | None:
    """What a line means to the line mode itself; None where it is the registry's.

    `phases`: the stored phase by the agency's word for it.
    """
    words = line.split()
    if not words or words[0].startswith("#"):
        return Remark()
    first = words[0].casefold()
    if registry.for_verb(first) is not None:
        return None
    match first, [word.casefold() for word in words[1:]]:
        case "verbose", ["on" | "off" as which]:
            return Verbose(which == "on")
        case "verbose", _:
            return Wrong("verbose on, or verbose off")
        case "lock", []:
            return Lock()
        case "unlock", []:
            return Unlock()
        case "lock" | "unlock", _:
            return Wrong(
                f"{first} stands alone; a PIN is typed on the line after unlock, where it is not shown"
            )
        case "wait", rest:
            return _wait(words[1:], rest, drones, phases)
        case _:
            return None


USAGE = "wait 30, wait for 1041, wait for call, wait D2 ready, wait D2 on scene within 300"


def _wait(words: list[str], folded: list[str], drones: tuple[str, ...], phases: dict[str, str]) -> Own:
    shown = " ".join(words)
    seconds = WITHIN_S
    if "within" in folded:
        at = folded.index("within")
        given = _seconds(folded[at + 1 :])
        if given is None:
            return Wrong(f"within how many seconds? {USAGE}")
        seconds, words, folded = given, words[:at], folded[:at]
    elif (pause := _seconds(folded)) is not None:
        return Wait(seconds=pause, words=shown)
    if folded[:1] == ["for"] and len(words) == 2:
        return Wait(call=words[1], seconds=seconds, words=shown)
    for size in range(min(3, len(words) - 1), 0, -1):
        drone = find(" ".join(words[:size]), drones)
        if drone is not None:
            return _for_phase(drone, " ".join(folded[size:]), seconds, phases, shown)
    return Wrong(f"wait for what? {USAGE}")


def _for_phase(drone: str, typed: str, seconds: float, phases: dict[str, str], shown: str) -> Own:
    word = re.sub(r"[\s_-]+", " ", typed)
    phase = phases.get(word, word)
    if phase != READY and phase not in set(Phase):
        return Wrong(f"no phase is called {typed}; phases: {READY}, {', '.join(phases)}")
    return Wait(drone=drone, phase=phase, seconds=seconds, words=shown)


def _seconds(words: list[str]) -> float | None:
    """`30`, `30 s`, `30 seconds`; None for anything else."""
    if not words or (len(words) > 1 and words[1:] not in (["s"], ["seconds"], ["second"])):
        return None
    value = number(words[0])
    return value if value is not None and 0.0 <= value <= WAIT_MAX_S else None


def phase_names(shown: Callable[[str], str]) -> dict[str, str]:
    """The stored phase by the word this agency has for it."""
    return {shown(phase).casefold(): phase.value for phase in Phase}
