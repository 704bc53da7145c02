"""What a typed line asks of who flies, who is on shift, which aircraft are fit, what is suggested. Pure."""

from __future__ import annotations

from rtcc_core.domain import commands as cmd
from rtcc_tui.action_values import Action
from rtcc_tui.grammar_values import (
    Around,
    Mistake,
    Names,
    Parsed,
    Question,
    Rule,
    Understood,
    find,
    not_wanted,
    number,
    override_reason,
    some,
)

SHIFT_MAX_H = 24.0
"""More hours than a day are a slip of the finger; how long a shift may be is the core's to say."""

_Reasoned = type[cmd.TakeOver | cmd.DeclareDown | cmd.GroundAircraft | cmd.ReturnToService]


def _named(action: Action, names: Names, words: list[str]) -> tuple[str, list[str]] | Question:
    """These never act on an aircraft that was not named."""
    drone, rest = (names.drone, words) if names.drone is not None else names.take_drone(words)
    if drone is None:
        known = some(names.around.drones)
        return Question(f"{action.verb} which aircraft? {action.usage} ({known})", fill=f"{action.verb} ")
    return drone, rest


def request(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _named(action, names, words)
    if isinstance(found, Question):
        return found
    drone, rest = found
    if rest:
        return not_wanted(action, rest[0], "wanted here")
    return Understood(cmd.RequestControl(command_id="", drone=drone))


def give(action: Action, names: Names, words: list[str]) -> Parsed:
    found = _named(action, names, words)
    if isinstance(found, Question):
        return found
    drone, rest = found
    rest = rest[1:] if rest and rest[0].casefold() == "to" else rest
    account = _person(" ".join(rest), names.around) if rest else None
    if account is None:
        people = some(f"{name} ({account})" for account, name in names.around.people.items())
        return Question(f"give {drone} to whom? {people}", fill=f"{action.verb} {drone} to ")
    return Understood(cmd.HandOver(command_id="", drone=drone, to_account=account))


def _person(typed: str, around: Around) -> str | None:
    """By account, or by any part of the name that only one has."""
    folded = typed.casefold()
    if account := find(typed, around.people):
        return account
    fits = [account for account, name in around.people.items() if folded in name.casefold()]
    return fits[0] if len(fits) == 1 else None


def _with_reason(kind: _Reasoned) -> Rule:
    def rule(action: Action, names: Names, words: list[str]) -> Parsed:
        found = _named(action, names, words)
        if isinstance(found, Question):
            return found
        drone, rest = found
        if not rest:
            return Question(f"say why: {action.usage}", fill=f"{action.verb} {drone} ")
        return Understood(kind(command_id="", drone=drone, reason=" ".join(rest)))

    return rule


def shift(action: Action, names: Names, words: list[str]) -> Parsed:
    if words and words[0].casefold() in ("begin", "on", "start"):
        words = words[1:]
    if not words:
        return Understood(cmd.BeginShift(command_id=""))
    if words[0].casefold() in ("end", "off", "over"):
        return Understood(cmd.EndShift(command_id=""))
    hours = number(words[0].rstrip("hH"))
    if hours is None or not 0.0 < hours <= SHIFT_MAX_H:
        return not_wanted(action, words[0], f"a number of hours up to {SHIFT_MAX_H:.0f}")
    return Understood(cmd.BeginShift(command_id="", hours=hours))


# --- suggestions -----------------------------------------------------------------------------------


def accept(action: Action, names: Names, words: list[str]) -> Parsed:
    words, reason = override_reason(words)
    subject, rest = _subject(names, words)
    if rest:
        return not_wanted(action, rest[0], "an aircraft or a call")
    found = _suggestion(names.around, subject)
    if isinstance(found, Mistake):
        return found
    if reason == "":
        return Question(f"say why it may go all the same: {action.usage}")
    return Understood(cmd.AcceptSuggestion(command_id="", suggestion_id=found, override_reason=reason))


def decline(action: Action, names: Names, words: list[str]) -> Parsed:
    subject, rest = _subject(names, words)
    found = _suggestion(names.around, subject)
    if isinstance(found, Mistake):
        return found
    return Understood(cmd.DeclineSuggestion(command_id="", suggestion_id=found, reason=" ".join(rest)))


def _subject(names: Names, words: list[str]) -> tuple[str | None, list[str]]:
    """The aircraft or the call that the suggestion is about, where one is named; and the words left."""
    named = names.drone or names.call
    if named is not None:
        return named, words
    drone, rest = names.take_drone(words)
    call = find(words[0], names.around.calls) if words and drone is None else None
    return (call, words[1:]) if call is not None else (drone, rest)


def _suggestion(around: Around, subject: str | None) -> str | Mistake:
    """The suggestion that is on the screen, or the most urgent one about what was named."""
    shown = around.suggestion_id
    if subject is None:
        return shown or Mistake("nothing is suggested now")
    if shown is not None and around.suggestions.get(shown) == subject:
        return shown
    about = next((key for key, each in around.suggestions.items() if each == subject), None)
    return about or Mistake(f"nothing is suggested for {subject} now")


RULES: dict[str, Rule] = {
    "request": request,
    "give": give,
    "takeover": _with_reason(cmd.TakeOver),
    "down": _with_reason(cmd.DeclareDown),
    "ground": _with_reason(cmd.GroundAircraft),
    "inservice": _with_reason(cmd.ReturnToService),
    "shift": shift,
    "accept": accept,
    "decline": decline,
}
