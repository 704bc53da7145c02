"""The bottom line of keys: what stops an aircraft on every screen, and what matters on this one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len

from rtcc_tui.actions import key_word
from rtcc_tui.looking import PAGES, View
from rtcc_tui.roles import NAMES, screens_of
from rtcc_tui.session import Session
from rtcc_tui.spans import Line, Tone, row

ALWAYS = ("hold", "return", "help")
"""On the key line of every screen, however narrow."""


@dataclass(frozen=True, slots=True)
class _Label:
    """Some keys and one word for them."""

    actions: tuple[str, ...]
    """Names; the first key of each is shown."""
    word: str = ""
    """Empty: the action's own label."""


_ESC = _Label((), "back")

_DISPATCH = (
    *(_Label((name,)) for name in ("launch", "hold", "return", "accept", "take", "note", "ack")),
    _Label(("map",)), _Label(("relieve",)), _Label(("view",)), _Label(("new",)), _Label(("near",)),
    _Label(("command",)), _Label(("help",)),
)  # fmt: skip
_CALL_OR_FLEET = (
    _Label(("view",)), _ESC,
    *(_Label((name,)) for name in ("launch", "hold", "return", "relieve", "ack", "command", "help")),
)  # fmt: skip
_FLIGHT = (
    _Label(("hold",)), _Label(("return",)), _Label(("relieve",)), _Label(("focus_next",), "next"),
    _Label(("map",)), _ESC, _Label(("note",)), _Label(("ack",)), _Label(("command",)), _Label(("help",)),
)  # fmt: skip
_MAP = (
    _Label(("map_in", "map_out"), "scale"), _Label(("map_home",), "call"), _Label(("map_follow",), "follow"),
    _Label(("map_cross",), "cross"), _ESC,
    *(_Label((name,)) for name in ("hold", "return", "ack", "command", "help")),
)  # fmt: skip
_JOURNAL = (
    _Label(("journal_search",), "search"), _Label(("journal_replay",), "replay"),
    _Label(("journal_end",), "newest"), _ESC,
    *(_Label((name,)) for name in ("hold", "return", "ack", "command", "help")),
)  # fmt: skip
_REPLAY = (
    _Label(("replay_back", "replay_on"), "minute"), _Label(("replay_bit_back", "replay_bit_on"), "10 s"),
    _Label(("replay_play",), "play"), _Label((), "ends"),
    *(_Label((name,)) for name in ("hold", "return", "ack", "command", "help")),
)  # fmt: skip
_PAGE = (
    _Label(("later",), "more"), _Label(("page_end",), "end"), _ESC,
    *(_Label((name,)) for name in ("hold", "return", "ack", "command", "help")),
)  # fmt: skip
_BY_VIEW: dict[View, tuple[_Label, ...]] = {
    View.ALL: _DISPATCH,
    View.CALL: _CALL_OR_FLEET,
    View.FLEET: _CALL_OR_FLEET,
    View.FLIGHT: _FLIGHT,
    View.MAP: _MAP,
    View.JOURNAL: _JOURNAL,
}

_LEFT_OFF = ("near", "new", "ack", "view", "note", "relieve", "map_cross", "map", "command", "take", "accept")
"""In this order where the line is too short: first what is no help in the next ten seconds."""


def key_line(session: Session, width: int) -> Line:
    """The keys of this screen, from the registry; left out is what this person may not do, and what there is
    nothing to do with.

    Then the other screens that this role is offered, as many as there is room for.
    """
    labels = _REPLAY if session.replay.is_on else _labels_of(session)
    shown = {_id(label): text for label in labels if (text := _text(session, label))}
    if not session.model.state.suggestions:
        shown.pop("accept", None)
    if session.view is View.ALL and not session.model.crews(session.selected or ""):
        shown.pop("relieve", None)
    for name in _left_off(session):
        if _width(shown.values()) <= width:
            break
        if name not in ALWAYS:
            shown.pop(name, None)
    words = [*shown.values(), *_screens(session, width - _width(shown.values()))]
    return row(width, (" " + "  ".join(words), Tone.QUIET))


def _labels_of(session: Session) -> tuple[_Label, ...]:
    return _BY_VIEW.get(session.view, _PAGE if session.view in PAGES else _DISPATCH)


def _left_off(session: Session) -> tuple[str, ...]:
    """Where an alarm waits its key stays longer than anything but what stops an aircraft."""
    if not session.live.open_alarms():
        return _LEFT_OFF
    return (*(name for name in _LEFT_OFF if name != "ack"), "ack")


def _id(label: _Label) -> str:
    return label.actions[0] if label.actions else "escape"


def _text(session: Session, label: _Label) -> str:
    """`h hold`, `+ - scale`, `Esc back`; empty where the person may not, or it has no key."""
    if not label.actions:
        return f"{key_word('escape')} {label.word}"
    actions = [session.registry.named(name) for name in label.actions]
    if not all(action.keys and session.model.may(action.right) for action in actions):
        return ""
    keys = " ".join(key_word(action.keys[0]) for action in actions)
    return f"{keys} {label.word or actions[0].label}"


def _screens(session: Session, room: int) -> list[str]:
    """`1 calls  2 flight`: on dispatch, where they are known, only `2-6 screens`."""
    offered = screens_of(session.model.you, is_drill=session.model.programme.is_drill)
    actions = [(session.registry.named(NAMES[view]), view) for view in offered if view is not session.view]
    named = [(key_word(action.keys[0]), NAMES[view]) for action, view in actions if action.keys]
    words = [f"{key} {name}" for key, name in named]
    if len(words) > 1 and _width(words) + 1 > room:
        words = [f"{named[0][0]}-{named[-1][0]} screens"] if session.view is View.ALL else words
    while words and _width(words) + 1 > room:
        words.pop()
    return words


def _width(words: Iterable[str]) -> int:
    return 1 + cell_len("  ".join(words))
