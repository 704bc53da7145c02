"""Everything a person can do here, once: keys, verbs, help and the key line are all read from this list.

Danger says how carefully a key is answered: what FLIES is never done by one key, only proposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rtcc_core.domain.people import Right


class Danger(Enum):
    """What an action can touch."""

    LOOKS = "looks"
    """Changes only what this console shows."""
    WRITES = "writes"
    """Becomes an event; moves nothing."""
    FLIES = "flies"
    """Moves an aircraft: named on the confirmation line, sent by a second key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do."""

    name: str
    help: str
    danger: Danger = Danger.LOOKS
    verb: str = ""
    aliases: tuple[str, ...] = ()
    usage: str = ""
    keys: tuple[str, ...] = ()
    """Key names as Textual spells them."""
    label: str = ""
    """One word for the key line; empty keeps it off."""
    right: Right | None = None
    """What the person must be allowed; the core decides again."""

    @property
    def verbs(self) -> tuple[str, ...]:
        return (self.verb, *self.aliases) if self.verb else ()


ACTIONS: tuple[Action, ...] = (
    Action(
        name="launch",
        verb="launch",
        aliases=("send",),
        usage="launch [AIRCRAFT] [CALL] [override REASON]",
        keys=("l",),
        label="launch",
        danger=Danger.FLIES,
        right=Right.LAUNCH,
        help="send an aircraft to a call; alone: the recommended one to the selected call",
    ),
    Action(
        name="hold",
        verb="hold",
        aliases=("hover",),
        usage="hold [AIRCRAFT]",
        keys=("h",),
        label="hold",
        danger=Danger.FLIES,
        right=Right.RECALL,
        help="stop and hover where it is; alone: the aircraft of the selected call",
    ),
    Action(
        name="return",
        verb="rtl",
        aliases=("return", "home", "rtb"),
        usage="rtl [AIRCRAFT]",
        keys=("r",),
        label="return",
        danger=Danger.FLIES,
        right=Right.RECALL,
        help="come home and land; alone: the aircraft of the selected call",
    ),
    Action(
        name="land",
        verb="land",
        usage="land AIRCRAFT",
        danger=Danger.FLIES,
        right=Right.RECALL,
        help="land where it is now",
    ),
    Action(
        name="take",
        verb="take",
        aliases=("claim",),
        usage="take [CALL]",
        keys=("t",),
        label="take",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="claim a call; the others see that it is yours",
    ),
    Action(
        name="release",
        verb="release",
        usage="release [CALL]",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="give a claimed call back",
    ),
    Action(
        name="note",
        verb="note",
        usage="note [CALL] TEXT",
        keys=("n",),
        label="note",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="write a remark on a call",
    ),
    Action(
        name="ack",
        verb="ack",
        aliases=("acknowledge",),
        usage="ack",
        keys=("a",),
        label="ack",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="acknowledge the alarm on the alarm line, by your name",
    ),
    Action(
        name="wind",
        verb="wind",
        usage="wind M/S FROM-DEGREES [GUST]",
        danger=Danger.WRITES,
        right=Right.WORK_CALLS,
        help="report the wind you see: wind 5 240 is 5 m/s from 240 degrees",
    ),
    Action(name="next", keys=("down", "j"), help="select the next call"),
    Action(name="previous", keys=("up", "k"), help="select the call before"),
    Action(name="view", keys=("tab",), label="view", help="everything / the call alone / aircraft and gates"),
    Action(name="earlier", keys=("pageup",), help="earlier lines of the selected call"),
    Action(name="later", keys=("pagedown",), help="later lines of the selected call"),
    Action(
        name="command", keys=("colon",), label="command", help="type a command; Tab completes, up recalls"
    ),
    Action(
        name="help", verb="help", usage="help", keys=("question_mark", "f1"), label="help", help="this page"
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

_BY_NAME = {action.name: action for action in ACTIONS}
_BY_VERB = {verb: action for action in ACTIONS for verb in action.verbs}
_BY_KEY = {key: action for action in ACTIONS for key in action.keys}

KEY_WORDS = {
    "colon": ":",
    "question_mark": "?",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "tab": "Tab",
    "up": "Up",
    "down": "Down",
    "f1": "F1",
    "ctrl+q": "Ctrl+Q",
}
"""How a key is printed."""


def named(name: str) -> Action:
    """The action of that name; KeyError for a name that is not ours."""
    return _BY_NAME[name]


def for_verb(word: str) -> Action | None:
    """The action behind a verb or alias, however it is capitalised."""
    return _BY_VERB.get(word.casefold())


def for_key(key: str) -> Action | None:
    """The action behind a key."""
    return _BY_KEY.get(key)


def verbs() -> tuple[str, ...]:
    """The main verbs, for completion."""
    return tuple(action.verb for action in ACTIONS if action.verb)


def key_word(key: str) -> str:
    """A key as a person reads it."""
    return KEY_WORDS.get(key, key)
