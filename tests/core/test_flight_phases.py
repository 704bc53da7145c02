"""Phases: the table, deadlines and what follows from them; and no telemetry makes an illegal flight."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.flights import HOME, SCENE, House, Puppet, airborne, airspace, keep_out, orders

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.decide import Refused, decide
from rtcc_core.domain.drone import CameraSeen, GimbalSeen, Landed, Mode, Telemetry
from rtcc_core.domain.flight import AIRBORNE, BEFORE_FLIGHT, Leg, Order, Outcome, Phase, Verb
from rtcc_core.domain.geo import offset
from rtcc_core.domain.phases import RULE_OF, RULES, limit_s

HOSPITAL = keep_out(offset(HOME, 45.0, 500.0), 120.0)


class TestTheTable:
    def test_names_every_phase_once_in_words(self) -> None:
        assert sorted(rule.phase for rule in RULES) == sorted(Phase)
        assert all(rule.entered_when for rule in RULES)

    def test_every_phase_that_may_last_too_long_says_what_to_do(self) -> None:
        assert all(rule.then for rule in RULES if rule.limit_s is not None or rule.is_predicted)
        endless = {rule.phase for rule in RULES if rule.limit_s is None and not rule.is_predicted}
        assert endless == {Phase.ON_SCENE, Phase.HOLDING, Phase.LOST, Phase.LANDED, Phase.ABORTED}


class TestAFlight:
    def test_the_gates_that_passed_are_a_phase_with_their_number(self) -> None:
        house = House()
        found = house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        (gated,) = [event for event in found if isinstance(event, ev.PhaseObserved)]
        assert gated.phase is Phase.GATED
        assert f"{len(house.flight().gates)} gates: " in gated.evidence
        assert "passed" in gated.evidence

    def test_goes_through_its_phases_and_each_has_its_moment(self) -> None:
        house = House()
        puppet = airborne(house)
        house.ask(cmd.ReturnDrone, drone="D1")
        puppet.fly(150)
        times = house.flight().times
        assert list(times) == [
            Phase.ASKED,
            Phase.GATED,
            Phase.SENT,
            Phase.ARMED,
            Phase.CLIMBING,
            Phase.TRANSIT,
            Phase.ON_SCENE,
            Phase.RETURNING,
            Phase.LANDING,
            Phase.LANDED,
        ]
        assert list(times.values()) == sorted(times.values())
        assert not house.state.alarms

    def test_a_divert_is_a_phase_until_the_other_scene_is_reached(self) -> None:
        house = House()
        puppet = airborne(house)
        other = offset(HOME, 90.0, 1_200.0)
        house.call("1050", other)
        house.ask(cmd.DivertDrone, drone="D1", call_id="1050")
        assert house.flight().phase is Phase.DIVERTED
        puppet.fly(20)
        assert house.flight().phase is Phase.DIVERTED
        puppet.until(Verb.ORBIT)
        puppet.fly(2)
        assert house.flight().phase is Phase.ON_SCENE
        assert house.flight().call_id == "1050"


class TestDeadlines:
    @pytest.mark.parametrize(("phase", "limit"), [(Phase.ARMED, 20.0), (Phase.CLIMBING, 90.0)])
    def test_fixed_ones(self, phase: Phase, limit: float) -> None:
        assert RULE_OF[phase].limit_s == limit

    def test_of_a_way_come_from_its_length_and_the_wind(self) -> None:
        near, far = House(), House()
        far.call("1041", offset(HOME, 45.0, 4_000.0))
        limits = []
        for house in (near, far):
            puppet = Puppet(house)
            house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
            puppet.until(Verb.TRANSIT)
            puppet.fly(2)
            assert house.flight().phase is Phase.TRANSIT
            limits.append(limit_s(house.state, house.flight(), puppet.seen, house.at))
        near_s, far_s = limits
        assert near_s is not None
        assert far_s is not None
        assert 60.0 + 960.0 / 15.0 < near_s < far_s
        assert far_s > 60.0 + 3_960.0 / 15.0

    def test_a_transit_that_does_not_arrive_is_told_once_with_what_to_do(self) -> None:
        house = House()
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        puppet.until(Verb.TRANSIT)
        puppet.fly(2)
        found = [event for _ in range(40) for event in house.look(after_s=10)]
        assert len([event for event in found if isinstance(event, ev.PhaseOverdue)]) == 1
        assert "still transit" in house.state.alarms["overdue:D1"].text
        assert "return it, or hold it" in house.state.alarms["overdue:D1"].text

    def test_what_never_leaves_the_ground_is_aborted(self) -> None:
        house = House()
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        house.settle(house.newest(), Outcome.UNKNOWN, "no acknowledgement")
        house.look(after_s=21)
        assert house.flight().phase is Phase.ABORTED

    def test_armed_and_not_climbing_is_an_alarm_with_advice_and_no_order(self) -> None:
        house = House()
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        house.settle(house.newest())
        house.sky = {**house.sky, "D1": replace(house.sky["D1"], armed=True)}
        house.look()
        found = house.look(after_s=21)
        assert house.flight().phase is Phase.ARMED
        assert "keep clear of it, order hold" in house.state.alarms["overdue:D1"].text
        assert not orders(found)

    def test_a_climb_that_is_stuck_is_held(self) -> None:
        house = House()
        puppet = Puppet(house)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        puppet.fly(5)
        (hold,) = orders(house.look(after_s=91))
        assert (hold.verb, hold.operator) == (Verb.HOLD, "core")
        puppet.fly(3)
        assert house.flight().phase is Phase.HOLDING
        assert "it is told to hold; return it" in house.state.alarms["overdue:D1"].text


# --- any telemetry ------------------------------------------------------------------------------

PLACES = [None, HOME, SCENE, offset(SCENE, 225, 40), offset(HOME, 45, 500), offset(SCENE, 90, 400)]
DISTURBED = st.fixed_dictionaries(
    {},
    optional={
        "is_connected": st.booleans(),
        "link_age_s": st.sampled_from([0.1, 4.0, None]),
        "position": st.sampled_from(PLACES),
        "position_age_s": st.sampled_from([0.1, 30.0, None]),
        "height_m": st.none() | st.floats(-5, 200),
        "ground_speed_m_s": st.none() | st.floats(0, 30),
        "heading_deg": st.none() | st.floats(0, 360),
        "battery_fraction": st.none() | st.floats(0, 1),
        "armed": st.sampled_from([True, False, None]),
        "mode": st.sampled_from(list(Mode)),
        "landed": st.sampled_from(list(Landed)),
        "home": st.sampled_from([HOME, None]),
        "gimbal": st.none() | st.builds(GimbalSeen, pitch_deg=st.floats(-90, 30), age_s=st.just(0.1)),
        "camera": st.none() | st.builds(CameraSeen, is_recording=st.booleans(), age_s=st.just(0.1)),
    },
)
HEALTHY: dict[str, Any] = {"is_connected": True, "link_age_s": 0.1, "position_age_s": 0.1, "home": HOME}
ASKS: list[tuple[type[cmd.Command], dict[str, Any]]] = [
    (cmd.LaunchDrone, {"drone": "D1", "call_id": "1041"}),
    (cmd.HoldDrone, {"drone": "D1"}),
    (cmd.ReturnDrone, {"drone": "D1"}),
    (cmd.ReturnDrone, {"drone": "D1", "site": "South"}),
    (cmd.LandDrone, {"drone": "D1"}),
    (cmd.FollowCall, {"drone": "D1"}),
    (cmd.DivertDrone, {"drone": "D1", "call_id": "1050"}),
    (cmd.OrbitScene, {"drone": "D1", "radius_m": 80.0}),
    (cmd.GoTo, {"drone": "D1", "target": offset(HOME, 100.0, 600.0)}),
    (cmd.MoveDrone, {"drone": "D1", "bearing_deg": 10.0, "length_m": 50.0}),
    (cmd.SetHeight, {"drone": "D1", "height_m": 80.0}),
    (cmd.FaceDrone, {"drone": "D1", "heading_deg": 90.0}),
    (cmd.FollowLine, {"drone": "D1", "points": (SCENE, offset(SCENE, 0.0, 100.0), SCENE)}),
    (cmd.AimCamera, {"drone": "D1", "pitch_deg": -60.0}),
    (cmd.RecordVideo, {"drone": "D1", "is_on": True}),
]
HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(st.just("fly"), st.integers(1, 40)),
        st.tuples(st.just("disturb"), DISTURBED),
        st.tuples(st.just("heal"), st.none()),
        st.tuples(st.just("settle"), st.sampled_from(list(Outcome))),
        st.tuples(st.just("ask"), st.sampled_from(ASKS)),
        st.tuples(st.just("wait"), st.sampled_from([0.1, 1.0, 4.0, 30.0, 700.0])),
        st.tuples(st.just("restart"), st.none()),
    ),
    max_size=20,
)


class Suspicious(House):
    """Judges every look; the fold of `House` judges every move of a phase."""

    def look(self, *, after_s: float = 1.0) -> list[ev.AnyEvent]:
        was_home = any(order.is_homeward for order in self.state.orders.get("D1", ()))
        seen = self.sky["D1"]
        found = super().look(after_s=after_s)
        ordered = [order for order in orders(found) if order.drone == "D1"]
        flown = [order for order in ordered if order.is_of_flight]
        assert len(flown) <= 1, "two orders of flight in one look"
        assert not ordered or _is_heard(seen), "ordered what is not heard"
        if seen.mode in (Mode.RETURN, Mode.LAND) and not was_home:
            assert not flown, f"{flown} against its own {seen.mode.value}"
        for order in flown:
            way = self.flight().way
            if order.verb is Verb.TRANSIT and not _is_repeated(self, order):
                assert way is not None
                assert order.target in way.points, "a leg that is not of the way"
                assert (order.height_m, order.leg) == (way.height_m, way.leg)
        return found

    def try_to(self, command: type[cmd.Command], fields: dict[str, Any]) -> None:
        asked = command(command_id=f"try{self.state.seq}", **fields)
        decided = decide(self.state, asked, "reyes", self.at, self.sky)
        if isinstance(decided, Refused):
            assert all(decided.reasons)
            return
        flown = [order for order in orders(decided) if order.is_of_flight]
        assert len(flown) <= 1
        if flown and not flown[0].is_recall and flown[0].verb is not Verb.LAUNCH:
            assert self.flight().phase in AIRBORNE
            assert _is_heard(self.sky["D1"])
        self.ask(command, **fields)


class TestAnyTelemetry:
    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from([0, 5, 20, 45, 110]), HAPPENINGS, st.booleans())
    def test_never_makes_an_illegal_move_or_fights_a_failsafe(
        self, flown_s: int, happened: list[tuple[str, Any]], has_airspace: bool
    ) -> None:
        house = Suspicious(airspace=airspace(HOSPITAL)) if has_airspace else Suspicious()
        house.call("1050", offset(HOME, 90.0, 1_200.0))
        puppet = Puppet(house, has_payload=has_airspace)
        house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        puppet.fly(flown_s)
        for what, how in happened:
            match what:
                case "fly":
                    _heal(puppet)
                    puppet.fly(how)
                case "disturb":
                    house.sky = {**house.sky, "D1": replace(puppet.seen, **how)}
                    house.look(after_s=0.5)
                    house.look(after_s=5.0)
                case "heal":
                    _heal(puppet)
                    house.look(after_s=0.5)
                case "settle":
                    for order in house.state.orders["D1"]:
                        if order.outcome in (Outcome.ASKED, Outcome.SENT):
                            house.settle(order, how, "no answer")
                case "ask":
                    house.try_to(*how)
                case "wait":
                    house.look(after_s=how)
                case _:
                    house.restart()


def _heal(puppet: Puppet) -> None:
    position = puppet.seen.position or HOME
    healed = {"position": position, "height_m": puppet.seen.height_m or 0.0, **HEALTHY}
    puppet.house.sky = {**puppet.house.sky, "D1": replace(puppet.seen, **healed)}


def _is_heard(seen: Telemetry) -> bool:
    return seen.is_connected and seen.link_age_s is not None and seen.link_age_s <= 2.0


def _is_repeated(house: House, order: Order) -> bool:
    """The same intention once more, because nobody knows how the first ended."""
    return any(
        (other.target, other.height_m, other.leg) == (order.target, order.height_m, order.leg)
        and other.outcome is Outcome.UNKNOWN
        for other in house.state.orders["D1"]
    )


def test_phases_before_a_flight_are_never_entered_again() -> None:
    house = House()
    puppet = airborne(house)
    house.sky = {**house.sky, "D1": replace(puppet.seen, armed=True, landed=Landed.ON_GROUND)}
    house.look()
    assert house.flight().phase not in BEFORE_FLIGHT
    assert house.newest().leg is Leg.SCENE
