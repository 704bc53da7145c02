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
    is_divert: bool = False
    """In the air now: it would be taken from what it does (`DivertDrone`), never launched."""
    takes_from: str | None = None
    """Divert: the call that would lose it; None where it has already left its call."""
    kept_for: str | None = None
    """The call that the fleet needs it for more; `why` says so."""

    @property
    def is_blocked(self) -> bool:
        return any(gate.verdict is Verdict.BLOCK for gate in self.gates)

    @property
    def needs_override(self) -> bool:
        """It may be launched only with an override."""
        return not self.is_divert and not self.is_blocked and self._is_doubtful

    @property
    def may_launch(self) -> bool:
        return not self.is_divert and not self.is_blocked and not self._is_doubtful

    @property
    def may_divert(self) -> bool:
        """It may be taken from what it does without an override; only ever by a person."""
        return self.is_divert and not self.is_blocked and not self._is_doubtful

    @property
    def _is_doubtful(self) -> bool:
        return any(gate.verdict is Verdict.UNKNOWN for gate in self.gates)


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """Every aircraft of the fleet weighed for one call, best first."""

    call_id: str
    at: datetime
    candidates: tuple[Candidate, ...]
    left_out: int = 0
    """How many aircraft, further off, were not weighed for the record."""

    @property
    def recommended(self) -> Candidate | None:
        """The best aircraft to launch without an override and without taking it from a call that needs it
        more."""
        return next(
            (each for each in self.candidates if each.may_launch and each.kept_for is None),
            None,
        )
