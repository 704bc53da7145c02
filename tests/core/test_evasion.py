"""Alerts that are raised once and do not flap, and ways out that lead away."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.encounters import D1, GROUND_M, HERE, bearings, helicopter, moved, spread

from rtcc_core.domain.drone import Landed, Mode, Telemetry
from rtcc_core.domain.evasion import LEAST_HEIGHT_M, Way, manoeuvre_words, propose
from rtcc_core.domain.geo import bearing_deg, offset
from rtcc_core.domain.traffic import Intruder
from rtcc_core.domain.traffic_alerts import CLEAR_AGAIN, review
from rtcc_core.domain.well_clear import WELL_CLEAR, Conflict, closest_approach

# --- alerts -------------------------------------------------------------------------------------


def test_an_alert_is_raised_once_and_once_more_when_it_comes_true() -> None:
    known: dict[str, Conflict] = {}
    seen = helicopter(0.0, 4_000.0)
    raised: list[tuple[int, bool]] = []
    for second in range(160):
        found = review(D1, (moved(seen, float(second)),), known)
        for conflict in found.raised:
            raised.append((second, conflict.is_now))
            known[conflict.intruder_id] = conflict
        for cleared in found.cleared:
            assert "is clear" in cleared.reason
            raised.append((second, False))
            del known[cleared.intruder_id]
    assert [is_now for _, is_now in raised] == [False, True, False]
    foreseen, came_true, over = (second for second, _ in raised)
    assert 55 <= came_true - foreseen <= 61
    assert over > came_true + 20


def test_one_that_wobbles_on_the_edge_does_not_flap() -> None:
    known: dict[str, Conflict] = {}
    count = 0
    for step in range(40):
        edge_m = WELL_CLEAR.horizontal_m + (15.0 if step % 2 else -15.0)
        seen = helicopter(90.0, edge_m, track_deg=None, ground_speed_m_s=0.0)
        found = review(D1, (seen,), known)
        known |= {conflict.intruder_id: conflict for conflict in found.raised}
        count += len(found.raised) + len(found.cleared)
    assert count == 1
    assert CLEAR_AGAIN.horizontal_m > WELL_CLEAR.horizontal_m


def test_an_alert_ends_with_its_reason() -> None:
    seen = helicopter(0.0, 1_000.0)
    conflict = closest_approach(D1, seen)
    assert conflict is not None
    known = {seen.id: conflict}
    reasons = {
        "not heard": review(D1, (), known),
        "on the ground": review(D1, (replace(seen, on_ground=True),), known),
        "D1 is on the ground": review(replace(D1, landed=Landed.ON_GROUND), (seen,), known),
        "is clear": review(D1, (helicopter(0.0, 30_000.0),), known),
    }
    for words, found in reasons.items():
        assert len(found.cleared) == 1, words
        assert words in found.cleared[0].reason
        assert "N123AB" in found.cleared[0].reason
    # Where ours is, is no longer known: that ends nothing.
    assert review(replace(D1, position=None), (seen,), known).cleared == ()


# --- the way out --------------------------------------------------------------------------------


def proposed_for(own: Telemetry, seen: Intruder) -> tuple[Way, float | None, bool]:
    conflict = closest_approach(own, seen)
    assert conflict is not None
    way = propose(conflict, own, seen)
    assert way.reason in manoeuvre_words(way, conflict)
    return way.way, way.height_m, way.is_enough


def test_under_somebody_it_goes_down_as_far_as_is_safe_and_says_whether_that_is_enough() -> None:
    high = replace(D1, height_m=110.0, altitude_amsl_m=GROUND_M + 110.0)
    assert proposed_for(high, helicopter(0.0, 3_200.0, altitude_amsl_m=GROUND_M + 150.0)) == (
        Way.DESCEND, 74.0, True,
    )  # fmt: skip
    assert proposed_for(D1, helicopter(0.0, 3_000.0)) == (Way.DESCEND, LEAST_HEIGHT_M, False)


def test_near_the_least_height_it_holds() -> None:
    low = replace(D1, height_m=32.0, altitude_amsl_m=GROUND_M + 32.0)
    assert proposed_for(low, helicopter(0.0, 2_000.0)) == (Way.HOLD, None, False)


def test_where_only_our_own_way_leads_into_it_it_stops() -> None:
    north = replace(
        D1, ground_speed_m_s=15.0, track_deg=0.0, mode=Mode.TRANSIT, height_m=31.0, altitude_amsl_m=51.0
    )
    crossing = helicopter(0.0, 1_100.0, track_deg=90.0, ground_speed_m_s=5.0, altitude_amsl_m=40.0)
    assert closest_approach(replace(north, ground_speed_m_s=0.0), crossing) is None
    assert proposed_for(north, crossing) == (Way.HOLD, None, True)


def test_over_somebody_it_goes_home_only_where_home_is_away_from_it() -> None:
    below = helicopter(0.0, 1_500.0, altitude_amsl_m=GROUND_M + 20.0)
    assert proposed_for(D1, below)[0] is Way.RETURN
    assert proposed_for(D1, helicopter(180.0, 1_500.0, altitude_amsl_m=GROUND_M + 20.0))[0] is Way.HOLD


@given(
    bearing=bearings,
    length_m=spread(10.0, 6_000.0),
    track=st.one_of(st.none(), bearings),
    speed=spread(0.0, 120.0),
    up_m=st.one_of(st.none(), spread(-120.0, 120.0)),
    height_m=st.one_of(st.none(), spread(0.0, 150.0)),
    home_bearing=bearings,
    least_m=spread(10.0, 80.0),
)
def test_no_way_out_leads_below_the_least_height_or_towards_the_intruder(
    bearing: float,
    length_m: float,
    track: float | None,
    speed: float,
    up_m: float | None,
    height_m: float | None,
    home_bearing: float,
    least_m: float,
) -> None:
    own = replace(
        D1,
        height_m=height_m,
        altitude_amsl_m=None if height_m is None else GROUND_M + height_m,
        home_amsl_m=None,
        home=offset(HERE, home_bearing, 2_000.0),
    )
    altitude = None if up_m is None or height_m is None else GROUND_M + height_m + up_m
    seen = helicopter(bearing, length_m, track_deg=track, ground_speed_m_s=speed, altitude_amsl_m=altitude)
    conflict = closest_approach(own, seen)
    if conflict is None:
        return
    way = propose(conflict, own, seen, least_height_m=least_m)
    if way.way is Way.DESCEND:
        assert way.height_m is not None
        assert height_m is not None
        assert least_m <= way.height_m < height_m
        assert conflict.vertical_m is None or conflict.vertical_m >= 0.0
    if way.way is Way.RETURN:
        assert own.home is not None
        apart = abs((bearing_deg(HERE, own.home) - conflict.bearing_deg + 180.0) % 360.0 - 180.0)
        assert apart >= 90.0
        assert conflict.vertical_m is not None
        assert conflict.vertical_m < 0.0
    if way.is_enough and way.way is Way.HOLD:
        assert own.ground_speed_m_s
