"""What a typed line about this screen itself means. Pure."""

from __future__ import annotations

from rtcc_core.domain.text import clean
from rtcc_tui.action_values import Action
from rtcc_tui.glyphs import GLYPH_NAMES
from rtcc_tui.grammar_values import Local, Mistake, Names, Parsed, Question, Rule
from rtcc_tui.looks import THEME_NAMES


def _one_of(known: tuple[str, ...], action: Action, names: Names, words: list[str]) -> Parsed:
    if names.drone or names.call:
        return Mistake(f"{action.verb} changes this screen only: {', '.join(known)}")
    if not words:
        return Question(f"{action.verb} which? {', '.join(known)}", fill=f"{action.verb} ")
    wanted = [name for name in known if name.startswith(words[0].casefold())]
    if len(words) > 1 or len(wanted) != 1:
        return Mistake(f"{clean(' '.join(words), limit=20)} is none of {', '.join(known)}")
    return Local(action.name, about=wanted[0])


def _theme(action: Action, names: Names, words: list[str]) -> Parsed:
    return _one_of(THEME_NAMES, action, names, words)


def _glyphs(action: Action, names: Names, words: list[str]) -> Parsed:
    return _one_of(GLYPH_NAMES, action, names, words)


def _lock(action: Action, names: Names, words: list[str]) -> Parsed:
    if words or names.drone or names.call:
        return Mistake(f"{action.verb} hides this screen and takes nothing else")
    return Local(action.name)


RULES: dict[str, Rule] = {"theme": _theme, "glyphs": _glyphs, "lock": _lock}
