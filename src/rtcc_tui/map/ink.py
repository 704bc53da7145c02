"""What the lines of a map are, in the order in which they win a cell, and how each is told apart.

A tone is never alone: what is not a street is also drawn with gaps, or with its own character where the
terminal has no dots, and bears its name in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from rtcc_tui.spans import Tone


class Ink(IntEnum):
    """Kinds of lines, the one that wins first. The streets' classes follow as their own kinds."""

    SIGHT = 0
    """From an aircraft to where its camera looks."""
    TRAIL = 1
    """Where an aircraft was."""
    KEEP_OUT = 2
    FENCE = 3
    ROUTE = 4
    """Where an aircraft will fly."""
    CEILING = 5
    """The edge of a cell of a facility map."""
    RING = 6
    """So far from the middle."""
    MOTORWAY = 7
    ROAD = 8
    STREET = 9
    LANE = 10
    RAIL = 11
    WATER = 12


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind of line looks."""

    tone: Tone
    dash: int = 0
    """Of five dots in a row so many are drawn; 0: all."""
    stroke: str = ""
    """Its character in ASCII; empty: its direction."""


LOOKS: dict[Ink, Look] = {
    Ink.SIGHT: Look(Tone.NORMAL, dash=2, stroke=":"),
    Ink.TRAIL: Look(Tone.NORMAL, stroke="."),
    Ink.KEEP_OUT: Look(Tone.WARN, stroke="!"),
    Ink.FENCE: Look(Tone.NORMAL, dash=3, stroke="="),
    Ink.ROUTE: Look(Tone.QUIET, dash=2, stroke=","),
    Ink.CEILING: Look(Tone.STREET, dash=2, stroke="'"),
    Ink.RING: Look(Tone.STREET, dash=3, stroke="'"),
    Ink.MOTORWAY: Look(Tone.QUIET),
    Ink.ROAD: Look(Tone.ROAD),
    Ink.STREET: Look(Tone.STREET),
    Ink.LANE: Look(Tone.STREET, dash=3),
    Ink.RAIL: Look(Tone.STREET, dash=3),
    Ink.WATER: Look(Tone.WATER),
}
