"""What stood for and against each aircraft at a moment that is replayed.

The core's own weighing on the facts of that moment. Tracks hold aircraft on flights only, and nobody else's:
what rests on what is not there is `no record`, never a PASS.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rtcc_core.domain.advice import advise, why_of
from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.call import Call
from rtcc_core.domain.drone import Sky
from rtcc_core.domain.flight import GateResult, Verdict
from rtcc_core.domain.gates import RULES
from rtcc_core.domain.state import State
from rtcc_tui.words import clock

if TYPE_CHECKING:
    from rtcc_tui.session import Session

NO_RECORD = "no record"

FROM_TELEMETRY = frozenset({"link", "position", "ready", "remote-id", "battery"})
"""What an aircraft itself must have said."""

TRAFFIC = "traffic"


def advice_shown(session: Session, call: Call, at: datetime, now: float) -> Advice:
    """The weighing for a call at the moment that is shown: live, or as the journal has it."""
    model = session.model
    state, sky = model.state, model.sky_now(now)
    if session.is_looking_back:
        return past_advice(state, call, sky, at, hears_traffic=bool(session.live.air.sources))
    return advise(state, call, sky, at, model.air_now(now))


def past_advice(state: State, call: Call, sky: Sky, at: datetime, *, hears_traffic: bool) -> Advice:
    """Every aircraft weighed as of `at`; `sky` holds those that left a track then.

    `hears_traffic`: this programme has receivers, so that the traffic gate was asked.
    """
    made = advise(state, call, sky, at)
    told = state.advice.get(call.call_id)
    stored = {each.drone: each for each in told.candidates} if told is not None else {}
    weighed = [_on_record(each, sky, hears_traffic) for each in made.candidates]
    if told is not None:
        weighed = [_as_told(each, stored.get(each.drone), told.at) for each in weighed]
    return replace(made, candidates=tuple(weighed))


def told_words(state: State, call_id: str) -> str:
    """`core advised D2 at 16:57:10Z`; empty where it advised nothing by then."""
    told = state.advice.get(call_id)
    if told is None:
        return ""
    named = told.recommended.drone if told.recommended is not None else "none"
    return f"core advised {named} at {clock(told.at)}"


def _on_record(candidate: Candidate, sky: Sky, hears_traffic: bool) -> Candidate:
    """Without what nobody wrote down."""
    seen = sky.get(candidate.drone)
    is_silent = seen is None or seen.link_age_s is None
    gates = [_gate(each, is_silent) for each in candidate.gates]
    if hears_traffic and not any(gate.gate == TRAFFIC for gate in gates):
        rule = next(rule for rule in RULES if rule.gate == TRAFFIC)
        gates.append(
            GateResult(
                gate=TRAFFIC,
                verdict=Verdict.UNKNOWN,
                reason=NO_RECORD,
                citation=rule.citation,
                version=rule.version,
            )
        )
    kept = tuple(gates)
    if kept == candidate.gates:
        return candidate
    is_told_by_gates = candidate.why == why_of(candidate.gates)
    return replace(candidate, gates=kept, why=_why(kept) if is_told_by_gates else candidate.why)


def _why(gates: tuple[GateResult, ...]) -> str:
    """As the core says it; where nothing but the record is missing, that."""
    doubts = {gate.reason for gate in gates if gate.verdict is Verdict.UNKNOWN}
    is_blocked = any(gate.verdict is Verdict.BLOCK for gate in gates)
    return NO_RECORD if doubts == {NO_RECORD} and not is_blocked else why_of(gates)


def _gate(result: GateResult, is_silent: bool) -> GateResult:
    is_unwritten = result.gate == TRAFFIC or (is_silent and result.gate in FROM_TELEMETRY)
    was_not_told = is_silent and result.gate == "free" and result.verdict is Verdict.UNKNOWN
    if is_unwritten or was_not_told:
        return replace(result, verdict=Verdict.UNKNOWN, reason=NO_RECORD)
    return result


def _as_told(candidate: Candidate, told: Candidate | None, told_at: datetime) -> Candidate:
    """What the core's record of an earlier moment says of an aircraft that has none of this one."""
    is_unwritten = any(gate.gate in FROM_TELEMETRY and gate.reason == NO_RECORD for gate in candidate.gates)
    if told is None or not is_unwritten or candidate.is_blocked:
        return candidate
    return replace(candidate, why=f"{NO_RECORD}; at {clock(told_at)}: {told.why}")
