"""The call queue as this person wants it: in which order, and which calls of it.

The selected call is always among them, and nothing that is urgent goes unseen: what a filter hides is
counted, and a new call that it hides is said (`arrivals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rtcc_core.domain.assignment import priority_word
from rtcc_core.domain.call import Call
from rtcc_tui.arrivals import URGENT
from rtcc_tui.model import ConsoleModel
from rtcc_tui.words import counted

if TYPE_CHECKING:
    from rtcc_tui.session import Session

SORTS = ("priority", "age", "type")
"""What the calls may be sorted by; the first is how every console begins."""

FILTERS = ("p1", "mine", "waiting")
"""What the key steps through; a verb may name any priority, or a beat."""

NAMED = 4
"""Hidden calls of priority 1 or 2 that are named."""

PRIORITIES = ("p1", "p2", "p3", "p4", "p5")


@dataclass(slots=True)
class QueueLook:
    """How this console shows the queue."""

    sort: str = SORTS[0]
    only: str = ""
    """`p1` … `p5`, `mine`, `waiting`, or the name of a beat; empty: every call."""

    @property
    def words(self) -> str:
        """`sorted by age, only P1`; empty as long as it is as it began."""
        parts = [f"sorted by {self.sort}"] if self.sort != SORTS[0] else []
        if self.only:
            parts.append(f"only {filter_words(self.only)}")
        return ", ".join(parts)

    def step_sort(self) -> None:
        """The next order."""
        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]

    def step_filter(self) -> None:
        """The next filter of the key, and none after the last."""
        known = ("", *FILTERS)
        here = known.index(self.only) if self.only in known else 0
        self.only = known[(here + 1) % len(known)]


def filter_words(only: str) -> str:
    """`P1`, `mine`, `waiting`, `beat 4`."""
    if only in PRIORITIES:
        return only.upper()
    return only if only in FILTERS else f"beat {only}"


def beats(model: ConsoleModel) -> tuple[str, ...]:
    """The beats of the calls in the queue, for the command line."""
    return tuple(sorted({call.report.beat for call in model.queue() if call.report.beat}))


def shown_calls(session: Session) -> list[Call]:
    """The calls of the queue pane, in their order; the selected one whatever the filter says."""
    look = session.screens.queue
    calls = [
        call
        for call in session.model.queue(session.selected)
        if call.call_id == session.selected or matches(session.model, call, look.only)
    ]
    match look.sort:
        case "age":
            calls.sort(key=lambda call: (call.received_at, call.call_id), reverse=True)
        case "type":
            calls.sort(key=lambda call: (call.title.casefold(), call.received_at, call.call_id))
    return calls


def hidden_calls(session: Session) -> list[Call]:
    """The calls that the filter leaves out."""
    only = session.screens.queue.only
    if not only:
        return []
    every = session.model.queue()
    return [c for c in every if c.call_id != session.selected and not matches(session.model, c, only)]


def hidden_words(session: Session) -> str:
    """`2 calls hidden: 1041 P1, 1043 P2`; the urgent ones by name, and the selected one where it stays."""
    hidden, selected = hidden_calls(session), session.model.state.calls.get(session.selected or "")
    urgent = [priority_word(call) for call in hidden if (call.report.priority or URGENT + 1) <= URGENT]
    named = f": {', '.join(urgent[:NAMED])}{' ..' if len(urgent) > NAMED else ''}" if urgent else ""
    words = f"{counted(len(hidden), 'call')} hidden{named}"
    if selected is not None and not matches(session.model, selected, session.screens.queue.only):
        words += f"; {selected.call_id} stays, it is selected"
    return words


def matches(model: ConsoleModel, call: Call, only: str) -> bool:
    """True where the filter keeps the call."""
    match only:
        case "":
            return True
        case "mine":
            return model.you is not None and _is_of(model, call, model.you.account)
        case "waiting":
            return call.is_open and not model.crews(call.call_id)
        case _ if only in PRIORITIES:
            return call.report.priority == int(only[1:])
        case _:
            return call.report.beat.casefold() == only.casefold()


def _is_of(model: ConsoleModel, call: Call, account: str) -> bool:
    """Taken by this person, or with an aircraft of theirs on it."""
    if call.taken_by == account:
        return True
    return any(model.state.controller(flight.drone) == account for flight in model.crews(call.call_id))
