"""Ways: heights of one's own, around what is in the way, leg by leg, home, and to another site."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.flights import (
    HOME,
    PROGRAMME,
    SCENE,
    SOUTH,
    House,
    Puppet,
    airborne,
    airspace,
    fleet,
    keep_out,
    orders,
)

from rtcc_core.deciding import recall_orders
from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.decide import Refused, decide
from rtcc_core.domain.drone import Site
from rtcc_core.domain.facts import AirspaceRead
from rtcc_core.domain.flight import Leg, Outcome, Phase, Verb
from rtcc_core.domain.geo import LatLon, distance_m, offset
from rtcc_core.domain.plane import Plane, is_inside
from rtcc_core.domain.ways import heights_of

HALFWAY = offset(HOME, 45.0, 500.0)
HOSPITAL = keep_out(HALFWAY, 120.0)


def is_in_hospital(point: LatLon) -> bool:
    to_xy = Plane(HOME).to_xy
    return is_inside(to_xy(point), [[to_xy(corner) for corner in HOSPITAL.outline]])


class TestHeights:
    def test_every_flight_has_heights_of_its_own(self) -> None:
        house = House(drones=fleet(4))
        for number in range(1, 5):
            house.ask(cmd.LaunchDrone, drone=f"D{number}", call_id="1041")
        used = [heights_of(house.state, flight) for flight in house.state.flights.values()]
        assert used == [(60.0,), (75.0,), (90.0,), (105.0,)]
        assert house.newest("D3").height_m == 90.0

    def test_without_a_free_height_the_launch_is_refused_and_says_who_has_them(self) -> None:
        house = House(drones=fleet(3, max_height_m=70.0), programme=replace(PROGRAMME, separation_m=31.0))
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        words = house.refuses(cmd.LaunchDrone, drone="D2", call_id="1041")
        assert "no height is free up to 70 m, 31 m apart from D1 at 60 m" in words

    @settings(max_examples=40, deadline=None)
    @given(st.floats(1.0, 60.0), st.floats(31.0, 100.0), st.floats(31.0, 100.0))
    def test_no_two_flights_ever_share_a_height(self, apart_m: float, way_m: float, over_m: float) -> None:
        programme = replace(
            PROGRAMME, separation_m=apart_m, transit_height_m=way_m, overwatch_height_m=over_m
        )
        house = House(drones=fleet(4), programme=programme)
        for number in range(1, 5):
            asked = cmd.LaunchDrone(command_id=f"x{number}", drone=f"D{number}", call_id="1041")
            if isinstance(decide(house.state, asked, "reyes", house.at, house.sky), Refused):
                assert "no height is free" in house.refuses(
                    cmd.LaunchDrone, drone=f"D{number}", call_id="1041"
                )
            else:
                house.ask(cmd.LaunchDrone, drone=f"D{number}", call_id="1041")
        used = {flight.drone: heights_of(house.state, flight) for flight in house.state.flights.values()}
        for name, heights in used.items():
            others = [height for other, each in used.items() if other != name for height in each]
            assert all(abs(a - b) >= apart_m - 1e-6 for a in heights for b in others)

    def test_sites_that_lie_higher_are_reckoned_from_the_sea(self) -> None:
        sites = (
            Site(name="HQ", position=HOME, ground_amsl_m=10.0),
            Site(name="South", position=SOUTH, ground_amsl_m=25.0),
        )
        house = House(sites=sites)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        house.ask(cmd.LaunchDrone, drone="D2", call_id="1041")
        assert house.flight("D1").transit_height_m == 60.0
        assert house.flight("D2").transit_height_m == 60.0, "15 m higher by its site already"


class TestTheWayOut:
    def test_is_straight_and_ends_on_the_near_side_of_the_circle(self) -> None:
        house = House()
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        way = house.flight().way
        assert way is not None
        assert (way.leg, len(way.points)) == (Leg.OUT, 1)
        assert distance_m(way.points[0], SCENE) == pytest.approx(PROGRAMME.orbit_radius_m, abs=0.5)
        assert distance_m(way.points[0], HOME) == pytest.approx(960.0, abs=1.0)

    def test_goes_around_a_keep_out_leg_by_leg_and_never_enters_it(self) -> None:
        house = House(airspace=airspace(HOSPITAL))
        puppet = airborne(house)
        way = house.flight().ways[0]
        assert way.goes_around == ("HOSPITAL",)
        flown = [order.target for order in puppet.carried if order.verb is Verb.TRANSIT]
        assert flown == list(way.points)
        assert not any(is_in_hospital(point) for point in puppet.track)
        assert house.flight().phase is Phase.ON_SCENE

    def test_the_next_leg_is_ordered_before_the_aircraft_has_to_stop(self) -> None:
        house = House(airspace=airspace(HOSPITAL))
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        puppet.until(Verb.TRANSIT)
        way = house.flight().way
        assert way is not None
        while puppet.order is not None and puppet.order.target == way.points[0]:
            puppet.fly(0.2, step_s=0.2)
            assert puppet.seen.ground_speed_m_s != 0.0
        assert 0.5 < distance_m(puppet.position, way.points[0]) < 40.0

    @pytest.mark.parametrize("killed_after_s", [3, 16, 24, 40, 55, 80])
    def test_a_core_that_was_killed_flies_on_from_the_journal(self, killed_after_s: int) -> None:
        house = House(airspace=airspace(HOSPITAL))
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        puppet.fly(killed_after_s)
        house.restart()
        puppet.until(Verb.ORBIT)
        flown = [order.target for order in puppet.carried if order.verb is Verb.TRANSIT]
        assert flown == list(house.flight().ways[0].points)

    def test_a_call_in_a_keep_out_is_not_flown_to(self) -> None:
        house = House(airspace=airspace(keep_out(SCENE, 100.0)))
        assert "HOSPITAL" in house.refuses(cmd.LaunchDrone, drone="D1", call_id="1041")
        assert not house.state.flights

    def test_where_the_circle_is_not_free_it_hovers_facing_the_call(self) -> None:
        beyond = offset(SCENE, 45.0, 95.0)
        house = House(airspace=airspace(keep_out(beyond, 60.0)))
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        puppet.until(Verb.MOVE)
        puppet.fly(10)
        assert house.flight().phase is Phase.ON_SCENE
        assert house.newest().heading_deg == pytest.approx(45.0, abs=1.0)
        assert house.newest().verb is Verb.MOVE


class TestTheWayHome:
    def test_is_the_autopilots_own_where_the_line_is_free(self) -> None:
        house = House()
        airborne(house)
        (order,) = orders(house.ask(cmd.ReturnDrone, drone="D1"))
        assert (order.verb, order.leg, order.is_recall) == (Verb.RETURN, Leg.HOME, True)

    def test_goes_around_a_keep_out_as_returning_and_ends_with_its_own_return(self) -> None:
        house = House(airspace=airspace(HOSPITAL))
        puppet = airborne(house)
        there = len(puppet.track)
        (order,) = orders(house.ask(cmd.ReturnDrone, drone="D1"))
        assert (order.verb, order.leg, order.is_recall) == (Verb.TRANSIT, Leg.HOME, True)
        puppet.fly(3)
        assert house.flight().phase is Phase.RETURNING
        assert "autopilot:D1" not in house.state.alarms
        puppet.until(Verb.RETURN)
        puppet.fly(120)
        assert house.flight().phase is Phase.LANDED
        assert not any(is_in_hospital(point) for point in puppet.track[there:])

    def test_without_a_way_it_comes_straight_home_and_that_is_said(self) -> None:
        house = House()
        airborne(house)
        bearings = range(0, 360, 30)
        ring = [keep_out(offset(HOME, each, 400.0), 200.0, f"RING{each}") for each in bearings]
        house.tell(AirspaceRead(airspace=airspace(*ring)))
        found = house.ask(cmd.ReturnDrone, drone="D1")
        assert [order.verb for order in orders(found)] == [Verb.RETURN]
        assert "straight home, because no way around was found" in house.state.alarms["way:D1"].text

    def test_a_refused_leg_becomes_the_autopilots_own_return(self) -> None:
        house = House(airspace=airspace(HOSPITAL))
        airborne(house)
        (leg,) = orders(house.ask(cmd.ReturnDrone, drone="D1"))
        house.settle(leg, Outcome.REFUSED, "not now")
        (order,) = orders(house.look())
        assert (order.verb, order.operator) == (Verb.RETURN, "core")

    def test_without_a_journal_the_return_is_direct(self) -> None:
        house = House(airspace=airspace(HOSPITAL))
        airborne(house)
        asked = cmd.ReturnDrone(command_id="gap", drone="D1")
        carried = recall_orders(house.state, asked, "reyes", house.at, house.sky)
        assert isinstance(carried, tuple)
        assert [(order.verb, order.target) for order in carried] == [(Verb.RETURN, None)]

    def test_hold_and_land_need_no_way(self) -> None:
        house = House()
        airborne(house)
        house.tell(AirspaceRead(airspace=airspace(keep_out(SCENE, 3_000.0))))
        assert [o.verb for o in orders(house.ask(cmd.HoldDrone, drone="D1"))] == [Verb.HOLD]
        assert [o.verb for o in orders(house.ask(cmd.LandDrone, drone="D1"))] == [Verb.LAND]
        assert [o.verb for o in orders(house.ask(cmd.ReturnDrone, drone="D1"))] == [Verb.RETURN]


class TestAnotherSite:
    def test_it_lands_over_the_middle_of_the_pad(self) -> None:
        house = House()
        puppet = airborne(house)
        house.ask(cmd.ReturnDrone, drone="D1", site="South")
        puppet.until(Verb.LAND)
        assert distance_m(puppet.position, SOUTH) <= 5.0
        puppet.fly(60)
        assert house.flight().phase is Phase.LANDED
        assert "autopilot:D1" not in house.state.alarms

    @pytest.mark.parametrize(
        ("site", "word"),
        [
            ("Nowhere", "there is no site Nowhere"),
            ("South", "South takes M30, and D1 is X10"),
            ("West", "West has 1 pads, taken or awaited by D2"),
        ],
    )
    def test_one_that_does_not_take_it_is_refused_with_the_reason(self, site: str, word: str) -> None:
        sites = (
            Site(name="HQ", position=HOME),
            Site(name="South", position=SOUTH, takes=("M30",)),
            Site(name="West", position=offset(HOME, 270.0, 800.0), pads=1),
        )
        house = House(sites=sites, drones=fleet(2, model="X10"))
        airborne(house)
        house.sky = {**house.sky, "D2": replace(house.sky["D2"], position=sites[2].position)}
        assert word in house.refuses(cmd.ReturnDrone, drone="D1", site=site)

    def test_its_own_site_by_name_is_a_plain_return(self) -> None:
        house = House()
        airborne(house)
        assert [o.verb for o in orders(house.ask(cmd.ReturnDrone, drone="D1", site="HQ"))] == [Verb.RETURN]


def test_a_way_names_nothing_twice() -> None:
    house = House(airspace=airspace(HOSPITAL))
    house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
    chosen = [stored.event for stored in house.log if isinstance(stored.event, ev.WayChosen)]
    assert len(chosen) == 1
    assert len(set(chosen[0].way.points)) == len(chosen[0].way.points)
