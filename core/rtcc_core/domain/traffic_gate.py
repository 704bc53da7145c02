"""May an aircraft lift off into this traffic? The launch gate's answer, ready for `gates`.

Yielding the right of way is 14 CFR 107.37(a). A pass needs a receiver that listens: an empty list from
nobody is UNKNOWN.
"""

from __future__ import annotations

from rtcc_core.domain.flight import GateResult, Verdict
from rtcc_core.domain.geo import LatLon
from rtcc_core.domain.traffic import Intruder, Traffic, TrafficSource, nearby, silence_words, where_words
from rtcc_core.domain.traffic_alerts import conflict_words
from rtcc_core.domain.well_clear import Conflict, Volume, approach

LOOK_M = 5_000.0
"""How far round the launch point traffic is named."""

LOW_M = 300.0
"""Traffic within this of the flight's own height is worth a warning before a launch (1,000 ft)."""

CITATION = "14 CFR 107.37(a); ASTM F3442 well clear 2,000 ft / 250 ft"


def answer(
    traffic: Traffic,
    sources: tuple[TrafficSource, ...],
    start: LatLon | None,
    *,
    ground_amsl_m: float | None,
    height_m: float,
    pace: float = 1.0,
    qnh_hpa: float | None = None,
) -> GateResult:
    """The gate's answer for the climb from `start` to `height_m` above a launch point at `ground_amsl_m`.

    PASS needs a live source. BLOCK: somebody loses well clear with the climb within a minute, at a height
    that is known. UNKNOWN: no live source, no launch point, or somebody of unknown height is as near.
    """
    silent = silence_words(sources)
    if silent:
        return _result(Verdict.UNKNOWN, silent)
    if start is None:
        return _result(Verdict.UNKNOWN, "where the flight begins is not known")
    middle_m = None if ground_amsl_m is None else ground_amsl_m + height_m / 2
    volume = Volume(position=start, altitude_amsl_m=middle_m, loose_vertical_m=height_m / 2)
    found = [
        conflict
        for intruder in traffic
        if (conflict := approach("", volume, intruder, pace=pace, qnh_hpa=qnh_hpa)) is not None
    ]
    if found:
        return _refused(min(found, key=lambda conflict: (conflict.vertical_m is None, conflict.in_s)))
    around = nearby(traffic, start, LOOK_M, altitude_amsl_m=middle_m, high_above_m=LOW_M + height_m / 2)
    heard = ", ".join(source.name for source in sources if source.is_up)
    if around:
        return _result(Verdict.WARN, f"{_named(start, around)}; heard by {heard}")
    return _result(Verdict.PASS, f"nobody low within {LOOK_M / 1_000.0:.0f} km; heard by {heard}")


def _refused(conflict: Conflict) -> GateResult:
    verdict = Verdict.UNKNOWN if conflict.vertical_m is None else Verdict.BLOCK
    return _result(verdict, conflict_words(conflict))


def _named(start: LatLon, around: tuple[Intruder, ...]) -> str:
    nearest = f"{around[0].name} {where_words(start, around[0])}"
    return nearest if len(around) == 1 else f"{nearest} (+{len(around) - 1} more)"


def _result(verdict: Verdict, reason: str) -> GateResult:
    return GateResult(gate="traffic", verdict=verdict, reason=reason, citation=CITATION)
