"""What a typed line asks of the alarms: `ack`, `ack D3`, `ack over`, `shelve D3 10 known antenna`. Pure.

What is meant is what the terminal has drawn: an alarm that came since is neither acknowledged nor shelved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.alarm_groups import AlarmGroup, kind_of, subject_of
from rtcc_core.domain.alarm_shelf import SHELF_MAX_MIN
from rtcc_core.domain.state import Alarm
from rtcc_core.domain.text import clean
from rtcc_tui.action_values import Action
from rtcc_tui.grammar_values import (
    LONGEST_NAME,
    Mistake,
    Names,
    Parsed,
    Question,
    Rule,
    Understood,
    number,
    some,
)

OVER = "over"


def acknowledging(alarms: Sequence[Alarm]) -> cmd.AcknowledgeAlarm:
    """One request for all of them; at least one."""
    first, *rest = (each.alarm_id for each in alarms)
    return cmd.AcknowledgeAlarm(command_id="", alarm_id=first, also=tuple(rest))


def ack(action: Action, names: Names, words: list[str]) -> Parsed:
    groups = names.around.alarms
    if not groups:
        return Mistake("there is no alarm to acknowledge")
    typed = " ".join(words) or names.drone or names.call
    if typed is None:
        return Understood(acknowledging(groups[0].at_once))
    if typed.casefold() == OVER:
        found = [each for each in _every(groups) if each.is_over]
        return Understood(acknowledging(found)) if found else Mistake("no alarm is over that nobody has seen")
    found = _named(typed, _every(groups))
    return Understood(acknowledging(found)) if found else Mistake(_none_of(typed, _every(groups)))


def shelve(action: Action, names: Names, words: list[str]) -> Parsed:
    groups = names.around.alarms
    if not groups:
        return Mistake("there is no alarm to shelve")
    typed, rest = _name(names, words, _every(groups))
    if not rest:
        return Question(f"for how many minutes, and why? {action.usage}", fill=_again(action, typed))
    minutes = number(rest[0].casefold().removesuffix("min").removesuffix("m"))
    if minutes is None:
        known = _none_of(rest[0], _every(groups))
        return Mistake(f"{clean(rest[0], limit=20)} is no number of minutes; say: {action.usage} ({known})")
    if not 0.0 < minutes <= SHELF_MAX_MIN:
        return Mistake(f"an alarm is shelved for up to {SHELF_MAX_MIN:.0f} minutes; say: {action.usage}")
    if len(rest) == 1:
        return Question(f"say why: {action.usage}", fill=f"{_again(action, typed)}{rest[0]} ")
    first, *others = (each.alarm_id for each in _shelved(typed, groups))
    reason = " ".join(rest[1:])
    return Understood(
        cmd.ShelveAlarm(command_id="", alarm_id=first, also=tuple(others), minutes=minutes, reason=reason)
    )


def _shelved(typed: str | None, groups: Sequence[AlarmGroup]) -> Sequence[Alarm]:
    """What the alarm line shows; of what was named the one that stands first: the others are read first."""
    if typed is None:
        return groups[0].at_once
    flood = next((each for each in groups if each.is_flood and each.kind == typed.casefold()), None)
    return flood.alarms if flood is not None else _named(typed, _every(groups))[:1]


def unshelve(action: Action, names: Names, words: list[str]) -> Parsed:
    aside = names.around.shelved
    if not aside:
        return Mistake("nothing is shelved")
    typed = " ".join(words) or names.drone or names.call
    found = list(aside) if typed is None else _named(typed, aside)
    if typed is None and len(found) > 1:
        known = some(each.alarm_id for each in aside)
        return Question(f"unshelve which? {known}", fill=f"{action.verb} ")
    if not found:
        return Mistake(_none_of(typed or "", aside))
    first, *rest = (each.alarm_id for each in found)
    return Understood(cmd.UnshelveAlarm(command_id="", alarm_id=first, also=tuple(rest)))


def names(groups: Iterable[AlarmGroup]) -> list[str]:
    """What the open alarms are about, each once."""
    return list(dict.fromkeys(subject_of(each) for each in _every(groups)))


def _every(groups: Iterable[AlarmGroup]) -> list[Alarm]:
    return [each for group in groups for each in group.alarms]


def _named(typed: str, alarms: Sequence[Alarm]) -> list[Alarm]:
    """Those of an aircraft, a feed, a call; one by its id; or all of one kind."""
    folded = typed.casefold()
    for name_of in (subject_of, lambda each: each.alarm_id, kind_of):
        if found := [each for each in alarms if name_of(each).casefold() == folded]:
            return found
    return []


def _name(names: Names, words: list[str], alarms: Sequence[Alarm]) -> tuple[str | None, list[str]]:
    """The name that the words begin with, and the rest; a call's number is a name before it is minutes."""
    if named := names.drone or names.call:
        return named, words
    for size in range(min(LONGEST_NAME, len(words)), 0, -1):
        typed = " ".join(words[:size])
        if _named(typed, alarms):
            return typed, words[size:]
    return None, words


def _none_of(typed: str, alarms: Sequence[Alarm]) -> str:
    known = some(dict.fromkeys(subject_of(each) for each in alarms))
    return f"no alarm of {clean(typed, limit=30)} is there; there are alarms of: {known}"


def _again(action: Action, typed: str | None) -> str:
    return f"{action.verb} {typed} " if typed else f"{action.verb} "


RULES: dict[str, Rule] = {"ack": ack, "shelve": shelve, "unshelve": unshelve}
