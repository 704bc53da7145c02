"""What would be sent, before it is sent: the open confirmation and the rule that an Enter obeys.

An Enter counts only when the line it answers has been painted and it comes at a person's pace; so a paste,
a split escape sequence or a stuck key cannot fly anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from rtcc_core.domain.commands import AnyCommand

CHANGED = "that suggestion has changed since you read it: read it again"

DECISION_S = 0.150
"""Shortest time between seeing a confirmation and answering it that a person is believed."""


@dataclass(slots=True)
class Proposal:
    """One request on the confirmation line, not sent yet; `command` is None for leaving the console."""

    command: AnyCommand | None
    opened_at: float
    choices: tuple[str, ...] = ()
    """Aircraft by their number keys, as they stood when this opened: numbers do not move under a finger."""
    painted_at: float | None = None
    remark: str = ""
    line: str | None = None
    """The typed line it stands for; None where a key made it."""
    carries: AnyCommand | None = None
    """What was really asked when this opened: of a suggestion, which can be made anew, its own command."""

    def counts(self, at: float) -> bool:
        """True where an Enter at that moment answers what was on the screen."""
        return self.painted_at is not None and at - max(self.opened_at, self.painted_at) >= DECISION_S
