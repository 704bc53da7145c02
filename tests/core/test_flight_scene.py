"""On scene: every order within its limits, refused in words, and the flight keeps its call."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from tests.flights import HOME, SCENE, SOUTH, House, Puppet, airborne, airspace, fleet, keep_out, orders

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.airspace import VolumeKind
from rtcc_core.domain.drone import Mode
from rtcc_core.domain.facts import AirspaceRead
from rtcc_core.domain.flight import Outcome, Phase, Verb
from rtcc_core.domain.geo import LatLon, bearing_deg, distance_m, offset
from rtcc_core.domain.heights import Agl

D1: dict[str, Any] = {"drone": "D1"}
ORDERED: list[tuple[type[cmd.Command], dict[str, Any]]] = [
    (cmd.OrbitScene, {}),
    (cmd.MoveDrone, {"bearing_deg": 90.0, "length_m": 50.0}),
    (cmd.GoTo, {"target": offset(SCENE, 0.0, 150.0)}),
    (cmd.SetHeight, {"height_m": 80.0}),
    (cmd.FaceDrone, {"heading_deg": 180.0}),
    (cmd.FollowLine, {"points": (SCENE,)}),
    (cmd.FollowCall, {}),
]


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def puppet(house: House) -> Puppet:
    return airborne(house)


class TestWhen:
    @pytest.mark.parametrize(("command", "fields"), ORDERED)
    def test_on_scene_each_is_one_order_that_names_aircraft_and_person(
        self, house: House, puppet: Puppet, command: type[cmd.Command], fields: dict[str, Any]
    ) -> None:
        (order,) = orders(house.ask(command, **D1, **fields))
        assert (order.drone, order.operator, order.flight_id) == ("D1", "reyes", "F1")
        puppet.fly(5)
        assert house.flight().call_id == "1041"

    @pytest.mark.parametrize(("command", "fields"), ORDERED)
    def test_on_the_ground_and_going_home_each_is_refused_with_what_to_do(
        self, house: House, command: type[cmd.Command], fields: dict[str, Any]
    ) -> None:
        house.ask(cmd.RequestControl, **D1)
        assert "D1 is not in flight" in house.refuses(command, **D1, **fields)
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        assert "still on the ground" in house.refuses(command, **D1, **fields)
        puppet = Puppet(house)
        puppet.until(Verb.ORBIT)
        house.ask(cmd.ReturnDrone, **D1)
        assert "on its way home: hold D1 first" in house.refuses(command, **D1, **fields)
        puppet.fly(5)
        assert "on its way home: hold D1 first" in house.refuses(command, **D1, **fields)
        house.ask(cmd.HoldDrone, **D1)
        puppet.fly(3)
        assert orders(house.ask(command, **D1, **fields))

    @pytest.mark.parametrize(
        ("seen", "word"),
        [
            ({"mode": Mode.MANUAL}, "somebody flies D1 by hand"),
            ({"mode": Mode.RETURN}, "on its way home"),
            ({"link_age_s": 5.0}, "not heard now"),
            ({"position_age_s": 9.0}, "position of D1 is old"),
        ],
    )
    def test_in_other_hands_or_unheard_it_is_not_moved(
        self, house: House, puppet: Puppet, seen: dict[str, Any], word: str
    ) -> None:
        puppet.show(**seen)
        assert word in house.refuses(cmd.OrbitScene, **D1)

    def test_while_it_climbs_it_waits(self, house: House) -> None:
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        Puppet(house).fly(5)
        assert "still climbing" in house.refuses(cmd.GoTo, **D1, target=SCENE)


class TestLimits:
    @pytest.mark.parametrize(
        ("command", "fields", "word"),
        [
            (cmd.OrbitScene, {"radius_m": 2.0}, "a circle has 5 to 1000 m"),
            (cmd.OrbitScene, {"radius_m": float("nan")}, "a circle has 5 to 1000 m"),
            (cmd.OrbitScene, {"speed_m_s": 40.0}, "is flown at 0.5 to"),
            (cmd.OrbitScene, {"radius_m": 10.0, "speed_m_s": 12.0}, "0.5 to 5.5 m/s"),
            (cmd.OrbitScene, {"centre": offset(HOME, 0.0, 9_000.0)}, "9.0 km from where D1 took off"),
            (cmd.MoveDrone, {"bearing_deg": 400.0, "length_m": 50.0}, "0 to 360"),
            (cmd.MoveDrone, {"bearing_deg": 0.0, "length_m": -3.0}, "a move is"),
            (cmd.MoveDrone, {"bearing_deg": 45.0, "length_m": 4_900.0}, "limit 5.0 km"),
            (cmd.GoTo, {"target": LatLon(48.0, -121.0)}, "km from where D1 took off, limit 5.0 km"),
            (cmd.GoTo, {"target": LatLon(0.0, 0.0)}, "failed look-up"),
            (cmd.SetHeight, {"height_m": 5.0}, "between 10 m and 120 m"),
            (cmd.SetHeight, {"height_m": 130.0}, "between 10 m and 120 m"),
            (cmd.SetHeight, {"height_m": float("nan")}, "between 10 m and 120 m"),
            (cmd.FaceDrone, {}, "a heading is 0 to 360"),
            (cmd.FaceDrone, {"heading_deg": 720.0}, "a heading is 0 to 360"),
            (cmd.FollowLine, {"points": ()}, "a line has 1 to 60"),
            (cmd.FollowLine, {"points": (SCENE, offset(HOME, 0.0, 8_000.0))}, "point 2: "),
        ],
    )
    def test_are_said(
        self, house: House, puppet: Puppet, command: type[cmd.Command], fields: dict[str, Any], word: str
    ) -> None:
        assert word in house.refuses(command, **D1, **fields)

    def test_what_it_could_not_come_home_from(self, house: House, puppet: Puppet) -> None:
        puppet.show(battery_fraction=0.29)
        words = house.refuses(cmd.GoTo, **D1, target=offset(HOME, 45.0, 4_800.0))
        assert "to go there and come home" in words

    def test_a_keep_out_and_a_ceiling(self, house: House, puppet: Puppet) -> None:
        school = keep_out(offset(SCENE, 0.0, 400.0), 100.0, "SCHOOL")
        low = replace(school, name="AIRPORT", kind=VolumeKind.CEILING, outline=keep_out(SCENE, 300.0).outline)
        house.tell(AirspaceRead(airspace=airspace(school, replace(low, ceiling=Agl(70.0)))))
        assert "SCHOOL" in house.refuses(cmd.GoTo, **D1, target=offset(SCENE, 0.0, 400.0))
        assert "AIRPORT" in house.refuses(cmd.SetHeight, **D1, height_m=100.0)
        assert "SCHOOL" in house.refuses(cmd.OrbitScene, **D1, centre=offset(SCENE, 0.0, 280.0))

    def test_another_of_our_aircraft_at_that_height(self) -> None:
        house = House(drones=fleet(2))
        airborne(house, "D1")
        second = airborne(house, "D2")
        assert second.seen.height_m == 75.0
        assert "D1 circles at 60 m there; stay 15 m" in house.refuses(
            cmd.SetHeight, drone="D2", height_m=62.0
        )
        assert orders(house.ask(cmd.SetHeight, drone="D2", height_m=90.0))

    def test_another_that_will_come_through_there_at_that_height(self) -> None:
        house = House(drones=fleet(2))
        airborne(house, "D1")
        house.call("1050", offset(SOUTH, bearing_deg(SOUTH, SCENE), 3_400.0))
        house.ask(cmd.LaunchDrone, drone="D2", call_id="1050")
        assert "D2 comes through at 75 m" in house.refuses(cmd.SetHeight, **D1, height_m=80.0)


class TestOrbit:
    def test_keeps_what_is_left_out(self, house: House, puppet: Puppet) -> None:
        house.ask(cmd.OrbitScene, **D1, radius_m=80.0)
        puppet.fly(3)
        (order,) = orders(house.ask(cmd.OrbitScene, **D1, is_clockwise=False))
        assert (order.radius_m, order.is_clockwise, order.target) == (80.0, False, SCENE)
        circle = house.flight().overwatch
        assert circle is not None
        assert (circle.radius_m, circle.is_clockwise) == (80.0, False)

    def test_round_a_corner_it_goes_there_first(self, house: House, puppet: Puppet) -> None:
        there = offset(SCENE, 0.0, 700.0)
        house.tell(AirspaceRead(airspace=airspace(keep_out(offset(SCENE, 0.0, 350.0), 120.0))))
        (first,) = orders(house.ask(cmd.OrbitScene, **D1, centre=there, radius_m=50.0))
        assert first.verb is Verb.MOVE
        puppet.until(Verb.ORBIT)
        assert (house.newest().target, house.newest().radius_m) == (there, 50.0)
        puppet.fly(3)
        assert house.flight().phase is Phase.HOLDING, "the scene is not in view from there"

    def test_a_wide_one_round_the_call_is_still_the_scene(self, house: House, puppet: Puppet) -> None:
        house.ask(cmd.OrbitScene, **D1, radius_m=300.0)
        puppet.fly(40)
        assert puppet.seen.position is not None
        assert distance_m(puppet.seen.position, SCENE) > 250.0
        assert house.flight().phase is Phase.ON_SCENE


class TestMoving:
    def test_a_short_move_keeps_the_scene_in_view_and_faces_it(self, house: House, puppet: Puppet) -> None:
        (order,) = orders(house.ask(cmd.MoveDrone, **D1, bearing_deg=90.0, length_m=100.0))
        assert order.target is not None
        assert order.heading_deg == pytest.approx(bearing_deg(order.target, SCENE))
        puppet.fly(15)
        assert house.flight().phase is Phase.ON_SCENE
        assert distance_m(puppet.position, order.target) < 1.0

    def test_far_from_the_call_it_is_holding_and_the_call_is_kept(self, house: House, puppet: Puppet) -> None:
        house.ask(cmd.GoTo, **D1, target=offset(SCENE, 45.0, 600.0))
        puppet.fly(60)
        assert house.flight().phase is Phase.HOLDING
        house.ask(cmd.FollowCall, **D1)
        puppet.until(Verb.ORBIT)
        puppet.fly(2)
        assert house.flight().phase is Phase.ON_SCENE

    def test_around_a_keep_out_point_by_point_through_a_killed_core(
        self, house: House, puppet: Puppet
    ) -> None:
        there = offset(SCENE, 0.0, 700.0)
        house.tell(AirspaceRead(airspace=airspace(keep_out(offset(SCENE, 0.0, 350.0), 120.0))))
        house.ask(cmd.GoTo, **D1, target=there)
        puppet.fly(10)
        house.restart()
        puppet.fly(80)
        assert distance_m(puppet.position, there) < 1.0
        way = house.flight().way
        assert way is not None
        flown = [order.target for order in puppet.carried if order.verb is Verb.MOVE]
        assert flown == list(way.points)

    def test_higher_on_the_circle_is_a_new_circle_and_hovering_a_move(
        self, house: House, puppet: Puppet
    ) -> None:
        (circle,) = orders(house.ask(cmd.SetHeight, **D1, height_m=80.0))
        assert (circle.verb, circle.height_m, circle.target) == (Verb.ORBIT, 80.0, SCENE)
        puppet.fly(10)
        house.ask(cmd.HoldDrone, **D1)
        puppet.fly(3)
        (move,) = orders(house.ask(cmd.SetHeight, **D1, height_m=50.0))
        assert (move.verb, move.height_m, move.target) == (Verb.MOVE, 50.0, puppet.position)
        puppet.fly(15)
        assert puppet.seen.height_m == 50.0

    def test_on_the_way_the_legs_that_follow_keep_the_new_height(self) -> None:
        house = House(airspace=airspace(keep_out(offset(HOME, 45.0, 500.0), 120.0)))
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        puppet.until(Verb.TRANSIT)
        puppet.fly(2)
        house.ask(cmd.SetHeight, **D1, height_m=80.0)
        puppet.until(Verb.ORBIT)
        legs = [order for order in puppet.carried if order.verb is Verb.TRANSIT][1:]
        assert len(legs) > 1
        assert {order.height_m for order in legs} == {80.0}


class TestALine:
    def test_is_flown_point_to_point_and_ends_hovering(self, house: House, puppet: Puppet) -> None:
        points = (SCENE, offset(SCENE, 0.0, 120.0), offset(SCENE, 90.0, 120.0), SCENE)
        house.ask(cmd.FollowLine, **D1, points=points)
        assert len(house.flight().line) == 4
        found = puppet.fly(90)
        ends = [event for event in found if isinstance(event, ev.LineGiven)]
        assert [event.points for event in ends] == [()]
        assert house.flight().line == ()
        assert distance_m(puppet.position, SCENE) < 1.0
        moves = [order.target for order in puppet.carried if order.verb is Verb.MOVE]
        assert [distance_m(a, b) < 1.0 for a, b in zip(moves, points, strict=True) if a] == [True] * 4

    def test_ends_where_something_else_is_asked(self, house: House, puppet: Puppet) -> None:
        house.ask(cmd.FollowLine, **D1, points=(SCENE, offset(SCENE, 0.0, 120.0)))
        puppet.fly(2)
        house.ask(cmd.HoldDrone, **D1)
        puppet.fly(3)
        assert house.flight().line == ()
        assert house.newest().verb is Verb.HOLD

    def test_across_a_keep_out_is_refused_with_where(self, house: House, puppet: Puppet) -> None:
        house.tell(AirspaceRead(airspace=airspace(keep_out(offset(SCENE, 0.0, 350.0), 120.0))))
        words = house.refuses(cmd.FollowLine, **D1, points=(SCENE, offset(SCENE, 0.0, 700.0)))
        assert "from point 1 to 2" in words


def test_an_unknown_move_is_asked_again_as_it_was(house: House, puppet: Puppet) -> None:
    (order,) = orders(house.ask(cmd.MoveDrone, **D1, bearing_deg=0.0, length_m=100.0))
    house.settle(order, Outcome.UNKNOWN, "no answer")
    (second,) = orders(house.look(after_s=4))
    same = replace(second, order_id="", asked_at=order.asked_at, first_asked_at=None)
    assert same == replace(order, order_id="")
