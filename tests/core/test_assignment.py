"""Assignment: the fleet is matched at the least cost, and what one call keeps from another is said."""

from __future__ import annotations

import itertools
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.flights import HOME, NOON, SCENE, SOUTH, House, airborne, fleet

from rtcc_core.domain.advice import advise
from rtcc_core.domain.advice_values import Advice, Candidate
from rtcc_core.domain.assignment import (
    CALLS_MAX,
    NEVER_S,
    free_resources,
    ground,
    match,
    overhead_s,
    priority_of,
    reach,
    solve_fleet,
    waiting_calls,
    weight,
)
from rtcc_core.domain.call import Call, CallReport, Place, PlaceKind
from rtcc_core.domain.commands import HoldDrone, LaunchDrone, ReturnDrone
from rtcc_core.domain.energy import Wind, plan
from rtcc_core.domain.flight import Phase
from rtcc_core.domain.geo import LatLon, offset


def call(number: str, position: LatLon | None, priority: int | None = 3) -> Call:
    report = CallReport(
        feed="COUNTY",
        incident_uid=number,
        number=number,
        priority=priority,
        place=Place(position=position, kind=PlaceKind.CURRENT_INCIDENT),
        updated_at=NOON,
    )
    return Call(call_id=number, report=report, received_at=NOON, changed_at=NOON)


def advice(house: House, call_id: str) -> Advice:
    return advise(house.state, house.state.calls[call_id], house.sky, house.at)


def of(found: Advice, drone: str) -> Candidate:
    return next(each for each in found.candidates if each.drone == drone)


class TestMatching:
    @given(st.integers(1, 4).flatmap(lambda rows: st.lists(
        st.lists(st.floats(0, 1000), min_size=rows + 1, max_size=rows + 1), min_size=rows, max_size=rows
    )))  # fmt: skip
    def test_no_other_matching_is_cheaper(self, costs: list[list[float]]) -> None:
        found = match(costs)
        assert len(set(found)) == len(found)
        total = sum(row[column] for row, column in zip(costs, found, strict=True))
        best = min(
            sum(row[column] for row, column in zip(costs, columns, strict=True))
            for columns in itertools.permutations(range(len(costs[0])), len(costs))
        )
        assert abs(total - best) < 1e-6

    def test_nothing_to_match(self) -> None:
        assert match([]) == []


class TestFleet:
    @given(st.permutations(range(6)), st.lists(st.tuples(st.floats(0, 360), st.integers(1, 5)), max_size=5))
    def test_the_order_of_asking_does_not_matter(
        self, order: list[int], places: list[tuple[float, int]]
    ) -> None:
        house = House(drones=fleet(6))
        on = ground(house.state, HOME, house.at)
        free = free_resources(house.state, house.sky, on)
        calls = [
            call(f"3{n}", offset(HOME, bearing, 800.0 + 100 * n), priority)
            for n, (bearing, priority) in enumerate(places)
        ]
        assert solve_fleet(calls, free, on) == solve_fleet(calls, [free[index] for index in order], on)

    def test_the_urgent_call_gets_the_aircraft_where_there_is_one(self) -> None:
        house = House(drones=fleet(1))
        on = ground(house.state, HOME, house.at)
        free = free_resources(house.state, house.sky, on)
        near, far = call("31", offset(HOME, 0, 300.0), 4), call("32", offset(HOME, 0, 3_000.0), 1)
        fleet_plan = solve_fleet([near, far], free, on)
        assert fleet_plan.by_call == {"32": "D1"}
        assert fleet_plan.call_of("D1") == "32"
        assert fleet_plan.call_of("D2") is None

    @given(st.floats(50.0, 3_500.0), st.floats(0, 360), st.floats(0, 10), st.floats(0, 360))
    def test_its_times_are_those_of_the_plan(
        self, away_m: float, bearing: float, wind_m_s: float, from_deg: float
    ) -> None:
        house = House(drones=fleet(1))
        weather = house.state.weather
        assert weather is not None
        house.state = replace(
            house.state, weather=replace(weather, wind_speed_m_s=wind_m_s, wind_from_deg=from_deg)
        )
        target = offset(HOME, bearing, away_m)
        on = ground(house.state, HOME, house.at)
        (one,) = free_resources(house.state, house.sky, on)
        quick = reach(one, on.plane.to_xy(target), on)
        exact = plan(
            house.state.drones["D1"],
            HOME,
            HOME,
            target,
            height_m=60.0,
            start_height_m=0.0,
            battery_fraction=0.95,
            reserve=0.2,
            wind=Wind(wind_m_s, from_deg),
        )
        assert quick is not None
        assert exact is not None
        assert abs(quick.overhead_s - exact.overhead_s) < 0.02 * exact.overhead_s
        assert abs(quick.on_scene_s - exact.on_scene_s) < 0.05 * exact.overhead_s + 1.0

    def test_what_cannot_come_home_is_not_sent(self) -> None:
        house = House(drones=fleet(1))
        house.sky = {"D1": replace(house.sky["D1"], battery_fraction=0.3)}
        on = ground(house.state, HOME, house.at)
        (one,) = free_resources(house.state, house.sky, on)
        assert overhead_s(one, on.plane.to_xy(offset(HOME, 0, 2_000.0)), on) is None
        assert overhead_s(one, on.plane.to_xy(offset(HOME, 0, 9_000.0)), on) is None

    def test_priorities(self) -> None:
        assert [priority_of(call("1", HOME, given)) for given in (1, 5, None, 0, 9)] == [1, 5, 5, 5, 5]
        assert weight(call("1", HOME, 1)) * NEVER_S > weight(call("1", HOME, 2)) * NEVER_S


class TestWaiting:
    def test_the_most_urgent_then_the_oldest_and_not_too_many(self) -> None:
        house = House(drones=fleet(1))
        for number in range(20):
            house.at += timedelta(seconds=1)
            house.call(f"2{number:02d}", offset(HOME, number * 10.0, 900.0), priority=1 + number % 4)
        waiting = waiting_calls(house.state, house.at)
        assert len(waiting) == CALLS_MAX
        assert [priority_of(each) for each in waiting] == sorted(priority_of(each) for each in waiting)
        assert waiting[0].call_id == "1041"
        last = house.state.calls["219"]
        assert last in waiting_calls(house.state, house.at, last)

    def test_not_those_that_nobody_can_fly_to_nor_old_ones_nor_served_ones(self) -> None:
        house = House(drones=fleet(2))
        house.call("201", None)
        house.call("202", LatLon(0.0, 0.0))
        house.call("203", SCENE, place=Place(position=SCENE, kind=PlaceKind.ROUTING))
        assert [each.call_id for each in waiting_calls(house.state, house.at)] == ["1041"]
        airborne(house)
        assert waiting_calls(house.state, house.at) == []
        house.call("204", SCENE)
        house.at += timedelta(minutes=16)
        assert waiting_calls(house.state, house.at) == []


class TestAdvice:
    def test_the_nearer_is_kept_for_whom_the_fleet_needs_it(self) -> None:
        """Both calls are nearest to D2: the more urgent one gets it, and the other is told why not."""
        house = House(drones=fleet(2))
        house.call("1041", offset(SOUTH, 90.0, 300.0), priority=3)
        house.call("1043", offset(SOUTH, 180.0, 300.0), priority=1)
        urgent, other = advice(house, "1043"), advice(house, "1041")
        assert urgent.recommended is not None
        assert urgent.recommended.drone == "D2"
        assert other.recommended is not None
        assert other.recommended.drone == "D1"
        kept = of(other, "D2")
        assert kept.kept_for == "1043"
        assert kept.may_launch
        assert "sooner than D1; kept for 1043 P1" in kept.why

    def test_the_only_aircraft_waits_for_the_more_urgent_call(self) -> None:
        house = House(drones=fleet(1))
        house.call("1043", offset(HOME, 0.0, 2_000.0), priority=1)
        house.call("1041", SCENE, priority=2)
        found = advice(house, "1041")
        assert found.recommended is None
        assert found.candidates[0].why == "kept for 1043 P1"
        house.at += timedelta(minutes=16)
        house.sky = {"D1": replace(house.sky["D1"])}
        again = advice(house, "1041")
        assert again.recommended is not None

    def test_an_equal_call_does_not_take_the_last_aircraft_away(self) -> None:
        house = House(drones=fleet(1))
        house.call("1042", offset(HOME, 0.0, 300.0), priority=1)
        for call_id in ("1041", "1042"):
            found = advice(house, call_id)
            assert found.recommended is not None
            assert found.recommended.drone == "D1"

    def test_one_call_alone_keeps_nothing_back(self) -> None:
        found = advice(House(drones=fleet(3)), "1041")
        assert all(each.kept_for is None for each in found.candidates)

    def test_in_the_air_for_less_is_weighed_as_a_divert(self) -> None:
        house = House(drones=fleet(2))
        house.call("1041", SCENE, priority=3)
        airborne(house)
        house.call("1043", offset(SCENE, 0.0, 400.0), priority=1)
        found = advice(house, "1043")
        assert found.recommended is not None
        assert found.recommended.drone == "D2"
        divert = of(found, "D1")
        assert (divert.is_divert, divert.takes_from) == (True, "1041")
        assert divert.may_divert
        assert not divert.may_launch
        assert not divert.needs_override
        assert "sooner than D2; in the air for 1041 P3, overhead 0:" in divert.why
        assert "; 1041 uncovered until D2 " in divert.why

    def test_whoever_is_on_the_call_stands_above_one_to_be_taken_from_another(self) -> None:
        house = House(drones=fleet(2))
        house.call("1041", SCENE, priority=3)
        airborne(house)
        house.call("1043", offset(SCENE, 0.0, 400.0), priority=1)
        house.ask(LaunchDrone, drone="D2", call_id="1043")
        found = advice(house, "1043")
        assert [each.drone for each in found.candidates] == ["D2", "D1"]
        assert of(found, "D1").may_divert

    def test_one_that_was_stopped_says_how_it_is_sent_back(self) -> None:
        house = House(drones=fleet(1))
        puppet = airborne(house)
        house.ask(HoldDrone, drone="D1")
        puppet.fly(3)
        assert house.flight().phase is Phase.HOLDING
        why = of(advice(house, "1041"), "D1").why
        assert "already flying F1 to call 1041, and holding: orbit D1 sends it back" in why

    def test_in_the_air_for_as_much_or_more_stays_where_it_is(self) -> None:
        for own, other in ((1, 1), (1, 3), (2, None)):
            house = House(drones=fleet(2))
            house.call("1041", SCENE, priority=own)
            airborne(house)
            house.call("1043", offset(SCENE, 0.0, 400.0), priority=other)
            busy = of(advice(house, "1043"), "D1")
            assert busy.is_blocked
            assert not busy.is_divert
            assert "already flying F1 to call 1041" in busy.why

    def test_what_has_left_its_call_is_taken_from_nobody(self) -> None:
        house = House(drones=fleet(2))
        puppet = airborne(house)
        house.call("1043", offset(SCENE, 0.0, 400.0), priority=5)
        house.ask(ReturnDrone, drone="D1")
        puppet.fly(3)
        assert house.flight().phase is Phase.RETURNING
        free = of(advice(house, "1043"), "D1")
        assert (free.is_divert, free.takes_from) == (True, None)
        assert "in the air, free to be sent" in free.why

    @given(st.lists(st.tuples(st.floats(0, 360), st.floats(200, 3_000), st.integers(1, 5)), max_size=6))
    def test_whoever_is_recommended_may_go_and_is_needed_nowhere_else(
        self, places: list[tuple[float, float, int]]
    ) -> None:
        house = House(drones=fleet(3))
        for number, (bearing, away_m, priority) in enumerate(places):
            house.call(f"2{number:02d}", offset(HOME, bearing, away_m), priority=priority)
        named = {}
        for call_id in house.state.calls:
            best = advice(house, call_id).recommended
            if best is not None:
                assert best.may_launch
                assert best.kept_for is None
                named[call_id] = best.drone
        top = waiting_calls(house.state, house.at)[0].call_id
        assert top in named
        less = [
            call_id
            for call_id in named
            if priority_of(house.state.calls[call_id]) > priority_of(house.state.calls[top])
        ]
        assert all(named[call_id] != named[top] for call_id in less)
