"""Closest approach: whoever comes too close is alerted in time, whatever is not known counts against us."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.encounters import D1, GROUND_M, HERE, bearings, flown, helicopter, moved, spread

from rtcc_core.domain.drone import Landed, Mode, Telemetry
from rtcc_core.domain.evasion import Way, propose
from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_core.domain.traffic import AltitudeBy, Intruder
from rtcc_core.domain.traffic_alerts import conflict_words
from rtcc_core.domain.well_clear import WELL_CLEAR, Limits, closest_approach, volume_of


def is_too_close(own: Telemetry, seen: Intruder, *, share: float = 1.0) -> bool:
    """Inside the well-clear volume, or an inner share of it, by the plain definition."""
    assert own.position is not None
    assert own.altitude_amsl_m is not None
    assert seen.altitude_amsl_m is not None
    near = distance_m(own.position, seen.position) < share * WELL_CLEAR.horizontal_m
    return near and abs(own.altitude_amsl_m - seen.altitude_amsl_m) < share * WELL_CLEAR.vertical_m


@settings(max_examples=500)
@given(
    miss_bearing=bearings,
    miss_m=spread(0.0, 590.0),
    miss_up_m=spread(-70.0, 70.0),
    track=bearings,
    speed=spread(0.0, 250.0),
    climb=spread(-15.0, 15.0),
    own_track=bearings,
    own_speed=spread(1.0, 18.0),
    own_climb=spread(-4.0, 4.0),
    ahead_s=spread(0.0, 59.0),
)
def test_whoever_will_be_too_close_is_alerted_before(
    miss_bearing: float,
    miss_m: float,
    miss_up_m: float,
    track: float,
    speed: float,
    climb: float,
    own_track: float,
    own_speed: float,
    own_climb: float,
    ahead_s: float,
) -> None:
    """Built backwards from an encounter: where both were before it, there must have been an alert."""
    own_then = replace(
        D1,
        altitude_amsl_m=500.0,
        height_m=None,
        ground_speed_m_s=own_speed,
        track_deg=own_track,
        climb_m_s=own_climb,
        mode=Mode.TRANSIT,
    )
    then = helicopter(
        miss_bearing,
        miss_m,
        track_deg=track,
        ground_speed_m_s=speed,
        climb_m_s=climb,
        altitude_amsl_m=500.0 + miss_up_m,
    )
    assume(is_too_close(own_then, then, share=0.98))
    own, seen = flown(own_then, -ahead_s), moved(then, -ahead_s)
    conflict = closest_approach(own, seen)
    assert conflict is not None
    assert 0.0 <= conflict.in_s <= ahead_s + 0.5
    assert conflict.is_now or not is_too_close(own, seen, share=0.98)


@given(
    bearing=bearings,
    length_m=spread(10.0, 8_000.0),
    track=bearings,
    speed=spread(0.0, 100.0),
    own_track=bearings,
    own_speed=spread(1.0, 18.0),
    up_m=spread(-300.0, 300.0),
    climb=spread(-8.0, 8.0),
)
def test_the_two_see_the_same_encounter_from_both_sides(
    bearing: float,
    length_m: float,
    track: float,
    speed: float,
    own_track: float,
    own_speed: float,
    up_m: float,
    climb: float,
) -> None:
    there = offset(HERE, bearing, length_m)
    ours = replace(D1, track_deg=own_track, ground_speed_m_s=own_speed, mode=Mode.TRANSIT)
    theirs = helicopter(
        bearing,
        length_m,
        track_deg=track,
        ground_speed_m_s=speed,
        altitude_amsl_m=80.0 + up_m,
        climb_m_s=climb,
    )
    assume(speed <= 40.0)  # what a drone of ours may be seen to fly
    swapped_own = replace(
        D1,
        height_m=None,
        position=there,
        altitude_amsl_m=80.0 + up_m,
        track_deg=track,
        ground_speed_m_s=speed,
        climb_m_s=climb,
        mode=Mode.TRANSIT,
    )
    swapped = replace(
        theirs,
        position=HERE,
        altitude_amsl_m=80.0,
        track_deg=own_track,
        ground_speed_m_s=own_speed,
        climb_m_s=0.0,
    )
    assume(speed > 0.0)
    one, other = closest_approach(ours, theirs), closest_approach(swapped_own, swapped)
    if one is None or other is None:  # only ever at the very edge, by the curvature of the earth
        inner = Limits(horizontal_m=600.0, vertical_m=70.0, horizon_s=59.0)
        assert closest_approach(ours, theirs, limits=inner) is None
        assert closest_approach(swapped_own, swapped, limits=inner) is None
        return
    assert one.in_s == pytest.approx(other.in_s, abs=0.5)
    assert one.horizontal_m == pytest.approx(other.horizontal_m, abs=5.0)
    assert one.vertical_m == pytest.approx(-(other.vertical_m or 0.0), abs=5.0)


anything = st.one_of(st.none(), st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, 1e300, -0.0]))


@given(
    altitude=anything,
    track=anything,
    speed=anything,
    climb=anything,
    age=st.one_of(st.floats(), st.floats(0.0, 61.0)),
    own_altitude=anything,
    own_track=anything,
    own_speed=anything,
    own_climb=anything,
    qnh=anything,
    at=st.builds(LatLon, st.floats(-90.0, 90.0), st.floats(-180.0, 180.0)),
)
@example(None, None, None, None, math.nan, None, None, None, None, None, HERE)
def test_no_input_makes_a_figure_that_is_not_one(
    altitude: float | None,
    track: float | None,
    speed: float | None,
    climb: float | None,
    age: float,
    own_altitude: float | None,
    own_track: float | None,
    own_speed: float | None,
    own_climb: float | None,
    qnh: float | None,
    at: LatLon,
) -> None:
    own = replace(
        D1, altitude_amsl_m=own_altitude, track_deg=own_track, ground_speed_m_s=own_speed, climb_m_s=own_climb
    )
    seen = helicopter(
        0.0,
        900.0,
        position=at,
        altitude_amsl_m=altitude,
        track_deg=track,
        ground_speed_m_s=speed,
        climb_m_s=climb,
        position_age_s=age,
    )
    conflict = closest_approach(own, seen, qnh_hpa=qnh)
    if conflict is None:
        return
    for name, value in msgspec.structs.asdict(conflict).items():
        assert not isinstance(value, float) or math.isfinite(value), name
    assert "nan" not in conflict_words(conflict)
    proposed = propose(conflict, own, seen, qnh_hpa=qnh)
    assert proposed.height_m is None or math.isfinite(proposed.height_m)


# --- what is not known counts against us --------------------------------------------------------


def test_far_away_high_above_on_the_ground_or_leaving_is_no_conflict() -> None:
    assert closest_approach(D1, helicopter(10.0, 2_000.0)) is not None
    assert closest_approach(D1, helicopter(10.0, 20_000.0)) is None
    assert closest_approach(D1, helicopter(10.0, 2_000.0, altitude_amsl_m=8_534.0)) is None
    assert closest_approach(D1, helicopter(10.0, 2_000.0, on_ground=True)) is None
    assert closest_approach(D1, helicopter(10.0, 2_000.0, track_deg=10.0)) is None


def test_one_that_dives_from_high_above_is_a_conflict() -> None:
    assert closest_approach(D1, helicopter(0.0, 1_500.0, altitude_amsl_m=600.0)) is None
    conflict = closest_approach(D1, helicopter(0.0, 1_500.0, altitude_amsl_m=600.0, climb_m_s=-15.0))
    assert conflict is not None
    assert conflict.in_s > 20.0


def test_a_climb_of_ours_ends_where_it_was_sent() -> None:
    """Just lifted off and climbing at 5 m/s: it will be under the helicopter, not far above it."""
    climbing = replace(D1, height_m=5.0, altitude_amsl_m=GROUND_M + 5.0, climb_m_s=5.0)
    above = helicopter(0.0, 3_000.0, altitude_amsl_m=GROUND_M + 110.0)
    assert closest_approach(climbing, above) is None  # climbing on and on it would be far above by then
    conflict = closest_approach(climbing, above, top_height_m=60.0)
    assert conflict is not None
    assert conflict.vertical_m == pytest.approx(50.0, abs=1.0)
    assert conflict.in_s < 49.0
    assert propose(conflict, climbing, above).way is not Way.RETURN
    # And one that it will not climb to is no conflict.
    high = helicopter(0.0, 3_000.0, altitude_amsl_m=GROUND_M + 250.0)
    assert closest_approach(climbing, high) is not None
    assert closest_approach(climbing, high, top_height_m=60.0) is None


def test_a_descent_of_ours_ends_on_the_ground() -> None:
    landing = replace(D1, climb_m_s=-3.0)
    over_the_pad = helicopter(0.0, 2_800.0, altitude_amsl_m=GROUND_M + 100.0)
    conflict = closest_approach(landing, over_the_pad)
    assert conflict is not None
    assert conflict.vertical_m == pytest.approx(100.0, abs=1.0)


def test_an_unknown_height_is_every_height() -> None:
    for own in (D1, replace(D1, altitude_amsl_m=None, home_amsl_m=None)):
        conflict = closest_approach(own, helicopter(0.0, 2_000.0, altitude_amsl_m=None, altitude_by=None))
        assert conflict is not None
        assert conflict.vertical_m is None
        assert "unknown height" in conflict_words(conflict)
    # Even so, what certainly flies above every city is left out.
    unknown_own = replace(D1, altitude_amsl_m=None, home_amsl_m=None)
    assert closest_approach(unknown_own, helicopter(0.0, 500.0, altitude_amsl_m=8_534.0)) is None


def test_an_unknown_course_is_straight_at_us() -> None:
    away = helicopter(0.0, 2_500.0, track_deg=0.0)
    assert closest_approach(D1, away) is None
    assert closest_approach(D1, replace(away, track_deg=None)) is not None
    assert closest_approach(D1, replace(away, track_deg=None, ground_speed_m_s=None)) is not None


def test_an_unknown_climb_is_towards_our_height() -> None:
    above = helicopter(0.0, 2_000.0, altitude_amsl_m=GROUND_M + 60.0 + 300.0)
    assert closest_approach(D1, above) is None
    conflict = closest_approach(D1, replace(above, climb_m_s=None))
    assert conflict is not None
    assert conflict.vertical_m is not None
    assert 0.0 <= conflict.vertical_m < 300.0


def test_pressure_altitude_is_trusted_less_than_a_geometric_one_until_todays_pressure_is_known() -> None:
    above = helicopter(0.0, 1_500.0, altitude_amsl_m=GROUND_M + 60.0 + 180.0)
    assert closest_approach(D1, above) is None
    by_pressure = replace(above, altitude_by=AltitudeBy.PRESSURE)
    conflict = closest_approach(D1, by_pressure)
    assert conflict is not None
    assert "by its pressure altitude" in conflict_words(conflict)
    assert closest_approach(D1, by_pressure, qnh_hpa=1013.25) is None
    # 993 hPa: the same transponder figure is 170 m lower in truth.
    assert closest_approach(D1, by_pressure, qnh_hpa=993.0) is not None


def test_an_old_position_is_carried_on_with_a_growing_circle_and_dropped_after_a_minute() -> None:
    passing = helicopter(270.0, 1_500.0, track_deg=0.0)
    assert closest_approach(D1, passing) is None
    assert closest_approach(D1, replace(passing, position_age_s=5.0)) is None
    old = closest_approach(D1, replace(passing, position_age_s=45.0))
    assert old is not None
    assert old.is_stale
    assert "(45 s ago)" in conflict_words(old)
    assert closest_approach(D1, replace(passing, position_age_s=61.0)) is None


def test_an_old_position_of_ours_widens_the_circle_too() -> None:
    passing = helicopter(270.0, 1_200.0, track_deg=0.0)
    assert closest_approach(D1, passing) is None
    assert closest_approach(replace(D1, position_age_s=40.0), passing) is not None


def test_in_a_fast_drill_an_age_counts_as_many_seconds_of_the_world() -> None:
    """Heard one real second ago, at speed 10 it has flown for ten."""
    seen = helicopter(0.0, 1_500.0, position_age_s=1.0)
    slow, fast = closest_approach(D1, seen), closest_approach(D1, seen, pace=10.0)
    assert slow is not None
    assert fast is not None
    assert fast.in_s < slow.in_s - 5.0


def test_what_stands_on_the_ground_or_was_never_seen_has_no_conflicts() -> None:
    seen = helicopter(0.0, 100.0)
    assert closest_approach(replace(D1, landed=Landed.ON_GROUND), seen) is None
    assert closest_approach(replace(D1, position=None), seen) is None
    assert volume_of(Telemetry(drone="D1")) is None
