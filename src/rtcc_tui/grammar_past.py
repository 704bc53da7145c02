"""The verbs `journal` and `replay`. Pure: which moment is meant is told from the core's clock later."""

from __future__ import annotations

from rtcc_core.domain.text import clean
from rtcc_tui.action_values import Action
from rtcc_tui.grammar_values import Local, Mistake, Names, Parsed, Question, Rule
from rtcc_tui.moments import USAGE, is_moment

ENDS = frozenset({"end", "off", "live", "now", "stop"})


def _journal(action: Action, names: Names, words: list[str]) -> Parsed:
    named = [name for name in (names.call, names.drone) if name]
    return Local(action.name, about=" ".join([*named, *words]))


def _replay(action: Action, names: Names, words: list[str]) -> Parsed:
    if names.drone or names.call:
        return Mistake(f"{action.verb} takes a time: {USAGE}")
    text = " ".join(words).casefold()
    if not text:
        return Question(f"{action.verb} which moment? {USAGE}", fill=f"{action.verb} ")
    if text in ENDS:
        return Local(action.name, about="end")
    if text[:1] == "#" and text[1:].isdecimal() and len(text) < 12:
        return Local(action.name, about=text)
    if not is_moment(text):
        return Mistake(f"{clean(text, limit=20)} is no time; {USAGE}")
    return Local(action.name, about=text)


RULES: dict[str, Rule] = {"journal": _journal, "replay": _replay}
