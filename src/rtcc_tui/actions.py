"""Everything a person can do here, once: keys, verbs, help and the key line are all read from this list."""

from __future__ import annotations

from collections.abc import Sequence

from rtcc_tui.action_values import Action, Danger
from rtcc_tui.actions_alarms import ALARMS
from rtcc_tui.actions_calls import ALERTS, CALLS, OPENED
from rtcc_tui.actions_fly import FLYING
from rtcc_tui.actions_map import MAPPING
from rtcc_tui.actions_past import PAST
from rtcc_tui.actions_people import PEOPLE
from rtcc_tui.actions_screens import SCREENS
from rtcc_tui.actions_terminal import TERMINAL
from rtcc_tui.key_names import key_word
from rtcc_tui.looking import View

__all__ = ["ACTIONS", "REGISTRY", "Action", "Danger", "Registry", "key_word"]

_LOOKS: tuple[Action, ...] = (
    Action(name="next", keys=("down", "j"), help="select the next call"),
    Action(name="previous", keys=("up", "k"), help="select the call before"),
    Action(name="view", keys=("tab",), label="view", help="everything / the call alone / aircraft and gates"),
    Action(name="earlier", keys=("pageup",), help="earlier lines of the selected call, or of a page"),
    Action(
        name="later", keys=("pagedown",), label="more", help="later lines of the selected call, or of a page"
    ),
    Action(name="page_start", keys=("home",), help="the first line of a page, or of the selected call"),
    Action(
        name="page_end",
        keys=("end", "G"),
        label="end",
        help="the last line of a page, or of the selected call",
    ),
    Action(
        name="fleet",
        verb="fleet",
        usage="fleet",
        help="the aircraft, with relief plans, cameras and gates",
    ),
    Action(
        name="suggestions",
        verb="suggestions",
        usage="suggestions",
        help="everything the house suggests now",
    ),
    Action(
        name="command", keys=("colon",), label="command", help="type a command; Tab completes, up recalls"
    ),
    Action(
        name="palette",
        keys=("ctrl+p", "space"),
        help="everything that is possible now; type letters, choose, and Enter types its verb",
    ),
    Action(
        name="help",
        verb="help",
        aliases=("?",),
        usage="help [VERB]",
        keys=("question_mark", "f1"),
        label="help",
        help="this page; help VERB: that verb alone",
    ),
    Action(
        name="quit",
        verb="quit",
        aliases=("exit",),
        usage="quit",
        keys=("q", "ctrl+q"),
        help="leave this console; asks once while an aircraft is out",
    ),
)

ACTIONS: tuple[Action, ...] = (
    *FLYING,
    *PEOPLE,
    *CALLS,
    *ALARMS,
    *OPENED,
    *ALERTS,
    *SCREENS,
    *PAST,
    *MAPPING,
    *TERMINAL,
    *_LOOKS,
)


class Registry:
    """The actions of one console, found by name, by verb and by key."""

    def __init__(self, actions: Sequence[Action] = ACTIONS) -> None:
        self.actions = tuple(actions)
        self._by_name = {action.name: action for action in actions}
        self._by_verb = {verb: action for action in actions for verb in action.verbs}
        self._by_key = {(action.view, key): action for action in actions for key in action.keys}

    def named(self, name: str) -> Action:
        """The action of that name; KeyError for a name that is not ours."""
        return self._by_name[name]

    def for_verb(self, word: str) -> Action | None:
        """The action behind a verb or alias, however it is capitalised."""
        return self._by_verb.get(word.casefold())

    def meant(self, word: str) -> tuple[Action, ...]:
        """Every action that has a verb beginning so; of a whole verb that action alone."""
        folded = word.casefold()
        if (exact := self._by_verb.get(folded)) is not None:
            return (exact,)
        fits = (action for action in self.actions for verb in action.verbs if verb.startswith(folded))
        return tuple(dict.fromkeys(fits)) if folded else ()

    def for_key(self, key: str, view: View | None = None) -> Action | None:
        """The action behind a key on a screen: that screen's own first, then what the key is everywhere."""
        own = self._by_key.get((view, key)) if view is not None else None
        return own or self._by_key.get((None, key))

    def verbs(self) -> tuple[str, ...]:
        """The main verbs, for completion."""
        return tuple(action.verb for action in self.actions if action.verb)


REGISTRY = Registry()
"""As the house ships it."""
