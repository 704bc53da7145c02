"""An agency's own verbs, keys and status words: what may be called what, and the registry that comes of it.

Shipped verbs go on counting unless another action was given them. Nobody can take a word or the last key of
what stops an aircraft: hold, return and land are there under every agency's names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from rtcc_core.domain.flight import Outcome, Phase
from rtcc_core.domain.renames import Misnamed, Renames, status_key
from rtcc_tui.action_values import Action
from rtcc_tui.actions import ACTIONS, Registry, key_word
from rtcc_tui.key_names import FIXED_KEYS, key_name, why_not_a_key

SAFETY = frozenset({"hold", "return", "land"})
"""Actions whose words mean nothing else, ever."""

KEEPS_A_KEY = frozenset({"hold", "return", "launch", "ack", "command", "help", "quit"})
"""Actions that must have a key."""

STATES = ("ready", "not ready", "grounded", "not heard", "silent", "in the air", "down")
"""What an aircraft without a flight, or one that is lost, is called."""

PRIORITIES = tuple(f"priority_{number}" for number in range(1, 6))

STATUS_MAX = 10
"""Cells of the column that phases stand in."""

OUTCOME_MAX = 8
PRIORITY_MAX = 2

GRAMMAR_WORDS = frozenset(
    {
        "override", "because", "core", "none", "all", "with", "by", "to", "at", "on", "off", "cw", "ccw",
        "radius", "speed", "scene", "level", "ahead", "into", "cad", "end", "go", "and",
        "n", "ne", "e", "se", "s", "sw", "w", "nw", "p1", "p2", "p3", "p4", "p5",
    }
)  # fmt: skip
"""Words that stand behind verbs: a verb of the same name could not be told from them."""


def check(renames: Renames, callsigns: tuple[str, ...] = ()) -> list[Misnamed]:
    """Everything that is wrong with an agency's words (entry point `rtcc.settings_checks`)."""
    return [
        *_unknown("verbs", renames.verbs),
        *_unknown("keys", renames.keys),
        *_wrong_verbs(renames.verbs, callsigns),
        *_wrong_keys(renames.keys),
        *_wrong_status(renames.status),
    ]


def registry_of(renames: Renames) -> tuple[Registry, list[Misnamed]]:
    """The actions as this agency calls them; with anything wrong, those that the house ships, and what is."""
    wrong = check(renames)
    return (Registry() if wrong else Registry(_renamed(ACTIONS, renames))), wrong


def _renamed(actions: Sequence[Action], renames: Renames) -> tuple[Action, ...]:
    verbs = {found.name: _folded(words) for name, words in renames.verbs.items() if (found := _find(name))}
    keys = {
        found.name: tuple(key_name(key) for key in words)
        for name, words in renames.keys.items()
        if (found := _find(name))
    }
    taken = {word: name for name, words in verbs.items() for word in words}
    return tuple(_one(action, verbs, keys.get(action.name, action.keys), taken) for action in actions)


def _one(
    action: Action, verbs: Mapping[str, tuple[str, ...]], keys: tuple[str, ...], taken: Mapping[str, str]
) -> Action:
    kept = tuple(verb for verb in action.verbs if taken.get(verb, action.name) == action.name)
    words = tuple(dict.fromkeys((*verbs.get(action.name, ()), *kept)))
    fixed = tuple(key for key in action.keys if key in FIXED_KEYS)
    keys = tuple(dict.fromkeys((*keys, *fixed)))
    if words == action.verbs or not words:
        return replace(action, keys=keys)
    return replace(
        action,
        verb=words[0],
        aliases=words[1:],
        keys=keys,
        usage=" ".join(words[0] if word == action.verb else word for word in action.usage.split(" ")),
        label=words[0] if action.label in action.verbs else action.label,
    )


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.casefold() for word in words))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Action]:
    by_verb = {action.verb: action for action in ACTIONS if action.verb}
    return by_verb | {action.name: action for action in ACTIONS}


def _find(name: str) -> Action | None:
    """An action by its name or its shipped verb."""
    return _by_name().get(name)


def _unknown(table: str, given: Mapping[str, tuple[str, ...]]) -> Iterator[Misnamed]:
    seen: dict[str, str] = {}
    for name, words in given.items():
        action = _find(name)
        if action is None:
            known = ", ".join(each.name for each in ACTIONS)
            yield Misnamed(
                table=table, name=name, what="there is no such action", remedy=f"There are: {known}"
            )
        elif action.name in seen:
            yield Misnamed(
                table=table, name=name, what=f"is the same action as {seen[action.name]}", remedy="Keep one"
            )
        elif not words:
            yield Misnamed(
                table=table, name=name, what="is an empty list", remedy="Give one word, or leave the key out"
            )
        if action is not None:
            seen.setdefault(action.name, name)


# --- verbs -----------------------------------------------------------------------------------------


def _wrong_verbs(given: Mapping[str, tuple[str, ...]], callsigns: tuple[str, ...]) -> Iterator[Misnamed]:
    shipped = {verb: action for action in ACTIONS for verb in action.verbs}
    flying = {callsign.casefold() for callsign in callsigns}
    owners: dict[str, str] = {}
    for name, words in given.items():
        action = _find(name)
        if action is None:
            continue
        if not action.verb:
            yield Misnamed(
                table="verbs", name=name, what="is done by a key only", remedy="Name it under keys"
            )
        for word in _folded(words):
            if wrong := _wrong_verb(word, action, shipped, flying, owners):
                yield Misnamed(table="verbs", name=name, what=wrong[0], remedy=wrong[1])
            owners.setdefault(word, action.name)
    for action in ACTIONS:
        mine = {word for word, name in owners.items() if name == action.name}
        left = [verb for verb in action.verbs if owners.get(verb, action.name) == action.name]
        if action.verb and not left and not mine and action.name not in SAFETY:
            by = owners[action.verb]
            what = f'"{action.verb}" was taken by {by}, and {action.name} has no other verb'
            yield Misnamed(table="verbs", name=by, what=what, remedy=f"Give {action.name} a verb of its own")


def _wrong_verb(
    word: str, action: Action, shipped: Mapping[str, Action], flying: set[str], owners: Mapping[str, str]
) -> tuple[str, str] | None:
    other = shipped.get(word)
    if owners.get(word, action.name) != action.name:
        return f'"{word}" is a verb of {owners[word]} already', "No two actions may have the same verb"
    if other is not None and other.name in SAFETY and other is not action:
        return f'"{word}" stops an aircraft ({other.name}) and can mean nothing else', "Choose another word"
    if word in GRAMMAR_WORDS:
        return f'"{word}" stands behind verbs ({action.usage})', "Choose another word"
    if word in flying:
        return f'"{word}" is the callsign of an aircraft', "Choose another word"
    return None


# --- keys ------------------------------------------------------------------------------------------


def _wrong_keys(given: Mapping[str, tuple[str, ...]]) -> Iterator[Misnamed]:
    names = {found.name: name for name in given if (found := _find(name))}
    after = {
        action.name: [key_name(key) for key in given[names[action.name]]]
        if action.name in names
        else list(action.keys)
        for action in ACTIONS
    }
    for action in ACTIONS:
        if action.name not in names:
            continue
        name = names[action.name]
        for typed in given[name]:
            if key_name(typed) not in action.keys and (why := why_not_a_key(typed)):
                yield Misnamed(
                    table="keys", name=name, what=why, remedy="Choose a letter, F2 to F12 or Ctrl+X"
                )
        for other in ACTIONS:
            if other is action or (other.name in names and other.name < action.name):
                continue
            both = [key for key in after[action.name] if key in after[other.name]]
            both = [key for key in both if not (key in action.keys and key in other.keys)]
            if both and _meet(action, other):
                what = f'"{key_word(both[0])}" is a key of {other.name} already'
                remedy = f"Choose another, or give {other.name} another key as well"
                yield Misnamed(table="keys", name=name, what=what, remedy=remedy)


def _meet(one: Action, other: Action) -> bool:
    """Two keys are the same finger where both count on one screen."""
    return one.view is other.view or one.view is None or other.view is None


# --- status ----------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def status_words() -> dict[str, str]:
    """Every status that can be given a word, by its name in agency.toml; with the shipped word."""
    outcomes = {status_key(each.value): each.value for each in Outcome}
    phases = {status_key(each.value): each.value for each in Phase}
    return (
        phases
        | outcomes
        | {status_key(state): state for state in STATES}
        | {name: name.removeprefix("priority_") for name in PRIORITIES}
    )


def _wrong_status(given: Mapping[str, str]) -> Iterator[Misnamed]:
    known = status_words()
    shown = {name: given.get(name, word).casefold() for name, word in known.items()}
    for name, word in given.items():
        if name not in known:
            yield Misnamed(
                table="status",
                name=name,
                what="there is no such status",
                remedy=f"There are: {', '.join(known)}",
            )
            continue
        if len(word) > (most := _widest(name)):
            what = f'"{word}" has more than {most} characters'
            yield Misnamed(table="status", name=name, what=what, remedy="Its column is no wider: shorten it")
        for other, text in shown.items():
            if other != name and text == word.casefold() and (name in PRIORITIES) is (other in PRIORITIES):
                what = f'"{word}" is what {other} is called already'
                yield Misnamed(
                    table="status", name=name, what=what, remedy="Two states of one name cannot be told apart"
                )


def _widest(name: str) -> int:
    if name in PRIORITIES:
        return PRIORITY_MAX
    return OUTCOME_MAX if name in {status_key(each) for each in Outcome} else STATUS_MAX
