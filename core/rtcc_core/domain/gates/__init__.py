"""May this flight go? Named checks, each PASS, WARN, BLOCK or UNKNOWN with its reason.

UNKNOWN is not PASS (law 6): where the fact behind a gate is missing or old, the gate says UNKNOWN and a
person with the right to override must say why it may go all the same. A gate that an agency has not set up
says nothing at all, and the flight's record names it as unchecked.
"""

from __future__ import annotations

from rtcc_core.domain.flight import GateResult, Verdict
from rtcc_core.domain.gates.question import Question, question
from rtcc_core.domain.gates.rules import RULES, Rule

__all__ = ["RULES", "Question", "Rule", "question", "refusals", "run_gates", "unchecked"]


def run_gates(asked: Question) -> tuple[GateResult, ...]:
    """The answer of every gate that is set up, in the order a pilot would read them."""
    return tuple(result for rule in RULES if (result := _result(rule, asked)) is not None)


def unchecked(results: tuple[GateResult, ...]) -> tuple[str, ...]:
    """Names of the gates that this agency has not set up."""
    asked = {result.gate for result in results}
    return tuple(rule.gate for rule in RULES if rule.gate not in asked)


def refusals(results: tuple[GateResult, ...]) -> tuple[str, ...]:
    """The reasons of every gate that is not passed, worst first."""
    order = (Verdict.BLOCK, Verdict.UNKNOWN)
    return tuple(f"{r.gate}: {r.reason}" for verdict in order for r in results if r.verdict is verdict)


def _result(rule: Rule, asked: Question) -> GateResult | None:
    answer = rule.ask(asked)
    if answer is None:
        return None
    return GateResult(
        gate=rule.gate,
        verdict=answer.verdict,
        reason=answer.reason,
        citation=rule.citation,
        version=rule.version,
    )
