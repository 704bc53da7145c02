"""The palette: what a person may do now, found by any letters of its verb or its help, with its key. Pure.

Choosing one only opens the command line with its verb; nothing is ever done from here.
"""

from __future__ import annotations

from collections.abc import Callable

from rtcc_core.domain.people import Right
from rtcc_tui.action_values import Action
from rtcc_tui.session import Session

ROWS = 5
"""Entries that are shown at once."""


def entries(session: Session, query: str) -> list[Action]:
    """What is possible now and fits the letters, best first."""
    scored = [
        (score, place, action)
        for place, action in enumerate(session.registry.actions)
        if action.verb and is_possible(session, action) and (score := fit(query, action)) is not None
    ]
    return [action for _score, _place, action in sorted(scored, key=lambda each: each[:2])]


def fit(query: str, action: Action) -> int | None:
    """How well the letters fit, 0 best: a verb begins so, holds them, has them in order; then the help."""
    wanted = query.casefold().strip()
    if not wanted:
        return 0
    if any(verb.startswith(wanted) for verb in action.verbs):
        return 0
    if any(wanted in verb for verb in action.verbs):
        return 1
    if any(_in_order(wanted, verb) for verb in action.verbs):
        return 2
    help_text = action.help.casefold()
    return 3 if all(word in help_text for word in wanted.split()) else None


def _in_order(letters: str, text: str) -> bool:
    """True where the letters stand in the text one after the other, with others between."""
    rest = iter(text)
    return all(letter in rest for letter in letters)


def is_possible(session: Session, action: Action) -> bool:
    """True where this person may, and there is something to do it with."""
    if not session.model.may(action.right):
        return False
    wanted = _WANTS.get(action.name)
    return wanted is None or bool(wanted(session))


def _flies(session: Session) -> bool:
    return any(flight.is_open for flight in session.model.state.flights.values())


def _has_calls(session: Session) -> bool:
    return any(call.is_open for call in session.model.state.calls.values())


def _has_alerts(session: Session) -> bool:
    return bool(session.model.waiting_alerts())


_IN_THE_AIR = (
    "relieve", "divert", "hold", "return", "land", "orbit", "move", "goto", "height", "raise", "lower",
    "face", "line", "follow", "aim", "record", "down",
)  # fmt: skip

_WANTS: dict[str, Callable[[Session], object]] = {
    **dict.fromkeys(_IN_THE_AIR, _flies),
    **dict.fromkeys(("launch", "take", "note", "near", "place"), _has_calls),
    **dict.fromkeys(("call", "attach", "dismiss"), _has_alerts),
    **dict.fromkeys(("accept", "decline"), lambda session: session.model.state.suggestions),
    "release": lambda session: (
        any(call.taken_by for call in session.model.state.calls.values()) or _mine(session)
    ),
    "give": lambda session: _mine(session),
    "takeover": lambda session: session.model.state.control,
    "ack": lambda session: session.shown_alarm,
    "confirm": lambda session: any(
        call.place.needs_confirmation for call in session.model.state.calls.values()
    ),
    "inservice": lambda session: session.model.state.grounded or session.model.state.unwell,
    "merge": lambda session: any(call.is_provisional for call in session.model.state.calls.values()),
    "split": lambda session: any(call.merged_into for call in session.model.state.calls.values()),
}
"""What must be there for an action to mean anything; those that are not named are always possible."""


def _mine(session: Session) -> bool:
    you = session.model.you
    return you is not None and you.may(Right.FLY) and bool(session.model.state.controlled_by(you.account))
