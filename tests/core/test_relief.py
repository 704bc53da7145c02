"""Relief: the picture never drops while anybody can keep it, and it is said in time when nobody can."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.flights import HOME, PROGRAMME, SCENE, SOUTH, House, Puppet, fleet, orders

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain.context import Context
from rtcc_core.domain.decide import Refused, decide
from rtcc_core.domain.drone import Landed, Site
from rtcc_core.domain.flight import Phase, Verb
from rtcc_core.domain.geo import distance_m, offset
from rtcc_core.domain.relief_alarm import ORDER
from rtcc_core.domain.sites import best_site
from rtcc_core.domain.state import Alarm, Severity
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind

ENDURANCE_MIN = 12.0
SPENT_PER_S = 0.9 / (ENDURANCE_MIN * 60.0)


class Thirsty(Puppet):
    """Spends its battery in the air; gets a full one on the ground."""

    def __init__(self, house: House, callsign: str, *, spent_per_s: float = SPENT_PER_S) -> None:
        super().__init__(house, callsign)
        self.battery = 0.95
        self.spent_per_s = spent_per_s
        self.landed_with: list[float] = []

    def step(self, seconds: float) -> None:
        self._take_up()
        was_up = self.seen.landed is not Landed.ON_GROUND
        self._move(seconds)
        if was_up:
            self.battery -= self.spent_per_s * seconds
        if was_up and self.seen.landed is Landed.ON_GROUND:
            self.landed_with.append(self.battery)
            self.battery, self.order = 0.95, None
        self.show(battery_fraction=max(0.0, round(self.battery, 2)))


class Shift:
    """Several aircraft, one house, and a person who accepts what is suggested, after a moment."""

    def __init__(self, count: int = 3, *, answers_after_s: float | None = 5.0, **more: Any) -> None:
        self.house = House(drones=fleet(count, endurance_min=ENDURANCE_MIN, site="HQ"), **more)
        self.aircraft = [Thirsty(self.house, f"D{n}") for n in range(1, count + 1)]
        self.found: list[ev.AnyEvent] = []
        self.uncovered_s = 0.0
        self._answers_after_s = answers_after_s

    def of(self, callsign: str) -> Thirsty:
        return self.aircraft[int(callsign[1:]) - 1]

    def first_on_scene(self) -> None:
        self.house.ask(cmd.LaunchDrone, drone="D1", call_id="1041")
        self.fly(400, until=self.is_covered)
        assert self.is_covered()
        self.uncovered_s = 0.0

    def is_covered(self) -> bool:
        return any(flight.phase is Phase.ON_SCENE for flight in self.house.state.flights.values())

    def fly(self, seconds: float, *, until: Any = None, step_s: float = 1.0) -> None:
        for _ in range(round(seconds / step_s)):
            for one in self.aircraft:
                one.step(step_s)
            self.found += self.house.look(after_s=step_s)
            if not self.is_covered():
                self.uncovered_s += step_s
            self._answer()
            if until is not None and until():
                return

    def suggested(self, kind: SuggestionKind) -> list[Suggestion]:
        return [one for one in self.house.state.suggestions.values() if one.kind is kind]

    def alarm(self, drone: str = "D1") -> Alarm | None:
        found = self.house.state.alarms.get(f"relief:{drone}")
        return None if found is None or found.is_over else found

    def of_kind(self, kind: type[ev.Event]) -> list[Any]:
        return [event for event in self.found if isinstance(event, kind)]

    def _answer(self) -> None:
        if self._answers_after_s is None:
            return
        for one in self.suggested(SuggestionKind.RELIEF):
            if (self.house.at - one.raised_at).total_seconds() >= self._answers_after_s:
                self.found += self.house.ask(cmd.AcceptSuggestion, suggestion_id=one.suggestion_id)


def refused(shift: Shift, drone: str, by: str) -> str:
    """`House.refuses` for a command that has a `by` of its own."""
    house = shift.house
    asked = cmd.RelieveDrone(command_id="r1", drone=drone, by=by)
    decided = decide(house.state, asked, "reyes", house.at, house.sky)
    assert isinstance(decided, Refused), decided
    return " | ".join(decided.reasons)


class TestThePicture:
    def test_it_never_drops_over_several_batteries(self) -> None:
        shift = Shift(3)
        shift.first_on_scene()
        shift.fly(40 * 60.0)
        assert shift.uncovered_s == 0.0
        handed = shift.of_kind(ev.OverwatchHandedOver)
        assert len(handed) >= 4
        landed_with = [left for one in shift.aircraft for left in one.landed_with]
        assert len(landed_with) >= 4
        assert min(landed_with) >= PROGRAMME.battery_reserve
        assert not any(isinstance(event, ev.BingoReached) for event in shift.found)

    @settings(max_examples=12, deadline=None)
    @given(st.floats(0.7, 1.3), st.floats(0.7, 1.3), st.floats(0.0, 14.0), st.floats(300.0, 1_200.0))
    def test_whatever_they_drain_and_however_slow_the_answer(
        self, first: float, second: float, answers_after_s: float, away_m: float
    ) -> None:
        shift = Shift(4, answers_after_s=answers_after_s)
        shift.house.call("1041", offset(HOME, 100.0, away_m))
        shift.aircraft[0].spent_per_s *= first
        shift.aircraft[1].spent_per_s *= second
        shift.first_on_scene()
        shift.fly(16 * 60.0, step_s=2.0)
        assert shift.uncovered_s == 0.0
        assert shift.of_kind(ev.OverwatchHandedOver)
        for one in shift.aircraft:
            assert all(left >= PROGRAMME.battery_reserve for left in one.landed_with)

    def test_the_first_leaves_only_when_the_second_has_the_scene(self) -> None:
        shift = Shift(2)
        shift.first_on_scene()
        shift.fly(900, until=lambda: bool(shift.of_kind(ev.OverwatchHandedOver)))
        order = next(
            order for order in shift.house.state.orders["D1"] if order.verb in (Verb.RETURN, Verb.TRANSIT)
            and order.is_homeward
        )  # fmt: skip
        second = shift.house.flight("D2")
        assert order.operator == "core"
        assert order.asked_at >= second.times[Phase.ON_SCENE]
        assert shift.house.flight("D1").phase is Phase.RELIEVED
        assert shift.house.flight("D1").relieved_by == second.flight_id
        cleared = shift.of_kind(ev.SceneCleared)
        assert [event.reason for event in cleared] == ["relieved by D2"]
        sent = next(
            one for one in shift.house.log if isinstance(one.event, ev.FlightOpened) and one.event.relieves
        )
        assert sent.operator == "reyes"

    def test_the_second_watches_as_the_first_did_at_another_height(self) -> None:
        shift = Shift(2)
        shift.first_on_scene()
        shift.fly(10)
        centre = offset(SCENE, 30.0, 60.0)
        shift.house.ask(
            cmd.OrbitScene, drone="D1", centre=centre, radius_m=70.0, speed_m_s=6.0, is_clockwise=False
        )
        shift.fly(900, until=lambda: bool(shift.of_kind(ev.OverwatchHandedOver)))
        shift.fly(20)
        first, second = shift.house.flight("D1").overwatch, shift.house.flight("D2").overwatch
        assert first is not None
        assert second is not None
        assert distance_m(second.centre, centre) < 1.0
        assert (second.radius_m, second.speed_m_s, second.is_clockwise) == (70.0, 6.0, False)
        assert abs(second.height_m - first.height_m) >= PROGRAMME.separation_m

    def test_at_bingo_the_first_goes_anyway_and_it_is_said(self) -> None:
        shift = Shift(2, answers_after_s=150.0)
        shift.first_on_scene()
        shift.fly(900, until=lambda: bool(shift.of_kind(ev.SceneCleared)))
        cleared = shift.of_kind(ev.SceneCleared)[0]
        assert cleared.reason.startswith("bingo; 1041 is uncovered until D2 ")
        assert shift.of_kind(ev.BingoReached)
        shift.fly(200, until=shift.is_covered)
        assert shift.house.flight("D2").phase is Phase.ON_SCENE
        shift.fly(200, until=lambda: bool(shift.of("D1").landed_with))
        assert shift.of("D1").landed_with[0] >= PROGRAMME.battery_reserve


class TestThePlan:
    def test_it_is_told_once_and_again_only_when_it_changes(self) -> None:
        shift = Shift(3, answers_after_s=None)
        shift.first_on_scene()
        shift.fly(200)
        planned = shift.of_kind(ev.ReliefPlanned)
        assert planned[0].by in ("D2", "D3")
        assert planned[0].launch_at < planned[0].must_leave_at
        assert len(planned) <= 12
        for before, after in pairwise(planned):
            moved_s = abs((after.must_leave_at - before.must_leave_at).total_seconds())
            assert after.by != before.by or moved_s > 15.0

    def test_the_launch_is_in_time_for_the_lead(self) -> None:
        shift = Shift(2, answers_after_s=None)
        shift.first_on_scene()
        shift.fly(900, until=lambda: bool(shift.suggested(SuggestionKind.RELIEF)))
        suggestion = shift.suggested(SuggestionKind.RELIEF)[0]
        assert suggestion.text == "launch D2 to relieve D1 over 1041", "no figure that would age"
        assert isinstance(suggestion.command, cmd.RelieveDrone)
        plan = shift.house.state.reliefs["F1"]
        assert plan.launch_at is not None
        assert 0.0 <= (plan.launch_at - shift.house.at).total_seconds() <= 25.0

    def test_what_was_declined_is_not_proposed_again_and_grows_into_an_alarm(self) -> None:
        shift = Shift(2, answers_after_s=None)
        shift.first_on_scene()
        shift.fly(900, until=lambda: bool(shift.suggested(SuggestionKind.RELIEF)))
        shift.house.ask(cmd.DeclineSuggestion, suggestion_id="relief:F1", reason="not needed")
        shift.fly(15)
        assert not shift.suggested(SuggestionKind.RELIEF)
        assert shift.alarm() is None
        shift.fly(60)
        assert not shift.suggested(SuggestionKind.RELIEF)
        alarm = shift.alarm()
        assert alarm is not None
        assert "should have left at 12:" in alarm.text

    def test_a_relief_that_comes_home_is_replaced_at_once(self) -> None:
        shift = Shift(3)
        shift.first_on_scene()
        shift.fly(900, until=lambda: shift.house.flight("D1").relieved_by is not None)
        sent = shift.house.state.flights[shift.house.flight("D1").relieved_by or ""].drone
        other = "D2" if sent == "D3" else "D3"
        shift.fly(25)
        shift.house.ask(cmd.ReturnDrone, drone=sent)
        shift.fly(2)
        assert shift.house.state.reliefs["F1"].by == other
        shift.fly(300, until=lambda: shift.house.state.flight_of(other) is not None)
        assert shift.house.flight(other).relieves == "F1"

    def test_a_relief_whose_link_is_lost_is_replaced(self) -> None:
        shift = Shift(3)
        shift.first_on_scene()
        shift.fly(900, until=lambda: shift.house.flight("D1").relieved_by is not None)
        sent = shift.house.state.flights[shift.house.flight("D1").relieved_by or ""].drone
        shift.fly(25)
        lost = shift.of(sent)
        shift.aircraft = [one for one in shift.aircraft if one is not lost]
        lost.show(is_connected=False, link_age_s=20.0)
        for one in shift.aircraft:
            one.step(1.0)
        shift.found += shift.house.look()
        assert shift.house.flight(sent).phase is Phase.LOST
        assert shift.house.state.reliefs["F1"].by not in (sent, None)

    def test_two_overwatches_do_not_share_a_relief(self) -> None:
        shift = Shift(4, answers_after_s=None)
        shift.house.call("1042", offset(SCENE, 90.0, 600.0), priority=2)
        shift.first_on_scene()
        shift.house.ask(cmd.LaunchDrone, drone="D2", call_id="1042")
        shift.fly(300)
        named = {plan.by for plan in shift.house.state.reliefs.values()}
        assert named == {"D3", "D4"}

    @pytest.mark.parametrize("ends", [cmd.ReturnDrone, cmd.LandDrone])
    def test_the_plan_goes_with_the_aircraft(self, ends: type[cmd.Command]) -> None:
        shift = Shift(2, answers_after_s=None)
        shift.first_on_scene()
        shift.fly(30)
        assert "F1" in shift.house.state.reliefs
        shift.house.ask(ends, drone="D1")
        assert "F1" not in shift.house.state.reliefs
        shift.fly(5)
        assert "F1" not in shift.house.state.reliefs

    def test_no_text_of_a_plan_counts_time(self) -> None:
        """`in 19 min` is wrong a minute later; a moment with its Z is not."""
        shift = Shift(3)
        shift.first_on_scene()
        shift.fly(900)
        planned = shift.of_kind(ev.ReliefPlanned)
        assert planned
        for event in planned:
            assert not re.search(r"\d min|(?<![\d:])\d{1,2}:\d\d(?![\d:])", event.why), event.why
            assert all(moment.endswith("Z") for moment in re.findall(r"\d\d:\d\d:\d\dZ?", event.why))

    def test_a_call_that_closes_withdraws_what_was_proposed(self) -> None:
        shift = Shift(2, answers_after_s=None)
        shift.first_on_scene()
        shift.fly(900, until=lambda: bool(shift.suggested(SuggestionKind.RELIEF)))
        shift.house.cancel("1041")
        shift.fly(2)
        assert not shift.suggested(SuggestionKind.RELIEF)


class TestNobody:
    def test_it_is_said_louder_and_louder(self) -> None:
        shift = Shift(1, answers_after_s=None)
        shift.first_on_scene()
        heard: list[Severity] = []
        for _ in range(900):
            shift.fly(1)
            alarm = shift.alarm()
            if alarm is not None and (not heard or heard[-1] is not alarm.severity):
                heard.append(alarm.severity)
                assert re.match(r"D1 must leave 1041 at 12:\d\d:\d\dZ and nobody ", alarm.text)
                assert "nobody can relieve it: nobody else is free" in alarm.text
        assert heard == list(ORDER)
        assert any(one.suggestion_id == "bingo:F1" for one in shift.house.state.suggestions.values())

    def test_an_alarm_that_was_acknowledged_comes_back_only_when_it_is_louder(self) -> None:
        shift = Shift(1, answers_after_s=None)
        shift.first_on_scene()
        shift.fly(900, until=lambda: shift.alarm() is not None)
        shift.house.ask(cmd.AcknowledgeAlarm, alarm_id="relief:D1")
        before = len(shift.of_kind(ev.ReliefPlanned))
        shift.fly(10)
        assert len(shift.of_kind(ev.ReliefPlanned)) == before
        alarm = shift.alarm()
        assert alarm is not None
        assert alarm.acknowledged_by == "reyes"
        shift.fly(900, until=lambda: (now := shift.alarm()) is not None and now.acknowledged_by is None)
        louder = shift.alarm()
        assert louder is not None
        assert ORDER.index(louder.severity) > ORDER.index(alarm.severity)

    @pytest.mark.parametrize("late_s", [0, 5, 40])
    def test_it_is_over_as_soon_as_the_relief_has_left(self, late_s: int) -> None:
        shift = Shift(2, answers_after_s=None)
        shift.first_on_scene()
        shift.fly(900, until=lambda: shift.alarm() is not None)
        alarm = shift.alarm()
        assert alarm is not None
        assert "should have left at" in alarm.text
        shift.fly(late_s)
        shift.house.ask(cmd.RelieveDrone, drone="D1")
        shift.fly(3)
        still = shift.alarm()
        assert still is None or "should have left" not in still.text

    def test_it_is_over_when_somebody_can_again(self) -> None:
        shift = Shift(2, answers_after_s=None)
        shift.of("D2").show(is_armable=False, health="compass")
        shift.first_on_scene()
        shift.fly(900, until=lambda: shift.alarm() is not None)
        alarm = shift.alarm()
        assert alarm is not None
        assert "D2 ready BLOCK: compass" in alarm.text
        shift.of("D2").show(is_armable=True, health="")
        shift.fly(2)
        assert shift.alarm() is None
        assert shift.house.state.reliefs["F1"].by == "D2"


class TestAsking:
    @pytest.fixture
    def shift(self) -> Shift:
        shift = Shift(3, answers_after_s=None)
        shift.first_on_scene()
        return shift

    def test_the_planner_names_whom_nobody_named(self, shift: Shift) -> None:
        shift.fly(5)
        planned = shift.house.state.reliefs["F1"].by
        assert planned is not None
        found = shift.house.ask(cmd.RelieveDrone, drone="D1")
        assert orders(found)[0].drone == planned
        assert shift.house.flight(planned).relieves == "F1"
        assert shift.house.flight("D1").relieved_by == shift.house.flight(planned).flight_id

    def test_what_makes_no_sense_is_refused_in_words(self, shift: Shift) -> None:
        assert "not on its way" in shift.house.refuses(cmd.RelieveDrone, drone="D2")
        assert "cannot relieve itself" in refused(shift, "D1", "D1")
        assert "no aircraft D9" in refused(shift, "D1", "D9")
        shift.of("D2").show(battery_fraction=0.1)
        assert "battery: " in refused(shift, "D1", "D2")
        shift.fly(2)
        sent = orders(shift.house.ask(cmd.RelieveDrone, drone="D1"))[0].drone
        assert f"{sent} is on its way to relieve D1 already" in refused(shift, "D1", "D2")

    def test_an_observer_relieves_nobody(self, shift: Shift) -> None:
        assert "observer" in shift.house.refuses(cmd.RelieveDrone, by="guest", drone="D1")

    def test_the_wrong_moment_to_come_is_not_taken_for_a_relief(self, shift: Shift) -> None:
        shift.house.ask(cmd.ReturnDrone, drone="D1")
        shift.fly(3)
        assert "not on its way" in refused(shift, "D1", "D2")


class TestSites:
    def test_the_nearest_with_room_that_takes_it(self) -> None:
        sites = (
            Site(name="HQ", position=HOME),
            Site(name="South", position=SOUTH, pads=1),
            Site(name="Dock", position=offset(SCENE, 0.0, 200.0), takes=("X10",)),
        )
        house = House(drones=fleet(2), sites=sites)
        drone = house.state.drones["D1"]
        context = Context(house.state, "core", house.at, house.sky)
        near_dock = best_site(context, drone, SCENE, height_m=60.0)
        assert near_dock is not None
        assert near_dock.name == "HQ"
        dockable = replace(drone, model="X10")
        context = replace(context, state=replace(house.state, drones={**house.state.drones, "D1": dockable}))
        found = best_site(context, dockable, SCENE, height_m=60.0)
        assert found is not None
        assert found.name == "Dock"
        assert best_site(context, drone, SCENE, height_m=60.0, but=frozenset({"HQ"})) is None

    def test_too_far_for_the_battery_is_proposed_elsewhere(self) -> None:
        near = Site(name="Dock", position=offset(SCENE, 0.0, 150.0))
        shift = Shift(1, answers_after_s=None, sites=(Site(name="HQ", position=HOME), near))
        shift.first_on_scene()
        shift.of("D1").battery = 0.24
        shift.fly(3)
        energy = shift.suggested(SuggestionKind.ENERGY)
        assert any(one.text.startswith("send D1 to Dock: at home it would land with ") for one in energy)
        suggestion_id = next(one.suggestion_id for one in energy if one.suggestion_id.startswith("site:"))
        shift.house.ask(cmd.AcceptSuggestion, suggestion_id=suggestion_id)
        shift.fly(120, until=lambda: bool(shift.of("D1").landed_with))
        assert distance_m(shift.of("D1").position, near.position) < 10.0
        assert not shift.suggested(SuggestionKind.ENERGY)


def test_a_core_that_was_killed_keeps_its_plans() -> None:
    shift = Shift(2)
    shift.first_on_scene()
    shift.fly(900, until=lambda: shift.house.flight("D1").relieved_by is not None)
    shift.house.restart()
    shift.fly(300, until=lambda: bool(shift.of_kind(ev.OverwatchHandedOver)))
    assert shift.uncovered_s == 0.0
    assert shift.of_kind(ev.OverwatchHandedOver)
    assert shift.house.at > shift.house.flight("D2").opened_at + timedelta(seconds=60)
