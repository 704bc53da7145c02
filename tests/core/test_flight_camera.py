"""Gimbal and camera: level on the way, on the scene while there, and what they showed is kept."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.flights import PROGRAMME, SCENE, House, Puppet, airborne, orders

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.drone import GimbalSeen, Landed
from rtcc_core.domain.flight import AIRBORNE, PAYLOAD, Order, Outcome, Phase, Verb
from rtcc_core.domain.geo import offset

D1: dict[str, Any] = {"drone": "D1"}


@pytest.fixture
def house() -> House:
    return House(programme=replace(PROGRAMME, records_on_scene=True))


def aims(puppet: Puppet) -> list[tuple[str, float | None]]:
    """What the gimbal was told, in order: `scene`, or a pitch."""
    told = [order for order in puppet.carried if order.verb is Verb.AIM]
    return [("scene" if order.target else "pitch", order.pitch_deg) for order in told]


def looks(house: House) -> list[tuple[bool, bool]]:
    seen = [stored.event for stored in house.log if isinstance(stored.event, ev.GimbalObserved)]
    return [(event.looks_down, event.is_allowed) for event in seen]


class TestAFlight:
    def test_is_level_but_on_the_scene_and_records_only_there(self, house: House) -> None:
        puppet = airborne(house, has_payload=True)
        house.ask(cmd.ReturnDrone, **D1)
        puppet.fly(150)
        assert house.flight().phase is Phase.LANDED
        assert aims(puppet) == [("pitch", 0.0), ("scene", None), ("pitch", 0.0)]
        assert [order.is_on for order in puppet.carried if order.verb is Verb.RECORD] == [True, False]
        assert looks(house) == [(False, True), (True, True), (False, True)]
        recorded = [s.event.is_recording for s in house.log if isinstance(s.event, ev.RecordingObserved)]
        assert recorded == [True, False]
        assert all(order.observed_at for order in house.state.orders["D1"] if order.verb in PAYLOAD)
        assert not house.state.alarms

    def test_without_gimbal_and_camera_nothing_is_asked_of_them(self, house: House) -> None:
        puppet = airborne(house)
        assert not [order for order in puppet.carried if order.verb in PAYLOAD]
        assert "no gimbal" in house.refuses(cmd.AimCamera, **D1)
        assert "no camera" in house.refuses(cmd.RecordVideo, **D1, is_on=True)

    def test_payload_orders_do_not_disturb_the_flight(self, house: House) -> None:
        plain, laden = House(), house
        flown = []
        for each in (plain, laden):
            puppet = airborne(each, has_payload=each is laden)
            flown.append([order.verb for order in puppet.carried if order.is_of_flight])
        assert flown[0] == flown[1] == [Verb.LAUNCH, Verb.TRANSIT, Verb.ORBIT]

    def test_holding_at_the_scene_it_still_looks_at_it(self, house: House) -> None:
        puppet = airborne(house, has_payload=True)
        house.ask(cmd.HoldDrone, **D1)
        puppet.fly(10)
        assert house.flight().phase is Phase.HOLDING
        assert aims(puppet)[-1] == ("scene", None)

    def test_holding_on_the_way_it_stays_level(self, house: House) -> None:
        puppet = Puppet(house, has_payload=True)
        puppet.show()
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        puppet.until(Verb.TRANSIT)
        puppet.fly(10)
        house.ask(cmd.HoldDrone, **D1)
        puppet.fly(10)
        assert aims(puppet) == [("pitch", 0.0)]


class TestAPersonsAim:
    def test_stands_until_the_scene_is_left(self, house: House) -> None:
        puppet = airborne(house, has_payload=True)
        house.ask(cmd.AimCamera, **D1, pitch_deg=-90.0)
        puppet.fly(30)
        assert aims(puppet)[-1] == ("pitch", -90.0)
        house.ask(cmd.ReturnDrone, **D1)
        puppet.fly(5)
        assert aims(puppet)[-1] == ("pitch", 0.0)
        house.ask(cmd.HoldDrone, **D1)
        puppet.fly(3)
        house.ask(cmd.FollowCall, **D1)
        puppet.fly(20)
        assert aims(puppet)[-1] == ("scene", None), "a new stay is aimed anew"

    def test_is_refused_where_it_must_be_level(self, house: House) -> None:
        puppet = Puppet(house, has_payload=True)
        puppet.show()
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        puppet.until(Verb.TRANSIT)
        puppet.fly(3)
        assert "stays level on the way (privacy)" in house.refuses(cmd.AimCamera, **D1, pitch_deg=-45.0)
        assert "nothing is recorded on the way" in house.refuses(cmd.RecordVideo, **D1, is_on=True)

    def test_to_no_such_pitch_is_refused(self, house: House) -> None:
        airborne(house, has_payload=True)
        assert "a pitch is -90" in house.refuses(cmd.AimCamera, **D1, pitch_deg=-120.0)

    def test_recording_can_be_stopped_on_the_way_home(self) -> None:
        house = House()
        puppet = airborne(house, has_payload=True)
        house.ask(cmd.RecordVideo, **D1, is_on=True)
        house.ask(cmd.ReturnDrone, **D1)
        puppet.fly(5)
        (stop,) = orders(house.ask(cmd.RecordVideo, **D1, is_on=False))
        assert stop.is_on is False


class TestAGimbalThatDoesNotObey:
    def transit(self, house: House) -> Puppet:
        puppet = Puppet(house, has_payload=True)
        puppet.show()
        house.call("1041", offset(SCENE, 45.0, 2_000.0))
        house.ask(cmd.LaunchDrone, **D1, call_id="1041")
        puppet.until(Verb.TRANSIT)
        puppet.fly(5)
        return puppet

    def test_looking_down_in_transit_is_an_alarm_after_three_seconds(self, house: House) -> None:
        puppet = self.transit(house)
        puppet.gimbal_deg = -60.0
        puppet.fly(2.0)
        assert "camera:D1" not in house.state.alarms
        house.restart()
        puppet.fly(3.0)
        assert "D1 camera looks down in transit" in house.state.alarms["camera:D1"].text
        puppet.gimbal_deg = 0.0
        puppet.fly(2.0)
        assert house.state.alarms["camera:D1"].is_over
        assert looks(house) == [(False, True), (True, True), (True, False), (False, True)]

    def test_stuck_on_the_way_home_is_an_alarm_also_where_it_soon_lands(self, house: House) -> None:
        puppet = airborne(house, has_payload=True)
        house.ask(cmd.ReturnDrone, **D1)
        for landed in (Landed.IN_AIR, Landed.IN_AIR, Landed.LANDING, Landed.LANDING, Landed.LANDING):
            puppet.fly(1)
            puppet.gimbal_deg = -60.0
            puppet.show(landed=landed)
        puppet.house.look()
        assert house.flight().phase is Phase.LANDING
        assert "D1 camera looks down in landing" in house.state.alarms["camera:D1"].text

    def test_trembling_at_the_edge_is_said_once(self, house: House) -> None:
        puppet = self.transit(house)
        for pitch_deg in (-14.0, -16.0, -14.0, -18.0, -12.0):
            puppet.gimbal_deg = pitch_deg
            puppet.fly(1)
        assert looks(house) == [(False, True)]

    @pytest.mark.parametrize(("outcome", "times"), [(Outcome.REFUSED, 2), (Outcome.UNKNOWN, 8)])
    def test_a_refusal_is_repeated_once_and_the_unknown_until_it_shows(
        self, house: House, outcome: Outcome, times: int
    ) -> None:
        puppet = airborne(house)
        gimbal = GimbalSeen(pitch_deg=0.0, age_s=0.1)
        puppet.show(gimbal=gimbal)
        asked: list[Order] = []
        for _ in range(40):
            for order in orders(house.look()):
                asked.append(order)
                house.settle(order, outcome, "the gimbal says no")
        assert len(asked) >= times if outcome is Outcome.UNKNOWN else len(asked) == times
        assert {order.verb for order in asked} == {Verb.AIM}
        assert "payload:D1" in house.state.alarms
        assert "order:D1" not in house.state.alarms


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-90, 30), st.sampled_from([0.1, 1.0, 5.0])), max_size=15))
def test_the_gimbal_is_never_told_to_look_down_off_the_scene(seen: list[tuple[float, float]]) -> None:
    house = House()
    puppet = Puppet(house, has_payload=True)
    puppet.show()
    house.ask(cmd.LaunchDrone, **D1, call_id="1041")
    for pitch_deg, seconds in seen:
        puppet.gimbal_deg = pitch_deg
        for order in orders(puppet.fly(seconds, step_s=seconds)):
            if order.verb is Verb.AIM and house.flight().phase in AIRBORNE - {Phase.ON_SCENE}:
                assert (order.target, order.pitch_deg) == (None, 0.0)
