"""What happens, gathered for a moment and said in few lines: what many aircraft do for one cause is one line.

Nothing here is an alarm or an answer: those are said at once, and never left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rtcc_core.domain import events as ev
from rtcc_core.domain.flight import PAYLOAD
from rtcc_core.domain.state import State
from rtcc_tui.alarm_words import listed
from rtcc_tui.narrate import narrate
from rtcc_tui.words import clock

SAME_FROM = 3
"""So many lines that differ only in whom they are about are one."""

ALIKE_FROM = 7
"""Of more lines of one kind than this, only the first are said, and whom the others are about."""

ALIKE_SAID = 3

NAME = "\0"
"""Stands for whom a line is about while lines are compared: no text that is told can hold it."""

DETAILS: frozenset[type[ev.AnyEvent]] = frozenset(
    {
        ev.ConsoleJoined,
        ev.ConsoleLeft,
        ev.FlightClosed,
        ev.GimbalObserved,
        ev.ReceiverHeard,
        ev.WayChosen,
        ev.WeatherObserved,
    }
)
"""Said only where a person wants everything: figures, and what another line says better."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened."""

    kind: type[ev.AnyEvent]
    about: str
    """The aircraft, else the call."""
    text: str
    minute: str
    seq: int


class Gathered:
    """The news since the last time they were said."""

    def __init__(self) -> None:
        self.is_verbose = False
        """Everything is said, each with its time."""
        self._news: list[News] = []
        self._minute = ""

    def add(self, stored: ev.Stored, after: State, more: str = "") -> None:
        """Something happened; `more` stands behind its words."""
        event = stored.event
        if not self.is_verbose and _is_detail(event, after):
            return
        text = narrate(stored, after)
        if text:
            drone, call = getattr(event, "drone", None), getattr(event, "call_id", None)
            if isinstance(event, ev.OrderAsked):
                drone = event.order.drone
            text = f"{text}{more}"
            self._news.append(News(type(event), drone or call or "", text, clock(stored.at), stored.seq))

    def forget(self, seq: int, text: str) -> None:
        """An alarm has said this in its own words."""
        self._news = [
            each for each in self._news if each.seq != seq or each.text.casefold() not in text.casefold()
        ]

    def drop(self) -> None:
        """Nothing of it is to be said."""
        self._news = []

    def lines(self) -> list[str]:
        """What there is to say, oldest first; the time once for each minute."""
        news, self._news = self._news, []
        if self.is_verbose:
            return [f"{each.text}, {each.minute}" for each in news]
        said: list[str] = []
        for minute, text in _alike(_same(news)):
            said.append(text if minute == self._minute else f"{text}, {minute}")
            self._minute = minute
        return said


def _is_detail(event: ev.AnyEvent, after: State) -> bool:
    """True for what only `verbose on` says: of orders to the camera all but that one was not carried out."""
    if isinstance(event, ev.OrderAsked):
        return event.order.verb in PAYLOAD
    if isinstance(event, ev.OrderSent | ev.OrderAccepted):
        order = next((o for o in after.orders.get(event.drone, ()) if o.order_id == event.order_id), None)
        return order is not None and order.verb in PAYLOAD
    return type(event) in DETAILS


def _same(news: Sequence[News]) -> list[News]:
    """Lines that differ only in whom they are about, as one line at the first one's place."""
    by_words: dict[tuple[type[ev.AnyEvent], str], list[News]] = {}
    for each in news:
        words = each.text.replace(each.about, NAME) if each.about else f"{each.text}{NAME}{each.seq}"
        by_words.setdefault((each.kind, words), []).append(each)
    told: list[News] = []
    for (kind, words), same in by_words.items():
        names = tuple(dict.fromkeys(each.about for each in same))
        if len(names) < SAME_FROM:
            told += same
            continue
        last = max(same, key=lambda each: each.seq)
        text = f"{words.replace(NAME, listed(names))} ({len(names)} times)"
        told.append(News(kind, listed(names), text, last.minute, same[0].seq))
    return sorted(told, key=lambda each: each.seq)


def _alike(news: Sequence[News]) -> list[tuple[str, str]]:
    """Minute and text of each line; of many of one kind the first, then whom the others are about."""
    by_kind: dict[type[ev.AnyEvent], list[News]] = {}
    for each in news:
        by_kind.setdefault(each.kind, []).append(each)
    told: list[tuple[int, str, str]] = []
    for alike in by_kind.values():
        is_many = len(alike) >= ALIKE_FROM
        shown = alike[:ALIKE_SAID] if is_many else alike
        told += [(each.seq, each.minute, each.text) for each in shown]
        if is_many:
            rest = alike[ALIKE_SAID:]
            names = listed(tuple(dict.fromkeys(each.about for each in rest if each.about)))
            about = f": {names}" if names else ""
            told.append((shown[-1].seq, rest[-1].minute, f"and {len(rest)} more of the same kind{about}"))
    return [(minute, text) for _, minute, text in sorted(told, key=lambda each: each[0])]
