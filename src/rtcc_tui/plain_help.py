"""`help` in the line mode: by topic, a few lines each, never a wall of all verbs."""

from __future__ import annotations

from rtcc_tui.action_values import Action
from rtcc_tui.actions import Registry
from rtcc_tui.actions_alarms import ALARMS
from rtcc_tui.actions_calls import ALERTS, CALLS, OPENED
from rtcc_tui.actions_fly import FLYING
from rtcc_tui.actions_people import PEOPLE
from rtcc_tui.plain_words import PLAIN_WORDS

TOPICS: dict[str, tuple[Action, ...]] = {
    "flying": FLYING,
    "calls": (*CALLS, *OPENED),
    "alerts": ALERTS,
    "alarms": ALARMS,
    "people": PEOPLE,
}
"""What belongs together; everything else looks, and is under `looking`."""

LOOKING, LINES = "looking", "lines"


def help_readings(registry: Registry, about: str) -> list[str] | None:
    """The lines of `help ABOUT`; None where that is no topic of help and may be a verb."""
    topics = _topics(registry)
    word = about.casefold()
    if not word:
        lines = [f"help {name}: {', '.join(each.verb for each in some)}" for name, some in topics.items()]
        own = f"help {LINES}: {', '.join(name for name, _, _ in PLAIN_WORDS)}"
        return [
            *lines,
            own,
            "help VERB tells one of them; a call or an aircraft alone, 1041 or D2, is read out",
        ]
    if word == LINES:
        return [f"{usage}: {words}" for _, usage, words in PLAIN_WORDS]
    if word == "all":
        every = [action for action in registry.actions if action.verb]
        return [told(action) for action in every] + (help_readings(registry, LINES) or [])
    if word in topics:
        return [told(action) for action in topics[word]]
    return next(([f"{usage}: {words}"] for name, usage, words in PLAIN_WORDS if name == word), None)


def own_readings(registry: Registry, line: str) -> list[str] | None:
    """The lines of `help go`: a word of the line mode's own wins over a verb that begins so."""
    first, _, about = line.strip().partition(" ")
    action, word = registry.for_verb(first), about.strip().casefold()
    if action is None or action.name != "help" or word not in {name for name, _, _ in PLAIN_WORDS}:
        return None
    return help_readings(registry, word)


def told(action: Action) -> str:
    """`hold [AIRCRAFT]: stop and hover where it is`; an aircraft flies only after `go`."""
    return f"{action.usage}: {action.help}"


def _topics(registry: Registry) -> dict[str, tuple[Action, ...]]:
    """By topic, each as this agency calls it."""
    named = {name: {each.name for each in some} for name, some in TOPICS.items()}
    verbs = [action for action in registry.actions if action.verb]
    topics = {name: tuple(each for each in verbs if each.name in names) for name, names in named.items()}
    known = set().union(*named.values())
    return {**topics, LOOKING: tuple(each for each in verbs if each.name not in known)}
