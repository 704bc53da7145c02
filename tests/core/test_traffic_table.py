"""Merging: the newest position wins, sources are named, figures that do not belong together are not mixed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rtcc_core.adapters.traffic_table import REACH_M, TOLD_MAX, TrafficTable
from rtcc_core.domain.geo import LatLon, offset
from rtcc_core.domain.traffic import AltitudeBy, is_heard, nearby, silence_words
from rtcc_core.domain.traffic import TrafficSource as Receiver
from rtcc_core.wire.aircraft_report import AircraftReport

HERE = LatLon(45.5231, -122.6765)
NORTH = offset(HERE, 0.0, 2_000.0)
EAST = offset(HERE, 90.0, 2_000.0)


def seen(position: LatLon | None = NORTH, **said: object) -> AircraftReport:
    return replace(AircraftReport(id="a1b2c3", position=position), **said)


def test_the_newest_position_wins_whatever_the_order_and_every_source_is_named() -> None:
    table = TrafficTable()
    table.take("roof", seen(NORTH, position_age_s=1.0), 100.0)
    table.take("hill", seen(EAST, position_age_s=8.0), 101.0)
    (intruder,) = table.traffic(102.0)
    assert (intruder.position, intruder.position_age_s) == (NORTH, 3.0)
    assert intruder.sources == ("roof", "hill")
    table.take("hill", seen(EAST, position_age_s=0.0), 102.0)
    (intruder,) = table.traffic(102.0)
    assert (intruder.position, intruder.sources) == (EAST, ("hill", "roof"))
    assert (table.count("roof", 102.0), table.count("hill", 102.0), table.count("none", 102.0)) == (1, 1, 0)


def test_pieces_of_one_aircraft_come_together() -> None:
    table = TrafficTable()
    table.take("roof", seen(None, callsign="N123AB", category="A7"), 100.0)
    assert table.traffic(100.0) == ()
    table.take("roof", seen(None, track_deg=10.0, ground_speed_m_s=50.0, climb_m_s=-1.0), 100.5)
    table.take("roof", seen(NORTH, pressure_altitude_m=300.0), 101.0)
    (intruder,) = table.traffic(101.0)
    assert (intruder.callsign, intruder.name) == ("N123AB", "helicopter N123AB")
    assert (intruder.track_deg, intruder.ground_speed_m_s, intruder.climb_m_s) == (10.0, 50.0, -1.0)
    assert (intruder.altitude_amsl_m, intruder.altitude_by) == (300.0, AltitudeBy.PRESSURE)
    table.take("roof", seen(NORTH, geometric_altitude_m=280.0), 102.0)
    (intruder,) = table.traffic(102.0)
    assert (intruder.altitude_amsl_m, intruder.altitude_by) == (280.0, AltitudeBy.GEOMETRIC)


def test_a_figure_much_older_than_the_position_is_no_longer_known() -> None:
    table = TrafficTable()
    table.take("roof", seen(NORTH, pressure_altitude_m=300.0, track_deg=10.0), 100.0)
    table.take("roof", seen(EAST), 131.0)
    (intruder,) = table.traffic(131.0)
    assert (intruder.altitude_amsl_m, intruder.track_deg, intruder.on_ground) == (None, None, False)


def test_an_old_position_keeps_the_course_it_is_carried_on_along_and_goes_after_a_minute() -> None:
    table = TrafficTable()
    table.take("roof", seen(NORTH, track_deg=10.0, ground_speed_m_s=50.0), 100.0)
    (intruder,) = table.traffic(155.0)
    assert (intruder.is_stale, intruder.track_deg, intruder.position_age_s) == (True, 10.0, 55.0)
    assert table.traffic(161.0) == ()
    assert len(table) == 0


def test_a_position_that_was_old_when_it_came_is_not_made_new() -> None:
    table = TrafficTable()
    table.take("roof", seen(NORTH, age_s=1.0, position_age_s=74.4), 100.0)
    assert table.traffic(100.0) == ()


def test_in_a_fast_drill_a_receivers_ages_are_seconds_of_the_drill() -> None:
    table = TrafficTable(pace=10.0)
    table.take("roof", seen(NORTH, position_age_s=20.0), 100.0)
    (intruder,) = table.traffic(100.0)
    assert intruder.position_age_s == 2.0


def test_far_and_high_aircraft_are_left_out() -> None:
    table = TrafficTable([HERE])
    far = offset(HERE, 45.0, REACH_M + 1_000.0)
    table.take("roof", seen(NORTH, id="a00001", pressure_altitude_m=8_534.0), 100.0)
    table.take("roof", seen(far, id="a00002"), 100.0)
    table.take("roof", seen(NORTH, id="a00003"), 100.0)
    assert [intruder.id for intruder in table.traffic(100.0)] == ["a00003"]
    table.take("roof", seen(far, id="a00003"), 101.0)
    assert table.traffic(101.0) == ()


def test_a_thousand_invented_aircraft_do_not_crowd_out_the_newest() -> None:
    table = TrafficTable(room=100)
    for number in range(5_000):
        table.take("roof", seen(None, id=f"{number:06x}"), 100.0 + number * 1e-3)
        table.take("roof", seen(NORTH, id="abcdef"), 100.0 + number * 1e-3)
        assert len(table) <= 101
    assert [intruder.id for intruder in table.traffic(105.0)] == ["abcdef"]
    assert table.crowded_out > 4_000


def test_of_too_many_the_nearest_are_told() -> None:
    table = TrafficTable([HERE])
    for number in range(900):
        table.take("roof", seen(offset(HERE, 0.0, 20_000.0 - 20.0 * number), id=f"{number:06x}"), 1.0)
    told = table.traffic(1.0)
    assert len(told) == TOLD_MAX
    assert {intruder.id for intruder in told} == {f"{number:06x}" for number in range(900 - TOLD_MAX, 900)}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["roof", "hill"]),
            st.sampled_from([None, NORTH, EAST]),
            st.floats(0.0, 100.0),
            st.floats(0.0, 300.0),
        ),
        max_size=30,
    )
)
def test_no_position_is_ever_said_to_be_younger_than_it_is(
    told: list[tuple[str, LatLon | None, float, float]],
) -> None:
    table = TrafficTable()
    told = sorted(told, key=lambda one: one[3])
    for source, position, age_s, now in told:
        table.take(source, seen(position, position_age_s=age_s), now)
    for intruder in table.traffic(300.0):
        taken_at = [now - age_s for _, position, age_s, now in told if position is not None]
        assert abs(intruder.position_age_s - (300.0 - max(taken_at))) < 1e-6
        assert intruder.position_age_s <= 60.0


def test_nearby_is_nearest_first_without_the_traffic_at_28_000_ft() -> None:
    table = TrafficTable()
    for number, (length_m, altitude) in enumerate([(900.0, 100.0), (300.0, None), (500.0, 5_000.0)]):
        table.take(
            "roof", seen(offset(HERE, 0.0, length_m), id=f"{number:06x}", pressure_altitude_m=altitude), 1.0
        )
    table.take("roof", seen(HERE, id="00000f", on_ground=True), 1.0)
    traffic = table.traffic(1.0)
    assert [i.id for i in nearby(traffic, HERE, 5_000.0, altitude_amsl_m=80.0)] == ["000001", "000000"]
    assert [i.id for i in nearby(traffic, HERE, 400.0, altitude_amsl_m=80.0)] == ["000001"]
    assert [i.id for i in nearby(traffic, HERE, 5_000.0)] == ["000001", "000002", "000000"]


def test_nobody_listening_is_said_in_words() -> None:
    up = Receiver(name="roof", is_up=True, age_s=1.0)
    silent = Receiver(name="hill", is_up=False, age_s=40.0)
    never = Receiver(name="dock", is_up=False, detail="cannot connect: refused")
    assert is_heard((silent, up))
    assert silence_words((silent, up)) == ""
    assert "no receiver" in silence_words(())
    words = silence_words((silent, never))
    assert "hill (silent for 40 s)" in words
    assert "dock (cannot connect: refused)" in words
