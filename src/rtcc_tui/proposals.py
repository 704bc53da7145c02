"""What would be sent, in words, before it is sent: the confirmation and the rule that an Enter obeys.

An Enter counts only when the line it answers has been painted and it comes at a person's pace; so a paste,
a split escape sequence or a stuck key cannot fly anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.call import Call
from rtcc_core.domain.commands import AnyCommand, HoldDrone, LandDrone, LaunchDrone, ReturnDrone
from rtcc_core.domain.flight import Flight, Verdict
from rtcc_tui.glyphs import Glyphs
from rtcc_tui.words import minutes, minutes_seconds

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

    def counts(self, at: float) -> bool:
        """True where an Enter at that moment answers what was on the screen."""
        return self.painted_at is not None and at >= self.painted_at and at - self.opened_at >= DECISION_S


def launch_words(command: LaunchDrone, call: Call | None, candidate: Candidate | None, glyphs: Glyphs) -> str:
    """`LAUNCH D2 → 1041 ROBBERY IN PROGRESS, overhead in 1:52, 14 min on scene`."""
    title = f" {call.title}" if call else ""
    line = f"LAUNCH {command.drone} {glyphs.arrow} {command.call_id}{title}"
    if candidate is None or candidate.overhead_s is None:
        line += ", time overhead UNKNOWN"
    else:
        line += f", overhead in {minutes_seconds(candidate.overhead_s)}"
    if candidate is not None and candidate.on_scene_s is not None:
        line += f", {minutes(candidate.on_scene_s)} on scene"
    if command.override_reason:
        line += f", OVERRIDE: {command.override_reason}"
    return line


def recall_words(command: HoldDrone | ReturnDrone | LandDrone, flight: Flight | None) -> str:
    """`RETURN D1 (on scene, call 1037): leaves and lands at its site`."""
    where = f" ({flight.phase.value}, call {flight.call_id})" if flight else " (no open flight)"
    match command:
        case HoldDrone():
            return f"HOLD {command.drone}{where}: stops and hovers where it is"
        case ReturnDrone():
            return f"RETURN {command.drone}{where}: comes home and lands at its site"
        case LandDrone():
            return f"LAND {command.drone}{where}: lands where it is now"


def obstacle(command: AnyCommand | None, candidate: Candidate | None) -> str:
    """Why a launch would not go as it stands; empty where nothing is known against it."""
    if not isinstance(command, LaunchDrone):
        return ""
    if candidate is None:
        return f"{command.drone} is not weighed for {command.call_id}"
    if candidate.is_blocked:
        return f"{command.drone} may not go: {reasons(candidate, Verdict.BLOCK)}"
    if candidate.needs_override and not command.override_reason:
        return f"{command.drone} needs an override: {reasons(candidate, Verdict.UNKNOWN)}"
    return ""


def reasons(candidate: Candidate, verdict: Verdict) -> str:
    """Every reason of one verdict."""
    return "; ".join(f"{gate.gate} {gate.reason}" for gate in candidate.gates if gate.verdict is verdict)


def why_none(advice: Advice) -> str:
    """Every aircraft and every reason it may not go."""
    if not advice.candidates:
        return f"no aircraft may go to {advice.call_id}: the fleet is empty"
    each = (
        f"{candidate.drone}: {reasons(candidate, Verdict.BLOCK) or reasons(candidate, Verdict.UNKNOWN)}"
        for candidate in advice.candidates
    )
    return f"no aircraft may go to {advice.call_id}. " + " / ".join(each)
