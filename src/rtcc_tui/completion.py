"""How a line may go on: what is possible now, the best first; and what each choice would mean. Pure.

What comes next is read from the verb's own usage (AIRCRAFT, CALL, SITE …), so a verb that is added completes
by itself; launch, relief and divert know which aircraft may go, how soon, and why another one may not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rtcc_core.domain.advice_values import Candidate
from rtcc_core.domain.flight import Verdict
from rtcc_tui import grammar_alarms
from rtcc_tui.action_values import Action
from rtcc_tui.grammar_values import Around, Names, find
from rtcc_tui.words import minutes_seconds

OF_CANDIDATES = frozenset({"launch", "relieve", "divert"})
"""Actions that send an aircraft which the gates have weighed."""

OF_THOSE_OUT = frozenset(
    {"hold", "return", "land", "relieve", "orbit", "move", "goto", "height", "raise", "lower", "face",
     "line", "follow", "aim", "record", "divert", "down"}
)  # fmt: skip
"""Actions that mean an aircraft in the air: those are offered first."""


OF_SPOKEN_PLACES = frozenset({"new"})
"""Actions whose place is spoken: the places that are known already are other calls."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One aircraft that could be named next, and what that would mean."""

    name: str
    words: str
    is_possible: bool


def complete(line: str, around: Around) -> list[str]:
    """Whole lines that continue `line`, best first; empty where nothing is known to fit."""
    words = line.split()
    typed = "" if not words or line.endswith(" ") else words[-1]
    before = words if not typed else words[:-1]
    registry = around.registry
    action = _verb_of(before, around)
    if action is None:
        choices: Iterable[str] = registry.verbs() if before else (*around.drones, *registry.verbs())
        if typed and (meant := registry.meant(typed)) and len(meant) == 1:
            choices = (*choices, *meant[0].verbs)
    else:
        choices = _choices(action, before, typed, around)
    fits = [choice for choice in choices if choice.casefold().startswith(typed.casefold())]
    start = " ".join(before) + " " if before else ""
    return [f"{start}{choice} " for choice in dict.fromkeys(fits)]


def offers(line: str, around: Around) -> list[Offer]:
    """The aircraft of a launch, a relief or a divert, best first, with the time overhead or why not."""
    words = line.split()
    action = _verb_of(words, around)
    if action is None or action.name not in OF_CANDIDATES:
        return []
    offered = [_offer(each, action) for each in _weighed(action, words, around)]
    return sorted(offered, key=lambda each: not each.is_possible)


def _verb_of(words: Sequence[str], around: Around) -> Action | None:
    """The action whose verb stands in these words; an abbreviation counts where it can be no other."""
    registry = around.registry
    whole = next((found for word in words if (found := registry.for_verb(word))), None)
    if whole is not None or not words:
        return whole
    meant = registry.meant(next((word for word in words if not is_name(word, around)), ""))
    return meant[0] if len(meant) == 1 else None


def overhead_words(found: Candidate) -> str:
    """`overhead 1:52, 14 min on scene`; what is not known is left out."""
    parts = [f"overhead {minutes_seconds(found.overhead_s)}"] if found.overhead_s is not None else []
    if found.on_scene_s is not None:
        parts.append(f"{int(found.on_scene_s // 60)} min on scene")
    return ", ".join(parts) or "time overhead UNKNOWN"


def _offer(found: Candidate, action: Action) -> Offer:
    may = found.may_divert if action.name == "divert" else found.may_launch
    if may:
        from_call = f", leaves {found.takes_from}" if found.takes_from else ""
        return Offer(found.drone, overhead_words(found) + from_call, True)
    if found.needs_override and not found.is_divert:
        return Offer(found.drone, f"override: {_first(found, Verdict.UNKNOWN)}", False)
    if found.is_divert and action.name != "divert":
        return Offer(found.drone, f"in the air: divert {found.drone}", False)
    return Offer(found.drone, _first(found, Verdict.BLOCK) or found.why, False)


def _first(found: Candidate, verdict: Verdict) -> str:
    return next((f"{gate.gate} {gate.reason}" for gate in found.gates if gate.verdict is verdict), "")


def _weighed(action: Action, words: Sequence[str], around: Around) -> list[Candidate]:
    names = _named(words, around)
    if action.name == "relieve":
        call = next((call for call, crew in around.crews.items() if names.drone in crew), names.call)
    else:
        call = names.call
    call = call or around.selected_call
    found = around.candidates(call) if call else ()
    if action.name == "divert":
        return [each for each in found if each.is_divert]
    return [each for each in found if action.name != "relieve" or each.drone != names.drone]


def _named(words: Sequence[str], around: Around) -> Names:
    """The aircraft and the call that stand anywhere in these words."""
    names, left = Names(around), list(words)
    while left:
        rest = names.take(left)
        left = rest[1:] if rest else []
    return names


def _choices(action: Action, before: Sequence[str], typed: str, around: Around) -> list[str]:
    given = {word.casefold() for word in before}
    if action.name in OF_SPOKEN_PLACES or given & {"override", "because"}:
        return []
    names = _named(before, around)
    if action.name in OF_CANDIDATES:
        return _candidates(action, names, given, typed, around)
    choices: list[str] = []
    for kind in _kinds(action.usage):
        if (
            kind in given
            or (kind == "AIRCRAFT" and names.drone)
            or (kind == "CALL" and _has_call(action, names))
        ):
            continue
        known = _KNOWN[kind](around) if kind in _KNOWN else (kind,)
        if kind == "AIRCRAFT" and action.name in OF_THOSE_OUT:
            known = _out_first(known, around)
        fresh = [name for name in known if name.casefold() not in given]
        if kind not in ("AIRCRAFT", "CALL") and len(fresh) < len(tuple(known)) and kind in _KNOWN:
            continue  # one of them stands there already
        choices += fresh
        if kind in _FIRST and fresh:
            break
    return choices


def _has_call(action: Action, names: Names) -> bool:
    return names.call is not None and action.usage.count("CALL") < 2


def _candidates(action: Action, names: Names, given: set[str], typed: str, around: Around) -> list[str]:
    """Those that may go, best first; one that may not is completed only where a person begins to name it."""
    if action.name == "relieve" and names.drone is None:
        return _out_first(around.drones, around)
    found = [_offer(each, action) for each in _weighed(action, [*given], around)]
    may = [each.name for each in found if each.is_possible]
    others = [name for name in around.drones if name not in may]
    is_known = bool(found)
    calls = [] if names.call or action.name == "relieve" else list(around.calls)
    if names.drone is not None and action.name != "relieve":
        return calls
    if not is_known:
        best = around.best(around.selected_call) if around.selected_call else None
        return sorted(others, key=lambda name: name != best) + calls
    drones = may + (others if typed or not may else [])
    return [name for name in drones if name.casefold() not in given] + calls


def _out_first(known: Iterable[str], around: Around) -> list[str]:
    out = {name for crew in around.crews.values() for name in crew}
    here = set(around.crews.get(around.selected_call or "", ()))
    return sorted(known, key=lambda name: (name not in here, name not in out))


_KNOWN: dict[str, Callable[[Around], Iterable[str]]] = {
    "AIRCRAFT": lambda around: around.drones,
    "CALL": lambda around: sorted(around.calls, key=lambda call: call != around.selected_call),
    "SITE": lambda around: around.sites,
    "ALERT": lambda around: around.alerts,
    "FEED": lambda around: around.feeds,
    "PERSON": lambda around: around.people,
    "PLACE": lambda around: around.places,
    "ALARM": lambda around: grammar_alarms.names(around.alarms),
    "SHELVED": lambda around: [each.alarm_id for each in around.shelved],
    "VERB": lambda around: around.registry.verbs(),
}
"""What a word of a usage stands for."""

_FIRST = frozenset({"AIRCRAFT", "ALERT"})
"""Named before anything else is."""

_ITSELF = frozenset({"on", "off", "scene", "level", "down", "cad", "end", "into", "over", "with"})
"""Words of a usage that are typed as they stand."""


def _kinds(usage: str) -> list[str]:
    """`aim [AIRCRAFT] [scene, level …]`: AIRCRAFT, scene, level."""
    words = [word.strip("[],.") for word in usage.split()[1:]]
    return list(dict.fromkeys(word for word in words if word in _KNOWN or word in _ITSELF))


def is_name(typed: str, around: Around) -> bool:
    """True where a word is an aircraft or a call."""
    return find(typed, around.drones) is not None or find(typed, around.calls) is not None
