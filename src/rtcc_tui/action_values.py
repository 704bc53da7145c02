"""What one thing to do is made of: its verb, its key, its help, and how carefully it is answered.

Danger says how carefully a key is answered: what FLIES is never done by one key, only proposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rtcc_core.domain.people import Right
from rtcc_tui.looking import View


class Danger(Enum):
    """What an action can touch."""

    LOOKS = "looks"
    """Changes only what this console shows."""
    WRITES = "writes"
    """Becomes an event; moves nothing."""
    FLIES = "flies"
    """Moves an aircraft: named on the confirmation line, sent by a second key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do."""

    name: str
    help: str
    danger: Danger = Danger.LOOKS
    verb: str = ""
    aliases: tuple[str, ...] = ()
    usage: str = ""
    keys: tuple[str, ...] = ()
    """Key names as Textual spells them."""
    view: View | None = None
    """The only screen where its keys mean this; None: everywhere."""
    label: str = ""
    """One word for the key line; empty keeps it off."""
    right: Right | None = None
    """What the person must be allowed; the core decides again."""

    @property
    def verbs(self) -> tuple[str, ...]:
        return (self.verb, *self.aliases) if self.verb else ()
