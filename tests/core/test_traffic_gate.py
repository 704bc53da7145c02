"""The launch gate: nobody listening is UNKNOWN, somebody near is BLOCK, only a heard, empty sky passes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtcc_core.domain.flight import GateResult, Verdict
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.traffic import AltitudeBy, Intruder, TrafficSource
from rtcc_core.domain.traffic_gate import answer

PAD = LatLon(45.5231, -122.6765)
UP = TrafficSource(name="roof", is_up=True, age_s=0.5)
SILENT = TrafficSource(name="hill", is_up=False, age_s=90.0)
HELICOPTER = Intruder(
    id="a1b2c3",
    callsign="N123AB",
    position=offset(PAD, 0.0, 2_000.0),
    position_age_s=1.0,
    altitude_amsl_m=120.0,
    altitude_by=AltitudeBy.GEOMETRIC,
    track_deg=180.0,
    ground_speed_m_s=50.0,
    climb_m_s=0.0,
    category="A7",
)


def gate(*traffic: Intruder, sources: tuple[TrafficSource, ...] = (UP,)) -> GateResult:
    return answer(traffic, sources, PAD, ground_amsl_m=20.0, height_m=60.0)


def test_nobody_listening_is_unknown() -> None:
    assert gate(sources=()).verdict is Verdict.UNKNOWN
    assert gate(sources=(SILENT,)).verdict is Verdict.UNKNOWN
    assert gate(sources=(SILENT, UP)).verdict is Verdict.PASS
    assert answer((), (UP,), None, ground_amsl_m=20.0, height_m=60.0).verdict is Verdict.UNKNOWN


def test_somebody_who_comes_over_the_pad_blocks_and_is_named() -> None:
    blocked = gate(HELICOPTER)
    assert blocked.verdict is Verdict.BLOCK
    assert "helicopter N123AB" in blocked.reason
    assert "107.37" in blocked.citation
    assert gate(replace(HELICOPTER, altitude_amsl_m=None, altitude_by=None)).verdict is Verdict.UNKNOWN


def test_somebody_low_and_leaving_is_a_warning_and_high_ones_are_nothing() -> None:
    leaving = replace(HELICOPTER, track_deg=0.0)
    warned = gate(leaving, replace(leaving, id="a00001", position=offset(PAD, 90.0, 3_000.0)))
    assert warned.verdict is Verdict.WARN
    assert "2.0 km N (+1 more)" in warned.reason
    assert gate(replace(leaving, altitude_amsl_m=2_000.0)).verdict is Verdict.PASS


maybe = st.none() | st.floats(-500.0, 9_000.0)


@given(
    heard=st.lists(st.booleans(), max_size=3),
    altitude=maybe,
    ground=maybe,
    length_m=st.floats(0.0, 9_000.0),
    age_s=st.floats(0.0, 59.0),
    start=st.sampled_from([PAD, None]),
)
def test_no_missing_fact_passes(
    heard: list[bool],
    altitude: float | None,
    ground: float | None,
    length_m: float,
    age_s: float,
    start: LatLon | None,
) -> None:
    sources = tuple(TrafficSource(name=str(n), is_up=is_up, age_s=1.0) for n, is_up in enumerate(heard))
    seen = replace(
        HELICOPTER, position=offset(PAD, 30.0, length_m), altitude_amsl_m=altitude, position_age_s=age_s
    )
    result = answer((seen,), sources, start, ground_amsl_m=ground, height_m=60.0)
    if result.verdict is Verdict.PASS:
        assert any(heard)
        assert start is not None
        assert altitude is None or ground is None or abs(altitude - ground) > 200.0 or length_m > 4_900.0
        assert altitude is not None or length_m > 4_900.0
