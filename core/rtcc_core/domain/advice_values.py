"""What advice is made of: which drone, how soon, how long overhead, why not the others."""

from __future__ import annotations

from datetime import datetime

import msgspec

from rtcc_core.domain.flight import GateResult, Verdict


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One aircraft weighed for one call."""

    drone: str
    site: str
    gates: tuple[GateResult, ...]
    overhead_s: float | None
    """Seconds from now until it is overhead: climb and transit in today's wind; None when unknowable."""
    on_scene_s: float | None
    """Seconds it can stay before it must leave to land with its reserve."""
    land_with_fraction: float | None
    """Battery left at landing if it turned round on arrival."""
    why: str
    """One phrase: `all gates pass`, `wind UNKNOWN`, `battery 21 %, needs 38 %`."""

    @property
    def is_blocked(self) -> bool:
        return any(gate.verdict is Verdict.BLOCK for gate in self.gates)

    @property
    def needs_override(self) -> bool:
        return not self.is_blocked and any(gate.verdict is Verdict.UNKNOWN for gate in self.gates)

    @property
    def may_launch(self) -> bool:
        return not self.is_blocked and not self.needs_override


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """Every aircraft of the fleet weighed for one call, best first."""

    call_id: str
    at: datetime
    candidates: tuple[Candidate, ...]

    @property
    def recommended(self) -> Candidate | None:
        """The best aircraft that may go without an override."""
        return next((candidate for candidate in self.candidates if candidate.may_launch), None)
