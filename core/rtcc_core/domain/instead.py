"""What a refusal adds to its reasons: who was quicker, which other aircraft can, and how soon."""

from __future__ import annotations

from rtcc_core.domain.advice import advise, clock
from rtcc_core.domain.advice_values import Advice
from rtcc_core.domain.call import Call
from rtcc_core.domain.context import Context, Refused
from rtcc_core.domain.quicker import sent_words


def and_instead(context: Context, refused: Refused, drone: str, call: Call) -> Refused:
    """The refusal of sending `drone` to `call`, with who sent it already and who can go in its stead."""
    advice = advise(context.state, call, context.sky, context.at, context.air)
    told = (sent_words(context.state, drone, context.at), other_words(advice, drone))
    return Refused((*refused.reasons, *(words for words in told if words)))


def other_words(advice: Advice, besides: str) -> str:
    """`D3 can, overhead 2:10`; empty where no other may go."""
    best = next((found for found in advice.candidates if found.may_launch and found.drone != besides), None)
    if best is None:
        return ""
    soon = f", overhead {clock(best.overhead_s)}" if best.overhead_s is not None else ""
    return f"{best.drone} can{soon}"
