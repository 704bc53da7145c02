"""Bad input: a clear answer, and a safe aircraft in each case."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.flights import HOME, SCENE, House, Puppet, airborne, airspace, keep_out, orders

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.call import CallStatus
from rtcc_core.domain.decide import decide
from rtcc_core.domain.facts import TimePassed
from rtcc_core.domain.flight import Phase, Verb
from rtcc_core.domain.geo import LatLon, distance_m, offset

D1: dict[str, Any] = {"drone": "D1"}


class TestPlaces:
    @pytest.mark.parametrize("place", [(91.0, 0.0), (0.0, 181.0), (-90.1, 12.0), (float("inf"), 0.0)])
    def test_outside_the_world_are_none(self, place: tuple[float, float]) -> None:
        with pytest.raises(ValueError, match=r"outside|finite"):
            LatLon(*place)

    def test_outside_the_world_are_refused_when_a_command_is_read(self) -> None:
        sent = (
            b'{"type":"GoTo","command_id":"c1","drone":"D1","target":{"latitude_deg":93,"longitude_deg":0}}'
        )
        with pytest.raises(msgspec.ValidationError, match="latitude 93"):
            msgspec.json.decode(sent, type=cmd.GoTo)

    def test_a_thousand_kilometres_away_are_refused_with_both_figures(self) -> None:
        house = House()
        house.call("1050", offset(HOME, 10.0, 1_000_000.0))
        words = house.refuses(cmd.LaunchDrone, **D1, call_id="1050")
        assert "1000.0 km away, limit 5.0 km" in words
        airborne(house)
        words = house.refuses(cmd.GoTo, **D1, target=offset(HOME, 10.0, 1_000_000.0))
        assert "1000.0 km from where D1 took off, limit 5.0 km" in words

    def test_in_a_keep_out_are_refused_by_its_name(self) -> None:
        house = House(airspace=airspace(keep_out(SCENE, 100.0, "STADIUM")))
        assert "STADIUM" in house.refuses(cmd.LaunchDrone, **D1, call_id="1041")


class TestACallThatChanges:
    def test_cancelled_on_the_way_it_is_held_once_and_a_person_is_asked(self) -> None:
        house = House()
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        puppet.until(Verb.TRANSIT)
        puppet.fly(5)
        found = [*house.cancel("1041"), *puppet.fly(30)]
        assert [order.verb for order in orders(found)] == [Verb.HOLD]
        assert house.flight().phase is Phase.HOLDING
        assert [each.call_id for each in house.state.suggestions.values()] == ["1041"]
        assert "cancelled" in house.state.alarms["call:1041"].text
        assert "cancelled" in house.refuses(cmd.FollowCall, **D1)
        assert [o.verb for o in orders(house.ask(cmd.ReturnDrone, **D1))] == [Verb.RETURN]

    @pytest.mark.parametrize("status", [CallStatus.CANCELLED, CallStatus.CLOSED])
    def test_over_in_the_climb_it_goes_no_further_and_a_person_is_asked(self, status: CallStatus) -> None:
        house = House()
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        puppet.fly(5)
        house.call("1041", SCENE, status=status)
        assert orders(puppet.fly(60)) == [], "it hovers where it climbed to"
        assert [each.call_id for each in house.state.suggestions.values()] == ["1041"]
        assert [o.verb for o in orders(house.ask(cmd.ReturnDrone, **D1))] == [Verb.RETURN]

    def test_closed_on_the_way_it_is_held_too(self) -> None:
        house = House()
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        puppet.until(Verb.TRANSIT)
        puppet.fly(5)
        found = [*house.call("1041", SCENE, status=CallStatus.CLOSED), *puppet.fly(30)]
        assert [order.verb for order in orders(found)] == [Verb.HOLD]

    def test_moved_on_the_way_the_way_stays_until_a_person_follows_it(self) -> None:
        house = House()
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        puppet.until(Verb.TRANSIT)
        puppet.fly(5)
        moved = offset(SCENE, 0.0, 800.0)
        found = [*house.call("1041", moved), *house.look(), *house.look()]
        assert not orders(found)
        assert not [event for event in found if isinstance(event, ev.WayChosen | ev.TargetMoved)]
        assert house.flight().target == SCENE
        (leg,) = orders(house.ask(cmd.FollowCall, **D1))
        assert leg.verb is Verb.TRANSIT
        assert house.flight().target == moved
        puppet.until(Verb.ORBIT)
        assert house.newest().target == moved

    def test_moved_in_the_climb_the_new_way_begins_when_it_has_climbed(self) -> None:
        house = House()
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        puppet.fly(5)
        moved = offset(SCENE, 0.0, 800.0)
        house.call("1041", moved)
        assert not orders(house.ask(cmd.FollowCall, **D1))
        puppet.until(Verb.ORBIT)
        assert house.newest().target == moved

    def test_moved_to_nowhere_is_not_followed(self) -> None:
        house = House()
        airborne(house)
        house.call("1041", None)
        assert "has no position" in house.refuses(cmd.FollowCall, **D1)


class TestOrderOfThings:
    def test_the_same_command_id_twice_is_done_once(self) -> None:
        house = House()
        airborne(house)
        asked = cmd.MoveDrone(command_id="twice", drone="D1", bearing_deg=0.0, length_m=50.0)
        for number, expected in ((1, 1), (2, 0)):
            decided = decide(house.state, asked, "reyes", house.at, house.sky)
            assert isinstance(decided, tuple)
            assert len(orders(decided)) == expected, number
            if number == 1:
                house.ask(cmd.MoveDrone, command_id="twice", drone="D1", bearing_deg=0.0, length_m=50.0)

    def test_a_launch_after_the_launch_and_an_orbit_before_it(self) -> None:
        house = House()
        house.ask(cmd.RequestControl, **D1)
        assert "not in flight" in house.refuses(cmd.OrbitScene, **D1)
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        assert "already flying F1" in house.refuses(cmd.LaunchDrone, **D1, call_id="1041")

    def test_a_move_that_comes_after_the_landing_moves_nothing(self) -> None:
        house = House()
        puppet = airborne(house)
        house.ask(cmd.LandDrone, **D1)
        puppet.fly(60)
        assert house.flight().phase is Phase.LANDED
        house.ask(cmd.RequestControl, **D1)
        assert "not in flight" in house.refuses(cmd.GoTo, **D1, target=SCENE)

    def test_nothing_follows_from_looking_twice(self) -> None:
        house = House()
        puppet = airborne(house)
        assert distance_m(puppet.position, SCENE) < 60.0
        house.look(after_s=0.1)
        decided = decide(house.state, TimePassed(), "core", house.at, house.sky)
        assert decided == ()
