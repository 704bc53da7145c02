"""Is anybody else flying where this one would climb?"""

from __future__ import annotations

from rtcc_core.domain.gates.answer import NOT_SET_UP, Answer
from rtcc_core.domain.gates.question import Question
from rtcc_core.domain.traffic_gate import answer


def traffic_gate(asked: Question) -> Answer | None:
    """Nobody comes near the climb, and somebody listens (14 CFR 107.37)."""
    if not asked.air.sources and not asked.programme.requires_traffic_feed:
        return NOT_SET_UP
    result = answer(
        asked.air.intruders,
        asked.air.sources,
        asked.start,
        ground_amsl_m=asked.home_amsl_m,
        height_m=asked.programme.transit_height_m,
        pace=asked.programme.drill_speed,
        qnh_hpa=asked.qnh_hpa,
    )
    return Answer(result.verdict, result.reason)
