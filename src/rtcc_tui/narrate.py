"""One plain line for each thing that happened: what `--plain` prints and a screen reader speaks."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rtcc_core.domain import events as ev
from rtcc_core.domain.state import State
from rtcc_tui.narrate_aircraft import aircraft_line
from rtcc_tui.narrate_calls import call_line
from rtcc_tui.narrate_flights import flight_line
from rtcc_tui.narrate_house import house_line
from rtcc_tui.narrate_people import people_line

SILENT: frozenset[type[ev.AnyEvent]] = frozenset(
    {
        ev.AdviceGiven,
        ev.AirspaceAdopted,
        ev.BatteryNoted,
        ev.BootClockNoted,
        ev.EvidenceHeld,
        ev.OrderObserved,
    }
)
"""Kept in the journal, and nothing a person has to be told: figures, copies, and what a phase says better."""


def narrate(stored: ev.Stored, after: State) -> str | None:
    """The words for an event, `after` being the state with it; None for what needs no telling.

    The subject stands first, then what became of it, then the rest; when it was is not in it.
    """
    if type(stored.event) in SILENT:
        return None
    stored = by_name(stored, after)
    text = next((said for said in _told(stored, after) if said is not None), None)
    if text is None:
        text = plainly(stored.event)
    return text or None


def by_name(stored: ev.Stored, after: State) -> ev.Stored:
    """The event with people's names where it holds accounts: what is read out names people."""
    people, event = after.people, stored.event
    if isinstance(event, ev.OrderAsked) and (known := people.get(event.order.operator)) is not None:
        order = msgspec.structs.replace(event.order, operator=known.name)
        return msgspec.structs.replace(stored, event=msgspec.structs.replace(event, order=order))
    known = people.get(getattr(event, "account", ""))
    if known is None:
        return stored
    return msgspec.structs.replace(stored, event=msgspec.structs.replace(event, account=known.name))


def _told(stored: ev.Stored, after: State) -> Iterator[str | None]:
    """Each subject's line: None where the event is none of its own, empty where there is nothing to tell."""
    yield call_line(stored)
    yield flight_line(stored, after)
    yield aircraft_line(stored)
    yield people_line(stored, after)
    yield house_line(stored, after)


def plainly(event: ev.AnyEvent) -> str:
    """An event without a line of its own: its name and its plain figures. Nothing that happens is unsaid."""
    name = "".join(f" {char}" if char.isupper() else char for char in type(event).__name__).strip()
    figures = [
        f"{field.replace('_', ' ')} {value}"
        for field, value in msgspec.structs.asdict(event).items()
        if isinstance(value, str | int | float) and value != "" and field != "original"
    ]
    return f"{name.upper()}: {', '.join(figures)}" if figures else name.upper()
