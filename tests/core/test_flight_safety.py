"""What must never happen: an aircraft that lifts off or turns for nobody, or is left on its way home."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.flights import HOME, House, Puppet, airborne, airspace, fleet, keep_out, orders

from rtcc_core.deciding import try_decide
from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.decide import Refused, decide
from rtcc_core.domain.drone import Landed, Mode
from rtcc_core.domain.flight import Leg, Outcome, Phase, Verb
from rtcc_core.domain.geo import distance_m, offset

IN_THE_WAY = keep_out(offset(HOME, 45.0, 500.0), 120.0)


class TestALaunchThatWaits:
    def test_keeps_its_flight_for_as_long_as_it_may_still_be_carried(self) -> None:
        house = House()
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        for _ in range(40):  # behind another order that is not acknowledged, or on a slow link
            house.look()
        assert house.flight().is_open, "it may still lift off"
        house.settle(house.newest())
        house.sky["D1"] = replace(house.sky["D1"], armed=True, landed=Landed.IN_AIR, height_m=5.0)
        house.look()
        assert house.flight().phase is Phase.CLIMBING

    @pytest.mark.parametrize("is_heard_in_time", [True, False])
    def test_ends_its_flight_once_its_end_is_known_and_it_stands_there(
        self, *, is_heard_in_time: bool
    ) -> None:
        house = House()
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        ready = house.sky.pop("D1")
        if is_heard_in_time:
            house.sky["D1"] = ready
        house.look(after_s=60.0)
        house.settle(house.newest(), Outcome.UNKNOWN, "the core restarted")
        for _ in range(40):
            house.look()
        house.sky["D1"] = ready
        found = [event for _ in range(3) for event in house.look()]
        assert house.flight().phase is Phase.ABORTED
        assert not [event for event in found if isinstance(event, ev.PhaseOverdue)], "said once before"

    def test_is_not_given_up_on_what_was_heard_before_the_link_went_quiet(self) -> None:
        house = House()
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        house.settle(house.newest(), Outcome.UNKNOWN, "no answer")
        house.sky["D1"] = replace(house.sky["D1"], link_age_s=2.5)
        house.look(after_s=60.0)
        assert house.flight().is_open, "nobody knows whether it lifted off"

    def test_that_is_refused_late_ends_no_other_flight(self) -> None:
        house = House()
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        first = house.newest()
        house.tell(facts.OrderSentOut(drone="D1", order_id=first.order_id))
        aborted = ev.PhaseObserved(
            flight_id=house.flight().flight_id, drone="D1", phase=Phase.ABORTED, evidence="an older core"
        )
        house.fold(aborted)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        house.settle(first, Outcome.REFUSED, "not now")
        assert house.flight().is_open


class TestTheWayHome:
    def test_of_what_is_not_heard_is_its_own_return(self) -> None:
        """It could fly to the first bend and no further: nobody would see it there to order the next leg."""
        house = House(airspace=airspace(IN_THE_WAY))
        puppet = airborne(house)
        puppet.show(is_connected=False, link_age_s=4.0, position_age_s=4.0)
        house.look()
        assert house.flight().phase is Phase.LOST
        (order,) = orders(house.ask(cmd.ReturnDrone, drone="D1"))
        assert order.verb is Verb.RETURN

    def test_of_what_tells_no_position_now_is_its_own_return(self) -> None:
        house = House(airspace=airspace(IN_THE_WAY))
        puppet = airborne(house)
        puppet.show(position_age_s=20.0)
        (order,) = orders(house.ask(cmd.ReturnDrone, drone="D1"))
        assert order.verb is Verb.RETURN

    def test_to_another_site_needs_to_be_heard(self) -> None:
        house = House()
        puppet = airborne(house)
        puppet.show(is_connected=False, link_age_s=4.0, position_age_s=4.0)
        house.look()
        assert "order a plain return" in house.refuses(cmd.ReturnDrone, drone="D1", site="South")

    def test_is_not_stopped_by_a_call_that_is_cancelled_meanwhile(self) -> None:
        house = House(airspace=airspace(IN_THE_WAY))
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        while distance_m(puppet.position, HOME) < 800.0:
            puppet.fly(1)
        assert house.flight().phase is Phase.TRANSIT
        house.ask(cmd.ReturnDrone, drone="D1")
        house.tell(facts.OrderSentOut(drone="D1", order_id=house.newest().order_id))
        assert (house.newest().verb, house.newest().leg) == (Verb.TRANSIT, Leg.HOME)
        house.cancel("1041")
        assert not [order for order in orders(house.look()) if order.verb is Verb.HOLD]

    def test_of_one_aircraft_is_flown_on_whatever_goes_wrong_with_another(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        house = House(drones=fleet(2))
        airborne(house)
        house.ask(cmd.ReturnDrone, drone="D1")
        order = house.newest()
        house.settle(order)
        nonsense: Any = "soon"
        broken = {
            "D2": replace(house.sky["D2"], link_age_s=nonsense),
            "D1": replace(house.sky["D1"], mode=Mode.RETURN),
        }
        house.at += timedelta(seconds=1)
        decided = try_decide(house.state, facts.TimePassed(), "core", house.at, broken)
        assert isinstance(decided, tuple)
        phases = [event.phase for event in decided if isinstance(event, ev.PhaseObserved)]
        assert phases == [Phase.RETURNING]
        assert "passed over" in caplog.text


class TestARelief:
    def test_with_an_aircraft_that_somebody_has_asks_for_it_first(self) -> None:
        house = House(drones=fleet(2))
        airborne(house)
        house.fold(ev.ControlTaken(drone="D2", account="else", how="free"))
        for number, by in enumerate(("D2", None)):
            asked = cmd.RelieveDrone(command_id=f"r{number}", drone="D1", by=by)
            decided = decide(house.state, asked, "reyes", house.at, house.sky)
            assert isinstance(decided, Refused)
            assert "D2 is flown by" in decided.reasons[0]

    def test_does_not_send_home_what_somebody_flies_by_hand(self) -> None:
        house = House(drones=fleet(2))
        first = airborne(house)
        house.ask(cmd.RelieveDrone, drone="D1")
        second = Puppet(house, "D2")
        by_hand = replace(first.seen, mode=Mode.MANUAL)
        for _ in range(400):
            house.sky["D1"] = by_hand
            second.fly(1)
            if house.flight("D1").relieved_by and house.flight("D1").phase is Phase.RELIEVED:
                break
        assert house.flight("D1").phase is Phase.RELIEVED
        for _ in range(5):
            house.sky["D1"] = by_hand
            assert not [order for order in orders(second.fly(1)) if order.drone == "D1"]
        assert house.newest("D1").verb is Verb.ORBIT


class TestAnOrderOfUnknownEnd:
    def test_that_is_old_is_not_given_again(self) -> None:
        house = House()
        _in_the_climb(house)
        house.settle(house.newest(), Outcome.UNKNOWN, "no answer")
        asked_at, repeats = house.at, 0
        while orders(house.look(after_s=4.0)):
            house.settle(house.newest(), Outcome.UNKNOWN, "no answer")
            repeats += 1
        assert repeats > 20, "it is as old as its first, however many of them are kept"
        assert 100 < (house.at - asked_at).total_seconds() < 130
        assert not house.state.alarms["order:D1"].is_over, "a person is to look"

    def test_from_before_a_long_silence_of_the_core_is_not_given_again(self) -> None:
        house = House()
        _in_the_climb(house)
        house.at += timedelta(seconds=600.0)
        house.settle(house.newest(), Outcome.UNKNOWN, "the core restarted")
        assert orders(house.look(after_s=4.0)) == []

    def test_is_given_again_however_old_where_it_is_a_recall(self) -> None:
        house = House()
        _in_the_climb(house)
        house.ask(cmd.ReturnDrone, drone="D1")
        house.at += timedelta(seconds=600.0)
        house.settle(house.newest(), Outcome.UNKNOWN, "the core restarted")
        assert [order.verb for order in orders(house.look(after_s=4.0))] == [Verb.RETURN]


class TestAReturnHeightThatWasNeverConfirmed:
    def test_is_an_alarm_until_the_flight_is_over(self) -> None:
        house = House()
        unset = facts.ReturnHeightUnset(drone="D1", height_m=55.0, detail="it says that RTL_ALT is 2000")
        assert house.tell(unset) == [], "it stands on the ground"
        _in_the_climb(house)
        house.tell(unset)
        alarm = house.state.alarms["returnheight:D1"]
        assert "55 m was set, it says that RTL_ALT is 2000" in alarm.text
        house.fold(
            ev.PhaseObserved(
                flight_id=house.flight().flight_id, drone="D1", phase=Phase.LANDED, evidence="it landed"
            )
        )
        assert house.state.alarms["returnheight:D1"].is_over


def _in_the_climb(house: House) -> None:
    """At its transit height, and the transit is asked."""
    house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
    house.settle(house.newest())
    house.sky["D1"] = replace(
        house.sky["D1"], armed=True, landed=Landed.IN_AIR, height_m=house.flight().transit_height_m
    )
    house.look()
    assert house.newest().verb is Verb.TRANSIT
