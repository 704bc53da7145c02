"""Divert: an aircraft in the air goes to a more urgent call, when a person says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.flights import HOME, PROGRAMME, SCENE, House, Puppet, airborne, airspace, fleet, keep_out, orders

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.decide import Refused, decide
from rtcc_core.domain.divert import TAKEN_S
from rtcc_core.domain.flight import Leg, Phase, Verb
from rtcc_core.domain.geo import distance_m, offset
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind

OTHER = offset(SCENE, 0.0, 500.0)


@pytest.fixture
def house() -> House:
    house = House(drones=fleet(2))
    house.call("1041", SCENE, priority=3)
    return house


@pytest.fixture
def puppet(house: House) -> Puppet:
    return airborne(house)


def suggested(house: House) -> list[Suggestion]:
    return [one for one in house.state.suggestions.values() if one.kind is SuggestionKind.DIVERT]


class TestDeciding:
    def test_it_leaves_its_call_and_flies_to_the_other(self, house: House, puppet: Puppet) -> None:
        house.call("1043", OTHER, priority=1)
        found = house.ask(cmd.DivertDrone, drone="D1", call_id="1043")
        kinds = [type(event) for event in found]
        assert kinds == [ev.SceneCleared, ev.FlightDiverted, ev.WayChosen, ev.OrderAsked]
        diverted = found[1]
        assert isinstance(diverted, ev.FlightDiverted)
        assert (diverted.from_call, diverted.to_call) == ("1041", "1043")
        assert "a launch of D2 would take " in diverted.reason
        assert diverted.reason.endswith("; 1041 P3 loses it")
        (order,) = orders(found)
        assert (order.verb, order.leg, order.operator) == (Verb.TRANSIT, Leg.OUT, "reyes")
        flight = house.flight()
        assert (flight.phase, flight.call_id, flight.overwatch) == (Phase.DIVERTED, "1043", None)
        puppet.until(Verb.ORBIT)
        puppet.fly(20)
        assert house.flight().phase is Phase.ON_SCENE
        assert distance_m(puppet.position, OTHER) < 60.0
        watch = house.flight().overwatch
        assert watch is not None
        assert watch.centre == OTHER

    def test_it_may_be_asked_on_the_way_and_on_the_way_home(self, house: House) -> None:
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        puppet.fly(3)
        house.call("1043", OTHER, priority=1)
        climbing = house.refuses(cmd.DivertDrone, drone="D1", call_id="1043")
        assert "still climbing" in climbing
        puppet.until(Verb.TRANSIT)
        puppet.fly(5)
        house.ask(cmd.DivertDrone, drone="D1", call_id="1043")
        puppet.until(Verb.ORBIT)
        house.ask(cmd.ReturnDrone, drone="D1")
        puppet.fly(4)
        assert house.flight().phase is Phase.RETURNING
        found = house.ask(cmd.DivertDrone, drone="D1", call_id="1041")
        diverted = next(event for event in found if isinstance(event, ev.FlightDiverted))
        assert diverted.reason.endswith("no call loses it")
        puppet.until(Verb.ORBIT)
        puppet.fly(10)
        assert house.flight().phase is Phase.ON_SCENE

    def test_what_makes_no_sense_is_refused_in_words(self, house: House, puppet: Puppet) -> None:
        house.call("1043", OTHER, priority=1)
        house.call("1044", None)
        refuses = house.refuses
        assert "flies to 1041 already" in refuses(cmd.DivertDrone, drone="D1", call_id="1041")
        assert "no call 9" in refuses(cmd.DivertDrone, drone="D1", call_id="9")
        assert "no aircraft D9" in refuses(cmd.DivertDrone, drone="D9", call_id="1043")
        assert "nobody has D2" in refuses(cmd.DivertDrone, drone="D2", call_id="1043")
        assert "the call has no position" in refuses(cmd.DivertDrone, drone="D1", call_id="1044")
        assert "may not fly" in refuses(cmd.DivertDrone, by="guest", drone="D1", call_id="1043")
        house.cancel("1043")
        assert "1043 is cancelled" in refuses(cmd.DivertDrone, drone="D1", call_id="1043")
        assert house.flight().call_id == "1041"

    @pytest.mark.parametrize(
        ("changed", "gate"),
        [
            ({"battery_fraction": 0.25}, "battery"),
            ({"is_connected": False}, "link"),
            ({"has_fix": False}, "position"),
            ({"battery_fraction": None}, "battery"),
            ({"position": None}, "position"),
        ],
    )
    def test_the_gates_of_a_launch_are_asked(
        self, house: House, puppet: Puppet, changed: dict[str, Any], gate: str
    ) -> None:
        house.call("1043", offset(SCENE, 0.0, 1_500.0), priority=1)
        puppet.show(**changed)
        assert f"{gate}: " in house.refuses(cmd.DivertDrone, drone="D1", call_id="1043")

    def test_inside_a_keep_out_is_refused_and_around_it_is_flown(self) -> None:
        hospital = keep_out(offset(SCENE, 0.0, 600.0), 150.0)
        house = House(drones=fleet(2), airspace=airspace(hospital))
        house.call("1041", SCENE, priority=3)
        puppet = airborne(house)
        house.call("1043", offset(SCENE, 0.0, 600.0), priority=1)
        assert "HOSPITAL" in house.refuses(cmd.DivertDrone, drone="D1", call_id="1043")
        house.call("1044", offset(SCENE, 0.0, 1_200.0), priority=1)
        house.ask(cmd.DivertDrone, drone="D1", call_id="1044")
        way = house.flight().way
        assert way is not None
        assert way.goes_around == ("HOSPITAL",)
        puppet.track.clear()
        puppet.until(Verb.ORBIT)
        assert all(distance_m(point, offset(SCENE, 0.0, 600.0)) > 150.0 for point in puppet.track)

    def test_its_relief_goes_on_to_the_call_it_left(self, house: House, puppet: Puppet) -> None:
        house.ask(cmd.RelieveDrone, drone="D1")
        house.call("1043", OTHER, priority=1)
        house.ask(cmd.DivertDrone, drone="D1", call_id="1043")
        second = Puppet(house, "D2")
        second.until(Verb.ORBIT)
        second.fly(5)
        assert house.flight("D2").phase is Phase.ON_SCENE
        assert house.flight("D2").call_id == "1041"
        assert not any(isinstance(stored.event, ev.OverwatchHandedOver) for stored in house.log)


class TestProposing:
    def test_where_it_saves_half_a_minute_for_a_more_urgent_call(self, house: House, puppet: Puppet) -> None:
        house.call("1043", OTHER, priority=1)
        puppet.fly(1)
        (one,) = suggested(house)
        assert one.suggestion_id == "divert:1043"
        assert one.text.startswith("divert D1 to 1043 P1: overhead 0:")
        assert "; a launch of D2 would take " in one.text
        assert "; 1041 P3 uncovered until D2 " in one.text
        puppet.fly(30)
        assert suggested(house) == [one]
        house.ask(cmd.AcceptSuggestion, suggestion_id=one.suggestion_id)
        assert house.flight().call_id == "1043"
        puppet.fly(2)
        assert not suggested(house)

    def test_not_for_a_call_that_is_as_urgent_or_less(self, house: House, puppet: Puppet) -> None:
        for number, priority in (("1043", 3), ("1044", 5), ("1045", None)):
            house.call(number, OTHER, priority=priority)
        puppet.fly(2)
        assert not suggested(house)

    def test_not_where_a_launch_is_nearly_as_quick(self, house: House, puppet: Puppet) -> None:
        house.call("1043", offset(HOME, 200.0, 300.0), priority=1)
        puppet.fly(2)
        assert not suggested(house)

    def test_not_again_where_it_was_declined(self, house: House, puppet: Puppet) -> None:
        house.call("1043", OTHER, priority=1)
        puppet.fly(1)
        house.ask(cmd.DeclineSuggestion, suggestion_id="divert:1043", reason="keep it there")
        puppet.fly(60)
        assert not suggested(house)

    def test_withdrawn_when_the_call_has_its_own(self, house: House, puppet: Puppet) -> None:
        house.call("1043", OTHER, priority=1)
        puppet.fly(1)
        house.ask(cmd.LaunchDrone, drone="D2", call_id="1043")
        puppet.fly(1)
        assert not suggested(house)

    def test_withdrawn_when_its_aircraft_comes_down(self, house: House, puppet: Puppet) -> None:
        house.call("1043", OTHER, priority=1)
        puppet.fly(1)
        house.ask(cmd.LandDrone, drone="D1")
        puppet.fly(5)
        assert house.flight().phase is Phase.LANDING
        assert not suggested(house)

    def test_not_for_the_lesser_of_two_bare_calls(self, house: House, puppet: Puppet) -> None:
        house.cancel("1041")
        house.call("1042", OTHER, priority=3)
        puppet.fly(1)
        assert [one.call_id for one in suggested(house)] == ["1042"]
        house.call("1043", offset(OTHER, 90.0, 200.0), priority=2)
        found = puppet.fly(1)
        assert [one.call_id for one in suggested(house)] == ["1043"]
        ended = [event for event in found if isinstance(event, ev.SuggestionEnded)]
        assert [(event.suggestion_id, event.reason) for event in ended] == [
            ("divert:1042", "1043 P2 has nobody either, and is more urgent")
        ]

    def test_the_more_urgent_one_that_it_cannot_serve_keeps_nothing_back(
        self, house: House, puppet: Puppet
    ) -> None:
        house.cancel("1041")
        house.call("1042", OTHER, priority=3)
        house.call("1043", offset(SCENE, 0.0, 40_000.0), priority=2)
        puppet.fly(2)
        assert [one.call_id for one in suggested(house)] == ["1042"]

    def test_a_call_that_a_person_calls_the_aircraft_home_from_is_bare(
        self, house: House, puppet: Puppet
    ) -> None:
        """Neither the less urgent call, while its own has nobody, nor the one it has just left."""
        house.call("1043", OTHER, priority=4)
        house.ask(cmd.ReturnDrone, drone="D1")
        puppet.fly(4)
        assert house.flight().phase is Phase.RETURNING
        assert not suggested(house)
        house.ask(cmd.DivertDrone, drone="D1", call_id="1043")
        puppet.fly(30)
        assert not suggested(house), "the call it was taken from is not offered back"
        house.at += timedelta(seconds=TAKEN_S)
        puppet.fly(1)
        assert [one.call_id for one in suggested(house)] == ["1041"]

    def test_nobody_is_diverted_unasked(self, house: House, puppet: Puppet) -> None:
        house.call("1043", OTHER, priority=1)
        puppet.fly(120)
        assert house.flight().call_id == "1041"
        assert house.flight().phase is Phase.ON_SCENE


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 5),
    st.integers(1, 5) | st.none(),
    st.floats(0, 360),
    st.floats(50.0, 2_500.0),
    st.floats(0.1, 1.0),
)
def test_what_is_proposed_would_be_done(
    own: int, other: int | None, bearing: float, away_m: float, battery: float
) -> None:
    """Whatever divert is proposed is for a more urgent call, and passes when it is accepted at once."""
    house = House(drones=fleet(2), programme=replace(PROGRAMME, battery_reserve=0.2))
    house.call("1041", SCENE, priority=own)
    puppet = airborne(house)
    puppet.show(battery_fraction=battery)
    house.call("1043", offset(SCENE, bearing, away_m), priority=other)
    house.look()
    for one in suggested(house):
        assert (other or 9) < own
        asked = cmd.AcceptSuggestion(command_id="x", suggestion_id=one.suggestion_id)
        decided = decide(house.state, asked, "reyes", house.at, house.sky)
        assert not isinstance(decided, Refused), decided
