"""What a typed line asks of calls and alerts: opened, placed, merged, closed, made work of. Pure.

`new` and `place` take a place as it is spoken: an address, a crossing, LAT,LON, a site. What nobody here
knows is looked up in the street files by Enter; where they have it once it is done at once, because it moves
nothing. What the files do not have can still become a call: one without a position.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rtcc_core.domain import commands as cmd
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.text import clean
from rtcc_tui.action_values import Action
from rtcc_tui.gazetteer import MARK
from rtcc_tui.grammar_values import (
    Around,
    Local,
    Mistake,
    Names,
    Parsed,
    Question,
    Rule,
    Understood,
    find,
    not_wanted,
    place,
    some,
)

_NUMBER = r"[-+]?\d{1,3}(?:\.\d+)?"
_COORDINATES = re.compile(rf"({_NUMBER})\s*,\s*({_NUMBER})(?![\w.])[\s,]*(.*)")
_PRIORITY = re.compile(r"p([1-5])", re.IGNORECASE)

LABEL_MAX = 120
"""Characters of a typed place that are asked for and shown."""

LETTERS_MIN = 3
"""A place shorter than this is a slip of the finger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place as far as it is known: `position` is None where the street files do not have it either."""

    label: str
    position: LatLon | None = None
    found_by: str = ""
    uncertainty_m: float | None = None
    is_read_otherwise: bool = False
    """The street files understood a part of it only."""


# --- places ----------------------------------------------------------------------------------------


def _where(action: Action, text: str, around: Around) -> Where | Question:
    """The place behind a text, or the question for it."""
    label = clean(text, limit=LABEL_MAX)
    if (name := find(label, around.matches)) is not None:
        match = around.matches[name]
        return Where(
            label=match.label,
            position=match.position,
            found_by=match.quality.value,
            uncertainty_m=match.uncertainty_m,
            is_read_otherwise=bool(match.note),
        )
    if (position := place(label, around)) is not None:
        named = find(label, around.places)
        return Where(label=around.labels.get(named or "", named or ""), position=position)
    if find(label, around.unfound) is not None:
        return Where(label=label)
    if label.startswith(MARK):
        offers = some(name for name in around.matches if name.startswith(MARK))
        return Question(f"{action.verb}: which one? {offers}")
    if len(label) < LETTERS_MIN or not any(char.isalpha() for char in label):
        return Question(f"{label or action.verb}: which place? {action.usage}")
    return Question(f"{label}: Enter looks in the street files", locate=label)


def _split(text: str, around: Around) -> tuple[str, str]:
    """A place and what stands behind its comma; the comma of LAT,LON and of a known place is its own."""
    if (found := _COORDINATES.match(text)) is not None:
        return f"{found[1]},{found[2]}", found[3]
    parts = text.split(",")
    for count in range(len(parts), 1, -1):
        head = ",".join(parts[:count]).strip()
        if find(head, around.matches) or find(head, around.places) or find(head, around.unfound):
            return head, ",".join(parts[count:]).strip()
    return parts[0].strip(), ",".join(parts[1:]).strip()


# --- calls -----------------------------------------------------------------------------------------


def new(action: Action, names: Names, words: list[str]) -> Parsed:
    text = " ".join(words)
    if not text:
        return Question(f"where, and what? {action.usage}", fill=f"{action.verb} ")
    typed, said = _split(text, names.around)
    priority, what = _priority(said)
    where = _where(action, typed, names.around)
    if isinstance(where, Question):
        return where
    # What the files could not read behind an address is what happened, more likely than not.
    told = clean(text) if where.is_read_otherwise or (not what and where.position is None) else ""
    return Understood(
        cmd.OpenCall(
            command_id="",
            text=told,
            call_type=clean(what),
            position=where.position,
            label=where.label,
            found_by=where.found_by,
            uncertainty_m=where.uncertainty_m,
            priority=priority,
        )
    )


def _priority(said: str) -> tuple[int | None, str]:
    """`p1` at the beginning or the end of what is said."""
    words = said.replace(",", " , ").split()
    for at in (0, -1):
        if words and (found := _PRIORITY.fullmatch(words[at])) is not None:
            del words[at]
            return int(found[1]), " ".join(words).replace(" , ", ", ").strip(" ,")
    return None, said


def place_call(action: Action, names: Names, words: list[str]) -> Parsed:
    call, rest = _call(names, words)
    if call is None:
        return Question(
            f"place which call? {action.usage} ({some(names.around.calls)})", fill=f"{action.verb} "
        )
    if rest and rest[0].casefold() == "at":
        rest = rest[1:]
    text = " ".join(rest)
    if text.casefold() == "cad":
        return Understood(cmd.PlaceCall(command_id="", call_id=call, position=None))
    if not text:
        return Question(f"place {call} where? {action.usage}", fill=f"{action.verb} {call} ")
    where = _where(action, text, names.around)
    if isinstance(where, Question):
        return where
    if where.position is None:
        return Mistake(
            f"{where.label} is not in the street files; "
            "say two streets that cross near it, another house number, or LAT,LON"
        )
    return Understood(
        cmd.PlaceCall(
            command_id="",
            call_id=call,
            position=where.position,
            label=where.label,
            found_by=where.found_by,
            uncertainty_m=where.uncertainty_m,
        )
    )


def confirm(action: Action, names: Names, words: list[str]) -> Parsed:
    call, rest = _call(names, words)
    if rest:
        return not_wanted(action, rest[0], "a call here")
    call = call or names.around.selected_call
    if call is None:
        return Question(
            f"confirm the place of which call? {some(names.around.calls)}", fill=f"{action.verb} "
        )
    return Understood(cmd.ConfirmPlace(command_id="", call_id=call))


def merge(action: Action, names: Names, words: list[str]) -> Parsed:
    around = names.around
    first, rest = _call(names, words)
    if first is None:
        return Question(f"merge which call? {action.usage} ({some(around.calls)})", fill=f"{action.verb} ")
    if rest and rest[0].casefold() in ("into", "with"):
        rest = rest[1:]
    second = find(rest[0], around.calls) if rest else around.selected_call
    if second is None and rest:
        return not_wanted(action, rest[0], "a call here")
    if second is None or second == first:
        return Question(f"merge {first} into which call? {action.usage}", fill=f"{action.verb} {first} into ")
    if len(rest) > 1:
        return not_wanted(action, rest[1], "wanted here")
    if second in around.opened_here and first not in around.opened_here:
        first, second = second, first  # whichever way it is said, CAD's goes on
    return Understood(cmd.MergeCalls(command_id="", call_id=first, into=second))


def split(action: Action, names: Names, words: list[str]) -> Parsed:
    call, rest = _call(names, words)
    if call is None or rest:
        wrong = rest[0] if rest else "nothing"
        return (
            not_wanted(action, wrong, "a call here")
            if rest
            else Question(action.usage, fill=f"{action.verb} ")
        )
    return Understood(cmd.SplitCalls(command_id="", call_id=call))


def close(action: Action, names: Names, words: list[str]) -> Parsed:
    if names.call is None and words and words[0].casefold() == "all":
        return _close_all(action, names.around, words[1:])
    call, rest = _call(names, words)
    if call is None:
        known = some(names.around.calls)
        return Question(f"close which call? {action.usage} ({known})", fill=f"{action.verb} ")
    if not rest:
        return Question(f"say why: {action.verb} {call} REASON", fill=f"{action.verb} {call} ")
    return Understood(cmd.CloseCall(command_id="", call_id=call, reason=" ".join(rest)))


def _close_all(action: Action, around: Around, words: list[str]) -> Parsed:
    feed = find(words[0], around.feeds) if words else None
    if feed is None:
        return Question(f"close all of which feed? {some(around.feeds)}", fill=f"{action.verb} all ")
    if not words[1:]:
        return Question(f"say why: {action.verb} all {feed} REASON", fill=f"{action.verb} all {feed} ")
    return Understood(cmd.CloseCalls(command_id="", feed=feed, reason=" ".join(words[1:])))


def _call(names: Names, words: list[str]) -> tuple[str | None, list[str]]:
    """The call that is named, before the verb or behind it; and the words left."""
    if names.call is not None:
        return names.call, words
    call = find(words[0], names.around.calls) if words else None
    return (call, words[1:]) if call is not None else (None, words)


# --- alerts ----------------------------------------------------------------------------------------


def make_call(action: Action, names: Names, words: list[str]) -> Parsed:
    alert, rest = _alert(action, names, words)
    if not isinstance(alert, str):
        return alert
    if rest:
        return not_wanted(action, rest[0], "wanted here")
    return Understood(cmd.MakeCall(command_id="", alert_id=alert))


def attach(action: Action, names: Names, words: list[str]) -> Parsed:
    alert, rest = _alert(action, names, words)
    if not isinstance(alert, str):
        return alert
    if rest and rest[0].casefold() == "to":
        rest = rest[1:]
    call, left = _call(names, rest)
    if left:
        return not_wanted(action, left[0], "a call here")
    if call is None:
        known = some(names.around.calls)
        return Question(f"attach {alert} to which call? {known}", fill=f"{action.verb} {alert} ")
    return Understood(cmd.AttachAlert(command_id="", alert_id=alert, call_id=call))


def dismiss(action: Action, names: Names, words: list[str]) -> Parsed:
    alert, rest = _alert(action, names, words)
    if not isinstance(alert, str):
        return alert
    if not rest:
        return Question(f"say why: {action.verb} {alert} REASON", fill=f"{action.verb} {alert} ")
    return Understood(cmd.DismissAlert(command_id="", alert_id=alert, reason=" ".join(rest)))


def _alert(action: Action, names: Names, words: list[str]) -> tuple[str | Question | Mistake, list[str]]:
    """These never act on an alert that was not named."""
    alerts = names.around.alerts
    if not words:
        return Question(f"{action.verb} which alert? {some(alerts)}", fill=f"{action.verb} "), []
    alert = find(words[0], alerts)
    if alert is None:
        shown = clean(words[0], limit=20)
        return Mistake(f"{shown} is not an alert here; alerts: {some(alerts)}"), []
    return alert, words[1:]


# --- looking ---------------------------------------------------------------------------------------


def near(action: Action, names: Names, words: list[str]) -> Parsed:
    call, rest = _call(names, words)
    if rest:
        return not_wanted(action, rest[0], "a call here")
    return Local("near", call or "")


RULES: dict[str, Rule] = {
    "new": new,
    "place": place_call,
    "confirm": confirm,
    "merge": merge,
    "split": split,
    "close": close,
    "call": make_call,
    "attach": attach,
    "dismiss": dismiss,
    "near": near,
}
