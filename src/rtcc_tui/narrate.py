"""One plain line for each thing that happened: what `--plain` prints and a screen reader speaks."""

from __future__ import annotations

from rtcc_core.domain import events as ev
from rtcc_core.domain.state import State
from rtcc_core.domain.text import clean
from rtcc_tui.narrate_aircraft import aircraft_line
from rtcc_tui.narrate_calls import call_line
from rtcc_tui.narrate_flights import flight_line
from rtcc_tui.narrate_house import house_line
from rtcc_tui.narrate_people import people_line
from rtcc_tui.spans import to_ascii
from rtcc_tui.words import clock

LINE_MAX = 600

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


def spoken(text: str) -> str:
    """ASCII in one line, whatever came in: accents dropped, what has no ASCII form a question mark."""
    return to_ascii(clean(text, limit=LINE_MAX))


def narrate(stored: ev.Stored, after: State) -> str | None:
    """The line for an event, `after` being the state with it; None for what needs no telling."""
    text = (
        call_line(stored)
        or flight_line(stored, after)
        or aircraft_line(stored)
        or people_line(stored, after)
        or house_line(stored)
    )
    return f"{clock(stored.at)} {text}" if text else None
