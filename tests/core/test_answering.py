"""Suggestions: made while their cause lasts, accepted as one's own command, declined for good, withdrawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.shift import NOON, SCENE, Shift, flight_orders, in_air, report

from rtcc_core.domain import commands as cmd
from rtcc_core.domain import events as ev
from rtcc_core.domain import facts
from rtcc_core.domain.call import CallStatus, Place, PlaceKind
from rtcc_core.domain.drone import Mode
from rtcc_core.domain.evolve import evolve
from rtcc_core.domain.flight import Phase, Verb
from rtcc_core.domain.geo import offset
from rtcc_core.domain.suggestions import Suggestion, SuggestionKind


@pytest.fixture
def shift() -> Shift:
    return Shift()


def updated(shift: Shift, minute: int = 5, **changed: Any) -> None:
    newer = report(updated_at=NOON + timedelta(minutes=minute), **changed)
    shift.tell(facts.CallReported(report=newer), by="feed:COUNTY")


def moved(shift: Shift, length_m: float, minute: int = 5) -> None:
    place = Place(position=offset(SCENE, 90.0, length_m), kind=PlaceKind.CURRENT_INCIDENT)
    updated(shift, minute, place=place)


class TestACallThatMoves:
    def test_is_followed_only_when_a_person_says_so(self, shift: Shift) -> None:
        shift.in_transit()
        moved(shift, 320.0)
        orders = flight_orders(shift.look())
        assert orders == []
        proposed = shift.state.suggestions["moved:F1"]
        assert proposed.kind is SuggestionKind.CALL_MOVED
        assert proposed.text == "call 1041 is now about 300 m east of where D1 was sent: follow it?"
        assert shift.state.flights["F1"].target == SCENE

    def test_a_few_metres_are_not_worth_a_word(self, shift: Shift) -> None:
        shift.in_transit()
        moved(shift, 45.0)
        shift.look()
        assert not shift.state.suggestions

    def test_it_is_made_once_and_anew_only_in_other_words(self, shift: Shift) -> None:
        shift.in_transit()
        for minute, length_m in enumerate((200.0, 201.0, 210.0, 400.0), 5):
            moved(shift, length_m, minute)
            shift.look()
        made = [event.suggestion.text for event in shift.events(ev.SuggestionMade)]
        assert ["200 m" in made[0], "400 m" in made[1], len(made)] == [True, True, 2]

    def test_declined_it_is_not_said_again_unless_the_call_moves_on(self, shift: Shift) -> None:
        shift.in_transit()
        moved(shift, 200.0)
        shift.look()
        shift.asks("reyes", cmd.DeclineSuggestion, suggestion_id="moved:F1", reason="suspect circles back")
        shift.look()
        assert not shift.state.suggestions
        moved(shift, 500.0, 6)
        shift.look()
        assert "moved:F1" in shift.state.suggestions

    def test_back_where_it_was_it_is_withdrawn(self, shift: Shift) -> None:
        shift.in_transit()
        moved(shift, 200.0)
        shift.look()
        moved(shift, 0.0, 6)
        shift.look()
        assert not shift.state.suggestions
        assert shift.events(ev.SuggestionEnded)[-1].how == "withdrawn"


class TestACallThatIsOver:
    def test_cancelled_in_transit_the_aircraft_holds_at_once_and_the_house_asks(self, shift: Shift) -> None:
        shift.in_transit()
        updated(shift, status=CallStatus.CANCELLED)
        found = shift.look()
        assert flight_orders(found) == [Verb.HOLD]
        assert [event.order.operator for event in found if isinstance(event, ev.OrderAsked)] == ["core"]
        proposed = shift.state.suggestions["over:F1"]
        assert isinstance(proposed.command, cmd.ReturnDrone)
        assert "call 1041 is cancelled in CAD" in proposed.text
        shift.obeys("D1")
        here = offset(SCENE, 225.0, 500.0)
        shift.see(in_air("D1", here, 60.0))
        assert shift.state.flights["F1"].phase is Phase.HOLDING
        assert flight_orders(shift.look()) == []
        shift.asks("reyes", cmd.AcceptSuggestion, suggestion_id="over:F1")
        assert shift.newest_verb() is Verb.RETURN
        shift.obeys("D1")
        shift.look()
        assert not shift.state.suggestions

    def test_sent_on_by_a_person_it_is_not_held_again(self, shift: Shift) -> None:
        shift.in_transit()
        updated(shift, status=CallStatus.CANCELLED)
        shift.look()
        shift.obeys("D1")
        shift.see(in_air("D1", offset(SCENE, 225.0, 500.0), 60.0))
        shift.asks("reyes", cmd.GoTo, drone="D1", target=SCENE)
        shift.obeys("D1")
        assert Verb.HOLD not in flight_orders(shift.look(5.0))

    def test_closed_on_scene_nothing_is_ordered(self, shift: Shift) -> None:
        shift.on_scene()
        updated(shift, status=CallStatus.CLOSED)
        assert flight_orders(shift.look()) == []
        assert "over:F1" in shift.state.suggestions

    def test_merged_the_other_call_is_proposed(self, shift: Shift) -> None:
        shift.on_scene()
        other = report(incident_uid="other", number="1050", updated_at=NOON)
        shift.tell(facts.CallReported(report=other), by="feed:COUNTY")
        updated(shift, merged_into_uid="other", status=CallStatus.CLOSED)
        shift.look()
        assert shift.state.suggestions["over:F1"].command == cmd.DivertDrone(
            command_id="", drone="D1", call_id="1050"
        )

    def test_on_its_way_home_nobody_is_asked(self, shift: Shift) -> None:
        shift.on_scene()
        shift.asks("reyes", cmd.ReturnDrone, drone="D1")
        shift.obeys("D1")
        updated(shift, status=CallStatus.CLOSED)
        shift.look()
        assert not shift.state.suggestions


class TestAnswers:
    def test_accepting_is_asking_with_ones_own_rights_and_name(self, shift: Shift) -> None:
        shift.on_scene()
        moved(shift, 300.0)
        shift.look()
        words = shift.refuses("oyama", cmd.AcceptSuggestion, suggestion_id="moved:F1")
        assert words == "D1 is flown by A. REYES; ask for it: request D1"
        assert "observer" in shift.refuses("guest", cmd.AcceptSuggestion, suggestion_id="moved:F1")
        accepted = cmd.AcceptSuggestion(command_id="mine", suggestion_id="moved:F1")
        told = shift.tell(accepted, by="reyes")
        assert isinstance(told[-1], ev.SuggestionEnded)
        assert "mine" in shift.state.done_commands
        assert shift.tell(accepted, by="reyes") == []

    def test_only_who_flies_or_is_in_charge_declines(self, shift: Shift) -> None:
        shift.on_scene()
        moved(shift, 300.0)
        shift.look()
        shift.asks("oyama", cmd.DeclineSuggestion, suggestion_id="moved:F1")
        shift = Shift()
        shift.on_scene(by="oyama")
        moved(shift, 300.0)
        shift.look()
        words = shift.refuses("reyes", cmd.DeclineSuggestion, suggestion_id="moved:F1")
        assert "flown by K. OYAMA" in words

    def test_what_nobody_answers_in_time_is_withdrawn(self, shift: Shift) -> None:
        shift.on_scene()
        proposal = Suggestion(
            suggestion_id="traffic:D1",
            kind=SuggestionKind.TRAFFIC,
            text="descend",
            command=cmd.SetHeight(command_id="", drone="D1", height_m=30.0),
            raised_at=shift.at,
            drone="D1",
            expires_at=shift.at + timedelta(seconds=20),
        )
        stored = ev.Stored(
            seq=shift.state.seq + 1,
            at=shift.at,
            operator="core",
            cause="",
            event=ev.SuggestionMade(suggestion=proposal),
        )
        shift.state = evolve(shift.state, stored)
        shift.look(-600.0)
        assert "traffic:D1" in shift.state.suggestions
        shift.look(621.0)
        assert "traffic:D1" not in shift.state.suggestions

    def test_health_is_proposed_while_it_lasts(self, shift: Shift) -> None:
        shift.on_scene()
        shift.circles(wind_speed_m_s=14.0)
        proposed = shift.state.suggestions["health:D1:wind"]
        assert isinstance(proposed.command, cmd.ReturnDrone)
        shift.circles(wind_speed_m_s=5.0)
        shift.look(11.0)
        assert "health:D1:wind" not in shift.state.suggestions
        shift.circles(has_fix=False)
        assert isinstance(shift.state.suggestions["health:D1:position"].command, cmd.LandDrone)
        shift.see(in_air("D1", SCENE, 60.0, mode=Mode.ORBIT))
